/* One line at intervals, from world rank 0, and as often a new journal. */
#include "campaign_impl.h"

/* Samples done of those asked for, the rate of those this run computes, the time left. Not collective; it does nothing
   on other ranks than world rank 0. */
PetscErrorCode KrProgressTell(KrProgress *progress)
{
  const KrPlan *plan      = progress->plan;
  const int64_t n_samples = plan->campaign.end - plan->campaign.first;
  const double  now = MPI_Wtime(), elapsed = now - progress->began;
  PetscMPIInt   rank;
  KrQueueCounts counts;
  int64_t       n_left;
  double        rate;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(progress->queue->groups->world, &rank));
  if (rank != 0 || now - progress->printed < plan->campaign.progress)
    PetscFunctionReturn(PETSC_SUCCESS);
  progress->printed = now;
  PetscCall(KrQueueCount(progress->queue, &counts));
  n_left = n_samples - counts.computed - counts.found - counts.failed;
  rate   = (double)counts.computed / elapsed;
  PetscCall(PetscPrintf(PETSC_COMM_SELF,
                        "%lld/%lld samples, %.3g samples/s, %.0f s so far, %.0f s left\n",
                        (long long)(n_samples - n_left), (long long)n_samples, rate, elapsed,
                        rate > 0.0 ? (double)n_left / rate : 0.0));
  PetscCall(
    KrJournalWrite(&progress->journal, plan, progress->n_groups, "running", &counts, elapsed));
  PetscFunctionReturn(PETSC_SUCCESS);
}
