/* Landscapes of tests, which no user sees: all is known of them in closed form. */
#pragma once
#include <kacrice/landscape.h>
#include <kacrice/model.h>
#include <math.h>

/* ---- a hat: H = (x^2 + y^2 - 1)^2/4 + z^2/2, with the rotations about z ----
   Its points: the origin with the eigenvalues -1, -1, 1, and the circle z = 0, x^2 + y^2 = 1, a single point modulo
   rotations, with 1, 2 across its zero mode. */
#define HAT_N 3

static inline int hat_zero_modes(const KrSymmetry *symmetry, int n, const double x[], double Z[])
{
  (void)symmetry;
  Z[0] = -x[1];
  Z[1] = x[0];
  Z[2] = 0.0;
  return KrSymmetryOrthonormalise(n, 1, 1e-12, Z);
}

static inline void hat_canonical(const KrSymmetry *symmetry, int n, double x[])
{
  (void)symmetry, (void)n;
  x[0] = hypot(x[0], x[1]);
  x[1] = 0.0;
}

static inline int hat_same(const KrSymmetry *symmetry, int n, const double x[], const double y[],
                           double limit)
{
  const double across = hypot(x[0], x[1]) - hypot(y[0], y[1]), along = x[2] - y[2];

  (void)symmetry, (void)n;
  return across * across + along * along <= limit;
}

static const KrSymmetry hat_symmetry = {.name        = "rotations about an axis",
                                        .n_modes_max = 1,
                                        .zero_modes  = hat_zero_modes,
                                        .canonical   = hat_canonical,
                                        .same        = hat_same};

static inline PetscErrorCode hat_shape(MPI_Comm comm, const void *options, const KrMixture *law,
                                       KrShape *shape)
{
  (void)comm, (void)options, (void)law;
  shape->n        = HAT_N;
  shape->manifold = &KrManifoldFlat;
  shape->symmetry = &hat_symmetry;
  return PETSC_SUCCESS;
}

static inline PetscErrorCode hat_gradient(KrModel model, PetscInt n_points, const double X[],
                                          double E[], double G[])
{
  (void)model;
  for (PetscInt b = 0; b < n_points; ++b) {
    const double *x = X + HAT_N * b, left = x[0] * x[0] + x[1] * x[1] - 1.0;

    E[b] += 0.25 * left * left + 0.5 * x[2] * x[2];
    G[HAT_N * b] += left * x[0];
    G[HAT_N * b + 1] += left * x[1];
    G[HAT_N * b + 2] += x[2];
  }
  return PETSC_SUCCESS;
}

static inline PetscErrorCode hat_derivatives(KrModel model, PetscInt n_points, const double X[],
                                             double E[], double G[], double Hess[])
{
  for (PetscInt b = 0; b < n_points; ++b) {
    const double *x = X + HAT_N * b, left = x[0] * x[0] + x[1] * x[1] - 1.0;
    const double  hessian[9] = {left + 2.0 * x[0] * x[0],
                                2.0 * x[0] * x[1],
                                0.0,
                                2.0 * x[0] * x[1],
                                left + 2.0 * x[1] * x[1],
                                0.0,
                                0.0,
                                0.0,
                                1.0};

    for (int i = 0; i < 9; ++i) Hess[9 * b + i] = hessian[i];
  }
  return hat_gradient(model, n_points, X, E, G);
}

/* at a minimum, and with a Hessian */
static const KrModelType hat_minimal = {.shape = hat_shape, .gradient = hat_gradient};
static const KrModelType hat_whole   = {
    .shape = hat_shape, .gradient = hat_gradient, .derivatives = hat_derivatives};

/* ---- a pair in the plane: V(r) = 4 (r^-12 - r^-6), with translations and the rotation ----
   Its only point: r^6 = 2, V = -1, and across the three zero modes the eigenvalue 2 V'' = 144 / 2^(1/3). */
#define PAIR_N     4
#define PAIR_CURVE (144.0 / cbrt(2.0))

static inline int pair_zero_modes(const KrSymmetry *symmetry, int n, const double x[], double Z[])
{
  const double rows[3][PAIR_N] = {
    {1.0, 0.0, 1.0, 0.0}, {0.0, 1.0, 0.0, 1.0}, {-x[1], x[0], -x[3], x[2]}};

  (void)symmetry;
  for (int r = 0; r < 3; ++r)
    for (int i = 0; i < n; ++i) Z[r * n + i] = rows[r][i];
  return KrSymmetryOrthonormalise(n, 3, 1e-9, Z);
}

static const KrSymmetry pair_symmetry = {
  .name = "motions of the plane", .n_modes_max = 3, .zero_modes = pair_zero_modes};

static inline PetscErrorCode pair_shape(MPI_Comm comm, const void *options, const KrMixture *law,
                                        KrShape *shape)
{
  (void)comm, (void)options, (void)law;
  shape->n        = PAIR_N;
  shape->manifold = &KrManifoldFlat;
  shape->symmetry = &pair_symmetry;
  shape->hessian  = 50.0;
  return PETSC_SUCCESS;
}

static inline PetscErrorCode pair_gradient(KrModel model, PetscInt n_points, const double X[],
                                           double E[], double G[])
{
  (void)model;
  for (PetscInt b = 0; b < n_points; ++b) {
    const double *x = X + PAIR_N * b, u = x[0] - x[2], v = x[1] - x[3];
    const double  inverse = 1.0 / (u * u + v * v), s = inverse * inverse * inverse;
    const double  f = -24.0 * inverse * s * (2.0 * s - 1.0); /* V'/r */

    E[b] += 4.0 * s * (s - 1.0);
    G[PAIR_N * b] += f * u;
    G[PAIR_N * b + 1] += f * v;
    G[PAIR_N * b + 2] -= f * u;
    G[PAIR_N * b + 3] -= f * v;
  }
  return PETSC_SUCCESS;
}

static const KrModelType pair_minimal = {.shape = pair_shape, .gradient = pair_gradient};

/* Registers a type, under a name of its own in each program, and makes a model of it. */
static inline PetscErrorCode make_landscape(MPI_Comm comm, const char name[],
                                            const KrModelType *type, KrModel *model)
{
  KrModelOptions options = {0};

  PetscFunctionBeginUser;
  if (KrModelTypeFind(name) < 0) PetscCall(KrModelRegister(name, type));
  options.type = KrModelTypeFind(name);
  PetscCall(KrModelCreate(comm, &options, 0, NULL, model));
  PetscCall(KrModelDraw(*model, 1, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}
