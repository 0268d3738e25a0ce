/* bench ranks: what more ranks are worth. One group: a contraction whose tensor is spread over all ranks, against one
   rank with the whole tensor. Several groups: samples by every rank, against one rank. */
#include "bench_impl.h"
#include <kacrice/peak.h>
#include <kacrice/rng.h>
#include <kacrice/search.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define SEED      1
#define TOLERANCE 1e-12 // relative to the largest number: sums in another order

static const KrBenchCase table[] = {{3, 500}};

typedef struct {
  KrModel model;
  int     n_points;
  double *X, *E, *G;
} Contraction;

typedef struct {
  const KrPeakLoops *loops;
  const KrTensor    *tensor;
  double             sum;
} Reading;

enum { ONE_RANK, ALL_RANKS, N_WAYS };

typedef struct { /* one tensor */
  int         p, n;
  KrModel     model[N_WAYS]; /* whole on rank 0, NULL elsewhere; spread over all ranks */
  Reading     reading[N_WAYS];
  Contraction single[N_WAYS], batch[N_WAYS];
} Group;

typedef struct { /* what a set of samples came to, sample after sample */
  KrModel  model;
  KrSearch search;
  KrStarts starts;
  int      first, stride, n_samples;
  double  *energies; /* n_samples: sum of the minima's */
  double  *found;    /* n_samples */
  int      current;
} Samples;

static PetscErrorCode read_tensor(void *context)
{
  Reading *reading = context;

  PetscFunctionBeginUser;
  reading->sum = (*reading->loops->sum)(reading->tensor->n_coefficients, reading->tensor->c);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode contract(void *context)
{
  Contraction *c = context;

  PetscFunctionBeginUser;
  PetscCall(KrModelDerivatives(c->model, c->n_points, c->X, c->E, c->G, NULL));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode create_contraction(KrModel model, int n, int n_points, Contraction *c)
{
  const KrRandomKey key  = {.seed = SEED, .stream = KR_STREAM_TEST};
  const int         size = n * n_points;

  PetscFunctionBeginUser;
  *c = (Contraction){.model    = model,
                     .n_points = n_points,
                     .X        = KrBenchAllocate(size),
                     .E        = KrBenchAllocate(n_points),
                     .G        = KrBenchAllocate(size)};
  PetscCheck(c->X != NULL && c->E != NULL && c->G != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM,
             "no memory for %d points of N = %d", n_points, n);
  KrRandomNormals(&key, 0, size, c->X);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode create_group(KrBench *bench, const KrBenchCase *size, Group *group)
{
  const KrModelOptions options = {.n = size->n, .simd = bench->options->simd};
  const KrMixture      f       = KrMixturePure(size->p);
  int                  n_tensors;

  PetscFunctionBeginUser;
  *group = (Group){.p = size->p, .n = size->n};
  for (int way = 0; way < N_WAYS; ++way) {
    MPI_Comm comm = way == ONE_RANK ? PETSC_COMM_SELF : bench->comm;

    if (way == ONE_RANK && bench->rank != 0) continue;
    PetscCall(KrModelCreate(comm, &options, size->n, &f, &group->model[way]));
    PetscCall(KrModelDraw(group->model[way], SEED, 0));
    group->reading[way].loops = KrPeakLoopsGet((KrSimd)options.simd);
    PetscCall(KrModelGetTensors(group->model[way], &n_tensors, &group->reading[way].tensor));
    PetscCall(create_contraction(group->model[way], size->n, 1, &group->single[way]));
    PetscCall(
      create_contraction(group->model[way], size->n, bench->options->batch, &group->batch[way]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void free_contraction(Contraction *c)
{
  free(c->X);
  free(c->E);
  free(c->G);
}

static PetscErrorCode destroy_group(Group *group)
{
  PetscFunctionBeginUser;
  for (int way = 0; way < N_WAYS; ++way) {
    free_contraction(&group->single[way]);
    free_contraction(&group->batch[way]);
    PetscCall(KrModelDestroy(&group->model[way]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A row by one rank, the same by all, and the speed-up. `contexts`: of both. */
static PetscErrorCode add_pair(KrBench *bench, const KrBenchRow *row, const char what[],
                               void *one_rank, void *all_ranks)
{
  KrBenchRatio ratio = {.p = row->p, .n = row->n};
  int          rows[N_WAYS];

  PetscFunctionBeginUser;
  for (int way = 0; way < N_WAYS; ++way) {
    const int  n_ranks = way == ONE_RANK ? 1 : bench->size;
    KrBenchRow mine    = *row;

    (void)snprintf(mine.name, sizeof mine.name, "%s, %d %s", what, n_ranks,
                   n_ranks == 1 ? "rank" : "ranks");
    mine.all     = way == ALL_RANKS ? PETSC_TRUE : PETSC_FALSE;
    mine.context = way == ONE_RANK ? one_rank : all_ranks;
    mine.limit   = -1;
    PetscCall(KrBenchAdd(bench, &mine, &rows[way]));
  }
  (void)snprintf(ratio.name, sizeof ratio.name, "%s: speed-up of %d ranks", what, bench->size);
  ratio.fast = rows[ALL_RANKS];
  ratio.slow = rows[ONE_RANK];
  PetscCall(KrBenchAddRatio(bench, &ratio));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode add_group(KrBench *bench, Group *group)
{
  const double count = (double)KrTensorCount(group->p, group->n);
  const int    batch = bench->options->batch;
  KrBenchRow   row   = {.p = group->p, .n = group->n};

  PetscFunctionBeginUser;
  row.run    = read_tensor;
  row.unit   = KR_BENCH_BYTES;
  row.amount = 8.0 * count;
  PetscCall(add_pair(bench, &row, "read", &group->reading[ONE_RANK], &group->reading[ALL_RANKS]));
  row.run    = contract;
  row.points = 1;
  PetscCall(add_pair(bench, &row, "gradient", &group->single[ONE_RANK], &group->single[ALL_RANKS]));
  row.unit   = KR_BENCH_FLOPS;
  row.points = batch;
  row.amount = 4.0 * count * batch;
  PetscCall(
    add_pair(bench, &row, "gradient, batch", &group->batch[ONE_RANK], &group->batch[ALL_RANKS]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode tally(void *context, const KrOutcome *outcome)
{
  Samples *samples = context;

  PetscFunctionBeginUser;
  samples->found[samples->current] += outcome->reason == KR_FOUND;
  samples->energies[samples->current] += outcome->energy;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Draws samples and goes down in them. */
static PetscErrorCode take_samples(void *context)
{
  Samples *samples = context;

  PetscFunctionBeginUser;
  for (int s = samples->first; s < samples->n_samples; s += samples->stride) {
    samples->current     = s;
    samples->energies[s] = samples->found[s] = 0.0;
    PetscCall(KrModelDraw(samples->model, SEED, s));
    PetscCall(KrSearchRun(samples->search, SEED, s, &samples->starts, tally, samples));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode create_samples(const KrBench *bench, int first, int stride, Samples *samples)
{
  const KrBenchOptions *options       = bench->options;
  const KrModelOptions  model_options = {.n = options->sample_n, .simd = options->simd};
  const KrMixture       f             = KrMixturePure(3);
  KrSearchOptions       search_options;

  PetscFunctionBeginUser;
  *samples =
    (Samples){.first = first, .stride = stride, .n_samples = options->samples * bench->size};
  PetscCall(KrSearchOptionsRead(PETSC_COMM_SELF, &search_options));
  search_options.kind   = KR_SEARCH_MINIMA;
  search_options.starts = options->starts;
  PetscCall(KrModelCreate(PETSC_COMM_SELF, &model_options, options->sample_n, &f, &samples->model));
  samples->starts = (KrStarts){0, search_options.starts, 1, NULL};
  PetscCall(KrSearchCreate(samples->model, &search_options, &samples->search));
  PetscCall(
    PetscCalloc2(samples->n_samples, &samples->energies, samples->n_samples, &samples->found));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode destroy_samples(Samples *samples)
{
  PetscFunctionBeginUser;
  PetscCall(KrSearchDestroy(&samples->search));
  PetscCall(KrModelDestroy(&samples->model));
  PetscCall(PetscFree2(samples->energies, samples->found));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode add_samples(KrBench *bench, Samples samples[N_WAYS])
{
  const KrBenchRow row = {.p        = 3,
                          .n        = bench->options->sample_n,
                          .run      = take_samples,
                          .long_run = PETSC_TRUE,
                          .unit     = KR_BENCH_SAMPLES,
                          .amount   = (double)bench->options->samples * bench->size};

  PetscFunctionBeginUser;
  PetscCall(create_samples(bench, 0, 1, &samples[ONE_RANK]));
  PetscCall(create_samples(bench, bench->rank, bench->size, &samples[ALL_RANKS]));
  PetscCall(add_pair(bench, &row, "samples", &samples[ONE_RANK], &samples[ALL_RANKS]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Largest difference over the largest number, NaN when either holds one; of any rank, on all. `want` is that of rank
   0. */
static PetscErrorCode compare(const KrBench *bench, int count, const double got[],
                              const double *want, double *worst)
{
  double *copy, scale = 0.0;
  int     is_nan = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(count, &copy));
  for (int i = 0; bench->rank == 0 && i < count; ++i) copy[i] = want[i];
  PetscCallMPI(MPI_Bcast(copy, count, MPI_DOUBLE, 0, bench->comm));
  *worst = 0.0;
  for (int i = 0; i < count; ++i) {
    is_nan |= isnan(got[i]) || isnan(copy[i]);
    *worst = fmax(*worst, fabs(got[i] - copy[i]));
    scale  = fmax(scale, fabs(copy[i]));
  }
  if (scale > 0.0) *worst /= scale;
  if (is_nan) *worst = INFINITY;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, worst, 1, MPI_DOUBLE, MPI_MAX, bench->comm));
  PetscCall(PetscFree(copy));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The same energies and gradients on one rank and on every one of all. */
static PetscErrorCode check_contraction(KrBench *bench, const Group *group, const char what[],
                                        const Contraction c[N_WAYS])
{
  const int n_points = c[ALL_RANKS].n_points;
  double    energy, gradient;

  PetscFunctionBeginUser;
  PetscCall(compare(bench, n_points, c[ALL_RANKS].E, c[ONE_RANK].E, &energy));
  PetscCall(compare(bench, n_points * group->n, c[ALL_RANKS].G, c[ONE_RANK].G, &gradient));
  PetscCall(KrBenchAddCheck(bench, energy, TOLERANCE, "p = %d, N = %d, %s: energies on %d ranks",
                            group->p, group->n, what, bench->size));
  PetscCall(KrBenchAddCheck(bench, gradient, TOLERANCE, "p = %d, N = %d, %s: gradients on %d ranks",
                            group->p, group->n, what, bench->size));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_reading(KrBench *bench, const Group *group)
{
  const double count = (double)KrTensorCount(group->p, group->n);
  double       sum   = group->reading[ALL_RANKS].sum;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &sum, 1, MPI_DOUBLE, MPI_SUM, bench->comm));
  /* the coefficients sum up like a random walk */
  PetscCall(KrBenchAddCheck(bench, fabs(sum - group->reading[ONE_RANK].sum) / sqrt(count),
                            bench->rank == 0 ? TOLERANCE : INFINITY,
                            "p = %d, N = %d: sum of the coefficients", group->p, group->n));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Every start has ended in a minimum, and each sample has the same ones whoever took it. */
static PetscErrorCode check_samples(KrBench *bench, const Samples samples[N_WAYS])
{
  const Samples *one = &samples[ONE_RANK], *all = &samples[ALL_RANKS];
  const int      n_samples = all->n_samples;
  double         missed    = 0.0, worst;

  PetscFunctionBeginUser;
  PetscCallMPI(
    MPI_Allreduce(MPI_IN_PLACE, all->energies, n_samples, MPI_DOUBLE, MPI_SUM, bench->comm));
  PetscCallMPI(
    MPI_Allreduce(MPI_IN_PLACE, all->found, n_samples, MPI_DOUBLE, MPI_SUM, bench->comm));
  PetscCall(compare(bench, n_samples, all->energies, one->energies, &worst));
  for (int s = 0; s < n_samples; ++s)
    missed += fabs((double)bench->options->starts - all->found[s]);
  PetscCall(KrBenchAddCheck(bench, missed, 0, "samples: starts that did not end in a minimum"));
  PetscCall(
    KrBenchAddCheck(bench, worst, TOLERANCE, "samples: mean energies on %d ranks", bench->size));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Ranks that share a core slow each other down: no figure then tells what more ranks are worth. */
static PetscErrorCode print_notes(const KrBench *bench)
{
  KrBenchMachine machine;
  MPI_Comm       node;
  PetscMPIInt    n_sharing;

  PetscFunctionBeginUser;
  KrBenchMachineGet(&machine);
  PetscCallMPI(MPI_Comm_split_type(bench->comm, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &node));
  PetscCallMPI(MPI_Comm_size(node, &n_sharing));
  PetscCallMPI(MPI_Comm_free(&node));
  if (n_sharing > machine.n_cores)
    PetscCall(PetscPrintf(bench->comm,
                          "note: %d ranks share %d cores of %s: the speed-ups say nothing\n",
                          (int)n_sharing, machine.n_cores, "this node"));
  if (bench->size == 1)
    PetscCall(PetscPrintf(bench->comm, "note: one rank; mpirun -n 2 kacrice bench ranks compares "
                                       "one with two\n"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Rank 0 holds the whole tensor and its share of it. Collective on world. */
static PetscErrorCode check_memory(MPI_Comm world, const KrBenchOptions *options, int n_cases,
                                   const KrBenchCase cases[])
{
  const KrSearchOptions search = {.kind = KR_SEARCH_MINIMA, .starts = options->starts};
  const KrMixture       pure   = KrMixturePure(3);
  double                memory, bytes;
  PetscMPIInt           size;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_size(world, &size));
  PetscCall(KrMemoryPerRank(world, &memory));
  bytes = 2.0 * (KrModelCouplingBytes(options->sample_n, &pure) +
                 KrSearchWorkBytes(&search, options->sample_n));
  KR_CHECK_INPUT(bytes <= memory, world,
                 "-bench_sample_n %d: two tensors and searches need %.4g GB, a rank may use %.4g "
                 "GB; take a smaller size",
                 options->sample_n, 1e-9 * bytes, 1e-9 * memory);
  for (int c = 0; c < n_cases; ++c) {
    const KrMixture f = KrMixturePure(cases[c].p);

    bytes += KrModelCouplingBytes(cases[c].n, &f) * (1.0 + 1.0 / size) +
             80.0 * (double)options->batch * cases[c].n;
  }
  PetscCall(KrBenchCheckMemory(world, options, bytes)); /* of rank 0 */
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_all(KrBench *bench, int n_cases, const Group groups[],
                                const Samples samples[N_WAYS])
{
  PetscFunctionBeginUser;
  for (int c = 0; c < n_cases; ++c) {
    PetscCall(check_reading(bench, &groups[c]));
    PetscCall(check_contraction(bench, &groups[c], "one point", groups[c].single));
    PetscCall(check_contraction(bench, &groups[c], "batch", groups[c].batch));
  }
  PetscCall(check_samples(bench, samples));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrBenchRanks - Measures what more ranks are worth: a tensor spread over all of them, and samples by each.

  Collective on world

  Input:
+ world   - all ranks; while rank 0 works alone, the others sleep
- options - from KrBenchOptionsRead()

  Output:
. n_failed - results that were wrong, the same on every rank

  Errors: PETSC_ERR_USER_INPUT for sizes that do not fit into memory, or a file that cannot be made
  Cost:   half a minute
  See:    docs/howto/bench.md
*/
PetscErrorCode KrBenchRanks(MPI_Comm world, const KrBenchOptions *options, int *n_failed)
{
  KrBench     bench;
  KrBenchCase cases[KR_BENCH_CASES_MAX];
  Group      *groups;
  Samples     samples[N_WAYS];
  int         n_cases;

  PetscFunctionBeginUser;
  PetscCall(KrBenchCheckFile(world, options->json));
  PetscCall(KrBenchCases(world, options, PETSC_STATIC_ARRAY_LENGTH(table), table, &n_cases, cases));
  PetscCall(check_memory(world, options, n_cases, cases));
  PetscCall(KrBenchCreate(world, world, "ranks", options, &bench));
  PetscCall(KrBenchPrintHead(&bench));
  PetscCall(PetscCalloc1(n_cases, &groups));
  for (int c = 0; c < n_cases; ++c) {
    PetscCall(create_group(&bench, &cases[c], &groups[c]));
    PetscCall(add_group(&bench, &groups[c]));
  }
  PetscCall(add_samples(&bench, samples));
  PetscCall(KrBenchMeasure(&bench));
  PetscCall(check_all(&bench, n_cases, groups, samples));
  PetscCall(KrBenchPrint(&bench));
  PetscCall(print_notes(&bench));
  if (bench.rank == 0) PetscCall(KrBenchWrite(&bench));
  *n_failed = bench.n_failed;
  for (int c = 0; c < n_cases; ++c) PetscCall(destroy_group(&groups[c]));
  for (int way = 0; way < N_WAYS; ++way) PetscCall(destroy_samples(&samples[way]));
  PetscCall(PetscFree(groups));
  PetscCall(KrBenchDestroy(&bench));
  PetscCallMPI(MPI_Bcast(n_failed, 1, MPI_INT, 0, world));
  PetscFunctionReturn(PETSC_SUCCESS);
}
