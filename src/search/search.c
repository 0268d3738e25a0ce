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

static const KrSearchOps *ops_of(const KrSearchOptions *options)
{
  static const KrSearchOps *const descents[] = {[KR_DESCENT_GRADIENT]  = &KrSearchOps_Minima,
                                                [KR_DESCENT_LBFGS]     = &KrSearchOps_MinimaLbfgs,
                                                [KR_DESCENT_NEWTON_CG] = &KrSearchOps_MinimaTao};

  return options->kind == KR_SEARCH_MINIMA ? descents[options->descent_method]
                                           : search_kinds[options->kind].ops;
}

/*
  KrSearchLanes - Starts of a sample that a search has on the way at once: the points it contracts together.

  Not collective

  Input:
. options - kind, method and starts

  Returns:
  1 ... KR_BATCH
*/
int KrSearchLanes(const KrSearchOptions *options)
{
  const int most = ops_of(options)->most_lanes;

  return options->starts < most ? (int)options->starts : most;
}

/* Hessians that the pool evaluates at once. */
static int count_hessians(const KrSearchOptions *options)
{
  if (ops_of(options)->run_all != NULL) return 0;
  return PetscMin(KR_LANES, KrSearchLanes(options));
}

/*
  KrSearchWorkBytes - Memory that a search and its model need beside the couplings.

  Not collective

  Input:
+ options - starts a sample
- n       - N

  Returns:
  bytes. In the pool: the Hessians evaluated at once here and in the model, one Newton system, one spectrum; the points
  of the lanes, four arrays here and three in the model. Otherwise what the search says, and one spectrum
*/
double KrSearchWorkBytes(const KrSearchOptions *options, PetscInt n)
{
  const int          hessians = count_hessians(options);
  const KrSearchOps *ops      = ops_of(options);
  const double       more     = ops->run != NULL ? 1.0 : 0.0; /* TAO's Hessian */
  const double       state =
    ops->state_size != NULL ? (double)(*ops->state_size)(n) : 0.0; /* of a lane */

  if (ops->run_all != NULL) return (*ops->work_bytes)(n) + 24.0 * (double)n * (double)n;
  return 8.0 * (double)n * (double)n * (hessians + (hessians > 1 ? KR_LANES : 0) + more + 3.0) +
         (8.0 * (double)n * 7.0 + state) * KrSearchLanes(options);
}

static PetscErrorCode allocate(KrSearch search)
{
  const size_t n = (size_t)search->n, lanes = (size_t)search->n_lanes;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(lanes, &search->lanes));
  PetscCall(PetscMalloc2(lanes * n, &search->X, lanes * n, &search->previous));
  PetscCall(PetscMalloc3(lanes * n, &search->batch, lanes, &search->E, lanes * n, &search->G));
  PetscCall(PetscMalloc1((size_t)search->n_hessians * n * n, &search->hessians));
  PetscCall(PetscMalloc3((n + 1) * (n + 1), &search->system, n + 1, &search->direction, n + 1,
                         &search->pivots));
  if (search->symmetry->n_modes_max > 0)
    PetscCall(PetscMalloc1(n * (n + (size_t)search->symmetry->n_modes_max), &search->held));
  for (size_t l = 0; l < lanes; ++l) {
    if (search->ops->state_size != NULL)
      PetscCall(PetscMalloc((*search->ops->state_size)(search->n), &search->lanes[l].state));
    search->lanes[l].x        = search->X + l * n;
    search->lanes[l].previous = search->previous + l * n;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* From units of J, the landscape's scale, to those of its energies. */
static void take_scale(double scale, KrSearchOptions *options)
{
  options->gradient_tol *= scale;
  options->descent_polish *= scale;
  options->descent_step /= scale;
}

/*
  KrSearchCreate - Makes a search on a model.

  Collective on the model's communicator

  Input:
+ model   - borrowed, must outlive the search
- options - copied

  Output:
. search - caller destroys with KrSearchDestroy()

  Cost: KrSearchWorkBytes()
*/
PetscErrorCode KrSearchCreate(KrModel model, const KrSearchOptions *options, KrSearch *search)
{
  const KrShape *shape;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(search));
  (*search)->model   = model;
  (*search)->options = *options;
  (*search)->ops     = ops_of(options);
  PetscCall(KrModelGetSize(model, &(*search)->n));
  PetscCall(KrModelGetShape(model, &shape));
  PetscCall(KrModelGetComm(model, &(*search)->comm));
  PetscCallMPI(MPI_Comm_rank((*search)->comm, &(*search)->rank));
  PetscCallMPI(MPI_Comm_size((*search)->comm, &(*search)->n_ranks));
  (*search)->manifold  = shape->manifold;
  (*search)->symmetry  = shape->symmetry;
  (*search)->scale     = shape->gradient;
  (*search)->curvature = shape->hessian;
  (*search)->length    = shape->length;
  take_scale((*search)->scale, &(*search)->options);
  PetscCheck(
    (*search)->manifold->n_radial > 0 || options->kind == KR_SEARCH_ALL ||
      (options->kind == KR_SEARCH_MINIMA && options->descent_method == KR_DESCENT_GRADIENT),
    (*search)->comm, PETSC_ERR_SUP, "this search works on the sphere only");
  (*search)->n_lanes    = KrSearchLanes(options);
  (*search)->n_hessians = count_hessians(options);
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
  for (int l = 0; l < (*search)->n_lanes; ++l) PetscCall(PetscFree((*search)->lanes[l].state));
  PetscCall(PetscFree((*search)->lanes));
  PetscCall(PetscFree2((*search)->X, (*search)->previous));
  PetscCall(PetscFree3((*search)->batch, (*search)->E, (*search)->G));
  PetscCall(PetscFree((*search)->hessians));
  PetscCall(PetscFree((*search)->held));
  PetscCall(PetscFree3((*search)->system, (*search)->direction, (*search)->pivots));
  PetscCall(PetscFree(*search));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The next start of this run into a free lane; none is left: the lane stays idle. */
static PetscErrorCode refill(KrSearch search, const KrRandomKey *key, const KrStarts *starts,
                             int64_t *next, KrLane *lane)
{
  PetscFunctionBeginUser;
  if (*next >= starts->end) PetscFunctionReturn(PETSC_SUCCESS);
  lane->start         = *next;
  lane->reason        = KR_RUNNING;
  lane->iterations    = 0;
  lane->wants_hessian = PETSC_FALSE;
  lane->is_held       = PETSC_FALSE;
  PetscCall((*search->ops->begin)(search, key, lane));
  *next += starts->stride;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The running lanes that want (no) Hessian, at most `most` of them. */
static int find_members(KrSearch search, PetscBool hessian, int most, int members[])
{
  int n_members = 0;

  for (int l = 0; l < search->n_lanes && n_members < most; ++l)
    if (search->lanes[l].reason == KR_RUNNING && search->lanes[l].wants_hessian == hessian)
      members[n_members++] = l;
  return n_members;
}

/* Which lanes are evaluated next: those that want a gradient, and those that want a Hessian once there are enough to
   fill a batch, or nothing else is left to do. */
static PetscBool choose_members(KrSearch search, int members[], int *n_members)
{
  *n_members = find_members(search, PETSC_TRUE, search->n_hessians, members);
  if (*n_members == search->n_hessians) return PETSC_TRUE;
  if (find_members(search, PETSC_FALSE, 1, &(int){0}) == 0) return PETSC_TRUE;
  *n_members = find_members(search, PETSC_FALSE, search->n_lanes, members);
  return PETSC_FALSE;
}

/* The batch that is evaluated next, the same on every rank: rank 0 tells, and sends the points. No members: the end. */
static PetscErrorCode gather_batch(KrSearch search, int members[], int *n_members,
                                   PetscBool *hessian)
{
  const size_t n       = (size_t)search->n;
  int          plan[2] = {0, 0}; /* members, with Hessian */

  PetscFunctionBeginUser;
  if (search->rank == 0 && KrStopWanted("search")) plan[0] = KR_LEAVE;
  else if (search->rank == 0) plan[1] = choose_members(search, members, &plan[0]);
  for (int m = 0; search->rank == 0 && m < plan[0]; ++m)
    (void)memcpy(search->batch + (size_t)m * n, search->lanes[members[m]].x, n * sizeof(double));
  PetscCallMPI(MPI_Bcast(plan, 2, MPI_INT, 0, search->comm));
  if (plan[0] == KR_LEAVE) PetscFunctionReturn(KR_ERR_STOPPED);
  *n_members = plan[0];
  *hessian   = plan[1] ? PETSC_TRUE : PETSC_FALSE;
  if (*n_members > 0)
    PetscCallMPI(
      MPI_Bcast(search->batch, *n_members * (PetscMPIInt)n, MPI_DOUBLE, 0, search->comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Evaluates a batch of running lanes and moves each one step on. A batch of one is padded when the search has several
   lanes: so a start meets the same kernel whoever travels with it. */
static PetscErrorCode advance_lanes(KrSearch search, int *n_members)
{
  const size_t n                 = (size_t)search->n;
  int          members[KR_BATCH] = {0};
  PetscInt     n_points;
  PetscBool    hessian = PETSC_FALSE;

  PetscFunctionBeginUser;
  PetscCall(gather_batch(search, members, n_members, &hessian));
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
static PetscErrorCode harvest(KrSearch search, const KrRandomKey *key, const KrStarts *starts,
                              int64_t *next, KrOutcomeFn outcome, void *context)
{
  PetscFunctionBeginUser;
  for (int l = 0; search->rank == 0 && l < search->n_lanes; ++l) {
    KrLane *lane = &search->lanes[l];

    if (lane->reason == KR_RUNNING || lane->start < 0) continue;
    PetscCall(KrLaneReport(lane, outcome, context));
    lane->start = -1; /* idle until refilled */
    PetscCall(refill(search, key, starts, next, lane));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Start after start, each by all ranks of the model together. */
static PetscErrorCode run_in_turn(KrSearch search, const KrRandomKey *key, const KrStarts *starts,
                                  KrOutcomeFn outcome, void *context)
{
  KrLane *lane = &search->lanes[0];

  PetscFunctionBeginUser;
  for (lane->start = starts->first; lane->start < starts->end; lane->start += starts->stride) {
    lane->reason     = KR_RUNNING;
    lane->iterations = 0;
    PetscCall((*search->ops->run)(search, key, lane));
    if (search->rank == 0) PetscCall(KrLaneReport(lane, outcome, context));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Starts in the pool: who ends leaves, the next enters. */
static PetscErrorCode run_in_pool(KrSearch search, const KrRandomKey *key, const KrStarts *starts,
                                  KrOutcomeFn outcome, void *context)
{
  int64_t next      = starts->first;
  int     n_members = 0;

  PetscFunctionBeginUser;
  for (int l = 0; l < search->n_lanes; ++l) {
    search->lanes[l].start  = -1;
    search->lanes[l].reason = KR_FOUND; /* idle */
    if (search->rank == 0) PetscCall(refill(search, key, starts, &next, &search->lanes[l]));
  }
  do {
    PetscCall(advance_lanes(search, &n_members));
    PetscCall(harvest(search, key, starts, &next, outcome, context));
  } while (n_members > 0);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrSearchRun - Runs starts to their ends.

  Collective on the model's communicator

  Input:
+ search  - the search; its model has its disorder drawn
. seed    - campaign seed
. sample  - number of the disorder sample
. starts  - which; those of other callers that share them have another `first` and the same stride
. outcome - called once a start, on rank 0 of the model's communicator, in no particular order
- context - passed to outcome

  Notes:
  What a start finds depends on (seed, sample, start number, dial) only: the same bits however the starts are shared.

  Errors: KR_ERR_STOPPED on every rank of the model, some outcomes told, when its first one was asked to stop
  Cost: for each step of a start a column of KrModelDerivatives() and, for Newton, one LDL^T of N
*/
PetscErrorCode KrSearchRun(KrSearch search, uint64_t seed, int64_t sample, const KrStarts *starts,
                           KrOutcomeFn outcome, void *context)
{
  const KrRandomKey key = KrStartKey(seed, sample);

  PetscFunctionBeginUser;
  if (search->ops->run_all != NULL)
    PetscCall((*search->ops->run_all)(search, &key, starts, outcome, context));
  else if (search->ops->run != NULL) PetscCall(run_in_turn(search, &key, starts, outcome, context));
  else PetscCall(run_in_pool(search, &key, starts, outcome, context));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrSearchDescend - Runs descents from given points to their minima.

  Collective on the model's communicator

  Input:
+ search   - its kind is minima; its model has its disorder drawn
. n_points - how many
. X        - n_points x N, a point a row, |x|^2 = N; on rank 0 of the model's communicator
. outcome  - called once a point, on rank 0, in no particular order; its start is the number of the row
- context  - passed to outcome

  Cost: for each step of a descent a column of KrModelDerivatives()
  See:  KrSearchRun()
*/
PetscErrorCode KrSearchDescend(KrSearch search, int64_t n_points, const double X[],
                               KrOutcomeFn outcome, void *context)
{
  const KrStarts starts = {.end = n_points, .stride = 1};
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCheck(search->options.kind == KR_SEARCH_MINIMA, search->comm, PETSC_ERR_ARG_WRONGSTATE,
             "only descents begin at given points");
  search->points = X;
  code           = KrSearchRun(search, 0, 0, &starts, outcome, context);
  search->points = NULL;
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}
