/* What the tests of the inside of a census share: censuses that are fed made-up outcomes. */
#pragma once
#include "../../src/census/census_impl.h"
#include "kr_test.h"
#include "model/model_test.h"

static inline PetscErrorCode make_census(KrModel model, MPI_Comm sharers, double energy_first,
                                         double energy_last, KrCensus *census)
{
  const KrCensusOptions   options  = {.overlap_tol = 1e-9, .energy_tol = 1e-8, .store_points = 1};
  const KrSpectrumOptions spectrum = {.lowest = 4, .highest = 2};
  const KrSearchOptions   search   = {.kind         = KR_SEARCH_ALL,
                                      .newton_range = 1.2,
                                      .energy_first = energy_first,
                                      .energy_last  = energy_last};

  PetscFunctionBeginUser;
  PetscCall(KrCensusCreate(model, sharers, &options, &search, &spectrum, census));
  PetscFunctionReturn(PETSC_SUCCESS);
}
