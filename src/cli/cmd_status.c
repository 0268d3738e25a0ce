/* kacrice status DIR: how far a campaign is, or each of a study. */
#include "commands.h"
#include <kacrice/campaign.h>
#include <string.h>

typedef struct {
  int json, check;
} StatusOptions;

/* clang-format off */
static const KrOption option_list[] = {
  {"-status_json", KR_OPTION_BOOL, offsetof(StatusOptions, json), "false", 0, 0, NULL, "",
   "print it for programs", PETSC_FALSE},
  {"-status_check", KR_OPTION_BOOL, offsetof(StatusOptions, check), "false", 0, 0, NULL, "",
   "read all of every shard of a census and name those that are wrong; exit code 1 when there are any", PETSC_FALSE},
};
/* clang-format on */
static const KrOptionTable        status_table = {"Status", option_list,
                                                  PETSC_STATIC_ARRAY_LENGTH(option_list)};
static const KrOptionTable *const tables[]     = {&status_table};

const KrOptionTable *const *KrStatusTables(int *n_tables)
{
  *n_tables = PETSC_STATIC_ARRAY_LENGTH(tables);
  return tables;
}

PetscErrorCode KrCommandStatus(MPI_Comm world, int n_args, char **args)
{
  StatusOptions options;
  size_t        length = strlen(args[0]);

  PetscFunctionBeginUser;
  (void)n_args;
  PetscCall(KrOptionsRead(world, &status_table, &options));
  PetscCall(
    KrOptionsCheckUnknown(world, "status", PETSC_STATIC_ARRAY_LENGTH(tables), tables, NULL));
  while (length > 1 && args[0][length - 1] == '/') args[0][--length] = '\0';
  PetscCall(KrStudyStatus(world, args[0], options.check ? PETSC_TRUE : PETSC_FALSE,
                          options.json ? PETSC_TRUE : PETSC_FALSE));
  PetscFunctionReturn(PETSC_SUCCESS);
}
