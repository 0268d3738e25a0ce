/* A campaign: samples over groups of ranks, shards, one ensemble at the end. */
#include "campaign_impl.h"
#include <math.h>
#include <stdio.h>
#include <time.h>

#define NAP 5000000 // ns between two looks at whether there are more samples

/* One sample. An error that all ranks of the group meet is noted, and they go on; bad input and errors of some ranks
   end the run. Collective on the group. */
static PetscErrorCode try_sample(KrWorker *worker, int64_t sample, KrTaskEnd *end, int64_t *count)
{
  const KrPlan  *plan                    = worker->plan;
  char           message[KR_MESSAGE_MAX] = "";
  PetscMPIInt    rank;
  PetscErrorCode code, alone;
  double         longest;

  PetscFunctionBeginUser;
  KrErrorsKeep(message);
  code = KrWorkerRun(worker, sample, end, count);
  KrErrorsKeep(NULL);
  if (code == 0 || code == PETSC_ERR_USER_INPUT) PetscFunctionReturn(code);
  PetscCallMPI(MPI_Comm_rank(worker->group, &rank));
  alone = KrErrorsMeet(worker->group, code);
  if (rank == 0 || alone != 0)
    PetscCall(KrFailureWrite(plan->campaign.out, plan->provenance.host, sample, code, message));
  if (alone != 0) PetscFunctionReturn(alone);
  *end   = KR_TASK_FAILED;
  *count = -1;
  /* what the error left half done in model and search is not used again */
  longest = worker->longest;
  PetscCall(KrWorkerDestroy(worker));
  PetscCall(KrWorkerCreate(plan, worker->group, worker->stop, worker->progress, worker));
  worker->longest = longest;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Takes samples from the queue until none is left, or the run is to stop. A limit of time is heeded only when the group
   has done some work, so that a chain of runs comes to an end. Collective on the group only. longest:
   seconds that one has taken. */
static PetscErrorCode work(const KrPlan *plan, KrStop *stop, KrProgress *progress, double *longest)
{
  const struct timespec nap   = {.tv_nsec = NAP};
  KrQueue              *queue = stop->queue;
  KrWorker              worker;
  PetscMPIInt           rank;
  int64_t               ticket, count;
  KrTaskEnd             end;
  PetscBool             stopping, worked = PETSC_FALSE; /* worked: not only found what was done */

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(queue->groups->comm, &rank));
  PetscCall(KrWorkerCreate(plan, queue->groups->comm, stop, progress, &worker));
  for (;;) {
    PetscCall(KrStopPoll(stop, worked ? KrWorkerReserve(&worker) : -INFINITY, &stopping));
    if (stopping) break;
    PetscCall(KrQueueNext(queue, &ticket));
    if (ticket == KR_QUEUE_EMPTY) break;
    if (ticket == KR_QUEUE_WAIT) (void)nanosleep(&nap, NULL);
    else {
      PetscCall(
        try_sample(&worker, plan->samples == NULL ? ticket : plan->samples[ticket], &end, &count));
      if (rank == 0) PetscCall(KrQueueReport(queue, end, count));
      if (end != KR_TASK_FOUND) worked = PETSC_TRUE;
    }
    PetscCall(KrProgressTell(progress));
  }
  *longest = worker.longest;
  PetscCall(KrWorkerDestroy(&worker));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* How the run ended, the same on every rank; and how long the groups waited for the last of them. Collective on
   world. */
static PetscErrorCode sum_up(const KrGroups *groups, KrQueue *queue, KrQueueCounts *counts,
                             KrRunTimes *times, KrCampaignEnd *end)
{
  const double left = MPI_Wtime();
  double       most[2];

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Barrier(groups->world));
  most[0] = groups->group >= 0 ? MPI_Wtime() - left : 0.0;
  most[1] = times->longest;
  PetscCall(KrQueueCount(queue, counts));
  end->n_requested = counts->limit;
  end->n_done      = counts->computed + counts->found;
  end->n_failed    = counts->failed;
  end->stopped =
    end->n_done + end->n_failed < end->n_requested || !counts->decided ? PETSC_TRUE : PETSC_FALSE;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, most, 2, MPI_DOUBLE, MPI_MAX, groups->world));
  times->idle    = most[0];
  times->longest = most[1];
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The samples of the campaign, and the journal of the run. Collective on world. */
static PetscErrorCode do_samples(MPI_Comm world, const KrPlan *plan, const KrGroups *groups,
                                 KrClaim claim, double began, KrCampaignEnd *end)
{
  const int64_t first    = plan->samples == NULL ? plan->campaign.first : 0; /* ticket */
  KrProgress    progress = {.plan    = plan,
                            .journal = {.visit    = KrPlanVisit(plan),
                                        .n_groups = groups->n_groups,
                                        .progress = plan->campaign.progress}};
  KrQueueCounts counts   = {0};
  KrRunTimes    times    = {0};
  KrQueue       queue;
  KrStop        stop;
  PetscMPIInt   rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(world, &rank));
  PetscCall(KrJournalOpen(world, claim, &progress.journal));
  PetscCall(KrQueueCreate(groups, (KrQueueType)plan->campaign.queue, first,
                          first + KrPlanCount(plan), &plan->target, &queue));
  progress.queue = &queue;
  progress.began = progress.printed = began;
  KrStopCreate(plan, &queue, &stop);
  stop.claim = claim;
  if (rank == 0) PetscCall(KrProgressNote(&progress, "running", &counts, &times));
  if (groups->group >= 0) PetscCall(work(plan, &stop, &progress, &times.longest));
  PetscCall(sum_up(groups, &queue, &counts, &times, end));
  times.seconds = MPI_Wtime() - began;
  if (rank == 0)
    PetscCall(KrProgressNote(&progress,
                             end->stopped        ? "stopped"
                             : end->n_failed > 0 ? "failed"
                                                 : "done",
                             &counts, &times));
  if (plan->campaign.extend && counts.computed + counts.failed == 0 && !end->stopped)
    PetscCall(PetscPrintf(world, "-campaign_extend starts: no sample had to be taken further\n"));
  PetscCall(KrQueueDestroy(&queue));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode announce_groups(MPI_Comm world, const KrPlan *plan, const KrGroups *groups)
{
  PetscFunctionBeginUser;
  PetscCall(PetscPrintf(
    world, "groups: %d, ranks in a group: %d, which share the %s: %s\n", groups->n_groups,
    groups->size, plan->campaign.spread == KR_SPREAD_TENSOR ? "couplings" : plan->task->shares,
    plan->spread_reason));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Once all samples are done a signal ends the process at once; its claim goes then. */
static void heed_at_once(MPI_Comm world, KrClaim claim)
{
  char path[KR_PATH_MAX];

  if (claim != NULL &&
      snprintf(path, sizeof path, "%s/%s", KrClaimFolder(claim), KrClaimName(claim)) < KR_PATH_MAX)
    KrSignalsRemove(path);
  KrSignalsEnd(world, "stopped with all samples done; the same command goes on");
}

/* All that is done in a folder whose samples are this run's. Collective on world. */
static PetscErrorCode do_campaign(MPI_Comm world, const KrPlan *plan, const KrGroups *groups,
                                  KrClaim claim, double began, KrCampaignEnd *end)
{
  PetscFunctionBeginUser;
  PetscCall((*plan->task->announce)(world, plan));
  PetscCall(announce_groups(world, plan, groups));
  PetscCall(KrGroupsWarnIdle(groups, KrPlanCount(plan)));
  KrSignalsNote();
  PetscCall(do_samples(world, plan, groups, claim, began, end));
  if (!end->stopped) heed_at_once(world, claim);
  if (!end->stopped && end->n_done > 0)
    PetscCall((*plan->task->conclude)(world, plan, groups->n_groups, began, end->n_requested));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrCampaignRun - Does the samples of a campaign that have no shard yet, then writes its ensemble and summary.

  Collective on world

  Input:
. world - all ranks

  In/out:
. plan - the same on every rank; learns whether the folder's campaign was extended

  Output:
. end - how it ended; the same on every rank. When it was stopped there is no new ensemble

  Notes:
  Signals (KrSignalsListen()) and -campaign_maxtime stop it in order: samples under way are saved, and the same call
  goes on with them. A sample that ends in an error of a library is noted in failed/, and the others are done.

  Errors: PETSC_ERR_USER_INPUT for a folder of another campaign, a run that is at work on the same samples, a full disk,
          a damaged shard, a tensor that does not fit; shards written before stay
  Cost:   samples x starts x steps x contractions; see docs/theory/searches.md
  See:    KrPlanCreate(), docs/formats/store.md
*/
PetscErrorCode KrCampaignRun(MPI_Comm world, KrPlan *plan, KrCampaignEnd *end)
{
  const double   began = MPI_Wtime();
  KrGroups       groups;
  KrClaim        claim = NULL;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(KrGroupsCreate(world, plan->campaign.group_size, &groups));
  PetscCall((*plan->task->check)(world, plan));
  PetscCall(KrPlanEnter(world, plan, &claim));
  code = do_campaign(world, plan, &groups, claim, began, end);
  KrClaimDestroy(&claim);
  PetscCall(code);
  PetscCall(KrGroupsDestroy(&groups));
  PetscFunctionReturn(PETSC_SUCCESS);
}
