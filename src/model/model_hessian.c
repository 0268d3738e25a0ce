/* The path on PETSc objects: energy and gradient of a Vec, Hessian as a MATSHELL or a MATDENSE. The point is gathered
   to every rank (N reals), the couplings stay where they are, results are summed over the ranks. */
#include "model_impl.h"
#include <kacrice/manifold.h>
#include <string.h>

typedef struct {   /* of the shell: Riemannian Hessian at one point */
  KrModel   model; /* borrowed */
  Vec       x;     /* own copy of the point */
  Vec       work;  /* projected input */
  double   *point; /* N, gathered */
  PetscReal mu;
} HessianContext;

/* All N entries of a vector on every rank; the caller frees them. */
static PetscErrorCode gather(Vec v, PetscInt n, double **all)
{
  MPI_Comm           comm;
  PetscMPIInt        rank, size, *counts, *offsets;
  const PetscInt    *begins;
  const PetscScalar *entries;

  PetscFunctionBeginUser;
  PetscCall(PetscObjectGetComm((PetscObject)v, &comm));
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Comm_size(comm, &size));
  PetscCall(VecGetOwnershipRanges(v, &begins));
  PetscCall(PetscMalloc2(size, &counts, size, &offsets));
  for (PetscMPIInt r = 0; r < size; ++r) {
    offsets[r] = (PetscMPIInt)begins[r];
    counts[r]  = (PetscMPIInt)(begins[r + 1] - begins[r]);
  }
  PetscCall(PetscMalloc1(n, all));
  PetscCall(VecGetArrayRead(v, &entries));
  PetscCallMPI(
    MPI_Allgatherv(entries, counts[rank], MPI_DOUBLE, *all, counts, offsets, MPI_DOUBLE, comm));
  PetscCall(VecRestoreArrayRead(v, &entries));
  PetscCall(PetscFree2(counts, offsets));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Each rank takes its own entries of an array that all have. */
static PetscErrorCode put(const double all[], Vec v)
{
  PetscInt     begin, end;
  PetscScalar *entries;

  PetscFunctionBeginUser;
  PetscCall(VecGetOwnershipRange(v, &begin, &end));
  PetscCall(VecGetArrayWrite(v, &entries));
  for (PetscInt i = begin; i < end; ++i) entries[i - begin] = all[i];
  PetscCall(VecRestoreArrayWrite(v, &entries));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrModelCreateVec - Makes a vector of N entries on the model's communicator.

  Collective on the model's communicator

  Input:
. model - the model

  Output:
. x - caller destroys
*/
PetscErrorCode KrModelCreateVec(KrModel model, Vec *x)
{
  PetscFunctionBeginUser;
  PetscCall(VecCreateMPI(model->comm, PETSC_DECIDE, model->n, x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrModelEnergyGradient - Energy and Euclidean gradient at a point.

  Collective on the model's communicator

  Input:
+ model - with its disorder drawn
- x     - N entries, any layout, |x|^2 = N

  Output:
+ energy   - H, units of J, the same on every rank
- gradient - layout of x; must not be x

  Cost: 4 flops a coefficient held; communication a rank: N reals gathered, N + 1 summed
  See:  KrModelDerivatives()
*/
PetscErrorCode KrModelEnergyGradient(KrModel model, Vec x, PetscReal *energy, Vec gradient)
{
  double *point, *sum;

  PetscFunctionBeginUser;
  PetscCall(gather(x, model->n, &point));
  PetscCall(PetscMalloc1(model->n, &sum));
  PetscCall(KrModelDerivatives(model, 1, point, energy, sum, NULL));
  PetscCall(put(sum, gradient));
  PetscCall(PetscFree(sum));
  PetscCall(PetscFree(point));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Hv at a point that every rank has. */
static PetscErrorCode apply_at(KrModel model, const double point[], Vec v, Vec Hv)
{
  double *direction, *sum;

  PetscFunctionBeginUser;
  PetscCall(gather(v, model->n, &direction));
  PetscCall(PetscCalloc1(model->n, &sum));
  PetscCall(KrModelAddProduct(model, point, direction, sum));
  PetscCall(KrModelSum(model, model->n, sum));
  PetscCall(put(sum, Hv));
  PetscCall(PetscFree(sum));
  PetscCall(PetscFree(direction));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrModelHessianApply - Euclidean Hessian times a vector, without forming the Hessian.

  Collective on the model's communicator

  Input:
+ model - with its disorder drawn
. x     - point, |x|^2 = N
- v     - vector, layout of x

  Output:
. Hv - layout of x; must not be x or v

  Cost: 8 flops a coefficient held; communication a rank: 2 N reals gathered, N summed
*/
PetscErrorCode KrModelHessianApply(KrModel model, Vec x, Vec v, Vec Hv)
{
  double *point;

  PetscFunctionBeginUser;
  PetscCall(gather(x, model->n, &point));
  PetscCall(apply_at(model, point, v, Hv));
  PetscCall(PetscFree(point));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode hessian_mult(Mat hessian, Vec v, Vec result)
{
  HessianContext *context;
  PetscReal       ignored;

  PetscFunctionBeginUser;
  PetscCall(MatShellGetContext(hessian, &context));
  if (context->model->shape.manifold->n_radial == 0) {
    PetscCall(apply_at(context->model, context->point, v, result));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(VecCopy(v, context->work));
  PetscCall(KrSphereProjectVec(context->x, context->work, &ignored));
  PetscCall(apply_at(context->model, context->point, context->work, result));
  PetscCall(VecAXPY(result, -context->mu, context->work));
  PetscCall(KrSphereProjectVec(context->x, result, &ignored));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode hessian_destroy(Mat hessian)
{
  HessianContext *context;

  PetscFunctionBeginUser;
  PetscCall(MatShellGetContext(hessian, &context));
  PetscCall(VecDestroy(&context->x));
  PetscCall(VecDestroy(&context->work));
  PetscCall(PetscFree(context->point));
  PetscCall(PetscFree(context));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrModelCreateHessian - The Riemannian Hessian at a point as a MATSHELL: P H'' P - mu P on the sphere, H'' in the ball.

  Collective on the model's communicator

  Input:
+ model - with its disorder drawn; borrowed, must outlive the matrix
- x     - point of the manifold; copied

  Output:
. hessian - N x N symmetric, on the sphere with x in its kernel; caller destroys

  Cost: one gradient now; a product costs 8 flops a coefficient held and 2 N reals of communication a rank
  See:  KrSpectrumCompute(), docs/theory/sphere.md
*/
PetscErrorCode KrModelCreateHessian(KrModel model, Vec x, Mat *hessian)
{
  HessianContext *context;
  PetscReal       energy;
  PetscInt        n_local;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&context));
  context->model = model;
  PetscCall(VecDuplicate(x, &context->x));
  PetscCall(VecCopy(x, context->x));
  PetscCall(VecDuplicate(x, &context->work));
  PetscCall(gather(x, model->n, &context->point));
  PetscCall(KrModelEnergyGradient(model, x, &energy, context->work));
  PetscCall(KrSphereProjectVec(x, context->work, &context->mu));
  PetscCall(VecGetLocalSize(x, &n_local));
  PetscCall(MatCreateShell(model->comm, n_local, n_local, model->n, model->n, context, hessian));
  PetscCall(MatShellSetOperation(*hessian, MATOP_MULT, (void (*)(void))hessian_mult));
  PetscCall(MatShellSetOperation(*hessian, MATOP_DESTROY, (void (*)(void))hessian_destroy));
  PetscCall(MatSetOption(*hessian, MAT_SYMMETRIC, PETSC_TRUE));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The Euclidean Hessian of the couplings of all ranks: on return each rank's own rows of `hessian` (N x N, row major)
   are complete, the others are its own part. One reduction for each rank's block of rows, to where it belongs. */
static PetscErrorCode reduce_rows(KrModel model, const PetscInt begins[], double hessian[])
{
  PetscMPIInt rank, count;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(model->comm, &rank));
  for (PetscMPIInt root = 0; model->size > 1 && root < model->size; ++root) {
    double          *rows    = hessian + (size_t)begins[root] * (size_t)model->n;
    const PetscInt64 entries = (PetscInt64)(begins[root + 1] - begins[root]) * model->n;

    PetscCheck(entries <= PETSC_MPI_INT_MAX, model->comm, PETSC_ERR_ARG_OUTOFRANGE,
               "a rank's rows of the Hessian have %.0f entries, MPI counts to 2^31 - 1: take more "
               "ranks",
               (double)entries);
    count = (PetscMPIInt)entries;
    PetscCallMPI(MPI_Reduce(rank == root ? MPI_IN_PLACE : rows, rows, count, MPI_DOUBLE, MPI_SUM,
                            root, model->comm));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* w = H'' u from each rank's rows of H'', on every rank; returned: u . w. */
static PetscErrorCode multiply_rows(KrModel model, const PetscInt begins[], const double hessian[],
                                    const double u[], double w[], double *uw)
{
  const size_t n = (size_t)model->n;
  PetscMPIInt  rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(model->comm, &rank));
  (void)memset(w, 0, n * sizeof *w);
  for (PetscInt i = begins[rank]; i < begins[rank + 1]; ++i)
    for (size_t k = 0; k < n; ++k) w[i] += hessian[(size_t)i * n + k] * u[k];
  PetscCall(KrModelSum(model, model->n, w));
  *uw = 0.0;
  for (size_t k = 0; k < n; ++k) *uw += u[k] * w[k];
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* u = x/|x| and z = w - (u.w + mu)/2 u, w = H'' u, with which P (H'' - mu) P = H'' - mu - u z^T - z u^T; zero where
   the manifold is flat. */
static PetscErrorCode find_projection(KrModel model, PetscReal mu, const double point[],
                                      const PetscInt begins[], const double hessian[], double u[],
                                      double z[])
{
  const size_t n  = (size_t)model->n;
  double       uw = 0.0;

  PetscFunctionBeginUser;
  if (model->shape.manifold->n_radial == 0) {
    (void)memset(u, 0, n * sizeof *u);
    (void)memset(z, 0, n * sizeof *z);
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  for (size_t k = 0; k < n; ++k) u[k] = point[k] / PetscSqrtReal((PetscReal)n);
  PetscCall(multiply_rows(model, begins, hessian, u, z, &uw));
  for (size_t k = 0; k < n; ++k) z[k] -= 0.5 * (uw + mu) * u[k];
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Writes this rank's rows of P (H'' - mu) P. */
static PetscErrorCode project_rows(KrModel model, PetscReal mu, const double point[],
                                   const double hessian[], Mat dense)
{
  const size_t    n = (size_t)model->n;
  const PetscInt *begins;
  PetscInt        stride;
  PetscMPIInt     rank;
  PetscScalar    *out;
  double         *u, *z;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(model->comm, &rank));
  PetscCall(MatGetOwnershipRanges(dense, &begins));
  PetscCall(PetscMalloc2(n, &u, n, &z));
  PetscCall(find_projection(model, mu, point, begins, hessian, u, z));
  PetscCall(MatDenseGetLDA(dense, &stride));
  PetscCall(MatDenseGetArrayWrite(dense, &out)); /* column major */
  for (PetscInt i = begins[rank]; i < begins[rank + 1]; ++i) {
    PetscScalar *row = out + (i - begins[rank]);

    for (size_t k = 0; k < n; ++k)
      row[k * (size_t)stride] = hessian[(size_t)i * n + k] - (u[i] * z[k] + z[i] * u[k]);
    row[(size_t)i * (size_t)stride] -= mu;
  }
  PetscCall(MatDenseRestoreArrayWrite(dense, &out));
  PetscCall(MatAssemblyBegin(dense, MAT_FINAL_ASSEMBLY));
  PetscCall(MatAssemblyEnd(dense, MAT_FINAL_ASSEMBLY));
  PetscCall(PetscFree2(u, z));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrModelFillDenseHessian - Writes the Riemannian Hessian at a point into a matrix of KrModelCreateDenseHessian();
  energy and gradient come out of the same pass.

  Collective on the model's communicator

  Input:
+ model - with its disorder drawn
- x     - point of the manifold, any layout

  Output:
+ energy   - H, units of J, the same on every rank; NULL: not wanted
- gradient - Euclidean gradient, layout of x; must not be x; NULL: not wanted

  In/out:
. hessian - its entries are replaced by those of P H'' P - mu P on the sphere, of H'' in the ball

  Cost:
  one pass over the couplings held (6 flops a coefficient for p = 3). Memory of a rank, for the time of the call: N^2
  reals beside the N^2/R of the matrix, R the number of ranks. Communication of a rank: N reals gathered, 2 N + 1
  summed, and a Reduce for each of the R blocks of rows, in which it sends N^2 - N^2/R reals in all: what a
  reduce-scatter has to move, without its second work array of N^2

  Source: docs/theory/sphere.md, sec. 3
  See:    KrModelCreateDenseHessian(), KrModelCreateHessian()
*/
PetscErrorCode KrModelFillDenseHessian(KrModel model, Vec x, PetscReal *energy, Vec gradient,
                                       Mat hessian)
{
  const size_t    n = (size_t)model->n;
  const PetscInt *begins;
  double         *point, *sums, *euclidean, mu; // sums: gradient, then the energy

  PetscFunctionBeginUser;
  PetscCall(gather(x, model->n, &point));
  PetscCall(PetscCalloc1(n + 1, &sums));
  PetscCall(PetscMalloc1(n * n, &euclidean));
  PetscCall(KrModelAddDerivatives(model, 1, point, sums + n, sums, euclidean));
  PetscCall(KrModelSum(model, (PetscInt64)n + 1, sums));
  if (energy != NULL) *energy = sums[n];
  if (gradient != NULL) PetscCall(put(sums, gradient));
  mu = model->shape.manifold->n_radial > 0 ? (*model->shape.manifold->project)((int)n, point, sums)
                                           : 0.0;
  PetscCall(MatGetOwnershipRanges(hessian, &begins));
  PetscCall(reduce_rows(model, begins, euclidean));
  PetscCall(project_rows(model, mu, point, euclidean, hessian));
  PetscCall(PetscFree(euclidean));
  PetscCall(PetscFree(sums));
  PetscCall(PetscFree(point));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrModelCreateDenseHessian - The Riemannian Hessian on the sphere at a point, P H'' P - mu P, as a MATDENSE whose rows
  are spread over the ranks.

  Collective on the model's communicator

  Input:
+ model - with its disorder drawn; not needed by the matrix afterwards
- x     - point, |x|^2 = N

  Output:
. hessian - N x N symmetric, x in its kernel, rows in the layout of x; caller destroys

  Cost: as KrModelFillDenseHessian(). A product then costs 2 N^2 / R flops and N reals of communication a rank, and
        reads no coupling
  See:  KrModelCreateHessian(), which forms no matrix
*/
PetscErrorCode KrModelCreateDenseHessian(KrModel model, Vec x, Mat *hessian)
{
  PetscInt n_local;

  PetscFunctionBeginUser;
  PetscCall(VecGetLocalSize(x, &n_local));
  PetscCall(MatCreateDense(model->comm, n_local, n_local, model->n, model->n, NULL, hessian));
  PetscCall(KrModelFillDenseHessian(model, x, NULL, NULL, *hessian));
  PetscCall(MatSetOption(*hessian, MAT_SYMMETRIC, PETSC_TRUE));
  PetscFunctionReturn(PETSC_SUCCESS);
}
