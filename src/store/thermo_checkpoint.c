/* The state of a sample of Monte Carlo that is under way, beside those of a census and kept like them. */
#include "sample_file.h"
#include <stddef.h>

#define COUNT_OF(array) ((int)(sizeof(array) / sizeof(array)[0]))

static const KrField fields[] = {
  {.name   = "sample",
   .offset = offsetof(KrThermoCheckpoint, sample),
   .type   = KR_FIELD_INT64,
   .range  = KR_FROM(0)},
  {.name   = "seed",
   .offset = offsetof(KrThermoCheckpoint, seed),
   .type   = KR_FIELD_UINT64,
   .range  = KR_ANY},
  {.name   = "n",
   .offset = offsetof(KrThermoCheckpoint, n),
   .type   = KR_FIELD_INT32,
   .range  = KR_WITHIN(1, KR_N_MAX)},
  {.name   = "n_temperatures",
   .offset = offsetof(KrThermoCheckpoint, n_temperatures),
   .type   = KR_FIELD_INT32,
   .range  = KR_WITHIN(1, KR_N_MAX)},
  {.name   = "n_ladders",
   .offset = offsetof(KrThermoCheckpoint, n_ladders),
   .type   = KR_FIELD_INT32,
   .range  = KR_WITHIN(2, KR_N_MAX)},
  {.name   = "phase",
   .offset = offsetof(KrThermoCheckpoint, phase),
   .type   = KR_FIELD_INT32,
   .range  = KR_WITHIN(KR_THERMO_CHAIN, KR_THERMO_POTENTIAL)},
  {.name   = "layout",
   .offset = offsetof(KrThermoCheckpoint, layout),
   .type   = KR_FIELD_INT32,
   .range  = KR_ANY},
  {.name   = "sweep",
   .offset = offsetof(KrThermoCheckpoint, sweep),
   .type   = KR_FIELD_INT64,
   .range  = KR_WITHIN(0, KR_STARTS_MAX)},
  {.name   = "looks",
   .offset = offsetof(KrThermoCheckpoint, looks),
   .type   = KR_FIELD_INT64,
   .range  = KR_WITHIN(0, KR_STARTS_MAX)},
  {.name   = "walked",
   .offset = offsetof(KrThermoCheckpoint, walked),
   .type   = KR_FIELD_INT64,
   .range  = KR_WITHIN(0, KR_STARTS_MAX)},
  {.name   = "looked",
   .offset = offsetof(KrThermoCheckpoint, looked),
   .type   = KR_FIELD_INT64,
   .range  = KR_WITHIN(0, KR_RELAXATION_MAX)},
  {.name   = "seconds",
   .offset = offsetof(KrThermoCheckpoint, seconds),
   .type   = KR_FIELD_DOUBLE,
   .range  = KR_POSITIVE},
  {.name   = "width",
   .offset = offsetof(KrThermoCheckpoint, width),
   .type   = KR_FIELD_INT64,
   .range  = KR_WITHIN(1, KR_STARTS_MAX)},
};

static KrH5Rows pairs(int64_t width)
{
  return (KrH5Rows){"pairs",
                    "of each pair of ladders: its number, then replicas, counts and series, as "
                    "src/thermo/state.c puts them",
                    H5T_NATIVE_DOUBLE, sizeof(double), width};
}

/*
  KrThermoCheckpointWrite - Writes the state of an unfinished sample of Monte Carlo, in the place of an earlier one.

  Collective on comm

  Input:
+ comm      - ranks that share the ladders, each with the rows of its own
. directory - folder of the campaign, must exist; running/ is made in it
. meta      - provenance and options of the run
- state     - from KrThermoSave()

  Notes:  the state before is kept beside it, the one before that goes
  Errors: bad input when it cannot be written; the earlier state stays
  Cost:   a copy of the state in memory on one rank, two fsync
  Source: docs/formats/store.md
  See:    KrThermoCheckpointRead(), KrCheckpointDelete()
*/
PetscErrorCode KrThermoCheckpointWrite(MPI_Comm comm, const char directory[],
                                       const KrFileMeta *meta, const KrThermoCheckpoint *state)
{
  const KrH5Rows rows    = pairs(state->width);
  int64_t        n_bytes = (int64_t)sizeof(double) * state->width * (state->n_ladders / 2);
  char           path[KR_PATH_MAX];
  PetscMPIInt    n_ranks;
  KrH5           file;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_size(comm, &n_ranks));
  PetscCall(KrCheckpointTurn(comm, directory, state->sample, path, sizeof path));
  PetscCall(KrSampleFileMakeFolders(comm, path));
  PetscCall(KrH5Create(&file, comm, n_ranks > 1 ? KR_STORAGE_PARALLEL : KR_STORAGE_MEMORY, path,
                       KR_FILETYPE_THERMO_RUN, meta, n_bytes));
  file.is_sealed = 1;
  KrH5FieldsWrite(&file, COUNT_OF(fields), fields, state);
  PetscCall(KrH5RowsWrite(&file, &rows, state->n_rows, state->rows));
  PetscCall(KrH5Commit(&file));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static const KrOptionField options[] = {
  {"-model_n", offsetof(KrThermoCheckpoint, n), KR_FIELD_INT32},
  {"-campaign_seed", offsetof(KrThermoCheckpoint, seed), KR_FIELD_UINT64},
  {"-thermo_ladders", offsetof(KrThermoCheckpoint, n_ladders), KR_FIELD_INT32},
};

/* What the rows are is known by those who made them: KrThermoRestore(). */
static void check_state(KrH5 *file, int64_t number, const char identity[],
                        const KrThermoCheckpoint *state)
{
  if (state->sample != number)
    KrH5Fail(file, "it holds sample %lld, by its name it should be %lld", (long long)state->sample,
             (long long)number);
  if (state->layout != KR_THERMO_LAYOUT)
    KrH5Fail(file, "its layout is %d, this program has %d", (int)state->layout, KR_THERMO_LAYOUT);
  KrH5CheckOptions(file, identity, COUNT_OF(options), options, state);
}

/* On one rank. */
static PetscErrorCode read_file(const char path[], int64_t number, const char identity[],
                                KrThermoCheckpoint *state)
{
  KrH5     file;
  KrH5Rows rows;
  void    *data = NULL;

  PetscFunctionBeginUser;
  *state = (KrThermoCheckpoint){0};
  KrH5Open(&file, path, KR_FILETYPE_THERMO_RUN, KR_SEAL_TRUSTED); /* it was checked to choose it */
  KrH5FieldsRead(&file, COUNT_OF(fields), fields, state);
  KrH5CheckIdentity(&file, identity);
  if (file.failure[0] == '\0') check_state(&file, number, identity, state);
  rows          = pairs(state->width);
  state->n_rows = state->n_ladders / 2;
  if (file.failure[0] == '\0') KrH5RowsRead(&file, &rows, &state->n_rows, &data);
  KrH5ContentCheck(&file, &rows, &(KrContent){.range = KR_REAL_OR_NAN}, 0, state->n_rows, data);
  state->rows = data;
  KrH5Close(&file);
  if (file.failure[0] != '\0') KrThermoCheckpointDestroy(state);
  PetscCall(KrH5Check(&file, KR_CHECKPOINT_AGAIN));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrThermoCheckpointRead - Reads the state of an unfinished sample of Monte Carlo, if there is one.

  Collective on comm

  Input:
+ comm      - each of its ranks gets all rows
. directory - folder of the campaign
. number    - of the sample
- identity  - KrFileMeta.identity of the campaign it must belong to

  Output:
+ exists - whether there is a state, the same on every rank
- state  - filled if so; caller frees with KrThermoCheckpointDestroy()

  Notes:  when the newer of two states is damaged the one before is taken, with a warning on stderr
  Errors: bad input when no state is whole, or it is of another type, version, sample or campaign
  See:    KrThermoCheckpointWrite(), KrThermoRun()
*/
PetscErrorCode KrThermoCheckpointRead(MPI_Comm comm, const char directory[], int64_t number,
                                      const char identity[], PetscBool *exists,
                                      KrThermoCheckpoint *state)
{
  char path[KR_PATH_MAX] = "";

  PetscFunctionBeginUser;
  PetscCall(KrCheckpointChoose(comm, directory, number, path));
  *exists = path[0] != '\0' ? PETSC_TRUE : PETSC_FALSE;
  if (*exists) PetscCall(read_file(path, number, identity, state));
  PetscFunctionReturn(PETSC_SUCCESS);
}
