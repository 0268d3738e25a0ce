/* Finds the singular points among what was found, and the sets of critical points that are no points: each becomes
   one entry of the table (docs/theory/singular.md). Points that are regular are left as they are. */
#include "certifier.h"
#include "census_impl.h"
#include "local.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct { /* one pass over the table of this rank */
  KrCensus    census;
  KrLocal     local;
  KrCertifier certifier;
  PetscBool   has_certifier;
  double      null; /* eigenvalues below it make a point a candidate, units of the scale */
  KrTable     kept; /* the new table, once there is something to leave out */
} Sift;

static PetscErrorCode create(KrCensus census, Sift *sift)
{
  double scale;

  PetscFunctionBeginUser;
  *sift = (Sift){.census = census};
  PetscCall(KrModelGetScale(census->model, &scale));
  PetscCall(KrLocalCreate(census->model, scale * census->search.gradient_tol, &sift->local));
  sift->null = fmax(KR_NULL_LOOSE, 10.0 * sqrt(sift->local.tol));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode destroy(Sift *sift)
{
  PetscFunctionBeginUser;
  PetscCall(KrLocalDestroy(&sift->local));
  if (sift->has_certifier) PetscCall(KrCertifierDestroy(&sift->certifier));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Whether an eigenvalue at x may be null: two inertias tell at a third of the cost of eigenvalues. */
static PetscErrorCode has_null(Sift *sift, const double x[], PetscBool *null)
{
  KrLocal     *local   = &sift->local;
  const double shift   = sift->null * local->scale;
  double       mu      = 0.0;
  int          told[2] = {0, 0};

  PetscFunctionBeginUser;
  PetscCall(
    KrModelDerivatives(local->model, 1, x, &local->energy, local->gradient, local->hessian));
  for (int i = 0; i < local->n; ++i) mu += x[i] * local->gradient[i] / local->n;
  PetscCall(KrSpectrumInertia(local->n, x, mu - shift, local->hessian, &told[0]));
  PetscCall(KrSpectrumInertia(local->n, x, mu + shift, local->hessian, &told[1]));
  PetscCallMPI(MPI_Bcast(told, 2, MPI_INT, 0, local->comm));
  *null = told[0] != told[1] ? PETSC_TRUE : PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Whether x is proved to lie at a regular point, be it a nearly singular one. */
static PetscErrorCode is_proved(Sift *sift, double x[], PetscBool *proved)
{
  KrCertificate proof;
  int           n_steps;

  PetscFunctionBeginUser;
  *proved = PETSC_FALSE;
  if (!KrCensusCertifies(&(KrCensusOptions){.store_points = 1}, sift->local.n,
                         sift->census->has_law ? &sift->census->f : NULL))
    PetscFunctionReturn(PETSC_SUCCESS);
  if (!sift->has_certifier) PetscCall(KrCertifierCreate(sift->local.model, &sift->certifier));
  sift->has_certifier = PETSC_TRUE;
  PetscCall(KrCertifierPolish(&sift->certifier, x, &proof, &n_steps));
  *proved = proof.exists && proof.index >= 0 ? PETSC_TRUE : PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Whether an end with these null directions is of the known singular entry i: a set of which it has energy and
   inertia, or the isolated point that it is next to. */
static PetscBool belongs(const Sift *sift, int64_t i, double energy, const KrInertia *inertia,
                         const double x[])
{
  const KrTable  *table = &sift->kept;
  const KrPoint  *known = &table->points[i];
  const int       n     = table->n;
  const PetscBool odd   = table->symmetry == KR_PARITY_ODD ? PETSC_TRUE : PETSC_FALSE;

  if (known->nullity <= 0 || known->nullity != inertia->nullity) return PETSC_FALSE;
  if (fabs(known->energy - energy) > table->energy_tol &&
      !(odd && fabs(known->energy + energy) <= table->energy_tol))
    return PETSC_FALSE;
  if (known->dimension == 0)
    return KrLocalDistance(n, table->symmetry, x, table->x + i * n) <= KR_NEAR ? PETSC_TRUE
                                                                               : PETSC_FALSE;
  return known->index == inertia->index ||
             (odd && known->index == n - 1 - inertia->nullity - inertia->index)
           ? PETSC_TRUE
           : PETSC_FALSE;
}

/* The known singular entry that an end belongs to; -1: none. */
static int64_t find_known(const Sift *sift, double energy, const KrInertia *inertia,
                          const double x[])
{
  for (int64_t i = 0; inertia->nullity > 0 && i < sift->kept.n_points; ++i)
    if (belongs(sift, i, energy, inertia, x)) return i;
  return -1;
}

/* Takes in an end that may be singular: as one more hit of a known entry, as a new one, or as a regular point. */
static PetscErrorCode place(Sift *sift, const KrPoint *found, const double x[])
{
  KrLocal     *local = &sift->local;
  const size_t bytes = (size_t)local->n * sizeof *x;
  KrPoint      point = *found;
  KrInertia    inertia;
  int64_t      known;
  double      *y;
  PetscBool    converged, proved = PETSC_FALSE;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(local->n, &y));
  (void)memcpy(y, x, bytes);
  PetscCall(KrLocalAt(local, y));
  inertia = KrLocalInertia(local, sift->null);
  known   = find_known(sift, local->energy, &inertia, y);
  if (known < 0) {
    PetscCall(KrLocalPolish(local, y, &converged));
    inertia = KrLocalInertia(local, KR_NULL_TIGHT);
    known   = find_known(sift, local->energy, &inertia, y);
  }
  if (known < 0 && inertia.nullity > 0) {
    PetscCall(is_proved(sift, y, &proved));
    if (!proved) {
      PetscCall(KrLocalExamine(local, y, &point));
      inertia = (KrInertia){point.index, point.nullity};
      known   = find_known(sift, point.energy, &inertia, y);
    }
  }
  if (local->stopped) {
    PetscCall(PetscFree(y));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  if (known >= 0) {
    sift->kept.points[known].hits += found->hits;
  } else if (inertia.nullity == 0 || proved) {
    point         = *found;
    point.nullity = 0;
    PetscCall(KrTableAdd(&sift->kept, &point, x));
  } else {
    PetscCall(KrTableAdd(&sift->kept, &point, y));
  }
  PetscCall(PetscFree(y));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Marks the points that have no null direction; the others are candidates, of which there are none when this run is to
   stop. */
static PetscErrorCode look(Sift *sift, int64_t *n_candidates)
{
  KrTable  *table = &sift->census->table;
  PetscBool null  = PETSC_FALSE;

  PetscFunctionBeginUser;
  *n_candidates = 0;
  for (int64_t i = 0; i < table->n_points && !sift->local.stopped; ++i) {
    if (table->points[i].nullity >= 0) continue;
    PetscCall(KrLocalLook(&sift->local));
    PetscCall(has_null(sift, table->x + i * table->n, &null));
    if (!null) table->points[i].nullity = 0;
    *n_candidates += null;
  }
  if (sift->local.stopped) *n_candidates = 0;
  PetscFunctionReturn(PETSC_SUCCESS);
}

typedef struct {
  int64_t first_start, place;
} Candidate;

static int compare_candidates(const void *a, const void *b)
{
  const Candidate *p = a, *q = b;

  return (p->first_start > q->first_start) - (p->first_start < q->first_start);
}

/* The table anew, in sift->kept: what is known stays, then candidates are examined in the order of their starts, so
   that all is the same for any number of ranks. */
static PetscErrorCode rebuild(Sift *sift, int64_t n_candidates)
{
  KrTable   *table = &sift->census->table;
  Candidate *order;
  int64_t    n = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(n_candidates, &order));
  PetscCall(KrTableCreateLike(table, &sift->kept));
  for (int64_t i = 0; i < table->n_points; ++i) {
    const KrPoint *point = &table->points[i];

    if (point->nullity < 0) order[n++] = (Candidate){point->first_start, i};
    else PetscCall(KrTableAdd(&sift->kept, point, table->x + i * table->n));
  }
  qsort(order, (size_t)n, sizeof *order, compare_candidates);
  for (int64_t c = 0; c < n && !sift->local.stopped; ++c)
    PetscCall(place(sift, &table->points[order[c].place], table->x + order[c].place * table->n));
  PetscCall(PetscFree(order));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Collective on sharers and on the model's communicator. Every rank looks at the points that it holds: those of one
   energy are together. On the sphere only. KR_ERR_STOPPED when a rank was asked to stop: the table is as before, and
   the same call takes up the rest. */
PetscErrorCode KrCensusSift(KrCensus census)
{
  KrTable       *table = &census->table;
  int64_t        n_new = 0, n_candidates = 0;
  PetscMPIInt    rank;
  PetscErrorCode code;
  Sift           sift = {0};

  PetscFunctionBeginUser;
  if (census->manifold->n_radial == 0 || census->n < 2) {
    for (int64_t i = 0; i < table->n_points; ++i) table->points[i].nullity = 0;
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCallMPI(MPI_Comm_rank(census->comm, &rank));
  for (int64_t i = 0; rank == 0 && i < table->n_points; ++i) n_new += table->points[i].nullity < 0;
  PetscCallMPI(MPI_Bcast(&n_new, 1, MPI_INT64_T, 0, census->comm));
  if (n_new > 0) {
    PetscCall(KrCensusShare(census));
    PetscCall(create(census, &sift));
    PetscCall(look(&sift, &n_candidates));
    if (n_candidates > 0) PetscCall(rebuild(&sift, n_candidates));
  }
  code = sift.local.stopped ? KR_ERR_STOPPED : PETSC_SUCCESS;
  PetscCall(KrStopAgree(census->sharers, &code));
  if (n_candidates > 0) {
    KrTableDestroy(code == 0 ? table : &sift.kept);
    if (code == 0) *table = sift.kept;
  }
  if (n_new > 0) PetscCall(destroy(&sift));
  PetscFunctionReturn(code);
}
