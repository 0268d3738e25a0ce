/* What Monte Carlo has measured: ensemble.h5, summary.json and a table on the terminal. */
#include "thermo_room.h"
#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define SWAP_POOR 0.05 /* exchanges below it are told, with a ladder that would do better */
#define AGREEMENT_POOR \
  2.0 /* mean square of the differences of starts in errors; 1 in equilibrium */

/* A number, or null where it is unknown. */
/* What the paramagnet has at a temperature: exact as N grows, above T_K. */
static double paramagnet(const KrPlan *plan, int t)
{
  return plan->law_given ? -KrThermoOf(plan)->ladder.beta[t] * KrMixtureValue(&plan->f, 0, 1.0)
                         : NAN;
}

/* What equilibrium is for N -> infinity; names as in states.json. */
static void add_limit(cJSON *item, const double row[KR_THERMO_COLUMNS])
{
  cJSON *limit = cJSON_AddObjectToObject(item, "limit");

  KrJsonNumber(limit, "energy", row[5]);
  KrJsonNumber(limit, "free_energy", row[4]);
  KrJsonNumber(limit, "complexity", row[6]);
  KrJsonNumber(limit, "overlap", row[2]);
  KrJsonNumber(limit, "participation", 1.0 - row[3]);
}

static void add_transitions(cJSON *root, const KrTransitions *at)
{
  cJSON *item = cJSON_AddObjectToObject(root, "limit");

  KrJsonNumber(item, "temperature_dynamic", at->dynamic);
  KrJsonNumber(item, "temperature_static", at->static_);
  KrJsonNumber(item, "q_dynamic", at->q_dynamic);
  KrJsonNumber(item, "q_static", at->q_static);
  KrJsonNumber(item, "complexity_dynamic", at->complexity);
}

static void add_temperatures(cJSON *root, const KrPlan *plan, const KrThermoLimit *limit,
                             const KrThermoEnsemble *all)
{
  cJSON *list = cJSON_AddArrayToObject(root, "temperatures");

  for (int t = 0; t < KrThermoOf(plan)->ladder.n; ++t) {
    cJSON *item = cJSON_CreateObject();

    KrJsonNumber(item, "temperature", 1.0 / KrThermoOf(plan)->ladder.beta[t]);
    KrJsonNumber(item, "beta", KrThermoOf(plan)->ladder.beta[t]);
    KrJsonNumber(item, "energy_paramagnet", paramagnet(plan, t));
    add_limit(item, limit->rows + (ptrdiff_t)t * KR_THERMO_COLUMNS);
    for (int i = 0; i < KR_THERMO_ROW_FIELDS; ++i) {
      cJSON *field;

      if (!KrThermoHasMean(i)) continue;
      field = cJSON_AddObjectToObject(item, KrThermoRowFields[i].name);
      KrJsonNumber(field, "mean", all->fields[i].mean[t]);
      KrJsonNumber(field, "stderr", all->fields[i].error[t]);
    }
    KrJsonNumber(item, "relaxation", all->relaxation[t]);
    KrJsonNumber(item, "relaxation_stderr", all->relaxation_error[t]);
    cJSON_AddItemToArray(list, item);
  }
}

static void add_potential(cJSON *root, const KrThermoEnsemble *all)
{
  cJSON *list = cJSON_AddArrayToObject(root, "potential");

  for (int k = 0; k < all->samples[0].n_overlaps; ++k) {
    const double *mean  = all->potential + (size_t)k * KR_POTENTIAL_COLUMNS;
    const double *error = all->potential_error + (size_t)k * KR_POTENTIAL_COLUMNS;
    cJSON        *item  = cJSON_CreateObject();

    KrJsonNumber(item, "overlap", mean[0]);
    KrJsonNumber(item, "potential", mean[5]);
    KrJsonNumber(item, "potential_stderr", error[5]);
    KrJsonNumber(item, "energy", mean[3]);
    KrJsonNumber(item, "energy_stderr", error[3]);
    cJSON_AddItemToArray(list, item);
  }
}

static void add_kauzmann(cJSON *root, const KrThermoEnsemble *all)
{
  static const char *const names[] = {"harmonic", "tap"};
  cJSON                   *list    = cJSON_AddObjectToObject(root, "kauzmann");

  KrJsonNumber(list, "fit_from", all->kauzmann_last);
  KrJsonNumber(list, "fit_to", all->kauzmann_first);
  for (int i = 0; i < 2; ++i) {
    cJSON *item = cJSON_AddObjectToObject(list, names[i]);

    KrJsonNumber(item, "temperature", all->kauzmann[i]);
    KrJsonNumber(item, "stderr", all->kauzmann_error[i]);
  }
}

static void add_adam_gibbs(cJSON *root, const KrThermoLine *line)
{
  cJSON *item = cJSON_AddObjectToObject(root, "adam_gibbs");

  KrJsonNumber(item, "points", line->n);
  KrJsonNumber(item, "intercept", line->n >= 3 ? line->intercept : NAN);
  KrJsonNumber(item, "intercept_stderr", line->n >= 3 ? line->intercept_error : NAN);
  KrJsonNumber(item, "slope", line->n >= 3 ? line->slope : NAN);
  KrJsonNumber(item, "slope_stderr", line->n >= 3 ? line->slope_error : NAN);
}

static void add_health(cJSON *root, const KrThermoEnsemble *all)
{
  cJSON *item = cJSON_AddObjectToObject(root, "equilibration");

  KrJsonNumber(item, "agreement", all->agreement);
  KrJsonNumber(item, "slowest_sweeps", all->slowest);
  KrJsonNumber(item, "round_trips", all->trips);
  KrJsonNumber(item, "lowest_swap", all->swap);
  KrJsonNumber(item, "lowest_swap_hot", all->swap_hot);
  KrJsonNumber(item, "lowest_swap_cold", all->swap_cold);
}

static PetscErrorCode write_json(const KrPlan *plan, int n_groups, double wall,
                                 const KrThermoLimit *limit, const KrThermoEnsemble *all)
{
  cJSON *root = cJSON_CreateObject(), *run;
  char   path[KR_PATH_MAX + 16];

  PetscFunctionBeginUser;
  cJSON_AddStringToObject(root, "filetype", "kacrice thermo summary");
  cJSON_AddNumberToObject(root, "format_version", KR_FORMAT_MAJOR);
  cJSON_AddStringToObject(root, "version", plan->provenance.version);
  cJSON_AddStringToObject(root, "git_hash", plan->provenance.git_hash);
  cJSON_AddNumberToObject(root, "n", plan->model.n);
  KrJsonNumber(root, "p", plan->f.n_orders == 1 ? plan->f.order[0] : NAN);
  KrJsonNumber(root, "planted",
               KrThermoOf(plan)->options.plant > 0.0 ? KrThermoOf(plan)->options.plant : NAN);
  cJSON_AddNumberToObject(root, "samples", (double)all->n_samples);
  add_transitions(root, &limit->at);
  add_temperatures(root, plan, limit, all);
  add_potential(root, all);
  add_kauzmann(root, all);
  add_adam_gibbs(root, &all->adam_gibbs);
  add_health(root, all);
  run = cJSON_AddObjectToObject(root, "run");
  cJSON_AddNumberToObject(run, "ranks", plan->provenance.ranks);
  cJSON_AddNumberToObject(run, "groups", n_groups);
  KrJsonNumber(run, "wall_seconds", wall);
  KrJsonNumber(run, "core_seconds", all->seconds);
  (void)snprintf(path, sizeof path, "%s/summary.json", plan->campaign.out);
  PetscCall(KrJsonWrite(path, root));
  cJSON_Delete(root);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Arrays over temperatures: means and errors of all quantities, distributions. */
static PetscErrorCode write_ensemble(const KrPlan *plan, const KrThermoLimit *limit,
                                     const KrThermoEnsemble *all)
{
  const KrFileMeta meta = {
    .provenance = &plan->provenance, .options = plan->options, .identity = plan->identity};
  const KrTableScalar scalars[] = {{"n", plan->model.n},
                                   {"samples", (double)all->n_samples},
                                   {"temperature_dynamic", limit->at.dynamic},
                                   {"temperature_static", limit->at.static_},
                                   {"q_dynamic", limit->at.q_dynamic},
                                   {"q_static", limit->at.q_static},
                                   {"complexity_dynamic", limit->at.complexity}};
  const int64_t       nt = KrThermoOf(plan)->ladder.n, n_times = all->samples[0].n_times,
                n_overlaps = all->samples[0].n_overlaps;
  KrTableArray arrays[2 * KR_THERMO_ROW_FIELDS + 11];
  char         names[KR_THERMO_ROW_FIELDS][64], path[KR_PATH_MAX + 16];
  int          count = 0;

  PetscFunctionBeginUser;
  arrays[count++] =
    (KrTableArray){"beta", "1/T, units of 1/J", nt, 0, KrThermoOf(plan)->ladder.beta};
  for (int i = 0; i < KR_THERMO_ROW_FIELDS; ++i) {
    if (!KrThermoHasMean(i)) continue;
    (void)snprintf(names[i], sizeof names[i], "%s_stderr", KrThermoRowFields[i].name);
    arrays[count++] = (KrTableArray){KrThermoRowFields[i].name, KrThermoRowFields[i].about, nt, 0,
                                     all->fields[i].mean};
    arrays[count++] =
      (KrTableArray){names[i], "standard error over samples", nt, 0, all->fields[i].error};
  }
  arrays[count++] =
    (KrTableArray){"overlaps", "density of q of two replicas, all samples, equal bins from -1 to 1",
                   nt, KR_OVERLAP_BINS, all->overlaps};
  arrays[count++] = (KrTableArray){"overlaps_stderr", "standard error over samples", nt,
                                   KR_OVERLAP_BINS, all->overlaps_error};
  arrays[count++] = (KrTableArray){
    "relaxation", "Langevin time at which the correlation is 1/e, 1/J", nt, 0, all->relaxation};
  arrays[count++] = (KrTableArray){"relaxation_stderr", "jackknife error over samples", nt, 0,
                                   all->relaxation_error};
  arrays[count++] =
    (KrTableArray){"equilibrium", KrThermoColumns, nt, KR_THERMO_COLUMNS, limit->rows};
  arrays[count++] = (KrTableArray){"equilibrium_curve", KrThermoColumns, limit->n_curve,
                                   KR_THERMO_COLUMNS, limit->curve};
  if (n_times > 0) {
    arrays[count++] =
      (KrTableArray){"times", "Langevin time, 1/J", n_times, 0, all->samples[0].times};
    arrays[count++] =
      (KrTableArray){"correlation", "<x(0) . x(t)> / N", nt, n_times, all->correlation};
  }
  if (n_overlaps > 0) {
    arrays[count++] =
      (KrTableArray){"potential", "q, force, its error, <e>, its error, V: means over samples",
                     n_overlaps, KR_POTENTIAL_COLUMNS, all->potential};
    arrays[count++] = (KrTableArray){"potential_stderr", "standard errors over samples", n_overlaps,
                                     KR_POTENTIAL_COLUMNS, all->potential_error};
  }
  (void)snprintf(path, sizeof path, "%s/ensemble.h5", plan->campaign.out);
  PetscCall(KrTableWrite(path, KR_FILETYPE_THERMO_ALL, &meta, PETSC_STATIC_ARRAY_LENGTH(scalars),
                         scalars, count, arrays));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void print_number(const char format[], double value)
{
  if (isfinite(value)) (void)printf(format, value);
  else (void)printf("%9s", "-");
}

static void print_table(const KrPlan *plan, const KrThermoEnsemble *all)
{
  static const char *const columns[] = {
    "heat", "entropy", "configurational", "tap_configurational", "overlap_square", "acceptance",
    "swap", "time"};
  const KrThermoMean *energy = KrThermoFind(all, "energy");

  (void)printf("%9s%9s%9s%9s%9s%9s%9s%9s%9s%9s%9s%9s%9s\n", "T", "<e>", "+-", "-f(1)/T", "C", "S",
               "S_conf", "S_tap", "<q^2>", "accept", "swap", "sweeps", "tau");
  for (int t = 0; t < KrThermoOf(plan)->ladder.n; ++t) {
    (void)printf("%9.4g", 1.0 / KrThermoOf(plan)->ladder.beta[t]);
    print_number("%9.4f", energy->mean[t]);
    print_number("%9.4f", energy->error[t]);
    print_number("%9.4f", paramagnet(plan, t));
    for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(columns); ++i)
      print_number(" %8.3g", KrThermoFind(all, columns[i])->mean[t]);
    print_number(" %8.3g", all->relaxation[t]);
    (void)printf("\n");
  }
}

/* Mean of the identity over temperatures, in errors: it holds on average over drawn couplings at every N. */
static void print_identity(const KrPlan *plan, const KrThermoEnsemble *all)
{
  const KrThermoMean *identity = KrThermoFind(all, "identity");
  int                 worst    = -1;

  for (int t = 0; t < KrThermoOf(plan)->ladder.n; ++t)
    if (identity->error[t] > 0.0 &&
        (worst < 0 || fabs(identity->mean[t]) * identity->error[worst] >
                        fabs(identity->mean[worst]) * identity->error[t]))
      worst = t;
  if (worst >= 0)
    (void)printf(
      "<e> + beta (f(1) - <f(q)>), 0 in equilibrium: %.4f +- %.4f at T = %.4g, where it is "
      "worst\n",
      identity->mean[worst], identity->error[worst], 1.0 / KrThermoOf(plan)->ladder.beta[worst]);
}

/* The warnings that a user has to see before the figures are believed. */
static void print_health(const KrPlan *plan, const KrThermoEnsemble *all)
{
  char error[32] = ""; /* unknown with one sample */

  (void)printf(
    "starts from above and below differ by %.2f of their errors, squared and on average; "
    "1 is equilibrium\n",
    all->agreement);
  if (all->agreement > AGREEMENT_POOR)
    (void)printf("WARNING: the runs are too short: raise -thermo_burn_in and -thermo_sweeps\n");
  if (all->slowest > (double)KrThermoOf(plan)->options.sweeps / 50.0)
    (void)printf("WARNING: energies are correlated over %.0f of %lld sweeps: errors may be too "
                 "small\n",
                 all->slowest, (long long)KrThermoOf(plan)->options.sweeps);
  if (all->swap < SWAP_POOR)
    (void)printf(
      "WARNING: replicas at %.4g and %.4g exchange in %.2g of the tries; "
      "-thermo_temperatures %.6g:%.6g chooses temperatures that do\n",
      all->swap_hot, all->swap_cold, all->swap,
      1.0 / KrThermoOf(plan)
              ->ladder
              .beta[KrThermoOf(plan)->options.infinity && KrThermoOf(plan)->ladder.n > 1 ? 1 : 0],
      1.0 / KrThermoOf(plan)->ladder.beta[KrThermoOf(plan)->ladder.n - 1]);
  if (isfinite(all->kauzmann_error[0]))
    (void)snprintf(error, sizeof error, " +- %.4f", all->kauzmann_error[0]);
  if (isfinite(all->kauzmann[0]))
    (void)printf("S_conf vanishes at T = %.4f%s (harmonic states, a line in 1/T from %.3g to "
                 "%.3g)\n",
                 all->kauzmann[0], error, all->kauzmann_last, all->kauzmann_first);
  if (all->adam_gibbs.n >= 3)
    (void)printf("Adam-Gibbs: ln tau = %.3g(%.2g) + %.3g(%.2g) / (T S_conf), %d temperatures\n",
                 all->adam_gibbs.intercept, all->adam_gibbs.intercept_error, all->adam_gibbs.slope,
                 all->adam_gibbs.slope_error, all->adam_gibbs.n);
  (void)printf("%lld samples, %.1f core seconds, folder %s\n", (long long)all->n_samples,
               all->seconds, plan->campaign.out);
}

/* Ensemble, summary and table, on world rank 0. Collective on world. */
PetscErrorCode KrThermoConclude(MPI_Comm world, const KrPlan *plan, int n_groups, double began,
                                int64_t n_wanted)
{
  KrThermoEnsemble all;
  KrThermoLimit    limit;
  PetscMPIInt      rank;

  PetscFunctionBeginUser;
  (void)n_wanted;
  PetscCallMPI(MPI_Comm_rank(world, &rank));
  if (rank == 0) {
    PetscCall(KrThermoAggregate(plan, &all));
    PetscCall(KrThermoRelax(plan, &all));
    PetscCall(KrThermoLimitCompute(plan->law_given ? &plan->f : NULL, KrThermoOf(plan)->ladder.n,
                                   KrThermoOf(plan)->ladder.beta, &limit));
    PetscCall(write_ensemble(plan, &limit, &all));
    PetscCall(write_json(plan, n_groups, MPI_Wtime() - began, &limit, &all));
    print_table(plan, &all);
    if (plan->law_given && plan->n_tensors == 0) print_identity(plan, &all);
    print_health(plan, &all);
    (void)fflush(stdout);
    KrThermoLimitDestroy(&limit);
    KrThermoEnsembleDestroy(&all);
  }
  PetscCallMPI(MPI_Barrier(world));
  PetscFunctionReturn(PETSC_SUCCESS);
}
