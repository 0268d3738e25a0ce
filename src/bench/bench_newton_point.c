/* Newton's method as it is written down: work space, and what is known at its point. */
#include "bench_impl.h"
#include <math.h>

PetscErrorCode KrPlainNewtonCreate(KrModel model, const KrSearchOptions *options, KrStepRule rule,
                                   KrPlainNewton *newton)
{
  PetscInt n;

  PetscFunctionBeginUser;
  PetscCall(KrModelGetSize(model, &n));
  *newton = (KrPlainNewton){.model = model, .options = *options, .rule = rule, .n = (int)n};
  PetscCall(PetscMalloc6(n, &newton->x, n, &newton->gradient, n * n, &newton->hessian,
                         (n + 1) * (n + 1), &newton->matrix, n + 1, &newton->step, n + 1,
                         &newton->pivots));
  PetscCall(PetscMalloc6(n * n, &newton->jacobian, n, &newton->slope, n, &newton->full, n,
                         &newton->old_x, n, &newton->old_gradient, n, &newton->work));
  newton->longest = sqrt((double)n) *
                    (options->newton_cap > 0.0 ? options->newton_cap : fmin(1.2, 24.0 / (double)n));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KrPlainNewtonDestroy(KrPlainNewton *newton)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree6(newton->x, newton->gradient, newton->hessian, newton->matrix, newton->step,
                       newton->pivots));
  PetscCall(PetscFree6(newton->jacobian, newton->slope, newton->full, newton->old_x,
                       newton->old_gradient, newton->work));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Energy, tangent gradient, radial curvature and Hessian at x. */
PetscErrorCode KrPlainNewtonEvaluate(KrPlainNewton *newton, KrPlainState *state)
{
  const int n      = newton->n;
  double    square = 0.0;

  PetscFunctionBeginUser;
  PetscCall(KrModelDerivatives(newton->model, 1, newton->x, &state->energy, newton->gradient,
                               newton->hessian));
  newton->contractions += 1;
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
