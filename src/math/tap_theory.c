/* TAP states of the pure model: each sits on a T = 0 critical point of energy e <= -E_inf, with one overlap. */
#include <kacrice/tap_theory.h>
#include "roots.h"

/* z = beta (1-q) q^(p/2-1), the smaller root of p(p-1) z^2 + p e z + 1 = 0; NAN where e carries no state. */
static double find_z(int p, double e)
{
  const double edge = 2.0 * sqrt(p * (p - 1.0)), pe = -p * e;

  if (!(pe >= edge * (1.0 - 4e-16)))
    return NAN; /* -E_inf itself has states, whichever way it is rounded */
  return 2.0 / (pe + sqrt(fmax(0.0, pe - edge) * (pe + edge)));
}

static int is_pure(const KrMixture *f)
{
  return KrMixtureCheck(f) == KR_THEORY_OK && KrMixtureIsPure(f);
}

/*
  KrTapSpinodal - Temperature up to which a critical point carries a TAP state.

  Not collective, pure

  Input:
+ f - pure model
- e - energy of the T = 0 critical point, e <= -E_inf

  Returns: T_sp(e); NAN for a mixture, or an e that carries no state

  Source: docs/theory/thermodynamics.md, eq. (16)
*/
double KrTapSpinodal(const KrMixture *f, double e)
{
  const double p = f->order[0];

  if (!is_pure(f)) return NAN;
  return 2.0 / p * pow((p - 2.0) / p, 0.5 * p - 1.0) / find_z(f->order[0], e);
}

typedef struct {
  int    p;
  double wanted; /* T z */
} Overlap;

/* (1-q) q^(p/2-1) falls with q on the branch q > (p-2)/p, from its largest value to 0. */
static double overlap_equation(double d, const void *context)
{
  const Overlap *overlap = context;

  return overlap->wanted - d * pow(1.0 - d, 0.5 * overlap->p - 1.0);
}

/*
  KrTapDescribe - Overlap, free energy, energy and stability of the TAP state on a critical point.

  Not collective, pure

  Input:
+ f           - pure model
. e           - energy of the T = 0 critical point
- temperature - T > 0

  Output:
. tap - untouched unless KR_THEORY_OK is returned

  Returns: KR_THEORY_OK; KR_THEORY_BAD_INPUT for a mixture or T <= 0; KR_THEORY_OUT_OF_RANGE for e > -E_inf and for
           T > T_sp(e), where there is no state

  Source: docs/theory/thermodynamics.md, eqs. (12) to (17); Kurchan, Parisi & Virasoro 1993; Crisanti & Sommers 1995
  See:    KrTapState(), KrTapSpinodal()
*/
int KrTapDescribe(const KrMixture *f, double e, double temperature, KrTap *tap)
{
  const int    p     = f->order[0];
  Overlap      root  = {p, 0.0};
  const double steep = sqrt(p * (p - 1.0));
  double       z, d, rise, onsager;

  if (!is_pure(f) || !(temperature > 0.0)) return KR_THEORY_BAD_INPUT;
  z = find_z(p, e);
  if (!(temperature <= KrTapSpinodal(f, e))) return KR_THEORY_OUT_OF_RANGE;
  root.wanted = temperature * z;
  d           = bisect(overlap_equation, &root, 0.0, 2.0 / p);
  rise        = exp(0.5 * p * log1p(-d));                                 /* q^(p/2) */
  onsager     = -expm1(p * log1p(-d)) - p * d * exp((p - 1) * log1p(-d)); /* 1 - f - (1-q) f' */

  *tap = (KrTap){.q           = 1.0 - d,
                 .free_energy = e * rise - 0.5 * temperature * log(d) - 0.5 / temperature * onsager,
                 .energy      = e * rise - onsager / temperature,
                 .edge        = temperature / d * (1.0 - steep * z) * (1.0 - steep * z)};
  return KR_THEORY_OK;
}

/*
  KrTapState - Overlap and free energy of the TAP state on a critical point.

  Not collective, pure

  Input:
+ f           - pure model
. e           - energy of the T = 0 critical point
- temperature - T > 0

  Output:
+ q           - overlap |m|^2/N > (p-2)/p
- free_energy - f_TAP, per spin; both untouched unless KR_THEORY_OK is returned

  Returns: as KrTapDescribe()

  Source: docs/theory/thermodynamics.md, eqs. (12), (15)
*/
int KrTapState(const KrMixture *f, double e, double temperature, double *q, double *free_energy)
{
  KrTap     tap;
  const int status = KrTapDescribe(f, e, temperature, &tap);

  if (status != KR_THEORY_OK) return status;
  *q           = tap.q;
  *free_energy = tap.free_energy;
  return KR_THEORY_OK;
}

typedef struct {
  const KrMixture *f;
  double           temperature, wanted;
} FreeEnergy;

/* f_TAP rises with e, by q^(p/2). */
static double free_energy_equation(double e, const void *context)
{
  const FreeEnergy *at = context;
  double            q, free_energy = NAN;

  (void)KrTapState(at->f, e, at->temperature, &q, &free_energy);
  return free_energy - at->wanted;
}

/*
  KrTapEnergy - Energy of the T = 0 critical points whose TAP states have a given free energy.

  Not collective, pure

  Input:
+ f           - pure model
. free_energy - f_TAP, per spin
- temperature - 0 < T <= T_sp(-E_inf), where all of them exist

  Returns: e(f, T) <= -E_inf; NAN for a mixture, outside the temperatures, or for a free energy above that of -E_inf

  Source: docs/theory/thermodynamics.md, eq. (18)
  See:    KrTapComplexity()
*/
double KrTapEnergy(const KrMixture *f, double free_energy, double temperature)
{
  const FreeEnergy at        = {f, temperature, free_energy};
  const double     threshold = KrComplexityThresholdEnergy(f);
  double           q, top, low = 2.0 * threshold;

  if (KrTapState(f, threshold, temperature, &q, &top) != KR_THEORY_OK) return NAN;
  if (!(free_energy <= top + 1e-15 * fabs(top)) || !isfinite(free_energy)) return NAN;
  if (free_energy >= top) return threshold;
  while (free_energy_equation(low, &at) > 0.0) low *= 2.0;
  return bisect(free_energy_equation, &at, threshold, low);
}

/*
  KrTapComplexity - Complexity of the TAP states at one free energy and temperature.

  Not collective, pure

  Input:
+ f           - pure model
. free_energy - f_TAP, per spin
- temperature - 0 < T <= T_sp(-E_inf)

  Returns: Sigma(f, T) = Sigma_0(e(f, T)); negative below the lowest state; NAN where KrTapEnergy() is

  Source: docs/theory/thermodynamics.md, eq. (18)
  See:    KrComplexityIndex()
*/
double KrTapComplexity(const KrMixture *f, double free_energy, double temperature)
{
  const double e = KrTapEnergy(f, free_energy, temperature);

  return isnan(e) ? NAN : KrComplexityIndex(f, 0, e);
}
