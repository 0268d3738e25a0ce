/* The ball |x|^2 < N: flat, so gradients and Hessians are those of R^N, and a step only has to stay inside. */
#include <kacrice/manifold.h>
#include <math.h>
#include <string.h>

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

/* All of R^N is tangent: g stays; returned: q. */
static double project(int n, const double x[], double g[])
{
  (void)g;
  return dot(n, x, x) / n;
}

static void copy_hessian(int n, const double x[], double q, const double hessian[],
                         double tangent[])
{
  (void)x, (void)q;
  (void)memcpy(tangent, hessian, (size_t)n * (size_t)n * sizeof *tangent);
}

const KrManifold KrManifoldBall = {.type            = KR_MANIFOLD_BALL,
                                   .name            = "ball",
                                   .euler           = 1,
                                   .project         = project,
                                   .step            = KrBallStep,
                                   .project_held    = KrBallProjectHeld,
                                   .step_held       = KrBallStepHeld,
                                   .tangent_hessian = copy_hessian};
