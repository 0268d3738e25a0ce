/* kacrice census: a campaign of disorder samples. */
#include "commands.h"

const KrOptionTable *const *KrCensusTables(int *n_tables)
{
  return KrPlanTables("census", n_tables);
}

PetscErrorCode KrCommandEnd(MPI_Comm world, const KrCampaignEnd *end)
{
  PetscFunctionBeginUser;
  PetscCheck(!end->stopped, world, KR_ERR_STOPPED,
             "stopped with %lld of %lld samples done; the same command goes on",
             (long long)end->n_done, (long long)end->n_requested);
  PetscCheck(end->n_failed == 0, world, KR_ERR_SAMPLES_FAILED,
             "%lld of %lld samples failed, see failed/ in the folder; -campaign_retry true tries "
             "them again",
             (long long)end->n_failed, (long long)end->n_requested);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KrCommandCensus(MPI_Comm world, int n_args, char **args)
{
  KrPlan        plan;
  KrCampaignEnd end = {0};

  PetscFunctionBeginUser;
  (void)n_args, (void)args;
  PetscCall(KrPlanCreate(world, "census", &plan));
  if (plan.campaign.dry_run) PetscCall(KrCampaignDryRun(world, &plan));
  else PetscCall(KrCampaignRun(world, &plan, &end));
  PetscCall(KrPlanDestroy(&plan));
  PetscCall(KrCommandEnd(world, &end));
  PetscFunctionReturn(PETSC_SUCCESS);
}
