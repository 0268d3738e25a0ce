/* The open cube |x_i| < 1: flat, and a step only has to stay inside. */
#include <kacrice/manifold.h>
#include <math.h>

#define KEPT   0.1           /* of 1 - |x_i|, at least, by each step */
#define BESIDE (1.0 - 1e-12) /* where a point beyond a face is put */

/* x + t length direction, t at most 1 and such that of the way to each face a tenth is kept. */
static void step(int n, double x[], const double direction[], double length)
{
  double t = 1.0;

  for (int i = 0; i < n; ++i) {
    const double d    = length * direction[i],
                 room = (1.0 - KEPT) * (d > 0.0 ? 1.0 - x[i] : 1.0 + x[i]);

    if (t * fabs(d) > room) t = room / fabs(d);
  }
  for (int i = 0; i < n; ++i) x[i] += t * length * direction[i];
}

static void place(int n, double x[])
{
  for (int i = 0; i < n; ++i) x[i] = fmax(-BESIDE, fmin(BESIDE, x[i]));
}

/* Straight, and off the faces like light: the coordinate goes on in the mirror images of the cube, of period 4. */
static void geodesic(int n, double x[], double v[], double time)
{
  for (int i = 0; i < n; ++i) {
    double y = x[i] + time * v[i] + 1.0; /* the cube is 0 ... 2, its image 2 ... 4 */

    if (y >= 0.0 && y <= 2.0) {
      x[i] += time * v[i];
      continue;
    }
    y -= 4.0 * floor(0.25 * y);
    if (y > 2.0) {
      y    = 4.0 - y;
      v[i] = -v[i];
    }
    x[i] = y - 1.0;
  }
}

static void start(int n, double size, const KrRandomKey *key, uint64_t counter, double x[])
{
  for (int i = 0; i < n; ++i)
    x[i] = size * (2.0 * KrRandomUniform(key, counter + (uint64_t)i) - 1.0);
  place(n, x);
}

static void uniform(int n, const KrRandomKey *key, uint64_t counter, double x[])
{
  start(n, 1.0, key, counter, x);
}

static double dial(double radial, double scale)
{
  (void)scale;
  return 2.0 * radial - 1.0;
}

static int euler(int n, int64_t *sum)
{
  (void)n;
  *sum = 1;
  return 1;
}

const KrManifold KrManifoldCube = {.name            = "cube",
                                   .is_compact      = 1,
                                   .has_centre      = 1,
                                   .euler           = euler,
                                   .project         = KrFlatProject,
                                   .step            = step,
                                   .tangent_hessian = KrFlatTangentHessian,
                                   .place           = place,
                                   .geodesic        = geodesic,
                                   .kick            = KrFlatKick,
                                   .distance        = KrFlatDistance,
                                   .start           = start,
                                   .uniform         = uniform,
                                   .dial            = dial};
