/* A campaign: samples over groups of ranks, shards, one ensemble at the end. */
#include "campaign_impl.h"
#include <math.h>
#include <stdio.h>

/* Takes samples from the queue until none is left. Collective on the group only. */
static PetscErrorCode work(const KrPlan *plan, const KrGroups *groups, KrQueue *queue,
                           KrProgress *progress)
{
  KrWorker    worker;
  PetscMPIInt rank, world_rank;
  int64_t     sample;
  PetscBool   was_done;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(groups->comm, &rank));
  PetscCallMPI(MPI_Comm_rank(groups->world, &world_rank));
  PetscCall(KrWorkerCreate(plan, groups->comm, &worker));
  for (;;) {
    PetscCall(KrQueueNext(queue, &sample));
    if (sample == KR_QUEUE_EMPTY) break;
    PetscCall(KrWorkerRun(&worker, sample, &was_done));
    if (rank == 0) PetscCall(KrQueueReport(queue, was_done));
    if (world_rank == 0) PetscCall(KrProgressPrint(progress, plan, queue));
  }
  PetscCall(KrWorkerDestroy(&worker));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode announce(MPI_Comm world, const KrPlan *plan, const KrGroups *groups,
                               const KrCensusSize *size)
{
  PetscFunctionBeginUser;
  PetscCall(PetscPrintf(
    world,
    "kacrice %s: %s, N = %d, samples %lld to %lld, at most %lld starts each (%s), folder %s\n",
    plan->provenance.version, KrModelTypeName(plan->model.type), plan->model.n,
    (long long)plan->campaign.first, (long long)plan->campaign.end - 1,
    (long long)plan->search.starts, KrSearchKindName(plan->search.kind), plan->campaign.out));
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

/* Ensemble file and summary from the shards in the folder. Collective on world. */
static PetscErrorCode conclude(MPI_Comm world, const KrPlan *plan, int n_groups, double began)
{
  const KrFileMeta meta = {
    .provenance = &plan->provenance, .options = plan->options, .identity = plan->identity};
  char         path[KR_PATH_MAX + 16];
  PetscMPIInt  rank;
  KrEnsemble   ensemble;
  KrTotals     totals;
  KrExpected   expected;
  KrStatistics statistics;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(world, &rank));
  PetscCall(KrAggregate(world, plan, &ensemble, &totals));
  PetscCall(KrExpectedCompute(world, plan, &ensemble, &expected));
  PetscCall(KrStatisticsCompute(world, plan, &expected, &ensemble, &statistics));
  (void)snprintf(path, sizeof path, "%s/ensemble.h5", plan->campaign.out);
  PetscCall(KrEnsembleWrite(world, path, &meta, &ensemble));
  if (rank == 0) {
    PetscCall(KrSummaryWrite(plan, n_groups, MPI_Wtime() - began, &totals, &expected, &ensemble,
                             &statistics));
    PetscCall(KrSummaryPrint(plan, &totals, &expected, &statistics));
  }
  KrStatisticsDestroy(&statistics);
  KrExpectedDestroy(&expected);
  KrTotalsDestroy(&totals);
  KrEnsembleDestroy(&ensemble);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrCampaignRun - Does the samples of a campaign that have no shard yet, then writes its ensemble and summary.

  Collective on world

  Input:
+ world - all ranks
- plan  - the same on every rank

  Errors: PETSC_ERR_USER_INPUT for a folder of another campaign, a full disk, a damaged shard, a tensor that does
          not fit; shards written before stay
  Cost:   samples x starts x steps x contractions; see docs/theory/searches.md
  See:    KrPlanCreate(), docs/formats/store.md
*/
PetscErrorCode KrCampaignRun(MPI_Comm world, const KrPlan *plan)
{
  const double began    = MPI_Wtime();
  KrProgress   progress = {.began = began, .printed = began};
  KrGroups     groups;
  KrCensusSize size;
  KrQueue      queue;

  PetscFunctionBeginUser;
  PetscCall(KrGroupsCreate(world, plan->campaign.group_size, &groups));
  PetscCall(KrPlanCheckMemory(world, plan));
  PetscCall(KrPlanCheckSize(world, plan, &size));
  PetscCall(KrFolderOpen(world, plan));
  PetscCall(announce(world, plan, &groups, &size));
  PetscCall(KrQueueCreate(&groups, (KrQueueType)plan->campaign.queue, plan->campaign.first,
                          plan->campaign.end, &queue));
  if (groups.group >= 0) PetscCall(work(plan, &groups, &queue, &progress));
  PetscCallMPI(MPI_Barrier(world));
  PetscCall(KrQueueDestroy(&queue));
  PetscCall(conclude(world, plan, groups.n_groups, began));
  PetscCall(KrGroupsDestroy(&groups));
  PetscFunctionReturn(PETSC_SUCCESS);
}
