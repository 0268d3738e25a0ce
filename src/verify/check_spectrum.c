/* The two ways to the spectrum of a Hessian, on a model spread over all ranks. */
#include "verify_impl.h"
#include <kacrice/manifold.h>
#include <kacrice/rng.h>
#include <kacrice/spectrum.h>

#define N_SPINS 30
#define LOWEST  4
#define HIGHEST 2

/*
  KrVerifySpectrum - Compares LAPACK and SLEPc on the Hessian of a p = 3 model at a random point.

  Collective on the communicator of verify

  In/out:
. verify - counts the checks

  Errors: those of the two libraries
  Cost:   some milliseconds
  Source: docs/theory/spectrum.md
  See:    KrSpectrumCompute()
*/
PetscErrorCode KrVerifySpectrum(KrVerify *verify)
{
  const KrRandomKey    key           = {.seed = 3, .stream = KR_STREAM_TEST};
  const KrModelOptions model_options = {.n = N_SPINS};
  const KrMixture      f             = KrMixturePure(3);
  KrSpectrumOptions options = {.lowest = LOWEST, .highest = HIGHEST, .method = KR_SPECTRUM_LAPACK};
  double            low[2][LOWEST], high[2][HIGHEST], x[N_SPINS], worst;
  KrSpectrum        dense  = {.lowest = low[0], .highest = high[0]};
  KrSpectrum        krylov = {.lowest = low[1], .highest = high[1]};
  KrModel           model;

  PetscFunctionBeginUser;
  KrRandomNormals(&key, 0, N_SPINS, x);
  KrSphereNormalise(N_SPINS, x);
  PetscCall(KrModelCreate(verify->world, &model_options, N_SPINS, &f, &model));
  PetscCall(KrModelDraw(model, 1, 0));
  PetscCall(KrSpectrumCompute(&options, model, x, &dense));
  options.method = KR_SPECTRUM_SLEPC;
  PetscCall(KrSpectrumCompute(&options, model, x, &krylov));
  PetscCall(KrModelDestroy(&model));
  worst = fabs(krylov.margin - dense.margin);
  for (int i = 0; i < LOWEST; ++i) worst = worse(worst, fabs(low[1][i] - low[0][i]));
  for (int i = 0; i < HIGHEST; ++i) worst = worse(worst, fabs(high[1][i] - high[0][i]));
  PetscCall(KrVerifyCheck(verify, abs(krylov.index - dense.index), 0,
                          "spectrum: index by LAPACK against SLEPc, p = 3, N = %d", N_SPINS));
  /* SLEPc stops at residuals of 1e-9 in units of the eigenvalues, and they bound the error of a symmetric matrix */
  PetscCall(KrVerifyCheck(verify, worst, 1e-9, "spectrum: eigenvalues by LAPACK against SLEPc"));
  PetscFunctionReturn(PETSC_SUCCESS);
}
