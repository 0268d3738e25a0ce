/* What rank 0 finds wrong, told by all. */
#include <kacrice/base.h>

/*
  KrCheckRoot - Fails on every rank, with one line, when rank 0 has found something wrong.

  Collective on comm

  In/out:
+ comm    - who has to agree
- message - on rank 0 what is wrong, "" when all is well; elsewhere overwritten with it

  Errors: PETSC_ERR_USER_INPUT with the message
  Cost:   one broadcast
*/
PetscErrorCode KrCheckRoot(MPI_Comm comm, char message[KR_MESSAGE_MAX])
{
  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Bcast(message, KR_MESSAGE_MAX, MPI_CHAR, 0, comm));
  KR_CHECK_INPUT(message[0] == '\0', comm, "%s", message);
  PetscFunctionReturn(PETSC_SUCCESS);
}
