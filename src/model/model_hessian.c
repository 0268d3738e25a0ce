/* The path on PETSc objects: energy and gradient of a Vec, Hessian as a MATSHELL. The point is gathered to every
   rank (N reals), the couplings stay where they are, results are summed over the ranks. */
#include "model_impl.h"
#include <kacrice/manifold.h>

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
  PetscCall((*model->ops->hessian_apply)(model, point, direction, sum));
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
  KrModelCreateHessian - The Riemannian Hessian on the sphere at a point, P H'' P - mu P, as a MATSHELL.

  Collective on the model's communicator

  Input:
+ model - with its disorder drawn; borrowed, must outlive the matrix
- x     - point, |x|^2 = N; copied

  Output:
. hessian - N x N symmetric, x in its kernel; caller destroys

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
