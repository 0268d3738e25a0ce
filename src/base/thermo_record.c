/* Life of the records of a Monte Carlo run. */
#include <kacrice/thermo_record.h>
#include <stdlib.h>

/*
  KrThermoSampleAllocate - Makes the arrays of a record by its sizes.

  Not collective

  In/out:
. sample - n_temperatures, n_ladders, n_times and n_overlaps are set; its arrays, filled with zeros, are to be freed
           with KrThermoSampleDestroy()

  Returns:
  1; 0 when there is no memory, and no array then
*/
int KrThermoSampleAllocate(KrThermoSample *sample)
{
  const size_t n = (size_t)sample->n_temperatures, times = (size_t)sample->n_times;

  sample->rows         = calloc(n, sizeof *sample->rows);
  sample->ladders      = calloc((size_t)sample->n_ladders * n * 3, sizeof(double));
  sample->block_energy = calloc(n * KR_THERMO_BLOCKS, sizeof(double));
  sample->block_square = calloc(n * KR_THERMO_BLOCKS, sizeof(double));
  sample->overlaps     = calloc(n * KR_OVERLAP_BINS, sizeof(double));
  sample->times        = calloc(times + 1, sizeof(double));
  sample->correlation  = calloc(n * times + 1, sizeof(double));
  sample->potential = calloc((size_t)sample->n_overlaps * KR_POTENTIAL_COLUMNS + 1, sizeof(double));
  if (sample->potential != NULL && sample->rows != NULL && sample->ladders != NULL &&
      sample->block_energy != NULL && sample->block_square != NULL && sample->overlaps != NULL &&
      sample->times != NULL && sample->correlation != NULL)
    return 1;
  KrThermoSampleDestroy(sample);
  return 0;
}

/*
  KrThermoSampleDestroy - Frees the arrays of a record.

  Not collective

  In/out:
. sample - may be all zeros, may be destroyed twice
*/
void KrThermoSampleDestroy(KrThermoSample *sample)
{
  free(sample->rows);
  free(sample->ladders);
  free(sample->block_energy);
  free(sample->block_square);
  free(sample->overlaps);
  free(sample->times);
  free(sample->correlation);
  free(sample->potential);
  sample->rows         = NULL;
  sample->ladders      = NULL;
  sample->block_energy = sample->block_square = NULL;
  sample->overlaps = sample->times = sample->correlation = sample->potential = NULL;
}

/*
  KrThermoCheckpointDestroy - Frees the rows of a state.

  Not collective

  In/out:
. state - may be all zeros, may be destroyed twice
*/
void KrThermoCheckpointDestroy(KrThermoCheckpoint *state)
{
  free(state->rows);
  state->rows = NULL;
}
