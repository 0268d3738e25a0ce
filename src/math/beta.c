/* The incomplete beta function and the tail of the F distribution. */
#include <kacrice/stats.h>
#include <math.h>

#define MAX_TERMS 10000
#define PRECISION 1e-15
#define TINY      1e-300

/* The continued fraction of I_x(a, b) by Lentz's method; converges fast for x < (a + 1) / (a + b + 2). */
static double continued_fraction(double a, double b, double x)
{
  double c = 1.0, d = 1.0 / (1.0 - (a + b) * x / (a + 1.0)), value = d;

  for (int m = 1; m <= MAX_TERMS; ++m) {
    const double even = m * (b - m) * x / ((a + 2 * m - 1.0) * (a + 2 * m));
    const double odd  = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1.0));
    double       factor;

    d = 1.0 / (1.0 + even * d);
    c = 1.0 + even / (fabs(c) > TINY ? c : TINY);
    value *= d * c;
    d      = 1.0 / (1.0 + odd * d);
    c      = 1.0 + odd / (fabs(c) > TINY ? c : TINY);
    factor = d * c;
    value *= factor;
    if (fabs(factor - 1.0) < PRECISION) break;
  }
  return value;
}

/*
  KrBetaIncomplete - The regularised incomplete beta function.

  Not collective, pure

  Input:
+ a - > 0
. b - > 0
- x - 0 <= x <= 1; what is outside is taken as the nearer end

  Returns: I_x(a, b), the probability that a Beta(a, b) number is below x

  Cost:   a continued fraction of about sqrt(max(a, b)) terms
  Source: Press et al., Numerical Recipes, sec. 6.4
*/
double KrBetaIncomplete(double a, double b, double x)
{
  double log_front;

  if (isnan(x) || !(a > 0.0) || !(b > 0.0)) return NAN;
  if (x <= 0.0) return 0.0;
  if (x >= 1.0) return 1.0;
  log_front = lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x);
  if (x < (a + 1.0) / (a + b + 2.0)) return exp(log_front) * continued_fraction(a, b, x) / a;
  return 1.0 - exp(log_front) * continued_fraction(b, a, 1.0 - x) / b;
}

/*
  KrFisherTail - The chance of an F-distributed number to be larger than f.

  Not collective, pure

  Input:
+ d1 - degrees of freedom of the numerator, > 0
. d2 - of the denominator, > 0
- f  - any real; infinite: 0

  Returns: P(F > f), also where it is tiny

  Source: I_x(d2/2, d1/2) at x = d2 / (d2 + d1 f)
*/
double KrFisherTail(double d1, double d2, double f)
{
  if (isinf(f)) return f > 0.0 ? 0.0 : 1.0;
  if (f <= 0.0) return 1.0;
  return KrBetaIncomplete(0.5 * d2, 0.5 * d1, d2 / (d2 + d1 * f));
}
