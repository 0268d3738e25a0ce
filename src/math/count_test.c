/* Mean counts over samples against what a theory expects, with the covariance that the samples themselves show:
   docs/theory/ensembles.md, sec. 2. */
#include <kacrice/stats.h>
#include <math.h>
#include <stdlib.h>

#define DEPENDENT \
  1e-3 /* share of a column's variance that the other columns leave, below which it says nothing new */

/* Joins bins from begin towards end (exclusive) until each group holds enough; what is left over gets rest. */
static int join(int begin, int end, const double content[], double enough, int first, int rest,
                int group[])
{
  const int step = begin < end ? 1 : -1;
  int       next = first, start = begin;
  double    sum = 0.0;

  for (int b = begin; b != end; b += step) {
    group[b] = next;
    sum += content[b];
    if (sum >= enough) {
      sum   = 0.0;
      start = b + step;
      ++next;
    }
  }
  for (int b = start; b != end; b += step) group[b] = rest;
  return next;
}

/*
  KrMergeBins - Joins neighbouring bins from both tails towards the fullest one, until each group holds enough.

  Not collective, pure

  Input:
+ n_bins  - bins, >= 0
. content - of each, >= 0 (expected number)
- enough  - what a group has to hold, > 0

  Output:
. group - n_bins: number of the group of each bin, from 0; -1 everywhere when all bins together hold less than
          enough. The groups cover all bins; the fullest bin and what is left over on both sides are the last group

  Returns: the number of groups
*/
int KrMergeBins(int n_bins, const double content[], double enough, int group[])
{
  int    peak = 0, n_left, n_right;
  double sum  = 0.0;

  for (int b = 0; b < n_bins; ++b) {
    sum += content[b];
    if (content[b] > content[peak]) peak = b;
  }
  if (!(sum >= enough)) {
    for (int b = 0; b < n_bins; ++b) group[b] = -1;
    return 0;
  }
  /* the number of the last group is known after both walks only: -2 until then */
  n_left      = join(0, peak, content, enough, 0, -2, group);
  n_right     = join(n_bins - 1, peak, content, enough, n_left, -2, group);
  group[peak] = -2;
  sum         = 0.0;
  for (int b = 0; b < n_bins; ++b) {
    if (group[b] != -2) continue;
    sum += content[b];
    group[b] = n_right;
  }
  if (sum >= enough) return n_right + 1;
  /* the middle alone is too little: it joins a neighbour */
  for (int b = 0; b < n_bins; ++b)
    if (group[b] == n_right) group[b] = n_right - 1;
  return n_right;
}

/* Mean of each column. */
static void average(int64_t n, int d, const int32_t counts[], double mean[])
{
  for (int a = 0; a < d; ++a) {
    int64_t sum = 0;

    for (int64_t i = 0; i < n; ++i) sum += counts[i * d + a];
    mean[a] = (double)sum / (double)n;
  }
}

/* Covariance over the samples, lower triangle. */
static void covariance(int64_t n, int d, const int32_t counts[], const double mean[],
                       double matrix[])
{
  for (int64_t i = 0; i < n; ++i)
    for (int a = 0; a < d; ++a) {
      const double change = (counts[i * d + a] - mean[a]) / (double)(n - 1);

      for (int b = 0; b <= a; ++b) matrix[a * d + b] += change * (counts[i * d + b] - mean[b]);
    }
}

/* From covariances to correlations, full matrix, and to deviations in standard errors. The variance of a count
   goes with its mean, so the one found is taken times expected / found (as in Pearson's chi-square): else a bin
   that holds too little would also have too small an error. Columns without scatter get a zero diagonal. */
static void standardise(int64_t n, int d, const double mean[], const double expected[],
                        double matrix[], double z[])
{
  for (int a = 0; a < d; ++a) {
    const double variance =
      mean[a] > 0.0 ? matrix[a * d + a] * expected[a] / mean[a] : expected[a]; /* none: Poisson */

    z[a] = variance > 0.0 ? (mean[a] - expected[a]) * sqrt((double)n / variance) : 0.0;
  }
  for (int a = 0; a < d; ++a)
    for (int b = 0; b < a; ++b) {
      const double scale = sqrt(matrix[a * d + a] * matrix[b * d + b]);

      matrix[a * d + b] = matrix[b * d + a] = scale > 0.0 ? matrix[a * d + b] / scale : 0.0;
    }
  for (int a = 0; a < d; ++a)
    matrix[a * d + a] = matrix[a * d + a] > 0.0 || mean[a] <= 0.0 ? 1.0 : 0.0;
}

/* z^T R^-1 z by Gaussian elimination with the largest pivot first; columns that depend on those before are left
   out. Returns how many were used. */
static int quadratic_form(int d, double matrix[], double z[], double *form)
{
  *form = 0.0;
  for (int used = 0; used < d; ++used) {
    int    pivot = 0;
    double best  = 0.0;

    for (int a = 0; a < d; ++a)
      if (matrix[a * d + a] > best) {
        best  = matrix[a * d + a];
        pivot = a;
      }
    if (best < DEPENDENT) return used;
    *form += z[pivot] * z[pivot] / best;
    for (int a = 0; a < d; ++a) {
      const double factor = matrix[a * d + pivot] / best;

      if (a == pivot || !(matrix[a * d + a] > 0.0)) continue;
      z[a] -= factor * z[pivot];
      for (int b = 0; b < d; ++b)
        if (b != pivot) matrix[a * d + b] -= factor * matrix[pivot * d + b];
    }
    for (int a = 0; a < d; ++a) matrix[a * d + pivot] = matrix[pivot * d + a] = 0.0;
  }
  return d;
}

/*
  KrCountTestRun - Hotelling's T^2 of mean counts against a theory, for counts that depend on each other.

  Not collective, pure

  Input:
+ n_samples - independent samples
. n_columns - counted things; they should be few beside the samples (a tenth), and expect 20 or more in all samples
. counts    - n_samples x n_columns, row major
- expected  - n_columns, expected number per sample, > 0

  Output:
. test - p-value by the F distribution. dof is the number of columns that do not depend linearly on others (as
         Euler's sum makes them); no test when there is none or not more samples than columns

  Returns: 0, or 1 when there is no memory

  Notes:  the covariance is that of the samples, its scale moved from the counts found to those expected
  Cost:   n_samples n_columns^2 + n_columns^3
  Source: docs/theory/ensembles.md, eqs. (3), (4)
*/
int KrCountTestRun(int64_t n_samples, int n_columns, const int32_t counts[],
                   const double expected[], KrCountTest *test)
{
  const size_t d = (size_t)n_columns;
  double      *work, *mean, *z, form;
  int          used;

  *test = (KrCountTest){.statistic = NAN, .p_value = NAN};
  if (n_columns < 1 || n_samples <= n_columns) return 0;
  work = calloc(d * d + 2 * d, sizeof *work);
  if (work == NULL) return 1;
  mean = work + d * d;
  z    = mean + d;
  average(n_samples, n_columns, counts, mean);
  covariance(n_samples, n_columns, counts, mean, work);
  standardise(n_samples, n_columns, mean, expected, work, z);
  used = quadratic_form(n_columns, work, z, &form);
  free(work);
  if (used == 0) return 0;
  test->statistic = form;
  test->dof       = used;
  test->p_value =
    KrFisherTail(used, (double)(n_samples - used),
                 form * (double)(n_samples - used) / ((double)used * (double)(n_samples - 1)));
  return 0;
}
