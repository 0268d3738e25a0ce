/* Layer 6: equilibrium at a temperature. Replicas move on the sphere side by side in the lanes of the batch kernel
   (hybrid Monte Carlo on great circles) and exchange their temperatures. Formulas: docs/theory/monte_carlo.md. */
#pragma once
#include <kacrice/model.h>
#include <kacrice/search.h>
#include <kacrice/thermo_record.h>

#define KR_SLOTS_MAX 4096 /* temperatures x ladders of a sample, and overlaps x ladders */

typedef struct KrSampler_s *KrSampler;

/* ---- sampler.c, move.c, exchange.c: the Markov chain ---- */
typedef struct {
  int           n_temperatures;
  const double *beta;      /* n_temperatures, ascending from 0 or more; copied */
  int           n_ladders; /* each has a replica at every temperature; ladders never meet */
  const int *
    numbers; /* n_ladders, of each ladder: with it random numbers are drawn; NULL: 0, 1, ...; copied */
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

/* ---- options.c, ladder.c: temperatures ---- */
#define KR_LADDER_MAX 128

typedef struct {
  char    temperatures[KR_PATH_MAX]; /* "2:0.7", "2:0.7:12" or "2,1.5,1" */
  int     infinity;                  /* 1: on to beta = 0, for entropies */
  int     ladders;                   /* even: independent ladders, two and two a pair */
  int64_t burn_in, sweeps;           /* trajectories a replica, before and while it is measured */
  int     steps;                     /* of leapfrog in a trajectory */
  double  acceptance;                /* that steps are adapted to */
  double  plant;                     /* temperature of the planted point; 0: none */
  int     quenches;                  /* descents from each replica while it is measured */
  double  relaxation; /* Langevin time over which correlations are followed; 0: none */
  int     overlaps;   /* with the planted point at which replicas are held; 0: none */
} KrThermoOptions;
extern const KrOptionTable KrThermoOptionTable;

typedef struct {
  int    n;
  double scale;               /* J of the law, KrMixtureScale() */
  double beta[KR_LADDER_MAX]; /* ascending, in units of 1/H */
} KrLadder;

PetscErrorCode KrThermoOptionsRead(MPI_Comm comm, KrThermoOptions *options);
PetscErrorCode KrLadderCreate(MPI_Comm comm, const KrThermoOptions *options, PetscInt n,
                              const KrMixture *f, KrLadder *ladder);
double         KrLadderSwap(PetscInt n, const KrMixture *f, double beta, double next);

/* ---- run.c: the whole of a sample; state.c: one that is under way ---- */
typedef struct KrThermoState_s KrThermoState;

typedef struct {            /* where a run begins, and how it ends early */
  KrThermoCheckpoint *from; /* goes on there, its rows are freed; NULL: from the beginning */
  KrBreathFn breathe;       /* between two sweeps, a state is a KrThermoCheckpoint; NULL: never */
  void      *context;       /* of breathe */
} KrThermoHooks;

PetscErrorCode KrThermoRun(KrModel model, MPI_Comm sharers, const KrThermoOptions *options,
                           const KrLadder *ladder, uint64_t seed, int64_t sample,
                           const KrThermoHooks *hooks, KrThermoSample *record, PetscBool *stopped);
PetscErrorCode KrThermoSave(KrThermoState *run, KrThermoCheckpoint *state);
double KrThermoGradients(const KrThermoOptions *options, const KrLadder *ladder, PetscInt n);
double KrThermoStateBytes(const KrThermoOptions *options, const KrLadder *ladder, PetscInt n);
double KrThermoWorkBytes(const KrThermoOptions *options, const KrLadder *ladder, PetscInt n);
