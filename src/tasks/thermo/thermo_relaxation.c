/* Relaxation over samples: the time of the mean correlation, the line of Adam and Gibbs, their jackknife errors. */
#include "thermo_room.h"
#include <kacrice/series.h>
#include <math.h>
#include <stddef.h>

/* Time at which the mean correlation of all samples but one (-1: of all) is 1/e; NaN: later than was followed. */
static double time_of(const KrPlan *plan, const KrThermoEnsemble *all, int t, int64_t without)
{
  const int    n_times = all->samples[0].n_times;
  const double n       = (double)(without < 0 ? all->n_samples : all->n_samples - 1);
  double       mean[KR_RELAXATION_MAX];

  if (!(KrThermoOf(plan)->ladder.beta[t] > 0.0) || n_times == 0 || n < 1.0) return NAN;
  for (int i = 0; i < n_times; ++i) {
    double sum = n * all->correlation[t * n_times + i];

    if (without >= 0) {
      const double own = all->samples[without].correlation[t * n_times + i];

      sum = (double)all->n_samples * all->correlation[t * n_times + i] - own;
    }
    mean[i] = sum / n;
  }
  return KrRelaxationTime(n_times, all->samples[0].times, mean);
}

/* ln tau against 1 / (T S_conf) through the chosen temperatures. */
static KrThermoLine fit_line(const KrPlan *plan, const KrThermoEnsemble *all,
                             const KrThermoSums *entropy, int n, const int chosen[],
                             const double time[], int64_t without)
{
  double       x[KR_LADDER_MAX], y[KR_LADDER_MAX], error[KR_LADDER_MAX], unused[2];
  KrThermoLine line = {.n = n, .intercept = NAN, .slope = NAN};

  for (int i = 0; i < n; ++i) {
    x[i] = KrThermoOf(plan)->ladder.beta[chosen[i]] /
           KrThermoMeanWithout(all, entropy, chosen[i], without);
    y[i]     = log(time[chosen[i]]);
    error[i] = 1.0; /* neighbouring temperatures share their samples: no weights are better */
  }
  if (n >= 3) line.intercept = KrLineFit(n, x, y, error, &line.slope, &unused[0], &unused[1]);
  line.intercept_error = line.slope_error = NAN;
  return line;
}

/* Temperatures of the line: from that of the largest S_conf on, as it has to fall on cooling; tau is known, with its
   error when there are samples for one, and S_conf is positive by more than its error. */
static int choose(const KrPlan *plan, const KrThermoEnsemble *all, int chosen[])
{
  const KrThermoMean *s_conf = KrThermoFind(all, "configurational");
  int                 n = 0, largest = 0;

  for (int t = 1; t < KrThermoOf(plan)->ladder.n; ++t)
    if (isfinite(s_conf->mean[t]) && !(s_conf->mean[t] <= s_conf->mean[largest])) largest = t;
  for (int t = largest; t < KrThermoOf(plan)->ladder.n; ++t) {
    if (!(all->relaxation[t] > 0.0) || !(s_conf->mean[t] > 0.0) ||
        s_conf->error[t] >= s_conf->mean[t])
      continue;
    if (all->n_samples > 1 && !isfinite(all->relaxation_error[t])) continue;
    chosen[n++] = t;
  }
  return n;
}

/*
  KrThermoRelax - Relaxation times, and the line of Adam and Gibbs, with jackknife errors over samples.

  Not collective

  Input:
. plan - of the campaign

  In/out:
. all - samples, fields and mean correlation in; relaxation, relaxation_error and adam_gibbs out

  Errors: PETSC_ERR_MEM
  Cost:   samples x temperatures x times
  Source: docs/theory/entropy.md, section 4
*/
PetscErrorCode KrThermoRelax(const KrPlan *plan, KrThermoEnsemble *all)
{
  const int nt = KrThermoOf(plan)->ladder.n, n_samples = (int)PetscMin(all->n_samples, INT32_MAX);
  KrThermoSums entropy;
  int          chosen[KR_LADDER_MAX], n;
  double      *without, *slope, *intercept; /* without: [n_temperatures][n_samples] */

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc3((size_t)nt * (size_t)n_samples, &without, (size_t)n_samples, &slope,
                         (size_t)n_samples, &intercept));
  for (int t = 0; t < nt; ++t) {
    double *times = without + (size_t)t * (size_t)n_samples;

    all->relaxation[t] = time_of(plan, all, t, -1);
    for (int s = 0; s < n_samples; ++s) times[s] = time_of(plan, all, t, s);
    all->relaxation_error[t] = n_samples > 1 ? KrJackknifeError(n_samples, times) : NAN;
  }
  KrThermoSumsOf(all, nt, offsetof(KrThermoRow, configurational), &entropy);
  n               = choose(plan, all, chosen);
  all->adam_gibbs = fit_line(plan, all, &entropy, n, chosen, all->relaxation, -1);
  for (int s = 0; n_samples > 1 && s < n_samples; ++s) {
    double       time[KR_LADDER_MAX];
    KrThermoLine line;

    for (int t = 0; t < nt; ++t) time[t] = without[(size_t)t * (size_t)n_samples + (size_t)s];
    line         = fit_line(plan, all, &entropy, n, chosen, time, s);
    slope[s]     = line.slope;
    intercept[s] = line.intercept;
  }
  if (n_samples > 1) {
    all->adam_gibbs.slope_error     = KrJackknifeError(n_samples, slope);
    all->adam_gibbs.intercept_error = KrJackknifeError(n_samples, intercept);
  }
  PetscCall(PetscFree3(without, slope, intercept));
  PetscFunctionReturn(PETSC_SUCCESS);
}
