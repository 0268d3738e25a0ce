/* kr_test: labels=theory timeout=240 */
/* Exact finite-N counts against closed forms, against 25 to 60 digit values of other programs, and against
   identities that hold whatever the numbers are. */
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

/* Totals are one quadrature of positive terms, each good to n eps. */
static const double total_tolerance = 1e-13;

/* A Pfaffian of 40 rows in double precision, on a circle chosen for the index: docs/theory/kac_rice.md,
   section 3. The reference values are given to 2e-11 at N = 80 and 1e-11 below. */
static const double count_tolerance = 1e-10;

static const KrMixture mixed = {.n_orders = 2, .order = {3, 4}, .c = {0.36, 0.64}};

/* Independent 25-digit evaluation, N = 2 ... 30. */
static const double totals_p3[] = {
  5.291502622129181, 10.55235974119758, 18.79023380103015, 31.49691420943655, 50.87313651725071,
  80.15560235797031, 124.091986047271,  189.630008750312,  286.9158795500493, 430.739443186739,
  642.6238298285884, 953.8442940948094, 1409.785757530845, 2076.227809483161, 3048.403183048021,
  4464.044814303267, 6522.165918731794, 9510.076359537168, 13842.22607261588, 20116.0242662145,
  29192.01434706724, 42308.97903132415, 61249.12241870612, 88575.01839242346, 127969.3740888324,
  184722.0426964259, 266427.8587825109, 383986.2283174641, 553032.5063053349};
static const double totals_p4[] = {
  6.324555320336759, 15.14534138012399, 32.50821434653094, 65.88635910740257, 128.9893057582682,
  246.8267250682572, 464.8111260165988, 865.0805766942349, 1595.70473774631,  2922.84249282523,
  5323.728260990085, 9652.192980066018, 17432.89332945296, 31383.67666054636, 56341.91349257993,
  100905.493088545,  180337.0682705413, 321699.4942891669, 572929.2250168727, 1018855.34824867,
  1809461.425546693, 3209714.598804673, 5687367.362363428, 10067581.97555348, 17805089.60750978,
  31462987.93988367, 55554675.08190345, 98023682.79690525, 172843638.6659049};

/* Runs one case; the test fails when the library refuses it. */
static KrKacRice evaluate(const KrMixture *f, int n, int n_index, double first, double width,
                          int n_bins)
{
  KrKacRice result;

  assert_int_equal(KrKacRiceCreate(f, n, n_index, first, width, n_bins, &result), KR_THEORY_OK);
  return result;
}

static double total_of(const KrMixture *f, int n)
{
  double total;

  assert_int_equal(KrKacRiceTotal(f, n, &total), KR_THEORY_OK);
  return total;
}

/* Breiding, arXiv:1701.07312: mean number of pairs, any p at N = 2 and 3. */
static void totals_are_those_of_breiding_small_n(void **state)
{
  (void)state;
  for (int p = 2; p <= 6; ++p) {
    const KrMixture f = KrMixturePure(p);

    EXPECT_RELATIVE(total_of(&f, 2), 2.0 * sqrt(3.0 * p - 2.0), total_tolerance);
    EXPECT_RELATIVE(total_of(&f, 3), 2.0 + 8.0 * pow(p - 1.0, 1.5) / sqrt(3.0 * p - 2.0),
                    total_tolerance);
  }
}

/* The same, p = 3 and N = 4 ... 10. */
static void totals_are_those_of_breiding_cubic(void **state)
{
  const double    pairs[] = {174.0 * sqrt(7.0) / 49.0,
                             1.0 + 1352.0 * sqrt(14.0) / 343.0,
                             46167.0 * sqrt(7.0) / (2.0 * pow(7.0, 4)),
                             1.0 + 25076.0 * sqrt(14.0) / pow(7.0, 4),
                             394144.0 * sqrt(7.0) / pow(7.0, 5),
                             1.0 + 20648788.0 * sqrt(14.0) / pow(7.0, 7),
                             2500632531.0 * sqrt(7.0) / (8.0 * pow(7.0, 8))};
  const KrMixture f       = KrMixturePure(3);

  (void)state;
  for (int i = 0; i < (int)LENGTH(pairs); ++i)
    EXPECT_RELATIVE(total_of(&f, 4 + i), 2.0 * pairs[i], total_tolerance);
}

static void totals_to_n_30(void **state)
{
  const KrMixture cubic = KrMixturePure(3), quartic = KrMixturePure(4);

  (void)state;
  for (int i = 0; i < (int)LENGTH(totals_p3); ++i) {
    EXPECT_RELATIVE(total_of(&cubic, 2 + i), totals_p3[i], total_tolerance);
    EXPECT_RELATIVE(total_of(&quartic, 2 + i), totals_p4[i], total_tolerance);
  }
}

/* Independent 40-digit evaluation of the counts per index; all indices are asked for up to N = 40. */
static void counts_per_index(void **state)
{
  static const struct {
    int    p, n, n_known;
    double count[10];
  } known[] = {
    {3, 3, 2, {3.13808993529938, 4.27617987059878}},
    {3, 6, 3, {4.41178106499662, 8.99124828291618, 12.0335389107124}},
    {3,
     10,
     5,
     {6.08038718500086, 16.3656741782406, 29.5095380594431, 41.9509751311157, 49.5513652212251}},
    {3,
     20,
     10,
     {11.0139819228724, 44.0482800221851, 116.404897364094, 244.984988511034, 439.206992169743,
      693.620465836548, 983.73668256771, 1267.95641978576, 1496.31588340474, 1623.82444472303}},
    {3,
     40,
     10,
     {26.8659707361832, 167.172285117304, 662.567985969836, 2061.40564637951, 5439.95464709922,
      12669.2822586699, 26666.4986496415, 51528.5452400923, 92422.0318364069, 155113.448041855}},
    {3, 80, 3, {108.80560638159, 1125.04074913607, 7043.41608814984}},
    {4, 6, 3, {8.24437331581648, 22.3611535436943, 33.8891260196229}},
    {4,
     10,
     5,
     {15.9743556546417, 64.3504563873768, 150.040941928601, 249.615970946761, 317.870643955779}},
    {4,
     20,
     10,
     {59.2735001380494, 418.044979449815, 1694.73222207372, 4998.35971717953, 11726.4527498136,
      22905.3623830786, 38258.7200163197, 55560.100580441, 70887.9768641268, 79955.5894958071}},
    {4,
     40,
     10,
     {492.664874215275, 6454.22679190642, 46882.3241561179, 244302.535268831, 1010022.65748459,
      3493861.16245626, 10446593.7165438, 27591612.1930133, 65373524.3389669, 140536170.228624}},
  };

  (void)state;
  for (size_t i = 0; i < LENGTH(known); ++i) {
    const KrMixture f = KrMixturePure(known[i].p);
    KrKacRice       r = evaluate(&f, known[i].n, known[i].n > 40 ? 3 : known[i].n, 0.0, 0.0, 0);

    for (int k = 0; k < known[i].n_known; ++k) {
      EXPECT_RELATIVE(r.count[k], known[i].count[k], count_tolerance);
      if (r.n_index == r.n)
        EXPECT_RELATIVE(r.count[r.n - 1 - k], known[i].count[k], count_tolerance);
    }
    KrKacRiceDestroy(&r);
  }
}

/* p = 3, independent 40-digit evaluation of the first two moments of e over the points of index k. */
static void energies_per_index(void **state)
{
  static const struct {
    int    n;
    double mean[3], std[3];
  } known[] = {
    {3,
     {-0.812197479967364, 0.0, 0.812197479967364},
     {0.462239553900877, 0.436435780471983, 0.462239553900877}},
    {6,
     {-1.08805742399354, -0.620356424445822, -0.202698723842854},
     {0.284275525827906, 0.256769494628826, 0.247397995055783}},
    {10,
     {-1.22510367210271, -0.907523926984953, -0.63072870619826},
     {0.198618623825486, 0.177004715113751, 0.166956764055572}},
    {20,
     {-1.35377982269847, -1.16415403545925, -1.00041891257069},
     {0.121847470165388, 0.10797924500831, 0.100655276984792}},
    {40,
     {-1.43934997148748, -1.32578431567574, -1.2273959361875},
     {0.0744709254206322, 0.0661878893800904, 0.0615007039614133}},
    {80,
     {-1.49735415005718, -1.42940411080088, -1.36994974529844},
     {0.0453106803209471, 0.0405977086773811, 0.0377688827249789}},
  };
  const KrMixture f = KrMixturePure(3);

  (void)state;
  for (size_t i = 0; i < LENGTH(known); ++i) {
    KrKacRice r = evaluate(&f, known[i].n, 3, 0.0, 0.0, 0);

    for (int k = 0; k < 3; ++k) {
      EXPECT_NEAR(r.energy_mean[k], known[i].mean[k], count_tolerance);
      /* a variance 1e-3 of the mean square: the reference loses three digits as well */
      EXPECT_RELATIVE(r.energy_std[k], known[i].std[k], 1e-9);
    }
    KrKacRiceDestroy(&r);
  }
}

/* p = 3, expected counts between two energies. Independent 50 to 60 digit evaluation of the bordered Pfaffian
   at all roots of unity, its integrals by quadrature, nothing shared with the library. */
static void bins_of_the_cubic_model(void **state)
{
  static const struct {
    int    n;
    double low, count[4], total;
  } known[] = {
    {10,
     -1.25,
     {0.61064846215300272, 0.37325290714319409, 0.0085460414671137258, 8.1187233216685392e-6},
     0.99245552977833142},
    {20,
     -1.4,
     {1.7404010453601441, 1.266911816460716, 0.040093706676371041, 6.4816539408297335e-5},
     3.0474713902377597},
    {40,
     -1.45,
     {7.0894372708667423, 16.395280811061594, 2.0598501281135994, 0.01748649899781034},
     25.562064656889382},
    {80,
     -1.5,
     {42.481497120927607, 287.0568013408957, 133.63665159689439, 5.4396094182216174},
     468.63359940247921},
  };
  const KrMixture f = KrMixturePure(3);

  (void)state;
  for (size_t i = 0; i < LENGTH(known); ++i) {
    KrKacRice r = evaluate(&f, known[i].n, 4, known[i].low - 0.15, 0.05, 5);

    for (int k = 0; k < 4; ++k) /* the small ones are drowned in the sum over k, section 3 */
      EXPECT_RELATIVE(r.binned[3 * 4 + k], known[i].count[k],
                      known[i].count[k] > 1e-3 ? 1e-10 : 1e-8);
    EXPECT_RELATIVE(r.binned_total[3], known[i].total, 1e-12);
    KrKacRiceDestroy(&r);
  }
}

/* Minus the quadratic form of a GOE matrix: 2 N points, each index twice. */
static void quadratic_has_each_index_twice(void **state)
{
  static const int sizes[] = {2, 3, 5, 10, 12, 25, 40, 60};
  const KrMixture  f       = KrMixturePure(2);

  (void)state;
  for (size_t i = 0; i < LENGTH(sizes); ++i) {
    KrKacRice r = evaluate(&f, sizes[i], sizes[i], 0.0, 0.0, 0);

    for (int k = 0; k < sizes[i]; ++k) EXPECT_RELATIVE(r.count[k], 2.0, 1e-12); /* n^2 eps */
    EXPECT_RELATIVE(r.total, 2.0 * sizes[i], total_tolerance);
    KrKacRiceDestroy(&r);
  }
}

/* Sum over k, Euler characteristic of the sphere, mirror symmetry, sum over bins. */
static void check_identities(const KrMixture *f, int n)
{
  const int    n_bins = 60;
  const double width =
    2.0 * (2.1 + 9.0 / sqrt(n)) / n_bins; /* nine standard deviations of e, or more */
  KrKacRice r   = evaluate(f, n, n, -0.5 * n_bins * width, width, n_bins);
  double    sum = 0.0, euler = 0.0;

  for (int k = 0; k < n; ++k) {
    double in_bins = 0.0;

    sum += r.count[k];
    euler += k % 2 == 0 ? r.count[k] : -r.count[k];
    for (int b = 0; b < n_bins; ++b) in_bins += r.binned[b * n + k];
    EXPECT_RELATIVE(in_bins, r.count[k], 1e-11);
    EXPECT_RELATIVE(r.count[n - 1 - k], r.count[k], 1e-11);
    EXPECT_NEAR(r.energy_mean[n - 1 - k], -r.energy_mean[k], 1e-11);
    EXPECT_RELATIVE(r.energy_std[n - 1 - k], r.energy_std[k], 1e-10);
  }
  for (int b = 0; b < n_bins; ++b) {
    double all = 0.0;

    for (int k = 0; k < n; ++k) all += r.binned[b * n + k];
    EXPECT_NEAR(all, r.binned_total[b], 1e-11 * r.total);
  }
  EXPECT_RELATIVE(sum, r.total, 1e-12); /* the total does not come from Pfaffians */
  EXPECT_RELATIVE(r.total, total_of(f, n), 1e-12);
  EXPECT_NEAR(euler, n % 2 == 1 ? 2.0 : 0.0, 1e-13 * r.total);
  KrKacRiceDestroy(&r);
}

static void identities_hold(void **state)
{
  static const int       sizes[]    = {2, 3, 4, 7, 12, 25};
  static const KrMixture mixtures[] = {
    {.n_orders = 2, .order = {3, 4}, .c = {0.36, 0.64}},
    {.n_orders = 2, .order = {2, 6}, .c = {0.5, 0.5}},
    {.n_orders = 3, .order = {3, 4, 5}, .c = {0.98, 0.01, 0.01}}, /* between narrow and wide in e */
    {.n_orders = 2, .order = {5, 6}, .c = {0.999, 0.001}},        /* narrow */
  };

  (void)state;
  for (size_t i = 0; i < LENGTH(sizes); ++i) {
    for (int p = 2; p <= 6; ++p) {
      const KrMixture f = KrMixturePure(p);

      check_identities(&f, sizes[i]);
    }
    for (size_t m = 0; m < LENGTH(mixtures) && sizes[i] <= 12; ++m)
      check_identities(&mixtures[m], sizes[i]);
  }
}

/* 0.36 q^3 + 0.64 q^4, indices 0, 1, 2; independent 40-digit evaluation. */
static void counts_of_a_mixture(void **state)
{
  static const struct {
    int    n;
    double total, count[3];
  } known[] = {
    {3, 13.780778486647947, {3.94519462166198, 5.89038924332398, 3.94519462166198}},
    {4, 28.17199848467543, {4.88737124750466, 9.19862799483306, 9.19862799483306}},
    {5, 54.341553604207135, {5.8816961465976, 13.0853884010518, 16.4073845089083}},
    {10, 1021.2336351003328, {12.2010731740958, 44.8027488327361, 98.3985887985779}},
    {20, 218574.09792161203, {36.6179710836913, 226.628647475021, 831.417457350941}},
    {40, 6582852244.112867, {209.993584992595, 2317.20733415264, 14610.9351513552}},
    {80, 4.085872725577684e+18, {3793.35946264516, 80906.5751400922, 936059.614401277}},
  };

  (void)state;
  for (size_t i = 0; i < LENGTH(known); ++i) {
    const double tolerance = known[i].n == 80 ? 1e-9 : count_tolerance; /* of the reference */
    KrKacRice    r         = evaluate(&mixed, known[i].n, 3, 0.0, 0.0, 0);

    EXPECT_RELATIVE(r.total, known[i].total, 1e-12);
    for (int k = 0; k < 3; ++k) EXPECT_RELATIVE(r.count[k], known[i].count[k], tolerance);
    KrKacRiceDestroy(&r);
  }
}

/* The same mixture, bins of width 0.1 from -2: bins 2, 5, 8 begin at -1.8, -1.5, -1.2. */
static void bins_of_a_mixture(void **state)
{
  static const struct {
    int    n;
    double count[3][3]; // [bin][k]
  } known[] = {
    {3,
     {{0.0435340500654215, 0.000257359966010177, 1.64845179063935e-08},
      {0.122856125961332, 0.00280420740141623, 8.50153771462758e-07},
      {0.243475001086801, 0.019524455590962, 2.51467836719594e-05}}},
    {10,
     {{0.108363322266765, 0.00103760472309493, 2.67493572275032e-07},
      {1.23689508953335, 0.187403503794995, 0.00109626788910966},
      {2.28681905054255, 4.20830250250759, 0.386593520879094}}},
    {40,
     {{0.413221117016206, 0.00533470176740267, 2.84142693037407e-06},
      {102.256351627059, 528.022626041977, 229.627493088966},
      {0.0191528859023435, 27.0107792599538, 2820.74202332728}}},
  };
  static const int bins[] = {2, 5, 8};

  (void)state;
  for (size_t i = 0; i < LENGTH(known); ++i) {
    KrKacRice r = evaluate(&mixed, known[i].n, 3, -2.0, 0.1, 20);

    for (int b = 0; b < 3; ++b)
      for (int k = 0; k < 3;
           ++k) /* the reference has an absolute error of 1e-12 of its largest bin */
        EXPECT_NEAR(r.binned[bins[b] * 3 + k], known[i].count[b][k],
                    1e-9 * known[i].count[b][k] + 1e-14 * r.count[k]);
    KrKacRiceDestroy(&r);
  }
}

/* Expected points of index k in one bin by the trapezoidal rule over x, straight from eqs. (3) and (4). */
static void bin_by_trapezoid(const KrMixture *f, int n, double low, double high, double expected[])
{
  const double first = KrMixtureValue(f, 1, 1.0), second = KrMixtureValue(f, 2, 1.0);
  const double radial = first + second, slope = first / radial * sqrt(second / n);
  const double spread = sqrt((1.0 - first * first / radial) / n), step = 0.3 * spread / slope;
  const double front = sqrt(8.0 * second / radial) * pow(second / first, 0.5 * (n - 1));

  for (int k = 0; k < n; ++k) expected[k] = 0.0;
  for (double x = -14.0; x < 14.0; x += step) {
    const double a = (slope * x - low) / spread, b = (slope * x - high) / spread;
    const double share = 0.5 * (erfc(-a / sqrt(2.0)) - erfc(-b / sqrt(2.0)));
    double       density[8];

    assert_int_equal(KrGoeOrderDensity(n, x, n, density), KR_THEORY_OK);
    for (int k = 0; k < n; ++k)
      expected[k] +=
        step * front * exp(-0.25 * (second - first) / radial * x * x) * share * density[k];
  }
}

/* Where e hardly varies at given mu the library shifts sharp bins instead of weighing by erfc. */
static void bins_of_narrow_and_wide_mixtures(void **state)
{
  static const double small[] = {0.002, 0.01, 0.2};
  const int           n       = 4;

  (void)state;
  for (size_t i = 0; i < LENGTH(small); ++i) {
    const KrMixture f = {.n_orders = 2, .order = {3, 4}, .c = {1.0 - small[i], small[i]}};
    KrKacRice       r = evaluate(&f, n, n, -1.5, 0.25, 4);
    double          expected[4];

    for (int b = 0; b < 4; ++b) {
      bin_by_trapezoid(&f, n, -1.5 + 0.25 * b, -1.25 + 0.25 * b, expected);
      /* the trapezoidal rule at 0.3 of the width of a Gaussian step: exp(-2 pi^2 / 0.09) and rounding */
      for (int k = 0; k < n; ++k) EXPECT_NEAR(r.binned[b * n + k], expected[k], 1e-11);
    }
    KrKacRiceDestroy(&r);
  }
}

/* N = 2: h(x) on a circle of radius 1 is a random trigonometric polynomial, and the number of zeros of its
   derivative is Rice's formula, half of them minima. */
static void two_spins_by_rice(void **state)
{
  (void)state;
  for (int p = 2; p <= 6; ++p) {
    const KrMixture f = KrMixturePure(p);
    KrKacRice       r = evaluate(&f, 2, 2, 0.0, 0.0, 0);
    /* covariance cos^p t: variances of h' and h'' are p and p (3 p - 2); Rice: 2 pi sqrt(ratio) / pi */
    const double zeros = 2.0 * pi * sqrt(p * (3.0 * p - 2.0) / p) / pi;

    EXPECT_RELATIVE(r.count[0], 0.5 * zeros, 1e-13);
    EXPECT_RELATIVE(r.count[1], 0.5 * zeros, 1e-13);
    KrKacRiceDestroy(&r);
  }
}

static void bad_input_is_refused(void **state)
{
  const KrMixture cubic = KrMixturePure(3), septic = KrMixturePure(7);
  KrKacRice       r;
  double          total;

  (void)state;
  assert_int_equal(KrKacRiceCreate(&septic, 10, 1, 0.0, 0.0, 0, &r), KR_THEORY_BAD_INPUT);
  assert_int_equal(KrKacRiceCreate(&cubic, 1, 1, 0.0, 0.0, 0, &r), KR_THEORY_BAD_INPUT);
  assert_int_equal(KrKacRiceCreate(&cubic, KR_THEORY_N_MAX + 1, 1, 0.0, 0.0, 0, &r),
                   KR_THEORY_BAD_INPUT);
  assert_int_equal(KrKacRiceCreate(&cubic, 10, 0, 0.0, 0.0, 0, &r), KR_THEORY_BAD_INPUT);
  assert_int_equal(KrKacRiceCreate(&cubic, 10, 11, 0.0, 0.0, 0, &r), KR_THEORY_BAD_INPUT);
  assert_int_equal(KrKacRiceCreate(&cubic, 10, 1, 0.0, 0.0, 4, &r), KR_THEORY_BAD_INPUT);
  assert_int_equal(KrKacRiceCreate(&cubic, 10, 1, NAN, 0.1, 4, &r), KR_THEORY_BAD_INPUT);
  assert_int_equal(KrKacRiceCreate(&cubic, 10, 1, 0.0, 0.1, -1, &r), KR_THEORY_BAD_INPUT);
  assert_null(r.count);
  KrKacRiceDestroy(&r); /* of an empty result */
  assert_int_equal(KrKacRiceTotal(&septic, 10, &total), KR_THEORY_BAD_INPUT);
  assert_int_equal(KrKacRiceTotal(&cubic, 1, &total), KR_THEORY_BAD_INPUT);
  assert_true(isnan(total));
}

/* Where mu = p e, bins of mu p times as wide hold the same. */
static void bins_of_mu_of_a_pure_model(void **state)
{
  const KrMixture f = KrMixturePure(3);
  KrKacRice       e = evaluate(&f, 8, 8, -2.0, 0.1, 40), mu;

  (void)state;
  assert_int_equal(KrKacRiceCreateMu(&f, 8, 8, -6.0, 0.3, 40, &mu), KR_THEORY_OK);
  for (int i = 0; i < 40 * 8; ++i)
    EXPECT_NEAR(mu.binned[i], e.binned[i], count_tolerance * e.count[i % 8]);
  for (int k = 0; k < 8; ++k)
    EXPECT_RELATIVE(mu.energy_mean[k], 3.0 * e.energy_mean[k], count_tolerance);
  KrKacRiceDestroy(&mu);
  KrKacRiceDestroy(&e);
}

/* Bins of e and mu together, added over one, are those of the other; all bins of mu hold every point. 1e-9: the share
   of a bin of e varies over a panel of mu. */
static void bins_of_a_mixture_in_mu(void **state)
{
  static double joint[60 * 60];
  const KrAxis  on_e = {-6.0, 0.2, 60}, on_mu = {-12.0, 0.4, 60};
  KrKacRice     e = evaluate(&mixed, 6, 6, on_e.first, on_e.width, on_e.n_bins), mu;

  (void)state;
  assert_int_equal(KrKacRiceCreateMu(&mixed, 6, 6, on_mu.first, on_mu.width, on_mu.n_bins, &mu),
                   KR_THEORY_OK);
  for (int minima = 0; minima < 2; ++minima) {
    assert_int_equal(KrKacRiceJoint(&mixed, 6, minima, &on_e, &on_mu, joint), KR_THEORY_OK);
    for (int b = 0; b < 60; ++b) {
      const double want_e  = minima ? e.binned[b * 6] : e.binned_total[b];
      const double want_mu = minima ? mu.binned[b * 6] : mu.binned_total[b];
      double       in_e = 0.0, in_mu = 0.0;

      for (int i = 0; i < 60; ++i) {
        in_e += joint[b * 60 + i];
        in_mu += joint[i * 60 + b];
      }
      EXPECT_NEAR(in_e, want_e, 1e-9 * e.total);
      EXPECT_NEAR(in_mu, want_mu, 1e-9 * e.total);
    }
  }
  for (int k = 0; k < 6; ++k) {
    double sum = 0.0;

    for (int b = 0; b < 60; ++b) sum += mu.binned[b * 6 + k];
    EXPECT_RELATIVE(sum, e.count[k], count_tolerance);
  }
  KrKacRiceDestroy(&mu);
  KrKacRiceDestroy(&e);
}

/* The densities of all indices are computed for the one that is wanted; at mu = 0 there are no minima. */
static void minima_of_many_spins_in_mu(void **state)
{
  const KrAxis on_e = {-6.0, 12.0, 1}, on_mu = {-0.05, 0.1, 1};
  double       number = 1.0;

  (void)state;
  assert_int_equal(KrKacRiceJoint(&mixed, KR_THEORY_N_MAX, 1, &on_e, &on_mu, &number),
                   KR_THEORY_OK);
  assert_true(number == 0.0);
}

/* e is a multiple of mu in a pure model: there is no density in the plane. */
static void joint_of_a_pure_model_is_refused(void **state)
{
  const KrMixture f    = KrMixturePure(3);
  const KrAxis    axis = {0.0, 1.0, 1};
  double          number;

  (void)state;
  assert_int_equal(KrKacRiceJoint(&f, 5, 0, &axis, &axis, &number), KR_THEORY_BAD_INPUT);
  assert_int_equal(KrKacRiceJoint(&mixed, 1, 0, &axis, &axis, &number), KR_THEORY_BAD_INPUT);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(totals_are_those_of_breiding_small_n),
    cmocka_unit_test(totals_are_those_of_breiding_cubic),
    cmocka_unit_test(totals_to_n_30),
    cmocka_unit_test(counts_per_index),
    cmocka_unit_test(energies_per_index),
    cmocka_unit_test(bins_of_the_cubic_model),
    cmocka_unit_test(quadratic_has_each_index_twice),
    cmocka_unit_test(identities_hold),
    cmocka_unit_test(counts_of_a_mixture),
    cmocka_unit_test(bins_of_a_mixture),
    cmocka_unit_test(bins_of_narrow_and_wide_mixtures),
    cmocka_unit_test(bins_of_mu_of_a_pure_model),
    cmocka_unit_test(bins_of_a_mixture_in_mu),
    cmocka_unit_test(minima_of_many_spins_in_mu),
    cmocka_unit_test(joint_of_a_pure_model_is_refused),
    cmocka_unit_test(two_spins_by_rice),
    cmocka_unit_test(bad_input_is_refused),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
