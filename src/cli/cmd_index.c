/* kacrice index DIR: one file through which all shards of a campaign are seen. */
#include "commands.h"
#include <kacrice/tasks.h>
#include <string.h>

PetscErrorCode KrCommandIndex(MPI_Comm world, int n_args, char **args)
{
  size_t length = strlen(args[0]);

  PetscFunctionBeginUser;
  (void)n_args;
  while (length > 1 && args[0][length - 1] == '/') args[0][--length] = '\0';
  PetscCall(KrCampaignIndex(world, args[0]));
  PetscFunctionReturn(PETSC_SUCCESS);
}
