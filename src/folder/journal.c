/* DIR/runs/<begin>-<host>-<pid>-<token>.json: a run's own account, for people. Its claim has the same name. */
#include "claim.h"
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* A message when a living run of kacrice 0.1.0, which made no claims, has samples from first to end - 1. Not
   collective. */
PetscErrorCode KrJournalCheckOld(const KrVisit *visit, int64_t first, int64_t end,
                                 char message[KR_MESSAGE_MAX])
{
  int    n_runs;
  KrRun *runs;

  PetscFunctionBeginUser;
  PetscCall(KrRunsRead(visit->folder, visit->provenance->host, &n_runs, &runs));
  for (int r = 0; r < n_runs && message[0] == '\0'; ++r)
    if (runs[r].is_old && runs[r].is_alive && runs[r].first < end && runs[r].end > first)
      (void)snprintf(message, KR_MESSAGE_MAX,
                     "%s %.300s: another run is at work on samples %lld to %lld (process "
                     "%ld on %.100s); wait for it, take other -campaign_samples, or delete %.300s "
                     "if it is dead",
                     visit->option, visit->folder, (long long)runs[r].first,
                     (long long)runs[r].end - 1, runs[r].pid, runs[r].host, runs[r].path);
  free(runs);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Names the journal of a run, whose other members are set, as its claim is named. Collective on world. */
PetscErrorCode KrJournalOpen(MPI_Comm world, KrClaim claim, KrJournal *journal)
{
  char        message[KR_MESSAGE_MAX] = "", folder[KR_PATH_MAX + 16];
  int         status;
  PetscMPIInt rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(world, &rank));
  journal->path[0] = '\0';
  if (rank == 0) {
    const char *name = KrClaimName(claim);

    (void)snprintf(folder, sizeof folder, "%s/runs", journal->visit.folder);
    (void)snprintf(journal->path, sizeof journal->path, "%s/%.*s.json", folder,
                   (int)(strrchr(name, '.') - name), name);
    status = KrFolderMake(folder);
    if (status != 0)
      (void)snprintf(message, sizeof message, "%s %.500s: cannot make runs/ in it: %s",
                     journal->visit.option, journal->visit.folder, strerror(status));
  }
  PetscCall(KrCheckRoot(world, message));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Replaces the journal; state: running, stopped, done or failed. Called by world rank 0. */
PetscErrorCode KrJournalWrite(const KrJournal *journal, const char state[],
                              const KrRunCounts *counts, const KrRunTimes *times)
{
  const KrProvenance *provenance = journal->visit.provenance;
  cJSON              *run        = cJSON_CreateObject();
  const char         *job        = getenv("SLURM_JOB_ID");
  char                when[32];

  PetscFunctionBeginUser;
  KrTimeText(when, sizeof when);
  cJSON_AddStringToObject(run, "filetype", "kacrice run");
  cJSON_AddStringToObject(run, "state", state);
  cJSON_AddNumberToObject(run, "first", (double)journal->visit.first);
  cJSON_AddNumberToObject(run, "end", (double)journal->visit.end);
  cJSON_AddNumberToObject(run, "ranks", provenance->ranks);
  cJSON_AddNumberToObject(run, "groups", journal->n_groups);
  cJSON_AddStringToObject(run, "host", provenance->host);
  cJSON_AddNumberToObject(run, "pid", (double)getpid());
  cJSON_AddStringToObject(run, "job", job == NULL ? "" : job);
  cJSON_AddTrueToObject(run, "claims");
  cJSON_AddStringToObject(run, "started", provenance->created);
  cJSON_AddStringToObject(run, "updated", when);
  cJSON_AddNumberToObject(run, "updated_unix", (double)time(NULL));
  cJSON_AddNumberToObject(run, "progress", journal->progress);
  cJSON_AddNumberToObject(run, "computed", (double)counts->computed);
  cJSON_AddNumberToObject(run, "found", (double)counts->found);
  cJSON_AddNumberToObject(run, "failed", (double)counts->failed);
  cJSON_AddNumberToObject(run, "seconds", times->seconds);
  cJSON_AddNumberToObject(run, "idle_seconds", times->idle);
  cJSON_AddNumberToObject(run, "longest_seconds", times->longest);
  if (counts->target != NULL) {
    const double error = counts->relative_error;

    cJSON_AddItemToObject(run, "target", cJSON_Duplicate(counts->target, 1));
    cJSON_AddItemToObject(run, "relative_error",
                          isfinite(error) ? cJSON_CreateNumber(error) : cJSON_CreateNull());
  }
  PetscCall(KrJsonWrite(journal->path, run));
  cJSON_Delete(run);
  PetscFunctionReturn(PETSC_SUCCESS);
}
