/* The exact finite-N expectation (Kac-Rice) of everything the ensemble counts. */
#include "campaign_impl.h"
#include <math.h>
#include <stdlib.h>

static int how_many_indices(const KrPlan *plan)
{
  if (!plan->law_given || plan->model.n > KR_THEORY_N_MAX) return 0;
  if (plan->search.kind == KR_SEARCH_MINIMA) return 1;
  return plan->model.n <= KR_THEORY_N_EVERY ? plan->model.n : KR_THEORY_FEW;
}

/* Rank 0 computes; NaN where nothing is known. */
static PetscErrorCode compute(const KrPlan *plan, KrEnsemble *ensemble, KrExpected *expected)
{
  KrKacRice kac_rice;

  PetscFunctionBeginUser;
  PetscCheck(KrKacRiceCreate(&plan->f, plan->model.n, expected->n_index, ensemble->bin_first,
                             ensemble->bin_width, ensemble->n_bins, &kac_rice) == 0,
             PETSC_COMM_SELF, PETSC_ERR_LIB, "the Kac-Rice expectation failed for N = %d",
             plan->model.n);
  for (int b = 0; b < ensemble->n_bins; ++b)
    for (int k = 0; k < ensemble->n; ++k)
      ensemble->expected[b * ensemble->n + k] =
        k < expected->n_index ? kac_rice.binned[b * expected->n_index + k] : NAN;
  for (int k = 0; k < expected->n_index; ++k) {
    expected->count[k]  = kac_rice.count[k];
    expected->energy[k] = kac_rice.energy_mean[k];
  }
  expected->total = plan->search.kind == KR_SEARCH_MINIMA ? kac_rice.count[0] : kac_rice.total;
  KrKacRiceDestroy(&kac_rice);
  PetscFunctionReturn(PETSC_SUCCESS);
}

void KrExpectedDestroy(KrExpected *expected)
{
  free(expected->count);
  free(expected->energy);
  *expected = (KrExpected){0};
}

/* Collective on world; fills ensemble->expected and the expectations of the summary, the same on every rank. */
PetscErrorCode KrExpectedCompute(MPI_Comm world, const KrPlan *plan, KrEnsemble *ensemble,
                                 KrExpected *expected)
{
  const int   size = ensemble->n_bins * ensemble->n;
  PetscMPIInt rank;

  PetscFunctionBeginUser;
  *expected        = (KrExpected){.n_index = how_many_indices(plan), .total = NAN};
  expected->count  = calloc((size_t)expected->n_index + 1, sizeof(double));
  expected->energy = calloc((size_t)expected->n_index + 1, sizeof(double));
  PetscCheck(expected->count != NULL && expected->energy != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM,
             "no memory for expectations");
  for (int i = 0; i < size; ++i) ensemble->expected[i] = NAN;
  if (expected->n_index == 0) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCallMPI(MPI_Comm_rank(world, &rank));
  if (rank == 0) PetscCall(compute(plan, ensemble, expected));
  PetscCallMPI(MPI_Bcast(ensemble->expected, size, MPI_DOUBLE, 0, world));
  PetscCallMPI(MPI_Bcast(expected->count, expected->n_index, MPI_DOUBLE, 0, world));
  PetscCallMPI(MPI_Bcast(expected->energy, expected->n_index, MPI_DOUBLE, 0, world));
  PetscCallMPI(MPI_Bcast(&expected->total, 1, MPI_DOUBLE, 0, world));
  PetscFunctionReturn(PETSC_SUCCESS);
}
