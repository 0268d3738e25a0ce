/* What campaign.json says that the samples of its folder must be. */
#include "folder_impl.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* N of a campaign, whose campaign.json was checked when it was read; 0: it could not be. */
int KrFolderSpins(const cJSON *campaign)
{
  const cJSON *options = cJSON_GetObjectItemCaseSensitive(campaign, "options");
  const cJSON *item    = cJSON_GetObjectItemCaseSensitive(options, "-model_n");

  return cJSON_IsString(item) ? atoi(item->valuestring) : 0;
}

/* Lines "-name value", malloc'ed; NULL: no memory. */
static char *write_lines(const cJSON *options)
{
  const cJSON *item;
  size_t       used = 0, length = 1;
  char        *lines;

  cJSON_ArrayForEach(item, options) if (cJSON_IsString(item)) length +=
    strlen(item->string) + strlen(item->valuestring) + 2;
  lines = calloc(1, length);
  cJSON_ArrayForEach(item, options) if (lines != NULL && cJSON_IsString(item)) used +=
    (size_t)snprintf(lines + used, length - used, "%s %s\n", item->string, item->valuestring);
  return lines;
}

/*
  KrFolderIdentity - What makes a campaign what it is, out of its campaign.json, as its shards say it.

  Collective on world

  Input:
+ world    - all ranks
- campaign - on world rank 0; elsewhere not looked at

  Output:
. identity - the same on every rank; caller frees

  Errors: PETSC_ERR_MEM
  See:    KrShardTry()
*/
PetscErrorCode KrFolderIdentity(MPI_Comm world, const cJSON *campaign, char **identity)
{
  PetscMPIInt rank, length = 0;

  PetscFunctionBeginUser;
  *identity = NULL;
  PetscCallMPI(MPI_Comm_rank(world, &rank));
  if (rank == 0) {
    *identity = write_lines(cJSON_GetObjectItemCaseSensitive(campaign, "options"));
    PetscCheck(*identity != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for options");
    length = (PetscMPIInt)strlen(*identity) + 1;
  }
  PetscCallMPI(MPI_Bcast(&length, 1, MPI_INT, 0, world));
  if (rank != 0) *identity = calloc(1, (size_t)length);
  PetscCheck(*identity != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for options");
  PetscCallMPI(MPI_Bcast(*identity, length, MPI_CHAR, 0, world));
  PetscFunctionReturn(PETSC_SUCCESS);
}
