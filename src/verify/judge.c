/* How one check is judged and printed. */
#include <kacrice/verify.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

/* The largest figure of any rank, and a rank that has it; NaN counts as infinite, as it must not pass. */
static PetscErrorCode find_worst(MPI_Comm world, double figure, double *worst, PetscMPIInt *rank)
{
  struct {
    double figure;
    int    rank;
  } mine = {.figure = isnan(figure) ? INFINITY : figure}, all;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(world, &mine.rank));
  PetscCallMPI(MPI_Allreduce(&mine, &all, 1, MPI_DOUBLE_INT, MPI_MAXLOC, world));
  *worst = all.figure;
  *rank  = all.rank;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* One line for a figure that is known on every rank; a bad one is followed by where it comes from. */
static PetscErrorCode print_line(MPI_Comm world, const char verdict[], const char name[],
                                 double figure, double limit, PetscMPIInt worst_rank)
{
  char        host[MPI_MAX_PROCESSOR_NAME], line[512];
  int         length;
  PetscMPIInt size;

  PetscFunctionBeginUser;
  /* not by the %g of PetscPrintf(), which writes 0 as "0." */
  (void)snprintf(line, sizeof line, "%s  %-68s %10.3g  (at most %g)", verdict, name, figure, limit);
  PetscCall(PetscPrintf(world, "%s", line));
  PetscCallMPI(MPI_Comm_size(world, &size));
  if (figure > limit && size > 1) {
    PetscCallMPI(MPI_Get_processor_name(host, &length));
    PetscCallMPI(MPI_Bcast(host, MPI_MAX_PROCESSOR_NAME, MPI_CHAR, worst_rank, world));
    PetscCall(PetscPrintf(world, " on rank %d, %s", (int)worst_rank, host));
  }
  PetscCall(PetscPrintf(world, "\n"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrVerifyCheck - Judges one figure: it passes when no rank's exceeds the limit. Prints one line.

  Collective on the communicator of verify

  In/out:
. verify - counts the check

  Input:
+ figure - of this rank: an error, a deviation, a number of wrong answers; ranks may differ, NaN fails
. limit  - largest figure that is right, the same on every rank
- format - name of the figure, with the arguments of printf behind it, the same on every rank

  Errors: none of its own: a wrong figure is an outcome
  Cost:   one reduction
  See:    KrVerifyAdvise()
*/
PetscErrorCode KrVerifyCheck(KrVerify *verify, double figure, double limit, const char format[],
                             ...)
{
  char        name[256];
  va_list     arguments;
  PetscMPIInt rank;
  double      worst;
  PetscBool   passed;

  PetscFunctionBeginUser;
  va_start(arguments, format);
  (void)vsnprintf(name, sizeof name, format, arguments);
  va_end(arguments);
  PetscCall(find_worst(verify->world, figure, &worst, &rank));
  passed = worst <= limit ? PETSC_TRUE : PETSC_FALSE;
  verify->n_passed += passed ? 1 : 0;
  verify->n_failed += passed ? 0 : 1;
  PetscCall(print_line(verify->world, passed ? "pass" : "FAIL", name, worst, limit, rank));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrVerifyAdvise - Judges one figure that cannot make results wrong: beyond the limit it warns and gives advice.

  Collective on the communicator of verify

  In/out:
. verify - counts the check or the warning

  Input:
+ figure - of this rank; NaN warns
. limit  - largest figure that is good, the same on every rank
. advice - what to do about it, one line; that of the rank with the worst figure is printed
- format - name of the figure, with the arguments of printf behind it; the name on rank 0 is printed

  Errors: none of its own
  Cost:   one reduction
  See:    KrVerifyCheck()
*/
PetscErrorCode KrVerifyAdvise(KrVerify *verify, double figure, double limit, const char advice[],
                              const char format[], ...)
{
  char        name[256], line[KR_MESSAGE_MAX];
  va_list     arguments;
  PetscMPIInt rank;
  double      worst;

  PetscFunctionBeginUser;
  va_start(arguments, format);
  (void)vsnprintf(name, sizeof name, format, arguments);
  va_end(arguments);
  PetscCall(find_worst(verify->world, figure, &worst, &rank));
  if (worst <= limit) {
    verify->n_passed += 1;
    PetscCall(print_line(verify->world, "pass", name, worst, limit, rank));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  verify->n_warned += 1;
  PetscCall(print_line(verify->world, "warn", name, worst, limit, rank));
  (void)snprintf(line, sizeof line, "%s", advice);
  PetscCallMPI(MPI_Bcast(line, sizeof line, MPI_CHAR, rank, verify->world));
  PetscCall(PetscPrintf(verify->world, "      %s\n", line));
  PetscFunctionReturn(PETSC_SUCCESS);
}
