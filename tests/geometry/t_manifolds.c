/* kr_test: ranks=1 labels=geometry timeout=60 */
/* Every manifold by what its members promise: tangent vectors, steps that stay, free motion that is reversible and
   keeps the speed, starts and measures with the moments of docs/theory/manifolds.md, distances in closed form. */
#include "kr_test.h"
#include <kacrice/manifold.h>
#include <math.h>
#include <string.h>

#define N      6
#define POINTS 20000

static const KrManifold *const manifolds[] = {&KrManifoldSphere, &KrManifoldBall, &KrManifoldFlat,
                                              &KrManifoldCube};

static double dot(const double a[], const double b[])
{
  double sum = 0.0;

  for (int i = 0; i < N; ++i) sum += a[i] * b[i];
  return sum;
}

static void draw(int number, double values[])
{
  const KrRandomKey key = {.seed = 4, .stream = KR_STREAM_TEST, .sample = (uint64_t)number};

  KrRandomNormals(&key, 0, N, values);
}

/* Whether x is one of its points. */
static int is_on(const KrManifold *manifold, const double x[])
{
  double largest = 0.0;

  for (int i = 0; i < N; ++i) largest = fmax(largest, fabs(x[i]));
  if (manifold == &KrManifoldSphere) return fabs(dot(x, x) - N) < 1e-12 * N;
  if (manifold == &KrManifoldBall) return dot(x, x) < N;
  return manifold != &KrManifoldCube || largest < 1.0;
}

/* The starts of a size have E x_i = 0, E x_i^2 = square of it, and E x_i^2 x_j^2 = mixed, within five errors. */
static PetscErrorCode check_moments(const char name[], const double X[], double square,
                                    double mixed)
{
  double sums[3] = {0.0}, squares[3] = {0.0};

  PetscFunctionBeginUser;
  for (int b = 0; b < POINTS; ++b) {
    const double *x = X + N * b, values[3] = {x[1], x[1] * x[1], x[0] * x[0] * x[4] * x[4]};

    for (int m = 0; m < 3; ++m) {
      sums[m] += values[m];
      squares[m] += values[m] * values[m];
    }
  }
  for (int m = 0; m < 3; ++m) {
    const double mean  = sums[m] / POINTS;
    const double error = sqrt((squares[m] / POINTS - mean * mean) / POINTS);

    PetscCall(KrExpectNear(name, mean, m == 0 ? 0.0 : m == 1 ? square : mixed, 5.0 * error));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Of the start with a size, and of the manifold's own measure. */
static PetscErrorCode check_starts(const KrManifold *manifold, double size, double square,
                                   double mixed, double own_square, double own_mixed)
{
  double *X;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(N * POINTS, &X));
  for (int own = 0; own < 2; ++own) {
    if (own && manifold->uniform == NULL) continue;
    for (int b = 0; b < POINTS; ++b) {
      const KrRandomKey key = {
        .seed = 9, .stream = KR_STREAM_TEST, .sample = (uint64_t)(b + POINTS * own)};

      if (own) (*manifold->uniform)(N, &key, 0, X + N * b);
      else (*manifold->start)(N, size, &key, 0, X + N * b);
      if (!is_on(manifold, X + N * b)) PetscCall(KrExpect("a start is on the manifold", 0));
    }
    PetscCall(check_moments(own ? "a moment of the measure" : "a moment of the starts", X,
                            own ? own_square : square, own ? own_mixed : mixed));
  }
  PetscCall(
    KrExpect("a finite volume has a measure", manifold->is_compact == (manifold->uniform != NULL)));
  PetscCall(PetscFree(X));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A point well inside, and a tangent vector. */
static void draw_state(const KrManifold *manifold, int number, double x[], double v[])
{
  draw(2 * number, x);
  draw(2 * number + 1, v);
  for (int i = 0; i < N; ++i) x[i] *= 0.4;
  (*manifold->place)(N, x);
  (void)(*manifold->project)(N, x, v);
}

/* There and back again, past many reflections too. */
static PetscErrorCode check_motion(const KrManifold *manifold, int number, double time)
{
  double x[N], v[N], x0[N], v0[N];

  PetscFunctionBeginUser;
  draw_state(manifold, number, x, v);
  (void)memcpy(x0, x, sizeof x);
  (void)memcpy(v0, v, sizeof v);
  (*manifold->geodesic)(N, x, v, time);
  PetscCall(KrExpect("free motion stays on the manifold", is_on(manifold, x)));
  PetscCall(KrExpectNear("and keeps its speed", dot(v, v), dot(v0, v0), 1e-12 * dot(v0, v0)));
  if (time <= 0.1) /* the way is the distance, as long as nothing reflects it */
    PetscCall(KrExpectNear("distance", sqrt((*manifold->distance)(N, x, x0)),
                           time * sqrt(dot(v0, v0)), 1e-9));
  for (int i = 0; i < N; ++i) v[i] = -v[i];
  (*manifold->geodesic)(N, x, v, time);
  for (int i = 0; i < N; ++i) {
    PetscCall(KrExpectNear("back at the point", x[i], x0[i], 1e-9));
    PetscCall(KrExpectNear("with the opposite velocity", v[i], -v0[i], 1e-9));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A projected vector is projected; a kick is what is left of the gradient; a step that is much too long stays. */
static PetscErrorCode check_vectors(const KrManifold *manifold, int number)
{
  double x[N], v[N], g[N], tangent[N], kicked[N];

  PetscFunctionBeginUser;
  draw_state(manifold, number, x, v);
  draw(77 + number, g);
  (void)memcpy(tangent, g, sizeof g);
  (void)memcpy(kicked, v, sizeof v);
  (void)(*manifold->project)(N, x, tangent);
  (*manifold->kick)(N, x, g, 0.3, kicked);
  for (int i = 0; i < N; ++i)
    PetscCall(KrExpectNear("kick", kicked[i], v[i] - 0.3 * tangent[i], 1e-14 * N));
  if (manifold->n_radial > 0) PetscCall(KrExpectNear("tangent", dot(x, tangent), 0.0, 1e-13 * N));
  (*manifold->step)(N, x, v, 1e3);
  PetscCall(KrExpect("a long step stays on the manifold", is_on(manifold, x)));
  for (int i = 0; i < N; ++i) x[i] *= 1e3;
  (*manifold->place)(N, x);
  PetscCall(KrExpect("what is far away is placed on it", is_on(manifold, x)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A light ray in a square room and in a round one, by hand. */
static PetscErrorCode check_rays(void)
{
  double x[2] = {0.5, 0.0}, v[2] = {1.0, 0.25}, y[2] = {0.0, 0.0}, w[2] = {1.0, 0.0};

  PetscFunctionBeginUser;
  (*KrManifoldCube.geodesic)(2, x, v, 6.0); /* walls at the times 0.5, 2.5, 4.5; and at 4 */
  PetscCall(KrExpectNear("x", x[0], 1.0 - 1.5, 1e-12));
  PetscCall(KrExpectNear("y", x[1], 0.5, 1e-12));
  PetscCall(KrExpectNear("v_x", v[0], -1.0, 0.0));
  PetscCall(KrExpectNear("v_y", v[1], -0.25, 0.0));
  (*KrManifoldBall.geodesic)(2, y, w, 3.0 * sqrt(2.0) + 0.1); /* along a diameter */
  PetscCall(KrExpectNear("along a diameter", y[0], 0.1 - sqrt(2.0), 1e-12));
  PetscCall(KrExpectNear("forward again", w[0], 1.0, 1e-12));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Near, opposite and square points of the sphere. */
static PetscErrorCode check_arcs(void)
{
  double x[2] = {sqrt(2.0), 0.0}, y[2] = {-sqrt(2.0), 0.0}, z[2] = {0.0, sqrt(2.0)};
  double near[2] = {sqrt(2.0) * cos(1e-9), sqrt(2.0) * sin(1e-9)};

  PetscFunctionBeginUser;
  PetscCall(KrExpectNear("half a circle", (*KrManifoldSphere.distance)(2, x, y),
                         2.0 * PETSC_PI * PETSC_PI, 1e-12));
  PetscCall(KrExpectNear("a quarter", (*KrManifoldSphere.distance)(2, x, z),
                         0.5 * PETSC_PI * PETSC_PI, 1e-12));
  PetscCall(
    KrExpectNear("a billionth", (*KrManifoldSphere.distance)(2, x, near) / 2e-18, 1.0, 1e-6));
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char **argv)
{
  static const double times[] = {0.05, 0.7, 11.0};

  PetscCall(KrTestBegin(&argc, &argv));
  for (size_t m = 0; m < PETSC_STATIC_ARRAY_LENGTH(manifolds); ++m)
    for (int number = 0; number < 20; ++number) {
      PetscCall(check_vectors(manifolds[m], number));
      for (size_t t = 0; t < PETSC_STATIC_ARRAY_LENGTH(times); ++t)
        PetscCall(check_motion(manifolds[m], number, times[t]));
    }
  PetscCall(check_rays());
  PetscCall(check_arcs());
  /* of the sphere in N dimensions E x_i^2 x_j^2 = N/(N+2); of the ball E q^2 = N/(N+4) beside it */
  PetscCall(check_starts(&KrManifoldSphere, 1.0, 1.0, N / (N + 2.0), 1.0, N / (N + 2.0)));
  PetscCall(check_starts(&KrManifoldBall, 0.25, 0.25, 0.0625 * N / (N + 2.0), N / (N + 2.0),
                         N / (N + 2.0) * N / (N + 4.0)));
  PetscCall(check_starts(&KrManifoldFlat, 2.0, 4.0, 16.0, 0.0, 0.0));
  PetscCall(check_starts(&KrManifoldCube, 0.5, 1.0 / 12.0, 1.0 / 144.0, 1.0 / 3.0, 1.0 / 9.0));
  return KrTestEnd();
}
