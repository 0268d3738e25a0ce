/* Annealed and quenched logarithms of a count, with jackknife errors: docs/theory/ensembles.md, sec. 1. */
#include <kacrice/stats.h>
#include <math.h>

/* Spread of ln sum_{j != i} count_j over i. NaN when one sample holds all: without it there is no logarithm. */
static double jackknife_log_mean(int64_t n, const int32_t counts[], int64_t stride, int64_t sum)
{
  double total = 0.0, squares = 0.0, mean;

  for (int64_t i = 0; i < n; ++i) { /* ln(1 - count_i / sum) is 0 for the empty samples */
    const int32_t count = counts[i * stride];

    if (count == sum) return NAN;
    if (count > 0) total += log1p(-(double)count / (double)sum);
  }
  mean = total / (double)n;
  for (int64_t i = 0; i < n; ++i) {
    const int32_t count  = counts[i * stride];
    const double  change = (count > 0 ? log1p(-(double)count / (double)sum) : 0.0) - mean;

    squares += change * change;
  }
  return sqrt((double)(n - 1) / (double)n * squares);
}

/* Leaving out an empty sample changes nothing, another one sets <ln> to (sum - ln count) / (n_full - 1). */
static double jackknife_mean_log(int64_t n, const int32_t counts[], int64_t stride, int64_t n_full,
                                 double mean)
{
  double squares = 0.0;

  for (int64_t i = 0; i < n; ++i) {
    const int32_t count  = counts[i * stride];
    const double  change = count > 0 ? log((double)count) - mean : 0.0;

    squares += change * change;
  }
  return sqrt((double)(n - 1) / (double)n * squares) / (double)(n_full - 1);
}

/*
  KrLogCountEstimate - Annealed and quenched logarithm of a count over disorder samples.

  Not collective, pure

  Input:
+ n_samples - how many
. counts    - of sample i at counts[i * stride], >= 0
- stride    - >= 1

  Returns: both with the error of a delete-one jackknife. Of no sample, or where all are empty, NaN but for
           empty_fraction. annealed_error is NaN for one sample and where one sample holds all there is;
           quenched_error where fewer than two samples are not empty

  Notes:  where samples are empty, <ln count> over the others is no lower bound of ln <count> any more: look at
          empty_fraction first
  Cost:   up to three logarithms a sample that is not empty
  Source: docs/theory/ensembles.md, eqs. (1), (2)
*/
KrLogCount KrLogCountEstimate(int64_t n_samples, const int32_t counts[], int64_t stride)
{
  KrLogCount result = {NAN, NAN, NAN, NAN, NAN};
  int64_t    sum = 0, n_full = 0;
  double     logs = 0.0;

  for (int64_t i = 0; i < n_samples; ++i) {
    const int32_t count = counts[i * stride];

    sum += count;
    n_full += count > 0;
    if (count > 0) logs += log((double)count);
  }
  if (n_samples > 0) result.empty_fraction = (double)(n_samples - n_full) / (double)n_samples;
  if (n_full == 0) return result;
  result.annealed = log((double)sum / (double)n_samples);
  result.quenched = logs / (double)n_full;
  if (n_samples < 2) return result;
  result.annealed_error = jackknife_log_mean(n_samples, counts, stride, sum);
  if (n_full > 1)
    result.quenched_error = jackknife_mean_log(n_samples, counts, stride, n_full, result.quenched);
  return result;
}
