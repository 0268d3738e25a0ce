/* One disorder sample from its couplings to its shard. */
#include "campaign_impl.h"
#include <math.h>

#define PIECE_SECONDS 1.0 /* of a search between two looks at clock and signals */

/* Collective on the group. */
PetscErrorCode KrWorkerCreate(const KrPlan *plan, MPI_Comm group, KrStop *stop,
                              KrProgress *progress, KrWorker *worker)
{
  const PetscBool spread_tensor =
    plan->campaign.spread == KR_SPREAD_TENSOR ? PETSC_TRUE : PETSC_FALSE;

  PetscFunctionBeginUser;
  *worker = (KrWorker){.plan     = plan,
                       .group    = group,
                       .sharers  = spread_tensor ? PETSC_COMM_SELF : group,
                       .stop     = stop,
                       .progress = progress};
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

/* Whether a sample can be saved while it is searched. */
static PetscBool keeps_state(const KrPlan *plan)
{
  return plan->campaign.checkpoint > 0.0 && plan->search.kind != KR_SEARCH_HOMOTOPY ? PETSC_TRUE
                                                                                    : PETSC_FALSE;
}

/* Seconds that the next sample needs before it can be stopped: little, or all when it keeps no state. */
double KrWorkerReserve(const KrWorker *worker)
{
  return keeps_state(worker->plan) ? PIECE_SECONDS : worker->longest;
}

typedef struct { /* what it takes to keep the state of a sample, and to stop */
  KrWorker         *worker;
  const KrFileMeta *meta;
  int64_t           number;
  double            began;   /* wall clock */
  double            before;  /* core seconds of runs before */
  double            saved;   /* wall clock of the last state */
  double            resumed; /* wall clock when the piece of a round began */
  double            writing; /* seconds that the last state took */
} Keeper;

static double core_seconds(const Keeper *keeper, int n_ranks)
{
  return keeper->before + (MPI_Wtime() - keeper->began) * n_ranks;
}

/* Writes the state of the census. Collective on the group. */
static PetscErrorCode save(Keeper *keeper, KrCensus census)
{
  const KrWorker *worker = keeper->worker;
  const KrPlan   *plan   = worker->plan;
  const double    began  = MPI_Wtime();
  PetscMPIInt     rank, n_ranks;
  KrSample        state;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(worker->group, &rank));
  PetscCallMPI(MPI_Comm_size(worker->group, &n_ranks));
  PetscCall(KrCensusSave(census, &state));
  state.sample  = keeper->number;
  state.seed    = (uint64_t)plan->campaign.seed;
  state.seconds = core_seconds(keeper, n_ranks);
  PetscCallMPI(MPI_Bcast(&state.seconds, 1, MPI_DOUBLE, 0, worker->group));
  if (rank == 0 || plan->campaign.spread != KR_SPREAD_TENSOR)
    PetscCall(KrCheckpointWrite(worker->sharers, plan->campaign.out, keeper->meta, &state));
  KrSampleDestroy(&state);
  keeper->saved   = MPI_Wtime();
  keeper->writing = keeper->saved - began;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Between two pieces of a round: sets the length of the next one, saves when it is time, and stops when the run does.
   Rank 0 of the group looks at the clock for all. A KrPauseFn. */
static PetscErrorCode pause_search(void *context, KrCensus census, KrPause *pause)
{
  Keeper         *keeper = context;
  const KrWorker *worker = keeper->worker;
  const KrPlan   *plan   = worker->plan;
  const double    now = MPI_Wtime(), piece = PetscMax(now - keeper->resumed, 1e-6);
  double          told[2]; /* starts, whether to save */

  PetscFunctionBeginUser;
  if (!keeps_state(plan)) {
    pause->starts = INT64_MAX;
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  told[0] = PetscMin(ceil((double)pause->starts * PetscMin(2.0, PIECE_SECONDS / piece)), 1e15);
  told[1] = now - keeper->saved >= plan->campaign.checkpoint;
  PetscCallMPI(MPI_Bcast(told, 2, MPI_DOUBLE, 0, worker->group));
  pause->starts = (int64_t)told[0];
  PetscCall(KrProgressTell(worker->progress));
  PetscCall(KrStopPoll(worker->stop, 2.0 * (piece + keeper->writing), &pause->stop));
  if (pause->stop || told[1] != 0.0) PetscCall(save(keeper, census));
  keeper->resumed = MPI_Wtime();
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

/* The record of one sample, spread over the ranks that share the starts; none when it was stopped. */
static PetscErrorCode take_census(KrWorker *worker, Keeper *keeper, KrSample *sample,
                                  PetscBool *stopped)
{
  const KrPlan *plan = worker->plan;
  KrCensus      census;

  PetscFunctionBeginUser;
  PetscCall(KrPlanDraw(plan, worker->model, keeper->number));
  PetscCall(KrCensusCreate(worker->model, worker->sharers, &plan->census, &plan->search,
                           &plan->spectrum, &census));
  PetscCall(take_up(keeper, census));
  keeper->resumed = MPI_Wtime();
  PetscCall(KrCensusRun(census, worker->search, &plan->search, (uint64_t)plan->campaign.seed,
                        keeper->number, pause_search, keeper, stopped));
  if (!*stopped) PetscCall(KrCensusFinish(census, sample));
  PetscCall(KrCensusDestroy(&census));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What is known of a sample before it is begun: a shard that exists is complete, a failure stands until it is
   retried. Collective on the group. */
PetscErrorCode KrWorkerLookUp(const KrWorker *worker, int64_t number, PetscBool *known,
                              KrTaskEnd *end)
{
  const KrPlan *plan   = worker->plan;
  PetscBool     exists = PETSC_FALSE;
  int           found  = KR_TASK_COMPUTED;
  PetscMPIInt   rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(worker->group, &rank));
  if (rank == 0) {
    PetscCall(KrShardExists(plan->campaign.out, number, &exists));
    if (exists) found = KR_TASK_FOUND;
    else if (!plan->campaign.retry && KrFailureExists(plan, number)) found = KR_TASK_FAILED;
  }
  PetscCallMPI(MPI_Bcast(&found, 1, MPI_INT, 0, worker->group));
  *end   = (KrTaskEnd)found;
  *known = found == KR_TASK_COMPUTED ? PETSC_FALSE : PETSC_TRUE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The shard of a finished sample; what was there of it before goes. */
static PetscErrorCode conclude(const Keeper *keeper, KrSample *sample)
{
  const KrWorker *worker = keeper->worker;
  const KrPlan   *plan   = worker->plan;
  PetscMPIInt     rank, size;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(worker->group, &rank));
  PetscCallMPI(MPI_Comm_size(worker->group, &size));
  sample->sample  = keeper->number;
  sample->seed    = (uint64_t)plan->campaign.seed;
  sample->seconds = core_seconds(keeper, size);
  PetscCallMPI(MPI_Bcast(&sample->seconds, 1, MPI_DOUBLE, 0, worker->group));
  if (rank == 0 || plan->campaign.spread != KR_SPREAD_TENSOR) /* else all hold the same points */
    PetscCall(KrShardWrite(worker->sharers, plan->campaign.out, keeper->meta, sample));
  if (rank == 0) {
    PetscCall(KrCheckpointDelete(plan->campaign.out, keeper->number));
    KrFailureDelete(plan, keeper->number);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Does one sample unless it is done or has failed before. Collective on the group. */
PetscErrorCode KrWorkerRun(KrWorker *worker, int64_t number, KrTaskEnd *end)
{
  const KrPlan    *plan = worker->plan;
  const KrFileMeta meta = {
    .provenance = &plan->provenance, .options = plan->options, .identity = plan->identity};
  const double now = MPI_Wtime();
  Keeper   keeper = {.worker = worker, .meta = &meta, .number = number, .began = now, .saved = now};
  KrSample sample;
  PetscBool known = PETSC_FALSE, stopped = PETSC_FALSE;

  PetscFunctionBeginUser;
  PetscCall(KrWorkerLookUp(worker, number, &known, end));
  if (known) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(take_census(worker, &keeper, &sample, &stopped));
  if (stopped) {
    *end = KR_TASK_STOPPED;
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(conclude(&keeper, &sample));
  KrSampleDestroy(&sample);
  worker->longest = PetscMax(worker->longest, MPI_Wtime() - now);
  PetscFunctionReturn(PETSC_SUCCESS);
}
