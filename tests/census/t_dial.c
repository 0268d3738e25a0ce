/* kr_test: ranks=1,2,4 labels=census,parallel */
/* The law of the initial mu of Newton: a probability, that leans to where hits are few, leaves a tenth of the starts as
   they were, keeps to the window, and follows from sums over the ranks alone. */
#include "census_test.h"

#define BINS  KR_DIAL_BINS
#define N     6
#define ROUND 1e-14 /* sums of 64 numbers below 1 */

static const KrMixture cubic = {1, {3}, {1.0}};

static double share(const KrDial *dial, int d)
{
  return dial->cumulative[d + 1] - dial->cumulative[d];
}

static double sum(const KrDial *dial, int from, int to)
{
  return dial->cumulative[to + 1] - dial->cumulative[from];
}

static PetscErrorCode check_probability(const KrDial *dial)
{
  PetscFunctionBeginUser;
  PetscCall(KrExpectNear("from 0", dial->cumulative[0], 0.0, 0.0));
  PetscCall(KrExpectNear("to 1", dial->cumulative[BINS], 1.0, 0.0));
  for (int d = 0; d < BINS; ++d) PetscCall(KrExpect("no negative share", share(dial, d) >= 0.0));
  /* the last entry is set to 1: that the others lead there shows in the last share */
  PetscCall(KrExpect("the last share is no rest", share(dial, BINS - 1) < 0.1));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* KrDialValue() inverts the law: of evenly spread uniform numbers each bin gets its share, and within it they are
   evenly spread again. */
static PetscErrorCode check_value(const KrDial *dial)
{
  enum { MANY = 100000 };
  int    hits[BINS] = {0};
  double before     = -1.0;

  PetscFunctionBeginUser;
  for (int i = 0; i < MANY; ++i) {
    const double uniform = (i + 0.5) / MANY, value = KrDialValue(dial, uniform);
    const int    d = (int)floor(0.5 * (value + 1.0) * BINS);

    PetscCall(KrExpect("within the range", value >= -1.0 && value < 1.0));
    PetscCall(KrExpect("monotone", value >= before));
    before = value;
    hits[d] += 1;
    PetscCall(KrExpectNear("inverse",
                           dial->cumulative[d] + share(dial, d) * (0.5 * (value + 1.0) * BINS - d),
                           uniform, 1e-12));
  }
  for (int d = 0; d < BINS; ++d) /* one number more or less at either end of a bin */
    PetscCall(KrExpectNear("share", (double)hits[d] / MANY, share(dial, d), 2.0 / MANY));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* No dial, and the dial before anything was found: uniform. */
static PetscErrorCode check_uniform(KrCensus census)
{
  static const KrSurvey nothing;
  KrDial                dial;

  PetscFunctionBeginUser;
  KrCensusDial(census, &nothing, &dial);
  PetscCall(check_probability(&dial));
  for (int i = 0; i < 1000; ++i) {
    PetscCall(KrExpectNear("no dial", KrDialValue(NULL, i / 1000.0), i / 500.0 - 1.0, 1e-15));
    PetscCall(KrExpectNear("uniform", KrDialValue(&dial, i / 1000.0), i / 500.0 - 1.0, 1e-12));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* 1000 starts from each cell, which all ended in the same cell of mu; 100 points in each of the cells 4 ... 59. */
static void invent(int64_t hits_a_point, KrSurvey *survey)
{
  *survey = (KrSurvey){0};
  for (int d = 0; d < BINS; ++d) {
    survey->origins[d].starts = survey->landed[d][d] = 1000;
    survey->points[d]                                = d >= 4 && d < 60 ? 100 : 0;
    survey->hits[d]                                  = hits_a_point * survey->points[d];
    survey->n_points += survey->points[d];
    survey->n_found += survey->hits[d];
  }
}

/* Three cells have one hit a point, three others ten, the rest so many that the round is used up before. */
static PetscErrorCode check_few_hits(KrCensus census)
{
  const double uniform = 0.1 / BINS;
  KrSurvey     survey;
  KrDial       dial;
  double       poor, middling;

  PetscFunctionBeginUser;
  invent(50, &survey);
  for (int d = 20; d < 23; ++d) survey.hits[d] = survey.points[d];
  for (int d = 40; d < 43; ++d) survey.hits[d] = 10 * survey.points[d];
  KrCensusDial(census, &survey, &dial);
  PetscCall(check_probability(&dial));
  PetscCall(check_value(&dial));
  poor     = sum(&dial, 19, 23); /* what counts in a cell was blurred into its neighbours */
  middling = sum(&dial, 39, 43);
  PetscCall(KrExpectNear("nine tenths", poor + middling, 0.9 + 10.0 * uniform, ROUND));
  for (int d = 0; d < BINS; ++d)
    if ((d < 19 || d > 23) && (d < 39 || d > 43))
      PetscCall(KrExpectNear("a tenth is uniform", share(&dial, d), uniform, ROUND));
  /* 2700 hits bring one to the other, then both get the same; 11 of 12 starts or more stay in the cells meant; a
     portion is 100 starts. A fifth of 64000 starts is dealt out. */
  PetscCall(KrExpect("more to the fewest", poor - middling > 0.9 * (2700.0 - 100.0) / 12800.0));
  PetscCall(
    KrExpect("no more than needed", poor - middling < 0.9 * (2700.0 * 1.5 + 100.0) / 12800.0));
  PetscCall(KrExpect("some to those with ten", middling > 0.2));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The cells of mu = p e for e in the window, in units of the range, 0.1 more on either side: no start elsewhere, before
   and after finds. */
static PetscErrorCode check_window(KrModel model, double first, double last)
{
  const double scale = 3.0 / (2.0 * sqrt(6.0) * 1.2); /* f'' = 6 */
  const int    from  = (int)floor(0.5 * (first * scale - 0.1 + 1.0) * BINS);
  const int    to    = (int)floor(0.5 * (last * scale + 0.1 + 1.0) * BINS);
  KrCensus     census;
  KrSurvey     survey = {0};
  KrDial       dial;

  PetscFunctionBeginUser;
  PetscCall(make_census(model, PETSC_COMM_SELF, first, last, &census));
  for (int found = 0; found < 2; ++found) {
    if (found) invent(3, &survey); /* also outside, where points near the border come from */
    KrCensusDial(census, &survey, &dial);
    PetscCall(KrExpectNear("all within", sum(&dial, from, to), 1.0, ROUND));
    for (int d = from; d <= to; ++d)
      PetscCall(KrExpect("everywhere within",
                         share(&dial, d) >= (found ? 0.0999 : 0.999) / (to - from + 1)));
  }
  PetscCall(KrCensusDestroy(&census));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A made-up start: some fail, the others end in one of 300 points near their dial, low ones more often. */
static PetscErrorCode add_start(KrCensus census, int64_t start)
{
  const KrRandomKey key      = {.seed = 8, .stream = KR_STREAM_TEST};
  const double      u        = KrRandomUniform(&key, (uint64_t)(2 * start)),
               v             = KrRandomUniform(&key, (uint64_t)(2 * start + 1));
  const int         point    = (int)(300.0 * u * u);
  const double      energy   = -1.6 + 0.005 * point;
  const KrRandomKey of_point = {.seed = 9, .stream = KR_STREAM_TEST, .sample = (uint64_t)point};
  double            x[N];

  PetscFunctionBeginUser;
  KrRandomNormals(&of_point, 0, N, x);
  KrSphereNormalise(N, x);
  PetscCall(KrCensusAdd(census, &(KrOutcome){.start  = start,
                                             .reason = v < 0.1 ? KR_FAILED_MAX_ITER : KR_FOUND,
                                             .dial   = 0.5 * energy + 0.2 * v - 0.1,
                                             .energy = energy,
                                             .mu     = 3.0 * energy,
                                             .x      = x}));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Starts shared in turn, and in blocks: the same law, bit for bit, as when one rank makes them all. */
static PetscErrorCode check_split(KrModel model)
{
  enum { STARTS = 4000 };
  KrDial      dial[3];
  PetscMPIInt rank, n_ranks;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &n_ranks));
  for (int way = 0; way < 3; ++way) {
    KrCensus census;
    KrSurvey survey;

    PetscCall(make_census(model, way == 0 ? PETSC_COMM_SELF : PETSC_COMM_WORLD, 0.0, 0.0, &census));
    for (int64_t start = 0; start < STARTS; ++start)
      if (way == 0 || rank == (way == 1 ? start % n_ranks : start * n_ranks / STARTS))
        PetscCall(add_start(census, start));
    PetscCall(KrCensusSettle(census));
    PetscCall(KrCensusSurvey(census, &survey));
    PetscCall(KrExpectEqualInt("points", survey.n_points, 300));
    KrCensusDial(census, &survey, &dial[way]);
    PetscCall(check_probability(&dial[way]));
    PetscCall(KrCensusDestroy(&census));
  }
  /* e from -1.6 to -0.1 is -0.82 to -0.05 of the range: cells 5 to 30 */
  PetscCall(KrExpect("not uniform", sum(&dial[0], 18, 30) > 2.0 * sum(&dial[0], 5, 17)));
  PetscCall(KrExpect("in turn", memcmp(&dial[0], &dial[1], sizeof *dial) == 0));
  PetscCall(KrExpect("in blocks", memcmp(&dial[0], &dial[2], sizeof *dial) == 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char **argv)
{
  KrModel  model;
  KrCensus census;

  PetscFunctionBeginUser;
  PetscCall(KrTestBegin(&argc, &argv));
  PetscCall(make_model(PETSC_COMM_SELF, &cubic, N, &model));
  PetscCall(make_census(model, PETSC_COMM_SELF, 0.0, 0.0, &census));
  PetscCall(check_uniform(census));
  PetscCall(check_few_hits(census));
  PetscCall(KrCensusDestroy(&census));
  PetscCall(check_window(model, -1.65, -1.4));
  PetscCall(check_window(model, -0.5, 0.2));
  PetscCall(check_split(model));
  PetscCall(KrModelDestroy(&model));
  return KrTestEnd();
}
