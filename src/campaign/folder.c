/* The campaign's folder: made once, recognised later, refused when it belongs to another campaign. Its shards carry
   the same identity, and are checked when they are read. */
#include "campaign_impl.h"
#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The whole text of a file, malloc'ed; NULL with errno when it cannot be read. */
char *KrFolderReadText(const char path[])
{
  FILE *file = fopen(path, "rb");
  char *text = NULL;
  long  size;

  if (file == NULL) return NULL;
  if (fseek(file, 0, SEEK_END) == 0 && (size = ftell(file)) >= 0 && fseek(file, 0, SEEK_SET) == 0) {
    text = calloc((size_t)size + 1, 1);
    if (text != NULL && fread(text, 1, (size_t)size, file) != (size_t)size) {
      free(text);
      text = NULL;
    }
  }
  fclose(file);
  return text;
}

/* "-name value" lines as an object; the lines are cut in place. */
static cJSON *lines_to_object(char lines[])
{
  cJSON *object = cJSON_CreateObject();
  char  *rest   = NULL;

  for (char *line = strtok_r(lines, "\n", &rest); line != NULL;
       line       = strtok_r(NULL, "\n", &rest)) {
    char *space = strchr(line, ' ');

    if (space == NULL || strcmp(line, "-model_p 0") == 0)
      continue; /* 0: a mixture or a file says the orders */
    *space = '\0';
    cJSON_AddStringToObject(object, line, space + 1);
  }
  return object;
}

static cJSON *describe(const KrPlan *plan)
{
  char  *lines = strdup(plan->identity);
  cJSON *root  = cJSON_CreateObject();

  cJSON_AddStringToObject(root, "filetype", "kacrice campaign");
  cJSON_AddNumberToObject(root, "format_version", KR_FORMAT_MAJOR);
  cJSON_AddStringToObject(root, "program", plan->provenance.program);
  cJSON_AddStringToObject(root, "version", plan->provenance.version);
  cJSON_AddStringToObject(root, "git_hash", plan->provenance.git_hash);
  cJSON_AddStringToObject(root, "created", plan->provenance.created);
  if (lines != NULL) cJSON_AddItemToObject(root, "options", lines_to_object(lines));
  free(lines);
  return root;
}

/* Text of an option in the description of a campaign. */
static const char *option_text(const cJSON *options, const char name[])
{
  const cJSON *item = cJSON_GetObjectItemCaseSensitive(options, name);

  return cJSON_IsString(item) && item->valuestring[0] != '\0' ? item->valuestring : "(nothing)";
}

/* The first option of `list` that differs between the two, as a message. */
static void compare(const char path[], const cJSON *list, const cJSON *then, const cJSON *now,
                    char message[KR_MESSAGE_MAX])
{
  const cJSON *item;

  cJSON_ArrayForEach(item, list)
  {
    const char *was = option_text(then, item->string), *is = option_text(now, item->string);

    if (message[0] == '\0' && strcmp(was, is) != 0)
      (void)snprintf(
        message, KR_MESSAGE_MAX,
        "%.100s %.200s: the folder was made with %.200s (%.300s); give the same options or "
        "another -campaign_out",
        item->string, is, was, path);
  }
}

/* The campaign of the folder against this one; an empty message when they are the same. */
static void check_existing(const char path[], const char text[], const cJSON *description,
                           char message[KR_MESSAGE_MAX])
{
  cJSON       *old  = cJSON_Parse(text);
  const cJSON *then = cJSON_GetObjectItemCaseSensitive(old, "options");
  const cJSON *now  = cJSON_GetObjectItemCaseSensitive(description, "options");

  if (cJSON_IsObject(then)) {
    compare(path, now, then, now, message);
    compare(path, then, then, now, message);
  } else {
    (void)snprintf(message, KR_MESSAGE_MAX,
                   "%.500s: is no campaign file of kacrice; choose another -campaign_out", path);
  }
  cJSON_Delete(old);
}

static void make_folder(const char path[], char message[KR_MESSAGE_MAX])
{
  const int status = KrFolderMake(path);

  if (status != 0)
    (void)snprintf(message, KR_MESSAGE_MAX, "-campaign_out %.500s: cannot make the folder: %s",
                   path, strerror(status));
}

/* The description in the folder, ours if there was none; malloc'ed. Of several runs that begin at once one
   writes it and all compare. */
static PetscErrorCode settle(const char path[], const cJSON *description, char **text)
{
  PetscBool existed = PETSC_FALSE;
  char     *ours;

  PetscFunctionBeginUser;
  *text = KrFolderReadText(path);
  if (*text != NULL || errno != ENOENT) PetscFunctionReturn(PETSC_SUCCESS);
  ours = cJSON_Print(description);
  PetscCheck(ours != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for campaign.json");
  PetscCall(KrTextCreate(path, ours, &existed));
  cJSON_free(ours);
  *text = KrFolderReadText(path);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode open_on_root(const KrPlan *plan, char message[KR_MESSAGE_MAX])
{
  char   path[KR_PATH_MAX + 16], *text;
  cJSON *description;

  PetscFunctionBeginUser;
  make_folder(plan->campaign.out, message);
  if (message[0] != '\0') PetscFunctionReturn(PETSC_SUCCESS);
  description = describe(plan);
  (void)snprintf(path, sizeof path, "%s/campaign.json", plan->campaign.out);
  PetscCall(settle(path, description, &text));
  if (text == NULL)
    (void)snprintf(message, KR_MESSAGE_MAX, "%.500s: cannot be read: %s", path, strerror(errno));
  else check_existing(path, text, description, message);
  free(text);
  cJSON_Delete(description);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Makes the folder or recognises it. Collective on world; an input error when it belongs to another campaign. */
PetscErrorCode KrFolderOpen(MPI_Comm world, const KrPlan *plan)
{
  char        message[KR_MESSAGE_MAX] = "";
  PetscMPIInt rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(world, &rank));
  if (rank == 0) PetscCall(open_on_root(plan, message));
  PetscCall(KrCheckRoot(world, message));
  PetscFunctionReturn(PETSC_SUCCESS);
}
