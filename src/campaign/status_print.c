/* How far campaigns are, for people and for programs. */
#include "campaign_impl.h"
#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define FAILURES_SHOWN 20

/* "45 s", "12 min", "3.5 h", "2.1 days". */
static void format_time(double seconds, char text[32])
{
  if (!isfinite(seconds)) (void)snprintf(text, 32, "unknown");
  else if (seconds < 120.0) (void)snprintf(text, 32, "%.0f s", seconds);
  else if (seconds < 7200.0) (void)snprintf(text, 32, "%.0f min", seconds / 60.0);
  else if (seconds < 172800.0) (void)snprintf(text, 32, "%.1f h", seconds / 3600.0);
  else (void)snprintf(text, 32, "%.1f days", seconds / 86400.0);
}

static void print_runs(const KrStatus *status)
{
  double oldest = 0.0, youngest = INFINITY;
  char   texts[2][32];

  if (status->n_running > 0)
    printf("  running: %d of %d runs, %d ranks in %d groups\n", status->n_running, status->n_runs,
           status->n_ranks, status->n_groups);
  else printf("  running: none; %d runs before\n", status->n_runs);
  for (int64_t i = 0; i < status->saved.count; ++i) {
    oldest   = PetscMax(oldest, status->saved.list[i].age);
    youngest = PetscMin(youngest, status->saved.list[i].age);
  }
  if (status->saved.count == 0) return;
  format_time(youngest, texts[0]);
  format_time(oldest, texts[1]);
  printf("  %lld samples have a saved state, the newest of %s ago, the oldest of %s ago\n",
         (long long)status->saved.count, texts[0], texts[1]);
}

static void print_pace(const KrStatus *status)
{
  char left[32];

  if (status->is_merged) {
    printf("  spent: %.4g core-hours in its samples, by runs of other folders\n",
           status->core_seconds / 3600.0);
    return;
  }
  printf("  spent: %.4g core-hours by runs", status->run_core_seconds / 3600.0);
  if (status->has_rows) printf(", %.4g in finished samples", status->core_seconds / 3600.0);
  printf("\n");
  if (status->rate > 0.0)
    printf("  rate: %.3g samples a second%s\n", status->rate,
           status->n_running > 0 ? "" : " in the last run");
  if (status->n_left == 0) return;
  format_time(status->seconds_left, left);
  printf("  left: %lld samples, time %s\n", (long long)status->n_left, left);
}

static void print_result(const KrStatus *status)
{
  const PetscBool aims = !isnan(status->target_error) ? PETSC_TRUE : PETSC_FALSE;

  if (status->n_whole > 0) {
    printf("  %s: %.6g",
           aims                     ? status->target
           : status->kind[0] == 'm' ? "minima"
                                    : "points",
           status->mean);
    if (isfinite(status->error)) printf(" +- %.3g a sample", status->error);
    if (isfinite(status->error) && status->mean != 0.0)
      printf(", relative error %.3g", status->error / fabs(status->mean));
    printf("\n");
  }
  if (aims && status->n_left == 0 && status->n_whole > 1)
    printf("  target: relative error %.3g of %s, reached\n", status->target_error, status->target);
  else if (aims)
    printf("  target: relative error %.3g of %s, about %lld samples\n", status->target_error,
           status->target, (long long)status->target_samples);
  printf("  verdicts:");
  for (int v = KR_N_VERDICTS - 1; v >= 0; --v)
    printf(" %s %lld%s", KrVerdictName((KrVerdict)v), (long long)status->verdicts[v],
           v > 0 ? "," : "");
  printf("; %.3g list entries (an antipodal pair is one) estimated missing each\n",
         status->missing);
}

/* The status of a campaign for people. */
void KrStatusPrint(const KrStatus *status)
{
  printf("%s: %s, N = %d%s%s%s\n", status->folder,
         status->law[0] != '\0' ? status->law : "a tensor", status->n,
         status->kind[0] != '\0' ? ", " : "", status->kind,
         status->is_merged ? ", merged from other folders" : "");
  printf("  done: %lld of %lld samples asked for (%.1f %%), failed %lld, not usable %lld\n",
         (long long)status->n_done, (long long)status->n_asked,
         status->n_asked > 0 ? 100.0 * (double)status->n_done / (double)status->n_asked : 0.0,
         (long long)status->failed.count, (long long)status->damaged.count);
  if (!status->is_merged) print_runs(status);
  print_pace(status);
  if (status->has_rows) print_result(status);
  for (int64_t i = 0; i < PetscMin(status->failed.count, FAILURES_SHOWN); ++i) {
    char age[32];

    format_time(status->failed.list[i].age, age);
    printf("  failed: sample %lld, %s ago: %s\n", (long long)status->failed.list[i].sample, age,
           status->failed.list[i].text);
  }
  if (status->failed.count > FAILURES_SHOWN)
    printf("  failed: %lld more, see %s/failed\n", (long long)status->failed.count - FAILURES_SHOWN,
           status->folder);
  for (int64_t i = 0; i < status->damaged.count; ++i)
    printf("  not usable: %s\n", status->damaged.list[i].message);
}

/* ---- for programs ---- */

static void add_notes(cJSON *object, const char name[], const char what[], const KrNotes *notes)
{
  cJSON *list = cJSON_AddArrayToObject(object, name);

  for (int64_t i = 0; i < notes->count; ++i) {
    cJSON *item = cJSON_CreateObject();

    KrJsonNumber(item, "sample", (double)notes->list[i].sample);
    KrJsonNumber(item, "age", notes->list[i].age);
    if (what != NULL) cJSON_AddStringToObject(item, what, notes->list[i].text);
    cJSON_AddItemToArray(list, item);
  }
}

static void describe_runs(cJSON *object, const KrStatus *status)
{
  cJSON *runs = cJSON_AddObjectToObject(object, "runs");

  KrJsonNumber(runs, "all", status->n_runs);
  KrJsonNumber(runs, "running", status->n_running);
  KrJsonNumber(runs, "ranks", status->n_ranks);
  KrJsonNumber(runs, "groups", status->n_groups);
  KrJsonNumber(runs, "core_hours", status->run_core_seconds / 3600.0);
}

static void describe_result(cJSON *object, const KrStatus *status)
{
  cJSON *verdicts = cJSON_AddObjectToObject(object, "verdicts"), *target;

  for (int v = 0; v < KR_N_VERDICTS; ++v)
    KrJsonNumber(verdicts, KrVerdictName((KrVerdict)v), (double)status->verdicts[v]);
  KrJsonNumber(object, "missing_mean", status->missing);
  KrJsonNumber(object, "mean", status->mean);
  KrJsonNumber(object, "stderr", status->error);
  KrJsonNumber(object, "relative_error", status->error / fabs(status->mean));
  if (isnan(status->target_error)) {
    cJSON_AddNullToObject(object, "target");
    return;
  }
  target = cJSON_AddObjectToObject(object, "target");
  cJSON_AddStringToObject(target, "what", status->target);
  KrJsonNumber(target, "relative_error", status->target_error);
  KrJsonNumber(target, "samples", (double)status->target_samples);
}

/* The status of a campaign as an object; the caller deletes it. */
cJSON *KrStatusDescribe(const KrStatus *status)
{
  cJSON *object = cJSON_CreateObject(), *list;

  cJSON_AddStringToObject(object, "folder", status->folder);
  cJSON_AddStringToObject(object, "law", status->law);
  cJSON_AddStringToObject(object, "kind", status->kind);
  KrJsonNumber(object, "n", status->n);
  cJSON_AddBoolToObject(object, "merged", status->is_merged);
  KrJsonNumber(object, "asked", (double)status->n_asked);
  KrJsonNumber(object, "done", (double)status->n_done);
  add_notes(object, "failed", "message", &status->failed);
  add_notes(object, "saved", NULL, &status->saved);
  list = cJSON_AddArrayToObject(object, "damaged");
  for (int64_t i = 0; i < status->damaged.count; ++i)
    cJSON_AddItemToArray(list, cJSON_CreateString(status->damaged.list[i].message));
  describe_runs(object, status);
  if (status->has_rows) KrJsonNumber(object, "core_hours", status->core_seconds / 3600.0);
  KrJsonNumber(object, "rate", status->rate);
  KrJsonNumber(object, "left", (double)status->n_left);
  KrJsonNumber(object, "seconds_left", status->seconds_left);
  if (status->has_rows) describe_result(object, status);
  return object;
}

/* ---- a campaign or a study ---- */

typedef struct {    /* over the campaigns of a study; on world rank 0 */
  int     n_merged; /* folders, whose samples are those of others */
  int64_t asked, done, failed, damaged;
  double  core_seconds, seconds_left;
} Sum;

static void add_up(const KrStatus *status, Sum *sum)
{
  if (status->is_merged) {
    sum->n_merged += 1;
    return;
  }
  sum->asked += status->n_asked;
  sum->done += status->n_done;
  sum->failed += status->failed.count;
  sum->core_seconds += status->run_core_seconds;
  if (isfinite(status->seconds_left))
    sum->seconds_left = PetscMax(sum->seconds_left, status->seconds_left);
}

static void print_sum(const char folder[], int count, const Sum *sum)
{
  char left[32];

  format_time(sum->seconds_left, left);
  printf("%s: %d campaigns, %lld of %lld samples done, %lld failed, %.4g core-hours, the longest "
         "has %s left",
         folder, count, (long long)sum->done, (long long)sum->asked, (long long)sum->failed,
         sum->core_seconds / 3600.0, left);
  if (sum->n_merged > 0)
    printf("; without the %d merged, whose samples are those of other folders", sum->n_merged);
  printf("\n");
}

static PetscErrorCode print_json(cJSON *list)
{
  cJSON *root = cJSON_CreateObject();
  char  *text;

  PetscFunctionBeginUser;
  cJSON_AddStringToObject(root, "filetype", "kacrice status");
  cJSON_AddItemToObject(root, "campaigns", list);
  text = cJSON_Print(root);
  cJSON_Delete(root);
  PetscCheck(text != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for the status");
  printf("%s\n", text);
  cJSON_free(text);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Names of the campaigns on every rank; rank 0 looks. */
static PetscErrorCode find_campaigns(MPI_Comm world, const char folder[], int *count,
                                     char ***campaigns)
{
  char        message[KR_MESSAGE_MAX] = "";
  PetscMPIInt rank;

  PetscFunctionBeginUser;
  *count     = 0;
  *campaigns = NULL;
  PetscCallMPI(MPI_Comm_rank(world, &rank));
  if (rank == 0) {
    PetscCall(KrStudyList(folder, count, campaigns));
    if (*count == 0)
      (void)snprintf(message, sizeof message,
                     "%.500s: is the folder of no campaign (campaign.json) and of no study "
                     "(subfolders that are)",
                     folder);
  }
  PetscCall(KrCheckRoot(world, message));
  PetscCallMPI(MPI_Bcast(count, 1, MPI_INT, 0, world));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrStudyStatus - Prints how far a campaign is, or each of a study.

  Collective on world; rank 0 prints

  Input:
+ world  - all ranks
. folder - of a campaign or a study
. check  - read every shard of a census through for damage
- json   - for programs (docs/formats/summary.md), not for people

  Errors: bad input when the folder is neither; KR_ERR_CHECK_FAILED when `check` has found damage, after the printing
  Cost:   KrStatusRead() for each
*/
PetscErrorCode KrStudyStatus(MPI_Comm world, const char folder[], PetscBool check, PetscBool json)
{
  char        name[KR_PATH_MAX];
  int         count;
  char      **campaigns;
  Sum         sum  = {0};
  cJSON      *list = cJSON_CreateArray();
  PetscMPIInt rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(world, &rank));
  PetscCall(find_campaigns(world, folder, &count, &campaigns));
  for (int c = 0; c < count; ++c) {
    KrStatus status;

    if (rank == 0 && campaigns != NULL) (void)snprintf(name, sizeof name, "%s", campaigns[c]);
    PetscCallMPI(MPI_Bcast(name, sizeof name, MPI_CHAR, 0, world));
    PetscCall(KrStatusRead(world, name, check, &status));
    KR_CHECK_INPUT(status.has_rows || !check || count > 1, world,
                   "%s: -status_check reads the points of a census, and this is another campaign",
                   name);
    sum.damaged += status.damaged.count;
    if (rank == 0) add_up(&status, &sum);
    if (rank == 0 && !json) KrStatusPrint(&status);
    if (rank == 0 && json) cJSON_AddItemToArray(list, KrStatusDescribe(&status));
    KrStatusDestroy(&status);
  }
  if (rank == 0 && json) PetscCall(print_json(list));
  else cJSON_Delete(list);
  if (rank == 0 && !json && count > 1) print_sum(folder, count, &sum);
  if (rank == 0) KrStudyDestroy(count, campaigns);
  PetscCheck(!check || sum.damaged == 0, world, KR_ERR_CHECK_FAILED,
             "%s: %lld shards cannot be used; the line of each says why and what to do", folder,
             (long long)sum.damaged);
  PetscFunctionReturn(PETSC_SUCCESS);
}
