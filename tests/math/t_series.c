/* Series with known answers: correlation times of AR(1), free energies of Gaussian energies, errors by hand. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <kacrice/rng.h>
#include <kacrice/series.h>
#include <math.h>
#include <stdlib.h>

#define LENGTH 40000

/* x' = a x + sqrt(1 - a^2) xi has rho(t) = a^t and tau = 1/2 + a/(1-a). */
static void correlation_time(void **state)
{
  static const double factors[] = {0.0, 0.5, 0.9};
  double             *x         = malloc(LENGTH * sizeof *x);

  (void)state;
  for (int k = 0; k < 3; ++k) {
    const KrRandomKey key = {.seed = 5, .stream = KR_STREAM_TEST, .sample = (uint64_t)k};
    const double      a = factors[k], want = 0.5 + a / (1.0 - a);
    KrSeriesMean      mean;

    KrRandomNormals(&key, 0, LENGTH, x);
    for (int i = 1; i < LENGTH; ++i) x[i] = a * x[i - 1] + sqrt(1.0 - a * a) * x[i];
    mean = KrSeriesAnalyse(LENGTH, x);
    /* 4.5 of the stated errors: false alarm 7e-6; the window leaves out e^-6 of the sum */
    assert_true(fabs(mean.time - want) < 4.5 * mean.time_error + 0.01 * want);
    assert_true(fabs(mean.mean) < 4.5 * mean.error);
    assert_true(fabs(mean.error / sqrt(2.0 * want / LENGTH) - 1.0) < 0.15);
    assert_true(mean.window < LENGTH / 100);
  }
  free(x);
}

static void short_series(void **state)
{
  const double constant[4] = {2.0, 2.0, 2.0, 2.0};

  (void)state;
  assert_true(isnan(KrSeriesAnalyse(0, constant).mean));
  assert_true(KrSeriesAnalyse(1, constant).mean == 2.0);
  assert_true(KrSeriesAnalyse(4, constant).error == 0.0);
}

/* Energies of variance s^2 at every beta have the mean -beta s^2, and ln Z = beta^2 s^2 / 2. */
static void free_energy(void **state)
{
  const double      s = 5.0, from = 0.3, to = 0.6, exact = 0.5 * (to * to - from * from) * s * s;
  const KrRandomKey key = {.seed = 6, .stream = KR_STREAM_TEST};
  double           *a = malloc(LENGTH * sizeof *a), *b = malloc(LENGTH / 2 * sizeof *b), d;

  (void)state;
  KrRandomNormals(&key, 0, LENGTH, a);
  KrRandomNormals(&key, LENGTH, LENGTH / 2, b);
  for (int i = 0; i < LENGTH; ++i) a[i] = -from * s * s + s * a[i];
  for (int i = 0; i < LENGTH / 2; ++i) b[i] = -to * s * s + s * b[i];
  d = KrBennett(to - from, LENGTH, a, LENGTH / 2, b, 100.0);
  /* each draw has a spread of about (to - from) s / 2 = 0.75: 4.5 errors of the smaller set */
  assert_true(fabs(d - exact) < 4.5 * 0.75 / sqrt(LENGTH / 2.0));
  assert_true(fabs(KrBennett(to - from, LENGTH, a, LENGTH / 2, b, -100.0) - d) < 1e-9);
  assert_true(fabs(KrBennett(from - to, LENGTH / 2, b, LENGTH, a, 0.0) + d) < 1e-9);
  free(a);
  free(b);
}

static void blocks_and_errors(void **state)
{
  const double series[7] = {100.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0}, without[3] = {1.0, 2.0, 3.0};
  const double x[3] = {1.0, 2.0, 3.0}, y[3] = {3.0, 5.0, 7.0}, error[3] = {0.1, 0.1, 0.1};
  double       mean[3], square[3], slope, errors[2];

  (void)state;
  KrSeriesBlocks(7, series, 3, mean, square); /* the first is left out */
  assert_true(mean[0] == 1.5 && mean[2] == 5.5 && square[1] == 12.5);
  assert_true(fabs(KrJackknifeError(3, without) - sqrt(2.0 * 2.0 / 3.0)) < 1e-15);
  assert_true(isnan(KrJackknifeError(1, without)));
  assert_true(fabs(KrLineFit(3, x, y, error, &slope, &errors[0], &errors[1]) - 1.0) < 1e-12);
  assert_true(fabs(slope - 2.0) < 1e-12 && fabs(errors[1] - 0.1 / sqrt(2.0)) < 1e-12);
}

static void relaxation(void **state)
{
  double times[50], correlation[50];

  (void)state;
  for (int i = 0; i < 50; ++i) {
    times[i]       = i == 0 ? 0.0 : 0.1 * pow(1.2, i - 1.0);
    correlation[i] = exp(-times[i] / 7.0);
  }
  /* a line in ln t over a step of 20 %: off by its curvature, (ln 1.2)^2 / 8 */
  assert_true(fabs(KrRelaxationTime(50, times, correlation) / 7.0 - 1.0) < 5e-3);
  assert_true(isnan(KrRelaxationTime(10, times, correlation)));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(correlation_time), cmocka_unit_test(short_series),
    cmocka_unit_test(free_energy),      cmocka_unit_test(blocks_and_errors),
    cmocka_unit_test(relaxation),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
