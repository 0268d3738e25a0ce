/* The folder that merge makes: beside its place under a temporary name, OUT.tmp.*, with a claim in it as long as it is
   being filled. What merges that were killed have left beside OUT, the next one into OUT takes away. */
#include "claim.h"
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MARK ".tmp."
#define OLD  86400.0 /* seconds: no merge takes so long to write */

/* Whether a file is one that merge puts into its folder, or was about to. */
static PetscBool is_merges(const char name[])
{
  static const char *const names[] = {"campaign.json", "ensemble.h5", "summary.json"};
  const size_t             length = strlen(name), n_ending = strlen(".claim");

  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(names); ++i) {
    const size_t n = strlen(names[i]);

    if (strncmp(name, names[i], n) == 0 &&
        (name[n] == '\0' || strncmp(name + n, MARK, strlen(MARK)) == 0))
      return PETSC_TRUE;
  }
  return strstr(name, ".claim" MARK) != NULL ||
             (length > n_ending && strcmp(name + length - n_ending, ".claim") == 0)
           ? PETSC_TRUE
           : PETSC_FALSE;
}

/* Removes a folder of a merge that is over; whatever else somebody has put there stays, and the folder with it. */
static void remove_folder(const char folder[])
{
  char           path[KR_PATH_MAX + 512];
  DIR           *files = opendir(folder);
  struct dirent *entry;

  while (files != NULL && (entry = readdir(files)) != NULL) {
    (void)snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
    if (is_merges(entry->d_name)) (void)unlink(path);
  }
  if (files != NULL) closedir(files);
  (void)rmdir(folder);
}

static PetscBool is_old(const char path[], double time)
{
  struct stat info;

  return lstat(path, &info) == 0 && time - (double)info.st_mtime > OLD ? PETSC_TRUE : PETSC_FALSE;
}

/* Whether the merge that made a folder is over: its claim says so, or nobody has written there for long by the clock of
   the file system. */
static PetscBool is_over(const char folder[], double time)
{
  PetscBool     over = PETSC_TRUE;
  KrClaimList   list;
  KrClaimRecord record;
  char          path[KR_CLAIM_PATH_MAX];

  if (KrClaimListRead(folder, &list) != 0) return PETSC_FALSE;
  if (list.count == 0) over = is_old(folder, time);
  for (int i = 0; i < list.count && over; ++i) {
    (void)snprintf(path, sizeof path, "%s/%.500s", folder, list.names[i]);
    if (KrClaimRead(path, &record) != 0 || KrClaimLife(path, &record) != KR_LIFE_OVER)
      over = is_old(path, time);
  }
  KrClaimListDestroy(&list);
  return over;
}

/* What earlier merges into `out` have left beside it. An empty folder goes at once: who has just made it, and has no
   claim in it yet, makes it again. */
static void clear_left(const char out[], KrClaim claim)
{
  const char    *slash = strrchr(out, '/'), *name = slash == NULL ? out : slash + 1;
  const size_t   length = strlen(name), n_mark = strlen(MARK);
  const double   time = KrClaimTime(claim);
  char           folder[KR_PATH_MAX], path[KR_PATH_MAX + 512];
  DIR           *files;
  struct dirent *entry;
  struct stat    info;

  (void)snprintf(folder, sizeof folder, "%.*s", slash == NULL ? 1 : (int)(slash - out) + 1,
                 slash == NULL ? "." : out);
  files = opendir(folder);
  while (files != NULL && (entry = readdir(files)) != NULL) {
    if (strncmp(entry->d_name, name, length) != 0 ||
        strncmp(entry->d_name + length, MARK, n_mark) != 0)
      continue;
    (void)snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
    if (lstat(path, &info) != 0 || !S_ISDIR(info.st_mode) || rmdir(path) == 0) continue;
    if (is_over(path, time)) remove_folder(path);
  }
  if (files != NULL) closedir(files);
}

static PetscErrorCode begin_on_root(const KrProvenance *provenance, const char out[],
                                    char temporary[KR_PATH_MAX], KrClaim *claim,
                                    char message[KR_MESSAGE_MAX])
{
  char      name[512];
  const int status = KrFolderMakeTemporary(out, temporary, KR_PATH_MAX);

  PetscFunctionBeginUser;
  if (status != 0)
    (void)snprintf(message, KR_MESSAGE_MAX, "%.500s: cannot make the folder: %s", out,
                   strerror(status));
  if (message[0] != '\0') PetscFunctionReturn(PETSC_SUCCESS);
  KrClaimNewName(provenance->host, name, sizeof name);
  PetscCall(KrClaimCreate(temporary, name, provenance, message, claim));
  if (*claim == NULL) (void)rmdir(temporary);
  else clear_left(out, *claim);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A folder beside `out` that gets its name when it is whole; the same name on every rank. Collective on world; the
   claim is on world rank 0. */
PetscErrorCode KrMergeFolderBegin(MPI_Comm world, const KrProvenance *provenance, const char out[],
                                  char temporary[KR_PATH_MAX], KrClaim *claim)
{
  char        message[KR_MESSAGE_MAX] = "";
  PetscMPIInt rank;

  PetscFunctionBeginUser;
  *claim = NULL;
  PetscCallMPI(MPI_Comm_rank(world, &rank));
  if (rank == 0) PetscCall(begin_on_root(provenance, out, temporary, claim, message));
  PetscCall(KrCheckRoot(world, message));
  PetscCallMPI(MPI_Bcast(temporary, KR_PATH_MAX, MPI_CHAR, 0, world));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Gives the folder its name, or removes it when its content could not be written. Collective on world. */
PetscErrorCode KrMergeFolderEnd(MPI_Comm world, const char temporary[], const char out[],
                                PetscErrorCode code, KrClaim *claim)
{
  char        message[KR_MESSAGE_MAX] = "";
  PetscMPIInt rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(world, &rank));
  KrClaimDestroy(claim);
  if (code != 0 && rank == 0) remove_folder(temporary);
  PetscCall(code);
  if (rank == 0 && rename(temporary, out) != 0) {
    (void)snprintf(message, sizeof message, "%.500s: cannot be given its name: %s", out,
                   strerror(errno));
    remove_folder(temporary);
  }
  PetscCall(KrCheckRoot(world, message));
  PetscFunctionReturn(PETSC_SUCCESS);
}
