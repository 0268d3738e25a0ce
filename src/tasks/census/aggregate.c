/* All shards of a campaign into one ensemble: each rank reads its share, integer histograms and sums are reduced. */
#include "census_room.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static PetscErrorCode grow(void **array, size_t count, size_t size)
{
  void *longer = realloc(*array, (count + 1) * size);

  PetscFunctionBeginUser;
  PetscCheck(longer != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for the ensemble");
  *array = longer;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A point as rows of the ensemble: itself and, with a symmetry, its antipode. */
static int write_rows(const KrSample *sample, int64_t i, KrPointRow rows[2])
{
  const KrPoint *point      = &sample->points[i];
  const double   lambda_max = sample->n_highest > 0 ? sample->highest[i * sample->n_highest] : NAN;

  rows[0] = rows[1] = (KrPointRow){.sample     = sample->sample,
                                   .hits       = point->hits,
                                   .energy     = point->energy,
                                   .mu         = point->mu,
                                   .margin     = point->margin,
                                   .lambda_min = point->lambda_min,
                                   .index      = point->index};
  if (point->dimension > 0) return 0; /* a set is no number of points */
  if (sample->symmetry == KR_PARITY_NONE) return 1;
  if (sample->symmetry == KR_PARITY_ODD) {
    rows[1].energy     = -point->energy;
    rows[1].mu         = -point->mu;
    rows[1].lambda_min = -lambda_max;
    rows[1].index      = sample->n - 1 - point->index - point->nullity;
  }
  return 2;
}

static PetscErrorCode add_points(const KrSample *sample, KrEnsemble *ensemble)
{
  PetscFunctionBeginUser;
  PetscCall(grow((void **)&ensemble->points, (size_t)(ensemble->n_points + 2 * sample->n_points),
                 sizeof *ensemble->points));
  for (int64_t i = 0; i < sample->n_points; ++i) {
    KrPointRow rows[2];
    const int  n_rows = write_rows(sample, i, rows);

    for (int r = 0; r < n_rows; ++r)
      if (KrSampleHolds(sample, rows[r].energy)) ensemble->points[ensemble->n_points++] = rows[r];
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Lowest energy of the list: that of its first point, or of the antipode. */
static double ground_energy(const KrSample *sample)
{
  if (sample->n_points == 0) return NAN;
  return sample->symmetry == KR_PARITY_ODD ? -fabs(sample->points[0].energy)
                                           : sample->points[0].energy;
}

/* The line of a sample; only the first of its points is looked at. */
KrSampleRow KrSampleRowOf(const KrSample *sample)
{
  KrSampleRow row = {.sample         = sample->sample,
                     .starts         = sample->starts,
                     .found          = sample->reasons[KR_FOUND],
                     .n_points       = sample->n_points,
                     .euler_sum      = sample->euler_sum,
                     .coverage       = sample->coverage,
                     .chao1_missing  = sample->chao1_missing,
                     .missing        = sample->missing,
                     .verdict        = (int32_t)sample->verdict,
                     .ground_energy  = ground_energy(sample),
                     .seconds        = sample->seconds,
                     .euler_checked  = sample->euler_checked,
                     .euler_failed   = sample->euler_failed,
                     .parity_checked = sample->parity_checked,
                     .parity_failed  = sample->parity_failed,
                     .n_singular     = (int32_t)PetscMin(sample->n_singular, INT32_MAX),
                     .n_continua     = (int32_t)PetscMin(sample->n_continua, INT32_MAX)};

  for (int k = 0; k < sample->n; ++k) row.total += sample->count[k];
  return row;
}

static PetscErrorCode add_sample(const KrSample *sample, KrEnsemble *ensemble)
{
  const size_t n = (size_t)ensemble->n, row = (size_t)ensemble->n_rows;

  PetscFunctionBeginUser;
  PetscCall(grow((void **)&ensemble->rows, row, sizeof *ensemble->rows));
  PetscCall(grow((void **)&ensemble->counts, row * n + n, sizeof *ensemble->counts));
  ensemble->rows[row] = KrSampleRowOf(sample);
  (void)memcpy(ensemble->counts + row * n, sample->count, n * sizeof *sample->count);
  for (int b = 0; b < KR_SPECTRUM_BINS; ++b)
    ensemble->minima_spectrum[b] += sample->minima_spectrum[b];
  PetscCall(add_points(sample, ensemble));
  ensemble->n_rows += 1;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Says how many samples are not in the ensemble, as the campaign goes further and they not yet. */
static PetscErrorCode tell_short(MPI_Comm world, int64_t n_short)
{
  PetscFunctionBeginUser;
  if (n_short > 0)
    PetscCall(PetscPrintf(world,
                          "note: %lld samples of the folder still have to be taken further, the "
                          "ensemble is without them\n",
                          (long long)n_short));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* This rank's share of the samples, in order. */
static PetscErrorCode read_shards(MPI_Comm world, const KrPlan *plan, const KrShards *shards,
                                  KrFindings *findings, KrEnsemble *ensemble)
{
  const int64_t count = shards->n_samples;
  PetscMPIInt   rank, size;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(world, &rank));
  PetscCallMPI(MPI_Comm_size(world, &size));
  for (int64_t s = count * rank / size; s < count * (rank + 1) / size; ++s) {
    KrSample  sample;
    PetscBool found;

    PetscCall(KrShardsRead(shards, s, plan->identity, KR_SHARD_POINTS, &sample, &found, findings));
    if (found) PetscCall(add_sample(&sample, ensemble));
    KrSampleDestroy(&sample);
  }
  PetscCall(KrFindingsShare(world, findings));
  PetscCall(tell_short(world, findings->n_short));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Bins whole multiples of the width, wide enough for every point found and for nearly all expected. */
static PetscErrorCode set_bins(MPI_Comm world, const KrPlan *plan, KrEnsemble *ensemble)
{
  const double scale = KrMixtureScale(&plan->f), width = plan->campaign.bin_width;
  double       range[2], reach = 1.0; /* -lowest, highest, units of J: one reduction serves both */
  double       n_bins;

  PetscFunctionBeginUser;
  if (plan->law_given) reach = 0.5 - KrComplexityGroundEnergy(&plan->f, 0);
  range[0] = range[1] = reach;
  if (KrPointsOf(plan)->search.kind == KR_SEARCH_MINIMA) range[1] = 0.0;
  for (int64_t i = 0; i < ensemble->n_points; ++i) {
    range[0] = PetscMax(range[0], -ensemble->points[i].energy / scale);
    range[1] = PetscMax(range[1], ensemble->points[i].energy / scale);
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, range, 2, MPI_DOUBLE, MPI_MAX, world));
  n_bins = ceil(range[0] / width) + floor(range[1] / width) + 1.0;
  KR_CHECK_INPUT(
    n_bins * ensemble->n <= KR_HISTOGRAM_MAX, world,
    "-campaign_bin_width %g: e from %g to %g J would make %.3g bins, for N = %d there may be %d; "
    "take a wider one, finished samples stay",
    width, -range[0], range[1], n_bins, (int)ensemble->n, KR_HISTOGRAM_MAX / ensemble->n);
  ensemble->bin_width = scale * width;
  ensemble->bin_first = -ceil(range[0] / width) * ensemble->bin_width;
  ensemble->n_bins    = (int32_t)n_bins;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Integer histogram of energy and index over all ranks. */
static PetscErrorCode fill_histogram(MPI_Comm world, KrEnsemble *ensemble)
{
  const KrAxis axis = KrAxisOfEnergy(ensemble);
  const size_t size = (size_t)ensemble->n_bins * (size_t)ensemble->n;

  PetscFunctionBeginUser;
  ensemble->histogram = calloc(size, sizeof *ensemble->histogram);
  ensemble->expected  = calloc(size, sizeof *ensemble->expected);
  PetscCheck(ensemble->histogram != NULL && ensemble->expected != NULL, PETSC_COMM_SELF,
             PETSC_ERR_MEM, "no memory for histograms");
  for (int64_t i = 0; i < ensemble->n_points; ++i) {
    const KrPointRow *point = &ensemble->points[i];

    PetscCheck(point->index >= 0 && point->index < ensemble->n, PETSC_COMM_SELF, PETSC_ERR_PLIB,
               "sample %lld has an index %d", (long long)point->sample,
               (int)point->index); /* checked when it was read */
    ensemble->histogram[KrAxisBin(&axis, point->energy) * ensemble->n + point->index] += 1;
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, ensemble->histogram, (PetscMPIInt)size, MPI_INT64_T,
                             MPI_SUM, world));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, ensemble->minima_spectrum, KR_SPECTRUM_BINS, MPI_INT64_T,
                             MPI_SUM, world));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void add_row(const KrPlan *plan, const KrEnsemble *ensemble, int64_t r, KrTotals *totals)
{
  const KrSampleRow *row   = &ensemble->rows[r];
  const int64_t     *count = ensemble->counts + r * ensemble->n;
  const int64_t      total = KrCountOf(totals->n_index, KR_TARGET_TOTAL, count);

  totals->n_samples += 1;
  totals->n_requested += row->sample >= plan->campaign.first && row->sample < plan->campaign.end;
  totals->starts += row->starts;
  totals->found += row->found;
  totals->euler_checked += row->euler_checked;
  totals->euler_failed += row->euler_failed;
  totals->parity_checked += row->parity_checked;
  totals->parity_failed += row->parity_failed;
  totals->n_entries += row->n_points;
  totals->n_singular += row->n_singular;
  totals->n_continua += row->n_continua;
  totals->n_degenerate += row->n_singular + row->n_continua > 0;
  totals->verdicts[row->verdict] += 1;
  for (int k = 0; k < totals->n_index; ++k) {
    totals->sum[k] += count[k];
    totals->sum_squares[k] += count[k] * count[k];
  }
  totals->sum[totals->n_index] += total;
  totals->sum_squares[totals->n_index] += total * total;
}

static PetscErrorCode reduce(MPI_Comm world, KrTotals *totals)
{
  int64_t *const sums[] = {&totals->n_samples,      &totals->n_requested,   &totals->starts,
                           &totals->found,          &totals->euler_checked, &totals->euler_failed,
                           &totals->parity_checked, &totals->parity_failed, &totals->n_entries,
                           &totals->n_singular,     &totals->n_continua,    &totals->n_degenerate};

  PetscFunctionBeginUser;
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(sums); ++i)
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, sums[i], 1, MPI_INT64_T, MPI_SUM, world));
  PetscCallMPI(
    MPI_Allreduce(MPI_IN_PLACE, totals->verdicts, KR_N_VERDICTS, MPI_INT64_T, MPI_SUM, world));
  PetscCallMPI(
    MPI_Allreduce(MPI_IN_PLACE, totals->sum, totals->n_index + 1, MPI_INT64_T, MPI_SUM, world));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, totals->sum_squares, totals->n_index + 1, MPI_INT64_T,
                             MPI_SUM, world));
  PetscFunctionReturn(PETSC_SUCCESS);
}

enum { REAL_COVERAGE, REAL_CHAO1, REAL_MISSING, REAL_SECONDS, N_REALS };

/* Sums of reals, sample by sample, so that they have the same bits on any number of ranks. */
static PetscErrorCode add_reals(MPI_Comm world, const KrEnsemble *ensemble, KrTotals *totals)
{
  const int n_columns = N_REALS + totals->n_index;
  double   *values    = calloc((size_t)(ensemble->n_rows * n_columns) + 1, sizeof *values);
  double   *sums      = calloc((size_t)n_columns, sizeof *sums);
  int64_t   i         = 0;

  PetscFunctionBeginUser;
  PetscCheck(values != NULL && sums != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM,
             "no memory for totals");
  for (int64_t r = 0; r < ensemble->n_rows; ++r) {
    const KrSampleRow *row  = &ensemble->rows[r];
    double            *line = values + r * n_columns;

    line[REAL_COVERAGE] = row->coverage;
    line[REAL_CHAO1]    = row->chao1_missing;
    line[REAL_MISSING]  = row->missing;
    line[REAL_SECONDS]  = row->seconds;
    for (; i < ensemble->n_points && ensemble->points[i].sample == row->sample; ++i)
      if (ensemble->points[i].index < totals->n_index)
        line[N_REALS + ensemble->points[i].index] += ensemble->points[i].energy;
  }
  PetscCall(KrSumRows(world, ensemble->n_rows, n_columns, values, sums));
  totals->coverage      = sums[REAL_COVERAGE];
  totals->chao1_missing = sums[REAL_CHAO1];
  totals->missing       = sums[REAL_MISSING];
  totals->seconds       = sums[REAL_SECONDS];
  (void)memcpy(totals->energy, sums + N_REALS, (size_t)totals->n_index * sizeof *sums);
  free(values);
  free(sums);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode add_up(MPI_Comm world, const KrPlan *plan, const KrEnsemble *ensemble,
                             KrTotals *totals)
{
  PetscFunctionBeginUser;
  *totals             = (KrTotals){.n_index = KrPlanCounted(plan)};
  totals->sum         = calloc((size_t)totals->n_index + 1, sizeof *totals->sum);
  totals->sum_squares = calloc((size_t)totals->n_index + 1, sizeof *totals->sum_squares);
  totals->energy      = calloc((size_t)totals->n_index, sizeof *totals->energy);
  PetscCheck(totals->sum != NULL && totals->sum_squares != NULL && totals->energy != NULL,
             PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for totals");
  for (int64_t r = 0; r < ensemble->n_rows; ++r) add_row(plan, ensemble, r, totals);
  PetscCall(reduce(world, totals));
  PetscCall(add_reals(world, ensemble, totals));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What the target of a plan counts, over the samples of the folder. */
KrTally KrTotalsTally(const KrPlan *plan, const KrTotals *totals)
{
  const int     k    = plan->target.index == KR_TARGET_TOTAL ? totals->n_index : plan->target.index;
  const int64_t unit = INT64_C(1) << 32;

  return (KrTally){.samples      = totals->n_samples,
                   .sum          = totals->sum[k],
                   .squares_high = totals->sum_squares[k] / unit,
                   .squares_low  = totals->sum_squares[k] % unit};
}

void KrTotalsDestroy(KrTotals *totals)
{
  free(totals->sum);
  free(totals->sum_squares);
  free(totals->energy);
  *totals = (KrTotals){0};
}

/* Collective on world. Reads all samples of the list; what is wrong with some is in the findings, the same on every
   rank, and they are not counted. The expectations of the ensemble are zero until KrExpectedCompute(). */
PetscErrorCode KrAggregate(MPI_Comm world, const KrPlan *plan, const KrShards *shards,
                           KrFindings *findings, KrEnsemble *ensemble, KrTotals *totals)
{
  PetscFunctionBeginUser;
  *ensemble = (KrEnsemble){.n = plan->model.n};
  PetscCall(read_shards(world, plan, shards, findings, ensemble));
  PetscCall(set_bins(world, plan, ensemble));
  PetscCall(fill_histogram(world, ensemble));
  PetscCall(KrRadialAggregate(world, plan, ensemble));
  PetscCall(add_up(world, plan, ensemble, totals));
  ensemble->n_samples = totals->n_samples;
  PetscFunctionReturn(PETSC_SUCCESS);
}
