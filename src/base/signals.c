/* SIGUSR1 and SIGTERM as a wish that somebody looks up, in place of death. */
#include <kacrice/base.h>
#include <signal.h>

static volatile sig_atomic_t signal_seen;

static void note_signal(int number)
{
  signal_seen = number;
}

static void install(int number)
{
  struct sigaction action = {0};

  action.sa_handler = note_signal;
  action.sa_flags   = SA_RESTART;
  (void)sigemptyset(&action.sa_mask);
  (void)sigaction(number, &action, NULL);
}

/*
  KrSignalsListen - From here to the end of the process SIGUSR1 and SIGTERM are noted and do nothing else.

  Not collective

  Notes:
  To be called before MPI starts: a signal that comes early counts as well. Repeated signals change nothing, also while
  files and MPI are closed, as batch systems send several. Neither MPI nor PETSc replace these handlers.
  See:    KrSignalSeen()
*/
void KrSignalsListen(void)
{
  install(SIGUSR1);
  install(SIGTERM);
}

/*
  KrSignalSeen - Whether this process was asked to stop.

  Not collective: ranks may differ

  Returns:
  number of the last signal, 0: none
  See:    KrSignalsListen()
*/
int KrSignalSeen(void)
{
  return (int)signal_seen;
}
