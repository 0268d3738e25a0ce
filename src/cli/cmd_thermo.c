/* kacrice thermo: a campaign of Monte Carlo at temperatures above zero. */
#include "commands.h"

const KrOptionTable *const *KrThermoTables(int *n_tables)
{
  return KrPlanTables("thermo", n_tables);
}

PetscErrorCode KrCommandThermo(MPI_Comm world, int n_args, char **args)
{
  KrPlan        plan;
  KrCampaignEnd end = {0};

  PetscFunctionBeginUser;
  (void)n_args, (void)args;
  PetscCall(KrPlanCreate(world, "thermo", &plan));
  if (plan.campaign.dry_run) PetscCall(KrCampaignDryRun(world, &plan));
  else PetscCall(KrCampaignRun(world, &plan, &end));
  PetscCall(KrPlanDestroy(&plan));
  PetscCall(KrCommandEnd(world, &end));
  PetscFunctionReturn(PETSC_SUCCESS);
}
