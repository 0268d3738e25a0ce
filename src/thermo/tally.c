/* From the series of a run to its record: what each ladder tells, added up over ranks, then over ladders. */
#include "run_impl.h"
#include <kacrice/series.h>
#include <math.h>
#include <string.h>

double *KrTally(const KrThermoState *run, int ladder, int row)
{
  return run->tally + ((size_t)ladder * KR_TALLY_ROWS + (size_t)row) * (size_t)run->ladder->n;
}

static double *series_of(const KrThermoState *run, int slot)
{
  return run->energy + (size_t)slot * (size_t)run->options->sweeps;
}

/* Entries of a series without a block, side by side in `rest`; how many. */
static int64_t leave_out(int64_t n, const double series[], int block, double rest[])
{
  const int64_t length = n / KR_THERMO_BLOCKS, first = n % KR_THERMO_BLOCKS + block * length;

  (void)memcpy(rest, series, (size_t)first * sizeof *rest);
  (void)memcpy(rest + first, series + first + length, (size_t)(n - first - length) * sizeof *rest);
  return n - length;
}

/* ln Z against the hottest temperature along a ladder, from all energies and without each block. */
static PetscErrorCode tally_log_z(const KrThermoState *run, int local)
{
  const int     nt = run->ladder->n, number = run->numbers[local];
  const int64_t n = run->options->sweeps;
  double       *hot, *cold, *log_z = KrTally(run, number, KR_TALLY_LOG_Z);

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2((size_t)n, &hot, (size_t)n, &cold));
  for (int t = 0; t + 1 < nt; ++t) {
    const double  step = run->ladder->beta[t + 1] - run->ladder->beta[t];
    const double *a = series_of(run, local * nt + t), *b = series_of(run, local * nt + t + 1);
    const double  mean = 0.5 * (KrTally(run, number, KR_TALLY_ENERGY)[t] +
                               KrTally(run, number, KR_TALLY_ENERGY)[t + 1]);
    const double  d    = KrBennett(step, n, a, n, b, -step * mean * run->n);

    log_z[t + 1] = log_z[t] + d;
    for (int k = 0; k < KR_THERMO_BLOCKS; ++k) {
      double       *without = KrTally(run, number, KR_TALLY_WITHOUT + k);
      const int64_t left    = leave_out(n, a, k, hot);

      (void)leave_out(n, b, k, cold);
      without[t + 1] = without[t] + KrBennett(step, left, hot, left, cold, d);
    }
  }
  PetscCall(PetscFree2(hot, cold));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void tally_energy(const KrThermoState *run, int local, int t)
{
  const int          number = run->numbers[local], slot = local * run->ladder->n + t;
  const int64_t      n      = run->options->sweeps;
  const double      *series = series_of(run, slot);
  const KrSlot      *at     = KrSamplerSlot(run->sampler, slot);
  const KrSeriesMean mean   = KrSeriesAnalyse(n, series);
  double             first[KR_THERMO_BLOCKS], second[KR_THERMO_BLOCKS];

  KrTally(run, number, KR_TALLY_ENERGY)[t] = mean.mean / run->n;
  KrTally(run, number, KR_TALLY_ERROR)[t]  = mean.error / run->n;
  KrTally(run, number, KR_TALLY_TIME)[t]   = mean.time;
  KrSeriesBlocks(n, series, KR_THERMO_BLOCKS, first, second);
  for (int k = 0; k < KR_THERMO_BLOCKS; ++k) {
    KrTally(run, number, KR_TALLY_BLOCK_ENERGY + k)[t] = first[k] / run->n;
    KrTally(run, number, KR_TALLY_BLOCK_SQUARE + k)[t] = second[k] / run->n / run->n;
  }
  KrTally(run, number, KR_TALLY_ACCEPTANCE)[t] = at->accepted / (double)at->moves;
  KrTally(run, number, KR_TALLY_STEP)[t]       = at->step;
  KrTally(run, number, KR_TALLY_SWAP)[t] =
    at->exchanges > 0 ? at->swapped / (double)at->exchanges : NAN;
}

/* Overlaps of a pair, told by its first ladder. */
static void tally_overlaps(const KrThermoState *run, int local, int t)
{
  const int64_t n      = run->options->sweeps;
  const int     number = run->numbers[local];
  const double *q      = run->overlaps + (size_t)(local / 2 * run->ladder->n + t) * (size_t)n;

  const KrMixture *f;

  (void)KrModelGetMixture(run->model, &f);
  for (int64_t i = 0; i < n; ++i) {
    const int bin = (int)floor((q[i] + 1.0) * 0.5 * KR_OVERLAP_BINS);

    KrTally(run, number, KR_TALLY_OVERLAP)[t] += q[i] / (double)n;
    KrTally(run, number, KR_TALLY_OVERLAP_SQUARE)[t] += q[i] * q[i] / (double)n;
    KrTally(run, number, KR_TALLY_OVERLAP_LAW)[t] += KrMixtureValue(f, 0, q[i]) / (double)n;
    KrTally(run, number, KR_TALLY_OVERLAPS + PetscMax(0, PetscMin(bin, KR_OVERLAP_BINS - 1)))[t] +=
      1.0;
  }
}

/* Mean of the entries that are numbers, and the variance of it; how many. */
static int64_t mean_of(int n, const double values[], double kept[], double *mean, double *variance)
{
  int64_t      count = 0;
  KrSeriesMean result;

  for (int i = 0; i < n; ++i)
    if (!isnan(values[i])) kept[count++] = values[i];
  result    = KrSeriesAnalyse(count, kept);
  *mean     = count > 0 ? result.mean : 0.0;
  *variance = count > 1 ? result.error * result.error : 0.0;
  return count;
}

static PetscErrorCode tally_quenches(const KrThermoState *run, int local, int t)
{
  const int    number = run->numbers[local], slot = local * run->ladder->n + t;
  const int    n  = run->options->quenches;
  const size_t at = (size_t)slot * (size_t)n;
  double      *kept;

  PetscFunctionBeginUser;
  if (n == 0) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscMalloc1(n, &kept));
  KrTally(run, number, KR_TALLY_QUENCHED)[t] =
    (double)mean_of(n, run->quenches.energy + at, kept, &KrTally(run, number, KR_TALLY_INHERENT)[t],
                    &KrTally(run, number, KR_TALLY_INHERENT_VARIANCE)[t]);
  (void)mean_of(n, run->quenches.curvature + at, kept, &KrTally(run, number, KR_TALLY_CURVATURE)[t],
                &KrTally(run, number, KR_TALLY_CURVATURE_VARIANCE)[t]);
  KrTally(run, number, KR_TALLY_TAP_COUNT)[t] =
    (double)mean_of(n, run->quenches.tap + at, kept, &KrTally(run, number, KR_TALLY_TAP)[t],
                    &KrTally(run, number, KR_TALLY_TAP_VARIANCE)[t]);
  PetscCall(PetscFree(kept));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What this rank's ladders tell. */
PetscErrorCode KrTallyLadders(KrThermoState *run)
{
  PetscFunctionBeginUser;
  for (int local = 0; local < run->n_local; ++local) {
    const int number = run->numbers[local];

    for (int t = 0; t < run->ladder->n; ++t) {
      const int slot = local * run->ladder->n + t;

      tally_energy(run, local, t);
      if (local % 2 == 0) tally_overlaps(run, local, t);
      PetscCall(tally_quenches(run, local, t));
      for (int i = 0; i < run->n_times; ++i)
        KrTally(run, number, KR_TALLY_CORRELATION + i)[t] =
          run->correlation[slot * run->n_times + i] / run->options->quenches;
    }
    PetscCall(tally_log_z(run, local));
    KrTally(run, number, KR_TALLY_TRIPS)[0] = (double)KrSamplerRoundTrips(run->sampler, local);
  }
  if (run->n_local > 0)
    KrTally(run, run->numbers[0], KR_TALLY_GRADIENTS)[0] = (double)KrSamplerGradients(run->sampler);
  PetscFunctionReturn(PETSC_SUCCESS);
}
