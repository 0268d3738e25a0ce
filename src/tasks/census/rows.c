/* The lines of all samples of a folder: out of DIR/status.h5 as far as that knows them, the rest from their shards. */
#include "census_room.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WORTH_KEEPING 100 /* lines read anew: fewer are read again as fast */

/* ---- what is known and what is not; on world rank 0 ---- */

static PetscErrorCode allocate(int n, int64_t count, KrSampleTable *table)
{
  PetscFunctionBeginUser;
  *table = (KrSampleTable){.n      = n,
                           .count  = count,
                           .rows   = calloc((size_t)count + 1, sizeof *table->rows),
                           .counts = calloc((size_t)(count * n) + 1, sizeof *table->counts),
                           .stamps = calloc((size_t)count * 2 + 1, sizeof *table->stamps)};
  PetscCheck(table->rows != NULL && table->counts != NULL && table->stamps != NULL, PETSC_COMM_SELF,
             PETSC_ERR_MEM, "no memory for %lld samples", (long long)count);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void copy_line(const KrSampleTable *from, int64_t i, KrSampleTable *to, int64_t j)
{
  to->rows[j] = from->rows[i];
  (void)memcpy(to->counts + j * to->n, from->counts + i * from->n, (size_t)to->n * sizeof(int64_t));
}

/* Stamps of all shards, and the lines that the cache has of those that are as they were; the others into todo. */
static PetscErrorCode look_up(const char folder[], const KrShards *shards,
                              const KrSampleTable *cache, KrSampleTable *table, int64_t todo[],
                              int64_t *n_todo)
{
  int64_t c = 0;

  PetscFunctionBeginUser;
  for (int64_t s = 0; s < shards->n_samples; ++s) {
    const int64_t number = shards->places[s].sample;
    int64_t      *stamp  = table->stamps + 2 * s;

    PetscCall(KrShardStamp(folder, number, stamp));
    while (c < cache->count && cache->rows[c].sample < number) ++c;
    if (c < cache->count && cache->n == table->n && cache->rows[c].sample == number &&
        memcmp(stamp, cache->stamps + 2 * c, 2 * sizeof *stamp) == 0)
      copy_line(cache, c, table, s);
    else todo[(*n_todo)++] = s;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- reading, all ranks ---- */

/* One shard into a line; one that cannot be used has the sample -1. One that its campaign takes further later is done
   all the same. */
static PetscErrorCode read_line(const char folder[], int64_t number, const char identity[],
                                KrShardParts parts, KrSampleTable *lines, int64_t i,
                                KrFindings *findings)
{
  KrSample     sample;
  KrShardFault fault;

  PetscFunctionBeginUser;
  PetscCall(KrShardTry(folder, number, identity, parts, &sample, &fault));
  if (fault.goes_on) PetscCall(KrShardTry(folder, number, NULL, parts, &sample, &fault));
  lines->rows[i].sample = -1;
  if (fault.message[0] == '\0' && sample.n != lines->n)
    (void)snprintf(fault.message, sizeof fault.message,
                   "%.500s: sample %lld has N = %d, the campaign %d", folder, (long long)number,
                   (int)sample.n, (int)lines->n);
  if (fault.message[0] != '\0') {
    PetscCall(KrFindingsAdd(
      findings, number, fault.is_foreign ? KR_FINDING_FOREIGN : KR_FINDING_DAMAGED, fault.message));
  } else {
    lines->rows[i] = KrSampleRowOf(&sample);
    (void)memcpy(lines->counts + i * lines->n, sample.count, (size_t)lines->n * sizeof(int64_t));
  }
  KrSampleDestroy(&sample);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Lines of all ranks, behind one another, on rank 0. */
static PetscErrorCode gather(MPI_Comm world, const void *mine, int64_t count, size_t size,
                             void *all)
{
  PetscMPIInt  rank, n_ranks, n = (PetscMPIInt)count, *parts, *offsets;
  MPI_Datatype type;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(world, &rank));
  PetscCallMPI(MPI_Comm_size(world, &n_ranks));
  parts   = calloc((size_t)n_ranks, sizeof *parts);
  offsets = calloc((size_t)n_ranks, sizeof *offsets);
  PetscCheck(parts != NULL && offsets != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory");
  PetscCallMPI(MPI_Gather(&n, 1, MPI_INT, parts, 1, MPI_INT, 0, world));
  for (int r = 1; r < n_ranks; ++r) offsets[r] = offsets[r - 1] + parts[r - 1];
  PetscCallMPI(MPI_Type_contiguous((int)size, MPI_BYTE, &type));
  PetscCallMPI(MPI_Type_commit(&type));
  PetscCallMPI(MPI_Gatherv(mine, n, type, all, parts, offsets, type, 0, world));
  PetscCallMPI(MPI_Type_free(&type));
  free(parts);
  free(offsets);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Each rank its part of the shards in todo; their lines come together in fresh, on rank 0. */
static PetscErrorCode read_lines(MPI_Comm world, const KrShards *shards, const char identity[],
                                 KrShardParts parts, int64_t n_todo, const int64_t todo[],
                                 KrSampleTable *fresh, KrFindings *findings)
{
  KrSampleTable mine;
  int64_t       first, end;
  PetscMPIInt   rank, size;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(world, &rank));
  PetscCallMPI(MPI_Comm_size(world, &size));
  first = n_todo * rank / size;
  end   = n_todo * (rank + 1) / size;
  PetscCall(allocate(fresh->n, end - first, &mine));
  for (int64_t i = first; i < end; ++i)
    PetscCall(read_line(shards->folders[0], shards->places[todo[i]].sample, identity, parts, &mine,
                        i - first, findings));
  PetscCall(gather(world, mine.rows, mine.count, sizeof *mine.rows, fresh->rows));
  if (fresh->n > 0)
    PetscCall(gather(world, mine.counts, mine.count, (size_t)fresh->n * sizeof *mine.counts,
                     fresh->counts));
  KrSampleTableDestroy(&mine);
  PetscCall(KrFindingsShare(world, findings));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Takes out the lines of shards that could not be used. */
static void pack(KrSampleTable *table)
{
  int64_t kept = 0;

  for (int64_t i = 0; i < table->count; ++i) {
    if (table->rows[i].sample < 0) continue;
    if (i == kept++) continue;
    copy_line(table, i, table, kept - 1);
    (void)memcpy(table->stamps + 2 * (kept - 1), table->stamps + 2 * i, 2 * sizeof *table->stamps);
  }
  table->count = kept;
}

/* Keeps the lines for the next time, where that is allowed. */
static PetscErrorCode keep(MPI_Comm world, const char folder[], const char path[],
                           const KrSampleTable *table)
{
  KrProvenance     provenance;
  const KrFileMeta meta = {.provenance = &provenance, .options = ""};

  PetscFunctionBeginUser;
  PetscCall(KrProvenanceGet(world, &provenance));
  if (access(folder, W_OK) == 0) PetscCall(KrSampleTableWrite(path, &meta, table));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrRowsCollect - Gathers the lines of all samples that have a shard in one folder.

  Collective on world

  Input:
+ world    - all ranks
. n        - N of the campaign
. identity - of the campaign, which the shards must belong to; the same on every rank
. shards   - of one folder
- check    - read all of every shard, whatever is known, and hold it against what it may be

  Output:
. table - on rank 0, of the shards that are whole; caller frees with KrSampleTableDestroy()

  In/out:
. findings - shards that are not are added, the same on every rank

  Errors: bad input when DIR/status.h5 cannot be written in a folder that can be
  Cost:   a stat a shard, 2 us; 0.3 ms for each that is not known from before
*/
PetscErrorCode KrRowsCollect(MPI_Comm world, int n, const char identity[], const KrShards *shards,
                             PetscBool check, KrSampleTable *table, KrFindings *findings)
{
  const char   *folder = shards->folders[0];
  char          path[KR_PATH_MAX + 16];
  int64_t       n_todo = 0, *todo = malloc(((size_t)shards->n_samples + 1) * sizeof *todo);
  KrSampleTable cache = {0}, fresh;
  PetscMPIInt   rank;

  PetscFunctionBeginUser;
  PetscCheck(todo != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for samples");
  PetscCallMPI(MPI_Comm_rank(world, &rank));
  (void)snprintf(path, sizeof path, "%s/status.h5", folder);
  PetscCall(allocate(n, rank == 0 ? shards->n_samples : 0, table));
  if (rank == 0) {
    if (!check) KrSampleTableRead(path, &cache);
    PetscCall(look_up(folder, shards, &cache, table, todo, &n_todo));
  }
  PetscCallMPI(MPI_Bcast(&n_todo, 1, MPI_INT64_T, 0, world));
  PetscCallMPI(MPI_Bcast(todo, (PetscMPIInt)n_todo, MPI_INT64_T, 0, world));
  PetscCall(allocate(n, rank == 0 ? n_todo : 0, &fresh));
  PetscCall(read_lines(world, shards, identity, check ? KR_SHARD_CHECK : KR_SHARD_COUNTS, n_todo,
                       todo, &fresh, findings));
  for (int64_t i = 0; rank == 0 && i < n_todo; ++i) copy_line(&fresh, i, table, todo[i]);
  if (rank == 0) {
    pack(table);
    if (n_todo >= WORTH_KEEPING) PetscCall(keep(PETSC_COMM_SELF, folder, path, table));
  }
  KrSampleTableDestroy(&fresh);
  KrSampleTableDestroy(&cache);
  free(todo);
  PetscFunctionReturn(PETSC_SUCCESS);
}
