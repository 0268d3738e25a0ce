/* The TAP free energy in terms of q, and the states of pure models (docs/theory/tap.md). */
#include <kacrice/tap.h>
#include <math.h>

/*
  KrTapTermsAt - Evaluates all that the TAP free energy says about a value of the self-overlap.

  Not collective, pure

  Input:
+ f           - mixture
. temperature - T > 0, units of J
- q           - |m|^2/N, 0 <= q < 1; beyond 1 the free energy is infinite and the rest NaN

  Output:
. terms - see KrTapTerms

  Source: docs/theory/tap.md, eq. (1)-(4); Crisanti & Sommers 1995; Cavagna, Giardina & Parisi 1998
  See:    KrTapIsState()
*/
void KrTapTermsAt(const KrMixture *f, double temperature, double q, KrTapTerms *terms)
{
  const double beta = 1.0 / temperature, left = 1.0 - q;
  const double second = KrMixtureValue(f, 2, q);
  const double lost   = KrMixtureValue(f, 0, 1.0) - KrMixtureValue(f, 0, q) -
                      left * KrMixtureValue(f, 1, q); /* of the covariance to fluctuations */

  if (!(left > 0.0)) {
    *terms = (KrTapTerms){INFINITY, NAN, NAN, NAN, NAN};
    return;
  }
  terms->free_energy = -0.5 * temperature * log1p(-q) - 0.5 * beta * lost;
  terms->energy      = -beta * lost;
  terms->multiplier  = temperature / left + beta * left * second;
  terms->slope    = temperature / (left * left) + beta * (left * KrMixtureValue(f, 3, q) - second);
  terms->reaction = beta * left * sqrt(second);
}

/*
  KrTapIsState - Tells a TAP state from a solution that is none, by its self-overlap.

  Not collective, pure

  A state has w < 1, so that the expansion behind the free energy converges, and lies beyond the maximum of w(q), so
  that it goes on to a critical point at T = 0. For f = q^p this is e = -E_inf and the smaller root of z, and
  q > (p-2)/p.

  Input:
+ f           - mixture
. temperature - T > 0
- q           - of the stationary point

  Returns: 1 or 0
  Source:  docs/theory/tap.md, section 3; Plefka 1982; Kurchan, Parisi & Virasoro 1993
*/
int KrTapIsState(const KrMixture *f, double temperature, double q)
{
  KrTapTerms terms;

  KrTapTermsAt(f, temperature, q, &terms);
  return terms.reaction < 1.0 &&
         (1.0 - q) * KrMixtureValue(f, 3, q) < 2.0 * KrMixtureValue(f, 2, q);
}

/*
  KrTapThreshold - The self-overlap from which on stationary points are states.

  Not collective, pure

  Input:
+ f           - mixture
- temperature - T > 0

  Returns: the least q such that KrTapIsState() holds between it and 1; for f = q^p that of the states with e = -E_inf,
           and (p-2)/p when T is above their T_sp
  Source:  docs/theory/tap.md, section 3
*/
double KrTapThreshold(const KrMixture *f, double temperature)
{
  double low = 0.0, high = 1.0 - 1e-9;

  for (double q = high; q > 0.0 && KrTapIsState(f, temperature, q); q -= 1.0 / 1024.0) high = q;
  low = fmax(0.0, high - 1.0 / 1024.0);
  for (int step = 0; step < 60; ++step) {
    const double middle = 0.5 * (low + high);

    if (KrTapIsState(f, temperature, middle)) high = middle;
    else low = middle;
  }
  return high;
}

/*
  KrTapReach - Tells how far beyond the edge of the Hessian's semicircle a stationary point with this q has to lie.

  Not collective, pure

  Input:
+ f           - mixture
. temperature - T > 0
- q           - 0 <= q < 1

  Returns: A / (2 sqrt(f''(q))) = (w + 1/w)/2, at least 1; for f = q^p it is |e| / E_inf. Infinite where f'' = 0
  Source:  docs/theory/tap.md, eq. (5)
*/
double KrTapReach(const KrMixture *f, double temperature, double q)
{
  KrTapTerms terms;

  KrTapTermsAt(f, temperature, q, &terms);
  return 0.5 * (terms.reaction + 1.0 / terms.reaction);
}

/* z = beta (1-q) q^(p/2-1) of the state, the smaller root of p(p-1) z^2 + p e z + 1 = 0; NAN when there is none. */
static double root_of(int p, double e)
{
  const double discriminant = (double)p * p * e * e - 4.0 * p * (p - 1.0);

  return e < 0.0 && discriminant >= 0.0 ? 2.0 / (-p * e + sqrt(discriminant)) : NAN;
}

/*
  KrTapOverlap - The self-overlap of the TAP state on a T = 0 critical point of a pure model.

  Not collective, pure

  Input:
+ p           - order, f = q^p; at least 2
. e           - energy per spin of the point
- temperature - T > 0

  Output:
. q - the root beyond (p-2)/p, to rounding of 1-q

  Returns: 0; 1 when there is no state: e > -E_inf, or T >= T_sp(e)
  Source:  docs/theory/tap.md, eq. (6); Kurchan, Parisi & Virasoro 1993
  See:     KrTapLimit()
*/
int KrTapOverlap(int p, double e, double temperature, double *q)
{
  const double half = 0.5 * p - 1.0, target = temperature * root_of(p, e);
  double       low = 0.0, high = 2.0 / p, y; /* y (1-y)^half ascends there */

  if (!(temperature > 0.0) || !(temperature < KrTapLimit(p, e))) return 1;
  y = fmin(target, 0.5 * high);
  for (int step = 0; step < 200; ++step) {
    const double power = pow(1.0 - y, half), error = y * power - target;
    const double slope = power - y * half * pow(1.0 - y, half - 1.0);
    double       next  = y - error / slope;

    if (error > 0.0) high = y;
    else low = y;
    if (!(next > low && next < high)) next = 0.5 * (low + high);
    if (fabs(next - y) <= 1e-16 * y) break;
    y = next;
  }
  *q = 1.0 - y;
  return 0;
}

/*
  KrTapLimit - The temperature up to which the TAP state of a T = 0 critical point of a pure model exists.

  Not collective, pure

  Input:
+ p - order, f = q^p; at least 2
- e - energy per spin of the point

  Returns: T_sp(e); 0 for e > -E_inf, where there is no state at any temperature
  Source:  docs/theory/tap.md, eq. (7)
*/
double KrTapLimit(int p, double e)
{
  const double top = (p - 2.0) / p, z = root_of(p, e);

  return isnan(z) ? 0.0 : 2.0 / p * pow(top, 0.5 * p - 1.0) / z;
}
