/* kr_test: ranks=1,2,4 labels=model,parallel timeout=120 */
/* Couplings spread over more ranks than there are blocks, rows or coefficients: some ranks hold none, and all paths
   give what one rank with all couplings gives. Sums of at most binomial(10, 6) = 210 terms of order one: 1e-12 leaves
   a factor of a hundred. */
#include "model_test.h"

#define N_MAX    5
#define N_POINTS 3
#define TOL      1e-12

typedef struct {
  double E[N_POINTS], G[N_POINTS * N_MAX], H[N_POINTS * N_MAX * N_MAX];
} Answers;

static PetscErrorCode compare(const char name[], int count, const double got[], const double want[])
{
  PetscFunctionBeginUser;
  for (int i = 0; i < count; ++i)
    PetscCall(KrExpectNear(name, got[i], want[i], TOL * (1.0 + fabs(want[i]))));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Plain arrays, one point and several. */
static PetscErrorCode check_arrays(KrModel spread, KrModel whole, int n, const double X[],
                                   Answers *want)
{
  Answers got;

  PetscFunctionBeginUser;
  for (int n_points = 1; n_points <= N_POINTS; n_points += N_POINTS - 1) {
    PetscCall(KrModelDerivatives(whole, n_points, X, want->E, want->G, want->H));
    PetscCall(KrModelDerivatives(spread, n_points, X, got.E, got.G, got.H));
    PetscCall(compare("E", n_points, got.E, want->E));
    PetscCall(compare("G", n_points * n, got.G, want->G));
    PetscCall(compare("H", n_points * n * n, got.H, want->H));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode fill(Vec v, const double values[])
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

/* Hessian-vector products of several points at once, against the matrices of one rank. */
static PetscErrorCode check_products(KrModel spread, int n, const double X[], const Answers *want)
{
  double V[N_POINTS * N_MAX], HV[N_POINTS * N_MAX], product[N_POINTS * N_MAX] = {0.0};

  PetscFunctionBeginUser;
  for (int i = 0; i < N_POINTS * n; ++i) V[i] = cos(2.0 + i);
  for (int b = 0; b < N_POINTS; ++b)
    for (int i = 0; i < n; ++i)
      for (int k = 0; k < n; ++k) product[b * n + i] += want->H[(b * n + i) * n + k] * V[b * n + k];
  PetscCall(KrModelHessianApplyPoints(spread, N_POINTS, X, V, HV));
  PetscCall(compare("H v of points", N_POINTS * n, HV, product));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* This rank's entries of a vector against an array that all ranks have. */
static PetscErrorCode compare_vec(const char name[], Vec v, const double want[])
{
  PetscInt           begin, end;
  const PetscScalar *entries;

  PetscFunctionBeginUser;
  PetscCall(VecGetOwnershipRange(v, &begin, &end));
  PetscCall(VecGetArrayRead(v, &entries));
  PetscCall(compare(name, (int)(end - begin), entries, want + begin));
  PetscCall(VecRestoreArrayRead(v, &entries));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Energy, gradient and Hessian-vector product on vectors whose entries are spread too, some ranks having none. */
static PetscErrorCode check_vectors(KrModel spread, int n, const double x[], const Answers *want)
{
  Vec       point, v, result;
  PetscReal energy;
  double    direction[N_MAX], product[N_MAX];

  PetscFunctionBeginUser;
  for (int i = 0; i < n; ++i) direction[i] = cos(1.0 + i);
  for (int i = 0; i < n; ++i) {
    product[i] = 0.0;
    for (int k = 0; k < n; ++k) product[i] += want->H[i * n + k] * direction[k];
  }
  PetscCall(KrModelCreateVec(spread, &point));
  PetscCall(VecDuplicate(point, &v));
  PetscCall(VecDuplicate(point, &result));
  PetscCall(fill(point, x));
  PetscCall(fill(v, direction));
  PetscCall(KrModelEnergyGradient(spread, point, &energy, result));
  PetscCall(compare("Vec: E", 1, &energy, want->E));
  PetscCall(compare_vec("Vec: G", result, want->G));
  PetscCall(KrModelHessianApply(spread, point, v, result));
  PetscCall(compare_vec("Vec: H v", result, product));
  PetscCall(VecDestroy(&result));
  PetscCall(VecDestroy(&v));
  PetscCall(VecDestroy(&point));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The distributed dense Riemannian Hessian times a vector: that of the shell, and x lies in its kernel. */
static PetscErrorCode check_dense(KrModel spread, int n, const double x[])
{
  Vec       point, v, by_shell, by_matrix;
  Mat       shell, dense;
  PetscReal difference, radial;

  PetscFunctionBeginUser;
  PetscCall(KrModelCreateVec(spread, &point));
  PetscCall(VecDuplicate(point, &v));
  PetscCall(VecDuplicate(point, &by_shell));
  PetscCall(VecDuplicate(point, &by_matrix));
  PetscCall(fill(point, x));
  PetscCall(KrModelCreateHessian(spread, point, &shell));
  PetscCall(KrModelCreateDenseHessian(spread, point, &dense));
  for (int j = 0; j < n; ++j) { /* every column */
    double unit[N_MAX] = {0.0};

    unit[j] = 1.0;
    PetscCall(fill(v, unit));
    PetscCall(MatMult(shell, v, by_shell));
    PetscCall(MatMult(dense, v, by_matrix));
    PetscCall(VecAXPY(by_matrix, -1.0, by_shell));
    PetscCall(VecNorm(by_matrix, NORM_INFINITY, &difference));
    PetscCall(KrExpectNear("dense = shell", difference, 0.0, 100.0 * TOL));
  }
  PetscCall(MatMult(dense, point, by_matrix));
  PetscCall(VecNorm(by_matrix, NORM_INFINITY, &radial));
  PetscCall(KrExpectNear("x in the kernel", radial, 0.0, 100.0 * TOL));
  PetscCall(MatDestroy(&dense));
  PetscCall(MatDestroy(&shell));
  PetscCall(VecDestroy(&by_matrix));
  PetscCall(VecDestroy(&by_shell));
  PetscCall(VecDestroy(&v));
  PetscCall(VecDestroy(&point));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The ranks together hold every coefficient once. */
static PetscErrorCode check_pieces(KrModel spread, const KrMixture *f, int n)
{
  MPI_Comm        comm;
  int             n_tensors;
  const KrTensor *tensors;

  PetscFunctionBeginUser;
  PetscCall(KrModelGetComm(spread, &comm));
  PetscCall(KrModelGetTensors(spread, &n_tensors, &tensors));
  for (int t = 0; t < n_tensors; ++t) {
    int64_t held = tensors[t].n_coefficients;

    PetscCall(KrExpect("no negative piece", held >= 0));
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &held, 1, MPI_INT64_T, MPI_SUM, comm));
    PetscCall(KrExpectEqualInt("coefficients", held, KrTensorCount(f->order[t], n)));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check(const KrMixture *f, int n)
{
  KrModel spread, whole;
  double  X[N_POINTS * N_MAX];
  Answers want;

  PetscFunctionBeginUser;
  PetscCall(make_model(PETSC_COMM_WORLD, f, n, &spread));
  PetscCall(make_model(PETSC_COMM_SELF, f, n, &whole));
  draw_points(n, N_POINTS, X);
  PetscCall(check_pieces(spread, f, n));
  PetscCall(check_arrays(spread, whole, n, X, &want));
  PetscCall(check_products(spread, n, X, &want));
  PetscCall(check_vectors(spread, n, X, &want));
  PetscCall(check_dense(spread, n, X));
  PetscCall(KrModelDestroy(&whole));
  PetscCall(KrModelDestroy(&spread));
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char **argv)
{
  PetscErrorCode code = KrTestBegin(&argc, &argv);

  for (int l = 0; code == 0 && l < N_TEST_LAWS; ++l)
    for (int n = 2; code == 0 && n <= N_MAX; ++n) code = check(&test_laws[l], n);
  return code == 0 ? KrTestEnd() : 1;
}
