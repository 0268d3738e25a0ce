/* kr_test: labels=search timeout=120 */
/* Each start ends once, in a reason; what it finds is a critical point and does not depend on who travels with it. */
#include "kr_test.h"
#include "model/model_test.h"
#include <kacrice/search.h>
#include <kacrice/spectrum.h>
#include <stdlib.h>

#define N        8
#define N_STARTS 203

typedef struct {
  int      n_calls[N_STARTS];
  KrReason reason[N_STARTS];
  double   x[N_STARTS][N], energy[N_STARTS];
} Log;

static PetscErrorCode note(void *context, const KrOutcome *outcome)
{
  Log *log = context;

  PetscFunctionBeginUser;
  log->n_calls[outcome->start] += 1;
  log->reason[outcome->start] = outcome->reason;
  log->energy[outcome->start] = outcome->energy;
  (void)memcpy(log->x[outcome->start], outcome->x, N * sizeof(double));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static KrSearchOptions options_of(int kind, int method)
{
  return (KrSearchOptions){.kind             = kind,
                           .descent_method   = method,
                           .starts           = N_STARTS,
                           .gradient_tol     = 1e-11,
                           .newton_max_iter  = 200,
                           .newton_range     = 1.2,
                           .newton_free      = 15,
                           .newton_cap       = 1.2,
                           .descent_max_iter = 100000,
                           .descent_polish   = 1e-3};
}

/* Residual, energy and, for descents, index of what was found, recomputed from the coordinates alone. */
static PetscErrorCode check_point(KrModel model, int kind, const Log *log, int start)
{
  double E, g[N], H[N * N], mu, square = 0.0;
  int    index;

  PetscFunctionBeginUser;
  PetscCall(KrModelDerivatives(model, 1, log->x[start], &E, g, H));
  mu = KrSphereProject(N, log->x[start], g);
  for (int i = 0; i < N; ++i) square += g[i] * g[i] / N;
  PetscCall(KrExpect("residual", sqrt(square) < 1.1e-11));
  PetscCall(KrExpectNear("energy", E / N, log->energy[start], 1e-13));
  PetscCall(KrSpectrumInertia(N, log->x[start], mu, H, &index));
  if (kind == KR_SEARCH_MINIMA) PetscCall(KrExpectEqualInt("index of a minimum", index, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Run in one go, and in three interleaved parts: the same ends, bit for bit. */
static PetscErrorCode check_kind(const KrMixture *f, int kind, int method)
{
  static Log            whole, parts;
  const KrSearchOptions options = options_of(kind, method);
  KrModel               model;
  KrSearch              search;
  int                   n_found = 0;

  PetscFunctionBeginUser;
  (void)memset(&whole, 0, sizeof whole);
  (void)memset(&parts, 0, sizeof parts);
  PetscCall(make_model(PETSC_COMM_SELF, f, N, &model));
  PetscCall(KrSearchCreate(model, &options, &search));
  PetscCall(KrSearchRun(search, 1, 0, &(KrStarts){0, N_STARTS, 1, NULL}, note, &whole));
  for (int part = 0; part < 3; ++part)
    PetscCall(KrSearchRun(search, 1, 0, &(KrStarts){part, N_STARTS, 3, NULL}, note, &parts));
  PetscCall(KrExpect("same ends in three parts", memcmp(&whole, &parts, sizeof whole) == 0));
  for (int s = 0; s < N_STARTS; ++s) {
    PetscCall(KrExpectEqualInt("ends once", whole.n_calls[s], 1));
    if (whole.reason[s] != KR_FOUND) continue;
    n_found += 1;
    PetscCall(check_point(model, kind, &whole, s));
  }
  PetscCall(KrExpect("most starts converge", n_found > 9 * N_STARTS / 10));
  PetscCall(KrSearchDestroy(&search));
  PetscCall(KrModelDestroy(&model));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Energies of what a method found, ascending. */
static PetscErrorCode find_energies(KrModel model, int method, double polish, double energies[])
{
  static Log      log;
  KrSearchOptions options = options_of(KR_SEARCH_MINIMA, method);
  KrSearch        search;

  PetscFunctionBeginUser;
  (void)memset(&log, 0, sizeof log);
  options.descent_polish = polish;
  PetscCall(KrSearchCreate(model, &options, &search));
  PetscCall(KrSearchRun(search, 1, 0, &(KrStarts){0, N_STARTS, 1, NULL}, note, &log));
  for (int s = 0; s < N_STARTS; ++s) {
    PetscCall(KrExpectEqualInt("a minimum", log.reason[s], KR_FOUND));
    energies[s] = log.energy[s];
  }
  PetscCall(PetscSortReal(N_STARTS, energies));
  PetscCall(KrSearchDestroy(&search));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* At so small an N all methods find all minima, whatever their basins; also when they go down to the tolerance by
   themselves. */
static PetscErrorCode check_methods_agree(const KrMixture *f)
{
  double  want[N_STARTS], got[N_STARTS];
  KrModel model;

  PetscFunctionBeginUser;
  PetscCall(make_model(PETSC_COMM_SELF, f, N, &model));
  PetscCall(find_energies(model, KR_DESCENT_GRADIENT, 1e-3, want));
  for (int tight = 0; tight < 2; ++tight) {
    PetscCall(find_energies(model, KR_DESCENT_LBFGS, tight ? 0.0 : 1e-3, got));
    for (int a = 0, b = 0; a < N_STARTS || b < N_STARTS;) { /* each distinct energy is in both */
      const double e = b == N_STARTS || (a < N_STARTS && want[a] < got[b]) ? want[a] : got[b];

      PetscCall(KrExpect("gradient found it", a < N_STARTS && fabs(want[a] - e) < 1e-10));
      PetscCall(KrExpect("lbfgs found it", b < N_STARTS && fabs(got[b] - e) < 1e-10));
      while (a < N_STARTS && fabs(want[a] - e) < 1e-10) ++a;
      while (b < N_STARTS && fabs(got[b] - e) < 1e-10) ++b;
    }
  }
  PetscCall(KrModelDestroy(&model));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A limit of no steps is an end like any other. */
static PetscErrorCode check_failures_count(void)
{
  static Log      log;
  KrSearchOptions options = options_of(KR_SEARCH_ALL, 0);
  KrModel         model;
  KrSearch        search;
  int             n_failed = 0;

  PetscFunctionBeginUser;
  options.newton_max_iter = 1;
  PetscCall(make_model(PETSC_COMM_SELF, &test_laws[1], N, &model));
  PetscCall(KrSearchCreate(model, &options, &search));
  PetscCall(KrSearchRun(search, 1, 0, &(KrStarts){0, N_STARTS, 1, NULL}, note, &log));
  for (int s = 0; s < N_STARTS; ++s) n_failed += log.reason[s] == KR_FAILED_MAX_ITER;
  PetscCall(KrExpectEqualInt("all run out of steps", n_failed, N_STARTS));
  PetscCall(KrSearchDestroy(&search));
  PetscCall(KrModelDestroy(&model));
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char **argv)
{
  PetscErrorCode code = KrTestBegin(&argc, &argv);

  for (int l = 0; code == 0 && l < N_TEST_LAWS; ++l) {
    code = check_kind(&test_laws[l], KR_SEARCH_ALL, 0);
    if (code == 0) code = check_kind(&test_laws[l], KR_SEARCH_MINIMA, KR_DESCENT_GRADIENT);
    if (code == 0) code = check_kind(&test_laws[l], KR_SEARCH_MINIMA, KR_DESCENT_LBFGS);
    if (code == 0) code = check_methods_agree(&test_laws[l]);
  }
  if (code == 0) code = check_failures_count();
  return code == 0 ? KrTestEnd() : 1;
}
