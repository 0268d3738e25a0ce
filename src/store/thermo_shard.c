/* One immutable file a disorder sample of Monte Carlo, beside those of a census. */
#include "sample_file.h"
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_OF(array) ((int)(sizeof(array) / sizeof(array)[0]))

static const KrField row_fields[] = {
  {"temperature", offsetof(KrThermoRow, temperature), KR_FIELD_DOUBLE, KR_BEYOND},
  {"beta", offsetof(KrThermoRow, beta), KR_FIELD_DOUBLE, KR_POSITIVE},
  {"energy", offsetof(KrThermoRow, energy), KR_FIELD_DOUBLE, KR_REAL},
  {"energy_error", offsetof(KrThermoRow, energy_error), KR_FIELD_DOUBLE, KR_REAL_OR_NAN},
  {"heat", offsetof(KrThermoRow, heat), KR_FIELD_DOUBLE, KR_REAL_OR_NAN},
  {"heat_error", offsetof(KrThermoRow, heat_error), KR_FIELD_DOUBLE, KR_REAL_OR_NAN},
  {"agreement", offsetof(KrThermoRow, agreement), KR_FIELD_DOUBLE, KR_ANY},
  {"time", offsetof(KrThermoRow, time), KR_FIELD_DOUBLE, KR_ANY},
  {"acceptance", offsetof(KrThermoRow, acceptance), KR_FIELD_DOUBLE, KR_REAL_OR_NAN},
  {"step", offsetof(KrThermoRow, step), KR_FIELD_DOUBLE, KR_REAL_OR_NAN},
  {"swap", offsetof(KrThermoRow, swap), KR_FIELD_DOUBLE, KR_REAL_OR_NAN},
  {"overlap", offsetof(KrThermoRow, overlap), KR_FIELD_DOUBLE, KR_REAL_OR_NAN},
  {"overlap_square", offsetof(KrThermoRow, overlap_square), KR_FIELD_DOUBLE, KR_REAL_OR_NAN},
  {"overlap_law", offsetof(KrThermoRow, overlap_law), KR_FIELD_DOUBLE, KR_REAL_OR_NAN},
  {"identity", offsetof(KrThermoRow, identity), KR_FIELD_DOUBLE, KR_REAL_OR_NAN},
  {"log_z", offsetof(KrThermoRow, log_z), KR_FIELD_DOUBLE, KR_REAL_OR_NAN},
  {"log_z_error", offsetof(KrThermoRow, log_z_error), KR_FIELD_DOUBLE, KR_REAL_OR_NAN},
  {"entropy", offsetof(KrThermoRow, entropy), KR_FIELD_DOUBLE, KR_REAL_OR_NAN},
  {"entropy_error", offsetof(KrThermoRow, entropy_error), KR_FIELD_DOUBLE, KR_REAL_OR_NAN},
  {"quenched", offsetof(KrThermoRow, quenched), KR_FIELD_DOUBLE, KR_REAL_OR_NAN},
  {"inherent_energy", offsetof(KrThermoRow, inherent_energy), KR_FIELD_DOUBLE, KR_REAL_OR_NAN},
  {"inherent_error", offsetof(KrThermoRow, inherent_error), KR_FIELD_DOUBLE, KR_REAL_OR_NAN},
  {"vibration", offsetof(KrThermoRow, vibration), KR_FIELD_DOUBLE, KR_REAL_OR_NAN},
  {"vibration_error", offsetof(KrThermoRow, vibration_error), KR_FIELD_DOUBLE, KR_REAL_OR_NAN},
  {"configurational", offsetof(KrThermoRow, configurational), KR_FIELD_DOUBLE, KR_REAL_OR_NAN},
  {"configurational_error", offsetof(KrThermoRow, configurational_error), KR_FIELD_DOUBLE,
   KR_REAL_OR_NAN},
  {"tap_fraction", offsetof(KrThermoRow, tap_fraction), KR_FIELD_DOUBLE, KR_REAL_OR_NAN},
  {"tap_entropy", offsetof(KrThermoRow, tap_entropy), KR_FIELD_DOUBLE, KR_REAL_OR_NAN},
  {"tap_error", offsetof(KrThermoRow, tap_error), KR_FIELD_DOUBLE, KR_REAL_OR_NAN},
  {"tap_configurational", offsetof(KrThermoRow, tap_configurational), KR_FIELD_DOUBLE,
   KR_REAL_OR_NAN},
  {"relaxation", offsetof(KrThermoRow, relaxation), KR_FIELD_DOUBLE, KR_REAL_OR_NAN},
};

static const KrField sample_fields[] = {
  {"sample", offsetof(KrThermoSample, sample), KR_FIELD_INT64, KR_FROM(0)},
  {"seed", offsetof(KrThermoSample, seed), KR_FIELD_UINT64, KR_ANY},
  {"n", offsetof(KrThermoSample, n), KR_FIELD_INT32, KR_WITHIN(1, KR_N_MAX)},
  {"n_temperatures", offsetof(KrThermoSample, n_temperatures), KR_FIELD_INT32,
   KR_WITHIN(1, KR_N_MAX)},
  {"n_ladders", offsetof(KrThermoSample, n_ladders), KR_FIELD_INT32, KR_WITHIN(1, KR_N_MAX)},
  {"n_times", offsetof(KrThermoSample, n_times), KR_FIELD_INT32, KR_WITHIN(0, KR_RELAXATION_MAX)},
  {"n_overlaps", offsetof(KrThermoSample, n_overlaps), KR_FIELD_INT32, KR_WITHIN(0, KR_N_MAX)},
  {"planted", offsetof(KrThermoSample, planted), KR_FIELD_DOUBLE, KR_POSITIVE},
  {"burn_in", offsetof(KrThermoSample, burn_in), KR_FIELD_INT64, KR_WITHIN(0, KR_STARTS_MAX)},
  {"sweeps", offsetof(KrThermoSample, sweeps), KR_FIELD_INT64, KR_WITHIN(0, KR_STARTS_MAX)},
  {"round_trips", offsetof(KrThermoSample, round_trips), KR_FIELD_INT64, KR_FROM(0)},
  {"gradients", offsetof(KrThermoSample, gradients), KR_FIELD_INT64, KR_FROM(0)},
  {"seconds", offsetof(KrThermoSample, seconds), KR_FIELD_DOUBLE, KR_POSITIVE},
};

#define AT(member) offsetof(KrThermoSample, member)

static const KrOptionField options[] = {
  {"-model_n", AT(n), KR_FIELD_INT32},
  {"-campaign_seed", AT(seed), KR_FIELD_UINT64},
  {"-thermo_ladders", AT(n_ladders), KR_FIELD_INT32},
  {"-thermo_burn_in", AT(burn_in), KR_FIELD_INT64},
  {"-thermo_sweeps", AT(sweeps), KR_FIELD_INT64},
};

typedef struct { /* one data set */
  KrH5Rows rows;
  int64_t  n_rows;
  void   **data; /* the array of the record */
} Set;

#define N_SETS 8

static void list_sets(KrThermoSample *s, hid_t row, Set sets[N_SETS])
{
  const hid_t  real = H5T_NATIVE_DOUBLE;
  const size_t size = sizeof(double);

  const Set list[N_SETS] = {
    {{"temperatures",
      "what was measured, hottest first; energies a spin in units of J, errors statistical", row,
      sizeof(KrThermoRow), KR_FLAT},
     s->n_temperatures,
     (void **)&s->rows},
    {{"ladders",
      "of each ladder and temperature: <e>, its error, its autocorrelation time in sweeps", real,
      size, (int64_t)s->n_temperatures * 3},
     s->n_ladders,
     (void **)&s->ladders},
    {{"block_energy", "<e> in equal blocks of the sweeps, units of J", real, size,
      KR_THERMO_BLOCKS},
     s->n_temperatures,
     (void **)&s->block_energy},
    {{"block_square", "<e^2> in the same blocks", real, size, KR_THERMO_BLOCKS},
     s->n_temperatures,
     (void **)&s->block_square},
    {{"overlaps", "number of overlaps q of two ladders in equal bins from -1 to 1", real, size,
      KR_OVERLAP_BINS},
     s->n_temperatures,
     (void **)&s->overlaps},
    {{"times", "times of Langevin dynamics, units of 1/J", real, size, KR_FLAT},
     s->n_times,
     (void **)&s->times},
    {{"correlation", "<x(0) . x(t)> / N at those times, in equilibrium", real, size,
      s->n_times > 0 ? s->n_times : 1},
     s->n_times > 0 ? s->n_temperatures : 0,
     (void **)&s->correlation},
    {{"potential",
      "replicas held at an overlap q with the planted point: q, force, its error, <e>, its error, "
      "V; units of J",
      real, size, KR_POTENTIAL_COLUMNS},
     s->n_overlaps,
     (void **)&s->potential}};

  memcpy(sets, list, sizeof list);
}

/*
  KrThermoShardWrite - Writes the shard of a sample of Monte Carlo, whole or not at all: from its return on it is done.

  Not collective

  Input:
+ directory - folder of the campaign, must exist; samples/NNNN is made in it
. meta      - provenance and options of the run
- sample    - borrowed

  Errors: bad input when it cannot be written (no such folder, no permission, disk full); nothing is left then
  Cost:   a copy of the sample in memory, two fsync
  Source: docs/formats/store.md
  See:    KrThermoShardRead(), KrShardExists()
*/
PetscErrorCode KrThermoShardWrite(const char directory[], const KrFileMeta *meta,
                                  const KrThermoSample *sample)
{
  char           path[KR_PATH_MAX];
  KrThermoSample whole = *sample;
  Set            sets[N_SETS];
  KrH5           file;
  hid_t          row;

  PetscFunctionBeginUser;
  PetscCall(KrShardPath(directory, sample->sample, path, sizeof path));
  PetscCall(KrSampleFileMakeFolders(MPI_COMM_SELF, path));
  PetscCall(KrH5Create(&file, MPI_COMM_SELF, KR_STORAGE_MEMORY, path, KR_FILETYPE_THERMO, meta, 0));
  file.is_sealed = 1;
  KrH5FieldsWrite(&file, COUNT_OF(sample_fields), sample_fields, sample);
  row = KrH5TypeOfRecord(&file, sizeof(KrThermoRow), COUNT_OF(row_fields), row_fields);
  list_sets(&whole, row, sets);
  for (int i = 0; i < N_SETS; ++i)
    PetscCall(KrH5RowsWrite(&file, &sets[i].rows, sets[i].n_rows, *sets[i].data));
  if (row >= 0) H5Tclose(row);
  PetscCall(KrH5Commit(&file));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The numbers of each data set, in the order of list_sets(). */
static const KrContent contents[N_SETS] = {
  {.fields = row_fields, .n_fields = COUNT_OF(row_fields)},
  {.range = KR_ANY},
  {.range = KR_REAL_OR_NAN},
  {.range = KR_REAL_OR_NAN},
  {.range = KR_WITHIN(0, KR_STARTS_MAX)},
  {.range = KR_POSITIVE},
  {.range = KR_REAL},
  {.range = KR_REAL_OR_NAN},
};

/* The numbers of a record by themselves; they say how large its arrays are. */
static void check_numbers(KrH5 *file, int64_t number, const char identity[],
                          const KrThermoSample *sample)
{
  if (file->failure[0] != '\0') return;
  if (sample->sample != number)
    KrH5Fail(file, "it holds sample %lld, by its name it should be %lld", (long long)sample->sample,
             (long long)number);
  KrH5CheckOptions(file, identity, COUNT_OF(options), options, sample);
  file->scales[KR_OF_N] = sample->n;
}

/* As a whole: temperatures fall, and each sweep of a pair of ladders has one overlap. */
static void check_sample(KrH5 *file, const KrThermoSample *s)
{
  for (int t = 0; file->failure[0] == '\0' && t < s->n_temperatures; ++t) {
    const KrThermoRow *row      = &s->rows[t];
    double             overlaps = 0.0;

    for (int b = 0; b < KR_OVERLAP_BINS; ++b) overlaps += s->overlaps[t * KR_OVERLAP_BINS + b];
    if (row->temperature == 0.0 || fabs(row->beta * row->temperature - 1.0) > 1e-12)
      if (!(row->beta == 0.0 && isinf(row->temperature)))
        KrH5Fail(file, "data set \"temperatures\", row %d: beta %g is not 1/%g", t, row->beta,
                 row->temperature);
    if (t > 0 && !(row->temperature < s->rows[t - 1].temperature))
      KrH5Fail(file, "data set \"temperatures\", row %d: %g is not colder than the one before", t,
               row->temperature);
    if (overlaps != (double)s->sweeps * (s->n_ladders / 2))
      KrH5Fail(file, "data set \"overlaps\", row %d: %g overlaps in %lld sweeps of %d ladders", t,
               overlaps, (long long)s->sweeps, (int)s->n_ladders);
  }
}

/*
  KrThermoShardRead - Reads the shard of a sample of Monte Carlo and checks it.

  Not collective

  Input:
+ directory - folder of the campaign
. number    - of the disorder sample
- identity  - KrFileMeta.identity of the campaign it must belong to; NULL: any

  Output:
. sample - filled, bit for bit what was written; owns its arrays (KrThermoSampleDestroy)

  Errors: bad input when the shard is missing, truncated or damaged, of another type, version, sample or campaign
  Cost:   reads the file once
  Source: docs/formats/store.md
  See:    KrThermoShardWrite()
*/
PetscErrorCode KrThermoShardRead(const char directory[], int64_t number, const char identity[],
                                 KrThermoSample *sample)
{
  char  path[KR_PATH_MAX], *stored = NULL;
  Set   sets[N_SETS];
  KrH5  file;
  hid_t row;

  PetscFunctionBeginUser;
  *sample = (KrThermoSample){0};
  PetscCall(KrShardPath(directory, number, path, sizeof path));
  KrH5Open(&file, path, KR_FILETYPE_THERMO, 1);
  KrH5FieldsRead(&file, COUNT_OF(sample_fields), sample_fields, sample);
  if (identity != NULL) KrH5CheckIdentity(&file, identity);
  KrH5IdentityRead(&file, &stored);
  check_numbers(&file, number, stored, sample);
  free(stored);
  row = KrH5TypeOfRecord(&file, sizeof(KrThermoRow), COUNT_OF(row_fields), row_fields);
  list_sets(sample, row, sets);
  for (int i = 0; i < N_SETS && file.failure[0] == '\0'; ++i) {
    KrH5RowsRead(&file, &sets[i].rows, &sets[i].n_rows, sets[i].data);
    KrH5ContentCheck(&file, &sets[i].rows, &contents[i], 0, sets[i].n_rows, *sets[i].data);
  }
  check_sample(&file, sample);
  if (row >= 0) H5Tclose(row);
  KrH5Close(&file);
  if (file.failure[0] != '\0') KrThermoSampleDestroy(sample);
  PetscCall(KrH5Check(&file, KR_SHARD_AGAIN));
  PetscFunctionReturn(PETSC_SUCCESS);
}
