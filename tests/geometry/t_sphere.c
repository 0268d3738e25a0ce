/* kr_test: ranks=1,2,4 labels=geometry timeout=30 */
/* Projection, retraction and tangent Hessian on the sphere, by their defining properties; the paths on arrays and
   on Vec agree. */
#include "kr_test.h"
#include <kacrice/manifold.h>
#include <kacrice/rng.h>
#include <math.h>
#include <petscblaslapack.h>
#include <string.h>

#define N_MAX 40
#define EPS   2.2e-16

/* Sums of n products of numbers of order 1 round by less than n EPS each; 100 leaves room for the constants. */
static double rounding(int n)
{
  return 100.0 * n * EPS;
}

static void draw(int sample, int n, double values[])
{
  const KrRandomKey key = {.seed = 1, .stream = KR_STREAM_TEST, .sample = (uint64_t)sample};

  KrRandomNormals(&key, 0, n, values);
}

static double dot(int n, const double a[], const double b[])
{
  double sum = 0.0;

  for (int i = 0; i < n; ++i) sum += a[i] * b[i];
  return sum;
}

static PetscErrorCode check_normalise_and_project(int n)
{
  double x[N_MAX], g[N_MAX], g0[N_MAX], mu;

  PetscFunctionBeginUser;
  draw(1, n, x);
  draw(2, n, g0);
  KrSphereNormalise(n, x);
  PetscCall(KrExpectNear("|x|^2 = N", dot(n, x, x), n, n * rounding(n)));
  (void)memcpy(g, g0, sizeof g);
  mu = KrSphereProject(n, x, g);
  PetscCall(KrExpectNear("mu = x . g / N", mu, dot(n, x, g0) / n, rounding(n)));
  PetscCall(KrExpectNear("a projected vector is tangent", dot(n, x, g), 0.0, n * rounding(n)));
  for (int i = 0; i < n; ++i)
    PetscCall(KrExpectNear("g = P g + mu x", g[i] + mu * x[i], g0[i], rounding(n)));
  (void)memcpy(g0, g, sizeof g);
  PetscCall(KrExpectNear("no radial part is left", KrSphereProject(n, x, g), 0.0, rounding(n)));
  for (int i = 0; i < n; ++i) PetscCall(KrExpectNear("P P = P", g[i], g0[i], rounding(n)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_step(int n)
{
  const double length = -0.7;
  double       x[N_MAX], x0[N_MAX], d[N_MAX], angle;

  PetscFunctionBeginUser;
  draw(3, n, x0);
  draw(4, n, d);
  KrSphereNormalise(n, x0);
  (void)KrSphereProject(n, x0, d);
  (void)memcpy(x, x0, sizeof x);
  KrSphereStep(n, x, d, length);
  PetscCall(KrExpectNear("a step stays on the sphere", dot(n, x, x), n, n * rounding(n)));
  angle = atan2(length * sqrt(dot(n, d, d)), sqrt((double)n));
  PetscCall(
    KrExpectNear("a tangent step turns by atan", dot(n, x, x0) / n, cos(angle), rounding(n)));
  for (int i = 0; i < n; ++i) /* x stays in the plane of x0 and d */
    PetscCall(KrExpectNear("a step follows the great circle", x[i],
                           cos(angle) * (x0[i] + length * d[i]), rounding(n)));
  (void)memcpy(x, x0, sizeof x);
  KrSphereStep(n, x, d, 0.0);
  for (int i = 0; i < n; ++i) PetscCall(KrExpectNear("no step", x[i], x0[i], rounding(n)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Eigenvalues of a symmetric matrix, ascending. */
static PetscErrorCode eigenvalues(int n, double A[], double values[])
{
  PetscBLASInt size = n, lwork = 8 * N_MAX, info;
  double       work[8 * N_MAX];

  PetscFunctionBeginUser;
  PetscCallBLAS("LAPACKsyev", LAPACKsyev_("N", "L", &size, A, &size, values, work, &lwork, &info));
  PetscCall(KrExpectEqualInt("syev", info, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* P (H - mu) P + lift x x^T / N, by plain loops: the tangent eigenvalues, and lift for the radial direction. */
static void project_matrix(int n, const double x[], double mu, double lift, const double H[],
                           double A[])
{
  for (int i = 0; i < n; ++i) {
    for (int k = 0; k < n; ++k) {
      double sum = 0.0;

      for (int a = 0; a < n; ++a)
        for (int b = 0; b < n; ++b)
          sum += ((i == a) - x[i] * x[a] / n) * (H[a * n + b] - mu * (a == b)) *
                 ((b == k) - x[b] * x[k] / n);
      A[i * n + k] = sum + lift * x[i] * x[k] / n;
    }
  }
}

/* The point decides the reflector: generic, along the last axis either way, or orthogonal to it. */
static PetscErrorCode check_tangent_hessian(int n, const double point[])
{
  const double mu   = 0.3,
               lift = 1e3; /* above every eigenvalue: those are below 4 sqrt(N_MAX) + mu */
  double x[N_MAX], H[N_MAX * N_MAX], A[N_MAX * N_MAX], tangent[N_MAX * N_MAX], got[N_MAX],
    want[N_MAX];

  PetscFunctionBeginUser;
  (void)memcpy(x, point, (size_t)n * sizeof *x);
  KrSphereNormalise(n, x);
  draw(5, n * n, A);
  for (int i = 0; i < n; ++i)
    for (int k = 0; k < n; ++k) H[i * n + k] = 0.5 * (A[i * n + k] + A[k * n + i]);
  project_matrix(n, x, mu, lift, H, A);
  PetscCall(eigenvalues(n, A, want));
  KrSphereTangentHessian(n, x, mu, H, tangent);
  for (int i = 0; i < n - 1; ++i)
    for (int k = 0; k < i; ++k)
      PetscCall(
        KrExpectNear("symmetric", tangent[i * (n - 1) + k], tangent[k * (n - 1) + i], rounding(n)));
  PetscCall(eigenvalues(n - 1, tangent, got));
  for (int i = 0; i < n - 1; ++i) /* LAPACK's error is n EPS |A|, and |A| = lift */
    PetscCall(KrExpectNear("tangent eigenvalue", got[i], want[i], lift * rounding(n)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_tangent_hessians(int n)
{
  double point[N_MAX];

  PetscFunctionBeginUser;
  draw(6, n, point);
  PetscCall(check_tangent_hessian(n, point));
  point[n - 1] = -point[n - 1];
  PetscCall(check_tangent_hessian(n, point));
  for (int sign = -1; sign <= 1; sign += 2) {
    (void)memset(point, 0, sizeof point);
    point[n - 1] = sign;
    PetscCall(check_tangent_hessian(n, point));
    (void)memset(point, 0, sizeof point);
    point[n - 1] = 0.0 * sign; /* both signed zeros */
    point[0]     = 1.0;
    PetscCall(check_tangent_hessian(n, point));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* N = 1 has no tangent direction: nothing may be written. */
static PetscErrorCode check_one_spin(void)
{
  const double x[1] = {-1.0}, H[1] = {5.0};
  double       guard = 7.0;

  PetscFunctionBeginUser;
  KrSphereTangentHessian(1, x, 2.0, H, &guard);
  PetscCall(KrExpectNear("N = 1 writes nothing", guard, 7.0, 0.0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The same numbers on arrays and on Vec, some ranks without an entry. */
static PetscErrorCode check_vec_path(int n)
{
  Vec                x, g;
  PetscReal          mu;
  PetscInt           begin, end;
  const PetscScalar *local;
  double             plain_x[N_MAX], plain_g[N_MAX], plain_mu;

  PetscFunctionBeginUser;
  draw(7, n, plain_x);
  draw(8, n, plain_g);
  PetscCall(VecCreateMPI(PETSC_COMM_WORLD, PETSC_DECIDE, n, &x));
  PetscCall(VecDuplicate(x, &g));
  PetscCall(VecGetOwnershipRange(x, &begin, &end));
  for (PetscInt i = begin; i < end; ++i) {
    PetscCall(VecSetValue(x, i, plain_x[i], INSERT_VALUES));
    PetscCall(VecSetValue(g, i, plain_g[i], INSERT_VALUES));
  }
  PetscCall(VecAssemblyBegin(x));
  PetscCall(VecAssemblyEnd(x));
  PetscCall(VecAssemblyBegin(g));
  PetscCall(VecAssemblyEnd(g));
  PetscCall(KrSphereNormaliseVec(x));
  PetscCall(KrSphereProjectVec(x, g, &mu));
  KrSphereNormalise(n, plain_x);
  plain_mu = KrSphereProject(n, plain_x, plain_g);
  PetscCall(KrExpectNear("mu of both paths", mu, plain_mu, rounding(n)));
  PetscCall(VecGetArrayRead(x, &local));
  for (PetscInt i = begin; i < end; ++i)
    PetscCall(KrExpectNear("x of both paths", local[i - begin], plain_x[i], rounding(n)));
  PetscCall(VecRestoreArrayRead(x, &local));
  PetscCall(VecGetArrayRead(g, &local));
  for (PetscInt i = begin; i < end; ++i)
    PetscCall(KrExpectNear("g of both paths", local[i - begin], plain_g[i], rounding(n)));
  PetscCall(VecRestoreArrayRead(g, &local));
  PetscCall(VecDestroy(&g));
  PetscCall(VecDestroy(&x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_zero_vec(void)
{
  Vec            x;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(VecCreateMPI(PETSC_COMM_WORLD, PETSC_DECIDE, 5, &x));
  PetscCall(VecSet(x, 0.0));
  PetscCall(PetscPushErrorHandler(PetscReturnErrorHandler, NULL));
  code = KrSphereNormaliseVec(x);
  PetscCall(PetscPopErrorHandler());
  PetscCall(KrExpectError("zero has no direction", code, PETSC_ERR_ARG_OUTOFRANGE));
  PetscCall(VecDestroy(&x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char **argv)
{
  static const int sizes[] = {1, 2, 3, 4, 7, N_MAX};

  PetscFunctionBeginUser;
  PetscCall(KrTestBegin(&argc, &argv));
  for (size_t s = 0; s < PETSC_STATIC_ARRAY_LENGTH(sizes); ++s) {
    PetscCall(check_normalise_and_project(sizes[s]));
    PetscCall(check_step(sizes[s]));
    if (sizes[s] > 1) PetscCall(check_tangent_hessians(sizes[s]));
    PetscCall(check_vec_path(sizes[s]));
  }
  PetscCall(check_one_spin());
  PetscCall(check_zero_vec());
  return KrTestEnd();
}
