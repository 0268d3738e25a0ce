/* TAP states of a sample: those on its T = 0 points, each point followed by one of the sharers; those that a search in
   the ball finds; and what becomes of their branches (docs/theory/tap.md, sections 5 to 7). */
#include <kacrice/follow.h>
#include <kacrice/tap_census.h>
#include <kacrice/tap_theory.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PIECE     512  /* starts of a search between two looks whether to stop */
#define COLDEST   0.02 /* of the lowest temperature: where the continuation begins */
#define BEYOND    1.02 /* times the highest: where it ends */
#define SAME      1e-9 /* two finds are one state: |x - y|^2 < 2 N SAME, as in a census */
#define MEETING   1e-3 /* |x - y| / sqrt(N) of two branches that end in the same fold */
#define MEETING_T 1e-6 /* and the relative difference of their temperatures */

typedef struct { /* growing lists of one rank */
  int64_t     n_states, n_events;
  KrTapRow   *states;
  KrTapEvent *events;
  double     *x;    /* n_states x N */
  double     *ends; /* n_events x N: where it happened */
} Pile;

typedef struct {
  KrModel                  model; /* borrowed, of this rank alone */
  MPI_Comm                 sharers;
  PetscMPIInt              rank, n_ranks;
  const KrTapOptions      *options;
  const KrSearchOptions   *search;
  const KrSpectrumOptions *spectrum;
  uint64_t                 seed;
  const KrSample          *cold; /* the record at T = 0 */
  const KrMixture         *f;
  KrParity                 symmetry; /* of the free energy */
  size_t                   n;
  KrFollow                 follow;
  Pile                     pile;
  int64_t                  branch; /* on the way */
  int        first_target, stride; /* of the temperatures that the continuation is to tell of */
  int32_t    found;
  int64_t    hits;
  double    *lowest, *highest; /* work of the spectrum */
  KrBreathFn breathe;          /* may be NULL */
  void      *context;
  PetscBool  stopped;
} Work;

static void *grown(void *array, int64_t count, size_t size)
{
  /* NOLINTNEXTLINE(clang-analyzer-optin.portability.UnixAPI): count is at least 0 */
  return realloc(array, ((size_t)count + 1) * size);
}

static PetscErrorCode add_state(Work *work, int target, const KrFollowPoint *point)
{
  Pile      *pile     = &work->pile;
  KrSpectrum spectrum = {.lowest = work->lowest, .highest = work->highest};

  PetscFunctionBeginUser;
  PetscCall(KrModelSetTemperature(work->model, point->temperature));
  PetscCall(KrSpectrumCompute(work->spectrum, work->model, point->x, &spectrum));
  pile->states = grown(pile->states, pile->n_states, sizeof *pile->states);
  pile->x      = grown(pile->x, pile->n_states, work->n * sizeof *pile->x);
  PetscCheck(pile->states != NULL && pile->x != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM,
             "no memory for %lld states", (long long)pile->n_states + 1);
  (void)memcpy(pile->x + pile->n_states * (int64_t)work->n, point->x, work->n * sizeof *pile->x);
  pile->states[pile->n_states++] = (KrTapRow){.temperature    = point->temperature,
                                              .free_energy    = point->free_energy,
                                              .energy         = point->energy,
                                              .q              = point->overlap,
                                              .w              = point->reaction,
                                              .residual       = point->residual,
                                              .lambda_min     = spectrum.lowest[0],
                                              .margin         = spectrum.margin,
                                              .branch         = work->branch,
                                              .hits           = work->hits,
                                              .temperature_at = target,
                                              .index          = spectrum.index,
                                              .found          = work->found};
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode add_event(Work *work, KrTapEventKind kind, const KrFollowPoint *point)
{
  Pile      *pile     = &work->pile;
  KrSpectrum spectrum = {.lowest = work->lowest, .highest = work->highest};

  PetscFunctionBeginUser;
  PetscCall(KrModelSetTemperature(work->model, point->temperature));
  PetscCall(KrSpectrumCompute(work->spectrum, work->model, point->x, &spectrum));
  pile->events = grown(pile->events, pile->n_events, sizeof *pile->events);
  pile->ends   = grown(pile->ends, pile->n_events, work->n * sizeof *pile->ends);
  PetscCheck(pile->events != NULL && pile->ends != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM,
             "no memory for %lld events", (long long)pile->n_events + 1);
  (void)memcpy(pile->ends + pile->n_events * (int64_t)work->n, point->x,
               work->n * sizeof *pile->ends);
  pile->events[pile->n_events++] = (KrTapEvent){.temperature = point->temperature,
                                                .free_energy = point->free_energy,
                                                .q           = point->overlap,
                                                .w           = point->reaction,
                                                .margin      = spectrum.margin,
                                                .branch      = work->branch,
                                                .other       = -1,
                                                .kind        = (int32_t)kind};
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A KrFollowFn. */
static PetscErrorCode reached(void *context, int target, const KrFollowPoint *point)
{
  Work *work = context;

  PetscFunctionBeginUser;
  PetscCall(add_state(work, work->first_target + target * work->stride, point));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static double coldest(const Work *work)
{
  return COLDEST * work->options->temperatures[0];
}

static double hottest(const Work *work)
{
  return BEYOND * work->options->temperatures[work->options->n_temperatures - 1];
}

/* Heats a branch: states at the temperatures from `target` on, and how it ends. */
static PetscErrorCode heat(Work *work, double temperature, int target, double x[])
{
  static const KrTapEventKind kinds[] = {[KR_FOLLOW_FOLD]     = KR_TAP_DEATH,
                                         [KR_FOLLOW_MARGINAL] = KR_TAP_MARGINAL,
                                         [KR_FOLLOW_LOST]     = KR_TAP_LOST};
  KrFollowEnd                 end;
  KrFollowPoint               final;

  PetscFunctionBeginUser;
  work->first_target = target;
  work->stride       = 1;
  PetscCall(KrFollowRun(work->follow, temperature, hottest(work), x,
                        work->options->n_temperatures - target,
                        work->options->temperatures + target, reached, work, &end, &final));
  if (end != KR_FOLLOW_LAST) PetscCall(add_event(work, kinds[end], &final));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Cools a branch found at a temperature, down to where it began. */
static PetscErrorCode cool(Work *work, int target, double x[])
{
  static const KrTapEventKind kinds[] = {[KR_FOLLOW_LAST]     = KR_TAP_UNLISTED,
                                         [KR_FOLLOW_FOLD]     = KR_TAP_BIRTH,
                                         [KR_FOLLOW_MARGINAL] = KR_TAP_ONSET,
                                         [KR_FOLLOW_LOST]     = KR_TAP_LOST};
  double                      descending[KR_TAP_TEMPERATURES_MAX];
  KrFollowEnd                 end;
  KrFollowPoint               final;

  PetscFunctionBeginUser;
  for (int t = 0; t < target; ++t) descending[t] = work->options->temperatures[target - 1 - t];
  work->first_target = target - 1;
  work->stride       = -1;
  PetscCall(KrFollowRun(work->follow, work->options->temperatures[target], coldest(work), x, target,
                        descending, reached, work, &end, &final));
  PetscCall(add_event(work, kinds[end], &final));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* F/N, u, ... of a given x at a given temperature. */
static PetscErrorCode evaluate(Work *work, double temperature, const double x[],
                               KrFollowPoint *point)
{
  double     energy, square = 0.0, slope = 0.0, *g;
  KrTapTerms terms;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(work->n, &g));
  PetscCall(KrModelSetTemperature(work->model, temperature));
  PetscCall(KrModelDerivatives(work->model, 1, x, &energy, g, NULL));
  for (size_t i = 0; i < work->n; ++i) {
    square += x[i] * x[i];
    slope += g[i] * g[i];
  }
  PetscCall(PetscFree(g));
  KrTapTermsAt(work->f, temperature, square / (double)work->n, &terms);
  *point        = (KrFollowPoint){.temperature = temperature,
                                  .free_energy = energy / (double)work->n,
                                  .overlap     = square / (double)work->n,
                                  .reaction    = terms.reaction,
                                  .residual    = sqrt(slope / (double)work->n),
                                  .x           = x};
  point->energy = point->free_energy - terms.free_energy + terms.energy;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The states of a pure model on a T = 0 point: its direction, and q from its energy. */
static PetscErrorCode follow_exactly(Work *work, const double sigma[], double e)
{
  const int     p        = work->f->order[0];
  const double  sign     = work->cold->symmetry == KR_PARITY_ODD && e > 0.0 ? -1.0 : 1.0;
  const double  spinodal = KrTapSpinodal(work->f, sign * e);
  double       *x, q = p > 2 ? (p - 2.0) / p : 0.0;
  KrFollowPoint point;

  PetscFunctionBeginUser;
  if (isnan(spinodal)) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscMalloc1(work->n, &x));
  for (int t = 0; t < work->options->n_temperatures; ++t) {
    const double temperature = work->options->temperatures[t];
    double       here, free_energy;

    if (KrTapState(work->f, sign * e, temperature, &here, &free_energy) != KR_THEORY_OK) break;
    for (size_t i = 0; i < work->n; ++i) x[i] = sign * sqrt(here) * sigma[i];
    PetscCall(evaluate(work, temperature, x, &point));
    PetscCall(add_state(work, t, &point));
  }
  if (spinodal < hottest(work)) {
    for (size_t i = 0; i < work->n; ++i) x[i] = sign * sqrt(q) * sigma[i];
    PetscCall(evaluate(work, spinodal, x, &point));
    PetscCall(add_event(work, KR_TAP_DEATH, &point));
  }
  PetscCall(PetscFree(x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Whether to stop here; all sharers call it together. */
static PetscErrorCode take_breath(Work *work)
{
  KrBreath breath = {.stop = work->stopped}; /* it has no state */

  PetscFunctionBeginUser;
  if (work->breathe != NULL) PetscCall((*work->breathe)(work->context, &breath));
  work->stopped = breath.stop;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A point, if there is one: ranks take turns, and all pause after each. */
static PetscErrorCode follow_point(Work *work, int64_t i, double x[])
{
  const double *sigma = work->cold->x + i * (int64_t)work->n;

  PetscFunctionBeginUser;
  if (i >= work->cold->n_points) PetscFunctionReturn(PETSC_SUCCESS);
  work->branch = i;
  if (KrMixtureIsPure(work->f))
    PetscCall(follow_exactly(work, sigma, work->cold->points[i].energy));
  else if (KrFollowThaw(work->f, (int)work->n, sigma, work->cold->points[i].mu, coldest(work), x) ==
           0)
    PetscCall(heat(work, coldest(work), 0, x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The points of this rank. */
static PetscErrorCode follow_points(Work *work)
{
  PetscErrorCode code;
  double        *x;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(work->n, &x));
  work->found = KR_TAP_FOLLOWED;
  work->hits  = 0;
  for (int64_t first = 0; first < work->cold->n_points && !work->stopped; first += work->n_ranks) {
    code = follow_point(work, first + work->rank, x);
    if (code != KR_ERR_STOPPED) PetscCall(code);
    PetscCall(take_breath(work)); /* stops when a rank has left its point early */
  }
  PetscCall(PetscFree(x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Rows of all ranks to the first, in place; elsewhere the list becomes empty. */
static PetscErrorCode gather_rows(const Work *work, const PetscMPIInt counts[],
                                  const PetscMPIInt offsets[], size_t width, void **rows)
{
  MPI_Datatype row;
  void        *all = NULL;

  PetscFunctionBeginUser;
  if (work->rank == 0) {
    all = malloc((size_t)offsets[work->n_ranks] * width + 1);
    PetscCheck(all != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for %d rows",
               offsets[work->n_ranks]);
  }
  PetscCallMPI(MPI_Type_contiguous((PetscMPIInt)width, MPI_BYTE, &row));
  PetscCallMPI(MPI_Type_commit(&row));
  PetscCallMPI(
    MPI_Gatherv(*rows, counts[work->rank], row, all, counts, offsets, row, 0, work->sharers));
  PetscCallMPI(MPI_Type_free(&row));
  free(*rows);
  *rows = all;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode gather_list(const Work *work, int64_t *n_rows, size_t width, void **rows,
                                  size_t x_width, void **x)
{
  PetscMPIInt *counts, *offsets, mine = (PetscMPIInt)*n_rows;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2(work->n_ranks, &counts, work->n_ranks + 1, &offsets));
  PetscCallMPI(MPI_Allgather(&mine, 1, MPI_INT, counts, 1, MPI_INT, work->sharers));
  offsets[0] = 0;
  for (int r = 0; r < work->n_ranks; ++r) offsets[r + 1] = offsets[r] + counts[r];
  PetscCall(gather_rows(work, counts, offsets, width, rows));
  PetscCall(gather_rows(work, counts, offsets, x_width, x));
  *n_rows = work->rank == 0 ? offsets[work->n_ranks] : 0;
  PetscCall(PetscFree2(counts, offsets));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* All that the ranks have followed, on the first. */
static PetscErrorCode gather(Work *work)
{
  Pile        *pile  = &work->pile;
  const size_t bytes = work->n * sizeof(double);

  PetscFunctionBeginUser;
  if (work->n_ranks == 1) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(gather_list(work, &pile->n_states, sizeof *pile->states, (void **)&pile->states, bytes,
                        (void **)&pile->x));
  PetscCall(gather_list(work, &pile->n_events, sizeof *pile->events, (void **)&pile->events, bytes,
                        (void **)&pile->ends));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* |x - y|^2 / N, of even orders up to the sign. */
static double distance(const Work *work, const double x[], const double y[])
{
  double apart = 0.0, opposite = 0.0;

  for (size_t i = 0; i < work->n; ++i) {
    apart += (x[i] - y[i]) * (x[i] - y[i]);
    opposite += (x[i] + y[i]) * (x[i] + y[i]);
  }
  return (work->symmetry == KR_PARITY_EVEN ? fmin(apart, opposite) : apart) / (double)work->n;
}

/* Between pieces of a round. A KrBreathFn. */
static PetscErrorCode pause_search(void *context, KrBreath *breath)
{
  Work *work = context;

  PetscFunctionBeginUser;
  PetscCall(take_breath(work));
  breath->stop   = work->stopped;
  breath->length = PetscMin(2 * breath->length, PIECE);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Stationary points of F at a temperature by a search that knows of no others; on the first rank. Of a search that is
   stopped there is no record. */
static PetscErrorCode search_directly(Work *work, double temperature, KrSample *record)
{
  const KrCensusOptions options = {.overlap_tol  = SAME,
                                   .energy_tol   = 1e-8,
                                   .missing      = 0.1,
                                   .store_points = 1,
                                   .certify      = KR_CERTIFY_FALSE};
  KrSearchOptions       kind    = *work->search;
  KrSearch              search;
  KrCensus              census;
  PetscErrorCode        code;

  PetscFunctionBeginUser;
  kind.kind         = KR_SEARCH_ALL;
  kind.starts       = work->options->starts;
  kind.energy_first = kind.energy_last = 0.0;
  PetscCall(KrModelSetTemperature(work->model, temperature));
  PetscCall(KrSearchCreate(work->model, &kind, &search));
  PetscCall(KrCensusCreate(work->model, work->sharers, &options, &kind, work->spectrum, &census));
  PetscCall(KrCensusRun(census, search, &kind, work->seed, work->cold->sample, pause_search, work,
                        &work->stopped));
  if (!work->stopped) {
    code = KrCensusFinish(census, record);
    PetscCall(KrStopAgree(work->sharers, &code));
    if (code == KR_ERR_STOPPED) work->stopped = PETSC_TRUE;
    else PetscCall(KrSampleGather(work->sharers, record));
  }
  PetscCall(KrCensusDestroy(&census));
  PetscCall(KrSearchDestroy(&search));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The state of the pile that this point is; -1: it is new. */
static int64_t find_state(const Work *work, int target, const double x[])
{
  const Pile *pile = &work->pile;

  for (int64_t i = 0; i < pile->n_states; ++i)
    if (pile->states[i].temperature_at == target &&
        distance(work, pile->x + i * (int64_t)work->n, x) < 2.0 * SAME)
      return i;
  return -1;
}

/* A state on no branch that is known: it becomes one, followed both ways. */
static PetscErrorCode add_branch(Work *work, int target, const KrPoint *found, const double x[],
                                 int64_t branch)
{
  const double   temperature = work->options->temperatures[target];
  KrFollowPoint  point;
  PetscErrorCode code;
  double        *y;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(work->n, &y));
  work->branch = branch;
  work->found  = KR_TAP_DIRECT | KR_TAP_FOLLOWED;
  work->hits   = found->hits;
  PetscCall(evaluate(work, temperature, x, &point));
  PetscCall(add_state(work, target, &point));
  work->found = KR_TAP_FOLLOWED;
  work->hits  = 0;
  (void)memcpy(y, x, work->n * sizeof *y);
  code = cool(work, target, y);
  (void)memcpy(y, x, work->n * sizeof *y);
  if (code == 0) code = heat(work, temperature, target + 1, y);
  PetscCall(PetscFree(y));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The search at each temperature against the branches; what it finds beside them begins new ones. */
static PetscErrorCode search_all(Work *work, int64_t starts[])
{
  int64_t        branch = work->cold->n_points;
  PetscErrorCode code   = PETSC_SUCCESS;

  PetscFunctionBeginUser;
  for (int t = 0; work->options->starts > 0 && t < work->options->n_temperatures; ++t) {
    KrSample record;

    PetscCall(search_directly(work, work->options->temperatures[t], &record));
    if (work->stopped) break;
    starts[t] = record.starts;
    for (int64_t i = 0; i < record.n_points && code == 0; ++i) { /* none but on the first rank */
      const double *x = record.x + i * record.n;
      int64_t       known;

      if (!KrTapIsState(work->f, work->options->temperatures[t], record.points[i].mu)) continue;
      known = find_state(work, t, x);
      if (known >= 0) {
        work->pile.states[known].found |= KR_TAP_DIRECT;
        work->pile.states[known].hits = record.points[i].hits;
      } else {
        code = add_branch(work, t, &record.points[i], x, branch++);
      }
    }
    KrSampleDestroy(&record);
    PetscCall(KrStopAgree(work->sharers, &code));
    if (code == KR_ERR_STOPPED) work->stopped = PETSC_TRUE;
    if (work->stopped) break;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Two branches that end in the same fold have merged. */
static void find_merges(Work *work)
{
  Pile *pile = &work->pile;

  for (int64_t i = 0; i < pile->n_events; ++i)
    for (int64_t j = i + 1; j < pile->n_events && pile->events[i].kind == KR_TAP_DEATH; ++j) {
      KrTapEvent *one = &pile->events[i], *other = &pile->events[j];

      if (other->kind != KR_TAP_DEATH || one->branch == other->branch ||
          fabs(one->temperature - other->temperature) > MEETING_T * one->temperature ||
          distance(work, pile->ends + i * (int64_t)work->n, pile->ends + j * (int64_t)work->n) >
            MEETING * MEETING)
        continue;
      one->kind = other->kind = KR_TAP_MERGE;
      one->other              = other->branch;
      other->other            = one->branch;
    }
}

typedef struct {
  double  key, second;
  int64_t branch, place;
} SortKey;

static int compare(const void *a, const void *b)
{
  const SortKey *p = a, *q = b;

  if (p->key != q->key) return p->key < q->key ? -1 : 1;
  if (p->second != q->second) return p->second < q->second ? -1 : 1;
  return (p->branch > q->branch) - (p->branch < q->branch);
}

/* The lists in order, into the record. */
static PetscErrorCode hand_over(Work *work, KrTapRecord *record)
{
  Pile         *pile = &work->pile;
  const int64_t n    = (int64_t)work->n;
  const int64_t most = pile->n_states > pile->n_events ? pile->n_states : pile->n_events;
  SortKey      *order;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(most + 1, &order));
  record->n_states = pile->n_states;
  record->n_events = pile->n_events;
  record->states   = calloc((size_t)pile->n_states + 1, sizeof *record->states);
  record->x        = calloc((size_t)(pile->n_states * n) + 1, sizeof *record->x);
  record->events   = calloc((size_t)pile->n_events + 1, sizeof *record->events);
  PetscCheck(record->states != NULL && record->x != NULL && record->events != NULL, PETSC_COMM_SELF,
             PETSC_ERR_MEM, "no memory for %lld states", (long long)pile->n_states);
  for (int64_t i = 0; i < pile->n_states; ++i)
    order[i] = (SortKey){pile->states[i].temperature_at, pile->states[i].free_energy,
                         pile->states[i].branch, i};
  qsort(order, (size_t)pile->n_states, sizeof *order, compare);
  for (int64_t i = 0; i < pile->n_states; ++i) {
    record->states[i] = pile->states[order[i].place];
    (void)memcpy(record->x + i * n, pile->x + order[i].place * n, work->n * sizeof *record->x);
  }
  for (int64_t i = 0; i < pile->n_events; ++i)
    order[i] = (SortKey){(double)pile->events[i].branch, pile->events[i].temperature,
                         pile->events[i].kind, i};
  qsort(order, (size_t)pile->n_events, sizeof *order, compare);
  for (int64_t i = 0; i < pile->n_events; ++i) record->events[i] = pile->events[order[i].place];
  PetscCall(PetscFree(order));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrTapCensus - The TAP states of a sample at some temperatures.

  Collective on sharers

  Pure models: each T = 0 point has its state at T by an exact formula. Mixed ones: it is followed in temperature. A
  search in the ball that knows of neither looks for all states; those on no known branch are followed to both ends.

  Input:
+ model    - a TAP free energy on this rank alone, with the disorder of the record; its temperature is changed
. sharers  - ranks that share the points and the starts
. options  - temperatures and starts
. search   - of the search in the ball: tolerances and steps of Newton
. spectrum - how F'' is diagonalised
. seed     - campaign seed
. cold     - the record at T = 0 with coordinates, the same on every rank
. breathe  - called by all sharers together after points and pieces of a search; may be NULL
- context  - its

  Output:
+ record  - on the first rank of sharers; elsewhere without states and events. Caller frees with KrTapRecordDestroy()
- stopped - breathe has said so: the record is empty

  Notes: the same record for any number of sharers
  Cost:  of mixed models some hundred Hessians a point; a census in the ball for each temperature
  Source: docs/theory/tap.md
  See:   KrFollowRun(), KrCensusRun()
*/
PetscErrorCode KrTapCensus(KrModel model, MPI_Comm sharers, const KrTapOptions *options,
                           const KrSearchOptions *search, const KrSpectrumOptions *spectrum,
                           uint64_t seed, const KrSample *cold, KrBreathFn breathe, void *context,
                           KrTapRecord *record, PetscBool *stopped)
{
  Work work = {.model    = model,
               .sharers  = sharers,
               .options  = options,
               .search   = search,
               .spectrum = spectrum,
               .seed     = seed,
               .cold     = cold,
               .breathe  = breathe,
               .context  = context,
               .n        = (size_t)cold->n};

  PetscFunctionBeginUser;
  *record = (KrTapRecord){.sample         = cold->sample,
                          .seed           = seed,
                          .n              = cold->n,
                          .n_temperatures = options->n_temperatures,
                          .n_cold         = cold->n_points};
  (void)memcpy(record->temperatures, options->temperatures, sizeof record->temperatures);
  PetscCallMPI(MPI_Comm_rank(sharers, &work.rank));
  PetscCallMPI(MPI_Comm_size(sharers, &work.n_ranks));
  PetscCall(KrModelGetMixture(model, &work.f));
  PetscCall(KrModelGetParity(model, &work.symmetry));
  PetscCall(KrFollowCreate(model, &work.follow));
  PetscCall(PetscMalloc2(spectrum->lowest, &work.lowest, spectrum->highest, &work.highest));
  PetscCall(follow_points(&work));
  if (!work.stopped) PetscCall(gather(&work));
  if (!work.stopped) PetscCall(search_all(&work, record->starts));
  if (!work.stopped) {
    find_merges(&work);
    PetscCall(hand_over(&work, record));
  }
  *stopped = work.stopped;
  free(work.pile.states);
  free(work.pile.x);
  free(work.pile.events);
  free(work.pile.ends);
  PetscCall(PetscFree2(work.lowest, work.highest));
  PetscCall(KrFollowDestroy(&work.follow));
  PetscFunctionReturn(PETSC_SUCCESS);
}
