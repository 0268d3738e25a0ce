#define _GNU_SOURCE /* F_OFD_SETLK */
/* FOLDER/NAME.claim, read and judged. A claim is a file of fixed length that its run rewrites in place: the lock is on
   the file, not on its name. */
#include "claim.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define ENDING  ".claim"
#define SILENCE 60.0 /* seconds, of a claim that cannot be understood */

static const char *const state_names[] = {"asking", "waiting", "working"};

/* The kernel that runs, by a number that it draws when it starts: host names and addresses are no names of it. */
static void name_boot(char boot[64])
{
  FILE *file = fopen("/proc/sys/kernel/random/boot_id", "r");

  if (file == NULL || fscanf(file, "%63s", boot) != 1) strcpy(boot, "-");
  if (file != NULL) fclose(file);
}

/* The batch job that this process belongs to. */
static void name_job(char job[128], int *restarts)
{
  const char *id = getenv("SLURM_JOB_ID"), *cluster = getenv("SLURM_CLUSTER_NAME");
  const char *count = getenv("SLURM_RESTART_COUNT");

  (void)snprintf(job, 128, "%s/%s", cluster == NULL || cluster[0] == '\0' ? "-" : cluster,
                 id == NULL ? "" : id);
  if (id == NULL || id[0] == '\0' || strpbrk(job, " \n") != NULL) strcpy(job, "-");
  *restarts = count == NULL ? 0 : atoi(count);
}

/* A lock that belongs to the open file and is gone with it, however the process ends. Returns 0 or an errno. */
int KrClaimLock(int file)
{
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

  return fcntl(file, F_OFD_SETLK, &lock) == 0 ? 0 : errno;
}

/* Where an open claim is: kernel and file system, and the job. */
void KrClaimPlace(int file, KrClaimRecord *record)
{
  struct stat info;

  name_boot(record->boot);
  name_job(record->job, &record->restarts);
  if (fstat(file, &info) == 0) record->device = (unsigned long long)info.st_dev;
  else strcpy(record->boot, "-");
}

/* The count stands at both ends: a record that is read while it is written shows it. */
void KrClaimFormat(const KrClaimRecord *record, char text[KR_CLAIM_BYTES])
{
  memset(text, '\n', KR_CLAIM_BYTES);
  (void)snprintf(text, KR_CLAIM_BYTES,
                 "kacrice claim 1\ncount %lld\nstate %s\nevery %g\nsilence %g\nfirst %lld\nend "
                 "%lld\nlocked %d\nboot %s\ndevice %llx\njob %s\nrestarts %d\nhost %.200s\npid "
                 "%ld\ncount %lld\n",
                 (long long)record->count, state_names[record->state], record->every,
                 record->silence, (long long)record->first, (long long)record->end,
                 record->is_locked, record->boot, record->device, record->job, record->restarts,
                 record->host, record->pid, (long long)record->count);
  text[strlen(text)] = '\n'; /* over the end that snprintf has set */
}

static PetscBool parse(const char text[], KrClaimRecord *record)
{
  long long count = 0, first = 0, end = 0, last = 1;
  char      state[16] = "";
  int       n_read;

  n_read        = sscanf(text,
                         "kacrice claim 1 count %lld state %15s every %lf silence %lf first %lld end %lld "
                                "locked %d boot %63s device %llx job %127s restarts %d host %255s pid %ld count "
                                "%lld",
                         &count, state, &record->every, &record->silence, &first, &end, &record->is_locked,
                         record->boot, &record->device, record->job, &record->restarts, record->host,
                         &record->pid, &last);
  record->count = count;
  record->first = first;
  record->end   = end;
  for (int s = 0; s < (int)PETSC_STATIC_ARRAY_LENGTH(state_names); ++s)
    if (strcmp(state, state_names[s]) == 0) {
      record->state = (KrClaimState)s;
      return n_read == 14 && count == last ? PETSC_TRUE : PETSC_FALSE;
    }
  return PETSC_FALSE;
}

static int read_text(const char path[], char text[KR_CLAIM_BYTES + 1], struct stat *info)
{
  const int file   = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  ssize_t   length = 0;
  int       status = 0;

  if (file < 0) return errno;
  if (fstat(file, info) != 0 || (length = pread(file, text, KR_CLAIM_BYTES, 0)) < 0) status = errno;
  text[length < 0 ? 0 : length] = '\0';
  close(file);
  return status;
}

/* What stands in a claim. One that cannot be understood may have all samples, and counts by the time of its last
   change. Returns 0 or an errno. */
int KrClaimRead(const char path[], KrClaimRecord *record)
{
  const struct timespec nap = {.tv_nsec = 10000000};
  char                  text[KR_CLAIM_BYTES + 1];
  struct stat           info;

  for (int tries = 0; tries < 20; ++tries) {
    const int status = read_text(path, text, &info);

    if (status != 0) return status;
    *record = (KrClaimRecord){.pid = 0};
    if (parse(text, record)) return 0;
    (void)nanosleep(&nap, NULL);
  }
  *record = (KrClaimRecord){.state   = KR_CLAIM_WORKING,
                            .count   = info.st_mtim.tv_sec * 1000000000LL + info.st_mtim.tv_nsec,
                            .every   = 1.0,
                            .silence = SILENCE,
                            .end     = INT64_MAX,
                            .boot    = "-",
                            .job     = "-",
                            .host    = "?"};
  return 0;
}

/* What the lock on a claim says, where it says anything: under the same kernel, on the same mount. */
static KrLife life_by_lock(int file, const KrClaimRecord *record, const KrClaimRecord *here)
{
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

  if (!record->is_locked || strcmp(record->boot, "-") == 0 ||
      strcmp(record->boot, here->boot) != 0 || record->device != here->device)
    return KR_LIFE_UNKNOWN;
  if (fcntl(file, F_OFD_GETLK, &lock) != 0) return KR_LIFE_UNKNOWN;
  return lock.l_type == F_UNLCK ? KR_LIFE_OVER : KR_LIFE_GOES_ON;
}

/* What can be told at once of the run that made a claim. A job that has been started again has lost its earlier run. */
KrLife KrClaimLife(const char path[], const KrClaimRecord *record)
{
  const int     file = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  KrClaimRecord here = {.pid = 0};
  KrLife        life;

  if (file < 0) return errno == ENOENT ? KR_LIFE_OVER : KR_LIFE_UNKNOWN;
  KrClaimPlace(file, &here);
  life = life_by_lock(file, record, &here);
  close(file);
  if (life == KR_LIFE_UNKNOWN && strcmp(record->job, "-") != 0 &&
      strcmp(record->job, here.job) == 0 && record->restarts < here.restarts)
    life = KR_LIFE_OVER;
  return life;
}

static int compare_names(const void *a, const void *b)
{
  return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The claims in a folder, which need not exist; the caller frees the list. Returns 0 or an errno. */
int KrClaimListRead(const char folder[], KrClaimList *list)
{
  DIR           *directory = opendir(folder);
  struct dirent *entry;
  int            status = 0;

  *list = (KrClaimList){0, NULL};
  if (directory == NULL) return errno == ENOENT ? 0 : errno;
  while (status == 0 && (entry = readdir(directory)) != NULL) {
    const size_t length = strlen(entry->d_name), n_ending = strlen(ENDING);
    char       **longer;

    if (length <= n_ending || strcmp(entry->d_name + length - n_ending, ENDING) != 0) continue;
    longer = realloc(list->names, ((size_t)list->count + 1) * sizeof *longer);
    if (longer != NULL) list->names = longer;
    if (longer == NULL || (longer[list->count] = strdup(entry->d_name)) == NULL) status = ENOMEM;
    else list->count += 1;
  }
  closedir(directory);
  if (list->count > 0) qsort(list->names, (size_t)list->count, sizeof *list->names, compare_names);
  return status;
}

void KrClaimListDestroy(KrClaimList *list)
{
  for (int i = 0; i < list->count; ++i) free(list->names[i]);
  free(list->names);
  *list = (KrClaimList){0, NULL};
}
