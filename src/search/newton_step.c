/* The Newton system on the sphere, shared by the searches. */
#include "search_impl.h"
#include <kacrice/spectrum.h>
#include <math.h>
#include <string.h>

/* Adds the scale of the Hessian times the projection onto the zero modes at x: a Newton step then leaves them alone,
   and the index is taken across them. */
void KrSearchHoldModes(KrSearch search, const double x[], double hessian[])
{
  const size_t n     = (size_t)search->n;
  double      *Z     = search->held + n * n;
  const int    modes = KrSymmetryZeroModes(search->symmetry, (int)n, x, Z);

  for (int m = 0; m < modes; ++m) {
    const double *z = Z + (size_t)m * n;

    for (size_t i = 0; i < n; ++i)
      for (size_t k = 0; k < n; ++k) hessian[i * n + k] += search->curvature * (z[i] * z[k]);
  }
}

/* Solves, for x fixed in length, eq. (2) of docs/theory/searches.md,
     (H'' - mu) d - x dmu = -r,   x . d = 0,
   and on a flat manifold H'' d = -r.
   solved is false when it is singular or the result is not finite. */
PetscErrorCode KrNewtonStep(KrSearch search, const double x[], double mu, const double residual[],
                            const double hessian[], KrNewton *newton)
{
  const size_t    n      = (size_t)search->n;
  const PetscBool border = search->manifold->n_radial > 0 ? PETSC_TRUE : PETSC_FALSE;
  PetscBool       singular;

  PetscFunctionBeginUser;
  if (search->held != NULL) {
    (void)memcpy(search->held, hessian, n * n * sizeof *hessian);
    KrSearchHoldModes(search, x, search->held);
    hessian = search->held;
  }
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
