/* Incomplete beta and F against closed forms; logarithms of counts against a jackknife by hand; the test of counts
   against synthetic campaigns, of which the truth is known. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <kacrice/stats.h>
#include <math.h>
#include <stdlib.h>

static void near(double got, double want, double tolerance)
{
  if (!(fabs(got - want) <= tolerance * fmax(1e-300, fabs(want))))
    fail_msg("got %.17g, should be %.17g", got, want);
}

/* A few hundred roundings of the continued fraction and lgamma: 1e-12. */
static void beta_against_closed_forms(void **state)
{
  const double half_pi = acos(0.0);

  (void)state;
  for (double x = 0.05; x < 1.0; x += 0.05) {
    near(KrBetaIncomplete(3.7, 1.0, x), pow(x, 3.7), 1e-12);
    near(KrBetaIncomplete(1.0, 4.2, x), 1.0 - pow(1.0 - x, 4.2), 1e-12);
    near(KrBetaIncomplete(0.5, 0.5, x), asin(sqrt(x)) / half_pi, 1e-12);
    near(KrBetaIncomplete(2.0, 2.0, x), x * x * (3.0 - 2.0 * x), 1e-12);
    near(KrBetaIncomplete(180.0, 20.0, x) + KrBetaIncomplete(20.0, 180.0, 1.0 - x), 1.0, 1e-12);
  }
  /* P(at least 3 of 10) with chance 0.3, by the sum of binomials */
  near(KrBetaIncomplete(3.0, 8.0, 0.3),
       1.0 - pow(0.7, 10) - 10 * 0.3 * pow(0.7, 9) - 45 * 0.09 * pow(0.7, 8), 1e-12);
  assert_true(KrBetaIncomplete(2.0, 3.0, -1.0) == 0.0 && KrBetaIncomplete(2.0, 3.0, 2.0) == 1.0);
  assert_true(isnan(KrBetaIncomplete(0.0, 3.0, 0.5)) && isnan(KrBetaIncomplete(1.0, 3.0, NAN)));
}

static void fisher_against_closed_forms(void **state)
{
  const double half_pi = acos(0.0);

  (void)state;
  for (double f = 0.1; f < 30.0; f *= 1.7) {
    near(KrFisherTail(1.0, 1.0, f), 1.0 - atan(sqrt(f)) / half_pi, 1e-12);
    near(KrFisherTail(2.0, 9.0, f), pow(1.0 + 2.0 * f / 9.0, -4.5), 1e-12);
    near(KrFisherTail(7.0, 2.0, f), 1.0 - pow(1.0 + 2.0 / (7.0 * f), -3.5), 1e-11);
    /* many degrees cost digits, d2 times the rounding of lgamma */
    near(KrFisherTail(2.0, 1e6, f), exp(-5e5 * log1p(2e-6 * f)), 1e-8);
  }
  near(KrFisherTail(2.0, 360.0, 50.0), pow(1.0 + 100.0 / 360.0, -180.0), 1e-10); /* 7e-20 */
  assert_true(KrFisherTail(3.0, 4.0, 0.0) == 1.0 && KrFisherTail(3.0, 4.0, -1.0) == 1.0);
  assert_true(KrFisherTail(3.0, 4.0, INFINITY) == 0.0 && isnan(KrFisherTail(3.0, 4.0, NAN)));
}

/* The definition of the jackknife, sample by sample left out. */
static void jackknife_by_definition(int n, const int32_t counts[], double *annealed,
                                    double *quenched)
{
  double a[16], q[16], mean_a = 0.0, mean_q = 0.0;

  *annealed = *quenched = 0.0;
  for (int i = 0; i < n; ++i) {
    double sum = 0.0, logs = 0.0;
    int    n_full = 0;

    for (int j = 0; j < n; ++j) {
      if (j == i) continue;
      sum += counts[j];
      n_full += counts[j] > 0;
      logs += counts[j] > 0 ? log(counts[j]) : 0.0;
    }
    a[i] = log(sum / (n - 1));
    q[i] = logs / n_full;
    mean_a += a[i] / n;
    mean_q += q[i] / n;
  }
  for (int i = 0; i < n; ++i) {
    *annealed += (a[i] - mean_a) * (a[i] - mean_a) * (n - 1) / n;
    *quenched += (q[i] - mean_q) * (q[i] - mean_q) * (n - 1) / n;
  }
  *annealed = sqrt(*annealed);
  *quenched = sqrt(*quenched);
}

static void logarithms(void **state)
{
  const int32_t counts[] = {4, 1, 0, 7, 2, 0, 2, 11}, alike[] = {3, 3, 3};
  const int32_t strided[] = {5, 99, 2, 99}, lonely[] = {0, 6, 0}, empty[] = {0, 0};
  double        annealed, quenched;
  KrLogCount    got = KrLogCountEstimate(8, counts, 1);

  (void)state;
  jackknife_by_definition(8, counts, &annealed, &quenched);
  near(got.annealed, log(27.0 / 8.0), 1e-14);
  near(got.quenched, log(4.0 * 7.0 * 2.0 * 2.0 * 11.0) / 6.0, 1e-14);
  near(got.annealed_error, annealed, 1e-13);
  near(got.quenched_error, quenched, 1e-13);
  assert_true(got.empty_fraction == 0.25);
  got = KrLogCountEstimate(3, alike, 1);
  assert_true(got.annealed == log(3.0) && got.annealed_error < 1e-15 && got.quenched_error < 1e-15);
  got = KrLogCountEstimate(2, strided, 2);
  near(got.annealed, log(3.5), 1e-15);
  got = KrLogCountEstimate(3, lonely, 1);
  assert_true(isnan(got.annealed_error) && isnan(got.quenched_error) && got.annealed == log(2.0));
  got = KrLogCountEstimate(2, empty, 1);
  assert_true(isnan(got.annealed) && isnan(got.quenched) && got.empty_fraction == 1.0);
  got = KrLogCountEstimate(1, counts, 1);
  assert_true(got.annealed == log(4.0) && isnan(got.annealed_error));
  got = KrLogCountEstimate(0, NULL, 1);
  assert_true(isnan(got.annealed) && isnan(got.empty_fraction));
}

static void merging(void **state)
{
  const double content[] = {1, 1, 3, 6, 9, 2, 2, 1, 1}, flat[] = {1, 1, 1};
  const int    want[] = {0, 0, 0, 1, 3, 2, 2, 2, 2};
  int          group[9];

  (void)state;
  assert_int_equal(KrMergeBins(9, content, 5.0, group), 4);
  /* left: 1+1+3, 6; right: 1+1+2+2 (6); the fullest alone */
  for (int b = 0; b < 9; ++b) assert_int_equal(group[b], want[b]);
  assert_int_equal(KrMergeBins(9, content, 26.0, group), 1);
  for (int b = 0; b < 9; ++b) assert_int_equal(group[b], 0);
  assert_int_equal(KrMergeBins(9, content, 26.1, group), 0);
  for (int b = 0; b < 9; ++b) assert_int_equal(group[b], -1);
  assert_int_equal(KrMergeBins(3, flat, 2.0, group),
                   1); /* the fullest is the first: 1+1, and 1 over */
  for (int b = 0; b < 3; ++b) assert_int_equal(group[b], 0);
  assert_int_equal(KrMergeBins(0, NULL, 1.0, group), 0);
}

/* ---- synthetic campaigns ---- */

#define SAMPLES 200
#define COLUMNS 12
#define REPEATS 1500

static uint64_t random_state;

static double uniform(void) /* splitmix64 */
{
  uint64_t z = (random_state += 0x9E3779B97F4A7C15u);

  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return ((double)((z ^ (z >> 31)) >> 11) + 0.5) / 9007199254740992.0;
}

static int poisson(double mean) /* mean of order one */
{
  const double limit   = exp(-mean);
  double       product = uniform();
  int          count   = 0;

  for (; product > limit; ++count) product *= uniform();
  return count;
}

/* Rates that all columns of a sample share (their mean is 1), and points that belong to two neighbours at once: counts
   that are neither independent nor of Poisson's variance. */
static void draw(int32_t counts[], double expected[])
{
  for (int c = 0; c < COLUMNS; ++c) expected[c] = 0.5 + 0.1 * c + 0.4;
  for (int i = 0; i < SAMPLES; ++i) {
    const double rate = -0.25 * (log(uniform()) + log(uniform()) + log(uniform()) + log(uniform()));

    for (int c = 0; c < COLUMNS; c += 2) {
      const int shared = poisson(0.4 * rate);

      for (int a = c; a < c + 2; ++a)
        counts[i * COLUMNS + a] = shared + poisson((0.5 + 0.1 * a) * rate);
    }
  }
}

static int compare(const void *a, const void *b)
{
  const double p = *(const double *)a, q = *(const double *)b;

  return (p > q) - (p < q);
}

/* Kolmogorov and Smirnov: sqrt(n) times the largest distance is above 1.95 with chance 1e-3. The counts are not
   Gaussian, which shifts p-values by some 0.02 here: 1.95 + 0.02 sqrt(1500) = 2.7. The seed is fixed. */
static void p_values_are_uniform(void **state)
{
  int32_t counts[SAMPLES * COLUMNS];
  double  expected[COLUMNS], p[REPEATS], distance = 0.0;
  int     n_low = 0;

  (void)state;
  random_state = 1;
  for (int r = 0; r < REPEATS; ++r) {
    KrCountTest test;

    draw(counts, expected);
    assert_int_equal(KrCountTestRun(SAMPLES, COLUMNS, counts, expected, &test), 0);
    assert_int_equal(test.dof, COLUMNS);
    p[r] = test.p_value;
    n_low += test.p_value < 0.01;
  }
  qsort(p, REPEATS, sizeof p[0], compare);
  for (int r = 0; r < REPEATS; ++r) distance = fmax(distance, fabs(p[r] - (r + 0.5) / REPEATS));
  if (distance * sqrt(REPEATS) > 2.7) fail_msg("distance from uniform %.4f", distance);
  /* 15 expected; more than 37 with chance 1e-6, and with twice the nominal size 5 % */
  assert_in_range(n_low, 2, 37);
}

/* How often of 50 times a theory that is right but for a change is refused at 1e-3. */
static int count_refusals(void change(double expected[]))
{
  int32_t     counts[SAMPLES * COLUMNS];
  double      expected[COLUMNS];
  KrCountTest test;
  int         n_refused = 0;

  for (int r = 0; r < 50; ++r) {
    draw(counts, expected);
    change(expected);
    assert_int_equal(KrCountTestRun(SAMPLES, COLUMNS, counts, expected, &test), 0);
    n_refused += test.p_value < 1e-3;
  }
  return n_refused;
}

static void shift(double expected[]) /* by four columns */
{
  for (int c = 0; c < COLUMNS; ++c) expected[c] -= 0.4;
}

static void scale(double expected[]) /* the error of the mean of the rate is 3.5 % */
{
  for (int c = 0; c < COLUMNS; ++c) expected[c] *= 1.3;
}

static void tilt(double expected[])
{
  for (int c = 0; c < COLUMNS; ++c) expected[c] *= c % 2 == 0 ? 1.25 : 0.8;
}

static void a_wrong_theory_is_refused(void **state)
{
  (void)state;
  random_state = 2;
  assert_in_range(count_refusals(shift), 40, 50);
  assert_in_range(count_refusals(scale), 45, 50);
  assert_in_range(count_refusals(tilt), 45, 50);
}

/* A column that is the sum of two others, or constant, says nothing and changes nothing. */
static void dependent_columns(void **state)
{
  int32_t     counts[SAMPLES * COLUMNS], more[SAMPLES * (COLUMNS + 2)];
  double      expected[COLUMNS], most[COLUMNS + 2];
  KrCountTest few, all;

  (void)state;
  random_state = 3;
  draw(counts, expected);
  for (int i = 0; i < SAMPLES; ++i) {
    for (int c = 0; c < COLUMNS; ++c) more[i * (COLUMNS + 2) + c] = counts[i * COLUMNS + c];
    more[i * (COLUMNS + 2) + COLUMNS]     = counts[i * COLUMNS];
    more[i * (COLUMNS + 2) + COLUMNS + 1] = 2;
  }
  for (int c = 0; c < COLUMNS; ++c) most[c] = expected[c];
  most[COLUMNS]     = expected[0];
  most[COLUMNS + 1] = 2.0;
  KrCountTestRun(SAMPLES, COLUMNS, counts, expected, &few);
  KrCountTestRun(SAMPLES, COLUMNS + 2, more, most, &all);
  assert_int_equal(all.dof, COLUMNS);
  near(all.statistic, few.statistic, 1e-8); /* 1e-16 over the threshold of dependence */
}

/* One column is Student's t, squared: 2, 3, 3, 4 has mean 3 and variance 2/3. */
static void one_column_by_hand(void **state)
{
  const int32_t counts[] = {2, 3, 3, 4}, none[] = {0, 0, 0, 0};
  const double  expected = 2.5, t2 = 0.25 / (2.0 / 3.0 * 2.5 / 3.0 / 4.0);
  KrCountTest   test;

  (void)state;
  KrCountTestRun(4, 1, counts, &expected, &test);
  assert_int_equal(test.dof, 1);
  near(test.statistic, t2, 1e-14);
  near(test.p_value, KrFisherTail(1.0, 3.0, t2), 1e-14);
  KrCountTestRun(4, 1, none, &expected, &test); /* nothing found: Poisson's variance */
  near(test.statistic, 4 * 2.5, 1e-14);
  KrCountTestRun(4, 4, counts, &expected, &test);
  assert_true(test.dof == 0 && isnan(test.p_value) && isnan(test.statistic));
  KrCountTestRun(0, 1, NULL, &expected, &test);
  assert_true(test.dof == 0 && isnan(test.p_value));
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(beta_against_closed_forms),
                                     cmocka_unit_test(fisher_against_closed_forms),
                                     cmocka_unit_test(logarithms),
                                     cmocka_unit_test(merging),
                                     cmocka_unit_test(one_column_by_hand),
                                     cmocka_unit_test(dependent_columns),
                                     cmocka_unit_test(p_values_are_uniform),
                                     cmocka_unit_test(a_wrong_theory_is_refused)};

  return cmocka_run_group_tests(tests, NULL, NULL);
}
