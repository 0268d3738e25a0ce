/* kr_test: ranks=1,2,4 labels=model,parallel timeout=60 */
/* The dense Riemannian Hessian, rows spread over the ranks, against P (H'' - mu) P written out from the plain Euclidean
   Hessian, and against the operator without a matrix. Rounding as in t_contract. */
#include "model_test.h"

#define N_MAX 9
#define TOL   1e-12

/* P (H'' - mu) P, entry by entry. */
static void expected_matrix(int n, const double x[], const double g[], const double H[],
                            double out[])
{
  double mu = 0.0, P[N_MAX * N_MAX];

  for (int i = 0; i < n; ++i) mu += x[i] * g[i] / n;
  for (int i = 0; i < n; ++i)
    for (int k = 0; k < n; ++k) P[i * n + k] = (i == k) - x[i] * x[k] / n;
  for (int i = 0; i < n; ++i)
    for (int k = 0; k < n; ++k) {
      out[i * n + k] = 0.0;
      for (int a = 0; a < n; ++a)
        for (int b = 0; b < n; ++b)
          out[i * n + k] += P[i * n + a] * (H[a * n + b] - mu * (a == b)) * P[b * n + k];
    }
}

static PetscErrorCode fill_vec(Vec v, const double values[])
{
  PetscInt     begin, end;
  PetscScalar *entries;

  PetscFunctionBeginUser;
  PetscCall(VecGetOwnershipRange(v, &begin, &end));
  PetscCall(VecGetArrayWrite(v, &entries));
  for (PetscInt i = begin; i < end; ++i) entries[i - begin] = values[i];
  PetscCall(VecRestoreArrayWrite(v, &entries));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode expect_matrix(Mat hessian, int n, const double want[])
{
  PetscInt begin, end;

  PetscFunctionBeginUser;
  PetscCall(MatGetOwnershipRange(hessian, &begin, &end));
  for (PetscInt i = begin; i < end; ++i)
    for (PetscInt k = 0; k < n; ++k) {
      PetscScalar got;

      PetscCall(MatGetValues(hessian, 1, &i, 1, &k, &got));
      PetscCall(KrExpectNear("entry", got, want[i * n + k], TOL * 100.0));
    }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A product of the matrix and of the operator. */
static PetscErrorCode compare_products(Mat dense, Mat shell, Vec x)
{
  Vec       v, a, b;
  PetscReal norm;

  PetscFunctionBeginUser;
  PetscCall(VecDuplicate(x, &v));
  PetscCall(VecDuplicate(x, &a));
  PetscCall(VecDuplicate(x, &b));
  PetscCall(VecSet(v, 1.0));
  PetscCall(VecAXPY(v, -0.5, x));
  PetscCall(MatMult(dense, v, a));
  PetscCall(MatMult(shell, v, b));
  PetscCall(VecAXPY(a, -1.0, b));
  PetscCall(VecNorm(a, NORM_INFINITY, &norm));
  PetscCall(KrExpectNear("dense and shell", norm, 0.0, TOL * 100.0));
  PetscCall(MatMult(dense, x, a));
  PetscCall(VecNorm(a, NORM_INFINITY, &norm));
  PetscCall(KrExpectNear("x is in the kernel", norm, 0.0, TOL * 100.0));
  PetscCall(VecDestroy(&b));
  PetscCall(VecDestroy(&a));
  PetscCall(VecDestroy(&v));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* At two points: the second goes into the matrix of the first, with energy and gradient. */
static PetscErrorCode check_size(const KrMixture *f, int n)
{
  KrModel   model;
  Vec       x, gradient;
  Mat       dense, shell;
  PetscReal energy, norm;
  double    X[2 * N_MAX], E[2], G[2 * N_MAX], H[2 * N_MAX * N_MAX], want[N_MAX * N_MAX];

  PetscFunctionBeginUser;
  PetscCall(make_model(PETSC_COMM_WORLD, f, n, &model));
  draw_points(n, 2, X);
  PetscCall(KrModelDerivatives(model, 2, X, E, G, H));
  PetscCall(KrModelCreateVec(model, &x));
  PetscCall(VecDuplicate(x, &gradient));
  PetscCall(fill_vec(x, X));
  PetscCall(KrModelCreateDenseHessian(model, x, &dense));
  expected_matrix(n, X, G, H, want);
  PetscCall(expect_matrix(dense, n, want));
  PetscCall(fill_vec(x, X + n));
  PetscCall(KrModelFillDenseHessian(model, x, &energy, gradient, dense));
  expected_matrix(n, X + n, G + n, H + n * n, want);
  PetscCall(expect_matrix(dense, n, want));
  PetscCall(KrExpectNear("energy", energy, E[1], TOL * 10.0));
  PetscCall(KrModelCreateHessian(model, x, &shell));
  PetscCall(compare_products(dense, shell, x));
  PetscCall(fill_vec(x, G + n));
  PetscCall(VecAXPY(gradient, -1.0, x));
  PetscCall(VecNorm(gradient, NORM_INFINITY, &norm));
  PetscCall(KrExpectNear("gradient", norm, 0.0, TOL * 100.0));
  PetscCall(MatDestroy(&shell));
  PetscCall(MatDestroy(&dense));
  PetscCall(VecDestroy(&gradient));
  PetscCall(VecDestroy(&x));
  PetscCall(KrModelDestroy(&model));
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char **argv)
{
  PetscFunctionBeginUser;
  PetscCall(KrTestBegin(&argc, &argv));
  for (int l = 0; l < N_TEST_LAWS; ++l) {
    PetscCall(check_size(&test_laws[l], N_MAX));
    PetscCall(check_size(&test_laws[l], 3)); /* ranks without a row when there are four */
  }
  return KrTestEnd();
}
