/* One table out of those of all ranks that shared the starts. */
#include "census_impl.h"
#include <stdlib.h>
#include <string.h>

typedef struct { /* the tables of all ranks, one behind the other */
  int64_t  n_points;
  KrPoint *points;
  double  *x;
} Pile;

/* Everything from every rank to every rank: each will characterise its share of the merged points. */
static PetscErrorCode pile_up(const KrTable *table, MPI_Comm comm, Pile *pile)
{
  PetscMPIInt  size, *counts, *offsets;
  MPI_Datatype point_type, x_type;
  PetscMPIInt  mine;
  int64_t      total;

  PetscFunctionBeginUser;
  total = table->n_points;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &total, 1, MPI_INT64_T, MPI_SUM, comm));
  PetscCheck(total <= INT32_MAX, comm, PETSC_ERR_ARG_OUTOFRANGE,
             "%lld points of one sample are more than a census on one rank can hold",
             (long long)total);
  mine = (PetscMPIInt)table->n_points;
  PetscCallMPI(MPI_Comm_size(comm, &size));
  PetscCall(PetscMalloc2(size, &counts, size + 1, &offsets));
  PetscCallMPI(MPI_Allgather(&mine, 1, MPI_INT, counts, 1, MPI_INT, comm));
  offsets[0] = 0;
  for (PetscMPIInt r = 0; r < size; ++r) offsets[r + 1] = offsets[r] + counts[r];
  pile->n_points = offsets[size];
  PetscCall(PetscMalloc2(pile->n_points, &pile->points, pile->n_points * table->n, &pile->x));
  PetscCallMPI(MPI_Type_contiguous((PetscMPIInt)sizeof(KrPoint), MPI_BYTE, &point_type));
  PetscCallMPI(MPI_Type_contiguous(table->n, MPI_DOUBLE, &x_type));
  PetscCallMPI(MPI_Type_commit(&point_type));
  PetscCallMPI(MPI_Type_commit(&x_type));
  PetscCallMPI(MPI_Allgatherv(table->points, mine, point_type, pile->points, counts, offsets,
                              point_type, comm));
  PetscCallMPI(MPI_Allgatherv(table->x, mine, x_type, pile->x, counts, offsets, x_type, comm));
  PetscCallMPI(MPI_Type_free(&point_type));
  PetscCallMPI(MPI_Type_free(&x_type));
  PetscCall(PetscFree2(counts, offsets));
  PetscFunctionReturn(PETSC_SUCCESS);
}

typedef struct {
  int64_t first_start, place;
} Arrival;

static int compare_arrivals(const void *a, const void *b)
{
  const Arrival *p = a, *q = b;

  return (p->first_start > q->first_start) - (p->first_start < q->first_start);
}

/* In the order of start numbers, so that the merged table is the same for any number of ranks. */
static PetscErrorCode merge(const Pile *pile, KrTable *table)
{
  KrTable  merged;
  Arrival *order;

  PetscFunctionBeginUser;
  PetscCall(
    KrTableCreate(table->n, table->symmetry, table->overlap_tol, table->energy_tol, &merged));
  PetscCall(PetscMalloc1(pile->n_points, &order));
  for (int64_t i = 0; i < pile->n_points; ++i) order[i] = (Arrival){pile->points[i].first_start, i};
  qsort(order, (size_t)pile->n_points, sizeof *order, compare_arrivals);
  for (int64_t i = 0; i < pile->n_points; ++i)
    PetscCall(
      KrTableAdd(&merged, &pile->points[order[i].place], pile->x + order[i].place * table->n));
  PetscCall(PetscFree(order));
  KrTableDestroy(table);
  *table = merged;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Collective on sharers and on the model's communicator: afterwards each rank holds the same merged table. One rank
   of the model's communicator ran the searches; it gives its table to the others. */
PetscErrorCode KrCensusGather(KrCensus census)
{
  Pile     pile;
  MPI_Comm comm;
  int      n_sharers;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_size(census->sharers, &n_sharers));
  comm = n_sharers > 1 ? census->sharers : census->comm;
  PetscCall(pile_up(&census->table, comm, &pile));
  PetscCall(merge(&pile, &census->table));
  PetscCall(PetscFree2(pile.points, pile.x));
  PetscCallMPI(
    MPI_Allreduce(MPI_IN_PLACE, census->reasons, KR_N_REASONS, MPI_INT64_T, MPI_SUM, comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}
