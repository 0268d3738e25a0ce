/* What a model is: size, law, symmetry, manifold, temperature. */
#include "model_impl.h"

/*
  KrModelGetComm - The model's own communicator; borrowed.

  Not collective

  Input:
. model - the model

  Output:
. comm - ranks that share the couplings
*/
PetscErrorCode KrModelGetComm(KrModel model, MPI_Comm *comm)
{
  PetscFunctionBeginUser;
  *comm = model->comm;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrModelGetSize - The number of spins N.

  Not collective

  Input:
. model - the model

  Output:
. n - N
*/
PetscErrorCode KrModelGetSize(KrModel model, PetscInt *n)
{
  PetscFunctionBeginUser;
  *n = model->n;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrModelGetSymmetry - How antipodes of critical points behave.

  Not collective

  Input:
. model - the model

  Output:
. symmetry - even when all orders are even, odd when all are odd, none for both
*/
PetscErrorCode KrModelGetSymmetry(KrModel model, KrSymmetry *symmetry)
{
  PetscFunctionBeginUser;
  *symmetry = model->symmetry;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrModelGetManifold - Where the points of the model live.

  Not collective

  Input:
. model - the model

  Output:
. manifold - a constant table: the sphere |x|^2 = N, or the ball |x|^2 < N

  See: docs/adr/0015-the-manifold-belongs-to-the-model.md
*/
PetscErrorCode KrModelGetManifold(KrModel model, const KrManifold **manifold)
{
  PetscFunctionBeginUser;
  *manifold = model->manifold;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrModelGetTemperature - The temperature of a TAP free energy.

  Not collective

  Input:
. model - the model

  Output:
. temperature - T, units of J; 0 for an energy
*/
PetscErrorCode KrModelGetTemperature(KrModel model, double *temperature)
{
  PetscFunctionBeginUser;
  *temperature = model->temperature;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrModelSetTemperature - Changes the temperature of a TAP free energy; its disorder stays.

  Not collective; every rank of the model's communicator sets the same

  In/out:
. model - a TAP free energy

  Input:
. temperature - T > 0, units of J

  Errors: PETSC_ERR_ARG_OUTOFRANGE for T <= 0, PETSC_ERR_SUP for an energy
*/
PetscErrorCode KrModelSetTemperature(KrModel model, double temperature)
{
  PetscFunctionBeginUser;
  PetscCheck(model->temperature > 0.0, model->comm, PETSC_ERR_SUP,
             "an energy has no temperature to set");
  PetscCheck(temperature > 0.0, model->comm, PETSC_ERR_ARG_OUTOFRANGE,
             "a TAP free energy at T = %g, must be positive", temperature);
  model->temperature = temperature;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrModelGetMixture - The law of the disorder; sets the scales of searches.

  Not collective

  Input:
. model - the model

  Output:
. f - borrowed until the model is destroyed; an estimate when the tensor came from a user
*/
PetscErrorCode KrModelGetMixture(KrModel model, const KrMixture **f)
{
  PetscFunctionBeginUser;
  *f = &model->f;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrModelGetScale - The scale J of the landscape, in the unit of its energies.

  Not collective

  Every tolerance on an energy, a gradient or a curvature is a multiple of it: a factor of H then changes no result.

  Input:
. model - the model

  Output:
. scale - KrMixtureScale() of its mixture: 1 for a law, of a user's tensor the size of its H/sqrt(N)

  See: docs/adr/0020-one-scale.md
*/
PetscErrorCode KrModelGetScale(KrModel model, double *scale)
{
  PetscFunctionBeginUser;
  *scale = KrMixtureScale(&model->f);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrModelGetKernels - Gives the array kernels of the instruction set that the model uses.

  Not collective

  Input:
. model - the model

  Output:
. kernels - a constant table
*/
PetscErrorCode KrModelGetKernels(KrModel model, const KrKernels **kernels)
{
  PetscFunctionBeginUser;
  *kernels = model->kernels;
  PetscFunctionReturn(PETSC_SUCCESS);
}
