/* One line at intervals, from world rank 0. */
#include "campaign_impl.h"

/* Samples done of those of this run, the rate, the time left. Called by world rank 0. */
PetscErrorCode KrProgressPrint(KrProgress *progress, const KrPlan *plan, KrQueue *queue)
{
  const double now = MPI_Wtime(), elapsed = now - progress->began;
  int64_t      n_done;

  PetscFunctionBeginUser;
  if (now - progress->printed < plan->campaign.progress) PetscFunctionReturn(PETSC_SUCCESS);
  progress->printed = now;
  PetscCall(KrQueueCountDone(queue, &n_done));
  PetscCall(
    PetscPrintf(PETSC_COMM_SELF, "%lld/%lld samples, %.3g samples/s, %.0f s so far, %.0f s left\n",
                (long long)n_done, (long long)progress->n_todo, (double)n_done / elapsed, elapsed,
                n_done > 0 ? elapsed / (double)n_done * (double)(progress->n_todo - n_done) : 0.0));
  PetscFunctionReturn(PETSC_SUCCESS);
}
