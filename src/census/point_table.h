/* Distinct points of one rank: growing arrays and a hash on the energy. Inside src/census only. */
#pragma once
#include <kacrice/landscape.h>
#include <kacrice/record.h>

typedef struct {
  int               n;        /* N */
  const KrSymmetry *group;    /* by which finds are one */
  KrParity          symmetry; /* its part that changes energies and indices */
  double            limit;    /* of squared distances */
  double            energy_tol;
  int64_t           n_points, capacity;
  KrPoint          *points; /* in the order they came */
  double           *x;      /* capacity x N */
  double
    *key; /* energy it was filed under; later finds may change the last bits of points[].energy */
  int64_t *next;      /* next point of the same bucket, -1: none */
  int64_t  n_buckets; /* a power of two */
  int64_t *bucket;    /* first point, -1: none */
} KrTable;

PetscErrorCode KrTableCreate(int n, const KrShape *shape, double overlap_tol, double energy_tol,
                             KrTable *table);
PetscErrorCode KrTableCreateLike(const KrTable *other, KrTable *table);
PetscErrorCode KrTableAdd(KrTable *table, const KrPoint *point, const double x[]);
void           KrTableDestroy(KrTable *table);
void           KrPointFlip(int n, KrPoint *point, double x[]);
int            KrPointIsFlipped(KrParity symmetry, const KrPoint *point);
