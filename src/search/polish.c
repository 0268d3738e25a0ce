/* What all descents share: Newton ends them once the Hessian is positive, and gives them back where it does not. */
#include "search_impl.h"
#include <kacrice/manifold.h>
#include <kacrice/spectrum.h>
#include <math.h>
#include <string.h>

#define CREPT       1e-2 /* of -descent_polish, where Newton has been given up so often */
#define NULL_AT_END 1e-6 /* eigenvalues, in units of the landscape's, that count as none */
#define NULL_ON_WAY 1e-9

/* A start at a random point, far from any end, or at a given one. In the ball a random one keeps the distance from the
   centre at which states begin until it is near a critical point of that sphere: a random point of the ball would slide
   into the centre. */
PetscErrorCode KrDescentBegin(KrSearch search, const KrRandomKey *key, KrLane *lane)
{
  PetscFunctionBeginUser;
  if (search->points == NULL) PetscCall(KrSearchStart(search, key, lane->start, lane->x));
  else
    (void)memcpy(lane->x, search->points + (size_t)lane->start * (size_t)search->n,
                 (size_t)search->n * sizeof(double));
  if (search->points == NULL && search->manifold->step_held != NULL) lane->is_held = PETSC_TRUE;
  lane->step =
    search->options.descent_step > 0.0 ? search->options.descent_step : 0.25 / search->curvature;
  lane->polish            = PetscMax(search->options.descent_polish, search->options.gradient_tol);
  lane->is_new            = PETSC_TRUE;
  lane->previous_residual = INFINITY;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void go_back(KrSearch search, KrLane *lane)
{
  (void)memcpy(lane->x, lane->previous, (size_t)search->n * sizeof(double));
}

static void remember(KrSearch search, KrLane *lane)
{
  (void)memcpy(lane->previous, lane->x, (size_t)search->n * sizeof(double));
  lane->previous_residual = lane->residual;
}

/* No minimum to polish here: on with the descent, Newton only much closer to a critical point. */
static void resume_descent(KrLane *lane)
{
  lane->polish *= 0.1;
  lane->wants_hessian     = PETSC_FALSE;
  lane->is_new            = PETSC_TRUE;
  lane->previous_residual = INFINITY;
}

/* Whether a Hessian that is not positive is so but for null directions. At a critical point they are told by the
   scale of
   the landscape; on the way there, once the descent has crept on after Newton was given up twice, by what is left of
   the
   gradient: a degenerate minimum would take more steps than there are (docs/theory/singular.md, section 6). */
static PetscErrorCode is_positive_but_null(KrSearch search, const KrLane *lane,
                                           const double hessian[], PetscBool *is_so)
{
  const PetscBool arrived =
    lane->residual <= search->options.gradient_tol ? PETSC_TRUE : PETSC_FALSE;
  const double null  = arrived ? NULL_AT_END * search->curvature
                               : 0.1 * lane->residual + NULL_ON_WAY * search->curvature;
  int          index = 1;

  PetscFunctionBeginUser;
  if (search->manifold->n_radial > 0 &&
      (arrived || lane->polish <= CREPT * search->options.descent_polish))
    PetscCall(KrSpectrumInertia((int)search->n, lane->x, lane->mu - null, hessian, &index));
  *is_so = index == 0 ? PETSC_TRUE : PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A Newton step where the Hessian is positive. It has to halve the residual; else the descent goes on from where
   Newton began. */
static PetscErrorCode polish(KrSearch search, KrLane *lane, const double g[],
                             const double hessian[])
{
  PetscBool is_positive = PETSC_FALSE;
  KrNewton  newton;

  PetscFunctionBeginUser;
  PetscCall(KrNewtonStep(search, lane->x, lane->mu, g, hessian, &newton));
  if (newton.index > 0) {
    PetscCall(is_positive_but_null(search, lane, hessian, &is_positive));
    if (is_positive) newton.index = 0;
  }
  if (lane->residual <= search->options.gradient_tol) {
    lane->reason = newton.index == 0 ? KR_FOUND : KR_FAILED_SADDLE;
  } else if (newton.index > 0) {
    resume_descent(lane);
  } else if (lane->residual > 0.5 * lane->previous_residual) {
    go_back(search, lane);
    resume_descent(lane);
  } else if (!newton.solved) {
    resume_descent(lane);
  } else {
    remember(search, lane);
    KrLaneStep(search, lane, newton.direction, 1.0);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* One evaluation of a descent: measures it, then polishes, or goes on by `descend`, which sets lane->x anew or ends
   the
   lane. */
PetscErrorCode KrDescentAdvance(KrSearch search, KrLane *lane, double g[], const double hessian[],
                                void (*descend)(KrSearch, KrLane *, const double g[]))
{
  PetscFunctionBeginUser;
  KrLaneMeasure(search, lane, g);
  if (!isfinite(lane->energy) ||
      !isfinite(lane->residual)) { /* an overflow: there is no way down */
    lane->reason = KR_FAILED_LINE_SEARCH;
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  if (lane->iterations == search->options.descent_max_iter) {
    lane->reason = KR_FAILED_MAX_ITER;
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  lane->iterations += 1;
  if (hessian != NULL) {
    PetscCall(polish(search, lane, g, hessian));
  } else if (lane->is_held && lane->residual <= lane->polish) {
    lane->is_held = PETSC_FALSE; /* of this very point: its gradient is another one now */
    lane->is_new  = PETSC_TRUE;
  } else if (lane->residual <= PetscMax(lane->polish, search->options.gradient_tol)) {
    lane->wants_hessian     = PETSC_TRUE; /* of this very point */
    lane->previous_residual = INFINITY;
  } else {
    (*descend)(search, lane, g);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
