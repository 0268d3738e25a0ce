/* kr_test: ranks=1,2 labels=census,oracle timeout=120 */
/* A census of Lennard-Jones clusters: all critical points of 3, 4 and 5 particles, in space and in the plane, modulo
   isometries and exchanges. */
#include "cluster_census.h"

/* The counts by index are those of which Euler's sum is exact. */
static const Case cases[] = {
  {3, 3, 600, 2, {1, 0, 1}, "triangle", -3.0, 12},
  {3, 4, 1500, 6, {1, 1, 2, 1, 1}, "square", -289.0 / 64.5, 16},
  {3, 5, 8000, 23, {1, 2, 5, 6, 6, 2, 1}, "pentagon", -50.0 / 9.0, 20},
  {2, 4, 1000, 5, {1, 2, 2}, "square", -289.0 / 64.5, 8},
  {2, 5, 6000, 13, {1, 4, 5, 3}, "pentagon", -50.0 / 9.0, 10},
};

int main(int argc, char **argv)
{
  PetscErrorCode code = KrTestBegin(&argc, &argv);

  for (size_t c = 0; code == 0 && c < PETSC_STATIC_ARRAY_LENGTH(cases); ++c)
    code = check_case(&cases[c]);
  return code == 0 ? KrTestEnd() : 1;
}
