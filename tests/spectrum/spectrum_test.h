/* What the tests of the spectrum share: models, points, and the Hessian at a point. */
#pragma once
#include "kr_test.h"
#include <kacrice/manifold.h>
#include <kacrice/rng.h>
#include <kacrice/spectrum.h>
#include <math.h>
#include <string.h>

/* A pure model of order p, spread over all ranks or held by one (PETSC_COMM_SELF). */
static inline PetscErrorCode make_model(MPI_Comm comm, int p, int n, KrModel *model)
{
  const KrModelOptions options = {.n = n};
  const KrMixture      f       = {.n_orders = 1, .order = {p}, .c = {1.0}};

  PetscFunctionBeginUser;
  PetscCall(KrModelCreate(comm, &options, n, &f, model));
  PetscCall(KrModelDraw(*model, 11, 3));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A uniform point of the sphere. */
static inline void draw_point(int sample, int n, double x[])
{
  const KrRandomKey key = {.seed = 2, .stream = KR_STREAM_TEST, .sample = (uint64_t)sample};

  KrRandomNormals(&key, 0, n, x);
  KrSphereNormalise(n, x);
}

/* Radial curvature and Euclidean Hessian (N x N) at x. */
static inline PetscErrorCode curvature(KrModel model, int n, const double x[], double *mu,
                                       double hessian[])
{
  double energy, *gradient;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(n, &gradient));
  PetscCall(KrModelDerivatives(model, 1, x, &energy, gradient, hessian));
  *mu = KrSphereProject(n, x, gradient);
  PetscCall(PetscFree(gradient));
  PetscFunctionReturn(PETSC_SUCCESS);
}
