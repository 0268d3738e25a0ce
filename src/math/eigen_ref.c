/* Newton's equations of complex eigenpairs by Gaussian elimination with pivoting: the oracle of
   KrKernels.eigen_lanes. */
#include "contract_impl.h"
#include <complex.h>
#include <math.h>
#include <stdlib.h>

typedef double complex Number;

static Number get(const double z[], int i, int lane)
{
  return z[2 * i * KR_LANES + lane] + I * z[(2 * i + 1) * KR_LANES + lane];
}

static void put(double z[], int i, int lane, Number value)
{
  z[2 * i * KR_LANES + lane]       = creal(value);
  z[(2 * i + 1) * KR_LANES + lane] = cimag(value);
}

/* Element (i, k) of T x^{p-2}. */
static Number contracted(const KrEigenLanes *at, int i, int k, int lane)
{
  const int     n = at->n, row = i < k ? i : k, col = i < k ? k : i, size = n * n * KR_LANES;
  const double *A = at->A + (row * n + col) * KR_LANES + lane;
  const double  a = A[0], b = A[size], twice = i == k ? 2.0 : 1.0;

  return twice * (at->order == 3 ? a + I * b : a - b + I * (A[2 * size] - a - b));
}

/* Solves the m x m system M z = b for two right sides, row j of b at b[2*j]; both are destroyed, b becomes z. */
static void solve(int m, Number *M, Number *b)
{
  for (int j = 0; j < m; ++j) {
    int best = j;

    for (int i = j + 1; i < m; ++i)
      if (cabs(M[i * m + j]) > cabs(M[best * m + j])) best = i;
    for (int k = 0; k < m + 2; ++k) { /* the last two: right sides */
      Number      *p    = k < m ? &M[j * m + k] : &b[2 * j + k - m];
      Number      *q    = k < m ? &M[best * m + k] : &b[2 * best + k - m];
      const Number kept = *p;

      *p = *q;
      *q = kept;
    }
    for (int i = 0; i < m; ++i) {
      const Number factor = i == j ? 0.0 : M[i * m + j] / M[j * m + j];

      for (int k = j; k < m; ++k) M[i * m + k] -= factor * M[j * m + k];
      for (int k = 0; k < 2; ++k) b[2 * i + k] -= factor * b[2 * j + k];
    }
  }
  for (int i = 0; i < m; ++i)
    for (int k = 0; k < 2; ++k) b[2 * i + k] /= M[i * m + i];
}

/* The (N+1) x (N+1) system of one lane: columns x and lambda, rows F and c . x = 1; right sides -F and -dF/ds. */
static void fill(const KrEigenLanes *at, int lane, Number *M, Number *b)
{
  const int    n = at->n, m = n + 1;
  const double s      = at->s[lane];
  const Number lambda = get(at->Y, n, lane);

  b[2 * n] = 1.0;
  for (int i = 0; i < n; ++i) {
    const Number x = get(at->Y, i, lane);
    const Number d =
      (at->diagonal[2 * i] + I * at->diagonal[2 * i + 1]) * (at->order == 3 ? x : x * x);
    Number y = 0.0;

    for (int k = 0; k < n; ++k) {
      M[i * m + k] = s * (at->order - 1) * contracted(at, i, k, lane);
      y += contracted(at, i, k, lane) * get(at->Y, k, lane);
    }
    M[i * m + i] += (1.0 - s) * (at->order - 1) * d - lambda;
    M[i * m + n] = -x;
    M[n * m + i] = get(at->patch, i, lane);
    b[2 * n] -= get(at->patch, i, lane) * x;
    b[2 * i]     = lambda * x - (1.0 - s) * d * x - s * y;
    b[2 * i + 1] = d * x - y;
  }
  M[n * m + n] = b[2 * n + 1] = 0.0;
}

/* NaN where there is no memory. */
void KrEigenLanesReference(const KrEigenLanes *at)
{
  const int m = at->n + 1;
  Number   *M = malloc(sizeof *M * (size_t)(m * m)), *b = malloc(2 * sizeof *b * (size_t)m);

  for (int l = 0; l < KR_LANES; ++l) {
    at->size[l] = at->length[l] = M == NULL || b == NULL ? NAN : 0.0;
    if (M == NULL || b == NULL) continue;
    fill(at, l, M, b);
    solve(m, M, b);
    for (int i = 0; i < m; ++i) {
      const Number y = get(at->Y, i, l) + b[2 * i];

      put(at->step, i, l, b[2 * i]);
      put(at->tangent, i, l, b[2 * i + 1]);
      put(at->Y, i, l, y);
      at->size[l] += creal(b[2 * i] * conj(b[2 * i]));
      if (i < at->n) at->length[l] += creal(y * conj(y));
    }
  }
  free(M);
  free(b);
}

void KrCombineLanesReference(size_t n_rows, int n_terms, const double *const terms[],
                             const double factors[], double target[])
{
  for (size_t i = 0; i < n_rows * KR_LANES; ++i) {
    double sum = 0.0;

    for (int t = 0; t < n_terms; ++t)
      sum += factors[(size_t)t * KR_LANES + i % KR_LANES] * terms[t][i];
    target[i] = sum;
  }
}
