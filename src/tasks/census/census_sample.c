/* One disorder sample of a census from its couplings to its shard. */
#include "census_room.h"
#include <math.h>

#define PIECE_SECONDS 1.0 /* of a search between two looks at clock and signals */

/* Collective on the group. */
PetscErrorCode KrWorkerCensusCreate(const KrPlan *plan, MPI_Comm group, KrStop *stop,
                                    KrProgress *progress, KrWorker *worker)
{
  PetscFunctionBeginUser;
  PetscCall(KrWorkerCreate(plan, group, stop, progress, worker));
  PetscCall(KrSearchCreate(worker->model, &plan->search, &worker->search));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Whether a sample can be saved while it is searched. */
static PetscBool keeps_state(const KrPlan *plan)
{
  return plan->campaign.checkpoint > 0.0 && plan->search.kind != KR_SEARCH_HOMOTOPY ? PETSC_TRUE
                                                                                    : PETSC_FALSE;
}

/* Seconds that the next sample needs before it can be stopped: little, or all when it keeps no state. */
double KrWorkerCensusReserve(const KrWorker *worker)
{
  return keeps_state(worker->plan) ? PIECE_SECONDS : worker->longest;
}

/* Writes the state of the census. Collective on the group. */
static PetscErrorCode save(KrKeeper *keeper, KrCensus census)
{
  const KrWorker *worker = keeper->worker;
  const KrPlan   *plan   = worker->plan;
  const double    began  = MPI_Wtime();
  KrSample        state;

  PetscFunctionBeginUser;
  PetscCall(KrCensusSave(census, &state));
  state.sample = keeper->number;
  state.seed   = (uint64_t)plan->campaign.seed;
  PetscCall(KrKeeperSeconds(keeper, &state.seconds));
  if (KrKeeperWrites(keeper))
    PetscCall(KrCheckpointWrite(worker->sharers, plan->campaign.out, &worker->meta, &state));
  KrSampleDestroy(&state);
  KrKeeperSaved(keeper, began);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Between two pieces of a round: sets the length of the next one, saves when it is time, and stops when the run does.
   Rank 0 of the group looks at the clock for all. A KrPauseFn. */
static PetscErrorCode pause_search(void *context, KrCensus census, KrPause *pause)
{
  KrKeeper       *keeper = context;
  const KrWorker *worker = keeper->worker;
  const double    piece  = PetscMax(MPI_Wtime() - keeper->resumed, 1e-6);
  PetscBool       saving;
  double          starts;

  PetscFunctionBeginUser;
  if (!keeps_state(worker->plan)) {
    pause->starts = INT64_MAX;
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  starts = PetscMin(ceil((double)pause->starts * PetscMin(2.0, PIECE_SECONDS / piece)), 1e15);
  PetscCallMPI(MPI_Bcast(&starts, 1, MPI_DOUBLE, 0, worker->group));
  pause->starts = (int64_t)starts;
  PetscCall(KrKeeperAsk(keeper, 2.0 * (piece + keeper->writing), &saving, &pause->stop));
  if (saving) PetscCall(save(keeper, census));
  keeper->resumed = MPI_Wtime();
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The state to go on from: that of an interrupted run, or the shard that the campaign takes further; the one with more
   starts when there are both. */
static PetscErrorCode find_state(const KrKeeper *keeper, PetscBool *exists, PetscBool *finished,
                                 KrSample *state)
{
  const MPI_Comm sharers  = keeper->worker->sharers;
  const char    *folder   = keeper->worker->plan->campaign.out;
  const char    *identity = keeper->worker->plan->identity;
  KrSample       shard;

  PetscFunctionBeginUser;
  PetscCall(KrCheckpointRead(sharers, folder, keeper->number, identity, exists, state));
  *finished = PETSC_FALSE;
  if (!keeper->worker->goes_on) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KrShardResume(sharers, folder, keeper->number, identity, finished, &shard));
  if (*finished && *exists && state->starts > shard.starts) {
    KrSampleDestroy(&shard);
    *finished = PETSC_FALSE;
  }
  if (*finished) {
    if (*exists) KrSampleDestroy(state);
    *state  = shard;
    *exists = PETSC_TRUE;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Goes on where an earlier run of the campaign was interrupted, or had ended. */
static PetscErrorCode take_up(KrKeeper *keeper, KrCensus census)
{
  const KrWorker *worker = keeper->worker;
  PetscMPIInt     rank;
  PetscBool       exists, finished;
  KrSample        state;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(worker->group, &rank));
  PetscCall(find_state(keeper, &exists, &finished, &state));
  if (!exists) PetscFunctionReturn(PETSC_SUCCESS);
  if (finished) PetscCall(KrCensusReopen(census, &state));
  else PetscCall(KrCensusRestore(census, &state));
  keeper->before = state.seconds;
  if (rank == 0 && !finished)
    PetscCall(PetscPrintf(PETSC_COMM_SELF, "sample %lld goes on after %lld starts\n",
                          (long long)keeper->number, (long long)state.starts));
  KrSampleDestroy(&state);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The record of one sample, spread over the ranks that share the starts; none when it was stopped. */
static PetscErrorCode take_census(KrWorker *worker, KrKeeper *keeper, KrSample *sample,
                                  PetscBool *stopped)
{
  const KrPlan  *plan = worker->plan;
  KrCensus       census;
  PetscErrorCode code = PETSC_SUCCESS;

  PetscFunctionBeginUser;
  PetscCall(KrWorkerDraw(worker, keeper->number, stopped));
  if (*stopped) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KrCensusCreate(worker->model, worker->sharers, &plan->census, &plan->search,
                           &plan->spectrum, &census));
  PetscCall(take_up(keeper, census));
  keeper->resumed = MPI_Wtime();
  PetscCall(KrCensusRun(census, worker->search, &plan->search, (uint64_t)plan->campaign.seed,
                        keeper->number, pause_search, keeper, stopped));
  if (!*stopped) code = KrCensusFinish(census, sample);
  PetscCall(KrStopAgree(worker->group, &code));
  if (code == KR_ERR_STOPPED) { /* the search is whole, and its points are as they were found */
    *stopped = PETSC_TRUE;
    if (keeps_state(plan)) PetscCall(save(keeper, census));
  }
  PetscCall(KrCensusDestroy(&census));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What the target counts of a sample that has a shard; -1 without a target. Not collective. */
PetscErrorCode KrWorkerCensusCount(const KrWorker *worker, int64_t number, int64_t *count)
{
  const KrPlan *plan = worker->plan;
  KrSample      sample;

  PetscFunctionBeginUser;
  *count = -1;
  if (plan->target.relative_error == 0.0) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KrShardReadCounts(plan->campaign.out, number, plan->identity, &sample));
  *count = KrTargetCount(plan, sample.count);
  KrSampleDestroy(&sample);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The shard of a finished sample, in the place of one with fewer starts; its states go once it is whole. */
static PetscErrorCode conclude(const KrKeeper *keeper, KrSample *sample)
{
  const KrWorker *worker = keeper->worker;
  const KrPlan   *plan   = worker->plan;
  PetscMPIInt     rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(worker->group, &rank));
  sample->sample = keeper->number;
  sample->seed   = (uint64_t)plan->campaign.seed;
  PetscCall(KrKeeperSeconds(keeper, &sample->seconds));
  if (KrKeeperWrites(keeper))
    PetscCall(KrShardWrite(worker->sharers, plan->campaign.out, &worker->meta, sample));
  if (rank == 0) PetscCall(KrCheckpointDelete(plan->campaign.out, keeper->number));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Searches one sample, or goes on with it. Collective on the group; count is set on its rank 0, to what the target
   counts when there is one. */
PetscErrorCode KrWorkerCensusRun(KrWorker *worker, int64_t number, PetscBool *stopped,
                                 int64_t *count)
{
  const KrPlan *plan   = worker->plan;
  KrKeeper      keeper = KrKeeperOf(worker, number);
  KrSample      sample;

  PetscFunctionBeginUser;
  PetscCall(take_census(worker, &keeper, &sample, stopped));
  if (*stopped) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(conclude(&keeper, &sample));
  if (plan->target.relative_error > 0.0) *count = KrTargetCount(plan, sample.count);
  KrSampleDestroy(&sample);
  PetscFunctionReturn(PETSC_SUCCESS);
}
