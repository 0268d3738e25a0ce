/* How many critical points have not been seen, from how often those seen were hit. */
#include <kacrice/stats.h>

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
