/* The shards of one or several folders, and what is found when they are read: a sample may lie in more than one of
   them, and a file may be damaged. */
#include "folder_impl.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int compare_places(const void *a, const void *b)
{
  const KrShardPlace *p = a, *q = b;

  if (p->sample != q->sample) return p->sample < q->sample ? -1 : 1;
  return (p->folder > q->folder) - (p->folder < q->folder);
}

static PetscErrorCode allocate(int64_t n_places, KrShards *shards)
{
  PetscFunctionBeginUser;
  shards->places = malloc(((size_t)n_places + 1) * sizeof *shards->places);
  shards->first  = malloc(((size_t)n_places + 1) * sizeof *shards->first);
  PetscCheck(shards->places != NULL && shards->first != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM,
             "no memory for the list of %lld shards", (long long)n_places);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* On one rank. */
static PetscErrorCode list_places(int n_folders, const char *const folders[], KrShards *shards)
{
  PetscFunctionBeginUser;
  for (int f = 0; f < n_folders; ++f) {
    int64_t       count, *numbers;
    KrShardPlace *longer;

    PetscCall(KrShardList(folders[f], &count, &numbers));
    longer = realloc(shards->places, (size_t)(shards->n_places + count + 1) * sizeof *longer);
    PetscCheck(longer != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for the list of shards");
    shards->places = longer;
    for (int64_t i = 0; i < count; ++i)
      longer[shards->n_places++] = (KrShardPlace){.sample = numbers[i], .folder = f};
    free(numbers);
  }
  qsort(shards->places, (size_t)shards->n_places, sizeof *shards->places, compare_places);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Where each sample begins in the list. */
static void find_samples(KrShards *shards)
{
  for (int64_t i = 0; i < shards->n_places; ++i)
    if (i == 0 || shards->places[i].sample != shards->places[i - 1].sample)
      shards->first[shards->n_samples++] = i;
  shards->first[shards->n_samples] = shards->n_places;
}

/*
  KrShardsFind - Lists the shards of folders, by sample, then by folder.

  Collective on world; rank 0 reads the names

  Input:
+ world     - all ranks
. n_folders - how many
- folders   - their names, which must outlive the list

  Output:
. shards - the same on every rank; caller frees with KrShardsDestroy()

  Errors: bad input when a folder cannot be read
  Cost:   one pass over directory names, no file is opened; about 2 us a shard
*/
PetscErrorCode KrShardsFind(MPI_Comm world, int n_folders, const char *const folders[],
                            KrShards *shards)
{
  KrShards    listed = {.n_folders = n_folders, .folders = folders};
  PetscMPIInt rank;

  PetscFunctionBeginUser;
  *shards = listed;
  PetscCallMPI(MPI_Comm_rank(world, &rank));
  if (rank == 0) PetscCall(list_places(n_folders, folders, &listed));
  PetscCallMPI(MPI_Bcast(&listed.n_places, 1, MPI_INT64_T, 0, world));
  PetscCheck(listed.n_places < INT32_MAX / 2, world, PETSC_ERR_ARG_OUTOFRANGE,
             "%lld shards are more than one message can name", (long long)listed.n_places);
  PetscCall(allocate(listed.n_places, shards));
  shards->n_places = listed.n_places;
  if (rank == 0 && listed.n_places > 0)
    (void)memcpy(shards->places, listed.places, (size_t)listed.n_places * sizeof *listed.places);
  free(listed.places);
  PetscCallMPI(
    MPI_Bcast(shards->places, (PetscMPIInt)(2 * shards->n_places), MPI_INT64_T, 0, world));
  find_samples(shards);
  PetscFunctionReturn(PETSC_SUCCESS);
}

void KrShardsDestroy(KrShards *shards)
{
  free(shards->places);
  free(shards->first);
  *shards = (KrShards){0};
}

/* The numbers of the samples of a campaign's folder, on every rank; the caller frees them. Collective on world. */
PetscErrorCode KrSampleList(MPI_Comm world, const char folder[], int64_t *count, int64_t **numbers)
{
  KrShards shards;

  PetscFunctionBeginUser;
  PetscCall(KrShardsFind(world, 1, &folder, &shards));
  *count   = shards.n_samples;
  *numbers = malloc(((size_t)*count + 1) * sizeof **numbers);
  PetscCheck(*numbers != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for %lld samples",
             (long long)*count);
  for (int64_t s = 0; s < *count; ++s) (*numbers)[s] = shards.places[shards.first[s]].sample;
  KrShardsDestroy(&shards);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- what is found ---- */

/* Not collective. */
PetscErrorCode KrFindingsAdd(KrFindings *findings, int64_t sample, KrFindingKind kind,
                             const char message[])
{
  KrFinding *longer =
    realloc(findings->list, (size_t)(findings->count + 1) * sizeof *findings->list);

  PetscFunctionBeginUser;
  PetscCheck(longer != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for findings");
  findings->list          = longer;
  longer[findings->count] = (KrFinding){.sample = sample, .kind = kind};
  (void)snprintf(longer[findings->count].message, KR_MESSAGE_MAX, "%s", message);
  findings->count += 1;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A further shard of the same sample beside the first one that is whole. */
static PetscErrorCode compare_copy(const KrShards *shards, const KrShardPlace *first,
                                   const KrShardPlace *place, const KrSample *sample,
                                   const KrSample *copy, KrFindings *findings)
{
  const char *difference = KrSampleDifference(sample, copy);
  char        message[KR_MESSAGE_MAX];

  PetscFunctionBeginUser;
  if (difference == NULL) {
    findings->n_duplicates += 1;
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  (void)snprintf(message, sizeof message,
                 "sample %lld is in %.300s and in %.300s with another content (%s)",
                 (long long)place->sample, shards->folders[first->folder],
                 shards->folders[place->folder], difference);
  PetscCall(KrFindingsAdd(findings, place->sample, KR_FINDING_CONFLICT, message));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrShardsRead - Reads a sample of a list: the first of its shards that is whole; further ones must be the same.

  Not collective

  Input:
+ shards   - the list
. s        - position of the sample, 0 ... n_samples - 1
. identity - of the campaign they must belong to
- parts    - what to read; all of it when there are several shards to compare

  Output:
+ sample - owns its arrays (KrSampleDestroy); empty when no shard is whole
- found  - whether one is

  In/out:
. findings - damaged shards and copies that differ are added, and the numbers of equal copies and of shards to be taken
             further

  Errors: bad input when the name of a folder is too long
*/
PetscErrorCode KrShardsRead(const KrShards *shards, int64_t s, const char identity[],
                            KrShardParts parts, KrSample *sample, PetscBool *found,
                            KrFindings *findings)
{
  const KrShardPlace *place = shards->places + shards->first[s];
  const KrShardPlace *end = shards->places + shards->first[s + 1], *first = NULL;

  PetscFunctionBeginUser;
  *sample = (KrSample){0};
  if (end - place > 1) parts = KR_SHARD_ALL;
  for (; place < end; ++place) {
    KrShardFault fault;
    KrSample     copy;

    PetscCall(
      KrShardTry(shards->folders[place->folder], place->sample, identity, parts, &copy, &fault));
    if (fault.goes_on) {
      findings->n_short += 1;
    } else if (fault.message[0] != '\0') {
      PetscCall(KrFindingsAdd(findings, place->sample,
                              fault.is_foreign ? KR_FINDING_FOREIGN : KR_FINDING_DAMAGED,
                              fault.message));
    } else if (first == NULL) {
      *sample = copy;
      first   = place;
    } else {
      PetscCall(compare_copy(shards, first, place, sample, &copy, findings));
      KrSampleDestroy(&copy);
    }
  }
  *found = first != NULL ? PETSC_TRUE : PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What all ranks have found, in the order of the ranks, on each of them. Collective on world. */
PetscErrorCode KrFindingsShare(MPI_Comm world, KrFindings *findings)
{
  KrFindings   all = {.n_duplicates = findings->n_duplicates, .n_short = findings->n_short};
  PetscMPIInt  size, mine, *parts, *offsets;
  MPI_Datatype type;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_size(world, &size));
  parts   = calloc((size_t)size, sizeof *parts);
  offsets = calloc((size_t)size, sizeof *offsets);
  PetscCheck(parts != NULL && offsets != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory");
  mine = (PetscMPIInt)findings->count;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &all.n_duplicates, 1, MPI_INT64_T, MPI_SUM, world));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &all.n_short, 1, MPI_INT64_T, MPI_SUM, world));
  PetscCallMPI(MPI_Allgather(&mine, 1, MPI_INT, parts, 1, MPI_INT, world));
  for (int r = 0; r < size; ++r) {
    offsets[r] = (PetscMPIInt)all.count;
    all.count += parts[r];
  }
  all.list = calloc((size_t)all.count + 1, sizeof *all.list);
  PetscCheck(all.list != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for findings");
  PetscCallMPI(MPI_Type_contiguous((int)sizeof(KrFinding), MPI_BYTE, &type));
  PetscCallMPI(MPI_Type_commit(&type));
  PetscCallMPI(MPI_Allgatherv(findings->list, mine, type, all.list, parts, offsets, type, world));
  PetscCallMPI(MPI_Type_free(&type));
  free(parts);
  free(offsets);
  KrFindingsDestroy(findings);
  *findings = all;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The first finding of a kind, NULL when there is none, and how many there are. */
const KrFinding *KrFindingsFirst(const KrFindings *findings, KrFindingKind kind, int64_t *count)
{
  const KrFinding *first = NULL;

  *count = 0;
  for (int64_t i = 0; i < findings->count; ++i) {
    if (findings->list[i].kind != kind) continue;
    if (first == NULL) first = &findings->list[i];
    *count += 1;
  }
  return first;
}

void KrFindingsDestroy(KrFindings *findings)
{
  free(findings->list);
  *findings = (KrFindings){0};
}
