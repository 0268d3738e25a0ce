/* Who holds which point. While the ranks that share the starts search, each keeps what it finds; KrCensusSettle() sends
   every point to the rank that owns its energy, where it meets its twins. No rank holds all points. */
#include "census_impl.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ENERGY_BINS 4096 /* to find ranges of energy with equally many points */
#define CANDIDATES  16   /* places for a bound near where it should be */

typedef struct { /* points on their way */
  int64_t  n_points;
  KrPoint *points;
  double  *x;
} Pile;

typedef struct {
  int64_t first_start, place;
} Arrival;

static int compare_arrivals(const void *a, const void *b)
{
  const Arrival *p = a, *q = b;

  return (p->first_start > q->first_start) - (p->first_start < q->first_start);
}

/* A new table, in the order of start numbers, so that it is the same for any number of ranks. */
static PetscErrorCode replace_table(const Pile *pile, KrTable *table)
{
  KrTable  merged;
  Arrival *order;

  PetscFunctionBeginUser;
  PetscCall(KrTableCreateLike(table, &merged));
  PetscCall(PetscMalloc1(pile->n_points, &order));
  for (int64_t i = 0; i < pile->n_points; ++i) order[i] = (Arrival){pile->points[i].first_start, i};
  if (pile->n_points > 0) qsort(order, (size_t)pile->n_points, sizeof *order, compare_arrivals);
  for (int64_t i = 0; i < pile->n_points; ++i) {
    const int64_t j = order[i].place;

    PetscCall(KrTableAdd(&merged, &pile->points[j], pile->x + j * table->n));
  }
  PetscCall(PetscFree(order));
  KrTableDestroy(table);
  *table = merged;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Bounds between the ranks at quantiles of the energies of all tables: bounds[r] is where rank r + 1 begins. */
static PetscErrorCode choose_quantiles(const KrTable *table, MPI_Comm comm, int n_ranks,
                                       double bounds[])
{
  int64_t histogram[ENERGY_BINS] = {0}, total = 0, sum = 0;
  double  range[2] = {-INFINITY, -INFINITY}, width; /* -lowest, highest */

  PetscFunctionBeginUser;
  for (int64_t i = 0; i < table->n_points; ++i) {
    range[0] = fmax(range[0], -table->points[i].energy);
    range[1] = fmax(range[1], table->points[i].energy);
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, range, 2, MPI_DOUBLE, MPI_MAX, comm));
  width = fmax(range[1] + range[0], 1e-300) / (ENERGY_BINS - 1);
  for (int64_t i = 0; i < table->n_points; ++i)
    histogram[(int)((table->points[i].energy + range[0]) / width)] += 1;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, histogram, ENERGY_BINS, MPI_INT64_T, MPI_SUM, comm));
  for (int b = 0; b < ENERGY_BINS; ++b) total += histogram[b];
  for (int b = 0, r = 0; r < n_ranks - 1; ++r) {
    for (; b < ENERGY_BINS && sum < total * (r + 1) / n_ranks; ++b) sum += histogram[b];
    bounds[r] = b * width - range[0];
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Moves each bound a little, to where no point lies within the tolerance of energies: twins then stay together. */
static PetscErrorCode avoid_points(const KrTable *table, MPI_Comm comm, int n_ranks,
                                   double bounds[])
{
  const double step    = 4.0 * table->energy_tol;
  const int    n_close = (n_ranks - 1) * CANDIDATES;
  double      *distance;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(n_close, &distance));
  for (int c = 0; c < n_close; ++c) distance[c] = INFINITY;
  for (int64_t i = 0; i < table->n_points; ++i)
    for (int r = 0; r < n_ranks - 1; ++r) {
      const double place = table->points[i].energy - bounds[r];

      if (fabs(place) > 2.0 * step * CANDIDATES) continue;
      for (int c = 0; c < CANDIDATES; ++c)
        distance[r * CANDIDATES + c] = fmin(distance[r * CANDIDATES + c], fabs(place - c * step));
    }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, distance, n_close, MPI_DOUBLE, MPI_MIN, comm));
  for (int r = 0; r < n_ranks - 1; ++r) {
    int best = 0;

    for (int c = 1; c < CANDIDATES; ++c)
      if (distance[r * CANDIDATES + c] > distance[r * CANDIDATES + best]) best = c;
    bounds[r] += best * step;
  }
  PetscCall(PetscFree(distance));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The points of a table in the order of the ranks that own them; counts[r] of them are rank r's. */
static PetscErrorCode sort_by_owner(const KrTable *table, int n_ranks, const double bounds[],
                                    PetscMPIInt counts[], Pile *pile)
{
  int64_t *next;
  int     *owner;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2(table->n_points, &owner, n_ranks + 1, &next));
  PetscCall(PetscArrayzero(counts, n_ranks));
  for (int64_t i = 0; i < table->n_points; ++i) {
    owner[i] = 0;
    while (owner[i] < n_ranks - 1 && table->points[i].energy >= bounds[owner[i]]) owner[i] += 1;
    counts[owner[i]] += 1;
  }
  next[0] = 0;
  for (int r = 0; r < n_ranks; ++r) next[r + 1] = next[r] + counts[r];
  pile->n_points = table->n_points;
  PetscCall(PetscMalloc2(pile->n_points, &pile->points, pile->n_points * table->n, &pile->x));
  for (int64_t i = 0; i < table->n_points; ++i) {
    const int64_t j = next[owner[i]]++;

    pile->points[j] = table->points[i];
    (void)memcpy(pile->x + j * table->n, table->x + i * table->n,
                 (size_t)table->n * sizeof(double));
  }
  PetscCall(PetscFree2(owner, next));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode create_types(int n, MPI_Datatype *point, MPI_Datatype *x)
{
  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Type_contiguous((PetscMPIInt)sizeof(KrPoint), MPI_BYTE, point));
  PetscCallMPI(MPI_Type_contiguous(n, MPI_DOUBLE, x));
  PetscCallMPI(MPI_Type_commit(point));
  PetscCallMPI(MPI_Type_commit(x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Sends out[counts] to their owners; in is what this rank owns. */
static PetscErrorCode exchange(int n, MPI_Comm comm, int n_ranks, const PetscMPIInt counts[],
                               const Pile *out, Pile *in)
{
  PetscMPIInt *from, *to, *received;
  MPI_Datatype point, x;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc3(n_ranks, &received, n_ranks + 1, &from, n_ranks + 1, &to));
  PetscCallMPI(MPI_Alltoall(counts, 1, MPI_INT, received, 1, MPI_INT, comm));
  from[0] = to[0] = 0;
  for (int r = 0; r < n_ranks; ++r) {
    to[r + 1]   = to[r] + counts[r];
    from[r + 1] = from[r] + received[r];
  }
  in->n_points = from[n_ranks];
  PetscCall(PetscMalloc2(in->n_points, &in->points, in->n_points * n, &in->x));
  PetscCall(create_types(n, &point, &x));
  PetscCallMPI(
    MPI_Alltoallv(out->points, counts, to, point, in->points, received, from, point, comm));
  PetscCallMPI(MPI_Alltoallv(out->x, counts, to, x, in->x, received, from, x, comm));
  PetscCallMPI(MPI_Type_free(&point));
  PetscCallMPI(MPI_Type_free(&x));
  PetscCall(PetscFree3(received, from, to));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Each point to the rank that owns its energy: ranges of equally many points, ascending with the rank. Collective on
   sharers; nothing to do for one. */
PetscErrorCode KrCensusSettle(KrCensus census)
{
  KrTable    *table = &census->table;
  Pile        out, in;
  PetscMPIInt n_ranks, *counts;
  double     *bounds;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_size(census->sharers, &n_ranks));
  if (n_ranks == 1) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscMalloc2(n_ranks, &counts, n_ranks, &bounds));
  PetscCall(choose_quantiles(table, census->sharers, n_ranks, bounds));
  PetscCall(avoid_points(table, census->sharers, n_ranks, bounds));
  PetscCall(sort_by_owner(table, n_ranks, bounds, counts, &out));
  PetscCall(exchange(table->n, census->sharers, n_ranks, counts, &out, &in));
  PetscCall(PetscFree2(out.points, out.x));
  PetscCall(replace_table(&in, table));
  PetscCall(PetscFree2(in.points, in.x));
  PetscCall(PetscFree2(counts, bounds));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* One rank of the model's communicator ran the searches; it gives its table to the others, for spectra are computed
   together. Collective on the model's communicator; nothing to do for one. */
PetscErrorCode KrCensusShare(KrCensus census)
{
  KrTable     *table = &census->table;
  Pile         pile  = {.n_points = table->n_points};
  MPI_Datatype point, x;
  PetscMPIInt  rank, n_ranks;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_size(census->comm, &n_ranks));
  PetscCallMPI(MPI_Comm_rank(census->comm, &rank));
  if (n_ranks == 1) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCallMPI(MPI_Bcast(&pile.n_points, 1, MPI_INT64_T, 0, census->comm));
  PetscCall(PetscMalloc2(pile.n_points, &pile.points, pile.n_points * table->n, &pile.x));
  if (rank == 0) {
    (void)memcpy(pile.points, table->points, (size_t)pile.n_points * sizeof *pile.points);
    (void)memcpy(pile.x, table->x, (size_t)(pile.n_points * table->n) * sizeof *pile.x);
  }
  PetscCall(create_types(table->n, &point, &x));
  PetscCallMPI(MPI_Bcast(pile.points, (PetscMPIInt)pile.n_points, point, 0, census->comm));
  PetscCallMPI(MPI_Bcast(pile.x, (PetscMPIInt)pile.n_points, x, 0, census->comm));
  PetscCallMPI(MPI_Type_free(&point));
  PetscCallMPI(MPI_Type_free(&x));
  PetscCall(replace_table(&pile, table));
  PetscCall(PetscFree2(pile.points, pile.x));
  PetscFunctionReturn(PETSC_SUCCESS);
}
