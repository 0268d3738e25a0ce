/* Critical points of every index: Newton's method on (x, mu) jointly, KR_LANES starts in SIMD lanes. The start of mu
   is a dial for the energy that a start lands at, since mu = p e at a critical point of a pure model
   (docs/theory/searches.md). In the ball Newton's method is that of R^N, and the dial is q (docs/theory/tap.md). */
#include "../search_impl.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct { /* the starts on their way; coordinate i of start l at X[i*KR_LANES + l] */
  KrSearch         search;
  const KrKernels *kernels;
  size_t           n;
  double          *X, *E, *G, *A, *D, *work;
  double           mu[KR_LANES], multiplier[KR_LANES], residual[KR_LANES];
  int64_t          start[KR_LANES]; /* -1: idle */
  int              iterations[KR_LANES];
  double           index[KR_LANES]; /* at the point the last step began from */
  double           dial[KR_LANES];  /* initial mu, units of -newton_range; in the ball 2q - 1 */
  double          *ends;            /* KR_LANES x N: points out of their lanes */
} Lanes;

/* Numbers of Lanes in one allocation: X, G, D, two of work, E, A, ends. */
static size_t count_numbers(size_t n)
{
  return (6 * n + 1 + n * n) * KR_LANES;
}

static double work_bytes(PetscInt n)
{
  return 8.0 * (double)count_numbers((size_t)n);
}

static PetscErrorCode create(KrSearch search, Lanes *lanes)
{
  const size_t n = (size_t)search->n, size = n * KR_LANES;

  PetscFunctionBeginUser;
  *lanes = (Lanes){.search = search, .n = n};
  PetscCall(KrModelGetKernels(search->model, &lanes->kernels));
  lanes->X = KrMemoryAligned((int64_t)count_numbers(n));
  PetscCheck(lanes->X != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for %d Hessians",
             KR_LANES);
  lanes->G    = lanes->X + size;
  lanes->D    = lanes->G + size;
  lanes->work = lanes->D + size;
  lanes->A    = lanes->work + 2 * size;
  lanes->E    = lanes->A + n * size;
  lanes->ends = lanes->E + KR_LANES;
  for (size_t i = 0; i < size; ++i) /* idle lanes hold any point */
    lanes->X[i] = search->manifold->n_radial > 0
                    ? 1.0
                    : 0.5 * search->length * (double)(i / KR_LANES + 1) / (double)n;
  for (int l = 0; l < KR_LANES; ++l) lanes->start[l] = -1;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The next start of this run into a free lane; none is left: the lane stays idle. */
static PetscErrorCode refill(Lanes *lanes, const KrRandomKey *key, const KrStarts *starts,
                             int64_t *next, int l)
{
  KrSearch search = lanes->search;
  double  *x      = lanes->ends + (size_t)l * lanes->n;

  PetscFunctionBeginUser;
  lanes->start[l] = -1;
  if (*next >= starts->end) PetscFunctionReturn(PETSC_SUCCESS);
  lanes->start[l]      = *next;
  lanes->iterations[l] = 0;
  lanes->dial[l]       = KrDialValue(starts->dial, KrSearchUniform(key, *next));
  lanes->multiplier[l] = 2.0 * search->curvature * search->options.newton_range * lanes->dial[l];
  if (search->manifold->start_at == NULL) {
    PetscCall(KrSearchStart(search, key, *next, x));
  } else {
    KrSearchRandomPoint((int)search->n, key, *next, x);
    (*search->manifold->start_at)((int)search->n, lanes->dial[l], x);
  }
  for (size_t i = 0; i < lanes->n; ++i) lanes->X[i * KR_LANES + (size_t)l] = x[i];
  *next += starts->stride;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Energies, radial curvatures and residuals from the gradients, which become their tangent parts. */
static void measure(Lanes *lanes)
{
  const double inverse      = 1.0 / (double)lanes->n;
  double       mu[KR_LANES] = {0.0}, square[KR_LANES] = {0.0};

  for (size_t i = 0; i < lanes->n * KR_LANES; i += KR_LANES)
    for (size_t l = 0; l < KR_LANES; ++l) mu[l] += lanes->X[i + l] * lanes->G[i + l] * inverse;
  for (size_t i = 0; i < lanes->n * KR_LANES; i += KR_LANES)
    for (size_t l = 0; l < KR_LANES; ++l) {
      lanes->G[i + l] -= mu[l] * lanes->X[i + l];
      square[l] += lanes->G[i + l] * lanes->G[i + l];
    }
  for (size_t l = 0; l < KR_LANES; ++l) {
    lanes->mu[l]       = mu[l];
    lanes->residual[l] = sqrt(square[l] * inverse);
    lanes->E[l] *= inverse;
  }
}

/* The same on a flat manifold: q, and all of the gradient. */
static void measure_flat(Lanes *lanes)
{
  const double inverse     = 1.0 / (double)lanes->n;
  double       q[KR_LANES] = {0.0}, square[KR_LANES] = {0.0};

  for (size_t i = 0; i < lanes->n * KR_LANES; i += KR_LANES)
    for (size_t l = 0; l < KR_LANES; ++l) {
      q[l] += lanes->X[i + l] * lanes->X[i + l] * inverse;
      square[l] += lanes->G[i + l] * lanes->G[i + l];
    }
  for (size_t l = 0; l < KR_LANES; ++l) {
    lanes->mu[l]       = q[l];
    lanes->residual[l] = sqrt(square[l] * inverse);
    lanes->E[l] *= inverse;
  }
}

/* How the start in a lane stands. */
static KrReason judge(const Lanes *lanes, int l)
{
  const KrSearchOptions *options = &lanes->search->options;

  if (!isfinite(lanes->residual[l])) return KR_FAILED_SINGULAR;
  if (lanes->residual[l] <= options->gradient_tol) return KR_FOUND;
  return lanes->iterations[l] == options->newton_max_iter ? KR_FAILED_MAX_ITER : KR_RUNNING;
}

static PetscErrorCode report(const Lanes *lanes, int l, KrReason reason, KrOutcomeFn outcome,
                             void *context)
{
  const KrOutcome ended = {.start      = lanes->start[l],
                           .reason     = reason,
                           .iterations = lanes->iterations[l],
                           .index      = (int)lanes->index[l],
                           .dial       = lanes->dial[l],
                           .energy     = lanes->E[l],
                           .mu         = lanes->mu[l],
                           .residual   = lanes->residual[l],
                           .x          = lanes->ends + (size_t)l * lanes->n};

  PetscFunctionBeginUser;
  PetscCall((*outcome)(context, &ended));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Longest step, as a fraction of the radius sqrt(N) where coordinates are about 1: the narrower the valleys, the
   shorter (docs/theory/searches.md). */
static double cap_of(const Lanes *lanes)
{
  const double given = lanes->search->options.newton_cap;

  return lanes->search->length * (given > 0.0 ? given : fmin(1.2, 24.0 / (double)lanes->n));
}

/* One capped step of every lane; mu moves with x as long as it is free. */
static void step(Lanes *lanes)
{
  const KrSearchOptions *options  = &lanes->search->options;
  const size_t           size     = lanes->n * KR_LANES;
  const double           radius_2 = (double)lanes->n;
  const double           cap      = cap_of(lanes) * sqrt(radius_2);
  double                 sigma[KR_LANES], change[KR_LANES], fraction[KR_LANES];
  double                 square[KR_LANES] = {0.0}, length[KR_LANES] = {0.0};

  for (int l = 0; l < KR_LANES; ++l) {
    if (lanes->iterations[l] >= options->newton_free) lanes->multiplier[l] = lanes->mu[l];
    sigma[l]  = copysign(2.0 * lanes->search->curvature, lanes->multiplier[l]);
    change[l] = lanes->mu[l] - lanes->multiplier[l];
  }
  for (size_t i = 0; i < size; i += KR_LANES)
    for (size_t l = 0; l < KR_LANES; ++l)
      lanes->D[i + l] = lanes->G[i + l] + change[l] * lanes->X[i + l];
  (*lanes->kernels->bordered_lanes)((int)lanes->n, lanes->A, lanes->X, lanes->multiplier, sigma,
                                    lanes->D, change, lanes->index, lanes->work);
  for (size_t i = 0; i < size; i += KR_LANES)
    for (size_t l = 0; l < KR_LANES; ++l) square[l] += lanes->D[i + l] * lanes->D[i + l];
  for (int l = 0; l < KR_LANES; ++l)
    fraction[l] = square[l] > cap * cap ? cap / sqrt(square[l]) : 1.0;
  for (size_t i = 0; i < size; i += KR_LANES)
    for (size_t l = 0; l < KR_LANES; ++l) {
      lanes->X[i + l] += fraction[l] * lanes->D[i + l];
      length[l] += lanes->X[i + l] * lanes->X[i + l];
    }
  for (int l = 0; l < KR_LANES; ++l) {
    length[l] = sqrt(radius_2 / length[l]);
    lanes->multiplier[l] += fraction[l] * change[l];
    lanes->iterations[l] += 1;
  }
  for (size_t i = 0; i < size; i += KR_LANES)
    for (size_t l = 0; l < KR_LANES; ++l) lanes->X[i + l] *= length[l];
}

/* Adds what keeps a step and the index off the zero modes, to the upper triangles of which the Hessians are A + A^T. */
static void hold_modes(Lanes *lanes)
{
  KrSearch     search = lanes->search;
  const size_t n      = lanes->n;
  double      *x = lanes->work, *Z = search->held + n * n;

  for (size_t l = 0; l < KR_LANES && search->held != NULL; ++l) {
    int modes;

    for (size_t i = 0; i < n; ++i) x[i] = lanes->X[i * KR_LANES + l];
    modes = KrSymmetryZeroModes(search->symmetry, (int)n, x, Z);
    for (int m = 0; m < modes; ++m) {
      const double *z = Z + (size_t)m * n;

      for (size_t i = 0; i < n; ++i)
        for (size_t k = i; k < n; ++k)
          lanes->A[(i * n + k) * KR_LANES + l] +=
            (i == k ? 0.5 : 1.0) * search->curvature * (z[i] * z[k]);
    }
  }
}

/* The same on a flat manifold, where a step must not come too near to a boundary either. */
static void step_flat(Lanes *lanes)
{
  const size_t n = lanes->n, size = n * KR_LANES;
  const double cap = cap_of(lanes) * sqrt((double)n);

  (void)memcpy(lanes->D, lanes->G, size * sizeof *lanes->D);
  (*lanes->kernels->symmetric_lanes)((int)n, lanes->A, lanes->D, lanes->index, lanes->work);
  for (size_t l = 0; l < KR_LANES; ++l) {
    double *x = lanes->work, *d = lanes->work + n, square = 0.0;

    for (size_t i = 0; i < n; ++i) {
      x[i] = lanes->X[i * KR_LANES + l];
      d[i] = lanes->D[i * KR_LANES + l];
      square += d[i] * d[i];
    }
    (*lanes->search->manifold->step)((int)n, x, d, square > cap * cap ? cap / sqrt(square) : 1.0);
    for (size_t i = 0; i < n; ++i) lanes->X[i * KR_LANES + l] = x[i];
    lanes->iterations[l] += 1;
  }
}

/* Whether a lane is on its way, and whether rank 0 was asked to stop; it decides and sends the points. */
static PetscErrorCode share(Lanes *lanes, PetscBool *running, PetscErrorCode *code)
{
  KrSearch search = lanes->search;
  int      any    = 0;

  PetscFunctionBeginUser;
  for (int l = 0; l < KR_LANES; ++l) any |= lanes->start[l] >= 0;
  if (search->rank == 0 && KrStopWanted("search")) any = KR_LEAVE;
  if (search->n_ranks > 1) {
    PetscCallMPI(MPI_Bcast(&any, 1, MPI_INT, 0, search->comm));
    PetscCallMPI(
      MPI_Bcast(lanes->X, (PetscMPIInt)(lanes->n * KR_LANES), MPI_DOUBLE, 0, search->comm));
  }
  *running = any == 1 ? PETSC_TRUE : PETSC_FALSE;
  *code    = any == KR_LEAVE ? KR_ERR_STOPPED : PETSC_SUCCESS;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Tells of the starts that have ended, moves the others, and lets new ones into the free lanes. */
static PetscErrorCode advance(Lanes *lanes, const KrRandomKey *key, const KrStarts *starts,
                              int64_t *next, KrOutcomeFn outcome, void *context)
{
  const PetscBool is_flat = lanes->search->manifold->n_radial == 0 ? PETSC_TRUE : PETSC_FALSE;
  KrReason        reason[KR_LANES];

  PetscFunctionBeginUser;
  if (is_flat) measure_flat(lanes);
  else measure(lanes);
  for (int l = 0; l < KR_LANES; ++l) {
    reason[l] = lanes->start[l] < 0 ? KR_RUNNING : judge(lanes, l);
    for (size_t i = 0; reason[l] != KR_RUNNING && i < lanes->n; ++i)
      lanes->ends[(size_t)l * lanes->n + i] = lanes->X[i * KR_LANES + (size_t)l];
  }
  hold_modes(lanes);
  if (is_flat) step_flat(lanes); /* of the others; those that have ended get their index */
  else step(lanes);
  for (int l = 0; l < KR_LANES; ++l) {
    if (reason[l] == KR_RUNNING) continue;
    PetscCall(report(lanes, l, reason[l], outcome, context));
    PetscCall(refill(lanes, key, starts, next, l));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode run(KrSearch search, const KrRandomKey *key, const KrStarts *starts,
                          KrOutcomeFn outcome, void *context)
{
  int64_t        next = starts->first;
  PetscErrorCode code;
  PetscBool      running;
  Lanes          lanes;

  PetscFunctionBeginUser;
  PetscCall(create(search, &lanes));
  for (int l = 0; search->rank == 0 && l < KR_LANES; ++l)
    PetscCall(refill(&lanes, key, starts, &next, l));
  for (;;) {
    PetscCall(share(&lanes, &running, &code));
    if (!running) break;
    PetscCall(KrModelDerivativesLanes(search->model, lanes.X, lanes.E, lanes.G, lanes.A));
    if (search->rank == 0) PetscCall(advance(&lanes, key, starts, &next, outcome, context));
  }
  free(lanes.X);
  PetscFunctionReturn(code);
}

const KrSearchOps KrSearchOps_All = {
  .most_lanes = KR_LANES, .run_all = run, .work_bytes = work_bytes};
