/* kr_test: labels=theory timeout=30 */
/* Complexity for N -> infinity against closed forms, the 1RSB ground state and 40-digit values. */
#include <kacrice/theory.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "near.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* The functions are a few dozen operations on numbers of order one, the zeros have slopes near one. */
static const double tolerance = 2e-13;

static const KrMixture mixed = {.n_orders = 2, .order = {3, 4}, .c = {0.36, 0.64}};

/* Auffinger, Ben Arous & Cerny 2013, written out for the pure model without any (e, mu). */
static double pure_index(int p, int k, double e)
{
  const double edge  = 2.0 * sqrt((p - 1.0) / p);
  const double root  = sqrt(e * e - edge * edge);
  const double price = -e / (edge * edge) * root - log(-e + root) + log(edge);

  return 0.5 * log(p - 1.0) - (p - 2.0) / (4.0 * (p - 1.0)) * e * e - (k + 1) * price;
}

static void pure_follows_the_closed_forms(void **state)
{
  (void)state;
  for (int p = 2; p <= 6; ++p) {
    const KrMixture f    = KrMixturePure(p);
    const double    edge = -2.0 * sqrt((p - 1.0) / p);

    EXPECT_NEAR(KrComplexityThresholdEnergy(&f), edge, tolerance);
    EXPECT_NEAR(KrComplexityThresholdMu(&f), p * edge, 10.0 * tolerance);
    EXPECT_NEAR(KrComplexityTotal(&f), 0.5 * log(p - 1.0), tolerance);
    EXPECT_NEAR(KrComplexityEnergy(&f, 0.0), 0.5 * log(p - 1.0), tolerance);
    EXPECT_NEAR(KrComplexityEnergy(&f, edge), 0.5 * log(p - 1.0) - (p - 2.0) / p, tolerance);
    for (double e = 1.001 * edge; e > 1.3 * edge; e += 0.03 * edge) {
      for (int k = 0; k < 4; ++k)
        EXPECT_NEAR(KrComplexityIndex(&f, k, e), pure_index(p, k, e), tolerance);
      EXPECT_NEAR(KrComplexityEnergy(&f, e), pure_index(p, 0, e), tolerance);
      EXPECT_NEAR(KrComplexityEnergy(&f, -e), KrComplexityEnergy(&f, e), tolerance);
      EXPECT_NEAR(KrComplexityJointIndex(&f, 2, e, p * e), pure_index(p, 2, e), tolerance);
    }
    assert_true(isinf(KrComplexityIndex(&f, 0, 0.99 * edge)));
    assert_true(isinf(KrComplexityJoint(&f, -1.0, -0.5)));
  }
}

/* 40-digit zeros of Sigma_k by an independent program: k = 0, 1, 2, 9. */
static void pure_ground_energies(void **state)
{
  static const double known[][5] = {
    {3, -1.656998363527473, -1.652873198103043, -1.650253127439273, -1.643050194987809},
    {4, -1.794085028179254, -1.783300301254058, -1.776477611700190, -1.757828747564850},
    {5, -1.887988826368919, -1.870575635476796, -1.859598916261983, -1.829749390458261},
    {6, -1.958665998952732, -1.935111808002863, -1.920309637581391, -1.880233974337451},
  };

  (void)state;
  for (size_t i = 0; i < LENGTH(known); ++i) {
    const KrMixture f = KrMixturePure((int)known[i][0]);

    for (int k = 0; k < 3; ++k)
      EXPECT_NEAR(KrComplexityGroundEnergy(&f, k), known[i][k + 1], tolerance);
    EXPECT_NEAR(KrComplexityGroundEnergy(&f, 9), known[i][4], tolerance);
  }
}

/* Crisanti & Sommers 1992 at T = 0, one step of replica symmetry breaking: x, y are related by
   f'(1) x (x + y) = 1. A quite different formula with the same ground state (Subag 2017). */
static double one_step_energy(const KrMixture *f, double x)
{
  const double first = KrMixtureValue(f, 1, 1.0), y = 1.0 / (first * x) - x;

  return -0.5 * (first * x + y + log1p(y / x) / y);
}

/* Highest one_step_energy by golden section. */
static double one_step_ground(const KrMixture *f)
{
  const double golden = 0.61803398874989485;
  double       low = 1e-3, high = 0.99 / sqrt(KrMixtureValue(f, 1, 1.0));

  while (high - low > 1e-9) { /* an extremum: the energy is then good to 1e-17 */
    const double left = high - golden * (high - low), right = low + golden * (high - low);

    if (one_step_energy(f, left) > one_step_energy(f, right)) high = right;
    else low = left;
  }
  return one_step_energy(f, low);
}

static void ground_state_is_that_of_replicas(void **state)
{
  (void)state;
  for (int p = 3; p <= 6; ++p) {
    const KrMixture f = KrMixturePure(p);

    EXPECT_NEAR(KrComplexityGroundEnergy(&f, 0), one_step_ground(&f), tolerance);
  }
  EXPECT_NEAR(KrComplexityGroundEnergy(&mixed, 0), one_step_ground(&mixed), tolerance);
}

/* 0.36 q^3 + 0.64 q^4; independent 40-digit evaluation. */
static void mixed_constants(void **state)
{
  const double ground = KrComplexityGroundEnergy(&mixed, 0);

  (void)state;
  EXPECT_NEAR(ground, -1.751418728664781, tolerance);
  EXPECT_NEAR(KrComplexityGroundEnergy(&mixed, 1), -1.744561319931945, tolerance);
  EXPECT_NEAR(KrComplexityTypicalMu(&mixed, ground), -6.433791179517670, 20.0 * tolerance);
  EXPECT_NEAR(KrComplexityThresholdMu(&mixed), -6.273754856543249, tolerance);
  EXPECT_NEAR(KrComplexityThresholdEnergy(&mixed), -1.703380774505042, tolerance);
  EXPECT_NEAR(KrComplexityTotal(&mixed), 0.4972360147077564, tolerance);
}

static void mixed_complexities(void **state)
{
  static const struct {
    double e, mu, total, minima;
  } known[] = {
    {-1.0, -3.683119447186575, 0.3378497034211489, -14.05628968920967},
    {-1.6, -5.892991115498519, 0.08920705781404134, -0.2217384448934552},
    {-1.7, -6.261303060217177, 0.03660957508946089, 0.03627704027035799},
    {-1.74, -6.394007130339855, 0.009201359742362043, 0.009201359742362043},
  };

  (void)state;
  for (size_t i = 0; i < LENGTH(known); ++i) {
    const double e = known[i].e;

    EXPECT_NEAR(KrComplexityTypicalMu(&mixed, e), known[i].mu, 20.0 * tolerance);
    EXPECT_NEAR(KrComplexityEnergy(&mixed, e), known[i].total, tolerance);
    EXPECT_NEAR(KrComplexityIndex(&mixed, 0, e), known[i].minima, 50.0 * tolerance);
  }
  EXPECT_NEAR(KrComplexityJoint(&mixed, -1.7, -6.4), -0.01004702349067488, tolerance);
  EXPECT_NEAR(KrComplexityJointIndex(&mixed, 1, -1.7, -6.4), -0.01544574597094897, tolerance);
  assert_true(isinf(KrComplexityJointIndex(&mixed, 0, -1.7, -6.2)));
}

/* Sigma(e) is the largest Sigma(e, mu), found here by trying. */
static void typical_mu_maximises(void **state)
{
  (void)state;
  for (double e = -1.8; e < 1.9; e += 0.1) {
    const double best = KrComplexityEnergy(&mixed, e);
    double       most = -INFINITY;

    for (double mu = -10.0; mu <= 10.0; mu += 1e-3)
      most = fmax(most, KrComplexityJoint(&mixed, e, mu));
    assert_true(best >= most - 1e-15);
    EXPECT_NEAR(best, most, 1e-5); /* curvature below 10, off by half a step of 1e-3 */
  }
}

static void a_little_of_another_order_changes_little(void **state)
{
  const KrMixture f    = {.n_orders = 2, .order = {3, 4}, .c = {1.0 - 1e-9, 1e-9}};
  const KrMixture pure = KrMixturePure(3);

  (void)state;
  for (int k = 0; k < 3; ++k) /* first order in 1e-9 */
    EXPECT_NEAR(KrComplexityGroundEnergy(&f, k), KrComplexityGroundEnergy(&pure, k), 1e-8);
  EXPECT_NEAR(KrComplexityEnergy(&f, -1.2), KrComplexityEnergy(&pure, -1.2), 1e-8);
}

/* Energies at which the index is k / N = fraction; independent 40-digit evaluation. */
static void index_fraction(void **state)
{
  static const struct {
    int    p;
    double fraction, e;
  } known[] = {
    {3, 0.01, -1.525759389112923}, {3, 0.1, -1.121946034935254}, {3, 0.4, -0.2575821258525322},
    {4, 0.01, -1.618312215751188}, {4, 0.1, -1.190003474142116}, {6, 0.25, -0.7375499653320503},
  };

  (void)state;
  for (size_t i = 0; i < LENGTH(known); ++i) {
    const KrMixture f = KrMixturePure(known[i].p);

    EXPECT_NEAR(KrComplexityIndexFraction(&f, known[i].e), known[i].fraction, tolerance);
    EXPECT_NEAR(KrComplexityIndexFraction(&f, -known[i].e), 1.0 - known[i].fraction, tolerance);
  }
  assert_true(KrComplexityIndexFraction(&mixed, -1.71) == 0.0);
  EXPECT_NEAR(KrComplexityIndexFraction(&mixed, 0.0), 0.5, tolerance);
}

static void quadratic_has_no_complexity(void **state)
{
  const KrMixture f = KrMixturePure(2);

  (void)state;
  EXPECT_NEAR(KrComplexityTotal(&f), 0.0, tolerance);
  for (int k = 0; k < 5; ++k) EXPECT_NEAR(KrComplexityGroundEnergy(&f, k), -sqrt(2.0), tolerance);
}

static void negative_index_is_not_a_number(void **state)
{
  (void)state;
  assert_true(isnan(KrComplexityIndex(&mixed, -1, -1.7)));
  assert_true(isnan(KrComplexityJointIndex(&mixed, -1, -1.7, -6.4)));
  assert_true(isnan(KrComplexityGroundEnergy(&mixed, -1)));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(pure_follows_the_closed_forms),
    cmocka_unit_test(pure_ground_energies),
    cmocka_unit_test(ground_state_is_that_of_replicas),
    cmocka_unit_test(mixed_constants),
    cmocka_unit_test(mixed_complexities),
    cmocka_unit_test(typical_mu_maximises),
    cmocka_unit_test(a_little_of_another_order_changes_little),
    cmocka_unit_test(index_fraction),
    cmocka_unit_test(quadratic_has_no_complexity),
    cmocka_unit_test(negative_index_is_not_a_number),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
