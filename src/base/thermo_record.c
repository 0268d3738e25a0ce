/* Records of a Monte Carlo run: their schema and their life. */
#include <kacrice/thermo_record.h>
#include <stdlib.h>

#define COUNT_OF(array) ((int)(sizeof(array) / sizeof(array)[0]))
#define AT(member)      offsetof(KrThermoSample, member)

const KrField KrThermoRowFields[] = {KR_THERMO_ROW(KR_AS_FIELD, KrThermoRow)};

static const KrField fields[] = {KR_THERMO_SAMPLE(KR_AS_FIELD, KrThermoSample)};

/* clang-format off */
static const KrArray arrays[] = {
  {.name = "temperatures",
   .about = "what was measured, hottest first; energies a spin in units of J, errors statistical",
   .data = AT(rows), .rows = KR_AS_MANY(KrThermoSample, n_temperatures), .unless = KR_NO_MEMBER,
   .fields = KrThermoRowFields, .n_fields = COUNT_OF(KrThermoRowFields), .size = sizeof(KrThermoRow)},
  {.name = "ladders", .about = "of each ladder and temperature: <e>, its error, its autocorrelation time in sweeps",
   .data = AT(ladders), .rows = KR_AS_MANY(KrThermoSample, n_ladders),
   .columns = KR_TIMES(3, KrThermoSample, n_temperatures), .unless = KR_NO_MEMBER,
   .type = KR_FIELD_DOUBLE, .range = KR_ANY},
  {.name = "block_energy", .about = "<e> in equal blocks of the sweeps, units of J",
   .data = AT(block_energy), .rows = KR_AS_MANY(KrThermoSample, n_temperatures),
   .columns = KR_EXACTLY(KR_THERMO_BLOCKS), .unless = KR_NO_MEMBER,
   .type = KR_FIELD_DOUBLE, .range = KR_REAL_OR_NAN},
  {.name = "block_square", .about = "<e^2> in the same blocks",
   .data = AT(block_square), .rows = KR_AS_MANY(KrThermoSample, n_temperatures),
   .columns = KR_EXACTLY(KR_THERMO_BLOCKS), .unless = KR_NO_MEMBER,
   .type = KR_FIELD_DOUBLE, .range = KR_REAL_OR_NAN},
  {.name = "overlaps", .about = "number of overlaps q of two ladders in equal bins from -1 to 1",
   .data = AT(overlaps), .rows = KR_AS_MANY(KrThermoSample, n_temperatures),
   .columns = KR_EXACTLY(KR_OVERLAP_BINS), .unless = KR_NO_MEMBER,
   .type = KR_FIELD_DOUBLE, .range = KR_WITHIN(0, KR_STARTS_MAX)},
  {.name = "times", .about = "times of Langevin dynamics, units of 1/J",
   .data = AT(times), .rows = KR_AS_MANY(KrThermoSample, n_times), .unless = KR_NO_MEMBER,
   .type = KR_FIELD_DOUBLE, .range = KR_POSITIVE},
  {.name = "correlation", .about = "<x(0) . x(t)> / N at those times, in equilibrium",
   .data = AT(correlation), .rows = KR_AS_MANY(KrThermoSample, n_temperatures),
   .columns = KR_AS_MANY(KrThermoSample, n_times), .unless = AT(n_times),
   .type = KR_FIELD_DOUBLE, .range = KR_REAL},
  {.name = "potential",
   .about = "replicas held at an overlap q with the planted point: q, force, its error, <e>, its error, V; units of J",
   .data = AT(potential), .rows = KR_AS_MANY(KrThermoSample, n_overlaps),
   .columns = KR_EXACTLY(KR_POTENTIAL_COLUMNS), .unless = KR_NO_MEMBER,
   .type = KR_FIELD_DOUBLE, .range = KR_REAL_OR_NAN},
};
/* clang-format on */

static const KrOptionField options[] = {
  {"-model_n", AT(n), KR_FIELD_INT32},
  {"-campaign_seed", AT(seed), KR_FIELD_UINT64},
  {"-thermo_ladders", AT(n_ladders), KR_FIELD_INT32},
  {"-thermo_burn_in", AT(burn_in), KR_FIELD_INT64},
  {"-thermo_sweeps", AT(sweeps), KR_FIELD_INT64},
};

static int is_inverse(const KrThermoRow *row)
{
  if (row->beta == 0.0) return isinf(row->temperature);
  return row->temperature != 0.0 && fabs(row->beta * row->temperature - 1.0) <= 1e-12;
}

/* Temperatures fall, and each sweep of a pair of ladders has one overlap. */
static void check(const void *record, char message[KR_RECORD_MESSAGE])
{
  const KrThermoSample *s = record;

  for (int t = 0; message[0] == '\0' && t < s->n_temperatures; ++t) {
    const KrThermoRow *row      = &s->rows[t];
    double             overlaps = 0.0;

    for (int b = 0; b < KR_OVERLAP_BINS; ++b) overlaps += s->overlaps[t * KR_OVERLAP_BINS + b];
    if (!is_inverse(row))
      (void)snprintf(message, KR_RECORD_MESSAGE,
                     "data set \"temperatures\", row %d: beta %g is not 1/%g", t, row->beta,
                     row->temperature);
    else if (t > 0 && !(row->temperature < s->rows[t - 1].temperature))
      (void)snprintf(message, KR_RECORD_MESSAGE,
                     "data set \"temperatures\", row %d: %g is not colder than the one before", t,
                     row->temperature);
    else if (overlaps != (double)s->sweeps * (s->n_ladders / 2))
      (void)snprintf(message, KR_RECORD_MESSAGE,
                     "data set \"overlaps\", row %d: %g overlaps in %lld sweeps of %d ladders", t,
                     overlaps, (long long)s->sweeps, (int)s->n_ladders);
  }
}

const KrRecordType KrThermoSampleType = {.filetype  = KR_FILETYPE_THERMO,
                                         .about     = "Monte Carlo of one disorder sample",
                                         .size      = sizeof(KrThermoSample),
                                         .fields    = fields,
                                         .n_fields  = COUNT_OF(fields),
                                         .arrays    = arrays,
                                         .n_arrays  = COUNT_OF(arrays),
                                         .options   = options,
                                         .n_options = COUNT_OF(options),
                                         .number    = AT(sample),
                                         .n         = AT(n),
                                         .check     = check};

/*
  KrThermoSampleDestroy - Frees the arrays of a record.

  Not collective

  In/out:
. sample - may be all zeros, may be destroyed twice
*/
void KrThermoSampleDestroy(KrThermoSample *sample)
{
  KrRecordDestroy(&KrThermoSampleType, sample);
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
