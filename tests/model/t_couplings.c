/* kr_test: ranks=1,2,4 labels=model,parallel */
/* Couplings are a pure function of (seed, sample, p, tuple): the same bits however they are spread and for any N;
   sorted order and blocks hold the same numbers. */
#include "model_test.h"
#include <stdlib.h>

#define SMALL_N 7

/* All coefficients of one order, gathered from the ranks of a communicator by adding disjoint parts. */
static PetscErrorCode take(MPI_Comm comm, const KrMixture *f, int order, int n, double **sorted)
{
  const int64_t count = KrTensorCount(order, n);
  KrModel       model;

  PetscFunctionBeginUser;
  PetscCall(make_model(comm, f, n, &model));
  PetscCall(PetscCalloc1(count, sorted));
  PetscCall(KrModelGetTensor(model, order, *sorted));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, *sorted, (int)count, MPI_DOUBLE, MPI_SUM, comm));
  PetscCall(KrModelDestroy(&model));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_any_spread(const KrMixture *f, int n)
{
  double *whole, *spread;

  PetscFunctionBeginUser;
  for (int o = 0; o < f->n_orders; ++o) {
    const int64_t count = KrTensorCount(f->order[o], n);

    PetscCall(take(PETSC_COMM_SELF, f, f->order[o], n, &whole));
    PetscCall(take(PETSC_COMM_WORLD, f, f->order[o], n, &spread));
    PetscCall(
      KrExpect("same bits when spread", memcmp(whole, spread, (size_t)count * sizeof *whole) == 0));
    PetscCall(PetscFree(whole));
    PetscCall(PetscFree(spread));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Sorted tuples of the smaller N, in order, are looked up among those of the larger one. */
static PetscErrorCode check_any_n(int order, int small_n, int large_n)
{
  const KrMixture f = {1, {order}, {1.0}};
  double         *small, *large;
  int             tuple[KR_ORDER_MAX] = {0};
  int64_t         i                   = 0;

  PetscFunctionBeginUser;
  PetscCall(take(PETSC_COMM_SELF, &f, order, small_n, &small));
  PetscCall(take(PETSC_COMM_SELF, &f, order, large_n, &large));
  for (int64_t j = 0; j < KrTensorCount(order, large_n); ++j) {
    int a = order - 1;

    if (tuple[order - 1] < small_n) { /* sorted: the last is the largest */
      PetscCall(KrExpect("a sub-tensor of the larger N", small[i] == large[j]));
      ++i;
    }
    while (a >= 0 && tuple[a] == large_n - 1) --a;
    for (int b = order - 1; a >= 0 && b >= a; --b) tuple[b] = tuple[a] + 1;
  }
  PetscCall(KrExpectEqualInt("all of the smaller met", i, KrTensorCount(order, small_n)));
  PetscCall(PetscFree(small));
  PetscCall(PetscFree(large));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Hessians of points in lanes, which small tensors have another form for, against those of single points. */
static PetscErrorCode check_hessians(KrModel model)
{
  double x[KR_LANES * SMALL_N], E, g[KR_LANES * SMALL_N], energies[KR_LANES];
  double H[SMALL_N * SMALL_N], hessians[KR_LANES * SMALL_N * SMALL_N];

  PetscFunctionBeginUser;
  draw_points(SMALL_N, KR_LANES, x);
  PetscCall(KrModelDerivatives(model, KR_LANES, x, energies, g, hessians));
  for (int b = 0; b < KR_LANES; ++b) {
    PetscCall(KrModelDerivatives(model, 1, x + b * SMALL_N, &E, g, H));
    PetscCall(KrExpectNear("E in lanes", energies[b], E, 1e-12 * (1.0 + fabs(E))));
    for (int i = 0; i < SMALL_N * SMALL_N; ++i)
      PetscCall(KrExpectNear("H in lanes", hessians[b * SMALL_N * SMALL_N + i], H[i],
                             1e-12 * (1.0 + fabs(H[i]))));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Set what was got: the same numbers, and the same energy to the last bit. */
static PetscErrorCode check_set_and_get(const KrMixture *f, int n)
{
  const KrModelOptions options = {.n = n};
  KrModel              drawn, given;
  double              *sorted, x[16], E[2], g[16];

  PetscFunctionBeginUser;
  PetscCall(make_model(PETSC_COMM_SELF, f, n, &drawn));
  PetscCall(KrModelCreate(PETSC_COMM_SELF, &options, n, f, &given));
  for (int o = 0; o < f->n_orders; ++o) {
    PetscCall(take(PETSC_COMM_SELF, f, f->order[o], n, &sorted));
    PetscCall(KrModelSetTensor(given, f->order[o], sorted));
    PetscCall(PetscFree(sorted));
  }
  draw_points(n, 1, x);
  PetscCall(KrModelDerivatives(drawn, 1, x, &E[0], g, NULL));
  PetscCall(KrModelDerivatives(given, 1, x, &E[1], g, NULL));
  PetscCall(KrExpect("same energy", E[0] == E[1]));
  PetscCall(check_hessians(given));
  PetscCall(KrModelDestroy(&given));
  PetscCall(KrModelDestroy(&drawn));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Couplings that change in place: planted, and of the model with absolute values. */
static PetscErrorCode check_changes(const KrMixture *f)
{
  double  x[SMALL_N];
  KrModel model, absolute;

  PetscFunctionBeginUser;
  PetscCall(make_model(PETSC_COMM_SELF, f, SMALL_N, &model));
  PetscCall(check_hessians(model));
  draw_points(SMALL_N, 1, x);
  PetscCall(KrModelPlant(model, 1.3, x));
  PetscCall(check_hessians(model));
  PetscCall(KrModelCreateAbsolute(model, &absolute));
  PetscCall(check_hessians(absolute));
  PetscCall(KrModelDestroy(&absolute));
  PetscCall(KrModelDestroy(&model));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Variance of the coefficients over samples: c_p times the multiplicity, whatever the tuple. 4000 samples, the sum
   of squares over multiplicity within 4.5 standard errors sqrt(2/n): false alarm 7e-6 a law. */
static PetscErrorCode check_variance(const KrMixture *f, int n)
{
  KrModel model;
  double  sum   = 0.0, sorted[64];
  int     order = f->order[0], n_samples = 4000;
  int64_t count = KrTensorCount(order, n);

  PetscFunctionBeginUser;
  PetscCall(make_model(PETSC_COMM_SELF, f, n, &model));
  for (int s = 0; s < n_samples; ++s) {
    int tuple[KR_ORDER_MAX] = {0};

    PetscCall(KrModelDraw(model, 8, s));
    PetscCall(KrModelGetTensor(model, order, sorted));
    for (int64_t j = 0; j < count; ++j) {
      int a = order - 1;

      sum += sorted[j] * sorted[j] / KrTupleMultiplicity(order, tuple);
      while (a >= 0 && tuple[a] == n - 1) --a;
      for (int b = order - 1; a >= 0 && b >= a; --b) tuple[b] = tuple[a] + 1;
    }
  }
  PetscCall(KrExpectNear("variance", sum / (double)(n_samples * count), f->c[0],
                         4.5 * f->c[0] * sqrt(2.0 / (double)(n_samples * count))));
  PetscCall(KrModelDestroy(&model));
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char **argv)
{
  PetscErrorCode code = KrTestBegin(&argc, &argv);

  for (int l = 0; code == 0 && l < N_TEST_LAWS; ++l) {
    code = check_any_spread(&test_laws[l], SMALL_N);
    if (code == 0) code = check_set_and_get(&test_laws[l], SMALL_N);
    if (code == 0) code = check_changes(&test_laws[l]);
    if (code == 0) code = check_variance(&test_laws[l], 3);
  }
  for (int p = KR_ORDER_MIN; code == 0 && p <= KR_ORDER_MAX; ++p) code = check_any_n(p, 4, 7);
  return code == 0 ? KrTestEnd() : 1;
}
