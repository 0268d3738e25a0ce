/* Life of a Markov chain: replicas at temperatures, in rows of a batch. */
#include "sampler_impl.h"
#include <kacrice/manifold.h>
#include <math.h>
#include <string.h>

#define STEP_FIRST 0.3

/* The longest useful trajectory is a quarter of a great circle at the typical speed, and as long elsewhere. */
static double longest_step(const struct KrSampler_s *s)
{
  return 0.5 * PETSC_PI * s->length / s->setup.steps;
}

static PetscErrorCode copy(int n, const double from[], double **to)
{
  PetscFunctionBeginUser;
  *to = NULL;
  if (from == NULL) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscMalloc1(n, to));
  (void)memcpy(*to, from, (size_t)n * sizeof **to);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode allocate(KrSampler s)
{
  const size_t rows = (size_t)PetscMax(s->n_rows, 2), size = rows * (size_t)s->n;
  const size_t held = s->setup.reference == NULL ? 1 : size;

  PetscFunctionBeginUser;
  PetscCall(copy(s->n_temperatures, s->setup.beta, &s->beta));
  PetscCall(copy(s->n_temperatures, s->setup.overlap, &s->overlap));
  PetscCall(copy(s->n, s->setup.reference, &s->reference));
  PetscCall(PetscCalloc6(size, &s->X, size, &s->V, size, &s->G, size, &s->old_X, size, &s->old_G,
                         held, &s->work));
  PetscCall(PetscCalloc6(rows, &s->E, rows, &s->old_E, rows, &s->kinetic, rows, &s->time, rows,
                         &s->radial, rows, &s->old_radial));
  PetscCall(PetscCalloc5(rows, &s->slot_of_row, rows, &s->row_of_slot, rows, &s->direction,
                         s->n_ladders, &s->round_trips, rows, &s->slots));
  PetscCall(
    PetscCalloc3(rows, &s->log_step_sum, rows, &s->log_step_count, s->n_ladders, &s->numbers));
  for (int l = 0; l < s->n_ladders; ++l)
    s->numbers[l] = s->setup.numbers == NULL ? l : s->setup.numbers[l];
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrSamplerCreate - Makes a Markov chain of replicas on a model; they have no points yet.

  Collective on the model's communicator

  Input:
+ model - borrowed, must outlive the sampler; its disorder may be drawn later
- setup - temperatures, ladders, moves; arrays are copied

  Output:
. sampler - caller destroys with KrSamplerDestroy()

  Errors: PETSC_ERR_ARG_OUTOFRANGE for betas that do not ascend, or overlaps that are held and exchanged
  Cost:   six arrays of ladders x temperatures x N
  Source: docs/theory/monte_carlo.md
  See:    KrSamplerStartRandom(), KrSamplerSweep()
*/
PetscErrorCode KrSamplerCreate(KrModel model, const KrSamplerSetup *setup, KrSampler *sampler)
{
  const KrShape *shape;
  KrSampler      s;

  PetscFunctionBeginUser;
  PetscCall(KrModelGetShape(model, &shape));
  PetscCall(PetscNew(sampler));
  s                 = *sampler;
  s->model          = model;
  s->look           = MPI_COMM_NULL;
  s->n              = shape->n;
  s->manifold       = shape->manifold;
  s->length         = shape->length;
  s->setup          = *setup;
  s->n_temperatures = setup->n_temperatures;
  s->n_ladders      = setup->n_ladders;
  s->n_rows         = setup->n_temperatures * setup->n_ladders;
  PetscCheck(setup->reference == NULL || (setup->overlap != NULL && setup->no_exchange),
             PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE,
             "replicas held at an overlap need one each, and cannot be exchanged");
  PetscCheck(setup->reference == NULL || s->manifold->n_radial > 0, PETSC_COMM_SELF, PETSC_ERR_SUP,
             "replicas can be held at an overlap on the sphere only");
  for (int t = 0; t < s->n_temperatures; ++t)
    PetscCheck(setup->beta[t] >= 0.0 &&
                 (t == 0 || setup->no_exchange || setup->beta[t] > setup->beta[t - 1]),
               PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE, "the betas must ascend from 0");
  PetscCall(allocate(s));
  for (int slot = 0; slot < s->n_rows; ++slot) {
    const double beta = s->beta[slot % s->n_temperatures];
    const double step =
      STEP_FIRST * s->length * pow(64.0 / s->n, 0.25) / sqrt(PetscMax(1.0, beta * shape->energy));

    s->row_of_slot[slot] = s->slot_of_row[slot] = slot;
    s->slots[slot].step                         = PetscMin(longest_step(s), step);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrSamplerDestroy - Frees a sampler; accepts NULL inside and may be called twice.

  Collective on the model's communicator

  In/out:
. sampler - set to NULL
*/
PetscErrorCode KrSamplerDestroy(KrSampler *sampler)
{
  KrSampler s = *sampler;

  PetscFunctionBeginUser;
  if (s == NULL) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscFree(s->beta));
  PetscCall(PetscFree(s->overlap));
  PetscCall(PetscFree(s->reference));
  PetscCall(PetscFree6(s->X, s->V, s->G, s->old_X, s->old_G, s->work));
  PetscCall(PetscFree6(s->E, s->old_E, s->kinetic, s->time, s->radial, s->old_radial));
  PetscCall(PetscFree5(s->slot_of_row, s->row_of_slot, s->direction, s->round_trips, s->slots));
  PetscCall(PetscFree3(s->log_step_sum, s->log_step_count, s->numbers));
  PetscCall(PetscFree(*sampler));
  PetscFunctionReturn(PETSC_SUCCESS);
}

KrRandomKey KrSamplerKey(const struct KrSampler_s *s, KrDraw what)
{
  return (KrRandomKey){.seed = s->setup.seed,
                       .stream =
                         KR_STREAM_THERMO + 256 * (uint32_t)((int)what + KR_DRAWS * s->dynamics),
                       .sample = (uint64_t)s->setup.sample};
}

/* Numbers of a slot at this sweep: 2^17 counters; of ladders by their global number, wherever they are. */
uint64_t KrSamplerCounter(const struct KrSampler_s *s, int slot)
{
  const int64_t ladder = s->numbers[slot / s->n_temperatures];
  const int64_t number = ladder * s->n_temperatures + slot % s->n_temperatures;

  return (uint64_t)((s->sweep * KR_SLOTS_MAX + number) << 17);
}

/* Makes a point one of the subspace where the replica is held. */
static void enter(const KrSampler s, double x[])
{
  if (s->reference != NULL) KrSphereProject(s->n, s->reference, x);
  (*s->manifold->place)(s->n, x);
}

/* Energies and gradients of all rows at X. Where the overlap with a reference is held, X is the part of the points
   orthogonal to it, scaled to |x|^2 = N, and G the gradient by that. */
PetscErrorCode KrSamplerEvaluate(KrSampler s)
{
  const size_t n      = (size_t)s->n;
  double      *points = s->reference == NULL ? s->X : s->work;

  PetscFunctionBeginUser;
  for (int r = 0; s->reference != NULL && r < s->n_rows; ++r) {
    const double q = s->overlap[s->slot_of_row[r] % s->n_temperatures], side = sqrt(1.0 - q * q);

    for (size_t i = 0; i < n; ++i)
      s->work[(size_t)r * n + i] = q * s->reference[i] + side * s->X[(size_t)r * n + i];
  }
  /* a single point would meet another kernel, which rounds differently */
  if (s->n_rows == 1) (void)memcpy(points + n, points, n * sizeof *points);
  PetscCall(KrModelDerivatives(s->model, PetscMax(s->n_rows, 2), points, s->E, s->G, NULL));
  s->n_gradients += s->n_rows;
  for (int r = 0; s->reference != NULL && r < s->n_rows; ++r) {
    const double  q = s->overlap[s->slot_of_row[r] % s->n_temperatures], side = sqrt(1.0 - q * q);
    double       *g     = s->G + (size_t)r * n;
    const double *x     = s->X + (size_t)r * n;
    double        along = KrSphereProject(s->n, s->reference, g), across = 0.0;

    for (size_t i = 0; i < n; ++i) across += g[i] * x[i] / (double)n;
    s->radial[r] = along - q / side * across;
    for (size_t i = 0; i < n; ++i) g[i] *= side;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrSamplerStartRandom - Puts the replicas of a ladder at points of the manifold's measure, or else at starts.

  Collective on the model's communicator

  Input:
+ sampler - its model has its disorder drawn
- ladder  - 0 ... n_ladders-1
*/
PetscErrorCode KrSamplerStartRandom(KrSampler sampler, int ladder)
{
  const KrRandomKey key = KrSamplerKey(sampler, KR_DRAW_START);

  PetscFunctionBeginUser;
  for (int t = 0; t < sampler->n_temperatures; ++t) {
    const int slot = ladder * sampler->n_temperatures + t;
    double   *x    = sampler->X + (size_t)sampler->row_of_slot[slot] * (size_t)sampler->n;

    if (sampler->reference != NULL) {
      KrRandomNormals(&key, KrSamplerCounter(sampler, slot), sampler->n, x);
      enter(sampler, x);
    } else if (sampler->manifold->uniform != NULL) {
      (*sampler->manifold->uniform)(sampler->n, &key, KrSamplerCounter(sampler, slot), x);
    } else {
      PetscCall(KrModelStart(sampler->model, &key, KrSamplerCounter(sampler, slot), x));
    }
  }
  sampler->is_evaluated = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrSamplerStartAt - Puts the replicas of a ladder at given points.

  Collective on the model's communicator

  Input:
+ sampler - its model has its disorder drawn
. ladder  - 0 ... n_ladders-1
- x       - n_temperatures x N, a row a temperature; moved to |x|^2 = N
*/
PetscErrorCode KrSamplerStartAt(KrSampler sampler, int ladder, const double x[])
{
  const size_t n = (size_t)sampler->n;

  PetscFunctionBeginUser;
  for (int t = 0; t < sampler->n_temperatures; ++t) {
    const int row = sampler->row_of_slot[ladder * sampler->n_temperatures + t];

    (void)memcpy(sampler->X + (size_t)row * n, x + (size_t)t * n, n * sizeof *x);
    enter(sampler, sampler->X + (size_t)row * n);
  }
  sampler->is_evaluated = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Moves log(step) of a slot towards the acceptance that is wanted, ever less (Robbins & Monro 1951). */
void KrSamplerAdapt(KrSampler s, int slot, double acceptance)
{
  const double k    = (double)s->sweep;
  const double gain = pow(1.0 + k, -0.6);
  double       step = s->slots[slot].step * exp(gain * (acceptance - s->setup.acceptance));

  step                = PetscMin(step, longest_step(s));
  s->slots[slot].step = step;
  s->log_step_sum[slot] += (k + 1.0) * log(step);
  s->log_step_count[slot] += k + 1.0;
}

/*
  KrSamplerFreeze - Ends the adaptation: steps become its means, the later ones weighing more; counts begin anew.

  Not collective

  In/out:
. sampler - from here on it is a Markov chain with a fixed law

  Source: Polyak & Juditsky 1992
*/
void KrSamplerFreeze(KrSampler sampler)
{
  for (int slot = 0; slot < sampler->n_rows; ++slot) {
    KrSlot *at = &sampler->slots[slot];

    if (sampler->log_step_count[slot] > 0.0)
      at->step = exp(sampler->log_step_sum[slot] / sampler->log_step_count[slot]);
    *at = (KrSlot){.step = at->step};
  }
  for (int l = 0; l < sampler->n_ladders; ++l) sampler->round_trips[l] = 0;
}

/*
  KrSamplerPoint - The point of a slot.

  Not collective

  Input:
+ sampler - the chain
- slot    - ladder * n_temperatures + temperature

  Returns:
  N coordinates, borrowed until the next sweep; where an overlap is held, the scaled part orthogonal to the reference
*/
const double *KrSamplerPoint(KrSampler sampler, int slot)
{
  return sampler->X + (size_t)sampler->row_of_slot[slot] * (size_t)sampler->n;
}

/*
  KrSamplerEnergy - The total energy H at a slot's point.

  Not collective

  Input:
+ sampler - the chain, after a sweep
- slot    - ladder * n_temperatures + temperature

  Returns:
  H, units of J
*/
double KrSamplerEnergy(KrSampler sampler, int slot)
{
  return sampler->E[sampler->row_of_slot[slot]];
}

/*
  KrSamplerForce - Derivative of the energy by the overlap that is held.

  Not collective

  Input:
+ sampler - with a reference, after a sweep
- slot    - ladder * n_temperatures + temperature

  Returns:
  (1/N) dH/dq along q reference + sqrt(1 - q^2) x, units of J

  Source: docs/theory/monte_carlo.md, eq. (9)
*/
double KrSamplerForce(KrSampler sampler, int slot)
{
  return sampler->radial[sampler->row_of_slot[slot]];
}

/*
  KrSamplerSlot - Step and counts of a slot since the adaptation ended.

  Not collective

  Input:
+ sampler - the chain
- slot    - ladder * n_temperatures + temperature

  Returns:
  borrowed
*/
const KrSlot *KrSamplerSlot(KrSampler sampler, int slot)
{
  return &sampler->slots[slot];
}

/*
  KrSamplerSetStep - Sets the leapfrog step of a slot by hand.

  Not collective

  In/out:
. sampler - the chain

  Input:
+ slot - ladder * n_temperatures + temperature
- step - positive
*/
void KrSamplerSetStep(KrSampler sampler, int slot, double step)
{
  sampler->slots[slot].step = step;
}

/*
  KrSamplerRoundTrips - How often replicas of a ladder went from the hottest to the coldest temperature and back.

  Not collective

  Input:
+ sampler - the chain
- ladder  - 0 ... n_ladders-1

  Returns:
  trips since the adaptation ended
*/
int64_t KrSamplerRoundTrips(KrSampler sampler, int ladder)
{
  return sampler->round_trips[ladder];
}

/*
  KrSamplerGradients - How many points the model was asked for.

  Not collective

  Input:
. sampler - the chain

  Returns:
  points since it was made
*/
int64_t KrSamplerGradients(KrSampler sampler)
{
  return sampler->n_gradients;
}
