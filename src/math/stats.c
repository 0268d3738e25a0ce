/* Means with their errors. */
#include <kacrice/stats.h>
#include <math.h>

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
