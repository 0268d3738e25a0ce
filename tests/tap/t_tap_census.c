/* kr_test: ranks=1,2 labels=census,oracle,parallel timeout=120 */
/* TAP states of pure models by two routes: the critical points at T = 0 taken to T by the exact q of their energy, and
   a search of the free energy in the ball that knows nothing of them. One to one, with the exact Hessian. */
#include "kr_test.h"
#include "model/model_test.h"
#include <kacrice/census.h>
#include <kacrice/tap.h>
#include <kacrice/tap_theory.h>
#include <stdlib.h>

#define T 0.3

typedef struct { /* of one comparison */
  int p, n, n_samples;
  double
    energy; /* T = 0 points above it have no state; the window of their census begins below all */
} Case;

/* A sample has 0.1 to 0.2 states on average. */
static const Case cases[] = {{3, 10, 50, -1.632}, {3, 12, 50, -1.632}, {4, 6, 50, -1.732}};

static PetscErrorCode take_census(KrModel model, const Case *c, int sample, PetscBool window,
                                  KrSample *record)
{
  const KrSearchOptions options = {
    .kind            = KR_SEARCH_ALL,
    .starts          = window ? 3000 : 100000, /* at T = 0 a point 50 times and more */
    .energy_first    = window ? -4.0 : 0.0,
    .energy_last     = window ? c->energy : 0.0,
    .gradient_tol    = 1e-11,
    .newton_max_iter = 200,
    .newton_range    = 1.2,
    .newton_free     = 15,
    .newton_cap      = 1.2};
  const KrCensusOptions census_options = {
    .overlap_tol  = 1e-9,
    .energy_tol   = 1e-8,
    .missing      = 2.0, /* the spurious partners of a state are seldom hit */
    .store_points = 1,
    .certify      = KR_CERTIFY_FALSE};
  const KrSpectrumOptions spectrum = {.lowest = c->n, .highest = 1};
  KrCensus                census;
  KrSearch                search;

  PetscFunctionBeginUser;
  PetscCall(KrModelDraw(model, 5, sample));
  PetscCall(KrSearchCreate(model, &options, &search));
  PetscCall(KrCensusCreate(model, PETSC_COMM_WORLD, &census_options, &options, &spectrum, &census));
  PetscCall(KrCensusRun(census, search, &options, 5, sample, NULL, NULL, NULL));
  PetscCall(KrCensusFinish(census, record));
  PetscCall(KrSampleGather(PETSC_COMM_WORLD, record));
  PetscCall(KrCensusDestroy(&census));
  PetscCall(KrSearchDestroy(&search));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The point of the record with this free energy and direction, or -1. */
static int64_t find(const KrSample *record, double energy, const double x[], double sign)
{
  for (int64_t i = 0; i < record->n_points; ++i) {
    const double *m     = record->x + i * record->n;
    double        along = 0.0, xx = 0.0, mm = 0.0;

    for (int k = 0; k < record->n; ++k) {
      along += sign * x[k] * m[k];
      xx += x[k] * x[k];
      mm += m[k] * m[k];
    }
    if (fabs(record->points[i].energy - energy) <= 1e-9 &&
        (record->symmetry == KR_PARITY_EVEN ? fabs(along) : along) >= (1 - 1e-9) * sqrt(xx * mm))
      return i;
  }
  return -1;
}

/* F'' at the state: the T = 0 eigenvalues times q^(p/2-1), and 2qA' - (p-2)A along m. The tolerance is a residual of
   1e-11 over the margins of this test (1e-2) times third derivatives of about ten. */
static PetscErrorCode check_hessian(const Case *c, const KrSample *cold, int64_t i,
                                    const KrSample *warm, int64_t j, double q)
{
  const KrMixture f     = KrMixturePure(c->p);
  const double    power = pow(q, 0.5 * c->p - 1.0);
  KrTapTerms      terms;
  double          radial;
  int             k = 0;

  PetscFunctionBeginUser;
  KrTapTermsAt(&f, T, q, &terms);
  radial = 2.0 * q * terms.slope - (c->p - 2.0) * terms.multiplier;
  PetscCall(KrExpect("radially a minimum", radial > 0.0));
  for (int l = 0; l < c->n; ++l) {
    const double value = warm->lowest[j * warm->n_lowest + l];

    if (fabs(value - radial) <= 1e-7 * radial && k == l) continue;
    PetscCall(KrExpectNear("transverse eigenvalue", value,
                           power * cold->lowest[i * cold->n_lowest + k], 1e-7));
    k += 1;
  }
  PetscCall(KrExpectEqualInt("transverse eigenvalues", k, c->n - 1));
  PetscCall(KrExpectEqualInt("index", warm->points[j].index, cold->points[i].index));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Each T = 0 point that should have a state; how many there are. */
static PetscErrorCode check_states(const Case *c, const KrSample *cold, const KrSample *warm,
                                   int64_t *n_states)
{
  const KrMixture f      = KrMixturePure(c->p);
  int64_t         n_warm = 0, expected = 0;

  PetscFunctionBeginUser;
  for (int64_t i = 0; i < cold->n_points; ++i) {
    const double e = cold->points[i].energy;
    double       q, free_energy;
    KrTapTerms   terms;
    int64_t      j;

    PetscCall(KrExpect("representatives have e < 0", e < 0.0));
    if (KrTapState(&f, e, T, &q, &free_energy) != 0) continue;
    KrTapTermsAt(&f, T, q, &terms);
    expected += 1;
    j = find(warm, e * pow(q, 0.5 * c->p) + terms.free_energy, cold->x + i * c->n, 1.0);
    PetscCall(KrExpect("found by the search in the ball", j >= 0));
    if (j < 0) continue;
    PetscCall(KrExpectNear("q", warm->points[j].mu, q, 1e-9));
    PetscCall(check_hessian(c, cold, i, warm, j, q));
  }
  for (int64_t j = 0; j < warm->n_points; ++j) n_warm += KrTapIsState(&f, T, warm->points[j].mu);
  PetscCall(KrExpectEqualInt("states", n_warm, expected));
  *n_states += expected;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_case(const Case *c)
{
  const KrMixture f       = KrMixturePure(c->p);
  KrModelOptions  options = {.n = c->n};
  KrModel         energy, free_energy;
  int64_t         n_states = 0;
  PetscMPIInt     rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  PetscCall(KrModelCreate(PETSC_COMM_SELF, &options, c->n, &f, &energy));
  options.type                 = 1;
  options.own.spin.temperature = T;
  PetscCall(KrModelCreate(PETSC_COMM_SELF, &options, c->n, &f, &free_energy));
  for (int s = 0; s < c->n_samples; ++s) {
    KrSample cold, warm;

    PetscCall(take_census(energy, c, s, PETSC_TRUE, &cold));
    PetscCall(take_census(free_energy, c, s, PETSC_FALSE, &warm));
    PetscCall(KrExpect("Euler: sum 1", warm.euler_checked && !warm.euler_failed));
    PetscCall(KrExpectEqualInt("no parity", warm.parity_checked, 0));
    if (rank == 0) PetscCall(check_states(c, &cold, &warm, &n_states));
    KrSampleDestroy(&cold);
    KrSampleDestroy(&warm);
  }
  if (rank == 0)
    PetscCall(PetscPrintf(PETSC_COMM_SELF, "p = %d, N = %d: %lld states in %d samples\n", c->p,
                          c->n, (long long)n_states, c->n_samples));
  PetscCall(KrExpect("there are states to compare", rank > 0 || n_states >= 4));
  PetscCall(KrModelDestroy(&free_energy));
  PetscCall(KrModelDestroy(&energy));
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char **argv)
{
  PetscErrorCode code = KrTestBegin(&argc, &argv);

  for (size_t i = 0; code == 0 && i < PETSC_STATIC_ARRAY_LENGTH(cases); ++i)
    code = check_case(&cases[i]);
  return code == 0 ? KrTestEnd() : 1;
}
