/* The numbers of a record against each other, and against the campaign that it names. Each by itself was held against
   its range when it was read. A list that was counted wrong, or moved, or belongs elsewhere is found here, whatever its
   seal says. */
#include "sample_file.h"
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDING   1e-8  /* of |x|^2 = N, and of energies in order */
#define CENTRE     1e-12 /* mu below which a point of the ball may be its own antipode */
#define AT(member) offsetof(KrSample, member)

static const KrOptionField options[] = {
  {"-model_n", AT(n), KR_FIELD_INT32},
  {"-campaign_seed", AT(seed), KR_FIELD_UINT64},
};
static const KrOptionField spectra[] = {
  {"-spectrum_lowest", AT(n_lowest), KR_FIELD_INT32},
  {"-spectrum_highest", AT(n_highest), KR_FIELD_INT32},
};

/* The numbers of a record by themselves; they say how large its arrays are. */
void KrSampleCheckNumbers(KrH5 *file, int64_t number, const KrSample *s)
{
  if (s->sample != number)
    KrH5Fail(file, "it holds sample %lld, by its name it should be %lld", (long long)s->sample,
             (long long)number);
  if (s->energy_first > s->energy_last)
    KrH5Fail(file, "its window of energies goes from %g to %g", s->energy_first, s->energy_last);
  if (s->n_singular + s->n_continua > s->n_points)
    KrH5Fail(file, "%lld singular points and %lld sets are more than its %lld points",
             (long long)s->n_singular, (long long)s->n_continua, (long long)s->n_points);
  if (s->euler_failed > s->euler_checked || s->parity_failed > s->parity_checked)
    KrH5Fail(file, "an identity failed that was not checked");
  if (s->paths_distinct > s->paths || s->paths > s->paths_followed)
    KrH5Fail(file, "of %lld paths %lld were followed, to %lld ends", (long long)s->paths,
             (long long)s->paths_followed, (long long)s->paths_distinct);
  if (s->paths == 0 && file->minor >= 2 && s->round_end < s->starts)
    KrH5Fail(file, "its %lld starts are more than the %lld up to the end of their round",
             (long long)s->starts, (long long)s->round_end);
  file->scales[KR_OF_N]      = s->n;
  file->scales[KR_OF_STARTS] = (double)s->starts + (double)s->paths_followed;
}

/* The window of energies as the options say it. */
static void check_window(KrH5 *file, const char identity[], const KrSample *s)
{
  const char *said  = KrIdentityValue(identity, "-search_energy");
  double      first = 0.0, last = 0.0;
  char       *end;

  if (said != NULL) {
    first = strtod(said, &end);
    last  = *end == ':' ? strtod(end + 1, NULL) : first;
  }
  if (s->energy_first != first || s->energy_last != last)
    KrH5Fail(file, "its window of energies is %g to %g, it was made with %g to %g", s->energy_first,
             s->energy_last, first, last);
}

/* The order of a pure model on the sphere; 0: of none. */
static int pure_order(const char identity[])
{
  const char *said = KrIdentityValue(identity, "-model_p");

  return said != NULL && KrIdentityIs(identity, "-model_type", "pspin") ? atoi(said) : 0;
}

/* Numbers that follow from the options a record was made with; an identity that tells no N tells nothing. */
void KrSampleCheckCampaign(KrH5 *file, const char identity[], const KrSample *s)
{
  const int   p      = pure_order(identity);
  const char *starts = KrIdentityValue(identity, "-search_starts");

  if (KrIdentityValue(identity, "-model_n") == NULL || file->failure[0] != '\0') return;
  KrH5CheckOptions(file, identity, (int)PETSC_STATIC_ARRAY_LENGTH(options), options, s);
  check_window(file, identity, s);
  if (p > 0 && s->symmetry != (p % 2 == 0 ? KR_PARITY_EVEN : KR_PARITY_ODD))
    KrH5Fail(file, "its symmetry is not that of -model_p %d", p);
  if (starts != NULL && s->paths == 0 && s->starts > strtoll(starts, NULL, 10))
    KrH5Fail(file, "its %lld starts are more than -search_starts %lld", (long long)s->starts,
             strtoll(starts, NULL, 10));
}

/* ---- sums ---- */

static void check_sum(KrH5 *file, const char what[], int64_t is, const char of[], int64_t should_be)
{
  if (is != should_be)
    KrH5Fail(file, "%s are %lld in all, the %s are %lld", what, (long long)is, of,
             (long long)should_be);
}

static int64_t sum_of(int64_t n, const int64_t values[])
{
  int64_t sum = 0;

  for (int64_t i = 0; i < n; ++i) sum += values[i];
  return sum;
}

/* Each start ended in one way, and began in one bin. */
static void check_starts(KrH5 *file, const KrSampleParts *parts, const KrSample *s)
{
  KrOrigin sum = {0};

  check_sum(file, "reasons", sum_of(KR_N_REASONS, s->reasons), "starts", s->starts);
  for (int d = 0; d < KR_DIAL_BINS; ++d) {
    sum.starts += s->origins[d].starts;
    sum.found += s->origins[d].found;
    sum.new_points += s->origins[d].new_points;
  }
  if (parts->with_origins) {
    check_sum(file, "starts of \"origins\"", sum.starts, "starts", s->starts);
    check_sum(file, "found ones of \"origins\"", sum.found, "found starts", s->reasons[KR_FOUND]);
  }
  if (s->landed != NULL)
    check_sum(file, "starts of \"landed\"", sum_of(KR_DIAL_BINS * KR_DIAL_BINS, s->landed),
              "found starts", s->reasons[KR_FOUND]);
}

/* The law of the dial rises from 0 to 1. */
static void check_round(KrH5 *file, const KrSample *s)
{
  const double *law = s->round;

  if (law == NULL) return;
  for (int d = 0; d < KR_DIAL_BINS; ++d)
    if (law[d + 1] < law[d] - ROUNDING || law[d + 1] > 1.0 + ROUNDING || law[0] > ROUNDING)
      KrH5Fail(file, "data set \"round\" does not rise from 0 to 1 at bin %d", d);
  if (file->minor >= 2 && law[KR_DIAL_BINS + 1] != (double)s->round_end)
    KrH5Fail(file, "data set \"round\" ends at start %g, the round at %lld", law[KR_DIAL_BINS + 1],
             (long long)s->round_end);
}

/* ---- points ---- */

typedef struct { /* whole numbers about the points of all parts */
  int64_t n_points, hits, new_points;
} Sums;

/* The fewest and the most points of each index that a list may stand for: one of the ball may be its own antipode. */
static void count_points(const KrSample *s, int64_t fewest[], int64_t most[])
{
  for (int64_t i = 0; i < s->n_points; ++i) {
    const KrPoint *point   = &s->points[i];
    const int      here    = KrSampleHolds(s, point->energy);
    const int      is_pair = s->symmetry == KR_PARITY_EVEN;
    const int      centre  = is_pair && point->mu < CENTRE;
    const int      other   = s->n - 1 - point->index - (point->nullity > 0 ? point->nullity : 0);

    if (point->dimension > 0 || other < 0) continue;
    fewest[point->index] += here * (is_pair && !centre ? 2 : 1);
    most[point->index] += here * (is_pair ? 2 : 1);
    if (s->symmetry != KR_PARITY_ODD || !KrSampleHolds(s, -point->energy)) continue;
    fewest[other] += 1;
    most[other] += 1;
  }
}

/* Negative and null eigenvalues are no more than there are, and a set has no more directions than are null. */
static void check_nullities(KrH5 *file, const KrSample *s)
{
  for (int64_t i = 0; i < s->n_points; ++i) {
    const KrPoint *point = &s->points[i];

    if (point->index + (int64_t)point->nullity > s->n - 1 ||
        (point->dimension > 0 && point->dimension > point->nullity))
      KrH5Fail(file, "data set \"points\", row %lld: index %d, nullity %d, dimension %d at N = %d",
               (long long)i, (int)point->index, (int)point->nullity, (int)point->dimension, s->n);
  }
}

/* The counts are those of the list. Collective on the ranks that have its parts. */
static PetscErrorCode check_counts(KrH5 *file, const KrSampleParts *parts, const KrSample *s)
{
  const size_t n     = (size_t)s->n;
  Sums         sums  = {.n_points = s->n_points, .new_points = 0};
  int64_t     *bound = calloc(2 * n, sizeof *bound);

  PetscFunctionBeginUser;
  PetscCheck(bound != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for %d counts", s->n);
  for (int64_t i = 0; i < s->n_points; ++i) sums.hits += s->points[i].hits;
  for (int d = 0; d < KR_DIAL_BINS; ++d) sums.new_points += s->origins[d].new_points;
  check_nullities(file, s);
  count_points(s, bound, bound + n);
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &sums, 2, MPI_INT64_T, MPI_SUM, file->comm));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, bound, 2 * s->n, MPI_INT64_T, MPI_SUM, file->comm));
  if (sums.hits > s->reasons[KR_FOUND])
    KrH5Fail(file, "its points were hit %lld times by %lld starts that found one",
             (long long)sums.hits, (long long)s->reasons[KR_FOUND]);
  for (size_t k = 0; k < n && !parts->is_state; ++k)
    if (s->count[k] < bound[k] || s->count[k] > bound[n + k])
      KrH5Fail(file, "data set \"count\" has %lld points of index %d, the list has %lld",
               (long long)s->count[k], (int)k, (long long)bound[k]);
  if (parts->with_origins && !parts->is_state)
    check_sum(file, "new points of \"origins\"", sums.new_points, "points", sums.n_points);
  free(bound);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Without the list: as many as it is long, each with its antipode where that is in the window. */
static void check_total(KrH5 *file, const KrSample *s)
{
  const int64_t total   = sum_of(s->n, s->count);
  const int     members = s->symmetry == KR_PARITY_NONE ? 1 : 2;

  if (total < s->n_points - s->n_continua || total > members * s->n_points)
    KrH5Fail(file, "data set \"count\" has %lld points in all, the list has %lld", (long long)total,
             (long long)s->n_points);
}

/* In the order of their energies, of odd orders of the member with e <= 0. */
static void check_order(KrH5 *file, const KrSample *s)
{
  for (int64_t i = 1; i < s->n_points; ++i) {
    const double a = s->points[i - 1].energy, b = s->points[i].energy;
    const double slack = ROUNDING * (fabs(a) + fabs(b));

    if (s->symmetry == KR_PARITY_ODD ? fabs(b) > fabs(a) + slack : b < a - slack)
      KrH5Fail(file, "its points are not in the order of their energies: %.17g before %.17g", a, b);
  }
}

/* Euler: of a pure model sigma . grad H = p H. */
static void check_curvature(KrH5 *file, int p, const KrSample *s)
{
  double largest = 0.0;

  for (int64_t i = 0; i < s->n_points; ++i)
    largest = fmax(largest, fmax(fabs(s->points[i].energy), fabs(s->points[i].lambda_min)));
  for (int64_t i = 0; i < s->n_points && p > 0; ++i) {
    const double e = s->points[i].energy, mu = s->points[i].mu;

    if (!(fabs(mu - p * e) <= 1e-6 * largest + 1e-9))
      KrH5Fail(file,
               "data set \"points\", row %lld: mu is %.17g, with -model_p %d and energy %.17g "
               "it should be %.17g",
               (long long)i, mu, p, e, p * e);
  }
}

/* |x|^2 = N; in the ball N q, where q is called mu. */
static void check_positions(KrH5 *file, const KrSample *s)
{
  for (int64_t i = 0; i < s->n_points; ++i) {
    const double *x      = s->x + i * s->n;
    double        square = 0.0;

    for (int j = 0; j < s->n; ++j) square += x[j] * x[j];
    square /= s->n;
    if (!(fabs(square - 1.0) <= ROUNDING) &&
        !(fabs(square - s->points[i].mu) <= ROUNDING && square < 1.0))
      KrH5Fail(file, "data set \"x\", row %lld: |x|^2 is %.17g N, it should be N", (long long)i,
               square);
  }
}

/* Eigenvalues in order, NaN beyond the last; sign 1: ascending, -1: descending. */
static void check_eigenvalues(KrH5 *file, const char name[], int64_t n_rows, int n_columns,
                              int sign, const double values[])
{
  for (int64_t i = 0; i < n_rows; ++i)
    for (int j = 0; j < n_columns; ++j) {
      const double *at = values + i * n_columns + j;

      if (j == 0 ? isnan(*at) : !isnan(*at) && !(sign * *at >= sign * at[-1]))
        KrH5Fail(file, "data set \"%s\", row %lld: %.17g is out of order", name, (long long)i, *at);
    }
}

static void check_points(KrH5 *file, const char identity[], const KrSampleParts *parts,
                         const KrSample *s)
{
  if (!parts->is_state) check_order(file, s);
  check_curvature(file, pure_order(identity), s);
  if (s->x != NULL) check_positions(file, s);
  if (s->lowest != NULL) check_eigenvalues(file, "lowest", s->n_points, s->n_lowest, 1, s->lowest);
  if (s->highest != NULL)
    check_eigenvalues(file, "highest", s->n_points, s->n_highest, -1, s->highest);
  for (int64_t i = 0; s->lowest != NULL && s->n_lowest > 0 && i < s->n_points; ++i)
    if (fabs(s->lowest[i * s->n_lowest] - s->points[i].lambda_min) >
        ROUNDING * (1.0 + fabs(s->points[i].lambda_min)))
      KrH5Fail(file, "data set \"lowest\", row %lld: %.17g is not its lambda_min %.17g",
               (long long)i, s->lowest[i * s->n_lowest], s->points[i].lambda_min);
  for (int64_t i = 0; s->highest != NULL && s->n_highest > 0 && i < s->n_points; ++i)
    if (s->highest[i * s->n_highest] <
        s->points[i].lambda_min - ROUNDING * fabs(s->points[i].lambda_min))
      KrH5Fail(file, "data set \"highest\", row %lld: %.17g is below its lambda_min %.17g",
               (long long)i, s->highest[i * s->n_highest], s->points[i].lambda_min);
}

/* What a record must have: a state all that it takes to go on; a finished one what its campaign keeps. */
static void check_presence(KrH5 *file, const char identity[], const KrSampleParts *parts,
                           const KrSample *s)
{
  const int stores = KrIdentityIs(identity, "-census_store_points", "true");

  if (s->x == NULL && parts->with_x && (parts->is_state || stores))
    KrH5Fail(file, "it has no data set \"x\"");
  if (parts->is_state && (s->landed == NULL || s->round == NULL))
    KrH5Fail(file, "it has no data set \"%s\"", s->landed == NULL ? "landed" : "round");
  if (!parts->is_state)
    KrH5CheckOptions(file, identity, (int)PETSC_STATIC_ARRAY_LENGTH(spectra), spectra, s);
}

/* A record whose numbers are each in range, as a whole. Collective on file->comm, whose ranks hold its points. */
PetscErrorCode KrSampleCheck(KrH5 *file, const KrSampleParts *parts, const char identity[],
                             const KrSample *s)
{
  PetscFunctionBeginUser;
  if (file->failure[0] != '\0') PetscFunctionReturn(PETSC_SUCCESS); /* the same on all */
  check_presence(file, identity, parts, s);
  check_starts(file, parts, s);
  check_round(file, s);
  if (parts->all_points) {
    check_points(file, identity, parts, s);
    PetscCall(KrH5Agree(file));
    if (file->failure[0] == '\0') PetscCall(check_counts(file, parts, s));
  } else {
    check_total(file, s);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
