/* kr_test: ranks=1,2 labels=model timeout=60 */
/* A type that gives energy and gradient alone: everything else follows from them, to the order of a central
   difference, and what cannot follow is refused. */
#include "kr_test.h"
#include "landscapes.h"
#include <float.h>
#include <kacrice/model.h>
#include <string.h>

static double length = 1.0; /* of the type below */

static PetscErrorCode scaled_shape(MPI_Comm comm, const void *options, const KrMixture *law,
                                   KrShape *shape)
{
  PetscFunctionBeginUser;
  PetscCall(hat_shape(comm, options, law, shape));
  shape->length = length;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static const KrModelType scaled = {.shape = scaled_shape, .gradient = hat_gradient};

static const double points[KR_LANES * HAT_N] = {1.0,  0.5, 0.25, -0.3, 0.7,  1.1, 0.0, 0.0,
                                                0.0,  0.9, -1.3, 0.4,  -2.0, 0.1, 0.6, 0.2,
                                                -0.4, 3.0, 1.0,  1.0,  1.0,  0.6, 0.8, -0.5};

/* The error of the first entry is h^2/6 times the third derivative of (x^2 + y^2 - 1) x, which is 6, and no more. */
static PetscErrorCode check_order(void)
{
  double error[2];

  PetscFunctionBeginUser;
  for (int i = 0; i < 2; ++i) {
    KrModel model;
    double  E[1], G[HAT_N], hessian[9], exact[9];

    length = i == 0 ? 1000.0 : 500.0;
    PetscCall(make_landscape(PETSC_COMM_WORLD, "scaled", &scaled, &model));
    PetscCall(KrModelDerivatives(model, 1, points, E, G, hessian));
    (void)memset(E, 0, sizeof E);
    PetscCall(hat_derivatives(model, 1, points, E, (double[HAT_N]){0.0}, exact));
    error[i] = hessian[0] - exact[0];
    PetscCall(KrExpectNear("the error of a central difference", error[i],
                           pow(cbrt(DBL_EPSILON) * length, 2.0), 1e-9));
    for (int a = 0; a < HAT_N; ++a)
      for (int b = 0; b < a; ++b)
        PetscCall(KrExpectNear("a Hessian by differences is symmetric", hessian[HAT_N * a + b],
                               hessian[HAT_N * b + a], 0.0));
    PetscCall(KrModelDestroy(&model));
  }
  PetscCall(KrExpectNear("half the step, a quarter of the error", error[0] / error[1], 4.0, 1e-3));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* All paths of two models give the same. */
static PetscErrorCode compare(KrModel minimal, KrModel whole)
{
  const double tolerance = 1e-8;
  double       E[2][KR_LANES], G[2][KR_LANES * HAT_N], H[2][9 * KR_LANES], V[KR_LANES * HAT_N];
  double       X[KR_LANES * HAT_N], A[2][9 * KR_LANES], HV[2][KR_LANES * HAT_N];
  KrModel      models[2] = {minimal, whole};

  PetscFunctionBeginUser;
  for (int i = 0; i < KR_LANES * HAT_N; ++i) V[i] = sin(1.0 + i);
  KrLanesPack(HAT_N, KR_LANES, points, X);
  for (int m = 0; m < 2; ++m) {
    PetscCall(KrModelDerivatives(models[m], KR_LANES, points, E[m], G[m], H[m]));
    PetscCall(KrModelHessianApplyPoints(models[m], KR_LANES, points, V, HV[m]));
  }
  for (int i = 0; i < KR_LANES * HAT_N; ++i) {
    PetscCall(KrExpectNear("gradient", G[0][i], G[1][i], 0.0));
    PetscCall(KrExpectNear("product", HV[0][i], HV[1][i], tolerance));
  }
  for (int i = 0; i < 9 * KR_LANES; ++i)
    PetscCall(KrExpectNear("Hessian", H[0][i], H[1][i], tolerance));
  for (int l = 0; l < KR_LANES; ++l) /* the products are those of the Hessian */
    for (int a = 0; a < HAT_N; ++a) {
      double sum = 0.0;

      for (int b = 0; b < HAT_N; ++b) sum += H[1][9 * l + HAT_N * a + b] * V[HAT_N * l + b];
      PetscCall(KrExpectNear("H v", HV[1][HAT_N * l + a], sum, tolerance));
    }
  for (int m = 0; m < 2; ++m) {
    double lanes[KR_LANES * HAT_N], hessians[9 * KR_LANES];

    PetscCall(KrModelDerivativesLanes(models[m], X, E[m], lanes, A[m]));
    KrLanesHessian(HAT_N, KR_LANES, A[m], hessians);
    for (int i = 0; i < 9 * KR_LANES; ++i)
      PetscCall(KrExpectNear("Hessian in lanes", hessians[i], H[1][i], tolerance));
    for (int l = 0; l < KR_LANES; ++l)
      for (int a = 0; a < HAT_N; ++a)
        PetscCall(
          KrExpectNear("gradient in lanes", lanes[a * KR_LANES + l], G[1][HAT_N * l + a], 0.0));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* On PETSc objects: a product, and the dense matrix. */
static PetscErrorCode check_matrices(KrModel model)
{
  const double exact[9] = {2.25, 1.0, 0.0, 1.0, 0.75, 0.0, 0.0, 0.0, 1.0}; /* at points[0] */
  PetscInt     begin, end;
  Vec          x, v, product;
  Mat          hessian[2];

  PetscFunctionBeginUser;
  PetscCall(KrModelCreateVec(model, &x));
  PetscCall(VecGetOwnershipRange(x, &begin, &end));
  for (PetscInt i = begin; i < end; ++i) PetscCall(VecSetValue(x, i, points[i], INSERT_VALUES));
  PetscCall(VecAssemblyBegin(x));
  PetscCall(VecAssemblyEnd(x));
  PetscCall(VecDuplicate(x, &v));
  PetscCall(VecDuplicate(x, &product));
  PetscCall(VecSet(v, 1.0));
  PetscCall(KrModelCreateHessian(model, x, &hessian[0]));
  PetscCall(KrModelCreateDenseHessian(model, x, &hessian[1]));
  for (int m = 0; m < 2; ++m) {
    const PetscScalar *entries;

    PetscCall(MatMult(hessian[m], v, product));
    PetscCall(VecGetArrayRead(product, &entries));
    for (PetscInt i = begin; i < end; ++i)
      PetscCall(KrExpectNear("row sum", entries[i - begin],
                             exact[HAT_N * i] + exact[HAT_N * i + 1] + exact[HAT_N * i + 2], 1e-8));
    PetscCall(VecRestoreArrayRead(product, &entries));
    PetscCall(MatDestroy(&hessian[m]));
  }
  PetscCall(VecDestroy(&x));
  PetscCall(VecDestroy(&v));
  PetscCall(VecDestroy(&product));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_refusals(KrModel model)
{
  int              n_tensors;
  const KrTensor  *tensors;
  const KrMixture *law;
  PetscErrorCode   code;

  PetscFunctionBeginUser;
  PetscCall(PetscPushErrorHandler(PetscReturnErrorHandler, NULL));
  code = KrModelGetTensors(model, &n_tensors, &tensors);
  PetscCall(KrExpectError("there are no tensors to prove by", code, PETSC_ERR_SUP));
  code = KrModelSetTemperature(model, 1.0);
  PetscCall(KrExpectError("there is no temperature", code, PETSC_ERR_SUP));
  code = KrModelRegister("pspin", &hat_whole);
  PetscCall(KrExpectError("a name is taken once", code, PETSC_ERR_ARG_WRONG));
  code = KrModelRegister("empty", &(const KrModelType){.shape = hat_shape});
  PetscCall(KrExpectError("a type needs a gradient", code, PETSC_ERR_ARG_WRONG));
  PetscCall(PetscPopErrorHandler());
  PetscCall(KrModelGetMixture(model, &law));
  PetscCall(KrExpect("there is no law", law == NULL));
  PetscCall(
    KrExpectEqualText("the last of the registry", KrModelTypeName(KrModelTypeFind("hat")), "hat"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char **argv)
{
  KrModel minimal, whole;

  PetscCall(KrTestBegin(&argc, &argv));
  PetscCall(make_landscape(PETSC_COMM_WORLD, "hat", &hat_minimal, &minimal));
  PetscCall(make_landscape(PETSC_COMM_WORLD, "hat_whole", &hat_whole, &whole));
  PetscCall(compare(minimal, whole));
  PetscCall(check_matrices(minimal));
  PetscCall(check_matrices(whole));
  PetscCall(check_refusals(minimal));
  PetscCall(check_order());
  PetscCall(KrModelDestroy(&minimal));
  PetscCall(KrModelDestroy(&whole));
  return KrTestEnd();
}
