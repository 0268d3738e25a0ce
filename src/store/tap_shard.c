/* TAP states of a sample in one immutable file, like a shard of a census. */
#include "disk_impl.h"
#include "h5_impl.h"
#include "sample_file.h"
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_OF(array) ((int)(sizeof(array) / sizeof(array)[0]))

static const KrField state_fields[] = {
  {"temperature", offsetof(KrTapRow, temperature), KR_FIELD_DOUBLE, KR_POSITIVE},
  {"free_energy", offsetof(KrTapRow, free_energy), KR_FIELD_DOUBLE, KR_REAL},
  {"energy", offsetof(KrTapRow, energy), KR_FIELD_DOUBLE, KR_REAL},
  {"q", offsetof(KrTapRow, overlap), KR_FIELD_DOUBLE, KR_WITHIN(0, 1)},
  {"w", offsetof(KrTapRow, reaction), KR_FIELD_DOUBLE, KR_POSITIVE},
  {"residual", offsetof(KrTapRow, residual), KR_FIELD_DOUBLE, KR_POSITIVE},
  {"lambda_min", offsetof(KrTapRow, lambda_min), KR_FIELD_DOUBLE, KR_REAL},
  {"margin", offsetof(KrTapRow, margin), KR_FIELD_DOUBLE, KR_POSITIVE},
  {"branch", offsetof(KrTapRow, branch), KR_FIELD_INT64, KR_FROM(0)},
  {"hits", offsetof(KrTapRow, hits), KR_FIELD_INT64, KR_FROM(0)},
  {"temperature_at", offsetof(KrTapRow, temperature_at), KR_FIELD_INT32,
   KR_WITHIN(0, KR_TAP_TEMPERATURES_MAX - 1)},
  {"index", offsetof(KrTapRow, index), KR_FIELD_INT32, KR_UP_TO(0, KR_OF_N)},
  {"found", offsetof(KrTapRow, found), KR_FIELD_INT32,
   KR_WITHIN(1, KR_TAP_FOLLOWED | KR_TAP_DIRECT)},
};

static const KrField event_fields[] = {
  {"temperature", offsetof(KrTapEvent, temperature), KR_FIELD_DOUBLE, KR_POSITIVE},
  {"free_energy", offsetof(KrTapEvent, free_energy), KR_FIELD_DOUBLE, KR_REAL_OR_NAN},
  {"q", offsetof(KrTapEvent, overlap), KR_FIELD_DOUBLE, KR_WITHIN(0, 1)},
  {"w", offsetof(KrTapEvent, reaction), KR_FIELD_DOUBLE, KR_REAL_OR_NAN},
  {"margin", offsetof(KrTapEvent, margin), KR_FIELD_DOUBLE, KR_REAL_OR_NAN},
  {"branch", offsetof(KrTapEvent, branch), KR_FIELD_INT64, KR_FROM(0)},
  {"other", offsetof(KrTapEvent, other), KR_FIELD_INT64, KR_FROM(-1)},
  {"kind", offsetof(KrTapEvent, kind), KR_FIELD_INT32, KR_WITHIN(0, KR_N_TAP_EVENTS - 1)},
};

static const KrField record_fields[] = {
  {"sample", offsetof(KrTapRecord, sample), KR_FIELD_INT64, KR_FROM(0)},
  {"seed", offsetof(KrTapRecord, seed), KR_FIELD_UINT64, KR_ANY},
  {"n", offsetof(KrTapRecord, n), KR_FIELD_INT32, KR_WITHIN(1, KR_N_MAX)},
  {"n_temperatures", offsetof(KrTapRecord, n_temperatures), KR_FIELD_INT32,
   KR_WITHIN(1, KR_TAP_TEMPERATURES_MAX)},
  {"n_cold", offsetof(KrTapRecord, n_cold), KR_FIELD_INT64, KR_WITHIN(0, KR_STARTS_MAX)},
  {"n_states", offsetof(KrTapRecord, n_states), KR_FIELD_INT64, KR_WITHIN(0, KR_STARTS_MAX)},
  {"n_events", offsetof(KrTapRecord, n_events), KR_FIELD_INT64, KR_WITHIN(0, KR_STARTS_MAX)},
  {"seconds", offsetof(KrTapRecord, seconds), KR_FIELD_DOUBLE, KR_POSITIVE},
};

enum { SET_TEMPERATURES, SET_STARTS, SET_STATES, SET_X, SET_EVENTS, N_SETS };

typedef struct {
  hid_t state, event;
} Types;

static Types make_types(KrH5 *file)
{
  return (Types){
    .state = KrH5TypeOfRecord(file, sizeof(KrTapRow), COUNT_OF(state_fields), state_fields),
    .event = KrH5TypeOfRecord(file, sizeof(KrTapEvent), COUNT_OF(event_fields), event_fields)};
}

static void close_types(const Types *types)
{
  if (types->state >= 0) H5Tclose(types->state);
  if (types->event >= 0) H5Tclose(types->event);
}

static void list_sets(int n, const Types *types, KrH5Rows sets[N_SETS])
{
  sets[SET_TEMPERATURES] = (KrH5Rows){"temperatures", "of the states, units of J",
                                      H5T_NATIVE_DOUBLE, sizeof(double), KR_FLAT};
  sets[SET_STARTS]       = (KrH5Rows){"starts", "of the search in the ball at each temperature",
                                      H5T_NATIVE_INT64, sizeof(int64_t), KR_FLAT};
  sets[SET_STATES]       = (KrH5Rows){"states",
                                      "TAP states by temperature and free energy; energies and "
                                            "eigenvalues in units of J; branch: row of the T = 0 point",
                                      types->state, sizeof(KrTapRow), KR_FLAT};
  sets[SET_X] = (KrH5Rows){"x", "magnetisations m of the states, |m|^2 = N q", H5T_NATIVE_DOUBLE,
                           sizeof(double), n};
  sets[SET_EVENTS] = (KrH5Rows){"events", "what happens to branches on heating; kind as in names",
                                types->event, sizeof(KrTapEvent), KR_FLAT};
}

/*
  KrTapShardWrite - Writes the TAP states of a finished sample whole or not at all.

  Not collective

  Input:
+ directory - folder of the states, must exist; samples/NNNN is made in it
. meta      - provenance and options of the run
- record    - borrowed

  Errors: bad input when it cannot be written; nothing is left then
  Cost:   a copy of the record in memory, two or three fsync
  Source: docs/formats/tap.md
  See:    KrTapShardRead(), KrShardExists()
*/
PetscErrorCode KrTapShardWrite(const char directory[], const KrFileMeta *meta,
                               const KrTapRecord *record)
{
  const void   *data[N_SETS]   = {record->temperatures, record->starts, record->states, record->x,
                                  record->events};
  const int64_t n_rows[N_SETS] = {record->n_temperatures, record->n_temperatures, record->n_states,
                                  record->n_states, record->n_events};
  const char   *names[KR_N_TAP_EVENTS];
  char          path[KR_PATH_MAX], folder[KR_PATH_MAX];
  int           status;
  KrH5Rows      sets[N_SETS];
  KrH5          file;
  Types         types;

  PetscFunctionBeginUser;
  PetscCall(KrShardPath(directory, record->sample, path, sizeof path));
  (void)snprintf(folder, sizeof folder, "%.*s", (int)(strrchr(path, '/') - path), path);
  status = KrDiskMakeFolders(folder);
  KR_CHECK_INPUT(status == 0, PETSC_COMM_SELF, "cannot make the folder %s: %s", folder,
                 strerror(status));
  PetscCall(KrH5Create(&file, MPI_COMM_SELF, KR_STORAGE_MEMORY, path, KR_FILETYPE_TAP, meta, 0));
  file.is_sealed = 1;
  KrH5FieldsWrite(&file, COUNT_OF(record_fields), record_fields, record);
  types = make_types(&file);
  list_sets(record->n, &types, sets);
  for (int i = 0; i < N_SETS; ++i) PetscCall(KrH5RowsWrite(&file, &sets[i], n_rows[i], data[i]));
  for (int k = 0; k < KR_N_TAP_EVENTS; ++k) names[k] = KrTapEventName((KrTapEventKind)k);
  KrH5TextWrite(&file, "events", "names", KR_N_TAP_EVENTS, names);
  close_types(&types);
  PetscCall(KrH5Commit(&file));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The numbers of each data set. */
static const KrContent contents[N_SETS] = {
  [SET_TEMPERATURES] = {.range = KR_POSITIVE},
  [SET_STARTS]       = {.range = KR_WITHIN(0, KR_STARTS_MAX)},
  [SET_STATES]       = {.fields = state_fields, .n_fields = COUNT_OF(state_fields)},
  [SET_X]            = {.range = KR_REAL},
  [SET_EVENTS]       = {.fields = event_fields, .n_fields = COUNT_OF(event_fields)},
};

static const KrOptionField options[] = {
  {"-model_n", offsetof(KrTapRecord, n), KR_FIELD_INT32},
  {"-campaign_seed", offsetof(KrTapRecord, seed), KR_FIELD_UINT64},
};

/* The temperatures are those that were asked for, where the identity tells them. */
static void check_temperatures(KrH5 *file, const char identity[], const KrTapRecord *record)
{
  const char *said = KrIdentityValue(identity, "-tap_temperature");

  for (int t = 0; said != NULL && t < record->n_temperatures; ++t) {
    char        *end;
    const double asked = strtod(said, &end);

    if (!(fabs(asked - record->temperatures[t]) <= 1e-12 * asked) ||
        (*end == ',') != (t + 1 < record->n_temperatures)) {
      KrH5Fail(file, "its temperatures are not those of -tap_temperature");
      return;
    }
    said = end + 1;
  }
}

/* Each state has one of the temperatures, and lies where its q says. */
static void check_states(KrH5 *file, const KrTapRecord *record)
{
  for (int64_t i = 0; i < record->n_states; ++i) {
    const KrTapRow *state  = &record->states[i];
    double          square = 0.0;

    for (int j = 0; j < record->n; ++j)
      square += record->x[i * record->n + j] * record->x[i * record->n + j] / record->n;
    if (state->temperature_at >= record->n_temperatures ||
        state->temperature != record->temperatures[state->temperature_at])
      KrH5Fail(file, "data set \"states\", row %lld: %g is no temperature of the file",
               (long long)i, state->temperature);
    if (!(fabs(square - state->overlap) <= 1e-8))
      KrH5Fail(file, "data set \"x\", row %lld: |m|^2 is %.17g N, its q %.17g", (long long)i,
               square, state->overlap);
  }
}

static void read_sets(KrH5 *file, KrTapRecord *record)
{
  const int64_t expected[N_SETS] = {record->n_temperatures, record->n_temperatures,
                                    record->n_states, record->n_states, record->n_events};
  void         *data[N_SETS]     = {NULL};
  const Types   types            = make_types(file);
  KrH5Rows      sets[N_SETS];

  list_sets(record->n, &types, sets);
  for (int i = 0; i < N_SETS; ++i) {
    int64_t n_rows = expected[i];

    KrH5RowsRead(file, &sets[i], &n_rows, &data[i]);
    KrH5ContentCheck(file, &sets[i], &contents[i], 0, n_rows, data[i]);
  }
  if (file->failure[0] == '\0') {
    memcpy(record->temperatures, data[SET_TEMPERATURES],
           (size_t)record->n_temperatures * sizeof(double));
    memcpy(record->starts, data[SET_STARTS], (size_t)record->n_temperatures * sizeof(int64_t));
  }
  record->states = data[SET_STATES];
  record->x      = data[SET_X];
  record->events = data[SET_EVENTS];
  free(data[SET_TEMPERATURES]);
  free(data[SET_STARTS]);
  close_types(&types);
}

/*
  KrTapShardRead - Reads the TAP states of a sample and checks them.

  Not collective

  Input:
+ directory     - folder of the states
. sample_number - number of the disorder sample
- identity      - KrFileMeta.identity of the campaign it must belong to; NULL: any

  Output:
. record - owns its arrays (KrTapRecordDestroy)

  Errors: bad input when the file is missing, truncated or damaged, of another type, version, sample or campaign
  Source: docs/formats/tap.md
  See:    KrTapShardWrite()
*/
PetscErrorCode KrTapShardRead(const char directory[], int64_t sample_number, const char identity[],
                              KrTapRecord *record)
{
  char path[KR_PATH_MAX], *stored = NULL;
  KrH5 file;

  PetscFunctionBeginUser;
  *record = (KrTapRecord){0};
  PetscCall(KrShardPath(directory, sample_number, path, sizeof path));
  KrH5Open(&file, path, KR_FILETYPE_TAP, 1);
  KrH5FieldsRead(&file, COUNT_OF(record_fields), record_fields, record);
  if (record->sample != sample_number)
    KrH5Fail(&file, "it holds sample %lld, by its name it should be %lld",
             (long long)record->sample, (long long)sample_number);
  if (identity != NULL) KrH5CheckIdentity(&file, identity);
  KrH5IdentityRead(&file, &stored);
  KrH5CheckOptions(&file, stored, COUNT_OF(options), options, record);
  file.scales[KR_OF_N] = record->n;
  if (file.failure[0] == '\0') read_sets(&file, record);
  if (file.failure[0] == '\0') check_temperatures(&file, stored, record);
  if (file.failure[0] == '\0') check_states(&file, record);
  free(stored);
  KrH5Close(&file);
  if (file.failure[0] != '\0') KrTapRecordDestroy(record);
  PetscCall(KrH5Check(&file, " and run kacrice tap again to compute this sample anew"));
  PetscFunctionReturn(PETSC_SUCCESS);
}
