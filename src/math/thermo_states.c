/* Complexity of the states at T > 0, pure and mixed, by the one-step functional at fixed m. At one temperature the
   states are a curve with their overlap as its parameter: docs/theory/thermodynamics.md, section 8. */
#include <kacrice/tap_theory.h>
#include "roots.h"

typedef struct {
  const KrMixture *f;
  double           temperature;
} AtTemperature;

/*
  KrThermoFamily - Free energy, energy and complexity of the states of one overlap.

  Not collective, pure

  Input:
+ f           - mixture
. temperature - T > 0
- q           - overlap within the states, 0 < q < 1; KrThermoFamilyRange() tells where there are any

  Output:
. family - filled also where it is not stable

  Returns: KR_THEORY_OK; KR_THEORY_BAD_INPUT for values that are none; KR_THEORY_OUT_OF_RANGE where the replicon is
           negative

  Source: docs/theory/thermodynamics.md, eqs. (23) to (25); Monasson 1995
  See:    KrTapComplexity()
*/
int KrThermoFamily(const KrMixture *f, double temperature, double q, KrFamily *family)
{
  const double beta = 1.0 / temperature, d = 1.0 - q;
  double       value, slope, w, s, outer;

  if (KrMixtureCheck(f) != KR_THEORY_OK || !(temperature > 0.0) || !(q > 0.0 && q < 1.0))
    return KR_THEORY_BAD_INPUT;
  value = KrMixtureValue(f, 0, q);
  slope = KrMixtureValue(f, 1, q);
  w     = q * temperature * temperature / (slope * d);
  s     = 1.0 - d / w;
  outer = 1.0 - beta * beta * KrMixtureValue(f, 2, 0.0) * w * w;

  *family = (KrFamily){.q = q, .m = (w - d) / q};

  family->free_energy =
    -0.5 * beta * (1.0 - value + 2.0 * family->m * value) - 0.5 * temperature * (log(d) + q / w);
  family->energy     = -beta * (1.0 - (1.0 - family->m) * value);
  family->complexity = 0.5 * s * s * (log_remainder(s) - value / (q * slope * (1.0 - s)));
  family->replicon   = fmin(outer, 1.0 - beta * beta * KrMixtureValue(f, 2, q) * d * d);
  return family->replicon >= -1e-11 ? KR_THEORY_OK : KR_THEORY_OUT_OF_RANGE;
}

/* Falls through zero where the complexity does, from the side of q = 1 on, where it is negative. */
static double lack_of_states(double d, const void *context)
{
  const AtTemperature *at     = context;
  KrFamily             family = {.complexity = NAN};

  (void)KrThermoFamily(at->f, at->temperature, 1.0 - d, &family);
  return -family.complexity;
}

/*
  KrThermoFamilyRange - The overlaps between which there are states at one temperature.

  Not collective, pure

  Input:
+ f           - mixture
- temperature - 0 < T <= T_d

  Output:
+ q_marginal - of the highest states, where the replicon vanishes: KrThermoThreshold()
- q_lowest   - of the lowest, where the complexity does

  Returns: as KrThermoThreshold()

  Source: docs/theory/thermodynamics.md, section 8
*/
int KrThermoFamilyRange(const KrMixture *f, double temperature, double *q_marginal,
                        double *q_lowest)
{
  const AtTemperature at = {f, temperature};
  KrThreshold         threshold;
  const int           status = KrThermoThreshold(f, temperature, &threshold);

  if (status != KR_THEORY_OK) return status;
  *q_marginal = threshold.q;
  *q_lowest   = 1.0 - bisect(lack_of_states, &at, 1e-14, 1.0 - threshold.q);
  return KR_THEORY_OK;
}
