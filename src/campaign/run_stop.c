/* Orderly stop: a signal or a limit of time ends the run at the next safe point, the same one for all ranks of a group;
   the other groups learn of it through the queue. */
#include "campaign_impl.h"
#include <math.h>

#define RESERVE \
  0.5 /* seconds for what comes after the last safe point: closing files, ending MPI */

/* The limit of time counts from the start of the process: loading libraries and MPI_Init are part of a job's time.
   Signals count when somebody has called KrSignalsListen(). Not collective. */
void KrStopCreate(const KrPlan *plan, KrQueue *queue, KrStop *stop)
{
  const double limit = plan->campaign.maxtime;

  *stop = (KrStop){.queue = queue, .deadline = INFINITY};
  if (limit > 0.0) stop->deadline = MPI_Wtime() - KrProcessSeconds() + limit - RESERVE;
}

/* Whether to stop now, when `reserve` seconds are needed from here to the next safe point and to save what there is.
   With -INFINITY no limit of time is heeded. Collective on the group; the same answer on each of its ranks. Bad input,
   which ends all ranks, when the samples are no longer this run's. */
PetscErrorCode KrStopPoll(KrStop *stop, double reserve, PetscBool *stopping)
{
  const MPI_Comm group                   = stop->queue->groups->comm;
  char           message[KR_MESSAGE_MAX] = "";
  PetscMPIInt    rank;
  int            mine = KrSignalSeen() != 0, all;

  PetscFunctionBeginUser;
  KrClaimCheck(stop->claim, message);
  KR_CHECK_INPUT(message[0] == '\0', PETSC_COMM_SELF, "%s", message);
  PetscCallMPI(MPI_Comm_rank(group, &rank));
  if (rank == 0 && MPI_Wtime() + reserve >= stop->deadline) mine = 1;
  PetscCallMPI(MPI_Allreduce(&mine, &all, 1, MPI_INT, MPI_MAX, group));
  if (rank == 0) PetscCall(KrQueueStop(stop->queue, &all));
  PetscCallMPI(MPI_Bcast(&all, 1, MPI_INT, 0, group));
  *stopping = all ? PETSC_TRUE : PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}
