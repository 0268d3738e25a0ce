/* From the samples that were read to the files of the result. */
#include "census_room.h"
#include <stdio.h>

/* Writes ensemble.h5 and summary.json into the plan's folder, and the last lines of a run. Collective on world. */
PetscErrorCode KrConclude(MPI_Comm world, const KrPlan *plan, const KrOrigins *origins,
                          KrEnsemble *ensemble, const KrTotals *totals)
{
  const KrFileMeta meta = {
    .provenance = &plan->provenance, .options = plan->options, .identity = plan->identity};
  char         path[KR_PATH_MAX + 16];
  PetscMPIInt  rank;
  KrExpected   expected;
  KrStatistics statistics;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(world, &rank));
  PetscCall(KrExpectedCompute(world, plan, ensemble, &expected));
  PetscCall(KrStatisticsCompute(world, plan, &expected, ensemble, &statistics));
  (void)snprintf(path, sizeof path, "%s/ensemble.h5", plan->campaign.out);
  PetscCall(KrEnsembleWrite(world, path, &meta, ensemble));
  if (rank == 0) {
    PetscCall(KrSummaryWrite(plan, origins, totals, &expected, ensemble, &statistics));
    PetscCall(KrSummaryPrint(plan, origins->folder, totals, &expected, &statistics));
  }
  KrStatisticsDestroy(&statistics);
  KrExpectedDestroy(&expected);
  PetscFunctionReturn(PETSC_SUCCESS);
}
