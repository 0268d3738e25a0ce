/* All complex critical points of a pure model, and among them the real ones: paths from the eigenpairs of a
   diagonal tensor to those of the model's. Every path is accounted for; those whose ends coincide are followed
   again with more care (docs/theory/homotopy.md). */
#include "../homotopy.h"
#include <kacrice/manifold.h>
#include <math.h>
#include <stdlib.h>

#define CAREFUL      1e-2 /* factor of the target when paths are followed again */
#define LEAST_TARGET 1e-9
#define ROUNDS \
  6 /* with one start tensor: two paths that have changed places show after the other is right */
#define ATTEMPTS      3    /* start tensors */
#define REAL          1e-8 /* imaginary part of an end that may be real, |x| = 1 */
#define MOVED         1e-6 /* and how far the real Newton may then take it */
#define REAL_MAX_ITER 10

typedef struct { /* all ends of this rank's paths */
  KrSearch   search;
  KrTracker  tracker;
  int64_t    first, stride, n_ends;
  KrEndMark *ends;    /* of path first + i * stride at i */
  KrReason  *reasons; /* KR_FOUND, KR_COMPLEX or why it was lost */
  int       *steps;
  int64_t   *places; /* of a real end in `points`; else -1 */
  int64_t    n_points, capacity;
  double    *points; /* N each, |x|^2 = N; those of paths followed again are left behind */
  double    *forms;  /* 3 N: linear forms of the marks */
  double    *hessian;
} Book;

static PetscErrorCode create_book(KrSearch search, const KrRandomKey *key, const KrStarts *starts,
                                  Book *book)
{
  const KrRandomKey own = {.seed = key->seed, .stream = KR_STREAM_HOMOTOPY, .sample = key->sample};
  const int64_t     n   = search->n;

  PetscFunctionBeginUser;
  *book = (Book){.search = search, .first = starts->first, .stride = starts->stride};
  if (starts->end > starts->first)
    book->n_ends = (starts->end - starts->first + starts->stride - 1) / starts->stride;
  PetscCall(KrTrackerCreate(search, &book->tracker));
  PetscCall(PetscMalloc4(book->n_ends, &book->ends, book->n_ends, &book->reasons, book->n_ends,
                         &book->steps, book->n_ends, &book->places));
  PetscCall(PetscMalloc2(3 * n, &book->forms, n * n, &book->hessian));
  KrRandomNormals(&own, (uint64_t)1 << 48, (int)(3 * n), book->forms);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode destroy_book(Book *book)
{
  PetscFunctionBeginUser;
  PetscCall(KrTrackerDestroy(&book->tracker));
  PetscCall(PetscFree4(book->ends, book->reasons, book->steps, book->places));
  PetscCall(PetscFree2(book->forms, book->hessian));
  PetscCall(PetscFree(book->points));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void mark(const Book *book, const KrPathEnd *end, KrEndMark *ended)
{
  const size_t   n       = (size_t)book->search->n;
  double complex form[3] = {0.0}, ratio;

  for (size_t i = 0; i < n; ++i)
    for (size_t f = 0; f < 3; ++f) form[f] += book->forms[f * n + i] * end->x[i];
  ratio          = form[0] / form[2];
  ended->path    = end->path;
  ended->mark[0] = atan(creal(ratio)) / PETSC_PI;
  ended->mark[1] = cimag(ratio);
  ratio          = form[1] / form[2];
  ended->mark[2] = creal(ratio);
  ended->mark[3] = cimag(ratio);
}

/* An eigenvector is real when a multiple of it is. With the phase that makes x.x positive |Re x| is largest,
   and |Im x| is the distance to the nearest real vector. The real part goes to `points` when it is that close. */
static PetscErrorCode keep_real(Book *book, const KrPathEnd *end, int64_t *place)
{
  const size_t   n         = (size_t)book->search->n;
  double complex square    = 0.0, phase;
  double         imaginary = 0.0, *x;

  PetscFunctionBeginUser;
  *place = -1;
  for (size_t i = 0; i < n; ++i) square += end->x[i] * end->x[i];
  phase = cexp(-0.5 * I * carg(square));
  for (size_t i = 0; i < n; ++i) imaginary += pow(cimag(phase * end->x[i]), 2);
  if (imaginary > REAL * REAL) PetscFunctionReturn(PETSC_SUCCESS);
  if (book->n_points == book->capacity) {
    book->capacity = 2 * book->capacity + 64;
    PetscCall(PetscRealloc((size_t)book->capacity * n * sizeof *x, &book->points));
  }
  *place = book->n_points++;
  x      = book->points + (size_t)*place * n;
  for (size_t i = 0; i < n; ++i) x[i] = creal(phase * end->x[i]);
  KrSphereNormalise((int)n, x);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A KrPathEndFn: one more end, in the place of an earlier one of the same path. */
static PetscErrorCode enter(void *context, const KrPathEnd *end)
{
  Book         *book = context;
  const int64_t i    = (end->path - book->first) / book->stride;

  PetscFunctionBeginUser;
  book->reasons[i] = end->reason;
  book->steps[i]   = end->steps;
  book->places[i]  = -1;
  book->ends[i]    = (KrEndMark){.path = -1};
  if (end->reason != KR_FOUND) PetscFunctionReturn(PETSC_SUCCESS);
  mark(book, end, &book->ends[i]);
  PetscCall(keep_real(book, end, &book->places[i]));
  if (book->places[i] < 0) book->reasons[i] = KR_COMPLEX;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static int is_listed(int64_t n_list, const int64_t list[], int64_t number)
{
  int64_t low = 0, high = n_list;

  while (low < high) {
    const int64_t middle = (low + high) / 2;

    if (list[middle] < number) low = middle + 1;
    else high = middle;
  }
  return low < n_list && list[low] == number;
}

/* Follows those of this rank's paths that are lost or listed, or all of them. */
static PetscErrorCode follow(Book *book, const KrRandomKey *key, const KrTracking *tracking,
                             PetscBool all, int64_t n_list, const int64_t list[],
                             int64_t *n_followed)
{
  int64_t       *paths, n_paths = 0;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(book->n_ends, &paths));
  for (int64_t i = 0; i < book->n_ends; ++i) {
    const int64_t path = book->first + i * book->stride;

    if (all || book->ends[i].path < 0 || is_listed(n_list, list, path)) paths[n_paths++] = path;
  }
  if (all) book->n_points = 0;
  code = KrTrackerRun(book->tracker, key, tracking, n_paths, paths, enter, book);
  PetscCall(PetscFree(paths));
  PetscCall(code);
  *n_followed += n_paths;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Follows all paths, then those in doubt with more care, then all from another start tensor, until each has an
   end of its own. Every decision is the same on all ranks, and for any number of them. */
static PetscErrorCode follow_all(Book *book, const KrRandomKey *key, MPI_Comm sharers,
                                 int64_t n_paths, KrHomotopyCount *count)
{
  const KrTracking usual      = {.target = book->search->options.homotopy_target};
  KrTracking       tracking   = usual;
  int64_t          n_followed = 0, n_suspects = 0, *suspects = NULL;
  PetscErrorCode   code;

  PetscFunctionBeginUser;
  *count = (KrHomotopyCount){.paths = n_paths};
  for (int round = 0; round < ROUNDS * ATTEMPTS && count->distinct < n_paths; ++round) {
    if (round % ROUNDS == 0) {
      tracking         = usual;
      tracking.attempt = round / ROUNDS;
    } else {
      tracking.target =
        PetscMin(tracking.target, PetscMax(LEAST_TARGET, CAREFUL * tracking.target));
    }
    code = follow(book, key, &tracking, round % ROUNDS == 0 ? PETSC_TRUE : PETSC_FALSE, n_suspects,
                  suspects, &n_followed);
    PetscCall(PetscFree(suspects));
    PetscCall(KrStopAgree(sharers, &code));
    PetscCall(code);
    PetscCall(
      KrEndsCompare(sharers, book->n_ends, book->ends, &count->distinct, &n_suspects, &suspects));
  }
  PetscCall(PetscFree(suspects));
  PetscCallMPI(MPI_Allreduce(&n_followed, &count->n_followed, 1, MPI_INT64_T, MPI_SUM, sharers));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Newton on the sphere from the real part of an end: lane->x, in place. It is a critical point when that converges, and
   stays where it was. */
static PetscErrorCode polish_real(Book *book, KrLane *lane, int *index)
{
  KrSearch     search = book->search;
  const size_t n      = (size_t)search->n;
  double       moved = 0.0, *g = search->G;
  KrNewton     newton;

  PetscFunctionBeginUser;
  lane->reason = KR_COMPLEX;
  for (int i = 0; i <= REAL_MAX_ITER; ++i) {
    PetscCall(KrModelDerivatives(search->model, 1, lane->x, &lane->energy, g, book->hessian));
    KrLaneMeasure(search, lane, g);
    PetscCall(KrNewtonStep(search, lane->x, lane->mu, g, book->hessian, &newton));
    *index = newton.index;
    if (lane->residual <= search->options.gradient_tol) {
      lane->reason = KR_FOUND;
      break;
    }
    if (!newton.solved) break;
    for (size_t k = 0; k < n; ++k) moved += fabs(newton.direction[k]);
    if (!(moved <= MOVED * (double)n)) break;
    KrSphereStep((int)n, lane->x, newton.direction, 1.0);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Tells of the end of each path. */
static PetscErrorCode tell(Book *book, KrOutcomeFn outcome, void *context)
{
  PetscFunctionBeginUser;
  for (int64_t i = 0; i < book->n_ends; ++i) {
    KrLane lane  = {.reason = book->reasons[i], .x = book->search->X};
    int    index = 0;

    if (KrStopWanted("homotopy")) PetscFunctionReturn(KR_ERR_STOPPED);
    if (book->places[i] >= 0) {
      lane.x = book->points + book->places[i] * book->search->n;
      PetscCall(polish_real(book, &lane, &index));
    }
    PetscCall((*outcome)(context, &(KrOutcome){.start      = book->first + i * book->stride,
                                               .reason     = lane.reason,
                                               .iterations = book->steps[i],
                                               .index      = index,
                                               .energy     = lane.energy,
                                               .mu         = lane.mu,
                                               .residual   = lane.residual,
                                               .x          = lane.x}));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The paths of `starts`, compared over the ranks of sharers. */
static PetscErrorCode run(KrSearch search, const KrRandomKey *key, const KrStarts *starts,
                          MPI_Comm sharers, int64_t n_paths, KrOutcomeFn outcome, void *context,
                          KrHomotopyCount *count)
{
  Book           book;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(create_book(search, key, starts, &book));
  code = follow_all(&book, key, sharers, n_paths, count);
  if (code == 0) {
    code = tell(&book, outcome, context);
    PetscCall(KrStopAgree(sharers, &code));
  }
  PetscCall(destroy_book(&book));
  PetscCall(code);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A part of the paths by itself: KrSearchOps.run_all. */
static PetscErrorCode run_some(KrSearch search, const KrRandomKey *key, const KrStarts *starts,
                               KrOutcomeFn outcome, void *context)
{
  const int64_t   n_paths = (starts->end - starts->first + starts->stride - 1) / starts->stride;
  KrHomotopyCount count;

  PetscFunctionBeginUser;
  PetscCall(run(search, key, starts, PETSC_COMM_SELF, n_paths, outcome, context, &count));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrHomotopyRun - Follows all paths of a sample, until each has an end of its own or nothing helps.

  Collective on sharers

  Input:
+ search  - of kind homotopy; its model is pure, p = 3 or 4, alone on this rank, with its disorder drawn
. seed    - campaign seed
. sample  - number of the disorder sample
. sharers - ranks that share the paths, each with a search of its own
. outcome - called once for each path of this rank; its number is the start, KR_FOUND for the real points
- context - passed to outcome

  Output:
. count - over all ranks; the list of critical points is proved to be whole when distinct is paths

  Notes:  outcomes depend on (seed, sample, path number) only: the same for any number of sharers
  Errors: KR_ERR_STOPPED on every sharer, some outcomes told, when one of them was asked to stop
  Cost:   about 150 Newton steps a path, 20 to 200 us at N = 6 ... 15
  Source: docs/theory/homotopy.md
*/
PetscErrorCode KrHomotopyRun(KrSearch search, uint64_t seed, int64_t sample, MPI_Comm sharers,
                             KrOutcomeFn outcome, void *context, KrHomotopyCount *count)
{
  const KrRandomKey key = {.seed = seed, .stream = KR_STREAM_HOMOTOPY, .sample = (uint64_t)sample};
  const KrMixture  *f;
  int64_t           n_paths;
  PetscMPIInt       rank, size;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(sharers, &rank));
  PetscCallMPI(MPI_Comm_size(sharers, &size));
  PetscCall(KrModelGetMixture(search->model, &f));
  n_paths = KrHomotopyPaths(f->order[0], search->n);
  PetscCall(run(search, &key, &(KrStarts){.first = rank, .end = n_paths, .stride = size}, sharers,
                n_paths, outcome, context, count));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static double work_bytes(PetscInt n)
{
  return KrTrackerBytes(n) + 8.0 * (double)(n * n + 3 * n);
}

const KrSearchOps KrSearchOps_Homotopy = {
  .most_lanes = KR_LANES, .run_all = run_some, .work_bytes = work_bytes};
