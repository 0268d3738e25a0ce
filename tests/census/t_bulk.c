/* kr_test: ranks=1,2 labels=census,parallel timeout=240 */
/* The histogram of the spectra of minima: whole numbers that sum to N-1 a minimum, whether all eigenvalues are known or
   their distribution is estimated, and then close to the former. */
#include "kr_test.h"
#include "model/model_test.h"
#include <kacrice/census.h>

#define N      40
#define STARTS 12

/* Census of minima of a pure model by a method of the spectrum; the sample is on rank 0. */
static PetscErrorCode take(int p, int method, KrSample *sample)
{
  const KrMixture         f        = {1, {p}, {1.0}};
  const KrSearchOptions   options  = {.kind             = KR_SEARCH_MINIMA,
                                      .starts           = STARTS,
                                      .gradient_tol     = 1e-11,
                                      .descent_max_iter = 100000,
                                      .descent_polish   = 1e-3};
  const KrCensusOptions   census_o = {.overlap_tol = 1e-9, .energy_tol = 1e-8, .store_points = 1};
  const KrSpectrumOptions spectrum = {.lowest = 4, .highest = 2, .method = method};
  KrModel                 model;
  KrSearch                search;
  KrCensus                census;

  PetscFunctionBeginUser;
  PetscCall(make_model(PETSC_COMM_WORLD, &f, N, &model));
  PetscCall(KrSearchCreate(model, &options, &search));
  PetscCall(KrCensusCreate(model, PETSC_COMM_SELF, &census_o, &options, &spectrum, &census));
  PetscCall(KrSearchRun(search, 1, 0, &(KrStarts){0, STARTS, 1, NULL}, KrCensusAdd, census));
  PetscCall(KrCensusFinish(census, sample));
  PetscCall(KrCensusDestroy(&census));
  PetscCall(KrSearchDestroy(&search));
  PetscCall(KrModelDestroy(&model));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Kolmogorov distance of two histograms of one total. */
static double distance(const KrSample *a, const KrSample *b)
{
  int64_t difference = 0, largest = 0, total = 0;

  for (int i = 0; i < KR_SPECTRUM_BINS; ++i) {
    total += a->minima_spectrum[i];
    difference += a->minima_spectrum[i] - b->minima_spectrum[i];
    largest = PetscMax(largest, difference < 0 ? -difference : difference);
  }
  return (double)largest / (double)total;
}

static int64_t sum(const KrSample *sample)
{
  int64_t total = 0;

  for (int i = 0; i < KR_SPECTRUM_BINS; ++i) total += sample->minima_spectrum[i];
  return total;
}

/* `antipodes`: minima that a point of the list stands for. */
static PetscErrorCode check_order(int p, int antipodes, int method)
{
  KrSample    all, estimate;
  PetscMPIInt rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  PetscCall(take(p, KR_SPECTRUM_LAPACK, &all));
  PetscCall(take(p, method, &estimate));
  if (rank == 0) {
    PetscCall(KrExpect("some minima", all.n_points >= 4));
    PetscCall(KrExpectEqualInt("all", sum(&all), antipodes * (N - 1) * all.n_points));
    PetscCall(KrExpectEqualInt("estimate", sum(&estimate), sum(&all)));
    /* ten vectors a minimum weigh 39 eigenvalues like an empirical process: sup 2.69 sqrt(2/(10 x 39 x 4)) = 0.096 for
       four minima but with a chance of 1e-6; rounding to whole eigenvalues adds less than 1/39 */
    PetscCall(KrExpect("close to all", distance(&all, &estimate) < 0.122));
    PetscCall(KrExpect("an estimate", distance(&all, &estimate) > 0.0));
  }
  KrSampleDestroy(&estimate);
  KrSampleDestroy(&all);
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char **argv)
{
  PetscFunctionBeginUser;
  PetscCall(KrTestBegin(&argc, &argv));
  PetscCall(check_order(3, 1, KR_SPECTRUM_SLEPC));
  PetscCall(check_order(4, 2, KR_SPECTRUM_DENSE));
  return KrTestEnd();
}
