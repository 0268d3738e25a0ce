/* What a campaign costs beside its samples, piece by piece, for those who measure it. */
#include "campaign_impl.h"
#include <stdio.h>

/*
  KrBookkeepingTickets - Hands out samples to groups of one rank that do nothing with them.

  Collective on comm

  Input:
+ comm      - the ranks, each a group
- n_samples - to hand out

  Output:
. n_mine - samples that this rank got

  Notes: for each sample the same calls as in a run: a look whether it is to stop, the ticket, the report of its end
  Errors: failures of MPI windows
  Cost:   three to five atomic operations on rank 0 a sample; a window
  Source: docs/scale.md
  See:    KrBenchCampaign()
*/
PetscErrorCode KrBookkeepingTickets(MPI_Comm comm, int64_t n_samples, int64_t *n_mine)
{
  KrGroups  groups;
  KrQueue   queue;
  KrStop    stop = {.queue = &queue};
  PetscBool stopping;
  int64_t   sample;

  PetscFunctionBeginUser;
  *n_mine = 0;
  PetscCall(KrGroupsCreate(comm, 1, &groups));
  PetscCall(KrQueueCreate(&groups, KR_QUEUE_DYNAMIC, 0, n_samples, NULL, &queue));
  for (;;) {
    PetscCall(KrStopPoll(&stop, 0.0, &stopping));
    PetscCall(KrQueueNext(&queue, &sample));
    if (sample == KR_QUEUE_EMPTY) break;
    PetscCall(KrQueueReport(&queue, KR_TASK_COMPUTED, -1));
    *n_mine += 1;
  }
  PetscCall(KrQueueDestroy(&queue));
  PetscCall(KrGroupsDestroy(&groups));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrBookkeepingJournal - Writes the journal of a run once more, as world rank 0 does with each line of progress.

  Not collective

  Input:
+ folder     - of a campaign, in which runs/ is
- provenance - of the run

  Errors: bad input when it cannot be written
  Cost:   two fsync, 1 to 10 ms
  See:    KrBenchCampaign()
*/
PetscErrorCode KrBookkeepingJournal(const char folder[], const KrProvenance *provenance)
{
  const KrRunCounts counts  = {.computed = 0};
  const KrRunTimes  times   = {.seconds = 1.0};
  KrJournal         journal = {.visit = {.provenance = provenance}, .n_groups = 1};

  PetscFunctionBeginUser;
  (void)snprintf(journal.path, sizeof journal.path, "%s/runs/bench.json", folder);
  PetscCall(KrJournalWrite(&journal, "running", &counts, &times));
  PetscFunctionReturn(PETSC_SUCCESS);
}
