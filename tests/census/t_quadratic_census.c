/* kr_test: ranks=1,2 labels=census,oracle,parallel timeout=120 */
/* p = 2, H = N^{-1/2} T(x, x): the critical points are +-sqrt(N) times the eigenvectors of S = N^{-1/2} T, e = the
   eigenvalue, index = its rank. A census finds all 2N, whether the ranks share the starts or the tensor. */
#include "kr_test.h"
#include "model/model_test.h"
#include <kacrice/census.h>
#include <petscblaslapack.h>
#include <stdlib.h>

#define N         12
#define N_SAMPLES 10

static const KrMixture quadratic = {1, {2}, {1.0}};

static PetscErrorCode eigenvalues(KrModel model, double values[N])
{
  double       x[N], g[N], E, H[N * N], work[16 * N];
  PetscBLASInt n = N, lwork = 16 * N, info;

  PetscFunctionBeginUser;
  draw_points(N, 1, x);
  PetscCall(KrModelDerivatives(model, 1, x, &E, g, H));
  for (int i = 0; i < N * N; ++i) H[i] *= 0.5;
  PetscCallBLAS("LAPACKsyev", LAPACKsyev_("N", "L", &n, H, &n, values, work, &lwork, &info));
  PetscCall(KrExpectEqualInt("syev", info, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_record(const KrSample *record, const double values[N])
{
  PetscFunctionBeginUser;
  PetscCall(KrExpectEqualInt("pairs", record->n_points, N));
  PetscCall(KrExpectEqualInt("starts", record->starts, 400));
  PetscCall(KrExpect("Euler", record->euler_checked && !record->euler_failed));
  PetscCall(KrExpect("parity", record->parity_checked && !record->parity_failed));
  for (int i = 0; i < N && i < record->n_points; ++i) {
    /* residual 1e-11: the energy of an eigenvector is right to its square, leaving rounding */
    PetscCall(KrExpectNear("energy", record->points[i].energy, values[i], 1e-12));
    PetscCall(KrExpectEqualInt("index", record->points[i].index, i));
    PetscCall(KrExpectEqualInt("two of each index", record->count[i], 2));
    PetscCall(
      KrExpectNear("mu = 2 e", record->points[i].mu, 2.0 * record->points[i].energy, 1e-11));
    PetscCall(KrExpectNear("lambda_min", record->points[i].lambda_min,
                           2.0 * (values[i == 0 ? 1 : 0] - values[i]), 1e-9));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_samples(MPI_Comm model_comm, MPI_Comm sharers)
{
  const KrSearchOptions search_options = {.kind            = KR_SEARCH_ALL,
                                          .starts          = 400,
                                          .gradient_tol    = 1e-11,
                                          .newton_max_iter = 200,
                                          .newton_range    = 1.2,
                                          .newton_free     = 15,
                                          .newton_cap      = 1.2};
  const KrCensusOptions census_options = {
    .overlap_tol = 1e-9, .energy_tol = 1e-8, .store_points = 1};
  const KrSpectrumOptions spectrum = {.lowest = 4, .highest = 2};
  KrModel                 model;
  KrSearch                search;
  PetscMPIInt             first, stride;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(sharers, &first));
  PetscCallMPI(MPI_Comm_size(sharers, &stride));
  PetscCall(make_model(model_comm, &quadratic, N, &model));
  PetscCall(KrSearchCreate(model, &search_options, &search));
  for (int s = 0; s < N_SAMPLES; ++s) {
    KrCensus census;
    KrSample record;
    double   values[N];

    PetscCall(KrModelDraw(model, 4, s));
    PetscCall(eigenvalues(model, values));
    PetscCall(KrCensusCreate(model, sharers, &census_options, &search_options, &spectrum, &census));
    PetscCall(KrSearchRun(search, 4, s, &(KrStarts){first, search_options.starts, stride, NULL},
                          KrCensusAdd, census));
    PetscCall(KrCensusFinish(census, &record));
    PetscCall(KrSampleGather(sharers, &record));
    if (record.n_points > 0) PetscCall(check_record(&record, values));
    KrSampleDestroy(&record);
    PetscCall(KrCensusDestroy(&census));
  }
  PetscCall(KrSearchDestroy(&search));
  PetscCall(KrModelDestroy(&model));
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char **argv)
{
  PetscErrorCode code = KrTestBegin(&argc, &argv);

  if (code == 0) code = check_samples(PETSC_COMM_SELF, PETSC_COMM_WORLD);
  if (code == 0) code = check_samples(PETSC_COMM_WORLD, PETSC_COMM_SELF);
  return code == 0 ? KrTestEnd() : 1;
}
