/* DIR/summary.json: the result in one page, for programs and people (docs/formats/summary.md). */
#include "census_room.h"
#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>

/* A number, or null where it is unknown. */
static void add_model(cJSON *root, const KrPlan *plan)
{
  const KrSpinOptions *spin  = KrModelSpin(&plan->model);
  cJSON               *model = cJSON_AddObjectToObject(root, "model");

  cJSON_AddStringToObject(model, "type", KrModelTypeName(plan->model.type));
  KrJsonNumber(model, "p", plan->f.n_orders == 1 ? plan->f.order[0] : NAN);
  cJSON_AddNumberToObject(model, "n", plan->model.n);
  cJSON_AddNumberToObject(model, "scale", KrMixtureScale(&plan->f));
  if (spin->mixture[0] != '\0') cJSON_AddStringToObject(model, "mixture", spin->mixture);
  else cJSON_AddNullToObject(model, "mixture");
  if (spin->couplings[0] != '\0') cJSON_AddStringToObject(model, "couplings", spin->couplings);
  else cJSON_AddNullToObject(model, "couplings");
}

/* mean, stderr, expected, z of integer counts over samples. */
static void add_count(cJSON *object, const KrTotals *totals, int which, double expected)
{
  double mean, error;

  KrMeanError(totals->n_samples, (double)totals->sum[which], (double)totals->sum_squares[which],
              &mean, &error);
  KrJsonNumber(object, "mean", mean);
  KrJsonNumber(object, "stderr", error);
  KrJsonNumber(object, "expected", expected);
  KrJsonNumber(object, "z", error > 0.0 ? (mean - expected) / error : NAN);
}

static void add_counts(cJSON *root, const KrTotals *totals, const KrExpected *expected)
{
  cJSON *counts = cJSON_AddObjectToObject(root, "counts"), *indices;

  add_count(cJSON_AddObjectToObject(counts, "total"), totals, totals->n_index, expected->total);
  indices = cJSON_AddArrayToObject(counts, "index");
  for (int k = 0; k < totals->n_index; ++k) {
    const PetscBool known = k < expected->n_index ? PETSC_TRUE : PETSC_FALSE;
    cJSON          *item  = cJSON_CreateObject();

    cJSON_AddNumberToObject(item, "k", k);
    add_count(item, totals, k, known ? expected->count[k] : NAN);
    KrJsonNumber(item, "energy_mean",
                 totals->sum[k] > 0 ? totals->energy[k] / (double)totals->sum[k] : NAN);
    KrJsonNumber(item, "energy_expected", known ? expected->energy[k] : NAN);
    cJSON_AddItemToArray(indices, item);
  }
}

static void add_completeness(cJSON *root, const KrTotals *totals)
{
  cJSON       *completeness = cJSON_AddObjectToObject(root, "completeness");
  const double n            = (double)totals->n_samples;

  KrJsonNumber(completeness, "coverage_mean", totals->coverage / n);
  KrJsonNumber(completeness, "chao1_missing_mean", totals->chao1_missing / n);
  KrJsonNumber(completeness, "missing_mean", totals->missing / n);
  for (int v = 0; v < KR_N_VERDICTS; ++v)
    KrJsonNumber(completeness, KrVerdictName((KrVerdict)v), (double)totals->verdicts[v]);
  KrJsonNumber(completeness, "singular", (double)totals->n_singular);
  KrJsonNumber(completeness, "continua", (double)totals->n_continua);
  KrJsonNumber(completeness, "degenerate", (double)totals->n_degenerate);
  KrJsonNumber(completeness, "euler_checked", (double)totals->euler_checked);
  KrJsonNumber(completeness, "euler_failed", (double)totals->euler_failed);
  KrJsonNumber(completeness, "parity_checked", (double)totals->parity_checked);
  KrJsonNumber(completeness, "parity_failed", (double)totals->parity_failed);
}

/* ---- complexities and chi-squares: docs/theory/ensembles.md ---- */

#define JSON_CELLS_MAX 20000 /* a longer table stands in ensemble.h5 alone */

/* For odd orders the numbers of k and of N-1-k are the same: the lower k, or -1. */
static int mirror_of(const KrPlan *plan, int k)
{
  const int mirror = plan->model.n - 1 - k;

  return KrPlanParity(plan) == KR_PARITY_ODD && mirror < k ? mirror : -1;
}

static void add_index_complexity(cJSON *list, const KrPlan *plan, const KrExpected *expected,
                                 const KrStatistics *statistics, int k)
{
  const KrLogCount *count = &statistics->index[k];
  const double      n     = plan->model.n;
  cJSON            *item  = cJSON_CreateObject();

  cJSON_AddNumberToObject(item, "k", k);
  KrJsonNumber(item, "mirror_of", mirror_of(plan, k) >= 0 ? mirror_of(plan, k) : NAN);
  KrJsonNumber(item, "annealed", count->annealed / n);
  KrJsonNumber(item, "annealed_error", count->annealed_error / n);
  KrJsonNumber(item, "quenched", count->quenched / n);
  KrJsonNumber(item, "quenched_error", count->quenched_error / n);
  KrJsonNumber(item, "empty_fraction", count->empty_fraction);
  KrJsonNumber(item, "exact", k < expected->n_index ? log(expected->count[k]) / n : NAN);
  cJSON_AddItemToArray(list, item);
}

/* Column k of a table of the ensemble, from bin first on. */
static void add_column(cJSON *object, const char name[], const KrEnsemble *ensemble,
                       const double table[], int k, int first, int end)
{
  cJSON *list = cJSON_AddArrayToObject(object, name);

  for (int b = first; b < end; ++b) {
    const double value = table[b * ensemble->n + k];

    cJSON_AddItemToArray(list, isfinite(value) ? cJSON_CreateNumber(value) : cJSON_CreateNull());
  }
}

/* The bins of index k from the first to the last that holds points. */
static void add_bin_complexity(cJSON *list, const KrEnsemble *ensemble, int k)
{
  int    first = ensemble->n_bins, end = 0;
  cJSON *item, *exact;

  for (int b = 0; b < ensemble->n_bins; ++b)
    if (ensemble->histogram[b * ensemble->n + k] > 0) {
      first = PetscMin(first, b);
      end   = b + 1;
    }
  if (first >= end) return;
  item = cJSON_CreateObject();
  cJSON_AddNumberToObject(item, "k", k);
  cJSON_AddNumberToObject(item, "energy_first", ensemble->bin_first + first * ensemble->bin_width);
  cJSON_AddNumberToObject(item, "energy_width", ensemble->bin_width);
  add_column(item, "annealed", ensemble, ensemble->annealed, k, first, end);
  add_column(item, "annealed_error", ensemble, ensemble->annealed_error, k, first, end);
  add_column(item, "quenched", ensemble, ensemble->quenched, k, first, end);
  add_column(item, "quenched_error", ensemble, ensemble->quenched_error, k, first, end);
  add_column(item, "empty_fraction", ensemble, ensemble->empty_fraction, k, first, end);
  exact = cJSON_AddArrayToObject(item, "exact");
  for (int b = first; b < end; ++b) {
    const double number = ensemble->expected[b * ensemble->n + k];
    const double value  = log(number / ensemble->bin_width) / ensemble->n;

    cJSON_AddItemToArray(exact, isfinite(value) ? cJSON_CreateNumber(value) : cJSON_CreateNull());
  }
  cJSON_AddItemToArray(list, item);
}

static void add_complexity(cJSON *root, const KrPlan *plan, const KrExpected *expected,
                           const KrEnsemble *ensemble, const KrStatistics *statistics)
{
  cJSON *complexity = cJSON_AddObjectToObject(root, "complexity"), *list;

  list = cJSON_AddArrayToObject(complexity, "index");
  for (int k = 0; k < statistics->n_index; ++k)
    add_index_complexity(list, plan, expected, statistics, k);
  if ((int64_t)ensemble->n_bins * statistics->n_index > JSON_CELLS_MAX) {
    cJSON_AddNullToObject(complexity, "bins");
    return;
  }
  list = cJSON_AddArrayToObject(complexity, "bins");
  for (int k = 0; k < statistics->n_index; ++k)
    if (mirror_of(plan, k) < 0) add_bin_complexity(list, ensemble, k);
}

static void add_test(cJSON *object, const KrChiSquare *result)
{
  const PetscBool known = result->test.dof > 0 ? PETSC_TRUE : PETSC_FALSE;

  KrJsonNumber(object, "statistic", result->test.statistic);
  KrJsonNumber(object, "dof", known ? result->test.dof : NAN);
  KrJsonNumber(object, "bins", known ? result->n_columns : NAN);
  KrJsonNumber(object, "p_value", result->test.p_value);
}

/* Each index by itself (null for mirrored ones), and all together. */
static void add_tests(cJSON *object, const KrPlan *plan, int n_index, const KrChiSquare results[])
{
  cJSON *list;

  add_test(cJSON_AddObjectToObject(object, "all"), &results[n_index]);
  list = cJSON_AddArrayToObject(object, "index");
  for (int k = 0; k < n_index; ++k) {
    cJSON *item = cJSON_CreateObject();

    cJSON_AddNumberToObject(item, "k", k);
    KrJsonNumber(item, "mirror_of", mirror_of(plan, k) >= 0 ? mirror_of(plan, k) : NAN);
    add_test(item, &results[k]);
    cJSON_AddItemToArray(list, item);
  }
}

static void add_chi_square(cJSON *root, const KrPlan *plan, const KrEnsemble *ensemble,
                           const KrStatistics *statistics)
{
  cJSON *object = cJSON_AddObjectToObject(root, "chi_square");

  add_tests(cJSON_AddObjectToObject(object, "energy"), plan, statistics->n_index,
            statistics->energy);
  if (ensemble->n_mu_bins == 0) cJSON_AddNullToObject(object, "mu");
  else add_tests(cJSON_AddObjectToObject(object, "mu"), plan, statistics->n_index, statistics->mu);
}

static void add_run(cJSON *root, const KrPlan *plan, const KrOrigins *origins,
                    const KrTotals *totals)
{
  const double requested = (double)origins->n_requested;
  const double done = fmin(requested, (double)totals->n_requested); /* a target may want fewer */
  cJSON       *samples, *starts;

  cJSON_AddNumberToObject(root, "ranks", plan->provenance.ranks);
  cJSON_AddNumberToObject(root, "groups", origins->n_groups);
  cJSON_AddNumberToObject(root, "wall_seconds", MPI_Wtime() - origins->began);
  cJSON_AddNumberToObject(root, "core_seconds", totals->seconds);
  samples = cJSON_AddObjectToObject(root, "samples");
  cJSON_AddNumberToObject(samples, "requested", requested);
  cJSON_AddNumberToObject(samples, "done", done);
  cJSON_AddNumberToObject(samples, "failed", requested - done);
  cJSON_AddNumberToObject(samples, "in_ensemble", (double)totals->n_samples);
  starts = cJSON_AddObjectToObject(root, "starts");
  cJSON_AddStringToObject(starts, "kind", KrSearchKindName(KrPointsOf(plan)->search.kind));
  cJSON_AddNumberToObject(starts, "total", (double)totals->starts);
  cJSON_AddNumberToObject(starts, "converged", (double)totals->found);
}

/* What was merged, and what was left out. */
static void add_merge(cJSON *root, const KrOrigins *origins)
{
  cJSON *merge, *list;

  if (origins->n_sources == 0) return;
  merge = cJSON_AddObjectToObject(root, "merge");
  list  = cJSON_AddArrayToObject(merge, "folders");
  for (int f = 0; f < origins->n_sources; ++f) {
    cJSON *item = cJSON_CreateObject();

    cJSON_AddStringToObject(item, "folder", origins->sources[f].folder);
    cJSON_AddNumberToObject(item, "samples", (double)origins->sources[f].n_samples);
    cJSON_AddItemToArray(list, item);
  }
  cJSON_AddNumberToObject(merge, "duplicates", (double)origins->findings->n_duplicates);
  list = cJSON_AddArrayToObject(merge, "skipped");
  for (int64_t i = 0; i < origins->findings->count; ++i) {
    cJSON *item = cJSON_CreateObject();

    cJSON_AddNumberToObject(item, "sample", (double)origins->findings->list[i].sample);
    cJSON_AddStringToObject(item, "reason", origins->findings->list[i].message);
    cJSON_AddItemToArray(list, item);
  }
}

/* The target of the last run, and what is reached, over all samples of the folder; null without one. */
static void add_target(cJSON *root, const KrPlan *plan, const KrTotals *totals)
{
  cJSON *target = KrTargetDescribe(&plan->target);

  if (target == NULL) cJSON_AddNullToObject(root, "target");
  else {
    const KrTally tally = KrTotalsTally(plan, totals);

    KrJsonNumber(target, "reached", KrTallyError(&tally));
    cJSON_AddItemToObject(root, "target", target);
  }
}

/* Called by world rank 0; the file is replaced as a whole. */
PetscErrorCode KrSummaryWrite(const KrPlan *plan, const KrOrigins *origins, const KrTotals *totals,
                              const KrExpected *expected, const KrEnsemble *ensemble,
                              const KrStatistics *statistics)
{
  char   path[KR_PATH_MAX + 16];
  cJSON *root = cJSON_CreateObject();

  PetscFunctionBeginUser;
  cJSON_AddStringToObject(root, "program", plan->provenance.program);
  cJSON_AddStringToObject(root, "version", plan->provenance.version);
  cJSON_AddStringToObject(root, "git_hash", plan->provenance.git_hash);
  add_model(root, plan);
  add_run(root, plan, origins, totals);
  add_merge(root, origins);
  add_counts(root, totals, expected);
  add_completeness(root, totals);
  add_target(root, plan, totals);
  add_complexity(root, plan, expected, ensemble, statistics);
  add_chi_square(root, plan, ensemble, statistics);
  (void)snprintf(path, sizeof path, "%s/summary.json", plan->campaign.out);
  PetscCall(KrJsonWrite(path, root));
  cJSON_Delete(root);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* "287.98 +- 2.93", or without an error where there is none. */
static void format_mean(const KrTotals *totals, char text[], size_t length)
{
  const int which = totals->n_index;
  double    mean, error;

  KrMeanError(totals->n_samples, (double)totals->sum[which], (double)totals->sum_squares[which],
              &mean, &error);
  if (isfinite(error)) (void)snprintf(text, length, "%.6g +- %.3g", mean, error);
  else (void)snprintf(text, length, "%.6g", mean);
}

/* The energy bins against the exact expectation, in a line. */
static PetscErrorCode print_chi_square(const KrStatistics *statistics)
{
  const KrCountTest *all   = &statistics->energy[statistics->n_index].test;
  int                worst = -1;

  PetscFunctionBeginUser;
  if (all->dof == 0) PetscFunctionReturn(PETSC_SUCCESS);
  for (int k = 0; k < statistics->n_index; ++k)
    if (statistics->energy[k].test.dof > 0 &&
        (worst < 0 || statistics->energy[k].test.p_value < statistics->energy[worst].test.p_value))
      worst = k;
  PetscCall(PetscPrintf(PETSC_COMM_SELF,
                        "energies against the exact bins: chi-square %.4g for %d bins, p = %.3g",
                        all->statistic, all->dof, all->p_value));
  if (worst >= 0 && statistics->n_index > 1)
    PetscCall(PetscPrintf(PETSC_COMM_SELF, "; the least of one index %.3g (k = %d)",
                          statistics->energy[worst].test.p_value, worst));
  PetscCall(PetscPrintf(PETSC_COMM_SELF, "\n"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Whether the target is reached, and what it would take. */
static PetscErrorCode print_target(const KrPlan *plan, const KrTotals *totals)
{
  const KrTally tally = KrTotalsTally(plan, totals);
  const double  error = KrTallyError(&tally);
  char          name[32];

  PetscFunctionBeginUser;
  if (plan->target.relative_error == 0.0) PetscFunctionReturn(PETSC_SUCCESS);
  KrTargetName(&plan->target, name);
  if (error <= plan->target.relative_error)
    PetscCall(PetscPrintf(PETSC_COMM_SELF, "target %s %g reached: relative error %.3g\n", name,
                          plan->target.relative_error, error));
  else
    PetscCall(PetscPrintf(PETSC_COMM_SELF,
                          "note: target %s %g not reached, the relative error is %.3g; it takes "
                          "about %.3g samples, raise -campaign_samples\n",
                          name, plan->target.relative_error, error,
                          (double)tally.samples * error * error / plan->target.relative_error /
                            plan->target.relative_error));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* "4 antipodal pairs, 1 of them singular" or "1 antipodal pair and 1 set of positive dimension", of one sample or
   the sum
   over some. */
static PetscErrorCode print_degenerate(const KrPlan *plan, const KrTotals *totals)
{
  const int64_t     points = totals->n_entries - totals->n_continua;
  const char *const entry  = KrPlanParity(plan) == KR_PARITY_NONE ? "point" : "antipodal pair";
  const char *const what   = totals->n_continua > 0 ? ": no number of points" : "";

  PetscFunctionBeginUser;
  if (totals->n_degenerate == 0) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscPrintf(PETSC_COMM_SELF,
                        "note: %lld of %lld samples %s not regular throughout: %lld %s%s, %lld of "
                        "them singular",
                        (long long)totals->n_degenerate, (long long)totals->n_samples,
                        totals->n_degenerate == 1 ? "is" : "are", (long long)points, entry,
                        points == 1 ? "" : "s", (long long)totals->n_singular));
  if (totals->n_continua > 0)
    PetscCall(PetscPrintf(PETSC_COMM_SELF, ", and %lld set%s of positive dimension%s",
                          (long long)totals->n_continua, totals->n_continua == 1 ? "" : "s", what));
  PetscCall(PetscPrintf(PETSC_COMM_SELF, "; see kacrice inspect -inspect_sample\n"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What is not complete, and what would help: not more starts for a homotopy, which makes as many as there are paths.
   */
static PetscErrorCode print_incomplete(const KrPlan *plan, const KrTotals *totals)
{
  const char *const advice = KrPointsOf(plan)->search.kind == KR_SEARCH_HOMOTOPY
                               ? "paths without an end of their own; take -search_kind all"
                               : "raise -search_starts, with -campaign_extend starts";

  PetscFunctionBeginUser;
  if (totals->verdicts[KR_VERDICT_INCOMPLETE] == 0) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(
    PetscPrintf(PETSC_COMM_SELF,
                "warning: %lld of %lld samples are incomplete; in the mean of all %.3g list "
                "entries (an antipodal pair is one) are estimated missing, Euler's sum is wrong "
                "in %lld, the parity in "
                "%lld; %s\n",
                (long long)totals->verdicts[KR_VERDICT_INCOMPLETE], (long long)totals->n_samples,
                totals->missing / (double)totals->n_samples, (long long)totals->euler_failed,
                (long long)totals->parity_failed, advice));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The result in a line or two at the end of a run. Called by world rank 0. */
PetscErrorCode KrSummaryPrint(const KrPlan *plan, const char folder[], const KrTotals *totals,
                              const KrExpected *expected, const KrStatistics *statistics)
{
  char mean[64];

  PetscFunctionBeginUser;
  format_mean(totals, mean, sizeof mean);
  PetscCall(
    PetscPrintf(PETSC_COMM_SELF, "%lld samples: %s %s each", (long long)totals->n_samples, mean,
                KrPointsOf(plan)->search.kind == KR_SEARCH_MINIMA ? "minima" : "critical points"));
  if (isfinite(expected->total))
    PetscCall(PetscPrintf(PETSC_COMM_SELF, ", exact expectation %.6g", expected->total));
  PetscCall(PetscPrintf(PETSC_COMM_SELF, "; see %s/summary.json\n", folder));
  PetscCall(print_target(plan, totals));
  PetscCall(print_chi_square(statistics));
  PetscCall(print_degenerate(plan, totals));
  PetscCall(print_incomplete(plan, totals));
  PetscFunctionReturn(PETSC_SUCCESS);
}
