/* Symmetric indefinite matrices, small and dense: A = P L D L^T P^T by the partial pivoting of Bunch and Kaufman, with
   L in its final order, so that its product can be checked. LAPACK's sytrf leaves the rows of L unswapped. */
#include <kacrice/certify.h>
#include <math.h>
#include <string.h>

#define ALPHA 0.6403882032022076 /* (1 + sqrt(17)) / 8: least growth of a step */

/* Rows and columns p and q change places; the columns of L that are done go along with their rows. */
static void swap(size_t m, double A[], int order[], size_t p, size_t q)
{
  const int place = order[p];

  if (p == q) return;
  order[p] = order[q];
  order[q] = place;
  for (size_t k = 0; k < m; ++k) {
    const double a = A[p * m + k];

    A[p * m + k] = A[q * m + k];
    A[q * m + k] = a;
  }
  for (size_t i = 0; i < m; ++i) {
    const double a = A[i * m + p];

    A[i * m + p] = A[i * m + q];
    A[i * m + q] = a;
  }
}

/* Row >= from, other than `column`, of the largest entry of a column. */
static size_t find_largest(size_t m, const double A[], size_t from, size_t column)
{
  size_t largest = from == column ? from + 1 : from;

  for (size_t i = from; i < m; ++i)
    if (i != column && fabs(A[column * m + i]) > fabs(A[column * m + largest])) largest = i;
  return largest;
}

/* Brings the next pivot to place k: returns its size 1 or 2, or 0 when the column is zero. */
static int choose_pivot(size_t m, double A[], int order[], size_t k)
{
  const double diagonal = fabs(A[k * m + k]);
  double       below, there;
  size_t       r;

  if (k + 1 == m) return diagonal > 0.0 ? 1 : 0;
  r     = find_largest(m, A, k, k);
  below = fabs(A[k * m + r]);
  if (!(diagonal > 0.0) && !(below > 0.0)) return 0;
  if (diagonal >= ALPHA * below) return 1;
  there = fabs(A[r * m + find_largest(m, A, k, r)]);
  if (diagonal * there >= ALPHA * below * below) return 1;
  if (fabs(A[r * m + r]) >= ALPHA * there) {
    swap(m, A, order, k, r);
    return 1;
  }
  swap(m, A, order, k + 1, r);
  return 2;
}

/* Eliminates column k, and leaves the column of L in its place. */
static void eliminate_one(size_t m, double A[], size_t k)
{
  const double *pivot = A + k * m;

  for (size_t i = k + 1; i < m; ++i) {
    double      *row = A + i * m;
    const double l   = row[k] / pivot[k];

    for (size_t j = k + 1; j < m; ++j) row[j] -= l * pivot[j];
    row[k] = l;
  }
}

static void eliminate_two(size_t m, double A[], size_t k)
{
  const double *first = A + k * m, *second = first + m;
  const double  a = first[k] / first[k + 1], c = second[k + 1] / first[k + 1]; /* by the largest */
  const double  scale = 1.0 / ((a * c - 1.0) * first[k + 1]);

  for (size_t i = k + 2; i < m; ++i) {
    double      *row = A + i * m;
    const double l0 = (c * row[k] - row[k + 1]) * scale, l1 = (a * row[k + 1] - row[k]) * scale;

    for (size_t j = k + 2; j < m; ++j) row[j] -= l0 * first[j] + l1 * second[j];
    row[k]     = l0;
    row[k + 1] = l1;
  }
}

/*
  KrSymmetricFactor - Factorises a symmetric matrix, A = P L D L^T P^T, up to rounding.

  Not collective

  Input:
. m - size, 1 or more

  In/out:
. A - m x m, row major, symmetric, both triangles; out: L, unit lower triangular, with zeros above

  Output:
+ order - row i of L is row order[i] of A
- D     - 2 m places: the diagonal of D, then below it; a 2 x 2 block at i, i+1 has D[m+i] != 0

  Returns: 1, or 0 when a column vanished: then nothing of the output is of use
  Errors:  none
  Cost:    2/3 m^3 operations
  Source:  Bunch & Kaufman 1977; docs/theory/certificates.md, section 4
  See:     KrSymmetricInvert(), KrSymmetricInertia()
*/
int KrSymmetricFactor(int m, double A[], int order[], double D[])
{
  const size_t size = (size_t)m;

  for (int i = 0; i < m; ++i) order[i] = i;
  (void)memset(D, 0, 2 * size * sizeof *D);
  for (size_t k = 0; k < size;) {
    const int width = choose_pivot(size, A, order, k);

    if (width == 0) return 0;
    if (width == 1) eliminate_one(size, A, k);
    else eliminate_two(size, A, k);
    for (size_t b = k; b < k + (size_t)width; ++b) D[b] = A[b * size + b];
    if (width == 2) {
      D[size + k]           = A[(k + 1) * size + k];
      A[(k + 1) * size + k] = 0.0;
    }
    k += (size_t)width;
  }
  for (size_t i = 0; i < size; ++i) {
    A[i * size + i] = 1.0;
    for (size_t j = i + 1; j < size; ++j) A[i * size + j] = 0.0;
  }
  return 1;
}

/* X = L^{-1}, lower triangular, row by row. */
static void invert_triangle(size_t m, const double L[], double X[])
{
  for (size_t i = 0; i < m; ++i) {
    double *row = X + i * m;

    (void)memset(row, 0, m * sizeof *row);
    row[i] = 1.0;
    for (size_t k = 0; k < i; ++k) {
      const double l = L[i * m + k];

      for (size_t j = 0; j <= k; ++j) row[j] -= l * X[k * m + j];
    }
  }
}

/* Row i of D^{-1} X, with D of the shape of KrSymmetricFactor(); as long as two rows of X. */
static void solve_row(size_t m, const double D[], const double X[], size_t i, double row[])
{
  const int     is_second = i > 0 && D[m + i - 1] != 0.0;
  const size_t  first     = is_second ? i - 1 : i;
  const double  off       = D[m + first];
  const double *top = X + first * m, *bottom = top + m;
  double        a, c, scale;

  if (off == 0.0) {
    for (size_t j = 0; j <= i; ++j) row[j] = top[j] / D[i];
    return;
  }
  a     = D[first] / off;
  c     = D[first + 1] / off;
  scale = 1.0 / ((a * c - 1.0) * off);
  for (size_t j = 0; j <= first + 1; ++j)
    row[j] = (is_second ? a * bottom[j] - top[j] : c * top[j] - bottom[j]) * scale;
}

/*
  KrSymmetricInvert - Inverts a symmetric matrix from its factors, up to rounding: L^{-T} D^{-1} L^{-1}.

  Not collective

  Input:
+ m - size
. L - m x m, from KrSymmetricFactor()
- D - 2 m, likewise

  Output:
+ work    - m x m + m places
- inverse - m x m, exactly symmetric: of the matrix in the order of the rows of L

  Errors: none; a division by zero shows as infinity
  Cost:   m^3 operations
  Source: docs/theory/certificates.md, section 2
  See:    KrSymmetricFactor()
*/
void KrSymmetricInvert(int m, const double L[], const double D[], double work[], double inverse[])
{
  const size_t size = (size_t)m;
  double      *X = work, *row = work + size * size;

  invert_triangle(size, L, X);
  (void)memset(inverse, 0, size * size * sizeof *inverse);
  for (size_t i = 0; i < size; ++i) {
    const size_t length = i + 1 < size && D[size + i] != 0.0 ? i + 2 : i + 1;

    solve_row(size, D, X, i, row);
    for (size_t a = 0; a <= i; ++a) { /* upper triangle only */
      const double x = X[i * size + a];

      for (size_t b = a; b < length; ++b) inverse[a * size + b] += x * row[b];
    }
  }
  for (size_t a = 0; a < size; ++a)
    for (size_t b = 0; b < a; ++b) inverse[a * size + b] = inverse[b * size + a];
}

/*
  KrSymmetricInertia - Counts the negative eigenvalues of D exactly.

  Not collective

  Input:
+ m - size
- D - 2 m, from KrSymmetricFactor()

  Returns: the number; -1 when rounding leaves a block in doubt
  Errors:  none
  Cost:    m
  Source:  docs/theory/certificates.md, section 4
  See:     KrSymmetricFactor()
*/
int KrSymmetricInertia(int m, const double D[])
{
  int n_negative = 0;

  for (int i = 0; i < m; ++i) {
    const double off = D[m + i];

    if (off == 0.0) {
      if (!(D[i] > 0.0) && !(D[i] < 0.0)) return -1;
      n_negative += D[i] < 0.0;
    } else { /* Bunch and Kaufman take such a block only when its determinant is far below zero */
      if (!(fabs(D[i] / off) * fabs(D[i + 1] / off) < 0.99)) return -1;
      n_negative += 1;
      ++i;
    }
  }
  return n_negative;
}
