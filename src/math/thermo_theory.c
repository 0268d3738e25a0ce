/* Statics of the spherical model at T > 0 for N -> infinity: docs/theory/thermodynamics.md, sections 1 to 4. The glass
   is a curve with q_EA as its parameter, so that every temperature is one bisection. */
#include <kacrice/tap_theory.h>
#include "roots.h"

#define GRID 2000 /* of overlaps, where a largest value is looked for */

/* sum c_p q^(p-2), f / q^2 without the division */
static double over_square(const KrMixture *f, double q)
{
  double sum = 0.0;

  for (int i = 0; i < f->n_orders; ++i) sum += f->c[i] * pow(q, f->order[i] - 2);
  return sum;
}

/* sum c_p p q^(p-2), f' / q */
static double slope_over(const KrMixture *f, double q)
{
  double sum = 0.0;

  for (int i = 0; i < f->n_orders; ++i) sum += f->c[i] * f->order[i] * pow(q, f->order[i] - 2);
  return sum;
}

/* 1 - f(1 - d), to the relative accuracy of d */
static double one_less(const KrMixture *f, double d)
{
  double sum = 0.0;

  for (int i = 0; i < f->n_orders; ++i) sum -= f->c[i] * expm1(f->order[i] * log1p(-d));
  return sum;
}

/* T^2 at which a state has the overlap q, eq. (5). */
static double dynamic_square(const KrMixture *f, double q)
{
  return slope_over(f, q) * (1.0 - q);
}

/* Sign of its derivative. */
static double dynamic_slope(double q, const void *f)
{
  return (1.0 - q) * KrMixtureValue(f, 2, q) - slope_over(f, q);
}

/* T^2 at which the paramagnet fails to an overlap q, eq. (3). */
static double static_square(const KrMixture *f, double q)
{
  return q >= 1.0 ? 0.0 : over_square(f, q) / log_remainder(q);
}

static double static_slope(double q, const void *f)
{
  return slope_over(f, q) * log_remainder(q) * (1.0 - q) - over_square(f, q);
}

/* Where a function of the overlap is largest; 0 when that is its end. */
static double find_largest(const KrMixture *f, double (*value)(const KrMixture *, double),
                           KrScalarFn       slope)
{
  double largest = value(f, 0.0);
  int    at      = 0;

  for (int i = 1; i < GRID; ++i) {
    const double here = value(f, grid_point(i, GRID));

    if (here > largest * (1.0 + 1e-14)) {
      largest = here;
      at      = i;
    }
  }
  if (at == 0) return 0.0;
  return bisect(slope, f, grid_point(at - 1, GRID), grid_point(at + 1, GRID));
}

/* Sigma_eq, eq. (6). */
static double equilibrium_complexity(const KrMixture *f, double temperature, double q)
{
  return -0.5 * q * q * (over_square(f, q) / (temperature * temperature) - log_remainder(q));
}

/*
  KrThermoTransitions - Temperatures at which states appear, and at which they become few.

  Not collective, pure

  Input:
. f - mixture, KrMixtureCheck() holds

  Output:
. transitions - T_d, T_K and what belongs to them

  Returns: KR_THEORY_OK; KR_THEORY_BAD_INPUT for a mixture that is none

  Cost:   some thousand evaluations of f
  Source: docs/theory/thermodynamics.md, eqs. (3), (5); Crisanti & Sommers 1992
  See:    KrThermoEquilibrium()
*/
int KrThermoTransitions(const KrMixture *f, KrTransitions *transitions)
{
  const int status = KrMixtureCheck(f);
  double    q_d, q_s;

  if (status != KR_THEORY_OK) return status;
  q_d          = find_largest(f, dynamic_square, dynamic_slope);
  q_s          = find_largest(f, static_square, static_slope);
  *transitions = (KrTransitions){.dynamic       = sqrt(dynamic_square(f, q_d)),
                                 .static_       = sqrt(static_square(f, q_s)),
                                 .q_dynamic     = q_d,
                                 .q_static      = q_s,
                                 .is_continuous = q_s == 0.0};

  transitions->complexity = equilibrium_complexity(f, transitions->dynamic, q_d);
  return KR_THEORY_OK;
}

typedef struct { /* one point of the glass, by d = 1 - q */
  double q, d;
  double break_; /* s = m q / w, w = 1 - (1-m) q: eq. (8) */
  double w, m, temperature;
} Glass;

static double break_equation(double s, const void *ratio)
{
  return (1.0 - s) * log_remainder(s) - *(const double *)ratio;
}

static Glass glass_at(const KrMixture *f, double d)
{
  Glass        glass = {.q = 1.0 - d, .d = d};
  const double slope = slope_over(f, glass.q), ratio = over_square(f, glass.q) / slope;

  /* p = 2 alone reaches 1/2: no break, m = 0 */
  glass.break_      = ratio < 0.5 ? bisect(break_equation, &ratio, 0.0, 1.0) : 0.0;
  glass.w           = d / (1.0 - glass.break_);
  glass.m           = glass.q > 0.0 ? glass.w * glass.break_ / glass.q : 1.0;
  glass.temperature = sqrt(slope * d * glass.w);
  return glass;
}

typedef struct {
  const KrMixture *f;
  double           temperature;
} AtTemperature;

static double glass_is_colder(double d, const void *context)
{
  const AtTemperature *at = context;

  return at->temperature - glass_at(at->f, d).temperature;
}

static double state_is_hotter(double d, const void *context)
{
  const AtTemperature *at = context;

  return at->temperature * at->temperature - dynamic_square(at->f, 1.0 - d);
}

static double marginal_is_hotter(double d, const void *context)
{
  const AtTemperature *at = context;

  return at->temperature - d * sqrt(KrMixtureValue(at->f, 2, 1.0 - d));
}

/* Talagrand's function of the paramagnet, eq. (2). */
static double paramagnet_function(const KrMixture *f, double beta, double u)
{
  return u * u * (beta * beta * over_square(f, u) - log_remainder(u));
}

/* Of the glass, eq. (10), below q and above it. */
static double glass_below(const KrMixture *f, const Glass *glass, double beta, double u)
{
  return u * u *
         (beta * beta * over_square(f, u) -
          log_remainder(glass->m * u / glass->w) / (glass->w * glass->w));
}

static double glass_above(const KrMixture *f, const Glass *glass, double beta, double v)
{
  double sum = 0.0, power = glass->d * v; /* f(q + d v) without its first two terms */

  for (int k = 2; k <= KR_MIXTURE_ORDER_MAX; ++k) {
    power *= glass->d * v / k;
    sum += KrMixtureValue(f, k, glass->q) * power;
  }
  return beta * beta * sum - v * v * log_remainder(v);
}

/* Whether a function that touches zero where it should stays below it elsewhere; rounding grows as beta^2. */
static int is_below_zero(double beta, double replicon, double excess)
{
  return replicon >= -1e-11 && excess <= 1e-12 * (1.0 + beta * beta);
}

static int describe_paramagnet(const KrMixture *f, KrThermo *thermo)
{
  const double beta = 1.0 / thermo->temperature;

  thermo->m           = 1.0;
  thermo->free_energy = -0.5 * beta;
  thermo->energy      = -beta;
  thermo->replicon    = 1.0 - beta * beta * KrMixtureValue(f, 2, 0.0);
  thermo->excess      = -INFINITY;
  for (int i = 1; i < GRID; ++i)
    thermo->excess = fmax(thermo->excess, paramagnet_function(f, beta, grid_point(i, GRID)));
  return is_below_zero(beta, thermo->replicon, thermo->excess) ? KR_THEORY_OK
                                                               : KR_THEORY_OUT_OF_RANGE;
}

/* By d = 1 - q, which has its digits at low T, where q has lost them. */
static double replicon_of(const KrMixture *f, double beta, double d)
{
  return 1.0 - KrMixtureValue(f, 2, 1.0 - d) * (beta * d) * (beta * d);
}

/* e of the T = 0 points that carry states of overlap 1 - d: eq. (15) with z. */
static double zero_energy(const KrMixture *f, double beta, double d)
{
  const int    p = f->order[0];
  const double z = beta * d * pow(1.0 - d, 0.5 * p - 1.0);

  return KrMixtureIsPure(f) && p > 2 ? -(1.0 + p * (p - 1) * z * z) / (p * z) : NAN;
}

static int describe_states(const KrMixture *f, const KrTransitions *at, KrThermo *thermo)
{
  const AtTemperature context = {f, thermo->temperature};
  const int           status  = describe_paramagnet(f, thermo);
  const double        beta    = 1.0 / thermo->temperature;
  const double        d       = bisect(state_is_hotter, &context, 0.0, 1.0 - at->q_dynamic);

  thermo->q           = 1.0 - d;
  thermo->complexity  = equilibrium_complexity(f, thermo->temperature, thermo->q);
  thermo->zero_energy = zero_energy(f, beta, d);
  thermo->replicon    = replicon_of(f, beta, d);
  return status;
}

static int describe_glass(const KrMixture *f, const KrTransitions *at, KrThermo *thermo)
{
  const AtTemperature context = {f, thermo->temperature};
  const double        beta    = 1.0 / thermo->temperature;
  const Glass  glass = glass_at(f, bisect(glass_is_colder, &context, 0.0, 1.0 - at->q_static));
  const double left  = one_less(f, glass.d) + glass.m * (1.0 - one_less(f, glass.d));
  const double logs  = glass.break_ > 0.0 ? -log1p(-glass.break_) / glass.break_ : 1.0;

  thermo->q           = glass.q;
  thermo->m           = glass.m;
  thermo->free_energy = -0.5 * beta * left - 0.5 / beta * (log(glass.d) + logs * glass.q / glass.w);
  thermo->energy      = -beta * left;
  thermo->complexity  = 0.0;
  thermo->zero_energy = zero_energy(f, beta, glass.d);
  thermo->replicon    = fmin(replicon_of(f, beta, glass.d),
                             1.0 - KrMixtureValue(f, 2, 0.0) * (beta * glass.w) * (beta * glass.w));
  thermo->excess      = -INFINITY;
  for (int i = 1; i < GRID; ++i) {
    const double u = grid_point(i, GRID);

    thermo->excess = fmax(thermo->excess, glass_below(f, &glass, beta, u * glass.q));
    thermo->excess = fmax(thermo->excess, glass_above(f, &glass, beta, u));
  }
  return is_below_zero(beta, thermo->replicon, thermo->excess) ? KR_THEORY_OK
                                                               : KR_THEORY_OUT_OF_RANGE;
}

/* KrThermoEquilibrium() for transitions that are known. */
static int describe(const KrMixture *f, const KrTransitions *at, double temperature,
                    KrThermo *thermo)
{
  *thermo = (KrThermo){.temperature = temperature, .complexity = NAN, .zero_energy = NAN};
  if (temperature <= at->static_) {
    thermo->phase = KR_PHASE_GLASS;
    return describe_glass(f, at, thermo);
  }
  if (temperature <= at->dynamic && at->q_dynamic > 0.0) {
    thermo->phase = KR_PHASE_STATES;
    return describe_states(f, at, thermo);
  }
  thermo->phase = KR_PHASE_PARAMAGNET;
  return describe_paramagnet(f, thermo);
}

/*
  KrThermoEquilibrium - Overlap, free energy, energy and complexity of equilibrium at one temperature.

  Not collective, pure

  Input:
+ f           - mixture
- temperature - T > 0, units of J

  Output:
. thermo - filled also when the solution is not exact; undefined after KR_THEORY_BAD_INPUT

  Returns: KR_THEORY_OK; KR_THEORY_BAD_INPUT for T <= 0, NAN or a mixture that is none; KR_THEORY_OUT_OF_RANGE where the
           solution with one step of replica symmetry breaking is not that of the model (mixtures with order 2)

  Cost:   some thousand evaluations of f
  Source: docs/theory/thermodynamics.md, sections 1 to 4; Crisanti & Sommers 1992; Talagrand 2006
  See:    KrThermoTransitions(), KrThermoLowest()
*/
int KrThermoEquilibrium(const KrMixture *f, double temperature, KrThermo *thermo)
{
  KrTransitions at;
  const int     status = KrThermoTransitions(f, &at);

  if (status != KR_THEORY_OK) return status;
  if (!(temperature > 0.0) || !isfinite(temperature)) return KR_THEORY_BAD_INPUT;
  return describe(f, &at, temperature, thermo);
}

const char KrThermoColumns[] =
  "columns: T, phase (0 paramagnet, 1 states, 2 glass), q_EA, m, f, u, "
  "Sigma_eq, e of the T = 0 points that carry the states, replicon";

/*
  KrThermoTabulate - Writes an equilibrium as a row of a table.

  Not collective, pure

  Input:
. thermo - of KrThermoEquilibrium()

  Output:
. row - KR_THERMO_COLUMNS numbers, as KrThermoColumns says

  Cost: none
*/
void KrThermoTabulate(const KrThermo *thermo, double row[KR_THERMO_COLUMNS])
{
  row[0] = thermo->temperature;
  row[1] = thermo->phase;
  row[2] = thermo->q;
  row[3] = thermo->m;
  row[4] = thermo->free_energy;
  row[5] = thermo->energy;
  row[6] = thermo->complexity;
  row[7] = thermo->zero_energy;
  row[8] = thermo->replicon;
}

/*
  KrThermoLowest - Temperature down to which one step of replica symmetry breaking is exact.

  Not collective, pure

  Input:
. f - mixture

  Returns: the highest T below which KrThermoEquilibrium() is not exact, to 1e-6 of T_K; 0 when it is exact down to
           T_K/1000, below which nothing is tried. NAN for a mixture that is none

  Cost:   300 solutions
  Source: docs/theory/thermodynamics.md, section 4
*/
double KrThermoLowest(const KrMixture *f)
{
  const int     n = 300;
  KrTransitions at;
  KrThermo      thermo;
  double        good;

  if (KrThermoTransitions(f, &at) != KR_THEORY_OK) return NAN;
  good = at.static_ * (1.0 + 1e-9);
  for (int i = 1; i <= n; ++i) {
    double bad = at.static_ * pow(1e-3, (double)i / n);

    if (describe(f, &at, bad, &thermo) == KR_THEORY_OK) {
      good = bad;
      continue;
    }
    while (good - bad > 1e-6 * at.static_) {
      const double middle = 0.5 * (good + bad);

      if (describe(f, &at, middle, &thermo) == KR_THEORY_OK) good = middle;
      else bad = middle;
    }
    return good;
  }
  return 0.0;
}

/*
  KrThermoThreshold - The marginal states, which a system quenched from high temperature reaches after long times.

  Not collective, pure

  Input:
+ f           - mixture
- temperature - 0 < T <= T_d

  Output:
. threshold - overlap, energy, and ratio of T to the effective temperature

  Returns: KR_THEORY_OK; KR_THEORY_BAD_INPUT for T <= 0 or a mixture that is none; KR_THEORY_OUT_OF_RANGE above T_d or
           where the transition is continuous

  Source: docs/theory/thermodynamics.md, eq. (19); Cugliandolo & Kurchan 1993
*/
int KrThermoThreshold(const KrMixture *f, double temperature, KrThreshold *threshold)
{
  const AtTemperature context = {f, temperature};
  KrTransitions       at;
  const int           status = KrThermoTransitions(f, &at);
  double              d;

  if (status != KR_THEORY_OK) return status;
  if (!(temperature > 0.0)) return KR_THEORY_BAD_INPUT;
  if (temperature > at.dynamic || at.q_dynamic == 0.0) return KR_THEORY_OUT_OF_RANGE;
  d = bisect(marginal_is_hotter, &context, 0.0, 1.0 - at.q_dynamic);

  threshold->q = 1.0 - d;
  threshold->ratio =
    d * (KrMixtureValue(f, 2, 1.0 - d) / KrMixtureValue(f, 1, 1.0 - d) - 1.0 / (1.0 - d));
  threshold->energy = -(one_less(f, d) + threshold->ratio * (1.0 - one_less(f, d))) / temperature;
  return KR_THEORY_OK;
}

/*
  KrPhaseName - The name of a phase, for tables.

  Not collective

  Input:
. phase - one of KrPhase

  Returns: a constant: paramagnet, states or glass
*/
const char *KrPhaseName(KrPhase phase)
{
  static const char *const names[KR_N_PHASES] = {"paramagnet", "states", "glass"};

  return names[phase];
}
