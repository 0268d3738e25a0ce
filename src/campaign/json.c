/* What the JSON files of a campaign share. */
#include "campaign_impl.h"
#include <cjson/cJSON.h>
#include <math.h>

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
