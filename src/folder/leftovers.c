/* What runs that were killed have left: files under their temporary names, NAME.tmp.*, and states of samples that were
   finished in the moment of a kill. A name tells which sample a file is of, and who holds the claim to that sample is
   the only one to write it: nobody has to guess whether its writer lives. */
#include "claim.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MARK ".tmp."
#define OLD  86400.0 /* seconds: nobody writes a file for so long */

typedef enum {
  OWNER_NOBODY,  /* a file of somebody else's, or none of ours */
  OWNER_SAMPLE,  /* the run that has the sample */
  OWNER_FOLDER,  /* any run of the folder */
  OWNER_COMMANDS /* somebody without a claim */
} Owner;

typedef struct {
  char    path[KR_PATH_MAX + 512];
  Owner   owner;
  int64_t sample;
} Leftover;

typedef struct {
  Leftover *list;
  int       count;
} Leftovers;

/* Whose file stands under a temporary name in one of the folders of a campaign. */
static Owner owner_of(const char part[], const char name[], int64_t *sample)
{
  static const char *const of_runs[]     = {"campaign.json", "ensemble.h5", "summary.json"};
  static const char *const of_commands[] = {"index.h5", "status.h5", "states.h5", "states.json"};
  const size_t             length        = (size_t)(strstr(name, MARK) - name);
  long long                number;

  if (part[0] == '\0') {
    for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(of_runs); ++i)
      if (strlen(of_runs[i]) == length && strncmp(name, of_runs[i], length) == 0)
        return OWNER_FOLDER;
    for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(of_commands); ++i)
      if (strlen(of_commands[i]) == length && strncmp(name, of_commands[i], length) == 0)
        return OWNER_COMMANDS;
    return OWNER_NOBODY;
  }
  if (strcmp(part, "/runs") == 0) return OWNER_FOLDER;
  if (strstr(name, ".claim" MARK) != NULL)
    return OWNER_COMMANDS; /* of a run that asks for nothing yet */
  if (sscanf(name, "s%lld.", &number) != 1 || number < 0) return OWNER_NOBODY;
  *sample = number;
  return OWNER_SAMPLE;
}

/* Adds the temporary files in one folder; it need not exist. */
static PetscErrorCode list_part(const char folder[], const char part[], Leftovers *leftovers)
{
  char           path[KR_PATH_MAX + 512];
  DIR           *files;
  struct dirent *entry;

  PetscFunctionBeginUser;
  (void)snprintf(path, sizeof path, "%s%s", folder, part);
  files = opendir(path);
  while (files != NULL && (entry = readdir(files)) != NULL) {
    Leftover *longer;
    int64_t   sample = 0;
    Owner     owner;

    if (strstr(entry->d_name, MARK) == NULL) continue;
    owner = owner_of(part, entry->d_name, &sample);
    if (owner == OWNER_NOBODY) continue;
    longer = realloc(leftovers->list, ((size_t)leftovers->count + 1) * sizeof *longer);
    PetscCheck(longer != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for names");
    leftovers->list = longer;
    longer += leftovers->count++;
    *longer = (Leftover){.owner = owner, .sample = sample};
    (void)snprintf(longer->path, sizeof longer->path, "%s%s/%s", folder, part, entry->d_name);
  }
  if (files != NULL) closedir(files);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode list_all(const char folder[], Leftovers *leftovers)
{
  static const char *const parts[] = {"", "/running", "/failed", "/runs"};
  char                     path[KR_PATH_MAX + 512];
  DIR                     *samples;
  struct dirent           *entry;

  PetscFunctionBeginUser;
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(parts); ++i)
    PetscCall(list_part(folder, parts[i], leftovers));
  (void)snprintf(path, sizeof path, "%s/samples", folder);
  samples = opendir(path);
  while (samples != NULL && (entry = readdir(samples)) != NULL) {
    if (entry->d_name[0] == '.') continue;
    (void)snprintf(path, sizeof path, "/samples/%.300s", entry->d_name);
    PetscCall(list_part(folder, path, leftovers));
  }
  if (samples != NULL) closedir(samples);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Whether a sample is this run's, and of no other that lives. */
static PetscBool is_ours(const KrVisit *visit, PetscBool alone, int64_t sample)
{
  return alone || (sample >= visit->first && sample < visit->end) ? PETSC_TRUE : PETSC_FALSE;
}

/* Whether a file was changed for the last time long before `time`, both by the clock of the file system. */
static PetscBool is_old(const char path[], double time)
{
  struct stat info;

  return lstat(path, &info) == 0 && time - (double)info.st_mtime > OLD ? PETSC_TRUE : PETSC_FALSE;
}

/* States of samples that have their shard: of a run that was killed between the two. */
static PetscErrorCode clean_states(const KrVisit *visit, PetscBool alone)
{
  const char    *folder = visit->folder;
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
    if (!is_ours(visit, alone, number)) continue;
    PetscCall(KrShardExists(folder, number, &exists));
    if (exists) PetscCall(KrCheckpointDelete(folder, number));
  }
  if (files != NULL) closedir(files);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Removes what runs that are over left in the folder of a campaign; not states, when shards may have to be taken up.
   Files are listed before it is asked who lives: temporary names are never used twice, so what is on the list and has
   a writer has one that is seen then. Not collective; a file that cannot be removed stays, it does no harm. */
PetscErrorCode KrLeftoversDelete(const KrVisit *visit, KrClaim claim, PetscBool extended)
{
  Leftovers leftovers               = {NULL, 0};
  char      old_run[KR_MESSAGE_MAX] = "";
  PetscBool alone;
  double    time;

  PetscFunctionBeginUser;
  PetscCall(list_all(visit->folder, &leftovers));
  PetscCall(KrJournalCheckOld(visit, 0, INT64_MAX, old_run));
  alone = KrClaimIsAlone(claim) && old_run[0] == '\0' ? PETSC_TRUE : PETSC_FALSE;
  time  = leftovers.count > 0 ? KrClaimTime(claim) : 0.0;
  for (int i = 0; i < leftovers.count; ++i) {
    const Leftover *one = &leftovers.list[i];
    PetscBool       over;

    if (one->owner == OWNER_SAMPLE) over = is_ours(visit, alone, one->sample);
    else over = one->owner == OWNER_FOLDER && alone ? PETSC_TRUE : is_old(one->path, time);
    if (over) (void)unlink(one->path);
  }
  free(leftovers.list);
  if (!extended) PetscCall(clean_states(visit, alone));
  PetscFunctionReturn(PETSC_SUCCESS);
}
