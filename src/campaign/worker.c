/* What the campaigns of all kinds do alike with a sample: look it up, have it done, note how long it took. */
#include "campaign_impl.h"
#include <stdlib.h>

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
  if (plan->task->create != NULL) PetscCall((*plan->task->create)(worker));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* May be called twice. Collective on the group. */
PetscErrorCode KrWorkerDestroy(KrWorker *worker)
{
  PetscFunctionBeginUser;
  if (worker->plan->task->destroy != NULL) PetscCall((*worker->plan->task->destroy)(worker));
  PetscCall(KrModelDestroy(&worker->model));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Seconds that the next sample needs before it can be stopped: to its first breath; or all of them where it keeps no
   state and would be begun anew by the next run: one that is not worth beginning is not begun. */
double KrWorkerReserve(const KrWorker *worker)
{
  return KrPlanKeepsState(worker->plan) ? worker->piece : worker->longest;
}

/* Gives the model the disorder of a sample, unless the run is to stop. Collective on the group. */
static PetscErrorCode draw(KrWorker *worker, int64_t number, PetscBool *stopped)
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

/* The record of a sample, spread over the ranks that share its work as the task has it; none when it was stopped.
   Collective on the group. */
static PetscErrorCode make_record(KrWorker *worker, KrKeeper *keeper, void *record,
                                  PetscBool *stopped)
{
  const KrTask *task = worker->plan->task;
  void         *from;

  PetscFunctionBeginUser;
  PetscCall(draw(worker, keeper->number, stopped));
  if (*stopped) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KrKeeperTakeUp(keeper, &from));
  PetscCall((*task->sample)(worker, keeper, from, record, stopped));
  if (from != NULL) (*task->state->file.destroy)(from);
  free(from);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* One sample from its couplings, or the state that it was left in, to its shard; its states go once that is whole.
   Collective on the group; count is set on its rank 0, when there is a target. */
static PetscErrorCode do_sample(KrWorker *worker, int64_t number, PetscBool *stopped,
                                int64_t *count)
{
  const KrPlan *plan   = worker->plan;
  const KrTask *task   = plan->task;
  KrKeeper      keeper = KrKeeperOf(worker, number);
  void         *record = calloc(1, task->record->size);
  PetscMPIInt   rank;

  PetscFunctionBeginUser;
  PetscCheck(record != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for a record");
  PetscCallMPI(MPI_Comm_rank(worker->group, &rank));
  PetscCall(make_record(worker, &keeper, record, stopped));
  if (!*stopped) {
    PetscCall(KrKeeperWrite(&keeper, task->record, record));
    if (rank == 0 && task->state != NULL) PetscCall(KrCheckpointDelete(plan->campaign.out, number));
    if (task->count != NULL && plan->target.relative_error > 0.0)
      *count = (*task->count)(plan, record);
    (*task->record->destroy)(record);
  }
  free(record);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What a target counts of a sample that has a shard. Not collective. */
static PetscErrorCode count_found(const KrPlan *plan, int64_t number, int64_t *count)
{
  const KrTask *task   = plan->task;
  void         *record = calloc(1, task->record->size);

  PetscFunctionBeginUser;
  PetscCheck(record != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for a record");
  PetscCall((*task->read_counts)(plan->campaign.out, number, plan->identity, record));
  *count = (*task->count)(plan, record);
  (*task->record->destroy)(record);
  free(record);
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
    if (rank == 0 && *end == KR_TASK_FOUND && plan->target.relative_error > 0.0)
      PetscCall(count_found(plan, number, count));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(do_sample(worker, number, &stopped, count));
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
