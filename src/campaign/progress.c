/* One line at intervals, from world rank 0. */
#include "campaign_impl.h"

/* Samples done of those asked for, the rate of those this run computes, the time left. Called by world rank 0. */
PetscErrorCode KrProgressPrint(KrProgress *progress, const KrPlan *plan, KrQueue *queue)
{
  const int64_t n_samples = plan->campaign.end - plan->campaign.first;
  const double  now = MPI_Wtime(), elapsed = now - progress->began;
  int64_t       n_computed, n_found, n_left;
  double        rate;

  PetscFunctionBeginUser;
  if (now - progress->printed < plan->campaign.progress) PetscFunctionReturn(PETSC_SUCCESS);
  progress->printed = now;
  PetscCall(KrQueueCount(queue, &n_computed, &n_found));
  n_left = n_samples - n_computed - n_found;
  rate   = (double)n_computed / elapsed;
  PetscCall(PetscPrintf(PETSC_COMM_SELF,
                        "%lld/%lld samples, %.3g samples/s, %.0f s so far, %.0f s left\n",
                        (long long)(n_samples - n_left), (long long)n_samples, rate, elapsed,
                        rate > 0.0 ? (double)n_left / rate : 0.0));
  PetscFunctionReturn(PETSC_SUCCESS);
}
