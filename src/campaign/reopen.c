/* The plan of a finished campaign, out of its folder. */
#include "campaign_impl.h"
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The value of an option in lines "-name value", malloc'ed; NULL when it is not there. */
static char *find_option(const char lines[], const char name[])
{
  const size_t length = strlen(name);

  for (const char *line = lines; line != NULL && *line != '\0';) {
    const size_t end = strcspn(line, "\n");

    if (end > length && strncmp(line, name, length) == 0 && line[length] == ' ')
      return strndup(line + length + 1, end - length - 1);
    line += end + (line[end] == '\n');
  }
  return NULL;
}

/* Options of a run that are no part of what the campaign is, but matter when its samples are read again: the file of
   the couplings, which may have moved, and the bins of the ensemble. A shard tells what they were. */
static PetscErrorCode find_in_shard(const char folder[], cJSON *options)
{
  const char *const names[] = {"-model_couplings", "-campaign_bin_width"};
  char              path[KR_PATH_MAX], *value;
  int64_t           n_samples, *samples, s = 0;
  KrFileInfo        info;

  PetscFunctionBeginUser;
  PetscCall(KrShardList(folder, &n_samples, &samples));
  for (; s < n_samples; ++s) { /* the first that is whole */
    KrSample     sample;
    KrShardFault fault;

    PetscCall(KrShardTry(folder, samples[s], NULL, KR_SHARD_COUNTS, &sample, &fault));
    KrSampleDestroy(&sample);
    if (fault.message[0] == '\0') break;
  }
  if (s < n_samples) {
    PetscCall(KrShardPath(folder, samples[s], path, sizeof path));
    PetscCall(KrFileInfoRead(path, &info));
    for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(names); ++i) {
      value = find_option(info.options, names[i]);
      if (value != NULL) cJSON_AddStringToObject(options, names[i], value);
      free(value);
    }
    KrFileInfoDestroy(&info);
  }
  free(samples);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The options in the folder as lines; what is wrong into message. On one rank. */
static PetscErrorCode read_folder(const char input[], const char command[], const char folder[],
                                  char **lines, char message[KR_MESSAGE_MAX])
{
  cJSON       *root    = KrFolderOf(input, folder, command, message);
  cJSON       *options = cJSON_GetObjectItemCaseSensitive(root, "options");
  const cJSON *item;
  size_t       used = 0, length = 1;

  PetscFunctionBeginUser;
  if (root != NULL) PetscCall(find_in_shard(folder, options));
  cJSON_ArrayForEach(item, options) if (item->string[0] == '-' && cJSON_IsString(item)) length +=
    strlen(item->string) + strlen(item->valuestring) + 2;
  *lines = calloc(1, length);
  PetscCheck(*lines != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for options");
  cJSON_ArrayForEach(item, options) if (item->string[0] == '-' && cJSON_IsString(item)) used +=
    (size_t)sprintf(*lines + used, "%s %s\n", item->string, item->valuestring);
  cJSON_Delete(root);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Lines "-name value" into the options database; what the user gave stays. */
static PetscErrorCode set_options(char lines[])
{
  char *rest = NULL;

  PetscFunctionBeginUser;
  for (char *line = strtok_r(lines, "\n", &rest); line != NULL;
       line       = strtok_r(NULL, "\n", &rest)) {
    char     *space = strchr(line, ' ');
    PetscBool is_set;

    *space = '\0';
    PetscCall(PetscOptionsHasName(NULL, NULL, line, &is_set));
    if (!is_set) PetscCall(PetscOptionsSetValue(NULL, line, space + 1));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrPlanReopen - Makes the plan of a campaign from its folder.

  Collective on world

  What makes the campaign what it is comes from campaign.json; options that the user gave beside it win, and shards that
  do not fit them are refused when they are read.

  Input:
+ world   - all ranks
. input   - the command that made the folder
. command - name of the command that reads it, for messages
- folder  - of the campaign

  Output:
. plan - the same on every rank; caller frees with KrPlanDestroy()

  Errors: PETSC_ERR_USER_INPUT when the folder is none of a campaign, or an option or the file of couplings is bad
  Cost:   reads campaign.json
  Source: docs/formats/store.md
  See:    KrPlanCreate(), KrCampaignCertify()
*/
PetscErrorCode KrPlanReopen(MPI_Comm world, const char input[], const char command[],
                            const char folder[], KrPlan *plan)
{
  char        message[KR_MESSAGE_MAX] = "", *lines = NULL;
  PetscMPIInt rank, length                         = 0;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(world, &rank));
  if (rank == 0) PetscCall(read_folder(input, command, folder, &lines, message));
  PetscCall(KrCheckRoot(world, message));
  if (rank == 0) length = (PetscMPIInt)strlen(lines) + 1;
  PetscCallMPI(MPI_Bcast(&length, 1, MPI_INT, 0, world));
  if (rank != 0) lines = calloc(1, (size_t)length);
  PetscCheck(lines != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for options");
  PetscCallMPI(MPI_Bcast(lines, length, MPI_CHAR, 0, world));
  PetscCall(set_options(lines));
  free(lines);
  PetscCall(PetscOptionsSetValue(NULL, "-campaign_out", folder));
  (void)memset(plan, 0, sizeof *plan);
  plan->task = KrTaskFind(input);
  PetscCall(KrPlanMake(world, command, plan));
  PetscFunctionReturn(PETSC_SUCCESS);
}
