/* kacrice tap DIR: the TAP states of a finished campaign's samples. */
#include "commands.h"
#include <kacrice/campaign.h>

static const KrOption option_list[] = {
  {"-campaign_samples", KR_OPTION_STRING, offsetof(KrCampaignOptions, samples), "", 0, 0, NULL,
   "samples",
   "of the campaign: how many, or a range first:end (end excluded); empty: all that are finished",
   PETSC_FALSE},
};
static const KrOptionTable        samples_table = {"Campaign", option_list,
                                                   PETSC_STATIC_ARRAY_LENGTH(option_list)};
static const KrOptionTable *const tables[] = {&KrTapOptionTable, &samples_table, &KrRunOptionTable};

const KrOptionTable *const *KrTapTables(int *n_tables)
{
  *n_tables = PETSC_STATIC_ARRAY_LENGTH(tables);
  return tables;
}

PetscErrorCode KrCommandTap(MPI_Comm world, int n_args, char **args)
{
  KrCampaignOptions ignored; /* KrPlanReopen() reads them again; others are refused here */
  KrTapOptions      options;
  KrCampaignEnd     end = {0};
  KrPlan            cold, plan;

  PetscFunctionBeginUser;
  (void)n_args;
  PetscCall(KrOptionsRead(world, &samples_table, &ignored));
  PetscCall(KrRunOptionsRead(world, &ignored));
  PetscCall(KrOptionsRead(world, &KrTapOptionTable, &options));
  PetscCall(KrOptionsCheckUnknown(world, "tap", PETSC_STATIC_ARRAY_LENGTH(tables), tables));
  PetscCall(KrTapOptionsRead(world, &options));
  PetscCall(KrPlanReopen(world, "tap", args[0], &cold));
  PetscCall(KrPlanTap(world, &cold, &options, &plan));
  if (plan.campaign.dry_run) PetscCall(KrCampaignDryRun(world, &plan));
  else PetscCall(KrCampaignRun(world, &plan, &end));
  PetscCall(KrPlanDestroy(&plan));
  PetscCall(KrPlanDestroy(&cold));
  PetscCall(KrCommandEnd(world, &end));
  PetscFunctionReturn(PETSC_SUCCESS);
}
