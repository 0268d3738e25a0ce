/* All samples of Monte Carlo together: means over disorder, their errors, what follows from them. */
#include "thermo_room.h"
#include <kacrice/series.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FIT_RANGE \
  1.35 /* the line to the Kauzmann temperature is laid through temperatures up to so many times the coldest */

#define AT(member) offsetof(KrThermoRow, member)

/* Whether the mean of a field over samples is in the ensemble. */
int KrThermoHasMean(int field)
{
  return (KrThermoRowFields[field].use & KR_USE_MEAN) != 0;
}

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
  for (int i = 0; i < KR_THERMO_ROW_FIELDS; ++i)
    if (KrThermoHasMean(i) && strcmp(KrThermoRowFields[i].name, name) == 0)
      return &ensemble->fields[i];
  return NULL;
}

/* Sums of the density of q and of its square; all samples have equally many overlaps. */
static void add_overlaps(const KrThermoSample *sample, int t, double sum[], double squares[])
{
  const double *counts = sample->overlaps + (ptrdiff_t)t * KR_OVERLAP_BINS;
  double        total  = 0.0;

  for (int b = 0; b < KR_OVERLAP_BINS; ++b) total += counts[b];
  for (int b = 0; b < KR_OVERLAP_BINS; ++b) {
    const double density = counts[b] / (total * 2.0 / KR_OVERLAP_BINS);

    sum[b] += density;
    squares[b] += density * density;
  }
}

static void add_squares(int64_t n, const double values[], double sum[], double squares[])
{
  for (int64_t i = 0; i < n; ++i) {
    sum[i] += values[i];
    squares[i] += values[i] * values[i];
  }
}

/* Sums become means, sums of squares errors. */
static void finish(int64_t n_samples, int64_t n, double mean[], double error[])
{
  for (int64_t i = 0; i < n; ++i) KrMeanError(n_samples, mean[i], error[i], &mean[i], &error[i]);
}

static void thin(KrThermoSample *sample, PetscBool keep_times)
{
  double **spent[] = {&sample->ladders,  &sample->block_energy, &sample->block_square,
                      &sample->overlaps, &sample->potential,    &sample->times};

  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(spent); ++i) {
    if (spent[i] == &sample->times && keep_times) continue;
    free(*spent[i]);
    *spent[i] = NULL;
  }
}

/* What is only averaged goes into sums and is given back: of a sample its rows and its correlation stay, for the
   jackknives, and the times of the first. */
static void take_sample(const KrPlan *plan, KrThermoSample *sample, KrThermoEnsemble *all)
{
  const int nt = KrThermoOf(plan)->ladder.n;

  for (int t = 0; t < nt; ++t)
    add_overlaps(sample, t, all->overlaps + (ptrdiff_t)t * KR_OVERLAP_BINS,
                 all->overlaps_error + (ptrdiff_t)t * KR_OVERLAP_BINS);
  for (int i = 0; i < nt * sample->n_times; ++i) all->correlation[i] += sample->correlation[i];
  add_squares((int64_t)sample->n_overlaps * KR_POTENTIAL_COLUMNS, sample->potential, all->potential,
              all->potential_error);
  thin(sample, sample == all->samples ? PETSC_TRUE : PETSC_FALSE);
}

static void finish_sums(const KrPlan *plan, KrThermoEnsemble *all)
{
  const int nt = KrThermoOf(plan)->ladder.n;

  finish(all->n_samples, (int64_t)nt * KR_OVERLAP_BINS, all->overlaps, all->overlaps_error);
  finish(all->n_samples, (int64_t)KrThermoOf(plan)->options.overlaps * KR_POTENTIAL_COLUMNS,
         all->potential, all->potential_error);
  for (int i = 0; i < nt * all->samples[0].n_times; ++i)
    all->correlation[i] /= (double)all->n_samples;
}

/* The hottest temperature of the line to the Kauzmann temperature: within its range, and three at least. */
static int fit_first(const KrPlan *plan)
{
  const int n = KrThermoOf(plan)->ladder.n;
  int       t = n - 1;

  while (t > 0 &&
         KrThermoOf(plan)->ladder.beta[t - 1] * FIT_RANGE >= KrThermoOf(plan)->ladder.beta[n - 1])
    --t;
  return PetscMax(0, PetscMin(t, n - 3));
}

/* 1/T where a line in 1/T through mean values reaches zero, from samples but one (-1: from all); NaN: there is no
   line. */
static double zero_of(const KrPlan *plan, const KrThermoEnsemble *all, const KrThermoSums *sums,
                      int64_t without)
{
  const int n = KrThermoOf(plan)->ladder.n;
  double    beta[KR_LADDER_MAX], mean[KR_LADDER_MAX], error[KR_LADDER_MAX];
  double    slope, errors[2], intercept;
  int       count = 0;

  for (int t = fit_first(plan); t < n; ++t) {
    const double value = KrThermoMeanWithout(all, sums, t, without);

    if (!isfinite(value)) continue;
    beta[count] = KrThermoOf(plan)->ladder.beta[t];
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
  KrThermoSumsOf(all, KrThermoOf(plan)->ladder.n, offset, &sums);
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
  for (int t = 0; t + 1 < KrThermoOf(plan)->ladder.n; ++t) {
    if (!(swap->mean[t] < all->swap)) continue;
    all->swap      = swap->mean[t];
    all->swap_hot  = 1.0 / KrThermoOf(plan)->ladder.beta[t];
    all->swap_cold = 1.0 / KrThermoOf(plan)->ladder.beta[t + 1];
  }
  for (int64_t s = 0; s < all->n_samples; ++s) {
    for (int t = 0; t < KrThermoOf(plan)->ladder.n; ++t) {
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
  const size_t nt          = (size_t)KrThermoOf(plan)->ladder.n;
  const size_t n_potential = (size_t)KrThermoOf(plan)->options.overlaps * KR_POTENTIAL_COLUMNS + 1;

  PetscFunctionBeginUser;
  for (int i = 0; i < KR_THERMO_ROW_FIELDS; ++i) {
    if (!KrThermoHasMean(i)) continue;
    all->fields[i].mean  = calloc(nt, sizeof(double));
    all->fields[i].error = calloc(nt, sizeof(double));
    PetscCheck(all->fields[i].mean != NULL && all->fields[i].error != NULL, PETSC_COMM_SELF,
               PETSC_ERR_MEM, "no memory for the ensemble");
  }
  all->overlaps         = calloc(nt * KR_OVERLAP_BINS, sizeof(double));
  all->overlaps_error   = calloc(nt * KR_OVERLAP_BINS, sizeof(double));
  all->potential        = calloc(n_potential, sizeof(double));
  all->potential_error  = calloc(n_potential, sizeof(double));
  all->correlation      = calloc(nt * KR_RELAXATION_MAX, sizeof(double));
  all->relaxation       = calloc(nt, sizeof(double));
  all->relaxation_error = calloc(nt, sizeof(double));
  PetscCheck(all->overlaps != NULL && all->overlaps_error != NULL && all->potential != NULL &&
               all->potential_error != NULL && all->correlation != NULL &&
               all->relaxation != NULL && all->relaxation_error != NULL,
             PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for the ensemble");
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* All samples of a campaign have the same temperatures, times and overlaps: sums go by them. */
static PetscErrorCode check_shape(const KrPlan *plan, int64_t number, const KrThermoEnsemble *all,
                                  const KrThermoSample *sample)
{
  const KrThermoSample *first = all->samples;
  PetscBool             same  = sample->n_temperatures == KrThermoOf(plan)->ladder.n &&
                       sample->n_times == first->n_times &&
                       sample->n_overlaps == KrThermoOf(plan)->options.overlaps
                                  ? PETSC_TRUE
                                  : PETSC_FALSE;

  PetscFunctionBeginUser;
  for (int t = 0; same && t < KrThermoOf(plan)->ladder.n; ++t)
    if (!(fabs(sample->rows[t].beta - KrThermoOf(plan)->ladder.beta[t]) <=
          1e-12 * KrThermoOf(plan)->ladder.beta[t]))
      same = PETSC_FALSE;
  KR_CHECK_INPUT(same, PETSC_COMM_SELF,
                 "sample %lld in %s has other temperatures, times or overlaps than its campaign: "
                 "%d temperatures, %d times, %d overlaps; it should be %d, %d, %d",
                 (long long)number, plan->campaign.out, (int)sample->n_temperatures,
                 (int)sample->n_times, (int)sample->n_overlaps, KrThermoOf(plan)->ladder.n,
                 (int)first->n_times, KrThermoOf(plan)->options.overlaps);
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
  PetscCall(allocate(plan, ensemble));
  for (int64_t s = 0; s < count; ++s) {
    PetscCall(KrRecordRead(plan->campaign.out, &KrThermoSampleType, numbers[s], plan->identity,
                           &ensemble->samples[s]));
    ensemble->n_samples += 1;
    PetscCall(check_shape(plan, numbers[s], ensemble, &ensemble->samples[s]));
    take_sample(plan, &ensemble->samples[s], ensemble);
  }
  free(numbers);
  for (int i = 0; i < KR_THERMO_ROW_FIELDS; ++i)
    for (int t = 0; KrThermoHasMean(i) && t < KrThermoOf(plan)->ladder.n; ++t)
      average(ensemble, t, KrThermoRowFields[i].offset, &ensemble->fields[i].mean[t],
              &ensemble->fields[i].error[t]);
  finish_sums(plan, ensemble);
  ensemble->kauzmann_last  = 1.0 / KrThermoOf(plan)->ladder.beta[KrThermoOf(plan)->ladder.n - 1];
  ensemble->kauzmann_first = 1.0 / KrThermoOf(plan)->ladder.beta[fit_first(plan)];
  PetscCall(set_kauzmann(plan, ensemble, 0, AT(configurational)));
  PetscCall(set_kauzmann(plan, ensemble, 1, AT(tap_configurational)));
  set_health(plan, ensemble);
  PetscFunctionReturn(PETSC_SUCCESS);
}

void KrThermoEnsembleDestroy(KrThermoEnsemble *ensemble)
{
  for (int64_t s = 0; s < ensemble->n_samples; ++s) KrThermoSampleDestroy(&ensemble->samples[s]);
  free(ensemble->samples);
  for (int i = 0; i < KR_THERMO_ROW_FIELDS; ++i) {
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
