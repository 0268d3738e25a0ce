/* The state of a census that still searches, replaced from time to time and deleted when its shard is there. */
#include "sample_file.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static PetscErrorCode find_path(const char directory[], int64_t sample, char path[], size_t length)
{
  int needed;

  PetscFunctionBeginUser;
  needed = snprintf(path, length, "%s/running/s%08lld.h5", directory, (long long)sample);
  KR_CHECK_INPUT(needed >= 0 && (size_t)needed < length, PETSC_COMM_SELF,
                 "the folder %s has a name of more than %zu bytes, shorten it", directory,
                 length - 40);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrCheckpointWrite - Writes the state of an unfinished sample, in the place of an earlier one.

  Collective on comm

  Input:
+ comm      - ranks whose points make the sample, in this order
. directory - folder of the campaign, must exist; running/ is made in it
. meta      - provenance and options of the run
- sample    - from KrCensusSave()

  Notes:  the earlier state stays until this one is whole
  Errors: bad input when it cannot be written; the earlier state stays
  Cost:   as KrShardWrite()
  Source: docs/formats/store.md
  See:    KrCheckpointRead()
*/
PetscErrorCode KrCheckpointWrite(MPI_Comm comm, const char directory[], const KrFileMeta *meta,
                                 const KrSample *sample)
{
  char path[KR_PATH_MAX];

  PetscFunctionBeginUser;
  PetscCall(find_path(directory, sample->sample, path, sizeof path));
  PetscCall(KrSampleFileWrite(comm, path, KR_FILETYPE_CHECKPOINT, meta, sample));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrCheckpointRead - Reads the state of an unfinished sample, if there is one.

  Collective on comm

  Input:
+ comm      - each of its ranks gets an equal part of the points
. directory - folder of the campaign
. number    - of the sample
- identity  - KrFileMeta.identity of the campaign it must belong to

  Output:
+ exists - whether there is a state, the same on every rank
- sample - filled if so; caller frees with KrSampleDestroy()

  Errors: bad input when it is truncated or damaged, of another type, version, sample or campaign
  See:    KrCheckpointWrite(), KrCensusRestore()
*/
PetscErrorCode KrCheckpointRead(MPI_Comm comm, const char directory[], int64_t number,
                                const char identity[], PetscBool *exists, KrSample *sample)
{
  char        path[KR_PATH_MAX];
  PetscMPIInt rank, n_ranks;
  int         is_there;
  struct stat info;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Comm_size(comm, &n_ranks));
  PetscCall(find_path(directory, number, path, sizeof path));
  is_there = rank == 0 && stat(path, &info) == 0;
  PetscCallMPI(MPI_Bcast(&is_there, 1, MPI_INT, 0, comm));
  *exists = is_there ? PETSC_TRUE : PETSC_FALSE;
  if (is_there)
    PetscCall(KrSampleFileRead(path, KR_FILETYPE_CHECKPOINT, number, identity, rank, n_ranks,
                               "; delete it and run the campaign again to begin this sample anew",
                               sample));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrCheckpointDelete - Deletes the state of a sample, and the folder when it was the last; there may be none.

  Not collective

  Input:
+ directory - folder of the campaign
- number    - of the sample

  Errors: bad input when it is there and cannot be deleted
*/
PetscErrorCode KrCheckpointDelete(const char directory[], int64_t number)
{
  char path[KR_PATH_MAX];
  int  status;

  PetscFunctionBeginUser;
  PetscCall(find_path(directory, number, path, sizeof path));
  status = unlink(path) == 0 ? 0 : errno;
  KR_CHECK_INPUT(status == 0 || status == ENOENT || status == ENOTDIR, PETSC_COMM_SELF,
                 "cannot delete %s: %s", path, strerror(status));
  if (status == 0) {
    *strrchr(path, '/') = '\0';
    (void)rmdir(path); /* fails when others are in it */
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
