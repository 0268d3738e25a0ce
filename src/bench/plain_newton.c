/* Newton's method on (x, mu) as it is written down: one start at a time, the kernels for one point, LAPACK's symmetric
   indefinite solver with pivoting. What the search in lanes is compared with; same starts, same rules for the steps. */
#include "bench_impl.h"
#include <kacrice/manifold.h>
#include <kacrice/spectrum.h>
#include <math.h>

typedef struct {
  double energy, mu, multiplier, residual;
  int    index;
} State;

PetscErrorCode KrPlainNewtonCreate(KrModel model, const KrSearchOptions *options,
                                   KrPlainNewton *newton)
{
  PetscInt n;

  PetscFunctionBeginUser;
  PetscCall(KrModelGetSize(model, &n));
  *newton = (KrPlainNewton){.model = model, .options = *options, .n = (int)n};
  PetscCall(PetscMalloc6(n, &newton->x, n, &newton->gradient, n * n, &newton->hessian,
                         (n + 1) * (n + 1), &newton->matrix, n + 1, &newton->step, n + 1,
                         &newton->pivots));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KrPlainNewtonDestroy(KrPlainNewton *newton)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree6(newton->x, newton->gradient, newton->hessian, newton->matrix, newton->step,
                       newton->pivots));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Energy, tangent gradient, radial curvature and Hessian at x. */
static PetscErrorCode evaluate(KrPlainNewton *newton, State *state)
{
  const int n      = newton->n;
  double    square = 0.0;

  PetscFunctionBeginUser;
  PetscCall(KrModelDerivatives(newton->model, 1, newton->x, &state->energy, newton->gradient,
                               newton->hessian));
  state->energy /= n;
  state->mu = 0.0;
  for (int i = 0; i < n; ++i) state->mu += newton->x[i] * newton->gradient[i] / n;
  for (int i = 0; i < n; ++i) {
    newton->gradient[i] -= state->mu * newton->x[i];
    square += newton->gradient[i] * newton->gradient[i];
  }
  state->residual = sqrt(square / n);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* One capped step from x; solved is false where there is none. */
static PetscErrorCode take_step(KrPlainNewton *newton, State *state, PetscBool *solved)
{
  const int    n      = newton->n;
  const double radius = sqrt((double)n), given = newton->options.newton_cap;
  const double cap    = radius * (given > 0.0 ? given : fmin(1.2, 24.0 / n));
  double       square = 0.0, fraction = 1.0;
  PetscBool    singular;

  PetscFunctionBeginUser;
  *solved = PETSC_FALSE;
  PetscCall(KrBorderedFactor(n, newton->x, state->multiplier, newton->hessian, newton->matrix,
                             newton->pivots, &state->index, &singular));
  if (singular) PetscFunctionReturn(PETSC_SUCCESS);
  for (int i = 0; i < n; ++i)
    newton->step[i] = -newton->gradient[i] - (state->mu - state->multiplier) * newton->x[i];
  newton->step[n] = 0.0;
  PetscCall(KrBorderedSolve(n, newton->matrix, newton->pivots, newton->step));
  for (int i = 0; i < n; ++i) square += newton->step[i] * newton->step[i];
  if (square > cap * cap) fraction = cap / sqrt(square);
  for (int i = 0; i < n; ++i) newton->x[i] += fraction * newton->step[i];
  KrSphereNormalise(n, newton->x);
  state->multiplier -= fraction * newton->step[n] / radius; /* the border is x/|x| */
  *solved = isfinite(square) ? PETSC_TRUE : PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* One start from its point and dial to its end. */
static PetscErrorCode run_one(KrPlainNewton *newton, double scale, KrOutcome *ended)
{
  State     state  = {.multiplier = scale * ended->dial};
  PetscBool solved = PETSC_TRUE;

  PetscFunctionBeginUser;
  for (ended->iterations = 0;; ++ended->iterations) {
    PetscCall(evaluate(newton, &state));
    if (ended->iterations >= newton->options.newton_free) state.multiplier = state.mu;
    ended->reason = !solved || !isfinite(state.residual)                   ? KR_FAILED_SINGULAR
                    : state.residual <= newton->options.gradient_tol       ? KR_FOUND
                    : ended->iterations == newton->options.newton_max_iter ? KR_FAILED_MAX_ITER
                                                                           : KR_RUNNING;
    if (ended->reason != KR_RUNNING) break;
    PetscCall(take_step(newton, &state, &solved));
  }
  ended->index    = state.index;
  ended->energy   = state.energy;
  ended->mu       = state.mu;
  ended->residual = state.residual;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The starts that KrSearchRun() makes of these arguments. */
PetscErrorCode KrPlainNewtonRun(KrPlainNewton *newton, uint64_t seed, int64_t sample,
                                const KrStarts *starts, KrOutcomeFn outcome, void *context)
{
  const KrMixture *f;
  double           scale, uniform;

  PetscFunctionBeginUser;
  PetscCall(KrModelGetMixture(newton->model, &f));
  scale = 2.0 * sqrt(KrMixtureValue(f, 2, 1.0)) * newton->options.newton_range;
  for (int64_t s = starts->first; s < starts->end; s += starts->stride) {
    KrOutcome ended = {.start = s, .x = newton->x};

    KrStartGet(newton->n, seed, sample, s, newton->x, &uniform);
    ended.dial = KrDialValue(starts->dial, uniform);
    PetscCall(run_one(newton, scale, &ended));
    PetscCall((*outcome)(context, &ended));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
