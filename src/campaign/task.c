/* One disorder sample from its couplings to its shard. */
#include "campaign_impl.h"

/* Collective on the group. */
PetscErrorCode KrWorkerCreate(const KrPlan *plan, MPI_Comm group, KrWorker *worker)
{
  const PetscBool spread_tensor =
    plan->campaign.spread == KR_SPREAD_TENSOR ? PETSC_TRUE : PETSC_FALSE;

  PetscFunctionBeginUser;
  *worker =
    (KrWorker){.plan = plan, .group = group, .sharers = spread_tensor ? PETSC_COMM_SELF : group};
  PetscCall(KrPlanModel(plan, spread_tensor ? group : PETSC_COMM_SELF, &worker->model));
  PetscCall(KrSearchCreate(worker->model, &plan->search, &worker->search));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Collective on the group. */
PetscErrorCode KrWorkerDestroy(KrWorker *worker)
{
  PetscFunctionBeginUser;
  PetscCall(KrSearchDestroy(&worker->search));
  PetscCall(KrModelDestroy(&worker->model));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The record of one sample, spread over the ranks that share the starts. */
static PetscErrorCode take_census(KrWorker *worker, int64_t number, KrSample *sample)
{
  const KrPlan *plan = worker->plan;
  KrCensus      census;

  PetscFunctionBeginUser;
  PetscCall(KrPlanDraw(plan, worker->model, number));
  PetscCall(KrCensusCreate(worker->model, worker->sharers, &plan->census, &plan->search,
                           &plan->spectrum, &census));
  PetscCall(
    KrCensusRun(census, worker->search, &plan->search, (uint64_t)plan->campaign.seed, number));
  PetscCall(KrCensusFinish(census, sample));
  PetscCall(KrCensusDestroy(&census));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Does one sample unless its shard is there; a shard that exists is complete. Collective on the group; was_done is
   told on its rank 0. */
PetscErrorCode KrWorkerRun(KrWorker *worker, int64_t number, PetscBool *was_done)
{
  const KrPlan    *plan = worker->plan;
  const KrFileMeta meta = {
    .provenance = &plan->provenance, .options = plan->options, .identity = plan->identity};
  const double began = MPI_Wtime();
  KrSample     sample;
  PetscMPIInt  rank, size;
  int          done; /* PetscBool has no MPI type in every PETSc */

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(worker->group, &rank));
  PetscCallMPI(MPI_Comm_size(worker->group, &size));
  *was_done = PETSC_FALSE;
  if (rank == 0) PetscCall(KrShardExists(plan->campaign.out, number, was_done));
  done = *was_done;
  PetscCallMPI(MPI_Bcast(&done, 1, MPI_INT, 0, worker->group));
  if (done) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(take_census(worker, number, &sample));
  sample.sample  = number;
  sample.seed    = (uint64_t)plan->campaign.seed;
  sample.seconds = (MPI_Wtime() - began) * size;
  PetscCallMPI(MPI_Bcast(&sample.seconds, 1, MPI_DOUBLE, 0, worker->group));
  if (rank == 0 || plan->campaign.spread != KR_SPREAD_TENSOR) /* else all hold the same points */
    PetscCall(KrShardWrite(worker->sharers, plan->campaign.out, &meta, &sample));
  KrSampleDestroy(&sample);
  PetscFunctionReturn(PETSC_SUCCESS);
}
