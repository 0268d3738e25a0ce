/* A sweep of the chain. */
#include "sampler_impl.h"

/*
  KrSamplerSweep - A trajectory of every replica, then exchanges between neighbouring temperatures.

  Collective on the model's communicator

  Even and odd pairs of temperatures are exchanged in turn. With fixed steps the chain leaves exp(-beta H) on the sphere
  as it is, exactly, at every temperature.

  In/out:
. sampler - all ladders started

  Input:
. adapt - change the steps towards the wanted acceptance: during the burn-in only, as the chain is then no equilibrium

  Errors: KR_ERR_STOPPED, the chain as before, when it looks for that within sweeps and one of the ranks is to stop
  Cost:   `steps` gradients a replica
  Source: docs/theory/monte_carlo.md, eq. (1)-(4); Duane et al. 1987; Byrne & Girolami 2013; Hukushima & Nemoto
          1996
  See:    KrSamplerFreeze()
*/
PetscErrorCode KrSamplerSweep(KrSampler sampler, PetscBool adapt)
{
  PetscFunctionBeginUser;
  if (!sampler->is_evaluated) PetscCall(KrSamplerEvaluate(sampler));
  sampler->is_evaluated = PETSC_TRUE;
  PetscCall(KrSamplerMove(sampler, adapt));
  if (!sampler->setup.no_exchange) KrSamplerExchange(sampler);
  sampler->sweep += 1;
  PetscFunctionReturn(PETSC_SUCCESS);
}
