/* Samples handed out one by one: a counter on world rank 0, moved by one-sided atomic additions, so that no rank is
   lost to being a master (docs/adr/0004-a-counter-as-queue.md). With a target they go in blocks: the next one is
   opened, or the queue closed, by the first group, when all samples of the block have ended. */
#include "campaign_impl.h"
#include <stdlib.h>

enum {
  ENDED = 0 /* by KrTaskEnd */,
  DRAWN = KR_TASK_STOPPED + 1,
  STOP,
  LIMIT, /* samples that may be drawn; negative: and no more ever */
  TALLY, /* the members of a KrTally */
  N_COUNTERS = TALLY + 4
};

/* Collective on the world of the groups. target NULL: all samples from first to end. */
PetscErrorCode KrQueueCreate(const KrGroups *groups, KrQueueType type, int64_t first, int64_t end,
                             const KrTarget *target, KrQueue *queue)
{
  PetscMPIInt rank;
  MPI_Aint    bytes;

  PetscFunctionBeginUser;
  *queue = (KrQueue){.groups = groups,
                     .type   = type,
                     .win    = MPI_WIN_NULL,
                     .first  = first,
                     .end    = end,
                     .held   = KR_QUEUE_EMPTY};
  if (target != NULL) queue->target = *target;
  PetscCallMPI(MPI_Comm_rank(groups->world, &rank));
  bytes = rank == 0 ? N_COUNTERS * (MPI_Aint)sizeof(int64_t) : 0;
  PetscCallMPI(MPI_Win_allocate(bytes, sizeof(int64_t), MPI_INFO_NULL, groups->world,
                                &queue->counters, &queue->win));
  if (rank == 0) {
    PetscCallMPI(MPI_Win_lock(MPI_LOCK_EXCLUSIVE, 0, 0, queue->win));
    for (int i = 0; i < N_COUNTERS; ++i) queue->counters[i] = 0;
    queue->counters[LIMIT] = queue->target.relative_error > 0.0
                               ? PetscMin(KrTargetNextBlock(0), end - first)
                               : end - first;
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

/* The counts of the samples so far, one by one: of a block once all of it have ended, and before the next one is
   opened, they do not change. */
static PetscErrorCode read_tally(const KrQueue *queue, KrTally *tally)
{
  PetscFunctionBeginUser;
  PetscCall(fetch_and_add(queue, TALLY, 0, &tally->samples));
  PetscCall(fetch_and_add(queue, TALLY + 1, 0, &tally->sum));
  PetscCall(fetch_and_add(queue, TALLY + 2, 0, &tally->squares_high));
  PetscCall(fetch_and_add(queue, TALLY + 3, 0, &tally->squares_low));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* When all samples below the limit have ended: opens the next block, or closes the queue. Called by the first group
   alone, so that it happens once. */
static PetscErrorCode decide(KrQueue *queue, int64_t limit)
{
  const int64_t most = queue->end - queue->first;
  KrQueueCounts counts;
  int64_t       next, ignored;

  PetscFunctionBeginUser;
  PetscCall(KrQueueCount(queue, &counts));
  if (counts.computed + counts.found + counts.failed < limit) PetscFunctionReturn(PETSC_SUCCESS);
  next = KrTallyError(&counts.tally) <= queue->target.relative_error
           ? -limit
           : PetscMin(KrTargetNextBlock(limit), most);
  PetscCall(fetch_and_add(queue, LIMIT, next - limit, &ignored));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What this group's ticket is worth now: a sample, nothing, or to wait. Called by rank 0 of the group. */
static PetscErrorCode redeem(KrQueue *queue, int64_t *sample)
{
  const int64_t most  = queue->end - queue->first;
  int64_t       limit = most;

  PetscFunctionBeginUser;
  *sample = KR_QUEUE_EMPTY;
  if (queue->target.relative_error > 0.0) PetscCall(fetch_and_add(queue, LIMIT, 0, &limit));
  if (queue->held < llabs(limit)) {
    *sample     = queue->first + queue->held;
    queue->held = KR_QUEUE_EMPTY;
  } else if (limit > 0 &&
             limit < most) { /* the first group waits even if there will be nothing for it */
    if (queue->groups->group == 0) PetscCall(decide(queue, limit));
    if (queue->groups->group == 0 || queue->held < most) *sample = KR_QUEUE_WAIT;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The next sample of this group, KR_QUEUE_EMPTY, or KR_QUEUE_WAIT: ask again. Collective on the group only. */
PetscErrorCode KrQueueNext(KrQueue *queue, int64_t *sample)
{
  PetscMPIInt rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(queue->groups->comm, &rank));
  if (rank == 0) {
    if (queue->held == KR_QUEUE_EMPTY && queue->type == KR_QUEUE_STATIC)
      queue->held = queue->groups->group + queue->groups->n_groups * queue->n_drawn++;
    else if (queue->held == KR_QUEUE_EMPTY) PetscCall(fetch_and_add(queue, DRAWN, 1, &queue->held));
    PetscCall(redeem(queue, sample));
  }
  PetscCallMPI(MPI_Bcast(sample, 1, MPI_INT64_T, 0, queue->groups->comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* One more sample has ended; count: what the target counts of it, negative for nothing. Called by rank 0 of the
   group. */
PetscErrorCode KrQueueReport(KrQueue *queue, KrTaskEnd end, int64_t count)
{
  KrTally mine = {0};
  int64_t ignored;

  PetscFunctionBeginUser;
  if (count >= 0) { /* before it counts as ended */
    KrTallyAdd(&mine, count);
    PetscCall(fetch_and_add(queue, TALLY, mine.samples, &ignored));
    PetscCall(fetch_and_add(queue, TALLY + 1, mine.sum, &ignored));
    PetscCall(fetch_and_add(queue, TALLY + 2, mine.squares_high, &ignored));
    PetscCall(fetch_and_add(queue, TALLY + 3, mine.squares_low, &ignored));
  }
  PetscCall(fetch_and_add(queue, ENDED + (int)end, 1, &ignored));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Samples that all groups have computed in this run, found done by an earlier one, and given up; how many there are to
   be, as far as it is decided; and what the target counts. Not collective. */
PetscErrorCode KrQueueCount(KrQueue *queue, KrQueueCounts *counts)
{
  int64_t limit;

  PetscFunctionBeginUser;
  PetscCall(fetch_and_add(queue, ENDED + KR_TASK_COMPUTED, 0, &counts->computed));
  PetscCall(fetch_and_add(queue, ENDED + KR_TASK_FOUND, 0, &counts->found));
  PetscCall(fetch_and_add(queue, ENDED + KR_TASK_FAILED, 0, &counts->failed));
  PetscCall(fetch_and_add(queue, LIMIT, 0, &limit));
  counts->tally = (KrTally){0};
  if (queue->target.relative_error > 0.0) PetscCall(read_tally(queue, &counts->tally));
  counts->limit   = llabs(limit);
  counts->decided = limit < 0 || limit == queue->end - queue->first ? PETSC_TRUE : PETSC_FALSE;
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
