/* kr_test: ranks=1,2 labels=census,parallel timeout=120 */
/* A census by the stopping rule ends early, and has all points that many more starts find; one with too few starts says
   so. */
#include "kr_test.h"
#include "model/model_test.h"
#include <kacrice/census.h>

#define N_SAMPLES 4
#define MANY      20000 /* starts: 200 hits a point or more */
#define RULE      0.1   /* -census_missing by default */

typedef struct {
  KrMixture f;
  int       n;
  KrVerdict verdict; /* of a complete list, by what applies: docs/theory/completeness.md */
} Law;

static const Law laws[] = {
  {{1, {3}, {1.0}}, 7, KR_VERDICT_CHECKED},           /* Euler, parity */
  {{1, {3}, {1.0}}, 8, KR_VERDICT_CHECKED},           /* parity */
  {{1, {4}, {1.0}}, 5, KR_VERDICT_CHECKED},           /* Euler, parity; even */
  {{2, {3, 4}, {0.36, 0.64}}, 4, KR_VERDICT_CHECKED}, /* Euler; no symmetry */
  {{2, {3, 5}, {0.7, 0.3}}, 4, KR_VERDICT_ESTIMATED}, /* neither */
};

static PetscErrorCode count_round(void *context, KrBreath *breath)
{
  PetscFunctionBeginUser;
  breath->length = INT64_MAX; /* a round in one piece */
  *(int *)context += 1;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The record on rank 0 of at most so many starts; missing 0: all of them. */
static PetscErrorCode take(const Law *law, int64_t sample, int64_t starts, double missing,
                           KrSample *record, int *n_between)
{
  const KrSearchOptions options  = {.kind            = KR_SEARCH_ALL,
                                    .starts          = starts,
                                    .gradient_tol    = 1e-11,
                                    .newton_max_iter = 200,
                                    .newton_range    = 1.2,
                                    .newton_free     = 15,
                                    .newton_cap      = 1.2};
  const KrCensusOptions census_o = {
    .overlap_tol = 1e-9, .energy_tol = 1e-8, .missing = missing, .store_points = 1};
  const KrSpectrumOptions spectrum = {.lowest = 2, .highest = 1};
  KrModel                 model;
  KrSearch                search;
  KrCensus                census;

  PetscFunctionBeginUser;
  *n_between = 0;
  PetscCall(make_model(PETSC_COMM_SELF, &law->f, law->n, &model));
  PetscCall(KrModelDraw(model, 42, sample));
  PetscCall(KrSearchCreate(model, &options, &search));
  PetscCall(KrCensusCreate(model, PETSC_COMM_WORLD, &census_o, &options, &spectrum, &census));
  PetscCall(KrCensusRun(census, search, &options, 42, sample, count_round, n_between, NULL));
  PetscCall(KrCensusFinish(census, record));
  PetscCall(KrSampleGather(PETSC_COMM_WORLD, record));
  PetscCall(KrCensusDestroy(&census));
  PetscCall(KrSearchDestroy(&search));
  PetscCall(KrModelDestroy(&model));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* 512 starts, then a fifth of those made, at least 512. */
static int64_t starts_of_rounds(int rounds)
{
  int64_t made = 0;

  for (int r = 0; r < rounds; ++r) made += PetscMax(512, made / 5);
  return made;
}

static PetscErrorCode expect_same_list(const KrSample *got, const KrSample *want)
{
  PetscFunctionBeginUser;
  PetscCall(KrExpectEqualInt("points", got->n_points, want->n_points));
  for (int64_t i = 0; i < PetscMin(got->n_points, want->n_points); ++i) {
    const double *x = got->x + i * want->n, *y = want->x + i * want->n;
    double        overlap = 0.0;

    for (int j = 0; j < want->n; ++j) overlap += x[j] * y[j] / want->n;
    /* residuals of 1e-11: energies to their squares, which leaves rounding */
    PetscCall(KrExpectNear("energy", got->points[i].energy, want->points[i].energy, 1e-12));
    PetscCall(KrExpectEqualInt("index", got->points[i].index, want->points[i].index));
    PetscCall(KrExpectNear("position", fabs(overlap), 1.0, 1e-9));
  }
  for (int k = 0; k < want->n; ++k)
    PetscCall(KrExpectEqualInt("count", got->count[k], want->count[k]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The first round goes in two pieces, of which the first is short. `many` are all starts there are without the
   rule, and the budget with it. */
static PetscErrorCode check_rule(const Law *law, int64_t sample, int64_t many)
{
  KrSample want, got;
  int      n_between;

  PetscFunctionBeginUser;
  PetscCall(take(law, sample, many, 0.0, &want, &n_between));
  PetscCall(KrExpectEqualInt("no end of its own", n_between, want.rounds + 1));
  PetscCall(KrExpectEqualInt("all starts", want.starts, many));
  PetscCall(take(law, sample, many, RULE, &got, &n_between));
  PetscCall(KrExpectEqualInt("it ended a round", n_between, got.rounds));
  PetscCall(KrExpectEqualInt("starts of its rounds", got.starts, starts_of_rounds(got.rounds)));
  PetscCall(KrExpect("early", got.starts < many / 3));
  PetscCall(KrExpect("few missing", got.missing <= RULE));
  PetscCall(KrExpectEqualInt("verdict", got.verdict, law->verdict));
  if (want.n_points > 0) PetscCall(expect_same_list(&got, &want)); /* rank 0 has them */
  KrSampleDestroy(&want);
  KrSampleDestroy(&got);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* 40 starts for some 60 pairs: what is found is hit once or twice. */
static PetscErrorCode check_too_few(const Law *law, int64_t sample)
{
  KrSample got;
  int      n_between;

  PetscFunctionBeginUser;
  PetscCall(take(law, sample, 40, RULE, &got, &n_between));
  PetscCall(KrExpectEqualInt("starts", got.starts, 40));
  PetscCall(KrExpectEqualInt("one round", got.rounds, 1));
  PetscCall(KrExpectEqualInt("incomplete", got.verdict, KR_VERDICT_INCOMPLETE));
  PetscCall(KrExpect("some are missing", got.missing > RULE));
  KrSampleDestroy(&got);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A rule that bears any number of missing points: the identities alone decide, and hold at the end. After the first
   round the lists lack points, so that without them half of all samples would stop with the wrong parity. */
static PetscErrorCode check_identities(const Law *law, int64_t sample, int *n_longer)
{
  KrSample got;
  int      n_between;

  PetscFunctionBeginUser;
  PetscCall(take(law, sample, MANY, 1e6, &got, &n_between));
  PetscCall(KrExpect("parity", got.parity_checked && !got.parity_failed));
  PetscCall(KrExpect("Euler", !got.euler_failed && got.euler_checked == law->n % 2));
  *n_longer += got.rounds > 1;
  KrSampleDestroy(&got);
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char **argv)
{
  static const Law larger[] = {{{1, {3}, {1.0}}, 11, KR_VERDICT_CHECKED},
                               {{1, {3}, {1.0}}, 10, KR_VERDICT_CHECKED}};
  int              n_longer = 0;

  PetscFunctionBeginUser;
  PetscCall(KrTestBegin(&argc, &argv));
  for (int l = 0; l < (int)PETSC_STATIC_ARRAY_LENGTH(laws); ++l)
    for (int s = 0; s < N_SAMPLES; ++s) PetscCall(check_rule(&laws[l], s, MANY));
  for (int s = 0; s < N_SAMPLES; ++s) PetscCall(check_too_few(&laws[1], s));
  for (int l = 0; l < 2; ++l)
    for (int s = 0; s < 10; ++s) PetscCall(check_identities(&larger[l], s, &n_longer));
  PetscCall(KrExpect("they decided", n_longer > 0));
  return KrTestEnd();
}
