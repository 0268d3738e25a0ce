/* The pool: starts move side by side, one in each lane of a batch; who ends leaves, the next start enters.
   Rank 0 of the model's communicator decides, so that no two ranks can disagree about a step. */
#include "search_impl.h"
#include <kacrice/manifold.h>
#include <math.h>
#include <string.h>

static const struct {
  const char        *name;
  const KrSearchOps *ops;
} search_kinds[] = {
#define KR_SEARCH(name, ops) {name, &ops},
#include "search_list.h"
#undef KR_SEARCH
};

/*
  KrSearchKindName - Name of a registered kind of search.

  Not collective

  Input:
. kind - 0, 1, ...

  Returns:
  the name, a constant; NULL beyond the last
*/
const char *KrSearchKindName(int kind)
{
  return kind >= 0 && kind < (int)PETSC_STATIC_ARRAY_LENGTH(search_kinds) ? search_kinds[kind].name
                                                                          : NULL;
}

/* Starts on the way at once. */
static int count_lanes(const KrSearchOptions *options)
{
  return options->starts < KR_LANES ? (int)options->starts : KR_LANES;
}

/*
  KrSearchWorkBytes - Memory that a search and its model need beside the couplings.

  Not collective

  Input:
+ options - starts a sample
- n       - N

  Returns:
  bytes: the Hessians of the lanes here and in the model, one Newton system, one spectrum
*/
double KrSearchWorkBytes(const KrSearchOptions *options, PetscInt n)
{
  const int lanes = count_lanes(options);

  return 8.0 * (double)n * (double)n * (lanes + (lanes > 1 ? KR_LANES : 0) + 3.0);
}

static PetscErrorCode allocate(KrSearch search)
{
  const size_t n = (size_t)search->n, lanes = (size_t)search->n_lanes;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(lanes, &search->lanes));
  PetscCall(PetscMalloc2(lanes * n, &search->X, lanes * n, &search->previous));
  PetscCall(PetscMalloc3(lanes * n, &search->batch, lanes, &search->E, lanes * n, &search->G));
  PetscCall(PetscMalloc1(lanes * n * n, &search->hessians));
  PetscCall(PetscMalloc3((n + 1) * (n + 1), &search->system, n + 1, &search->direction, n + 1,
                         &search->pivots));
  for (size_t l = 0; l < lanes; ++l) {
    search->lanes[l].x        = search->X + l * n;
    search->lanes[l].previous = search->previous + l * n;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrSearchCreate - Makes a search on a model.

  Collective on the model's communicator

  Input:
+ model   - borrowed, must outlive the search
- options - copied

  Output:
. search - caller destroys with KrSearchDestroy()

  Cost: KR_LANES matrices N x N of memory (one when a sample has one start)
*/
PetscErrorCode KrSearchCreate(KrModel model, const KrSearchOptions *options, KrSearch *search)
{
  const KrMixture *f;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(search));
  (*search)->model   = model;
  (*search)->options = *options;
  (*search)->ops     = search_kinds[options->kind].ops;
  PetscCall(KrModelGetSize(model, &(*search)->n));
  PetscCall(KrModelGetComm(model, &(*search)->comm));
  PetscCallMPI(MPI_Comm_rank((*search)->comm, &(*search)->rank));
  PetscCall(KrModelGetMixture(model, &f));
  (*search)->curvature = sqrt(KrMixtureValue(f, 2, 1.0));
  (*search)->n_lanes   = count_lanes(options);
  PetscCall(allocate(*search));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrSearchDestroy - Frees a search; accepts NULL inside and may be called twice.

  Collective on the model's communicator

  In/out:
. search - set to NULL
*/
PetscErrorCode KrSearchDestroy(KrSearch *search)
{
  PetscFunctionBeginUser;
  if (*search == NULL) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscFree((*search)->lanes));
  PetscCall(PetscFree2((*search)->X, (*search)->previous));
  PetscCall(PetscFree3((*search)->batch, (*search)->E, (*search)->G));
  PetscCall(PetscFree((*search)->hessians));
  PetscCall(PetscFree3((*search)->system, (*search)->direction, (*search)->pivots));
  PetscCall(PetscFree(*search));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Energy, radial curvature and residual at lane->x from the gradient, which becomes its tangent part. The energy
   comes in as H in lane->energy and leaves as e. */
void KrLaneMeasure(KrSearch search, KrLane *lane, double g[])
{
  double square = 0.0;

  lane->energy /= (double)search->n;
  lane->mu = KrSphereProject((int)search->n, lane->x, g);
  for (PetscInt i = 0; i < search->n; ++i) square += g[i] * g[i];
  lane->residual = sqrt(square / (double)search->n);
}

/* The next start of this run into a free lane; none is left: the lane stays idle. */
static void refill(KrSearch search, const KrRandomKey *key, int64_t stride, int64_t *next,
                   KrLane *lane)
{
  if (*next >= search->options.starts) return;
  lane->start         = *next;
  lane->reason        = KR_RUNNING;
  lane->iterations    = 0;
  lane->wants_hessian = PETSC_FALSE;
  (*search->ops->begin)(search, key, lane);
  *next += stride;
}

/* Which lanes are evaluated next, the same on every rank: rank 0 tells, and sends their points. */
static PetscErrorCode gather_batch(KrSearch search, PetscBool hessian, int members[],
                                   PetscMPIInt *n_members)
{
  const size_t n = (size_t)search->n;

  PetscFunctionBeginUser;
  *n_members = 0;
  for (int l = 0; search->rank == 0 && l < search->n_lanes; ++l) {
    if (search->lanes[l].reason != KR_RUNNING || search->lanes[l].wants_hessian != hessian)
      continue;
    (void)memcpy(search->batch + (size_t)*n_members * n, search->lanes[l].x, n * sizeof(double));
    members[(*n_members)++] = l;
  }
  PetscCallMPI(MPI_Bcast(n_members, 1, MPI_INT, 0, search->comm));
  if (*n_members > 0)
    PetscCallMPI(
      MPI_Bcast(search->batch, *n_members * (PetscMPIInt)n, MPI_DOUBLE, 0, search->comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Evaluates the running lanes that want (no) Hessian at once and moves each one step on. A batch of one is padded
   when the search has several lanes: so a start meets the same kernel whoever travels with it. */
static PetscErrorCode advance_lanes(KrSearch search, PetscBool hessian, PetscMPIInt *n_members)
{
  const size_t n                 = (size_t)search->n;
  int          members[KR_LANES] = {0};
  PetscInt     n_points;

  PetscFunctionBeginUser;
  PetscCall(gather_batch(search, hessian, members, n_members));
  if (*n_members == 0) PetscFunctionReturn(PETSC_SUCCESS);
  n_points = *n_members;
  if (n_points == 1 && search->n_lanes > 1) {
    (void)memcpy(search->batch + n, search->batch, n * sizeof(double));
    n_points = 2;
  }
  PetscCall(KrModelDerivatives(search->model, n_points, search->batch, search->E, search->G,
                               hessian ? search->hessians : NULL));
  for (size_t m = 0; search->rank == 0 && m < (size_t)*n_members; ++m) {
    KrLane *lane = &search->lanes[members[m]];

    lane->energy = search->E[m];
    PetscCall((*search->ops->advance)(search, lane, search->G + m * n,
                                      hessian ? search->hessians + m * n * n : NULL));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Reports lanes that have ended and gives them their next start. */
static PetscErrorCode harvest(KrSearch search, const KrRandomKey *key, int64_t stride,
                              int64_t *next, KrOutcomeFn outcome, void *context)
{
  PetscFunctionBeginUser;
  for (int l = 0; search->rank == 0 && l < search->n_lanes; ++l) {
    KrLane   *lane = &search->lanes[l];
    KrOutcome ended;

    if (lane->reason == KR_RUNNING || lane->start < 0) continue;
    ended = (KrOutcome){.start      = lane->start,
                        .reason     = lane->reason,
                        .iterations = lane->iterations,
                        .energy     = lane->energy,
                        .mu         = lane->mu,
                        .residual   = lane->residual,
                        .x          = lane->x};
    PetscCall((*outcome)(context, &ended));
    lane->start = -1; /* idle until refilled */
    refill(search, key, stride, next, lane);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrSearchRun - Runs the starts first, first + stride, ... below options->starts to their ends.

  Collective on the model's communicator

  Input:
+ search  - the search; its model has its disorder drawn
. seed    - campaign seed
. sample  - number of the disorder sample
. first   - first start of this caller
. stride  - number of callers that share the starts
. outcome - called once a start, on rank 0 of the model's communicator, in no particular order
- context - passed to outcome

  Notes:
  What a start finds depends on (seed, sample, start number) only: the same bits however the starts are shared.

  Cost: for each step of a start a column of KrModelDerivatives() and, for Newton, one LDL^T of N + 1
*/
PetscErrorCode KrSearchRun(KrSearch search, uint64_t seed, int64_t sample, int64_t first,
                           int64_t stride, KrOutcomeFn outcome, void *context)
{
  const KrRandomKey key  = {.seed = seed, .stream = KR_STREAM_START, .sample = (uint64_t)sample};
  int64_t           next = first;
  PetscMPIInt       n_plain, n_hessian;

  PetscFunctionBeginUser;
  for (int l = 0; l < search->n_lanes; ++l) {
    search->lanes[l].start  = -1;
    search->lanes[l].reason = KR_FOUND; /* idle */
    if (search->rank == 0) refill(search, &key, stride, &next, &search->lanes[l]);
  }
  do {
    PetscCall(advance_lanes(search, PETSC_FALSE, &n_plain));
    PetscCall(advance_lanes(search, PETSC_TRUE, &n_hessian));
    PetscCall(harvest(search, &key, stride, &next, outcome, context));
  } while (n_plain + n_hessian > 0);
  PetscFunctionReturn(PETSC_SUCCESS);
}
