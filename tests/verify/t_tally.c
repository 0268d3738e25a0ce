/* kr_test: ranks=1,2,4 labels=verify */
/* How a figure is judged: by its worst rank, and NaN never passes; a warning is no failure. */
#include "kr_test.h"
#include <kacrice/verify.h>
#include <math.h>

static PetscErrorCode expect_tally(const char name[], const KrVerify *verify, int n_passed,
                                   int n_failed, int n_warned)
{
  PetscFunctionBeginUser;
  PetscCall(KrExpectEqualInt(name, verify->n_passed, n_passed));
  PetscCall(KrExpectEqualInt(name, verify->n_failed, n_failed));
  PetscCall(KrExpectEqualInt(name, verify->n_warned, n_warned));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_figures(MPI_Comm world)
{
  KrVerify    verify = {.world = world};
  PetscMPIInt rank, size;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(world, &rank));
  PetscCallMPI(MPI_Comm_size(world, &size));
  PetscCall(KrVerifyCheck(&verify, 1.0, 1.0, "equal to the limit"));
  PetscCall(expect_tally("at the limit", &verify, 1, 0, 0));
  PetscCall(KrVerifyCheck(&verify, -INFINITY, 0.0, "below the limit"));
  PetscCall(expect_tally("below the limit", &verify, 2, 0, 0));
  PetscCall(KrVerifyCheck(&verify, 1.0 + 1e-15, 1.0, "above the limit"));
  PetscCall(expect_tally("above the limit", &verify, 2, 1, 0));
  PetscCall(KrVerifyCheck(&verify, rank == size - 1 ? 2.0 : 0.0, 1.0, "wrong on the last rank"));
  PetscCall(expect_tally("last rank", &verify, 2, 2, 0));
  PetscCall(KrVerifyCheck(&verify, rank == 0 ? NAN : 0.0, 1.0, "NaN on the first rank, %s",
                          "named by printf"));
  PetscCall(expect_tally("NaN", &verify, 2, 3, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_advice(MPI_Comm world)
{
  KrVerify    verify = {.world = world};
  PetscMPIInt rank, size;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(world, &rank));
  PetscCallMPI(MPI_Comm_size(world, &size));
  PetscCall(KrVerifyAdvise(&verify, 2.0, 2.5, "none needed", "good"));
  PetscCall(expect_tally("good", &verify, 1, 0, 0));
  PetscCall(
    KrVerifyAdvise(&verify, rank == size - 1 ? 3.0 : 1.0, 2.5, "from the rank that warns", "slow"));
  PetscCall(expect_tally("warning", &verify, 1, 0, 1));
  PetscCall(KrVerifyAdvise(&verify, NAN, 2.5, "nothing was measured", "unknown"));
  PetscCall(expect_tally("unknown", &verify, 1, 0, 2));
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char **argv)
{
  PetscFunctionBeginUser;
  PetscCall(KrTestBegin(&argc, &argv));
  PetscCall(check_figures(PETSC_COMM_WORLD));
  PetscCall(check_advice(PETSC_COMM_WORLD));
  return KrTestEnd();
}
