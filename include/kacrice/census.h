/* Layer 6: the distinct critical points of one disorder sample. */
#pragma once
#include <kacrice/record.h>
#include <kacrice/search.h>
#include <kacrice/spectrum.h>

typedef struct KrCensus_s *KrCensus;

typedef struct {
  double overlap_tol; /* same point: 1 - x.y/N below it */
  double energy_tol;  /* and |e - e'| below it, units of J */
  double missing; /* complete when so few points are estimated to be missing; 0: make all starts */
  int    store_points; /* keep coordinates in the record */
} KrCensusOptions;
extern const KrOptionTable KrCensusOptionTable;

/* life: Create, Run, Finish, Destroy; or Add... in place of Run */
PetscErrorCode KrCensusCreate(KrModel model, MPI_Comm sharers, const KrCensusOptions *options,
                              const KrSearchOptions *search, const KrSpectrumOptions *spectrum,
                              KrCensus *census);
PetscErrorCode KrCensusAdd(void *census, const KrOutcome *outcome); /* a KrOutcomeFn */
PetscErrorCode KrCensusRun(KrCensus census, KrSearch search, const KrSearchOptions *options,
                           uint64_t seed, int64_t sample);
PetscErrorCode KrCensusFinish(KrCensus census, KrSample *sample);
PetscErrorCode KrSampleGather(MPI_Comm comm, KrSample *sample);
PetscErrorCode KrCensusDestroy(KrCensus *census);
