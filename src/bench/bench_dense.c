/* The peer: what numpy's (J @ x) @ x does. All N^p entries of the symmetric tensor, contracted with x index after index
   by a BLAS: one matrix times vector, N^(p-1) x N, then ever smaller ones; many points by one matrix product first. */
#include "kernels_impl.h"
#include <math.h>
#include <petscblaslapack.h>
#include <stdlib.h>

/* N^k entries. */
static double power(int n, int k)
{
  return pow((double)n, (double)k);
}

double KrBenchDenseBytes(int order, int n, int n_points)
{
  return 8.0 * (power(n, order) + (2.0 + n_points) * power(n, order - 1));
}

/* The next larger arrangement of the numbers; 0 when there is none. */
static int next_permutation(int count, int numbers[])
{
  int i = count - 2, k = count - 1, kept;

  while (i >= 0 && numbers[i] >= numbers[i + 1]) --i;
  if (i < 0) return 0;
  while (numbers[k] <= numbers[i]) --k;
  kept       = numbers[i];
  numbers[i] = numbers[k];
  numbers[k] = kept;
  for (int a = i + 1, b = count - 1; a < b; ++a, --b) {
    kept       = numbers[a];
    numbers[a] = numbers[b];
    numbers[b] = kept;
  }
  return 1;
}

/* One coefficient to all places of its tuple. */
static void spread(const KrTensor *tensor, const int sorted[], double coefficient, double dense[])
{
  const double entry = coefficient / KrTupleMultiplicity(tensor->order, sorted);
  int          tuple[KR_ORDER_MAX];

  for (int a = 0; a < tensor->order; ++a) tuple[a] = sorted[a];
  do {
    int64_t place = 0;

    for (int a = 0; a < tensor->order; ++a) place = place * tensor->n + tuple[a];
    dense[place] = entry;
  } while (next_permutation(tensor->order, tuple));
}

static void fill(const KrTensor *tensor, double dense[])
{
  KrBlock block;
  int     tuple[KR_ORDER_MAX];

  for (int more = KrBlockFirst(tensor, &block); more; more = KrBlockNext(tensor, &block))
    for (int i = 0; i < block.n_rows; ++i)
      for (int k = 0; k < block.n_cols; ++k) {
        KrBlockTuple(tensor, &block, block.row_first + i, block.col_first + k, tuple);
        spread(tensor, tuple, tensor->c[block.offset + (int64_t)i * block.n_cols + k], dense);
      }
}

/* Not collective; the tensor is whole and may go afterwards. */
PetscErrorCode KrBenchDenseCreate(const KrTensor *tensor, double scale, int n_points,
                                  double points[], KrBenchDense *dense)
{
  const int     order = tensor->order, n = tensor->n;
  const int64_t less = (int64_t)power(n, order - 1);

  PetscFunctionBeginUser;
  *dense = (KrBenchDense){.order    = order,
                          .n        = n,
                          .n_points = n_points,
                          .scale    = scale,
                          .points   = points,
                          .tensor   = KrBenchAllocate((int64_t)power(n, order)),
                          .one      = KrBenchAllocate(less),
                          .less     = KrBenchAllocate(less),
                          .many     = KrBenchAllocate(less * n_points),
                          .E        = KrBenchAllocate(1),
                          .G        = KrBenchAllocate(n),
                          .batch_E  = KrBenchAllocate(n_points),
                          .batch_G  = KrBenchAllocate((int64_t)n * n_points)};
  PetscCheck(
    dense->tensor != NULL && dense->one != NULL && dense->less != NULL && dense->many != NULL &&
      dense->E != NULL && dense->G != NULL && dense->batch_E != NULL && dense->batch_G != NULL,
    PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for a dense tensor, p = %d, N = %d", order, n);
  fill(tensor, dense->tensor);
  PetscFunctionReturn(PETSC_SUCCESS);
}

void KrBenchDenseDestroy(KrBenchDense *dense)
{
  free(dense->tensor);
  free(dense->one);
  free(dense->less);
  free(dense->many);
  free(dense->E);
  free(dense->G);
  free(dense->batch_E);
  free(dense->batch_G);
}

/* y <- T x, T with length x n entries. It is symmetric: the first index is contracted, which OpenBLAS does faster than
   the last one when the tensor is large. */
static void contract(int64_t length, int n, const double T[], const double x[], double y[])
{
  const PetscBLASInt rows = (PetscBLASInt)length, columns = (PetscBLASInt)n, one = 1;
  const double       unit = 1.0, zero = 0.0;

  BLASgemv_("N", &rows, &columns, &unit, T, &rows, x, &one, &zero, y, &one);
}

/* From N^(p-1) entries to the gradient and the energy. */
static void finish(const KrBenchDense *dense, const double *T, const double x[], double *E,
                   double G[])
{
  const int n  = dense->n;
  double    xg = 0.0;

  for (int left = dense->order - 2; left >= 1; --left) {
    double *y = left == 1 ? G : T == dense->less ? dense->one : dense->less;

    contract((int64_t)power(n, left), n, T, x, y);
    T = y;
  }
  for (int i = 0; i < n; ++i) {
    if (dense->order == 2) G[i] = T[i];
    G[i] *= dense->order * dense->scale;
    xg += x[i] * G[i];
  }
  *E = xg / dense->order;
}

/* The first point. */
PetscErrorCode KrBenchDenseOne(void *context)
{
  KrBenchDense *dense = context;

  PetscFunctionBeginUser;
  contract((int64_t)power(dense->n, dense->order - 1), dense->n, dense->tensor, dense->points,
           dense->one);
  finish(dense, dense->one, dense->points, dense->E, dense->G);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* All points. */
PetscErrorCode KrBenchDenseMany(void *context)
{
  KrBenchDense      *dense  = context;
  const size_t       length = (size_t)power(dense->n, dense->order - 1);
  const PetscBLASInt rows = (PetscBLASInt)length, n = dense->n, n_points = dense->n_points;
  const double       one = 1.0, zero = 0.0;

  PetscFunctionBeginUser;
  BLASgemm_("N", "N", &rows, &n_points, &n, &one, dense->tensor, &rows, dense->points, &n, &zero,
            dense->many, &rows);
  for (size_t b = 0; b < (size_t)dense->n_points; ++b)
    finish(dense, dense->many + b * length, dense->points + b * (size_t)n, dense->batch_E + b,
           dense->batch_G + b * (size_t)n);
  PetscFunctionReturn(PETSC_SUCCESS);
}
