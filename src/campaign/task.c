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

typedef struct { /* what it takes to keep the state of a sample */
  const KrWorker   *worker;
  const KrFileMeta *meta;
  int64_t           number;
  double            began;  /* wall clock */
  double            before; /* core seconds of runs before */
  double            saved;  /* wall clock of the last state */
} Keeper;

static double core_seconds(const Keeper *keeper, int n_ranks)
{
  return keeper->before + (MPI_Wtime() - keeper->began) * n_ranks;
}

/* Writes the state of the census when it is time; a KrRoundFn. Rank 0 of the group looks at the clock for all. */
static PetscErrorCode keep_state(void *context, KrCensus census)
{
  Keeper         *keeper = context;
  const KrWorker *worker = keeper->worker;
  const KrPlan   *plan   = worker->plan;
  int             is_due;
  PetscMPIInt     rank, n_ranks;
  KrSample        state;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(worker->group, &rank));
  PetscCallMPI(MPI_Comm_size(worker->group, &n_ranks));
  is_due =
    plan->campaign.checkpoint > 0.0 && MPI_Wtime() - keeper->saved >= plan->campaign.checkpoint;
  PetscCallMPI(MPI_Bcast(&is_due, 1, MPI_INT, 0, worker->group));
  if (!is_due) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KrCensusSave(census, &state));
  state.sample  = keeper->number;
  state.seed    = (uint64_t)plan->campaign.seed;
  state.seconds = core_seconds(keeper, n_ranks);
  PetscCallMPI(MPI_Bcast(&state.seconds, 1, MPI_DOUBLE, 0, worker->group));
  if (rank == 0 || plan->campaign.spread != KR_SPREAD_TENSOR)
    PetscCall(KrCheckpointWrite(worker->sharers, plan->campaign.out, keeper->meta, &state));
  KrSampleDestroy(&state);
  keeper->saved = MPI_Wtime();
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Goes on where an earlier run of the campaign was interrupted. */
static PetscErrorCode take_up(Keeper *keeper, KrCensus census)
{
  const KrWorker *worker = keeper->worker;
  PetscMPIInt     rank;
  PetscBool       exists;
  KrSample        state;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(worker->group, &rank));
  PetscCall(KrCheckpointRead(worker->sharers, worker->plan->campaign.out, keeper->number,
                             keeper->meta->identity, &exists, &state));
  if (!exists) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KrCensusRestore(census, &state));
  keeper->before = state.seconds;
  if (rank == 0)
    PetscCall(PetscPrintf(PETSC_COMM_SELF, "sample %lld goes on after %lld starts\n",
                          (long long)keeper->number, (long long)state.starts));
  KrSampleDestroy(&state);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The record of one sample, spread over the ranks that share the starts. */
static PetscErrorCode take_census(KrWorker *worker, Keeper *keeper, KrSample *sample)
{
  const KrPlan *plan = worker->plan;
  KrCensus      census;

  PetscFunctionBeginUser;
  PetscCall(KrPlanDraw(plan, worker->model, keeper->number));
  PetscCall(KrCensusCreate(worker->model, worker->sharers, &plan->census, &plan->search,
                           &plan->spectrum, &census));
  PetscCall(take_up(keeper, census));
  PetscCall(KrCensusRun(census, worker->search, &plan->search, (uint64_t)plan->campaign.seed,
                        keeper->number, keep_state, keeper));
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
  const double now = MPI_Wtime();
  Keeper   keeper = {.worker = worker, .meta = &meta, .number = number, .began = now, .saved = now};
  KrSample sample;
  PetscMPIInt rank, size;
  int         done; /* PetscBool has no MPI type in every PETSc */

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(worker->group, &rank));
  PetscCallMPI(MPI_Comm_size(worker->group, &size));
  *was_done = PETSC_FALSE;
  if (rank == 0) PetscCall(KrShardExists(plan->campaign.out, number, was_done));
  done = *was_done;
  PetscCallMPI(MPI_Bcast(&done, 1, MPI_INT, 0, worker->group));
  if (done) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(take_census(worker, &keeper, &sample));
  sample.sample  = number;
  sample.seed    = (uint64_t)plan->campaign.seed;
  sample.seconds = core_seconds(&keeper, size);
  PetscCallMPI(MPI_Bcast(&sample.seconds, 1, MPI_DOUBLE, 0, worker->group));
  if (rank == 0 || plan->campaign.spread != KR_SPREAD_TENSOR) /* else all hold the same points */
    PetscCall(KrShardWrite(worker->sharers, plan->campaign.out, &meta, &sample));
  if (rank == 0) PetscCall(KrCheckpointDelete(plan->campaign.out, number));
  KrSampleDestroy(&sample);
  PetscFunctionReturn(PETSC_SUCCESS);
}
