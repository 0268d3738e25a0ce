/* kr_test: ranks=1 labels=geometry timeout=60 */
/* Clouds of particles: orders of point groups against closed forms and against all exchanges, zero modes by what they
   leave unchanged, and that random members of a class are one point with one canonical form. */
#include "kr_test.h"
#include <kacrice/cloud.h>
#include <kacrice/rng.h>
#include <math.h>
#include <string.h>

#define N_MAX 39 /* coordinates */

static double random_numbers(uint64_t number, int n, double values[])
{
  const KrRandomKey key = {.seed = 11, .stream = KR_STREAM_TEST, .sample = number};

  KrRandomNormals(&key, 0, n, values);
  return KrRandomUniform(&key, 1000);
}

/* ---- shapes -------------------------------------------------------------------------------------------- */

/* Corners of a regular polygon, in the first two of d coordinates. */
static int make_polygon(int d, int corners, double x[])
{
  (void)memset(x, 0, (size_t)(d * corners) * sizeof *x);
  for (int i = 0; i < corners; ++i) {
    x[i * d]     = cos(2.0 * PETSC_PI * i / corners);
    x[i * d + 1] = sin(2.0 * PETSC_PI * i / corners);
  }
  return d * corners;
}

static int make_line(int d, int n, double x[])
{
  for (int i = 0; i < n; ++i)
    for (int a = 0; a < d; ++a) x[i * d + a] = i * (1.0 + 0.5 * a);
  return d * n;
}

static int make_octahedron(double x[])
{
  (void)memset(x, 0, 18 * sizeof *x);
  for (int i = 0; i < 6; ++i) x[i * 3 + i / 2] = i % 2 == 0 ? 1.0 : -1.0;
  return 18;
}

static int make_tetrahedron(double x[])
{
  static const double corners[12] = {1, 1, 1, 1, -1, -1, -1, 1, -1, -1, -1, 1};

  (void)memcpy(x, corners, sizeof corners);
  return 12;
}

/* Twelve corners and the centre. */
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
  return 39;
}

static int make_cube(double x[])
{
  for (int i = 0; i < 24; ++i) x[i] = (i / 3) >> (i % 3) & 1 ? 1.0 : -1.0;
  return 24;
}

/* ---- orders and zero modes ------------------------------------------------------------------------------------ */

static PetscErrorCode expect_shape(const char name[], int d, int n, const double x[], int64_t order,
                                   int modes, double copies)
{
  KrCloud cloud;
  double  Z[6 * N_MAX];

  PetscFunctionBeginUser;
  KrCloudInitialise(d, 1, NULL, &cloud);
  PetscCall(KrExpectEqualInt(name, KrSymmetryOrder(&cloud.table, n, x), order));
  PetscCall(KrExpectEqualInt(name, KrSymmetryZeroModes(&cloud.table, n, x, Z), modes));
  PetscCall(KrExpectNear(name, KrSymmetryCopies(&cloud.table, n, x), copies, 1e-9 * copies));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static double factorial(int n)
{
  return tgamma(n + 1.0);
}

/* The point groups of textbooks: C_nv in the plane, D_nh, T_d, O_h and I_h in space. */
static PetscErrorCode check_shapes(void)
{
  double x[N_MAX];
  int    n;

  PetscFunctionBeginUser;
  for (int corners = 3; corners <= 9; ++corners) {
    n = make_polygon(2, corners, x);
    PetscCall(
      expect_shape("polygon in the plane", 2, n, x, 2 * corners, 3, factorial(corners) / corners));
    n = make_polygon(3, corners, x);
    PetscCall(expect_shape("polygon in space", 3, n, x, 4 * corners, 6,
                           factorial(corners) / (2 * corners)));
  }
  for (int length = 2; length <= 5; ++length) {
    n = make_line(2, length, x);
    PetscCall(expect_shape("line in the plane", 2, n, x, 4, 3, factorial(length) / 2.0));
    n = make_line(3, length, x);
    PetscCall(expect_shape("line in space", 3, n, x, 4, 5, factorial(length) / 2.0));
    PetscCall(KrExpectEqualInt("rank of a line", KrCloudRank(3, n, x), 1));
  }
  n = make_tetrahedron(x);
  PetscCall(expect_shape("tetrahedron", 3, n, x, 24, 6, 2.0));
  n = make_octahedron(x);
  PetscCall(expect_shape("octahedron", 3, n, x, 48, 6, 30.0));
  n = make_cube(x);
  PetscCall(expect_shape("cube", 3, n, x, 48, 6, 2.0 * factorial(8) / 48.0));
  n = make_icosahedron(x);
  PetscCall(expect_shape("centred icosahedron", 3, n, x, 120, 6, 2.0 * factorial(13) / 120.0));
  PetscCall(KrExpectEqualInt("rank of an icosahedron", KrCloudRank(3, n, x), 3));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Fewer like particles, fewer symmetries: a square of two kinds, and one of four. */
static PetscErrorCode check_kinds(void)
{
  static const int two[4] = {7, 3, 7, 3}, four[4] = {0, 1, 2, 3};
  double           x[N_MAX];
  const int        n = make_polygon(2, 4, x);
  KrCloud          cloud;

  PetscFunctionBeginUser;
  KrCloudInitialise(2, 1, two, &cloud);
  PetscCall(KrExpectEqualInt("square of two kinds", KrSymmetryOrder(&cloud.table, n, x), 4));
  PetscCall(KrExpectNear("its copies", KrSymmetryCopies(&cloud.table, n, x), 2.0, 1e-12));
  KrCloudInitialise(2, 1, four, &cloud);
  PetscCall(KrExpectEqualInt("labelled square", KrSymmetryOrder(&cloud.table, n, x), 1));
  KrCloudInitialise(2, 0, NULL, &cloud);
  PetscCall(KrExpectEqualInt("rotations of a square", KrSymmetryOrder(&cloud.table, n, x), 4));
  PetscCall(KrExpectNear("its copies", KrSymmetryCopies(&cloud.table, n, x), 6.0, 1e-12));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* All exchanges of m particles, one after the other (Heap): how many leave each distance as it is. */
static int64_t count_plainly(int d, int m, const double x[])
{
  int     p[8], counter[8] = {0};
  int64_t count = 0;

  for (int i = 0; i < m; ++i) p[i] = i;
  for (int i = 0; i < m;) {
    int same = i == 0;

    for (int a = 0; same && a < m; ++a)
      for (int b = 0; b < a; ++b) {
        double one = 0.0, other = 0.0;

        for (int c = 0; c < d; ++c) {
          one += (x[a * d + c] - x[b * d + c]) * (x[a * d + c] - x[b * d + c]);
          other += (x[p[a] * d + c] - x[p[b] * d + c]) * (x[p[a] * d + c] - x[p[b] * d + c]);
        }
        same = same && fabs(sqrt(one) - sqrt(other)) < 1e-6;
      }
    count += same;
    for (i = 1; i < m && counter[i] >= i; ++i) counter[i] = 0;
    if (i == m) break;
    const int j = i % 2 == 0 ? 0 : counter[i], kept = p[i];

    p[i] = p[j];
    p[j] = kept;
    counter[i] += 1;
    i = 0;
  }
  return count;
}

/* Against the plain count, for clouds with some symmetry: random particles and their images by a mirror or an axis. */
static PetscErrorCode check_orders_plainly(void)
{
  KrCloud cloud;
  double  x[N_MAX];

  PetscFunctionBeginUser;
  KrCloudInitialise(3, 1, NULL, &cloud);
  for (uint64_t number = 0; number < 40; ++number) {
    const int half = 1 + (int)(number % 3), kind = (int)(number / 3 % 4);

    (void)random_numbers(number, 3 * half, x);
    for (int i = 0; i < 3 * half; ++i) {
      const int a = i % 3, flips = kind == 0 ? a == 2 : kind == 1 ? a < 2 : 1;

      x[3 * half + i] = kind == 3 ? x[i] + (a == 0 ? 1.0 : 0.0) : flips ? -x[i] : x[i];
    }
    PetscCall(
      KrExpectEqualInt("order", KrSymmetryOrder(&cloud.table, 6 * half, x),
                       (KrCloudRank(3, 6 * half, x) < 3 ? 2 : 1) * count_plainly(3, 2 * half, x)));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Zero modes are orthonormal, and all distances stay to first order. */
static PetscErrorCode check_zero_modes(int d, int n, const double x[])
{
  const double h = 1e-4;
  double       Z[6 * N_MAX], y[N_MAX], before[78], after[78];
  const int    n_pairs = n / d * (n / d - 1) / 2;
  KrCloud      cloud;
  int          modes;

  PetscFunctionBeginUser;
  KrCloudInitialise(d, 1, NULL, &cloud);
  modes = KrSymmetryZeroModes(&cloud.table, n, x, Z);
  PetscCall(KrExpectEqualInt("zero modes", modes, d == 2 ? 3 : KrCloudRank(3, n, x) == 1 ? 5 : 6));
  KrCloudDistances(d, n, x, before);
  for (int a = 0; a < modes; ++a) {
    for (int b = 0; b <= a; ++b) {
      double dot = 0.0;

      for (int i = 0; i < n; ++i) dot += Z[a * n + i] * Z[b * n + i];
      PetscCall(KrExpectNear("orthonormal", dot, a == b, 1e-13));
    }
    for (int i = 0; i < n; ++i) y[i] = x[i] + h * Z[a * n + i];
    KrCloudDistances(d, n, y, after);
    for (int p = 0; p < n_pairs; ++p)
      PetscCall(KrExpectNear("a distance", after[p], before[p], 10.0 * h * h));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- same point, canonical form ---------------------------------------------------------------------------------- */

/* A random member of the class of x: turned, moved, mirrored when asked for, particles exchanged. */
static void move(int d, int n, uint64_t number, int mirror, const double x[], double y[])
{
  double    a[9], q[9], numbers[N_MAX];
  const int m = n / d;
  int       p[N_MAX];

  (void)random_numbers(1000 + number, 9, a);
  (void)memcpy(q, a, sizeof q);
  (void)KrSymmetryOrthonormalise(d, d, 0.0, q);
  if (d == 2 ? (q[0] * q[3] - q[1] * q[2] > 0.0) == mirror
             : (q[0] * (q[4] * q[8] - q[5] * q[7]) - q[1] * (q[3] * q[8] - q[5] * q[6]) +
                  q[2] * (q[3] * q[7] - q[4] * q[6]) >
                0.0) == mirror)
    for (int c = 0; c < d; ++c) q[c] = -q[c];
  (void)random_numbers(2000 + number, n, numbers);
  for (int i = 0; i < m; ++i) p[i] = i;
  for (int i = m - 1; i > 0; --i) {
    const int j = (int)(fabs(numbers[i]) * 1e6) % (i + 1), kept = p[i];

    p[i] = p[j];
    p[j] = kept;
  }
  for (int i = 0; i < m; ++i)
    for (int c = 0; c < d; ++c) {
      y[p[i] * d + c] = a[c];
      for (int b = 0; b < d; ++b) y[p[i] * d + c] += q[c * d + b] * x[i * d + b];
    }
}

static PetscErrorCode expect_one_class(int d, int n, uint64_t number, const double x[])
{
  KrCloud cloud;
  double  y[N_MAX], from[N_MAX], to[N_MAX];

  PetscFunctionBeginUser;
  KrCloudInitialise(d, 1, NULL, &cloud);
  move(d, n, number, (int)(number % 2), x, y);
  PetscCall(KrExpect("a member of the class is the same point",
                     KrSymmetrySame(&cloud.table, n, x, y, 1e-18)));
  (void)memcpy(from, x, (size_t)n * sizeof *x);
  (void)memcpy(to, y, (size_t)n * sizeof *y);
  KrSymmetryCanonical(&cloud.table, n, from);
  KrSymmetryCanonical(&cloud.table, n, to);
  for (int i = 0; i < n; ++i) PetscCall(KrExpectNear("one canonical form", to[i], from[i], 1e-10));
  PetscCall(KrExpect("it belongs to the class", KrSymmetrySame(&cloud.table, n, from, x, 1e-18)));
  y[n / 2] += 1e-3;
  PetscCall(
    KrExpect("a particle moved is another point", !KrSymmetrySame(&cloud.table, n, x, y, 1e-9)));
  PetscCall(KrExpect("but not beyond a wide limit", KrSymmetrySame(&cloud.table, n, x, y, 2e-6)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_random_clouds(void)
{
  double x[N_MAX];

  PetscFunctionBeginUser;
  for (uint64_t number = 0; number < 60; ++number) {
    const int d = 2 + (int)(number % 2), n = d * (3 + (int)(number % 11));

    (void)random_numbers(number, n, x);
    PetscCall(expect_one_class(d, n, number, x));
    PetscCall(check_zero_modes(d, n, x));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_symmetric_clouds(void)
{
  double x[N_MAX];
  int    n;

  PetscFunctionBeginUser;
  for (uint64_t number = 0; number < 6; ++number) {
    n = make_icosahedron(x);
    PetscCall(expect_one_class(3, n, number, x));
    n = make_octahedron(x);
    PetscCall(expect_one_class(3, n, number, x));
    n = make_polygon(2, 7, x);
    PetscCall(expect_one_class(2, n, number, x));
    n = make_polygon(3, 6, x);
    PetscCall(expect_one_class(3, n, number, x));
    n = make_line(3, 5, x);
    PetscCall(expect_one_class(3, n, number, x));
    PetscCall(check_zero_modes(3, n, x));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Without reflections a chiral cloud and its mirror image are two points, and turned they are still one. */
static PetscErrorCode check_hands(void)
{
  KrCloud cloud;
  double  x[N_MAX], y[N_MAX], from[N_MAX], to[N_MAX];

  PetscFunctionBeginUser;
  for (int d = 2; d <= 3; ++d) {
    const int n = 6 * d;

    (void)random_numbers(77, n, x);
    KrCloudInitialise(d, 0, NULL, &cloud);
    move(d, n, 5, 1, x, y);
    PetscCall(KrExpect("another hand", !KrSymmetrySame(&cloud.table, n, x, y, 1e-6)));
    move(d, n, 5, 0, x, y);
    PetscCall(KrExpect("the same hand", KrSymmetrySame(&cloud.table, n, x, y, 1e-18)));
    (void)memcpy(from, x, sizeof from);
    (void)memcpy(to, y, sizeof to);
    KrSymmetryCanonical(&cloud.table, n, from);
    KrSymmetryCanonical(&cloud.table, n, to);
    for (int i = 0; i < n; ++i) PetscCall(KrExpectNear("canonical", to[i], from[i], 1e-10));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_fragments(void)
{
  double x[N_MAX];
  int    n = make_line(3, 5, x);

  PetscFunctionBeginUser; /* links of length sqrt(1 + 1.5^2 + 2^2) */
  PetscCall(KrExpect("connected", KrCloudIsConnected(3, n, x, 2.7)));
  PetscCall(KrExpect("apart", !KrCloudIsConnected(3, n, x, 2.6)));
  x[7] = NAN;
  PetscCall(KrExpect("no number", !KrCloudIsConnected(3, n, x, 2.7)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char **argv)
{
  PetscErrorCode code = KrTestBegin(&argc, &argv);

  if (code == 0) code = check_shapes();
  if (code == 0) code = check_kinds();
  if (code == 0) code = check_orders_plainly();
  if (code == 0) code = check_random_clouds();
  if (code == 0) code = check_symmetric_clouds();
  if (code == 0) code = check_hands();
  if (code == 0) code = check_fragments();
  return code == 0 ? KrTestEnd() : 1;
}
