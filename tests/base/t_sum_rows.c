/* kr_test: ranks=1,2,4 */
#include "kr_test.h"
#include <math.h>
#include <stdint.h>

#define N_ROWS    1001
#define N_COLUMNS 3

/* Terms of very different size and both signs: any order of adding doubles gives other last bits. */
static double term(int row, int column)
{
  const double angle = 1.7 * row + column;

  return column == 2 ? 1e-300 * row : sin(angle) * exp(30.0 * cos(0.3 * angle));
}

/* The lines of this rank: those whose number has the rank as remainder, in rising or falling order. */
static PetscErrorCode sum(int falling, double sums[N_COLUMNS])
{
  static double values[N_ROWS * N_COLUMNS];
  PetscMPIInt   rank, size;
  int64_t       n = 0;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &size));
  for (int i = 0; i < N_ROWS; ++i) {
    const int row = falling ? N_ROWS - 1 - i : i;

    if (row % size != rank) continue;
    for (int c = 0; c < N_COLUMNS; ++c) values[n * N_COLUMNS + c] = term(row, c);
    ++n;
  }
  PetscCall(KrSumRows(PETSC_COMM_WORLD, n, N_COLUMNS, values, sums));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_edges(void)
{
  const double bad[2] = {1.0, NAN};
  double       bad_sums[2];

  PetscFunctionBeginUser;
  PetscCall(KrSumRows(PETSC_COMM_WORLD, 1, 2, bad, bad_sums));
  PetscCall(KrExpect("a column with NaN has no sum", isnan(bad_sums[1])));
  PetscCall(KrExpect("the others have", bad_sums[0] >= 1.0));
  PetscCall(KrSumRows(PETSC_COMM_WORLD, 0, 1, bad, bad_sums));
  PetscCall(KrExpect("nothing sums to 0", bad_sums[0] == 0.0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char **argv)
{
  double rising[N_COLUMNS], falling[N_COLUMNS], alone[N_COLUMNS], all[N_ROWS * N_COLUMNS];

  PetscFunctionBeginUser;
  PetscCall(KrTestBegin(&argc, &argv));
  PetscCall(sum(0, rising));
  PetscCall(sum(1, falling));
  for (int i = 0; i < N_ROWS * N_COLUMNS; ++i) all[i] = term(i / N_COLUMNS, i % N_COLUMNS);
  PetscCall(KrSumRows(PETSC_COMM_SELF, N_ROWS, N_COLUMNS, all, alone));
  for (int c = 0; c < N_COLUMNS; ++c) {
    long double exact = 0.0L, largest = 0.0L;

    for (int i = 0; i < N_ROWS; ++i) {
      exact += (long double)term(i, c);
      largest = fmaxl(largest, fabsl((long double)term(i, c)));
    }
    PetscCall(KrExpect("any order of the lines", rising[c] == falling[c]));
    PetscCall(KrExpect("any number of ranks", rising[c] == alone[c]));
    /* n/2 units of 2^-62 of n x largest, and the rounding of the result */
    PetscCall(KrExpectNear("sum", rising[c], (double)exact,
                           (double)(N_ROWS * N_ROWS * largest) * ldexp(1.0, -62) +
                             2.3e-16 * (double)fabsl(exact)));
  }
  PetscCall(check_edges());
  return KrTestEnd();
}
