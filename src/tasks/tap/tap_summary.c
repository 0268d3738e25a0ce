/* summary.json and states.h5 of the TAP states of a campaign, from the files of its samples. */
#include "tap_room.h"
#include <cjson/cJSON.h>
#include <kacrice/stats.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  SAMPLE,
  TEMPERATURE,
  FREE_ENERGY,
  ENERGY,
  OVERLAP,
  REACTION,
  LAMBDA_MIN,
  INDEX,
  BRANCH,
  FOUND,
  N_COLUMNS
};
enum {
  E_SAMPLE,
  E_KIND,
  E_TEMPERATURE,
  E_FREE_ENERGY,
  E_OVERLAP,
  E_REACTION,
  E_MARGIN,
  E_BRANCH,
  E_OTHER,
  N_EVENT_COLUMNS
};

typedef struct {                  /* at one temperature, over the samples */
  double  sum, sum_squares;       /* states a sample */
  double  minima, minima_squares; /* of index 0 */
  int64_t followed, direct, both; /* states found by one way only, or by both */
  int64_t with_states;            /* samples that have one */
  double  lowest, lowest_squares; /* free energy of the lowest, over those samples */
} Level;

typedef struct {
  int64_t n_samples, n_states, n_events;
  double *states, *events; /* rows of N_COLUMNS, N_EVENT_COLUMNS */
  Level   levels[KR_TAP_TEMPERATURES_MAX];
  int64_t kinds[KR_N_TAP_EVENTS];
} Total;

static PetscErrorCode grow(double **rows, int64_t n_rows, int n_columns)
{
  double *longer = realloc(*rows, ((size_t)n_rows * (size_t)n_columns + 1) * sizeof **rows);

  PetscFunctionBeginUser;
  PetscCheck(longer != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for %lld states",
             (long long)n_rows);
  *rows = longer;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void put_state(const KrTapRecord *record, const KrTapRow *state, double row[])
{
  row[SAMPLE]      = (double)record->sample;
  row[TEMPERATURE] = state->temperature;
  row[FREE_ENERGY] = state->free_energy;
  row[ENERGY]      = state->energy;
  row[OVERLAP]     = state->q;
  row[REACTION]    = state->w;
  row[LAMBDA_MIN]  = state->lambda_min;
  row[INDEX]       = state->index;
  row[BRANCH]      = (double)state->branch;
  row[FOUND]       = state->found;
}

static void put_event(const KrTapRecord *record, const KrTapEvent *event, double row[])
{
  row[E_SAMPLE]      = (double)record->sample;
  row[E_KIND]        = event->kind;
  row[E_TEMPERATURE] = event->temperature;
  row[E_FREE_ENERGY] = event->free_energy;
  row[E_OVERLAP]     = event->q;
  row[E_REACTION]    = event->w;
  row[E_MARGIN]      = event->margin;
  row[E_BRANCH]      = (double)event->branch;
  row[E_OTHER]       = (double)event->other;
}

/* The states of one sample at one temperature into the sums. */
static void add_level(const KrTapRecord *record, int t, Level *level)
{
  double n_states = 0.0, n_minima = 0.0, lowest = INFINITY;

  for (int64_t i = 0; i < record->n_states; ++i) {
    const KrTapRow *state = &record->states[i];

    if (state->temperature_at != t) continue;
    n_states += 1.0;
    n_minima += state->index == 0 ? 1.0 : 0.0;
    lowest = fmin(lowest, state->free_energy);
    level->both +=
      state->found == (KR_TAP_FOLLOWED | KR_TAP_DIRECT) && state->branch < record->n_cold;
    level->followed += state->found == KR_TAP_FOLLOWED;
    level->direct += state->branch >= record->n_cold;
  }
  level->sum += n_states;
  level->sum_squares += n_states * n_states;
  level->minima += n_minima;
  level->minima_squares += n_minima * n_minima;
  if (n_states == 0.0) return;
  level->with_states += 1;
  level->lowest += lowest;
  level->lowest_squares += lowest * lowest;
}

static PetscErrorCode add_record(const KrTapRecord *record, Total *total)
{
  PetscFunctionBeginUser;
  PetscCall(grow(&total->states, total->n_states + record->n_states, N_COLUMNS));
  PetscCall(grow(&total->events, total->n_events + record->n_events, N_EVENT_COLUMNS));
  for (int64_t i = 0; i < record->n_states; ++i)
    put_state(record, &record->states[i], total->states + N_COLUMNS * total->n_states++);
  for (int64_t i = 0; i < record->n_events; ++i) {
    put_event(record, &record->events[i], total->events + N_EVENT_COLUMNS * total->n_events++);
    total->kinds[record->events[i].kind] += 1;
  }
  for (int t = 0; t < record->n_temperatures; ++t) add_level(record, t, &total->levels[t]);
  total->n_samples += 1;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* All files in the folder, in order. */
static PetscErrorCode read_records(const KrPlan *plan, Total *total)
{
  int64_t count, *numbers;

  PetscFunctionBeginUser;
  PetscCall(KrShardList(plan->campaign.out, &count, &numbers));
  for (int64_t s = 0; s < count; ++s) {
    KrTapRecord record;

    PetscCall(
      KrRecordRead(plan->campaign.out, &KrTapRecordType, numbers[s], plan->identity, &record));
    PetscCall(add_record(&record, total));
    KrTapRecordDestroy(&record);
  }
  free(numbers);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void add_mean(cJSON *object, const char name[], int64_t n, double sum, double squares)
{
  cJSON *pair = cJSON_AddObjectToObject(object, name);
  double mean, error;

  KrMeanError(n, sum, squares, &mean, &error);
  if (n > 0) cJSON_AddNumberToObject(pair, "mean", mean);
  else cJSON_AddNullToObject(pair, "mean");
  if (isfinite(error)) cJSON_AddNumberToObject(pair, "error", error);
  else cJSON_AddNullToObject(pair, "error");
}

static PetscErrorCode write_summary(const KrPlan *plan, const Total *total)
{
  char   path[KR_PATH_MAX + 16];
  cJSON *root = cJSON_CreateObject(), *list, *events;

  PetscFunctionBeginUser;
  cJSON_AddStringToObject(root, "program", plan->provenance.program);
  cJSON_AddStringToObject(root, "version", plan->provenance.version);
  cJSON_AddStringToObject(root, "git_hash", plan->provenance.git_hash);
  cJSON_AddNumberToObject(root, "n", plan->model.n);
  cJSON_AddNumberToObject(root, "samples", (double)total->n_samples);
  list = cJSON_AddArrayToObject(root, "temperatures");
  for (int t = 0; t < KrTapOf(plan)->tap.n_temperatures; ++t) {
    const Level *level = &total->levels[t];
    cJSON       *item  = cJSON_CreateObject();

    cJSON_AddNumberToObject(item, "temperature", KrTapOf(plan)->tap.temperatures[t]);
    add_mean(item, "states", total->n_samples, level->sum, level->sum_squares);
    add_mean(item, "minima", total->n_samples, level->minima, level->minima_squares);
    cJSON_AddNumberToObject(item, "samples_with_states", (double)level->with_states);
    add_mean(item, "lowest_free_energy", level->with_states, level->lowest, level->lowest_squares);
    cJSON_AddNumberToObject(item, "found_both_ways", (double)level->both);
    cJSON_AddNumberToObject(item, "followed_only", (double)level->followed);
    cJSON_AddNumberToObject(item, "on_other_branches", (double)level->direct);
    cJSON_AddItemToArray(list, item);
  }
  events = cJSON_AddObjectToObject(root, "events");
  for (int k = 0; k < KR_N_TAP_EVENTS; ++k)
    cJSON_AddNumberToObject(events, KrTapEventName((KrTapEventKind)k), (double)total->kinds[k]);
  (void)snprintf(path, sizeof path, "%s/summary.json", plan->campaign.out);
  PetscCall(KrJsonWrite(path, root));
  cJSON_Delete(root);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode write_states(const KrPlan *plan, const Total *total)
{
  const KrFileMeta meta = {
    .provenance = &plan->provenance, .options = plan->options, .identity = plan->identity};
  const KrTableScalar scalars[] = {{"n", plan->model.n}, {"n_samples", (double)total->n_samples}};
  const KrTableArray  arrays[]  = {
      {"temperatures", "units of J", KrTapOf(plan)->tap.n_temperatures, 0,
       KrTapOf(plan)->tap.temperatures},
      {"states", "columns: sample, T, f, u, q, w, lambda_min, index, branch, found", total->n_states,
       N_COLUMNS, total->states},
      {"events", "columns: sample, kind, T, f, q, w, margin, branch, other", total->n_events,
       N_EVENT_COLUMNS, total->events}};
  char path[KR_PATH_MAX + 16];

  PetscFunctionBeginUser;
  (void)snprintf(path, sizeof path, "%s/states.h5", plan->campaign.out);
  PetscCall(KrTableWrite(path, KR_FILETYPE_TAP_STATES, &meta, PETSC_STATIC_ARRAY_LENGTH(scalars),
                         scalars, PETSC_STATIC_ARRAY_LENGTH(arrays), arrays));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode print_summary(const KrPlan *plan, const Total *total)
{
  PetscFunctionBeginUser;
  printf("%8s %20s %20s %10s %10s %10s\n", "T", "states a sample", "minima a sample", "both ways",
         "followed", "others");
  for (int t = 0; t < KrTapOf(plan)->tap.n_temperatures; ++t) {
    const Level *level = &total->levels[t];
    double       mean, error, minima, minima_error;

    KrMeanError(total->n_samples, level->sum, level->sum_squares, &mean, &error);
    KrMeanError(total->n_samples, level->minima, level->minima_squares, &minima, &minima_error);
    printf("%8.4g %10.4g +- %6.2g %10.4g +- %6.2g %10lld %10lld %10lld\n",
           KrTapOf(plan)->tap.temperatures[t], mean, error, minima, minima_error,
           (long long)level->both, (long long)level->followed, (long long)level->direct);
  }
  for (int k = 0; k < KR_N_TAP_EVENTS; ++k)
    printf("%s%s %lld", k == 0 ? "" : ", ", KrTapEventName((KrTapEventKind)k),
           (long long)total->kinds[k]);
  printf("; see %s/summary.json\n", plan->campaign.out);
  if (total->kinds[KR_TAP_UNLISTED] > 0)
    printf("warning: %lld states come from T = 0 points that the census does not list\n",
           (long long)total->kinds[KR_TAP_UNLISTED]);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* states.h5 and summary.json of all samples that the folder has, also those that other runs put there. Collective on
   world; the first rank reads and writes. */
PetscErrorCode KrTapConclude(MPI_Comm world, const KrPlan *plan, int n_groups, double began,
                             int64_t n_wanted)
{
  PetscMPIInt rank;
  Total       total = {0};

  PetscFunctionBeginUser;
  (void)n_groups, (void)began, (void)n_wanted;
  PetscCallMPI(MPI_Comm_rank(world, &rank));
  if (rank == 0) {
    PetscCall(read_records(plan, &total));
    PetscCall(write_states(plan, &total));
    PetscCall(write_summary(plan, &total));
    PetscCall(print_summary(plan, &total));
    free(total.states);
    free(total.events);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
