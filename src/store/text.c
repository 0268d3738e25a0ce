#include <kacrice/store.h>
#include "disk_impl.h"
#include <string.h>

/*
  KrTextWrite - Writes a text file whole or not at all.

  Not collective

  Input:
. path - the file; one of that name is replaced
. text - its content, ended by 0; borrowed

  Errors: bad input when it cannot be written (no such folder, no permission, disk full); nothing is left then
  Cost:   two fsync, 1 to 10 ms
  See:    KrShardWrite()
*/
PetscErrorCode KrTextWrite(const char path[], const char text[])
{
  int status;

  PetscFunctionBeginUser;
  status = KrDiskReplace(path, text, strlen(text));
  KR_CHECK_INPUT(status == 0, PETSC_COMM_SELF, "cannot write %s: %s", path, strerror(status));
  PetscFunctionReturn(PETSC_SUCCESS);
}
