/* What is asked of a shard besides its record: whether its campaign was extended since, what a search goes on from, the
   counts alone. */
#include "sample_file.h"

/*
  KrShardGoesOn - Whether the campaign was extended since the shard was written, so that its sample has to be taken up.

  Not collective

  Input:
+ directory     - folder of the campaign
. sample_number - number of the disorder sample, which has a shard
- identity      - of the campaign as it is now

  Output:
. goes_on - false when the shard is what the campaign makes of the sample

  Errors: as KrShardRead()
  Cost:   reads the file once, for its checksum
  Source: docs/adr/0013-extending-in-place.md
  See:    KrShardResume(), KrSampleGoesOn()
*/
PetscErrorCode KrShardGoesOn(const char directory[], int64_t sample_number, const char identity[],
                             PetscBool *goes_on)
{
  char     path[KR_PATH_MAX];
  KrSample sample = {0};
  KrH5     file;

  PetscFunctionBeginUser;
  PetscCall(KrShardPath(directory, sample_number, path, sizeof path));
  KrH5Open(&file, path, KR_FILETYPE_SAMPLE, 1);
  KrSampleAttributesRead(&file, sample_number, &sample);
  *goes_on = KrH5GoesOn(&file, identity, &sample) ? PETSC_TRUE : PETSC_FALSE;
  KrH5Close(&file);
  PetscCall(KrH5Check(&file, KR_SHARD_AGAIN));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrShardResume - Reads the shard of a sample to search on from it.

  Collective on comm

  Input:
+ comm          - each of its ranks gets an equal part of the points
. directory     - folder of the campaign
. sample_number - number of the disorder sample, which has a shard
- identity      - of the campaign as it is now

  Output:
+ exists - false when the shard keeps no coordinates, or is of a format before 2.2: the sample has to begin anew
- sample - filled if so; caller frees with KrSampleDestroy()

  Errors: as KrShardRead()
  Cost:   each rank reads the file once for its checksum
  See:    KrShardGoesOn(), KrCensusReopen()
*/
PetscErrorCode KrShardResume(MPI_Comm comm, const char directory[], int64_t sample_number,
                             const char identity[], PetscBool *exists, KrSample *sample)
{
  KrSampleWant want = {.filetype   = KR_FILETYPE_SAMPLE,
                       .number     = sample_number,
                       .identity   = identity,
                       .comm       = comm,
                       .with_state = 1,
                       .again      = KR_SHARD_AGAIN};
  char         path[KR_PATH_MAX];

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &want.part));
  PetscCallMPI(MPI_Comm_size(comm, &want.n_parts));
  PetscCall(KrShardPath(directory, sample_number, path, sizeof path));
  PetscCall(KrSampleFileRead(path, &want, sample));
  *exists =
    sample->x != NULL && sample->landed != NULL && sample->round != NULL ? PETSC_TRUE : PETSC_FALSE;
  if (!*exists) KrSampleDestroy(sample);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrShardReadCounts - Reads of a shard only how many points of each index it has.

  Not collective

  Input:
+ directory     - folder of the campaign
. sample_number - number of the disorder sample
- identity      - of the campaign it must belong to

  Output:
. sample - its numbers and `count`; no points. Caller frees with KrSampleDestroy()

  Errors: as KrShardRead()
  Cost:   reads the file once, for its checksum
  See:    KrShardRead()
*/
PetscErrorCode KrShardReadCounts(const char directory[], int64_t sample_number,
                                 const char identity[], KrSample *sample)
{
  const KrSampleWant want = {.filetype   = KR_FILETYPE_SAMPLE,
                             .number     = sample_number,
                             .identity   = identity,
                             .parts      = KR_SHARD_COUNTS,
                             .n_parts    = 1,
                             .with_state = 1, /* also of one that is to be taken further */
                             .again      = KR_SHARD_AGAIN};
  char               path[KR_PATH_MAX];

  PetscFunctionBeginUser;
  PetscCall(KrShardPath(directory, sample_number, path, sizeof path));
  PetscCall(KrSampleFileRead(path, &want, sample));
  sample->n_points = 0;
  PetscFunctionReturn(PETSC_SUCCESS);
}
