/* kr_test: labels=theory timeout=60 */
/* Semicircle, one-point density and ordered eigenvalues of the GOE. */
#include <kacrice/theory.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "near.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static const double pi = 3.14159265358979323846;

static void semicircle_cdf_is_its_integral(void **state)
{
  const double h = 1e-4;

  (void)state;
  assert_true(KrSemicircleCdf(-2.5) == 0.0 && KrSemicircleCdf(2.5) == 1.0);
  assert_true(KrSemicircleDensity(2.5) == 0.0);
  EXPECT_NEAR(KrSemicircleCdf(0.0), 0.5, 1e-16);
  EXPECT_NEAR(KrSemicircleDensity(0.0), 1.0 / pi, 1e-16);
  for (double t = -1.9; t < 1.95; t += 0.1) {
    const double slope = (KrSemicircleCdf(t + h) - KrSemicircleCdf(t - h)) / (2.0 * h);

    /* central difference: h^2 / 6 times the second derivative of the density, at most 8 here */
    EXPECT_NEAR(slope, KrSemicircleDensity(t), 2e-8);
    EXPECT_NEAR(KrSemicircleCdf(t) + KrSemicircleCdf(-t), 1.0, 1e-15);
  }
}

/* By hand: n = 1 is a Gaussian of variance 2; for n = 2 integrate |x - y| exp(-(x^2 + y^2) / 4) over y. */
static void two_by_two_by_hand(void **state)
{
  (void)state;
  for (double x = -5.0; x <= 5.0; x += 0.5) {
    const double gauss = exp(-0.25 * x * x);
    const double above = 2.0 * gauss - x * sqrt(pi) * erfc(0.5 * x); /* integral over y > x */
    double       density[2];

    EXPECT_RELATIVE(KrGoeDensity(1, x), gauss / (2.0 * sqrt(pi)), 1e-14);
    assert_int_equal(KrGoeOrderDensity(1, x, 1, density), KR_THEORY_OK);
    EXPECT_RELATIVE(density[0], gauss / (2.0 * sqrt(pi)), 1e-14);
    assert_int_equal(KrGoeOrderDensity(2, x, 2, density), KR_THEORY_OK);
    /* rounding is relative to the sum over k, the closed form itself loses digits for x > 0 */
    EXPECT_NEAR(density[0], gauss * above / (4.0 * sqrt(2.0 * pi)), 1e-15);
    EXPECT_NEAR(KrGoeDensity(2, x),
                gauss * (sqrt(pi) * x * erf(0.5 * x) + 2.0 * gauss) / (2.0 * sqrt(2.0 * pi)),
                1e-15);
  }
}

/* The trapezoidal rule converges exponentially for an entire function. */
static void one_point_density_integrates_to_n(void **state)
{
  static const int sizes[] = {1, 2, 3, 4, 7, 10, 25, 80, 151, 200};

  (void)state;
  for (size_t i = 0; i < LENGTH(sizes); ++i) {
    const double step = 0.02, edge = 2.0 * sqrt(sizes[i]) + 11.0;
    double       sum = 0.0;

    for (double x = -edge; x <= edge; x += step) sum += step * KrGoeDensity(sizes[i], x);
    EXPECT_RELATIVE(sum, (double)sizes[i], 1e-12); /* some 2000 terms, each good to n eps */
  }
}

/* The closed form knows nothing of Pfaffians. */
static void orders_sum_to_the_one_point_density(void **state)
{
  static const int sizes[] = {2, 3, 4, 5, 9, 10, 23, 24, 25, 40, 41, 80};

  (void)state;
  for (size_t i = 0; i < LENGTH(sizes); ++i) {
    const int n = sizes[i];

    for (double t = -1.3; t <= 1.3; t += 0.37) {
      const double x = t * 2.0 * sqrt(n);
      double       density[80], mirror[80], sum = 0.0;

      assert_int_equal(KrGoeOrderDensity(n, x, n, density), KR_THEORY_OK);
      assert_int_equal(KrGoeOrderDensity(n, -x, n, mirror), KR_THEORY_OK);
      for (int k = 0; k < n; ++k) sum += density[k];
      EXPECT_RELATIVE(sum, KrGoeDensity(n, x),
                      1e-12);     /* conditioning of the Pfaffians, some n^2 eps */
      for (int k = 0; k < n; ++k) /* the law is even */
        EXPECT_NEAR(density[k], mirror[n - 1 - k], 1e-12 * sum);
    }
  }
}

/* Independent 60-digit evaluation: all roots of unity in the full bordered Pfaffian with every integral done
   numerically. Small values must keep their own digits: the Kac-Rice weight magnifies them. */
static void orders_match_high_precision(void **state)
{
  static const struct {
    int    n;
    double x;
    int    n_known;
    double density[7];
  } cases[] = {
    {5,
     -1.5,
     5,
     {0.080082897687161448, 0.46476252850794309, 0.094042704129776277, 0.00069133091635530587,
      1.1687828235034481e-7}},
    {10,
     -3.0,
     7,
     {0.0081150984033639118, 0.2998437756053083, 0.49976901157200466, 0.051147410180514733,
      0.00031574531680170843, 1.0127909620806851e-7, 1.377536285512537e-12}},
    {20,
     -6.5,
     7,
     {0.05426130898872812, 0.58089052719322465, 0.31015446988407934, 0.010741943278122212,
      2.3971039080801133e-5, 3.1650351964329262e-9, 2.2330584413618974e-14}},
  };

  (void)state;
  for (size_t i = 0; i < LENGTH(cases); ++i) {
    double density[20];

    assert_int_equal(KrGoeOrderDensity(cases[i].n, cases[i].x, cases[i].n, density), KR_THEORY_OK);
    for (int k = 0; k < cases[i].n_known; ++k) {
      const double want = cases[i].density[k];

      /* eps times the sum of all k, tilted: docs/theory/kac_rice.md, section 3; measured 2e-8 at 1e-14 */
      EXPECT_RELATIVE(density[k], want, want > 1e-6 ? 1e-11 : 1e-7);
    }
  }
}

/* Asking for few indices gives the same numbers as asking for all. */
static void few_indices_agree_with_all(void **state)
{
  double all[40], few[3];

  (void)state;
  for (double x = -14.0; x <= -6.0; x += 1.0) {
    assert_int_equal(KrGoeOrderDensity(40, x, 40, all), KR_THEORY_OK);
    assert_int_equal(KrGoeOrderDensity(40, x, 3, few), KR_THEORY_OK);
    for (int k = 0; k < 3; ++k) EXPECT_NEAR(few[k], all[k], 1e-14);
  }
}

static void bad_input_is_refused(void **state)
{
  double density[4];

  (void)state;
  assert_true(isnan(KrGoeDensity(0, 0.0)));
  assert_true(isnan(KrGoeDensity(KR_THEORY_N_MAX + 1, 0.0)));
  assert_int_equal(KrGoeOrderDensity(0, 0.0, 1, density), KR_THEORY_BAD_INPUT);
  assert_int_equal(KrGoeOrderDensity(3, 0.0, 4, density), KR_THEORY_BAD_INPUT);
  assert_int_equal(KrGoeOrderDensity(3, 0.0, 0, density), KR_THEORY_BAD_INPUT);
  assert_int_equal(KrGoeOrderDensity(3, NAN, 3, density), KR_THEORY_BAD_INPUT);
  assert_int_equal(KrGoeOrderDensity(3, 1e6, 3, density), KR_THEORY_OK);
  assert_true(density[0] == 0.0 && density[2] == 0.0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(semicircle_cdf_is_its_integral),
    cmocka_unit_test(two_by_two_by_hand),
    cmocka_unit_test(one_point_density_integrates_to_n),
    cmocka_unit_test(orders_sum_to_the_one_point_density),
    cmocka_unit_test(orders_match_high_precision),
    cmocka_unit_test(few_indices_agree_with_all),
    cmocka_unit_test(bad_input_is_refused),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
