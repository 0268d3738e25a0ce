/* Expectations of MPI tests: counted on each rank, summed at the end. */
#include "kr_test.h"
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MAX_PRINTED 20 /* failures a rank prints; all are counted */

static struct {
  int64_t expected, failed; /* on this rank */
} tally;

/* Counts one expectation and prints it when it failed. */
static void record(int passed, const char name[], const char format[], ...)
{
  va_list arguments;
  int     rank;

  tally.expected += 1;
  if (passed) return;
  tally.failed += 1;
  if (tally.failed > MAX_PRINTED) return;
  (void)MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  printf("[%d] FAILED %s: ", rank, name);
  va_start(arguments, format);
  vprintf(format, arguments);
  va_end(arguments);
  printf("\n");
  fflush(stdout);
}

/*
  KrTestBegin - Starts MPI, PETSc, SLEPc and the count of expectations.

  Collective on MPI_COMM_WORLD

  In/out:
+ argc - of main
- argv - of main; PETSc options among them are read

  Cost: start of MPI
  See:  KrTestEnd()
*/
PetscErrorCode KrTestBegin(int *argc, char ***argv)
{
  PetscFunctionBeginUser;
  PetscCall(KrInitialize(argc, argv));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrExpect - Expects a condition to hold.

  Not collective

  Input:
+ name      - what is tested, for the message
- condition - zero: failed
*/
PetscErrorCode KrExpect(const char name[], int condition)
{
  PetscFunctionBeginUser;
  record(condition, name, "does not hold");
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrExpectNear - Expects two numbers to differ by no more than a tolerance.

  Not collective

  Input:
+ name      - what is tested, for the message
. got       - computed; NaN fails
. want      - known from elsewhere; equal infinities pass
- tolerance - largest |got - want|, absolute, in their units
*/
PetscErrorCode KrExpectNear(const char name[], double got, double want, double tolerance)
{
  const int passed = got == want || fabs(got - want) <= tolerance;

  PetscFunctionBeginUser;
  record(passed, name, "got %.17g, want %.17g, off by %.3g, tolerance %.3g", got, want,
         fabs(got - want), tolerance);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrExpectEqualInt - Expects two integers to be equal.

  Not collective

  Input:
+ name - what is tested, for the message
. got  - computed
- want - known from elsewhere
*/
PetscErrorCode KrExpectEqualInt(const char name[], int64_t got, int64_t want)
{
  PetscFunctionBeginUser;
  record(got == want, name, "got %" PRId64 ", want %" PRId64, got, want);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrExpectEqualText - Expects two texts to be equal.

  Not collective

  Input:
+ name - what is tested, for the message
. got  - computed, ends with a zero byte
- want - known from elsewhere, ends with a zero byte
*/
PetscErrorCode KrExpectEqualText(const char name[], const char got[], const char want[])
{
  PetscFunctionBeginUser;
  record(strcmp(got, want) == 0, name, "got \"%s\", want \"%s\"", got, want);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrExpectError - Expects a call to have ended in a certain error.

  Not collective

  Input:
+ name - what is tested, for the message
. got  - code the call returned
- want - code it should return

  Notes:
  Make the call between PetscPushErrorHandler(PetscReturnErrorHandler, NULL) and PetscPopErrorHandler(), else the
  program ends at the error.
*/
PetscErrorCode KrExpectError(const char name[], PetscErrorCode got, PetscErrorCode want)
{
  PetscFunctionBeginUser;
  record(got == want, name, "got error %d, want error %d", (int)got, (int)want);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrTestEnd - Sums the failures over all ranks, reports on rank 0, ends PETSc and MPI.

  Collective on MPI_COMM_WORLD

  Returns:
  the exit code of the program, the same on every rank: 0 when every expectation held and there was one at least
*/
int KrTestEnd(void)
{
  int64_t        total[2] = {tally.expected, tally.failed};
  int            rank, size;
  PetscErrorCode code;

  if (MPI_Allreduce(MPI_IN_PLACE, total, 2, MPI_INT64_T, MPI_SUM, MPI_COMM_WORLD) != MPI_SUCCESS)
    return 1;
  (void)MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  (void)MPI_Comm_size(MPI_COMM_WORLD, &size);
  if (rank == 0)
    printf("%s: %" PRId64 " of %" PRId64 " expectations held on %d ranks\n",
           total[1] == 0 && total[0] > 0 ? "passed" : "FAILED", total[0] - total[1], total[0],
           size);
  code = KrFinalize();
  return code == PETSC_SUCCESS && total[1] == 0 && total[0] > 0 ? 0 : 1;
}
