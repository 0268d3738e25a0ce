/* bench census: critical points by Newton in SIMD lanes, against Newton for one start at a time with LAPACK: distinct
   points, each with a certificate, a core-second. */
#include "bench_impl.h"
#include <kacrice/census.h>
#include <math.h>
#include <string.h>

#define SEED         1
#define STARTS_TIMES 1024 /* -bench_starts */
#define MANY         30   /* hits: none where so many are expected is a matter of 1e-13 */
#define MOST_STARTS  INT64_C(1000000000)

static const KrBenchCase table[] = {{3, 14}, {3, 20}};

enum { LANES, ONE_BY_ONE, N_WAYS };

typedef struct {           /* a census of one disorder sample in one of the ways */
  KrModel           model; /* borrowed */
  KrSearch          search;
  KrPlainNewton     newton;
  KrSearchOptions   search_options;
  KrSpectrumOptions spectrum;
  KrCensusOptions   census;
  KrStarts          starts;
  PetscBool         in_lanes;
  double            certified; /* points of the last call */
  KrSample          sample;    /* of the last call */
} Census;

typedef struct { /* one tensor */
  KrModel model;
  Census  census[N_WAYS];
} Landscape;

typedef struct {
  MPI_Comm              world;
  const KrBenchOptions *options;
  int                   n_failed, n_cases;
  KrBenchCase           cases[KR_BENCH_CASES_MAX];
  Landscape            *landscapes;
} Bench;

static PetscBool is_certified(const KrPoint *point)
{
  return point->certificate == KR_CERTIFIED_ALL ? PETSC_TRUE : PETSC_FALSE;
}

static PetscErrorCode take_census(void *context)
{
  Census  *c = context;
  KrCensus census;

  PetscFunctionBeginUser;
  PetscCall(KrCensusCreate(c->model, PETSC_COMM_SELF, &c->census, &c->search_options, &c->spectrum,
                           &census));
  if (c->in_lanes) PetscCall(KrSearchRun(c->search, SEED, 0, &c->starts, KrCensusAdd, census));
  else PetscCall(KrPlainNewtonRun(&c->newton, SEED, 0, &c->starts, KrCensusAdd, census));
  KrSampleDestroy(&c->sample);
  PetscCall(KrCensusFinish(census, &c->sample));
  c->certified = 0.0;
  for (int64_t i = 0; i < c->sample.n_points; ++i)
    c->certified += is_certified(&c->sample.points[i]) ? 1.0 : 0.0;
  PetscCall(KrCensusDestroy(&census));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode create_census(const KrBenchOptions *options, KrModel model, int way,
                                    Census *c)
{
  PetscFunctionBeginUser;
  *c = (Census){.model = model, .in_lanes = way == LANES ? PETSC_TRUE : PETSC_FALSE};
  PetscCall(KrSearchOptionsRead(PETSC_COMM_SELF, &c->search_options));
  PetscCall(KrOptionsRead(PETSC_COMM_SELF, &KrCensusOptionTable, &c->census));
  PetscCall(KrOptionsRead(PETSC_COMM_SELF, &KrSpectrumOptionTable, &c->spectrum));
  c->search_options.kind   = KR_SEARCH_ALL;
  c->search_options.starts = STARTS_TIMES * options->starts;
  c->census.certify        = KR_CERTIFY_TRUE;
  c->starts                = (KrStarts){0, c->search_options.starts, 1, NULL};
  PetscCall(KrSearchCreate(model, &c->search_options, &c->search));
  PetscCall(KrPlainNewtonCreate(model, &c->search_options, &c->newton));
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
    PetscCall(create_census(options, landscape->model, way, &landscape->census[way]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode destroy_landscape(Landscape *landscape)
{
  PetscFunctionBeginUser;
  for (int way = 0; way < N_WAYS; ++way) {
    Census *c = &landscape->census[way];

    PetscCall(KrSearchDestroy(&c->search));
    PetscCall(KrPlainNewtonDestroy(&c->newton));
    KrSampleDestroy(&c->sample);
  }
  PetscCall(KrModelDestroy(&landscape->model));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode add_rows(KrBench *bench, const KrBenchCase *size, Landscape *landscape)
{
  static const char *const names[N_WAYS] = {"census in lanes", "census one by one"};
  KrBenchRatio             ratio         = {.name    = "certified points, in lanes over one by one",
                                            .p       = size->p,
                                            .n       = size->n,
                                            .by_rate = PETSC_TRUE};
  int                      rows[N_WAYS];

  PetscFunctionBeginUser;
  for (int way = 0; way < N_WAYS; ++way) {
    Census    *c   = &landscape->census[way];
    KrBenchRow row = {.p        = size->p,
                      .n        = size->n,
                      .points   = (int)c->search_options.starts,
                      .run      = take_census,
                      .context  = c,
                      .long_run = PETSC_TRUE,
                      .unit     = KR_BENCH_CRITICAL,
                      .counted  = &c->certified,
                      .limit    = -1};

    PetscCall(PetscStrncpy(row.name, names[way], sizeof row.name));
    PetscCall(KrBenchAdd(bench, &row, &rows[way]));
  }
  ratio.fast = rows[LANES];
  ratio.slow = rows[ONE_BY_ONE];
  PetscCall(KrBenchAddRatio(bench, &ratio));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What a list ascends in. */
static double rank_of(const KrSample *sample, double energy)
{
  return sample->symmetry == KR_SYMMETRY_ODD ? -fabs(energy) : energy;
}

/* Whether a list has a point with this energy. */
static PetscBool has_energy(const KrSample *sample, double energy)
{
  const double wanted = rank_of(sample, energy);

  int64_t low = 0, high = sample->n_points;

  while (low < high) {
    const int64_t middle = (low + high) / 2;

    if (rank_of(sample, sample->points[middle].energy) < wanted - 1e-10) low = middle + 1;
    else high = middle;
  }
  return low < sample->n_points && rank_of(sample, sample->points[low].energy) < wanted + 1e-10
           ? PETSC_TRUE
           : PETSC_FALSE;
}

/* Largest residual of a list, by plain loops over index tuples. */
static PetscErrorCode find_residual(const Census *c, double *largest)
{
  const int       n = c->sample.n;
  const KrTensor *tensors;
  int             n_tensors;
  double         *g, energy;

  PetscFunctionBeginUser;
  *largest = 0.0;
  PetscCall(KrModelGetTensors(c->model, &n_tensors, &tensors));
  PetscCall(PetscMalloc1(n, &g));
  for (int64_t i = 0; i < c->sample.n_points; ++i) {
    const double *x      = c->sample.x + i * n;
    double        radial = 0.0, square = 0.0;

    energy = 0.0;
    (void)memset(g, 0, (size_t)n * sizeof *g);
    (*KrKernelsReference.derivatives)(tensors, pow((double)n, -0.5 * (tensors->order - 1)), x,
                                      &energy, g, NULL);
    for (int j = 0; j < n; ++j) radial += g[j] * x[j] / n;
    for (int j = 0; j < n; ++j) square += pow(g[j] - radial * x[j], 2.0) / n;
    *largest = fmax(*largest, sqrt(square));
  }
  PetscCall(PetscFree(g));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Certificates of all; and the points that the one way found many times, the other has as well: of starts whose way
   depends on roundings, so many do not all go astray. */
static PetscErrorCode check(KrBench *bench, const KrBenchCase *size, const Landscape *landscape)
{
  PetscFunctionBeginUser;
  for (int way = 0; way < N_WAYS; ++way) {
    const Census *c = &landscape->census[way], *other = &landscape->census[N_WAYS - 1 - way];
    const char   *name   = way == LANES ? "lanes" : "one by one";
    double        absent = 0.0, residual;

    PetscCall(KrBenchAddCheck(bench, (double)c->sample.n_points - c->certified, 0,
                              "p = %d, N = %d, %s: points without a proof", size->p, size->n,
                              name));
    PetscCall(find_residual(c, &residual));
    PetscCall(KrBenchAddCheck(bench, residual, 1e-10, "p = %d, N = %d, %s: gradient at a point",
                              size->p, size->n, name));
    for (int64_t i = 0; i < c->sample.n_points; ++i)
      if (c->sample.points[i].hits >= MANY &&
          !has_energy(&other->sample, c->sample.points[i].energy))
        absent += 1.0;
    PetscCall(KrBenchAddCheck(bench, absent, 0, "p = %d, N = %d, %s: found %d times, here only",
                              size->p, size->n, name, MANY));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode run(void *context)
{
  Bench  *b = context;
  KrBench bench;

  PetscFunctionBeginUser;
  PetscCall(KrBenchCreate(b->world, PETSC_COMM_SELF, "census", b->options, &bench));
  PetscCall(KrBenchPrintHead(&bench));
  PetscCall(PetscCalloc1(b->n_cases, &b->landscapes));
  for (int c = 0; c < b->n_cases; ++c) {
    PetscCall(create_landscape(b->options, &b->cases[c], &b->landscapes[c]));
    PetscCall(add_rows(&bench, &b->cases[c], &b->landscapes[c]));
  }
  PetscCall(KrBenchMeasure(&bench));
  for (int c = 0; c < b->n_cases; ++c) PetscCall(check(&bench, &b->cases[c], &b->landscapes[c]));
  PetscCall(KrBenchPrint(&bench));
  PetscCall(KrBenchWrite(&bench));
  b->n_failed = bench.n_failed;
  for (int c = 0; c < b->n_cases; ++c) PetscCall(destroy_landscape(&b->landscapes[c]));
  PetscCall(PetscFree(b->landscapes));
  PetscCall(KrBenchDestroy(&bench));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrBenchCensus - Measures distinct critical points a core-second of Newton in lanes, and of Newton one start at a time.

  Collective on world; rank 0 measures, the others sleep

  Input:
+ world   - all ranks
- options - from KrBenchOptionsRead()

  Output:
. n_failed - results that were wrong, the same on every rank

  Errors: PETSC_ERR_USER_INPUT for sizes that do not fit into memory, or a file that cannot be made
  Cost:   minutes
  See:    docs/howto/bench.md, KrSearchRun(), KrPlainNewtonRun()
*/
PetscErrorCode KrBenchCensus(MPI_Comm world, const KrBenchOptions *options, int *n_failed)
{
  Bench  b = {.world = world, .options = options};
  double memory, bytes = 0.0;

  PetscFunctionBeginUser;
  PetscCall(KrBenchCheckFile(world, options->json));
  PetscCall(
    KrBenchCases(world, options, PETSC_STATIC_ARRAY_LENGTH(table), table, &b.n_cases, b.cases));
  PetscCall(KrMemoryPerRank(world, &memory));
  for (int c = 0; c < b.n_cases; ++c) {
    const KrMixture       f      = KrMixturePure(b.cases[c].p);
    const KrSearchOptions search = {.kind = KR_SEARCH_ALL};

    bytes +=
      2.0 * KrModelCouplingBytes(b.cases[c].n, &f) + 8.0 * KrSearchWorkBytes(&search, b.cases[c].n);
  }
  KR_CHECK_INPUT(options->starts <= MOST_STARTS / STARTS_TIMES, world,
                 "-bench_starts %lld: must be at most %lld for bench census",
                 (long long)options->starts, (long long)(MOST_STARTS / STARTS_TIMES));
  KR_CHECK_INPUT(bytes <= memory, world,
                 "-bench_n %s: the tensors and the searches need %.4g GB, a rank may use %.4g GB; "
                 "take fewer or smaller sizes",
                 options->n[0] == '\0' ? "(none)" : options->n, 1e-9 * bytes, 1e-9 * memory);
  PetscCall(KrBenchAlone(world, run, &b, &b.n_failed));
  *n_failed = b.n_failed;
  PetscFunctionReturn(PETSC_SUCCESS);
}
