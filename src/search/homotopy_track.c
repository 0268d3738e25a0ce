/* Paths of the homotopy to their ends, KR_LANES at a time: a predictor through the last points and their
   tangents, Newton as corrector, a step for each lane. Who has arrived leaves, the next path enters. */
#include "homotopy.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NODES      3    /* points a prediction goes through */
#define FIRST_STEP 1e-3 /* of a path, in s */
#define LEAST_STEP 1e-12
#define MOST_STEPS 100000 /* Newton steps of a path */
#define CORRECTED \
  0.1 /* a Newton step below this part of the target ends the correction of a point */
#define LEAST_CORRECTED 1e-13
#define CORRECTIONS     4     /* Newton steps of a point */
#define POLISH          8     /* Newton steps at the end */
#define ARRIVED         1e-14 /* a Newton step that can hardly be improved on */
#define SETTLED         1e-9  /* the last Newton step of a path that has an end */
#define START_SCALE     1.0   /* |d_i|: eigenvalues of T/sqrt(N) are of this size */

typedef struct {                     /* one path on its way */
  int64_t path;                      /* -1: idle */
  double  s, step;                   /* the last point, and how far the next one is */
  double  nodes[NODES], first, size; /* |Newton step|: the first at this point, the last */
  int     n_points, corrections, newton_steps;
} Path;

struct KrTracker_s {
  const KrKernels *kernels;
  const KrTensor  *tensor;
  int              order;
  size_t           n;
  double           scale; /* of the tensor in derivatives_lanes */
  KrTracking       tracking;
  KrEigenLanes     at;
  double          *memory, *A, *points, *E, *G, *patch, *diagonal;
  double          *terms[2 * NODES +
                1]; /* of a prediction: points and tangents of the nodes, and the present point */
  double           s[KR_LANES], size[KR_LANES], length[KR_LANES];
  Path             lanes[KR_LANES];
  double complex  *x; /* N: an end */
};

/*
  KrHomotopyPaths - Eigenpairs of a generic symmetric tensor: paths of a homotopy.

  Not collective

  Input:
+ order - p, 3 or more
- n     - N

  Returns:
  ((p-1)^N - 1)/(p-2); -1 when there are more than 2^31

  Source: Cartwright & Sturmfels 2013; docs/theory/homotopy.md
*/
int64_t KrHomotopyPaths(int order, PetscInt n)
{
  int64_t count = 0;

  for (PetscInt i = 0; i < n && count <= INT32_MAX; ++i) count = count * (order - 1) + 1;
  return count <= (int64_t)1 << 31 ? count : -1;
}

static size_t rows_of(size_t n)
{
  return 2 * (n + 1);
}

/* Numbers in one allocation: A, points, E, G, patch, diagonal, work, and 9 eigenpairs. */
static size_t count_numbers(size_t n)
{
  return KR_LANES * (3 * n * n + 3 * n + 1 + n + 2 * n + 2 * n / KR_LANES + 1 +
                     (2 * NODES + 3) * rows_of(n)) +
         KR_EIGEN_WORK(n);
}

/*
  KrTrackerBytes - Memory of a tracker.

  Not collective

  Input:
. n - N

  Returns:
  bytes
*/
double KrTrackerBytes(PetscInt n)
{
  return 8.0 * (double)count_numbers((size_t)n) + 16.0 * (double)n;
}

/* Cuts the next `count` numbers off. */
static double *cut(double **memory, size_t count)
{
  double *part = *memory;

  *memory += count;
  return part;
}

/* Where the parts of tracker->memory begin. */
static void lay_out(KrTracker tracker)
{
  const size_t n = tracker->n, size = n * KR_LANES, pair = rows_of(n) * KR_LANES;
  double      *rest = tracker->memory;

  tracker->A      = cut(&rest, 3 * n * size);
  tracker->points = cut(&rest, 3 * size);
  tracker->E      = cut(&rest, KR_LANES);
  tracker->G      = cut(&rest, size);
  tracker->patch  = cut(&rest, 2 * size);
  for (int t = 0; t < 2 * NODES + 1; ++t) tracker->terms[t] = cut(&rest, pair);
  tracker->at.Y        = tracker->terms[2 * NODES];
  tracker->at.step     = cut(&rest, pair);
  tracker->at.tangent  = cut(&rest, pair);
  tracker->at.work     = cut(&rest, KR_EIGEN_WORK(n));
  tracker->diagonal    = cut(&rest, 2 * n);
  tracker->at.order    = tracker->order;
  tracker->at.n        = (int)n;
  tracker->at.diagonal = tracker->diagonal;
  tracker->at.s        = tracker->s;
  tracker->at.A        = tracker->A;
  tracker->at.patch    = tracker->patch;
  tracker->at.size     = tracker->size;
  tracker->at.length   = tracker->length;
}

/*
  KrTrackerCreate - Makes a tracker for the pure model of a search.

  Not collective

  Input:
. search - borrowed; its model has one tensor, all on this rank

  Output:
. tracker - caller destroys with KrTrackerDestroy()

  Errors: PETSC_ERR_MEM
*/
PetscErrorCode KrTrackerCreate(KrSearch search, KrTracker *tracker)
{
  const size_t     n = (size_t)search->n;
  const KrMixture *f;
  int              n_tensors;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(tracker));
  PetscCall(KrModelGetMixture(search->model, &f));
  PetscCall(KrModelGetTensors(search->model, &n_tensors, &(*tracker)->tensor));
  PetscCall(KrModelGetKernels(search->model, &(*tracker)->kernels));
  PetscCall(PetscMalloc1(n, &(*tracker)->x));
  (*tracker)->n     = n;
  (*tracker)->order = (*tracker)->tensor->order;
  (*tracker)->scale =
    1.0 / ((*tracker)->order * ((*tracker)->order - 1) * sqrt((double)n * f->c[0]));
  (*tracker)->memory = KrMemoryAligned((int64_t)count_numbers(n));
  PetscCheck((*tracker)->memory != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM,
             "no memory for the paths of a homotopy, N = %d", (int)n);
  (void)memset((*tracker)->memory, 0, count_numbers(n) * sizeof(double));
  lay_out(*tracker);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrTrackerDestroy - Frees a tracker; accepts NULL inside and may be called twice.

  Not collective

  In/out:
. tracker - set to NULL
*/
PetscErrorCode KrTrackerDestroy(KrTracker *tracker)
{
  PetscFunctionBeginUser;
  if (*tracker == NULL) PetscFunctionReturn(PETSC_SUCCESS);
  free((*tracker)->memory);
  PetscCall(PetscFree((*tracker)->x));
  PetscCall(PetscFree(*tracker));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The start tensor D: random phases. */
static void draw_diagonal(KrTracker tracker, const KrRandomKey *key, int attempt)
{
  const KrRandomKey own = {.seed = key->seed, .stream = KR_STREAM_HOMOTOPY, .sample = key->sample};

  for (size_t i = 0; i < tracker->n; ++i) {
    const double phase = 2.0 * PETSC_PI * KrRandomUniform(&own, ((uint64_t)attempt << 32) + i);

    tracker->diagonal[2 * i]     = START_SCALE * cos(phase);
    tracker->diagonal[2 * i + 1] = START_SCALE * sin(phase);
  }
}

/* CMPLX of C11, which glibc does not offer to clang: x + y * I may make NaN of infinities and loses signs of zeros. */
static double complex complex_of(double x, double y)
{
  const double   parts[2] = {x, y};
  double complex z;

  memcpy(&z, parts, sizeof z); /* the layout that C11 guarantees */
  return z;
}

static double complex get(const double z[], size_t i, size_t lane)
{
  return complex_of(z[2 * i * KR_LANES + lane], z[(2 * i + 1) * KR_LANES + lane]);
}

static void put(double z[], size_t i, size_t lane, double complex value)
{
  z[2 * i * KR_LANES + lane]       = creal(value);
  z[(2 * i + 1) * KR_LANES + lane] = cimag(value);
}

/* The eigenpair of D that a path begins at: d_i x_i^{p-2} = lambda where x_i is not 0. The digits of the path's
   number, base p-1, choose among 0 and the roots; the highest that is not 0 is 1, so that of x and root * x one is
   counted. */
static void begin_path(KrTracker tracker, int64_t path, size_t lane)
{
  const int64_t base   = tracker->order - 1;
  int64_t       power  = 1, digits;
  double        square = 0.0, length;

  while (path >= (power * base - 1) / (base - 1)) power *= base;
  digits = power + path - (power - 1) / (base - 1);
  for (size_t i = 0; i < tracker->n; ++i, digits /= base) {
    const double complex d    = complex_of(tracker->diagonal[2 * i], tracker->diagonal[2 * i + 1]);
    const double         sign = digits % base == 2 ? -1.0 : (double)(digits % base);
    const double complex x    = sign / (base == 2 ? d : csqrt(d));

    put(tracker->at.Y, i, lane, x);
    square += creal(x * conj(x));
  }
  length = sqrt(square);
  for (size_t i = 0; i < tracker->n; ++i) {
    const double complex x = get(tracker->at.Y, i, lane) / length;

    put(tracker->at.Y, i, lane, x);
    put(tracker->patch, i, lane, conj(x));
  }
  put(tracker->at.Y, tracker->n, lane, pow(length, 2 - tracker->order));
  tracker->lanes[lane] = (Path){.path = path, .step = FIRST_STEP};
  tracker->s[lane]     = 0.0;
}

/* T(x, ..., x, ., .) at the points of all lanes. */
static void contract(KrTracker tracker)
{
  const size_t n = tracker->n, size = n * KR_LANES;
  const int    n_points = tracker->order - 1;
  double      *re = tracker->points, *im = re + size, *sum = im + size;

  for (size_t i = 0; i < n; ++i)
    for (size_t l = 0; l < KR_LANES; ++l) {
      re[i * KR_LANES + l]  = tracker->at.Y[2 * i * KR_LANES + l];
      im[i * KR_LANES + l]  = tracker->at.Y[(2 * i + 1) * KR_LANES + l];
      sum[i * KR_LANES + l] = re[i * KR_LANES + l] + im[i * KR_LANES + l];
    }
  (void)memset(tracker->A, 0, (size_t)n_points * n * size * sizeof *tracker->A);
  for (int g = 0; g < n_points; ++g)
    (*tracker->kernels->derivatives_lanes)(tracker->tensor, tracker->scale, 1,
                                           tracker->points + (size_t)g * size, tracker->E,
                                           tracker->G, tracker->A + (size_t)g * n * size);
}

/* Factors of Hermite's interpolation through the nodes and their tangents, at s. */
static void hermite(int n_nodes, const double nodes[], double s, double factors[])
{
  for (int j = 0; j < n_nodes; ++j) {
    double value = 1.0, slope = 0.0;

    for (int k = 0; k < n_nodes; ++k) {
      if (k == j) continue;
      value *= (s - nodes[k]) / (nodes[j] - nodes[k]);
      slope += 1.0 / (nodes[j] - nodes[k]);
    }
    factors[2 * j]     = (1.0 - 2.0 * slope * (s - nodes[j])) * value * value;
    factors[2 * j + 1] = (s - nodes[j]) * value * value;
  }
}

typedef enum {
  CORRECT,
  PREDICT,
  ACCEPT,
  END
} Move; /* what a lane does next; ACCEPT: then PREDICT */

static KrReason reason_of(const Path *path)
{
  if (path->s == 1.0 && path->size <= SETTLED) return KR_FOUND;
  return path->newton_steps >= MOST_STEPS ? KR_FAILED_MAX_ITER : KR_FAILED_SINGULAR;
}

/* The step back that follows from a point that could not be reached. */
static Move reject(Path *path)
{
  path->step *= 0.5;
  return path->step < LEAST_STEP ? END : PREDICT;
}

/* Judges the Newton step just made in a lane. At s = 1 the correction goes on as far as it leads. */
static Move judge(const KrTracking *tracking, double s, double size, Path *path)
{
  const double before = path->size;

  path->newton_steps += 1;
  path->corrections += 1;
  path->size = sqrt(size);
  if (!isfinite(path->size)) {
    path->size = INFINITY;
    return path->s == 1.0 ? END : reject(path);
  }
  if (path->s == 1.0)
    return path->size <= ARRIVED || path->corrections >= POLISH ||
               (path->size <= SETTLED && path->size > 0.1 * before)
             ? END
             : CORRECT;
  if (path->newton_steps >= MOST_STEPS) return END;
  if (path->corrections == 1) path->first = path->size;
  if (path->first > 100.0 * tracking->target) return reject(path);
  if (path->size <= fmax(CORRECTED * tracking->target, LEAST_CORRECTED)) {
    path->s = s;
    return ACCEPT;
  }
  if (path->corrections >= CORRECTIONS || (path->corrections > 1 && path->size > 0.1 * before))
    return reject(path);
  return CORRECT;
}

/* The length of the next step: its prediction is to be wrong by the target. */
static void choose_step(const KrTracking *tracking, Path *path)
{
  const int    n_nodes = path->n_points < NODES ? path->n_points : NODES;
  const double order   = 2.0 * n_nodes;
  const double factor  = 0.9 * pow(tracking->target / fmax(path->first, 1e-16), 1.0 / order);

  if (path->n_points > 0) path->step *= fmin(2.0, fmax(0.2, factor));
}

/* A lane that must not spoil sums: zeros in place of infinities. */
static void scrub(KrTracker tracker, size_t lane)
{
  for (size_t i = 0; i <= tracker->n; ++i) {
    put(tracker->at.Y, i, lane, 0.0);
    put(tracker->at.tangent, i, lane, 0.0);
  }
}

/* The points that lanes have reached become nodes, in the place of their oldest. */
static void remember(KrTracker tracker, const Move moves[])
{
  double masks[2 * KR_LANES];

  for (int j = 0; j < NODES; ++j) {
    int any = 0;

    for (size_t l = 0; l < KR_LANES; ++l) {
      const Path *path = &tracker->lanes[l];
      const int   mine = moves[l] == ACCEPT && path->n_points % NODES == j;

      masks[l]            = mine ? 0.0 : 1.0;
      masks[KR_LANES + l] = mine ? 1.0 : 0.0;
      any |= mine;
    }
    for (int t = 2 * j; any && t < 2 * j + 2; ++t)
      (*tracker->kernels->combine_lanes)(
        rows_of(tracker->n), 2,
        (const double *const[]){tracker->terms[t],
                                t % 2 == 0 ? tracker->at.Y : tracker->at.tangent},
        masks, tracker->terms[t]);
  }
  for (size_t l = 0; l < KR_LANES; ++l) {
    Path *path = &tracker->lanes[l];

    if (moves[l] != ACCEPT) continue;
    path->nodes[path->n_points % NODES] = path->s;
    choose_step(&tracker->tracking, path);
    path->n_points += 1;
  }
}

/* Long points want another patch: c = x^* / |x|, in which all nodes are written anew:
   x <- x/(c.x), and the tangent of that. */
static void change_patch(KrTracker tracker, size_t lane)
{
  const Path  *path    = &tracker->lanes[lane];
  const size_t n       = tracker->n;
  const int    n_nodes = path->n_points < NODES ? path->n_points : NODES;
  const double length  = sqrt(tracker->length[lane]);

  for (size_t i = 0; i < n; ++i)
    put(tracker->patch, i, lane, conj(get(tracker->at.Y, i, lane)) / length);
  for (int j = 0; j < n_nodes; ++j) {
    double        *x = tracker->terms[2 * j], *v = tracker->terms[2 * j + 1];
    double complex cx = 0.0, cv = 0.0;
    const double   power = tracker->order - 2;
    double complex factor, lambda = get(x, n, lane);

    for (size_t i = 0; i < n; ++i) {
      cx += get(tracker->patch, i, lane) * get(x, i, lane);
      cv += get(tracker->patch, i, lane) * get(v, i, lane);
    }
    for (size_t i = 0; i < n; ++i) {
      put(v, i, lane, (get(v, i, lane) - get(x, i, lane) * cv / cx) / cx);
      put(x, i, lane, get(x, i, lane) / cx);
    }
    factor = power == 1.0 ? 1.0 / cx : 1.0 / (cx * cx);
    put(v, n, lane, factor * (get(v, n, lane) - power * lambda * cv / cx));
    put(x, n, lane, factor * lambda);
  }
}

/* Sets the lanes that want it on the next point of their path. */
static void predict(KrTracker tracker, const Move moves[])
{
  double factors[(2 * NODES + 1) * KR_LANES] = {0.0};

  for (size_t l = 0; l < KR_LANES; ++l) {
    Path  *path = &tracker->lanes[l];
    double own[2 * NODES];
    int    n_nodes = path->n_points < NODES ? path->n_points : NODES;

    factors[2 * NODES * KR_LANES + l] = 1.0;
    if (moves[l] != PREDICT && moves[l] != ACCEPT) continue;
    path->corrections = 0;
    if (path->s == 1.0) continue; /* polished as it is */
    tracker->s[l] = path->s + path->step >= 1.0 ? 1.0 : path->s + path->step;
    path->step    = tracker->s[l] - path->s;
    hermite(n_nodes, path->nodes, tracker->s[l], own);
    for (int t = 0; t < 2 * n_nodes; ++t) factors[(size_t)t * KR_LANES + l] = own[t];
    factors[2 * NODES * KR_LANES + l] = 0.0;
  }
  (*tracker->kernels->combine_lanes)(rows_of(tracker->n), 2 * NODES + 1,
                                     (const double *const *)tracker->terms, factors, tracker->at.Y);
}

static PetscErrorCode report(KrTracker tracker, size_t lane, KrPathEndFn ended, void *context)
{
  const Path  *path   = &tracker->lanes[lane];
  const double length = sqrt(tracker->length[lane]);
  KrPathEnd    end    = {
          .path = path->path, .reason = reason_of(path), .steps = path->newton_steps, .x = tracker->x};

  PetscFunctionBeginUser;
  for (size_t i = 0; i < tracker->n; ++i) tracker->x[i] = get(tracker->at.Y, i, lane) / length;
  end.lambda = get(tracker->at.Y, tracker->n, lane) / pow(length, tracker->order - 2);
  PetscCall((*ended)(context, &end));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* One Newton step of all lanes, and what follows from it. */
static PetscErrorCode advance(KrTracker tracker, Move moves[])
{
  PetscFunctionBeginUser;
  contract(tracker);
  (*tracker->kernels->eigen_lanes)(&tracker->at);
  for (size_t l = 0; l < KR_LANES; ++l) {
    Path *path = &tracker->lanes[l];

    moves[l] =
      path->path < 0 ? CORRECT : judge(&tracker->tracking, tracker->s[l], tracker->size[l], path);
    if (!isfinite(tracker->size[l])) scrub(tracker, l);
  }
  remember(tracker, moves);
  for (size_t l = 0; l < KR_LANES; ++l)
    if (moves[l] == ACCEPT && tracker->length[l] > 4.0) change_patch(tracker, l);
  predict(tracker, moves);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrTrackerRun - Follows paths to their ends.

  Not collective

  Input:
+ tracker  - its model has the disorder drawn
. key      - seed and sample
. tracking - how
. n_paths  - how many
. paths    - their numbers, below KrHomotopyPaths()
. ended    - called once a path, in no particular order
- context  - passed to ended

  Notes: an end depends on (seed, sample, tracking, path number) only, whoever travels with it
  Errors: KR_ERR_STOPPED when this process was asked to stop
  Cost:  for each Newton step p-1 contractions with Hessian, and N^3/6 complex multiplications
*/
PetscErrorCode KrTrackerRun(KrTracker tracker, const KrRandomKey *key, const KrTracking *tracking,
                            int64_t n_paths, const int64_t paths[], KrPathEndFn ended,
                            void *context)
{
  int64_t next    = 0;
  int     running = 0;
  Move    moves[KR_LANES];

  PetscFunctionBeginUser;
  tracker->tracking = *tracking;
  draw_diagonal(tracker, key, tracking->attempt);
  for (size_t l = 0; l < KR_LANES; ++l) {
    begin_path(tracker, 0, l); /* idle lanes hold any point */
    tracker->lanes[l].path = -1;
    if (next < n_paths) begin_path(tracker, paths[next++], l);
    running += tracker->lanes[l].path >= 0;
  }
  while (running > 0) {
    if (KrStopWanted("homotopy")) PetscFunctionReturn(KR_ERR_STOPPED);
    PetscCall(advance(tracker, moves));
    for (size_t l = 0; l < KR_LANES; ++l) {
      if (moves[l] != END) continue;
      PetscCall(report(tracker, l, ended, context));
      if (next < n_paths) begin_path(tracker, paths[next++], l);
      else {
        tracker->lanes[l].path = -1;
        running -= 1;
      }
    }
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
