/* SIGHUP, SIGINT, SIGUSR1 and SIGTERM: noted where something has to be saved, an end with exit code 75 elsewhere. */
#include <errno.h>
#include <fcntl.h>
#include <kacrice/base.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SECOND_INTERRUPT 1.0 /* s after the first one: by then it is no twin of it */

static const int numbers[] = {SIGHUP, SIGINT, SIGUSR1, SIGTERM};

static volatile sig_atomic_t signal_seen, ends_at_once, interrupted;
static int             is_listening, stays_on; /* stays_on: when the terminal closes (nohup) */
static struct timespec first_interrupt;
static char            last_line[256];          /* with its newline; empty: another rank says it */
static char            unfinished[KR_PATH_MAX]; /* file of no use without the process */
static char
  abort_note[KR_PATH_MAX]; /* there once a rank of this run has ended the others; "": unknown */
static volatile sig_atomic_t line_length, is_unfinished;

/* All that is done here is safe in a handler. */
static void end_at_once(void)
{
  if (is_unfinished) (void)unlink(unfinished);
  if (line_length > 0 && access(abort_note, F_OK) != 0 &&
      write(STDERR_FILENO, last_line, (size_t)line_length) < 0)
    _exit(KR_EXIT_STOPPED);
  _exit(KR_EXIT_STOPPED);
}

/* A terminal, a shell and a batch system may each send the same signal: repeats change nothing. Only who interrupts
   again, having waited, wants no order any more. */
static void heed_interrupt(void)
{
  struct timespec now;

  (void)clock_gettime(CLOCK_MONOTONIC, &now);
  if (!interrupted) {
    first_interrupt = now;
    interrupted     = 1;
  } else if ((double)(now.tv_sec - first_interrupt.tv_sec) +
               1e-9 * (double)(now.tv_nsec - first_interrupt.tv_nsec) >=
             SECOND_INTERRUPT) {
    (void)signal(SIGINT, SIG_DFL);
    (void)raise(SIGINT); /* comes when the handler returns */
  }
}

static void note_signal(int number)
{
  const int error = errno;

  if (number == SIGINT) heed_interrupt();
  signal_seen = number;
  if (ends_at_once) end_at_once();
  errno = error;
}

/*
  KrSignalsRenew - Puts the handlers back in their places.

  Not collective

  Notes:
  PETSc takes SIGHUP for an error of the program: to be called after it has started and once its own are gone.
  See:    KrSignalsListen()
*/
void KrSignalsRenew(void)
{
  struct sigaction action = {0};

  action.sa_handler = note_signal;
  action.sa_flags   = SA_RESTART;
  (void)sigemptyset(&action.sa_mask);
  for (size_t i = 0; is_listening && i < PETSC_STATIC_ARRAY_LENGTH(numbers); ++i)
    if (numbers[i] != SIGHUP || !stays_on) (void)sigaction(numbers[i], &action, NULL);
  if (stays_on) (void)signal(SIGHUP, SIG_IGN);
}

/*
  KrSignalsListen - From here to the end of the process SIGHUP, SIGINT, SIGUSR1 and SIGTERM are noted.

  Not collective

  Notes:
  To be called before MPI starts: a signal that comes early counts as well. Repeated signals change nothing, also while
  files and MPI are closed, as batch systems send several; but a second SIGINT a second or more after the first ends the
  process by that signal. SIGHUP stays ignored under nohup.
  Source: docs/adr/0023-stops.md
  See:    KrSignalsEnd(), KrStopWanted()
*/
void KrSignalsListen(void)
{
  const char *place = getenv("PMIX_SERVER_TMPDIR"); /* of this run on this node; goes with it */
  struct sigaction before;

  if (place == NULL || snprintf(abort_note, sizeof abort_note, "%s/kacrice-aborted", place) >=
                         (int)sizeof abort_note)
    abort_note[0] = '\0';
  stays_on     = sigaction(SIGHUP, NULL, &before) == 0 && before.sa_handler == SIG_IGN;
  is_listening = 1;
  KrSignalsRenew();
}

/*
  KrSignalsEnd - From here on nothing has to be saved: a signal ends the process at once, also one that came before.

  Not collective

  Input:
+ world - all ranks; MPI_COMM_NULL: there is this one only
- line  - what is said then, by rank 0, with exit code 75; copied

  Notes:
  So nothing can be too long to be interrupted, be it a library's call. The file of KrSignalsRemove() goes.
  See:    KrSignalsNote()
*/
void KrSignalsEnd(MPI_Comm world, const char line[])
{
  PetscMPIInt rank = 0;

  if (world != MPI_COMM_NULL) MPI_Comm_rank(world, &rank);
  ends_at_once = 0;
  line_length  = 0;
  if (rank == 0) {
    (void)snprintf(last_line, sizeof last_line, "kacrice: %s\n", line);
    line_length = (sig_atomic_t)strlen(last_line);
  }
  ends_at_once = 1;
  if (signal_seen) end_at_once();
}

/*
  KrSignalsNote - From here on there is something to save: a signal is noted, and has to be looked up.

  Not collective

  See: KrSignalsEnd(), KrStopWanted()
*/
void KrSignalsNote(void)
{
  ends_at_once = 0;
}

/*
  KrSignalsRemove - Names a file that a process ended at once takes away: it says nothing without the process.

  Not collective

  Input:
. path - copied; NULL: there is none any more
*/
void KrSignalsRemove(const char path[])
{
  is_unfinished = 0;
  if (path == NULL || strlen(path) >= sizeof unfinished) return;
  (void)strcpy(unfinished, path);
  is_unfinished = 1;
}

/*
  KrSignalsAbort - To be called by a rank that is about to end all others after an error that it alone has met and told.

  Not collective

  Notes:
  The launcher ends the others by SIGTERM. A note beside the launcher's own files tells the ranks of this node that
  nobody has asked them to stop, so they say nothing.
*/
void KrSignalsAbort(void)
{
  int file = abort_note[0] == '\0' ? -1 : open(abort_note, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

  if (file >= 0) (void)close(file);
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
