/* Langevin dynamics from points in equilibrium: how fast they are forgotten. */
#include "run_impl.h"
#include <math.h>
#include <string.h>

#define TIME_STEP 0.02 /* 1/J, at N = 64: with the Metropolis step nearly every move is accepted */

static double time_step(const KrLadder *ladder, int n)
{
  return TIME_STEP * pow(64.0 / n, 1.0 / 3.0) / ladder->scale;
}

/* Steps of the dynamics of one point. */
double KrRelaxationSteps(const KrLadder *ladder, double time, int n)
{
  return time / time_step(ladder, n);
}

/* Times at which the correlation is looked at: every one of the first steps, then ever wider, up to the end. */
void KrRelaxationTimes(KrThermoState *run)
{
  const double step = time_step(run->ladder, run->n), last = run->options->relaxation / step;
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

static void correlate(KrThermoState *run)
{
  for (int slot = 0; slot < run->n_slots; ++slot) {
    const double *x    = KrSamplerPoint(run->walk, slot),
                 *from = run->points + (size_t)slot * (size_t)run->n;
    double sum         = 0.0;

    for (int i = 0; i < run->n; ++i) sum += from[i] * x[i];
    run->correlation[slot * run->n_times + run->looked] += sum / run->n;
  }
}

/* Chains for this rank's replicas, if it has any: one leapfrog step a move, momenta fresh, is Langevin dynamics with
   time step beta step^2 / 2, corrected by Metropolis. */
PetscErrorCode KrRelaxationCreate(KrThermoState *run)
{
  const double         step  = time_step(run->ladder, run->n);
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
  run->phase = KR_THERMO_RELAXATION;
  if (run->n_local == 0) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KrSamplerCreate(run->model, &setup, &run->walk));
  run->walk->look     = run->look;
  run->walk->dynamics = 1 + KrThermoLook(run);
  for (int slot = 0; slot < run->n_slots; ++slot) {
    const double beta = run->ladder->beta[slot % run->ladder->n];

    /* at beta = 0 there is no time: those replicas only go along */
    KrSamplerSetStep(run->walk, slot, beta > 0.0 ? PetscMin(1.0, sqrt(2.0 * step / beta)) : 1.0);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* From where the replicas are. */
static PetscErrorCode begin(KrThermoState *run)
{
  const size_t n = (size_t)run->n, nt = (size_t)run->ladder->n;

  PetscFunctionBeginUser;
  PetscCall(KrRelaxationCreate(run));
  run->walked = 0;
  run->looked = 0;
  for (int slot = 0; slot < run->n_slots; ++slot)
    (void)memcpy(run->points + (size_t)slot * n, KrSamplerPoint(run->sampler, slot),
                 n * sizeof(double));
  for (int l = 0; l < run->n_local; ++l)
    PetscCall(KrSamplerStartAt(run->walk, l, run->points + (size_t)l * nt * n));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Follows the replicas, each at its own temperature, unless the caller wants to stop; or goes on with it. Collective on
   the sharers. */
PetscErrorCode KrRelaxationRun(KrThermoState *run)
{
  const double   step = time_step(run->ladder, run->n);
  PetscErrorCode code;

  PetscFunctionBeginUser;
  if (run->phase != KR_THERMO_RELAXATION) PetscCall(begin(run));
  for (; run->looked < run->n_times; ++run->looked) {
    const double until = run->times[run->looked] - 0.5 * step;

    for (; (double)run->walked * step < until; ++run->walked) {
      PetscCall(KrThermoBreathe(run, run->walked));
      if (run->stopped) PetscFunctionReturn(PETSC_SUCCESS);
      if (run->walk == NULL) continue;
      code = KrSamplerSweep(run->walk, PETSC_FALSE);
      PetscCall(KrThermoLeave(run, code));
      if (run->stopped) PetscFunctionReturn(PETSC_SUCCESS);
    }
    if (run->walk != NULL) correlate(run);
  }
  PetscCall(KrSamplerDestroy(&run->walk));
  run->phase = KR_THERMO_CHAIN;
  PetscFunctionReturn(PETSC_SUCCESS);
}
