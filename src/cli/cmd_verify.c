/* kacrice verify: exact answers on this machine. */
#include "commands.h"
#include <kacrice/verify.h>

PetscErrorCode KrCommandVerify(MPI_Comm world, int n_args, char **args)
{
  int n_failed;

  PetscFunctionBeginUser;
  (void)n_args, (void)args;
  PetscCall(KrVerifyRun(world, &n_failed));
  PetscCheck(n_failed == 0, world, KR_ERR_CHECK_FAILED,
             "verify: failed checks: %d; do not trust results of this build on this machine, see "
             "docs/howto/verify.md",
             n_failed);
  PetscFunctionReturn(PETSC_SUCCESS);
}
