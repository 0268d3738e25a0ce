/* What `bench kernels` is made of. */
#pragma once
#include "bench_impl.h"
#include <kacrice/model.h>
#include <kacrice/peak.h>

/* bench_limits.c: what the machine can do */
typedef enum { KR_BENCH_L2, KR_BENCH_L3, KR_BENCH_MEMORY, KR_BENCH_LEVELS } KrBenchLevel;
#define KR_BENCH_PRODUCTS 2

typedef struct { /* reading of numbers whose sum is known */
  const KrPeakLoops *loops;
  int64_t            n;
  const double      *values;
  double             sum; /* as read */
} KrBenchRead;

typedef struct { /* C <- A B of square matrices */
  int     n;
  double *A, *B, *C;
} KrBenchProduct;

typedef struct {
  const KrPeakLoops *loops;
  double             end; /* of the multiply-adds: their sum */
  int                fma; /* its row */
  KrBenchProduct     product[KR_BENCH_PRODUCTS];
  KrBenchRead        read[KR_BENCH_LEVELS];
  double            *memory; /* what is read, as much as the largest level wants */
} KrBenchLimits;

double         KrBenchLimitBytes(void);
PetscErrorCode KrBenchLimitsAdd(KrBench *bench, KrBenchLimits *limits);
PetscErrorCode KrBenchLimitsCheck(KrBench *bench, const KrBenchLimits *limits);
PetscErrorCode KrBenchLimitsDestroy(KrBenchLimits *limits);
PetscErrorCode KrBenchReadRun(void *context);

/* bench_dense.c: the peer, a tensor with all its N^p entries and a BLAS */
typedef struct {
  int     order, n, n_points;
  double  scale;
  double *tensor;            /* N^p */
  double *points;            /* borrowed: n_points x N, point major */
  double *one, *many;        /* what is left of the tensor after its first product */
  double *less;              /* and after another one, for order > 3 */
  double *E, *G;             /* of the single point */
  double *batch_E, *batch_G; /* of all points */
} KrBenchDense;

double         KrBenchDenseBytes(int order, int n, int n_points);
PetscErrorCode KrBenchDenseCreate(const KrTensor *tensor, double scale, int n_points,
                                  double points[], KrBenchDense *dense);
void           KrBenchDenseDestroy(KrBenchDense *dense);
PetscErrorCode KrBenchDenseOne(void *context);
PetscErrorCode KrBenchDenseMany(void *context);

/* bench_case.c: the kernels on one tensor */
typedef enum {
  KR_BENCH_GRADIENT,      /* one point */
  KR_BENCH_HESSIAN,       /* with its Hessian, as the kernel leaves it */
  KR_BENCH_WHOLE_HESSIAN, /* and completed to a symmetric matrix */
  KR_BENCH_APPLY,         /* Hessian times vector */
  KR_BENCH_BATCH,         /* many points */
  KR_BENCH_BATCH_HESSIAN, /* KR_LANES points */
  KR_BENCH_BATCH_APPLY,
  KR_BENCH_TASKS
} KrBenchTaskKind;

typedef struct KrBenchTensor_s KrBenchTensor;

typedef struct { /* a kernel and what it leaves */
  const KrBenchTensor *of;
  KrBenchTaskKind      kind;
  double              *E, *G, *A; /* energies, gradients or products, Hessians */
} KrBenchTask;

struct KrBenchTensor_s {
  int              n, order, n_points;
  double           scale;
  const KrKernels *kernels;
  KrModel          model;
  const KrTensor  *tensor;         /* of the model */
  double          *points, *steps; /* n_points x N: points and vectors */
  double          *X, *V;          /* the same in lanes */
  double           sum;            /* of its coefficients as first drawn */
  KrBenchRead      read;           /* of the very tensor */
  KrBenchTask      task[KR_BENCH_TASKS];
  PetscBool        has_dense;
  KrBenchDense     dense;
};

double         KrBenchTensorBytes(int order, int n, int n_points);
PetscErrorCode KrBenchTensorCreate(const KrBenchOptions *options, const KrBenchCase *size,
                                   double dense_bytes, KrBenchTensor *tensor);
PetscErrorCode KrBenchTensorDestroy(KrBenchTensor *tensor);
PetscErrorCode KrBenchTaskRun(void *context);
PetscErrorCode KrBenchDrawRun(void *context);
int64_t        KrBenchHessianSize(const KrBenchTensor *tensor, KrBenchTaskKind kind);

/* bench_check.c */
double         KrBenchPlainSum(int64_t n, const double values[]);
PetscErrorCode KrBenchTensorCheck(KrBench *bench, const KrBenchTensor *tensor);
