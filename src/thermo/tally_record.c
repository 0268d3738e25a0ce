/* The record of a run, from what its ladders tell. */
#include "run_impl.h"
#include <kacrice/series.h>
#include <math.h>
#include <string.h>

/* Mean over the ladders of a row of the tally. */
static double over_ladders(const KrThermoState *run, int row, int t)
{
  double sum = 0.0;

  for (int l = 0; l < run->options->ladders; ++l) sum += KrTally(run, l, row)[t];
  return sum / run->options->ladders;
}

static double sum_ladders(const KrThermoState *run, int row, int t)
{
  return over_ladders(run, row, t) * run->options->ladders;
}

/* Mean energy of the first (0) or second (1) ladders of the pairs, which start differently, and its variance. */
static double of_kind(const KrThermoState *run, int t, int kind, double *variance)
{
  const int n   = run->options->ladders / 2;
  double    sum = 0.0;

  *variance = 0.0;
  for (int l = kind; l < run->options->ladders; l += 2) {
    sum += KrTally(run, l, KR_TALLY_ENERGY)[t] / n;
    *variance += pow(KrTally(run, l, KR_TALLY_ERROR)[t] / n, 2.0);
  }
  return sum;
}

/* Energy, specific heat, and how the two kinds of starts agree. */
static void set_energy(const KrThermoState *run, int t, KrThermoRow *row)
{
  double       variance[2], without[KR_THERMO_BLOCKS];
  const double a = of_kind(run, t, 0, &variance[0]), b = of_kind(run, t, 1, &variance[1]);
  const double factor = row->beta * row->beta * run->n, count = KR_THERMO_BLOCKS;
  double       first = 0.0, second = 0.0;

  row->energy       = 0.5 * (a + b);
  row->energy_error = 0.5 * sqrt(variance[0] + variance[1]);
  row->agreement    = (a - b) / sqrt(variance[0] + variance[1]);
  for (int k = 0; k < KR_THERMO_BLOCKS; ++k) {
    first += over_ladders(run, KR_TALLY_BLOCK_ENERGY + k, t) / count;
    second += over_ladders(run, KR_TALLY_BLOCK_SQUARE + k, t) / count;
  }
  row->heat = factor * (second - first * first);
  for (int k = 0; k < KR_THERMO_BLOCKS; ++k) {
    const double e =
      (count * first - over_ladders(run, KR_TALLY_BLOCK_ENERGY + k, t)) / (count - 1.0);
    const double ee =
      (count * second - over_ladders(run, KR_TALLY_BLOCK_SQUARE + k, t)) / (count - 1.0);

    without[k] = factor * (ee - e * e);
  }
  row->heat_error = KrJackknifeError(KR_THERMO_BLOCKS, without);
}

/* ln Z and the entropy ln Z / N + beta e; the energy and ln Z without a block come from the same sweeps. */
static void set_entropy(const KrThermoState *run, int t, KrThermoRow *row)
{
  double log_z[KR_THERMO_BLOCKS], entropy[KR_THERMO_BLOCKS], mean = 0.0;

  for (int k = 0; k < KR_THERMO_BLOCKS; ++k)
    mean += over_ladders(run, KR_TALLY_BLOCK_ENERGY + k, t) / KR_THERMO_BLOCKS;
  for (int k = 0; k < KR_THERMO_BLOCKS; ++k) {
    const double e = (KR_THERMO_BLOCKS * mean - over_ladders(run, KR_TALLY_BLOCK_ENERGY + k, t)) /
                     (KR_THERMO_BLOCKS - 1.0);

    log_z[k]   = over_ladders(run, KR_TALLY_WITHOUT + k, t) / run->n;
    entropy[k] = log_z[k] + row->beta * e;
  }
  row->log_z       = over_ladders(run, KR_TALLY_LOG_Z, t) / run->n;
  row->log_z_error = KrJackknifeError(KR_THERMO_BLOCKS, log_z);
  row->entropy = row->entropy_error = NAN;
  if (run->ladder->beta[0] > 0.0) return;
  row->entropy       = row->log_z + row->beta * row->energy;
  row->entropy_error = KrJackknifeError(KR_THERMO_BLOCKS, entropy);
}

/* Mean over ladders and its error; NaN where there is nothing. */
static double mean_error(const KrThermoState *run, int row, int t, double *error)
{
  *error = sqrt(sum_ladders(run, row + 1, t)) / run->options->ladders;
  return over_ladders(run, row, t);
}

/* The entropy of a harmonic minimum is that of N-1 oscillators against the whole sphere. */
static void set_states(const KrThermoState *run, int t, KrThermoRow *row)
{
  const double n = run->n;
  const double sphere =
    log(2.0) + 0.5 * n * log(PETSC_PI) + 0.5 * (n - 1.0) * log(n) - lgamma(0.5 * n);
  const double taps = sum_ladders(run, KR_TALLY_TAP_COUNT, t);
  double       curvature;

  row->quenched        = sum_ladders(run, KR_TALLY_QUENCHED, t);
  row->inherent_energy = row->inherent_error = row->vibration = row->vibration_error = NAN;
  row->configurational = row->configurational_error = row->tap_configurational = NAN;
  row->tap_fraction = row->tap_entropy = row->tap_error = NAN;
  if (row->quenched == 0.0 || row->beta <= 0.0) return;
  row->inherent_energy = mean_error(run, KR_TALLY_INHERENT, t, &row->inherent_error);
  curvature            = mean_error(run, KR_TALLY_CURVATURE, t, &row->vibration_error);
  row->vibration =
    (0.5 * (n - 1.0) * (1.0 + log(2.0 * PETSC_PI * row->temperature)) - sphere) / n - curvature;
  row->configurational       = row->entropy - row->vibration;
  row->configurational_error = hypot(row->entropy_error, row->vibration_error);
  row->tap_fraction          = taps / row->quenched;
  if (taps < 2.0) return;
  row->tap_entropy = row->tap_error = 0.0;
  for (int l = 0; l < run->options->ladders; ++l) {
    const double share = KrTally(run, l, KR_TALLY_TAP_COUNT)[t] / taps;

    row->tap_entropy += share * KrTally(run, l, KR_TALLY_TAP)[t];
    row->tap_error += share * share * KrTally(run, l, KR_TALLY_TAP_VARIANCE)[t];
  }
  row->tap_error           = sqrt(row->tap_error);
  row->tap_configurational = row->entropy - row->tap_entropy;
}

/* Gaussian couplings: <H> = -beta N (f(1) - <f(q)>) on average over them, by parts, at every N. */
static PetscErrorCode set_overlaps(const KrThermoState *run, int t, KrThermoRow *row)
{
  const int        pairs = run->options->ladders / 2;
  const KrMixture *f;

  PetscFunctionBeginUser;
  PetscCall(KrModelGetMixture(run->model, &f));
  row->overlap        = sum_ladders(run, KR_TALLY_OVERLAP, t) / pairs;
  row->overlap_square = sum_ladders(run, KR_TALLY_OVERLAP_SQUARE, t) / pairs;
  row->overlap_law    = sum_ladders(run, KR_TALLY_OVERLAP_LAW, t) / pairs;
  row->identity       = run->planted != NULL
                          ? NAN
                          : row->energy + row->beta * (KrMixtureValue(f, 0, 1.0) - row->overlap_law);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode set_row(const KrThermoState *run, int t, KrThermoSample *record)
{
  KrThermoRow *row = &record->rows[t];

  PetscFunctionBeginUser;
  row->beta        = run->ladder->beta[t];
  row->temperature = 1.0 / row->beta;
  set_energy(run, t, row);
  set_entropy(run, t, row);
  set_states(run, t, row);
  row->time = 0.0;
  for (int l = 0; l < run->options->ladders; ++l) {
    double *at = record->ladders + ((size_t)l * (size_t)run->ladder->n + (size_t)t) * 3;

    for (int i = 0; i < 3; ++i) at[i] = KrTally(run, l, KR_TALLY_ENERGY + i)[t];
    row->time = PetscMax(row->time, at[2]);
  }
  row->acceptance = over_ladders(run, KR_TALLY_ACCEPTANCE, t);
  row->step       = over_ladders(run, KR_TALLY_STEP, t);
  row->swap       = over_ladders(run, KR_TALLY_SWAP, t);
  PetscCall(set_overlaps(run, t, row));
  for (int k = 0; k < KR_THERMO_BLOCKS; ++k) {
    record->block_energy[t * KR_THERMO_BLOCKS + k] =
      over_ladders(run, KR_TALLY_BLOCK_ENERGY + k, t);
    record->block_square[t * KR_THERMO_BLOCKS + k] =
      over_ladders(run, KR_TALLY_BLOCK_SQUARE + k, t);
  }
  for (int b = 0; b < KR_OVERLAP_BINS; ++b)
    record->overlaps[t * KR_OVERLAP_BINS + b] = sum_ladders(run, KR_TALLY_OVERLAPS + b, t);
  for (int i = 0; i < run->n_times; ++i)
    record->correlation[t * run->n_times + i] = over_ladders(run, KR_TALLY_CORRELATION + i, t);
  row->relaxation = row->beta > 0.0
                      ? KrRelaxationTime(run->n_times, run->times,
                                         record->correlation + (size_t)t * (size_t)run->n_times)
                      : NAN;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The record, the same on every rank. Collective on the sharers. */
PetscErrorCode KrTallyRecord(KrThermoState *run, KrThermoSample *record)
{
  const int n = run->options->ladders * KR_TALLY_ROWS * run->ladder->n;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, run->tally, n, MPI_DOUBLE, MPI_SUM, run->sharers));
  *record = (KrThermoSample){.sample         = run->sample,
                             .seed           = run->seed,
                             .n              = run->n,
                             .n_temperatures = run->ladder->n,
                             .n_ladders      = run->options->ladders,
                             .n_times        = run->n_times,
                             .n_overlaps     = run->options->overlaps,
                             .planted        = run->options->plant,
                             .burn_in        = run->options->burn_in,
                             .sweeps         = run->options->sweeps};
  PetscCheck(KrRecordAllocate(&KrThermoSampleType, record), PETSC_COMM_SELF, PETSC_ERR_MEM,
             "no memory for a record");
  (void)memcpy(record->times, run->times, (size_t)run->n_times * sizeof(double));
  for (int t = 0; t < run->ladder->n; ++t) PetscCall(set_row(run, t, record));
  PetscCall(KrPotentialRecord(run, record));
  record->round_trips = (int64_t)sum_ladders(run, KR_TALLY_TRIPS, 0);
  record->gradients   = (int64_t)sum_ladders(run, KR_TALLY_GRADIENTS, 0);
  PetscFunctionReturn(PETSC_SUCCESS);
}
