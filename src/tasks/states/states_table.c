/* Thermodynamics of the minima of a finished campaign, from its shards: docs/theory/states.md. A rank reads its share
   of the samples; a row a sample goes to world rank 0, in the order of the samples. */
#include "states_impl.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FINE_WIDTH 5e-4 /* of the bins behind the exact mean of Z */
#define FINE_DEPTH 1.0  /* below E_0, where no state is expected at any N */
#define COLDEST    1e-3 /* of the highest temperature: where the search for T_K begins */
#define BELOW_WINDOW \
  1e-3 /* minima a sample that may be expected below the window of energies of a list */

/* Whether so many minima are expected below an energy that a list beginning there is not complete. */
static PetscBool misses_below(const KrPlan *plan, double energy)
{
  const double reach = 10.0;
  KrKacRice    kac_rice;
  PetscBool    misses = PETSC_FALSE;

  if (plan->model.n <= KR_THEORY_N_MAX &&
      KrKacRiceCreate(&plan->f, plan->model.n, 1, energy - reach, reach, 1, &kac_rice) ==
        KR_THEORY_OK) {
    misses = kac_rice.binned[0] > BELOW_WINDOW ? PETSC_TRUE : PETSC_FALSE;
    KrKacRiceDestroy(&kac_rice);
  }
  return misses;
}

/* What can be refused before any sample is read. */
static PetscErrorCode check_plan(MPI_Comm world, const KrPlan *plan, const KrStatesOptions *options)
{
  const PetscBool is_pure = plan->law_given && KrMixtureIsPure(&plan->f) && plan->f.order[0] > 2;
  const double    first   = KrPointsOf(plan)->search.energy_first,
               last       = KrPointsOf(plan)->search.energy_last;

  PetscFunctionBeginUser;
  KR_CHECK_INPUT(options->temperature[0] != '\0', world,
                 "-states_temperature (nothing): give temperatures such as 0.3,0.5 or 0.1:0.8:8");
  KR_CHECK_INPUT(options->few == 0.0 || options->few > 1.0, world,
                 "-states_few %.10g: one state alone is few; must be above 1, or 0 for sqrt(N)",
                 options->few);
  KR_CHECK_INPUT(!KrModelOptionsIsTap(&plan->model), world,
                 "%s: is a campaign of -model_type tap, whose points are states at T = %.10g "
                 "themselves; kacrice states wants one of pspin, whose points are those at T = 0",
                 plan->campaign.out, KrModelSpin(&plan->model)->temperature);
  if (options->kind != KR_STATES_TAP) PetscFunctionReturn(PETSC_SUCCESS);
  KR_CHECK_INPUT(plan->law_given, world,
                 "-states_kind tap: %s is a campaign of a tensor from a file, whose law is not "
                 "known; take -states_kind harmonic, or make the campaign with -model_p too if the "
                 "tensor was drawn from the law of a pure model",
                 plan->campaign.out);
  KR_CHECK_INPUT(
    is_pure, world,
    "-states_kind tap: %s is no pure model of order 3 or more, its states move with T; "
    "take -states_kind harmonic",
    plan->campaign.out);
  KR_CHECK_INPUT(first == last || last >= KrComplexityThresholdEnergy(&plan->f), world,
                 "%s: its window of energies ends at %.10g, below -E_inf = %.10g: not all states "
                 "are listed",
                 plan->campaign.out, last, KrComplexityThresholdEnergy(&plan->f));
  KR_CHECK_INPUT(first == last || !misses_below(plan, first), world,
                 "%s: its window of energies begins at %.10g, with minima expected below: not all "
                 "states are listed",
                 plan->campaign.out, first);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* -states_out may replace older results, and nothing else; the two files come together. On one rank. */
static void check_out(const char out[], char message[KR_MESSAGE_MAX])
{
  char path[KR_PATH_MAX + 16];

  (void)snprintf(path, sizeof path, "%s.h5", out);
  KrFileCheckOut("-states_out", path, KR_FILETYPE_STATES, message);
  if (message[0] != '\0' || access(path, F_OK) == 0) return;
  (void)snprintf(path, sizeof path, "%s.json", out);
  if (access(path, F_OK) == 0)
    (void)snprintf(message, KR_MESSAGE_MAX,
                   "-states_out %.300s: %.300s is there already, without the .h5 of older results "
                   "beside it; it is not replaced, give another name",
                   out, path);
}

/* Bins, and the highest temperature: where the first states go, or the phase of states begins. */
static PetscErrorCode set_up(MPI_Comm world, const KrPlan *plan, const KrStatesOptions *options,
                             KrStatesTable *table)
{
  const PetscBool is_tap = options->kind == KR_STATES_TAP ? PETSC_TRUE : PETSC_FALSE;
  KrTransitions   at     = {.dynamic = 1.0};

  PetscFunctionBeginUser;
  PetscCall(KrRealListRead(world, "-states_temperature", options->temperature, 0.0,
                           KR_TEMPERATURES_MAX, &table->n_temperatures, table->temperature));
  table->plan         = plan;
  table->options      = options;
  table->multiplicity = KrPlanParity(plan) == KR_PARITY_EVEN ? 2 : 1;
  table->few          = options->few > 0.0 ? options->few : sqrt(plan->model.n);
  if (plan->law_given) (void)KrThermoTransitions(&plan->f, &at);
  table->top = at.dynamic;
  if (is_tap) {
    const double threshold = KrComplexityThresholdEnergy(&plan->f);
    const double depth     = threshold - KrComplexityGroundEnergy(&plan->f, 0) + FINE_DEPTH;

    table->top       = KrTapSpinodal(&plan->f, threshold);
    table->bin_width = options->bin_width;
    table->n_bins    = (int)ceil(depth / options->bin_width);
    table->bin_first = threshold - table->n_bins * options->bin_width;
  }
  table->n_columns = STATES_N_COLUMNS + table->n_temperatures * AT_N_COLUMNS + table->n_bins;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ln det of the Hessian of point i; sign -1 for its antipode. */
static PetscErrorCode log_det(const KrSample *sample, int64_t i, double sign, double *sum)
{
  PetscFunctionBeginUser;
  KR_CHECK_INPUT(sample->n_lowest >= sample->n - 1, PETSC_COMM_SELF,
                 "-states_kind harmonic: sample %lld keeps %d of %d eigenvalues of a Hessian; make "
                 "the campaign with -spectrum_lowest %d",
                 (long long)sample->sample, (int)sample->n_lowest, (int)sample->n - 1,
                 (int)sample->n - 1);
  *sum = 0.0;
  for (int l = 0; l < sample->n - 1; ++l)
    *sum += log(sign * sample->lowest[i * sample->n_lowest + l]);
  PetscCheck(isfinite(*sum), PETSC_COMM_SELF, PETSC_ERR_LIB,
             "sample %lld: the eigenvalues of minimum %lld are not all positive",
             (long long)sample->sample, (long long)i);
  PetscFunctionReturn(PETSC_SUCCESS);
}

typedef struct { /* minima of a sample */
  int64_t count;
  double *energy, *log_det;
} Minima;

static PetscErrorCode add_minimum(const KrStatesTable *table, const KrSample *sample, int64_t i,
                                  double sign, Minima *minima)
{
  const double energy = sign * sample->points[i].energy;

  PetscFunctionBeginUser;
  if (!KrSampleHolds(sample, energy)) PetscFunctionReturn(PETSC_SUCCESS);
  minima->energy[minima->count] = energy;
  if (table->options->kind == KR_STATES_HARMONIC)
    PetscCall(log_det(sample, i, sign, &minima->log_det[minima->count]));
  minima->count += 1;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Distinct minima; of odd orders a maximum stands for the minimum opposite. */
static PetscErrorCode list_minima(const KrStatesTable *table, const KrSample *sample,
                                  Minima *minima)
{
  const size_t size =
    (size_t)sample->n_points * 2 + 1; /* N = 1: a point and its antipode are both */

  PetscFunctionBeginUser;
  *minima = (Minima){0, malloc(size * sizeof(double)), malloc(size * sizeof(double))};
  PetscCheck(minima->energy != NULL && minima->log_det != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM,
             "no memory for %lld minima", (long long)sample->n_points);
  for (int64_t i = 0; i < sample->n_points; ++i) {
    const int index = sample->points[i].index;

    if (index == 0) PetscCall(add_minimum(table, sample, i, 1.0, minima));
    if (sample->symmetry == KR_PARITY_ODD && index == sample->n - 1)
      PetscCall(add_minimum(table, sample, i, -1.0, minima));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The row of a sample. */
static void fill_row(const KrStatesTable *table, int64_t sample, const Minima *minima, double row[])
{
  const KrStates states = {.kind         = (KrStatesKind)table->options->kind,
                           .f            = table->plan->f,
                           .n            = table->plan->model.n,
                           .multiplicity = table->multiplicity,
                           .count        = minima->count,
                           .energy       = minima->energy,
                           .log_det      = minima->log_det};
  double        *at = row + STATES_N_COLUMNS, *bins = at + table->n_temperatures * AT_N_COLUMNS;
  KrStatesSum    sum;

  row[STATES_SAMPLE] = (double)sample;
  row[STATES_MINIMA] = (double)minima->count;
  (void)KrStatesWeigh(&states, COLDEST * table->top, &sum);
  row[STATES_CARRIERS] = (double)sum.count;
  row[STATES_KAUZMANN] = KrStatesKauzmann(&states, table->few, COLDEST * table->top, table->top);
  for (int t = 0; t < table->n_temperatures; ++t, at += AT_N_COLUMNS) {
    (void)KrStatesWeigh(&states, table->temperature[t], &sum);
    at[AT_COUNT]         = (double)sum.count;
    at[AT_LOG_SUM]       = sum.log_sum;
    at[AT_FREE_ENERGY]   = sum.free_energy;
    at[AT_ENERGY]        = sum.energy;
    at[AT_ENTROPY]       = sum.entropy;
    at[AT_PARTICIPATION] = sum.participation;
  }
  for (int b = 0; b < table->n_bins; ++b) bins[b] = 0.0;
  for (int64_t i = 0; i < minima->count; ++i) {
    const double place = floor((minima->energy[i] - table->bin_first) / table->bin_width);

    if (place >= 0.0 && place < table->n_bins) bins[(int)place] += table->multiplicity;
  }
}

/* This rank's share; rows has room for all of it. */
static PetscErrorCode read_samples(const KrStatesTable *table, int64_t count,
                                   const int64_t numbers[], int64_t *n_rows, int64_t *n_incomplete,
                                   double rows[])
{
  PetscFunctionBeginUser;
  *n_rows = *n_incomplete = 0;
  for (int64_t s = 0; s < count; ++s) {
    KrSample sample;
    Minima   minima;

    PetscCall(KrShardRead(table->plan->campaign.out, numbers[s], table->plan->identity, &sample));
    if (sample.verdict == KR_VERDICT_INCOMPLETE) *n_incomplete += 1;
    else {
      PetscCall(list_minima(table, &sample, &minima));
      fill_row(table, numbers[s], &minima, rows + *n_rows * table->n_columns);
      *n_rows += 1;
      free(minima.energy);
      free(minima.log_det);
    }
    KrSampleDestroy(&sample);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Rows of all ranks on world rank 0, in the order of the samples. */
static PetscErrorCode gather(MPI_Comm world, int64_t n_rows, const double rows[],
                             KrStatesTable *table)
{
  PetscMPIInt  rank, size, mine = (PetscMPIInt)n_rows; /* fewer than INT_MAX: KrShardsFind() */
  PetscMPIInt *counts, *offsets;
  MPI_Datatype line;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(world, &rank));
  PetscCallMPI(MPI_Comm_size(world, &size));
  PetscCall(PetscMalloc2(size, &counts, size, &offsets));
  PetscCallMPI(MPI_Allgather(&mine, 1, MPI_INT, counts, 1, MPI_INT, world));
  for (int r = 0; r < size; ++r) {
    offsets[r] = (PetscMPIInt)table->n_samples;
    table->n_samples += counts[r];
  }
  if (rank == 0)
    table->rows =
      malloc(((size_t)table->n_samples * (size_t)table->n_columns + 1) * sizeof(double));
  PetscCheck(rank != 0 || table->rows != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM,
             "no memory for %lld samples", (long long)table->n_samples);
  PetscCallMPI(MPI_Type_contiguous(table->n_columns, MPI_DOUBLE, &line));
  PetscCallMPI(MPI_Type_commit(&line));
  PetscCallMPI(MPI_Gatherv(rows, mine, line, table->rows, counts, offsets, line, 0, world));
  PetscCallMPI(MPI_Type_free(&line));
  PetscCall(PetscFree2(counts, offsets));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* All samples of the folder, over all ranks. */
static PetscErrorCode read_all(MPI_Comm world, KrStatesTable *table)
{
  const char *folder = table->plan->campaign.out;
  int64_t     count = 0, *numbers = NULL, first, n_rows, n_incomplete;
  double     *rows;
  PetscMPIInt rank, size;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(world, &rank));
  PetscCallMPI(MPI_Comm_size(world, &size));
  PetscCall(KrSampleList(world, table->plan->campaign.out, &count, &numbers));
  KR_CHECK_INPUT(count > 0, world, "%s: has no finished sample", folder);
  first  = count * rank / size;
  n_rows = count * (rank + 1) / size - first;
  rows   = malloc(((size_t)n_rows * (size_t)table->n_columns + 1) * sizeof *rows);
  PetscCheck(rows != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for %lld samples",
             (long long)n_rows);
  PetscCall(read_samples(table, n_rows, numbers + first, &n_rows, &n_incomplete, rows));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &n_incomplete, 1, MPI_INT64_T, MPI_SUM, world));
  KR_CHECK_INPUT(n_incomplete == 0 || table->options->incomplete == KR_INCOMPLETE_SKIP, world,
                 "%s: the lists of %lld of %lld samples are not complete; make them so with more "
                 "-search_starts, or take -states_incomplete skip",
                 folder, (long long)n_incomplete, (long long)count);
  KR_CHECK_INPUT(n_incomplete < count, world, "%s: none of its %lld samples is complete", folder,
                 (long long)count);
  table->n_skipped = n_incomplete;
  PetscCall(gather(world, n_rows, rows, table));
  free(rows);
  free(numbers);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Expected minima a sample in n bins of e up to -E_inf, antipodes counted; false where Kac-Rice does not reach. */
static PetscBool expect(const KrStatesTable *table, double width, int n, double expected[])
{
  const KrPlan *plan      = table->plan;
  const double  threshold = KrComplexityThresholdEnergy(&plan->f);
  KrKacRice     kac_rice;

  if (plan->model.n > KR_THEORY_N_MAX ||
      KrPointsOf(plan)->search.energy_first != KrPointsOf(plan)->search.energy_last ||
      KrKacRiceCreate(&plan->f, plan->model.n, 1, threshold - n * width, width, n, &kac_rice) !=
        KR_THEORY_OK)
    return PETSC_FALSE;
  (void)memcpy(expected, kac_rice.binned, (size_t)n * sizeof *expected);
  KrKacRiceDestroy(&kac_rice);
  return PETSC_TRUE;
}

/* ln E Z, eq. (2): where rare deep samples do not rule it, at T >= T_K. */
static double log_mean(const KrStatesTable *table, double temperature, int n,
                       const double expected[])
{
  const KrMixture *f         = &table->plan->f;
  const double     threshold = KrComplexityThresholdEnergy(f);
  double           sum       = 0.0, top, q, free_energy;

  if (KrTapState(f, threshold - n * FINE_WIDTH, temperature, &q, &top) != KR_THEORY_OK) return NAN;
  for (int b = 0; b < n; ++b) {
    const double e = threshold - (n - b - 0.5) * FINE_WIDTH;

    if (expected[b] > 0.0 && KrTapState(f, e, temperature, &q, &free_energy) == KR_THEORY_OK)
      sum += expected[b] * exp(-table->plan->model.n * (free_energy - top) / temperature);
  }
  return log(sum) - table->plan->model.n * top / temperature;
}

/* The exact expectations, on world rank 0. */
static PetscErrorCode compute_expected(KrStatesTable *table)
{
  const int     n_fine = (int)ceil(table->n_bins * table->bin_width / FINE_WIDTH);
  double       *fine   = malloc(((size_t)n_fine + 1) * sizeof *fine);
  KrTransitions at;

  PetscFunctionBeginUser;
  table->expected = malloc(((size_t)table->n_bins + 1) * sizeof *table->expected);
  table->exact    = malloc(((size_t)table->n_temperatures + 1) * sizeof *table->exact);
  PetscCheck(fine != NULL && table->expected != NULL && table->exact != NULL, PETSC_COMM_SELF,
             PETSC_ERR_MEM, "no memory for expectations");
  for (int t = 0; t < table->n_temperatures; ++t) table->exact[t] = NAN;
  for (int b = 0; b < table->n_bins; ++b) table->expected[b] = NAN;
  if (table->n_bins > 0 && expect(table, table->bin_width, table->n_bins, table->expected) &&
      expect(table, FINE_WIDTH, n_fine, fine) &&
      KrThermoTransitions(&table->plan->f, &at) == KR_THEORY_OK)
    for (int t = 0; t < table->n_temperatures; ++t)
      if (table->temperature[t] >= at.static_)
        table->exact[t] = log_mean(table, table->temperature[t], n_fine, fine);
  free(fine);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Refuses temperatures at which there is nothing to sum; what is wrong into message. On world rank 0. */
static void check_states(const KrStatesTable *table, char message[KR_MESSAGE_MAX])
{
  double n_minima = 0.0, n_carriers = 0.0;

  for (int64_t s = 0; s < table->n_samples; ++s) {
    n_minima += table->rows[s * table->n_columns + STATES_MINIMA];
    n_carriers += table->rows[s * table->n_columns + STATES_CARRIERS];
  }
  if (n_carriers == 0.0)
    (void)snprintf(message, KR_MESSAGE_MAX,
                   "%.500s: none of %.0f minima of %lld samples lies below -E_inf and carries a "
                   "state; take -states_kind harmonic, more samples, a higher order or larger N",
                   table->plan->campaign.out, n_minima, (long long)table->n_samples);
  for (int t = 0; t < table->n_temperatures && message[0] == '\0'; ++t) {
    double count = 0.0;

    for (int64_t s = 0; s < table->n_samples; ++s) count += KrStatesAt(table, s, t)[AT_COUNT];
    if (count == 0.0)
      (void)snprintf(message, KR_MESSAGE_MAX,
                     "-states_temperature %.10g: no state of these samples exists there; all do "
                     "for T <= %.6g",
                     table->temperature[t], table->top);
  }
}

/*
  KrCampaignStates - Makes the thermodynamics of the minima of a finished campaign.

  Collective on world

  Input:
+ world   - all ranks
. plan    - of the folder, from KrPlanReopen(); the same on every rank
- options - as read

  Prints a table, and writes two files: docs/formats/states.md

  Errors: PETSC_ERR_USER_INPUT for temperatures without states, a model that has none, samples that are not complete,
          and files that cannot be written
  Cost:   reads every shard once, each rank its share
  Source: docs/theory/states.md
  See:    KrStatesWeigh(), KrPlanReopen()
*/
PetscErrorCode KrCampaignStates(MPI_Comm world, const KrPlan *plan, const KrStatesOptions *options)
{
  KrStatesTable table                   = {0};
  char          message[KR_MESSAGE_MAX] = "";
  PetscMPIInt   rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(world, &rank));
  PetscCall(check_plan(world, plan, options));
  if (rank == 0 && options->out[0] != '\0') check_out(options->out, message);
  PetscCall(KrCheckRoot(world, message));
  PetscCall(set_up(world, plan, options, &table));
  PetscCall(read_all(world, &table));
  if (rank == 0) check_states(&table, message);
  PetscCall(KrCheckRoot(world, message));
  if (rank == 0) {
    PetscCall(compute_expected(&table));
    PetscCall(KrStatesReport(&table));
  }
  free(table.rows);
  free(table.expected);
  free(table.exact);
  PetscFunctionReturn(PETSC_SUCCESS);
}
