/* The journals in DIR/runs, read: what was asked for, by whom, how fast it went, and who still runs. */
#include "claim.h"
#include <cjson/cJSON.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SILENCE \
  120 /* seconds and 6 x -campaign_progress, of a run of kacrice 0.1.0 on another host: taken for dead */

static void copy_text(const cJSON *run, const char name[], char text[], size_t length)
{
  const cJSON *item = cJSON_GetObjectItemCaseSensitive(run, name);

  (void)snprintf(text, length, "%s", cJSON_IsString(item) ? item->valuestring : "");
}

/* Whether a process of this host lives and is a kacrice: not one that has ended and waits to be buried, nor a stranger
   with its old number. */
static PetscBool is_process(long pid)
{
  char    path[64], program[KR_PATH_MAX];
  ssize_t length;

  (void)snprintf(path, sizeof path, "/proc/%ld/exe", pid);
  length = readlink(path, program, sizeof program - 1);
  if (length < 0) return errno == EACCES ? PETSC_TRUE : PETSC_FALSE; /* somebody else's */
  program[length] = '\0';
  return strstr(program, "kacrice") != NULL ? PETSC_TRUE : PETSC_FALSE;
}

/* Whether a run of kacrice 0.1.0, which made no claim, seems to be at work: it left nothing better to go by. */
static PetscBool seems_alive(const KrRun *run, const char host[])
{
  if (strcmp(run->host, host) == 0) return is_process(run->pid);
  return run->silence < SILENCE + 6.0 * run->progress ? PETSC_TRUE : PETSC_FALSE;
}

/* Whether a run has a claim and is not known to be over; of one elsewhere by the time of its last count, which is good
   enough for people: runs among themselves watch the count (claim_ask.c). */
static PetscBool claims(const char folder[], const char journal[])
{
  const char   *name = strrchr(journal, '/') + 1;
  char          path[KR_CLAIM_PATH_MAX];
  KrClaimRecord record;
  KrLife        life;
  struct stat   info;

  (void)snprintf(path, sizeof path, "%s/running/%.*s.claim", folder,
                 (int)(strrchr(name, '.') - name), name);
  if (KrClaimRead(path, &record) != 0) return PETSC_FALSE;
  life = KrClaimLife(path, &record);
  if (life != KR_LIFE_UNKNOWN) return life == KR_LIFE_GOES_ON ? PETSC_TRUE : PETSC_FALSE;
  return stat(path, &info) == 0 && difftime(time(NULL), info.st_mtime) < record.silence
           ? PETSC_TRUE
           : PETSC_FALSE;
}

static PetscBool read_run(const char folder[], const char path[], const char host[], KrRun *run)
{
  const double most = 4294967296.0; /* samples of a campaign, 2^32, and whatever else is counted */
  int          status;
  cJSON       *root = KrJsonRead(path, &status);

  if (root == NULL) return PETSC_FALSE;
  *run = (KrRun){.first    = KrJsonCount(root, "first", most),
                 .end      = KrJsonCount(root, "end", most),
                 .ranks    = (int)KrJsonCount(root, "ranks", INT32_MAX),
                 .groups   = (int)KrJsonCount(root, "groups", INT32_MAX),
                 .pid      = (long)KrJsonCount(root, "pid", INT32_MAX),
                 .progress = KrJsonReal(root, "progress", 0.0, 1e9, 0.0),
                 .silence  = (double)time(NULL) - KrJsonReal(root, "updated_unix", 0.0, 1e12, 0.0),
                 .seconds  = KrJsonReal(root, "seconds", 0.0, 1e15, 0.0),
                 .computed = KrJsonCount(root, "computed", most),
                 .failed   = KrJsonCount(root, "failed", most)};
  copy_text(root, "state", run->state, sizeof run->state);
  copy_text(root, "host", run->host, sizeof run->host);
  copy_text(root, "job", run->job, sizeof run->job);
  copy_text(root, "started", run->started, sizeof run->started);
  (void)snprintf(run->path, sizeof run->path, "%s", path);
  run->is_old = cJSON_HasObjectItem(root, "claims") ? PETSC_FALSE : PETSC_TRUE;
  if (strcmp(run->state, "running") == 0)
    run->is_alive = run->is_old ? seems_alive(run, host) : claims(folder, path);
  cJSON_Delete(root);
  return PETSC_TRUE;
}

static int compare_runs(const void *a, const void *b)
{
  return strcmp(((const KrRun *)a)->path, ((const KrRun *)b)->path);
}

/* The runs of a campaign's folder by the time they began; the caller frees them. Files that are no journals are passed
   over. Not collective. */
PetscErrorCode KrRunsRead(const char folder[], const char host[], int *n_runs, KrRun **runs)
{
  char           path[KR_PATH_MAX + 512];
  DIR           *directory;
  struct dirent *entry;

  PetscFunctionBeginUser;
  *n_runs = 0;
  *runs   = NULL;
  (void)snprintf(path, sizeof path, "%s/runs", folder);
  directory = opendir(path);
  while (directory != NULL && (entry = readdir(directory)) != NULL) {
    const size_t length = strlen(entry->d_name);
    KrRun       *longer;

    if (length < 5 || strcmp(entry->d_name + length - 5, ".json") != 0) continue;
    (void)snprintf(path, sizeof path, "%s/runs/%s", folder, entry->d_name);
    longer = realloc(*runs, (size_t)(*n_runs + 1) * sizeof *longer);
    PetscCheck(longer != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for runs");
    *runs = longer;
    if (read_run(folder, path, host, &longer[*n_runs])) ++*n_runs;
  }
  if (directory != NULL) closedir(directory);
  if (*n_runs > 0) qsort(*runs, (size_t)*n_runs, sizeof **runs, compare_runs);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static int compare_ranges(const void *a, const void *b)
{
  const KrRange *p = a, *q = b;

  return (p->first > q->first) - (p->first < q->first);
}

/* How many samples ranges and single ones have together; sorts the ranges. Singles ascend. */
int64_t KrCountAsked(int n_ranges, KrRange ranges[], int64_t n_singles, const int64_t singles[])
{
  int64_t count = 0, reached = INT64_MIN, s = 0;

  if (n_ranges > 0) qsort(ranges, (size_t)n_ranges, sizeof *ranges, compare_ranges);
  for (int r = 0; r < n_ranges; ++r) {
    const int64_t first = PetscMax(ranges[r].first, reached);

    for (; s < n_singles && singles[s] < first; ++s) count += singles[s] >= reached;
    if (ranges[r].end > first) count += ranges[r].end - first;
    reached = PetscMax(reached, ranges[r].end);
  }
  for (; s < n_singles; ++s) count += singles[s] >= reached;
  return count;
}
