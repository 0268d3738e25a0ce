/* A program with one expectation, which compares with NaN: it must fail. */
#include "kr_test.h"
#include <math.h>

int main(int argc, char **argv)
{
  PetscFunctionBeginUser;
  PetscCall(KrTestBegin(&argc, &argv));
  PetscCall(KrExpectNear("NaN is near nothing", NAN, 0.0, INFINITY));
  return KrTestEnd();
}
