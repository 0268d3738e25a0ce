/* kr_test: labels=theory timeout=60 */
/* TAP states of the pure model and the Franz-Parisi potential against 40-digit values and identities. */
#include <kacrice/tap_theory.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include "near.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* The values below have 16 digits, from an independent 40-digit program. Each function is a bisection to the last bit
   and a few dozen operations on numbers of order one (of order beta where beta multiplies). */
static const double tolerance = 1e-13;

/* p, e, T, q, f, u, T_sp, lower edge */
static const double taps[][8] = {
  {3, -1.656998363527473, 0.2, 0.9286057385455047, -1.255209311013115, -1.555572110810961,
   1.118920220676367, 0.06939725546032744},
  {3, -1.656998363527473, 0.5, 0.8087448034836107, -0.8873524021241516, -1.396633035925519,
   1.118920220676367, 0.06476380630178647},
  {3, -1.644995762691463, 0.2, 0.9247839002924055, -1.244499788385841, -1.543542087708698,
   1.064258602917147, 0.03462714999409129},
  {3, -1.644995762691463, 0.5, 0.7975103741713161, -0.8787073513470543, -1.384375174162066,
   1.064258602917147, 0.03215620498934782},
  {3, -1.634626155017308, 0.2, 0.9185320885749282, -1.235316707290972, -1.533145446813239,
   0.9859260923674713, 0.004695185845714552},
  {3, -1.634626155017308, 0.5, 0.7788144464120673, -0.8714292701923244, -1.37374460432238,
   0.9859260923674713, 0.004323372146125015},
  {4, -1.794085028179254, 0.2, 0.9536376166832554, -1.354742179221291, -1.69215248340937,
   1.130891337230217, 0.2366326651827334},
  {4, -1.794085028179254, 0.5, 0.8734537697964241, -0.9326001154068164, -1.530028002278897,
   1.130891337230217, 0.2167360953940678},
  {4, -1.763067917874066, 0.2, 0.9496734562335823, -1.326643079432327, -1.661055567177182,
   1.046161176489898, 0.1178245053836268},
  {4, -1.763067917874066, 0.5, 0.86126934979685, -0.9092400105307621, -1.498273371464825,
   1.046161176489898, 0.1068563457005078},
  {4, -1.733782858376446, 0.2, 0.9413500564950088, -1.300408432535721, -1.631676379713554,
   0.905630943898658, 0.006521864502228753},
  {4, -1.733782858376446, 0.5, 0.834626180865109, -0.8880209485017364, -1.468060662260687,
   0.905630943898658, 0.005782459802342159},
};

/* p, T, x, q, V, energy of the probe, replicon stable; 12 digits */
static const double potential[][7] = {
  {3, 0.85, 0.2, 0.0490253064635, 0.00798787565286, -1.18574372779, 1},
  {3, 0.85, 0.5, 0.509334696126, 0.00863508165595, -1.16807936434, 0},
  {3, 0.85, 0.6, 0.599405773032, 0.00736539209653, -1.17722485852, 1},
  {3, 0.85, 0.7, 0.683991403299, 0.0134016574175, -1.20352771989, 1},
  {3, 0.85, 0.8, 0.770129774223, 0.0505908997529, -1.24145427257, 1},
  {3, 0.85, 0.9, 0.865950195047, 0.200991538932, -1.27017664956, 1},
  {3, 1.0, 0.2, 0.045707729177, 0.0124498355502, -1.00790450757, 1},
  {3, 1.0, 0.5, 0.430279455051, 0.0379182700016, -1.04533788552, 1},
  {3, 1.0, 0.6, 0.544536546856, 0.0553718328924, -1.05453399543, 1},
  {3, 1.0, 0.7, 0.646634465339, 0.0906843947905, -1.072618766, 1},
  {3, 1.0, 0.8, 0.747097931929, 0.172136864493, -1.09500331481, 1},
  {3, 1.0, 0.9, 0.855726251221, 0.393861153233, -1.10237954834, 1},
};

static void known_states(void **state)
{
  (void)state;
  for (size_t i = 0; i < LENGTH(taps); ++i) {
    const double   *want = taps[i];
    const KrMixture f    = KrMixturePure((int)want[0]);
    KrTap           got;
    double          q, free_energy;

    /* z has the slope 1/sqrt(distance to the threshold) in e: 30 at the last e of the list, 60 in T_sp */
    assert_int_equal(KrTapDescribe(&f, want[1], want[2], &got), KR_THEORY_OK);
    EXPECT_NEAR(got.q, want[3], 100 * tolerance);
    EXPECT_NEAR(got.free_energy, want[4], 10 * tolerance);
    EXPECT_NEAR(got.energy, want[5], 100 * tolerance);
    EXPECT_NEAR(KrTapSpinodal(&f, want[1]), want[6], 100 * tolerance);
    EXPECT_NEAR(got.edge, want[7], 100 * tolerance);
    assert_int_equal(KrTapState(&f, want[1], want[2], &q, &free_energy), KR_THEORY_OK);
    EXPECT_NEAR(q, got.q, 0.0);
    EXPECT_NEAR(free_energy, got.free_energy, 0.0);
    EXPECT_NEAR(KrTapEnergy(&f, got.free_energy, want[2]), want[1], 10 * tolerance);
    EXPECT_NEAR(KrTapComplexity(&f, got.free_energy, want[2]), KrComplexityIndex(&f, 0, want[1]),
                100 * tolerance);
  }
}

/* f_TAP written out, as a function of q. */
static double free_energy_at(int p, double e, double temperature, double q)
{
  return e * pow(q, 0.5 * p) - 0.5 * temperature * log(1.0 - q) -
         0.5 / temperature * (1.0 - p * pow(q, p - 1.0) + (p - 1.0) * pow(q, p));
}

/* A minimum in q that ends at the spinodal, u = f - T df/dT, and slope q^(p/2) in e. */
static void states_are_minima(void **state)
{
  (void)state;
  for (int p = 3; p <= 6; ++p) {
    const KrMixture f = KrMixturePure(p);

    for (double e = 1.001 * KrComplexityThresholdEnergy(&f); e > -2.5; e -= 0.07) {
      const double spinodal = KrTapSpinodal(&f, e), h = 1e-5;
      KrTap        got, plus, minus;

      for (double t = 0.1 * spinodal; t < spinodal - h; t += 0.2 * spinodal) {
        assert_int_equal(KrTapDescribe(&f, e, t, &got), KR_THEORY_OK);
        assert_true(got.q > (p - 2.0) / p && got.edge > 0.0);
        EXPECT_NEAR(free_energy_at(p, e, t, got.q), got.free_energy, 20 * tolerance / t);
        assert_true(free_energy_at(p, e, t, got.q) < free_energy_at(p, e, t, got.q * 0.999));
        assert_true(free_energy_at(p, e, t, got.q) <
                    free_energy_at(p, e, t, 1.0 - 0.99 * (1.0 - got.q)));
        assert_int_equal(KrTapDescribe(&f, e, t + h, &plus), KR_THEORY_OK);
        assert_int_equal(KrTapDescribe(&f, e, t - h, &minus), KR_THEORY_OK);
        EXPECT_NEAR(got.free_energy - t * (plus.free_energy - minus.free_energy) / (2.0 * h),
                    got.energy,
                    1e-6); /* h^2 times third derivatives, which grow towards the spinodal */
        assert_int_equal(KrTapDescribe(&f, e - h, t, &minus), KR_THEORY_OK);
        EXPECT_NEAR((got.free_energy - minus.free_energy) / h, pow(got.q, 0.5 * p), 1e-3);
      }
      assert_int_equal(KrTapDescribe(&f, e, spinodal * 1.0001, &got), KR_THEORY_OUT_OF_RANGE);
    }
  }
}

/* The lower edge is q^(p/2-1) times that of the T = 0 Hessian, -p e - 2 sqrt(p(p-1)): the index does not change. */
static void edge_follows_the_hessian_at_zero(void **state)
{
  (void)state;
  for (int p = 3; p <= 6; ++p) {
    const KrMixture f = KrMixturePure(p);
    KrTap           got;

    for (double e = 1.01 * KrComplexityThresholdEnergy(&f); e > -2.5; e -= 0.1) {
      assert_int_equal(KrTapDescribe(&f, e, 0.4, &got), KR_THEORY_OK);
      EXPECT_NEAR(got.edge, pow(got.q, 0.5 * p - 1.0) * (-p * e - 2.0 * sqrt(p * (p - 1.0))),
                  100 * tolerance);
    }
  }
}

/* min_e f_TAP - T Sigma_0(e) is -beta/2 between T_K and T_d, and the glass below, where it is at E_0. */
static void least_over_states_is_equilibrium(void **state)
{
  (void)state;
  for (int p = 3; p <= 6; ++p) {
    const KrMixture f      = KrMixturePure(p);
    const double    ground = KrComplexityGroundEnergy(&f, 0), top = KrComplexityThresholdEnergy(&f);
    KrTransitions   at;
    KrThermo        equilibrium;

    assert_int_equal(KrThermoTransitions(&f, &at), KR_THEORY_OK);
    for (double t = 0.2 * at.static_; t < at.dynamic; t += 0.09 * at.static_) {
      double least = INFINITY, q, free_energy;

      for (int i = 0; i <= 2000; ++i) {
        const double e = ground + (top - ground) * i / 2000;

        assert_int_equal(KrTapState(&f, e, t, &q, &free_energy), KR_THEORY_OK);
        least = fmin(least, free_energy - t * fmax(0.0, KrComplexityIndex(&f, 0, e)));
      }
      assert_int_equal(KrThermoEquilibrium(&f, t, &equilibrium), KR_THEORY_OK);
      EXPECT_NEAR(least, equilibrium.free_energy,
                  1e-7); /* the grid: half a step squared, slope times it at E_0 none */
    }
  }
}

static void outside(void **state)
{
  const KrMixture f = KrMixturePure(3), mixed = {.n_orders = 2, .order = {3, 4}, .c = {0.5, 0.5}};
  KrTap           got;
  double          q, free_energy;

  (void)state;
  assert_int_equal(KrTapState(&f, -1.6, 0.1, &q, &free_energy), KR_THEORY_OUT_OF_RANGE);
  assert_int_equal(KrTapState(&f, 1.7, 0.1, &q, &free_energy), KR_THEORY_OUT_OF_RANGE);
  assert_int_equal(KrTapState(&f, NAN, 0.1, &q, &free_energy), KR_THEORY_OUT_OF_RANGE);
  assert_int_equal(KrTapState(&f, -1.65, 0.0, &q, &free_energy), KR_THEORY_BAD_INPUT);
  assert_int_equal(KrTapState(&f, -1.65, NAN, &q, &free_energy), KR_THEORY_BAD_INPUT);
  assert_int_equal(KrTapDescribe(&mixed, -1.7, 0.1, &got), KR_THEORY_BAD_INPUT);
  assert_true(isnan(KrTapSpinodal(&mixed, -1.7)) && isnan(KrTapSpinodal(&f, -1.6)));
  assert_true(isnan(KrTapEnergy(&f, -0.5, 0.5)));      /* above the threshold's f */
  assert_true(isnan(KrTapComplexity(&f, -1.0, 0.95))); /* some have gone by then */
  assert_true(KrTapComplexity(&f, -0.9, 0.5) < 0.0);   /* below the lowest state */
  EXPECT_NEAR(KrTapSpinodal(&f, KrComplexityThresholdEnergy(&f)), sqrt(8.0) / 3.0, 1e-7);
}

static void known_potential(void **state)
{
  (void)state;
  for (size_t i = 0; i < LENGTH(potential); ++i) {
    const double   *want = potential[i];
    const KrMixture f    = KrMixturePure((int)want[0]);
    KrFranzParisi   got;

    (void)KrFranzParisiAt(&f, want[1], want[1], want[2], &got);
    EXPECT_NEAR(got.q, want[3], 1e-12);
    EXPECT_NEAR(got.potential, want[4], 1e-12);
    EXPECT_NEAR(got.energy, want[5], 6e-12);
    assert_int_equal(got.replicon > 0.0, (int)want[6]);
  }
}

/* Where the probe falls into the state of the reference, V = T Sigma_eq and the probe has its overlap. */
static void second_minimum_is_the_complexity(void **state)
{
  const char *const texts[] = {"3:1", "4:1", "3:0.36,4:0.64", "2:0.1,3:0.9"};

  (void)state;
  for (size_t i = 0; i < LENGTH(texts); ++i) {
    char          message[200];
    KrMixture     f;
    KrTransitions at;
    KrThermo      state_at;
    KrFranzParisi here, left, right;

    assert_int_equal(KrMixtureParse(texts[i], &f, message, sizeof message), KR_THEORY_OK);
    assert_int_equal(KrThermoTransitions(&f, &at), KR_THEORY_OK);
    for (double part = 0.2; part < 1.0; part += 0.3) {
      const double t = at.static_ + part * (at.dynamic - at.static_);

      assert_int_equal(KrThermoEquilibrium(&f, t, &state_at), KR_THEORY_OK);
      assert_int_equal(KrFranzParisiAt(&f, t, t, state_at.q, &here), KR_THEORY_OK);
      assert_int_equal(KrFranzParisiAt(&f, t, t, state_at.q - 0.01, &left), KR_THEORY_OK);
      assert_int_equal(KrFranzParisiAt(&f, t, t, state_at.q + 0.01, &right), KR_THEORY_OK);
      EXPECT_NEAR(here.q, state_at.q, 1e-11);
      EXPECT_NEAR(here.potential, t * state_at.complexity, 1e-12);
      assert_true(left.potential > here.potential && right.potential > here.potential);
      EXPECT_NEAR(here.energy, -1.0 / t, 1e-11);
    }
  }
}

/* At x = 0 the probe is free; a cold reference is refused; a barrier is marked although its replicon is positive. */
static void range_of_the_potential(void **state)
{
  const KrMixture f = KrMixturePure(3);
  KrFranzParisi   got;

  (void)state;
  assert_int_equal(KrFranzParisiAt(&f, 0.9, 0.9, 0.0, &got), KR_THEORY_OK);
  EXPECT_NEAR(got.potential, 0.0, tolerance);
  EXPECT_NEAR(got.energy, -1.0 / 0.9, tolerance);
  assert_int_equal(KrFranzParisiAt(&f, 0.8, 0.8, 0.7, &got), KR_THEORY_OUT_OF_RANGE);
  assert_int_equal(KrFranzParisiAt(&f, 0.85, 0.5, 0.9, &got),
                   KR_THEORY_OK); /* the probe may be cold */
  assert_int_equal(KrFranzParisiAt(&f, 0.85, 0.85, 0.2, &got), KR_THEORY_OUT_OF_RANGE);
  assert_true(got.replicon > 0.6 && got.excess > 0.005);
  assert_int_equal(KrFranzParisiAt(&f, 0.85, 0.85, 1.0, &got), KR_THEORY_BAD_INPUT);
  assert_int_equal(KrFranzParisiAt(&f, 0.85, 0.85, -0.1, &got), KR_THEORY_BAD_INPUT);
  assert_int_equal(KrFranzParisiAt(&f, 0.85, 0.0, 0.5, &got), KR_THEORY_BAD_INPUT);
  assert_int_equal(KrFranzParisiAt(&f, -1.0, 0.5, 0.5, &got), KR_THEORY_BAD_INPUT);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(known_states),
    cmocka_unit_test(states_are_minima),
    cmocka_unit_test(edge_follows_the_hessian_at_zero),
    cmocka_unit_test(least_over_states_is_equilibrium),
    cmocka_unit_test(outside),
    cmocka_unit_test(known_potential),
    cmocka_unit_test(second_minimum_is_the_complexity),
    cmocka_unit_test(range_of_the_potential),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
