/* kr_test: ranks=1,2,4 labels=spectrum,oracle timeout=120 */
/* p = 2, H = N^{-1/2} T(x, x): at the eigenvector x_a of S = N^{-1/2} T the tangent eigenvalues are
   2 (s_b - s_a), b != a, because H'' = 2 S and mu = 2 s_a; the index is a. */
#include "spectrum_test.h"
#include <petscblaslapack.h>

#define N_MAX 12
#define KEEP  3

/* Eigenpairs of S = H''/2, ascending; vectors in the rows of S. */
static PetscErrorCode eigenpairs(int n, double S[], double values[])
{
  PetscBLASInt size = n, lwork = 16 * N_MAX, info;
  double       work[16 * N_MAX];

  PetscFunctionBeginUser;
  PetscCallBLAS("LAPACKsyev", LAPACKsyev_("V", "L", &size, S, &size, values, work, &lwork, &info));
  PetscCall(KrExpectEqualInt("syev", info, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The b-th tangent eigenvalue at x_a, ascending; NaN beyond N-1. */
static double expected(int n, const double s[], int a, int b)
{
  if (b < 0 || b >= n - 1) return NAN;
  return 2.0 * (s[b < a ? b : b + 1] - s[a]);
}

static PetscErrorCode expect_value(const char name[], double got, double want)
{
  PetscFunctionBeginUser;
  /* |S| < 3: LAPACK is off by some 100 EPS |S|; SLEPc's residual is 1e-9 |S|, which enters squared over the gap
     (1e-18 / 1e-5 for the closest pair of levels) */
  if (isnan(want)) PetscCall(KrExpect(name, isnan(got)));
  else PetscCall(KrExpectNear(name, got, want, 1e-11));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_point(KrModel model, int method, int n, const double s[], int a,
                                  const double x[])
{
  const KrSpectrumOptions options = {.lowest = KEEP, .highest = KEEP, .method = method};
  double                  lowest[KEEP], highest[KEEP], all[N_MAX], margin = INFINITY;
  KrSpectrum              spectrum = {.lowest = lowest, .highest = highest, .all = all};

  PetscFunctionBeginUser;
  PetscCall(KrSpectrumCompute(&options, model, x, &spectrum));
  for (int b = 0; b < n - 1; ++b) margin = fmin(margin, fabs(expected(n, s, a, b)));
  PetscCall(KrExpectEqualInt("index", spectrum.index, a));
  PetscCall(expect_value("margin", spectrum.margin, margin));
  for (int i = 0; i < KEEP; ++i) {
    PetscCall(expect_value("lowest", lowest[i], expected(n, s, a, i)));
    PetscCall(expect_value("highest", highest[i], expected(n, s, a, n - 2 - i)));
  }
  PetscCall(KrExpectEqualInt("all", spectrum.n_all, method == KR_SPECTRUM_LAPACK ? n - 1 : 0));
  for (int b = 0; b < spectrum.n_all; ++b)
    PetscCall(expect_value("all", all[b], expected(n, s, a, b)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_size(int n)
{
  KrModel model;
  double  S[N_MAX * N_MAX], s[N_MAX], x[N_MAX], mu = 0.0;
  int     index = -1;

  PetscFunctionBeginUser;
  PetscCall(make_model(PETSC_COMM_WORLD, 2, n, &model));
  draw_point(0, n, x);
  PetscCall(curvature(model, n, x, &mu, S));
  for (int i = 0; i < n * n; ++i) S[i] *= 0.5;
  PetscCall(eigenpairs(n, S, s));
  for (int a = 0; a < n; ++a) {
    double H[N_MAX * N_MAX];

    (void)memcpy(x, S + a * n, (size_t)n * sizeof *x);
    KrSphereNormalise(n, x);
    PetscCall(check_point(model, KR_SPECTRUM_LAPACK, n, s, a, x));
    PetscCall(check_point(model, KR_SPECTRUM_SLEPC, n, s, a, x));
    PetscCall(check_point(model, KR_SPECTRUM_DENSE, n, s, a, x));
    PetscCall(curvature(model, n, x, &mu, H));
    PetscCall(KrSpectrumInertia(n, x, mu, H, &index));
    PetscCall(KrExpectEqualInt("inertia", index, a));
  }
  PetscCall(KrModelDestroy(&model));
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char **argv)
{
  static const int sizes[] = {2, 3, 5, N_MAX}; /* below 4 more are asked for than there are */

  PetscFunctionBeginUser;
  PetscCall(KrTestBegin(&argc, &argv));
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(sizes); ++i) PetscCall(check_size(sizes[i]));
  return KrTestEnd();
}
