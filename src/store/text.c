#include <kacrice/store.h>
#include "disk_impl.h"
#include <errno.h>
#include <stdio.h>
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

/*
  KrTextCreate - Writes a text file whole or not at all, unless there is one.

  Not collective; of several that try at once one succeeds

  Input:
+ path - the file
- text - its content, ended by 0; borrowed

  Output:
. existed - there was one, or another process was first; it is left as it is

  Errors: bad input when it cannot be written (no permission, disk full); nothing is left then
  Cost:   two fsync, 1 to 10 ms
*/
PetscErrorCode KrTextCreate(const char path[], const char text[], PetscBool *existed)
{
  int status;

  PetscFunctionBeginUser;
  status   = KrDiskCreate(path, text, strlen(text));
  *existed = status == EEXIST ? PETSC_TRUE : PETSC_FALSE;
  KR_CHECK_INPUT(status == 0 || status == EEXIST, PETSC_COMM_SELF, "cannot write %s: %s", path,
                 strerror(status));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrTextPlace - Writes a text file whole or not at all, in a folder that others remove whenever it is empty.

  Not collective

  Input:
. path - the file; its folder is made if need be, one of its name is replaced
. text - its content, ended by 0; borrowed

  Errors: bad input when it cannot be written (no permission, disk full); nothing is left then
  Cost:   as KrTextWrite()
*/
PetscErrorCode KrTextPlace(const char path[], const char text[])
{
  const int most = 1000; // times that the folder goes again before the file is in it
  char      folder[KR_PATH_MAX + 64];
  int       status = ENOENT;

  PetscFunctionBeginUser;
  (void)snprintf(folder, sizeof folder, "%.*s", (int)(strrchr(path, '/') - path), path);
  for (int tries = 0; status == ENOENT && tries < most; ++tries) {
    status = KrDiskMakeFolders(folder);
    if (status == 0) status = KrDiskReplace(path, text, strlen(text));
  }
  KR_CHECK_INPUT(status == 0, PETSC_COMM_SELF, "cannot write %s: %s", path, strerror(status));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrFolderMake - Makes a folder and those above it; they may exist already.

  Not collective

  Input:
. path - the folder

  Returns:
  0 or an errno
*/
int KrFolderMake(const char path[])
{
  return KrDiskMakeFolders(path);
}

/*
  KrFolderMakeTemporary - Makes a new folder under a temporary name beside that which it will have.

  Not collective

  Input:
+ path   - the name it will have
- length - bytes of temporary

  Output:
. temporary - its name for now, which nobody can foretell; the caller renames or removes it

  Returns:
  0 or an errno
*/
int KrFolderMakeTemporary(const char path[], char temporary[], size_t length)
{
  return KrDiskTemporaryFolder(path, temporary, length);
}
