/* kr_test: ranks=1,2,4 labels=spectrum timeout=120 */
/* p = 3: LAPACK, SLEPc and the LDL^T inertia tell the same, at a random point (zero deep in the bulk), on the
   way down to a minimum (zero near the lower end) and up to a maximum. */
#include "spectrum_test.h"

#define N_MAX 60
#define LOW   4
#define HIGH  2

/* A few steps of plain descent; a negative step ascends. */
static PetscErrorCode descend(KrModel model, int n, int n_steps, double step, double x[])
{
  double energy, g[N_MAX];

  PetscFunctionBeginUser;
  for (int i = 0; i < n_steps; ++i) {
    PetscCall(KrModelDerivatives(model, 1, x, &energy, g, NULL));
    (void)KrSphereProject(n, x, g);
    KrSphereStep(n, x, g, -step);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* All eigenvalues ascend and sum up to the trace tr H'' - x H'' x / N - (N-1) mu. */
static PetscErrorCode check_all(int n, const double x[], double mu, const double H[], int n_all,
                                const double all[])
{
  double trace = -(n - 1) * mu, sum = 0.0;

  PetscFunctionBeginUser;
  for (int i = 0; i < n; ++i) {
    trace += H[i * n + i];
    for (int k = 0; k < n; ++k) trace -= x[i] * H[i * n + k] * x[k] / n;
  }
  for (int i = 0; i < n_all; ++i) {
    sum += all[i];
    PetscCall(KrExpect("ascending", i == 0 || all[i] >= all[i - 1]));
  }
  PetscCall(KrExpectEqualInt("N-1 eigenvalues", n_all, n - 1));
  PetscCall(KrExpectNear("trace", sum, trace, 1e-10)); /* N^2 terms of order 1: N^2 EPS = 1e-12 */
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_point(KrModel model, int n, const double x[])
{
  KrSpectrumOptions options = {.lowest = LOW, .highest = HIGH, .method = KR_SPECTRUM_LAPACK};
  double            low[2][LOW], high[2][HIGH], all[N_MAX], H[N_MAX * N_MAX], mu = 0.0;
  KrSpectrum        dense  = {.lowest = low[0], .highest = high[0], .all = all};
  KrSpectrum        krylov = {.lowest = low[1], .highest = high[1]};
  int               index  = -1;
  const double      tolerance =
    1e-9; /* a residual of 1e-9 times eigenvalues of order 1 bounds the error */

  PetscFunctionBeginUser;
  PetscCall(KrSpectrumCompute(&options, model, x, &dense));
  options.method = KR_SPECTRUM_SLEPC;
  PetscCall(KrSpectrumCompute(&options, model, x, &krylov));
  PetscCall(curvature(model, n, x, &mu, H));
  PetscCall(KrSpectrumInertia(n, x, mu, H, &index));
  PetscCall(KrExpectEqualInt("index by SLEPc", krylov.index, dense.index));
  PetscCall(KrExpectEqualInt("index by inertia", index, dense.index));
  PetscCall(KrExpectNear("margin", krylov.margin, dense.margin, tolerance));
  for (int i = 0; i < LOW; ++i) PetscCall(KrExpectNear("lowest", low[1][i], low[0][i], tolerance));
  for (int i = 0; i < HIGH; ++i)
    PetscCall(KrExpectNear("highest", high[1][i], high[0][i], tolerance));
  PetscCall(check_all(n, x, mu, H, dense.n_all, all));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_size(int n)
{
  KrModel model;
  double  x[N_MAX];

  PetscFunctionBeginUser;
  PetscCall(make_model(PETSC_COMM_WORLD, 3, n, &model));
  for (int sample = 0; sample < 3; ++sample) {
    draw_point(sample, n, x);
    PetscCall(descend(model, n, 30 * sample, sample == 2 ? -0.1 : 0.1, x));
    PetscCall(check_point(model, n, x));
  }
  PetscCall(KrModelDestroy(&model));
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char **argv)
{
  PetscFunctionBeginUser;
  PetscCall(KrTestBegin(&argc, &argv));
  PetscCall(check_size(30));
  PetscCall(check_size(N_MAX));
  return KrTestEnd();
}
