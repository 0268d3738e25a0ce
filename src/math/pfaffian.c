/* Skew Gaussian elimination by 2 x 2 pivots (Parlett & Reid's pivoting). Real and imaginary parts are apart
   so that the inner loop is plain contiguous arithmetic. */
#include "pfaffian.h"
#include <math.h>

/* Exchanges rows and columns i < j of the upper triangle of an n x n antisymmetric matrix. */
static void swap_symmetric(int n, double m[], int i, int j)
{
  double keep;

  for (int r = 0; r < i; ++r) {
    keep         = m[r * n + i];
    m[r * n + i] = m[r * n + j];
    m[r * n + j] = keep;
  }
  for (int r = i + 1; r < j; ++r) { /* entry (i, r) becomes (r, j) = -(j, r) */
    keep         = m[i * n + r];
    m[i * n + r] = -m[r * n + j];
    m[r * n + j] = -keep;
  }
  for (int c = j + 1; c < n; ++c) {
    keep         = m[i * n + c];
    m[i * n + c] = m[j * n + c];
    m[j * n + c] = keep;
  }
  m[i * n + j] = -m[i * n + j];
}

/* Column of the largest entry of row k among k+1 ... end-1. */
static int pivot_column(int n, int end, const double re[], const double im[], int k)
{
  double largest = -1.0;
  int    column  = k + 1;

  for (int j = k + 1; j < end; ++j) {
    const double size = re[k * n + j] * re[k * n + j] + im[k * n + j] * im[k * n + j];

    if (size > largest) {
      largest = size;
      column  = j;
    }
  }
  return column;
}

/* Schur complement of the pivot (k, k+1): m_ij -= (alpha_i beta_j - beta_i alpha_j) / pivot, i < j. */
static void eliminate_pair(int n, double re[], double im[], int k, double complex pivot)
{
  const double *ar = re + k * n, *ai = im + k * n;             // alpha: row k
  const double *br = re + (k + 1) * n, *bi = im + (k + 1) * n; // beta: row k+1

  for (int i = k + 2; i < n; ++i) {
    const double complex alpha = (ar[i] + I * ai[i]) / pivot;
    const double complex beta  = (br[i] + I * bi[i]) / pivot;
    const double         pr = creal(alpha), pi = cimag(alpha), qr = creal(beta), qi = cimag(beta);
    double *restrict mr = re + i * n;
    double *restrict mi = im + i * n;

    for (int j = i + 1; j < n; ++j) {
      mr[j] -= pr * br[j] - pi * bi[j] - qr * ar[j] + qi * ai[j];
      mi[j] -= pr * bi[j] + pi * br[j] - qr * ai[j] - qi * ar[j];
    }
  }
}

/*
  KrPfaffianEliminate - Pfaffian of the leading block of an antisymmetric matrix; the rest becomes its Schur
                        complement.

  Not collective, pure

  Input:
+ n        - order of the leading block, even
. n_border - further rows and columns, >= 0
. shrink   - factor put on each of the first n_shrink pivots, to keep the product in range; 1 for none
- n_shrink - see shrink

  In/out:
+ re - real part, (n + n_border)^2 row-major; only entries above the diagonal are read
- im - imaginary part, likewise. On return the entries above the diagonal of the last n_border rows are the
       Schur complement S, so that the Pfaffian bordered by b and c alone is the returned value times S_bc

  Returns: shrink^min(n_shrink, n/2) Pf(leading block); 0 when a row vanishes

  Cost:   n^3 / 6 complex multiply-adds
  Source: docs/theory/kac_rice.md, eqs. (6), (7); Wimmer, ACM Trans. Math. Softw. 38 (2012) 30
*/
double complex KrPfaffianEliminate(int n, int n_border, double re[], double im[], double shrink,
                                   int n_shrink)
{
  const int      order    = n + n_border;
  double complex pfaffian = 1.0;

  for (int k = 0; k < n; k += 2) {
    const int      column = pivot_column(order, n, re, im, k);
    double complex pivot;

    if (column != k + 1) {
      swap_symmetric(order, re, k + 1, column);
      swap_symmetric(order, im, k + 1, column);
      pfaffian = -pfaffian;
    }
    pivot = re[k * order + k + 1] + I * im[k * order + k + 1];
    if (pivot == 0.0) return 0.0;
    pfaffian *= k / 2 < n_shrink ? shrink * pivot : pivot;
    eliminate_pair(order, re, im, k, pivot);
  }
  return pfaffian;
}
