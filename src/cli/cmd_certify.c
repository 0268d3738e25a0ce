/* kacrice certify DIR: every critical point of a finished campaign is proved anew from its files. */
#include "commands.h"
#include <kacrice/tasks.h>

typedef struct {
  char couplings[KR_PATH_MAX];
} CertifyOptions;

/* clang-format off */
static const KrOption option_list[] = {
  {"-model_couplings", KR_OPTION_STRING, offsetof(CertifyOptions, couplings), "", 0, 0, NULL, "",
   "HDF5 file of the tensor, when the campaign used one and it is no longer where it was", PETSC_FALSE},
};
/* clang-format on */
static const KrOptionTable        certify_table = {"Certify", option_list,
                                                   PETSC_STATIC_ARRAY_LENGTH(option_list)};
static const KrOptionTable *const tables[]      = {&certify_table};

const KrOptionTable *const *KrCertifyTables(int *n_tables)
{
  *n_tables = PETSC_STATIC_ARRAY_LENGTH(tables);
  return tables;
}

static PetscErrorCode print_tally(MPI_Comm world, const char folder[], const KrCertifyTally *tally)
{
  PetscFunctionBeginUser;
  PetscCall(PetscPrintf(
    world,
    "certified %lld of %lld points of %lld samples in %s: one critical point in "
    "a ball of its own, largest radius %.3g; index undecided: %lld, nothing "
    "proved: %lld\n",
    (long long)tally->n_certified, (long long)tally->n_points, (long long)tally->n_samples, folder,
    tally->radius_max, (long long)tally->n_undecided, (long long)tally->n_unproved));
  PetscCheck(tally->n_failed == 0 && tally->n_samples_failed == 0, world, KR_ERR_CHECK_FAILED,
             "certify: records that do not hold: %lld points and the counts of %lld samples; see "
             "the lines above",
             (long long)tally->n_failed, (long long)tally->n_samples_failed);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KrCommandCertify(MPI_Comm world, int n_args, char **args)
{
  CertifyOptions options;
  KrCertifyTally tally;
  KrPlan         plan;

  PetscFunctionBeginUser;
  (void)n_args;
  PetscCall(KrOptionsRead(world, &certify_table, &options));
  PetscCall(
    KrOptionsCheckUnknown(world, "certify", PETSC_STATIC_ARRAY_LENGTH(tables), tables, NULL));
  PetscCall(KrPlanReopen(world, "census", "certify", args[0], &plan));
  PetscCall(KrCampaignCertify(world, &plan, &tally));
  PetscCall(print_tally(world, plan.campaign.out, &tally));
  PetscCall(KrPlanDestroy(&plan));
  PetscFunctionReturn(PETSC_SUCCESS);
}
