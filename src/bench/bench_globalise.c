/* Newton steps that must lessen the residual r = P grad H: what the capped step of the searches is compared with
   (docs/theory/searches.md). J is the Hessian on the tangent space, P (H'' - mu) P; r + J d foretells the residual. */
#include "bench_impl.h"
#include <kacrice/manifold.h>
#include <petscblaslapack.h>
#include <math.h>

#define ENOUGH     1e-4 /* of the lessening foretold: the step is taken */
#define GOOD       0.75 /* of it: the region grows */
#define TRIALS_MAX 40

static double dot(int n, const double a[], const double b[])
{
  double sum = 0.0;

  for (int i = 0; i < n; ++i) sum += a[i] * b[i];
  return sum;
}

/* out = J v */
static void apply(const KrPlainNewton *newton, const double v[], double out[])
{
  for (int i = 0; i < newton->n; ++i)
    out[i] = dot(newton->n, newton->jacobian + (size_t)i * (size_t)newton->n, v);
}

/* Powell's dogleg: from the minimum of |r + J d| along J r towards Newton's step, within the radius. */
static void dogleg(const KrPlainNewton *newton, double radius, double d[])
{
  const int     n     = newton->n;
  const double *slope = newton->slope, *full = newton->full;
  double        length, scale, a = 0.0, b = 0.0, c = -radius * radius;

  if (dot(n, full, full) <= radius * radius) {
    for (int i = 0; i < n; ++i) d[i] = full[i];
    return;
  }
  apply(newton, slope, d);
  length = sqrt(dot(n, slope, slope));
  scale  = fmin(length * length / dot(n, d, d), radius / length);
  for (int i = 0; i < n; ++i) d[i] = -scale * slope[i];
  for (int i = 0; i < n; ++i) { /* |d + t (full - d)| = radius */
    a += (full[i] - d[i]) * (full[i] - d[i]);
    b += d[i] * (full[i] - d[i]);
    c += d[i] * d[i];
  }
  scale = (sqrt(fmax(b * b - a * c, 0.0)) - b) / a;
  for (int i = 0; i < n; ++i) d[i] += scale * (full[i] - d[i]);
}

/* Levenberg's step: (J^2 + damping) d = -J r. */
static PetscErrorCode damped(KrPlainNewton *newton, double damping, double d[])
{
  const PetscBLASInt n = newton->n, one = 1;
  const PetscScalar  unit = 1.0, zero = 0.0;
  PetscBLASInt       info;

  PetscFunctionBeginUser;
  PetscCallBLAS("BLASsyrk", BLASsyrk_("U", "N", &n, &n, &unit, newton->jacobian, &n, &zero,
                                      newton->matrix, &n));
  for (int i = 0; i < n; ++i) {
    newton->matrix[i * n + i] += damping;
    d[i] = -newton->slope[i];
  }
  PetscCallBLAS("LAPACKpotrf", LAPACKpotrf_("U", &n, newton->matrix, &n, &info));
  if (info == 0)
    PetscCallBLAS("LAPACKpotrs", LAPACKpotrs_("U", &n, &one, newton->matrix, &n, d, &n, &info));
  if (info != 0) d[0] = NAN;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* d for the length the rule has come to: a fraction of Newton's step, a radius, or a damping. */
static PetscErrorCode choose(KrPlainNewton *newton, double d[])
{
  PetscFunctionBeginUser;
  if (newton->rule == KR_STEP_TRUST_REGION) dogleg(newton, newton->length, d);
  else if (newton->rule == KR_STEP_LEVENBERG) PetscCall(damped(newton, newton->length, d));
  else
    for (int i = 0; i < newton->n; ++i) d[i] = newton->length * newton->full[i];
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* How the length follows the gain, what a step brought over what was foretold. */
static void adapt(KrPlainNewton *newton, double gain, double step)
{
  if (newton->rule == KR_STEP_LINE_SEARCH) newton->length *= 0.5;
  else if (newton->rule == KR_STEP_LEVENBERG)
    newton->length *= gain > GOOD ? 0.2 : gain < 0.25 ? 4.0 : 1.0;
  else if (gain < 0.25) newton->length = 0.25 * step;
  else if (gain > GOOD && step > 0.99 * newton->length)
    newton->length = fmin(2.0 * newton->length, newton->longest);
}

/* jacobian = P (H'' - mu) P with P = 1 - x x^T / N. */
static void project(KrPlainNewton *newton, double mu)
{
  const int     n = newton->n;
  const double *x = newton->x;
  double       *J = newton->jacobian, *u = newton->work, along;

  for (int i = 0; i < n; ++i)
    u[i] = (dot(n, newton->hessian + (size_t)i * (size_t)n, x) - mu * x[i]) / n;
  along = 0.5 * dot(n, x, u) / n;
  for (int i = 0; i < n; ++i) u[i] -= along * x[i];
  for (int i = 0; i < n; ++i) {
    for (int k = 0; k < n; ++k)
      J[i * n + k] = newton->hessian[i * n + k] - x[i] * u[k] - u[i] * x[k];
    J[i * n + i] -= mu;
  }
}

/* Newton's step, the slope J r and J itself where the state has been evaluated. */
static PetscErrorCode prepare(KrPlainNewton *newton, const KrPlainState *state)
{
  const int n = newton->n;
  double    size;

  PetscFunctionBeginUser;
  project(newton, state->mu);
  apply(newton, newton->gradient, newton->slope);
  for (int i = 0; i < n; ++i) newton->full[i] = newton->step[i];
  size = sqrt(dot(n, newton->full, newton->full));
  if (newton->rule == KR_STEP_LINE_SEARCH) newton->length = fmin(1.0, newton->longest / size);
  else if (newton->length == 0.0 && newton->rule == KR_STEP_TRUST_REGION)
    newton->length = newton->longest;
  else if (newton->length == 0.0)
    newton->length = 1e-3 * dot(n * n, newton->jacobian, newton->jacobian) / n;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Moves to a point with a smaller residual and evaluates it; lessened is false when there is none in reach. step holds
   Newton's. */
PetscErrorCode KrPlainNewtonLessen(KrPlainNewton *newton, KrPlainState *state, PetscBool *lessened)
{
  const int          n   = newton->n;
  const KrPlainState old = *state;
  double            *d   = newton->step, before, model, gain;

  PetscFunctionBeginUser;
  PetscCall(prepare(newton, state));
  for (int i = 0; i < n; ++i) newton->old_x[i] = newton->x[i];
  for (int i = 0; i < n; ++i) newton->old_gradient[i] = newton->gradient[i];
  before = n * old.residual * old.residual;
  for (int trial = 0; trial < TRIALS_MAX; ++trial) {
    PetscCall(choose(newton, d));
    apply(newton, d, newton->work);
    model = 0.0;
    for (int i = 0; i < n; ++i) model += pow(newton->old_gradient[i] + newton->work[i], 2.0);
    for (int i = 0; i < n; ++i) newton->x[i] = newton->old_x[i] + d[i];
    KrSphereNormalise(n, newton->x);
    PetscCall(KrPlainNewtonEvaluate(newton, state));
    gain = (before - n * state->residual * state->residual) / (before - model);
    adapt(newton, gain, sqrt(dot(n, d, d)));
    *lessened = gain > ENOUGH ? PETSC_TRUE : PETSC_FALSE;
    if (*lessened) break;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
