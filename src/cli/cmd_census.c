/* kacrice census: a campaign of disorder samples. */
#include "commands.h"
#include <kacrice/campaign.h>

const KrOptionTable *const *KrCensusTables(int *n_tables)
{
  *n_tables = KR_PLAN_TABLES;
  return KrPlanTables;
}

PetscErrorCode KrCommandCensus(MPI_Comm world, int n_args, char **args)
{
  KrPlan plan;

  PetscFunctionBeginUser;
  (void)n_args, (void)args;
  PetscCall(KrPlanCreate(world, "census", &plan));
  if (plan.campaign.dry_run) PetscCall(KrCampaignDryRun(world, &plan));
  else PetscCall(KrCampaignRun(world, &plan));
  PetscCall(KrPlanDestroy(&plan));
  PetscFunctionReturn(PETSC_SUCCESS);
}
