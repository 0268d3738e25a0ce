#include <kacrice/record.h>
#include <stdlib.h>

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
