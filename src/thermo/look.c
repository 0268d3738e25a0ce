/* Where a run may stop, and when descents and dynamics are due. */
#include "run_impl.h"

static PetscErrorCode take_breath(KrThermoState *run)
{
  KrBreath breath = {.save = run->save, .work = run, .stop = run->stopped};

  PetscFunctionBeginUser;
  if (run->hooks.breathe != NULL) PetscCall((*run->hooks.breathe)(run->hooks.context, &breath));
  run->stopped = breath.stop;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Whether to stop here: asked now and then. Collective on the sharers. */
PetscErrorCode KrThermoBreathe(KrThermoState *run, int64_t sweep)
{
  PetscFunctionBeginUser;
  if (sweep % run->piece == 0) PetscCall(take_breath(run));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Nothing when the code is 0. Collective on the sharers. */
PetscErrorCode KrThermoLeave(KrThermoState *run, PetscErrorCode code)
{
  PetscFunctionBeginUser;
  if (code == 0) PetscFunctionReturn(PETSC_SUCCESS);
  if (code != KR_ERR_STOPPED) PetscCall(code);
  PetscCall(take_breath(run));
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
