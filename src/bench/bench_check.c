/* Are the results of what was timed right? The first point is compared with plain loops over index tuples, the others
   with the kernels for one point. */
#include "kernels_impl.h"
#include <math.h>
#include <string.h>

/* Sums of up to 10^7 terms of either sign, relative to the largest result: roundings of 1e-16 that add up like a random
   walk stay below 1e-13. */
#define TOLERANCE 1e-12

double KrBenchPlainSum(int64_t n, const double values[])
{
  double sum = 0.0;

  for (int64_t i = 0; i < n; ++i) sum += values[i];
  return sum;
}

/* Largest difference over the largest number; unlike fmax(), NaN stays. */
static double compare(size_t count, const double got[], const double want[])
{
  double worst = 0.0, scale = 0.0;

  for (size_t i = 0; i < count; ++i) {
    const double difference = fabs(got[i] - want[i]);

    if (!(difference <= worst)) worst = difference;
    if (isnan(worst)) return NAN;
    scale = fmax(scale, fabs(want[i]));
  }
  return scale > 0.0 ? worst / scale : worst;
}

typedef struct { /* of one point */
  double *E, *G, *H, *Hv;
} Answers;

static void evaluate(const KrKernels *kernels, const KrBenchTensor *t, int point, Answers *answers)
{
  const size_t  n = (size_t)t->n;
  const double *x = t->points + (size_t)point * n, *v = t->steps + (size_t)point * n;

  *answers->E = 0.0;
  (void)memset(answers->G, 0, n * sizeof(double));
  (void)memset(answers->Hv, 0, n * sizeof(double));
  (void)memset(answers->H, 0, n * n * sizeof(double));
  (*kernels->derivatives)(t->tensor, t->scale, x, answers->E, answers->G, answers->H);
  KrHessianFinish(t->n, answers->H);
  (*kernels->hessian_apply)(t->tensor, t->scale, x, v, answers->Hv);
}

typedef struct {
  KrBench             *bench;
  const KrBenchTensor *t;
} Check;

static PetscErrorCode add(const Check *check, const char what[], int point, size_t count,
                          const double got[], const double want[])
{
  PetscFunctionBeginUser;
  PetscCall(KrBenchAddCheck(check->bench, compare(count, got, want), TOLERANCE,
                            "p = %d, N = %d, point %d: %s", check->t->order, check->t->n, point,
                            what));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The tasks with one point. `H` is room for a Hessian. */
static PetscErrorCode check_one(const Check *check, const Answers *want, double H[])
{
  const KrBenchTask *task = check->t->task;
  const size_t       n    = (size_t)check->t->n;

  PetscFunctionBeginUser;
  for (int k = KR_BENCH_GRADIENT; k <= KR_BENCH_WHOLE_HESSIAN; ++k) {
    PetscCall(add(check, "energy", 0, 1, task[k].E, want->E));
    PetscCall(add(check, "gradient", 0, n, task[k].G, want->G));
    if (task[k].A == NULL) continue;
    (void)memcpy(H, task[k].A, n * n * sizeof *H);
    if (k == KR_BENCH_HESSIAN) KrHessianFinish(check->t->n, H);
    PetscCall(add(check, "Hessian", 0, n * n, H, want->H));
  }
  PetscCall(add(check, "Hessian times vector", 0, n, task[KR_BENCH_APPLY].G, want->Hv));
  if (!check->t->has_dense) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(add(check, "energy by dense BLAS", 0, 1, check->t->dense.E, want->E));
  PetscCall(add(check, "gradient by dense BLAS", 0, n, check->t->dense.G, want->G));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* One lane of n rows out of a group of lanes. */
static void take_lane(size_t n, int point, const double lanes[], double one[])
{
  const double *group = lanes + (size_t)(point / KR_LANES) * n * KR_LANES;

  for (size_t i = 0; i < n; ++i) one[i] = group[i * KR_LANES + (size_t)(point % KR_LANES)];
}

/* What the batches say about one of their points. `H` is room for a Hessian. */
static PetscErrorCode check_batch(const Check *check, int point, const Answers *want, double H[])
{
  const KrBenchTask  *task  = check->t->task;
  const KrBenchDense *dense = &check->t->dense;
  const size_t        n     = (size_t)check->t->n;

  PetscFunctionBeginUser;
  PetscCall(add(check, "energy in a batch", point, 1, task[KR_BENCH_BATCH].E + point, want->E));
  take_lane(n, point, task[KR_BENCH_BATCH].G, H);
  PetscCall(add(check, "gradient in a batch", point, n, H, want->G));
  take_lane(n, point, task[KR_BENCH_BATCH_APPLY].G, H);
  PetscCall(add(check, "Hessian times vector in a batch", point, n, H, want->Hv));
  if (point < KR_LANES) {
    take_lane(n, point, task[KR_BENCH_BATCH_HESSIAN].G, H);
    PetscCall(add(check, "gradient beside a batch of Hessians", point, n, H, want->G));
    take_lane(n * n, point, task[KR_BENCH_BATCH_HESSIAN].A, H);
    KrHessianFinish(check->t->n, H);
    PetscCall(add(check, "Hessian in a batch", point, n * n, H, want->H));
  }
  if (!check->t->has_dense) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(add(check, "energy by a dense batch", point, 1, dense->batch_E + point, want->E));
  PetscCall(
    add(check, "gradient by a dense batch", point, n, dense->batch_G + (size_t)point * n, want->G));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Compares what the last calls have left. Not collective. */
PetscErrorCode KrBenchTensorCheck(KrBench *bench, const KrBenchTensor *t)
{
  const size_t n        = (size_t)t->n;
  const int    points[] = {0, KR_LANES - 1, t->n_points - 1};
  const double drawn    = KrBenchPlainSum(t->tensor->n_coefficients, t->tensor->c);
  const Check  check    = {.bench = bench, .t = t};
  Answers      want;
  double      *H;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc5(1, &want.E, n, &want.G, n * n, &want.H, n, &want.Hv, n * n, &H));
  /* the coefficients sum up like a random walk, and so do the roundings */
  PetscCall(KrBenchAddCheck(bench,
                            fabs(t->read.sum - drawn) / sqrt((double)t->tensor->n_coefficients),
                            TOLERANCE, "p = %d, N = %d: sum of the coefficients", t->order, t->n));
  PetscCall(KrBenchAddCheck(bench, fabs(drawn - t->sum), 0, "p = %d, N = %d: couplings drawn again",
                            t->order, t->n));
  evaluate(&KrKernelsReference, t, 0, &want);
  PetscCall(check_one(&check, &want, H));
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(points); ++i) {
    evaluate(t->kernels, t, points[i], &want);
    PetscCall(check_batch(&check, points[i], &want, H));
  }
  PetscCall(PetscFree5(want.E, want.G, want.H, want.Hv, H));
  PetscFunctionReturn(PETSC_SUCCESS);
}
