/* Zeros by bisection, and a grid that is dense at both ends. Inside layer 1. */
#pragma once
#include <math.h>

typedef double (*KrScalarFn)(double x, const void *context);

/* Where value turns from positive (at the side of `from`) to not positive, to the last bit; `to` may be the smaller. */
static inline double bisect(KrScalarFn value, const void *context, double from, double to)
{
  double middle = 0.5 * (from + to);

  while (middle != from && middle != to) {
    if (value(middle, context) > 0.0) from = middle;
    else to = middle;
    middle = 0.5 * (from + to);
  }
  return middle;
}

/* Point i of n + 1 from 0 to 1, spacing quadratic at the ends. */
static inline double grid_point(int i, int n)
{
  const double s = sin(1.57079632679489662 * i / n);

  return s * s;
}

/* h(s) = -(ln(1-s) + s) / s^2 = 1/2 + s/3 + s^2/4 + ..., 0 <= s < 1; without cancellation. */
static inline double log_remainder(double s)
{
  double sum = 0.0, power = 1.0;

  if (s > 0.3) return -(log1p(-s) + s) / (s * s);
  for (int k = 2; k < 37; ++k, power *= s) sum += power / k; /* 0.3^35 is below 1e-18 */
  return sum;
}
