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
                                     cmocka_unit_test(richness)};

  return cmocka_run_group_tests(tests, NULL, NULL);
}
