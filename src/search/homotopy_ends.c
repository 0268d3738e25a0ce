/* Which ends of paths are the same: each mark goes to the rank that owns its cell, where it meets its twins. */
#include "homotopy.h"
#include <math.h>
#include <stdlib.h>

#define CELLS 1048576 /* of the first number of a mark, over its range of 1 */

/* The rank for a place from -1/2 to 1/2. */
static int owner_of(double place, int n_ranks)
{
  return (int)((int64_t)floor((place + 0.5) * CELLS) % n_ranks + n_ranks) % n_ranks;
}

/* The ranks that have to see a mark: two where it is close to the edge of its cell. */
static int find_owners(const KrEndMark *end, int n_ranks, int owners[2])
{
  if (end->path < 0) return 0;
  owners[0] = owner_of(end->mark[0] - KR_SAME_END, n_ranks);
  owners[1] = owner_of(end->mark[0] + KR_SAME_END, n_ranks);
  return owners[0] == owners[1] ? 1 : 2;
}

/* Marks to their owners; *in is what this rank owns, freed with PetscFree(). */
static PetscErrorCode exchange(MPI_Comm comm, int64_t n_ends, const KrEndMark ends[], int64_t *n_in,
                               KrEndMark **in)
{
  PetscMPIInt  n_ranks, *counts, *received, *from, *to;
  KrEndMark   *out;
  MPI_Datatype type;
  int          owners[2];

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_size(comm, &n_ranks));
  PetscCall(
    PetscCalloc4(n_ranks, &counts, n_ranks, &received, n_ranks + 1, &from, n_ranks + 1, &to));
  for (int64_t e = 0; e < n_ends; ++e)
    for (int o = find_owners(&ends[e], n_ranks, owners); o-- > 0;) counts[owners[o]] += 1;
  PetscCallMPI(MPI_Alltoall(counts, 1, MPI_INT, received, 1, MPI_INT, comm));
  for (int r = 0; r < n_ranks; ++r) {
    to[r + 1]   = to[r] + counts[r];
    from[r + 1] = from[r] + received[r];
  }
  *n_in = from[n_ranks];
  PetscCall(PetscMalloc1(to[n_ranks], &out));
  PetscCall(PetscMalloc1(*n_in, in));
  for (int64_t e = 0; e < n_ends; ++e)
    for (int o = find_owners(&ends[e], n_ranks, owners); o-- > 0;) out[to[owners[o]]++] = ends[e];
  for (int r = 0; r < n_ranks; ++r) to[r] -= counts[r];
  PetscCallMPI(MPI_Type_contiguous((PetscMPIInt)sizeof(KrEndMark), MPI_BYTE, &type));
  PetscCallMPI(MPI_Type_commit(&type));
  PetscCallMPI(MPI_Alltoallv(out, counts, to, type, *in, received, from, type, comm));
  PetscCallMPI(MPI_Type_free(&type));
  PetscCall(PetscFree(out));
  PetscCall(PetscFree4(counts, received, from, to));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static int compare_marks(const void *a, const void *b)
{
  const KrEndMark *p = a, *q = b;

  if (p->mark[0] != q->mark[0]) return p->mark[0] < q->mark[0] ? -1 : 1;
  return (p->path > q->path) - (p->path < q->path);
}

static int is_same(const KrEndMark *a, const KrEndMark *b)
{
  for (int i = 0; i < 4; ++i)
    if (fabs(a->mark[i] - b->mark[i]) > KR_SAME_END * (1.0 + fabs(a->mark[i]))) return 0;
  return 1;
}

static int compare_numbers(const void *a, const void *b)
{
  const int64_t p = *(const int64_t *)a, q = *(const int64_t *)b;

  return (p > q) - (p < q);
}

/* The numbers of all ranks on every rank, each once, ascending; *list is replaced. */
static PetscErrorCode unite(MPI_Comm comm, int64_t *n_list, int64_t **list)
{
  PetscMPIInt n_ranks, *counts, *from, mine = (PetscMPIInt)*n_list;
  int64_t    *all, n_all = 0;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_size(comm, &n_ranks));
  PetscCall(PetscCalloc2(n_ranks, &counts, n_ranks + 1, &from));
  PetscCallMPI(MPI_Allgather(&mine, 1, MPI_INT, counts, 1, MPI_INT, comm));
  for (int r = 0; r < n_ranks; ++r) from[r + 1] = from[r] + counts[r];
  PetscCall(PetscMalloc1(from[n_ranks], &all));
  PetscCallMPI(MPI_Allgatherv(*list, mine, MPI_INT64_T, all, counts, from, MPI_INT64_T, comm));
  if (from[n_ranks] > 0) qsort(all, (size_t)from[n_ranks], sizeof *all, compare_numbers);
  for (int i = 0; i < from[n_ranks]; ++i)
    if (n_all == 0 || all[i] != all[n_all - 1]) all[n_all++] = all[i];
  PetscCall(PetscFree2(counts, from));
  PetscCall(PetscFree(*list));
  *list   = all;
  *n_list = n_all;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Paths among these marks, sorted, that end like one of lower number (repeats), and both of each such pair (twins). */
static PetscErrorCode find_twins(int64_t n_ends, const KrEndMark ends[], int64_t *n_repeats,
                                 int64_t **repeats, int64_t *n_twins, int64_t **twins)
{
  int64_t capacity = 16;

  PetscFunctionBeginUser;
  *n_repeats = *n_twins = 0;
  PetscCall(PetscMalloc1(capacity, repeats));
  PetscCall(PetscMalloc1(2 * capacity, twins));
  for (int64_t i = 0; i < n_ends; ++i)
    for (int64_t j = i + 1; j < n_ends && ends[j].mark[0] - ends[i].mark[0] <= 2.0 * KR_SAME_END;
         ++j) {
      if (ends[i].path == ends[j].path || !is_same(&ends[i], &ends[j])) continue;
      if (*n_repeats == capacity) {
        capacity *= 2;
        PetscCall(PetscRealloc(sizeof **repeats * (size_t)capacity, repeats));
        PetscCall(PetscRealloc(2 * sizeof **twins * (size_t)capacity, twins));
      }
      (*repeats)[(*n_repeats)++] = PetscMax(ends[i].path, ends[j].path);
      (*twins)[(*n_twins)++]     = ends[i].path;
      (*twins)[(*n_twins)++]     = ends[j].path;
    }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrEndsCompare - Counts the different ends, and tells which paths end in the same point as another.

  Collective on comm

  Input:
+ comm   - ranks that share the paths
. n_ends - of this rank
- ends   - its marks; path -1: left out

  Output:
+ n_distinct - different ends of all ranks
. n_suspects - paths that share their end with another
- suspects   - their numbers, ascending, the same on every rank; freed with PetscFree()

  Cost: an exchange of the marks, and a sort
*/
PetscErrorCode KrEndsCompare(MPI_Comm comm, int64_t n_ends, const KrEndMark ends[],
                             int64_t *n_distinct, int64_t *n_suspects, int64_t **suspects)
{
  int64_t    n_in = 0, n_repeats, *repeats, n_found = 0;
  KrEndMark *in = NULL;

  PetscFunctionBeginUser;
  for (int64_t e = 0; e < n_ends; ++e) n_found += ends[e].path >= 0;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &n_found, 1, MPI_INT64_T, MPI_SUM, comm));
  PetscCall(exchange(comm, n_ends, ends, &n_in, &in));
  if (n_in > 0) qsort(in, (size_t)n_in, sizeof *in, compare_marks);
  PetscCall(find_twins(n_in, in, &n_repeats, &repeats, n_suspects, suspects));
  PetscCall(unite(comm, &n_repeats, &repeats));
  PetscCall(unite(comm, n_suspects, suspects));
  *n_distinct = n_found - n_repeats;
  PetscCall(PetscFree(repeats));
  PetscCall(PetscFree(in));
  PetscFunctionReturn(PETSC_SUCCESS);
}
