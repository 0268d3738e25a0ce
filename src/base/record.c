#include <kacrice/record.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>

/*
  KrVerdictName - What is known about completeness, in a word.

  Not collective

  Input:
. verdict - of a sample

  Returns:
  a constant; NULL for none of them
*/
const char *KrVerdictName(KrVerdict verdict)
{
  static const char *const names[KR_N_VERDICTS] = {"incomplete", "estimated", "checked", "proved"};

  return (int)verdict >= 0 && verdict < KR_N_VERDICTS ? names[verdict] : NULL;
}

/*
  KrSampleHolds - Whether a sample lists points of an energy.

  Not collective

  Input:
+ sample - with its window of energies
- energy - e

  Returns:
  1 when e lies in the window or there is none, otherwise 0
*/
int KrSampleHolds(const KrSample *sample, double energy)
{
  return sample->energy_first == sample->energy_last ||
         (energy >= sample->energy_first && energy <= sample->energy_last);
}

/*
  KrReachGrows - Whether a census that went so far may be taken as far as that, and no less.

  Not collective

  Input:
+ then - how far it went
- now  - how far it is to go

  Returns:
  1 when it may make as many starts or more, and stops no sooner; -census_missing 0 never stops by itself
*/
int KrReachGrows(const KrReach *then, const KrReach *now)
{
  return now->starts >= then->starts && now->missing <= then->missing;
}

/* The estimate below which a list may pass for complete, docs/theory/completeness.md, section 4. */
static double tolerated(const KrReach *reach)
{
  return fmax(reach->missing, 0.1);
}

/*
  KrSampleGoesOn - Whether a finished sample is not what a census that goes further would have made of it.

  Not collective

  Input:
+ sample - its numbers; points are not looked at
. then   - how far its census went
- now    - how far it is to go; KrReachGrows()

  Returns:
  0 when the record is that of the longer census, too: it met the rule at the end of a round, and meets the new one, or
  all starts there may be are made. 1 otherwise: it has to be taken up

  Source: docs/theory/completeness.md, docs/adr/0013-extending-in-place.md
*/
int KrSampleGoesOn(const KrSample *sample, const KrReach *then, const KrReach *now)
{
  const int ended_by_rule = sample->starts == sample->round_end && sample->rule_met &&
                            now->missing > 0.0 && sample->missing <= now->missing;
  const int same_verdict =
    (sample->missing <= tolerated(then)) == (sample->missing <= tolerated(now));

  if (ended_by_rule) return 0;
  return sample->starts < now->starts || !same_verdict;
}

/*
  KrSampleDestroy - Frees the arrays of a sample and sets it to all zeros.

  Not collective

  In/out:
. sample - its arrays are owned by it and came from malloc(); may be all zeros, may be destroyed twice

  Errors: none
  Cost:   none
  See:    KrShardRead(), KrCensusFinish()
*/
void KrSampleDestroy(KrSample *sample)
{
  free(sample->points);
  free(sample->x);
  free(sample->lowest);
  free(sample->highest);
  free(sample->count);
  free(sample->landed);
  free(sample->round);
  *sample = (KrSample){0};
}

/*
  KrEnsembleDestroy - Frees the arrays of an ensemble and sets it to all zeros.

  Not collective

  In/out:
. ensemble - its arrays are owned by it and came from malloc(); may be all zeros, may be destroyed twice

  Errors: none
  Cost:   none
  See:    KrEnsembleRead(), KrEnsembleWrite()
*/
void KrEnsembleDestroy(KrEnsemble *ensemble)
{
  free(ensemble->rows);
  free(ensemble->counts);
  free(ensemble->points);
  free(ensemble->histogram);
  free(ensemble->expected);
  free(ensemble->mu_histogram);
  free(ensemble->mu_expected);
  free(ensemble->joint);
  free(ensemble->joint_expected);
  free(ensemble->annealed);
  free(ensemble->annealed_error);
  free(ensemble->quenched);
  free(ensemble->quenched_error);
  free(ensemble->empty_fraction);
  *ensemble = (KrEnsemble){0};
}
