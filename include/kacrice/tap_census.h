/* Layer 7: the TAP states of one disorder sample, from its critical points at T = 0 and by a search of their own. */
#pragma once
#include <kacrice/census.h>
#include <kacrice/tap_record.h>

typedef struct {
  char    temperature[KR_PATH_MAX]; /* "0.1,0.3" */
  int     n_temperatures;
  double  temperatures[KR_TAP_TEMPERATURES_MAX]; /* the same, read; ascending */
  int64_t starts;           /* most of the search in the ball, each sample and T; 0: none */
  char    out[KR_PATH_MAX]; /* folder; "": tap in that of the campaign */
} KrTapOptions;
extern const KrOptionTable KrTapOptionTable;

PetscErrorCode KrTapOptionsRead(MPI_Comm comm, KrTapOptions *options);
PetscErrorCode KrTapCensus(KrModel model, MPI_Comm sharers, const KrTapOptions *options,
                           const KrSearchOptions *search, const KrSpectrumOptions *spectrum,
                           uint64_t seed, const KrSample *cold, KrBreathFn breathe, void *context,
                           KrTapRecord *record, PetscBool *stopped);
