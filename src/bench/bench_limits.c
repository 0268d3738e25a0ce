/* What this core can do: multiply-adds, matrix products, reading. */
#include "kernels_impl.h"
#include <math.h>
#include <petscblaslapack.h>
#include <stdlib.h>
#include <unistd.h>

#define ROUNDS     100000 /* of the loop in a call */
#define MEMORY_MAX 1e9    // bytes that are read

static const int product_sizes[KR_BENCH_PRODUCTS] = {2048, 512};

/* Bytes to read for a level: well within a cache that is full of other things too, and far beyond the last. A virtual
   machine may see a last cache of hundreds of megabytes that it shares with others: there, the limit that counts for a
   kernel is the reading of its very tensor, which is measured beside it. */
static double level_bytes(KrBenchLevel level, double memory)
{
  KrBenchMachine machine;

  KrBenchMachineGet(&machine);
  switch (level) {
  case KR_BENCH_L2: return 0.5 * (double)machine.cache[2];
  case KR_BENCH_L3: return fmin(8.0 * (double)machine.cache[2], 0.5 * (double)machine.cache[3]);
  default: return fmin(fmin(4.0 * (double)machine.cache[3], MEMORY_MAX), 0.25 * memory);
  }
}

/* Bytes of memory that are free now. */
static double free_memory(void)
{
#if defined(_SC_AVPHYS_PAGES)
  return (double)sysconf(_SC_AVPHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
#else
  return 4.0 * MEMORY_MAX;
#endif
}

/* What measuring the limits takes. */
double KrBenchLimitBytes(void)
{
  double bytes = level_bytes(KR_BENCH_MEMORY, free_memory());

  for (int i = 0; i < KR_BENCH_PRODUCTS; ++i)
    bytes += 24.0 * (double)product_sizes[i] * (double)product_sizes[i];
  return bytes;
}

static PetscErrorCode run_fma(void *context)
{
  KrBenchLimits *limits = context;

  PetscFunctionBeginUser;
  limits->end = (*limits->loops->multiply_add)(ROUNDS, 0.5, 1.0);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Sums up the numbers of a KrBenchRead. */
PetscErrorCode KrBenchReadRun(void *context)
{
  KrBenchRead *read = context;

  PetscFunctionBeginUser;
  read->sum = (*read->loops->sum)(read->n, read->values);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode run_product(void *context)
{
  const KrBenchProduct *product = context;
  const PetscBLASInt    n       = product->n;
  const double          one = 1.0, zero = 0.0;

  PetscFunctionBeginUser;
  BLASgemm_("N", "N", &n, &n, &n, &one, product->A, &n, product->B, &n, &zero, product->C, &n);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode add_products(KrBench *bench, KrBenchLimits *limits)
{
  int row;

  PetscFunctionBeginUser;
  for (int i = 0; i < KR_BENCH_PRODUCTS; ++i) {
    KrBenchProduct *product = &limits->product[i];
    const int64_t   n = product_sizes[i], size = n * n;

    *product = (KrBenchProduct){.n = (int)n,
                                .A = KrBenchAllocate(size),
                                .B = KrBenchAllocate(size),
                                .C = KrBenchAllocate(size)};
    PetscCheck(product->A != NULL && product->B != NULL && product->C != NULL, PETSC_COMM_SELF,
               PETSC_ERR_MEM, "no memory for matrices");
    for (int64_t k = 0; k < size; ++k) { /* small integers: their product is exact */
      product->A[k] = (double)(k % 7 - 3);
      product->B[k] = (double)(k % 11 - 5);
    }
    PetscCall(KrBenchAdd(bench,
                         &(KrBenchRow){.name    = "dgemm",
                                       .n       = product->n,
                                       .run     = run_product,
                                       .context = product,
                                       .unit    = KR_BENCH_FLOPS,
                                       .amount  = 2.0 * pow((double)n, 3.0),
                                       .limit   = limits->fma,
                                       .between = PETSC_TRUE},
                         &row));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Rows for what the core can do. Not collective. */
PetscErrorCode KrBenchLimitsAdd(KrBench *bench, KrBenchLimits *limits)
{
  static const char *const names[] = {"read L2", "read L3", "read memory"};
  const double             memory  = free_memory();
  const int64_t            most    = (int64_t)(level_bytes(KR_BENCH_MEMORY, memory) / 8.0);
  int                      row;

  PetscFunctionBeginUser;
  limits->loops  = KrPeakLoopsGet((KrSimd)bench->options->simd);
  limits->memory = KrBenchAllocate(most);
  PetscCheck(limits->memory != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory to read");
  for (int64_t i = 0; i < most; ++i) limits->memory[i] = 1.0;
  PetscCall(KrBenchAdd(bench,
                       &(KrBenchRow){.name    = "fma peak",
                                     .run     = run_fma,
                                     .context = limits,
                                     .unit    = KR_BENCH_FLOPS,
                                     .amount  = (double)ROUNDS * limits->loops->flops,
                                     .limit   = -1},
                       &limits->fma));
  PetscCall(add_products(bench, limits));
  for (int level = 0; level < KR_BENCH_LEVELS; ++level) {
    KrBenchRead *read = &limits->read[level];

    *read   = (KrBenchRead){.loops = limits->loops, .values = limits->memory};
    read->n = (int64_t)(level_bytes((KrBenchLevel)level, memory) / 8.0);
    if (read->n > most) read->n = most;
    PetscCall(KrBenchAdd(bench,
                         &(KrBenchRow){.name    = {0},
                                       .run     = KrBenchReadRun,
                                       .context = read,
                                       .unit    = KR_BENCH_BYTES,
                                       .amount  = 8.0 * (double)read->n,
                                       .limit   = -1},
                         &row));
    (void)snprintf(bench->rows[row].name, sizeof bench->rows[row].name, "%s, %.4g MB", names[level],
                   8e-6 * (double)read->n);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Entries of a product that differ from a plain sum, some columns. */
static int count_wrong(const KrBenchProduct *product)
{
  const int64_t n       = product->n;
  int           n_wrong = 0;

  for (int64_t k = 0; k < n; k += n / 4 - 1)
    for (int64_t i = 0; i < n; ++i) {
      double want = 0.0;

      for (int64_t j = 0; j < n; ++j) want += product->A[j * n + i] * product->B[k * n + j];
      n_wrong += product->C[k * n + i] != want;
    }
  return n_wrong;
}

/* What the loops and the products have come to. */
PetscErrorCode KrBenchLimitsCheck(KrBench *bench, const KrBenchLimits *limits)
{
  const double chains = 0.5 * limits->loops->flops; // a multiply-add is two flops

  PetscFunctionBeginUser;
  /* a <- a/2 + 1 tends to 2 in each chain */
  PetscCall(KrBenchAddCheck(bench, fabs(limits->end - 2.0 * chains), 1e-12 * chains,
                            "fma peak: sum of the chains"));
  for (int i = 0; i < KR_BENCH_PRODUCTS; ++i)
    PetscCall(KrBenchAddCheck(bench, count_wrong(&limits->product[i]), 0,
                              "dgemm, n = %d: wrong entries", limits->product[i].n));
  for (int level = 0; level < KR_BENCH_LEVELS; ++level) /* ones: exact */
    PetscCall(KrBenchAddCheck(bench, fabs(limits->read[level].sum - (double)limits->read[level].n),
                              0, "reading %.4g MB: sum", 8e-6 * (double)limits->read[level].n));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KrBenchLimitsDestroy(KrBenchLimits *limits)
{
  PetscFunctionBeginUser;
  for (int i = 0; i < KR_BENCH_PRODUCTS; ++i) {
    free(limits->product[i].A);
    free(limits->product[i].B);
    free(limits->product[i].C);
  }
  free(limits->memory);
  PetscFunctionReturn(PETSC_SUCCESS);
}
