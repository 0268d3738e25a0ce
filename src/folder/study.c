#define _GNU_SOURCE /* strverscmp */
/* A study: a folder whose direct subfolders are campaigns, mostly of one model and several N. */
#include "folder_impl.h"
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int compare_names(const void *a, const void *b)
{
  return strverscmp(*(char *const *)a, *(char *const *)b);
}

/*
  KrFolderIsCampaign - Whether a folder is that of a campaign: it has a campaign.json.

  Not collective

  Input:
. folder - need not exist

  Cost: one look-up of a name
*/
PetscBool KrFolderIsCampaign(const char folder[])
{
  char path[KR_PATH_MAX + 16];

  (void)snprintf(path, sizeof path, "%s/campaign.json", folder);
  return access(path, F_OK) == 0 ? PETSC_TRUE : PETSC_FALSE;
}

/* Adds DIR/NAME when it is a campaign, and not one that kacrice merge is still making. */
static PetscErrorCode add(const char folder[], const char name[], int *count, char ***campaigns)
{
  char   path[KR_PATH_MAX + 512];
  char **longer;

  PetscFunctionBeginUser;
  (void)snprintf(path, sizeof path, "%s/%s", folder, name);
  if (name[0] == '.' || strstr(name, ".tmp.") != NULL || !KrFolderIsCampaign(path))
    PetscFunctionReturn(PETSC_SUCCESS);
  longer = realloc(*campaigns, (size_t)(*count + 1) * sizeof *longer);
  PetscCheck(longer != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for names");
  *campaigns     = longer;
  longer[*count] = strdup(path);
  PetscCheck(longer[*count] != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for names");
  *count += 1;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrStudyList - Lists the campaigns of a folder: itself, or its subfolders, by name (n8 before n10).

  Not collective

  Input:
. folder - of a campaign or a study

  Output:
+ count     - how many; 0 when it is neither
- campaigns - their folders; caller frees with KrStudyDestroy()

  Errors: none; a folder that cannot be read has none
*/
PetscErrorCode KrStudyList(const char folder[], int *count, char ***campaigns)
{
  DIR           *directory;
  struct dirent *entry;

  PetscFunctionBeginUser;
  *count     = 0;
  *campaigns = NULL;
  if (KrFolderIsCampaign(folder)) {
    *campaigns = malloc(sizeof **campaigns);
    PetscCheck(*campaigns != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for names");
    (*campaigns)[(*count)++] = strdup(folder);
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  directory = opendir(folder);
  while (directory != NULL && (entry = readdir(directory)) != NULL)
    PetscCall(add(folder, entry->d_name, count, campaigns));
  if (directory != NULL) closedir(directory);
  if (*count > 0) qsort(*campaigns, (size_t)*count, sizeof **campaigns, compare_names);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrStudyDestroy - Frees the names of KrStudyList().

  Not collective

  Input:
+ count     - how many
- campaigns - their names
*/
void KrStudyDestroy(int count, char **campaigns)
{
  for (int i = 0; i < count; ++i) free(campaigns[i]);
  free(campaigns);
}
