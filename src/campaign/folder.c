/* The campaign's folder: made once, recognised later, refused when it belongs to another campaign. */
#include "campaign_impl.h"
#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The whole text of a file, malloc'ed; NULL with errno when it cannot be read. */
static char *read_text(const char path[])
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

/* The first option that differs, as a message; "" when the campaigns are the same. */
static void compare(const char path[], const cJSON *old, const cJSON *new,
                    char message[KR_MESSAGE_MAX])
{
  const cJSON *then = cJSON_GetObjectItemCaseSensitive(old, "options");
  const cJSON *now  = cJSON_GetObjectItemCaseSensitive(new, "options"), *item;

  if (!cJSON_IsObject(then)) {
    (void)snprintf(message, KR_MESSAGE_MAX,
                   "%.500s: is no campaign file of kacrice; choose another -campaign_out", path);
    return;
  }
  cJSON_ArrayForEach(item, now)
  {
    const cJSON *was = cJSON_GetObjectItemCaseSensitive(then, item->string);

    if (cJSON_IsString(was) && strcmp(was->valuestring, item->valuestring) == 0) continue;
    (void)snprintf(
      message, KR_MESSAGE_MAX,
      "%s %.200s: the folder was made with %.200s (%.300s); give the same options or another "
      "-campaign_out",
      item->string, item->valuestring[0] == '\0' ? "(nothing)" : item->valuestring,
      cJSON_IsString(was) && was->valuestring[0] != '\0' ? was->valuestring : "(nothing)", path);
    return;
  }
}

static void check_existing(const char path[], const char text[], const cJSON *description,
                           char message[KR_MESSAGE_MAX])
{
  cJSON *old = cJSON_Parse(text);

  compare(path, old, description, message);
  cJSON_Delete(old);
}

/* mkdir -p; the message says why not. */
static void make_folders(const char path[], char message[KR_MESSAGE_MAX])
{
  char        partial[KR_PATH_MAX + 16];
  struct stat status;

  (void)snprintf(partial, sizeof partial, "%s", path);
  for (char *slash = strchr(partial + 1, '/');; slash = strchr(slash + 1, '/')) {
    if (slash != NULL) *slash = '\0';
    if (mkdir(partial, 0777) != 0 && errno != EEXIST && message[0] == '\0') {
      (void)snprintf(message, KR_MESSAGE_MAX, "-campaign_out %.500s: cannot make the folder: %s",
                     path, strerror(errno));
    }
    if (slash == NULL) break;
    *slash = '/';
  }
  if (message[0] == '\0' && (stat(path, &status) != 0 || !S_ISDIR(status.st_mode)))
    (void)snprintf(message, KR_MESSAGE_MAX, "-campaign_out %.500s: is not a folder", path);
}

static PetscErrorCode open_on_root(const KrPlan *plan, char message[KR_MESSAGE_MAX])
{
  char   samples[KR_PATH_MAX + 16], path[KR_PATH_MAX + 16], *text;
  cJSON *description = describe(plan);

  PetscFunctionBeginUser;
  (void)snprintf(samples, sizeof samples, "%s/samples", plan->campaign.out);
  (void)snprintf(path, sizeof path, "%s/campaign.json", plan->campaign.out);
  make_folders(plan->campaign.out, message);
  if (message[0] == '\0') {
    text = read_text(path);
    if (text != NULL) {
      check_existing(path, text, description, message);
      free(text);
    } else if (errno != ENOENT) {
      (void)snprintf(message, KR_MESSAGE_MAX, "%.500s: cannot be read: %s", path, strerror(errno));
    } else {
      text = cJSON_Print(description);
      PetscCall(KrTextWrite(path, text));
      cJSON_free(text);
    }
  }
  if (message[0] == '\0') make_folders(samples, message);
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
