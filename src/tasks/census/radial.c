/* Histograms in mu, and in e and mu together. In a mixed model the index follows mu, not e. */
#include "census_room.h"
#include <math.h>
#include <stdlib.h>

/* The energy bins of an ensemble. */
KrAxis KrAxisOfEnergy(const KrEnsemble *ensemble)
{
  return (KrAxis){ensemble->bin_first, ensemble->bin_width, ensemble->n_bins};
}

/* Its bins of mu; none where mu is a multiple of e. */
KrAxis KrAxisOfMu(const KrEnsemble *ensemble)
{
  return (KrAxis){ensemble->mu_first, ensemble->mu_width, ensemble->n_mu_bins};
}

/* The bin of a value; what rounding puts outside belongs to the bin at that end. */
int KrAxisBin(const KrAxis *axis, double value)
{
  const double bin = floor((value - axis->first) / axis->width);

  return (int)PetscMin(PetscMax(bin, 0.0), (double)(axis->n_bins - 1));
}

/* Bins as wide as an energy bin would be in a pure model, mu = f' e / f, over all that was found or is likely. */
static PetscErrorCode set_mu_bins(MPI_Comm world, const KrPlan *plan, KrEnsemble *ensemble)
{
  const double scale = KrMixtureValue(&plan->f, 1, 1.0) / KrMixtureValue(&plan->f, 0, 1.0);
  const double width = scale * ensemble->bin_width;
  double       range[2], reach = width; /* -lowest, highest */

  PetscFunctionBeginUser;
  if (plan->law_given) reach = scale * (0.5 - KrComplexityGroundEnergy(&plan->f, 0));
  range[0] = range[1] = reach;
  if (KrPointsOf(plan)->search.kind == KR_SEARCH_MINIMA) range[1] = 0.0;
  for (int64_t i = 0; i < ensemble->n_points; ++i) {
    range[0] = PetscMax(range[0], -ensemble->points[i].mu);
    range[1] = PetscMax(range[1], ensemble->points[i].mu);
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, range, 2, MPI_DOUBLE, MPI_MAX, world));
  range[0] = ceil(range[0] / width);
  range[1] = floor(range[1] / width) + 1.0;
  if ((range[0] + range[1]) * ensemble->n > KR_HISTOGRAM_MAX) PetscFunctionReturn(PETSC_SUCCESS);
  ensemble->mu_width  = width;
  ensemble->mu_first  = -range[0] * width;
  ensemble->n_mu_bins = (int32_t)(range[0] + range[1]);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode allocate(KrEnsemble *ensemble)
{
  const size_t cells = (size_t)ensemble->n_mu_bins * (size_t)ensemble->n;
  const size_t joint = (size_t)ensemble->n_bins * (size_t)ensemble->n_mu_bins;

  PetscFunctionBeginUser;
  ensemble->mu_histogram = calloc(cells, sizeof *ensemble->mu_histogram);
  ensemble->mu_expected  = calloc(cells, sizeof *ensemble->mu_expected);
  PetscCheck(ensemble->mu_histogram != NULL && ensemble->mu_expected != NULL, PETSC_COMM_SELF,
             PETSC_ERR_MEM, "no memory for histograms");
  if (joint > KR_HISTOGRAM_MAX) PetscFunctionReturn(PETSC_SUCCESS);
  ensemble->joint          = calloc(joint, sizeof *ensemble->joint);
  ensemble->joint_expected = calloc(joint, sizeof *ensemble->joint_expected);
  PetscCheck(ensemble->joint != NULL && ensemble->joint_expected != NULL, PETSC_COMM_SELF,
             PETSC_ERR_MEM, "no memory for histograms");
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Fills the integer histograms of mu over all ranks; of a pure model none. Collective on world. */
PetscErrorCode KrRadialAggregate(MPI_Comm world, const KrPlan *plan, KrEnsemble *ensemble)
{
  const int n_index = KrPointsOf(plan)->search.kind == KR_SEARCH_ALL ? ensemble->n : 1;
  KrAxis    e, mu;

  PetscFunctionBeginUser;
  if (KrMixtureIsPure(&plan->f)) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(set_mu_bins(world, plan, ensemble));
  if (ensemble->n_mu_bins == 0) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(allocate(ensemble));
  e  = KrAxisOfEnergy(ensemble);
  mu = KrAxisOfMu(ensemble);
  for (int64_t i = 0; i < ensemble->n_points; ++i) {
    const KrPointRow *point = &ensemble->points[i];
    const int         bin   = KrAxisBin(&mu, point->mu);

    ensemble->mu_histogram[bin * ensemble->n + point->index] += 1;
    if (ensemble->joint != NULL && point->index < n_index)
      ensemble->joint[KrAxisBin(&e, point->energy) * mu.n_bins + bin] += 1;
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, ensemble->mu_histogram, mu.n_bins * ensemble->n,
                             MPI_INT64_T, MPI_SUM, world));
  if (ensemble->joint != NULL)
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, ensemble->joint, e.n_bins * mu.n_bins, MPI_INT64_T,
                               MPI_SUM, world));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* On one rank. */
static PetscErrorCode compute(const KrPlan *plan, int n_index, KrEnsemble *ensemble)
{
  const KrAxis e = KrAxisOfEnergy(ensemble), mu = KrAxisOfMu(ensemble);
  KrKacRice    kac_rice;

  PetscFunctionBeginUser;
  PetscCheck(KrKacRiceCreateMu(&plan->f, ensemble->n, n_index, mu.first, mu.width, mu.n_bins,
                               &kac_rice) == 0,
             PETSC_COMM_SELF, PETSC_ERR_LIB, "the Kac-Rice expectation in mu failed for N = %d",
             (int)ensemble->n);
  for (int b = 0; b < mu.n_bins; ++b)
    for (int k = 0; k < n_index; ++k)
      ensemble->mu_expected[b * ensemble->n + k] = kac_rice.binned[b * n_index + k];
  KrKacRiceDestroy(&kac_rice);
  if (ensemble->joint != NULL)
    PetscCheck(
      KrKacRiceJoint(&plan->f, ensemble->n, KrPointsOf(plan)->search.kind == KR_SEARCH_MINIMA, &e,
                     &mu, ensemble->joint_expected) == 0,
      PETSC_COMM_SELF, PETSC_ERR_LIB, "the joint expectation failed for N = %d", (int)ensemble->n);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Fills the expectations in mu of indices below n_index, NaN elsewhere; the same on every rank. Collective on world. */
PetscErrorCode KrRadialExpected(MPI_Comm world, const KrPlan *plan, int n_index,
                                KrEnsemble *ensemble)
{
  const int   cells = ensemble->n_mu_bins * ensemble->n;
  const int   joint = ensemble->joint != NULL ? ensemble->n_bins * ensemble->n_mu_bins : 0;
  PetscMPIInt rank;

  PetscFunctionBeginUser;
  for (int i = 0; i < cells; ++i) ensemble->mu_expected[i] = NAN;
  for (int i = 0; i < joint; ++i) ensemble->joint_expected[i] = NAN;
  if (n_index == 0 || cells == 0) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCallMPI(MPI_Comm_rank(world, &rank));
  if (rank == 0) PetscCall(compute(plan, n_index, ensemble));
  PetscCallMPI(MPI_Bcast(ensemble->mu_expected, cells, MPI_DOUBLE, 0, world));
  PetscCallMPI(MPI_Bcast(ensemble->joint_expected, joint, MPI_DOUBLE, 0, world));
  PetscFunctionReturn(PETSC_SUCCESS);
}
