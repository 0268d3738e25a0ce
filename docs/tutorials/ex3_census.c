/* Tutorial 3: the distinct critical points of one sample, shared by all ranks, beside the exact mean over samples.
   mpirun -n 2 ex3_census */
#include <kacrice/kacrice.h>

int main(int argc, char **argv)
{
  const KrModelOptions model_options = {.n = 6};
  const KrMixture      f             = KrMixturePure(3);
  KrSearchOptions      search_options;
  KrSpectrumOptions    spectrum;
  KrCensusOptions      options;
  KrModel              model;
  KrSearch             search;
  KrCensus             census;
  KrSample             sample;
  KrKacRice            expected;
  PetscMPIInt          rank;

  PetscCall(KrInitialize(&argc, &argv));
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  PetscCall(KrSearchOptionsRead(PETSC_COMM_WORLD, &search_options));
  PetscCall(KrOptionsRead(PETSC_COMM_WORLD, &KrSpectrumOptionTable, &spectrum));
  PetscCall(KrOptionsRead(PETSC_COMM_WORLD, &KrCensusOptionTable, &options));
  PetscCall(
    KrModelCreate(PETSC_COMM_SELF, &model_options, 6, &f, &model)); /* all couplings on each rank */
  PetscCall(KrModelDraw(model, 1, 0));
  PetscCall(KrSearchCreate(model, &search_options, &search));
  PetscCall(KrCensusCreate(model, PETSC_COMM_WORLD, &options, &search_options, &spectrum, &census));
  PetscCall(KrCensusRun(census, search, &search_options, 1, 0, NULL, NULL,
                        NULL)); /* the ranks share the starts */
  PetscCall(KrCensusFinish(census, &sample));
  if (KrKacRiceCreate(&f, 6, 6, -2.0, 0.1, 0, &expected) != 0) return 1;
  for (int k = 0; rank == 0 && k < 6; ++k)
    PetscCall(PetscPrintf(PETSC_COMM_SELF, "index %d: %2lld points here, %7.4f on average\n", k,
                          (long long)sample.count[k], expected.count[k]));
  KrKacRiceDestroy(&expected);
  KrSampleDestroy(&sample);
  PetscCall(KrCensusDestroy(&census));
  PetscCall(KrSearchDestroy(&search));
  PetscCall(KrModelDestroy(&model));
  PetscCall(KrFinalize());
  return 0;
}
