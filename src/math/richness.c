/* How many critical points have not been seen, from how often those seen were hit. */
#include <kacrice/stats.h>
#include <math.h>

/*
  KrGoodTuringCoverage - Estimated probability that the next found start ends in a point already seen.

  Not collective

  Input:
+ n_hits       - found starts
- n_singletons - points hit exactly once

  Returns:
  1 - f1/n; 0 when nothing was hit

  Notes:  over-confident when hits are uneven; see docs/theory/completeness.md
  Source: Good 1953
*/
double KrGoodTuringCoverage(int64_t n_hits, int64_t n_singletons)
{
  return n_hits > 0 ? 1.0 - (double)n_singletons / (double)n_hits : 0.0;
}

/*
  KrChao1Missing - Estimated lower bound on the number of points not seen, bias corrected.

  Not collective

  Input:
+ n_singletons - points hit exactly once, f1
- n_doubletons - points hit exactly twice, f2

  Returns:
  f1 (f1 - 1) / (2 (f2 + 1))

  Source: Chao 1984; bias-corrected form, Chao 2005
*/
double KrChao1Missing(int64_t n_singletons, int64_t n_doubletons)
{
  const double f1 = (double)n_singletons, f2 = (double)n_doubletons;

  return f1 * (f1 - 1.0) / (2.0 * (f2 + 1.0));
}

/* Mean of exp(-lambda) for lambda = exp(m + s z), z standard normal: the chance of no hit. Trapezoidal rule, exact to
   rounding for so smooth an integrand. */
static double chance_of_none(double m, double s)
{
  const double step = 0.05, inverse_root = 0.3989422804014327; /* 1 / sqrt(2 pi) */
  double       sum = 0.0;

  for (int i = -180; i <= 180; ++i) {
    const double z = step * i;

    sum += step * inverse_root * exp(-0.5 * z * z - exp(m + s * z));
  }
  return sum;
}

/*
  KrChaoMissing - Estimated number of points not seen, from the points seen once to four times.

  Not collective

  Input:
. n_hit - n_hit[j]: points hit exactly j times, j = 1 ... 4; n_hit[0] is not read

  Returns:
  KrChao1Missing() and f3/(4 f4) max(f1 - f2 f3/(2 f4), 0)

  Notes:  nearly without bias until a handful are missing (docs/theory/completeness.md); f4 = 0 counts as 1
  Source: iChao1; Chiu, Wang, Walther & Chao 2014, Biometrics 70, 671
*/
double KrChaoMissing(const int64_t n_hit[5])
{
  const double f1 = (double)n_hit[1], f2 = (double)n_hit[2], f3 = (double)n_hit[3];
  const double f4 = fmax(1.0, (double)n_hit[4]);

  return KrChao1Missing(n_hit[1], n_hit[2]) +
         f3 / (4.0 * f4) * fmax(0.0, f1 - f2 * f3 / (2.0 * f4));
}

/*
  KrLognormalMissing - Estimated number of points not seen when the expected hits of a point are lognormal.

  Not collective

  Input:
+ n_points - points seen
. mean     - mean of ln(hits) over them
- variance - of ln(hits)

  Returns:
  expected number of points with no hit

  Notes:
  Hits are Poisson given their rate, and rates of points of like energy differ: ln(rate) has a spread of about 0.5 to
  0.9.
  With rate r, ln(hits) has mean ln r - 1/(2r) and variance 1/r to first order, which is taken off. Good from some ten
  hits a point on, that is where KrChaoMissing() has little left to go by; too small by 1.7 to 2.5 there
  (docs/theory/completeness.md).

  Cost:   one quadrature
  Source: Bulmer 1974, Biometrics 30, 101 (Poisson-lognormal); moments in place of likelihood
*/
double KrLognormalMissing(int64_t n_points, double mean, double variance)
{
  double m = mean, spread = variance, none;

  for (int i = 0; i < 50; ++i) {
    const double inverse_rate = exp(fmin(1.0, 0.5 * spread - m)); /* mean of 1/r */

    spread = fmax(0.0, variance - inverse_rate);
    m      = mean + 0.5 * inverse_rate;
  }
  none = chance_of_none(m, sqrt(spread));
  return none < 1.0 ? (double)n_points * none / (1.0 - none) : INFINITY;
}
