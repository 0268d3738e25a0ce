/* What the states of a campaign come to: means over samples, OUT.h5, OUT.json and a table for people. */
#include "states_impl.h"
#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct { /* over the samples that have states at the temperature; NAN where unknown */
  int64_t n_samples;
  double  free_energy[2], energy[2], entropy[2],
    participation[2];   /* mean, standard error; entropy per spin */
  double   annealed[2]; /* of the mean of Z over all samples */
  double   exact;       /* of its expectation */
  KrThermo limit;       /* N -> infinity */
} Means;

/* Mean and error of a column of one temperature times a factor, over samples with states. */
static void average(const KrStatesTable *table, int t, int column, double factor, double result[2])
{
  int64_t n   = 0;
  double  sum = 0.0, squares = 0.0, shift = NAN; /* KrMeanError() wants small values */

  for (int64_t s = 0; s < table->n_samples; ++s) {
    const double *at = KrStatesAt(table, s, t);

    if (at[AT_COUNT] == 0.0) continue;
    if (n == 0) shift = factor * at[column];
    n += 1;
    sum += factor * at[column] - shift;
    squares += (factor * at[column] - shift) * (factor * at[column] - shift);
  }
  KrMeanError(n, sum, squares, &result[0], &result[1]);
  result[0] += shift;
}

/* -T ln <Z> / N over all samples, of which those without states have Z = 0. */
static void anneal(const KrStatesTable *table, int t, double result[2])
{
  const double scale = table->temperature[t] / table->plan->model.n;
  double       top = -INFINITY, sum = 0.0, squares = 0.0, mean, error;

  for (int64_t s = 0; s < table->n_samples; ++s)
    top = fmax(top, KrStatesAt(table, s, t)[AT_LOG_SUM]);
  for (int64_t s = 0; s < table->n_samples; ++s) {
    const double z = exp(KrStatesAt(table, s, t)[AT_LOG_SUM] - top);

    sum += z;
    squares += z * z;
  }
  KrMeanError(table->n_samples, sum, squares, &mean, &error);
  result[0] = -scale * (top + log(mean));
  result[1] = scale * error / mean;
}

static Means compute_means(const KrStatesTable *table, int t)
{
  const KrPlan *plan  = table->plan;
  const double  n     = plan->model.n;
  Means         means = {.exact = -table->temperature[t] * table->exact[t] / n};

  for (int64_t s = 0; s < table->n_samples; ++s)
    means.n_samples += KrStatesAt(table, s, t)[AT_COUNT] > 0.0;
  average(table, t, AT_FREE_ENERGY, 1.0, means.free_energy);
  average(table, t, AT_ENERGY, 1.0, means.energy);
  average(table, t, AT_ENTROPY, 1.0 / n, means.entropy);
  average(table, t, AT_PARTICIPATION, 1.0, means.participation);
  anneal(table, t, means.annealed);
  if (!plan->law_given ||
      KrThermoEquilibrium(&plan->f, table->temperature[t], &means.limit) != KR_THEORY_OK)
    means.limit = (KrThermo){
      .q = NAN, .m = NAN, .free_energy = NAN, .energy = NAN, .complexity = NAN, .zero_energy = NAN};
  return means;
}

typedef struct { /* T_K over the samples that have states */
  int64_t n_samples, n_always_few;
  double  quantile
    [3]; /* 25, 50, 75 per cent; infinite where it falls among samples that are always few */
} Kauzmann;

static int compare_reals(const void *a, const void *b)
{
  const double p = *(const double *)a, q = *(const double *)b;

  return (p > q) - (p < q);
}

static PetscErrorCode compute_kauzmann(const KrStatesTable *table, Kauzmann *kauzmann)
{
  double *values = malloc(((size_t)table->n_samples + 1) * sizeof *values);

  PetscFunctionBeginUser;
  PetscCheck(values != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for temperatures");
  *kauzmann = (Kauzmann){.quantile = {NAN, NAN, NAN}};
  for (int64_t s = 0; s < table->n_samples; ++s) {
    const double *row = table->rows + s * table->n_columns;

    if (row[STATES_CARRIERS] == 0.0) continue;
    values[kauzmann->n_samples++] = row[STATES_KAUZMANN];
    kauzmann->n_always_few += isinf(row[STATES_KAUZMANN]) ? 1 : 0;
  }
  qsort(values, (size_t)kauzmann->n_samples, sizeof *values, compare_reals);
  for (int i = 0; i < 3 && kauzmann->n_samples > 0; ++i)
    kauzmann->quantile[i] = values[(kauzmann->n_samples - 1) * (i + 1) / 4];
  free(values);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A number, or null where it is unknown. */
static void add_pair(cJSON *object, const char name[], const double pair[2])
{
  cJSON *item = cJSON_AddObjectToObject(object, name);

  KrJsonNumber(item, "mean", pair[0]);
  KrJsonNumber(item, "stderr", pair[1]);
}

static void add_temperature(cJSON *array, const KrStatesTable *table, int t, const Means *means)
{
  cJSON *item = cJSON_CreateObject(), *limit;

  cJSON_AddItemToArray(array, item);
  cJSON_AddNumberToObject(item, "temperature", table->temperature[t]);
  cJSON_AddNumberToObject(item, "samples", (double)means->n_samples);
  add_pair(item, "free_energy", means->free_energy);
  add_pair(item, "free_energy_annealed", means->annealed);
  KrJsonNumber(item, "free_energy_annealed_exact", means->exact);
  add_pair(item, "energy", means->energy);
  add_pair(item, "entropy", means->entropy);
  add_pair(item, "participation", means->participation);
  limit = cJSON_AddObjectToObject(item, "limit");
  KrJsonNumber(limit, "free_energy", means->limit.free_energy);
  KrJsonNumber(limit, "energy", means->limit.energy);
  KrJsonNumber(limit, "complexity", means->limit.complexity);
  KrJsonNumber(limit, "participation", 1.0 - means->limit.m);
}

static void sum_samples(const KrStatesTable *table, double *minima, double *carriers)
{
  *minima = *carriers = 0.0;
  for (int64_t s = 0; s < table->n_samples; ++s) {
    *minima += table->rows[s * table->n_columns + STATES_MINIMA];
    *carriers += table->rows[s * table->n_columns + STATES_CARRIERS];
  }
}

/* Mean number of states a sample, antipodes counted, against its expectation. */
static void add_count(cJSON *root, const KrStatesTable *table)
{
  cJSON *item     = cJSON_AddObjectToObject(root, "states");
  double expected = table->n_bins > 0 ? 0.0 : NAN, sum = 0.0, squares = 0.0, mean, error;

  for (int64_t s = 0; s < table->n_samples; ++s) {
    const double count = table->multiplicity * table->rows[s * table->n_columns + STATES_CARRIERS];

    sum += count;
    squares += count * count;
  }
  for (int b = 0; b < table->n_bins; ++b) expected += table->expected[b];
  KrMeanError(table->n_samples, sum, squares, &mean, &error);
  KrJsonNumber(item, "mean", mean);
  KrJsonNumber(item, "stderr", error);
  KrJsonNumber(item, "expected", expected);
  KrJsonNumber(item, "z", error > 0.0 ? (mean - expected) / error : NAN);
}

static const char *kind_name(const KrStatesTable *table)
{
  return table->options->kind == KR_STATES_TAP ? "tap" : "harmonic";
}

static PetscErrorCode write_json(const char path[], const KrStatesTable *table, const Means means[],
                                 const Kauzmann *kauzmann)
{
  const KrProvenance *provenance = &table->plan->provenance;
  cJSON              *root       = cJSON_CreateObject(), *item;
  double              minima, carriers;

  PetscFunctionBeginUser;
  sum_samples(table, &minima, &carriers);
  cJSON_AddStringToObject(root, "program", provenance->program);
  cJSON_AddStringToObject(root, "version", provenance->version);
  cJSON_AddStringToObject(root, "git_hash", provenance->git_hash);
  cJSON_AddStringToObject(root, "kind", kind_name(table));
  cJSON_AddNumberToObject(root, "n", table->plan->model.n);
  item = cJSON_AddObjectToObject(root, "samples");
  cJSON_AddNumberToObject(item, "used", (double)table->n_samples);
  cJSON_AddNumberToObject(item, "skipped", (double)table->n_skipped);
  cJSON_AddNumberToObject(item, "with_states", (double)kauzmann->n_samples);
  cJSON_AddNumberToObject(root, "distinct_minima", minima);
  cJSON_AddNumberToObject(root, "distinct_states", carriers);
  add_count(root, table);
  item = cJSON_AddObjectToObject(root, "kauzmann");
  cJSON_AddNumberToObject(item, "few", table->few);
  cJSON_AddNumberToObject(item, "samples", (double)kauzmann->n_samples);
  cJSON_AddNumberToObject(item, "always_few", (double)kauzmann->n_always_few);
  KrJsonNumber(item, "lower_quartile", kauzmann->quantile[0]);
  KrJsonNumber(item, "median", kauzmann->quantile[1]);
  KrJsonNumber(item, "upper_quartile", kauzmann->quantile[2]);
  item = cJSON_AddArrayToObject(root, "temperatures");
  for (int t = 0; t < table->n_temperatures; ++t) add_temperature(item, table, t, &means[t]);
  PetscCall(KrJsonWrite(path, root));
  cJSON_Delete(root);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* One column of each temperature, a line a sample. */
static void take_column(const KrStatesTable *table, int column, double data[])
{
  for (int64_t s = 0; s < table->n_samples; ++s)
    for (int t = 0; t < table->n_temperatures; ++t) *data++ = KrStatesAt(table, s, t)[column];
}

/* e of the edges, then f of them at each temperature; and number, expectation of each bin. */
static void fill_bins(const KrStatesTable *table, double edges[], double bins[])
{
  const int n = table->n_bins;
  double    q;

  for (int b = 0; b <= n && n > 0; ++b) {
    const double e = table->bin_first + b * table->bin_width;

    edges[b] = e;
    for (int t = 0; t < table->n_temperatures; ++t) {
      double *at = edges + (int64_t)(t + 1) * (n + 1) + b;

      if (KrTapState(&table->plan->f, e, table->temperature[t], &q, at) != KR_THEORY_OK) *at = NAN;
    }
  }
  for (int b = 0; b < n; ++b) {
    bins[2 * b]     = 0.0;
    bins[2 * b + 1] = table->expected[b];
    for (int64_t s = 0; s < table->n_samples; ++s)
      bins[2 * b] += KrStatesBins(table, s)[b] / (double)table->n_samples;
  }
}

#define N_SETS 10

static PetscErrorCode write_h5(const char path[], const KrStatesTable *table)
{
  const int64_t n = table->n_samples, n_t = table->n_temperatures, n_b = table->n_bins;
  const size_t  n_edges = (size_t)((n_t + 1) * (n_b > 0 ? n_b + 1 : 0));
  double       *data =
    malloc(sizeof *data *
           ((size_t)(n * STATES_N_COLUMNS + n * n_t * AT_N_COLUMNS + 2 * n_b) + n_edges + 1));
  double             *next      = data;
  char               *text      = NULL;
  KrFileMeta          meta      = {.provenance = &table->plan->provenance};
  const KrTableScalar scalars[] = {
    {"n", table->plan->model.n}, {"few", table->few}, {"temperature_highest", table->top}};
  KrTableArray sets[N_SETS] = {
    {"temperature", "T, units of J", n_t, 0, table->temperature},
    {"samples", "columns: sample, distinct minima, those with a state, Kauzmann temperature", n,
     STATES_N_COLUMNS, NULL},
    {"count", "distinct states of each sample at each temperature", n, n_t, NULL},
    {"log_z", "ln Z", n, n_t, NULL},
    {"free_energy", "-T ln Z / N, units of J", n, n_t, NULL},
    {"energy", "u, units of J", n, n_t, NULL},
    {"entropy", "-sum w ln w", n, n_t, NULL},
    {"participation", "sum w^2", n, n_t, NULL},
    {"edges", "edges of the bins: e, then f_TAP at each temperature; units of J",
     n_b > 0 ? n_t + 1 : 0, n_b + 1, NULL},
    {"bins", "states a sample in each bin, antipodes counted: mean, expected", n_b, 2, NULL},
  };

  PetscFunctionBeginUser;
  PetscCheck(data != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for %s", path);
  for (int64_t s = 0; s < n; ++s)
    (void)memcpy(data + s * STATES_N_COLUMNS, table->rows + s * table->n_columns,
                 STATES_N_COLUMNS * sizeof *data);
  sets[1].data = data;
  next += n * STATES_N_COLUMNS;
  for (int c = 0; c < AT_N_COLUMNS; ++c, next += n * n_t) {
    take_column(table, c, next);
    sets[2 + c].data = next;
  }
  fill_bins(table, next, next + n_edges);
  sets[8].data = next;
  sets[9].data = next + n_edges;
  PetscCall(KrOptionsFormat(&KrStatesOptionTable, table->options, PETSC_FALSE, &text));
  meta.options = text;
  PetscCall(KrTableWrite(path, KR_FILETYPE_STATES, &meta, PETSC_STATIC_ARRAY_LENGTH(scalars),
                         scalars, N_SETS, sets));
  free(text);
  free(data);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* "-0.5123(12)" has no place for an unknown error: value +- error. */
static void print_pair(const double pair[2])
{
  if (isfinite(pair[1])) printf(" %10.6f +- %8.6f", pair[0], pair[1]);
  else if (isfinite(pair[0])) printf(" %10.6f             ", pair[0]);
  else printf(" %22s", "-");
}

static void print_number(double value)
{
  if (isfinite(value)) printf(" %10.6f", value);
  else printf(" %10s", "-");
}

static void print_table(const KrStatesTable *table, const Means means[], const Kauzmann *kauzmann)
{
  double minima, carriers;

  sum_samples(table, &minima, &carriers);
  printf(
    "%s: N = %d, %lld samples, %.0f distinct minima; %.0f carry a state (%s), in %lld samples\n",
    table->plan->campaign.out, table->plan->model.n, (long long)table->n_samples, minima, carriers,
    kind_name(table), (long long)kauzmann->n_samples);
  printf("%8s %8s %23s %23s %10s %10s %23s %10s %23s %10s %23s\n", "T", "samples",
         "F (samples with states)", "F of the mean Z", "exact", "N = inf", "u", "N = inf",
         "Y = sum w^2", "N = inf", "S/N");
  for (int t = 0; t < table->n_temperatures; ++t) {
    printf("%8.5g %8lld", table->temperature[t], (long long)means[t].n_samples);
    print_pair(means[t].free_energy);
    print_pair(means[t].annealed);
    print_number(means[t].exact);
    print_number(means[t].limit.free_energy);
    print_pair(means[t].energy);
    print_number(means[t].limit.energy);
    print_pair(means[t].participation);
    print_number(1.0 - means[t].limit.m);
    print_pair(means[t].entropy);
    printf("\n");
  }
  printf("Kauzmann temperature (1/Y reaches %.4g): quartiles", table->few);
  for (int i = 0; i < 3; ++i) print_number(kauzmann->quantile[i]);
  printf("; %lld of %lld samples have few states at every T\n", (long long)kauzmann->n_always_few,
         (long long)kauzmann->n_samples);
}

/* Means, files and table; on world rank 0. */
PetscErrorCode KrStatesReport(const KrStatesTable *table)
{
  const PetscBool named = table->options->out[0] != '\0' ? PETSC_TRUE : PETSC_FALSE;
  const char     *stem  = named ? table->options->out : table->plan->campaign.out;
  char            path[KR_PATH_MAX + 16];
  Means          *means = malloc((size_t)table->n_temperatures * sizeof *means);
  Kauzmann        kauzmann;

  PetscFunctionBeginUser;
  PetscCheck(means != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for means");
  for (int t = 0; t < table->n_temperatures; ++t) means[t] = compute_means(table, t);
  PetscCall(compute_kauzmann(table, &kauzmann));
  (void)snprintf(path, sizeof path, named ? "%s.h5" : "%s/states.h5", stem);
  PetscCall(write_h5(path, table));
  (void)snprintf(path, sizeof path, named ? "%s.json" : "%s/states.json", stem);
  PetscCall(write_json(path, table, means, &kauzmann));
  print_table(table, means, &kauzmann);
  free(means);
  PetscFunctionReturn(PETSC_SUCCESS);
}
