/* kr_test: ranks=1,2 labels=census timeout=60 */
/* A census of a landscape without a law, with a continuous symmetry, in flat space: searches step across the zero
   modes, and what rotations make of a point is one find. */
#include "kr_test.h"
#include "landscapes.h"
#include <kacrice/census.h>

static PetscErrorCode run(const KrModelType *type, const char name[], int kind, KrSample *sample)
{
  const KrCensusOptions   options  = {.overlap_tol = 1e-9, .energy_tol = 1e-8, .store_points = 1};
  const KrSpectrumOptions spectrum = {.lowest = 3, .highest = 1};
  const KrSearchOptions   search   = {.kind             = kind,
                                      .starts           = 200,
                                      .gradient_tol     = 1e-10,
                                      .newton_max_iter  = 100,
                                      .newton_range     = 1.2,
                                      .descent_max_iter = 10000,
                                      .descent_polish   = 1e-3};
  KrModel                 model;
  KrSearch                searcher;
  KrCensus                census;

  PetscFunctionBeginUser;
  PetscCall(make_landscape(PETSC_COMM_SELF, name, type, &model));
  PetscCall(KrSearchCreate(model, &search, &searcher));
  PetscCall(KrCensusCreate(model, PETSC_COMM_WORLD, &options, &search, &spectrum, &census));
  PetscCall(KrCensusRun(census, searcher, &search, 1, 0, NULL, NULL, NULL));
  PetscCall(KrCensusFinish(census, sample));
  PetscCall(KrCensusDestroy(&census));
  PetscCall(KrSearchDestroy(&searcher));
  PetscCall(KrModelDestroy(&model));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The circle, and with all indices the origin too. */
static PetscErrorCode check_hat(const KrModelType *type, const char name[], int kind)
{
  const int n_points = kind == KR_SEARCH_MINIMA ? 1 : 2;
  int64_t   n_here, n_all;
  KrSample  sample;

  PetscFunctionBeginUser;
  PetscCall(run(type, name, kind, &sample));
  n_here = sample.n_points;
  PetscCallMPI(MPI_Allreduce(&n_here, &n_all, 1, MPI_INT64_T, MPI_SUM, PETSC_COMM_WORLD));
  PetscCall(KrExpectEqualInt("points modulo rotations", n_all, n_points));
  PetscCall(KrExpectEqualInt("circles", sample.count[0], 1));
  PetscCall(KrExpectEqualInt("origins", sample.count[2], n_points - 1));
  for (int64_t i = 0; i < n_here; ++i) {
    const KrPoint *point = &sample.points[i];

    PetscCall(KrExpectNear("energy per coordinate", point->energy,
                           point->index == 0 ? 0.0 : 0.25 / HAT_N, 1e-8));
    PetscCall(KrExpectNear("margin across the zero mode", point->margin, 1.0, 1e-6));
    PetscCall(KrExpectEqualInt("nothing is proved", point->certificate, 0));
    PetscCall(KrExpect("many starts, one find", point->hits > 1));
  }
  PetscCall(
    KrExpectEqualInt("no identity is known", sample.euler_checked + sample.parity_checked, 0));
  PetscCall(KrExpect("so the list is estimated, at most", sample.verdict <= KR_VERDICT_ESTIMATED));
  KrSampleDestroy(&sample);
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char **argv)
{
  PetscCall(KrTestBegin(&argc, &argv));
  for (int kind = 0; KrSearchKindName(kind) != NULL; ++kind) {
    if (kind != KR_SEARCH_MINIMA && kind != KR_SEARCH_ALL) continue;
    PetscCall(check_hat(&hat_whole, "hat", kind));
    PetscCall(check_hat(&hat_minimal, "hat by differences", kind));
  }
  return KrTestEnd();
}
