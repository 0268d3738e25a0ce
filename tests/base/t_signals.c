/* kr_test: labels=base */
/* What a signal does to a process: each trial is a child that tells by its end. */
#include "kr_test.h"
#include <fcntl.h>
#include <kacrice/base.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const int four[] = {SIGHUP, SIGINT, SIGUSR1, SIGTERM};

static void nap(double seconds)
{
  struct timespec left = {.tv_sec  = (time_t)seconds,
                          .tv_nsec = (long)(1e9 * (seconds - (double)(time_t)seconds))};

  while (nanosleep(&left, &left) != 0) {
  }
}

/* How a child ends that runs a trial: its exit code, or minus the signal; what it said into text. */
static int end_of(int (*trial)(int), int argument, char text[], size_t length)
{
  int     ends[2], status;
  ssize_t got;

  if (pipe(ends) != 0) return 1000;
  const pid_t child = fork();

  if (child == 0) {
    (void)dup2(ends[1], STDERR_FILENO);
    _exit((*trial)(argument));
  }
  close(ends[1]);
  waitpid(child, &status, 0);
  got                     = read(ends[0], text, length - 1);
  text[got < 0 ? 0 : got] = '\0';
  close(ends[0]);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static int noted(int number)
{
  KrSignalsListen();
  for (int i = 0; i < 3; ++i) (void)raise(number);
  return KrSignalSeen() == number && KrStopWanted("test") ? 7 : 8;
}

static int ended(int number)
{
  KrSignalsListen();
  KrSignalsEnd(MPI_COMM_NULL, "the last line");
  (void)raise(number);
  return 8;
}

static int ended_later(int number)
{
  KrSignalsListen();
  (void)raise(number);
  KrSignalsEnd(MPI_COMM_NULL, "the last line");
  return 8;
}

static int noted_again(int number)
{
  KrSignalsListen();
  KrSignalsEnd(MPI_COMM_NULL, "the last line");
  KrSignalsNote();
  (void)raise(number);
  return 7;
}

/* The file goes that is named last, and no other. */
static int removes(int number)
{
  KrSignalsListen();
  KrSignalsRemove("t_signals.keep");
  KrSignalsRemove(NULL);
  KrSignalsRemove("t_signals.part");
  KrSignalsEnd(MPI_COMM_NULL, "the last line");
  (void)raise(number);
  return 8;
}

static int interrupted_twice(int wait_first)
{
  KrSignalsListen();
  (void)raise(SIGINT);
  if (wait_first) nap(1.05);
  (void)raise(SIGTERM);
  (void)raise(SIGINT);
  return 7;
}

static int hung_up(int ignored)
{
  if (ignored) (void)signal(SIGHUP, SIG_IGN);
  KrSignalsListen();
  KrSignalsRenew();
  KrSignalsEnd(MPI_COMM_NULL, "the last line");
  (void)raise(SIGHUP);
  return 7;
}

static PetscErrorCode check_each(int number)
{
  char text[256];

  PetscFunctionBeginUser;
  PetscCall(KrExpectEqualInt("noted", end_of(noted, number, text, sizeof text), 7));
  PetscCall(KrExpectEqualText("without a word", text, ""));
  PetscCall(KrExpectEqualInt("ends", end_of(ended, number, text, sizeof text), KR_EXIT_STOPPED));
  PetscCall(KrExpectEqualText("one line", text, "kacrice: the last line\n"));
  PetscCall(KrExpectEqualInt("one that came before", end_of(ended_later, number, text, sizeof text),
                             KR_EXIT_STOPPED));
  PetscCall(KrExpectEqualInt("noted again", end_of(noted_again, number, text, sizeof text), 7));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_file(void)
{
  char text[256];

  PetscFunctionBeginUser;
  close(open("t_signals.keep", O_CREAT | O_WRONLY, 0666));
  close(open("t_signals.part", O_CREAT | O_WRONLY, 0666));
  PetscCall(KrExpectEqualInt("ends", end_of(removes, SIGTERM, text, sizeof text), KR_EXIT_STOPPED));
  PetscCall(KrExpectEqualInt("the part is gone", access("t_signals.part", F_OK), -1));
  PetscCall(KrExpectEqualInt("the other is not", unlink("t_signals.keep"), 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_repeats(void)
{
  char text[256];

  PetscFunctionBeginUser;
  PetscCall(KrExpectEqualInt("twins", end_of(interrupted_twice, 0, text, sizeof text), 7));
  PetscCall(
    KrExpectEqualInt("a second one", end_of(interrupted_twice, 1, text, sizeof text), -SIGINT));
  PetscCall(KrExpectEqualInt("hung up", end_of(hung_up, 0, text, sizeof text), KR_EXIT_STOPPED));
  PetscCall(KrExpectEqualInt("nohup", end_of(hung_up, 1, text, sizeof text), 7));
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char **argv)
{
  PetscErrorCode code = KrTestBegin(&argc, &argv);

  for (size_t i = 0; code == 0 && i < PETSC_STATIC_ARRAY_LENGTH(four); ++i)
    code = check_each(four[i]);
  if (code == 0) code = check_file();
  if (code == 0) code = check_repeats();
  return code == 0 ? KrTestEnd() : 1;
}
