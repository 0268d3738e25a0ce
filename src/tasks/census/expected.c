/* The exact finite-N expectation (Kac-Rice) of everything the ensemble counts. */
#include "census_room.h"
#include <math.h>
#include <stdlib.h>

#define WINDOW_BINS \
  100 /* a mean energy is then right to 1e-4 of the window, or of where any points are */

static int how_many_indices(const KrPlan *plan)
{
  if (!plan->law_given || plan->model.n > KR_THEORY_N_MAX) return 0;
  if (KrPointsOf(plan)->search.kind == KR_SEARCH_MINIMA) return 1;
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
  expected->total =
    KrPointsOf(plan)->search.kind == KR_SEARCH_MINIMA ? kac_rice.count[0] : kac_rice.total;
  KrKacRiceDestroy(&kac_rice);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Bins of equal width over the window of energies, without ends where nothing is expected. */
static PetscErrorCode compute_window(const KrPlan *plan, int n_index, KrKacRice *narrow)
{
  double first = KrPointsOf(plan)->search.energy_first, last = KrPointsOf(plan)->search.energy_last;

  PetscFunctionBeginUser;
  for (;;) {
    const double width = (last - first) / WINDOW_BINS;
    int          from = 0, to = WINDOW_BINS;

    PetscCheck(
      KrKacRiceCreate(&plan->f, plan->model.n, n_index, first, width, WINDOW_BINS, narrow) == 0,
      PETSC_COMM_SELF, PETSC_ERR_LIB, "the Kac-Rice expectation failed for N = %d", plan->model.n);
    while (from < to && !(narrow->binned_total[from] > 0.0)) ++from;
    while (from < to && !(narrow->binned_total[to - 1] > 0.0)) --to;
    if (from == to || to - from > WINDOW_BINS / 2) PetscFunctionReturn(PETSC_SUCCESS);
    KrKacRiceDestroy(narrow);
    last = first + to * width;
    first += from * width;
  }
}

/* A window of energies: counts and mean energies within it, from narrow bins; histogram bins that are not within it are
   not known. */
static PetscErrorCode restrict_to_window(const KrPlan *plan, KrEnsemble *ensemble,
                                         KrExpected *expected)
{
  const double first  = KrPointsOf(plan)->search.energy_first,
               last   = KrPointsOf(plan)->search.energy_last;
  const double little = 1e-9 * ensemble->bin_width;
  KrKacRice    narrow;

  PetscFunctionBeginUser;
  PetscCall(compute_window(plan, expected->n_index, &narrow));
  expected->total = 0.0;
  for (int b = 0; b < WINDOW_BINS; ++b) expected->total += narrow.binned_total[b];
  for (int k = 0; k < expected->n_index; ++k) {
    expected->count[k] = expected->energy[k] = 0.0;
    for (int b = 0; b < WINDOW_BINS; ++b) {
      const double count = narrow.binned[b * expected->n_index + k];

      expected->count[k] += count;
      expected->energy[k] += count * (narrow.bin_first + (b + 0.5) * narrow.bin_width);
    }
    expected->energy[k] /= expected->count[k];
  }
  if (KrPointsOf(plan)->search.kind == KR_SEARCH_MINIMA) expected->total = expected->count[0];
  KrKacRiceDestroy(&narrow);
  for (int b = 0; b < ensemble->n_bins; ++b) {
    const double low = ensemble->bin_first + b * ensemble->bin_width;

    if (low >= first - little && low + ensemble->bin_width <= last + little) continue;
    for (int k = 0; k < ensemble->n; ++k) ensemble->expected[b * ensemble->n + k] = NAN;
  }
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
  PetscCall(KrRadialExpected(world, plan, expected->n_index, ensemble));
  if (expected->n_index == 0) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCallMPI(MPI_Comm_rank(world, &rank));
  if (rank == 0) {
    PetscCall(compute(plan, ensemble, expected));
    if (KrPointsOf(plan)->search.energy_first < KrPointsOf(plan)->search.energy_last)
      PetscCall(restrict_to_window(plan, ensemble, expected));
  }
  PetscCallMPI(MPI_Bcast(ensemble->expected, size, MPI_DOUBLE, 0, world));
  PetscCallMPI(MPI_Bcast(expected->count, expected->n_index, MPI_DOUBLE, 0, world));
  PetscCallMPI(MPI_Bcast(expected->energy, expected->n_index, MPI_DOUBLE, 0, world));
  PetscCallMPI(MPI_Bcast(&expected->total, 1, MPI_DOUBLE, 0, world));
  PetscFunctionReturn(PETSC_SUCCESS);
}
