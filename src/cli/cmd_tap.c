/* kacrice tap DIR: the TAP states of a finished campaign's samples. */
#include "commands.h"
#include <kacrice/campaign.h>

#define AT(member) offsetof(KrCampaignOptions, member)

/* clang-format off */
static const KrOption option_list[] = { /* those of a campaign that concern the run and not what is computed */
  {"-campaign_samples", KR_OPTION_STRING, AT(samples), "", 0, 0, NULL, "samples",
   "of the campaign: how many, or a range first:end (end excluded); empty: all that are finished", PETSC_FALSE},
  {"-campaign_group_size", KR_OPTION_INT, AT(group_size), "1", 1, 1000000, NULL, "ranks",
   "ranks that work on one sample together", PETSC_FALSE},
  {"-campaign_queue", KR_OPTION_CHOICE, AT(queue), "dynamic", 0, 0, "dynamic|static", "",
   "how groups come by samples", PETSC_FALSE},
  {"-campaign_progress", KR_OPTION_REAL, AT(progress), "10", 0, 1e9, NULL, "s",
   "time between progress lines", PETSC_FALSE},
  {"-campaign_maxtime", KR_OPTION_REAL, AT(maxtime), "0", 0, 1e9, NULL, "s",
   "stop in order before so much time has passed, exit code 75: to be run again; 0: no limit", PETSC_FALSE},
  {"-campaign_retry", KR_OPTION_BOOL, AT(retry), "false", 0, 0, NULL, "",
   "try samples again that failed before", PETSC_FALSE},
  {"-dry_run", KR_OPTION_BOOL, AT(dry_run), "false", 0, 0, NULL, "",
   "tell what the states would take in memory, and leave it at that", PETSC_FALSE},
  {"-dry_run_ranks", KR_OPTION_INT, AT(dry_run_ranks), "0", 0, 1e9, NULL, "ranks",
   "tell it for so many ranks, of another machine; 0: for those that are there", PETSC_FALSE},
  {"-dry_run_memory", KR_OPTION_REAL, AT(dry_run_memory), "0", 0, 1e9, NULL, "GB",
   "tell it for ranks that may use so much memory each; 0: as much as there is here", PETSC_FALSE},
};
/* clang-format on */
static const KrOptionTable        run_table = {"Campaign", option_list,
                                               PETSC_STATIC_ARRAY_LENGTH(option_list)};
static const KrOptionTable *const tables[]  = {&KrTapOptionTable, &run_table};

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
  PetscCall(KrOptionsRead(world, &run_table, &ignored));
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
