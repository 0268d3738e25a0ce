/* Newton's method on (x, mu) as it is written down: one start at a time, the kernels for one point, LAPACK's symmetric
   indefinite solver with pivoting. What the search in lanes is compared with; same starts, same rules for the steps. */
#include "bench_impl.h"
#include <kacrice/manifold.h>
#include <kacrice/spectrum.h>
#include <math.h>

/* Newton's step (d, -|x| dmu) from x; solved is false where there is none. */
static PetscErrorCode solve(KrPlainNewton *newton, KrPlainState *state, PetscBool *solved)
{
  const int n = newton->n;
  PetscBool singular;

  PetscFunctionBeginUser;
  *solved = PETSC_FALSE;
  PetscCall(KrBorderedFactor(n, newton->x, state->multiplier, 1.0, newton->hessian, newton->matrix,
                             newton->pivots, &state->index, &singular));
  if (singular) PetscFunctionReturn(PETSC_SUCCESS);
  for (int i = 0; i < n; ++i)
    newton->step[i] = -newton->gradient[i] - (state->mu - state->multiplier) * newton->x[i];
  newton->step[n] = 0.0;
  PetscCall(KrBorderedSolve(n, newton->matrix, newton->pivots, newton->step));
  *solved = PETSC_TRUE;
  for (int i = 0; i <= n; ++i)
    if (!isfinite(newton->step[i])) *solved = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Goes along the step, no further than the cap. */
static PetscErrorCode go(KrPlainNewton *newton, KrPlainState *state)
{
  const int n      = newton->n;
  double    square = 0.0, fraction = 1.0;

  PetscFunctionBeginUser;
  for (int i = 0; i < n; ++i) square += newton->step[i] * newton->step[i];
  if (square > newton->longest * newton->longest) fraction = newton->longest / sqrt(square);
  for (int i = 0; i < n; ++i) newton->x[i] += fraction * newton->step[i];
  KrSphereNormalise(n, newton->x);
  state->multiplier -= fraction * newton->step[n] / sqrt((double)n); /* the border is x/|x| */
  PetscCall(KrPlainNewtonEvaluate(newton, state));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* One start from its point and dial to its end. */
static PetscErrorCode run_one(KrPlainNewton *newton, double scale, KrOutcome *ended)
{
  const KrSearchOptions *options = &newton->options;
  KrPlainState           state   = {.multiplier = scale * ended->dial};
  PetscBool              solved = PETSC_TRUE, lessened = PETSC_TRUE;

  PetscFunctionBeginUser;
  newton->length = 0.0;
  PetscCall(KrPlainNewtonEvaluate(newton, &state));
  for (ended->iterations = 0;; ++ended->iterations) {
    const PetscBool is_free = ended->iterations < options->newton_free ? PETSC_TRUE : PETSC_FALSE;

    if (!is_free) state.multiplier = state.mu;
    ended->reason = !solved || !isfinite(state.residual)            ? KR_FAILED_SINGULAR
                    : state.residual <= options->gradient_tol       ? KR_FOUND
                    : !lessened                                     ? KR_FAILED_LINE_SEARCH
                    : ended->iterations == options->newton_max_iter ? KR_FAILED_MAX_ITER
                                                                    : KR_RUNNING;
    if (ended->reason != KR_RUNNING) break;
    PetscCall(solve(newton, &state, &solved));
    if (!solved) continue;
    if (is_free || newton->rule == KR_STEP_CAPPED) PetscCall(go(newton, &state));
    else PetscCall(KrPlainNewtonLessen(newton, &state, &lessened));
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
