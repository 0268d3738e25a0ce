/* The state of a sample under way: taken up, kept now and then, and when the run is to stop. */
#include "campaign_impl.h"
#include <math.h>
#include <stdlib.h>

#define PIECE_SECONDS \
  1.0               /* of a work that can be cut at will, between two looks at clock and signals */
#define RESERVE 0.1 /* from the wish to stop to the end of a piece of a sample without a state */

static void *member(void *record, size_t offset)
{
  return (char *)record + offset;
}

/* Whether a sample can be saved while it is worked on. */
PetscBool KrPlanKeepsState(const KrPlan *plan)
{
  const KrTaskState *state = plan->task->state;

  if (state == NULL || plan->campaign.checkpoint == 0.0) return PETSC_FALSE;
  return state->applies == NULL ? PETSC_TRUE : (*state->applies)(plan);
}

KrKeeper KrKeeperOf(KrWorker *worker, int64_t sample)
{
  const double now = MPI_Wtime();

  return (KrKeeper){.worker = worker, .number = sample, .began = now, .saved = now, .resumed = now};
}

/* Core seconds of the sample so far. Collective on the group. */
static PetscErrorCode count_seconds(const KrKeeper *keeper, double *seconds)
{
  PetscMPIInt n_ranks;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_size(keeper->worker->group, &n_ranks));
  *seconds = keeper->before + (MPI_Wtime() - keeper->began) * n_ranks;
  PetscCallMPI(MPI_Bcast(seconds, 1, MPI_DOUBLE, 0, keeper->worker->group));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What an interrupted run has left, or the shard that the campaign takes further; the one that is further when there
   are both. *state is NULL when there is none, else freed by the caller. Collective on the group. */
PetscErrorCode KrKeeperTakeUp(KrKeeper *keeper, void **state)
{
  const KrWorker    *worker = keeper->worker;
  const KrPlan      *plan   = worker->plan;
  const KrTaskState *kind   = plan->task->state;
  PetscMPIInt        rank;
  PetscBool          exists, finished = PETSC_FALSE;

  PetscFunctionBeginUser;
  *state = NULL;
  if (kind == NULL) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCallMPI(MPI_Comm_rank(worker->group, &rank));
  *state = calloc(1, kind->file.size);
  PetscCheck(*state != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for a state");
  PetscCall((*kind->read)(worker->sharers, plan->campaign.out, keeper->number, plan->identity,
                          &exists, *state));
  if (worker->goes_on)
    PetscCall((*kind->reopen)(worker->sharers, plan->campaign.out, keeper->number, plan->identity,
                              &exists, &finished, *state));
  if (!exists) {
    free(*state);
    *state = NULL;
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  keeper->before   = *(double *)member(*state, kind->file.seconds);
  keeper->finished = finished;
  if (rank == 0 && !finished)
    PetscCall(PetscPrintf(PETSC_COMM_SELF, "sample %lld goes on after %lld %s\n",
                          (long long)keeper->number,
                          (long long)*(int64_t *)member(*state, kind->done), kind->unit));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Writes a record or a state with the seconds that it took so far. Where couplings are spread all ranks hold the same,
   and rank 0 of the group alone writes. Collective on the group. */
PetscErrorCode KrKeeperWrite(const KrKeeper *keeper, const KrTaskFile *file, void *record)
{
  const KrWorker *worker = keeper->worker;
  const KrPlan   *plan   = worker->plan;
  PetscMPIInt     rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(worker->group, &rank));
  PetscCall(count_seconds(keeper, member(record, file->seconds)));
  if (rank == 0 || plan->campaign.spread != KR_SPREAD_TENSOR)
    PetscCall((*file->write)(worker->sharers, plan->campaign.out, &worker->meta, record));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Writes the state, if it is kept. Collective on the group. */
PetscErrorCode KrKeeperSave(KrKeeper *keeper, KrSaveFn save, void *work)
{
  const KrPlan     *plan  = keeper->worker->plan;
  const double      began = MPI_Wtime();
  const KrTaskFile *file;
  void             *state;

  PetscFunctionBeginUser;
  if (!KrPlanKeepsState(plan)) PetscFunctionReturn(PETSC_SUCCESS);
  file  = &plan->task->state->file;
  state = calloc(1, file->size);
  PetscCheck(state != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for a state");
  PetscCall((*save)(work, state));
  PetscCall(KrKeeperWrite(keeper, file, state));
  (*file->destroy)(state);
  free(state);
  keeper->saved   = MPI_Wtime();
  keeper->writing = keeper->saved - began;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Between two pieces: whether to stop, when `reserve` seconds are needed from here to the next time and to save;
   whether to save, as it is time or the last chance. Rank 0 of the group looks at the clock for all. Collective on the
   group. */
static PetscErrorCode ask(const KrKeeper *keeper, double reserve, PetscBool *save, PetscBool *stop)
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

/* Sets the length of the next piece by the seconds that the last one took. Collective on the group. */
static PetscErrorCode set_length(const KrWorker *worker, double took, int64_t *length)
{
  double wish = PetscMin(ceil((double)*length * PetscMin(2.0, PIECE_SECONDS / took)), 1e15);

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Bcast(&wish, 1, MPI_DOUBLE, 0, worker->group));
  *length = (int64_t)wish;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Of a sample without a state. The first one of a run heeds signals, but no limit of time: a chain of runs each shorter
   than a sample would never come to an end. A work that can be cut is not: it looks for signals itself. Collective on
   the group. */
static PetscErrorCode breathe_without_state(const KrWorker *worker, KrBreath *breath)
{
  PetscFunctionBeginUser;
  if (breath->length > 0) {
    breath->length = INT64_MAX;
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(KrProgressTell(worker->progress));
  PetscCall(KrStopPoll(worker->stop, worker->longest > 0.0 ? RESERVE : -INFINITY, &breath->stop));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Seconds until the next breath, as far as is known. Of pieces of a length of their own the longest counts, as there
   may be long ones now and then; and the first breath of a run heeds signals, but no limit of time: a chain of runs,
   however short, has to come to an end. */
static double next_piece(KrKeeper *keeper, PetscBool cuts, double took)
{
  KrWorker       *worker = keeper->worker;
  const PetscBool first  = worker->longest == 0.0 && keeper->resumed == keeper->began;

  if (cuts) {
    worker->piece = PIECE_SECONDS;
    return 2.0 * took; /* it may be twice as long as the last one */
  }
  worker->piece = PetscMax(worker->piece, took);
  return first ? -INFINITY : worker->piece;
}

/* Between two pieces of a sample: saves when it is time, and stops when the run does. A KrBreathFn; its context is a
   KrKeeper. */
PetscErrorCode KrKeeperBreathe(void *context, KrBreath *breath)
{
  KrKeeper       *keeper = context;
  KrWorker       *worker = keeper->worker;
  const double    took   = PetscMax(MPI_Wtime() - keeper->resumed, 1e-6);
  const PetscBool cuts   = breath->length > 0 ? PETSC_TRUE : PETSC_FALSE;
  PetscBool       saving;

  PetscFunctionBeginUser;
  if (breath->save == NULL || !KrPlanKeepsState(worker->plan)) {
    PetscCall(breathe_without_state(worker, breath));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  if (cuts) PetscCall(set_length(worker, took, &breath->length));
  PetscCall(
    ask(keeper, next_piece(keeper, cuts, took) + 2.0 * keeper->writing, &saving, &breath->stop));
  if (saving) PetscCall(KrKeeperSave(keeper, breath->save, breath->work));
  keeper->resumed = MPI_Wtime();
  PetscFunctionReturn(PETSC_SUCCESS);
}
