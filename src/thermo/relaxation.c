/* Langevin dynamics from points in equilibrium: how fast they are forgotten. */
#include "run_impl.h"
#include <math.h>
#include <string.h>

#define TIME_STEP 0.02 /* 1/J, at N = 64: with the Metropolis step nearly every move is accepted */

static double time_step(int n)
{
  return TIME_STEP * pow(64.0 / n, 1.0 / 3.0);
}

/* Steps of the dynamics of one point. */
double KrRelaxationSteps(double time, int n)
{
  return time / time_step(n);
}

/* Times at which the correlation is looked at: every one of the first steps, then ever wider, up to the end. */
void KrRelaxationTimes(KrThermoState *run)
{
  const double step = time_step(run->n), last = run->options->relaxation / step;
  int64_t      before = -1;

  run->n_times = 0;
  if (run->options->relaxation <= 0.0) return;
  for (int i = 0; i < KR_RELAXATION_MAX; ++i) {
    const int64_t at = i == 0 ? 0 : (int64_t)ceil(pow(last, (i - 1.0) / (KR_RELAXATION_MAX - 2.0)));

    if (at == before) continue;
    before                     = at;
    run->times[run->n_times++] = (double)at * step;
  }
}

static void correlate(KrThermoState *run, KrSampler dynamics, int which)
{
  for (int slot = 0; slot < run->n_slots; ++slot) {
    const double *x    = KrSamplerPoint(dynamics, slot),
                 *from = run->points + (size_t)slot * (size_t)run->n;
    double sum         = 0.0;

    for (int i = 0; i < run->n; ++i) sum += from[i] * x[i];
    run->correlation[slot * run->n_times + which] += sum / run->n;
  }
}

/* Chains at this rank's replicas, if it has any: one leapfrog step a move, momenta fresh, is Langevin dynamics with
   time step beta step^2 / 2, corrected by Metropolis. */
static PetscErrorCode create(KrThermoState *run, int number, KrSampler *dynamics)
{
  const double         step  = time_step(run->n);
  const KrSamplerSetup setup = {.n_temperatures = run->ladder->n,
                                .beta           = run->ladder->beta,
                                .n_ladders      = run->n_local,
                                .numbers        = run->numbers,
                                .steps          = 1,
                                .acceptance     = run->options->acceptance,
                                .no_exchange    = PETSC_TRUE,
                                .seed           = run->seed,
                                .sample         = run->sample};

  PetscFunctionBeginUser;
  *dynamics = NULL;
  if (run->n_local == 0) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KrSamplerCreate(run->model, &setup, dynamics));
  (*dynamics)->dynamics = 1 + number;
  for (int slot = 0; slot < run->n_slots; ++slot) {
    const double beta = run->ladder->beta[slot % run->ladder->n];

    (void)memcpy(run->points + (size_t)slot * (size_t)run->n, KrSamplerPoint(run->sampler, slot),
                 (size_t)run->n * sizeof(double));
    /* at beta = 0 there is no time: those replicas only go along */
    KrSamplerSetStep(*dynamics, slot, beta > 0.0 ? PetscMin(1.0, sqrt(2.0 * step / beta)) : 1.0);
  }
  for (int l = 0; l < run->n_local; ++l)
    PetscCall(KrSamplerStartAt(*dynamics, l,
                               run->points + (size_t)l * (size_t)run->ladder->n * (size_t)run->n));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Follows the replicas from where they are, each at its own temperature, unless the caller wants to stop. Collective on
   the sharers. */
PetscErrorCode KrRelaxationRun(KrThermoState *run, int number)
{
  const double step = time_step(run->n);
  KrSampler    dynamics;
  int64_t      done = 0;

  PetscFunctionBeginUser;
  PetscCall(create(run, number, &dynamics));
  for (int i = 0; i < run->n_times && !run->stopped; ++i) {
    for (; (double)done * step < run->times[i] - 0.5 * step; ++done) {
      PetscCall(KrThermoBreathe(run, done));
      if (run->stopped) break;
      if (dynamics != NULL) PetscCall(KrSamplerSweep(dynamics, PETSC_FALSE));
    }
    if (dynamics != NULL && !run->stopped) correlate(run, dynamics, i);
  }
  PetscCall(KrSamplerDestroy(&dynamics));
  PetscFunctionReturn(PETSC_SUCCESS);
}
