#include <kacrice/record.h>
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
