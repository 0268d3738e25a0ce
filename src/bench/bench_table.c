/* The rows of a bench, the ratios between them, and what of their results was checked. */
#include "bench_impl.h"
#include <kacrice/stats.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Collective on comm; only its ranks have a bench. One rank is timed by the processor time of all its threads, so that
   other programs disturb little and a BLAS with threads compares core by core; several by the clock on the wall. */
PetscErrorCode KrBenchCreate(MPI_Comm world, MPI_Comm comm, const char what[],
                             const KrBenchOptions *options, KrBench *bench)
{
  PetscFunctionBeginUser;
  *bench = (KrBench){.what = what, .options = options, .world = world};
  PetscCallMPI(MPI_Comm_dup(comm, &bench->comm));
  PetscCallMPI(MPI_Comm_rank(bench->comm, &bench->rank));
  PetscCallMPI(MPI_Comm_size(bench->comm, &bench->size));
  bench->clock      = comm == PETSC_COMM_SELF ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC;
  bench->clock_name = comm == PETSC_COMM_SELF ? "processor time" : "wall time";
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Collective on the bench's communicator. */
PetscErrorCode KrBenchDestroy(KrBench *bench)
{
  PetscFunctionBeginUser;
  for (int r = 0; r < bench->n_rows; ++r)
    PetscCall(PetscFree3(bench->rows[r].seconds, bench->rows[r].rates, bench->rows[r].limits));
  free(bench->rows);
  free(bench->ratios);
  free(bench->figures);
  free(bench->checks);
  PetscCallMPI(MPI_Comm_free(&bench->comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Room for one more in an array that held count of them. */
static PetscErrorCode grow(void **array, int count, size_t size)
{
  void *larger;

  PetscFunctionBeginUser;
  if (count % 64 != 0) PetscFunctionReturn(PETSC_SUCCESS);
  larger = realloc(*array, ((size_t)count + 64) * size);
  PetscCheck(larger != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for the table");
  *array = larger;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Copies the row; its number is that under which limits and ratios name it. */
PetscErrorCode KrBenchAdd(KrBench *bench, const KrBenchRow *row, int *number)
{
  const PetscInt n_rounds = bench->options->rounds;
  KrBenchRow    *mine;

  PetscFunctionBeginUser;
  PetscCall(grow((void **)&bench->rows, bench->n_rows, sizeof *bench->rows));
  *number = bench->n_rows;
  mine    = &bench->rows[bench->n_rows++];
  *mine   = *row;
  PetscCall(
    PetscCalloc3(n_rounds, &mine->seconds, n_rounds, &mine->rates, n_rounds, &mine->limits));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KrBenchAddRatio(KrBench *bench, const KrBenchRatio *ratio)
{
  PetscFunctionBeginUser;
  PetscCall(grow((void **)&bench->ratios, bench->n_ratios, sizeof *bench->ratios));
  bench->ratios[bench->n_ratios++] = *ratio;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* format names the figure of its subject. */
PetscErrorCode KrBenchAddFigure(KrBench *bench, const KrBenchCase *size, double figure,
                                const char format[], const char subject[])
{
  KrBenchFigure *mine;

  PetscFunctionBeginUser;
  PetscCall(grow((void **)&bench->figures, bench->n_figures, sizeof *bench->figures));
  mine  = &bench->figures[bench->n_figures++];
  *mine = (KrBenchFigure){.p = size->p, .n = size->n, .figure = figure};
  PetscCall(PetscSNPrintf(mine->name, sizeof mine->name, format, subject));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A figure that is NaN is wrong. Not collective: what rank 0 adds is told. */
PetscErrorCode KrBenchAddCheck(KrBench *bench, double figure, double limit, const char format[],
                               ...)
{
  KrBenchCheck *check;
  va_list       arguments;

  PetscFunctionBeginUser;
  PetscCall(grow((void **)&bench->checks, bench->n_checks, sizeof *bench->checks));
  check  = &bench->checks[bench->n_checks++];
  *check = (KrBenchCheck){.figure = figure, .limit = limit};
  va_start(arguments, format);
  (void)vsnprintf(check->name, sizeof check->name, format, arguments);
  va_end(arguments);
  bench->n_failed += figure <= limit ? 0 : 1;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Seconds a point of one round. */
double KrBenchTime(const KrBenchRow *row, int round)
{
  return row->seconds[round] / (row->points > 0 ? row->points : 1);
}

/* Rate over that of the limit, round by round. */
void KrBenchFraction(const KrBench *bench, const KrBenchRow *row, double rounds[])
{
  const KrBenchRow *limit = &bench->rows[row->limit];

  for (int r = 0; r < bench->options->rounds; ++r) rounds[r] = row->rates[r] / limit->rates[r];
}

/* Rate over that of the limit between the calls, round by round. */
void KrBenchFractionBetween(const KrBench *bench, const KrBenchRow *row, double rounds[])
{
  for (int r = 0; r < bench->options->rounds; ++r) rounds[r] = row->rates[r] / row->limits[r];
}

/* How many times as fast as the slow row the fast one is, round by round. */
void KrBenchRatioRounds(const KrBench *bench, const KrBenchRatio *ratio, double rounds[])
{
  const KrBenchRow *fast = &bench->rows[ratio->fast], *slow = &bench->rows[ratio->slow];

  for (int r = 0; r < bench->options->rounds; ++r)
    rounds[r] = ratio->by_rate ? fast->rates[r] / slow->rates[r]
                               : KrBenchTime(slow, r) / KrBenchTime(fast, r);
}

/* The rounds stay in their order; NaN when there is no memory. */
double KrBenchMedian(int n_rounds, const double rounds[])
{
  double *sorted = malloc((size_t)n_rounds * sizeof *sorted), median;

  if (sorted == NULL) return NAN;
  (void)memcpy(sorted, rounds, (size_t)n_rounds * sizeof *sorted);
  median = KrMedian(n_rounds, sorted);
  free(sorted);
  return median;
}

const char *KrBenchUnitName(KrBenchUnit unit)
{
  static const char *const names[] = {"GF/s",      "GB/s",          "G couplings/s",
                                      "samples/s", "minima/core-s", "points/core-s",
                                      "tickets/s", "files/s"};

  return names[unit];
}
