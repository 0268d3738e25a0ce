/* kr_test: ranks=1,2 labels=spectrum timeout=120 */
/* Degenerate eigenvalues are counted with their multiplicities. p = 2 with a diagonal tensor of six levels: at
   x = sqrt(N) e_0 the tangent eigenvalues are 2 (s_i - s_0), i > 0, known without any solver. A Krylov space sees one
   vector of each level only. */
#include "spectrum_test.h"

#define LOW  8
#define HIGH 3

static double level(int i)
{
  return i == 0 ? 0.35 : (i % 2 == 1 ? -0.5 - 0.5 * (i % 5) : 1.0);
}

/* Sorted coefficients c_ij, i <= j, of H = N^{-1/2} sum c_ij x_i x_j with S = diag(level). */
static PetscErrorCode set_levels(KrModel model, int n)
{
  double *sorted;
  int     place = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(n * (n + 1) / 2, &sorted));
  for (int i = 0; i < n; ++i)
    for (int j = i; j < n; ++j) sorted[place++] = i == j ? level(i) * sqrt((double)n) : 0.0;
  PetscCall(KrModelSetTensor(model, 2, sorted));
  PetscCall(PetscFree(sorted));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static int compare(const void *a, const void *b)
{
  const double x = *(const double *)a, y = *(const double *)b;

  return (x > y) - (x < y);
}

static PetscErrorCode check_size(int n, int method)
{
  const KrSpectrumOptions options = {.lowest = LOW, .highest = HIGH, .method = method};
  double                  low[LOW], high[HIGH], *x, *want;
  KrSpectrum              spectrum = {.lowest = low, .highest = high};
  KrModel                 model;
  int                     index = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc2(n, &x, n - 1, &want));
  x[0] = sqrt((double)n);
  for (int i = 1; i < n; ++i) want[i - 1] = 2.0 * (level(i) - level(0));
  for (int i = 0; i < n - 1; ++i) index += want[i] < 0.0;
  qsort(want, (size_t)n - 1, sizeof *want, compare);
  PetscCall(make_model(PETSC_COMM_WORLD, 2, n, &model));
  PetscCall(set_levels(model, n));
  PetscCall(KrSpectrumCompute(&options, model, x, &spectrum));
  PetscCall(KrExpectEqualInt("index", spectrum.index, index));
  /* residual 1e-9 times |S| = 3 bounds the error where the gap is zero */
  PetscCall(KrExpectNear("margin", spectrum.margin, 2.0 * (1.0 - level(0)), 1e-8));
  for (int i = 0; i < LOW; ++i) PetscCall(KrExpectNear("lowest", low[i], want[i], 1e-8));
  for (int i = 0; i < HIGH; ++i) PetscCall(KrExpectNear("highest", high[i], want[n - 2 - i], 1e-8));
  PetscCall(KrModelDestroy(&model));
  PetscCall(PetscFree2(x, want));
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char **argv)
{
  PetscFunctionBeginUser;
  PetscCall(KrTestBegin(&argc, &argv));
  for (int method = KR_SPECTRUM_LAPACK; method <= KR_SPECTRUM_DENSE; ++method) {
    PetscCall(check_size(16, method));
    PetscCall(check_size(100, method));
  }
  return KrTestEnd();
}
