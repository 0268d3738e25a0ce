/* The semicircle law. */
#include <kacrice/theory.h>
#include <math.h>

static const double pi = 3.14159265358979323846;

/*
  KrSemicircleDensity - Limit density of the eigenvalues of GOE(n) over sqrt(n).

  Not collective, pure

  Input:
. t - point; zero is returned outside [-2, 2]

  Returns: sqrt(4 - t^2) / (2 pi), integral 1

  Source: docs/notation.md, random matrices
*/
double KrSemicircleDensity(double t)
{
  return fabs(t) < 2.0 ? sqrt((2.0 - t) * (2.0 + t)) / (2.0 * pi) : 0.0;
}

/*
  KrSemicircleCdf - Integral of KrSemicircleDensity() from -2 to t.

  Not collective, pure

  Input:
. t - point, any real

  Returns: between 0 and 1

  Source: docs/notation.md, random matrices
*/
double KrSemicircleCdf(double t)
{
  if (t <= -2.0) return 0.0;
  if (t >= 2.0) return 1.0;
  return 0.5 + t * sqrt((2.0 - t) * (2.0 + t)) / (4.0 * pi) + asin(0.5 * t) / pi;
}
