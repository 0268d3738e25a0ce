/* Hybrid Monte Carlo along the free motion of the manifold, on the sphere great circles: fresh momenta, leapfrog with
   exact free motion, Metropolis. All replicas take their steps together, so that every gradient comes from a full
   batch. */
#include "sampler_impl.h"
#include <kacrice/manifold.h>
#include <math.h>
#include <string.h>

#define JITTER \
  0.1 /* a trajectory's step is off by up to this share: no resonance with a harmonic state */

/* Four sums side by side: a single one would wait for each addition. */
static double dot(int n, const double a[], const double b[])
{
  double sum[4] = {0.0, 0.0, 0.0, 0.0};
  int    i      = 0;

  for (; i + 3 < n; i += 4)
    for (int k = 0; k < 4; ++k) sum[k] += a[i + k] * b[i + k];
  for (; i < n; ++i) sum[0] += a[i] * b[i];
  return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

/* Gaussian momenta in the tangent space, and a step a little off. */
static void begin(KrSampler s, int row)
{
  const KrRandomKey momentum = KrSamplerKey(s, KR_DRAW_MOMENTUM);
  const KrRandomKey accept   = KrSamplerKey(s, KR_DRAW_ACCEPT);
  const int         slot     = s->slot_of_row[row];
  const uint64_t    counter  = KrSamplerCounter(s, slot);
  double           *v        = s->V + (size_t)row * (size_t)s->n;

  KrRandomNormals(&momentum, counter, s->n, v);
  (void)(*s->manifold->project)(s->n, s->X + (size_t)row * (size_t)s->n, v);
  if (s->reference != NULL) KrSphereProject(s->n, s->reference, v);
  s->kinetic[row] = 0.5 * dot(s->n, v, v);
  s->time[row] =
    s->slots[slot].step * (1.0 + JITTER * (2.0 * KrRandomUniform(&accept, counter) - 1.0));
}

/* Half a kick, `steps` times free motion and a kick, the last one half. Collective on the model's communicator. */
PetscErrorCode KrSamplerFly(KrSampler s)
{
  const size_t n = (size_t)s->n;

  PetscErrorCode code;

  PetscFunctionBeginUser;
  for (int k = 0; k <= s->setup.steps; ++k) {
    const double share = k == 0 || k == s->setup.steps ? 0.5 : 1.0;

    if (s->look != MPI_COMM_NULL) {
      PetscCall(KrStopLook(s->look, "sweeps", &code));
      if (code != 0) PetscFunctionReturn(code);
    }
    if (k > 0) PetscCall(KrSamplerEvaluate(s));
    for (int row = 0; row < s->n_rows; ++row) {
      const size_t at   = (size_t)row * n;
      const double beta = s->beta[s->slot_of_row[row] % s->n_temperatures];

      (*s->manifold->kick)(s->n, s->X + at, s->G + at, share * beta * s->time[row], s->V + at);
      if (k < s->setup.steps) (*s->manifold->geodesic)(s->n, s->X + at, s->V + at, s->time[row]);
    }
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void go_back(KrSampler s, int row)
{
  const size_t n = (size_t)s->n, at = (size_t)row * n;

  (void)memcpy(s->X + at, s->old_X + at, n * sizeof(double));
  (void)memcpy(s->G + at, s->old_G + at, n * sizeof(double));
  s->E[row]      = s->old_E[row];
  s->radial[row] = s->old_radial[row];
}

/* Keeps the end of a trajectory with the probability min(1, exp(-change of beta H + kinetic energy)). */
static void decide(KrSampler s, int row, PetscBool adapt)
{
  const KrRandomKey key  = KrSamplerKey(s, KR_DRAW_ACCEPT);
  const int         slot = s->slot_of_row[row];
  const double      beta = s->beta[slot % s->n_temperatures];
  const double     *v    = s->V + (size_t)row * (size_t)s->n;
  const double      change =
    beta * (s->E[row] - s->old_E[row]) + 0.5 * dot(s->n, v, v) - s->kinetic[row];
  const double probability = isfinite(change) ? PetscMin(1.0, exp(-change)) : 0.0;

  s->slots[slot].accepted += probability;
  s->slots[slot].moves += 1;
  if (KrRandomUniform(&key, KrSamplerCounter(s, slot) + 1) >= probability) go_back(s, row);
  if (adapt) KrSamplerAdapt(s, slot, probability);
}

/* A trajectory of every replica; left early, it has not been. Collective on the model's communicator. */
PetscErrorCode KrSamplerMove(KrSampler s, PetscBool adapt)
{
  const size_t   rows = (size_t)s->n_rows, bytes = rows * (size_t)s->n * sizeof(double);
  const int64_t  n_gradients = s->n_gradients;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  (void)memcpy(s->old_X, s->X, bytes);
  (void)memcpy(s->old_G, s->G, bytes);
  (void)memcpy(s->old_E, s->E, rows * sizeof(double));
  (void)memcpy(s->old_radial, s->radial, rows * sizeof(double));
  for (int row = 0; row < s->n_rows; ++row) begin(s, row);
  code = KrSamplerFly(s);
  if (code == KR_ERR_STOPPED) {
    for (int row = 0; row < s->n_rows; ++row) go_back(s, row);
    s->n_gradients = n_gradients;
  }
  PetscCall(code);
  for (int row = 0; row < s->n_rows; ++row) decide(s, row, adapt);
  PetscFunctionReturn(PETSC_SUCCESS);
}
