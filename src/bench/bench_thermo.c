/* bench thermo: Monte Carlo of a batch of replicas against the batch kernel alone, on one rank and on all. */
#include "bench_impl.h"
#include <kacrice/thermo.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SEED   1
#define STEPS  8
#define COLD   0.9 // units of J; beta ascends from 0 to 1/COLD
#define LADDER 8   // temperatures

static const KrBenchCase table[] = {{3, 100}};

enum { KERNEL, ONE_RANK, ALL_RANKS, N_WAYS };

typedef struct { /* one tensor on every rank, and as many replicas as a batch has points */
  int       p, n, n_points;
  KrModel   model;
  KrSampler sampler;
  double    scale;     /* N^-(p-1)/2 */
  double   *X, *E, *G; /* in lanes: what the kernel works on */
} Replicas;

static PetscErrorCode evaluate(void *context)
{
  Replicas        *r = context;
  const KrKernels *kernels;
  const KrTensor  *tensor;
  int              n_tensors;

  PetscFunctionBeginUser;
  PetscCall(KrModelGetKernels(r->model, &kernels));
  PetscCall(KrModelGetTensors(r->model, &n_tensors, &tensor));
  (void)memset(r->E, 0, (size_t)r->n_points * sizeof(double));
  (void)memset(r->G, 0, (size_t)r->n_points * (size_t)r->n * sizeof(double));
  (*kernels->derivatives_lanes)(tensor, r->scale, r->n_points / KR_LANES, r->X, r->E, r->G, NULL);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode sweep(void *context)
{
  PetscFunctionBeginUser;
  PetscCall(KrSamplerSweep(((Replicas *)context)->sampler, PETSC_FALSE));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode create(MPI_Comm world, const KrBenchOptions *options, const KrBenchCase *size,
                             Replicas *r)
{
  const KrModelOptions model_options = {.n = size->n, .simd = options->simd};
  const KrMixture      f             = KrMixturePure(size->p);
  double               beta[LADDER];
  KrSamplerSetup       setup = {.n_temperatures = LADDER,
                                .beta           = beta,
                                .n_ladders      = options->batch / LADDER,
                                .steps          = STEPS,
                                .acceptance     = 0.8,
                                .seed           = SEED};
  PetscMPIInt          rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(world, &rank));
  for (int t = 0; t < LADDER; ++t) beta[t] = t / (COLD * (LADDER - 1));
  *r           = (Replicas){.p        = size->p,
                            .n        = size->n,
                            .n_points = options->batch,
                            .scale    = pow(size->n, -0.5 * (size->p - 1))};
  setup.sample = rank;
  PetscCall(KrModelCreate(PETSC_COMM_SELF, &model_options, size->n, &f, &r->model));
  PetscCall(KrModelDraw(r->model, SEED, rank));
  PetscCall(KrSamplerCreate(r->model, &setup, &r->sampler));
  for (int l = 0; l < setup.n_ladders; ++l) PetscCall(KrSamplerStartRandom(r->sampler, l));
  for (int s = 0; s < 20; ++s) PetscCall(KrSamplerSweep(r->sampler, PETSC_TRUE));
  KrSamplerFreeze(r->sampler);
  r->X = KrBenchAllocate((int64_t)r->n_points * r->n);
  r->E = KrBenchAllocate(r->n_points);
  r->G = KrBenchAllocate((int64_t)r->n_points * r->n);
  for (int b = 0; b < r->n_points; b += KR_LANES)
    for (int l = 0; l < KR_LANES; ++l)
      for (int i = 0; i < r->n; ++i)
        r->X[(b * r->n) + i * KR_LANES + l] = KrSamplerPoint(r->sampler, b + l)[i];
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode destroy(Replicas *r)
{
  PetscFunctionBeginUser;
  PetscCall(KrSamplerDestroy(&r->sampler));
  PetscCall(KrModelDestroy(&r->model));
  free(r->X);
  free(r->E);
  free(r->G);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode add_rows(KrBench *bench, Replicas *r)
{
  static const char *const names[N_WAYS] = {"gradients by the kernel", "Monte Carlo",
                                            "Monte Carlo, all ranks"};
  const double             flops         = 4.0 * (double)KrTensorCount(r->p, r->n) * r->n_points;
  KrBenchRatio cost  = {.name = "Monte Carlo over kernel, time a gradient", .p = r->p, .n = r->n};
  KrBenchRatio ranks = {.name = "all ranks over one", .p = r->p, .n = r->n, .by_rate = PETSC_TRUE};
  int          rows[N_WAYS];

  PetscFunctionBeginUser;
  for (int way = 0; way < (bench->size > 1 ? N_WAYS : ALL_RANKS); ++way) {
    KrBenchRow row = {.p       = r->p,
                      .n       = r->n,
                      .points  = r->n_points * (way == KERNEL ? 1 : STEPS),
                      .all     = way == ALL_RANKS ? PETSC_TRUE : PETSC_FALSE,
                      .run     = way == KERNEL ? evaluate : sweep,
                      .context = r,
                      .unit    = KR_BENCH_FLOPS,
                      .limit   = -1};

    row.amount = flops * (way == KERNEL ? 1.0 : STEPS) * (way == ALL_RANKS ? bench->size : 1.0);
    PetscCall(PetscStrncpy(row.name, names[way], sizeof row.name));
    PetscCall(KrBenchAdd(bench, &row, &rows[way]));
  }
  cost.fast = rows[KERNEL];
  cost.slow = rows[ONE_RANK];
  PetscCall(KrBenchAddRatio(bench, &cost));
  if (bench->size == 1) PetscFunctionReturn(PETSC_SUCCESS);
  ranks.fast = rows[ALL_RANKS];
  ranks.slow = rows[ONE_RANK];
  PetscCall(KrBenchAddRatio(bench, &ranks));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* After all sweeps the replicas are on the sphere, and their energies are those of plain loops over index tuples. */
static PetscErrorCode check(KrBench *bench, const Replicas *r)
{
  const KrTensor *tensor;
  int             n_tensors;
  double         *g, energy = 0.0, square = 0.0;

  PetscFunctionBeginUser;
  PetscCall(KrModelGetTensors(r->model, &n_tensors, &tensor));
  PetscCall(PetscCalloc1(r->n, &g));
  (*KrKernelsReference.derivatives)(tensor, r->scale, KrSamplerPoint(r->sampler, 1), &energy, g,
                                    NULL);
  for (int i = 0; i < r->n; ++i) square += pow(KrSamplerPoint(r->sampler, 1)[i], 2.0);
  PetscCall(PetscFree(g));
  /* rounding of sums in another order; of thousands of steps each of which goes back to the sphere */
  PetscCall(KrBenchAddCheck(bench, fabs(energy - KrSamplerEnergy(r->sampler, 1)) / r->n, 1e-12,
                            "p = %d, N = %d: energy of a replica", r->p, r->n));
  PetscCall(KrBenchAddCheck(bench, fabs(square / r->n - 1.0), 1e-12,
                            "p = %d, N = %d: length of a replica", r->p, r->n));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrBenchThermo - Measures what Monte Carlo spends on a gradient beside the batch kernel, and what more ranks are worth.

  Collective on world

  Input:
+ world   - all ranks; while rank 0 works alone, the others sleep
- options - from KrBenchOptionsRead()

  Output:
. n_failed - results that were wrong, the same on every rank

  Errors: PETSC_ERR_USER_INPUT for a file that cannot be made
  Cost:   seconds
  See:    docs/howto/bench.md, KrSamplerSweep()
*/
PetscErrorCode KrBenchThermo(MPI_Comm world, const KrBenchOptions *options, int *n_failed)
{
  KrBench     bench;
  KrBenchCase cases[KR_BENCH_CASES_MAX];
  Replicas   *replicas;
  int         n_cases;
  PetscMPIInt size;

  PetscFunctionBeginUser;
  PetscCall(KrBenchCheckFile(world, options->json));
  PetscCall(KrBenchCases(world, options, PETSC_STATIC_ARRAY_LENGTH(table), table, &n_cases, cases));
  PetscCallMPI(MPI_Comm_size(world, &size));
  /* one rank is measured in processor time, several by the clock on the wall */
  PetscCall(KrBenchCreate(world, size == 1 ? PETSC_COMM_SELF : world, "thermo", options, &bench));
  PetscCall(KrBenchPrintHead(&bench));
  PetscCall(PetscCalloc1(n_cases, &replicas));
  for (int c = 0; c < n_cases; ++c) {
    PetscCall(create(world, options, &cases[c], &replicas[c]));
    PetscCall(add_rows(&bench, &replicas[c]));
  }
  PetscCall(KrBenchMeasure(&bench));
  for (int c = 0; c < n_cases; ++c) PetscCall(check(&bench, &replicas[c]));
  PetscCall(KrBenchPrint(&bench));
  if (bench.rank == 0) PetscCall(KrBenchWrite(&bench));
  *n_failed = bench.n_failed;
  for (int c = 0; c < n_cases; ++c) PetscCall(destroy(&replicas[c]));
  PetscCall(PetscFree(replicas));
  PetscCall(KrBenchDestroy(&bench));
  PetscCallMPI(MPI_Bcast(n_failed, 1, MPI_INT, 0, world));
  PetscFunctionReturn(PETSC_SUCCESS);
}
