/* Files that a killed run left half written under their temporary names, NAME.tmp.HOST.RANDOM.PID, and states of
   samples that were finished in the moment of a kill. */
#include "campaign_impl.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define OLD 86400 /* seconds: nobody writes a file for so long */

/* Whether what stands before the number of the process, HOST or HOST.RANDOM, names this host. */
static PetscBool is_here(const char text[], size_t length, const char host[])
{
  const size_t n_host = strlen(host), n_random = 12; // hex digits

  if (length < n_host || strncmp(text, host, n_host) != 0) return PETSC_FALSE;
  if (length == n_host) return PETSC_TRUE; /* of kacrice before 0.2 */
  return text[n_host] == '.' && length == n_host + 1 + n_random &&
             strspn(text + n_host + 1, "0123456789abcdef") == n_random
           ? PETSC_TRUE
           : PETSC_FALSE;
}

/* Whether the writer of a temporary file is gone: dead, on this host; elsewhere it must be old. What has the number
   of this very process is of one before it. */
static PetscBool is_left(const char path[], const char suffix[], const char host[])
{
  const char *dot = strrchr(suffix, '.');
  char       *end;
  struct stat info;
  long        pid;

  if (dot == NULL || dot == suffix) return PETSC_FALSE;
  pid = strtol(dot + 1, &end, 10);
  if (end == dot + 1 || *end != '\0' || pid <= 0) return PETSC_FALSE;
  if (is_here(suffix, (size_t)(dot - suffix), host))
    return pid == (long)getpid() || !KrRunIsProcess(pid) ? PETSC_TRUE : PETSC_FALSE;
  return stat(path, &info) == 0 && difftime(time(NULL), info.st_mtime) > OLD ? PETSC_TRUE
                                                                             : PETSC_FALSE;
}

/* The temporary files in one folder; it need not exist. */
static void clean(const char folder[], const char host[])
{
  char           path[KR_PATH_MAX + 512];
  DIR           *files = opendir(folder);
  struct dirent *entry;

  while (files != NULL && (entry = readdir(files)) != NULL) {
    const char *mark = strstr(entry->d_name, ".tmp.");

    if (mark == NULL) continue;
    (void)snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
    if (is_left(path, mark + 5, host)) (void)unlink(path);
  }
  if (files != NULL) closedir(files);
}

/* States of samples that have their shard: of a run that was killed between the two. */
static PetscErrorCode clean_states(const char folder[])
{
  char           path[KR_PATH_MAX + 16];
  DIR           *files;
  struct dirent *entry;

  PetscFunctionBeginUser;
  (void)snprintf(path, sizeof path, "%s/running", folder);
  files = opendir(path);
  while (files != NULL && (entry = readdir(files)) != NULL) {
    long long number;
    PetscBool exists;

    if (sscanf(entry->d_name, "s%lld.", &number) != 1 || number < 0) continue;
    PetscCall(KrShardExists(folder, number, &exists));
    if (exists) PetscCall(KrCheckpointDelete(folder, number));
  }
  if (files != NULL) closedir(files);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Removes what dead runs left in the folder of a campaign; not states, when shards may have to be taken up. Not
   collective; a temporary file that cannot be removed stays, it does no harm. */
PetscErrorCode KrLeftoversDelete(const char folder[], const char host[], PetscBool extended)
{
  static const char *const parts[] = {"", "/running", "/failed", "/runs"};
  char                     path[KR_PATH_MAX + 512];
  DIR                     *samples;
  struct dirent           *entry;

  PetscFunctionBeginUser;
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(parts); ++i) {
    (void)snprintf(path, sizeof path, "%s%s", folder, parts[i]);
    clean(path, host);
  }
  (void)snprintf(path, sizeof path, "%s/samples", folder);
  samples = opendir(path);
  while (samples != NULL && (entry = readdir(samples)) != NULL) {
    if (entry->d_name[0] == '.') continue;
    (void)snprintf(path, sizeof path, "%s/samples/%s", folder, entry->d_name);
    clean(path, host);
  }
  if (samples != NULL) closedir(samples);
  if (!extended) PetscCall(clean_states(folder));
  PetscFunctionReturn(PETSC_SUCCESS);
}
