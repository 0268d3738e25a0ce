/* kr_test: labels=theory timeout=60 */
/* Statics at T > 0 against 40-digit values, closed forms, identities, and limits of mixtures. */
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

/* p, T_d, T_K, q_d, q_K, Sigma_eq(T_d) */
static const double transitions[][6] = {
  {3, 0.8660254037844386, 0.8288054760752636, 0.5, 0.6450074513345844, 0.01324025694663932},
  {4, 0.769800358919501, 0.711405073421064, 0.6666666666666667, 0.8045218347935081,
   0.04930614433405485},
};

/* p, T, q_EA, m, f, u */
static const double glass[][6] = {
  {3, 0.8279766705991884, 0.6454969296656878, 0.9978639075131889, -0.603881402199446,
   -1.207069617866102},
  {3, 0.7459249284677373, 0.6914150892983905, 0.8109261907717926, -0.6662255468789181,
   -1.256835079853593},
  {3, 0.6216041070564477, 0.7537005443017611, 0.5937588798511599, -0.7710799998229119,
   -1.328928878395666},
  {3, 0.4144027380376318, 0.8449168467820532, 0.3335002375639182, -0.9787693700918491,
   -1.443005243873088},
  {3, 0.2072013690188159, 0.925928189732949, 0.145352045162159, -1.244460188820422,
   -1.551861959256035},
  {3, 0.08288054760752636, 0.971068113253792, 0.05413430398855343, -1.453652921618966,
   -1.615325064749081},
  {3, 0.008288054760752636, 0.9971448924754054, 0.005202471311890874, -1.627101182812381,
   -1.652852074213474},
  {4, 0.7106936683476429, 0.8047799440877609, 0.9983593035269005, -0.703537513014104,
   -1.406107595152968},
  {4, 0.6402645660789576, 0.8293329517060268, 0.8469550021108335, -0.7753613200786758,
   -1.448777072380717},
  {4, 0.533553805065798, 0.8633870676007932, 0.6512171896368352, -0.8931321847305918,
   -1.510980757043953},
  {4, 0.355702536710532, 0.913964701312808, 0.3874242751771367, -1.117885704722625,
   -1.609653191083319},
  {4, 0.177851268355266, 0.959002600174009, 0.1759446679925941, -1.392770049245698,
   -1.703646053484665},
  {4, 0.0711405073421064, 0.9840179281665096, 0.06684511097585254, -1.600611293063704,
   -1.758283297627732},
  {4, 0.00711405073421064, 0.998424854394983, 0.006492992534244783, -1.766526733333451,
   -1.790525746321091},
};

/* p, T, q, e, Sigma_eq, f, f_TAP, u, replicon */
static const double states[][9] = {
  {3, 0.8381104580025574, 0.6259243955537654, -1.650207947297826, 0.004131145319576709,
   -0.5965800751271312, -0.5931177190312656, -1.193160150254262, 0.2518487911075307},
  {3, 0.8474154399298511, 0.6030971583321559, -1.643889661433766, 0.007748111964330397,
   -0.5900293721830108, -0.583463502474132, -1.180058744366022, 0.2061943166643117},
  {3, 0.8567204218571449, 0.5730983783972342, -1.638095087872488, 0.01082470648242287,
   -0.5836209657709936, -0.5743472186668926, -1.167241931541987, 0.1461967567944683},
  {4, 0.7260038947956732, 0.7875447915112691, -1.776159576249117, 0.01582344079141992,
   -0.6887015394603636, -0.677213659816724, -1.377403078920727, 0.3626343745338072},
  {4, 0.7406027161702825, 0.7667755229386836, -1.759739676300899, 0.02937178559039737,
   -0.6751257983302317, -0.6533729741432123, -1.350251596660463, 0.3003265688160507},
  {4, 0.7552015375448918, 0.7387202922783357, -1.74490926319604, 0.04064727738927317,
   -0.6620749232389881, -0.6313780368575953, -1.324149846477976, 0.2161608768350072},
};

/* p, T, q, u, x */
static const double threshold[][5] = {
  {3, 0.1, 0.9582963116464262, -1.582638272140859, 0.04351857337520553},
  {3, 0.3, 0.86858679142034, -1.479481800503455, 0.1512954259467486},
  {3, 0.5, 0.7669109259658825, -1.37206282700178, 0.3039323944179757},
  {4, 0.1, 0.970247261066472, -1.681547558644542, 0.06133021988812311},
  {4, 0.3, 0.9042245163539146, -1.577035282598014, 0.2118400505933613},
  {4, 0.5, 0.8250575836718681, -1.466254403310867, 0.4240732278335322},
};

static void known_transitions(void **state)
{
  (void)state;
  for (size_t i = 0; i < LENGTH(transitions); ++i) {
    const double   *want = transitions[i];
    const KrMixture f    = KrMixturePure((int)want[0]);
    KrTransitions   got;

    assert_int_equal(KrThermoTransitions(&f, &got), KR_THEORY_OK);
    EXPECT_NEAR(got.dynamic, want[1], tolerance);
    EXPECT_NEAR(got.static_, want[2], tolerance);
    EXPECT_NEAR(got.q_dynamic, want[3], tolerance);
    EXPECT_NEAR(got.q_static, want[4], 10 * tolerance);
    EXPECT_NEAR(got.complexity, want[5], tolerance);
    assert_int_equal(got.is_continuous, 0);
  }
}

/* The complexity of equilibrium at T_d is that of the threshold at T = 0, and both have closed forms. */
static void pure_closed_forms(void **state)
{
  (void)state;
  for (int p = 3; p <= 6; ++p) {
    const KrMixture f = KrMixturePure(p);
    KrTransitions   got;

    assert_int_equal(KrThermoTransitions(&f, &got), KR_THEORY_OK);
    EXPECT_NEAR(got.complexity, 0.5 * log(p - 1.0) - (p - 2.0) / p, tolerance);
    EXPECT_NEAR(got.complexity, KrComplexityEnergy(&f, KrComplexityThresholdEnergy(&f)), 1e-12);
    EXPECT_NEAR(got.dynamic, sqrt(p * pow(p - 2.0, p - 2.0) / pow(p - 1.0, p - 1.0)), tolerance);
    EXPECT_NEAR(got.q_static * got.q_static / (p * (1.0 - got.q_static)) + log1p(-got.q_static) +
                  got.q_static,
                0.0, 10 * tolerance);
    EXPECT_NEAR(got.static_ * got.static_, p * pow(got.q_static, p - 2.0) * (1.0 - got.q_static),
                10 * tolerance);
    EXPECT_NEAR(KrThermoLowest(&f), 0.0, 0.0);
  }
}

static void known_glass(void **state)
{
  (void)state;
  for (size_t i = 0; i < LENGTH(glass); ++i) {
    const double   *want = glass[i];
    const KrMixture f    = KrMixturePure((int)want[0]);
    KrThermo        got;

    assert_int_equal(KrThermoEquilibrium(&f, want[1], &got), KR_THEORY_OK);
    assert_int_equal(got.phase, KR_PHASE_GLASS);
    EXPECT_NEAR(got.q, want[2], 10 * tolerance);
    EXPECT_NEAR(got.m, want[3], 10 * tolerance);
    EXPECT_NEAR(got.free_energy, want[4], 10 * tolerance);
    EXPECT_NEAR(got.energy, want[5], 10 * tolerance);
    EXPECT_NEAR(got.zero_energy, KrComplexityGroundEnergy(&f, 0), 10 * tolerance);
  }
}

static void known_states(void **state)
{
  (void)state;
  for (size_t i = 0; i < LENGTH(states); ++i) {
    const double   *want = states[i];
    const KrMixture f    = KrMixturePure((int)want[0]);
    KrThermo        got;
    double          q, free_energy;

    assert_int_equal(KrThermoEquilibrium(&f, want[1], &got), KR_THEORY_OK);
    assert_int_equal(got.phase, KR_PHASE_STATES);
    EXPECT_NEAR(got.q, want[2], 10 * tolerance); /* near T_d the root has slope 1/10 */
    EXPECT_NEAR(got.zero_energy, want[3], 10 * tolerance);
    EXPECT_NEAR(got.complexity, want[4], tolerance);
    EXPECT_NEAR(got.free_energy, want[5], tolerance);
    EXPECT_NEAR(got.energy, want[7], tolerance);
    EXPECT_NEAR(got.replicon, want[8], 50 * tolerance);
    EXPECT_NEAR(got.m, 1.0, 0.0);
    assert_int_equal(KrTapState(&f, got.zero_energy, want[1], &q, &free_energy), KR_THEORY_OK);
    EXPECT_NEAR(q, got.q, 50 * tolerance);
    EXPECT_NEAR(free_energy, want[6], 10 * tolerance);
    EXPECT_NEAR(free_energy - want[1] * got.complexity, got.free_energy, 10 * tolerance);
  }
}

static void known_threshold(void **state)
{
  KrThreshold got;
  KrMixture   f;

  (void)state;
  for (size_t i = 0; i < LENGTH(threshold); ++i) {
    const double *want = threshold[i];
    KrTap         tap;

    f = KrMixturePure((int)want[0]);
    assert_int_equal(KrThermoThreshold(&f, want[1], &got), KR_THEORY_OK);
    EXPECT_NEAR(got.q, want[2], 10 * tolerance);
    EXPECT_NEAR(got.energy, want[3], 20 * tolerance);
    EXPECT_NEAR(got.ratio, want[4], 20 * tolerance);
    assert_int_equal(
      KrTapDescribe(&f, KrComplexityThresholdEnergy(&f), want[1], &tap),
      KR_THEORY_OK); /* the TAP states of -E_inf; the root of (14) is double there: 1e-8 in z */
    EXPECT_NEAR(tap.q, got.q, 1e-7);
  }
  f = KrMixturePure(3);
  assert_int_equal(KrThermoThreshold(&f, 0.867, &got), KR_THEORY_OUT_OF_RANGE);
  assert_int_equal(KrThermoThreshold(&f, 0.0, &got), KR_THEORY_BAD_INPUT);
}

/* The functional (7), whose stationary value is -beta F. */
static double functional(const KrMixture *f, double beta, double q, double m)
{
  const double w = 1.0 - (1.0 - m) * q;

  return 0.5 * beta * beta * (1.0 - (1.0 - m) * KrMixtureValue(f, 0, q)) +
         0.5 * (log1p(-q) + log(w / (1.0 - q)) / m);
}

static const char *const mixtures[] = {"3:0.36,4:0.64", "2:0.2,4:0.8", "3:0.9,6:0.1", "2:0.8,3:0.2",
                                       "2:0.1,3:0.9"};

static KrMixture parse(const char *text)
{
  KrMixture f;
  char      message[200];

  assert_int_equal(KrMixtureParse(text, &f, message, sizeof message), KR_THEORY_OK);
  return f;
}

/* The functional has no slope in q and m, and u = F - T dF/dT. */
static void glass_is_stationary(void **state)
{
  (void)state;
  for (size_t i = 0; i < LENGTH(mixtures); ++i) {
    const KrMixture f = parse(mixtures[i]);
    KrTransitions   at;

    assert_int_equal(KrThermoTransitions(&f, &at), KR_THEORY_OK);
    for (double part = 0.2; part < 1.0; part += 0.25) {
      const double temperature = part * at.static_, beta = 1.0 / temperature;
      const double h = 1e-4 * temperature; /* differences err by h^2 times third derivatives */
      KrThermo     got, hot, cold;

      assert_int_equal(KrThermoEquilibrium(&f, temperature, &got), KR_THEORY_OK);
      EXPECT_NEAR(-got.free_energy * beta, functional(&f, beta, got.q, got.m), 1e-12 * beta * beta);
      EXPECT_NEAR(
        (functional(&f, beta, got.q + 1e-6, got.m) - functional(&f, beta, got.q - 1e-6, got.m)) /
          2e-6,
        0.0, 1e-7 * beta * beta * beta);
      EXPECT_NEAR(
        (functional(&f, beta, got.q, got.m + 1e-6) - functional(&f, beta, got.q, got.m - 1e-6)) /
          2e-6,
        0.0, 1e-8 / (got.m * got.m * got.m));
      assert_int_equal(KrThermoEquilibrium(&f, temperature + h, &hot), KR_THEORY_OK);
      assert_int_equal(KrThermoEquilibrium(&f, temperature - h, &cold), KR_THEORY_OK);
      EXPECT_NEAR(got.free_energy - temperature * (hot.free_energy - cold.free_energy) / (2.0 * h),
                  got.energy, 1e-7);
      assert_true(got.replicon > 0.0);
    }
    EXPECT_NEAR(KrThermoLowest(&f), 0.0, 0.0);
  }
}

/* At T -> 0 the energy is that of the annealed E_0, a formula of another kind; u - E_0 falls as T^2 ... T. */
static void cold_mixtures_reach_the_ground_state(void **state)
{
  const KrMixture f = parse("3:0.36,4:0.64");
  KrThermo        got;

  (void)state;
  assert_int_equal(KrThermoEquilibrium(&f, 1e-5, &got), KR_THEORY_OK);
  EXPECT_NEAR(got.energy, KrComplexityGroundEnergy(&f, 0), 1e-5);
  EXPECT_NEAR(got.energy - 0.5e-5, -1.7514187286648,
              1e-9); /* equipartition: u = E_0 + T/2 + O(T^2) */
}

/* The glass of a pure model has the states of e = E_0 at every T <= T_K, and by eqs. (11), (15) their replicon is
   1 - p (p-1) z^2 with z of that energy: both keep their digits where q is 1 to rounding. */
static void cold_glass_keeps_all_digits(void **state)
{
  const double temperatures[] = {1e-3, 1e-6, 1e-9, 1e-15, 1e-30, 1e-100};

  (void)state;
  for (int p = 3; p <= 4; ++p) {
    const KrMixture f  = KrMixturePure(p);
    const double    e0 = KrComplexityGroundEnergy(&f, 0);
    const double    z  = 2.0 / (-p * e0 + sqrt(p * p * e0 * e0 - 4.0 * p * (p - 1)));

    for (size_t t = 0; t < LENGTH(temperatures); ++t) {
      KrThermo got;

      assert_int_equal(KrThermoEquilibrium(&f, temperatures[t], &got), KR_THEORY_OK);
      EXPECT_NEAR(got.zero_energy, e0, 1e-12);
      EXPECT_NEAR(got.replicon, 1.0 - p * (p - 1) * z * z, 1e-11); /* dz/de is some ten */
    }
  }
}

/* F of a mixture with a little of a second order differs from the pure one by beta c (1 - ...)/2 times that little. */
static void near_pure_limits(void **state)
{
  const char *const texts[] = {"3:0.9999999999,4:0.0000000001", "3:0.9999999999,2:0.0000000001"};
  const KrMixture   pure    = KrMixturePure(3);
  KrTransitions     want_at;

  (void)state;
  assert_int_equal(KrThermoTransitions(&pure, &want_at), KR_THEORY_OK);
  for (size_t i = 0; i < LENGTH(texts); ++i) {
    const KrMixture f = parse(texts[i]);
    KrTransitions   at;

    assert_int_equal(KrThermoTransitions(&f, &at), KR_THEORY_OK);
    EXPECT_NEAR(at.dynamic, want_at.dynamic, 1e-9);
    EXPECT_NEAR(at.static_, want_at.static_, 1e-9);
    EXPECT_NEAR(at.complexity, want_at.complexity, 1e-9);
    for (double temperature = 0.05; temperature < 1.0; temperature += 0.1) {
      KrThermo got, want;

      assert_int_equal(KrThermoEquilibrium(&f, temperature, &got), KR_THEORY_OK);
      assert_int_equal(KrThermoEquilibrium(&pure, temperature, &want), KR_THEORY_OK);
      EXPECT_NEAR(got.q, want.q, 1e-9);
      EXPECT_NEAR(got.m, want.m, 1e-9);
      EXPECT_NEAR(got.free_energy, want.free_energy, 1e-8);
      EXPECT_NEAR(got.energy, want.energy, 1e-8);
    }
  }
}

/* p = 2 has no glass: q = 1 - T / sqrt(2), F by Kosterlitz, Thouless & Jones 1976. */
static void order_two(void **state)
{
  const KrMixture f = KrMixturePure(2);
  KrTransitions   at;
  KrThermo        got;
  KrThreshold     threshold_at;

  (void)state;
  assert_int_equal(KrThermoTransitions(&f, &at), KR_THEORY_OK);
  EXPECT_NEAR(at.static_, sqrt(2.0), tolerance);
  assert_int_equal(at.is_continuous, 1);
  for (double t = 0.1; t < 1.0; t += 0.2) {
    const double temperature = t * sqrt(2.0);

    assert_int_equal(KrThermoEquilibrium(&f, temperature, &got), KR_THEORY_OK);
    EXPECT_NEAR(got.q, 1.0 - t, tolerance);
    EXPECT_NEAR(got.m, 0.0, 0.0);
    EXPECT_NEAR(got.energy, -sqrt(2.0) * (1.0 - 0.5 * t), 10 * tolerance);
    EXPECT_NEAR(got.free_energy, -sqrt(2.0) + temperature * (0.75 - 0.5 * log(t)), 10 * tolerance);
  }
  assert_int_equal(KrThermoThreshold(&f, 0.5, &threshold_at), KR_THEORY_OUT_OF_RANGE);
}

/* Crisanti & Leuzzi 2006: with enough of order 2, 2 + 4 breaks continuously and 2 + 3 in one step from T_c on. */
static void where_one_step_fails(void **state)
{
  const KrMixture full = parse("2:0.8,4:0.2"), one_step = parse("2:0.8,3:0.2");
  KrTransitions   at;
  KrThermo        got;

  (void)state;
  assert_int_equal(KrThermoTransitions(&full, &at), KR_THEORY_OK);
  EXPECT_NEAR(at.static_, sqrt(1.6), tolerance);
  assert_int_equal(at.is_continuous, 1);
  assert_int_equal(KrThermoEquilibrium(&full, 1.3, &got), KR_THEORY_OK);
  assert_int_equal(KrThermoEquilibrium(&full, 1.0, &got), KR_THEORY_OUT_OF_RANGE);
  assert_true(got.replicon < 0.0 && got.excess > 0.0);
  EXPECT_NEAR(KrThermoLowest(&full), sqrt(1.6), 2e-3);
  assert_int_equal(KrThermoEquilibrium(&one_step, 1.0, &got), KR_THEORY_OK);
  assert_true(got.m > 0.1 && got.m < 0.5);
}

/* Pure: the complexity of the states of each overlap is that of the T = 0 points which carry them. */
static void families_are_tap_states(void **state)
{
  (void)state;
  for (int p = 3; p <= 6; ++p) {
    const KrMixture f = KrMixturePure(p);
    KrTransitions   at;

    assert_int_equal(KrThermoTransitions(&f, &at), KR_THEORY_OK);
    for (double t = 0.1; t < at.dynamic; t += 0.1) {
      double high, low;

      assert_int_equal(KrThermoFamilyRange(&f, t, &high, &low), KR_THEORY_OK);
      assert_true(low > high);
      for (double part = 0.0; part < 1.0; part += 0.2) {
        const double q = low + (high - low) * part, z = (1.0 - q) * pow(q, 0.5 * p - 1.0) / t;
        const double e = -(1.0 + p * (p - 1) * z * z) / (p * z);
        KrFamily     family;
        KrTap        tap;

        assert_int_equal(KrThermoFamily(&f, t, q, &family), KR_THEORY_OK);
        assert_int_equal(KrTapDescribe(&f, e, t, &tap), KR_THEORY_OK);
        EXPECT_NEAR(family.free_energy, tap.free_energy, 1e-12);
        EXPECT_NEAR(family.energy, tap.energy, 1e-12);
        EXPECT_NEAR(family.complexity, KrComplexityIndex(&f, 0, e), 1e-12);
        EXPECT_NEAR(KrTapComplexity(&f, tap.free_energy, t), family.complexity, 1e-11);
      }
    }
  }
}

/* Mixed: at T -> 0 it is the annealed complexity of Kac and Rice at e = u - T/2, where typical minima are stable;
   corrections are of order T. The lowest states are the glass, those with m = 1 equilibrium. */
static void families_of_mixtures(void **state)
{
  const double cold = 1e-6;
  double       high, low;
  KrFamily     family;
  KrThermo     equilibrium;

  (void)state;
  for (size_t i = 0; i < LENGTH(mixtures); ++i) {
    const KrMixture f = parse(mixtures[i]);
    KrTransitions   at;

    assert_int_equal(KrThermoTransitions(&f, &at), KR_THEORY_OK);
    if (at.is_continuous) {
      assert_int_equal(KrThermoFamilyRange(&f, 0.5, &high, &low), KR_THEORY_OUT_OF_RANGE);
      continue;
    }
    assert_int_equal(KrThermoFamilyRange(&f, cold, &high, &low), KR_THEORY_OK);
    for (double part = 0.0; part < 0.95; part += 0.1) {
      assert_int_equal(KrThermoFamily(&f, cold, low + (high - low) * part, &family), KR_THEORY_OK);
      EXPECT_NEAR(family.complexity, KrComplexityIndex(&f, 0, family.energy - 0.5 * cold), 2e-5);
    }
    assert_int_equal(KrThermoFamilyRange(&f, 0.7 * at.static_, &high, &low), KR_THEORY_OK);
    assert_int_equal(KrThermoEquilibrium(&f, 0.7 * at.static_, &equilibrium), KR_THEORY_OK);
    EXPECT_NEAR(low, equilibrium.q, 1e-11);
    assert_int_equal(KrThermoFamily(&f, 0.7 * at.static_, low, &family), KR_THEORY_OK);
    EXPECT_NEAR(family.free_energy, equilibrium.free_energy, 1e-11);
    EXPECT_NEAR(family.m, equilibrium.m, 1e-11);
    const double warm = 0.5 * (at.static_ + at.dynamic);

    assert_int_equal(KrThermoEquilibrium(&f, warm, &equilibrium), KR_THEORY_OK);
    assert_int_equal(KrThermoFamily(&f, warm, equilibrium.q, &family), KR_THEORY_OK);
    EXPECT_NEAR(family.m, 1.0, 1e-11);
    EXPECT_NEAR(family.complexity, equilibrium.complexity, 1e-12);
    EXPECT_NEAR(family.free_energy - warm * family.complexity, equilibrium.free_energy, 1e-12);
  }
  assert_int_equal(KrThermoFamily(&(KrMixture){0}, 0.5, 0.5, &family), KR_THEORY_BAD_INPUT);
}

static void bad_input(void **state)
{
  const KrMixture f = KrMixturePure(3), none = {0};
  KrTransitions   at;
  KrThermo        got;

  (void)state;
  assert_int_equal(KrThermoEquilibrium(&f, 0.0, &got), KR_THEORY_BAD_INPUT);
  assert_int_equal(KrThermoEquilibrium(&f, -1.0, &got), KR_THEORY_BAD_INPUT);
  assert_int_equal(KrThermoEquilibrium(&f, NAN, &got), KR_THEORY_BAD_INPUT);
  assert_int_equal(KrThermoEquilibrium(&f, INFINITY, &got), KR_THEORY_BAD_INPUT);
  assert_int_equal(KrThermoEquilibrium(&none, 1.0, &got), KR_THEORY_BAD_INPUT);
  assert_int_equal(KrThermoTransitions(&none, &at), KR_THEORY_BAD_INPUT);
  assert_true(isnan(KrThermoLowest(&none)));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(known_transitions),
    cmocka_unit_test(pure_closed_forms),
    cmocka_unit_test(known_glass),
    cmocka_unit_test(known_states),
    cmocka_unit_test(known_threshold),
    cmocka_unit_test(glass_is_stationary),
    cmocka_unit_test(cold_mixtures_reach_the_ground_state),
    cmocka_unit_test(cold_glass_keeps_all_digits),
    cmocka_unit_test(near_pure_limits),
    cmocka_unit_test(order_two),
    cmocka_unit_test(where_one_step_fails),
    cmocka_unit_test(families_are_tap_states),
    cmocka_unit_test(families_of_mixtures),
    cmocka_unit_test(bad_input),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
