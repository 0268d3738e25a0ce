/* A campaign of censuses: what it refuses, says and concludes. One sample of it: task.c. */
#include "campaign_impl.h"
#include <math.h>

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
    "kacrice %s: %s, N = %d, samples %lld to %s%lld, at most %lld starts each (%s), folder %s\n",
    plan->provenance.version, KrModelTypeName(plan->model.type), plan->model.n,
    (long long)plan->campaign.first, plan->target.relative_error > 0.0 ? "at most " : "",
    (long long)plan->campaign.end - 1, (long long)plan->search.starts,
    KrSearchKindName(plan->search.kind), plan->campaign.out));
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

const KrTask KrTaskCensus = {.command  = "census",
                             .out      = "-campaign_out",
                             .check    = check,
                             .announce = announce,
                             .dry_run  = KrDryRunCensus,
                             .create   = KrWorkerCensusCreate,
                             .run      = KrWorkerCensusRun,
                             .count    = KrWorkerCensusCount,
                             .reserve  = KrWorkerCensusReserve,
                             .destroy  = KrWorkerDestroy,
                             .conclude = conclude};
