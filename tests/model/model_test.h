/* What the tests of models share. */
#pragma once
#include "kr_test.h"
#include <kacrice/manifold.h>
#include <kacrice/model.h>
#include <kacrice/rng.h>
#include <math.h>
#include <string.h>

/* The laws every test runs over: each pure order, and mixtures of both and of one parity. */
static const KrMixture test_laws[] = {
  {1, {2}, {1.0}}, {1, {3}, {1.0}},           {1, {4}, {1.0}},         {1, {5}, {1.0}},
  {1, {6}, {1.0}}, {2, {3, 4}, {0.36, 0.64}}, {2, {2, 4}, {0.5, 0.5}}, {2, {3, 5}, {0.7, 0.3}},
};
#define N_TEST_LAWS ((int)(sizeof test_laws / sizeof test_laws[0]))

#define TEST_TEMPERATURE 0.4 /* of models that have one */

/* A model of a registered type, numbered as in its registry. */
static inline PetscErrorCode make_model_of_type(MPI_Comm comm, int type, const KrMixture *f, int n,
                                                KrModel *model)
{
  KrModelOptions options = {.type = type, .n = n};

  PetscFunctionBeginUser;
  if (KrModelOptionsIsTap(&options)) options.own.spin.temperature = TEST_TEMPERATURE;
  PetscCall(KrModelCreate(comm, &options, n, f, model));
  PetscCall(KrModelDraw(*model, 42, 7));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static inline PetscErrorCode make_model(MPI_Comm comm, const KrMixture *f, int n, KrModel *model)
{
  PetscFunctionBeginUser;
  PetscCall(make_model_of_type(comm, 0, f, n, model));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Points of the sphere |x|^2 = N, a row each. */
static inline void draw_points(int n, int n_points, double X[])
{
  for (int b = 0; b < n_points; ++b) {
    const KrRandomKey key = {.seed = 3, .stream = KR_STREAM_TEST, .sample = (uint64_t)b};

    KrRandomNormals(&key, 0, n, X + b * n);
    KrSphereNormalise(n, X + b * n);
  }
}
