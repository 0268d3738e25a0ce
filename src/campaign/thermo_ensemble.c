/* All samples of Monte Carlo together: means over disorder, their errors, what follows from them. */
#include "campaign_impl.h"
#include <kacrice/series.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FIT_RANGE \
  1.35 /* the line to the Kauzmann temperature is laid through temperatures up to so many times the coldest */

#define AT(member) offsetof(KrThermoRow, member)
const struct KrThermoField_s KrThermoFields[KR_THERMO_FIELDS] = {
  {"energy", "<e>, units of J", AT(energy)},
  {"heat", "specific heat a spin", AT(heat)},
  {"log_z", "ln(Z(beta) / Z(hottest)) / N", AT(log_z)},
  {"entropy", "entropy a spin, 0 for the uniform sphere", AT(entropy)},
  {"overlap", "<q> of two replicas", AT(overlap)},
  {"overlap_square", "<q^2>", AT(overlap_square)},
  {"overlap_law", "<f(q)>", AT(overlap_law)},
  {"identity", "e + beta (f(1) - <f(q)>), 0 for drawn couplings at every N", AT(identity)},
  {"inherent_energy", "e of the minima below the replicas, units of J", AT(inherent_energy)},
  {"vibration", "entropy a spin of those minima, harmonic", AT(vibration)},
  {"configurational", "entropy less vibration", AT(configurational)},
  {"tap_fraction", "of those minima: a TAP state stands on them", AT(tap_fraction)},
  {"tap_entropy", "entropy a spin of those states", AT(tap_entropy)},
  {"tap_configurational", "entropy less tap_entropy", AT(tap_configurational)},
  {"acceptance", "of trajectories", AT(acceptance)},
  {"step", "of leapfrog", AT(step)},
  {"swap", "acceptance of exchanges with the next colder temperature", AT(swap)},
  {"time", "autocorrelation time of e, sweeps", AT(time)},
  {"energy_error", "statistical error of <e> in one sample, units of J", AT(energy_error)},
  {"agreement", "difference of <e> from two kinds of starts, in errors", AT(agreement)}};

static double value_of(const KrThermoEnsemble *all, int64_t sample, int t, size_t offset)
{
  return *(const double *)((const char *)&all->samples[sample].rows[t] + offset);
}

/* Mean over the samples that have a value, and its error from their spread. */
static void average(const KrThermoEnsemble *all, int t, size_t offset, double *mean, double *error)
{
  double  sum = 0.0, squares = 0.0;
  int64_t count = 0;

  for (int64_t s = 0; s < all->n_samples; ++s) {
    const double value = value_of(all, s, t, offset);

    if (!isfinite(value)) continue;
    sum += value;
    count += 1;
  }
  *mean = *error = NAN;
  if (count == 0) return;
  *mean = sum / (double)count;
  for (int64_t s = 0; s < all->n_samples; ++s) {
    const double value = value_of(all, s, t, offset);

    if (isfinite(value)) squares += (value - *mean) * (value - *mean);
  }
  if (count > 1) *error = sqrt(squares / (double)(count - 1) / (double)count);
}

/* One pass over the samples, so that KrThermoMeanWithout() needs none. */
void KrThermoSumsOf(const KrThermoEnsemble *all, int n_temperatures, size_t offset,
                    KrThermoSums *sums)
{
  *sums = (KrThermoSums){.offset = offset};
  for (int64_t s = 0; s < all->n_samples; ++s)
    for (int t = 0; t < n_temperatures; ++t) {
      const double value = value_of(all, s, t, offset);

      if (!isfinite(value)) continue;
      sums->sum[t] += value;
      sums->count[t] += 1;
    }
}

/* Mean over the samples that have a value but one (-1: all of them); NaN: no other has. */
double KrThermoMeanWithout(const KrThermoEnsemble *all, const KrThermoSums *sums, int t,
                           int64_t without)
{
  const double own   = without < 0 ? NAN : value_of(all, without, t, sums->offset);
  const double sum   = isfinite(own) ? sums->sum[t] - own : sums->sum[t];
  const double count = (double)(sums->count[t] - (isfinite(own) ? 1 : 0));

  return count > 0.0 ? sum / count : NAN;
}

/* A quantity by its name. */
const KrThermoMean *KrThermoFind(const KrThermoEnsemble *ensemble, const char name[])
{
  for (int i = 0; i < KR_THERMO_FIELDS; ++i)
    if (strcmp(KrThermoFields[i].name, name) == 0) return &ensemble->fields[i];
  return NULL;
}

/* Density of q at a temperature: mean over samples, which all have equally many overlaps, and its error. */
static void add_overlaps(KrThermoEnsemble *all, int t)
{
  for (int b = 0; b < KR_OVERLAP_BINS; ++b) {
    const int cell = t * KR_OVERLAP_BINS + b;
    double    sum = 0.0, squares = 0.0;

    for (int64_t s = 0; s < all->n_samples; ++s) {
      const double *counts = all->samples[s].overlaps + (ptrdiff_t)t * KR_OVERLAP_BINS;
      double        total  = 0.0, density;

      for (int c = 0; c < KR_OVERLAP_BINS; ++c) total += counts[c];
      density = counts[b] / (total * 2.0 / KR_OVERLAP_BINS);
      sum += density;
      squares += density * density;
    }
    KrMeanError(all->n_samples, sum, squares, &all->overlaps[cell], &all->overlaps_error[cell]);
  }
}

static void add_distributions(const KrPlan *plan, KrThermoEnsemble *all)
{
  const int n_times = all->samples[0].n_times;

  for (int t = 0; t < plan->ladder.n; ++t) {
    double *mean = all->correlation + (size_t)t * (size_t)n_times;

    add_overlaps(all, t);
    for (int64_t s = 0; s < all->n_samples; ++s)
      for (int i = 0; i < n_times; ++i)
        mean[i] += all->samples[s].correlation[t * n_times + i] / (double)all->n_samples;
  }
}

/* The Franz-Parisi potential, mean over samples and its error. */
static PetscErrorCode add_potential(KrThermoEnsemble *all)
{
  const int64_t cells = (int64_t)all->samples[0].n_overlaps * KR_POTENTIAL_COLUMNS;

  PetscFunctionBeginUser;
  all->potential       = calloc((size_t)cells + 1, sizeof(double));
  all->potential_error = calloc((size_t)cells + 1, sizeof(double));
  PetscCheck(all->potential != NULL && all->potential_error != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM,
             "no memory for the ensemble");
  for (int64_t i = 0; i < cells; ++i) {
    double sum = 0.0, squares = 0.0;

    for (int64_t s = 0; s < all->n_samples; ++s) {
      sum += all->samples[s].potential[i];
      squares += all->samples[s].potential[i] * all->samples[s].potential[i];
    }
    KrMeanError(all->n_samples, sum, squares, &all->potential[i], &all->potential_error[i]);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The hottest temperature of the line to the Kauzmann temperature: within its range, and three at least. */
static int fit_first(const KrPlan *plan)
{
  const int n = plan->ladder.n;
  int       t = n - 1;

  while (t > 0 && plan->ladder.beta[t - 1] * FIT_RANGE >= plan->ladder.beta[n - 1]) --t;
  return PetscMax(0, PetscMin(t, n - 3));
}

/* 1/T where a line in 1/T through mean values reaches zero, from samples but one (-1: from all); NaN: there is no
   line. */
static double zero_of(const KrPlan *plan, const KrThermoEnsemble *all, const KrThermoSums *sums,
                      int64_t without)
{
  const int n = plan->ladder.n;
  double    beta[KR_LADDER_MAX], mean[KR_LADDER_MAX], error[KR_LADDER_MAX];
  double    slope, errors[2], intercept;
  int       count = 0;

  for (int t = fit_first(plan); t < n; ++t) {
    const double value = KrThermoMeanWithout(all, sums, t, without);

    if (!isfinite(value)) continue;
    beta[count] = plan->ladder.beta[t];
    mean[count] = value;
    error[count++] =
      1.0; /* neighbouring temperatures share their replicas: no weights are better */
  }
  if (count < 3) return NAN;
  intercept = KrLineFit(count, beta, mean, error, &slope, &errors[0], &errors[1]);
  return slope < 0.0 ? -intercept / slope : NAN;
}

/* Kauzmann temperature with its jackknife error over samples. */
static PetscErrorCode set_kauzmann(const KrPlan *plan, KrThermoEnsemble *all, int which,
                                   size_t offset)
{
  KrThermoSums sums;
  double      *without;

  PetscFunctionBeginUser;
  KrThermoSumsOf(all, plan->ladder.n, offset, &sums);
  all->kauzmann[which]       = 1.0 / zero_of(plan, all, &sums, -1);
  all->kauzmann_error[which] = NAN;
  if (all->n_samples < 2 || all->n_samples > INT32_MAX) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscMalloc1((size_t)all->n_samples, &without));
  for (int64_t s = 0; s < all->n_samples; ++s) without[s] = 1.0 / zero_of(plan, all, &sums, s);
  all->kauzmann_error[which] = KrJackknifeError((int)all->n_samples, without);
  PetscCall(PetscFree(without));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Have the runs been long enough, and do the temperatures exchange? */
static void set_health(const KrPlan *plan, KrThermoEnsemble *all)
{
  const KrThermoMean *swap  = KrThermoFind(all, "swap");
  int64_t             count = 0;

  all->swap = INFINITY;
  for (int t = 0; t + 1 < plan->ladder.n; ++t) {
    if (!(swap->mean[t] < all->swap)) continue;
    all->swap      = swap->mean[t];
    all->swap_hot  = 1.0 / plan->ladder.beta[t];
    all->swap_cold = 1.0 / plan->ladder.beta[t + 1];
  }
  for (int64_t s = 0; s < all->n_samples; ++s) {
    for (int t = 0; t < plan->ladder.n; ++t) {
      const KrThermoRow *row = &all->samples[s].rows[t];

      if (!isfinite(row->agreement)) continue;
      all->agreement += row->agreement * row->agreement;
      all->slowest = PetscMax(all->slowest, row->time);
      count += 1;
    }
    all->trips += (double)all->samples[s].round_trips;
    all->seconds += all->samples[s].seconds;
  }
  all->agreement /= (double)PetscMax(1, count);
}

static PetscErrorCode allocate(const KrPlan *plan, KrThermoEnsemble *all)
{
  const size_t nt = (size_t)plan->ladder.n;

  PetscFunctionBeginUser;
  for (int i = 0; i < KR_THERMO_FIELDS; ++i) {
    all->fields[i].mean  = calloc(nt, sizeof(double));
    all->fields[i].error = calloc(nt, sizeof(double));
    PetscCheck(all->fields[i].mean != NULL && all->fields[i].error != NULL, PETSC_COMM_SELF,
               PETSC_ERR_MEM, "no memory for the ensemble");
  }
  all->overlaps         = calloc(nt * KR_OVERLAP_BINS, sizeof(double));
  all->overlaps_error   = calloc(nt * KR_OVERLAP_BINS, sizeof(double));
  all->correlation      = calloc(nt * KR_RELAXATION_MAX, sizeof(double));
  all->relaxation       = calloc(nt, sizeof(double));
  all->relaxation_error = calloc(nt, sizeof(double));
  PetscCheck(all->overlaps != NULL && all->overlaps_error != NULL && all->correlation != NULL &&
               all->relaxation != NULL && all->relaxation_error != NULL,
             PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for the ensemble");
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Reads all shards of the folder, in order. Not collective. */
PetscErrorCode KrThermoAggregate(const KrPlan *plan, KrThermoEnsemble *ensemble)
{
  int64_t count, *numbers;

  PetscFunctionBeginUser;
  *ensemble = (KrThermoEnsemble){0};
  PetscCall(KrShardList(plan->campaign.out, &count, &numbers));
  ensemble->samples = calloc((size_t)count + 1, sizeof *ensemble->samples);
  PetscCheck(ensemble->samples != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM,
             "no memory for the ensemble");
  for (int64_t s = 0; s < count; ++s) {
    PetscCall(
      KrThermoShardRead(plan->campaign.out, numbers[s], plan->identity, &ensemble->samples[s]));
    ensemble->n_samples += 1;
  }
  free(numbers);
  PetscCall(allocate(plan, ensemble));
  for (int i = 0; i < KR_THERMO_FIELDS; ++i)
    for (int t = 0; t < plan->ladder.n; ++t)
      average(ensemble, t, KrThermoFields[i].offset, &ensemble->fields[i].mean[t],
              &ensemble->fields[i].error[t]);
  add_distributions(plan, ensemble);
  PetscCall(add_potential(ensemble));
  ensemble->kauzmann_last  = 1.0 / plan->ladder.beta[plan->ladder.n - 1];
  ensemble->kauzmann_first = 1.0 / plan->ladder.beta[fit_first(plan)];
  PetscCall(set_kauzmann(plan, ensemble, 0, AT(configurational)));
  PetscCall(set_kauzmann(plan, ensemble, 1, AT(tap_configurational)));
  PetscCall(KrThermoRelax(plan, ensemble));
  set_health(plan, ensemble);
  PetscFunctionReturn(PETSC_SUCCESS);
}

void KrThermoEnsembleDestroy(KrThermoEnsemble *ensemble)
{
  for (int64_t s = 0; s < ensemble->n_samples; ++s) KrThermoSampleDestroy(&ensemble->samples[s]);
  free(ensemble->samples);
  for (int i = 0; i < KR_THERMO_FIELDS; ++i) {
    free(ensemble->fields[i].mean);
    free(ensemble->fields[i].error);
  }
  free(ensemble->overlaps);
  free(ensemble->overlaps_error);
  free(ensemble->correlation);
  free(ensemble->relaxation);
  free(ensemble->relaxation_error);
  free(ensemble->potential);
  free(ensemble->potential_error);
  *ensemble = (KrThermoEnsemble){0};
}
