/* The search of one sample in rounds: after each the ranks compare what they found, and decide whether it is all, and
   where to look next. Every decision is a function of the survey, hence the same for any number of ranks. A round
   goes
   in pieces, between which the search can be saved and stopped. */
#include "census_impl.h"

#define FIRST_ROUND     512
#define FIRST_PIECE     64 /* starts: few, as of large N they may take long, and the next pieces grow */
#define HOPELESS_STARTS 100000
#define HOPELESS_HITS   10000 /* of a point on average */

/* Starts of the next round: a fifth of those made. */
static int64_t size_of_round(int64_t made)
{
  return made / 5 > FIRST_ROUND ? made / 5 : FIRST_ROUND;
}

/* Whether more starts will not settle what is open: every point was found very often, and yet an identity fails; or
   next
   to no start has found anything. Far beyond what a list without singular points takes. */
static PetscBool is_hopeless(const struct KrCensus_s *census, const KrSurvey *survey)
{
  int64_t n_hits = 0;

  if (census->options.missing == 0.0 || census->made < HOPELESS_STARTS) return PETSC_FALSE;
  for (int cell = 0; cell < KR_DIAL_BINS; ++cell) n_hits += survey->hits[cell];
  return survey->n_found == 0 ||
             (survey->n_points > 0 && n_hits / survey->n_points >= HOPELESS_HITS)
           ? PETSC_TRUE
           : PETSC_FALSE;
}

/* All paths of a homotopy in one round. */
static PetscErrorCode run_homotopy(KrCensus census, KrSearch search, uint64_t seed, int64_t sample)
{
  KrHomotopyCount count;

  PetscFunctionBeginUser;
  PetscCall(KrHomotopyRun(search, seed, sample, census->sharers, KrCensusAdd, census, &count));
  census->paths          = count.paths;
  census->paths_followed = count.n_followed;
  census->paths_distinct = count.distinct;
  census->rounds         = 1;
  PetscCall(KrCensusSettle(census));
  PetscCall(KrCensusSift(census));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Goes on in the round under way, or begins the next one; false when the starts are used up, and be it within a
   round: with more of them it goes on there, as if they had been there from the beginning. */
static PetscBool enter_round(KrCensus census, const KrSurvey *survey, int64_t budget)
{
  if (census->made >= budget) return PETSC_FALSE;
  if (census->made < census->round_end) return PETSC_TRUE;
  KrCensusDial(census, survey, &census->dial);
  census->round_end = census->made + size_of_round(census->made);
  return PETSC_TRUE;
}

/* Starts made when the round under way is over, or they run out. */
static int64_t end_of(const struct KrCensus_s *census, int64_t budget)
{
  return census->round_end < budget ? census->round_end : budget;
}

/* A piece of a round that goes to `last`, each sharer its part. Left early by a rank that was asked to stop, it has not
   been for any of them. */
static PetscErrorCode run_piece(KrCensus census, KrSearch search, uint64_t seed, int64_t sample,
                                int64_t last, int64_t starts, KrPending pending, PetscBool *left)
{
  const int64_t   end  = starts < last - census->made ? census->made + starts : last;
  const PetscBool kept = starts < INT64_MAX ? PETSC_TRUE : PETSC_FALSE; /* else nothing is saved */
  PetscMPIInt     rank, n_sharers;
  PetscErrorCode  code;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(census->sharers, &rank));
  PetscCallMPI(MPI_Comm_size(census->sharers, &n_sharers));
  code = KrSearchRun(search, seed, sample,
                     &(KrStarts){census->made + rank, end, n_sharers, &census->dial},
                     kept ? KrPendingAdd : KrCensusAdd, kept ? (void *)pending : (void *)census);
  PetscCall(KrStopAgree(census->sharers, &code));
  *left = code == KR_ERR_STOPPED ? PETSC_TRUE : PETSC_FALSE;
  PetscCall(KrPendingEnd(pending, census, *left ? PETSC_FALSE : PETSC_TRUE));
  if (!*left) census->made = end;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The ranks compare what they have found when a round is over. */
static PetscErrorCode end_round(KrCensus census, int64_t last, KrSurvey *survey,
                                PetscBool *complete)
{
  PetscFunctionBeginUser;
  *complete = PETSC_FALSE;
  if (census->made < last) PetscFunctionReturn(PETSC_SUCCESS);
  if (census->made == census->round_end) census->rounds += 1;
  PetscCall(KrCensusSettle(census));
  PetscCall(KrCensusSift(census));
  PetscCall(KrCensusSurvey(census, survey));
  *complete =
    KrCensusIsComplete(census, survey) || is_hopeless(census, survey) ? PETSC_TRUE : PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What was saved may be the whole search, its points not yet proved. */
static PetscErrorCode take_stock(KrCensus census, KrSurvey *survey, PetscBool *complete)
{
  PetscFunctionBeginUser;
  *complete = PETSC_FALSE;
  if (census->made == 0) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KrCensusSurvey(census, survey));
  if (census->made == census->round_end) *complete = KrCensusIsComplete(census, survey);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A KrSaveFn. */
static PetscErrorCode save(void *census, void *sample)
{
  PetscFunctionBeginUser;
  PetscCall(KrCensusSave(census, sample));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode run_rounds(KrCensus census, KrSearch search, const KrSearchOptions *options,
                                 uint64_t seed, int64_t sample, KrBreathFn breathe, void *context,
                                 PetscBool *stopped)
{
  KrSurvey survey = {0};
  KrBreath breath = {
    .save = save, .work = census, .length = breathe != NULL ? FIRST_PIECE : INT64_MAX};
  PetscBool complete, left = PETSC_FALSE;
  KrPending pending;

  PetscFunctionBeginUser;
  PetscCall(KrPendingCreate(census->n, &pending));
  PetscCall(take_stock(census, &survey, &complete));
  while (!complete && !breath.stop && enter_round(census, &survey, options->starts)) {
    const int64_t last = end_of(census, options->starts);

    PetscCall(run_piece(census, search, seed, sample, last, breath.length, pending, &left));
    if (!left) PetscCall(end_round(census, last, &survey, &complete));
    if (complete) break;
    if (breathe != NULL) PetscCall((*breathe)(context, &breath));
    if (left) breath.stop = PETSC_TRUE;
  }
  PetscCall(KrPendingDestroy(&pending));
  *stopped = breath.stop;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrCensusRun - Searches until the census is complete by the stopping rule, the starts are used up, or it is stopped.

  Collective on the model's communicator and on sharers

  In/out:
. census - empty, restored or reopened

  Input:
+ search  - on the census's model
. options - of the search: starts is the most that are made
. seed    - campaign seed
. sample  - number of the disorder sample
. breathe - called between two pieces of a round, collective on the model's communicator and on sharers, with the same
            answer on every rank; a piece is counted in starts of all sharers, a state is a KrSample; NULL: never
- context - passed to it

  Output:
. stopped - whether `breathe` said so, or a rank was asked to stop (KrStopWanted()); the census can be saved then, not
            finished. NULL when breathe is: KR_ERR_STOPPED is returned in its place

  Notes:
  The list is complete when Euler's sum and the parity hold, where they apply, and no more than -census_missing
  points are estimated to be missing. The same points and hits for any number of sharers and any pieces. A homotopy
  follows all its paths without a pause.

  Cost:   that of KrSearchRun() for the starts made; after each round an exchange of the points
  Source: docs/theory/completeness.md
  See:    KrCensusFinish()
*/
PetscErrorCode KrCensusRun(KrCensus census, KrSearch search, const KrSearchOptions *options,
                           uint64_t seed, int64_t sample, KrBreathFn breathe, void *context,
                           PetscBool *stopped)
{
  PetscErrorCode code = PETSC_SUCCESS;
  PetscBool      left = PETSC_FALSE;

  PetscFunctionBeginUser;
  census->seed   = seed;
  census->sample = sample;
  if (options->kind != KR_SEARCH_HOMOTOPY)
    PetscCall(run_rounds(census, search, options, seed, sample, breathe, context, &left));
  else code = run_homotopy(census, search, seed, sample);
  if (code == KR_ERR_STOPPED) left = PETSC_TRUE;
  else PetscCall(code);
  if (stopped != NULL) *stopped = left;
  else if (left) PetscFunctionReturn(KR_ERR_STOPPED);
  PetscFunctionReturn(PETSC_SUCCESS);
}
