/* What a type of models leaves out: each function asks the type, and else computes the same from what there is. All of
   this is local: the part of one rank. */
#include "model_impl.h"
#include <float.h>
#include <math.h>
#include <string.h>

#define COLUMNS (KR_BATCH / 2) /* of a Hessian by differences, at a time */

/* Whether this rank computes: a type that is not spread does so on the first rank alone. */
static PetscBool computes(KrModel model)
{
  return model->type->is_spread || model->rank == 0 ? PETSC_TRUE : PETSC_FALSE;
}

/* Step of a central difference: its error and that of rounding are about the same. */
static double step_of(KrModel model)
{
  return cbrt(DBL_EPSILON) * model->shape.length;
}

/* differences[c] = Hessian times directions[c], for at most COLUMNS unit vectors at x. */
static PetscErrorCode difference(KrModel model, const double x[], PetscInt n_columns,
                                 const double directions[], double differences[])
{
  const size_t n    = (size_t)model->n;
  const double step = step_of(model);
  double      *X, *E, *G;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(2 * (size_t)n_columns * n, &X));
  PetscCall(PetscCalloc2(2 * n_columns, &E, 2 * (size_t)n_columns * n, &G));
  for (size_t c = 0; c < (size_t)n_columns; ++c)
    for (size_t i = 0; i < n; ++i) {
      X[2 * c * n + i]       = x[i] + step * directions[c * n + i];
      X[(2 * c + 1) * n + i] = x[i] - step * directions[c * n + i];
    }
  PetscCall((*model->type->gradient)(model, 2 * n_columns, X, E, G));
  for (size_t c = 0; c < (size_t)n_columns; ++c)
    for (size_t i = 0; i < n; ++i)
      differences[c * n + i] = (G[2 * c * n + i] - G[(2 * c + 1) * n + i]) / (2.0 * step);
  PetscCall(PetscFree2(E, G));
  PetscCall(PetscFree(X));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Adds the Hessian at x times v. */
PetscErrorCode KrModelAddProduct(KrModel model, const double x[], const double v[], double Hv[])
{
  const size_t n      = (size_t)model->n;
  double       square = 0.0, *work;

  PetscFunctionBeginUser;
  if (!computes(model)) PetscFunctionReturn(PETSC_SUCCESS);
  if (model->type->hessian_apply != NULL) {
    PetscCall((*model->type->hessian_apply)(model, x, v, Hv));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(PetscCalloc1(2 * n, &work));
  for (size_t i = 0; i < n; ++i) square += v[i] * v[i];
  if (model->type->hessian_apply_points != NULL) {
    PetscCall((*model->type->hessian_apply_points)(model, 1, x, v, work));
    square = 1.0;
  } else if (square > 0.0) {
    for (size_t i = 0; i < n; ++i) work[n + i] = v[i] / sqrt(square);
    PetscCall(difference(model, x, 1, work + n, work));
  }
  for (size_t i = 0; i < n; ++i) Hv[i] += sqrt(square) * work[i];
  PetscCall(PetscFree(work));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Hessians times vectors, into zeros or what was there before. */
PetscErrorCode KrModelAddProducts(KrModel model, PetscInt n_points, const double X[],
                                  const double V[], double HV[])
{
  const size_t n = (size_t)model->n;

  PetscFunctionBeginUser;
  if (computes(model) && model->type->hessian_apply_points != NULL) {
    PetscCall((*model->type->hessian_apply_points)(model, n_points, X, V, HV));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  (void)memset(HV, 0, (size_t)n_points * n * sizeof *HV);
  for (size_t b = 0; b < (size_t)n_points; ++b)
    PetscCall(KrModelAddProduct(model, X + b * n, V + b * n, HV + b * n));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Columns first ... first + n_columns - 1 of the Hessian at x, a row each. */
static PetscErrorCode find_columns(KrModel model, const double x[], PetscInt first,
                                   PetscInt n_columns, double units[], double columns[])
{
  const size_t n = (size_t)model->n;

  PetscFunctionBeginUser;
  (void)memset(units, 0, (size_t)n_columns * n * sizeof *units);
  for (PetscInt c = 0; c < n_columns; ++c) units[c * model->n + first + c] = 1.0;
  if (model->type->hessian_apply == NULL && model->type->hessian_apply_points == NULL) {
    PetscCall(difference(model, x, n_columns, units, columns));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  (void)memset(columns, 0, (size_t)n_columns * n * sizeof *columns);
  for (size_t c = 0; c < (size_t)n_columns; ++c)
    PetscCall(KrModelAddProduct(model, x, units + c * n, columns + c * n));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The Hessian at x from products or differences, made symmetric. */
static PetscErrorCode find_hessian(KrModel model, const double x[], double hessian[])
{
  const size_t n = (size_t)model->n;
  double      *units;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(COLUMNS * n, &units));
  for (PetscInt first = 0; first < model->n; first += COLUMNS)
    PetscCall(find_columns(model, x, first, PetscMin(COLUMNS, model->n - first), units,
                           hessian + (size_t)first * n));
  for (size_t i = 0; i < n; ++i)
    for (size_t k = 0; k < i; ++k)
      hessian[i * n + k] = hessian[k * n + i] = 0.5 * (hessian[i * n + k] + hessian[k * n + i]);
  PetscCall(PetscFree(units));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Adds energies and gradients; writes Hessians unless they are NULL. */
PetscErrorCode KrModelAddDerivatives(KrModel model, PetscInt n_points, const double X[], double E[],
                                     double G[], double Hess[])
{
  const size_t n = (size_t)model->n;

  PetscFunctionBeginUser;
  if (!computes(model)) {
    if (Hess != NULL) (void)memset(Hess, 0, (size_t)n_points * n * n * sizeof *Hess);
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  if (Hess != NULL && model->type->derivatives != NULL) {
    PetscCall((*model->type->derivatives)(model, n_points, X, E, G, Hess));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall((*model->type->gradient)(model, n_points, X, E, G));
  for (size_t b = 0; Hess != NULL && b < (size_t)n_points; ++b)
    PetscCall(find_hessian(model, X + b * n, Hess + b * n * n));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The upper triangle of which a lane's Hessian is A + A^T. */
static void put_in_lane(size_t n, size_t lane, const double hessian[], double A[])
{
  for (size_t i = 0; i < n; ++i)
    for (size_t k = i; k < n; ++k)
      A[(i * n + k) * KR_LANES + lane] += (i == k ? 0.5 : 1.0) * hessian[i * n + k];
}

/* Adds energies, gradients and Hessians of points in SIMD lanes. */
PetscErrorCode KrModelAddLanes(KrModel model, const double X[], double E[], double G[], double A[])
{
  const size_t n = (size_t)model->n, group = KR_LANES * n;
  double      *points, *hessians;

  PetscFunctionBeginUser;
  if (!computes(model)) PetscFunctionReturn(PETSC_SUCCESS);
  if (model->type->derivatives_lanes != NULL) {
    PetscCall((*model->type->derivatives_lanes)(model, X, E, G, A));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(PetscCalloc1(2 * group, &points)); /* and their gradients */
  PetscCall(PetscMalloc1(KR_LANES * n * n, &hessians));
  KrLanesUnpack((int)n, KR_LANES, X, points);
  PetscCall(KrModelAddDerivatives(model, KR_LANES, points, E, points + group, hessians));
  KrLanesPack((int)n, KR_LANES, points + group, G);
  for (size_t l = 0; l < KR_LANES; ++l) put_in_lane(n, l, hessians + l * n * n, A);
  PetscCall(PetscFree(hessians));
  PetscCall(PetscFree(points));
  PetscFunctionReturn(PETSC_SUCCESS);
}
