/* DIR/summary.json: the result in one page, for programs and people (docs/formats/summary.md). */
#include "campaign_impl.h"
#include <kacrice/stats.h>
#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>

/* A number, or null where it is unknown. */
static void add_number(cJSON *object, const char name[], double value)
{
  if (isfinite(value)) cJSON_AddNumberToObject(object, name, value);
  else cJSON_AddNullToObject(object, name);
}

static void add_model(cJSON *root, const KrPlan *plan)
{
  cJSON *model = cJSON_AddObjectToObject(root, "model");

  cJSON_AddStringToObject(model, "type", KrModelTypeName(plan->model.type));
  add_number(model, "p", plan->f.n_orders == 1 ? plan->f.order[0] : NAN);
  cJSON_AddNumberToObject(model, "n", plan->model.n);
  if (plan->model.mixture[0] != '\0')
    cJSON_AddStringToObject(model, "mixture", plan->model.mixture);
  else cJSON_AddNullToObject(model, "mixture");
  if (plan->model.couplings[0] != '\0')
    cJSON_AddStringToObject(model, "couplings", plan->model.couplings);
  else cJSON_AddNullToObject(model, "couplings");
}

/* mean, stderr, expected, z of integer counts over samples. */
static void add_count(cJSON *object, const KrTotals *totals, int which, double expected)
{
  double mean, error;

  KrMeanError(totals->n_samples, (double)totals->sum[which], (double)totals->sum_squares[which],
              &mean, &error);
  add_number(object, "mean", mean);
  add_number(object, "stderr", error);
  add_number(object, "expected", expected);
  add_number(object, "z", error > 0.0 ? (mean - expected) / error : NAN);
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
    add_number(item, "energy_mean",
               totals->sum[k] > 0 ? totals->energy[k] / (double)totals->sum[k] : NAN);
    add_number(item, "energy_expected", known ? expected->energy[k] : NAN);
    cJSON_AddItemToArray(indices, item);
  }
}

static void add_completeness(cJSON *root, const KrTotals *totals)
{
  cJSON       *completeness = cJSON_AddObjectToObject(root, "completeness");
  const double n            = (double)totals->n_samples;

  add_number(completeness, "coverage_mean", totals->coverage / n);
  add_number(completeness, "chao1_missing_mean", totals->chao1_missing / n);
  add_number(completeness, "euler_checked", (double)totals->euler_checked);
  add_number(completeness, "euler_failed", (double)totals->euler_failed);
  add_number(completeness, "parity_checked", (double)totals->parity_checked);
  add_number(completeness, "parity_failed", (double)totals->parity_failed);
}

static void add_run(cJSON *root, const KrPlan *plan, int n_groups, double wall_seconds,
                    const KrTotals *totals)
{
  const double requested = (double)(plan->campaign.end - plan->campaign.first);
  cJSON       *samples, *starts;

  cJSON_AddNumberToObject(root, "ranks", plan->provenance.ranks);
  cJSON_AddNumberToObject(root, "groups", n_groups);
  cJSON_AddNumberToObject(root, "wall_seconds", wall_seconds);
  cJSON_AddNumberToObject(root, "core_seconds", totals->seconds);
  samples = cJSON_AddObjectToObject(root, "samples");
  cJSON_AddNumberToObject(samples, "requested", requested);
  cJSON_AddNumberToObject(samples, "done", (double)totals->n_requested);
  cJSON_AddNumberToObject(samples, "failed", requested - (double)totals->n_requested);
  cJSON_AddNumberToObject(samples, "in_ensemble", (double)totals->n_samples);
  starts = cJSON_AddObjectToObject(root, "starts");
  cJSON_AddStringToObject(starts, "kind", KrSearchKindName(plan->search.kind));
  cJSON_AddNumberToObject(starts, "total", (double)totals->starts);
  cJSON_AddNumberToObject(starts, "converged", (double)totals->found);
}

/* Called by world rank 0; the file is replaced as a whole. */
PetscErrorCode KrSummaryWrite(const KrPlan *plan, int n_groups, double wall_seconds,
                              const KrTotals *totals, const KrExpected *expected)
{
  char   path[KR_PATH_MAX + 16], *text;
  cJSON *root = cJSON_CreateObject();

  PetscFunctionBeginUser;
  cJSON_AddStringToObject(root, "program", plan->provenance.program);
  cJSON_AddStringToObject(root, "version", plan->provenance.version);
  cJSON_AddStringToObject(root, "git_hash", plan->provenance.git_hash);
  add_model(root, plan);
  add_run(root, plan, n_groups, wall_seconds, totals);
  add_counts(root, totals, expected);
  add_completeness(root, totals);
  text = cJSON_Print(root);
  cJSON_Delete(root);
  PetscCheck(text != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for summary.json");
  (void)snprintf(path, sizeof path, "%s/summary.json", plan->campaign.out);
  PetscCall(KrTextWrite(path, text));
  cJSON_free(text);
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

/* The result in a line or two at the end of a run. Called by world rank 0. */
PetscErrorCode KrSummaryPrint(const KrPlan *plan, const KrTotals *totals,
                              const KrExpected *expected)
{
  const int64_t n_wrong = totals->euler_failed + totals->parity_failed;
  char          mean[64];

  PetscFunctionBeginUser;
  format_mean(totals, mean, sizeof mean);
  PetscCall(PetscPrintf(PETSC_COMM_SELF, "%lld samples: %s %s each", (long long)totals->n_samples,
                        mean,
                        plan->search.kind == KR_SEARCH_MINIMA ? "minima" : "critical points"));
  if (isfinite(expected->total))
    PetscCall(PetscPrintf(PETSC_COMM_SELF, ", exact expectation %.6g", expected->total));
  PetscCall(PetscPrintf(PETSC_COMM_SELF, "; see %s/summary.json\n", plan->campaign.out));
  if (n_wrong > 0)
    PetscCall(PetscPrintf(
      PETSC_COMM_SELF,
      "warning: points are missing, Euler's sum is wrong in %lld samples and the parity in "
      "%lld; raise -search_starts (in a new folder)\n",
      (long long)totals->euler_failed, (long long)totals->parity_failed));
  PetscFunctionReturn(PETSC_SUCCESS);
}
