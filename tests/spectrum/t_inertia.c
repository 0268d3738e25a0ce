/* kr_test: ranks=1 labels=spectrum timeout=30 */
/* The bordered inertia counts tangent directions only: matrices H'' = sum_i s_i q_i q_i^T, columns q_i of a reflector
   as eigenvectors and x = sqrt(N) q_0, so the tangent spectrum is s_1 - mu, s_2 - mu, ... by construction. */
#include "spectrum_test.h"

#define N_MAX 30

/* H'' with eigenvalues s on the columns of 1 - 2 v v^T, v a random unit vector; x is the first column's direction. */
static void make_matrix(int n, const double s[], double x[], double H[])
{
  double v[N_MAX], Q[N_MAX][N_MAX];

  draw_point(9, n, v);
  for (int i = 0; i < n; ++i)
    for (int k = 0; k < n; ++k) Q[i][k] = (i == k) - 2.0 * v[i] * v[k] / n;
  for (int i = 0; i < n; ++i) {
    x[i] = sqrt((double)n) * Q[i][0];
    for (int k = 0; k < n; ++k) {
      H[i * n + k] = 0.0;
      for (int a = 0; a < n; ++a) H[i * n + k] += s[a] * Q[i][a] * Q[k][a];
    }
  }
}

/* Radial eigenvalue s_0 of any size and sign; `negative` of the others below mu. */
static PetscErrorCode check_count(int n, int negative, double radial)
{
  const double mu = 0.7;
  double       s[N_MAX], x[N_MAX], H[N_MAX * N_MAX];
  int          index = -1;

  PetscFunctionBeginUser;
  s[0] = radial;
  for (int i = 1; i < n; ++i) s[i] = mu + (i <= negative ? -0.1 * i : 0.2 * i);
  make_matrix(n, s, x, H);
  PetscCall(KrSpectrumInertia(n, x, mu, H, &index));
  PetscCall(KrExpectEqualInt("index", index, negative));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* H'' = mu: every tangent eigenvalue is zero, none negative, and the factorisation is singular when N > 1. */
static PetscErrorCode check_zero(int n)
{
  double x[N_MAX], H[N_MAX * N_MAX] = {0.0};
  int    index = -1;

  PetscFunctionBeginUser;
  (void)memset(x, 0, sizeof x);
  x[0] = sqrt((double)n);
  PetscCall(KrSpectrumInertia(n, x, 0.0, H, &index));
  PetscCall(KrExpectEqualInt("zero is not negative", index, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char **argv)
{
  static const int    sizes[]   = {1, 2, 3, 8, N_MAX};
  static const double radials[] = {-1e6, -1.0, 0.0, 0.7, 1.0, 1e6};

  PetscFunctionBeginUser;
  PetscCall(KrTestBegin(&argc, &argv));
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(sizes); ++i) {
    PetscCall(check_zero(sizes[i]));
    for (int negative = 0; negative < sizes[i]; ++negative)
      for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(radials); ++k)
        PetscCall(check_count(sizes[i], negative, radials[k]));
  }
  return KrTestEnd();
}
