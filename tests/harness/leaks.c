/* A program that forgets memory and still exits with 0: ctest has to notice by its output. */
#include "kr_test.h"

int main(int argc, char **argv)
{
  double *forgotten;

  PetscFunctionBeginUser;
  PetscCall(KrTestBegin(&argc, &argv));
  PetscCall(PetscMalloc1(10, &forgotten));
  PetscCall(KrExpect("there is memory", forgotten != NULL));
  return KrTestEnd();
}
