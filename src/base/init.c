/* Start and stop of the libraries, and the one place where errors become text and exit codes. */
#include "libraries_impl.h"
#include "options_file_impl.h"
#include <kacrice/base.h>
#include <slepcsys.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What this rank would have said, had it been rank 0: KrLeaveTogether() says it when the others met no error. */
static char unsaid[KR_MESSAGE_MAX];

/* KR_MESSAGE_MAX bytes that take the next library error, NULL: it is printed with PETSc's trace. */
static char *kept_error;

static PetscBool is_ours(PetscErrorCode code)
{
  return code == PETSC_ERR_USER_INPUT || code == KR_ERR_CHECK_FAILED || code == KR_ERR_STOPPED ||
             code == KR_ERR_SAMPLES_FAILED
           ? PETSC_TRUE
           : PETSC_FALSE;
}

/* Ends all ranks after an error that this one alone has met and told. */
static void abort_all(int exit_code)
{
  KrSignalsAbort();
  MPI_Abort(MPI_COMM_WORLD, exit_code);
}

/* One line for bad input or a failed check, once when every rank of the world reports it; PETSc's
   trace for everything else. Bad input met by some ranks only (a full disk under one group) has to end
   the others as well. */
static PetscErrorCode report_error(MPI_Comm comm, int line, const char *function, const char *file,
                                   PetscErrorCode code, PetscErrorType type, const char *message,
                                   void *context)
{
  int rank = 0, same = MPI_IDENT, size = 1;

  if (!is_ours(code) && kept_error != NULL) {
    if (type == PETSC_ERROR_INITIAL)
      (void)snprintf(kept_error, KR_MESSAGE_MAX, "%.800s (%.100s, error %d)", message, function,
                     (int)code);
    return code;
  }
  if (!is_ours(code))
    return PetscTraceBackErrorHandler(comm, line, function, file, code, type, message, context);
  if (type != PETSC_ERROR_INITIAL) return code;
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  if (comm != MPI_COMM_NULL) {
    MPI_Comm_rank(comm, &rank);
    MPI_Comm_compare(comm, MPI_COMM_WORLD, &same);
  }
  if (rank == 0) {
    const char *path = KrOptionsFileOf(message);

    fprintf(stderr, "kacrice: %s%s%s\n", path == NULL ? "" : path, path == NULL ? "" : ": ",
            message);
    fflush(stderr);
  } else {
    (void)snprintf(unsaid, sizeof unsaid, "%s", message);
  }
  if (size > 1 && same != MPI_IDENT && same != MPI_CONGRUENT) abort_all(KR_EXIT_INPUT);
  return code;
}

/*
  KrMessageFormat - Formats a line for people as printf does; PETSc would write 0. for 0 with %g.

  Not collective

  Input:
+ format - as of printf
- ...    - its arguments

  Output:
. message - the line, cut to KR_MESSAGE_MAX bytes

  Errors: none
  See:    KR_CHECK_INPUT()
*/
void KrMessageFormat(char message[KR_MESSAGE_MAX], const char format[], ...)
{
  va_list arguments;

  va_start(arguments, format);
  (void)vsnprintf(message, KR_MESSAGE_MAX, format, arguments);
  va_end(arguments);
}

/*
  KrInitialize - Starts MPI, PETSc and SLEPc and reads the options database.

  Collective on MPI_COMM_WORLD

  In/out:
+ argc - number of arguments
- argv - arguments; read only

  Errors: PETSC_ERR_USER_INPUT when the file of -options_file cannot be read
  Notes:
  Personal files of PETSc (.petscrc) are not read: a campaign must not depend on who runs it. The
  environment variable PETSC_OPTIONS is. The BLAS gets one thread (KrBlasOneThread()), Open MPI no shared file pointers
  and HDF5 no locks (libraries.c).
  See:    KrFinalize(), KrExitCode()
*/
PetscErrorCode KrInitialize(int *argc, char ***argv)
{
  const char    *options_file;
  int            n_kept, n_petsc;
  char         **kept, **petsc;
  PetscErrorCode code;

  if (KrLibrariesPrepare() != 0) return PETSC_ERR_MEM;
  kept = KrOptionsFileSplit(*argc, *argv, &n_kept, &options_file);
  if (kept == NULL) return PETSC_ERR_MEM;
  n_petsc = n_kept;
  petsc   = kept;
  code    = SlepcInitialize(&n_petsc, &petsc, NULL, NULL);
  KrSignalsRenew();
  KrBlasOneThread();
  if (code == 0) code = PetscPushErrorHandler(report_error, NULL);
  if (code == 0) code = PetscOptionsSetValue(NULL, "-options_left", "no");
  if (code == 0 && options_file != NULL)
    code = KrOptionsFileRead(MPI_COMM_WORLD, options_file, n_kept, kept);
  free(kept);
  return code;
}

/*
  KrFinalize - Stops SLEPc, PETSc and MPI.

  Collective on MPI_COMM_WORLD

  See: KrInitialize()
*/
PetscErrorCode KrFinalize(void)
{
  PetscErrorCode code = PetscPopErrorHandler();

  if (code == 0)
    code = PetscPopSignalHandler(); /* before its end, which would leave SIGHUP deadly */
  KrSignalsRenew();
  return code == 0 ? SlepcFinalize() : code;
}

/*
  KrLeaveTogether - After an error: returns when all ranks have met it, and ends them when some have not.

  Not collective: the others may be waiting somewhere else

  Input:
. code - what the command returned, not 0

  Notes:
  An error that some ranks alone meet would leave the others waiting for ever. Two seconds are allowed.
  See:    KrFinalize()
*/
void KrLeaveTogether(PetscErrorCode code)
{
  const double patience = 2.0; // seconds
  double       began;
  MPI_Request  request;
  int          ready = 0, all = 0;

  if (MPI_Initialized(&ready) != MPI_SUCCESS || !ready) return;
  began = MPI_Wtime();
  if (MPI_Ibarrier(MPI_COMM_WORLD, &request) == MPI_SUCCESS)
    while (!all && MPI_Wtime() - began < patience) MPI_Test(&request, &all, MPI_STATUS_IGNORE);
  if (all) return;
  if (unsaid[0] != '\0') fprintf(stderr, "kacrice: %s\n", unsaid);
  abort_all(KrExitCode(code));
}

/*
  KrErrorsKeep - From here on library errors go into a text in place of stderr, for who can go on without.

  Not collective

  Input:
. message - KR_MESSAGE_MAX bytes, borrowed until the next call; NULL: errors are printed again
*/
void KrErrorsKeep(char message[])
{
  kept_error = message;
}

/*
  KrErrorsMeet - After an error: whether all ranks of a communicator have met one, so that they can go on together.

  Not collective: the others may be waiting somewhere else

  Input:
+ comm - the ranks that worked together
- code - the error

  Returns:
  0 when all are here; `code` when some are not within two seconds
  See:    KrLeaveTogether()
*/
PetscErrorCode KrErrorsMeet(MPI_Comm comm, PetscErrorCode code)
{
  const double patience = 2.0; // seconds
  const double began    = MPI_Wtime();
  MPI_Request  request;
  int          all = 0;

  if (MPI_Ibarrier(comm, &request) != MPI_SUCCESS) return code;
  while (!all && MPI_Wtime() - began < patience) MPI_Test(&request, &all, MPI_STATUS_IGNORE);
  return all ? PETSC_SUCCESS : code;
}

/*
  KrExitCode - Turns the code of a finished command into the exit code of the program.

  Not collective

  Input:
. code - what the command returned

  Returns:
  0 success, 2 bad input, 3 samples failed, 75 stopped in order, 1 anything else
*/
int KrExitCode(PetscErrorCode code)
{
  if (code == 0) return 0;
  if (code == KR_ERR_STOPPED) return KR_EXIT_STOPPED;
  if (code == KR_ERR_SAMPLES_FAILED) return KR_EXIT_FAILED;
  return code == PETSC_ERR_USER_INPUT ? KR_EXIT_INPUT : 1;
}
