/* kacrice states DIR: thermodynamics of the minima of a finished campaign. */
#include "commands.h"
#include <kacrice/tasks.h>

static const KrOptionTable *const tables[] = {&KrStatesOptionTable};

const KrOptionTable *const *KrStatesTables(int *n_tables)
{
  *n_tables = PETSC_STATIC_ARRAY_LENGTH(tables);
  return tables;
}

PetscErrorCode KrCommandStates(MPI_Comm world, int n_args, char **args)
{
  KrStatesOptions options;
  KrPlan          plan;

  PetscFunctionBeginUser;
  (void)n_args;
  PetscCall(KrOptionsRead(world, &KrStatesOptionTable, &options));
  PetscCall(
    KrOptionsCheckUnknown(world, "states", PETSC_STATIC_ARRAY_LENGTH(tables), tables, NULL));
  PetscCall(KrPlanReopen(world, "census", "states", args[0], &plan));
  PetscCall(KrCampaignStates(world, &plan, &options));
  PetscCall(KrPlanDestroy(&plan));
  PetscFunctionReturn(PETSC_SUCCESS);
}
