/* Estimates from counts, by hand. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <kacrice/stats.h>
#include <math.h>

static void mean_and_error(void **state)
{
  double mean, error;

  (void)state;
  KrMeanError(4, 1 + 2 + 3 + 6, 1 + 4 + 9 + 36, &mean,
              &error); /* variance 14/3, error sqrt(14/12) */
  assert_true(mean == 3.0);
  assert_true(fabs(error - sqrt(14.0 / 12.0)) < 1e-15);
  KrMeanError(1, 5, 25, &mean, &error);
  assert_true(mean == 5.0 && isnan(error));
  KrMeanError(0, 0, 0, &mean, &error);
  assert_true(isnan(mean) && isnan(error));
}

static void richness(void **state)
{
  (void)state;
  assert_true(fabs(KrGoodTuringCoverage(200, 10) - 0.95) < 1e-15);
  assert_true(KrGoodTuringCoverage(0, 0) == 0.0);
  assert_true(KrChao1Missing(10, 4) == 9.0); /* 10 9 / (2 5) */
  assert_true(KrChao1Missing(0, 7) == 0.0 && KrChao1Missing(1, 0) == 0.0);
}

static void chao_of_four(void **state)
{
  const int64_t n_hit[5] = {0, 10, 4, 6, 3}, rare[5] = {0, 10, 4, 0, 0}, none[5] = {0};

  (void)state;
  assert_true(fabs(KrChaoMissing(n_hit) - 12.0) < 1e-14); /* 9 + 6/12 (10 - 24/6) */
  assert_true(fabs(KrChaoMissing(rare) - 9.0) < 1e-14);
  assert_true(KrChaoMissing(none) == 0.0);
}

/* Of points whose expected hits are exp(m + s z), z normal: share that is not hit, and mean and variance of ln(hits) of
   the others, summed over the laws. */
static void sum_laws(double m, double s, double *unseen, double *mean, double *variance)
{
  double seen = 0.0, first = 0.0, second = 0.0;

  *unseen = 0.0;
  for (int i = -800; i <= 800; ++i) {
    const double z = 0.01 * i, rate = exp(m + s * z);
    const double weight = 0.01 / sqrt(2.0 * acos(-1.0)) * exp(-0.5 * z * z);
    double       p      = exp(-rate);

    *unseen += weight * p;
    for (int hits = 1; hits < rate + 12.0 * sqrt(rate) + 40.0; ++hits) {
      p *= rate / hits;
      seen += weight * p;
      first += weight * p * log(hits);
      second += weight * p * log(hits) * log(hits);
    }
  }
  *mean     = first / seen;
  *variance = second / seen - *mean * *mean;
}

/* The approximation is one of first order in 1 / rate, and errs by a factor of 3 at most where it is used. */
static void lognormal(void **state)
{
  static const double rates[] = {20.0, 40.0, 80.0}, spreads[] = {0.0, 0.3, 0.6, 0.9};

  (void)state;
  for (int r = 0; r < 3; ++r)
    for (int i = 0; i < 4; ++i) {
      const double n = 1e6;
      double       unseen, mean, variance, missing, got;

      sum_laws(log(rates[r]), spreads[i], &unseen, &mean, &variance);
      missing = n * unseen;
      got     = KrLognormalMissing((int64_t)(n * (1.0 - unseen)), mean, variance);
      print_message("rate %g, spread %g: %g missing, estimate %g\n", rates[r], spreads[i], missing,
                    got);
      if (missing > 0.01) assert_true(got > missing / 3.0 && got < 3.0 * missing);
      else assert_true(got < 0.03);
    }
}

static void median(void **state)
{
  double odd[] = {5.0, -1.0, 3.0}, even[] = {4.0, 1.0, 9.0, 2.0}, one[] = {7.0};

  (void)state;
  assert_true(KrMedian(3, odd) == 3.0);
  assert_true(KrMedian(4, even) == 3.0); /* (2 + 4) / 2 */
  assert_true(KrMedian(1, one) == 7.0);
  assert_true(isnan(KrMedian(0, NULL)));
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(mean_and_error), cmocka_unit_test(median),
                                     cmocka_unit_test(richness), cmocka_unit_test(chao_of_four),
                                     cmocka_unit_test(lognormal)};

  return cmocka_run_group_tests(tests, NULL, NULL);
}
