/* A program whose expectation fails on its last rank only: every rank has to exit with an error. */
#include "kr_test.h"

int main(int argc, char **argv)
{
  int rank, size;

  PetscFunctionBeginUser;
  PetscCall(KrTestBegin(&argc, &argv));
  PetscCallMPI(MPI_Comm_rank(MPI_COMM_WORLD, &rank));
  PetscCallMPI(MPI_Comm_size(MPI_COMM_WORLD, &size));
  PetscCall(KrExpectEqualInt("rank is not the last", rank == size - 1, 0));
  return KrTestEnd();
}
