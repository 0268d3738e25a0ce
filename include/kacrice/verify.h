/* Layer 7: does this build give right answers on this machine? Every check is done by every rank, so that one odd
   node of a mixed cluster is found, and compared with something known from elsewhere. How to read the output:
   docs/howto/verify.md. */
#pragma once
#include <kacrice/base.h>

typedef struct {
  MPI_Comm world;                        /* borrowed */
  int      n_passed, n_failed, n_warned; /* checks so far, the same on every rank */
} KrVerify;

PetscErrorCode KrVerifyRun(MPI_Comm world, int *n_failed);

/* one figure; format: its name */
PetscErrorCode KrVerifyCheck(KrVerify *verify, double figure, double limit, const char format[],
                             ...);
PetscErrorCode KrVerifyAdvise(KrVerify *verify, double figure, double limit, const char advice[],
                              const char format[], ...);

/* the parts */
PetscErrorCode KrVerifyRandom(KrVerify *verify);
PetscErrorCode KrVerifyKernels(KrVerify *verify);
PetscErrorCode KrVerifyTheory(KrVerify *verify);
PetscErrorCode KrVerifyCensus(KrVerify *verify);
PetscErrorCode KrVerifySpectrum(KrVerify *verify);
PetscErrorCode KrVerifyStore(KrVerify *verify);
PetscErrorCode KrVerifyBlas(KrVerify *verify);
