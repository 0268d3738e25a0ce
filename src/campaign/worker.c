/* What the campaigns of all kinds do alike with a sample: look it up, have it done, note how long it took. */
#include "campaign_impl.h"
#include <math.h>

#define RESERVE 0.1 /* seconds from the wish to stop to the end of a piece of a sample */

/* With the campaign's model. Collective on the group. */
PetscErrorCode KrWorkerCreate(const KrPlan *plan, MPI_Comm group, KrStop *stop,
                              KrProgress *progress, KrWorker *worker)
{
  const PetscBool spread_tensor =
    plan->campaign.spread == KR_SPREAD_TENSOR ? PETSC_TRUE : PETSC_FALSE;

  PetscFunctionBeginUser;
  *worker = (KrWorker){
    .plan = plan,
    .meta = {.provenance = &plan->provenance, .options = plan->options, .identity = plan->identity},
    .group    = group,
    .sharers  = spread_tensor ? PETSC_COMM_SELF : group,
    .stop     = stop,
    .progress = progress};
  PetscCall(KrPlanModel(plan, spread_tensor ? group : PETSC_COMM_SELF, &worker->model));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* May be called twice. Collective on the group. */
PetscErrorCode KrWorkerDestroy(KrWorker *worker)
{
  PetscFunctionBeginUser;
  PetscCall(KrSearchDestroy(&worker->search));
  PetscCall(KrModelDestroy(&worker->model));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Where a sample that is stopped is begun anew by the next run: one that is not worth beginning is not begun. */
double KrWorkerReserve(const KrWorker *worker)
{
  return worker->longest;
}

/* Between pieces of such a sample. The first one of a run heeds signals, but no limit of time: a chain of runs each
   shorter than a sample would never come to an end. A KrBreathFn. */
PetscErrorCode KrWorkerPause(void *context, PetscBool *stop)
{
  KrWorker *worker = context;

  PetscFunctionBeginUser;
  PetscCall(KrProgressTell(worker->progress));
  PetscCall(KrStopPoll(worker->stop, worker->longest > 0.0 ? RESERVE : -INFINITY, stop));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Gives the model the disorder of a sample, unless the run is to stop. Collective on the group. */
PetscErrorCode KrWorkerDraw(KrWorker *worker, int64_t number, PetscBool *stopped)
{
  PetscErrorCode code = KrPlanDraw(worker->plan, worker->model, number);

  PetscFunctionBeginUser;
  PetscCall(KrStopAgree(worker->group, &code));
  *stopped = code == KR_ERR_STOPPED ? PETSC_TRUE : PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What is known of a sample before it is begun: a shard that exists is complete, unless the campaign goes further now;
   a failure stands until it is retried. */
static PetscErrorCode look_up(KrWorker *worker, int64_t number, PetscBool *known, KrTaskEnd *end)
{
  const KrPlan *plan   = worker->plan;
  PetscBool     exists = PETSC_FALSE, further = PETSC_FALSE;
  int           told[2] = {KR_TASK_COMPUTED, 0};
  PetscMPIInt   rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(worker->group, &rank));
  if (rank == 0) {
    PetscCall(KrShardExists(plan->campaign.out, number, &exists));
    if (exists && plan->extended)
      PetscCall(KrShardGoesOn(plan->campaign.out, number, plan->identity, &further));
    if (exists && !further) told[0] = KR_TASK_FOUND;
    else if (!plan->campaign.retry && KrFailureExists(plan->campaign.out, number))
      told[0] = KR_TASK_FAILED;
    told[1] = further;
    if (told[0] == KR_TASK_FOUND && plan->extended) /* left by a kill between shard and state */
      PetscCall(KrCheckpointDelete(plan->campaign.out, number));
  }
  PetscCallMPI(MPI_Bcast(told, 2, MPI_INT, 0, worker->group));
  *end            = (KrTaskEnd)told[0];
  *known          = told[0] == KR_TASK_COMPUTED ? PETSC_FALSE : PETSC_TRUE;
  worker->goes_on = told[1] ? PETSC_TRUE : PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Does one sample unless it is done or has failed before. Collective on the group; count is set on its rank 0, to what
   the target counts of the sample when it is done, else to -1. */
PetscErrorCode KrWorkerRun(KrWorker *worker, int64_t number, KrTaskEnd *end, int64_t *count)
{
  const KrPlan *plan  = worker->plan;
  const double  began = MPI_Wtime();
  PetscBool     known = PETSC_FALSE, stopped = PETSC_FALSE;
  double        seconds = 0.0;
  PetscMPIInt   rank;

  PetscFunctionBeginUser;
  *count = -1;
  PetscCallMPI(MPI_Comm_rank(worker->group, &rank));
  PetscCall(look_up(worker, number, &known, end));
  if (known) {
    if (rank == 0 && *end == KR_TASK_FOUND && plan->task->count != NULL)
      PetscCall((*plan->task->count)(worker, number, count));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall((*plan->task->run)(worker, number, &stopped, count));
  if (stopped) {
    *end = KR_TASK_STOPPED;
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  if (rank == 0) KrFailureDelete(plan->campaign.out, number);
  seconds = MPI_Wtime() - began;
  PetscCallMPI(MPI_Bcast(&seconds, 1, MPI_DOUBLE, 0, worker->group));
  worker->longest = PetscMax(worker->longest, seconds);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- a sample that keeps its state on the way ---- */

KrKeeper KrKeeperOf(KrWorker *worker, int64_t sample)
{
  const double now = MPI_Wtime();

  return (KrKeeper){.worker = worker, .number = sample, .began = now, .saved = now, .resumed = now};
}

/* Core seconds of the sample so far. Collective on the group. */
PetscErrorCode KrKeeperSeconds(const KrKeeper *keeper, double *seconds)
{
  PetscMPIInt n_ranks;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_size(keeper->worker->group, &n_ranks));
  *seconds = keeper->before + (MPI_Wtime() - keeper->began) * n_ranks;
  PetscCallMPI(MPI_Bcast(seconds, 1, MPI_DOUBLE, 0, keeper->worker->group));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Between two pieces: whether to stop, when `reserve` seconds are needed from here to the next time and to save;
   whether to save, as it is time or the last chance. Rank 0 of the group looks at the clock for all. Collective on the
   group. */
PetscErrorCode KrKeeperAsk(const KrKeeper *keeper, double reserve, PetscBool *save, PetscBool *stop)
{
  const KrWorker *worker = keeper->worker;
  int             due    = MPI_Wtime() - keeper->saved >= worker->plan->campaign.checkpoint;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Bcast(&due, 1, MPI_INT, 0, worker->group));
  PetscCall(KrProgressTell(worker->progress));
  PetscCall(KrStopPoll(worker->stop, reserve, stop));
  *save = due || *stop ? PETSC_TRUE : PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Whether this rank has a part in the state: where couplings are spread all ranks hold the same. Not collective. */
PetscBool KrKeeperWrites(const KrKeeper *keeper)
{
  const KrWorker *worker = keeper->worker;
  PetscMPIInt     rank;

  MPI_Comm_rank(worker->group, &rank);
  return rank == 0 || worker->plan->campaign.spread != KR_SPREAD_TENSOR ? PETSC_TRUE : PETSC_FALSE;
}

/* Notes when a state was written, and how long that took since `began`. Not collective. */
void KrKeeperSaved(KrKeeper *keeper, double began)
{
  keeper->saved   = MPI_Wtime();
  keeper->writing = keeper->saved - began;
}
