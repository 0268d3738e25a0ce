/* Interleaved rounds: each measures every row once, so that a slow minute of the machine meets all rows alike. */
#include "bench_impl.h"
#include <math.h>

#define NAP     500000 // ns
#define PORTION 4e-3   // s of a row, then its limit

/* Waits for all ranks asleep, and not spinning on a core that somebody measures with. Collective on comm. */
PetscErrorCode KrBenchMeet(MPI_Comm comm)
{
  const struct timespec nap = {.tv_nsec = NAP};
  MPI_Request           request;
  int                   all = 0;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Ibarrier(comm, &request));
  for (;;) {
    PetscCallMPI(MPI_Test(&request, &all, MPI_STATUS_IGNORE));
    if (all) PetscFunctionReturn(PETSC_SUCCESS);
    (void)nanosleep(&nap, NULL);
  }
}

/* A bench on rank 0 alone; the others sleep until it is over. Collective on world; n_failed is what rank 0 counts, and
   then the same on every rank. */
PetscErrorCode KrBenchAlone(MPI_Comm world, KrBenchFn run, void *context, int *n_failed)
{
  MPI_Comm    own; /* so that nobody takes what rank 0 says of an error for the end */
  PetscMPIInt rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(world, &rank));
  PetscCallMPI(MPI_Comm_dup(world, &own));
  if (rank == 0) PetscCall((*run)(context));
  PetscCall(KrBenchMeet(own));
  PetscCallMPI(MPI_Comm_free(&own));
  PetscCallMPI(MPI_Bcast(n_failed, 1, MPI_INT, 0, world));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static double now(clockid_t clock)
{
  struct timespec time;

  if (clock_gettime(clock, &time) != 0) return NAN;
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* Seconds of n_calls calls, of the slowest rank; known on rank 0. */
static PetscErrorCode time_calls(KrBench *bench, KrBenchRow *row, int64_t n_calls, double *seconds)
{
  double began;

  PetscFunctionBeginUser;
  *seconds = 0.0;
  if (row->all) PetscCallMPI(MPI_Barrier(bench->comm));
  if (row->all || bench->rank == 0) {
    began = now(bench->clock);
    for (int64_t c = 0; c < n_calls; ++c) PetscCall((*row->run)(row->context));
    *seconds = now(bench->clock) - began;
  }
  if (bench->size == 1) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KrBenchMeet(bench->comm));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, seconds, 1, MPI_DOUBLE, MPI_MAX, bench->comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* How many calls make a measurement long enough, the same on every rank. */
static PetscErrorCode count_calls(KrBench *bench, KrBenchRow *row)
{
  double once;

  PetscFunctionBeginUser;
  row->n_calls = row->n_portion = 1;
  if (row->long_run) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(time_calls(bench, row, 1, &once)); /* pages */
  PetscCall(time_calls(bench, row, 1, &once));
  row->n_calls = (int64_t)ceil(bench->options->seconds / fmax(once, 1e-7));
  if (row->n_calls < 1) row->n_calls = 1;
  row->n_portion = (int64_t)ceil(PORTION / fmax(once, 1e-7));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The calls of a round in portions, each followed by one of the limit: a core that lowers its clock under wide
   vectors does so within microseconds and takes it back after milliseconds, so the limit meets the clock of the row. */
static PetscErrorCode time_with_limit(KrBench *bench, KrBenchRow *row, int round, double *seconds)
{
  KrBenchRow *limit = &bench->rows[row->limit];
  double      portion, total = 0.0;
  int64_t     n_limit = 0;

  PetscFunctionBeginUser;
  *seconds = 0.0;
  for (int64_t left = row->n_calls; left > 0; left -= row->n_portion, ++n_limit) {
    PetscCall(time_calls(bench, row, PetscMin(left, row->n_portion), &portion));
    *seconds += portion;
    PetscCall(time_calls(bench, limit, 1, &portion));
    total += portion;
  }
  row->limits[round] = (double)n_limit * limit->amount / total;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode measure_row(KrBench *bench, KrBenchRow *row, int round)
{
  double seconds;

  PetscFunctionBeginUser;
  if (!row->long_run) PetscCall(time_calls(bench, row, 1, &seconds)); /* caches */
  if (row->between) PetscCall(time_with_limit(bench, row, round, &seconds));
  else PetscCall(time_calls(bench, row, row->n_calls, &seconds));
  row->seconds[round] = seconds / (double)row->n_calls;
  row->rates[round]   = (row->counted == NULL ? row->amount : *row->counted) / row->seconds[round];
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Measures all rows. Collective on the bench's communicator, with the same rows on every rank; the times are known on
   every rank, the rates on rank 0. */
PetscErrorCode KrBenchMeasure(KrBench *bench)
{
  PetscFunctionBeginUser;
  for (int r = 0; r < bench->n_rows; ++r) PetscCall(count_calls(bench, &bench->rows[r]));
  for (int round = 0; round < bench->options->rounds; ++round)
    for (int r = 0; r < bench->n_rows; ++r) PetscCall(measure_row(bench, &bench->rows[r], round));
  PetscFunctionReturn(PETSC_SUCCESS);
}
