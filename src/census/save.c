/* The state of a census between two pieces of a round, as an unfinished record. */
#include "census_impl.h"
#include <stdlib.h>
#include <string.h>

enum { ORIGIN_NUMBERS = sizeof(KrOrigin) / sizeof(int64_t) };

/* The law of the dial in the last round, and where starts of all rounds have landed. Collective as KrCensusSave(). */
static PetscErrorCode copy_round(KrCensus census, KrSample *sample)
{
  PetscFunctionBeginUser;
  sample->round_end = census->round_end;
  sample->landed    = calloc(1, sizeof census->landed);
  sample->round     = calloc(KR_DIAL_BINS + 2, sizeof *sample->round);
  PetscCheck(sample->landed != NULL && sample->round != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM,
             "no memory for the state of a census");
  (void)memcpy(sample->landed, census->landed, sizeof census->landed);
  (void)memcpy(sample->round, census->dial.cumulative, sizeof census->dial.cumulative);
  sample->round[KR_DIAL_BINS + 1] = (double)census->round_end;
  PetscCall(KrCensusSum(census, KR_DIAL_BINS * KR_DIAL_BINS, sample->landed));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Lets a finished record keep what it takes to search on: not without coordinates, nor of a homotopy, which has no more
   starts to make. Collective as KrCensusSave(). */
PetscErrorCode KrCensusKeep(KrCensus census, KrSample *sample)
{
  PetscFunctionBeginUser;
  if (census->options.store_points && census->made > 0) PetscCall(copy_round(census, sample));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrCensusSave - Copies the state of a census between two pieces of a round into a record without spectra and estimates.

  Collective on the model's communicator and on sharers

  Input:
. census - in a KrBreathFn, or stopped

  Output:
. sample - its points are those this rank holds, the rest is the same on every rank of sharers; number and
           seed are those of KrCensusRun(); caller frees it with KrSampleDestroy()

  Cost: a copy of the points
  See:  KrCensusRestore(), KrCheckpointWrite()
*/
PetscErrorCode KrCensusSave(KrCensus census, KrSample *sample)
{
  const KrTable *table  = &census->table;
  const size_t   points = (size_t)table->n_points, n = (size_t)census->n;

  PetscFunctionBeginUser;
  *sample = (KrSample){.sample       = census->sample,
                       .seed         = census->seed,
                       .n            = census->n,
                       .symmetry     = table->symmetry,
                       .rounds       = census->rounds,
                       .starts       = census->made,
                       .n_points     = table->n_points,
                       .energy_first = census->search.energy_first,
                       .energy_last  = census->search.energy_last};
  (void)memcpy(sample->reasons, census->reasons, sizeof sample->reasons);
  (void)memcpy(sample->origins, census->origins, sizeof sample->origins);
  sample->points = calloc(points + 1, sizeof *sample->points);
  sample->x      = calloc(points * n + 1, sizeof *sample->x);
  sample->count  = calloc(n, sizeof *sample->count);
  PetscCheck(sample->points != NULL && sample->x != NULL && sample->count != NULL, PETSC_COMM_SELF,
             PETSC_ERR_MEM, "no memory for the state of %lld points", (long long)table->n_points);
  if (points > 0) {
    (void)memcpy(sample->points, table->points, points * sizeof *sample->points);
    (void)memcpy(sample->x, table->x, points * n * sizeof *sample->x);
  }
  PetscCall(copy_round(census, sample));
  PetscCall(KrCensusSum(census, KR_N_REASONS, sample->reasons));
  PetscCall(KrCensusSum(census, KR_DIAL_BINS * ORIGIN_NUMBERS, (int64_t *)sample->origins));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrCensusRestore - Takes up the state of an earlier run, made by as many ranks as there were.

  Not collective

  In/out:
. census - empty

  Input:
. sample - from KrCensusSave(): any part of the points, each on one rank; of a model's communicator of several ranks
           only the first one takes them

  Errors: PETSC_ERR_MEM
  Cost:   a look-up a point
  See:    KrCensusRun(), KrCheckpointRead()
*/
PetscErrorCode KrCensusRestore(KrCensus census, const KrSample *sample)
{
  PetscMPIInt rank, sharer;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(census->comm, &rank));
  PetscCallMPI(MPI_Comm_rank(census->sharers, &sharer));
  census->rounds    = sample->rounds;
  census->made      = sample->starts;
  census->round_end = sample->starts;
  if (sample->round != NULL) {
    (void)memcpy(census->dial.cumulative, sample->round, sizeof census->dial.cumulative);
    census->round_end = (int64_t)sample->round[KR_DIAL_BINS + 1];
  }
  if (rank > 0) PetscFunctionReturn(PETSC_SUCCESS);
  for (int64_t i = 0; i < sample->n_points; ++i)
    PetscCall(KrTableAdd(&census->table, &sample->points[i], sample->x + i * census->n));
  if (sharer > 0) PetscFunctionReturn(PETSC_SUCCESS); /* sums over the ranks: one has them */
  (void)memcpy(census->reasons, sample->reasons, sizeof census->reasons);
  (void)memcpy(census->origins, sample->origins, sizeof census->origins);
  (void)memcpy(census->landed, sample->landed, sizeof census->landed);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrCensusReopen - Takes up a finished record to make more starts, as if the census had never ended.

  Not collective

  In/out:
+ census - empty
- sample - from KrShardResume(), in parts as for KrCensusRestore(); left as a census before its end has it

  Notes:
  What a search decides by is the same as before the end: proofs move a point by less than the tolerances, and the index
  that the search told is kept. So the final record is that of one census with all starts.

  Errors: PETSC_ERR_MEM
  Source: docs/adr/0013-extending-in-place.md
  See:    KrCensusFinish(), KrSampleGoesOn()
*/
PetscErrorCode KrCensusReopen(KrCensus census, KrSample *sample)
{
  PetscFunctionBeginUser;
  sample->rounds -= sample->starts < sample->round_end; /* the last one is not over */
  for (int d = 0; d < KR_DIAL_BINS; ++d) sample->origins[d].new_points = 0; /* told by the points */
  for (int64_t i = 0; i < sample->n_points; ++i)
    if (sample->points[i].nullity <= 0) sample->points[i].index = sample->points[i].found_index;
  PetscCall(KrCensusRestore(census, sample));
  PetscFunctionReturn(PETSC_SUCCESS);
}
