/* kr_test: ranks=1,2,3 labels=thermo,parallel timeout=120 */
/* A run that is stopped and goes on has the record of one that was not, bit for bit: stopped at each of its looks at
   the clock, in sweeps of the ladders, in Langevin dynamics and with replicas held at overlaps; taken up by other ranks
   than those that saved it; stopped again and again. */
#include "kr_test.h"
#include "model/model_test.h"
#include <kacrice/thermo.h>
#include <stdlib.h>
#include <string.h>

#define N      9
#define SEED   23
#define SAMPLE 5

static const KrThermoOptions options = {.temperatures = "1.6:0.8:3",
                                        .infinity     = 1,
                                        .ladders      = 4,
                                        .burn_in      = 40,
                                        .sweeps       = 100,
                                        .steps        = 3,
                                        .acceptance   = 0.8,
                                        .plant        = 1.2,
                                        .quenches     = 3,
                                        .relaxation   = 1.5,
                                        .overlaps     = 5};

typedef struct {
  int                calls, stop_at; /* asked so often; stops at this one */
  MPI_Comm           sharers;
  KrThermoCheckpoint state; /* with the rows of all sharers */
} Stopper;

/* As a file would put them together. */
static PetscErrorCode gather(MPI_Comm comm, KrThermoCheckpoint *state)
{
  const int   mine = (int)(state->n_rows * state->width);
  int         counts[8], places[8];
  PetscMPIInt size;
  double     *all;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_size(comm, &size));
  PetscCallMPI(MPI_Allgather(&mine, 1, MPI_INT, counts, 1, MPI_INT, comm));
  for (int r = 0; r < size; ++r) places[r] = r == 0 ? 0 : places[r - 1] + counts[r - 1];
  all = malloc((size_t)(state->n_ladders / 2 * state->width) * sizeof *all);
  PetscCheck(all != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory");
  PetscCallMPI(
    MPI_Allgatherv(state->rows, mine, MPI_DOUBLE, all, counts, places, MPI_DOUBLE, comm));
  free(state->rows);
  state->rows   = all;
  state->n_rows = state->n_ladders / 2;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode breathe(void *context, KrBreath *breath)
{
  Stopper *stopper = context;

  PetscFunctionBeginUser;
  breath->stop = stopper->calls++ == stopper->stop_at ? PETSC_TRUE : PETSC_FALSE;
  if (!breath->stop) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall((*breath->save)(breath->work, &stopper->state));
  PetscCall(gather(stopper->sharers, &stopper->state));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A model, as a run plants a point in its couplings. */
static PetscErrorCode run_from(MPI_Comm sharers, KrThermoCheckpoint *from, Stopper *stopper,
                               KrThermoSample *record, PetscBool *stopped)
{
  const KrMixture     f     = {2, {2, 3}, {0.3, 0.7}};
  const KrThermoHooks hooks = {
    .from = from, .breathe = stopper == NULL ? NULL : breathe, .context = stopper};
  KrLadder ladder;
  KrModel  model;

  PetscFunctionBeginUser;
  PetscCall(make_model(PETSC_COMM_SELF, &f, N, &model));
  PetscCall(KrModelDraw(model, SEED, SAMPLE));
  PetscCall(KrLadderCreate(PETSC_COMM_SELF, &options, N, &f, &ladder));
  PetscCall(KrThermoRun(model, sharers, &options, &ladder, SEED, SAMPLE, &hooks, record, stopped));
  PetscCall(KrModelDestroy(&model));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode same(const char what[], const void *a, const void *b, size_t bytes)
{
  PetscFunctionBeginUser;
  PetscCall(KrExpect(what, memcmp(a, b, bytes) == 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode compare(const KrThermoSample *a, const KrThermoSample *b)
{
  const size_t real = sizeof(double), nt = (size_t)a->n_temperatures;

  PetscFunctionBeginUser;
  PetscCall(KrExpectEqualInt("round trips", (int)a->round_trips, (int)b->round_trips));
  PetscCall(KrExpectEqualInt("gradients", (int)a->gradients, (int)b->gradients));
  PetscCall(same("rows", a->rows, b->rows, nt * sizeof *a->rows));
  PetscCall(same("ladders", a->ladders, b->ladders, (size_t)a->n_ladders * nt * 3 * real));
  PetscCall(same("energies", a->block_energy, b->block_energy, nt * KR_THERMO_BLOCKS * real));
  PetscCall(same("squares", a->block_square, b->block_square, nt * KR_THERMO_BLOCKS * real));
  PetscCall(same("overlaps", a->overlaps, b->overlaps, nt * KR_OVERLAP_BINS * real));
  PetscCall(same("correlation", a->correlation, b->correlation, nt * (size_t)a->n_times * real));
  PetscCall(same("potential", a->potential, b->potential,
                 (size_t)a->n_overlaps * KR_POTENTIAL_COLUMNS * real));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Saved by some ranks at a look, gone on with by others; then the record of the whole. */
static PetscErrorCode check_stop(int look, MPI_Comm saves, MPI_Comm goes_on,
                                 const KrThermoSample *want, int seen[3], PetscBool *stopped)
{
  Stopper        stopper = {.stop_at = look, .sharers = saves};
  KrThermoSample record;
  PetscBool      again;

  PetscFunctionBeginUser;
  PetscCall(run_from(saves, NULL, &stopper, &record, stopped));
  if (!*stopped) { /* it has fewer looks */
    KrThermoSampleDestroy(&record);
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  seen[stopper.state.phase] += 1;
  PetscCall(run_from(goes_on, &stopper.state, NULL, &record, &again));
  PetscCall(compare(&record, want));
  KrThermoSampleDestroy(&record);
  KrThermoCheckpointDestroy(&stopper.state);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Stopped again and again, three looks after each start. */
static PetscErrorCode check_chain(const KrThermoSample *want)
{
  KrThermoCheckpoint state = {0};
  KrThermoSample     record;
  PetscBool          stopped = PETSC_TRUE;
  int                n_stops = 0;

  PetscFunctionBeginUser;
  while (stopped) {
    Stopper stopper = {.stop_at = 3, .sharers = MPI_COMM_WORLD};

    PetscCall(run_from(MPI_COMM_WORLD, n_stops == 0 ? NULL : &state, &stopper, &record, &stopped));
    KrThermoCheckpointDestroy(&state);
    state = stopper.state;
    n_stops += stopped;
  }
  PetscCall(PetscPrintf(MPI_COMM_WORLD, "%d stops\n", n_stops));
  PetscCall(KrExpect("many stops", n_stops > 6));
  PetscCall(compare(&record, want));
  KrThermoSampleDestroy(&record);
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char **argv)
{
  KrThermoSample want;
  PetscBool      stopped;
  int            seen[3] = {0, 0, 0};

  PetscFunctionBeginUser;
  PetscCall(KrTestBegin(&argc, &argv));
  PetscCall(run_from(PETSC_COMM_SELF, NULL, NULL, &want, &stopped));
  stopped = PETSC_TRUE;
  for (int look = 0; stopped; ++look) {
    PetscCall(check_stop(look, MPI_COMM_WORLD, PETSC_COMM_SELF, &want, seen, &stopped));
    if (stopped)
      PetscCall(check_stop(look, PETSC_COMM_SELF, MPI_COMM_WORLD, &want, seen, &stopped));
  }
  PetscCall(PetscPrintf(MPI_COMM_WORLD, "stops in sweeps %d, dynamics %d, at overlaps %d\n",
                        seen[KR_THERMO_CHAIN], seen[KR_THERMO_RELAXATION],
                        seen[KR_THERMO_POTENTIAL]));
  for (int phase = 0; phase < 3; ++phase)
    PetscCall(KrExpect("stops in each phase", seen[phase] > 2));
  PetscCall(check_chain(&want));
  KrThermoSampleDestroy(&want);
  return KrTestEnd();
}
