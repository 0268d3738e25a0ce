/* Whole censuses whose answer is known: p = 2, where the critical points are eigenvectors, and Morse's identity. All
   ranks share the starts. */
#include "verify_impl.h"
#include <kacrice/census.h>
#include <petscblaslapack.h>

#define N_QUADRATIC 12
#define N_SAMPLES   3

/* With the default options of the program but for the number of starts. The record is on rank 0. */
static PetscErrorCode take_census(MPI_Comm world, KrModel model, int64_t starts, int64_t number,
                                  KrSample *sample)
{
  KrSearchOptions   search_options;
  KrSpectrumOptions spectrum_options;
  KrCensusOptions   census_options;
  KrSearch          search;
  KrCensus          census;

  PetscFunctionBeginUser;
  PetscCall(KrSearchOptionsRead(world, &search_options));
  PetscCall(KrOptionsRead(world, &KrSpectrumOptionTable, &spectrum_options));
  PetscCall(KrOptionsRead(world, &KrCensusOptionTable, &census_options));
  search_options.kind   = KR_SEARCH_ALL;
  search_options.starts = starts;
  PetscCall(KrSearchCreate(model, &search_options, &search));
  PetscCall(
    KrCensusCreate(model, world, &census_options, &search_options, &spectrum_options, &census));
  PetscCall(KrCensusRun(census, search, &search_options, 1, number, NULL, NULL, NULL));
  PetscCall(KrCensusFinish(census, sample));
  PetscCall(KrSampleGather(world, sample));
  PetscCall(KrCensusDestroy(&census));
  PetscCall(KrSearchDestroy(&search));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Energies of the critical points of x.A x / sqrt(N), |x|^2 = N: the eigenvalues of A over sqrt(N), ascending. */
static PetscErrorCode eigenvalue_energies(KrModel model, double energies[N_QUADRATIC])
{
  const PetscBLASInt n = N_QUADRATIC, lwork = 8 * N_QUADRATIC;
  PetscBLASInt       info;
  double             sorted[N_QUADRATIC * (N_QUADRATIC + 1) / 2], A[N_QUADRATIC * N_QUADRATIC];
  double             work[8 * N_QUADRATIC];
  const double      *next = sorted;

  PetscFunctionBeginUser;
  PetscCall(KrModelGetTensor(model, 2, sorted));
  for (int i = 0; i < N_QUADRATIC; ++i)
    for (int k = i; k < N_QUADRATIC; ++k, ++next)
      A[i * N_QUADRATIC + k] = A[k * N_QUADRATIC + i] = i == k ? *next : 0.5 * *next;
  PetscCallBLAS("LAPACKsyev", LAPACKsyev_("N", "L", &n, A, &n, energies, work, &lwork, &info));
  PetscCheck(info == 0, PETSC_COMM_SELF, PETSC_ERR_LIB, "LAPACK syev failed with info = %d",
             (int)info);
  for (int i = 0; i < N_QUADRATIC; ++i) energies[i] /= sqrt((double)N_QUADRATIC);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What is wrong with censuses of quadratic models; NAN when energies cannot be compared. */
typedef struct {
  double points, indices, energy;
} Quadratic;

static void compare_quadratic(const KrSample *sample, const double energies[N_QUADRATIC],
                              Quadratic *wrong)
{
  int64_t total = 0;

  for (int k = 0; k < N_QUADRATIC; ++k) {
    total += sample->count[k];
    wrong->indices += sample->count[k] != 2;
  }
  wrong->points += fabs((double)total - 2.0 * N_QUADRATIC);
  if (sample->n_points != N_QUADRATIC) wrong->energy = NAN;
  for (int i = 0; i < N_QUADRATIC && !isnan(wrong->energy); ++i)
    wrong->energy = worse(wrong->energy, fabs(sample->points[i].energy - energies[i]));
}

static PetscErrorCode check_quadratic(KrVerify *verify)
{
  const KrModelOptions options = {.n = N_QUADRATIC};
  const KrMixture      f       = KrMixturePure(2);
  double               energies[N_QUADRATIC];
  Quadratic            wrong = {0};
  KrModel              model;
  KrSample             sample;
  PetscMPIInt          rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(verify->world, &rank));
  PetscCall(KrModelCreate(PETSC_COMM_SELF, &options, N_QUADRATIC, &f, &model));
  for (int number = 0; number < N_SAMPLES; ++number) {
    PetscCall(KrModelDraw(model, 1, number));
    PetscCall(take_census(verify->world, model, 1000, number, &sample));
    PetscCall(eigenvalue_energies(model, energies));
    if (rank == 0) compare_quadratic(&sample, energies, &wrong);
    KrSampleDestroy(&sample);
  }
  PetscCall(KrModelDestroy(&model));
  PetscCall(KrVerifyCheck(verify, wrong.points, 0,
                          "census: p = 2, N = %d, points more or less than 2N", N_QUADRATIC));
  PetscCall(KrVerifyCheck(verify, wrong.indices, 0,
                          "census: p = 2, N = %d, indices without exactly 2 points", N_QUADRATIC));
  PetscCall(KrVerifyCheck(verify, wrong.energy, 1e-10,
                          "census: p = 2, N = %d, energies against eigenvalues (LAPACK)",
                          N_QUADRATIC));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Morse: the sum of (-1)^k over all critical points is 2 on a sphere of even dimension N-1. A point that was missed
   breaks it: the rarest of these samples ends one start in 440, so that 8000 starts miss it with probability 1e-8. */
static PetscErrorCode check_euler(KrVerify *verify)
{
  static const struct {
    const char *name;
    int         n;
    KrMixture   f;
  } laws[] = {
    {"p = 3, N = 7", 7, {1, {3}, {1.0}}},
    {"p = 4, N = 5", 5, {1, {4}, {1.0}}},
    {"0.36 q^3 + 0.64 q^4, N = 5", 5, {2, {3, 4}, {0.36, 0.64}}},
  };
  KrModel     model;
  KrSample    sample;
  PetscMPIInt rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(verify->world, &rank));
  for (size_t l = 0; l < PETSC_STATIC_ARRAY_LENGTH(laws); ++l) {
    const KrModelOptions options = {.n = laws[l].n};
    double               worst   = 0.0;

    PetscCall(KrModelCreate(PETSC_COMM_SELF, &options, laws[l].n, &laws[l].f, &model));
    for (int number = 0; number < N_SAMPLES; ++number) {
      PetscCall(KrModelDraw(model, 1, number));
      PetscCall(take_census(verify->world, model, 8000, number, &sample));
      if (rank == 0) worst = worse(worst, fabs((double)sample.euler_sum - 2.0));
      KrSampleDestroy(&sample);
    }
    PetscCall(KrModelDestroy(&model));
    PetscCall(KrVerifyCheck(verify, worst, 0, "census: %s, Euler sum off 2", laws[l].name));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrVerifyCensus - Takes small censuses, all ranks together, and compares them with what is exact about them.

  Collective on the communicator of verify

  In/out:
. verify - counts the checks

  Errors: PETSC_ERR_LIB when LAPACK fails
  Cost:   one or two seconds of a core, shared by the ranks
  Source: docs/notation.md
*/
PetscErrorCode KrVerifyCensus(KrVerify *verify)
{
  PetscFunctionBeginUser;
  PetscCall(check_quadratic(verify));
  PetscCall(check_euler(verify));
  PetscFunctionReturn(PETSC_SUCCESS);
}
