/* Is this point known already? Two points are the same when energy and position agree, up to the symmetry of the
   landscape (docs/adr/0005-what-makes-two-points-the-same.md). */
#include "point_table.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Capacity doubles; the buckets are laid anew at twice the capacity. */
static PetscErrorCode grow(KrTable *table);

/* Tolerances in units of the landscape: 1 - overlap, where squared lengths are N; energies. */
PetscErrorCode KrTableCreate(int n, const KrShape *shape, double overlap_tol, double energy_tol,
                             KrTable *table)
{
  PetscFunctionBeginUser;
  *table = (KrTable){.n          = n,
                     .group      = shape->symmetry,
                     .symmetry   = shape->symmetry->parity,
                     .limit      = 2.0 * n * overlap_tol * (shape->length * shape->length),
                     .energy_tol = shape->energy * energy_tol};
  PetscCall(grow(table));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* An empty table by the same rules. */
PetscErrorCode KrTableCreateLike(const KrTable *other, KrTable *table)
{
  PetscFunctionBeginUser;
  *table = (KrTable){.n          = other->n,
                     .group      = other->group,
                     .symmetry   = other->symmetry,
                     .limit      = other->limit,
                     .energy_tol = other->energy_tol};
  PetscCall(grow(table));
  PetscFunctionReturn(PETSC_SUCCESS);
}

void KrTableDestroy(KrTable *table)
{
  free(table->points);
  free(table->x);
  free(table->key);
  free(table->next);
  free(table->bucket);
  *table = (KrTable){0};
}

/* Whether the antipode represents the pair: of odd orders the member with e <= 0. */
int KrPointIsFlipped(KrParity symmetry, const KrPoint *point)
{
  return symmetry == KR_PARITY_ODD && point->energy > 0.0;
}

/* sigma -> -sigma for odd orders: e and mu change sign, k becomes N - 1 - k, less the null directions. */
void KrPointFlip(int n, KrPoint *point, double x[])
{
  const int nullity = point->nullity > 0 ? point->nullity : 0;

  point->energy = -point->energy;
  point->mu     = -point->mu;
  point->index  = n - 1 - nullity - point->index;
  if (n % 2 == 0 && point->degree != KR_DEGREE_UNKNOWN) point->degree = -point->degree;
  point->found_index = n - 1 - point->found_index;
  for (int i = 0; i < n; ++i) x[i] = -x[i];
}

/* The representative of a class: of an odd energy the member with e <= 0, else what the symmetry says. */
static void make_canonical(const KrTable *table, KrPoint *point, double x[])
{
  if (KrPointIsFlipped(table->symmetry, point)) KrPointFlip(table->n, point, x);
  KrSymmetryCanonical(table->group, table->n, x);
}

/* Energies are sorted into cells as wide as the tolerance: a twin lies in the same or a neighbouring cell. */
static int64_t cell_of(const KrTable *table, double energy)
{
  const double most = 9e18; /* those beyond share a cell */

  return (int64_t)fmax(-most, fmin(most, floor(energy / table->energy_tol)));
}

static int64_t bucket_of(const KrTable *table, int64_t cell)
{
  return (int64_t)(((uint64_t)cell * 0x9E3779B97F4A7C15u) >> 20) & (table->n_buckets - 1);
}

static PetscBool same_point(const KrTable *table, int64_t known, const KrPoint *point,
                            const double x[])
{
  if (fabs(table->points[known].energy - point->energy) > table->energy_tol) return PETSC_FALSE;
  return KrSymmetrySame(table->group, table->n, x, table->x + known * table->n, table->limit)
           ? PETSC_TRUE
           : PETSC_FALSE;
}

static int64_t find(const KrTable *table, const KrPoint *point, const double x[])
{
  const int64_t cell = cell_of(table, point->energy);

  for (int64_t c = cell - 1; c <= cell + 1; ++c)
    for (int64_t i = table->bucket[bucket_of(table, c)]; i >= 0; i = table->next[i])
      if (same_point(table, i, point, x)) return i;
  return -1;
}

static void link_point(KrTable *table, int64_t i)
{
  const int64_t b = bucket_of(table, cell_of(table, table->key[i]));

  table->next[i]   = table->bucket[b];
  table->bucket[b] = i;
}

static PetscErrorCode grow(KrTable *table)
{
  const size_t capacity = table->capacity == 0 ? 64 : 2 * (size_t)table->capacity;

  PetscFunctionBeginUser;
  free(table->bucket);
  table->points = realloc(table->points, capacity * sizeof *table->points);
  table->x      = realloc(table->x, capacity * (size_t)table->n * sizeof *table->x);
  table->key    = realloc(table->key, capacity * sizeof *table->key);
  table->next   = realloc(table->next, capacity * sizeof *table->next);
  table->bucket = malloc(2 * capacity * sizeof *table->bucket);
  PetscCheck(table->points != NULL && table->x != NULL && table->key != NULL &&
               table->next != NULL && table->bucket != NULL,
             PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for %lld points", (long long)capacity);
  table->capacity  = (int64_t)capacity;
  table->n_buckets = 2 * table->capacity;
  for (int64_t b = 0; b < table->n_buckets; ++b) table->bucket[b] = -1;
  for (int64_t i = 0; i < table->n_points; ++i) link_point(table, i);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Adds the hits of a point to its twin, or the point itself when it has none. The coordinates kept are those of
   the lowest start number, so that they do not depend on the order of arrival. */
PetscErrorCode KrTableAdd(KrTable *table, const KrPoint *point, const double x[])
{
  const size_t bytes     = (size_t)table->n * sizeof(double);
  KrPoint      candidate = *point;
  double      *place;
  int64_t      known;

  PetscFunctionBeginUser;
  if (table->n_points == table->capacity) PetscCall(grow(table));
  place = table->x + table->n_points * table->n;
  (void)memcpy(place, x, bytes);
  make_canonical(table, &candidate, place);
  known = find(table, &candidate, place);
  if (known < 0) {
    table->points[table->n_points] = candidate;
    table->key[table->n_points]    = candidate.energy;
    link_point(table, table->n_points++);
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  candidate.hits += table->points[known].hits;
  if (candidate.first_start < table->points[known].first_start) {
    (void)memcpy(table->x + known * table->n, place, bytes);
    table->points[known] = candidate;
  }
  table->points[known].hits = candidate.hits;
  PetscFunctionReturn(PETSC_SUCCESS);
}
