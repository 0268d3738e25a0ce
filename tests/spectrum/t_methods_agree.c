/* kr_test: ranks=1,2,4 labels=spectrum timeout=120 */
/* p = 3: LAPACK, SLEPc without and with a matrix and the LDL^T inertia tell the same, at a random point (zero deep in
   the bulk), on the way down to a minimum (zero near the lower end) and up to a maximum. */
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

/* The ends by a Krylov method against LAPACK's. */
static PetscErrorCode check_ends(KrModel model, int method, const double x[],
                                 const KrSpectrum *lapack)
{
  const KrSpectrumOptions options = {.lowest = LOW, .highest = HIGH, .method = method};
  double                  low[LOW], high[HIGH];
  KrSpectrum              krylov = {.lowest = low, .highest = high};
  /* LAPACK is off by some N EPS |H| = 1e-13; the residual of a Krylov pair is 1e-9 times |H| = 5 at most, and enters
     squared over the gap to the other eigenvalues: 1e-12 wants gaps above 3e-5, these points have none below 1e-3 */
  const double tolerance = 1e-12;

  PetscFunctionBeginUser;
  PetscCall(KrSpectrumCompute(&options, model, x, &krylov));
  PetscCall(KrExpectEqualInt("index", krylov.index, lapack->index));
  PetscCall(KrExpectNear("margin", krylov.margin, lapack->margin, tolerance));
  for (int i = 0; i < LOW; ++i)
    PetscCall(KrExpectNear("lowest", low[i], lapack->lowest[i], tolerance));
  for (int i = 0; i < HIGH; ++i)
    PetscCall(KrExpectNear("highest", high[i], lapack->highest[i], tolerance));
  PetscCall(KrExpectEqualInt("not all are known", krylov.n_all, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_point(KrModel model, int n, const double x[])
{
  const KrSpectrumOptions options = {.lowest = LOW, .highest = HIGH, .method = KR_SPECTRUM_LAPACK};
  double                  low[LOW], high[HIGH], all[N_MAX], H[N_MAX * N_MAX], mu = 0.0;
  KrSpectrum              lapack = {.lowest = low, .highest = high, .all = all};
  int                     index  = -1;

  PetscFunctionBeginUser;
  PetscCall(KrSpectrumCompute(&options, model, x, &lapack));
  PetscCall(check_ends(model, KR_SPECTRUM_SLEPC, x, &lapack));
  PetscCall(check_ends(model, KR_SPECTRUM_DENSE, x, &lapack));
  PetscCall(curvature(model, n, x, &mu, H));
  PetscCall(KrSpectrumInertia(n, x, mu, H, &index));
  PetscCall(KrExpectEqualInt("index by inertia", index, lapack.index));
  PetscCall(check_all(n, x, mu, H, lapack.n_all, all));
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
