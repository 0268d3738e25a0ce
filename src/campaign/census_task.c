/* A campaign of censuses: what it refuses, says and concludes. One sample of it: task.c. */
#include "campaign_impl.h"
#include <math.h>
#include <stdio.h>

static PetscErrorCode check(MPI_Comm world, const KrPlan *plan)
{
  KrCensusSize size;

  PetscFunctionBeginUser;
  PetscCall(KrPlanCheckMemory(world, plan));
  PetscCall(KrPlanCheckSize(world, plan, &size));
  PetscCall(KrPlanCheckTime(world, plan, &size));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode announce(MPI_Comm world, const KrPlan *plan, const KrGroups *groups)
{
  KrCensusSize size;

  PetscFunctionBeginUser;
  KrPlanSize(plan, &size);
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
  if (size.seconds > 60.0 && isfinite(size.points))
    PetscCall(PetscPrintf(
      world, "a sample has %.3g points on average: about %.2g starts, %.2g core hours\n",
      size.points, size.starts, size.seconds / 3600.0));
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

const KrTask KrTaskCensus = {.command  = "census",
                             .check    = check,
                             .announce = announce,
                             .create   = KrWorkerCreate,
                             .run      = KrWorkerRun,
                             .reserve  = KrWorkerReserve,
                             .destroy  = KrWorkerDestroy,
                             .conclude = conclude};
