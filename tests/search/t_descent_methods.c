/* kr_test: ranks=1,2,4 labels=search,parallel timeout=240 */
/* L-BFGS and Newton-CG end in minima: critical, of index 0, and for small N among those that many gradient descents
   find. The same start ends in the same point on one rank and on all of them. */
#include "kr_test.h"
#include "model/model_test.h"
#include <kacrice/search.h>
#include <kacrice/spectrum.h>

#define N_MAX    60
#define N_STARTS 400 /* of the gradient descent; the others make the first MANY */
#define MANY     12

typedef struct {
  int      n, n_calls[N_STARTS], iterations[N_STARTS];
  KrReason reason[N_STARTS];
  double   energy[N_STARTS], x[N_STARTS][N_MAX];
} Log;

static PetscErrorCode note(void *context, const KrOutcome *outcome)
{
  Log *log = context;

  PetscFunctionBeginUser;
  log->n_calls[outcome->start] += 1;
  log->iterations[outcome->start] = outcome->iterations;
  log->reason[outcome->start]     = outcome->reason;
  log->energy[outcome->start]     = outcome->energy;
  (void)memcpy(log->x[outcome->start], outcome->x, (size_t)log->n * sizeof(double));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Starts first, first + stride, ...; every rank then has the log of rank 0. */
static PetscErrorCode run(MPI_Comm comm, const KrMixture *f, int n, int method, int max_iter,
                          int first, int stride, Log *log)
{
  const KrSearchOptions options = {.kind         = KR_SEARCH_MINIMA,
                                   .starts       = method == KR_DESCENT_GRADIENT ? N_STARTS : MANY,
                                   .gradient_tol = 1e-11,
                                   .descent_method   = method,
                                   .descent_max_iter = max_iter,
                                   .descent_polish   = 1e-3};
  KrModel               model;
  KrSearch              search;

  PetscFunctionBeginUser;
  log->n = n;
  PetscCall(make_model(comm, f, n, &model));
  PetscCall(KrSearchCreate(model, &options, &search));
  PetscCall(KrSearchRun(search, 1, 0, &(KrStarts){first, options.starts, stride, NULL}, note, log));
  PetscCallMPI(MPI_Bcast(log, (PetscMPIInt)sizeof *log, MPI_BYTE, 0, comm));
  PetscCall(KrSearchDestroy(&search));
  PetscCall(KrModelDestroy(&model));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Residual, energy and index of each end, from its coordinates alone. */
static PetscErrorCode check_ends(const KrMixture *f, const Log *log, int *n_found)
{
  const int     n = log->n;
  static double H[N_MAX * N_MAX];
  KrModel       model;
  double        E, g[N_MAX], mu, square;
  int           index;

  PetscFunctionBeginUser;
  *n_found = 0;
  PetscCall(make_model(PETSC_COMM_SELF, f, n, &model));
  for (int s = 0; s < MANY; ++s) {
    PetscCall(KrExpectEqualInt("ends once", log->n_calls[s], 1));
    if (log->reason[s] != KR_FOUND) continue;
    *n_found += 1;
    square = 0.0;
    PetscCall(KrModelDerivatives(model, 1, log->x[s], &E, g, H));
    mu = KrSphereProject(n, log->x[s], g);
    for (int i = 0; i < n; ++i) square += g[i] * g[i] / n;
    PetscCall(KrExpect("residual", sqrt(square) < 1.1e-11));
    PetscCall(KrExpectNear("energy", log->energy[s], E / n,
                           1e-12)); /* sums of N^3/6 terms, in another order */
    PetscCall(KrSpectrumInertia(n, log->x[s], mu, H, &index));
    PetscCall(KrExpectEqualInt("index", index, 0));
  }
  PetscCall(KrModelDestroy(&model));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* How many ends of `log` have an energy that is among those of `others`. A critical point to 1e-11 has its energy to
   1e-21 over the lowest eigenvalue: 1e-9 tells points apart and forgives rounding. */
static int count_known(const Log *log, const Log *others, int n_others)
{
  int n_known = 0;

  for (int s = 0; s < MANY; ++s) {
    int known = 0;

    for (int o = 0; o < n_others; ++o)
      known |= others->reason[o] == KR_FOUND && fabs(others->energy[o] - log->energy[s]) < 1e-9;
    n_known += log->reason[s] == KR_FOUND && known;
  }
  return n_known;
}

/* Few minima: 400 descents miss one of a basin of 2 % with a chance of 3e-4. */
static PetscErrorCode check_small(const KrMixture *f)
{
  static Log gradient, log;
  int        n_found;

  PetscFunctionBeginUser;
  (void)memset(&gradient, 0, sizeof gradient);
  PetscCall(run(PETSC_COMM_SELF, f, 8, KR_DESCENT_GRADIENT, 100000, 0, 1, &gradient));
  for (int method = KR_DESCENT_LBFGS; method <= KR_DESCENT_NEWTON_CG; ++method) {
    (void)memset(&log, 0, sizeof log);
    PetscCall(run(PETSC_COMM_WORLD, f, 8, method, 100000, 0, 1, &log));
    PetscCall(check_ends(f, &log, &n_found));
    PetscCall(KrExpect("most starts converge", n_found >= MANY - 1));
    PetscCall(KrExpectEqualInt("minima of the gradient descent",
                               count_known(&log, &gradient, N_STARTS), n_found));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* On one rank, on all, and in three parts. Sums over ranks round differently, and one start in six may decide for
   another basin. */
static PetscErrorCode check_large(int method)
{
  static Log one, all, parts;
  int        n_found, n_same = 0, iterations = 0;

  PetscFunctionBeginUser;
  (void)memset(&one, 0, sizeof one);
  (void)memset(&all, 0, sizeof all);
  (void)memset(&parts, 0, sizeof parts);
  PetscCall(run(PETSC_COMM_SELF, &test_laws[1], N_MAX, method, 100000, 0, 1, &one));
  PetscCall(run(PETSC_COMM_WORLD, &test_laws[1], N_MAX, method, 100000, 0, 1, &all));
  for (int part = 0; part < 3; ++part)
    PetscCall(run(PETSC_COMM_SELF, &test_laws[1], N_MAX, method, 100000, part, 3, &parts));
  PetscCall(check_ends(&test_laws[1], &all, &n_found));
  PetscCall(KrExpect("most starts converge", n_found >= MANY - 1));
  PetscCall(KrExpect("the same bits in three parts", memcmp(&one, &parts, sizeof one) == 0));
  for (int s = 0; s < MANY; ++s) {
    n_same += fabs(one.energy[s] - all.energy[s]) < 1e-9;
    iterations += all.iterations[s];
  }
  PetscCall(KrExpect("the same ends on all ranks", n_same >= MANY - 2));
  /* a gradient descent takes 200 and more (docs/theory/searches.md): this is what the methods are for */
  PetscCall(KrExpect("few contractions", iterations < 120 * MANY));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A limit of steps is an end like any other, and tells where. */
static PetscErrorCode check_limit(int method)
{
  static Log log;

  PetscFunctionBeginUser;
  (void)memset(&log, 0, sizeof log);
  PetscCall(run(PETSC_COMM_WORLD, &test_laws[1], 20, method, 5, 0, 1, &log));
  for (int s = 0; s < MANY; ++s) {
    PetscCall(KrExpectEqualInt("out of steps", log.reason[s], KR_FAILED_MAX_ITER));
    PetscCall(KrExpect("on the way down", log.energy[s] < 0.0 && log.energy[s] > -1.7));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char **argv)
{
  static const int laws[] = {0, 1, 4, 6}; /* p = 2, 3, 6 and a mixture */

  PetscFunctionBeginUser;
  PetscCall(KrTestBegin(&argc, &argv));
  for (size_t l = 0; l < PETSC_STATIC_ARRAY_LENGTH(laws); ++l)
    PetscCall(check_small(&test_laws[laws[l]]));
  for (int method = KR_DESCENT_LBFGS; method <= KR_DESCENT_NEWTON_CG; ++method) {
    PetscCall(check_large(method));
    PetscCall(check_limit(method));
  }
  return KrTestEnd();
}
