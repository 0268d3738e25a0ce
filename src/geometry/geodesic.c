/* Great circles of the sphere |x|^2 = N. */
#include <kacrice/manifold.h>
#include <math.h>

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
