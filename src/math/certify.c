/* Proofs about one critical point: existence, uniqueness and index by the theorem of Newton and Kantorovich for
     F(y, nu) = (grad H(y) - c nu y,  c (N - |y|^2) / 2),     mu = c nu,
   with all rounding bounded beforehand. Equation numbers are those of docs/theory/certificates.md. */
#include <kacrice/certify.h>
#include <float.h>
#include <math.h>
#include <string.h>

#define UNIT  (0.5 * DBL_EPSILON) /* relative error of one rounding */
#define TINY  1e-290              /* more than what underflow can have taken from any sum here */
#define OFF   1e-6                /* |x|^2 may miss N by this fraction, no more */
#define REACH 0.015625            /* balls up to a 64th of the sphere's radius: plenty */
#define MARGIN \
  2.0 /* the radius stored is so many times the least one: other hardware proves it too */
#define COUNTED 0.01 /* most roundings one number may have, in units of 1/UNIT */

/* A bound on the relative error after so many roundings, and after those of the bound itself: (2). */
static double rounding(double count)
{
  return count * UNIT < COUNTED ? 2.0 * count * UNIT : INFINITY;
}

/* A sum or product of nonnegative numbers, enlarged beyond its own rounding: none adds more than m^2 + 20 terms. */
static double up(int m, double value)
{
  return value * (1.0 + rounding((double)m * m + 40.0)) + TINY;
}

/* The factor c of the border, a power of 2 near J/sqrt(N): products with it are exact. */
static double border_scale(int n, double scale)
{
  return ldexp(1.0, (int)floor(log2(scale) + 0.5) - (int)floor(0.5 * log2((double)n) + 0.5));
}

/*
  KrCertifyBoundsInit - Begins what is known of a polynomial: nothing is added up yet.

  Not collective

  Input:
+ n     - N, at least 1
- scale - J, the size of H/sqrt(N), positive: no proof depends on it, but one near it finds the most

  Output:
. bounds - of the polynomial 0; give each order to KrCertifyBoundsAdd()

  Errors: none
  Cost:   none
  Source: docs/theory/certificates.md, section 3
  See:    KrCertifyBoundsAdd()
*/
void KrCertifyBoundsInit(int n, double scale, KrCertifyBounds *bounds)
{
  *bounds =
    (KrCertifyBounds){.n = n, .reach = REACH * sqrt((double)n), .border = border_scale(n, scale)};
}

/*
  KrTensorSquares - Sum of the squares of all N^p entries of the symmetric tensor T whose polynomial is given.

  Not collective

  Input:
. tensor - coefficients, multiplicities folded in; a piece is good for its rows

  Returns: sum over sorted tuples of C^2 / multiplicity = sum of T^2, up to rounding
  Errors:  none
  Cost:    one pass
  Source:  docs/theory/certificates.md, eq. (8)
  See:     KrCertifyBoundsAdd()
*/
double KrTensorSquares(const KrTensor *tensor)
{
  double  sum = 0.0;
  KrBlock block;
  int     tuple[KR_ORDER_MAX];

  for (int more = KrBlockFirst(tensor, &block); more; more = KrBlockNext(tensor, &block)) {
    const double *c = tensor->c + block.offset;

    for (int i = block.row_first; i < block.row_first + block.n_rows; ++i)
      for (int k = block.col_first; k < tensor->n; ++k, ++c) {
        KrBlockTuple(tensor, &block, i, k, tuple);
        sum += *c * *c / KrTupleMultiplicity(tensor->order, tuple);
      }
  }
  return sum;
}

/* base^exponent, exponent >= 0 */
static double power(double base, int exponent)
{
  double result = 1.0;

  for (int i = 0; i < exponent; ++i) result *= base;
  return result;
}

/*
  KrCertifyBoundsAdd - Adds an order to what is known of a polynomial.

  Not collective

  Input:
+ order   - p, KR_ORDER_MIN ... KR_ORDER_MAX
. scale   - factor of the order; the polynomial proved about has a factor within 2 units in the last place of it
- squares - KrTensorSquares() of the whole tensor

  In/out:
. bounds - from KrCertifyBoundsInit()

  Errors: none
  Cost:   none
  Source: docs/theory/certificates.md, eq. (3), (8)
  See:    KrCertify()
*/
void KrCertifyBoundsAdd(int order, double scale, double squares, KrCertifyBounds *bounds)
{
  const int    n        = bounds->n;
  const double n_terms  = (double)KrTensorCount(order, n);
  const double enlarge  = 1.0 + rounding(n_terms + 60.0);
  const double strength = fabs(scale) * sqrt(squares) * enlarge;
  const double farthest = sqrt((double)n) * (1.0 + OFF) + bounds->reach * (1.0 + OFF);

  if (order > bounds->order_max) bounds->order_max = order;
  bounds->n_energy += n_terms;
  bounds->n_gradient += (double)KrTensorCount(order - 1, n + 1);
  bounds->n_hessian += (double)KrTensorCount(order - 2, n + 2);
  bounds->slope += order * strength * power(farthest, order - 1) * enlarge;
  if (order > 2)
    bounds->third +=
      order * (order - 1) * (order - 2) * strength * power(farthest, order - 3) * enlarge;
}

/* Parts of the work space. */
typedef struct {
  int     n, m;                   /* N, N + 1 */
  double  c;                      /* of the border */
  int    *order;                  /* of rows: place i is row order[i] of the Jacobian */
  double *jacobian, *L, *inverse; /* m x m, the first in the order of the others */
  double *D;                      /* 2 m */
  double *spare;                  /* m x m + m */
  double *F, *F_error;            /* m */
  double  jacobian_error;         /* |J - computed J|, Frobenius */
  double  jacobian_norm, inverse_norm, inverse_bound; /* Frobenius, Frobenius, spectral */
} Frame;

/*
  KrCertifyWork - Work space that KrCertify() wants.

  Not collective

  Input:
. n - N

  Returns: number of doubles
  Errors:  none
  Cost:    none
  Source:  docs/theory/certificates.md
  See:     KrCertify()
*/
size_t KrCertifyWork(int n)
{
  const size_t m = (size_t)n + 1;

  return 4 * m * m + 6 * m;
}

static void frame_init(const KrCertifyBounds *bounds, double work[], Frame *frame)
{
  const size_t m = (size_t)bounds->n + 1;

  *frame          = (Frame){.n = bounds->n, .m = bounds->n + 1, .c = bounds->border};
  frame->jacobian = work;
  frame->L        = frame->jacobian + m * m;
  frame->inverse  = frame->L + m * m;
  frame->spare    = frame->inverse + m * m;
  frame->D        = frame->spare + m * m + m;
  frame->F        = frame->D + 2 * m;
  frame->F_error  = frame->F + m;
  frame->order    = (int *)(frame->F_error + m);
}

static double norm(size_t count, const double v[])
{
  double sum = 0.0;

  for (size_t i = 0; i < count; ++i) sum += v[i] * v[i];
  return sqrt(sum);
}

/* F at (x, mu) and a bound on what rounding changed in it: (4). */
static void evaluate(const KrCertifyBounds *bounds, const double x[], double mu,
                     const KrDerivatives *at, const KrDerivatives *absolute, Frame *frame)
{
  const int    n      = frame->n;
  const double error  = rounding(bounds->n_gradient + bounds->order_max + 12.0);
  double       square = 0.0;

  for (int i = 0; i < n; ++i) {
    frame->F[i]       = at->gradient[i] - mu * x[i];
    frame->F_error[i] = error * (absolute->gradient[i] + fabs(mu * x[i])) + TINY;
    square += x[i] * x[i];
  }
  frame->F[n]       = 0.5 * frame->c * (n - square);
  frame->F_error[n] = 0.5 * frame->c * rounding(n + 4.0) * (n + square) + TINY;
}

/* The Jacobian of F at (x, mu) into L, and a bound on what rounding changed in it: (5). */
static void differentiate(const KrCertifyBounds *bounds, const double x[], double mu,
                          const KrDerivatives *at, const KrDerivatives *absolute, Frame *frame)
{
  const size_t n = (size_t)frame->n, m = (size_t)frame->m;
  double      *J = frame->L;

  for (size_t i = 0; i < n; ++i) {
    (void)memcpy(J + i * m, at->hessian + i * n, n * sizeof *J);
    J[i * m + i] -= mu;
    J[i * m + n] = J[n * m + i] = -frame->c * x[i];
  }
  J[n * m + n]          = 0.0;
  frame->jacobian_norm  = up(frame->m, norm(m * m, J));
  frame->jacobian_error = up(frame->m, rounding(bounds->n_hessian + bounds->order_max + 12.0) *
                                           norm(n * n, absolute->hessian) +
                                         2.0 * UNIT * frame->jacobian_norm);
}

/* Factors and approximate inverse of the Jacobian, and the Jacobian itself in the order of its pivots. */
static int factorise(Frame *frame)
{
  const size_t m = (size_t)frame->m;
  double      *J = frame->spare, largest = 0.0;

  (void)memcpy(J, frame->L, m * m * sizeof *J);
  if (!KrSymmetricFactor(frame->m, frame->L, frame->order, frame->D)) return 0;
  for (size_t i = 0; i < m; ++i)
    for (size_t k = 0; k < m; ++k)
      frame->jacobian[i * m + k] = J[(size_t)frame->order[i] * m + (size_t)frame->order[k]];
  KrSymmetricInvert(frame->m, frame->L, frame->D, frame->spare, frame->inverse);
  for (size_t i = 0; i < m; ++i) {
    double sum = 0.0;

    for (size_t k = 0; k < m; ++k) sum += fabs(frame->inverse[i * m + k]);
    largest = fmax(largest, sum);
  }
  frame->inverse_norm  = up(frame->m, norm(m * m, frame->inverse));
  frame->inverse_bound = fmin(frame->inverse_norm, up(frame->m, largest)); /* it is symmetric */
  return isfinite(frame->inverse_norm);
}

/* delta >= |1 - Y J|: (6). */
static double bound_delta(const Frame *frame)
{
  const size_t m   = (size_t)frame->m;
  double      *row = frame->spare, square = 0.0;
  const double error =
    rounding((double)m + 3.0) * (sqrt((double)m) + frame->inverse_norm * frame->jacobian_norm) +
    frame->inverse_norm * frame->jacobian_error;

  for (size_t i = 0; i < m; ++i) {
    (void)memset(row, 0, m * sizeof *row);
    row[i] = 1.0;
    for (size_t k = 0; k < m; ++k) {
      const double y = frame->inverse[i * m + k];

      for (size_t j = 0; j < m; ++j) row[j] -= y * frame->jacobian[k * m + j];
    }
    for (size_t j = 0; j < m; ++j) square += row[j] * row[j];
  }
  return up(frame->m, sqrt(square) + error);
}

/* eta >= |Y F|: (7); the Newton step -Y F goes to step, in the order of x. */
static double bound_eta(const Frame *frame, double step[])
{
  const size_t m      = (size_t)frame->m;
  const double error  = rounding((double)m + 3.0);
  double       square = 0.0;

  for (size_t i = 0; i < m; ++i) {
    const double *row   = frame->inverse + i * m;
    const int     place = frame->order[i];
    double        sum = 0.0, doubt = 0.0;

    for (size_t k = 0; k < m; ++k) {
      const double f = frame->F[frame->order[k]];

      sum += row[k] * f;
      doubt += fabs(row[k]) * (frame->F_error[frame->order[k]] + error * fabs(f));
    }
    if (place < frame->n) step[place] = -sum;
    square += (fabs(sum) + doubt) * (fabs(sum) + doubt);
  }
  return up(frame->m, sqrt(square));
}

/* |P^T J P - L D L^T|, an upper bound: (11). */
static double bound_residual(const Frame *frame)
{
  const size_t  m  = (size_t)frame->m;
  const double *D  = frame->D;
  double       *Lt = frame->spare, *row = Lt + m * m, square = 0.0, error;

  for (size_t i = 0; i < m; ++i)
    for (size_t k = 0; k < m; ++k) Lt[k * m + i] = frame->L[i * m + k];
  for (size_t i = 0; i < m; ++i) {
    const double *l = frame->L + i * m;

    (void)memcpy(row + i, frame->jacobian + i * m + i, (m - i) * sizeof *row);
    for (size_t k = 0; k <= i + 1 && k < m; ++k) {
      const double ld = D[k] * l[k] + (k > 0 ? D[m + k - 1] * l[k - 1] : 0.0) +
                        (k + 1 < m ? D[m + k] * l[k + 1] : 0.0);

      for (size_t j = i > k ? i : k; j < m; ++j) row[j] -= ld * Lt[k * m + j];
    }
    square += row[i] * row[i];
    for (size_t j = i + 1; j < m; ++j) square += 2.0 * row[j] * row[j];
  }
  error = norm(m * m, frame->L);
  error = rounding((double)m + 6.0) * (frame->jacobian_norm + 3.0 * error * error * norm(2 * m, D));
  return up(frame->m, sqrt(square) + error);
}

/*
  KrCertificateHolds - Tells whether a radius is proved: exactly one critical point within it, with mu nearby.

  Not collective

  Input:
+ certificate - from KrCertify()
- radius      - about the same x, for points with |x|^2 = N

  Returns: 1 when eta + delta r + growth r^2 / 2 < r and delta + growth r < 1 and r <= unique_radius, else 0
  Errors:  none
  Cost:    none
  Source:  docs/theory/certificates.md, eq. (9)
  See:     KrCertify()
*/
int KrCertificateHolds(const KrCertificate *certificate, double radius)
{
  const double r = radius, delta = certificate->delta, growth = certificate->growth;
  const double image = (certificate->eta + delta * r + 0.5 * growth * r * r) * (1.0 + 32.0 * UNIT);

  return r > 0.0 && r <= certificate->unique_radius && image < r &&
         (delta + growth * r) * (1.0 + 32.0 * UNIT) < 1.0;
}

/* No zero of F lies farther away than the root of (9), up to r. */
static int is_empty_up_to(const KrCertifyBounds *bounds, const KrCertificate *certificate, double r)
{
  const double image =
    certificate->eta + certificate->delta * r + 0.5 * certificate->growth * r * r;

  return r <= bounds->reach && image * (1.0 + 32.0 * UNIT) < r;
}

/* Radii out of eta, delta and growth: the two roots of (9), each moved to the safe side and tested; the outer one is
   made smaller until mu, too, stays near wherever the critical point lies: (10). */
static void find_radii(const KrCertifyBounds *bounds, double c, KrCertificate *certificate)
{
  const double slope = 1.0 - certificate->delta;
  const double disc  = slope * slope - 2.0 * certificate->eta * certificate->growth;
  const double steep = bounds->order_max * bounds->slope / (bounds->n * c);
  double       inner, outer;

  if (!(slope > 0.0) || !(disc > 0.0)) return;
  inner = 2.0 * certificate->eta / (slope + sqrt(disc));
  outer = fmin(0.999 * (slope + sqrt(disc)) / certificate->growth, bounds->reach);
  if (!is_empty_up_to(bounds, certificate, outer)) return;
  certificate->unique_radius = 0.999 * (outer - certificate->mu_rounding / c) / (1.0 + steep);
  certificate->radius        = fmin(MARGIN * inner, fmax(1.001 * inner, 0.5 * outer));
  certificate->exists        = KrCertificateHolds(certificate, certificate->radius);
}

/* Index of the critical point in the ball: that of the factors, when no eigenvalue can pass zero on the way: (12). */
static int find_index(const Frame *frame, const KrCertificate *certificate)
{
  const double smallest = (1.0 - certificate->delta) / frame->inverse_bound * (1.0 - 8.0 * UNIT);
  const double distance = up(frame->m, bound_residual(frame) + frame->jacobian_error);
  const int    negative = KrSymmetricInertia(frame->m, frame->D);

  return negative >= 1 && distance < smallest ? negative - 1 : -1;
}

/* Numbers at x and how far they may be off: (13). */
static void measure(const KrCertifyBounds *bounds, const double x[], const KrDerivatives *at,
                    const KrDerivatives *absolute, const Frame *frame, KrCertificate *certificate)
{
  const int    n     = frame->n;
  const double root  = sqrt((double)n);
  const double error = rounding(bounds->n_gradient + n + bounds->order_max + 16.0);
  double       sum   = 0.0;

  for (int i = 0; i < n; ++i) sum += fabs(x[i]) * absolute->gradient[i];
  certificate->mu_rounding = up(frame->m, error * sum / n);
  certificate->residual    = norm((size_t)n, frame->F) / root;
  certificate->residual_rounding =
    up(frame->m, norm((size_t)n, frame->F_error) / root + certificate->mu_rounding +
                   rounding(n + 8.0) * certificate->residual);
  certificate->energy = at->energy / n;
  certificate->energy_rounding =
    up(frame->m, rounding(bounds->n_energy + bounds->order_max + 16.0) * absolute->energy / n);
}

/*
  KrCertify - Proves that exactly one critical point lies in a ball about x, and tells its index.

  Not collective

  Input:
+ bounds   - of the polynomial
. x        - point, length N, |x|^2 = N to about rounding
. at       - energy, gradient and Hessian at x as any kernel computes them
- absolute - the same of the polynomial with absolute coefficients at the absolute values of x: what rounding is
             measured by

  Output:
+ work        - KrCertifyWork(N) places
. step        - N places: the Newton step towards the critical point, zero when there is none
- certificate - what is proved, and the bounds it was proved with

  Errors: none; what cannot be proved is not
  Cost:   about 5 N^3 operations, all dense
  Source: docs/theory/certificates.md
  See:    KrCertificateHolds(), KrBallsSeparate()
*/
void KrCertify(const KrCertifyBounds *bounds, const double x[], const KrDerivatives *at,
               const KrDerivatives *absolute, double work[], double step[],
               KrCertificate *certificate)
{
  const int n = bounds->n;
  Frame     frame;
  double    sum = 0.0, square = 0.0;

  *certificate = (KrCertificate){.index         = -1,
                                 .radius        = NAN,
                                 .unique_radius = NAN,
                                 .mu_error      = INFINITY,
                                 .energy_error  = INFINITY};
  (void)memset(step, 0, (size_t)n * sizeof *step);
  for (int i = 0; i < n; ++i) {
    sum += x[i] * at->gradient[i];
    square += x[i] * x[i];
  }
  certificate->mu = sum / n;
  frame_init(bounds, work, &frame);
  evaluate(bounds, x, certificate->mu, at, absolute, &frame);
  measure(bounds, x, at, absolute, &frame, certificate);
  differentiate(bounds, x, certificate->mu, at, absolute, &frame);
  if (!(fabs(square - n) < 0.5 * OFF * n) || !isfinite(frame.jacobian_norm) || !factorise(&frame))
    return;
  certificate->delta  = bound_delta(&frame);
  certificate->eta    = bound_eta(&frame, step);
  certificate->growth = up(frame.m, frame.inverse_bound * (bounds->third + 1.5 * frame.c));
  find_radii(bounds, frame.c, certificate);
  if (!certificate->exists) {
    certificate->radius = certificate->unique_radius = NAN;
    return;
  }
  certificate->index    = find_index(&frame, certificate);
  certificate->mu_error = frame.c * certificate->radius;
  certificate->energy_error =
    up(frame.m, bounds->slope * certificate->radius / n + certificate->energy_rounding);
}
