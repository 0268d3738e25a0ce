/* Orderly stop: a signal or a limit of time ends the run at the next safe point, the same one for all ranks of a group;
   the other groups learn of it through the queue. */
#include "campaign_impl.h"
#include <math.h>
#include <signal.h>

#define RESERVE \
  0.5 /* seconds for what comes after the last safe point: closing files, ending MPI */

static volatile sig_atomic_t signal_seen;

static void note_signal(int number)
{
  signal_seen = number;
}

static void install(int number, void (*handler)(int), struct sigaction *before)
{
  struct sigaction action = {0};

  action.sa_handler = handler;
  action.sa_flags   = SA_RESTART;
  (void)sigemptyset(&action.sa_mask);
  (void)sigaction(number, &action, before);
}

/* From here on SIGUSR1 and SIGTERM ask for an orderly stop; a second one changes nothing. Not collective. */
void KrStopCreate(const KrPlan *plan, double began, KrQueue *queue, KrStop *stop)
{
  *stop = (KrStop){.queue = queue,
                   .deadline =
                     plan->campaign.maxtime > 0.0 ? began + plan->campaign.maxtime - RESERVE : 0.0};
  install(SIGUSR1, note_signal, &stop->before[0]);
  install(SIGTERM, note_signal, &stop->before[1]);
}

void KrStopDestroy(KrStop *stop)
{
  (void)sigaction(SIGUSR1, &stop->before[0], NULL);
  (void)sigaction(SIGTERM, &stop->before[1], NULL);
}

/* Whether to stop now, when `reserve` seconds are needed from here to the next safe point and to save what there is.
   Collective on the group; the same answer on each of its ranks. */
PetscErrorCode KrStopPoll(KrStop *stop, double reserve, PetscBool *stopping)
{
  const MPI_Comm group = stop->queue->groups->comm;
  PetscMPIInt    rank;
  int            mine = signal_seen != 0, all;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(group, &rank));
  if (rank == 0 && stop->deadline > 0.0 && MPI_Wtime() + reserve >= stop->deadline) mine = 1;
  PetscCallMPI(MPI_Allreduce(&mine, &all, 1, MPI_INT, MPI_MAX, group));
  if (rank == 0) PetscCall(KrQueueStop(stop->queue, &all));
  PetscCallMPI(MPI_Bcast(&all, 1, MPI_INT, 0, group));
  *stopping = all ? PETSC_TRUE : PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}
