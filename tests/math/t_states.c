/* kr_test: labels=theory timeout=60 */
/* Sums over states: closed forms, identities, the law of weights in the glass, and the Kauzmann temperature. */
#include <kacrice/states.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include "near.h"

/* A few dozen operations on numbers of order N beta < 100. */
static const double tolerance = 1e-12;

static KrStates harmonic(int n, int64_t count, const double energy[], const double log_det[])
{
  return (KrStates){.kind         = KR_STATES_HARMONIC,
                    .n            = n,
                    .multiplicity = 1,
                    .count        = count,
                    .energy       = energy,
                    .log_det      = log_det};
}

/* p = 2, N = 2 on the circle |x|^2 = 2: H = -2 cos(2 a) has two minima with e = -1 and the Hessian 4, so that
   Z -> exp(2 beta) / sqrt(4 pi beta): the Bessel function I_0(2 beta) = Z at large beta. */
static void bessel_function(void **state)
{
  const double energy[] = {-1.0}, log_det[] = {log(4.0)}, pi = 3.14159265358979324;
  KrStates     states = harmonic(2, 1, energy, log_det);
  KrStatesSum  sum;

  (void)state;
  states.multiplicity = 2;
  for (double beta = 1.0; beta < 50.0; beta *= 2.0) {
    assert_int_equal(KrStatesWeigh(&states, 1.0 / beta, &sum), KR_THEORY_OK);
    EXPECT_NEAR(sum.log_sum, 2.0 * beta - 0.5 * log(4.0 * pi * beta), tolerance * beta);
    EXPECT_NEAR(sum.free_energy, -sum.log_sum / (2.0 * beta), tolerance);
    EXPECT_NEAR(sum.energy, -1.0 + 0.25 / beta, tolerance);
    EXPECT_NEAR(sum.participation, 1.0, 0.0);
    EXPECT_NEAR(sum.entropy, 0.0, 0.0);
  }
}

static void equal_weights(void **state)
{
  double      energy[7], log_det[7];
  KrStates    states = harmonic(10, 7, energy, log_det), one = harmonic(10, 1, energy, log_det);
  KrStatesSum sum, single;

  (void)state;
  for (int i = 0; i < 7; ++i) {
    energy[i]  = -1.2;
    log_det[i] = 3.0;
  }
  assert_int_equal(KrStatesWeigh(&states, 0.3, &sum), KR_THEORY_OK);
  assert_int_equal(KrStatesWeigh(&one, 0.3, &single), KR_THEORY_OK);
  assert_int_equal(sum.count, 7);
  EXPECT_NEAR(sum.participation, 1.0 / 7.0, tolerance);
  EXPECT_NEAR(sum.entropy, log(7.0), tolerance);
  EXPECT_NEAR(sum.log_sum, single.log_sum + log(7.0), tolerance);
  EXPECT_NEAR(sum.energy, single.energy, tolerance);
  states.multiplicity = 2;
  assert_int_equal(KrStatesWeigh(&states, 0.3, &single), KR_THEORY_OK);
  EXPECT_NEAR(single.log_sum, sum.log_sum + log(2.0), tolerance);
  EXPECT_NEAR(single.entropy, sum.entropy, 0.0);
}

/* A TAP sum of one state is that state; those above -E_inf or beyond their spinodal are not there. */
static void tap_states(void **state)
{
  const double energy[] = {-1.68, -1.65, -1.6}, t = 0.4;
  KrStates     states = {KR_STATES_TAP, KrMixturePure(3), 20, 1, 3, energy, NULL};
  KrStatesSum  sum;
  KrTap        deep, high;

  (void)state;
  assert_int_equal(KrTapDescribe(&states.f, energy[0], t, &deep), KR_THEORY_OK);
  assert_int_equal(KrTapDescribe(&states.f, energy[1], t, &high), KR_THEORY_OK);
  assert_int_equal(KrStatesWeigh(&states, t, &sum), KR_THEORY_OK);
  assert_int_equal(sum.count, 2);
  const double a = exp(-20.0 * deep.free_energy / t), b = exp(-20.0 * high.free_energy / t);

  EXPECT_NEAR(sum.log_sum, log(a + b), tolerance * 100);
  EXPECT_NEAR(sum.energy, (a * deep.energy + b * high.energy) / (a + b), tolerance * 100);
  EXPECT_NEAR(sum.participation, (a * a + b * b) / (a + b) / (a + b), tolerance * 100);
  assert_int_equal(KrStatesWeigh(&states, KrTapSpinodal(&states.f, -1.67), &sum), KR_THEORY_OK);
  assert_int_equal(sum.count, 1);
  assert_int_equal(KrStatesWeigh(&states, 2.0, &sum), KR_THEORY_OUT_OF_RANGE);
  assert_int_equal(sum.count, 0);
  assert_true(isinf(sum.log_sum) && isnan(sum.energy));
  assert_int_equal(KrStatesWeigh(&states, 0.0, &sum), KR_THEORY_BAD_INPUT);
  states.count = 0;
  assert_int_equal(KrStatesWeigh(&states, t, &sum), KR_THEORY_OUT_OF_RANGE);
  assert_true(isnan(KrStatesKauzmann(&states, 2.0, 0.01, 1.0)));
}

/* N u is minus the derivative of ln Z in beta, for both kinds. */
static void energy_is_a_derivative(void **state)
{
  const double energy[] = {-1.70, -1.69, -1.66, -1.65}, log_det[] = {8.0, 5.0, 4.0, 1.0}, h = 1e-5;

  (void)state;
  for (int kind = 0; kind < 2; ++kind) {
    const KrStates states = {(KrStatesKind)kind, KrMixturePure(3), 16, 1, 4, energy, log_det};
    KrStatesSum    here, plus, minus;

    for (double beta = 1.5; beta < 10.0; beta += 1.0) {
      assert_int_equal(KrStatesWeigh(&states, 1.0 / beta, &here), KR_THEORY_OK);
      assert_int_equal(KrStatesWeigh(&states, 1.0 / (beta + h), &plus), KR_THEORY_OK);
      assert_int_equal(KrStatesWeigh(&states, 1.0 / (beta - h), &minus), KR_THEORY_OK);
      EXPECT_NEAR(-(plus.log_sum - minus.log_sum) / (2.0 * h) / 16.0, here.energy, 1e-7);
    }
  }
}

/* Two states apart by D in N e: w2/w1 = r = exp(-D/T), and 1/Y = 3/2 at r = 2 - sqrt(3). */
static void kauzmann_of_two(void **state)
{
  const double energy[] = {-1.5, -1.5 + 0.05, -1.0}, log_det[] = {2.0, 2.0, 300.0};
  KrStates     states = harmonic(20, 2, energy, log_det);

  (void)state;
  EXPECT_NEAR(KrStatesKauzmann(&states, 1.5, 1e-3, 10.0), -1.0 / log(2.0 - sqrt(3.0)), 1e-10);
  assert_true(isinf(KrStatesKauzmann(&states, 1.5, 1e-3, 0.5)));  /* not up to there */
  assert_true(isinf(KrStatesKauzmann(&states, 2.5, 1e-3, 10.0))); /* there are only two */
  states.count = 3; /* one that never has weight does not count */
  EXPECT_NEAR(KrStatesKauzmann(&states, 1.5, 1e-3, 10.0), -1.0 / log(2.0 - sqrt(3.0)), 1e-10);
  assert_true(isinf(KrStatesKauzmann(&states, 2.5, 1e-3, 10.0)));
}

static void kauzmann_of_degenerate_states(void **state)
{
  const double   energy[] = {-1.5, -1.5}, log_det[] = {2.0, 2.0};
  const KrStates states = harmonic(20, 2, energy, log_det);

  (void)state;
  EXPECT_NEAR(KrStatesKauzmann(&states, 1.5, 1e-3, 10.0), 1e-3, 0.0);
}

static double uniform(uint64_t *seed)
{
  *seed = *seed * 6364136223846793005u + 1442695040888963407u;
  return ((double)(*seed >> 11) + 0.5) / 9007199254740992.0;
}

#define N_DRAWS  1500
#define N_STATES 3000

/* Energies N e = ln(G)/y with G the points of a Poisson process have Poisson-Dirichlet weights with m = y T:
   E Y = 1 - m, E S = psi(1) - psi(1 - m). Five standard errors: a false alarm in 1e6 runs with free seeds. */
static void weights_in_the_glass(void **state)
{
  static double  energy[N_STATES], log_det[N_STATES];
  const KrStates states = harmonic(2, N_STATES, energy, log_det);
  /* psi(1) - psi(1-m) at m = 1/4, 1/2 */
  const double m[] = {0.25, 0.5}, want[] = {0.508645215, 1.386294361};
  uint64_t     seed = 20240607;

  (void)state;
  for (int i = 0; i < 2; ++i) {
    double sums[4] = {0};

    for (int draw = 0; draw < N_DRAWS; ++draw) {
      double      place = 0.0;
      KrStatesSum sum;

      for (int s = 0; s < N_STATES; ++s) {
        place -= log(uniform(&seed));
        energy[s] = 0.5 * log(place); /* y = 1 */
      }
      assert_int_equal(KrStatesWeigh(&states, m[i], &sum), KR_THEORY_OK);
      sums[0] += sum.participation / N_DRAWS;
      sums[1] += sum.participation * sum.participation / N_DRAWS;
      sums[2] += sum.entropy / N_DRAWS;
      sums[3] += sum.entropy * sum.entropy / N_DRAWS;
    }
    EXPECT_NEAR(sums[0], 1.0 - m[i], 5.0 * sqrt((sums[1] - sums[0] * sums[0]) / N_DRAWS));
    /* states left out hold a part 1/3000 of the weight at m = 1/2, and lack some 0.003 in S */
    EXPECT_NEAR(sums[2], want[i], 0.004 + 5.0 * sqrt((sums[3] - sums[2] * sums[2]) / N_DRAWS));
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(bessel_function),      cmocka_unit_test(equal_weights),
    cmocka_unit_test(tap_states),           cmocka_unit_test(energy_is_a_derivative),
    cmocka_unit_test(kauzmann_of_two),      cmocka_unit_test(kauzmann_of_degenerate_states),
    cmocka_unit_test(weights_in_the_glass),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
