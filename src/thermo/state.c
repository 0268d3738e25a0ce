/* The state of a run between two sweeps, a row of numbers for each pair of ladders: to go on from, on any ranks, with
   the same bits. */
#include "run_impl.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_MAX (INT64_C(1) << 53) /* reals count up to it */

/* One walk through all that a pair is serves to count it, to save it and to restore it. */
typedef enum { COUNT, SAVE, RESTORE } Mode;

typedef struct {
  Mode        mode;
  int64_t     count;   /* numbers so far */
  double     *numbers; /* of the row; not to count */
  const char *fault;   /* the first that cannot be restored, NULL: none */
} Tape;

/* Numbers of a series: NaN where nothing was measured. */
static void pass(Tape *tape, int64_t count, double values[])
{
  if (count > 0 && tape->mode == SAVE)
    (void)memcpy(tape->numbers + tape->count, values, (size_t)count * sizeof *values);
  if (count > 0 && tape->mode == RESTORE)
    (void)memcpy(values, tape->numbers + tape->count, (size_t)count * sizeof *values);
  tape->count += count;
}

/* Numbers that a run goes on from. */
static void pass_finite(Tape *tape, const char name[], int64_t count, double values[])
{
  pass(tape, count, values);
  for (int64_t i = 0; tape->mode == RESTORE && i < count; ++i)
    if (!isfinite(values[i]) && tape->fault == NULL) tape->fault = name;
}

/* At most 2^53 in size. A number that it cannot be is not taken. */
static void pass_whole(Tape *tape, const char name[], int64_t least, int64_t most, int64_t *value)
{
  double number = (double)*value;

  pass(tape, 1, &number);
  if (tape->mode != RESTORE) return;
  if (number >= (double)least && number <= (double)most) *value = (int64_t)number;
  else if (tape->fault == NULL) tape->fault = name;
}

static int on_sphere(int n, const double x[])
{
  double square = 0.0;

  for (int i = 0; i < n; ++i) square += x[i] * x[i];
  return fabs(square / n - 1.0) <= 1e-8;
}

/* A replica, by its slot: in which row it lies is of no account. */
static void pass_replica(Tape *tape, KrSampler s, int slot)
{
  const size_t row = (size_t)s->row_of_slot[slot], n = (size_t)s->n;
  KrSlot      *at        = &s->slots[slot];
  int64_t      direction = s->direction[row];

  pass_finite(tape, "position", s->n, s->X + row * n);
  pass_finite(tape, "gradient", s->n, s->G + row * n);
  pass_finite(tape, "energy", 1, &s->E[row]);
  pass_finite(tape, "radial derivative", 1, &s->radial[row]);
  pass_whole(tape, "direction", -1, 1, &direction);
  s->direction[row] = (int)direction;
  pass_finite(tape, "step", 1, &at->step);
  pass_finite(tape, "acceptance", 1, &at->accepted);
  pass_whole(tape, "number of moves", 0, COUNT_MAX, &at->moves);
  pass_finite(tape, "number of swaps", 1, &at->swapped);
  pass_whole(tape, "number of exchanges", 0, COUNT_MAX, &at->exchanges);
  pass_finite(tape, "sum of steps", 1, &s->log_step_sum[slot]);
  pass_finite(tape, "number of steps", 1, &s->log_step_count[slot]);
  if (tape->mode != RESTORE || tape->fault != NULL) return;
  if (!(at->step > 0.0)) tape->fault = "step";
  if (!on_sphere(s->n, s->X + row * n)) tape->fault = "position";
}

/* A ladder of a chain. Sweeps, and gradients a ladder, are those of all its ladders. */
static void pass_ladder(Tape *tape, KrSampler s, int ladder, int64_t sweep)
{
  int64_t evaluated = s->is_evaluated, gradients = s->n_gradients / s->n_ladders;

  pass_whole(tape, "number of sweeps", sweep, sweep, &s->sweep);
  pass_whole(tape, "flag", 0, 1, &evaluated);
  pass_whole(tape, "number of gradients", 0, COUNT_MAX, &gradients);
  s->is_evaluated = evaluated ? PETSC_TRUE : PETSC_FALSE;
  s->n_gradients  = gradients * s->n_ladders;
  pass_whole(tape, "number of round trips", 0, COUNT_MAX, &s->round_trips[ladder]);
  for (int t = 0; t < s->n_temperatures; ++t) pass_replica(tape, s, ladder * s->n_temperatures + t);
}

/* What one of this rank's ladders has left behind. */
static void pass_series(Tape *tape, KrThermoState *run, int local)
{
  const int64_t measured = KrThermoMeasured(run), sweeps = run->options->sweeps;
  const int64_t quenches = run->options->quenches;

  for (int slot = local * run->ladder->n; slot < (local + 1) * run->ladder->n; ++slot) {
    pass(tape, measured, run->energy + slot * sweeps);
    pass(tape, quenches, run->quenches.energy + slot * quenches);
    pass(tape, quenches, run->quenches.curvature + slot * quenches);
    pass(tape, quenches, run->quenches.tap + slot * quenches);
    pass(tape, run->n_times, run->correlation + slot * run->n_times);
  }
}

/* Dynamics, or held replicas, of one of this rank's ladders. */
static void pass_walk(Tape *tape, KrThermoState *run, int local)
{
  const int     nt = run->ladder->n, n_overlaps = run->options->overlaps;
  const int64_t sweeps = run->options->sweeps, held = run->walked - run->options->burn_in;

  if (run->phase == KR_THERMO_CHAIN) return;
  pass_ladder(tape, run->walk, local, run->walked);
  if (run->phase == KR_THERMO_RELAXATION)
    pass_finite(tape, "position", (int64_t)nt * run->n,
                run->points + (size_t)(local * nt) * (size_t)run->n);
  if (run->phase == KR_THERMO_POTENTIAL)
    for (int slot = local * n_overlaps; slot < (local + 1) * n_overlaps; ++slot) {
      pass(tape, PetscMax(held, (int64_t)0), run->force + slot * sweeps);
      pass(tape, PetscMax(held, (int64_t)0), run->held + slot * sweeps);
    }
}

/* The pair-th pair of this rank. */
static void pass_pair(Tape *tape, KrThermoState *run, int pair)
{
  const int nt     = run->ladder->n;
  int64_t   number = run->numbers[2 * pair] / 2;

  pass_whole(tape, "number of the pair", number, number, &number);
  for (int local = 2 * pair; local < 2 * pair + 2; ++local) {
    pass_ladder(tape, run->sampler, local, run->sweep);
    pass_series(tape, run, local);
    pass_walk(tape, run, local);
  }
  for (int t = 0; t < nt; ++t)
    pass(tape, KrThermoMeasured(run), run->overlaps + (pair * nt + t) * run->options->sweeps);
}

/* Numbers of a pair; 0 on a rank without one. */
static int64_t count_pair(KrThermoState *run)
{
  Tape tape = {.mode = COUNT};

  if (run->n_local > 0) pass_pair(&tape, run, 0);
  return tape.count;
}

/*
  KrThermoSave - Copies the state of a run, between two sweeps.

  Collective on the sharers, from within a breath of KrThermoRun()

  Input:
. run - as the breath has it

  Output:
. state - with the pairs of this rank; caller frees with KrThermoCheckpointDestroy(). `seconds` is 0

  Cost:   a copy of all series and replicas
  See:    KrThermoRun(), KrThermoCheckpointWrite()
*/
PetscErrorCode KrThermoSave(KrThermoState *run, KrThermoCheckpoint *state)
{
  PetscFunctionBeginUser;
  *state = (KrThermoCheckpoint){.sample         = run->sample,
                                .seed           = run->seed,
                                .n              = run->n,
                                .n_temperatures = run->ladder->n,
                                .n_ladders      = run->options->ladders,
                                .phase          = (int32_t)run->phase,
                                .layout         = KR_THERMO_LAYOUT,
                                .sweep          = run->sweep,
                                .looks          = run->looks,
                                .walked         = run->walked,
                                .looked         = run->looked,
                                .width          = count_pair(run),
                                .n_rows         = run->n_local / 2};
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &state->width, 1, MPI_INT64_T, MPI_MAX, run->sharers));
  state->rows = calloc((size_t)(state->n_rows * state->width) + 1, sizeof *state->rows);
  PetscCheck(state->rows != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for a state");
  for (int pair = 0; pair < run->n_local / 2; ++pair) {
    Tape tape = {.mode = SAVE, .numbers = state->rows + pair * state->width};

    pass_pair(&tape, run, pair);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The row of a pair, NULL: it is not there. */
static double *find_row(const KrThermoCheckpoint *from, int64_t number)
{
  for (int64_t r = 0; r < from->n_rows; ++r)
    if (from->rows[r * from->width] == (double)number) return from->rows + r * from->width;
  return NULL;
}

/* How far a state is must be where a run of these options comes by. */
static void check_progress(const KrThermoState *run, const KrThermoCheckpoint *from,
                           char message[KR_MESSAGE_MAX])
{
  const KrThermoOptions *options = run->options;
  const int64_t          sweeps  = options->burn_in + options->sweeps;
  const int              walks   = from->phase == KR_THERMO_RELAXATION ? run->n_times > 0
                                   : from->phase == KR_THERMO_POTENTIAL
                                     ? options->overlaps > 0 && options->plant > 0.0
                                     : 1;
  const int64_t          walked =
    from->phase == KR_THERMO_POTENTIAL
               ? sweeps
               : (int64_t)KrRelaxationSteps(run->ladder, options->relaxation, run->n) + 2;

  if (from->n != run->n || from->n_temperatures != run->ladder->n ||
      from->n_ladders != options->ladders || from->sweep > sweeps ||
      from->looks > options->quenches || !walks || from->looked > run->n_times ||
      (from->phase != KR_THERMO_CHAIN && from->walked > walked))
    (void)snprintf(message, KR_MESSAGE_MAX,
                   "the state of sample %lld is none of a run with these options: N = %d, %d "
                   "temperatures, %d ladders, phase %d, %lld sweeps, %lld descents, %lld steps",
                   (long long)run->sample, (int)from->n, (int)from->n_temperatures,
                   (int)from->n_ladders, (int)from->phase, (long long)from->sweep,
                   (long long)from->looks, (long long)from->walked);
}

/* Takes up a run that has not begun. Each rank takes the pairs that are its own. Not collective but on the model's
   communicator. */
PetscErrorCode KrThermoRestore(KrThermoState *run, const KrThermoCheckpoint *from)
{
  char message[KR_MESSAGE_MAX] = "";

  PetscFunctionBeginUser;
  check_progress(run, from, message);
  KR_CHECK_INPUT(message[0] == '\0', PETSC_COMM_SELF, "%s", message);
  run->sweep  = from->sweep;
  run->looks  = from->looks;
  run->walked = from->walked;
  run->looked = (int)from->looked;
  if (from->phase == KR_THERMO_RELAXATION) PetscCall(KrRelaxationCreate(run));
  if (from->phase == KR_THERMO_POTENTIAL) PetscCall(KrPotentialCreate(run));
  KR_CHECK_INPUT(run->n_local == 0 || count_pair(run) == from->width, PETSC_COMM_SELF,
                 "the state of sample %lld has rows of %lld numbers, they should have %lld",
                 (long long)run->sample, (long long)from->width, (long long)count_pair(run));
  for (int pair = 0; pair < run->n_local / 2; ++pair) {
    const int64_t number = run->numbers[2 * pair] / 2;
    Tape          tape   = {.mode = RESTORE, .numbers = find_row(from, number)};

    KR_CHECK_INPUT(tape.numbers != NULL, PETSC_COMM_SELF,
                   "the state of sample %lld has no pair %lld", (long long)run->sample,
                   (long long)number);
    pass_pair(&tape, run, pair);
    KR_CHECK_INPUT(tape.fault == NULL, PETSC_COMM_SELF,
                   "the state of sample %lld, pair %lld: a %s is out of range",
                   (long long)run->sample, (long long)number, tape.fault);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
