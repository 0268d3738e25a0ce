/* kr_test: labels=theory timeout=30 */
/* The TAP free energy as a function of q against numbers computed independently to 16 digits, and against its own
   derivatives. */
#include <kacrice/tap.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "near.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

typedef struct {
  double e, temperature, q, f, u, spinodal, edge;
} State;

/* p = 3, by mpmath at 30 digits from the quadratic equation for z, with the free energy as Kurchan, Parisi and Virasoro
   1993 write it (T and e in units of f = q^p). */
static const State states[] = {
  {-1.656998363527473, 0.2, 0.9286057385455047, -1.255209311013115, -1.555572110810961,
   1.118920220676367, 0.06939725546032744},
  {-1.656998363527473, 0.5, 0.8087448034836107, -0.8873524021241516, -1.396633035925519,
   1.118920220676367, 0.06476380630178647},
  {-1.644995762691463, 0.5, 0.7975103741713161, -0.8787073513470543, -1.384375174162066,
   1.064258602917147, 0.03215620498934782},
  {-1.634626155017308, 0.2, 0.9185320885749282, -1.235316707290972, -1.533145446813239,
   0.9859260923674713, 0.004695185845714552},
};

static const KrMixture mixed = {.n_orders = 2, .order = {3, 4}, .c = {0.36, 0.64}};

static void states_of_the_cubic_model(void **state)
{
  const KrMixture f = KrMixturePure(3);

  (void)state;
  for (size_t i = 0; i < LENGTH(states); ++i) {
    const State *want = &states[i];
    KrTapTerms   terms;
    double       q = 0.0, root;

    assert_int_equal(KrTapOverlap(3, want->e, want->temperature, &q), 0);
    /* the numbers have 16 digits; e near -E_inf loses half of them in the square root */
    EXPECT_NEAR(q, want->q, 2e-13);
    KrTapTermsAt(&f, want->temperature, q, &terms);
    EXPECT_NEAR(want->e * pow(q, 1.5) + terms.free_energy, want->f, 1e-13);
    EXPECT_NEAR(want->e * pow(q, 1.5) + terms.energy, want->u, 1e-12);
    EXPECT_NEAR(KrTapLimit(3, want->e), want->spinodal, 1e-12);
    /* stationary along the ray: p e q^(p/2-1) + A = 0 */
    EXPECT_NEAR(3.0 * want->e * sqrt(q) + terms.multiplier, 0.0, 1e-12);
    /* lower edge of the bulk, A - 2 sqrt(f''), is T/(1-q) (1 - sqrt(p(p-1)) z)^2 */
    EXPECT_NEAR(terms.multiplier - 2.0 * sqrt(KrMixtureValue(&f, 2, q)), want->edge, 1e-11);
    root = 1.0 - terms.reaction;
    EXPECT_NEAR(want->temperature / (1.0 - q) * root * root, want->edge, 1e-11);
    EXPECT_NEAR(KrTapReach(&f, want->temperature, q), -want->e / (2.0 * sqrt(2.0 / 3.0)), 1e-12);
    assert_int_equal(KrTapIsState(&f, want->temperature, q), 1);
  }
}

/* Outside of the range there is no state: above the threshold energy, and from the spinodal on. At it q = (p-2)/p. */
static void none_beyond_the_range(void **state)
{
  double q = 0.0;

  (void)state;
  for (int p = 3; p <= 6; ++p) {
    const double threshold = -2.0 * sqrt((p - 1.0) / p), e = 1.05 * threshold;
    const double spinodal = KrTapLimit(p, e);

    assert_int_equal(KrTapOverlap(p, 0.999 * threshold, 0.1, &q), 1);
    assert_int_equal(KrTapOverlap(p, -e, 0.1, &q), 1);
    assert_int_equal(KrTapOverlap(p, e, 0.0, &q), 1);
    assert_int_equal(KrTapOverlap(p, e, spinodal * (1.0 + 1e-12), &q), 1);
    assert_int_equal(KrTapOverlap(p, e, spinodal * (1.0 - 1e-12), &q), 0);
    /* q meets (p-2)/p as a square root: 1e-12 in T is 1e-6 in q */
    EXPECT_NEAR(q, (p - 2.0) / p, 3e-6);
    assert_true(KrTapLimit(p, 0.9 * threshold) == 0.0);
  }
}

/* T -> 0: 1 - q -> z T, and q keeps the digits of 1 - q. */
static void cold_states(void **state)
{
  const double e = -1.7, z = 2.0 / (5.1 + sqrt(5.1 * 5.1 - 24.0));
  double       q = 0.0;

  (void)state;
  assert_int_equal(KrTapOverlap(3, e, 1e-6, &q), 0);
  /* q^(1/2) is 1 - z T / 2: relative 1e-6; rounding of 1 - q is 1e-10 */
  EXPECT_RELATIVE(1.0 - q, z * 1e-6, 1e-6);
}

/* Central differences: phi' = A/2, and A' is the slope; h^2 times third derivatives below 1e3 on this range. */
static void derivatives_belong_together(void **state)
{
  const double T = 0.4, h = 1e-5;

  (void)state;
  for (double q = 0.1; q < 0.95; q += 0.1) {
    KrTapTerms at, less, more;

    KrTapTermsAt(&mixed, T, q, &at);
    KrTapTermsAt(&mixed, T, q - h, &less);
    KrTapTermsAt(&mixed, T, q + h, &more);
    EXPECT_NEAR((more.free_energy - less.free_energy) / (2.0 * h), 0.5 * at.multiplier, 1e-6);
    EXPECT_NEAR((more.multiplier - less.multiplier) / (2.0 * h), at.slope, 1e-4);
    /* u = f - T df/dT at fixed q */
    KrTapTermsAt(&mixed, T - h, q, &less);
    KrTapTermsAt(&mixed, T + h, q, &more);
    EXPECT_NEAR(at.free_energy - T * (more.free_energy - less.free_energy) / (2.0 * h), at.energy,
                1e-6);
    EXPECT_NEAR(at.multiplier,
                sqrt(KrMixtureValue(&mixed, 2, q)) * (at.reaction + 1.0 / at.reaction), 1e-12);
  }
  {
    KrTapTerms outside;

    KrTapTermsAt(&mixed, T, 1.0, &outside);
    assert_true(isinf(outside.free_energy) && outside.free_energy > 0.0);
  }
}

/* States begin where w = 1 or, when it never reaches 1, at its maximum. */
static void threshold_of_states(void **state)
{
  const KrMixture cubic = KrMixturePure(3);
  KrTapTerms      terms;
  double          q = KrTapThreshold(&cubic, 0.3);

  (void)state;
  KrTapTermsAt(&cubic, 0.3, q, &terms);
  EXPECT_NEAR(terms.reaction, 1.0, 1e-12);
  /* the threshold of long-time dynamics at T = 0.3, computed independently */
  EXPECT_NEAR(q, 0.86858679142034, 1e-13);
  EXPECT_NEAR(KrTapThreshold(&cubic, 2.0), 1.0 / 3.0, 1e-12);
  assert_int_equal(KrTapIsState(&cubic, 0.3, q - 1e-9), 0);
  assert_int_equal(KrTapIsState(&cubic, 0.3, q + 1e-9), 1);
  assert_int_equal(KrTapIsState(&cubic, 0.3, 0.01), 0); /* w < 1 there, too */
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(states_of_the_cubic_model),
    cmocka_unit_test(none_beyond_the_range),
    cmocka_unit_test(cold_states),
    cmocka_unit_test(derivatives_belong_together),
    cmocka_unit_test(threshold_of_states),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
