/* kr_test: ranks=1,2 timeout=30 */
/* What the expectations take for equal, NaN and infinities included. */
#include "kr_test.h"
#include <math.h>

int main(int argc, char **argv)
{
  PetscFunctionBeginUser;
  PetscCall(KrTestBegin(&argc, &argv));
  PetscCall(KrExpect("one", 1));
  PetscCall(KrExpectNear("on the edge of the tolerance", 1.5, 1.0, 0.5));
  PetscCall(KrExpectNear("equal infinities", INFINITY, INFINITY, 0.0));
  PetscCall(KrExpectEqualInt("beyond 32 bits", INT64_MAX, INT64_MAX));
  PetscCall(KrExpectEqualText("text", "same", "same"));
  PetscCall(KrExpectError("no error", PETSC_SUCCESS, PETSC_SUCCESS));
  return KrTestEnd();
}
