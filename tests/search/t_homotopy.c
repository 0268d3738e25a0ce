/* kr_test: ranks=1,2 labels=search,parallel timeout=120 */
/* All complex eigenvectors of a symmetric tensor, judged by themselves: each end solves T x^{p-1} = lambda x, all
   differ, the conjugate of each is among them, and there are ((p-1)^N - 1)/(p-2). So none is missing. Paths that
   are followed carelessly lose some, which is noticed and mended. */
#include "kr_test.h"
#include "model/model_test.h"
#include "../../src/search/homotopy.h"
#include <stdlib.h>

#define N_MAX     6
#define PATHS_MAX 400

/* A Newton step of 1e-14 is what the tracker ends with; times the norm of the Jacobian, some units. */
#define RESIDUAL 1e-12
/* Distances of ends: rounding of 1e-16 times the condition of the worst of them, far below the distance of two. */
#define SAME 1e-9

typedef struct {
  int            n, n_ends, n_lost;
  double complex x[PATHS_MAX][N_MAX], lambda[PATHS_MAX];
} Ends;

static PetscErrorCode note(void *context, const KrPathEnd *end)
{
  Ends *ends = context;

  PetscFunctionBeginUser;
  ends->n_ends += 1;
  ends->n_lost += end->reason != KR_FOUND;
  for (int i = 0; i < ends->n; ++i) ends->x[end->path][i] = end->x[i];
  ends->lambda[end->path] = end->lambda;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* |T x^{p-1} - lambda x|, T from its sorted entries, all N^p index tuples one by one. */
static double find_residual(int order, int n, const double dense[], const double complex x[],
                            double complex lambda)
{
  double square = 0.0;
  int    size   = 1;

  for (int a = 1; a < order; ++a) size *= n;
  for (int i = 0; i < n; ++i) {
    double complex sum = 0.0;

    for (int rest = 0; rest < size; ++rest) {
      double complex term = dense[i * size + rest];

      for (int a = 1, left = rest; a < order; ++a, left /= n) term *= x[left % n];
      sum += term;
    }
    sum -= lambda * x[i];
    square += creal(sum * conj(sum));
  }
  return sqrt(square);
}

static int compare_ints(const void *a, const void *b)
{
  return *(const int *)a - *(const int *)b;
}

/* The symmetric tensor T/sqrt(N), entry by entry; coefficients have the multiplicity in them. */
static PetscErrorCode fill_dense(KrModel model, int order, int n, double dense[])
{
  double *sorted;
  int     size = 1;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(KrTensorCount(order, n), &sorted));
  PetscCall(KrModelGetTensor(model, order, sorted));
  for (int a = 0; a < order; ++a) size *= n;
  for (int flat = 0; flat < size; ++flat) {
    int tuple[4], place = 0, other[4] = {0};

    for (int a = 0, left = flat; a < order; ++a, left /= n) tuple[a] = left % n;
    qsort(tuple, (size_t)order, sizeof *tuple, compare_ints);
    while (memcmp(other, tuple, (size_t)order * sizeof *tuple) != 0) { /* next sorted tuple */
      int a = order - 1;

      while (other[a] == n - 1) --a;
      other[a] += 1;
      for (int b = a + 1; b < order; ++b) other[b] = other[a];
      place += 1;
    }
    dense[flat] = sorted[place] / (KrTupleMultiplicity(order, tuple) * sqrt(n));
  }
  PetscCall(PetscFree(sorted));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* 1 - |x^* . y|^2 of unit vectors is the squared distance of their directions. */
static int is_same(int n, const double complex x[], const double complex y[], int conjugate)
{
  double complex product = 0.0;

  for (int i = 0; i < n; ++i) product += conj(x[i]) * (conjugate ? conj(y[i]) : y[i]);
  return 1.0 - creal(product * conj(product)) < SAME;
}

static PetscErrorCode check_ends(KrModel model, int order, const Ends *ends)
{
  const int n = ends->n;
  double   *dense;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(N_MAX * N_MAX * N_MAX * N_MAX, &dense));
  PetscCall(fill_dense(model, order, n, dense));
  for (int e = 0; e < ends->n_ends; ++e) {
    int n_twins = 0, n_conjugates = 0;

    for (int f = 0; f < ends->n_ends; ++f) {
      n_twins += f != e && is_same(n, ends->x[e], ends->x[f], 0);
      n_conjugates += is_same(n, ends->x[e], ends->x[f], 1);
    }
    PetscCall(KrExpect("an end solves the equation",
                       find_residual(order, n, dense, ends->x[e], ends->lambda[e]) < RESIDUAL));
    PetscCall(KrExpectEqualInt("ends like it", n_twins, 0));
    PetscCall(KrExpectEqualInt("its conjugate is among them", n_conjugates, 1));
  }
  PetscCall(PetscFree(dense));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode make_search(const KrMixture *f, int n, double target, KrModel *model,
                                  KrSearch *search)
{
  const KrSearchOptions options = {.kind            = KR_SEARCH_HOMOTOPY,
                                   .starts          = KrHomotopyPaths(f->order[0], n),
                                   .gradient_tol    = 1e-11,
                                   .homotopy_target = target};

  PetscFunctionBeginUser;
  PetscCall(make_model(PETSC_COMM_SELF, f, n, model));
  PetscCall(KrSearchCreate(*model, &options, search));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Every path by itself, from two different start tensors. */
static PetscErrorCode check_tracker(const KrMixture *f, int n, int attempt)
{
  const KrRandomKey key     = {.seed = 5, .sample = 1};
  const int         n_paths = (int)KrHomotopyPaths(f->order[0], n);
  int64_t           paths[PATHS_MAX];
  KrModel           model;
  KrSearch          search;
  KrTracker         tracker;
  Ends             *ends;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&ends));
  ends->n = n;
  for (int i = 0; i < n_paths; ++i) paths[i] = i;
  PetscCall(make_search(f, n, 1e-4, &model, &search));
  PetscCall(KrTrackerCreate(search, &tracker));
  PetscCall(KrTrackerRun(tracker, &key, &(KrTracking){.target = 1e-4, .attempt = attempt}, n_paths,
                         paths, note, ends));
  PetscCall(KrExpectEqualInt("ends", ends->n_ends, n_paths));
  PetscCall(KrExpectEqualInt("lost paths", ends->n_lost, 0));
  PetscCall(check_ends(model, f->order[0], ends));
  PetscCall(KrTrackerDestroy(&tracker));
  PetscCall(KrSearchDestroy(&search));
  PetscCall(KrModelDestroy(&model));
  PetscCall(PetscFree(ends));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode count_found(void *context, const KrOutcome *outcome)
{
  int64_t *reasons = context;

  PetscFunctionBeginUser;
  reasons[outcome->reason] += 1;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Predictions that are wrong by a tenth of |x| end on other paths: those are followed again until all ends
   differ. Whoever shares the paths, as many are found. */
static PetscErrorCode check_mending(const KrMixture *f, int n)
{
  const double    targets[]                = {1e-4, 0.1, 1.0};
  int64_t         reasons[3][KR_N_REASONS] = {{0}};
  KrModel         model;
  KrSearch        search;
  KrHomotopyCount count;

  PetscFunctionBeginUser;
  for (int t = 0; t < 3; ++t) {
    PetscCall(make_search(f, n, targets[t], &model, &search));
    PetscCall(KrHomotopyRun(search, 5, 1, PETSC_COMM_WORLD, count_found, reasons[t], &count));
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, reasons[t], KR_N_REASONS, MPI_INT64_T, MPI_SUM,
                               PETSC_COMM_WORLD));
    PetscCall(KrExpectEqualInt("paths", count.paths, KrHomotopyPaths(f->order[0], n)));
    PetscCall(KrExpectEqualInt("different ends", count.distinct, count.paths));
    PetscCall(KrExpectEqualInt("real or complex", reasons[t][KR_FOUND] + reasons[t][KR_COMPLEX],
                               count.paths));
    PetscCall(KrExpectEqualInt("real ones", reasons[t][KR_FOUND], reasons[0][KR_FOUND]));
    PetscCall(KrExpect("complex ones come in pairs", reasons[t][KR_COMPLEX] % 2 == 0));
    if (t == 0) PetscCall(KrExpectEqualInt("each followed once", count.n_followed, count.paths));
    else PetscCall(KrExpect("some followed again", count.n_followed > count.paths));
    PetscCall(KrSearchDestroy(&search));
    PetscCall(KrModelDestroy(&model));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Marks made up: two pairs of the same, two that differ in one number, one at the edge of cells, one left out. */
static PetscErrorCode check_twins(void)
{
  const KrEndMark ends[] = {{{0.1, 1, 2, 3}, 0},           {{0.1 + 1e-10, 1, 2, 3}, 1},
                            {{0.1, 1, 2, 3.1}, 2},         {{-0.4, 1e3, 0, 0}, 3},
                            {{-0.4, 1e3 + 1e-7, 0, 0}, 4}, {{0.25 - 1e-11, 0, 0, 0}, 5},
                            {{0.25 + 1e-11, 0, 0, 0}, 6},  {{0.0, 0, 0, 0}, -1}};
  const int64_t   want[] = {0, 1, 3, 4, 5, 6};
  int64_t         n_distinct, n_suspects, *suspects;
  PetscMPIInt     rank, size;
  KrEndMark       mine[8];
  int             n_mine = 0;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &size));
  for (int e = rank; e < 8; e += size) mine[n_mine++] = ends[e];
  PetscCall(KrEndsCompare(PETSC_COMM_WORLD, n_mine, mine, &n_distinct, &n_suspects, &suspects));
  PetscCall(KrExpectEqualInt("different ends", n_distinct, 4));
  PetscCall(KrExpectEqualInt("paths in doubt", n_suspects, 6));
  for (int i = 0; i < 6 && n_suspects == 6; ++i)
    PetscCall(KrExpectEqualInt("path in doubt", suspects[i], want[i]));
  PetscCall(PetscFree(suspects));
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char **argv)
{
  const KrMixture three = {1, {3}, {1.0}}, four = {1, {4}, {1.0}};

  PetscFunctionBeginUser;
  PetscCall(KrTestBegin(&argc, &argv));
  /* Bezout: 2^N solutions of T x x = x, of which one is 0; more than 2^31 are refused */
  PetscCall(KrExpectEqualInt("paths, p = 3", KrHomotopyPaths(3, 10), 1023));
  PetscCall(KrExpectEqualInt("paths, p = 4", KrHomotopyPaths(4, 6), 364));
  PetscCall(KrExpectEqualInt("paths, N = 31", KrHomotopyPaths(3, 31), 2147483647));
  PetscCall(KrExpectEqualInt("too many paths", KrHomotopyPaths(3, 32), -1));
  PetscCall(check_twins());
  for (int attempt = 0; attempt < 2; ++attempt) {
    for (int n = 2; n <= N_MAX; ++n) PetscCall(check_tracker(&three, n, attempt));
    for (int n = 2; n <= 5; ++n) PetscCall(check_tracker(&four, n, attempt));
  }
  PetscCall(check_mending(&three, 8));
  PetscCall(check_mending(&four, 5));
  return KrTestEnd();
}
