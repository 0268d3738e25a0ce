/* The states that replicas sit in: the minima below them, and the entropy of those. */
#include "run_impl.h"
#include <kacrice/tap_theory.h>
#include <math.h>
#include <string.h>

static PetscErrorCode keep_minimum(void *context, const KrOutcome *outcome)
{
  KrThermoState *run = context;

  PetscFunctionBeginUser;
  if (outcome->reason != KR_FOUND) PetscFunctionReturn(PETSC_SUCCESS);
  run->found[outcome->start] = outcome->energy;
  (void)memcpy(run->minima + (size_t)outcome->start * (size_t)run->n, outcome->x,
               (size_t)run->n * sizeof(double));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Descents from run->points to run->minima and run->found, the same on every rank of the model. */
PetscErrorCode KrQuenchPoints(KrThermoState *run)
{
  MPI_Comm comm;

  PetscFunctionBeginUser;
  for (int slot = 0; slot < run->n_slots; ++slot) run->found[slot] = NAN;
  (void)memset(run->minima, 0, (size_t)run->n_slots * (size_t)run->n * sizeof(double));
  PetscCall(KrSearchDescend(run->search, run->n_slots, run->points, keep_minimum, run));
  PetscCall(KrModelGetComm(run->model, &comm));
  PetscCallMPI(MPI_Bcast(run->found, run->n_slots, MPI_DOUBLE, 0, comm));
  PetscCallMPI(MPI_Bcast(run->minima, run->n_slots * run->n, MPI_DOUBLE, 0, comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* sum of ln(lambda) / 2N over the Riemannian Hessian of a minimum. Collective on the model's communicator. */
static PetscErrorCode curvature(KrThermoState *run, const double x[], double *result)
{
  const KrSpectrumOptions options = {.lowest = 1, .highest = 1, .method = KR_SPECTRUM_LAPACK};
  double                  lowest, highest, *all;
  KrSpectrum              spectrum = {.lowest = &lowest, .highest = &highest};

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(run->n, &all));
  spectrum.all = all;
  PetscCall(KrSpectrumCompute(&options, run->model, x, &spectrum));
  *result = 0.0;
  for (int i = 0; i < spectrum.n_all; ++i) *result += log(all[i]) / (2.0 * run->n);
  if (!isfinite(*result)) *result = NAN; /* a flat direction: no harmonic state */
  PetscCall(PetscFree(all));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Entropy of the TAP state on a minimum of energy e, per spin; NaN: there is none, or the model is not pure, or p = 2,
   where states are two and no many. */
static double tap_entropy(const KrMixture *f, double e, double beta)
{
  KrTap tap;

  if (f->order[0] < 3 || KrTapDescribe(f, e, 1.0 / beta, &tap) != KR_THEORY_OK) return NAN;
  return beta * (tap.energy - tap.free_energy);
}

/* The number-th descents of a run, from where its replicas are. Collective on the model's communicator. */
PetscErrorCode KrQuenchRun(KrThermoState *run, int number)
{
  const size_t     bytes = (size_t)run->n * sizeof(double);
  const KrMixture *f;
  PetscErrorCode   code;
  MPI_Comm         comm;

  PetscFunctionBeginUser;
  PetscCall(KrModelGetMixture(run->model, &f));
  for (int slot = 0; slot < run->n_slots; ++slot)
    (void)memcpy(run->points + (size_t)slot * (size_t)run->n, KrSamplerPoint(run->sampler, slot),
                 bytes);
  PetscCall(KrQuenchPoints(run));
  PetscCall(KrModelGetComm(run->model, &comm));
  for (int slot = 0; slot < run->n_slots; ++slot) {
    const size_t at   = (size_t)slot * (size_t)run->options->quenches + (size_t)number;
    const double beta = run->ladder->beta[slot % run->ladder->n];

    run->quenches.energy[at] = run->quenches.curvature[at] = run->quenches.tap[at] = NAN;
    if (isnan(run->found[slot])) continue;
    PetscCall(KrStopLook(comm, "descents", &code));
    if (code != 0) PetscFunctionReturn(code);
    run->quenches.energy[at] = run->found[slot];
    PetscCall(
      curvature(run, run->minima + (size_t)slot * (size_t)run->n, &run->quenches.curvature[at]));
    if (beta > 0.0) run->quenches.tap[at] = tap_entropy(f, run->found[slot], beta);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
