/* Orthonormal Hermite functions of the weight exp(-u^2 / 2) and what the Pfaffians of kac_rice.md need of
   them on (-infinity, x). Every integral follows from phi_j' = (sqrt(j) phi_(j-1) - sqrt(j+1) phi_(j+1)) / 2
   by a forward recurrence whose factor sqrt(k / (k+1)) is below one: rounding errors do not grow. */
#include "hermite.h"
#include <math.h>

static const double pi = 3.14159265358979323846;

/*
  KrHermiteFunctions - Evaluates phi_0(x) ... phi_(n-1)(x).

  Not collective, pure

  Input:
+ n - number of functions, n >= 1
- x - point

  Output:
. phi - length n, orthonormal on the line: phi_j = He_j(x) exp(-x^2/4) / sqrt(sqrt(2 pi) j!)

  Errors: none; phi_0 underflows beyond |x| = 53
  Cost:   O(n)
  Source: docs/theory/kac_rice.md, eq. (8)
*/
void KrHermiteFunctions(int n, double x, double phi[])
{
  phi[0] = exp(-0.25 * x * x) / sqrt(sqrt(2.0 * pi));
  if (n > 1) phi[1] = x * phi[0];
  for (int j = 1; j + 1 < n; ++j)
    phi[j + 1] = (x * phi[j] - sqrt((double)j) * phi[j - 1]) / sqrt(j + 1.0);
}

/*
  KrHermiteIntegrals - Integrates phi_0 ... phi_(n-1) over (-infinity, x).

  Not collective, pure

  Input:
+ n   - number of functions, n >= 1
. x   - end of the half line
- phi - length n-1 at least, from KrHermiteFunctions() at x

  Output:
. left - length n

  Errors: none. Absolute error a few eps
  Cost:   O(n)
  Source: docs/theory/kac_rice.md, eq. (9)
*/
void KrHermiteIntegrals(int n, double x, const double phi[], double left[])
{
  left[0] = sqrt(pi) * erfc(-0.5 * x) / sqrt(sqrt(2.0 * pi));
  if (n > 1) left[1] = -2.0 * phi[0];
  for (int j = 1; j + 1 < n; ++j)
    left[j + 1] = (sqrt((double)j) * left[j - 1] - 2.0 * phi[j]) / sqrt(j + 1.0);
}

/* Overlap of phi_j and phi_k, j != k, on (-infinity, x), eq. (10). */
static double overlap(int j, int k, const double phi[], const double slope[])
{
  return (slope[j] * phi[k] - phi[j] * slope[k]) / (k - j);
}

/* Squared norms of phi_j on (-infinity, x), eq. (11); phi of length n+1, slope of length n+1. */
static void left_norms(int n, double x, const double phi[], const double slope[], double norm[])
{
  norm[0] = 0.5 * erfc(-x / sqrt(2.0));
  for (int j = 0; j + 1 < n; ++j) {
    double sum = sqrt(j + 1.0) * norm[j] - 2.0 * phi[j] * phi[j + 1];

    if (j > 0) sum += sqrt((double)j) * overlap(j - 1, j + 1, phi, slope);
    norm[j + 1] = (sum - sqrt(j + 2.0) * overlap(j, j + 2, phi, slope)) / sqrt(j + 1.0);
  }
}

/*
  KrHermiteHalfLine - Integrals of Hermite functions over (-infinity, x): simple and skew.

  Not collective, pure

  Input:
+ n - number of functions, n >= 1
- x - end of the half line

  Output:
+ phi  - length n+2: phi_0(x) ... phi_(n+1)(x)
. left - length n: integral of phi_j over (-infinity, x)
- skew - n x n row-major: integral of sgn(v-u) phi_j(u) phi_k(v) over u, v < x; antisymmetric, filled whole

  In/out:
. work - scratch, length 5 n + 10

  Errors: none. Absolute error a few n eps; small entries are not accurate to their own size
  Cost:   O(n^2)
  Source: docs/theory/kac_rice.md, eqs. (9)-(13)
*/
void KrHermiteHalfLine(int n, double x, double phi[], double left[], double skew[], double work[])
{
  double *slope = work;          // n + 1
  double *norm  = slope + n + 1; // n
  double *first = norm + n;      // n: integrals of phi_j left_0
  double *row   = first + n;     // n: integrals of phi_j left_k, fixed j

  KrHermiteFunctions(n + 2, x, phi);
  for (int j = 0; j <= n; ++j)
    slope[j] = 0.5 * ((j > 0 ? sqrt((double)j) * phi[j - 1] : 0.0) - sqrt(j + 1.0) * phi[j + 1]);
  KrHermiteIntegrals(n, x, phi, left);
  left_norms(n, x, phi, slope, norm);
  first[0] = 0.5 * left[0] * left[0];
  for (int j = 0; j + 1 < n; ++j) {
    const double below  = j > 0 ? sqrt((double)j) * first[j - 1] : 0.0;
    const double shared = j > 0 ? overlap(j, 0, phi, slope) : norm[0];

    first[j + 1] = (below - 2.0 * (phi[j] * left[0] - shared)) / sqrt(j + 1.0);
  }
  for (int j = 0; j < n; ++j) {
    row[0] = first[j];
    for (int k = 0; k + 1 < n; ++k) {
      const double shared = k == j ? norm[j] : overlap(j, k, phi, slope);

      row[k + 1] = ((k > 0 ? sqrt((double)k) * row[k - 1] : 0.0) - 2.0 * shared) / sqrt(k + 1.0);
    }
    skew[j * n + j] = 0.0;
    for (int k = j + 1; k < n; ++k) {
      skew[j * n + k] = left[j] * left[k] - 2.0 * row[k];
      skew[k * n + j] = -skew[j * n + k];
    }
  }
}
