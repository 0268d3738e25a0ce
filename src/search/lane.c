/* A start on its way: where it is, a step, its end. */
#include "search_impl.h"
#include <kacrice/manifold.h>
#include <math.h>

/* Energy, radial coordinate and residual at lane->x from the gradient, which becomes its tangent part. The energy
   comes in as H in lane->energy and leaves as e. */
void KrLaneMeasure(KrSearch search, KrLane *lane, double g[])
{
  double square = 0.0;

  lane->energy /= (double)search->n;
  lane->mu = lane->is_held ? (*search->manifold->project_held)((int)search->n, lane->x, g)
                           : (*search->manifold->project)((int)search->n, lane->x, g);
  for (PetscInt i = 0; i < search->n; ++i) square += g[i] * g[i];
  lane->residual = sqrt(square / (double)search->n);
}

/* Moves a lane along a direction, on the manifold. */
void KrLaneStep(KrSearch search, KrLane *lane, const double direction[], double length)
{
  if (lane->is_held) (*search->manifold->step_held)((int)search->n, lane->x, direction, length);
  else (*search->manifold->step)((int)search->n, lane->x, direction, length);
}

/* Tells how the start of a lane ended. */
PetscErrorCode KrLaneReport(const KrLane *lane, KrOutcomeFn outcome, void *context)
{
  const KrOutcome ended = {.start      = lane->start,
                           .reason     = lane->reason,
                           .iterations = lane->iterations,
                           .energy     = lane->energy,
                           .mu         = lane->mu,
                           .residual   = lane->residual,
                           .x          = lane->x};

  PetscFunctionBeginUser;
  PetscCall((*outcome)(context, &ended));
  PetscFunctionReturn(PETSC_SUCCESS);
}
