/* Layer 6: equilibrium at a temperature. Replicas move on the sphere side by side in the lanes of the batch kernel
   (hybrid Monte Carlo on great circles) and exchange their temperatures. Formulas: docs/theory/monte_carlo.md. */
#pragma once
#include <kacrice/model.h>
#include <kacrice/search.h>
#include <kacrice/thermo_record.h>

#define KR_SLOTS_MAX 4096 /* temperatures x ladders of a sample */

typedef struct KrSampler_s *KrSampler;

/* ---- sampler.c, move.c, exchange.c: the Markov chain ---- */
typedef struct {
  int           n_temperatures;
  const double *beta;        /* n_temperatures, ascending from 0 or more; copied */
  int           n_ladders;   /* each has a replica at every temperature; ladders never meet */
  int64_t       first;       /* number of the first ladder: with it the random numbers are drawn */
  int64_t       stride;      /* number of the next one less that */
  int           steps;       /* of leapfrog in a trajectory */
  double        acceptance;  /* that the adaptation of steps aims at */
  const double *reference;   /* N, |x|^2 = N: replicas are held at an overlap with it; NULL: free */
  const double *overlap;     /* n_temperatures overlaps when there is a reference; copied */
  PetscBool     no_exchange; /* replicas keep their temperatures */
  uint64_t      seed;
  int64_t       sample;
} KrSamplerSetup;

typedef struct {    /* of one slot: a temperature of a ladder */
  double  step;     /* of leapfrog */
  double  accepted; /* sum of the probabilities of acceptance */
  int64_t moves;
  double  swapped; /* sum of the probabilities of exchange with the next temperature */
  int64_t exchanges;
} KrSlot;

PetscErrorCode KrSamplerCreate(KrModel model, const KrSamplerSetup *setup, KrSampler *sampler);
PetscErrorCode KrSamplerDestroy(KrSampler *sampler);
PetscErrorCode KrSamplerStartRandom(KrSampler sampler, int ladder);
PetscErrorCode KrSamplerStartAt(KrSampler sampler, int ladder, const double x[]);
PetscErrorCode KrSamplerSweep(KrSampler sampler, PetscBool adapt);
void           KrSamplerFreeze(KrSampler sampler);
/* borrowed, of a slot ladder * n_temperatures + temperature */
const double *KrSamplerPoint(KrSampler sampler, int slot);
double        KrSamplerEnergy(KrSampler sampler, int slot); /* H */
double        KrSamplerForce(KrSampler sampler, int slot);  /* (1/N) dH/dq where q is held */
const KrSlot *KrSamplerSlot(KrSampler sampler, int slot);
void          KrSamplerSetStep(KrSampler sampler, int slot, double step);
int64_t       KrSamplerRoundTrips(KrSampler sampler, int ladder);
int64_t       KrSamplerGradients(KrSampler sampler); /* points at which the model was asked */
