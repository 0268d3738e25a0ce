/* Lennard-Jones energy of a cluster and its derivatives, pair by pair (docs/theory/clusters.md, section 5). */
#include <kacrice/pair.h>
#include <math.h>
#include <string.h>

#define SLACK \
  (1.0 + 1e-12) /* of sums of positive numbers: larger than what rounding can take away */

typedef struct {      /* of one pair, by s = r^2 */
  double u, du2, d4u; /* u(s), 2 u'(s) and 4 u''(s) */
} Pair;

static Pair pair_at(double s)
{
  const double inverse = 1.0 / s, t = inverse * inverse * inverse;

  return (Pair){.u   = 4.0 * t * (t - 1.0),
                .du2 = -24.0 * inverse * t * (2.0 * t - 1.0),
                .d4u = 96.0 * inverse * inverse * t * (7.0 * t - 2.0)};
}

/* r_i - r_j, and its square. */
static double vector(int d, const double x[], int i, int j, double r[3])
{
  double s = 0.0;

  for (int a = 0; a < d; ++a) {
    r[a] = x[i * d + a] - x[j * d + a];
    s += r[a] * r[a];
  }
  return s;
}

/*
  KrPairGradient - Energy and gradient of a cluster.

  Not collective

  Input:
+ d - coordinates of a particle, at most 3
. n - particles
- x - n d

  In/out:
. g - n d, the gradient is added; NULL: not wanted

  Returns: E, in units of the depth of a pair; not finite where two particles meet
  Errors:  none
  Cost:    n (n-1)/2 pairs
  Source:  docs/theory/clusters.md, eq. (3)
*/
double KrPairGradient(int d, int n, const double x[], double g[])
{
  double r[3], energy = 0.0;

  for (int i = 0; i < n; ++i)
    for (int j = 0; j < i; ++j) {
      const Pair pair = pair_at(vector(d, x, i, j, r));

      energy += pair.u;
      for (int a = 0; g != NULL && a < d; ++a) {
        g[i * d + a] += pair.du2 * r[a];
        g[j * d + a] -= pair.du2 * r[a];
      }
    }
  return energy;
}

/*
  KrPairHessian - Hessian of a cluster.

  Not collective

  Input:
+ d - coordinates of a particle, at most 3
. n - particles
- x - n d

  Output:
. H - (n d)^2, row major, symmetric

  Errors: none
  Cost:   n (n-1)/2 pairs of 4 d^2 numbers
  Source: docs/theory/clusters.md, eq. (3)
  See:    KrPairProduct()
*/
void KrPairHessian(int d, int n, const double x[], double H[])
{
  const int N = n * d;
  double    r[3];

  (void)memset(H, 0, (size_t)N * (size_t)N * sizeof *H);
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < i; ++j) {
      const Pair pair = pair_at(vector(d, x, i, j, r));

      for (int a = 0; a < d; ++a)
        for (int b = 0; b < d; ++b) {
          const double block = pair.d4u * (r[a] * r[b]) + (a == b ? pair.du2 : 0.0);

          H[(i * d + a) * N + i * d + b] += block;
          H[(j * d + a) * N + j * d + b] += block;
          H[(i * d + a) * N + j * d + b] -= block;
          H[(j * d + a) * N + i * d + b] -= block;
        }
    }
}

/*
  KrPairProduct - The Hessian of a cluster times a vector, without the matrix.

  Not collective

  Input:
+ d - coordinates of a particle, at most 3
. n - particles
. x - n d
- v - n d

  In/out:
. Hv - n d, the product is added

  Errors: none
  Cost:   n (n-1)/2 pairs
  See:    KrPairHessian()
*/
void KrPairProduct(int d, int n, const double x[], const double v[], double Hv[])
{
  double r[3], w[3];

  for (int i = 0; i < n; ++i)
    for (int j = 0; j < i; ++j) {
      const Pair pair  = pair_at(vector(d, x, i, j, r));
      double     along = 0.0;

      (void)vector(d, v, i, j, w);
      for (int a = 0; a < d; ++a) along += r[a] * w[a];
      for (int a = 0; a < d; ++a) {
        const double force = pair.d4u * along * r[a] + pair.du2 * w[a];

        Hv[i * d + a] += force;
        Hv[j * d + a] -= force;
      }
    }
}

/* Of |D^3 u(|r|)[a, b, c]| over unit vectors and distances of at least r: eq. (5). Terms of opposite signs: the larger
   bounds their difference. */
static double third_of_pair(double r)
{
  const double close = pow(r, -15.0), far = pow(r, -9.0);

  if (!(r > 0.0)) return INFINITY;
  return 4.0 * fmax(2184.0 * close, 336.0 * far) +
         2.0 / sqrt(3.0) * 4.0 * fmax(168.0 * close, 48.0 * far);
}

/*
  KrPairThirdBound - A bound of the third derivatives of the energy near a cluster.

  Not collective

  Input:
+ d      - coordinates of a particle, at most 3
. n      - particles
. x      - n d
- radius - of a ball about x

  Returns: M with |D^3 E(y)[u, v, w]| <= M for all |y - x| <= radius and unit vectors u, v, w; infinite where two
           particles can meet in the ball
  Errors:  none
  Cost:    n^2 powers
  Source:  docs/theory/clusters.md, eq. (4) and (5)
*/
double KrPairThirdBound(int d, int n, const double x[], double radius)
{
  double r[3], most = 0.0;

  for (int i = 0; i < n; ++i) {
    double sum = 0.0;

    for (int j = 0; j < n; ++j)
      if (j != i)
        sum += third_of_pair(sqrt(vector(d, x, i, j, r)) / SLACK - sqrt(2.0) * SLACK * radius);
    most = fmax(most, sum);
  }
  return 2.0 * sqrt(2.0) * most * SLACK;
}

/*
  KrPairEuler - What the sum of (-1)^k/o over a complete list of critical points is.

  Not collective

  Input:
+ d - dimension of space, 2 or 3
- n - particles, at least 3

  Returns: the sum over all points that are no lines (d = 3), or over all points (d = 2), of (-1)^index over the order
           of KrSymmetryOrder()
  Errors:  none
  Source:  docs/theory/clusters.md, section 6
*/
double KrPairEuler(int d, int n)
{
  double harmonic = 0.0;

  if (d == 2) return (n % 2 == 0 ? 1.0 : -1.0) / (2.0 * n * (n - 1.0));
  for (int m = 1; m <= n; ++m) harmonic += 1.0 / m;
  return 0.25 * (harmonic - 1.5);
}
