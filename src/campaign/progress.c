/* One line at intervals, from world rank 0, and as often a new journal. */
#include "campaign_impl.h"
#include <stdio.h>

/* What is known of the target: "; relative error of total 0.02, for 0.01 about 320 samples". Sets n_samples to
   these. */
static void tell_target(const KrProgress *progress, const KrQueueCounts *counts, int64_t *n_samples,
                        char text[160])
{
  const KrPlan *plan  = progress->plan;
  const double  error = KrTallyError(&counts->tally);
  char          name[32];

  text[0] = '\0';
  if (plan->target.relative_error == 0.0 || error - error != 0.0) return;
  *n_samples = PetscMax(counts->limit, KrTargetSamples(&plan->target, &counts->tally, *n_samples));
  KrTargetName(&plan->target, name);
  (void)snprintf(text, 160, "; relative error of %s %.3g, for %g about %lld samples", name, error,
                 plan->target.relative_error, (long long)*n_samples);
}

/* A new journal; state: running, stopped, done or failed. Called by world rank 0. */
PetscErrorCode KrProgressNote(const KrProgress *progress, const char state[],
                              const KrQueueCounts *counts, const KrRunTimes *times)
{
  cJSON            *target = KrTargetDescribe(&progress->plan->target);
  const KrRunCounts run    = {.computed       = counts->computed,
                              .found          = counts->found,
                              .failed         = counts->failed,
                              .target         = target,
                              .relative_error = KrTallyError(&counts->tally)};

  PetscFunctionBeginUser;
  PetscCall(KrJournalWrite(&progress->journal, state, &run, times));
  cJSON_Delete(target);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Samples done of those there will be, the rate of those this run computes, the time left. Not collective; it does
   nothing on other ranks than world rank 0. */
PetscErrorCode KrProgressTell(KrProgress *progress)
{
  const KrPlan *plan = progress->plan;
  const double  now = MPI_Wtime(), elapsed = now - progress->began;
  int64_t       n_samples = KrPlanCount(plan), n_left;
  PetscMPIInt   rank;
  KrQueueCounts counts;
  double        rate;
  char          target[160], left[32] = "";

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(progress->queue->groups->world, &rank));
  if (rank != 0 || now - progress->printed < plan->campaign.progress)
    PetscFunctionReturn(PETSC_SUCCESS);
  progress->printed = now;
  PetscCall(KrQueueCount(progress->queue, &counts));
  tell_target(progress, &counts, &n_samples, target);
  n_left = n_samples - counts.computed - counts.found - counts.failed;
  rate   = (double)counts.computed / elapsed;
  if (rate > 0.0) (void)snprintf(left, sizeof left, ", %.0f s left", (double)n_left / rate);
  PetscCall(PetscPrintf(PETSC_COMM_SELF, "%lld/%lld samples, %.3g samples/s, %.0f s so far%s%s\n",
                        (long long)(n_samples - n_left), (long long)n_samples, rate, elapsed, left,
                        target));
  PetscCall(KrProgressNote(progress, "running", &counts, &(KrRunTimes){.seconds = elapsed}));
  PetscFunctionReturn(PETSC_SUCCESS);
}
