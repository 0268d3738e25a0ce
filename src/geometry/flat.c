/* All of R^N: no constraint, no boundary, and no measure of its own. */
#include <kacrice/manifold.h>
#include <string.h>

/*
  KrFlatProject - Leaves a gradient as it is, where all directions are tangent.

  Not collective

  Input:
+ n - N, at least 1
- x - point, length N

  In/out:
. g - gradient, length N

  Returns: q = |x|^2/N
  Errors:  none
  See:     KrSphereProject()
*/
double KrFlatProject(int n, const double x[], double g[])
{
  double square = 0.0;

  (void)g;
  for (int i = 0; i < n; ++i) square += x[i] * x[i];
  return square / n;
}

/*
  KrFlatKick - Changes a velocity by a force.

  Not collective

  Input:
+ n      - N
. x      - point, length N; does not matter
. g      - gradient, length N
- factor - time step, and what the gradient is multiplied by

  In/out:
. v - velocity: v <- v - factor g

  Errors: none
  See:    KrSphereKick()
*/
void KrFlatKick(int n, const double x[], const double g[], double factor, double v[])
{
  (void)x;
  for (int i = 0; i < n; ++i) v[i] -= factor * g[i];
}

/*
  KrFlatDistance - Squared distance of two points along a straight line.

  Not collective

  Input:
+ n    - N
- x, y - points, length N each

  Returns: |x - y|^2
  Errors:  none
*/
double KrFlatDistance(int n, const double x[], const double y[])
{
  double square = 0.0;

  for (int i = 0; i < n; ++i) square += (x[i] - y[i]) * (x[i] - y[i]);
  return square;
}

/*
  KrFlatTangentHessian - Copies the Euclidean Hessian, which is that of a flat manifold.

  Not collective

  Input:
+ n       - N
. x       - point, length N; does not matter
. q       - radial coordinate; does not matter
- hessian - N x N

  Output:
. tangent - N x N

  Errors: none
  See:    KrSphereTangentHessian()
*/
void KrFlatTangentHessian(int n, const double x[], double q, const double hessian[],
                          double tangent[])
{
  (void)x, (void)q;
  (void)memcpy(tangent, hessian, (size_t)n * (size_t)n * sizeof *tangent);
}

static void step(int n, double x[], const double direction[], double length)
{
  for (int i = 0; i < n; ++i) x[i] += length * direction[i];
}

static void place(int n, double x[])
{
  (void)n, (void)x;
}

static void geodesic(int n, double x[], double v[], double time)
{
  step(n, x, v, time);
}

static void start(int n, double size, const KrRandomKey *key, uint64_t counter, double x[])
{
  KrRandomNormals(key, counter, n, x);
  for (int i = 0; i < n; ++i) x[i] *= size;
}

/* From -1 at the origin towards 1, and 0 at q = scale. */
static double dial(double radial, double scale)
{
  return (radial - scale) / (radial + scale);
}

static int euler(int n, int64_t *sum)
{
  (void)n, (void)sum;
  return 0;
}

const KrManifold KrManifoldFlat = {.name            = "flat",
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
                                   .dial            = dial};
