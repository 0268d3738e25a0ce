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

  PetscFunctionBeginUser;
  KrErrorsKeep(message);
  code = KrWorkerRun(worker, sample, end, count);
  KrErrorsKeep(NULL);
  if (code == 0 || code == PETSC_ERR_USER_INPUT) PetscFunctionReturn(code);
  PetscCallMPI(MPI_Comm_rank(worker->group, &rank));
  alone = KrErrorsMeet(worker->group, code);
  if (rank == 0 || alone != 0) PetscCall(KrFailureWrite(plan, sample, code, message));
  if (alone != 0) PetscFunctionReturn(alone);
  *end   = KR_TASK_FAILED;
  *count = -1;
  /* what the error left half done in model and search is not used again */
  PetscCall(KrWorkerCreate(plan, worker->group, worker->stop, worker->progress, worker));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Takes samples from the queue until none is left, or the run is to stop. Collective on the group only. longest:
   seconds that one has taken. */
static PetscErrorCode work(const KrPlan *plan, KrStop *stop, KrProgress *progress, double *longest)
{
  const struct timespec nap   = {.tv_nsec = NAP};
  KrQueue              *queue = stop->queue;
  KrWorker              worker;
  PetscMPIInt           rank;
  int64_t               sample, count;
  KrTaskEnd             end;
  PetscBool             stopping;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(queue->groups->comm, &rank));
  PetscCall(KrWorkerCreate(plan, queue->groups->comm, stop, progress, &worker));
  for (;;) {
    PetscCall(KrStopPoll(stop, KrWorkerReserve(&worker), &stopping));
    if (stopping) break;
    PetscCall(KrQueueNext(queue, &sample));
    if (sample == KR_QUEUE_EMPTY) break;
    if (sample == KR_QUEUE_WAIT) (void)nanosleep(&nap, NULL);
    else {
      PetscCall(try_sample(&worker, sample, &end, &count));
      if (rank == 0) PetscCall(KrQueueReport(queue, end, count));
    }
    PetscCall(KrProgressTell(progress));
  }
  *longest = worker.longest;
  PetscCall(KrWorkerDestroy(&worker));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode announce(MPI_Comm world, const KrPlan *plan, const KrGroups *groups,
                               const KrCensusSize *size)
{
  PetscFunctionBeginUser;
  PetscCall(PetscPrintf(
    world,
    "kacrice %s: %s, N = %d, samples %lld to %s%lld, at most %lld starts each (%s), folder %s\n",
    plan->provenance.version, KrModelTypeName(plan->model.type), plan->model.n,
    (long long)plan->campaign.first, plan->target.relative_error > 0.0 ? "at most " : "",
    (long long)plan->campaign.end - 1, (long long)plan->search.starts,
    KrSearchKindName(plan->search.kind), plan->campaign.out));
  PetscCall(PetscPrintf(world, "groups: %d, ranks in a group: %d, which share the %s: %s\n",
                        groups->n_groups, groups->size,
                        plan->campaign.spread == KR_SPREAD_TENSOR ? "couplings" : "starts",
                        plan->spread_reason));
  if (size->seconds > 60.0 && isfinite(size->points))
    PetscCall(PetscPrintf(
      world, "a sample has %.3g points on average: about %.2g starts, %.2g core hours\n",
      size->points, size->starts, size->seconds / 3600.0));
  PetscCall(KrGroupsWarnIdle(groups, plan->campaign.end - plan->campaign.first));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A shard that cannot be used ends the run: its sample has to be computed again. */
static PetscErrorCode check_findings(MPI_Comm world, const KrFindings *findings)
{
  const PetscBool fine = findings->count == 0 ? PETSC_TRUE : PETSC_FALSE;

  PetscFunctionBeginUser;
  KR_CHECK_INPUT(fine, world,
                 "cannot read %s; delete it and run the campaign again to compute this sample anew",
                 findings->list[0].message);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Ensemble file and summary from the shards in the folder, also those that other runs put there. Collective on
   world. */
static PetscErrorCode conclude(MPI_Comm world, const KrPlan *plan, int n_groups, double began,
                               int64_t n_wanted)
{
  const char *const folder  = plan->campaign.out;
  const KrOrigins   origins = {
      .n_groups = n_groups, .began = began, .folder = folder, .n_requested = n_wanted};
  KrFindings findings = {0};
  KrShards   shards;
  KrEnsemble ensemble;
  KrTotals   totals;

  PetscFunctionBeginUser;
  PetscCall(KrShardsFind(world, 1, &folder, &shards));
  PetscCall(KrAggregate(world, plan, &shards, &findings, &ensemble, &totals));
  PetscCall(check_findings(world, &findings));
  PetscCall(KrConclude(world, plan, &origins, &ensemble, &totals));
  KrFindingsDestroy(&findings);
  KrShardsDestroy(&shards);
  KrTotalsDestroy(&totals);
  KrEnsembleDestroy(&ensemble);
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
                                 double began, KrCampaignEnd *end)
{
  KrProgress    progress = {.plan = plan, .n_groups = groups->n_groups};
  KrQueueCounts counts   = {0};
  KrRunTimes    times    = {0};
  KrQueue       queue;
  KrStop        stop;
  PetscMPIInt   rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(world, &rank));
  PetscCall(KrJournalOpen(world, plan, &progress.journal));
  PetscCall(KrQueueCreate(groups, (KrQueueType)plan->campaign.queue, plan->campaign.first,
                          plan->campaign.end, &plan->target, &queue));
  progress.queue = &queue;
  progress.began = progress.printed = began;
  KrStopCreate(plan, &queue, &stop);
  if (rank == 0)
    PetscCall(
      KrJournalWrite(&progress.journal, plan, groups->n_groups, "running", &counts, &times));
  if (groups->group >= 0) PetscCall(work(plan, &stop, &progress, &times.longest));
  PetscCall(sum_up(groups, &queue, &counts, &times, end));
  times.seconds = MPI_Wtime() - began;
  if (rank == 0)
    PetscCall(KrJournalWrite(&progress.journal, plan, groups->n_groups,
                             end->stopped        ? "stopped"
                             : end->n_failed > 0 ? "failed"
                                                 : "done",
                             &counts, &times));
  if (plan->campaign.extend && counts.computed + counts.failed == 0 && !end->stopped)
    PetscCall(PetscPrintf(world, "-campaign_extend starts: no sample had to be taken further\n"));
  PetscCall(KrQueueDestroy(&queue));
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
  SIGUSR1, SIGTERM and -campaign_maxtime stop it in order: samples under way are saved, and the same call goes on with
  them. A sample that ends in an error of a library is noted in failed/, and the others are done.

  Errors: PETSC_ERR_USER_INPUT for a folder of another campaign, a run that is at work on the same samples, a full disk,
          a damaged shard, a tensor that does not fit; shards written before stay
  Cost:   samples x starts x steps x contractions; see docs/theory/searches.md
  See:    KrPlanCreate(), docs/formats/store.md
*/
PetscErrorCode KrCampaignRun(MPI_Comm world, KrPlan *plan, KrCampaignEnd *end)
{
  const double began = MPI_Wtime();
  KrGroups     groups;
  KrCensusSize size;

  PetscFunctionBeginUser;
  PetscCall(KrGroupsCreate(world, plan->campaign.group_size, &groups));
  PetscCall(KrPlanCheckMemory(world, plan));
  PetscCall(KrPlanCheckSize(world, plan, &size));
  PetscCall(KrPlanCheckTime(world, plan, &size));
  PetscCall(KrFolderOpen(world, plan));
  PetscCall(announce(world, plan, &groups, &size));
  PetscCall(do_samples(world, plan, &groups, began, end));
  if (!end->stopped && end->n_done > 0)
    PetscCall(conclude(world, plan, groups.n_groups, began, end->n_requested));
  PetscCall(KrGroupsDestroy(&groups));
  PetscFunctionReturn(PETSC_SUCCESS);
}
