/* Constants and exact counts against values of independent programs. */
#include "verify_impl.h"
#include <kacrice/theory.h>

#define N_INDEX_MAX 10

/* Thirty-digit arithmetic: E_0 from the 1RSB solution at T = 0, not from the complexity. */
static const struct {
  int    p;
  double threshold, ground;
} constants[] = {
  {3, -1.632993161855452, -1.656998363527473},
  {4, -1.732050807568877, -1.794085028179254},
};

/* Totals from 25-digit quadrature; counts by index from another evaluation in double precision, whose symmetry
   k <-> N-1-k holds to 1e-14. */
static const struct {
  int    p, n;
  double total, count[N_INDEX_MAX];
} kac_rice[] = {
  {3,
   10,
   286.9158795500493,
   {6.080387185000859, 16.3656741782406, 29.509538059443052, 41.95097513111567, 49.55136522122512,
    49.55136522122512, 41.95097513111567, 29.50953805944306, 16.3656741782406, 6.080387185000859}},
  {4,
   6,
   128.9893057582682,
   {8.244373315816482, 22.36115354369427, 33.88912601962294, 33.889126019622935, 22.361153543694268,
    8.244373315816482}},
};

static double relative(double got, double want)
{
  return fabs(got / want - 1.0);
}

static PetscErrorCode check_constants(KrVerify *verify)
{
  PetscFunctionBeginUser;
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(constants); ++i) {
    const KrMixture f = KrMixturePure(constants[i].p);

    PetscCall(KrVerifyCheck(verify,
                            relative(KrComplexityThresholdEnergy(&f), constants[i].threshold),
                            1e-13, "theory: E_inf of p = %d, relative error", constants[i].p));
    PetscCall(KrVerifyCheck(verify, relative(KrComplexityGroundEnergy(&f, 0), constants[i].ground),
                            1e-13, "theory: E_0 of p = %d, relative error", constants[i].p));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_counts(KrVerify *verify)
{
  PetscFunctionBeginUser;
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(kac_rice); ++i) {
    const int       p = kac_rice[i].p, n = kac_rice[i].n;
    const KrMixture f     = KrMixturePure(p);
    double          total = NAN, worst = NAN;
    KrKacRice       result;

    PetscCall(KrVerifyCheck(
      verify, KrKacRiceTotal(&f, n, &total) == 0 ? relative(total, kac_rice[i].total) : NAN, 1e-13,
      "theory: critical points of p = %d, N = %d, relative error", p, n));
    if (KrKacRiceCreate(&f, n, n, 0.0, 1.0, 0, &result) == 0) {
      worst = 0.0;
      for (int k = 0; k < n; ++k)
        worst = worse(worst, relative(result.count[k], kac_rice[i].count[k]));
      KrKacRiceDestroy(&result);
    }
    PetscCall(KrVerifyCheck(verify, worst, 1e-12, "theory: those of each index, relative error"));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrVerifyTheory - Compares thresholds, ground states and exact finite-N counts with published or independent values.

  Collective on the communicator of verify

  In/out:
. verify - counts the checks

  Cost:   0.1 s
  Source: docs/theory/complexity.md, docs/theory/kac_rice.md
*/
PetscErrorCode KrVerifyTheory(KrVerify *verify)
{
  PetscFunctionBeginUser;
  PetscCall(check_constants(verify));
  PetscCall(check_counts(verify));
  PetscFunctionReturn(PETSC_SUCCESS);
}
