/* kr_test: ranks=1,2,4 labels=verify timeout=120 */
/* Every part of the verification passes here, on any number of ranks, and makes as many checks on each. */
#include "kr_test.h"
#include <kacrice/kernels.h>
#include <kacrice/verify.h>

static PetscErrorCode run_part(const char name[], PetscErrorCode (*part)(KrVerify *), int n_checks)
{
  KrVerify verify = {.world = PETSC_COMM_WORLD};

  PetscFunctionBeginUser;
  PetscCall((*part)(&verify));
  PetscCall(KrExpectEqualInt(name, verify.n_failed, 0));
  PetscCall(KrExpectEqualInt(name, verify.n_passed + verify.n_warned, n_checks));
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char **argv)
{
  int n_levels = 0;

  PetscFunctionBeginUser;
  PetscCall(KrTestBegin(&argc, &argv));
  for (int simd = KR_SIMD_PLAIN; simd <= KR_SIMD_AVX512; ++simd)
    n_levels += KrKernelsGet((KrSimd)simd) != NULL;
  PetscCall(run_part("random", KrVerifyRandom, 9)); /* answers, moments, level, five orders, N */
  PetscCall(run_part("kernels", KrVerifyKernels, 6 * n_levels)); /* p = 2 ... 6 and a mixture */
  PetscCall(
    run_part("theory", KrVerifyTheory, 8)); /* two constants, total and indices, of two orders */
  PetscCall(
    run_part("census", KrVerifyCensus, 6)); /* points, indices, energies; three Euler sums */
  PetscCall(run_part("spectrum", KrVerifySpectrum, 2));
  PetscCall(run_part("store", KrVerifyStore, 2));
  PetscCall(run_part("blas", KrVerifyBlas, 2));
  return KrTestEnd();
}
