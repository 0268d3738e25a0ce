/* kr_test: ranks=2 labels=census,oracle,long timeout=1200 */
/* All 120 critical points of 6 Lennard-Jones particles. The rarest of them is met three times by these starts. */
#include "cluster_census.h"

/* The counts by index are those of which Euler's sum is exact. */
static const Case six = {
  3, 6, 200000, 120, {2, 3, 13, 24, 30, 26, 16, 5, 1}, "octahedron", -3267.0 / 257.0, 48};

int main(int argc, char **argv)
{
  PetscErrorCode code = KrTestBegin(&argc, &argv);

  if (code == 0) code = check_case(&six);
  return code == 0 ? KrTestEnd() : 1;
}
