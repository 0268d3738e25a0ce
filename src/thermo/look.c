/* Where a run may stop, and when descents and dynamics are due. */
#include "run_impl.h"

/* Whether to stop here: asked now and then. Collective on the sharers. */
PetscErrorCode KrThermoBreathe(KrThermoState *run, int64_t sweep)
{
  PetscFunctionBeginUser;
  if (run->hooks.pause != NULL && sweep % run->piece == 0)
    PetscCall((*run->hooks.pause)(run->hooks.context, run, &run->stopped));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Nothing when the code is 0. Collective on the sharers. */
PetscErrorCode KrThermoLeave(KrThermoState *run, PetscErrorCode code)
{
  PetscFunctionBeginUser;
  if (code == 0) PetscFunctionReturn(PETSC_SUCCESS);
  if (code != KR_ERR_STOPPED) PetscCall(code);
  if (run->hooks.pause != NULL)
    PetscCall((*run->hooks.pause)(run->hooks.context, run, &run->stopped));
  run->stopped = PETSC_TRUE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

int64_t KrThermoMeasured(const KrThermoState *run)
{
  return PetscMax((int64_t)0, run->sweep - run->options->burn_in);
}

/* Descents are due when the k-th of equal parts of the measurement has ended; the number k - 1 of the last. */
int KrThermoLook(const KrThermoState *run)
{
  return (int)(KrThermoMeasured(run) * run->options->quenches / run->options->sweeps) - 1;
}
