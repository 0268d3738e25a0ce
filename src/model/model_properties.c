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
  KrModelGetShape - What is known of the model before anything is drawn.

  Not collective

  Input:
. model - the model

  Output:
. shape - borrowed until the model is destroyed or its temperature changes

  See: KrModelShape()
*/
PetscErrorCode KrModelGetShape(KrModel model, const KrShape **shape)
{
  PetscFunctionBeginUser;
  *shape = &model->shape;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrModelGetSymmetry - Which points of the model are one.

  Not collective

  Input:
. model - the model

  Output:
. symmetry - a constant table
*/
PetscErrorCode KrModelGetSymmetry(KrModel model, const KrSymmetry **symmetry)
{
  PetscFunctionBeginUser;
  *symmetry = model->shape.symmetry;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrModelGetParity - How antipodes of critical points behave.

  Not collective

  Input:
. model - the model

  Output:
. parity - even when all orders are even, odd when all are odd, none for both
*/
PetscErrorCode KrModelGetParity(KrModel model, KrParity *parity)
{
  PetscFunctionBeginUser;
  *parity = model->shape.symmetry->parity;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrModelGetManifold - Where the points of the model live.

  Not collective

  Input:
. model - the model

  Output:
. manifold - a constant table: the sphere |x|^2 = N, the ball |x|^2 < N, R^N or the cube |x_i| < 1

  See: docs/adr/0015-the-manifold-belongs-to-the-model.md
*/
PetscErrorCode KrModelGetManifold(KrModel model, const KrManifold **manifold)
{
  PetscFunctionBeginUser;
  *manifold = model->shape.manifold;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrModelGetOwnOptions - The options of the model's type, as they were when it was made.

  Not collective

  Input:
. model - the model

  Output:
. options - a struct of the type, borrowed until the model is destroyed
*/
PetscErrorCode KrModelGetOwnOptions(KrModel model, const void **options)
{
  PetscFunctionBeginUser;
  *options = model->options.own.bytes;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrModelGetData - What a type keeps with a model.

  Not collective

  Input:
. model - the model

  Output:
. data - a pointer, as it was given to KrModelSetData(); NULL before that
*/
PetscErrorCode KrModelGetData(KrModel model, void *data)
{
  PetscFunctionBeginUser;
  *(void **)data = model->data;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrModelSetData - Keeps something of a type with a model.

  Not collective

  In/out:
. model - the model

  Input:
. data - owned by the type, which frees it in its `destroy`
*/
PetscErrorCode KrModelSetData(KrModel model, void *data)
{
  PetscFunctionBeginUser;
  model->data = data;
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
  PetscCheck(model->type->set_temperature != NULL, model->comm, PETSC_ERR_SUP,
             "an energy has no temperature to set");
  PetscCheck(temperature > 0.0, model->comm, PETSC_ERR_ARG_OUTOFRANGE,
             "a TAP free energy at T = %g, must be positive", temperature);
  model->temperature = temperature;
  PetscCall((*model->type->set_temperature)(model, temperature));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrModelGetMixture - The law of the disorder; sets the scales of searches.

  Not collective

  Input:
. model - the model

  Output:
. f - borrowed until the model is destroyed; an estimate when the tensor came from a user; NULL: no such law
*/
PetscErrorCode KrModelGetMixture(KrModel model, const KrMixture **f)
{
  PetscFunctionBeginUser;
  *f = model->has_law ? &model->f : NULL;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrModelGetScale - The scale J of the landscape, in the unit of its energies.

  Not collective

  Every tolerance on an energy, a gradient or a curvature is a multiple of it: a factor of H then changes no result.

  Input:
. model - the model

  Output:
. scale - KrShape.energy; of a mixture KrMixtureScale(): 1 for a law, of a user's tensor the size of its H/sqrt(N)

  See: docs/adr/0020-one-scale.md
*/
PetscErrorCode KrModelGetScale(KrModel model, double *scale)
{
  PetscFunctionBeginUser;
  *scale = model->shape.energy;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrModelStart - A random point where descents begin.

  Not collective

  Input:
+ model   - the model
. key     - of the random numbers
- counter - of the first; N + 1 belong to the point

  Output:
. x - N entries: what the type says, or KrManifold.start at KrShape.start
*/
PetscErrorCode KrModelStart(KrModel model, const KrRandomKey *key, uint64_t counter, double x[])
{
  PetscFunctionBeginUser;
  if (model->type->start != NULL) PetscCall((*model->type->start)(model, key, counter, x));
  else (*model->shape.manifold->start)((int)model->n, model->shape.start, key, counter, x);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrModelBulk - Where the bulk of Hessian eigenvalues lies at critical points with a radial coordinate.

  Not collective

  Input:
+ model  - the model
- radial - mu on the sphere, q elsewhere

  Output:
+ centre - of the semicircle; 0 where none is known
- scale  - a quarter of its width
*/
PetscErrorCode KrModelBulk(KrModel model, double radial, double *centre, double *scale)
{
  PetscFunctionBeginUser;
  *centre = 0.0;
  *scale  = model->shape.hessian;
  if (model->type->bulk != NULL) PetscCall((*model->type->bulk)(model, radial, centre, scale));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrModelReach - How far beyond the edge of the bulk of Hessian eigenvalues points with a radial coordinate lie.

  Not collective

  Input:
+ model  - the model
- radial - mu on the sphere, q elsewhere

  Returns: in units of that edge; 0 where it is not known
*/
double KrModelReach(KrModel model, double radial)
{
  return model->type->reach == NULL ? 0.0 : (*model->type->reach)(model, radial);
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
