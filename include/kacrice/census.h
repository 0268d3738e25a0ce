/* Layer 6: the distinct critical points of one disorder sample. */
#pragma once
#include <kacrice/record.h>
#include <kacrice/search.h>
#include <kacrice/spectrum.h>

typedef struct KrCensus_s *KrCensus;

typedef enum { KR_CERTIFY_AUTO, KR_CERTIFY_TRUE, KR_CERTIFY_FALSE } KrCensusCertify;

typedef struct {
  double overlap_tol; /* same point: 1 - x.y/N below it */
  double energy_tol;  /* and |e - e'| below it, units of J, KrModelGetScale() */
  double missing; /* complete when so few points are estimated to be missing; 0: make all starts */
  int    store_points; /* keep coordinates in the record */
  int    certify;      /* KrCensusCertify: prove each point */
} KrCensusOptions;
extern const KrOptionTable KrCensusOptionTable;

PetscBool KrCensusCertifies(const KrCensusOptions *options, int n, const KrMixture *f);

/* life: Create, Restore or Reopen if there is a state, Run, Finish, Destroy; or Add... in place of Run */
PetscErrorCode KrCensusCreate(KrModel model, MPI_Comm sharers, const KrCensusOptions *options,
                              const KrSearchOptions *search, const KrSpectrumOptions *spectrum,
                              KrCensus *census);
PetscErrorCode KrCensusAdd(void *census, const KrOutcome *outcome); /* a KrOutcomeFn */
PetscErrorCode KrCensusRun(KrCensus census, KrSearch search, const KrSearchOptions *options,
                           uint64_t seed, int64_t sample, KrBreathFn breathe, void *context,
                           PetscBool *stopped);
PetscErrorCode KrCensusSave(KrCensus census, KrSample *sample);
PetscErrorCode KrCensusRestore(KrCensus census, const KrSample *sample);
PetscErrorCode KrCensusReopen(KrCensus census, KrSample *sample);
PetscErrorCode KrCensusFinish(KrCensus census, KrSample *sample);
PetscErrorCode KrSampleGather(MPI_Comm comm, KrSample *sample);
PetscErrorCode KrCensusDestroy(KrCensus *census);

/* a record against its disorder */
typedef struct {
  int64_t n_samples, n_points;
  int64_t n_certified; /* one point in a ball of its own, and its index: all proved */
  int64_t n_undecided; /* of them the index is not proved */
  int64_t n_unproved;  /* nothing is, and the record does not say so */
  int64_t n_failed, n_samples_failed;
  double  radius_max;
} KrCertifyTally;

typedef void (*KrRecheckFn)(void *context, const char line[]);

PetscErrorCode KrCensusRecheck(KrModel model, MPI_Comm sharers, const KrSample *sample,
                               const KrSpectrumOptions *spectrum, PetscBool every_index,
                               KrRecheckFn report, void *context, KrCertifyTally *tally);
