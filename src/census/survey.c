/* Whole numbers about a census, summed over its ranks: what the estimate of completeness and the next round go by. */
#include "census_impl.h"
#include <kacrice/rng.h>
#include <kacrice/stats.h>
#include <math.h>
#include <string.h>

#define PROBES 64

/* Where on the dial a radial coordinate lies: mu in units of -newton_range, elsewhere what the manifold says. */
double KrCensusPlace(const struct KrCensus_s *census, double mu)
{
  const double range = census->manifold->n_radial > 0 ? census->search.newton_range : 1.0;

  return (*census->manifold->dial)(mu, census->shape->dial * range);
}

/* Cell of a place in [-1, 1]; what lies beyond belongs to the outermost. */
int KrCensusCell(double place)
{
  const double cell = 0.5 * (place + 1.0) * KR_DIAL_BINS;

  return cell > 0.0 ? (int)fmin(cell, KR_DIAL_BINS - 1) : 0;
}

/* Sums up what the ranks counted: the sharers, or those of a model, of which only the first counts. */
PetscErrorCode KrCensusSum(KrCensus census, size_t count, int64_t values[])
{
  PetscMPIInt n_sharers;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_size(census->sharers, &n_sharers));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, values, (PetscMPIInt)count, MPI_INT64_T, MPI_SUM,
                             n_sharers > 1 ? census->sharers : census->comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A singular point, or a set of critical points, in the identities. */
static void add_singular(const KrPoint *point, int64_t members, KrSurvey *survey)
{
  const int is_set = point->dimension > 0, is_known = point->degree != KR_DEGREE_UNKNOWN;

  survey->n_singular += !is_set;
  survey->singular_hits += is_set ? 0 : point->hits;
  survey->n_continua += is_set;
  survey->euler_open += !is_known;
  survey->parity_open += is_set || point->multiplicity == 0;
  if (is_known) survey->sign_sum += (is_set ? 1 : members) * point->degree;
  survey->odd_points += !is_set && point->multiplicity % 2 != 0;
}

/* How many random points have energies beyond those of a list with sets of critical points, which attract so many
   starts
   that the lowest and the highest point may be missing where nothing hints at it. */
static PetscErrorCode probe_extremes(KrCensus census, KrSurvey *survey)
{
  const KrTable    *table    = &census->table;
  const KrRandomKey key      = {.stream = KR_STREAM_SPECTRUM, .sample = 3};
  const double      margin   = 1e-6 * census->shape->hessian;
  double            range[2] = {-INFINITY, -INFINITY}, energy, *x, *gradient; /* -lowest, highest */

  PetscFunctionBeginUser;
  for (int64_t i = 0; i < table->n_points; ++i) {
    const double e = table->points[i].energy;

    range[0] = fmax(range[0], table->symmetry == KR_PARITY_ODD ? fabs(e) : -e);
    range[1] = fmax(range[1], table->symmetry == KR_PARITY_ODD ? fabs(e) : e);
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, range, 2, MPI_DOUBLE, MPI_MAX, census->sharers));
  PetscCallMPI(MPI_Bcast(range, 2, MPI_DOUBLE, 0, census->comm));
  PetscCall(PetscMalloc2(census->n, &x, census->n, &gradient));
  for (int probe = 0; probe < PROBES; ++probe) {
    (*census->manifold->start)(census->n, census->shape->start, &key, (uint64_t)probe << 24, x);
    PetscCall(KrModelDerivatives(census->model, 1, x, &energy, gradient, NULL));
    energy /= census->n;
    survey->n_beyond += energy < -range[0] - margin || energy > range[1] + margin;
  }
  PetscCall(PetscFree2(x, gradient));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* All ranks' numbers about their points and starts. Collective on sharers and on the model's communicator. */
PetscErrorCode KrCensusSurvey(KrCensus census, KrSurvey *survey)
{
  const KrTable *table = &census->table;
  PetscMPIInt    rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(census->comm, &rank)); /* ranks of a model may all hold the table */
  *survey =
    (KrSurvey){.n_points = rank == 0 ? table->n_points : 0, .n_found = census->reasons[KR_FOUND]};
  for (int64_t i = 0; i < survey->n_points; ++i) {
    const KrPoint *point    = &table->points[i];
    const int      cell     = KrCensusCell(KrCensusPlace(census, point->mu));
    const int64_t  members  = KrPointMembers(census->manifold, table->symmetry, point->mu);
    const double   log_hits = log((double)point->hits);

    survey->points[cell] += 1;
    survey->hits[cell] += point->hits;
    survey->log_hits[cell] += llround(log_hits / KR_LOG_UNIT);
    survey->log_hits_squared[cell] += llround(log_hits * log_hits / KR_LOG_UNIT);
    if (point->hits <= 4) survey->n_hit[point->hits] += 1;
    if (point->nullity > 0) add_singular(point, members, survey);
    else survey->sign_sum += point->found_index % 2 == 0 ? members : -members;
    survey->odd_points += point->nullity <= 0;
  }
  (void)memcpy(survey->landed, census->landed, sizeof survey->landed);
  (void)memcpy(survey->origins, census->origins, sizeof survey->origins);
  for (int64_t i = 0; rank == 0 && i < table->n_points; ++i)
    survey->origins[table->points[i].origin].new_points += 1;
  PetscCall(KrCensusSum(census, sizeof *survey / sizeof(int64_t), (int64_t *)survey));
  if (survey->n_continua > 0 && KrCensusIsWhole(census)) PetscCall(probe_extremes(census, survey));
  PetscFunctionReturn(PETSC_SUCCESS);
}
