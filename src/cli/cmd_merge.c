/* kacrice merge OUT DIR...: samples of many folders into one ensemble. */
#include "commands.h"
#include <kacrice/tasks.h>

typedef struct {
  int    skip_bad;
  double bin_width; /* these two are read by the plan; here they are allowed */
  char   couplings[KR_PATH_MAX];
} MergeOptions;

/* clang-format off */
static const KrOption option_list[] = {
  {"-merge_skip_bad", KR_OPTION_BOOL, offsetof(MergeOptions, skip_bad), "false", 0, 0, NULL, "",
   "go on without shards that are damaged, and list them; otherwise they are refused", PETSC_FALSE},
  KR_OPTION_BIN_WIDTH(offsetof(MergeOptions, bin_width),
   "bins of e in the histograms of the ensemble; unless given, those of the first folder's runs"),
  {"-model_couplings", KR_OPTION_STRING, offsetof(MergeOptions, couplings), "", 0, 0, NULL, "",
   "HDF5 file of the tensor, when the campaign used one and it is no longer where it was", PETSC_FALSE},
};
/* clang-format on */
static const KrOptionTable        merge_table = {"Merge", option_list,
                                                 PETSC_STATIC_ARRAY_LENGTH(option_list)};
static const KrOptionTable *const tables[]    = {&merge_table};

const KrOptionTable *const *KrMergeTables(int *n_tables)
{
  *n_tables = PETSC_STATIC_ARRAY_LENGTH(tables);
  return tables;
}

PetscErrorCode KrCommandMerge(MPI_Comm world, int n_args, char **args)
{
  MergeOptions options;

  PetscFunctionBeginUser;
  PetscCall(KrOptionsRead(world, &merge_table, &options));
  PetscCall(KrOptionsCheckUnknown(world, "merge", PETSC_STATIC_ARRAY_LENGTH(tables), tables, NULL));
  PetscCall(KrCampaignMerge(world, args[0], n_args - 1, args + 1,
                            options.skip_bad ? PETSC_TRUE : PETSC_FALSE));
  PetscFunctionReturn(PETSC_SUCCESS);
}
