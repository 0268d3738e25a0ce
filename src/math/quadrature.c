/* Nodes as zeros of the orthogonal polynomial itself, found to rounding; no tables. */
#include "quadrature.h"
#include "hermite.h"
#include <math.h>

#define MAX_HERMITE 32

static const double pi = 3.14159265358979323846;

/* Legendre polynomial P_n(t) and its derivative, |t| < 1. */
static double legendre(int n, double t, double *slope)
{
  double before = 1.0, value = t;

  for (int j = 2; j <= n; ++j) {
    const double next = ((2.0 * j - 1.0) * t * value - (j - 1.0) * before) / j;

    before = value;
    value  = next;
  }
  *slope = n * (before - t * value) / (1.0 - t * t);
  return value;
}

/*
  KrGaussLegendre - Nodes and weights of the n-point Gauss rule on [-1, 1].

  Not collective, pure

  Input:
. n - number of points, n >= 2

  Output:
+ node   - length n, ascending
- weight - length n, sum 2

  Cost:   O(n^2)
  Source: Abramowitz & Stegun 25.4.29; starting values: Tricomi
*/
void KrGaussLegendre(int n, double node[], double weight[])
{
  for (int i = 0; i < n; ++i) {
    double t = -cos(pi * (i + 0.75) / (n + 0.5)), slope;

    for (int step = 0; step < 8; ++step) { /* quadratic: five already reach rounding */
      const double value = legendre(n, t, &slope);

      t -= value / slope;
    }
    (void)legendre(n, t, &slope);
    node[i]   = t;
    weight[i] = 2.0 / ((1.0 - t * t) * slope * slope);
  }
}

/* phi_n(t) of hermite.h. */
static double hermite_value(int n, double t)
{
  double phi[MAX_HERMITE + 1];

  KrHermiteFunctions(n + 1, t, phi);
  return phi[n];
}

/*
  KrGaussHermite - Nodes and weights of the n-point rule for a standard Gaussian variable.

  Not collective, pure

  Input:
. n - number of points, 2 <= n <= 32

  Output:
+ node   - length n, ascending
- weight - length n, sum 1

  Cost:   O(n^2 log(1/eps)): bisection between sign changes on a grid finer than any gap
  Source: Abramowitz & Stegun 25.4.46, for the weight exp(-t^2/2)
*/
void KrGaussHermite(int n, double node[], double weight[])
{
  const double edge = 2.0 * sqrt((double)n), grid = 1.0 / n; /* gaps exceed pi / (2 sqrt(n)) */
  double       phi[MAX_HERMITE + 1];
  int          found = 0;

  for (double low = -edge; found < n && low < edge; low += grid) {
    double a = low, b = low + grid, sum = 0.0;

    if (hermite_value(n, a) * hermite_value(n, b) > 0.0) continue;
    for (int step = 0; step < 60; ++step) {
      const double middle = 0.5 * (a + b);

      if (hermite_value(n, a) * hermite_value(n, middle) <= 0.0) b = middle;
      else a = middle;
    }
    KrHermiteFunctions(n, a, phi);
    for (int j = 0; j < n; ++j) sum += phi[j] * phi[j];
    node[found]     = a;
    weight[found++] = phi[0] * phi[0] / sum; /* Christoffel number */
  }
}
