/* kr_test: ranks=1,2,4 labels=spectrum timeout=120 */
/* The radial direction is never in a spectrum. Adding B u (x) u (x) u, u = x/|x|, to a tensor of p = 3 changes nothing
   at x but the radial derivative, by 3 B / sqrt(N), and the radial entry of H'': every tangent eigenvalue moves by
   -3 B / sqrt(N), while a radial one would stay at 0 or move the other way, outside the band. */
#include "spectrum_test.h"

#define N     20
#define COUNT 1540 /* binomial(22, 3) */
#define LOW   3
#define HIGH  3
#define SHIFT 1e3

/* Adds amplitude u_i u_j u_k, with its multiplicity, to every coefficient i <= j <= k in lexicographic order. */
static void add_rank_one(double amplitude, const double u[], double sorted[])
{
  int place = 0;

  for (int i = 0; i < N; ++i)
    for (int j = i; j < N; ++j)
      for (int k = j; k < N; ++k) {
        const int tuple[3] = {i, j, k};

        sorted[place++] += amplitude * KrTupleMultiplicity(3, tuple) * u[i] * u[j] * u[k];
      }
}

/* A model with mu shifted at x. */
static PetscErrorCode make_shifted(const double x[], double shift, KrModel *model)
{
  KrModel one;
  double  sorted[COUNT], u[N];

  PetscFunctionBeginUser;
  PetscCall(make_model(PETSC_COMM_SELF, 3, N, &one));
  PetscCall(KrModelGetTensor(one, 3, sorted));
  PetscCall(KrModelDestroy(&one));
  for (int i = 0; i < N; ++i) u[i] = x[i] / sqrt((double)N);
  add_rank_one(shift * sqrt((double)N) / 3.0, u, sorted);
  PetscCall(make_model(PETSC_COMM_WORLD, 3, N, model));
  PetscCall(KrModelSetTensor(*model, 3, sorted));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode compute(int method, double shift, KrSpectrum *spectrum)
{
  const KrSpectrumOptions options = {.lowest = LOW, .highest = HIGH, .method = method};
  KrModel                 model;
  double                  x[N];

  PetscFunctionBeginUser;
  draw_point(5, N, x);
  PetscCall(make_shifted(x, shift, &model));
  PetscCall(KrSpectrumCompute(&options, model, x, spectrum));
  PetscCall(KrModelDestroy(&model));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_shift(int method, double shift)
{
  double     low[2][LOW], high[2][HIGH];
  KrSpectrum base    = {.lowest = low[0], .highest = high[0]};
  KrSpectrum shifted = {.lowest = low[1], .highest = high[1]};
  /* eigenvalues of size 1e3: LAPACK is off by 1e3 N EPS = 4e-12; SLEPc's residual of 1e-6 enters squared over the
     gaps, above 1e-3 here */
  const double tolerance = 1e-9;

  PetscFunctionBeginUser;
  PetscCall(compute(method, 0.0, &base));
  PetscCall(compute(method, shift, &shifted));
  for (int i = 0; i < LOW; ++i)
    PetscCall(KrExpectNear("lowest", low[1][i], low[0][i] - shift, tolerance));
  for (int i = 0; i < HIGH; ++i)
    PetscCall(KrExpectNear("highest", high[1][i], high[0][i] - shift, tolerance));
  PetscCall(KrExpectEqualInt("index", shifted.index, shift > 0.0 ? N - 1 : 0));
  PetscCall(KrExpectNear("margin", shifted.margin, fmin(fabs(low[1][0]), fabs(high[1][0])), 0.0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char **argv)
{
  PetscFunctionBeginUser;
  PetscCall(KrTestBegin(&argc, &argv));
  for (int sign = -1; sign <= 1; sign += 2) {
    PetscCall(check_shift(KR_SPECTRUM_LAPACK, sign * SHIFT));
    PetscCall(check_shift(KR_SPECTRUM_SLEPC, sign * SHIFT));
  }
  return KrTestEnd();
}
