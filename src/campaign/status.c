/* How far a campaign is: from names of files, journals of runs, and the lines of its samples. */
#include "campaign_impl.h"
#include <cjson/cJSON.h>
#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* ---- campaign.json; on world rank 0 ---- */

static void copy_option(const cJSON *options, const char name[], char text[], size_t length)
{
  const cJSON *item = cJSON_GetObjectItemCaseSensitive(options, name);

  (void)snprintf(text, length, "%s", cJSON_IsString(item) ? item->valuestring : "");
}

/* The statistical error that was asked for, when one was. */
static void read_target(const cJSON *root, KrStatus *status)
{
  const cJSON *target = cJSON_GetObjectItemCaseSensitive(root, "target");
  const cJSON *what   = cJSON_GetObjectItemCaseSensitive(target, "what");
  const cJSON *error  = cJSON_GetObjectItemCaseSensitive(target, "relative_error");

  status->target_error = NAN;
  if (!cJSON_IsString(what) || !cJSON_IsNumber(error)) return;
  (void)snprintf(status->target, sizeof status->target, "%s", what->valuestring);
  status->target_error = error->valuedouble;
  status->target_index = -1;
  if (strcmp(status->target, "minima") == 0) status->target_index = 0;
  (void)sscanf(status->target, "index:%d", &status->target_index);
}

/* What campaign.json says, which the caller deletes; NULL with a message when it is none. */
static cJSON *read_campaign(KrStatus *status, char message[KR_MESSAGE_MAX])
{
  char          number[64];
  cJSON        *root    = KrFolderDescription(status->folder, "", message);
  const cJSON  *options = cJSON_GetObjectItemCaseSensitive(root, "options");
  const KrTask *task    = KrFolderTask(root);

  if (root == NULL) return NULL;
  copy_option(options, "-model_mixture", status->law, sizeof status->law);
  copy_option(options, "-model_p", number, sizeof number);
  if (status->law[0] == '\0' && number[0] != '\0')
    (void)snprintf(status->law, sizeof status->law, "p = %s", number);
  copy_option(options, "-search_kind", status->kind, sizeof status->kind);
  status->task     = task;
  status->has_rows = task->rows != NULL ? PETSC_TRUE : PETSC_FALSE;
  if (!status->has_rows)
    (void)snprintf(status->kind, sizeof status->kind, "%s", KrFolderMaker(root));
  status->is_merged = KrFolderIsMerged(root);
  status->n         = KrFolderSpins(root);
  read_target(root, status);
  return root;
}

/* ---- failed and running samples; on world rank 0 ---- */

static PetscErrorCode add_note(KrNotes *notes, int64_t sample, double age, const char text[])
{
  KrNote *longer = realloc(notes->list, (size_t)(notes->count + 1) * sizeof *longer);

  PetscFunctionBeginUser;
  PetscCheck(longer != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for notes");
  notes->list          = longer;
  longer[notes->count] = (KrNote){.sample = sample, .age = age};
  (void)snprintf(longer[notes->count++].text, sizeof longer->text, "%s", text);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static int compare_notes(const void *a, const void *b)
{
  const KrNote *p = a, *q = b;

  return (p->sample > q->sample) - (p->sample < q->sample);
}

/* The message of failed/sNNNNNNNN.json; what a run leaves under another name is passed over. */
static PetscErrorCode note_failure(const char path[], int64_t number, double age, KrNotes *notes)
{
  int          status;
  cJSON       *root    = KrJsonRead(path, &status);
  const cJSON *message = cJSON_GetObjectItemCaseSensitive(root, "message");

  PetscFunctionBeginUser;
  PetscCall(add_note(notes, number, age,
                     cJSON_IsString(message) ? message->valuestring : "its note cannot be read"));
  cJSON_Delete(root);
  PetscFunctionReturn(PETSC_SUCCESS);
}

#define SAMPLE_MOST 1000000000000000 /* beyond the most that -campaign_samples takes */

/* Files "s<number><ending>" of a subfolder, which need not be there. */
static PetscErrorCode read_notes(const char folder[], const char subfolder[], const char ending[],
                                 KrNotes *notes)
{
  char           path[KR_PATH_MAX + 512];
  DIR           *directory;
  struct dirent *entry;
  struct stat    info;

  PetscFunctionBeginUser;
  (void)snprintf(path, sizeof path, "%s/%s", folder, subfolder);
  directory = opendir(path);
  while (directory != NULL && (entry = readdir(directory)) != NULL) {
    long long number;
    int       length = 0;
    double    age;

    if (sscanf(entry->d_name, "s%lld%n", &number, &length) != 1 || number < 0 ||
        number > SAMPLE_MOST || strcmp(entry->d_name + length, ending) != 0)
      continue;
    (void)snprintf(path, sizeof path, "%s/%s/%s", folder, subfolder, entry->d_name);
    if (stat(path, &info) != 0) continue; /* gone meanwhile */
    age = difftime(time(NULL), info.st_mtime);
    if (strcmp(ending, ".json") == 0) PetscCall(note_failure(path, number, age, notes));
    else PetscCall(add_note(notes, number, age, ""));
  }
  if (directory != NULL) closedir(directory);
  if (notes->count > 0)
    qsort(notes->list, (size_t)notes->count, sizeof *notes->list, compare_notes);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A sample that is done was not lost. */
static void drop_done(const KrShards *shards, KrNotes *notes)
{
  int64_t kept = 0, i = 0;

  for (int64_t j = 0; j < notes->count; ++j) {
    while (i < shards->n_places && shards->places[i].sample < notes->list[j].sample) ++i;
    if (i < shards->n_places && shards->places[i].sample == notes->list[j].sample) continue;
    notes->list[kept++] = notes->list[j];
  }
  notes->count = kept;
}

/* ---- numbers; on world rank 0 ---- */

/* Mean and relative error of what the target counts, by default of all points. */
static void measure(const KrSampleTable *table, KrStatus *status)
{
  const PetscBool only_minima = strcmp(status->kind, "minima") == 0 ? PETSC_TRUE : PETSC_FALSE;
  const int       n_index     = KrCountedIndices(only_minima, table->n);
  const PetscBool one =
    !isnan(status->target_error) && status->target_index >= 0 && status->target_index < n_index
      ? PETSC_TRUE
      : PETSC_FALSE;
  const int index = one ? status->target_index : KR_TARGET_TOTAL;
  int64_t   sum = 0, squares = 0;

  for (int64_t i = 0; i < table->count; ++i) {
    const KrSampleRow *row   = &table->rows[i];
    const int64_t      count = KrCountOf(n_index, index, table->counts + i * table->n);

    sum += count;
    squares += count * count;
    status->verdicts[row->verdict] += 1;
    status->core_seconds += row->seconds;
    status->missing += row->missing;
  }
  status->n_whole = table->count;
  KrMeanError(table->count, (double)sum, (double)squares, &status->mean, &status->error);
  if (table->count > 0) status->missing /= (double)table->count;
}

/* What runs have spent, how fast samples come, and who runs now. */
static void measure_runs(int n_runs, const KrRun runs[], KrStatus *status)
{
  double rate_now = 0.0, rate_last = 0.0;

  for (int r = 0; r < n_runs; ++r) {
    const KrRun *run  = &runs[r];
    const double rate = run->seconds > 0.0 ? (double)run->computed / run->seconds : 0.0;

    status->run_core_seconds += run->seconds * run->ranks;
    if (rate > 0.0) rate_last = rate;
    if (!run->is_alive) continue;
    status->n_running += 1;
    status->n_ranks += run->ranks;
    status->n_groups += run->groups;
    rate_now += rate;
  }
  status->n_runs = n_runs;
  status->rate   = status->n_running > 0 ? rate_now : rate_last;
}

/* Samples still to be done for all that was asked, or for the target where there is one. */
static void look_ahead(KrStatus *status)
{
  status->n_left = PetscMax(0, status->n_asked - status->n_done - status->failed.count);
  if (!isnan(status->target_error) && status->mean > 0.0 && isfinite(status->error)) {
    const double ratio  = status->error / status->mean / status->target_error;
    const double needed = ceil((double)status->n_whole * ratio * ratio);

    status->target_samples = (int64_t)PetscMin(needed, 1e15);
    status->n_left         = PetscMax(0, status->target_samples - status->n_whole);
  }
  status->seconds_left = status->n_left == 0 ? 0.0 : NAN;
  if (status->n_left > 0 && status->rate > 0.0)
    status->seconds_left = (double)status->n_left / status->rate;
}

static PetscErrorCode count_asked(const KrShards *shards, int n_runs, const KrRun runs[],
                                  KrStatus *status)
{
  const int64_t n_known = shards->n_places + status->failed.count;
  KrRange      *ranges  = malloc(((size_t)n_runs + 1) * sizeof *ranges);
  int64_t      *known = malloc(((size_t)n_known + 1) * sizeof *known), n = 0;

  PetscFunctionBeginUser;
  PetscCheck(ranges != NULL && known != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory");
  for (int r = 0; r < n_runs; ++r) ranges[r] = (KrRange){runs[r].first, runs[r].end};
  for (int64_t i = 0, f = 0; i < shards->n_places || f < status->failed.count;) {
    const int64_t done   = i < shards->n_places ? shards->places[i].sample : INT64_MAX;
    const int64_t failed = f < status->failed.count ? status->failed.list[f].sample : INT64_MAX;

    known[n++] = PetscMin(done, failed);
    if (done <= failed) ++i;
    else ++f;
  }
  status->n_asked = KrCountAsked(n_runs, ranges, n, known);
  free(ranges);
  free(known);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A folder that merge has made holds no samples: its summary tells. */
static void read_merged(KrStatus *status)
{
  const double most = 1e15; /* of any count */
  char         path[KR_PATH_MAX + 16];
  int          unread;
  cJSON       *root;
  const cJSON *samples, *total, *completeness;

  (void)snprintf(path, sizeof path, "%s/summary.json", status->folder);
  root         = KrJsonRead(path, &unread);
  samples      = cJSON_GetObjectItemCaseSensitive(root, "samples");
  completeness = cJSON_GetObjectItemCaseSensitive(root, "completeness");
  total =
    cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(root, "counts"), "total");
  status->n_asked = KrJsonCount(samples, "requested", most);
  status->n_done = status->n_whole = KrJsonCount(samples, "in_ensemble", most);
  for (int v = 0; v < KR_N_VERDICTS; ++v)
    status->verdicts[v] = KrJsonCount(completeness, KrVerdictName((KrVerdict)v), most);
  status->missing      = KrJsonReal(completeness, "missing_mean", 0.0, HUGE_VAL, NAN);
  status->core_seconds = KrJsonReal(root, "core_seconds", 0.0, HUGE_VAL, 0.0);
  status->mean         = KrJsonReal(total, "mean", 0.0, HUGE_VAL, NAN);
  status->error        = KrJsonReal(total, "stderr", 0.0, HUGE_VAL, NAN);
  cJSON_Delete(root);
}

static PetscErrorCode fill(const char host[], const KrShards *shards, const KrSampleTable *table,
                           KrStatus *status)
{
  int    n_runs;
  KrRun *runs;

  PetscFunctionBeginUser;
  PetscCall(KrRunsRead(status->folder, host, &n_runs, &runs));
  PetscCall(read_notes(status->folder, "failed", ".json", &status->failed));
  PetscCall(read_notes(status->folder, "running", ".h5", &status->saved));
  drop_done(shards, &status->failed);
  drop_done(shards, &status->saved);
  status->n_done = shards->n_samples;
  measure(table, status);
  if (!status->has_rows) status->missing = status->core_seconds = NAN;
  measure_runs(n_runs, runs, status);
  PetscCall(count_asked(shards, n_runs, runs, status));
  if (status->is_merged) read_merged(status);
  look_ahead(status);
  free(runs);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrStatusRead - Tells how far a campaign is. A run may be at work on it.

  Collective on world

  Input:
+ world  - all ranks
. folder - of the campaign
- check  - read all of every shard of a census, and hold it against what it may be and its campaign

  Output:
. status - on world rank 0, but for the damaged shards, which all know; caller frees with KrStatusDestroy()

  Notes: of Monte Carlo and TAP states it tells all but what the samples hold

  Errors: bad input when the folder is none of a campaign; `check` of another one than a census
  Cost:   names and times of all shards, 10 us each; 0.3 ms, shared by the ranks, for each that was not seen before or
          is to be checked. What was seen is kept in DIR/status.h5
  Source: docs/howto/campaign.md
*/
PetscErrorCode KrStatusRead(MPI_Comm world, const char folder[], PetscBool check, KrStatus *status)
{
  char          message[KR_MESSAGE_MAX] = "", host[256] = "";
  PetscMPIInt   rank;
  KrShards      shards;
  KrSampleTable table = {0};
  KrProvenance  provenance;
  cJSON        *campaign = NULL;
  char         *identity;

  PetscFunctionBeginUser;
  *status = (KrStatus){.n = 0};
  (void)snprintf(status->folder, sizeof status->folder, "%s", folder);
  PetscCallMPI(MPI_Comm_rank(world, &rank));
  PetscCall(KrProvenanceGet(world, &provenance));
  (void)snprintf(host, sizeof host, "%s", provenance.host);
  if (rank == 0) campaign = read_campaign(status, message);
  PetscCall(KrCheckRoot(world, message));
  PetscCall(KrFolderIdentity(world, campaign, &identity));
  cJSON_Delete(campaign);
  PetscCallMPI(MPI_Bcast(&status->n, 1, MPI_INT, 0, world));
  PetscCall(KrTaskShare(world, &status->task));
  status->has_rows = status->task->rows != NULL ? PETSC_TRUE : PETSC_FALSE;
  PetscCall(KrShardsFind(world, 1, &folder, &shards));
  table = (KrSampleTable){.n = status->n};
  if (status->has_rows)
    PetscCall(
      (*status->task->rows)(world, status->n, identity, &shards, check, &table, &status->damaged));
  free(identity);
  if (rank == 0) PetscCall(fill(host, &shards, &table, status));
  KrSampleTableDestroy(&table);
  KrShardsDestroy(&shards);
  PetscFunctionReturn(PETSC_SUCCESS);
}

void KrStatusDestroy(KrStatus *status)
{
  free(status->failed.list);
  free(status->saved.list);
  KrFindingsDestroy(&status->damaged);
  *status = (KrStatus){.n = 0};
}
