/* What the JSON files of a campaign share. */
#include "folder_impl.h"
#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MAX_BYTES = 1 << 24 }; /* campaign.json of a merge of 10^5 folders has 1e7 */

/* A number of an object, null when it is unknown: JSON has no NaN. */
void KrJsonNumber(cJSON *object, const char name[], double value)
{
  if (isfinite(value)) cJSON_AddNumberToObject(object, name, value);
  else cJSON_AddNullToObject(object, name);
}

/* Writes a file whole or not at all; root stays the caller's. Not collective; bad input when it cannot be written. */
PetscErrorCode KrJsonWrite(const char path[], const cJSON *root)
{
  char *text = cJSON_Print(root);

  PetscFunctionBeginUser;
  PetscCheck(text != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for %s", path);
  PetscCall(KrTextWrite(path, text));
  cJSON_free(text);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The whole text of a file, malloc'ed; NULL, and why, when it cannot be read: an errno or KR_FILE_... */
char *KrJsonReadText(const char path[], int *status)
{
  char  *text;
  size_t n_bytes;

  *status = KrFileRead(path, FILE_MAX_BYTES, &text, &n_bytes);
  return text;
}

/* The JSON in a text of so many bytes, that and nothing behind it; NULL when it is none. cJSON itself ends at a depth
   of 1000. */
cJSON *KrJsonParse(const char text[], size_t n_bytes)
{
  return strlen(text) == n_bytes ? cJSON_ParseWithOpts(text, NULL, 1) : NULL;
}

/* What a JSON file holds; the caller deletes it. NULL when it is none or cannot be read: *status is 0 for the former,
   else an errno or KR_FILE_... */
cJSON *KrJsonRead(const char path[], int *status)
{
  char  *text;
  size_t n_bytes;
  cJSON *root;

  *status = KrFileRead(path, FILE_MAX_BYTES, &text, &n_bytes);
  if (*status != 0) return NULL;
  root = KrJsonParse(text, n_bytes);
  free(text);
  return root;
}

/* A number of an object between limits; `otherwise` when it is not there, no number, or beyond them. */
double KrJsonReal(const cJSON *object, const char name[], double least, double most,
                  double otherwise)
{
  const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

  return cJSON_IsNumber(item) && item->valuedouble >= least && item->valuedouble <= most
           ? item->valuedouble
           : otherwise;
}

/* A count of an object, 0 when it is not there or cannot be one. */
int64_t KrJsonCount(const cJSON *object, const char name[], double most)
{
  return (int64_t)KrJsonReal(object, name, 0.0, most, 0.0);
}
