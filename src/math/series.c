/* Series of a Markov chain: means with their errors, free energy differences. */
#include <kacrice/series.h>
#include <math.h>

#define WINDOW_FACTOR 6.0 /* a window of so many correlation times loses e^-6 of the sum */

/* Autocovariance at a lag of a series about its mean. */
static double covariance(int64_t n, const double series[], double mean, int64_t lag)
{
  double sum = 0.0;

  for (int64_t i = 0; i + lag < n; ++i) sum += (series[i] - mean) * (series[i + lag] - mean);
  return sum / (double)(n - lag);
}

/*
  KrSeriesAnalyse - Mean of a stationary series, its error and its integrated autocorrelation time.

  Not collective

  The time is 1/2 + sum of the normalised autocovariances up to the first lag W >= 6 times the sum so far: a longer
  window adds noise, a shorter one a bias.

  Input:
+ n      - entries
- series - one entry a step of the chain

  Returns:
  the mean; error is sqrt(2 time variance / n), NaN for n < 2; a constant series has time 1/2 and error 0

  Cost:   n times the window, at most n^2/4
  Source: docs/theory/monte_carlo.md, eq. (6); Madras & Sokal 1988; Wolff 2004
  See:    KrSeriesBlocks()
*/
KrSeriesMean KrSeriesAnalyse(int64_t n, const double series[])
{
  KrSeriesMean result = {.mean = NAN, .variance = NAN, .error = NAN, .time = 0.5};
  double       c0;

  if (n < 1) return result;
  result.mean = 0.0;
  for (int64_t i = 0; i < n; ++i) result.mean += series[i];
  result.mean /= (double)n;
  c0              = covariance(n, series, result.mean, 0);
  result.variance = c0;
  if (n < 2) return result;
  for (int64_t lag = 1; lag < n / 2 && c0 > 0.0; ++lag) {
    result.time += covariance(n, series, result.mean, lag) / c0;
    result.window = lag;
    if ((double)lag >= WINDOW_FACTOR * result.time) break;
  }
  result.time       = fmax(result.time, 0.5 / (double)n);
  result.error      = sqrt(2.0 * result.time * c0 / (double)n);
  result.time_error = result.time * sqrt(2.0 * (2.0 * (double)result.window + 1.0) / (double)n);
  return result;
}

/*
  KrSeriesBlocks - Means of a series and of its square over blocks of equal length.

  Not collective

  Input:
+ n        - entries
. series   - one entry a step
- n_blocks - at least 1; when n is no multiple of it the first entries are left out

  Output:
+ mean   - n_blocks means; NaN when there are fewer entries than blocks
- square - n_blocks means of the square

  Cost: one pass
*/
void KrSeriesBlocks(int64_t n, const double series[], int n_blocks, double mean[], double square[])
{
  const int64_t length = n / n_blocks;
  const double *from   = series + n % n_blocks;

  for (int b = 0; b < n_blocks; ++b, from += length) {
    mean[b] = square[b] = length > 0 ? 0.0 : NAN;
    for (int64_t i = 0; i < length; ++i) {
      mean[b] += from[i] / (double)length;
      square[b] += from[i] * from[i] / (double)length;
    }
  }
}

/* Mean over a series of 1 / (1 + exp(shift + factor E)), and minus its derivative by the shift. */
static double fermi_mean(int64_t n, const double energy[], double factor, double shift,
                         double *slope)
{
  double sum = 0.0, sum_slope = 0.0;

  for (int64_t i = 0; i < n; ++i) {
    const double f = 1.0 / (1.0 + exp(shift + factor * energy[i]));

    sum += f;
    sum_slope += f * (1.0 - f);
  }
  *slope = sum_slope / (double)n;
  return sum / (double)n;
}

/*
  KrBennett - Difference of the logarithms of two partition functions, from energies drawn at both temperatures.

  Not collective

  Solves  < 1/(1 + exp(delta_beta E - d)) >_a ... = ...  for d = ln Z_b - ln Z_a, by Newton's method held in a bracket:
  the estimate of least variance from such energies, without an error of quadrature.

  Input:
+ delta_beta - beta_b - beta_a
. n_a        - energies drawn at a, at least 1
. energy_a   - total energies H
. n_b        - energies drawn at b, at least 1
. energy_b   - total energies H
- start      - a guess, such as -delta_beta times the mean of all

  Returns:
  ln Z_b - ln Z_a; the error is that of the energies, by a jackknife over blocks

  Cost:   about five times n_a + n_b exponentials
  Source: docs/theory/monte_carlo.md, eq. (7); Bennett 1976
  See:    KrJackknifeError()
*/
double KrBennett(double delta_beta, int64_t n_a, const double energy_a[], int64_t n_b,
                 const double energy_b[], double start)
{
  const double share = log((double)n_a / (double)n_b);
  double       low = -INFINITY, high = INFINITY, d = start, width = 1.0;

  for (int k = 0; k < 200; ++k) {
    double slope_a, slope_b, step;
    /* both sides weighted by the numbers of draws: a at E is taken for one of b, and the reverse */
    const double a = (double)n_a * fermi_mean(n_a, energy_a, delta_beta, share + d, &slope_a);
    const double b = (double)n_b * fermi_mean(n_b, energy_b, -delta_beta, -share - d, &slope_b);

    if (a > b) low = d; /* too many of a look like b: Z_b is larger */
    else high = d;
    step = (a - b) / ((double)n_a * slope_a + (double)n_b * slope_b);
    if (fabs(step) < 1e-12 * (1.0 + fabs(d))) return d;
    if (isfinite(step) && d + step > low && d + step < high) d += step;
    else if (isfinite(low) && isfinite(high)) d = 0.5 * (low + high);
    else d += (a > b ? 1.0 : -1.0) * (width *= 2.0);
  }
  return d;
}

/*
  KrJackknifeError - Standard error of an estimate from its values without one block each.

  Not collective

  Input:
+ n       - blocks
- without - the estimate from all blocks but one

  Returns:
  sqrt((n-1)/n sum (without - mean)^2); NaN for n < 2

  Source: Efron & Tibshirani 1993, ch. 11
*/
double KrJackknifeError(int n, const double without[])
{
  double mean = 0.0, sum = 0.0;

  if (n < 2) return NAN;
  for (int b = 0; b < n; ++b) mean += without[b] / n;
  for (int b = 0; b < n; ++b) sum += (without[b] - mean) * (without[b] - mean);
  return sqrt(sum * (n - 1) / n);
}

/*
  KrLineFit - Straight line by weighted least squares.

  Not collective

  Input:
+ n     - points, at least 2 with different x
. x     - where
. y     - values
- error - their standard errors, positive

  Output:
+ slope           - of the line
. intercept_error - standard error at x = 0, from the errors of the values
- slope_error     - of the slope

  Returns:
  the intercept at x = 0

  Cost: none
*/
double KrLineFit(int n, const double x[], const double y[], const double error[], double *slope,
                 double *intercept_error, double *slope_error)
{
  double s = 0.0, sx = 0.0, sy = 0.0, sxx = 0.0, sxy = 0.0, det;

  for (int i = 0; i < n; ++i) {
    const double w = 1.0 / (error[i] * error[i]);

    s += w;
    sx += w * x[i];
    sy += w * y[i];
    sxx += w * x[i] * x[i];
    sxy += w * x[i] * y[i];
  }
  det              = s * sxx - sx * sx;
  *slope           = (s * sxy - sx * sy) / det;
  *intercept_error = sqrt(sxx / det);
  *slope_error     = sqrt(s / det);
  return (sxx * sy - sx * sxy) / det;
}

/*
  KrRelaxationTime - Time at which a correlation has fallen to 1/e of where it began.

  Not collective

  Input:
+ n           - entries
. times       - ascending; the first one is 0
- correlation - at these times

  Returns:
  the first crossing, by straight lines in the logarithm of time; NaN: it does not fall so far

  Cost: none
*/
double KrRelaxationTime(int n, const double times[], const double correlation[])
{
  for (int i = 1; i < n; ++i) {
    const double level = correlation[0] * exp(-1.0);
    const double above = correlation[i - 1] - level, below = level - correlation[i];

    if (below < 0.0) continue;
    if (i == 1) return times[1];
    return times[i - 1] * pow(times[i] / times[i - 1], above / (above + below));
  }
  return NAN;
}
