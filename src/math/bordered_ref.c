/* Newton's bordered equations by plain Gaussian elimination: the oracle of KrKernels.bordered_lanes. */
#include "contract_impl.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Eigenvalues below zero of the symmetric m x m matrix M, which is destroyed, by Jacobi's rotations. */
static int count_negative(int m, double *M)
{
  int count = 0;

  for (int sweep = 0; sweep < 30; ++sweep)
    for (int p = 0; p < m; ++p)
      for (int q = p + 1; q < m; ++q) {
        const double angle = 0.5 * atan2(2.0 * M[p * m + q], M[q * m + q] - M[p * m + p]);
        const double c = cos(angle), s = sin(angle);

        for (int k = 0; k < m; ++k) {
          const double a = M[p * m + k], b = M[q * m + k];

          M[p * m + k] = c * a - s * b;
          M[q * m + k] = s * a + c * b;
        }
        for (int k = 0; k < m; ++k) {
          const double a = M[k * m + p], b = M[k * m + q];

          M[k * m + p] = c * a - s * b;
          M[k * m + q] = s * a + c * b;
        }
      }
  for (int i = 0; i < m; ++i) count += M[i * m + i] < 0.0;
  return count;
}

/* Solves the m x m system M y = b by elimination with partial pivoting; both are destroyed, b becomes y. */
static void solve(int m, double *M, double *b)
{
  for (int j = 0; j < m; ++j) {
    int best = j;

    for (int i = j + 1; i < m; ++i)
      if (fabs(M[i * m + j]) > fabs(M[best * m + j])) best = i;
    for (int k = 0; k <= m; ++k) { /* k = m: the right side */
      double      *p = k < m ? &M[j * m + k] : &b[j], *q = k < m ? &M[best * m + k] : &b[best];
      const double kept = *p;

      *p = *q;
      *q = kept;
    }
    for (int i = j + 1; i < m; ++i) {
      const double factor = M[i * m + j] / M[j * m + j];

      for (int k = j; k < m; ++k) M[i * m + k] -= factor * M[j * m + k];
      b[i] -= factor * b[j];
    }
  }
  for (int i = m - 1; i >= 0; --i) {
    for (int k = i + 1; k < m; ++k) b[i] -= M[i * m + k] * b[k];
    b[i] /= M[i * m + i];
  }
}

/* The (N+1) x (N+1) system  [H'' - mu, -x; -x^T, 0] (d, dmu) = (-r, 0)  of each lane; sigma and work are not used. NaN
   where there is no memory. */
void KrBorderedLanesReference(int n, double A[], const double X[], const double mu[],
                              const double sigma[], double D[], double dmu[], double index[],
                              double work[])
{
  const int    m    = n + 1;
  const size_t size = (size_t)m * (size_t)m;
  double      *M = malloc(2 * sizeof *M * size), *b = malloc(sizeof *b * (size_t)m);

  (void)sigma;
  (void)work;
  for (int l = 0; l < KR_LANES; ++l) {
    for (int i = 0; M != NULL && b != NULL && i < n; ++i) {
      for (int k = i; k < n; ++k)
        M[i * m + k] = M[k * m + i] = A[(i * n + k) * KR_LANES + l] * (i == k ? 2.0 : 1.0);
      M[i * m + i] -= mu[l];
      M[i * m + n] = M[n * m + i] = -X[i * KR_LANES + l];
      b[i]                        = -D[i * KR_LANES + l];
    }
    if (M != NULL && b != NULL) {
      M[n * m + n] = b[n] = 0.0;
      (void)memcpy(M + size, M, size * sizeof *M);
      index[l] = count_negative(m, M + size) - 1; /* the border adds one of either sign */
      solve(m, M, b);
    }
    for (int i = 0; i < n; ++i) D[i * KR_LANES + l] = M != NULL && b != NULL ? b[i] : NAN;
    dmu[l] = M != NULL && b != NULL ? b[n] : NAN;
  }
  free(M);
  free(b);
}

/* The n x n system  (A + A^T) d = -r  of each lane; work is not used. NaN where there is no memory. */
void KrSymmetricLanesReference(int n, double A[], double D[], double index[], double work[])
{
  const size_t size = (size_t)n * (size_t)n;
  double      *M = malloc(2 * sizeof *M * size), *b = malloc(sizeof *b * (size_t)n);

  (void)work;
  for (int l = 0; l < KR_LANES; ++l) {
    for (int i = 0; M != NULL && b != NULL && i < n; ++i) {
      for (int k = i; k < n; ++k)
        M[i * n + k] = M[k * n + i] = A[(i * n + k) * KR_LANES + l] * (i == k ? 2.0 : 1.0);
      b[i] = -D[i * KR_LANES + l];
    }
    if (M != NULL && b != NULL) {
      (void)memcpy(M + size, M, size * sizeof *M);
      index[l] = count_negative(n, M + size);
      solve(n, M, b);
    }
    for (int i = 0; i < n; ++i) D[i * KR_LANES + l] = M != NULL && b != NULL ? b[i] : NAN;
  }
  free(M);
  free(b);
}
