/* Sums of reals that do not depend on how the terms are spread over the ranks. */
#include <kacrice/base.h>
#include <math.h>
#include <stdlib.h>

#define BITS 62 /* of the largest possible sum */

/* Largest absolute value of each column, infinite when one of it is not finite; then the number of lines. */
static PetscErrorCode measure(MPI_Comm comm, int64_t n_rows, int n_columns, const double values[],
                              double largest[], int64_t *n_all)
{
  PetscFunctionBeginUser;
  for (int c = 0; c < n_columns; ++c) largest[c] = 0.0;
  for (int64_t i = 0; i < n_rows * n_columns; ++i) {
    const double size = isfinite(values[i]) ? fabs(values[i]) : INFINITY;

    largest[i % n_columns] = PetscMax(largest[i % n_columns], size);
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, largest, n_columns, MPI_DOUBLE, MPI_MAX, comm));
  PetscCallMPI(MPI_Allreduce(&n_rows, n_all, 1, MPI_INT64_T, MPI_SUM, comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrSumRows - Adds up the columns of a table whose lines are spread over the ranks: the same bits for any number of
              ranks and any order of the lines.

  Collective on comm

  Input:
+ comm      - whose ranks hold lines
. n_rows    - lines of this rank
. n_columns - columns, the same on every rank
- values    - n_rows x n_columns, row major

  Output:
. sums - n_columns, the same on every rank; NaN where a value is not finite

  Notes:
  Each value is rounded to a whole multiple of a power of two, at least 2^-62 of the largest possible sum, and the
  multiples are added as integers: the error is below n/2 units of 2^-62 of (n x largest value).

  Cost: two Allreduce, two passes
*/
PetscErrorCode KrSumRows(MPI_Comm comm, int64_t n_rows, int n_columns, const double values[],
                         double sums[])
{
  int64_t *whole = calloc((size_t)n_columns + 1, sizeof *whole), n_all = 0;
  double  *largest = calloc((size_t)n_columns + 1, sizeof *largest);
  int     *shift   = calloc((size_t)n_columns + 1, sizeof *shift);

  PetscFunctionBeginUser;
  PetscCheck(whole != NULL && largest != NULL && shift != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM,
             "no memory for sums");
  PetscCall(measure(comm, n_rows, n_columns, values, largest, &n_all));
  for (int c = 0; c < n_columns; ++c) {
    int exponent = 0;

    if (isfinite(largest[c])) (void)frexp(largest[c] * (double)n_all, &exponent);
    shift[c] = BITS - exponent;
  }
  for (int64_t i = 0; i < n_rows * n_columns; ++i)
    if (isfinite(values[i])) whole[i % n_columns] += llrint(ldexp(values[i], shift[i % n_columns]));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, whole, n_columns, MPI_INT64_T, MPI_SUM, comm));
  for (int c = 0; c < n_columns; ++c)
    sums[c] = isfinite(largest[c]) ? ldexp((double)whole[c], -shift[c]) : NAN;
  free(whole);
  free(largest);
  free(shift);
  PetscFunctionReturn(PETSC_SUCCESS);
}
