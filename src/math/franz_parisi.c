/* Free energy of a probe at an overlap with a reference in equilibrium: docs/theory/thermodynamics.md, section 7. */
#include <kacrice/tap_theory.h>
#include "roots.h"

#define GRID 2000

typedef struct {
  const KrMixture *f;
  double           beta, square; /* x^2 */
} Probe;

/* Derivative of the functional in q, times 2 (1-q)^2, with the sign that falls through zero at a minimum. */
static double saddle_equation(double q, const void *context)
{
  const Probe *probe = context;

  return probe->beta * probe->beta * KrMixtureValue(probe->f, 1, q) * (1.0 - q) * (1.0 - q) -
         (q - probe->square);
}

/* What is least in q, eq. (21). */
static double functional(const Probe *probe, double q)
{
  return -0.5 * probe->beta * probe->beta * KrMixtureValue(probe->f, 0, q) +
         0.5 * (log1p(-q) + (q - probe->square) / (1.0 - q));
}

static double best_overlap(const Probe *probe)
{
  double best = probe->square, before = probe->square;
  int    known = probe->square == 0.0 && saddle_equation(grid_point(1, GRID), probe) <= 0.0;

  for (int i = 1; i < GRID; ++i) {
    const double here = probe->square + (1.0 - probe->square) * grid_point(i, GRID);

    if (saddle_equation(before, probe) > 0.0 && saddle_equation(here, probe) <= 0.0) {
      const double q = bisect(saddle_equation, probe, before, here);

      if (!known || functional(probe, q) < functional(probe, best)) best = q;
      known = 1;
    }
    before = here;
  }
  return best;
}

/* Talagrand's function, eq. (22), at u. */
static double deviation(const Probe *probe, double q, double u)
{
  const double d     = 1.0 - q;
  const double slope = (q - probe->square) / (d * d);
  double       sum = 0.0, power = u - q; /* f(u) without its first two terms at q */

  for (int k = 2; k <= KR_MIXTURE_ORDER_MAX; ++k) {
    power *= (u - q) / k;
    sum += KrMixtureValue(probe->f, k, q) * power;
  }
  sum = probe->beta * probe->beta *
        (sum + (KrMixtureValue(probe->f, 1, q) - slope / (probe->beta * probe->beta)) * (u - q));
  if (u > q) return sum - (u - q) * (u - q) / (d * d) * log_remainder((u - q) / d);
  return sum - 0.5 * (u - q) * (u - q) / (d * d);
}

/*
  KrFranzParisiAt - Free energy that it costs to hold a probe at an overlap with a reference in equilibrium.

  Not collective, pure

  Input:
+ f           - mixture
. reference   - temperature T' of the reference, T' >= T_K
. temperature - T > 0 of the probe
- overlap     - x, 0 <= x < 1

  Output:
. result - filled also where replica symmetry of the probe is not exact

  Returns: KR_THEORY_OK; KR_THEORY_BAD_INPUT for a temperature or an overlap that is none; KR_THEORY_OUT_OF_RANGE for
           T' < T_K and where the replica symmetric probe is not exact, as on the barrier

  Cost:   some thousand evaluations of f
  Source: docs/theory/thermodynamics.md, eqs. (20) to (22); Franz & Parisi 1995; Barrat, Franz & Parisi 1997
*/
int KrFranzParisiAt(const KrMixture *f, double reference, double temperature, double overlap,
                    KrFranzParisi *result)
{
  const double  beta  = 1.0 / temperature;
  const Probe   probe = {f, beta, overlap * overlap};
  const double  drive = KrMixtureValue(f, 0, overlap) / reference;
  KrTransitions at;
  const int     status = KrThermoTransitions(f, &at);
  double        q;

  if (status != KR_THEORY_OK) return status;
  if (!(temperature > 0.0) || !(reference > 0.0) || !(overlap >= 0.0 && overlap < 1.0))
    return KR_THEORY_BAD_INPUT;
  q = best_overlap(&probe);
  *result =
    (KrFranzParisi){.q         = q,
                    .potential = 0.0 - drive - temperature * functional(&probe, q),
                    .energy    = -drive - beta * (1.0 - KrMixtureValue(f, 0, q)),
                    .replicon = 1.0 - beta * beta * KrMixtureValue(f, 2, q) * (1.0 - q) * (1.0 - q),
                    .excess   = -INFINITY};
  for (int i = 1; i < GRID; ++i) {
    const double u = probe.square + (1.0 - probe.square) * grid_point(i, GRID);

    result->excess = fmax(result->excess, deviation(&probe, q, u));
  }
  if (reference < at.static_ * (1.0 - 1e-12)) return KR_THEORY_OUT_OF_RANGE;
  return result->replicon >= -1e-11 && result->excess <= 1e-12 * (1.0 + beta * beta)
           ? KR_THEORY_OK
           : KR_THEORY_OUT_OF_RANGE;
}
