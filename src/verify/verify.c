/* All checks in a row. */
#include <kacrice/verify.h>
#include <kacrice/kernels.h>

/* What is being verified, for whoever reads the output of another machine. */
static PetscErrorCode print_head(MPI_Comm world)
{
  KrProvenance provenance;

  PetscFunctionBeginUser;
  PetscCall(KrProvenanceGet(world, &provenance));
  PetscCall(PetscPrintf(world, "kacrice %s (%s), %s; %d ranks, kernels %s on %s\n",
                        provenance.version, provenance.git_hash, provenance.libraries,
                        provenance.ranks, KrKernelsGet(KR_SIMD_AUTO)->name, provenance.host));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrVerifyRun - Makes all checks, prints one line each and how many passed.

  Collective on world

  Input:
. world - all ranks

  Output:
. n_failed - checks that failed, the same on every rank

  Errors: those of the libraries; bad input for a folder TMPDIR on a full disk
  Cost:   some seconds of a core on each rank
  See:    docs/howto/verify.md
*/
PetscErrorCode KrVerifyRun(MPI_Comm world, int *n_failed)
{
  KrVerify verify = {.world = world};

  PetscFunctionBeginUser;
  PetscCall(print_head(world));
  PetscCall(KrVerifyRandom(&verify));
  PetscCall(KrVerifyKernels(&verify));
  PetscCall(KrVerifyTheory(&verify));
  PetscCall(KrVerifyCensus(&verify));
  PetscCall(KrVerifySpectrum(&verify));
  PetscCall(KrVerifyStore(&verify));
  PetscCall(KrVerifyBlas(&verify));
  PetscCall(PetscPrintf(world, "verify: %d passed, %d failed", verify.n_passed, verify.n_failed));
  if (verify.n_warned > 0) PetscCall(PetscPrintf(world, ", %d with a warning", verify.n_warned));
  PetscCall(PetscPrintf(world, "\n"));
  *n_failed = verify.n_failed;
  PetscFunctionReturn(PETSC_SUCCESS);
}
