/* The state of a sample under way, replaced from time to time and deleted when its shard is there. The one before is
   kept, too: when the newer one turns out to be damaged, the sample goes on from there. */
#include "sample_file.h"
#include "disk_impl.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *const generations[] = {"", ".before"}; /* the newer one first */

static PetscErrorCode find_path(const char directory[], int64_t sample, int generation, char path[],
                                size_t length)
{
  int needed;

  PetscFunctionBeginUser;
  needed = snprintf(path, length, "%s/running/s%08lld%s.h5", directory, (long long)sample,
                    generations[generation]);
  KR_CHECK_INPUT(needed >= 0 && (size_t)needed < length, PETSC_COMM_SELF,
                 "the folder %s has a name of more than %zu bytes, shorten it", directory,
                 length - 40);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Where the state of a sample goes; the one that is there becomes the one before. Collective on comm. */
PetscErrorCode KrCheckpointTurn(MPI_Comm comm, const char directory[], int64_t sample, char path[],
                                size_t length)
{
  char        before[KR_PATH_MAX];
  PetscMPIInt rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCall(find_path(directory, sample, 0, path, length));
  PetscCall(find_path(directory, sample, 1, before, sizeof before));
  if (rank == 0)
    KR_CHECK_INPUT(rename(path, before) == 0 || errno == ENOENT || errno == ENOTDIR,
                   PETSC_COMM_SELF, "cannot rename %s: %s", path, strerror(errno));
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

  Notes:  the state before is kept beside it, the one before that goes
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
  PetscCall(KrCheckpointTurn(comm, directory, sample->sample, path, sizeof path));
  PetscCall(KrSampleFileWrite(comm, path, KR_FILETYPE_CHECKPOINT, meta, sample));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The file to go on from, of the newest state that is whole; "" when there is none at all. States that cannot be read,
   or are all damaged, are refused: the user knows what they are worth. */
static PetscErrorCode choose_here(const char directory[], int64_t number, char chosen[KR_PATH_MAX])
{
  int n_damaged = 0;

  PetscFunctionBeginUser;
  for (int g = 0; g < (int)PETSC_STATIC_ARRAY_LENGTH(generations); ++g) {
    KrSeal seal;
    int    status;

    PetscCall(find_path(directory, number, g, chosen, KR_PATH_MAX));
    status = KrSealCheck(chosen, &seal);
    if (status == ENOENT || status == ENOTDIR) continue;
    KR_CHECK_INPUT(status == 0, PETSC_COMM_SELF, "cannot read %.500s: %s; it may be whole: keep it",
                   chosen, KrFileError(status));
    if (seal == KR_SEAL_WHOLE) PetscFunctionReturn(PETSC_SUCCESS);
    PetscCall(PetscFPrintf(PETSC_COMM_SELF, stderr, "kacrice: warning: %s is damaged\n", chosen));
    n_damaged += 1;
  }
  KR_CHECK_INPUT(n_damaged == 0, PETSC_COMM_SELF,
                 "no state of sample %lld is whole: delete %s/running/s%08lld*.h5 and run the "
                 "campaign again to begin this sample anew",
                 (long long)number, directory, (long long)number);
  chosen[0] = '\0';
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The same on all ranks of comm, whose rank 0 looks. Collective. */
PetscErrorCode KrCheckpointChoose(MPI_Comm comm, const char directory[], int64_t number,
                                  char chosen[KR_PATH_MAX])
{
  PetscMPIInt rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  if (rank == 0) PetscCall(choose_here(directory, number, chosen));
  PetscCallMPI(MPI_Bcast(chosen, KR_PATH_MAX, MPI_CHAR, 0, comm));
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

  Notes:  when the newer of two states is damaged the one before is taken, with a warning on stderr
  Errors: bad input when no state is whole, or it is of another type, version, sample or campaign
  See:    KrCheckpointWrite(), KrCensusRestore()
*/
PetscErrorCode KrCheckpointRead(MPI_Comm comm, const char directory[], int64_t number,
                                const char identity[], PetscBool *exists, KrSample *sample)
{
  char        path[KR_PATH_MAX] = "";
  PetscMPIInt rank, n_ranks;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Comm_size(comm, &n_ranks));
  PetscCall(KrCheckpointChoose(comm, directory, number, path));
  *exists = path[0] != '\0' ? PETSC_TRUE : PETSC_FALSE;
  if (*exists)
    PetscCall(KrSampleFileRead(path,
                               &(KrSampleWant){.filetype   = KR_FILETYPE_CHECKPOINT,
                                               .number     = number,
                                               .identity   = identity,
                                               .part       = rank,
                                               .n_parts    = n_ranks,
                                               .comm       = comm,
                                               .with_state = 1,
                                               .again      = KR_CHECKPOINT_AGAIN},
                               sample));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrCheckpointDelete - Deletes the states of a sample; there may be none.

  Not collective

  Input:
+ directory - folder of the campaign
- number    - of the sample

  Notes:  the folder running/ stays: another group may be about to write in it
  Errors: bad input when one is there and cannot be deleted
*/
PetscErrorCode KrCheckpointDelete(const char directory[], int64_t number)
{
  char path[KR_PATH_MAX];

  PetscFunctionBeginUser;
  for (int g = 0; g < (int)PETSC_STATIC_ARRAY_LENGTH(generations); ++g) {
    int status;

    PetscCall(find_path(directory, number, g, path, sizeof path));
    status = unlink(path) == 0 ? 0 : errno;
    KR_CHECK_INPUT(status == 0 || status == ENOENT || status == ENOTDIR, PETSC_COMM_SELF,
                   "cannot delete %s: %s", path, strerror(status));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
