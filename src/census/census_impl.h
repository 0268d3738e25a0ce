/* What a census holds. Inside src/census only. */
#pragma once
#include "table.h"
#include <kacrice/census.h>

struct KrCensus_s {
  KrModel model; /* borrowed */
  MPI_Comm
    sharers; /* ranks that share the starts, borrowed; the census is completed on its rank 0 */
  MPI_Comm          comm; /* of the model, borrowed */
  KrCensusOptions   options;
  KrSpectrumOptions spectrum;
  int               n;
  KrMixture         f;
  KrTable           table;
  int64_t           reasons[KR_N_REASONS];
  double           *lowest, *highest; /* table.n_points x options, after KrCensusCharacterise() */
  int64_t           minima_spectrum[KR_SPECTRUM_BINS];
};

PetscErrorCode KrCensusGather(KrCensus census);
PetscErrorCode KrCensusCharacterise(KrCensus census);
void           KrCensusEstimate(const KrMixture *f, PetscBool every_index, KrSample *sample);
