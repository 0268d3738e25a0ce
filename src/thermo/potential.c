/* The Franz-Parisi potential: replicas held at overlaps with the planted point, at its temperature. */
#include "run_impl.h"
#include <kacrice/series.h>
#include <math.h>

#define OVERLAP_MAX 0.95

static double overlap_at(const KrThermoState *run, int k)
{
  return OVERLAP_MAX * k / (run->options->overlaps - 1.0);
}

/* The held replicas of this rank's ladders, if it has any, and their series. */
PetscErrorCode KrPotentialCreate(KrThermoState *run)
{
  const int      n_overlaps = run->options->overlaps;
  const size_t   n          = (size_t)(run->n_local * n_overlaps) * (size_t)run->options->sweeps;
  KrSamplerSetup setup      = {.n_temperatures = n_overlaps,
                               .n_ladders      = run->n_local,
                               .numbers        = run->numbers,
                               .steps          = run->options->steps,
                               .acceptance     = run->options->acceptance,
                               .reference      = run->planted,
                               .no_exchange    = PETSC_TRUE,
                               .seed           = run->seed,
                               .sample         = run->sample};
  double        *beta, *overlap;

  PetscFunctionBeginUser;
  run->phase = KR_THERMO_POTENTIAL;
  PetscCall(PetscMalloc2(n, &run->force, n, &run->held));
  if (run->n_local == 0) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscMalloc2(n_overlaps, &beta, n_overlaps, &overlap));
  for (int k = 0; k < n_overlaps; ++k) beta[k] = 1.0 / run->options->plant;
  for (int k = 0; k < n_overlaps; ++k) overlap[k] = overlap_at(run, k);
  setup.beta    = beta;
  setup.overlap = overlap;
  PetscCall(KrSamplerCreate(run->model, &setup, &run->walk));
  run->walk->look     = run->look;
  run->walk->dynamics = -1; /* random numbers of its own */
  PetscCall(PetscFree2(beta, overlap));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* From random points. */
static PetscErrorCode begin(KrThermoState *run)
{
  PetscFunctionBeginUser;
  PetscCall(KrPotentialCreate(run));
  run->walked = 0;
  for (int l = 0; l < run->n_local; ++l) PetscCall(KrSamplerStartRandom(run->walk, l));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Force and energy of each held replica after a sweep. */
static void measure(KrThermoState *run, int64_t at)
{
  for (int slot = 0; slot < run->n_local * run->options->overlaps; ++slot) {
    run->force[slot * run->options->sweeps + at] = KrSamplerForce(run->walk, slot);
    run->held[slot * run->options->sweeps + at]  = KrSamplerEnergy(run->walk, slot) / run->n;
  }
}

/* What the series say. */
static void conclude(KrThermoState *run)
{
  const int     n_overlaps = run->options->overlaps;
  const int64_t n          = run->options->sweeps;

  for (int slot = 0; slot < run->n_local * n_overlaps; ++slot) {
    const KrSeriesMean f = KrSeriesAnalyse(n, run->force + slot * n);
    const KrSeriesMean e = KrSeriesAnalyse(n, run->held + slot * n);
    double            *at =
      run->potential + 4 * (run->numbers[slot / n_overlaps] * n_overlaps + slot % n_overlaps);

    at[0] = f.mean;
    at[1] = f.error * f.error;
    at[2] = e.mean;
    at[3] = e.error * e.error;
  }
}

/* As many sweeps as the ladders have had, on each of this rank's ladders, unless the caller wants to stop; or goes on
   with it. Collective on the sharers and on the model's communicator. */
PetscErrorCode KrPotentialRun(KrThermoState *run)
{
  const int64_t  burn_in = run->options->burn_in, end = burn_in + run->options->sweeps;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  if (run->phase != KR_THERMO_POTENTIAL) PetscCall(begin(run));
  for (; run->walked < end; ++run->walked) {
    PetscCall(KrThermoBreathe(run, run->walked));
    if (run->stopped) PetscFunctionReturn(PETSC_SUCCESS);
    if (run->walk == NULL) continue;
    code = KrSamplerSweep(run->walk, run->walked < burn_in ? PETSC_TRUE : PETSC_FALSE);
    PetscCall(KrThermoLeave(run, code));
    if (run->stopped) PetscFunctionReturn(PETSC_SUCCESS);
    if (run->walked == burn_in - 1) KrSamplerFreeze(run->walk);
    if (run->walked >= burn_in) measure(run, run->walked - burn_in);
  }
  conclude(run);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* V by parabolas through three neighbours: an error of the fourth power of the distance. */
static void integrate(int n, double step, const double slope[], double V[])
{
  V[0] = 0.0;
  V[1] = step / 12.0 * (5.0 * slope[0] + 8.0 * slope[1] - slope[2]);
  for (int k = 1; k + 1 < n; ++k)
    V[k + 1] = V[k] + step / 12.0 * (8.0 * slope[k] + 5.0 * slope[k + 1] - slope[k - 1]);
}

/* Mean over the ladders, the force and what the measure of the overlap adds integrated. Collective on the sharers. */
PetscErrorCode KrPotentialRecord(KrThermoState *run, KrThermoSample *record)
{
  const int n_overlaps = run->options->overlaps, ladders = run->options->ladders;
  double   *slope, *V;

  PetscFunctionBeginUser;
  if (n_overlaps == 0) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, run->potential, 4 * ladders * n_overlaps, MPI_DOUBLE,
                             MPI_SUM, run->sharers));
  PetscCall(PetscMalloc2(n_overlaps, &slope, n_overlaps, &V));
  for (int k = 0; k < n_overlaps; ++k) {
    double *row = record->potential + (size_t)k * KR_POTENTIAL_COLUMNS;
    double  q   = overlap_at(run, k);

    row[0] = q;
    for (int l = 0; l < ladders; ++l)
      for (int i = 0; i < 4; ++i)
        row[1 + i] +=
          run->potential[4 * (l * n_overlaps + k) + i] / (i % 2 == 0 ? ladders : ladders * ladders);
    row[2]   = sqrt(row[2]);
    row[4]   = sqrt(row[4]);
    slope[k] = row[1] + run->options->plant * q / (1.0 - q * q) * (run->n - 3.0) / run->n;
  }
  integrate(n_overlaps, OVERLAP_MAX / (n_overlaps - 1.0), slope, V);
  for (int k = 0; k < n_overlaps; ++k)
    record->potential[(size_t)k * KR_POTENTIAL_COLUMNS + 5] = V[k];
  PetscCall(PetscFree2(slope, V));
  PetscFunctionReturn(PETSC_SUCCESS);
}
