/* Censuses of one disorder sample in several ways, distinct points a core-second.
   bench census: by Newton in SIMD lanes, against Newton for one start at a time with LAPACK, points with a certificate.
   bench steps:  by one start at a time, with several rules for its steps. */
#include "bench_impl.h"
#include <kacrice/census.h>
#include <math.h>
#include <string.h>

#define SEED         1
#define STARTS_TIMES 1024 /* -bench_starts */
#define WAYS_MAX     12
#define MANY         30 /* hits: none where so many are expected is a matter of 1e-13 */
#define MOST_STARTS  INT64_C(1000000000)

typedef struct {
  const char *name;
  PetscBool   in_lanes;
  KrStepRule  rule;     /* one by one */
  double      cap;      /* -newton_cap */
  int         max_iter; /* -newton_max_iter; -1: as it is given */
} Way;

typedef struct {
  const char *name;
  int         n_cases, n_ways;
  KrBenchCase cases[2];
  PetscBool   certify;
  Way         ways[WAYS_MAX];
} Contest;

enum { LANES, ONE_BY_ONE }; /* of census */

/* clang-format off */
static const Contest census_contest = {"census", 2, 2, {{3, 14}, {3, 20}}, PETSC_TRUE, {
  {"census in lanes",   PETSC_TRUE,  KR_STEP_CAPPED, -1.0, -1},
  {"census one by one", PETSC_FALSE, KR_STEP_CAPPED, -1.0, -1}}};

static const Contest steps_contest = {"steps", 2, 9, {{3, 20}, {3, 40}}, PETSC_FALSE, {
  {"cap 24/N",              PETSC_FALSE, KR_STEP_CAPPED,       0.0, -1},
  {"cap 0.3",               PETSC_FALSE, KR_STEP_CAPPED,       0.3, -1},
  {"cap 0.6",               PETSC_FALSE, KR_STEP_CAPPED,       0.6, -1},
  {"cap 1.2",               PETSC_FALSE, KR_STEP_CAPPED,       1.2, -1},
  {"no cap",                PETSC_FALSE, KR_STEP_CAPPED,       1e3, -1},
  {"anew after 30 steps",   PETSC_FALSE, KR_STEP_CAPPED,       0.0, 30},
  {"line search",           PETSC_FALSE, KR_STEP_LINE_SEARCH,  0.0, -1},
  {"trust region",          PETSC_FALSE, KR_STEP_TRUST_REGION, 0.0, -1},
  {"Levenberg",             PETSC_FALSE, KR_STEP_LEVENBERG,    0.0, -1}}};
/* clang-format on */

typedef struct {           /* a census of one disorder sample in one of the ways */
  KrModel           model; /* borrowed */
  KrSearch          search;
  KrPlainNewton     newton;
  KrSearchOptions   search_options;
  KrSpectrumOptions spectrum;
  KrCensusOptions   census;
  KrStarts          starts;
  PetscBool         in_lanes;
  double            counted; /* points of the last call: certified ones where they are to be */
  KrSample          sample;  /* of the last call */
} Census;

typedef struct { /* one tensor */
  KrModel model;
  Census  census[WAYS_MAX];
} Landscape;

typedef struct {
  MPI_Comm              world;
  const KrBenchOptions *options;
  const Contest        *contest;
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
  c->counted = 0.0;
  for (int64_t i = 0; i < c->sample.n_points; ++i)
    c->counted += c->census.certify == KR_CERTIFY_FALSE || is_certified(&c->sample.points[i]);
  PetscCall(KrCensusDestroy(&census));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode create_census(const KrBenchOptions *options, KrModel model, const Way *way,
                                    PetscBool certify, Census *c)
{
  PetscFunctionBeginUser;
  *c = (Census){.model = model, .in_lanes = way->in_lanes};
  PetscCall(KrSearchOptionsRead(PETSC_COMM_SELF, &c->search_options));
  PetscCall(KrOptionsRead(PETSC_COMM_SELF, &KrCensusOptionTable, &c->census));
  PetscCall(KrOptionsRead(PETSC_COMM_SELF, &KrSpectrumOptionTable, &c->spectrum));
  c->search_options.kind   = KR_SEARCH_ALL;
  c->search_options.starts = STARTS_TIMES * options->starts;
  if (way->cap >= 0.0) c->search_options.newton_cap = way->cap;
  if (way->max_iter >= 0) c->search_options.newton_max_iter = way->max_iter;
  c->census.certify = certify ? KR_CERTIFY_TRUE : KR_CERTIFY_FALSE;
  c->starts         = (KrStarts){0, c->search_options.starts, 1, NULL};
  PetscCall(KrSearchCreate(model, &c->search_options, &c->search));
  PetscCall(KrPlainNewtonCreate(model, &c->search_options, way->rule, &c->newton));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode create_landscape(const KrBenchOptions *options, const Contest *contest,
                                       const KrBenchCase *size, Landscape *landscape)
{
  const KrModelOptions model_options = {.n = size->n, .simd = options->simd};
  const KrMixture      f             = KrMixturePure(size->p);

  PetscFunctionBeginUser;
  PetscCall(KrModelCreate(PETSC_COMM_SELF, &model_options, size->n, &f, &landscape->model));
  PetscCall(KrModelDraw(landscape->model, SEED, 0));
  for (int w = 0; w < contest->n_ways; ++w)
    PetscCall(create_census(options, landscape->model, &contest->ways[w], contest->certify,
                            &landscape->census[w]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode destroy_landscape(const Contest *contest, Landscape *landscape)
{
  PetscFunctionBeginUser;
  for (int w = 0; w < contest->n_ways; ++w) {
    Census *c = &landscape->census[w];

    PetscCall(KrSearchDestroy(&c->search));
    PetscCall(KrPlainNewtonDestroy(&c->newton));
    KrSampleDestroy(&c->sample);
  }
  PetscCall(KrModelDestroy(&landscape->model));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The ways, and the first over each other one. */
static PetscErrorCode add_rows(KrBench *bench, const Contest *contest, const KrBenchCase *size,
                               Landscape *landscape)
{
  KrBenchRatio ratio = {.p = size->p, .n = size->n, .by_rate = PETSC_TRUE};

  PetscFunctionBeginUser;
  for (int w = 0; w < contest->n_ways; ++w) {
    Census    *c = &landscape->census[w];
    int        number;
    KrBenchRow row = {.p        = size->p,
                      .n        = size->n,
                      .points   = (int)c->search_options.starts,
                      .run      = take_census,
                      .context  = c,
                      .long_run = PETSC_TRUE,
                      .unit     = KR_BENCH_CRITICAL,
                      .counted  = &c->counted,
                      .limit    = -1};

    PetscCall(PetscStrncpy(row.name, contest->ways[w].name, sizeof row.name));
    PetscCall(KrBenchAdd(bench, &row, &number));
    if (w == 0) ratio.fast = number;
    if (w == 0) continue;
    ratio.slow = number;
    PetscCall(PetscSNPrintf(ratio.name, sizeof ratio.name, "%s over %s", contest->ways[0].name,
                            contest->ways[w].name));
    PetscCall(KrBenchAddRatio(bench, &ratio));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What became of the starts. */
static PetscErrorCode add_figures(KrBench *bench, const Contest *contest, const KrBenchCase *size,
                                  const Landscape *landscape)
{
  PetscFunctionBeginUser;
  for (int w = 0; w < contest->n_ways; ++w) {
    const Census *c      = &landscape->census[w];
    const char   *name   = contest->ways[w].name;
    const double  starts = (double)c->search_options.starts;

    PetscCall(KrBenchAddFigure(bench, size, (double)c->sample.reasons[KR_FOUND] / starts,
                               "%s: share of starts that converged", name));
    PetscCall(KrBenchAddFigure(bench, size, c->counted, "%s: distinct points", name));
    if (!c->in_lanes)
      PetscCall(KrBenchAddFigure(bench, size,
                                 (double)c->newton.contractions / (starts * bench->options->rounds),
                                 "%s: contractions a start", name));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What a list ascends in. */
static double rank_of(const KrSample *sample, double energy)
{
  return sample->symmetry == KR_PARITY_ODD ? -fabs(energy) : energy;
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
static PetscErrorCode check(KrBench *bench, const Contest *contest, const KrBenchCase *size,
                            const Landscape *landscape)
{
  PetscFunctionBeginUser;
  for (int w = 0; w < contest->n_ways; ++w) {
    const Census *c = &landscape->census[w], *other = &landscape->census[w == 0 ? 1 : 0];
    const char   *name   = contest->ways[w].name;
    double        absent = 0.0, residual;

    PetscCall(KrBenchAddCheck(bench, (double)c->sample.n_points - c->counted, 0,
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
  PetscCall(KrBenchCreate(b->world, PETSC_COMM_SELF, b->contest->name, b->options, &bench));
  PetscCall(KrBenchPrintHead(&bench));
  PetscCall(PetscCalloc1(b->n_cases, &b->landscapes));
  for (int c = 0; c < b->n_cases; ++c) {
    PetscCall(create_landscape(b->options, b->contest, &b->cases[c], &b->landscapes[c]));
    PetscCall(add_rows(&bench, b->contest, &b->cases[c], &b->landscapes[c]));
  }
  PetscCall(KrBenchMeasure(&bench));
  for (int c = 0; c < b->n_cases; ++c) {
    PetscCall(add_figures(&bench, b->contest, &b->cases[c], &b->landscapes[c]));
    PetscCall(check(&bench, b->contest, &b->cases[c], &b->landscapes[c]));
  }
  PetscCall(KrBenchPrint(&bench));
  PetscCall(KrBenchWrite(&bench));
  b->n_failed = bench.n_failed;
  for (int c = 0; c < b->n_cases; ++c) PetscCall(destroy_landscape(b->contest, &b->landscapes[c]));
  PetscCall(PetscFree(b->landscapes));
  PetscCall(KrBenchDestroy(&bench));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode hold(MPI_Comm world, const KrBenchOptions *options, const Contest *contest,
                           int *n_failed)
{
  Bench  b     = {.world = world, .options = options, .contest = contest};
  double bytes = 0.0;

  PetscFunctionBeginUser;
  PetscCall(KrBenchCheckFile(world, options->json));
  PetscCall(KrBenchCases(world, options, contest->n_cases, contest->cases, &b.n_cases, b.cases));
  for (int c = 0; c < b.n_cases; ++c) {
    const KrMixture       f      = KrMixturePure(b.cases[c].p);
    const KrSearchOptions search = {.kind = KR_SEARCH_ALL};

    bytes += 2.0 * KrModelCouplingBytes(b.cases[c].n, &f) +
             (6.0 + contest->n_ways) * KrSearchWorkBytes(&search, b.cases[c].n);
  }
  KR_CHECK_INPUT(options->starts <= MOST_STARTS / STARTS_TIMES, world,
                 "-bench_starts %lld: must be at most %lld for bench %s",
                 (long long)options->starts, (long long)(MOST_STARTS / STARTS_TIMES),
                 contest->name);
  PetscCall(KrBenchCheckMemory(world, options, bytes));
  PetscCall(KrBenchAlone(world, run, &b, &b.n_failed));
  *n_failed = b.n_failed;
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
  return hold(world, options, &census_contest, n_failed);
}

/*
  KrBenchSteps - Measures distinct critical points a core-second of Newton with several rules for its steps.

  Collective on world; rank 0 measures, the others sleep

  Input:
+ world   - all ranks
- options - from KrBenchOptionsRead()

  Output:
. n_failed - results that were wrong, the same on every rank

  Errors: as KrBenchCensus()
  Cost:   minutes
  See:    docs/theory/searches.md, KrPlainNewtonRun()
*/
PetscErrorCode KrBenchSteps(MPI_Comm world, const KrBenchOptions *options, int *n_failed)
{
  return hold(world, options, &steps_contest, n_failed);
}
