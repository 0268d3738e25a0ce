/* Tutorial 2: from random starts to critical points; each start ends in a reason. */
#include <kacrice/kacrice.h>

static PetscErrorCode print(void *context, const KrOutcome *outcome)
{
  PetscFunctionBeginUser;
  (void)context;
  PetscCall(PetscPrintf(PETSC_COMM_SELF, "start %2lld: %s after %3d steps at e = %9.6f\n",
                        (long long)outcome->start, outcome->reason == KR_FOUND ? "found" : "failed",
                        outcome->iterations, outcome->energy));
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char **argv)
{
  const KrModelOptions model_options = {.n = 10};
  const KrMixture      f             = KrMixturePure(3);
  KrSearchOptions      options;
  KrModel              model;
  KrSearch             search;

  PetscCall(KrInitialize(&argc, &argv));
  PetscCall(KrSearchOptionsRead(PETSC_COMM_WORLD, &options)); /* try -search_kind minima */
  options.starts = 16;
  PetscCall(KrModelCreate(PETSC_COMM_SELF, &model_options, 10, &f, &model));
  PetscCall(KrModelDraw(model, 1, 0));
  PetscCall(KrSearchCreate(model, &options, &search));
  PetscCall(KrSearchRun(search, 1, 0, &(KrStarts){0, options.starts, 1, NULL}, print, NULL));
  PetscCall(KrSearchDestroy(&search));
  PetscCall(KrModelDestroy(&model));
  PetscCall(KrFinalize());
  return 0;
}
