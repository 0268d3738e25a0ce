/* The kernels on one tensor: what is timed, and whether its results are right. */
#include "kernels_impl.h"
#include <kacrice/rng.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SEED 1

static int64_t n_groups(const KrBenchTensor *t)
{
  return t->n_points / KR_LANES;
}

/* Numbers in the gradients or products of a task. */
static int64_t gradient_size(const KrBenchTensor *t, KrBenchTaskKind kind)
{
  if (kind < KR_BENCH_BATCH) return t->n;
  return (int64_t)t->n * (kind == KR_BENCH_BATCH_HESSIAN ? KR_LANES : t->n_points);
}

/* Numbers in its Hessians. */
int64_t KrBenchHessianSize(const KrBenchTensor *t, KrBenchTaskKind kind)
{
  const int64_t square = (int64_t)t->n * t->n;

  if (kind == KR_BENCH_HESSIAN || kind == KR_BENCH_WHOLE_HESSIAN) return square;
  return kind == KR_BENCH_BATCH_HESSIAN ? square * KR_LANES : 0;
}

/* The couplings, the points and all results; without the dense peer. */
double KrBenchTensorBytes(int order, int n, int n_points)
{
  return 8.0 * ((double)KrTensorCount(order, n) + (6.0 * n_points + 4.0 * KR_LANES) * n +
                (2.0 + KR_LANES) * n * n);
}

/* Uniform points of the sphere |x|^2 = N, and directions. */
static void draw_points(KrBenchTensor *t)
{
  const KrRandomKey key  = {.seed = SEED, .stream = KR_STREAM_TEST};
  const int         size = t->n * t->n_points;

  KrRandomNormals(&key, 0, size, t->points);
  KrRandomNormals(&key, (uint64_t)size, size, t->steps);
  for (int b = 0; b < t->n_points; ++b) {
    double *x = t->points + (size_t)b * (size_t)t->n, square = 0.0;

    for (int i = 0; i < t->n; ++i) square += x[i] * x[i];
    for (int i = 0; i < t->n; ++i) x[i] *= sqrt(t->n / square);
  }
  for (int b = 0; b < t->n_points; b += KR_LANES) {
    const size_t from = (size_t)b * (size_t)t->n;

    KrLanesPack(t->n, KR_LANES, t->points + from, t->X + from);
    KrLanesPack(t->n, KR_LANES, t->steps + from, t->V + from);
  }
}

static PetscErrorCode allocate(KrBenchTensor *t)
{
  const int64_t size = (int64_t)t->n * t->n_points;
  PetscBool     all;

  PetscFunctionBeginUser;
  t->points = KrBenchAllocate(size);
  t->steps  = KrBenchAllocate(size);
  t->X      = KrBenchAllocate(size);
  t->V      = KrBenchAllocate(size);
  all       = t->points != NULL && t->steps != NULL && t->X != NULL && t->V != NULL;
  for (int k = 0; k < KR_BENCH_TASKS; ++k) {
    KrBenchTask  *task    = &t->task[k];
    const int64_t hessian = KrBenchHessianSize(t, (KrBenchTaskKind)k);

    *task = (KrBenchTask){.of   = t,
                          .kind = (KrBenchTaskKind)k,
                          .E    = KrBenchAllocate(t->n_points),
                          .G    = KrBenchAllocate(gradient_size(t, (KrBenchTaskKind)k)),
                          .A    = hessian == 0 ? NULL : KrBenchAllocate(hessian)};
    all   = all && task->E != NULL && task->G != NULL && (task->A != NULL || hessian == 0);
  }
  PetscCheck(all, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for points of p = %d, N = %d",
             t->order, t->n);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Draws a tensor and the points; the peer where a dense tensor takes at most `dense_bytes`. Not collective; the address
   must stay. */
PetscErrorCode KrBenchTensorCreate(const KrBenchOptions *options, const KrBenchCase *size,
                                   double dense_bytes, KrBenchTensor *t)
{
  const KrModelOptions model_options = {.n = size->n, .simd = options->simd};
  const KrMixture      f             = KrMixturePure(size->p);
  int                  n_tensors;

  PetscFunctionBeginUser;
  *t = (KrBenchTensor){.n        = size->n,
                       .order    = size->p,
                       .n_points = options->batch,
                       .scale    = pow((double)size->n, -0.5 * (size->p - 1)),
                       .kernels  = KrKernelsGet((KrSimd)options->simd)};
  PetscCall(KrModelCreate(PETSC_COMM_SELF, &model_options, size->n, &f, &t->model));
  PetscCall(KrModelDraw(t->model, SEED, 0));
  PetscCall(KrModelGetTensors(t->model, &n_tensors, &t->tensor));
  PetscCall(allocate(t));
  draw_points(t);
  t->read      = (KrBenchRead){.loops  = KrPeakLoopsGet((KrSimd)options->simd),
                               .n      = t->tensor->n_coefficients,
                               .values = t->tensor->c};
  t->sum       = KrBenchPlainSum(t->tensor->n_coefficients, t->tensor->c);
  t->has_dense = KrBenchDenseBytes(t->order, t->n, t->n_points) <= dense_bytes;
  if (t->has_dense)
    PetscCall(KrBenchDenseCreate(t->tensor, t->scale, t->n_points, t->points, &t->dense));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KrBenchTensorDestroy(KrBenchTensor *t)
{
  PetscFunctionBeginUser;
  for (int k = 0; k < KR_BENCH_TASKS; ++k) {
    free(t->task[k].E);
    free(t->task[k].G);
    free(t->task[k].A);
  }
  free(t->points);
  free(t->steps);
  free(t->X);
  free(t->V);
  if (t->has_dense) KrBenchDenseDestroy(&t->dense);
  PetscCall(KrModelDestroy(&t->model));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A call of a kernel, with the zeros its results start from. */
PetscErrorCode KrBenchTaskRun(void *context)
{
  const KrBenchTask   *task    = context;
  const KrBenchTensor *t       = task->of;
  const KrKernels     *kernels = t->kernels;

  PetscFunctionBeginUser;
  (void)memset(task->E, 0, (size_t)t->n_points * sizeof(double));
  (void)memset(task->G, 0, (size_t)gradient_size(t, task->kind) * sizeof(double));
  if (task->A != NULL)
    (void)memset(task->A, 0, (size_t)KrBenchHessianSize(t, task->kind) * sizeof(double));
  switch (task->kind) {
  case KR_BENCH_GRADIENT:
  case KR_BENCH_HESSIAN:
  case KR_BENCH_WHOLE_HESSIAN:
    (*kernels->derivatives)(t->tensor, t->scale, t->points, task->E, task->G, task->A);
    if (task->kind == KR_BENCH_WHOLE_HESSIAN) KrHessianFinish(t->n, task->A);
    break;
  case KR_BENCH_APPLY:
    (*kernels->hessian_apply)(t->tensor, t->scale, t->points, t->steps, task->G);
    break;
  case KR_BENCH_BATCH_APPLY:
    (*kernels->hessian_apply_lanes)(t->tensor, t->scale, (int)n_groups(t), t->X, t->V, task->G);
    break;
  default:
    (*kernels->derivatives_lanes)(t->tensor, t->scale,
                                  task->kind == KR_BENCH_BATCH ? (int)n_groups(t) : 1, t->X,
                                  task->E, task->G, task->A);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Draws the couplings again: the same bits. */
PetscErrorCode KrBenchDrawRun(void *context)
{
  PetscFunctionBeginUser;
  PetscCall(KrModelDraw(((KrBenchTensor *)context)->model, SEED, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}
