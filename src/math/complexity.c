/* Annealed complexity of the critical points for N -> infinity, T = 0: docs/theory/complexity.md. Energy e
   and radial curvature mu are jointly Gaussian, so that all follows from Sigma_k(e, mu), eq. (2); a pure
   model is the limit mu = p e, where the Gaussian factor degenerates. */
#include <kacrice/theory.h>
#include <math.h>

#define ALL_INDICES (-1)

typedef struct {        /* what eq. (2) needs of f at q = 1, where f = 1 */
  double first, second; /* f', f'' */
  double det;           /* of the covariance of (e, mu); zero for a pure model */
  double order;         /* p of a pure model */
  int    is_pure;
} Slopes;

static Slopes slopes_of(const KrMixture *f)
{
  Slopes s = {.first   = KrMixtureValue(f, 1, 1.0),
              .second  = KrMixtureValue(f, 2, 1.0),
              .order   = f->order[0],
              .is_pure = KrMixtureIsPure(f)};

  for (int i = 0; i < f->n_orders;
       ++i) { /* variance of the order: no cancellation near a pure model */
    const double away = f->order[i] - s.first;

    s.det += f->c[i] * away * away;
  }
  return s;
}

/* J(t), eq. (3): price of one eigenvalue of the GOE at t beyond the edge 2; slope is its derivative. */
static double outlier_price(double t, double *slope)
{
  double root;

  *slope = 0.0;
  if (t <= 2.0) return 0.0;
  root   = sqrt((t - 2.0) * (t + 2.0));
  *slope = 0.5 * root;
  return 0.25 * t * root - log(0.5 * (t + root));
}

/* How many times J is paid: k + 1 at mu < 0; all indices together pay the least, once. */
static double multiplicity(int k)
{
  return k == ALL_INDICES ? 1.0 : k + 1.0;
}

/* Sigma(e, mu) without the domain of an index, eq. (2). */
static double joint(const Slopes *s, int k, double e, double mu)
{
  const double apart = mu - s->first * e; /* mu given e has this mean and the variance det / N */
  double       slope, value;

  value = 0.5 * log(s->second / s->first) + mu * mu / (4.0 * s->second) - 0.5 * e * e;
  if (!s->is_pure) value -= 0.5 * apart * apart / s->det;
  return value - multiplicity(k) * outlier_price(fabs(mu) / sqrt(s->second), &slope);
}

/* Derivative of joint() in mu; mixed only. */
static double joint_slope(const Slopes *s, int k, double e, double mu)
{
  double slope;

  (void)outlier_price(fabs(mu) / sqrt(s->second), &slope);
  return mu / (2.0 * s->second) - (mu - s->first * e) / s->det -
         multiplicity(k) * copysign(slope, mu) / sqrt(s->second);
}

/* Where Sigma_k(e, mu) is largest: it is concave in mu, and an index k needs mu <= mu_th. */
static double best_mu(const Slopes *s, int k, double e)
{
  const double threshold = -2.0 * sqrt(s->second);
  double       low = threshold, high = k == ALL_INDICES ? -threshold : threshold, middle;

  if (s->is_pure) return s->order * e;
  if (k != ALL_INDICES && joint_slope(s, k, e, high) >= 0.0) return high;
  while (joint_slope(s, k, e, low) < 0.0) low *= 2.0;
  while (joint_slope(s, k, e, high) > 0.0) high *= 2.0;
  for (middle = 0.5 * (low + high); low < middle && middle < high; middle = 0.5 * (low + high)) {
    if (joint_slope(s, k, e, middle) > 0.0) low = middle;
    else high = middle;
  }
  return middle;
}

/* Sigma_k(e), or Sigma(e) for ALL_INDICES. */
static double at_energy(const Slopes *s, int k, double e)
{
  const double mu = best_mu(s, k, e);

  if (k != ALL_INDICES && mu > -2.0 * sqrt(s->second)) return -INFINITY;
  return joint(s, k, e, mu);
}

/*
  KrComplexityTotal - Growth rate of the number of all critical points.

  Not collective, pure

  Input:
. f - mixture, KrMixtureCheck() holds

  Returns: lim ln(E number) / N = ln(f''(1) / f'(1)) / 2; 0 for p = 2

  Source: docs/theory/complexity.md, eq. (5); Auffinger, Ben Arous & Cerny 2013; Auffinger & Ben Arous 2013
*/
double KrComplexityTotal(const KrMixture *f)
{
  return 0.5 * log(KrMixtureValue(f, 2, 1.0) / KrMixtureValue(f, 1, 1.0));
}

/*
  KrComplexityThresholdMu - Radial curvature at which the bulk of the Hessian spectrum touches zero.

  Not collective, pure

  Input:
. f - mixture

  Returns: mu_th = -2 sqrt(f''(1)), units of J; below it the typical point is a minimum

  Source: docs/theory/complexity.md, eq. (4)
*/
double KrComplexityThresholdMu(const KrMixture *f)
{
  return -2.0 * sqrt(KrMixtureValue(f, 2, 1.0));
}

/*
  KrComplexityThresholdEnergy - Energy under which the typical critical point is a minimum.

  Not collective, pure

  Input:
. f - mixture

  Returns: e where the most numerous points have mu = mu_th; -E_inf = -2 sqrt((p-1)/p) for a pure model.
           In a mixture minima exist above it and saddles below it

  Source: docs/theory/complexity.md, eq. (9)
*/
double KrComplexityThresholdEnergy(const KrMixture *f)
{
  const Slopes s = slopes_of(f);

  if (s.is_pure) return -2.0 * sqrt((s.order - 1.0) / s.order);
  return KrComplexityThresholdMu(f) * (1.0 - s.det / (2.0 * s.second)) / s.first;
}

/*
  KrComplexityEnergy - Complexity of all critical points at one energy.

  Not collective, pure

  Input:
+ f - mixture
- e - energy density H / N, any real

  Returns: Sigma(e) = lim ln(E number near e) / N; negative where none is expected

  Source: docs/theory/complexity.md, eqs. (6), (8)
*/
double KrComplexityEnergy(const KrMixture *f, double e)
{
  const Slopes s = slopes_of(f);

  return at_energy(&s, ALL_INDICES, e);
}

/*
  KrComplexityIndex - Complexity of the critical points of one index at one energy.

  Not collective, pure

  Input:
+ f - mixture
. k - index, >= 0, fixed as N grows
- e - energy density H / N, any real

  Returns: Sigma_k(e). For a pure model -INFINITY above -E_inf, where the probability of a fixed index falls
           as exp(-N^2). NAN when k < 0

  Source: docs/theory/complexity.md, eqs. (7), (8)
*/
double KrComplexityIndex(const KrMixture *f, int k, double e)
{
  const Slopes s = slopes_of(f);

  return k < 0 ? NAN : at_energy(&s, k, e);
}

/*
  KrComplexityJoint - Complexity of all critical points at one energy and radial curvature.

  Not collective, pure

  Input:
+ f  - mixture; of a pure model, for which mu = p e, only points with that mu are finite
. e  - energy density H / N
- mu - radial curvature sigma . grad H / N

  Returns: Sigma(e, mu); -INFINITY where a pure model has no points

  Source: docs/theory/complexity.md, eq. (2)
*/
double KrComplexityJoint(const KrMixture *f, double e, double mu)
{
  const Slopes s = slopes_of(f);

  if (s.is_pure && mu != s.order * e) return -INFINITY;
  return joint(&s, ALL_INDICES, e, mu);
}

/*
  KrComplexityJointIndex - Complexity of the critical points of one index at one energy and radial curvature.

  Not collective, pure

  Input:
+ f  - mixture, see KrComplexityJoint()
. k  - index, >= 0, fixed as N grows
. e  - energy density H / N
- mu - radial curvature sigma . grad H / N

  Returns: Sigma_k(e, mu); -INFINITY when mu > mu_th. NAN when k < 0

  Source: docs/theory/complexity.md, eq. (2)
*/
double KrComplexityJointIndex(const KrMixture *f, int k, double e, double mu)
{
  const Slopes s = slopes_of(f);

  if (k < 0) return NAN;
  if (mu > -2.0 * sqrt(s.second) || (s.is_pure && mu != s.order * e)) return -INFINITY;
  return joint(&s, k, e, mu);
}

/*
  KrComplexityGroundEnergy - Lowest energy with points of index k: the lowest zero of Sigma_k.

  Not collective, pure

  Input:
+ f - mixture
- k - index, >= 0

  Returns: E_k < 0, rising with k towards the threshold. For a pure model with p >= 3, E_0 is the
           ground state (Subag 2017); for a mixture a lower bound of it. p = 2: -E_inf. NAN when k < 0

  Source: docs/theory/complexity.md, eq. (10)
*/
double KrComplexityGroundEnergy(const KrMixture *f, int k)
{
  const Slopes s = slopes_of(f);
  double       low, high, middle;

  if (k < 0) return NAN;
  /* at the peak of Sigma_k, where it is not negative; the pure threshold itself must count as below mu_th */
  high = s.is_pure ? KrComplexityThresholdEnergy(f) * (1.0 + 1e-15)
                   : KrComplexityThresholdMu(f) * s.first / (s.first + s.second);
  if (at_energy(&s, k, high) <= 0.0) return high;
  for (low = 2.0 * high; at_energy(&s, k, low) > 0.0;) low *= 2.0;
  for (middle = 0.5 * (low + high); low < middle && middle < high; middle = 0.5 * (low + high)) {
    if (at_energy(&s, k, middle) > 0.0) high = middle;
    else low = middle;
  }
  return middle;
}

/*
  KrComplexityTypicalMu - Radial curvature of the most numerous critical points at one energy.

  Not collective, pure

  Input:
+ f - mixture
- e - energy density H / N

  Returns: mu that maximises Sigma(e, mu); p e for a pure model

  Source: docs/theory/complexity.md, eq. (8)
*/
double KrComplexityTypicalMu(const KrMixture *f, double e)
{
  const Slopes s = slopes_of(f);

  return best_mu(&s, ALL_INDICES, e);
}

/*
  KrComplexityIndexFraction - Index over N of the most numerous critical points at one energy.

  Not collective, pure

  Input:
+ f - mixture
- e - energy density H / N

  Returns: k / N between 0 and 1: the part of a semicircle of radius 2 sqrt(f'') below mu

  Source: docs/theory/complexity.md, eq. (11)
*/
double KrComplexityIndexFraction(const KrMixture *f, double e)
{
  return KrSemicircleCdf(KrComplexityTypicalMu(f, e) / sqrt(KrMixtureValue(f, 2, 1.0)));
}
