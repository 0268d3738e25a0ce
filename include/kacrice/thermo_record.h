/* Layer 0: what Monte Carlo measures on a disorder sample, as plain data. The store and the physics meet here. */
#pragma once
#include <stdint.h>

#define KR_THERMO_BLOCKS     32 /* of the series, for jackknife errors */
#define KR_OVERLAP_BINS      80 /* of q, from -1 to 1 */
#define KR_POTENTIAL_COLUMNS 6  /* q, force, its error, <e>, its error, V */
#define KR_RELAXATION_MAX    64 /* times at which a correlation is kept */

typedef struct {       /* one temperature of a sample, all ladders together; NaN: not measured */
  double temperature;  /* T, units of J; infinite for beta = 0 */
  double beta;         /* 1/T */
  double energy;       /* <e>, e = H/N */
  double energy_error; /* statistical, correlations taken into account */
  double heat;         /* specific heat beta^2 (<H^2> - <H>^2) / N */
  double heat_error;   /* jackknife */
  double agreement;    /* difference of <e> from the two kinds of starts, in its standard errors */
  double time; /* integrated autocorrelation time of e, in sweeps; the longest of the ladders */
  double acceptance; /* of trajectories */
  double step;       /* of leapfrog */
  double swap; /* acceptance of exchanges with the next colder temperature; NaN for the coldest */
  double overlap;        /* <q> of the two ladders of a pair */
  double overlap_square; /* <q^2> */
  double overlap_law;    /* <f(q)> */
  double
         identity; /* e + beta (f(1) - <f(q)>): its mean over drawn couplings is 0 at every N; NaN: planted ones */
  double log_z;       /* ln(Z(beta) / Z(hottest)) / N */
  double log_z_error; /* jackknife */
  double
    entropy; /* per spin; 0 for the uniform sphere; NaN when the ladder does not reach beta = 0 */
  double entropy_error;   /* jackknife */
  double quenched;        /* points from which a descent was made */
  double inherent_energy; /* e of the minimum, mean */
  double inherent_error;  /* of it */
  double vibration;       /* entropy of the minimum in the harmonic approximation, per spin */
  double vibration_error; /* of it */
  double configurational; /* entropy - vibration */
  double configurational_error;
  double tap_fraction;        /* of the minima: a TAP state stands on them at this temperature */
  double tap_entropy;         /* of those states, mean, per spin */
  double tap_error;           /* of it */
  double tap_configurational; /* entropy - tap_entropy */
  double relaxation; /* Langevin time at which the correlation has fallen to 1/e, units of 1/J */
} KrThermoRow;

typedef struct {   /* Monte Carlo of one disorder sample; owns its arrays (KrThermoSampleDestroy) */
  int64_t  sample; /* number of the disorder sample */
  uint64_t seed;   /* campaign seed */
  int32_t  n;      /* N */
  int32_t  n_temperatures, n_ladders;
  int32_t  n_overlaps;      /* of the Franz-Parisi potential; 0: not measured */
  int32_t  n_times;         /* of the relaxation; 0: not measured */
  double   planted;         /* temperature at which a point was planted; 0: none */
  int64_t  burn_in, sweeps; /* trajectories a replica */
  int64_t  round_trips;     /* of all ladders */
  int64_t  gradients;       /* points at which the energy was asked for */
  double   seconds;         /* core seconds */

  KrThermoRow *rows;    /* n_temperatures, hottest first */
  double      *ladders; /* n_ladders x n_temperatures x 3: <e>, its error, its time in sweeps */
  double      *block_energy; /* n_temperatures x KR_THERMO_BLOCKS: <e> of a block of sweeps */
  double      *block_square; /* the same: <e^2> */
  double      *overlaps;     /* n_temperatures x KR_OVERLAP_BINS: counts of q */
  double      *times;        /* n_times, Langevin time */
  double      *correlation;  /* n_temperatures x n_times: <x(0) . x(t)> / N */
  double *
    potential; /* n_overlaps x KR_POTENTIAL_COLUMNS: replicas held at q with the planted point, at its temperature */
} KrThermoSample;

void KrThermoSampleDestroy(KrThermoSample *sample);
int  KrThermoSampleAllocate(KrThermoSample *sample); /* arrays of its sizes, zeros; 0: no memory */

typedef enum { /* what a run is at; never renumber: states in files say so */
               KR_THERMO_CHAIN      = 0, /* sweeps of the ladders */
               KR_THERMO_RELAXATION = 1, /* Langevin dynamics from where they are */
               KR_THERMO_POTENTIAL  = 2  /* replicas held at overlaps */
} KrThermoPhase;

#define KR_THERMO_LAYOUT 1 /* of a row: one more with every change of src/thermo/state.c */

typedef struct
{ /* a sample under way, between two sweeps; owns its rows (KrThermoCheckpointDestroy) */
  int64_t  sample;
  uint64_t seed;
  int32_t  n, n_temperatures, n_ladders, phase; /* KrThermoPhase */
  int32_t  layout;                              /* KR_THERMO_LAYOUT */
  int64_t  sweep;   /* of the ladders, made, with those of the burn-in */
  int64_t  looks;   /* descents from all replicas, made, with the dynamics after them */
  int64_t  walked;  /* sweeps of the dynamics, or of the held replicas, made */
  int64_t  looked;  /* times of the dynamics at which correlations were taken */
  double   seconds; /* core seconds so far */
  int64_t  width;   /* numbers a pair of ladders */
  int64_t  n_rows;  /* pairs: of this rank when it is saved, of all ranks when it is read */
  double
    *rows; /* n_rows x width: the pair's number first, then all that it is (src/thermo/state.c) */
} KrThermoCheckpoint;

void KrThermoCheckpointDestroy(KrThermoCheckpoint *state);
