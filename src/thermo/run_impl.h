/* A run of Monte Carlo on one sample, and what its ladders leave behind. Inside src/thermo only. */
#pragma once
#include "sampler_impl.h"
#include <kacrice/spectrum.h>

/* What a ladder tells, a number a temperature each. Ranks fill in those of their own ladders and add up zeros of the
   others: so the sums are exact, and a record is the same on any number of ranks. */
typedef enum {
  KR_TALLY_ENERGY,
  KR_TALLY_ERROR,
  KR_TALLY_TIME,
  KR_TALLY_ACCEPTANCE,
  KR_TALLY_STEP,
  KR_TALLY_SWAP,
  KR_TALLY_LOG_Z, /* of H, not a spin */
  KR_TALLY_OVERLAP,
  KR_TALLY_OVERLAP_SQUARE,
  KR_TALLY_OVERLAP_LAW,
  KR_TALLY_TRIPS,     /* at the first temperature */
  KR_TALLY_GRADIENTS, /* at the first temperature of the first ladder of a rank */
  KR_TALLY_QUENCHED,
  KR_TALLY_INHERENT, /* e of the minima, and variance of the mean */
  KR_TALLY_INHERENT_VARIANCE,
  KR_TALLY_CURVATURE, /* sum of ln(lambda) / 2N over the Hessian, and variance of the mean */
  KR_TALLY_CURVATURE_VARIANCE,
  KR_TALLY_TAP_COUNT,
  KR_TALLY_TAP, /* entropy of the TAP states, and variance of the mean */
  KR_TALLY_TAP_VARIANCE,
  KR_TALLY_BLOCK_ENERGY,
  KR_TALLY_BLOCK_SQUARE = KR_TALLY_BLOCK_ENERGY + KR_THERMO_BLOCKS,
  KR_TALLY_WITHOUT      = KR_TALLY_BLOCK_SQUARE + KR_THERMO_BLOCKS, /* log_z without a block */
  KR_TALLY_OVERLAPS     = KR_TALLY_WITHOUT + KR_THERMO_BLOCKS,
  KR_TALLY_CORRELATION  = KR_TALLY_OVERLAPS + KR_OVERLAP_BINS,
  KR_TALLY_ROWS         = KR_TALLY_CORRELATION + KR_RELAXATION_MAX
} KrTallyRow;

typedef struct
{ /* minima below the points of a run: n_slots x options->quenches each, NaN: none was found */
  double *energy, *curvature, *tap;
} KrQuenches;

struct KrThermoState_s {
  KrModel                model;
  MPI_Comm               sharers;
  const KrThermoOptions *options;
  const KrLadder        *ladder;
  uint64_t               seed;
  int64_t                sample;
  KrThermoHooks          hooks;
  KrSaveFn               save; /* of this run, for the hooks */
  PetscBool              stopped;
  int                    piece;      /* sweeps between two looks at the clock */
  MPI_Comm               look;       /* of all samplers */
  int                    n, n_local; /* N, ladders of this rank */
  int                   *numbers;    /* n_local: theirs */
  double                *planted;    /* N, NULL: none */
  KrSampler              sampler;    /* NULL on a rank without a ladder */
  KrThermoPhase          phase;
  int64_t    sweep, looks; /* of the ladders; descents with dynamics, all of them done */
  KrSampler  walk;         /* of the dynamics, or held replicas; NULL as above */
  int64_t    walked;       /* its sweeps */
  int        looked;       /* times of the dynamics that it has passed */
  double    *force, *held; /* n_local x overlaps x sweeps: of held replicas, e */
  KrSearch   search;
  int        n_slots;  /* n_local x temperatures */
  double    *energy;   /* n_slots x sweeps: H */
  double    *overlaps; /* n_local/2 x temperatures x sweeps */
  double    *points;   /* n_slots x N: work */
  double    *minima;   /* n_slots x N: work */
  double    *found;    /* n_slots: e of the minimum, NaN: none */
  KrQuenches quenches;
  int        n_times;
  double     times[KR_RELAXATION_MAX];
  double    *correlation; /* n_slots x n_times, sums over the quenches */
  double    *tally;       /* n_ladders x KR_TALLY_ROWS x temperatures */
  double    *potential; /* n_ladders x overlaps x 4: force and its variance, <e> and its variance */
};

/* the place of a ladder's number */
double *KrTally(const KrThermoState *run, int ladder, int row);

/* before each sweep of a loop that is as long on all sharers, also on those without a ladder */
PetscErrorCode KrThermoBreathe(KrThermoState *run, int64_t sweep);
/* after a piece of work that all sharers have left early, or none: saves as at a breath, and stops */
PetscErrorCode KrThermoLeave(KrThermoState *run, PetscErrorCode code);

PetscErrorCode KrQuenchRun(KrThermoState *run, int number);
PetscErrorCode KrQuenchPoints(KrThermoState *run); /* points -> minima, found */
void           KrRelaxationTimes(KrThermoState *run);
double         KrRelaxationSteps(const KrLadder *ladder, double time, int n);
int64_t        KrThermoMeasured(const KrThermoState *run); /* sweeps of the ladders */
int            KrThermoLook(const KrThermoState *run);     /* number of the descents that are due */
PetscErrorCode KrThermoRestore(KrThermoState *run, const KrThermoCheckpoint *from);
PetscErrorCode KrRelaxationCreate(KrThermoState *run);
PetscErrorCode KrRelaxationRun(KrThermoState *run);
PetscErrorCode KrPotentialCreate(KrThermoState *run);
PetscErrorCode KrPotentialRun(KrThermoState *run);
PetscErrorCode KrPotentialRecord(KrThermoState *run, KrThermoSample *record);
PetscErrorCode KrTallyLadders(KrThermoState *run);
PetscErrorCode KrTallyRecord(KrThermoState *run, KrThermoSample *record);
