/* The search of one sample in rounds: after each the ranks compare what they found, and decide whether it is all, and
   where to look next. Every decision is a function of the survey, hence the same for any number of ranks. */
#include "census_impl.h"

#define FIRST_ROUND 512
#define EMPTY_FINDS 10000 /* of energies outside the window, before it is believed to be empty */

/* Starts of the next round: a fifth of those made, within the budget. */
static int64_t size_of_round(int64_t made, int64_t budget)
{
  const int64_t size = made / 5 > FIRST_ROUND ? made / 5 : FIRST_ROUND;

  return made + size < budget ? size : budget - made;
}

/* Whether nothing hints at a missing point any more. */
static PetscBool is_complete(const struct KrCensus_s *census, const KrSurvey *survey)
{
  if (survey->n_points == 0 && survey->n_found < EMPTY_FINDS) return PETSC_FALSE;
  return census->options.missing > 0.0 && KrCensusIsConsistent(census, survey) &&
             KrSurveyMissing(survey) <= census->options.missing
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
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrCensusRun - Searches until the census is complete by the stopping rule, or the starts are used up.

  Collective on the model's communicator and on sharers

  In/out:
. census - empty, or restored

  Input:
+ search  - on the census's model
. options - of the search: starts is the most that are made
. seed    - campaign seed
. sample  - number of the disorder sample
. after_round - called between two rounds, collective on the model's communicator and on sharers; NULL: nothing
- context - passed to it

  Notes:
  The list is complete when Euler's sum and the parity hold, where they apply, and no more than -census_missing
  points are estimated to be missing. The same points and hits for any number of sharers.

  Cost:   that of KrSearchRun() for the starts made; after each round an exchange of the points
  Source: docs/theory/completeness.md
  See:    KrCensusFinish()
*/
PetscErrorCode KrCensusRun(KrCensus census, KrSearch search, const KrSearchOptions *options,
                           uint64_t seed, int64_t sample, KrRoundFn after_round, void *context)
{
  int64_t     size;
  PetscMPIInt rank, n_sharers;
  KrSurvey    survey = {0};
  KrDial      dial;

  PetscFunctionBeginUser;
  if (options->kind == KR_SEARCH_HOMOTOPY) {
    PetscCall(run_homotopy(census, search, seed, sample));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCallMPI(MPI_Comm_rank(census->sharers, &rank));
  PetscCallMPI(MPI_Comm_size(census->sharers, &n_sharers));
  if (census->made > 0) PetscCall(KrCensusSurvey(census, &survey));
  while ((size = size_of_round(census->made, options->starts)) > 0) {
    KrCensusDial(census, &survey, &dial);
    PetscCall(KrSearchRun(search, seed, sample,
                          &(KrStarts){census->made + rank, census->made + size, n_sharers, &dial},
                          KrCensusAdd, census));
    census->made += size;
    census->rounds += 1;
    PetscCall(KrCensusSettle(census));
    PetscCall(KrCensusSurvey(census, &survey));
    if (is_complete(census, &survey)) break;
    if (after_round != NULL) PetscCall((*after_round)(context, census));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
