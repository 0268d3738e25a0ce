/* Critical points of every index: Newton's method on (x, mu) jointly. The start of mu is a dial for the energy
   that a start lands at, since mu = p e at a critical point of a pure model (docs/theory/searches.md). */
#include "../search_impl.h"
#include <kacrice/manifold.h>
#include <math.h>

static void begin(KrSearch search, const KrRandomKey *key, KrLane *lane)
{
  const double dial = 2.0 * KrSearchUniform(key, lane->start) - 1.0;

  KrSearchRandomPoint(search, key, lane->start, lane->x);
  lane->multiplier    = dial * search->options.newton_range * 2.0 * search->curvature;
  lane->wants_hessian = PETSC_TRUE;
}

/* One capped step; mu moves with x as long as it is free. */
static PetscErrorCode advance(KrSearch search, KrLane *lane, double g[], const double hessian[])
{
  const KrSearchOptions *options = &search->options;
  const double           cap     = options->newton_cap * sqrt((double)search->n);
  double                 multiplier, square = 0.0, fraction;
  KrNewton               newton;

  PetscFunctionBeginUser;
  KrLaneMeasure(search, lane, g);
  if (lane->residual <= options->gradient_tol) lane->reason = KR_FOUND;
  else if (lane->iterations == options->newton_max_iter) lane->reason = KR_FAILED_MAX_ITER;
  if (lane->reason != KR_RUNNING) PetscFunctionReturn(PETSC_SUCCESS);
  multiplier = lane->iterations < options->newton_free ? lane->multiplier : lane->mu;
  for (PetscInt i = 0; i < search->n; ++i) g[i] += (lane->mu - multiplier) * lane->x[i];
  PetscCall(KrNewtonStep(search, lane->x, multiplier, g, hessian, &newton));
  if (!newton.solved) {
    lane->reason = KR_FAILED_SINGULAR;
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  for (PetscInt i = 0; i < search->n; ++i) square += newton.direction[i] * newton.direction[i];
  fraction = square > cap * cap ? cap / sqrt(square) : 1.0;
  KrSphereStep((int)search->n, lane->x, newton.direction, fraction);
  lane->multiplier = multiplier + fraction * newton.mu_change;
  lane->iterations += 1;
  PetscFunctionReturn(PETSC_SUCCESS);
}

const KrSearchOps KrSearchOps_All = {.most_lanes = KR_LANES, .begin = begin, .advance = advance};
