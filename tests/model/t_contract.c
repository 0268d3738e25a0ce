/* kr_test: ranks=1,2,4 labels=model,contract,parallel timeout=120 */
/* What every model promises: derivatives that belong together, the same answers on every path and for any spread of
   the couplings. Rounding: sums of up to 2000 terms of order one, relative 1e-12 leaves a factor of a hundred. */
#include "model_test.h"

#define N        9
#define N_POINTS 11 /* more than the lanes, no multiple of them */
#define TOL      1e-12

typedef struct {
  double X[N_POINTS * N], E[N_POINTS], G[N_POINTS * N], H[N_POINTS * N * N];
} Batch;

static double dot(const double a[], const double b[])
{
  double sum = 0.0;

  for (int i = 0; i < N; ++i) sum += a[i] * b[i];
  return sum;
}

/* Central differences of the energy and the gradient along v: off by h^2/6 of the third derivative. */
static PetscErrorCode check_differences(KrModel model, const Batch *batch, const double v[])
{
  const double h = 1e-4;
  double       Y[2 * N], E[2], G[2 * N];

  PetscFunctionBeginUser;
  for (int b = 0; b < N_POINTS; ++b) {
    for (int i = 0; i < N; ++i) {
      Y[i]     = batch->X[b * N + i] + h * v[i];
      Y[N + i] = batch->X[b * N + i] - h * v[i];
    }
    PetscCall(KrModelDerivatives(model, 2, Y, E, G, NULL));
    PetscCall(
      KrExpectNear("dE/dv", (E[0] - E[1]) / (2.0 * h), dot(batch->G + b * N, v), 1e3 * h * h));
    for (int i = 0; i < N; ++i)
      PetscCall(KrExpectNear("dG/dv", (G[i] - G[N + i]) / (2.0 * h),
                             dot(batch->H + (b * N + i) * N, v), 1e3 * h * h));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Euler's identities for a homogeneous polynomial of degree p. */
static PetscErrorCode check_degree(int type, const KrMixture *f, const Batch *batch)
{
  PetscFunctionBeginUser;
  for (int b = 0; strcmp(KrModelTypeName(type), "pspin") == 0 && f->n_orders == 1 && b < N_POINTS;
       ++b) {
    const double *x = batch->X + b * N, *g = batch->G + b * N;

    PetscCall(KrExpectNear("x.g = p E", dot(x, g), f->order[0] * batch->E[b], TOL * 100.0));
    for (int i = 0; i < N; ++i)
      PetscCall(KrExpectNear("H x = (p-1) g", dot(batch->H + (b * N + i) * N, x),
                             (f->order[0] - 1) * g[i], TOL * 100.0));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_symmetric(const Batch *batch)
{
  PetscFunctionBeginUser;
  for (int b = 0; b < N_POINTS; ++b)
    for (int i = 0; i < N; ++i)
      for (int k = 0; k < i; ++k)
        PetscCall(
          KrExpect("symmetric", batch->H[(b * N + i) * N + k] == batch->H[(b * N + k) * N + i]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The same batch twice, without Hessian, and point by point: same bits within a kernel, TOL between kernels. */
static PetscErrorCode check_repeat(KrModel model, const Batch *batch)
{
  static Batch again;

  PetscFunctionBeginUser;
  again = *batch;
  PetscCall(KrModelDerivatives(model, N_POINTS, again.X, again.E, again.G, again.H));
  PetscCall(KrExpect("same bits again", memcmp(&again, batch, sizeof again) == 0));
  PetscCall(KrModelDerivatives(model, N_POINTS, again.X, again.E, again.G, NULL));
  for (int b = 0; b < N_POINTS; ++b)
    PetscCall(KrExpectNear("without Hessian, E", again.E[b], batch->E[b], TOL * 10.0));
  for (int i = 0; i < N_POINTS * N; ++i)
    PetscCall(KrExpectNear("without Hessian, G", again.G[i], batch->G[i], TOL * 10.0));
  PetscCall(KrModelDerivatives(model, 2, batch->X + 3 * N, again.E, again.G, again.H));
  PetscCall(KrExpect("same bits in another lane", again.E[0] == batch->E[3] &&
                                                    again.G[N] == batch->G[4 * N] &&
                                                    again.H[1] == batch->H[3 * N * N + 1]));
  for (int b = 0; b < N_POINTS; ++b) {
    PetscCall(KrModelDerivatives(model, 1, batch->X + b * N, again.E, again.G, again.H));
    PetscCall(KrExpectNear("one point, E", again.E[0], batch->E[b], TOL * 10.0));
    for (int i = 0; i < N; ++i)
      PetscCall(KrExpectNear("one point, G", again.G[i], batch->G[b * N + i], TOL * 10.0));
    for (int i = 0; i < N * N; ++i)
      PetscCall(KrExpectNear("one point, H", again.H[i], batch->H[b * N * N + i], TOL * 10.0));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Products of all points at once against the matrices, and the same bits for two of them alone. */
static PetscErrorCode check_products(KrModel model, const Batch *batch, const double v[])
{
  double V[N_POINTS * N], HV[N_POINTS * N], two[2 * N];

  PetscFunctionBeginUser;
  for (int b = 0; b < N_POINTS; ++b)
    for (int i = 0; i < N; ++i) V[b * N + i] = (1.0 + b) * v[i];
  PetscCall(KrModelHessianApplyPoints(model, N_POINTS, batch->X, V, HV));
  for (int b = 0; b < N_POINTS; ++b)
    for (int i = 0; i < N; ++i)
      PetscCall(KrExpectNear("H v of many points", HV[b * N + i],
                             dot(batch->H + (b * N + i) * N, V + b * N), TOL * 1000.0));
  PetscCall(KrModelHessianApplyPoints(model, 2, batch->X + 9 * N, V + 9 * N, two));
  PetscCall(KrExpect("same bits of two", memcmp(two, HV + 9 * N, sizeof two) == 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode expect_vec(const char name[], Vec v, const double want[])
{
  const PetscScalar *got;
  PetscInt           begin, end;

  PetscFunctionBeginUser;
  PetscCall(VecGetOwnershipRange(v, &begin, &end));
  PetscCall(VecGetArrayRead(v, &got));
  for (PetscInt i = begin; i < end; ++i)
    PetscCall(KrExpectNear(name, got[i - begin], want[i], TOL * 100.0));
  PetscCall(VecRestoreArrayRead(v, &got));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode fill_vec(Vec v, const double values[])
{
  PetscInt begin, end;

  PetscFunctionBeginUser;
  PetscCall(VecGetOwnershipRange(v, &begin, &end));
  for (PetscInt i = begin; i < end; ++i) PetscCall(VecSetValue(v, i, values[i], INSERT_VALUES));
  PetscCall(VecAssemblyBegin(v));
  PetscCall(VecAssemblyEnd(v));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* P (H'' - mu) P v from the plain Hessian; in the ball P = 1 and mu = 0. */
static void riemannian_product(const KrManifold *manifold, const double x[], const double g[],
                               const double H[], const double v[], double out[])
{
  const double mu = manifold->n_radial * dot(x, g) / N, along = manifold->n_radial * dot(x, v) / N;
  double       tangent[N], radial                             = 0.0;

  for (int i = 0; i < N; ++i) tangent[i] = v[i] - along * x[i];
  for (int i = 0; i < N; ++i) out[i] = dot(H + i * N, tangent) - mu * tangent[i];
  radial = manifold->n_radial * dot(x, out) / N;
  for (int i = 0; i < N; ++i) out[i] -= radial * x[i];
}

static PetscErrorCode check_mat(const char name[], KrModel model, Mat hessian, const Batch *batch,
                                const double v[], Vec x, Vec direction)
{
  const KrManifold *manifold;
  Vec               product;
  PetscReal         norm;
  double            want[N];

  PetscFunctionBeginUser;
  PetscCall(KrModelGetManifold(model, &manifold));
  PetscCall(VecDuplicate(x, &product));
  PetscCall(MatMult(hessian, direction, product));
  riemannian_product(manifold, batch->X, batch->G, batch->H, v, want);
  PetscCall(expect_vec(name, product, want));
  if (manifold->n_radial > 0) {
    PetscCall(MatMult(hessian, x, product));
    PetscCall(VecNorm(product, NORM_2, &norm));
    PetscCall(KrExpectNear("Mat: x is in the kernel", norm, 0.0, TOL * 100.0));
  }
  PetscCall(VecDestroy(&product));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Vec and Mat against plain arrays. */
static PetscErrorCode check_petsc_path(KrModel model, const Batch *batch, const double v[])
{
  Vec       x, g, direction, product;
  Mat       hessian;
  PetscReal energy;
  double    want[N];

  PetscFunctionBeginUser;
  PetscCall(KrModelCreateVec(model, &x));
  PetscCall(VecDuplicate(x, &g));
  PetscCall(VecDuplicate(x, &direction));
  PetscCall(VecDuplicate(x, &product));
  PetscCall(fill_vec(x, batch->X));
  PetscCall(fill_vec(direction, v));
  PetscCall(KrModelEnergyGradient(model, x, &energy, g));
  PetscCall(KrExpectNear("Vec: E", energy, batch->E[0], TOL * 10.0));
  PetscCall(expect_vec("Vec: G", g, batch->G));
  PetscCall(KrModelHessianApply(model, x, direction, product));
  for (int i = 0; i < N; ++i) want[i] = dot(batch->H + i * N, v);
  PetscCall(expect_vec("Vec: H v", product, want));
  PetscCall(expect_vec("input untouched", direction, v));
  PetscCall(KrModelCreateHessian(model, x, &hessian));
  PetscCall(check_mat("Mat shell: P (H'' - mu) P v", model, hessian, batch, v, x, direction));
  PetscCall(MatDestroy(&hessian));
  PetscCall(KrModelCreateDenseHessian(model, x, &hessian));
  PetscCall(check_mat("Mat dense: P (H'' - mu) P v", model, hessian, batch, v, x, direction));
  PetscCall(MatDestroy(&hessian));
  PetscCall(VecDestroy(&product));
  PetscCall(VecDestroy(&direction));
  PetscCall(VecDestroy(&g));
  PetscCall(VecDestroy(&x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Eight points that stay in their lanes against the same as a batch. */
static PetscErrorCode check_lanes(KrModel model, const Batch *batch)
{
  static double X[N * KR_LANES], G[N * KR_LANES], A[N * N * KR_LANES], H[N * N * KR_LANES];
  double        E[KR_LANES], g[N * KR_LANES];

  PetscFunctionBeginUser;
  KrLanesPack(N, KR_LANES, batch->X, X);
  PetscCall(KrModelDerivativesLanes(model, X, E, G, A));
  KrLanesUnpack(N, KR_LANES, G, g);
  KrLanesHessian(N, KR_LANES, A, H);
  for (int b = 0; b < KR_LANES; ++b)
    PetscCall(KrExpectNear("lanes: E", E[b], batch->E[b], TOL * 10.0));
  for (int i = 0; i < KR_LANES * N; ++i)
    PetscCall(KrExpectNear("lanes: G", g[i], batch->G[i], TOL * 10.0));
  for (int i = 0; i < KR_LANES * N * N; ++i)
    PetscCall(KrExpectNear("lanes: H", H[i], batch->H[i], TOL * 10.0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The couplings spread over all ranks give what one rank with all of them gives. */
static PetscErrorCode check_spread(int type, const KrMixture *f, const Batch *spread)
{
  KrModel model;
  Batch   whole = *spread;

  PetscFunctionBeginUser;
  PetscCall(make_model_of_type(PETSC_COMM_SELF, type, f, N, &model));
  PetscCall(KrModelDerivatives(model, N_POINTS, whole.X, whole.E, whole.G, whole.H));
  for (int b = 0; b < N_POINTS; ++b)
    PetscCall(KrExpectNear("spread: E", spread->E[b], whole.E[b], TOL * 10.0));
  for (int i = 0; i < N_POINTS * N; ++i)
    PetscCall(KrExpectNear("spread: G", spread->G[i], whole.G[i], TOL * 10.0));
  for (int i = 0; i < N_POINTS * N * N; ++i)
    PetscCall(KrExpectNear("spread: H", spread->H[i], whole.H[i], TOL * 10.0));
  PetscCall(KrModelDestroy(&model));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Points of the manifold: of the sphere, or at different distances from the centre of the ball. */
static void draw_points_on(const KrManifold *manifold, double X[])
{
  draw_points(N, N_POINTS, X);
  for (int b = 0; manifold->n_radial == 0 && b < N_POINTS; ++b)
    for (int i = 0; i < N; ++i) X[b * N + i] *= sqrt((b + 1.0) / (N_POINTS + 1.0));
}

static PetscErrorCode check_law(int type, const KrMixture *f)
{
  static Batch      batch;
  const KrManifold *manifold;
  KrModel           model;
  double            v[N];

  PetscFunctionBeginUser;
  PetscCall(make_model_of_type(PETSC_COMM_WORLD, type, f, N, &model));
  PetscCall(KrModelGetManifold(model, &manifold));
  draw_points_on(manifold, batch.X);
  for (int i = 0; i < N; ++i) v[i] = cos(1.0 + i);
  PetscCall(KrModelDerivatives(model, N_POINTS, batch.X, batch.E, batch.G, batch.H));
  PetscCall(check_differences(model, &batch, v));
  PetscCall(check_degree(type, f, &batch));
  PetscCall(check_symmetric(&batch));
  PetscCall(check_repeat(model, &batch));
  PetscCall(check_products(model, &batch, v));
  PetscCall(check_petsc_path(model, &batch, v));
  PetscCall(check_lanes(model, &batch));
  PetscCall(check_spread(type, f, &batch));
  PetscCall(KrModelDestroy(&model));
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char **argv)
{
  PetscErrorCode code = KrTestBegin(&argc, &argv);

  for (int type = 0; KrModelTypeName(type) != NULL; ++type)
    for (int l = 0; code == 0 && l < N_TEST_LAWS; ++l) code = check_law(type, &test_laws[l]);
  return code == 0 ? KrTestEnd() : 1;
}
