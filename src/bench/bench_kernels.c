/* bench kernels: what one core can do, the kernels, and a dense BLAS, side by side. */
#include "kernels_impl.h"
#include <math.h>
#include <stdio.h>

#define DENSE_BYTES 1e9 // a larger peer is left out

static const KrBenchCase table[] = {{3, 50}, {3, 100}, {3, 200}, {3, 500}, {4, 60}, {4, 100}};

static const struct {
  const char *name;
  double      flops; /* a coefficient and point: docs/theory/tensor.md, section 3 */
  PetscBool   batch; /* in lanes: limited by arithmetic, otherwise by reading the tensor */
} tasks[KR_BENCH_TASKS] = {
  [KR_BENCH_GRADIENT]      = {"gradient", 4.0, PETSC_FALSE},
  [KR_BENCH_HESSIAN]       = {"gradient + Hessian", 6.0, PETSC_FALSE},
  [KR_BENCH_WHOLE_HESSIAN] = {"gradient + whole Hessian", 6.0, PETSC_FALSE},
  [KR_BENCH_APPLY]         = {"Hessian times vector", 8.0, PETSC_FALSE},
  [KR_BENCH_BATCH]         = {"gradient, batch", 4.0, PETSC_TRUE},
  [KR_BENCH_BATCH_HESSIAN] = {"gradient + Hessian, batch", 6.0, PETSC_TRUE},
  [KR_BENCH_BATCH_APPLY]   = {"Hessian times vector, batch", 8.0, PETSC_TRUE},
};

typedef struct {
  MPI_Comm              world;
  const KrBenchOptions *options;
  int                   n_failed;
  KrBenchLimits         limits;
  int                   n_cases;
  KrBenchCase           cases[KR_BENCH_CASES_MAX];
  KrBenchTensor        *tensors;
} Kernels;

/* The row of a kernel: one point is compared with reading the same bytes, a batch with the peak. */
static PetscErrorCode add_task(KrBench *bench, KrBenchTensor *t, KrBenchTaskKind kind, int fma,
                               int read, int *row)
{
  const double count  = (double)t->tensor->n_coefficients;
  const int    points = !tasks[kind].batch               ? 1
                        : kind == KR_BENCH_BATCH_HESSIAN ? KR_LANES
                                                         : t->n_points;
  KrBenchRow   mine   = {.p       = t->order,
                         .n       = t->n,
                         .points  = points,
                         .run     = KrBenchTaskRun,
                         .context = &t->task[kind],
                         .unit    = tasks[kind].batch ? KR_BENCH_FLOPS : KR_BENCH_BYTES,
                         .amount = tasks[kind].batch ? tasks[kind].flops * count * points : 8.0 * count,
                         .limit   = tasks[kind].batch ? fma : read,
                         .between = tasks[kind].batch};

  PetscFunctionBeginUser;
  (void)snprintf(mine.name, sizeof mine.name, "%s", tasks[kind].name);
  PetscCall(KrBenchAdd(bench, &mine, row));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode add_ratio(KrBench *bench, const KrBenchTensor *t, const char name[], int fast,
                                int slow)
{
  KrBenchRatio ratio = {.p = t->order, .n = t->n, .fast = fast, .slow = slow};

  PetscFunctionBeginUser;
  (void)snprintf(ratio.name, sizeof ratio.name, "%s", name);
  PetscCall(KrBenchAddRatio(bench, &ratio));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The peer, and how many times as fast we are. */
static PetscErrorCode add_dense(KrBench *bench, KrBenchTensor *t, int fma, const int rows[])
{
  KrBenchRow one  = {.name    = "dense BLAS",
                     .p       = t->order,
                     .n       = t->n,
                     .points  = 1,
                     .run     = KrBenchDenseOne,
                     .context = &t->dense,
                     .unit    = KR_BENCH_BYTES,
                     .amount  = 8.0 * pow((double)t->n, (double)t->order),
                     .limit   = -1};
  KrBenchRow many = {.name    = "dense BLAS, batch",
                     .p       = t->order,
                     .n       = t->n,
                     .points  = t->n_points,
                     .run     = KrBenchDenseMany,
                     .context = &t->dense,
                     .unit    = KR_BENCH_FLOPS,
                     .amount  = 2.0 * t->n_points * pow((double)t->n, (double)t->order),
                     .limit   = fma,
                     .between = PETSC_TRUE};
  int        one_row, many_row;

  PetscFunctionBeginUser;
  PetscCall(KrBenchAdd(bench, &one, &one_row));
  PetscCall(KrBenchAdd(bench, &many, &many_row));
  PetscCall(add_ratio(bench, t, "dense BLAS over gradient", rows[KR_BENCH_GRADIENT], one_row));
  PetscCall(add_ratio(bench, t, "dense BLAS over gradient, batch", rows[KR_BENCH_BATCH], many_row));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* All that is measured on one tensor. */
static PetscErrorCode add_tensor(KrBench *bench, KrBenchTensor *t, int fma)
{
  int read, draw, rows[KR_BENCH_TASKS];

  PetscFunctionBeginUser;
  PetscCall(KrBenchAdd(bench,
                       &(KrBenchRow){.name    = "read its tensor",
                                     .p       = t->order,
                                     .n       = t->n,
                                     .run     = KrBenchReadRun,
                                     .context = &t->read,
                                     .unit    = KR_BENCH_BYTES,
                                     .amount  = 8.0 * (double)t->tensor->n_coefficients,
                                     .limit   = -1},
                       &read));
  for (int k = 0; k < KR_BENCH_TASKS; ++k)
    PetscCall(add_task(bench, t, (KrBenchTaskKind)k, fma, read, &rows[k]));
  PetscCall(add_ratio(bench, t, "gradient + Hessian over gradient", rows[KR_BENCH_GRADIENT],
                      rows[KR_BENCH_HESSIAN]));
  PetscCall(add_ratio(bench, t, "gradient + whole Hessian over gradient", rows[KR_BENCH_GRADIENT],
                      rows[KR_BENCH_WHOLE_HESSIAN]));
  if (t->has_dense) PetscCall(add_dense(bench, t, fma, rows));
  PetscCall(KrBenchAdd(bench,
                       &(KrBenchRow){.name    = "draw couplings",
                                     .p       = t->order,
                                     .n       = t->n,
                                     .run     = KrBenchDrawRun,
                                     .context = t,
                                     .unit    = KR_BENCH_COUPLINGS,
                                     .amount  = (double)t->tensor->n_coefficients,
                                     .limit   = -1},
                       &draw));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Refuses what one rank cannot hold, before anything is allocated. Collective on world. */
static PetscErrorCode check_memory(MPI_Comm world, const KrBenchOptions *options,
                                   const Kernels *kernels)
{
  double bytes = KrBenchLimitBytes();

  PetscFunctionBeginUser;
  for (int c = 0; c < kernels->n_cases; ++c) {
    const KrBenchCase *size  = &kernels->cases[c];
    const double       dense = KrBenchDenseBytes(size->p, size->n, options->batch);

    KR_CHECK_INPUT(KrTensorCount(size->p, size->n) >= 0, world,
                   "-bench_n %d: a tensor of order %d has more than 2^62 coefficients", size->n,
                   size->p);
    bytes += KrBenchTensorBytes(size->p, size->n, options->batch);
    if (dense <= DENSE_BYTES) bytes += dense;
  }
  PetscCall(KrBenchCheckMemory(world, options, bytes));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A BLAS that takes the CPU for another one would make the comparison a cheap one. */
static PetscErrorCode print_notes(const KrBench *bench, const Kernels *kernels)
{
  const KrBenchRow *dgemm = &bench->rows[kernels->limits.fma + 1];
  double           *work, fraction;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(bench->options->rounds, &work));
  KrBenchFraction(bench, dgemm, work);
  fraction = KrBenchMedian(bench->options->rounds, work);
  PetscCall(PetscFree(work));
  if (fraction < 0.4 && bench->options->simd == KR_SIMD_AUTO)
    PetscCall(PetscPrintf(bench->comm, "note: the BLAS is slow here, and so is the dense peer: see "
                                       "docs/howto/verify.md, \"The BLAS is slow\"\n"));
  for (int c = 0; c < kernels->n_cases; ++c)
    if (!kernels->tensors[c].has_dense)
      PetscCall(PetscPrintf(bench->comm,
                            "note: p = %d, N = %d has no dense peer: with its work space it would "
                            "take more than 1 GB\n",
                            kernels->cases[c].p, kernels->cases[c].n));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* All of it, by one rank. */
static PetscErrorCode run(void *context)
{
  Kernels              *kernels = context;
  const KrBenchOptions *options = kernels->options;
  KrBench               bench;

  PetscFunctionBeginUser;
  PetscCall(KrBenchCreate(kernels->world, PETSC_COMM_SELF, "kernels", options, &bench));
  PetscCall(KrBenchPrintHead(&bench));
  PetscCall(KrBenchLimitsAdd(&bench, &kernels->limits));
  PetscCall(PetscCalloc1(kernels->n_cases, &kernels->tensors));
  for (int c = 0; c < kernels->n_cases; ++c) {
    PetscCall(KrBenchTensorCreate(options, &kernels->cases[c], DENSE_BYTES, &kernels->tensors[c]));
    PetscCall(add_tensor(&bench, &kernels->tensors[c], kernels->limits.fma));
  }
  PetscCall(KrBenchMeasure(&bench));
  PetscCall(KrBenchLimitsCheck(&bench, &kernels->limits));
  for (int c = 0; c < kernels->n_cases; ++c)
    PetscCall(KrBenchTensorCheck(&bench, &kernels->tensors[c]));
  PetscCall(KrBenchPrint(&bench));
  PetscCall(print_notes(&bench, kernels));
  PetscCall(KrBenchWrite(&bench));
  kernels->n_failed = bench.n_failed;
  for (int c = 0; c < kernels->n_cases; ++c) PetscCall(KrBenchTensorDestroy(&kernels->tensors[c]));
  PetscCall(PetscFree(kernels->tensors));
  PetscCall(KrBenchLimitsDestroy(&kernels->limits));
  PetscCall(KrBenchDestroy(&bench));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrBenchKernels - Measures what a core can do, the kernels, and a dense BLAS in their place; prints a table.

  Collective on world; rank 0 measures, the others sleep

  Input:
+ world   - all ranks
- options - from KrBenchOptionsRead()

  Output:
. n_failed - results that were wrong, the same on every rank

  Errors: PETSC_ERR_USER_INPUT for sizes that do not fit into memory, or a file that cannot be made
  Cost:   a minute or two and 2 GB for the table of its own
  Source: docs/theory/tensor.md, section 3
  See:    docs/howto/bench.md
*/
PetscErrorCode KrBenchKernels(MPI_Comm world, const KrBenchOptions *options, int *n_failed)
{
  Kernels kernels = {.world = world, .options = options};

  PetscFunctionBeginUser;
  PetscCall(KrBenchCheckFile(world, options->json));
  PetscCall(KrBenchCases(world, options, PETSC_STATIC_ARRAY_LENGTH(table), table, &kernels.n_cases,
                         kernels.cases));
  PetscCall(check_memory(world, options, &kernels));
  PetscCall(KrBenchAlone(world, run, &kernels, &kernels.n_failed));
  *n_failed = kernels.n_failed;
  PetscFunctionReturn(PETSC_SUCCESS);
}
