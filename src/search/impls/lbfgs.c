/* Minima by limited-memory BFGS, many starts at once, each on its own. It minimises in R^N the extension
   F(y) = H(sqrt(N) y/|y|) of the energy, so that points and steps live in one linear space
   (docs/theory/searches.md). */
#include "../search_impl.h"
#include <kacrice/manifold.h>
#include <math.h>
#include <string.h>

#define PAIRS 10 /* of steps and changes of the gradient that are kept */
#define DECREASE \
  1e-4 /* Wolfe's conditions: energy falls by this part of what the slope promises, */
#define CURVATURE  0.9   /* and the slope to this part of itself */
#define TRIALS_MAX 40    /* of one line search */
#define ENERGY_EPS 1e-14 /* relative rounding of an energy */

typedef struct {
  double energy, slope; /* F at the base, and along the direction there */
  double length;        /* |y| of the trial point */
  double t, low, high;  /* step tried, and what brackets it */
  double rho[PAIRS];    /* 1 / (change . step) */
  int    n_trials, n_pairs, newest;
  double arrays
    []; /* N each: base y, gradient and direction there, trial y; then PAIRS steps, PAIRS changes */
} Lbfgs;

typedef struct {
  double *base, *gradient, *direction, *trial, *steps, *changes;
} Arrays;

static size_t state_size(PetscInt n)
{
  return sizeof(Lbfgs) + (size_t)(4 + 2 * PAIRS) * (size_t)n * sizeof(double);
}

static Arrays arrays_of(Lbfgs *state, size_t n)
{
  double *a = state->arrays;

  return (Arrays){a, a + n, a + 2 * n, a + 3 * n, a + 4 * n, a + (4 + PAIRS) * n};
}

static double dot(size_t n, const double a[], const double b[])
{
  double sum = 0.0;

  for (size_t i = 0; i < n; ++i) sum += a[i] * b[i];
  return sum;
}

static void add(size_t n, double factor, const double a[], double sum[])
{
  for (size_t i = 0; i < n; ++i) sum[i] += factor * a[i];
}

/* direction <- - (approximate inverse Hessian) gradient; `step` scales the first one. Nocedal's two loops. */
static void find_direction(const Lbfgs *state, const Arrays *at, size_t n, double step)
{
  double alpha[PAIRS];
  double scale = step;

  for (size_t i = 0; i < n; ++i) at->direction[i] = -at->gradient[i];
  for (int k = 0; k < state->n_pairs; ++k) { /* newest first */
    const int pair = (state->newest - k + PAIRS) % PAIRS;

    alpha[k] = state->rho[pair] * dot(n, at->steps + (size_t)pair * n, at->direction);
    add(n, -alpha[k], at->changes + (size_t)pair * n, at->direction);
  }
  if (state->n_pairs > 0) {
    const double *change = at->changes + (size_t)state->newest * n;

    scale = 1.0 / (state->rho[state->newest] * dot(n, change, change));
  }
  for (size_t i = 0; i < n; ++i) at->direction[i] *= scale;
  for (int k = state->n_pairs; k-- > 0;) { /* oldest first */
    const int    pair = (state->newest - k + PAIRS) % PAIRS;
    const double beta = state->rho[pair] * dot(n, at->changes + (size_t)pair * n, at->direction);

    add(n, alpha[k] - beta, at->steps + (size_t)pair * n, at->direction);
  }
}

/* Sets the trial point base + t direction, and lane->x below it on the sphere. */
static void try_step(KrSearch search, KrLane *lane, const Arrays *at)
{
  Lbfgs       *state = lane->state;
  const size_t n     = (size_t)search->n;

  (void)memcpy(at->trial, at->base, n * sizeof(double));
  add(n, state->t, at->direction, at->trial);
  state->length = sqrt(dot(n, at->trial, at->trial));
  (void)memcpy(lane->x, at->trial, n * sizeof(double));
  KrSphereNormalise((int)n, lane->x);
}

/* A line search from the base along a new direction. */
static void begin_line(KrSearch search, KrLane *lane, const Arrays *at)
{
  Lbfgs       *state = lane->state;
  const size_t n     = (size_t)search->n;

  find_direction(state, at, n, lane->step);
  state->slope    = dot(n, at->gradient, at->direction);
  state->t        = 1.0;
  state->low      = 0.0;
  state->high     = INFINITY;
  state->n_trials = 0;
  try_step(search, lane, at);
}

/* A base without history at lane->x. */
static void begin_anew(KrSearch search, KrLane *lane, const double g[], const Arrays *at)
{
  Lbfgs *state = lane->state;

  lane->is_new   = PETSC_FALSE;
  state->n_pairs = 0;
  state->energy  = lane->energy * (double)search->n;
  (void)memcpy(at->base, lane->x, (size_t)search->n * sizeof(double));
  (void)memcpy(at->gradient, g, (size_t)search->n * sizeof(double));
  begin_line(search, lane, at);
}

/* The trial point becomes the base; the step to it and the change of the gradient are kept. `stretch` g is the
   gradient of F there. */
static void accept(KrSearch search, KrLane *lane, double stretch, const double g[],
                   const Arrays *at)
{
  Lbfgs       *state = lane->state;
  const size_t n     = (size_t)search->n;
  const int    next  = state->n_pairs == 0 ? 0 : (state->newest + 1) % PAIRS;
  double      *step = at->steps + (size_t)next * n, *change = at->changes + (size_t)next * n;
  double       product;

  for (size_t i = 0; i < n; ++i) {
    step[i]   = at->trial[i] - at->base[i];
    change[i] = stretch * g[i] - at->gradient[i];
  }
  product = dot(n, step, change);
  if (product > 0.0) { /* always, but for rounding */
    state->rho[next] = 1.0 / product;
    state->newest    = next;
    state->n_pairs += state->n_pairs < PAIRS;
  }
  state->energy = lane->energy * (double)n;
  (void)memcpy(at->base, at->trial, n * sizeof(double));
  for (size_t i = 0; i < n; ++i) at->gradient[i] = stretch * g[i];
  begin_line(search, lane, at);
}

/* One evaluation of a line search for Wolfe's weak conditions by bisection; without success the history goes, and
   without history the search has failed. */
static void descend(KrSearch search, KrLane *lane, const double g[])
{
  Lbfgs       *state = lane->state;
  const size_t n     = (size_t)search->n;
  const Arrays at    = arrays_of(state, n);
  double       stretch, energy, slope;

  if (lane->is_new) {
    begin_anew(search, lane, g, &at);
    return;
  }
  stretch = sqrt((double)n) / state->length;
  energy  = lane->energy * (double)n;
  slope   = stretch * dot(n, g, at.direction);
  if (energy >
      state->energy + DECREASE * state->t * state->slope + ENERGY_EPS * fabs(state->energy)) {
    state->high = state->t;
  } else if (slope < CURVATURE * state->slope) {
    state->low = state->t;
  } else {
    accept(search, lane, stretch, g, &at);
    return;
  }
  if (++state->n_trials == TRIALS_MAX) {
    if (state->n_pairs == 0) lane->reason = KR_FAILED_LINE_SEARCH;
    lane->is_new = PETSC_TRUE;
    (void)memcpy(lane->x, at.base, n * sizeof(double));
    KrSphereNormalise((int)n, lane->x);
    return;
  }
  state->t = isinf(state->high) ? 2.0 * state->t : 0.5 * (state->low + state->high);
  try_step(search, lane, &at);
}

static PetscErrorCode advance(KrSearch search, KrLane *lane, double g[], const double hessian[])
{
  PetscFunctionBeginUser;
  PetscCall(KrDescentAdvance(search, lane, g, hessian, descend));
  PetscFunctionReturn(PETSC_SUCCESS);
}

const KrSearchOps KrSearchOps_MinimaLbfgs = {
  .most_lanes = KR_BATCH, .state_size = state_size, .begin = KrDescentBegin, .advance = advance};
