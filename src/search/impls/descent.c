/* Minima by gradient descent on the sphere with a fixed step, halved where the energy would rise. A start so ends in
   the minimum of the basin it began in (docs/theory/searches.md). */
#include "../search_impl.h"
#include <kacrice/manifold.h>
#include <math.h>
#include <string.h>

#define STEP_MIN   1e-12 /* of the first step: below it the line search has failed */
#define ENERGY_EPS 1e-14 /* relative rounding of an energy: a rise below it is none */

/* One step down along -g, or half of the last one when that went up. */
static void descend(KrSearch search, KrLane *lane, const double g[])
{
  const size_t bytes = (size_t)search->n * sizeof(double);

  if (!lane->is_new &&
      lane->energy > lane->previous_energy + ENERGY_EPS * fabs(lane->previous_energy)) {
    (void)memcpy(lane->x, lane->previous, bytes);
    lane->step *= 0.5;
    lane->is_new = PETSC_TRUE; /* the step from there is judged anew */
    if (lane->step * search->curvature < STEP_MIN) lane->reason = KR_FAILED_LINE_SEARCH;
    return;
  }
  lane->is_new = PETSC_FALSE;
  (void)memcpy(lane->previous, lane->x, bytes);
  lane->previous_energy = lane->energy;
  KrLaneStep(search, lane, g, -lane->step);
}

static PetscErrorCode advance(KrSearch search, KrLane *lane, double g[], const double hessian[])
{
  PetscFunctionBeginUser;
  PetscCall(KrDescentAdvance(search, lane, g, hessian, descend));
  PetscFunctionReturn(PETSC_SUCCESS);
}

const KrSearchOps KrSearchOps_Minima = {
  .most_lanes = KR_BATCH, .begin = KrDescentBegin, .advance = advance};
