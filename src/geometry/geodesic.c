/* Motion on the sphere |x|^2 = N: great circles, and kicks between them. */
#include <kacrice/manifold.h>
#include <math.h>

/* Four sums side by side: a single one would wait for each addition. */
static double dot(int n, const double a[], const double b[])
{
  double sum[4] = {0.0, 0.0, 0.0, 0.0};
  int    i      = 0;

  for (; i + 3 < n; i += 4)
    for (int k = 0; k < 4; ++k) sum[k] += a[i + k] * b[i + k];
  for (; i < n; ++i) sum[0] += a[i] * b[i];
  return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

/*
  KrSphereKick - Changes a velocity on the sphere by a force.

  Not collective

  Input:
+ n      - N
. x      - point, length N, |x|^2 = N
. g      - Euclidean gradient, length N
- factor - time step, and what the gradient is multiplied by

  In/out:
. v - tangent vector: v <- v - factor (g - x (x.g)/N)

  Errors: none
  Cost:   two passes over N
  Source: docs/theory/monte_carlo.md, eq. (2)
  See:    KrSphereGeodesic()
*/
void KrSphereKick(int n, const double x[], const double g[], double factor, double v[])
{
  const double radial = factor * dot(n, x, g) / n;

  for (int i = 0; i < n; ++i) v[i] += radial * x[i] - factor * g[i];
}

/*
  KrSphereGeodesic - Moves a point along its velocity on a great circle, and the velocity with it.

  Not collective

  The flow of free motion on the sphere: exact, reversible (with -v it goes back) and volume preserving, which is what
  a Monte Carlo move needs. Rounding of |x|^2 and of x . v is taken out.

  Input:
+ n    - N, at least 2
- time - how long

  In/out:
+ x - point, length N, |x|^2 = N
- v - tangent vector, length N, x . v = 0; its length stays

  Errors: none
  Cost:   four passes over N
  Source: docs/theory/monte_carlo.md, eq. (2); Byrne & Girolami 2013
  See:    KrSphereStep()
*/
void KrSphereGeodesic(int n, double x[], double v[], double time)
{
  const double radius = sqrt((double)n);
  double       square = 0.0, along = 0.0, xx = 0.0;
  double       speed, cosine, sine, share, to_sphere, to_x, to_v;

  for (int i = 0; i < n; ++i) {
    square += v[i] * v[i];
    along += x[i] * v[i];
    xx += x[i] * x[i];
  }
  square -= along * along / xx;
  if (square <= 0.0) return;
  speed     = sqrt(square);
  cosine    = cos(speed * time / radius);
  sine      = sin(speed * time / radius);
  share     = along / xx;
  to_sphere = radius / sqrt(xx);
  to_x      = sine * radius / speed;
  to_v      = sine * speed / radius * to_sphere;
  for (int i = 0; i < n; ++i) {
    const double tangent = v[i] - share * x[i];

    v[i] = cosine * tangent - to_v * x[i];
    x[i] = cosine * to_sphere * x[i] + to_x * tangent;
  }
}
