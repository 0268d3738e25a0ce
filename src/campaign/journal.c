/* DIR/runs/<begin>-<host>-<pid>.json: a run's own account, for people and for other runs of the same samples. */
#include "campaign_impl.h"
#include <cjson/cJSON.h>
#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SILENCE \
  120 /* seconds and 6 x -campaign_progress: a run on another host that says nothing is taken for dead */

/* The batch job that the run belongs to, "": none. A job that runs again takes the place of its earlier run. */
static void name_job(char job[64])
{
  const char *id = getenv("SLURM_JOB_ID");

  (void)snprintf(job, 64, "%s", id == NULL ? "" : id);
}

static double number_of(const cJSON *run, const char name[])
{
  const cJSON *item = cJSON_GetObjectItemCaseSensitive(run, name);

  return cJSON_IsNumber(item) ? item->valuedouble : 0.0;
}

static const char *text_of(const cJSON *run, const char name[])
{
  const cJSON *item = cJSON_GetObjectItemCaseSensitive(run, name);

  return cJSON_IsString(item) ? item->valuestring : "";
}

/* Whether a process of this host lives and is a kacrice: not one that has ended and waits to be buried, nor a stranger
   with its old number. */
PetscBool KrJournalIsProcess(long pid)
{
  char    path[64], program[KR_PATH_MAX];
  ssize_t length;

  (void)snprintf(path, sizeof path, "/proc/%ld/exe", pid);
  length = readlink(path, program, sizeof program - 1);
  if (length < 0) return errno == EACCES ? PETSC_TRUE : PETSC_FALSE; /* somebody else's */
  program[length] = '\0';
  return strstr(program, "kacrice") != NULL ? PETSC_TRUE : PETSC_FALSE;
}

/* Whether the process that wrote the journal still runs. */
static PetscBool is_alive(const KrPlan *plan, const cJSON *run)
{
  const double silence = (double)time(NULL) - number_of(run, "updated_unix");
  char         job[64];

  name_job(job);
  if (strcmp(text_of(run, "state"), "running") != 0) return PETSC_FALSE;
  if (job[0] != '\0' && strcmp(job, text_of(run, "job")) == 0) return PETSC_FALSE;
  if (strcmp(text_of(run, "host"), plan->provenance.host) == 0)
    return KrJournalIsProcess((long)number_of(run, "pid"));
  return silence < SILENCE + 6.0 * number_of(run, "progress") ? PETSC_TRUE : PETSC_FALSE;
}

/* A message when the journal is that of a living run with samples from first to end. */
static void check_run(const KrPlan *plan, double first_mine, double end_mine, const char path[],
                      char message[KR_MESSAGE_MAX])
{
  char        *text  = KrFolderReadText(path);
  cJSON       *run   = text == NULL ? NULL : cJSON_Parse(text);
  const double first = number_of(run, "first"), end = number_of(run, "end");

  if (run != NULL && first < end_mine && end > first_mine && is_alive(plan, run))
    (void)snprintf(message, KR_MESSAGE_MAX,
                   "-campaign_out %.300s: another run is at work on samples %.0f to %.0f (process "
                   "%.0f on %.100s); wait for it, take other -campaign_samples, or delete %.300s "
                   "if it is dead",
                   plan->campaign.out, first, end - 1.0, number_of(run, "pid"),
                   text_of(run, "host"), path);
  cJSON_Delete(run);
  free(text);
}

static void check_others(const KrPlan *plan, double first, double end, const char folder[],
                         char message[KR_MESSAGE_MAX])
{
  char           path[KR_PATH_MAX + 512];
  DIR           *runs = opendir(folder);
  struct dirent *entry;

  while (runs != NULL && message[0] == '\0' && (entry = readdir(runs)) != NULL) {
    const size_t length = strlen(entry->d_name);

    if (length < 5 || strcmp(entry->d_name + length - 5, ".json") != 0) continue;
    (void)snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
    check_run(plan, first, end, path, message);
  }
  if (runs != NULL) closedir(runs);
}

/* A message when a living run is at work on any sample of the folder. */
void KrJournalCheckIdle(const KrPlan *plan, char message[KR_MESSAGE_MAX])
{
  char folder[KR_PATH_MAX + 16];

  (void)snprintf(folder, sizeof folder, "%s/runs", plan->campaign.out);
  check_others(plan, -INFINITY, INFINITY, folder, message);
}

/* Names the journal of this run; an input error when another run is at work on the same samples. Collective on
   world. */
PetscErrorCode KrJournalOpen(MPI_Comm world, const KrPlan *plan, KrJournal *journal)
{
  char        folder[KR_PATH_MAX + 16], message[KR_MESSAGE_MAX] = "", when[32];
  int         status;
  PetscMPIInt rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(world, &rank));
  (void)snprintf(folder, sizeof folder, "%s/runs", plan->campaign.out);
  KrTimeText(when, sizeof when);
  (void)snprintf(journal->path, sizeof journal->path, "%s/%s-%.128s-%ld.json", folder, when,
                 plan->provenance.host, (long)getpid());
  if (rank == 0) {
    status = KrFolderMake(folder);
    if (status != 0)
      (void)snprintf(message, sizeof message, "-campaign_out %.500s: cannot make runs/ in it: %s",
                     plan->campaign.out, strerror(status));
    else
      check_others(plan, (double)plan->campaign.first, (double)plan->campaign.end, folder, message);
  }
  PetscCall(KrCheckRoot(world, message));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Replaces the journal; state: running, stopped, done or failed. Called by world rank 0. */
PetscErrorCode KrJournalWrite(const KrJournal *journal, const KrPlan *plan, int n_groups,
                              const char state[], const KrQueueCounts *counts,
                              const KrRunTimes *times)
{
  const KrProvenance *provenance = &plan->provenance;
  cJSON              *run        = cJSON_CreateObject();
  cJSON              *target     = KrTargetDescribe(&plan->target);
  char                when[32], job[64], *text;

  PetscFunctionBeginUser;
  KrTimeText(when, sizeof when);
  name_job(job);
  cJSON_AddStringToObject(run, "filetype", "kacrice run");
  cJSON_AddStringToObject(run, "state", state);
  cJSON_AddNumberToObject(run, "first", (double)plan->campaign.first);
  cJSON_AddNumberToObject(run, "end", (double)plan->campaign.end);
  cJSON_AddNumberToObject(run, "ranks", provenance->ranks);
  cJSON_AddNumberToObject(run, "groups", n_groups);
  cJSON_AddStringToObject(run, "host", provenance->host);
  cJSON_AddNumberToObject(run, "pid", (double)getpid());
  cJSON_AddStringToObject(run, "job", job);
  cJSON_AddStringToObject(run, "started", provenance->created);
  cJSON_AddStringToObject(run, "updated", when);
  cJSON_AddNumberToObject(run, "updated_unix", (double)time(NULL));
  cJSON_AddNumberToObject(run, "progress", plan->campaign.progress);
  cJSON_AddNumberToObject(run, "computed", (double)counts->computed);
  cJSON_AddNumberToObject(run, "found", (double)counts->found);
  cJSON_AddNumberToObject(run, "failed", (double)counts->failed);
  cJSON_AddNumberToObject(run, "seconds", times->seconds);
  cJSON_AddNumberToObject(run, "idle_seconds", times->idle);
  cJSON_AddNumberToObject(run, "longest_seconds", times->longest);
  if (target != NULL) {
    const double error = KrTallyError(&counts->tally);

    cJSON_AddItemToObject(run, "target", target);
    cJSON_AddItemToObject(run, "relative_error",
                          isfinite(error) ? cJSON_CreateNumber(error) : cJSON_CreateNull());
  }
  text = cJSON_Print(run);
  cJSON_Delete(run);
  PetscCheck(text != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for %s", journal->path);
  PetscCall(KrTextWrite(journal->path, text));
  cJSON_free(text);
  PetscFunctionReturn(PETSC_SUCCESS);
}
