/* The Franz-Parisi potential: replicas held at overlaps with the planted point, at its temperature. */
#include "run_impl.h"
#include <kacrice/series.h>
#include <math.h>

#define OVERLAP_MAX 0.95

static double overlap_at(const KrThermoState *run, int k)
{
  return OVERLAP_MAX * k / (run->options->overlaps - 1.0);
}

/* Sweeps of all held replicas, if this rank has any (NULL: none), unless the caller wants to stop; force and energy
   of each into series. */
static PetscErrorCode sweep(KrThermoState *run, KrSampler held, double force[], double energy[])
{
  const int     n_slots = run->n_local * run->options->overlaps;
  const int64_t burn_in = run->options->burn_in, n = run->options->sweeps;

  PetscFunctionBeginUser;
  for (int64_t s = -burn_in; s < n; ++s) {
    PetscCall(KrThermoBreathe(run, s + burn_in));
    if (run->stopped) break;
    if (held == NULL) continue;
    PetscCall(KrSamplerSweep(held, s < 0 ? PETSC_TRUE : PETSC_FALSE));
    if (s == -1) KrSamplerFreeze(held);
    for (int slot = 0; s >= 0 && slot < n_slots; ++slot) {
      force[slot * n + s]  = KrSamplerForce(held, slot);
      energy[slot * n + s] = KrSamplerEnergy(held, slot) / run->n;
    }
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The held replicas of this rank's ladders, at random points; NULL: it has no ladder. */
static PetscErrorCode create(KrThermoState *run, KrSampler *held)
{
  const int      n_overlaps = run->options->overlaps;
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
  *held = NULL;
  if (run->n_local == 0) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscMalloc2(n_overlaps, &beta, n_overlaps, &overlap));
  for (int k = 0; k < n_overlaps; ++k) beta[k] = 1.0 / run->options->plant;
  for (int k = 0; k < n_overlaps; ++k) overlap[k] = overlap_at(run, k);
  setup.beta    = beta;
  setup.overlap = overlap;
  PetscCall(KrSamplerCreate(run->model, &setup, held));
  (*held)->dynamics = -1; /* random numbers of its own */
  for (int l = 0; l < run->n_local; ++l) PetscCall(KrSamplerStartRandom(*held, l));
  PetscCall(PetscFree2(beta, overlap));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* As many sweeps as the ladders have had, on each of this rank's ladders. Collective on the sharers and on the model's
   communicator. */
PetscErrorCode KrPotentialRun(KrThermoState *run)
{
  const int     n_overlaps = run->options->overlaps, n_slots = run->n_local * n_overlaps;
  const int64_t n = run->options->sweeps;
  double       *force, *energy;
  KrSampler     held;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2((size_t)(n_slots * n), &force, (size_t)(n_slots * n), &energy));
  PetscCall(create(run, &held));
  PetscCall(sweep(run, held, force, energy));
  for (int slot = 0; slot < n_slots && !run->stopped; ++slot) {
    const KrSeriesMean f = KrSeriesAnalyse(n, force + slot * n);
    const KrSeriesMean e = KrSeriesAnalyse(n, energy + slot * n);
    double            *at =
      run->potential + 4 * (run->numbers[slot / n_overlaps] * n_overlaps + slot % n_overlaps);

    at[0] = f.mean;
    at[1] = f.error * f.error;
    at[2] = e.mean;
    at[3] = e.error * e.error;
  }
  PetscCall(KrSamplerDestroy(&held));
  PetscCall(PetscFree2(force, energy));
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
