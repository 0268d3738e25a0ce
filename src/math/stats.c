/* Means with their errors, medians. */
#include <kacrice/stats.h>
#include <math.h>
#include <stdlib.h>

/*
  KrMeanError - Mean and its standard error from sums over independent samples.

  Not collective

  Input:
+ n           - number of samples
. sum         - of the values
- sum_squares - of the squares of the values

  Output:
+ mean  - NaN for n = 0
- error - standard error of the mean, NaN for n < 2

  Notes: the sums should be of small integers or values of order one; no shift is applied
*/
void KrMeanError(int64_t n, double sum, double sum_squares, double *mean, double *error)
{
  *mean  = n > 0 ? sum / (double)n : NAN;
  *error = NAN;
  if (n < 2) return;
  *error = sqrt(fmax(0.0, sum_squares - sum * *mean) / (double)(n - 1) / (double)n);
}

static int compare_reals(const void *a, const void *b)
{
  const double p = *(const double *)a, q = *(const double *)b;

  return (p > q) - (p < q);
}

/*
  KrMedian - The middle one of some numbers, or the mean of the two in the middle.

  Not collective

  Input:
. n - how many, NaN for none

  In/out:
. values - the numbers; sorted in place

  Cost: one sort
*/
double KrMedian(int n, double values[])
{
  if (n < 1) return NAN;
  qsort(values, (size_t)n, sizeof *values, compare_reals);
  return n % 2 == 1 ? values[n / 2] : 0.5 * (values[n / 2 - 1] + values[n / 2]);
}
