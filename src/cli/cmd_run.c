/* The commands that make a campaign: kacrice census, and all others that the table of tasks has. */
#include "commands.h"

/* How a campaign ended, as an error of the program. Collective on world. */
static PetscErrorCode end_with(MPI_Comm world, const KrCampaignEnd *end)
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

/*
  KrCommandTask - Makes a campaign, or says what it would cost.

  Collective on world

  Input:
+ world  - all ranks
. task   - what is done with its samples
- folder - that the task reads; not looked at when it reads none

  Errors: KR_ERR_STOPPED and KR_ERR_SAMPLES_FAILED with a line for the user; those of KrPlanCreate(), KrCampaignRun()
*/
PetscErrorCode KrCommandTask(MPI_Comm world, const KrTask *task, const char folder[])
{
  KrPlan        plan;
  KrCampaignEnd end = {0};

  PetscFunctionBeginUser;
  PetscCall(KrPlanCreate(world, task, folder, &plan));
  if (plan.campaign.dry_run) PetscCall(KrCampaignDryRun(world, &plan));
  else PetscCall(KrCampaignRun(world, &plan, &end));
  PetscCall(KrPlanDestroy(&plan));
  PetscCall(end_with(world, &end));
  PetscFunctionReturn(PETSC_SUCCESS);
}
