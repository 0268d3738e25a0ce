/* bench descent: many descents side by side on the batch kernel, against one at a time on the kernel for one point. */
#include "bench_impl.h"
#include <kacrice/search.h>
#include <math.h>
#include <string.h>

#define SEED 1
#define ONE_IN_TURN \
  8 // starts in turn are that many times fewer: a round of them takes about as long

static const KrBenchCase table[] = {{3, 100}, {3, 200}};

enum { BATCHED, IN_TURN, N_WAYS };

typedef struct { /* descents on one tensor in one of the ways */
  int       n;
  KrModel   model; /* borrowed */
  KrSearch  search;
  KrStarts  starts;
  int       n_runs;           /* of the search in a call */
  int64_t   n_starts;         /* in a call */
  int64_t   next_number;      /* of a set of starts: every run has others */
  double    found;            /* of the last call */
  int64_t   n_ended, n_found; /* of all calls */
  KrOutcome last;             /* found; x: a copy, owned */
  double   *x;
} Descents;

typedef struct { /* one tensor */
  KrModel  model;
  Descents descents[N_WAYS];
} Landscape;

typedef struct {
  MPI_Comm              world;
  const KrBenchOptions *options;
  int                   n_failed, n_cases;
  KrBenchCase           cases[KR_BENCH_CASES_MAX];
  Landscape            *landscapes;
} Bench;

static PetscErrorCode count(void *context, const KrOutcome *outcome)
{
  Descents *d = context;

  PetscFunctionBeginUser;
  d->n_ended += 1;
  if (outcome->reason != KR_FOUND) PetscFunctionReturn(PETSC_SUCCESS);
  d->n_found += 1;
  d->found += 1.0;
  d->last   = *outcome;
  d->last.x = d->x;
  (void)memcpy(d->x, outcome->x, (size_t)d->n * sizeof *d->x);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Starts are numbered by (seed, number of the set, start); the couplings stay. */
static PetscErrorCode descend(void *context)
{
  Descents *d = context;

  PetscFunctionBeginUser;
  d->found = 0.0;
  for (int r = 0; r < d->n_runs; ++r)
    PetscCall(KrSearchRun(d->search, SEED, d->next_number++, &d->starts, count, d));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A search with all starts in one run, or with a single start in each of its runs. */
static PetscErrorCode create_descents(const KrBenchOptions *options, KrModel model, int n,
                                      PetscBool batched, Descents *d)
{
  KrSearchOptions search_options;

  PetscFunctionBeginUser;
  PetscCall(KrSearchOptionsRead(PETSC_COMM_SELF, &search_options));
  search_options.kind   = KR_SEARCH_MINIMA;
  search_options.starts = batched ? options->starts : 1;
  *d                    = (Descents){.n           = n,
                                     .model       = model,
                                     .n_runs      = batched ? 1 : (int)(options->starts / ONE_IN_TURN),
                                     .next_number = batched ? 0 : 1000000000};
  d->n_starts           = d->n_runs * search_options.starts;
  d->starts             = (KrStarts){0, search_options.starts, 1, NULL};
  PetscCall(KrSearchCreate(model, &search_options, &d->search));
  PetscCall(PetscCalloc1(n, &d->x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode create_landscape(const KrBenchOptions *options, const KrBenchCase *size,
                                       Landscape *landscape)
{
  const KrModelOptions model_options = {.n = size->n, .simd = options->simd};
  const KrMixture      f             = KrMixturePure(size->p);

  PetscFunctionBeginUser;
  PetscCall(KrModelCreate(PETSC_COMM_SELF, &model_options, size->n, &f, &landscape->model));
  PetscCall(KrModelDraw(landscape->model, SEED, 0));
  for (int way = 0; way < N_WAYS; ++way)
    PetscCall(create_descents(options, landscape->model, size->n,
                              way == BATCHED ? PETSC_TRUE : PETSC_FALSE,
                              &landscape->descents[way]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode destroy_landscape(Landscape *landscape)
{
  PetscFunctionBeginUser;
  for (int way = 0; way < N_WAYS; ++way) {
    PetscCall(KrSearchDestroy(&landscape->descents[way].search));
    PetscCall(PetscFree(landscape->descents[way].x));
  }
  PetscCall(KrModelDestroy(&landscape->model));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode add_rows(KrBench *bench, const KrBenchCase *size, Landscape *landscape)
{
  static const char *const names[N_WAYS] = {"descents side by side", "descents one by one"};
  KrBenchRatio             ratio         = {.name    = "minima, side by side over one by one",
                                            .p       = size->p,
                                            .n       = size->n,
                                            .by_rate = PETSC_TRUE};
  int                      rows[N_WAYS];

  PetscFunctionBeginUser;
  for (int way = 0; way < N_WAYS; ++way) {
    Descents  *d   = &landscape->descents[way];
    KrBenchRow row = {.p        = size->p,
                      .n        = size->n,
                      .points   = (int)d->n_starts,
                      .run      = descend,
                      .context  = d,
                      .long_run = PETSC_TRUE,
                      .unit     = KR_BENCH_MINIMA,
                      .counted  = &d->found,
                      .limit    = -1};

    PetscCall(PetscStrncpy(row.name, names[way], sizeof row.name));
    PetscCall(KrBenchAdd(bench, &row, &rows[way]));
  }
  ratio.fast = rows[BATCHED];
  ratio.slow = rows[IN_TURN];
  PetscCall(KrBenchAddRatio(bench, &ratio));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* All starts have ended in minima; the last one's energy and gradient, by plain loops over index tuples, are those of a
   critical point with the energy that the search told. */
static PetscErrorCode check(KrBench *bench, const KrBenchCase *size, const Descents *d)
{
  const int       n     = d->n;
  const double    scale = pow((double)n, -0.5 * (size->p - 1));
  const KrTensor *tensor;
  int             n_tensors;
  double         *g, energy = 0.0, radial = 0.0, square = 0.0;

  PetscFunctionBeginUser;
  PetscCall(KrBenchAddCheck(bench, (double)(d->n_ended - d->n_found), 0,
                            "p = %d, N = %d: starts without a minimum", size->p, n));
  PetscCall(PetscCalloc1(n, &g));
  PetscCall(KrModelGetTensors(d->model, &n_tensors, &tensor));
  (*KrKernelsReference.derivatives)(tensor, scale, d->x, &energy, g, NULL);
  for (int i = 0; i < n; ++i) radial += g[i] * d->x[i] / n;
  for (int i = 0; i < n; ++i) square += pow(g[i] - radial * d->x[i], 2.0);
  PetscCall(PetscFree(g));
  /* found below 1e-11; the roundings of other sums come on top */
  PetscCall(KrBenchAddCheck(bench, d->n_found > 0 ? sqrt(square / n) : NAN, 1e-10,
                            "p = %d, N = %d: gradient at a minimum", size->p, n));
  PetscCall(KrBenchAddCheck(bench, fabs(energy / n - d->last.energy), 1e-12,
                            "p = %d, N = %d: energy of a minimum", size->p, n));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode run(void *context)
{
  Bench  *b = context;
  KrBench bench;

  PetscFunctionBeginUser;
  PetscCall(KrBenchCreate(b->world, PETSC_COMM_SELF, "descent", b->options, &bench));
  PetscCall(KrBenchPrintHead(&bench));
  PetscCall(PetscCalloc1(b->n_cases, &b->landscapes));
  for (int c = 0; c < b->n_cases; ++c) {
    PetscCall(create_landscape(b->options, &b->cases[c], &b->landscapes[c]));
    PetscCall(add_rows(&bench, &b->cases[c], &b->landscapes[c]));
  }
  PetscCall(KrBenchMeasure(&bench));
  for (int c = 0; c < b->n_cases; ++c)
    for (int way = 0; way < N_WAYS; ++way)
      PetscCall(check(&bench, &b->cases[c], &b->landscapes[c].descents[way]));
  PetscCall(KrBenchPrint(&bench));
  PetscCall(KrBenchWrite(&bench));
  b->n_failed = bench.n_failed;
  for (int c = 0; c < b->n_cases; ++c) PetscCall(destroy_landscape(&b->landscapes[c]));
  PetscCall(PetscFree(b->landscapes));
  PetscCall(KrBenchDestroy(&bench));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Collective on world. */
static PetscErrorCode check_memory(const Bench *b)
{
  double bytes = 0.0;

  PetscFunctionBeginUser;
  for (int c = 0; c < b->n_cases; ++c) {
    const KrMixture       f       = KrMixturePure(b->cases[c].p);
    const KrSearchOptions options = {.kind = KR_SEARCH_MINIMA, .starts = b->options->starts};

    bytes +=
      KrModelCouplingBytes(b->cases[c].n, &f) + 2.0 * KrSearchWorkBytes(&options, b->cases[c].n);
  }
  PetscCall(KrBenchCheckMemory(b->world, b->options, bytes));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrBenchDescent - Measures minima per core-second of descents side by side, and of descents one by one.

  Collective on world; rank 0 measures, the others sleep

  Input:
+ world   - all ranks
- options - from KrBenchOptionsRead()

  Output:
. n_failed - results that were wrong, the same on every rank

  Errors: PETSC_ERR_USER_INPUT for sizes that do not fit into memory, or a file that cannot be made
  Cost:   minutes
  See:    docs/howto/bench.md, KrSearchRun()
*/
PetscErrorCode KrBenchDescent(MPI_Comm world, const KrBenchOptions *options, int *n_failed)
{
  Bench b = {.world = world, .options = options};

  PetscFunctionBeginUser;
  PetscCall(KrBenchCheckFile(world, options->json));
  PetscCall(
    KrBenchCases(world, options, PETSC_STATIC_ARRAY_LENGTH(table), table, &b.n_cases, b.cases));
  PetscCall(check_memory(&b));
  PetscCall(KrBenchAlone(world, run, &b, &b.n_failed));
  *n_failed = b.n_failed;
  PetscFunctionReturn(PETSC_SUCCESS);
}
