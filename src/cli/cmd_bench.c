/* kacrice bench: how fast this build is on this machine. */
#include "commands.h"
#include <kacrice/bench.h>
#include <string.h>

static const KrOptionTable *const tables[] = {&KrBenchOptionTable};

static const struct {
  const char *name;
  PetscErrorCode (*run)(MPI_Comm world, const KrBenchOptions *options, int *n_failed);
} benches[] = {{"kernels", KrBenchKernels}, {"ranks", KrBenchRanks}, {"descent", KrBenchDescent},
               {"census", KrBenchCensus},   {"steps", KrBenchSteps}, {"campaign", KrBenchCampaign},
               {"thermo", KrBenchThermo}};

const KrOptionTable *const *KrBenchTables(int *n_tables)
{
  *n_tables = PETSC_STATIC_ARRAY_LENGTH(tables);
  return tables;
}

PetscErrorCode KrCommandBench(MPI_Comm world, int n_args, char **args)
{
  KrBenchOptions options;
  size_t         which    = 0;
  int            n_failed = 0;

  PetscFunctionBeginUser;
  (void)n_args;
  while (which < PETSC_STATIC_ARRAY_LENGTH(benches) && strcmp(benches[which].name, args[0]) != 0)
    ++which;
  KR_CHECK_INPUT(
    which < PETSC_STATIC_ARRAY_LENGTH(benches), world,
    "kacrice bench %s: must be one of kernels, ranks, descent, census, steps, campaign, thermo",
    args[0]);
  PetscCall(KrBenchOptionsRead(world, &options));
  PetscCall(KrOptionsCheckUnknown(world, "bench", PETSC_STATIC_ARRAY_LENGTH(tables), tables, NULL));
  PetscCall((*benches[which].run)(world, &options, &n_failed));
  PetscCheck(n_failed == 0, world, KR_ERR_CHECK_FAILED,
             "bench %s: wrong results: %d; do not trust this build on this machine, and run "
             "kacrice verify",
             args[0], n_failed);
  PetscFunctionReturn(PETSC_SUCCESS);
}
