/* Tutorial 1: draw a disorder sample and evaluate it at a random point of the sphere. */
#include <kacrice/kacrice.h>

int main(int argc, char **argv)
{
  const KrModelOptions options = {.n =
                                    10}; /* everything else at zero: the model "pspin", best SIMD */
  const KrMixture      f       = KrMixturePure(3);
  const KrRandomKey    key     = {.seed = 1, .stream = KR_STREAM_TEST};
  double               x[10], energy, gradient[10];
  KrModel              model;

  PetscCall(KrInitialize(&argc, &argv));
  PetscCall(KrModelCreate(PETSC_COMM_SELF, &options, 10, &f, &model));
  PetscCall(
    KrModelDraw(model, 1, 0)); /* campaign seed 1, sample 0: the same couplings everywhere */
  KrRandomNormals(&key, 0, 10, x);
  KrSphereNormalise(10, x); /* |x|^2 = N */
  PetscCall(KrModelDerivatives(model, 1, x, &energy, gradient, NULL));
  PetscCall(PetscPrintf(PETSC_COMM_WORLD, "e = H/N = %.6f, mu = %.6f = p e\n", energy / 10.0,
                        KrSphereProject(10, x, gradient)));
  PetscCall(KrModelDestroy(&model));
  PetscCall(KrFinalize());
  return 0;
}
