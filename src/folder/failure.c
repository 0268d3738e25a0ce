/* DIR/failed/s00000012.json: a sample that ended in an error, which is not tried again until the user says so. */
#include "folder_impl.h"
#include <cjson/cJSON.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void name_file(const char folder[], int64_t sample, char path[KR_PATH_MAX + 64])
{
  (void)snprintf(path, KR_PATH_MAX + 64, "%s/failed/s%08lld.json", folder, (long long)sample);
}

/* Not collective. */
PetscBool KrFailureExists(const char folder[], int64_t sample)
{
  char path[KR_PATH_MAX + 64];

  name_file(folder, sample, path);
  return access(path, F_OK) == 0 ? PETSC_TRUE : PETSC_FALSE;
}

/* Not collective. */
PetscErrorCode KrFailureWrite(const char folder[], const char host[], int64_t sample,
                              PetscErrorCode code, const char message[])
{
  char   path[KR_PATH_MAX + 64], when[32], *text;
  cJSON *root;

  PetscFunctionBeginUser;
  name_file(folder, sample, path);
  KrTimeText(when, sizeof when);
  root = cJSON_CreateObject();
  cJSON_AddNumberToObject(root, "sample", (double)sample);
  cJSON_AddStringToObject(root, "message", message);
  cJSON_AddNumberToObject(root, "code", (double)code);
  cJSON_AddStringToObject(root, "when", when);
  cJSON_AddStringToObject(root, "host", host);
  text = cJSON_Print(root);
  cJSON_Delete(root);
  PetscCheck(text != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for %s", path);
  PetscCall(KrTextPlace(path, text));
  cJSON_free(text);
  (void)fprintf(stderr, "kacrice: sample %lld failed: %s; see %s\n", (long long)sample, message,
                path);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Not collective; there may be none. */
void KrFailureDelete(const char folder[], int64_t sample)
{
  char path[KR_PATH_MAX + 64];

  name_file(folder, sample, path);
  if (unlink(path) != 0) return;
  *strrchr(path, '/') = '\0';
  (void)rmdir(path); /* fails when others are in it; who is about to write there makes it anew */
}
