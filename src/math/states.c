/* Sums over the states of one sample: docs/theory/states.md. Weights go through their logarithms, largest first. */
#include <kacrice/states.h>
#include <math.h>

typedef struct {
  double log_weight, energy;
} Weighed;

/* ln of the weight exp(-N f / T) of a minimum and its u; -INFINITY where it carries no state. */
static Weighed weigh(const KrStates *states, int64_t i, double temperature)
{
  const double n = states->n, pi = 3.14159265358979324;
  KrTap        tap;

  if (states->kind == KR_STATES_TAP) {
    if (KrTapDescribe(&states->f, states->energy[i], temperature, &tap) != KR_THEORY_OK)
      return (Weighed){-INFINITY, 0.0};
    return (Weighed){-n * tap.free_energy / temperature, tap.energy};
  }
  /* Gaussian integral over N - 1 directions, divided by the area of the sphere |x|^2 = N */
  return (Weighed){-n * states->energy[i] / temperature +
                     0.5 * (n - 1.0) * log(2.0 * pi * temperature) - 0.5 * states->log_det[i] -
                     (log(2.0) + 0.5 * n * log(pi) + 0.5 * (n - 1.0) * log(n) - lgamma(0.5 * n)),
                   states->energy[i] + 0.5 * (n - 1.0) / n * temperature};
}

/*
  KrStatesWeigh - Sums the states of a sample at one temperature.

  Not collective, pure

  Input:
+ states      - minima of the sample
- temperature - T > 0

  Output:
. sum - partition sum, means and how the weight is spread

  Returns: KR_THEORY_OK; KR_THEORY_BAD_INPUT for T <= 0; KR_THEORY_OUT_OF_RANGE when no state exists, with count = 0

  Cost:   two passes over the minima
  Source: docs/theory/states.md, eqs. (1) to (5)
*/
int KrStatesWeigh(const KrStates *states, double temperature, KrStatesSum *sum)
{
  double top = -INFINITY, total = 0.0, squares = 0.0, energy = 0.0, logs = 0.0;

  *sum = (KrStatesSum){0, -INFINITY, NAN, NAN, NAN, NAN};
  if (!(temperature > 0.0)) return KR_THEORY_BAD_INPUT;
  for (int64_t i = 0; i < states->count; ++i)
    top = fmax(top, weigh(states, i, temperature).log_weight);
  for (int64_t i = 0; i < states->count; ++i) {
    const Weighed state  = weigh(states, i, temperature);
    const double  weight = exp(state.log_weight - top);

    if (!isfinite(state.log_weight)) continue;
    sum->count += 1;
    total += weight;
    squares += weight * weight;
    energy += weight * state.energy;
    logs += weight * (state.log_weight - top);
  }
  if (sum->count == 0) return KR_THEORY_OUT_OF_RANGE;
  sum->log_sum       = top + log(total) + log((double)states->multiplicity);
  sum->free_energy   = -temperature * sum->log_sum / states->n;
  sum->energy        = energy / total;
  sum->entropy       = log(total) - logs / total;
  sum->participation = squares / (total * total);
  return KR_THEORY_OK;
}

/* Whether the weight is spread over at least so many states. */
static int is_spread(const KrStates *states, double temperature, double few)
{
  KrStatesSum sum;

  return KrStatesWeigh(states, temperature, &sum) == KR_THEORY_OK && sum.participation * few <= 1.0;
}

/*
  KrStatesKauzmann - Temperature below which few states carry the weight of a sample.

  Not collective, pure

  Input:
+ states - minima of the sample
. few    - effective number of states 1/Y that is no longer few, > 1
. low    - lowest temperature looked at, > 0
- high   - highest

  Returns: the lowest T at which 1/Y reaches few, from a scan of 200 temperatures and then bisected; low when it does so
           already there (degenerate states); INFINITY when it does nowhere; NAN without states

  Cost:   some 250 sums
  Source: docs/theory/states.md, eq. (6)
  See:    KrStatesWeigh()
*/
double KrStatesKauzmann(const KrStates *states, double few, double low, double high)
{
  const int   n = 200;
  KrStatesSum sum;
  double      under = low, over = low;
  int         i = 0;

  if (KrStatesWeigh(states, low, &sum) != KR_THEORY_OK) return NAN;
  if (sum.count < few) return INFINITY;
  while (i <= n && !is_spread(states, over, few)) {
    under = over;
    i += 1;
    over = low * pow(high / low, (double)i / n);
  }
  if (i > n) return INFINITY;
  while (over - under > 1e-12 * over) {
    const double middle = 0.5 * (under + over);

    if (is_spread(states, middle, few)) over = middle;
    else under = middle;
  }
  return over;
}
