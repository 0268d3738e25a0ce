/* The ball |x|^2 < N: flat, so gradients and Hessians are those of R^N, and a step only has to stay inside. */
#include <kacrice/manifold.h>
#include <math.h>

#define KEPT 0.1 /* of 1 - |x|^2/N, at least, by each step */

static double dot(int n, const double a[], const double b[])
{
  double sum = 0.0;

  for (int i = 0; i < n; ++i) sum += a[i] * b[i];
  return sum;
}

/*
  KrBallStep - Moves x along a direction, less far where it would come too near to the boundary.

  Not collective

  Input:
+ n         - N, at least 1
. direction - length N, any vector; must not overlap x
- length    - factor of the direction, any sign

  In/out:
. x - point, length N, |x|^2 < N; of 1 - |x|^2/N at least a tenth is kept

  Errors: none
  Cost:   four passes over N
  Source: docs/theory/tap.md, eq. (10); the fraction-to-boundary rule of interior point methods (Nocedal & Wright 2006)
  See:    KrSphereStep()
*/
void KrBallStep(int n, double x[], const double direction[], double length)
{
  const double xx = dot(n, x, x), xd = length * dot(n, x, direction);
  const double dd   = length * length * dot(n, direction, direction);
  const double room = (1.0 - KEPT) * (n - xx); /* for |x + t d|^2 - |x|^2 */
  double       t    = 1.0;

  if (2.0 * xd + dd > room) t = room / (xd + sqrt(xd * xd + dd * room));
  for (int i = 0; i < n; ++i) x[i] += t * length * direction[i];
}

/*
  KrBallProjectHeld - Removes from g its part along x, in place, wherever in the ball x is.

  Not collective

  Input:
+ n - N, at least 1
- x - point, length N, not zero

  In/out:
. g - gradient in, its part along the sphere through x out; length N, units of J

  Returns: q = |x|^2/N
  Errors:  none
  Cost:    three passes over N
  Source:  docs/theory/tap.md, section 5
  See:     KrSphereProject()
*/
double KrBallProjectHeld(int n, const double x[], double g[])
{
  const double square = dot(n, x, x), along = dot(n, x, g) / square;

  for (int i = 0; i < n; ++i) g[i] -= along * x[i];
  return square / n;
}

/*
  KrBallStepHeld - Moves x along a direction and back to its own distance from the centre.

  Not collective

  Input:
+ n         - N, at least 1
. direction - length N; must not overlap x
- length    - factor of the direction, any sign

  In/out:
. x - point, length N, not zero; |x| stays

  Errors: none; x + length direction must not vanish
  Cost:   four passes over N
  Source: docs/theory/tap.md, section 5
  See:    KrSphereStep()
*/
void KrBallStepHeld(int n, double x[], const double direction[], double length)
{
  const double square = dot(n, x, x);
  double       scale;

  for (int i = 0; i < n; ++i) x[i] += length * direction[i];
  scale = sqrt(square / dot(n, x, x));
  for (int i = 0; i < n; ++i) x[i] *= scale;
}

/*
  KrBallGeodesic - Moves a point along a straight line, which the boundary reflects.

  Not collective

  Free motion as of light in a round mirror: exact, reversible (with -v it goes back) and volume preserving.

  Input:
+ n    - N, at least 1
- time - how long, any sign

  In/out:
+ x - point, length N, |x|^2 < N
- v - velocity, length N; its length stays

  Errors: none
  Cost:   five passes over N for each reflection
  Source: docs/theory/manifolds.md; Afshar & Domke 2015
  See:    KrSphereGeodesic()
*/
void KrBallGeodesic(int n, double x[], double v[], double time)
{
  const double vv   = dot(n, v, v);
  double       left = fabs(time);
  const double sign = time < 0.0 ? -1.0 : 1.0;

  while (left > 0.0 && vv > 0.0) {
    const double xv = sign * dot(n, x, v), room = fmax(0.0, n - dot(n, x, x));
    /* time to |x + t v|^2 = N, the later root, without cancellation */
    const double root = sqrt(xv * xv + vv * room);
    const double wall = xv > 0.0 ? room / (xv + root) : (root - xv) / vv;
    const double t    = fmin(left, wall);

    for (int i = 0; i < n; ++i) x[i] += sign * t * v[i];
    left -= t;
    if (t == wall && left > 0.0) {
      const double xx = dot(n, x, x), along = 2.0 * dot(n, x, v) / xx;
      const double inside = sqrt(n * (1.0 - 1e-15) / xx);

      for (int i = 0; i < n; ++i) v[i] -= along * x[i];
      for (int i = 0; i < n; ++i) x[i] *= inside;
    }
  }
}

/* To |x|^2 = N, and as much inside as doubles can tell from it. */
static void place(int n, double x[])
{
  const double most = n * (1.0 - 1e-12), square = dot(n, x, x);

  for (int i = 0; square > most && i < n; ++i) x[i] *= sqrt(most / square);
}

/* Uniform on |x|^2 = N size. */
static void start(int n, double size, const KrRandomKey *key, uint64_t counter, double x[])
{
  KrSphereStart(n, 1.0, key, counter, x);
  for (int i = 0; i < n; ++i) x[i] *= sqrt(size);
}

/* |x|/sqrt(N) has the distribution function r^N. */
static void uniform(int n, const KrRandomKey *key, uint64_t counter, double x[])
{
  const double share = KrRandomUniform(key, counter + (uint64_t)n);

  start(n, pow(share, 2.0 / n), key, counter, x);
  place(n, x);
}

static double dial(double radial, double scale)
{
  (void)scale;
  return 2.0 * radial - 1.0;
}

static void start_at(int n, double at, double x[])
{
  for (int i = 0; i < n; ++i) x[i] *= sqrt(0.5 * (1.0 + at));
}

static int euler(int n, int64_t *sum)
{
  (void)n;
  *sum = 1;
  return 1;
}

const KrManifold KrManifoldBall = {.name            = "ball",
                                   .is_compact      = 1,
                                   .has_centre      = 1,
                                   .euler           = euler,
                                   .project         = KrFlatProject,
                                   .step            = KrBallStep,
                                   .project_held    = KrBallProjectHeld,
                                   .step_held       = KrBallStepHeld,
                                   .tangent_hessian = KrFlatTangentHessian,
                                   .place           = place,
                                   .geodesic        = KrBallGeodesic,
                                   .kick            = KrFlatKick,
                                   .distance        = KrFlatDistance,
                                   .start           = start,
                                   .uniform         = uniform,
                                   .dial            = dial,
                                   .start_at        = start_at};
