/* DIR/runs/<begin>-<host>-<pid>.json: a run's own account, for people and for other runs of the same samples. */
#include "campaign_impl.h"
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* The batch job that the run belongs to, "": none. A job that runs again takes the place of its earlier run. */
static void name_job(char job[64])
{
  const char *id = getenv("SLURM_JOB_ID");

  (void)snprintf(job, 64, "%s", id == NULL ? "" : id);
}

/* A message when a living run has samples from first to end - 1. */
static void check_run(const KrPlan *plan, int64_t first, int64_t end, const KrRun *run,
                      char message[KR_MESSAGE_MAX])
{
  char job[64];

  name_job(job);
  if (run->first >= end || run->end <= first || !run->is_alive ||
      (job[0] != '\0' && strcmp(job, run->job) == 0))
    return;
  (void)snprintf(message, KR_MESSAGE_MAX,
                 "%s %.300s: another run is at work on samples %lld to %lld (process "
                 "%ld on %.100s); wait for it, take other -campaign_samples, or delete %.300s "
                 "if it is dead",
                 plan->task->out, plan->campaign.out, (long long)run->first,
                 (long long)run->end - 1, run->pid, run->host, run->path);
}

static PetscErrorCode check_others(const KrPlan *plan, int64_t first, int64_t end,
                                   char message[KR_MESSAGE_MAX])
{
  int    n_runs;
  KrRun *runs;

  PetscFunctionBeginUser;
  PetscCall(KrRunsRead(plan->campaign.out, plan->provenance.host, &n_runs, &runs));
  for (int r = 0; r < n_runs && message[0] == '\0'; ++r)
    check_run(plan, first, end, &runs[r], message);
  free(runs);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A message when a living run is at work on any sample of the folder. */
PetscErrorCode KrJournalCheckIdle(const KrPlan *plan, char message[KR_MESSAGE_MAX])
{
  PetscFunctionBeginUser;
  PetscCall(check_others(plan, 0, INT64_MAX, message));
  PetscFunctionReturn(PETSC_SUCCESS);
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
      (void)snprintf(message, sizeof message, "%s %.500s: cannot make runs/ in it: %s",
                     plan->task->out, plan->campaign.out, strerror(status));
    else PetscCall(check_others(plan, plan->campaign.first, plan->campaign.end, message));
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
  char                when[32], job[64];

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
  PetscCall(KrJsonWrite(journal->path, run));
  cJSON_Delete(run);
  PetscFunctionReturn(PETSC_SUCCESS);
}
