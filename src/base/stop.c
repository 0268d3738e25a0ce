/* Looks at the wish to stop, and one way of leaving a long work early: docs/adr/0023-stops.md. */
#include <kacrice/base.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* For tests: KACRICE_STOP_AT=PHASE:LOOK:SIGNAL has the process send itself a signal at that look of a phase, or of any:
   whatever a task does. */
static void raise_at(const char phase[])
{
  static const char *wish;
  static int         is_read, looks;
  char               name[32];
  int                look, number;

  if (!is_read) wish = getenv("KACRICE_STOP_AT");
  is_read = 1;
  if (wish == NULL || sscanf(wish, "%31[a-z]:%d:%d", name, &look, &number) != 3) return;
  if ((strcmp(name, phase) == 0 || strcmp(name, "any") == 0) && ++looks == look)
    (void)raise(number);
}

/*
  KrStopWanted - Whether a long work should be left early: this process was asked to stop.

  Not collective: ranks may differ

  Input:
. phase - a word for the work, for tests

  Returns:
  true from the first signal on. Who leaves early then changes nothing that is saved, returns KR_ERR_STOPPED without a
  message, and all who share the work agree by KrStopAgree()

  Cost: nanoseconds; meant for loops whose turns take a microsecond or more
  See:  KrStopLook()
*/
PetscBool KrStopWanted(const char phase[])
{
  raise_at(phase);
  return KrSignalSeen() != 0 ? PETSC_TRUE : PETSC_FALSE;
}

/*
  KrStopLook - KrStopWanted() for a work that the ranks of a communicator do in step.

  Collective on comm

  Input:
+ comm  - the ranks
- phase - a word for the work

  Output:
. code - KR_ERR_STOPPED on every rank when one of them was asked to stop; else 0

  Cost: an Allreduce of one number, none for one rank
*/
PetscErrorCode KrStopLook(MPI_Comm comm, const char phase[], PetscErrorCode *code)
{
  PetscFunctionBeginUser;
  *code = KrStopWanted(phase) ? KR_ERR_STOPPED : PETSC_SUCCESS;
  PetscCall(KrStopAgree(comm, code));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrStopAgree - After a work that each rank did for itself: whether one of them left it early.

  Collective on comm

  Input:
. comm - the ranks

  In/out:
. code - what the work returned: 0 or KR_ERR_STOPPED; left as the latter on every rank when it was on one

  Errors: any other code is returned as it is, at once
  Cost:   an Allreduce of one number, none for one rank
*/
PetscErrorCode KrStopAgree(MPI_Comm comm, PetscErrorCode *code)
{
  int         left = *code == KR_ERR_STOPPED;
  PetscMPIInt size;

  PetscFunctionBeginUser;
  if (!left) PetscCall(*code);
  PetscCallMPI(MPI_Comm_size(comm, &size));
  if (size > 1) PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &left, 1, MPI_INT, MPI_MAX, comm));
  *code = left ? KR_ERR_STOPPED : PETSC_SUCCESS;
  PetscFunctionReturn(PETSC_SUCCESS);
}
