/* The Newton system on the sphere, shared by the searches. */
#include "search_impl.h"
#include <kacrice/spectrum.h>
#include <math.h>
#include <string.h>

/* Solves, for x fixed in length, eq. (2) of docs/theory/searches.md,
     (H'' - mu) d - x dmu = -r,   x . d = 0,
   and in the ball H'' d = -r.
   solved is false when it is singular or the result is not finite. */
PetscErrorCode KrNewtonStep(KrSearch search, const double x[], double mu, const double residual[],
                            const double hessian[], KrNewton *newton)
{
  const size_t    n      = (size_t)search->n;
  const PetscBool border = search->manifold->n_radial > 0 ? PETSC_TRUE : PETSC_FALSE;
  PetscBool       singular;

  PetscFunctionBeginUser;
  newton->solved = PETSC_FALSE;
  PetscCall(KrBorderedFactor((int)n, border ? x : NULL, border ? mu : 0.0, search->scale, hessian,
                             search->system, search->pivots, &newton->index, &singular));
  if (singular) PetscFunctionReturn(PETSC_SUCCESS);
  for (size_t i = 0; i < n; ++i) search->direction[i] = -residual[i];
  search->direction[n] = 0.0;
  PetscCall(KrBorderedSolve((int)n, search->system, search->pivots, search->direction));
  newton->solved = PETSC_TRUE;
  for (size_t i = 0; i <= n; ++i)
    if (!isfinite(search->direction[i])) newton->solved = PETSC_FALSE;
  newton->direction = search->direction;
  newton->mu_change = border ? -search->direction[n] * search->scale / sqrt((double)n)
                             : 0.0; /* the border is J x/|x|, and not -x */
  PetscFunctionReturn(PETSC_SUCCESS);
}
