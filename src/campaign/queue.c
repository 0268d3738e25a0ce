/* Samples handed out one by one: a counter on world rank 0, moved by one-sided atomic additions, so that no rank is
   lost to being a master (docs/adr/0004-a-counter-as-queue.md). */
#include "campaign_impl.h"

enum { ENDED = 0 /* by KrTaskEnd */, DRAWN = KR_TASK_STOPPED + 1, STOP, N_COUNTERS };

/* Collective on the world of the groups. */
PetscErrorCode KrQueueCreate(const KrGroups *groups, KrQueueType type, int64_t first, int64_t end,
                             KrQueue *queue)
{
  PetscMPIInt rank;
  MPI_Aint    bytes;

  PetscFunctionBeginUser;
  *queue =
    (KrQueue){.groups = groups, .type = type, .win = MPI_WIN_NULL, .first = first, .end = end};
  PetscCallMPI(MPI_Comm_rank(groups->world, &rank));
  bytes = rank == 0 ? N_COUNTERS * (MPI_Aint)sizeof(int64_t) : 0;
  PetscCallMPI(MPI_Win_allocate(bytes, sizeof(int64_t), MPI_INFO_NULL, groups->world,
                                &queue->counters, &queue->win));
  if (rank == 0) {
    PetscCallMPI(MPI_Win_lock(MPI_LOCK_EXCLUSIVE, 0, 0, queue->win));
    for (int i = 0; i < N_COUNTERS; ++i) queue->counters[i] = 0;
    PetscCallMPI(MPI_Win_unlock(0, queue->win));
  }
  PetscCallMPI(MPI_Barrier(groups->world));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode fetch_and_add(const KrQueue *queue, int counter, int64_t add, int64_t *before)
{
  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Win_lock(MPI_LOCK_SHARED, 0, 0, queue->win));
  PetscCallMPI(MPI_Fetch_and_op(&add, before, MPI_INT64_T, 0, counter, MPI_SUM, queue->win));
  PetscCallMPI(MPI_Win_unlock(0, queue->win));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The next sample of this group, or KR_QUEUE_EMPTY. Collective on the group only. */
PetscErrorCode KrQueueNext(KrQueue *queue, int64_t *sample)
{
  int64_t     ticket = 0;
  PetscMPIInt rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(queue->groups->comm, &rank));
  if (queue->type == KR_QUEUE_STATIC)
    ticket = queue->groups->group + queue->groups->n_groups * queue->n_drawn++;
  else if (rank == 0) PetscCall(fetch_and_add(queue, DRAWN, 1, &ticket));
  PetscCallMPI(MPI_Bcast(&ticket, 1, MPI_INT64_T, 0, queue->groups->comm));
  *sample = ticket < queue->end - queue->first ? queue->first + ticket : KR_QUEUE_EMPTY;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* One more sample has ended. Called by rank 0 of the group. */
PetscErrorCode KrQueueReport(KrQueue *queue, KrTaskEnd end)
{
  int64_t ignored;

  PetscFunctionBeginUser;
  PetscCall(fetch_and_add(queue, ENDED + (int)end, 1, &ignored));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Samples that all groups have computed in this run, found done by an earlier one, and given up. Not collective. */
PetscErrorCode KrQueueCount(KrQueue *queue, KrQueueCounts *counts)
{
  PetscFunctionBeginUser;
  PetscCall(fetch_and_add(queue, ENDED + KR_TASK_COMPUTED, 0, &counts->computed));
  PetscCall(fetch_and_add(queue, ENDED + KR_TASK_FOUND, 0, &counts->found));
  PetscCall(fetch_and_add(queue, ENDED + KR_TASK_FAILED, 0, &counts->failed));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Says that all groups are to stop, or learns it from another one. Not collective. */
PetscErrorCode KrQueueStop(KrQueue *queue, int *stop)
{
  int64_t before;

  PetscFunctionBeginUser;
  PetscCall(fetch_and_add(queue, STOP, *stop, &before));
  if (before > 0) *stop = 1;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Collective on the world. */
PetscErrorCode KrQueueDestroy(KrQueue *queue)
{
  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Win_free(&queue->win));
  PetscFunctionReturn(PETSC_SUCCESS);
}
