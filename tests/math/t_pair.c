/* kr_test: ranks=1 labels=math timeout=60 */
/* Lennard-Jones clusters: closed forms of shapes that symmetry fixes, a plain twin, differences, the virial, the bound
   of third derivatives, and Euler's sum over the lists of 3 and 4 particles. */
#include <kacrice/pair.h>
#include <kacrice/rng.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "near.h"

#define N_MAX 39

static const double pi = 3.14159265358979323846;

static void draw(uint64_t number, int n, double values[])
{
  const KrRandomKey key = {.seed = 5, .stream = KR_STREAM_TEST, .sample = number};

  KrRandomNormals(&key, 0, n, values);
}

/* Particles at the places of a lattice, moved a little: no two are close. */
static void draw_cluster(uint64_t number, int d, int n, double x[])
{
  draw(number, n * d, x);
  for (int i = 0; i < n * d; ++i) {
    const int a = i % d, place = i / d;

    x[i] = 0.05 * x[i] + 1.15 * (a == 0   ? place % 3
                                 : a == 1 ? place / 3 % (d == 2 ? 9 : 3)
                                          : place / 9);
  }
}

/* ---- closed forms ---------------------------------------------------------------------------------------- */

static int make_polygon(int corners, int centre, double x[])
{
  const int n = corners + centre;

  (void)memset(x, 0, (size_t)(3 * n) * sizeof *x);
  for (int i = 0; i < corners; ++i) {
    x[i * 3]     = cos(2.0 * pi * i / corners);
    x[i * 3 + 1] = sin(2.0 * pi * i / corners);
  }
  return n;
}

static int make_octahedron(double x[])
{
  (void)memset(x, 0, 18 * sizeof *x);
  for (int i = 0; i < 6; ++i) x[i * 3 + i / 2] = i % 2 == 0 ? 1.0 : -1.0;
  return 6;
}

static int make_icosahedron(double x[])
{
  const double golden = 0.5 * (1.0 + sqrt(5.0));
  int          i      = 1;

  (void)memset(x, 0, 39 * sizeof *x);
  for (int a = 0; a < 3; ++a)
    for (int s = 0; s < 4; ++s, ++i) {
      x[i * 3 + a]           = s % 2 == 0 ? 1.0 : -1.0;
      x[i * 3 + (a + 1) % 3] = s < 2 ? golden : -golden;
    }
  return 13;
}

/* A shape that symmetry fixes is critical at one scale, where E = -A^2/B with A = sum r^-6, B = sum r^-12: there the
   gradient vanishes in all directions, and E = -2 sum r^-6 = -4 sum r^-12 (the virial). */
static void expect_shape(int n, double x[], double energy)
{
  double A = 0.0, B = 0.0, g[N_MAX] = {0.0}, scale;

  for (int i = 0; i < n; ++i)
    for (int j = 0; j < i; ++j) {
      double s = 0.0;

      for (int a = 0; a < 3; ++a)
        s += (x[i * 3 + a] - x[j * 3 + a]) * (x[i * 3 + a] - x[j * 3 + a]);
      A += pow(s, -3.0);
      B += pow(s, -6.0);
    }
  scale = pow(2.0 * B / A, 1.0 / 6.0);
  for (int i = 0; i < 3 * n; ++i) x[i] *= scale;
  EXPECT_NEAR(-A * A / B, energy, 1e-9 * fabs(energy));
  EXPECT_NEAR(KrPairGradient(3, n, x, g), energy, 1e-9 * fabs(energy));
  for (int i = 0; i < 3 * n; ++i) EXPECT_NEAR(g[i], 0.0, 1e-11);
  EXPECT_NEAR(-2.0 * A * pow(scale, -6.0), -A * A / B, 1e-11);
  EXPECT_NEAR(-4.0 * B * pow(scale, -12.0), -A * A / B, 1e-11);
}

/* The rationals follow from the distances: 1 and sqrt(2) in a square and an octahedron. The centred icosahedron as
   published: Cambridge Cluster Database, LJ13. */
static void closed_forms(void **state)
{
  double x[N_MAX];

  (void)state;
  expect_shape(make_polygon(3, 0, x), x, -3.0);
  expect_shape(make_polygon(4, 0, x), x, -289.0 / 64.5);
  expect_shape(make_polygon(5, 0, x), x, -50.0 / 9.0);
  expect_shape(make_polygon(6, 0, x), x, -6.540493060479806);
  expect_shape(make_polygon(3, 1, x), x, -3.221917808219178);
  expect_shape(make_polygon(6, 1, x), x, -12.53486651768694);
  expect_shape(make_octahedron(x), x, -3267.0 / 257.0);
  expect_shape(make_icosahedron(x), x, -44.3268014195);
}

/* ---- derivatives --------------------------------------------------------------------------------------------- */

/* The sum as it is written. */
static double plain_energy(int d, int n, const double x[])
{
  double energy = 0.0;

  for (int i = 0; i < n; ++i)
    for (int j = i + 1; j < n; ++j) {
      double r = 0.0;

      for (int a = 0; a < d; ++a) r = hypot(r, x[j * d + a] - x[i * d + a]);
      energy += 4.0 * (pow(r, -12.0) - pow(r, -6.0));
    }
  return energy;
}

/* Differences of fourth order: off by h^4/30 of the fifth derivative, some 1e6 here, and by rounding over h. */
static double difference(const double f[4], double h)
{
  return (8.0 * (f[1] - f[2]) - (f[0] - f[3])) / (12.0 * h);
}

static void check_gradient(int d, int n, const double x[], const double v[])
{
  const double h = 1e-4, places[4] = {2.0, 1.0, -1.0, -2.0};
  double       y[N_MAX], g[N_MAX] = {0.0}, f[4], along = 0.0, energy = KrPairGradient(d, n, x, g);

  EXPECT_NEAR(energy, plain_energy(d, n, x), 1e-12 * (1.0 + fabs(energy)) * n);
  for (int p = 0; p < 4; ++p) {
    for (int i = 0; i < n * d; ++i) y[i] = x[i] + places[p] * h * v[i];
    f[p] = plain_energy(d, n, y);
  }
  for (int i = 0; i < n * d; ++i) along += g[i] * v[i];
  EXPECT_NEAR(difference(f, h), along, 1e-7 * (1.0 + fabs(along)));
  EXPECT_NEAR(KrPairGradient(d, n, x, NULL), energy, 0.0);
}

static void check_hessian(int d, int n, const double x[], const double v[])
{
  static double H[N_MAX * N_MAX];
  const double  h = 1e-4, places[4] = {2.0, 1.0, -1.0, -2.0};
  const int     N = n * d;
  double        y[N_MAX], g[4][N_MAX], Hv[N_MAX] = {0.0};

  (void)memset(g, 0, sizeof g);
  for (int p = 0; p < 4; ++p) {
    for (int i = 0; i < N; ++i) y[i] = x[i] + places[p] * h * v[i];
    (void)KrPairGradient(d, n, y, g[p]);
  }
  KrPairHessian(d, n, x, H);
  KrPairProduct(d, n, x, v, Hv);
  for (int i = 0; i < N; ++i) {
    const double f[4] = {g[0][i], g[1][i], g[2][i], g[3][i]};
    double       row  = 0.0;

    for (int k = 0; k < N; ++k) row += H[i * N + k] * v[k];
    EXPECT_NEAR(row, Hv[i], 1e-11 * (1.0 + fabs(row)));
    EXPECT_NEAR(difference(f, h), row, 1e-6 * (1.0 + fabs(row)));
    for (int k = 0; k < i; ++k) assert_true(H[i * N + k] == H[k * N + i]);
  }
}

static void derivatives(void **state)
{
  double x[N_MAX], v[N_MAX];

  (void)state;
  for (uint64_t number = 0; number < 40; ++number) {
    const int d = 2 + (int)(number % 2), n = 2 + (int)(number % 9);

    draw_cluster(number, d, n, x);
    draw(100 + number, n * d, v);
    check_gradient(d, n, x, v);
    check_hessian(d, n, x, v);
  }
}

/* ---- third derivatives -------------------------------------------------------------------------------------- */

/* Third derivatives along random directions anywhere in a ball stay below its bound, which is not far off: the largest
   eigenvector of a shape comes within a factor of ten. */
static void third_bound(void **state)
{
  const double h = 1e-4;
  double       x[N_MAX], y[N_MAX], u[N_MAX], shift[N_MAX], largest = 0.0, bound;

  (void)state;
  for (uint64_t number = 0; number < 200; ++number) {
    const int    n = 2 + (int)(number % 5), N = 3 * n;
    const double radius      = 0.02 * (double)(number % 4);
    double       plus[N_MAX] = {0.0}, minus[N_MAX] = {0.0}, length = 0.0, far = 0.0, third = 0.0;

    draw_cluster(number, 3, n, x);
    draw(300 + number, N, u);
    draw(600 + number, N, shift);
    for (int i = 0; n == 2 && i < 3; ++i) u[3 + i] = -(u[i] = x[i] - x[3 + i]);
    for (int i = 0; n == 2 && i < 3; ++i) shift[i] = -(shift[3 + i] = -u[i]);
    for (int i = 0; i < N; ++i) length += u[i] * u[i], far += shift[i] * shift[i];
    for (int i = 0; i < N; ++i) u[i] /= sqrt(length);
    for (int i = 0; i < N; ++i) y[i] = x[i] - radius * shift[i] / sqrt(far);
    for (int i = 0; i < N; ++i) y[i] += h * u[i];
    KrPairProduct(3, n, y, u, plus);
    for (int i = 0; i < N; ++i) y[i] -= 2.0 * h * u[i];
    KrPairProduct(3, n, y, u, minus);
    for (int i = 0; i < N; ++i) third += u[i] * (plus[i] - minus[i]) / (2.0 * h);
    bound = KrPairThirdBound(3, n, x, radius);
    assert_true(fabs(third) <= bound);
    largest = fmax(largest, fabs(third) / bound);
  }
  assert_true(largest > 0.5); /* pairs along their axis: only the mixed term is too much */
  assert_true(isinf(KrPairThirdBound(3, 2, x, 10.0)));
}

/* ---- Euler's sum -------------------------------------------------------------------------------------------- */

/* Over lists by hand, with index and order: a triangle of 3; a tetrahedron, a rhombus, a square, a trapezoid and a
   centred triangle of 4. In the plane the chain counts, with o = 4. */
static void euler(void **state)
{
  (void)state;
  EXPECT_NEAR(KrPairEuler(3, 3), 1.0 / 12.0, 1e-15);
  EXPECT_NEAR(KrPairEuler(3, 4), 1.0 / 24.0 - 1.0 / 8.0 + 1.0 / 16.0 + 1.0 / 4.0 - 1.0 / 12.0,
              1e-15);
  EXPECT_NEAR(KrPairEuler(2, 3), 1.0 / 6.0 - 1.0 / 4.0, 1e-15);
  EXPECT_NEAR(KrPairEuler(2, 4), 1.0 / 4.0 - 1.0 / 8.0 - 1.0 / 2.0 + 1.0 / 6.0 + 1.0 / 4.0, 1e-15);
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(closed_forms), cmocka_unit_test(derivatives),
                                     cmocka_unit_test(third_bound), cmocka_unit_test(euler)};

  return cmocka_run_group_tests(tests, NULL, NULL);
}
