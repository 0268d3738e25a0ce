/* kr_test: labels=search,oracle timeout=60 */
/* TAP states followed in temperature. Pure models: against the exact q of each temperature and the exact spinodal; the
   continuation knows of neither. Mixed: what is reported is stationary, and ends where the Hessian is singular. */
#include "kr_test.h"
#include "model/model_test.h"
#include <kacrice/follow.h>
#include <kacrice/search.h>
#include <kacrice/spectrum.h>
#include <kacrice/tap_theory.h>

#define N         10
#define N_TARGETS 4
#define COLD      0.01

static const double targets[N_TARGETS] = {0.1, 0.3, 0.5, 0.8};

typedef struct {
  const KrMixture *f;
  double           e; /* of the T = 0 point */
  int              n_reached;
  KrModel          model;
} Check;

typedef struct { /* the minima of a sample, as they come */
  int    n_points;
  double x[64 * N], mu[64], e[64];
} Minima;

static PetscErrorCode keep(void *context, const KrOutcome *outcome)
{
  Minima *minima = context;

  PetscFunctionBeginUser;
  if (outcome->reason != KR_FOUND || minima->n_points == 64) PetscFunctionReturn(PETSC_SUCCESS);
  for (int i = 0; i < minima->n_points; ++i)
    if (fabs(minima->e[i] - outcome->energy) < 1e-8 * fabs(outcome->energy))
      PetscFunctionReturn(PETSC_SUCCESS);
  (void)memcpy(minima->x + minima->n_points * N, outcome->x, N * sizeof(double));
  minima->mu[minima->n_points]  = outcome->mu;
  minima->e[minima->n_points++] = outcome->energy;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode find_minima(KrModel model, int sample, Minima *minima)
{
  const KrSearchOptions options = {.kind             = KR_SEARCH_MINIMA,
                                   .starts           = 40,
                                   .gradient_tol     = 1e-12,
                                   .descent_max_iter = 100000,
                                   .descent_polish   = 1e-3};
  KrSearch              search;

  PetscFunctionBeginUser;
  minima->n_points = 0;
  PetscCall(KrSearchCreate(model, &options, &search));
  PetscCall(KrSearchRun(search, 5, sample, &(KrStarts){0, options.starts, 1, NULL}, keep, minima));
  PetscCall(KrSearchDestroy(&search));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A target: at its temperature, stationary; of a pure model with the exact q, the free energy by the formula. */
static PetscErrorCode check_target(void *context, int target, const KrFollowPoint *point)
{
  Check     *check = context;
  KrTapTerms terms;
  double     q, free_energy, E, g[N];

  PetscFunctionBeginUser;
  PetscCall(KrExpectEqualInt("targets in order", target, check->n_reached));
  check->n_reached += 1;
  PetscCall(KrExpectNear("T", point->temperature, targets[target], 1e-15));
  PetscCall(KrModelSetTemperature(check->model, targets[target]));
  PetscCall(KrModelDerivatives(check->model, 1, point->x, &E, g, NULL));
  for (int i = 0; i < N; ++i) PetscCall(KrExpectNear("stationary", g[i], 0.0, 1e-10));
  PetscCall(KrExpectNear("f", point->free_energy, E / N, 1e-13));
  PetscCall(KrExpect("w < 1", point->reaction < 1.0));
  if (check->f->n_orders > 1) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KrExpectEqualInt("exists",
                             KrTapState(check->f, check->e, targets[target], &q, &free_energy), 0));
  /* residual 1e-11 over the radial eigenvalue, of order one */
  PetscCall(KrExpectNear("q", point->overlap, q, 1e-10));
  KrTapTermsAt(check->f, targets[target], q, &terms);
  PetscCall(KrExpectNear("f of the formula", point->free_energy,
                         check->e * pow(q, 0.5 * check->f->order[0]) + terms.free_energy, 1e-11));
  PetscCall(KrExpectNear("u of the formula", point->energy,
                         check->e * pow(q, 0.5 * check->f->order[0]) + terms.energy, 1e-9));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode margin_at(KrModel model, const KrFollowPoint *point, double *margin)
{
  const KrSpectrumOptions options = {.lowest = 1, .highest = 1};
  double                  lowest, highest;
  KrSpectrum              spectrum = {.lowest = &lowest, .highest = &highest};

  PetscFunctionBeginUser;
  PetscCall(KrModelSetTemperature(model, point->temperature));
  PetscCall(KrSpectrumCompute(&options, model, point->x, &spectrum));
  *margin = spectrum.margin;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* From T = 0 to beyond the last target, or to the end. And back: the same branch, down to where it began. */
static PetscErrorCode check_branch(KrFollow follow, Check *check, const double sigma[], double mu,
                                   int *n_folds)
{
  double        x[N], start[N], margin, spinodal;
  KrFollowEnd   end;
  KrFollowPoint final;
  const int     thawed = KrFollowThaw(check->f, N, sigma, mu, COLD, x);

  PetscFunctionBeginUser;
  spinodal = KrTapSpinodal(check->f, check->e);
  if (thawed != 0) {
    PetscCall(KrExpect("none where there is none", isnan(spinodal)));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  check->n_reached = 0;
  (void)memcpy(start, x, sizeof x);
  PetscCall(KrFollowSettle(follow, COLD, start, &margin));
  PetscCall(
    KrFollowRun(follow, COLD, 3.0, x, N_TARGETS, targets, check_target, check, &end, &final));
  PetscCall(KrExpect("is not lost", end != KR_FOLLOW_LOST));
  if (end == KR_FOLLOW_FOLD) {
    *n_folds += 1;
    PetscCall(margin_at(check->model, &final, &margin));
    /* s to 1e-13 at best, and an eigenvalue goes as s; rounding of N+1 equations takes some digits */
    PetscCall(KrExpectNear("singular at the fold", margin, 0.0, 1e-6));
  }
  if (check->f->n_orders == 1) {
    PetscCall(KrExpectEqualInt("pure: a fold", end, KR_FOLLOW_FOLD));
    PetscCall(KrExpectNear("T_sp", final.temperature, spinodal, 1e-10));
    PetscCall(KrExpectNear("q at T_sp", final.overlap,
                           (check->f->order[0] - 2.0) / check->f->order[0], 1e-6));
  }
  for (int t = 0; t < N_TARGETS; ++t)
    if (targets[t] < final.temperature && t >= check->n_reached)
      PetscCall(KrExpect("no target is left out", 0));
  (void)memcpy(x, start, sizeof x);
  PetscCall(KrFollowRun(follow, COLD, 0.05, x, 0, NULL, NULL, NULL, &end, &final));
  PetscCall(KrFollowRun(follow, final.temperature, COLD, x, 0, NULL, NULL, NULL, &end, &final));
  PetscCall(KrFollowSettle(follow, COLD, x, &margin));
  for (int i = 0; i < N; ++i) PetscCall(KrExpectNear("there and back", x[i], start[i], 1e-9));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_law(const KrMixture *f, int n_samples)
{
  static Minima  minima;
  KrModelOptions options = {.n = N};
  KrModel        energy, free_energy;
  KrFollow       follow;
  int            n_folds = 0, n_branches = 0;

  PetscFunctionBeginUser;
  PetscCall(KrModelCreate(PETSC_COMM_SELF, &options, N, f, &energy));
  options.type                 = 1;
  options.own.spin.temperature = 1.0;
  PetscCall(KrModelCreate(PETSC_COMM_SELF, &options, N, f, &free_energy));
  PetscCall(KrFollowCreate(free_energy, &follow));
  for (int s = 0; s < n_samples; ++s) {
    Check check = {.f = f, .model = free_energy};

    PetscCall(KrModelDraw(energy, 5, s));
    PetscCall(KrModelDraw(free_energy, 5, s));
    PetscCall(find_minima(energy, s, &minima));
    for (int i = 0; i < minima.n_points; ++i) {
      double ignored[N];

      check.e = minima.e[i];
      n_branches += KrFollowThaw(f, N, minima.x + i * N, minima.mu[i], COLD, ignored) == 0;
      PetscCall(check_branch(follow, &check, minima.x + i * N, minima.mu[i], &n_folds));
    }
  }
  PetscCall(PetscPrintf(PETSC_COMM_SELF, "%d order(s): %d branches, %d folds\n", f->n_orders,
                        n_branches, n_folds));
  PetscCall(KrExpect("there are branches", n_branches >= 5));
  PetscCall(KrFollowDestroy(&follow));
  PetscCall(KrModelDestroy(&free_energy));
  PetscCall(KrModelDestroy(&energy));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The first branch of all samples to its end, energies in units of 1/unit. */
static PetscErrorCode follow_one(double unit, KrFollowPoint *final, double x[N])
{
  static Minima   minima;
  const KrMixture f       = {1, {3}, {unit * unit}};
  KrModelOptions  options = {.n = N};
  KrModel         energy, free_energy;
  KrFollow        follow;
  KrFollowEnd     end;
  int             thawed = 1;

  PetscFunctionBeginUser;
  PetscCall(KrModelCreate(PETSC_COMM_SELF, &options, N, &f, &energy));
  options.type                 = 1;
  options.own.spin.temperature = 1.0;
  PetscCall(KrModelCreate(PETSC_COMM_SELF, &options, N, &f, &free_energy));
  PetscCall(KrFollowCreate(free_energy, &follow));
  for (int sample = 0; sample < 40 && thawed != 0; ++sample) {
    PetscCall(KrModelDraw(energy, 5, sample));
    PetscCall(KrModelDraw(free_energy, 5, sample));
    PetscCall(find_minima(energy, sample, &minima));
    for (int i = 0; i < minima.n_points && thawed != 0; ++i)
      thawed = KrFollowThaw(&f, N, minima.x + i * N, minima.mu[i], COLD * unit, x);
  }
  PetscCall(KrExpectEqualInt("a state", thawed, 0));
  PetscCall(KrFollowRun(follow, COLD * unit, 3.0 * unit, x, 0, NULL, NULL, NULL, &end, final));
  PetscCall(KrExpectEqualInt("a fold", end, KR_FOLLOW_FOLD));
  PetscCall(KrFollowDestroy(&follow));
  PetscCall(KrModelDestroy(&free_energy));
  PetscCall(KrModelDestroy(&energy));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A power of 2 as a factor of H rounds nothing: the same bits. */
static PetscErrorCode check_unit(double unit)
{
  KrFollowPoint one, other;
  double        x[N], y[N];

  PetscFunctionBeginUser;
  PetscCall(follow_one(1.0, &one, x));
  PetscCall(follow_one(unit, &other, y));
  PetscCall(KrExpectNear("T", other.temperature / unit, one.temperature, 0.0));
  PetscCall(KrExpectNear("f", other.free_energy / unit, one.free_energy, 0.0));
  for (int i = 0; i < N; ++i) PetscCall(KrExpectNear("x", y[i], x[i], 0.0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char **argv)
{
  static const KrMixture cubic = {1, {3}, {1.0}}, mixed = {2, {3, 4}, {0.36, 0.64}};
  PetscErrorCode         code = KrTestBegin(&argc, &argv);

  if (code == 0) code = check_law(&cubic, 40);
  if (code == 0) code = check_law(&mixed, 40);
  if (code == 0) code = check_unit(1048576.0);
  if (code == 0) code = check_unit(1.0 / 1048576.0);
  return code == 0 ? KrTestEnd() : 1;
}
