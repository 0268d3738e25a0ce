/* kacrice list and kacrice version. */
#include "commands.h"
#include <kacrice/campaign.h>
#include <kacrice/search.h>

/* Commands that make a campaign, and in brackets the one whose folder they read. */
static PetscErrorCode print_tasks(MPI_Comm world)
{
  const KrTask *task;

  PetscFunctionBeginUser;
  PetscCall(PetscPrintf(world, "tasks:"));
  for (int i = 0; (task = KrTaskGet(i)) != NULL; ++i) {
    const char *input = KrTaskInput(task);

    PetscCall(PetscPrintf(world, " %s", KrTaskCommand(task)));
    if (input != NULL) PetscCall(PetscPrintf(world, "(%s)", input));
  }
  PetscCall(PetscPrintf(world, "\n"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KrCommandList(MPI_Comm world, int n_args, char **args)
{
  static const char *const names[] = {"auto", "plain", "avx2", "avx512"};
  const char              *name;

  PetscFunctionBeginUser;
  (void)n_args, (void)args;
  PetscCall(print_tasks(world));
  PetscCall(PetscPrintf(world, "models (-model_type):"));
  for (int i = 0; (name = KrModelTypeName(i)) != NULL; ++i)
    PetscCall(PetscPrintf(world, " %s", name));
  PetscCall(PetscPrintf(world, "\nsearches (-search_kind):"));
  for (int i = 0; (name = KrSearchKindName(i)) != NULL; ++i)
    PetscCall(PetscPrintf(world, " %s", name));
  PetscCall(PetscPrintf(world, "\nspectrum (-spectrum_method): auto lapack slepc"));
  PetscCall(PetscPrintf(world, "\ninstructions (-model_simd):"));
  for (int i = KR_SIMD_PLAIN; i <= KR_SIMD_AVX512; ++i)
    if (KrKernelsGet((KrSimd)i) != NULL) PetscCall(PetscPrintf(world, " %s", names[i]));
  PetscCall(PetscPrintf(world, "; auto takes %s\n", KrKernelsGet(KR_SIMD_AUTO)->name));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KrCommandVersion(MPI_Comm world, int n_args, char **args)
{
  KrProvenance provenance;
  char         store[128];

  PetscFunctionBeginUser;
  (void)n_args, (void)args;
  PetscCall(KrProvenanceGet(world, &provenance));
  PetscCall(KrStoreLibrary(store, sizeof store));
  PetscCall(PetscPrintf(world, "kacrice %s (%s)\ncompiler: %s\nlibraries: %s; %s\n",
                        provenance.version, provenance.git_hash, provenance.compiler,
                        provenance.libraries, store));
  PetscFunctionReturn(PETSC_SUCCESS);
}
