/* What the list of a sample says about its own completeness: counts, Euler characteristic, parity, richness. */
#include "census_impl.h"
#include <kacrice/stats.h>
#include <math.h>

#define EMPTY_FINDS 10000 /* of energies outside the window, before it is believed to be empty */

/* Whether the list is meant to hold the points of every index and energy: identities over all of them apply. */
PetscBool KrCensusIsWhole(const struct KrCensus_s *census)
{
  return census->search.kind != KR_SEARCH_MINIMA &&
             census->search.energy_first == census->search.energy_last
           ? PETSC_TRUE
           : PETSC_FALSE;
}

#define CENTRE 1e-12 /* q of a point that is its own antipode, to the tolerance of a search */

/* Morse: sum_k (-1)^k C_k is the Euler characteristic, 1 + (-1)^(N-1) of the sphere, 1 of the ball (from whose boundary
   the free energy falls). */
static int64_t euler_expected(const KrManifold *manifold, int n)
{
  int64_t sum = 0;

  (void)(*manifold->euler)(n, &sum);
  return sum;
}

/* Points that a representative stands for. The centre of a flat manifold is its own antipode. */
int64_t KrPointMembers(const KrManifold *manifold, KrParity symmetry, double mu)
{
  if (symmetry == KR_PARITY_NONE) return 1;
  return manifold->has_centre && mu < CENTRE ? 1 : 2;
}

/* It holds by itself, and says nothing, when each point pairs with an antipode of the other parity. */
static int has_euler(const KrManifold *manifold, KrParity symmetry, int n)
{
  int64_t sum;

  return (*manifold->euler)(n, &sum) && !(symmetry == KR_PARITY_ODD && n % 2 == 0);
}

/* Complex solutions come in conjugate pairs, so real antipodal pairs are as many as complex ones modulo 2: of those
   there are ((p-1)^N - 1)/(p-2) = 1 + (p-1) + ... + (p-1)^(N-1) (Cartwright & Sturmfels 2013). */
static int parity_holds(const KrMixture *f, int n, int64_t n_points)
{
  const int64_t complex_pairs = f->order[0] % 2 == 1 ? 1 : n; /* modulo 2 */

  return (n_points - complex_pairs) % 2 == 0;
}

/* The complex critical points of a pure model on the sphere are counted; those of a free energy are not. */
static int has_parity(const KrManifold *manifold, const KrMixture *f)
{
  return f != NULL && manifold->n_radial > 0 && KrMixtureIsPure(f);
}

/* Whether the identities that apply hold, with the indices as the search told them. */
PetscBool KrCensusIsConsistent(const struct KrCensus_s *census, const KrSurvey *survey)
{
  const KrParity   symmetry = census->table.symmetry;
  const KrMixture *law      = census->has_law ? &census->f : NULL;

  if (!KrCensusIsWhole(census)) return PETSC_TRUE;
  if (survey->n_beyond > 0) return PETSC_FALSE;
  if (has_parity(census->manifold, law) && survey->parity_open == 0 &&
      !parity_holds(law, census->n, survey->odd_points))
    return PETSC_FALSE;
  return !has_euler(census->manifold, symmetry, census->n) || survey->euler_open > 0 ||
             survey->sign_sum == euler_expected(census->manifold, census->n)
           ? PETSC_TRUE
           : PETSC_FALSE;
}

/* Points of each index in the rows of this rank, antipodes counted (docs/notation.md); of a window of energies, the
   members within it. A set of critical points is no number of points. A singular point counts where its negative
   eigenvalues put it. */
void KrSampleCount(const KrManifold *manifold, const KrSample *sample, int64_t count[])
{
  for (int64_t i = 0; i < sample->n_points; ++i) {
    const KrPoint *point = &sample->points[i];
    const int      k     = point->index;

    if (point->dimension > 0) continue;
    if (KrSampleHolds(sample, point->energy))
      count[k] += sample->symmetry == KR_PARITY_EVEN
                    ? KrPointMembers(manifold, sample->symmetry, point->mu)
                    : 1;
    if (sample->symmetry == KR_PARITY_ODD && KrSampleHolds(sample, -point->energy))
      count[sample->n - 1 - k - point->nullity] += 1;
  }
}

/* What the singular points and sets in the rows of this rank change in the identities: the degree of the gradient
   stands for (-1)^k, and a point counts with its multiplicity (docs/theory/singular.md, section 5). */
KrOdds KrSampleOdds(const KrManifold *manifold, const KrSample *sample)
{
  KrOdds odds = {0};

  for (int64_t i = 0; i < sample->n_points; ++i) {
    const KrPoint *point    = &sample->points[i];
    const int      is_known = point->degree != KR_DEGREE_UNKNOWN;
    const int64_t  members  = KrPointMembers(manifold, sample->symmetry, point->mu);
    const int      other    = sample->n - 1 - point->index - point->nullity;

    if (point->nullity == 0) continue;
    odds.euler_open += !is_known;
    odds.parity_open += point->dimension > 0 || point->multiplicity == 0;
    if (point->dimension > 0) {
      odds.n_continua += 1;
      odds.even += 1;
      odds.euler += is_known ? point->degree : 0;
      continue;
    }
    odds.n_singular += 1;
    odds.even += point->multiplicity % 2 == 0;
    if (!is_known) continue;
    odds.euler += members * point->degree - (point->index % 2 == 0 ? 1 : -1);
    if (members == 2 && sample->symmetry == KR_PARITY_ODD) odds.euler -= other % 2 == 0 ? 1 : -1;
    else if (members == 2) odds.euler -= point->index % 2 == 0 ? 1 : -1;
  }
  return odds;
}

/* Euler's sum and the parity of a whole list, from its counts and its n_points rows on all ranks. They are not
   checked
   where the part of a singular point or of a set is unknown. */
void KrSampleIdentities(const KrManifold *manifold, const KrMixture *f, int64_t n_points,
                        const KrOdds *odds, KrSample *sample)
{
  if (has_euler(manifold, sample->symmetry, sample->n) && odds->euler_open == 0) {
    for (int k = 0; k < sample->n; ++k)
      sample->euler_sum += k % 2 == 0 ? sample->count[k] : -sample->count[k];
    sample->euler_sum += odds->euler;
    sample->euler_checked = 1;
    sample->euler_failed  = sample->euler_sum != euler_expected(manifold, sample->n);
  }
  sample->parity_checked = has_parity(manifold, f) && odds->parity_open == 0;
  sample->parity_failed =
    sample->parity_checked && !parity_holds(f, sample->n, n_points - odds->even);
}

/* Whether the paths of a homotopy that share their end with another all end in isolated singular points, as many as
   belong
   there, and none is lost. */
static PetscBool meets_in_points(const struct KrCensus_s *census, const KrSample *sample)
{
  const KrSurvey *survey = &census->survey;
  int64_t         n_hits = 0;

  for (int cell = 0; cell < KR_DIAL_BINS; ++cell) n_hits += survey->hits[cell];
  return sample->n_singular > 0 && sample->n_continua == 0 &&
             sample->reasons[KR_FOUND] + sample->reasons[KR_COMPLEX] == sample->paths &&
             n_hits - survey->singular_hits == survey->n_points - survey->n_singular &&
             sample->paths - sample->paths_distinct <= survey->singular_hits - survey->n_singular
           ? PETSC_TRUE
           : PETSC_FALSE;
}

static KrVerdict judge_homotopy(const struct KrCensus_s *census, const KrSample *sample)
{
  if (sample->euler_failed || sample->parity_failed) return KR_VERDICT_INCOMPLETE;
  if (sample->paths_distinct == sample->paths) return KR_VERDICT_PROVED;
  if (!meets_in_points(census, sample)) return KR_VERDICT_INCOMPLETE;
  return sample->euler_checked || sample->parity_checked ? KR_VERDICT_CHECKED
                                                         : KR_VERDICT_ESTIMATED;
}

static KrVerdict judge(const struct KrCensus_s *census, const KrSample *sample)
{
  if (sample->paths > 0) return judge_homotopy(census, sample);
  if (sample->euler_failed || sample->parity_failed || census->survey.n_beyond > 0)
    return KR_VERDICT_INCOMPLETE;
  if (census->survey.n_points == 0 && census->survey.n_found == 0) return KR_VERDICT_INCOMPLETE;
  if (!(sample->missing <= fmax(census->options.missing, 0.1))) return KR_VERDICT_INCOMPLETE;
  return sample->euler_checked || sample->parity_checked ? KR_VERDICT_CHECKED
                                                         : KR_VERDICT_ESTIMATED;
}

/* Each path has its own end: hits tell nothing, and what is missing is at most what was not reached. */
static void estimate_homotopy(const struct KrCensus_s *census, KrSample *sample)
{
  sample->coverage      = (double)sample->paths_distinct / (double)sample->paths;
  sample->chao1_missing = sample->missing =
    meets_in_points(census, sample) ? 0.0 : (double)(sample->paths - sample->paths_distinct);
}

/* Counts, checks and estimates of a record whose points are in, the same on every rank. Collective on sharers and on
   the model's communicator. */
PetscErrorCode KrCensusEstimate(KrCensus census, KrSample *sample)
{
  const KrSurvey *survey = &census->survey;
  KrOdds          odds   = KrSampleOdds(census->manifold, sample);

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &odds, sizeof odds / sizeof(int64_t), MPI_INT64_T,
                             MPI_SUM, census->sharers));
  sample->n_singular = odds.n_singular;
  sample->n_continua = odds.n_continua;
  KrSampleCount(census->manifold, sample, sample->count);
  PetscCallMPI(
    MPI_Allreduce(MPI_IN_PLACE, sample->count, census->n, MPI_INT64_T, MPI_SUM, census->sharers));
  if (KrCensusIsWhole(census))
    KrSampleIdentities(census->manifold, census->has_law ? &census->f : NULL, survey->n_points,
                       &odds, sample);
  sample->coverage      = KrGoodTuringCoverage(survey->n_found, survey->n_hit[1]);
  sample->chao1_missing = KrChao1Missing(survey->n_hit[1], survey->n_hit[2]);
  sample->missing       = KrSurveyMissing(survey);
  if (sample->paths > 0) estimate_homotopy(census, sample);
  sample->verdict = judge(census, sample);
  for (int d = 0; d < KR_DIAL_BINS; ++d) sample->origins[d] = survey->origins[d];
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Whether nothing hints at a missing point any more. */
PetscBool KrCensusIsComplete(const struct KrCensus_s *census, const KrSurvey *survey)
{
  if (survey->n_points == 0 && survey->n_found < EMPTY_FINDS) return PETSC_FALSE;
  return census->options.missing > 0.0 && KrCensusIsConsistent(census, survey) &&
             KrSurveyMissing(survey) <= census->options.missing
           ? PETSC_TRUE
           : PETSC_FALSE;
}
