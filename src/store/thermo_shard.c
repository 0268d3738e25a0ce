/* One immutable file a disorder sample of Monte Carlo, beside those of a census. */
#include "sample_file.h"
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_OF(array) ((int)(sizeof(array) / sizeof(array)[0]))

static const KrField row_fields[] = {
  {"temperature", offsetof(KrThermoRow, temperature), KR_FIELD_DOUBLE},
  {"beta", offsetof(KrThermoRow, beta), KR_FIELD_DOUBLE},
  {"energy", offsetof(KrThermoRow, energy), KR_FIELD_DOUBLE},
  {"energy_error", offsetof(KrThermoRow, energy_error), KR_FIELD_DOUBLE},
  {"heat", offsetof(KrThermoRow, heat), KR_FIELD_DOUBLE},
  {"heat_error", offsetof(KrThermoRow, heat_error), KR_FIELD_DOUBLE},
  {"agreement", offsetof(KrThermoRow, agreement), KR_FIELD_DOUBLE},
  {"time", offsetof(KrThermoRow, time), KR_FIELD_DOUBLE},
  {"acceptance", offsetof(KrThermoRow, acceptance), KR_FIELD_DOUBLE},
  {"step", offsetof(KrThermoRow, step), KR_FIELD_DOUBLE},
  {"swap", offsetof(KrThermoRow, swap), KR_FIELD_DOUBLE},
  {"overlap", offsetof(KrThermoRow, overlap), KR_FIELD_DOUBLE},
  {"overlap_square", offsetof(KrThermoRow, overlap_square), KR_FIELD_DOUBLE},
  {"overlap_law", offsetof(KrThermoRow, overlap_law), KR_FIELD_DOUBLE},
  {"identity", offsetof(KrThermoRow, identity), KR_FIELD_DOUBLE},
  {"log_z", offsetof(KrThermoRow, log_z), KR_FIELD_DOUBLE},
  {"log_z_error", offsetof(KrThermoRow, log_z_error), KR_FIELD_DOUBLE},
  {"entropy", offsetof(KrThermoRow, entropy), KR_FIELD_DOUBLE},
  {"entropy_error", offsetof(KrThermoRow, entropy_error), KR_FIELD_DOUBLE},
  {"quenched", offsetof(KrThermoRow, quenched), KR_FIELD_DOUBLE},
  {"inherent_energy", offsetof(KrThermoRow, inherent_energy), KR_FIELD_DOUBLE},
  {"inherent_error", offsetof(KrThermoRow, inherent_error), KR_FIELD_DOUBLE},
  {"vibration", offsetof(KrThermoRow, vibration), KR_FIELD_DOUBLE},
  {"vibration_error", offsetof(KrThermoRow, vibration_error), KR_FIELD_DOUBLE},
  {"configurational", offsetof(KrThermoRow, configurational), KR_FIELD_DOUBLE},
  {"configurational_error", offsetof(KrThermoRow, configurational_error), KR_FIELD_DOUBLE},
  {"tap_fraction", offsetof(KrThermoRow, tap_fraction), KR_FIELD_DOUBLE},
  {"tap_entropy", offsetof(KrThermoRow, tap_entropy), KR_FIELD_DOUBLE},
  {"tap_error", offsetof(KrThermoRow, tap_error), KR_FIELD_DOUBLE},
  {"tap_configurational", offsetof(KrThermoRow, tap_configurational), KR_FIELD_DOUBLE},
  {"relaxation", offsetof(KrThermoRow, relaxation), KR_FIELD_DOUBLE},
};

static const KrField sample_fields[] = {
  {"sample", offsetof(KrThermoSample, sample), KR_FIELD_INT64},
  {"seed", offsetof(KrThermoSample, seed), KR_FIELD_UINT64},
  {"n", offsetof(KrThermoSample, n), KR_FIELD_INT32},
  {"n_temperatures", offsetof(KrThermoSample, n_temperatures), KR_FIELD_INT32},
  {"n_ladders", offsetof(KrThermoSample, n_ladders), KR_FIELD_INT32},
  {"n_times", offsetof(KrThermoSample, n_times), KR_FIELD_INT32},
  {"n_overlaps", offsetof(KrThermoSample, n_overlaps), KR_FIELD_INT32},
  {"planted", offsetof(KrThermoSample, planted), KR_FIELD_DOUBLE},
  {"burn_in", offsetof(KrThermoSample, burn_in), KR_FIELD_INT64},
  {"sweeps", offsetof(KrThermoSample, sweeps), KR_FIELD_INT64},
  {"round_trips", offsetof(KrThermoSample, round_trips), KR_FIELD_INT64},
  {"gradients", offsetof(KrThermoSample, gradients), KR_FIELD_INT64},
  {"seconds", offsetof(KrThermoSample, seconds), KR_FIELD_DOUBLE},
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

static void check_sample(KrH5 *file, int64_t number, const KrThermoSample *sample)
{
  if (sample->sample != number)
    KrH5Fail(file, "it holds sample %lld, by its name it should be %lld", (long long)sample->sample,
             (long long)number);
  if (sample->n < 1 || sample->n_temperatures < 1 || sample->n_ladders < 1 || sample->n_times < 0 ||
      sample->n_times > KR_RELAXATION_MAX || sample->n_overlaps < 0)
    KrH5Fail(file, "one of n %d, n_temperatures %d, n_ladders %d, n_times %d is out of range",
             (int)sample->n, (int)sample->n_temperatures, (int)sample->n_ladders,
             (int)sample->n_times);
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
  char  path[KR_PATH_MAX];
  Set   sets[N_SETS];
  KrH5  file;
  hid_t row;

  PetscFunctionBeginUser;
  *sample = (KrThermoSample){0};
  PetscCall(KrShardPath(directory, number, path, sizeof path));
  KrH5Open(&file, path, KR_FILETYPE_THERMO, 1);
  KrH5FieldsRead(&file, COUNT_OF(sample_fields), sample_fields, sample);
  check_sample(&file, number, sample);
  if (identity != NULL) KrH5CheckIdentity(&file, identity);
  row = KrH5TypeOfRecord(&file, sizeof(KrThermoRow), COUNT_OF(row_fields), row_fields);
  list_sets(sample, row, sets);
  for (int i = 0; i < N_SETS && file.failure[0] == '\0'; ++i)
    KrH5RowsRead(&file, &sets[i].rows, &sets[i].n_rows, sets[i].data);
  if (row >= 0) H5Tclose(row);
  KrH5Close(&file);
  if (file.failure[0] != '\0') KrThermoSampleDestroy(sample);
  PetscCall(KrH5Check(&file, KR_SHARD_AGAIN));
  PetscFunctionReturn(PETSC_SUCCESS);
}
