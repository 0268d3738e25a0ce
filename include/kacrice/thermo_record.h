/* Layer 0: what Monte Carlo measures on a disorder sample, as plain data. The store and the physics meet here. */
#pragma once
#include <kacrice/schema.h>
#include <stdint.h>

#define KR_FILETYPE_THERMO "kacrice thermo sample"

#define KR_THERMO_BLOCKS     32 /* of the series, for jackknife errors */
#define KR_OVERLAP_BINS      80 /* of q, from -1 to 1 */
#define KR_POTENTIAL_COLUMNS 6  /* q, force, its error, <e>, its error, V */
#define KR_RELAXATION_MAX    64 /* times at which a correlation is kept */

/* clang-format off */
/* One temperature of a sample, all ladders together; NaN: not measured. A new observable is a line here. */
#define KR_THERMO_ROW(X, R) \
  X(R, double, temperature, KR_BEYOND, 0, KR_USE_KEY, "T, units of J; infinite for beta = 0") \
  X(R, double, beta, KR_POSITIVE, 0, 0, "1/T, units of 1/J") \
  X(R, double, energy, KR_REAL, 0, KR_USE_MEAN, "<e>, units of J") \
  X(R, double, energy_error, KR_REAL_OR_NAN, 0, KR_USE_MEAN, "statistical error of <e> in one sample, units of J") \
  X(R, double, heat, KR_REAL_OR_NAN, 0, KR_USE_MEAN, "specific heat a spin") \
  X(R, double, heat_error, KR_REAL_OR_NAN, 0, 0, "its jackknife error; heat is beta^2 (<H^2> - <H>^2) / N") \
  X(R, double, agreement, KR_ANY, 0, KR_USE_MEAN, "difference of <e> from two kinds of starts, in errors") \
  X(R, double, time, KR_ANY, 0, KR_USE_MEAN, "autocorrelation time of e, sweeps") \
  X(R, double, acceptance, KR_REAL_OR_NAN, 0, KR_USE_MEAN, "of trajectories") \
  X(R, double, step, KR_REAL_OR_NAN, 0, KR_USE_MEAN, "of leapfrog") \
  X(R, double, swap, KR_REAL_OR_NAN, 0, KR_USE_MEAN, "acceptance of exchanges with the next colder temperature") \
  X(R, double, overlap, KR_REAL_OR_NAN, 0, KR_USE_MEAN, "<q> of two replicas") \
  X(R, double, overlap_square, KR_REAL_OR_NAN, 0, KR_USE_MEAN, "<q^2>") \
  X(R, double, overlap_law, KR_REAL_OR_NAN, 0, KR_USE_MEAN, "<f(q)>") \
  X(R, double, identity, KR_REAL_OR_NAN, 0, KR_USE_MEAN, "e + beta (f(1) - <f(q)>), 0 for drawn couplings at every N") \
  X(R, double, log_z, KR_REAL_OR_NAN, 0, KR_USE_MEAN, "ln(Z(beta) / Z(hottest)) / N") \
  X(R, double, log_z_error, KR_REAL_OR_NAN, 0, 0, "its jackknife error") \
  X(R, double, entropy, KR_REAL_OR_NAN, 0, KR_USE_MEAN, "entropy a spin, 0 for the uniform sphere") \
  X(R, double, entropy_error, KR_REAL_OR_NAN, 0, 0, "its jackknife error; both need -thermo_infinity") \
  X(R, double, quenched, KR_REAL_OR_NAN, 0, 0, "points from which a descent ended in a minimum") \
  X(R, double, inherent_energy, KR_REAL_OR_NAN, 0, KR_USE_MEAN, "e of the minima below the replicas, units of J") \
  X(R, double, inherent_error, KR_REAL_OR_NAN, 0, 0, "its error") \
  X(R, double, vibration, KR_REAL_OR_NAN, 0, KR_USE_MEAN, "entropy a spin of those minima, harmonic") \
  X(R, double, vibration_error, KR_REAL_OR_NAN, 0, 0, "its error") \
  X(R, double, configurational, KR_REAL_OR_NAN, 0, KR_USE_MEAN, "entropy less vibration") \
  X(R, double, configurational_error, KR_REAL_OR_NAN, 0, 0, "its error") \
  X(R, double, tap_fraction, KR_REAL_OR_NAN, 0, KR_USE_MEAN, "of those minima: a TAP state stands on them") \
  X(R, double, tap_entropy, KR_REAL_OR_NAN, 0, KR_USE_MEAN, "entropy a spin of those states") \
  X(R, double, tap_error, KR_REAL_OR_NAN, 0, 0, "its error") \
  X(R, double, tap_configurational, KR_REAL_OR_NAN, 0, KR_USE_MEAN, "entropy less tap_entropy") \
  X(R, double, relaxation, KR_REAL_OR_NAN, 0, 0, "Langevin time at which the correlation is 1/e, units of 1/J")

#define KR_THERMO_SAMPLE(X, R) \
  X(R, int64_t, sample, KR_FROM(0), 0, 0, "number of the disorder sample") \
  X(R, uint64_t, seed, KR_ANY, 0, 0, "campaign seed") \
  X(R, int32_t, n, KR_WITHIN(1, KR_N_MAX), 0, 0, "N") \
  X(R, int32_t, n_temperatures, KR_WITHIN(1, KR_N_MAX), 0, 0, "temperatures") \
  X(R, int32_t, n_ladders, KR_WITHIN(1, KR_N_MAX), 0, 0, "ladders of replicas") \
  X(R, int32_t, n_times, KR_WITHIN(0, KR_RELAXATION_MAX), 0, 0, "times of the relaxation; 0: not measured") \
  X(R, int32_t, n_overlaps, KR_WITHIN(0, KR_N_MAX), 0, 0, "overlaps of the Franz-Parisi potential; 0: not measured") \
  X(R, double, planted, KR_POSITIVE, 0, 0, "temperature at which a point was planted, units of J; 0: none") \
  X(R, int64_t, burn_in, KR_WITHIN(0, KR_STARTS_MAX), 0, 0, "trajectories a replica before the sweeps") \
  X(R, int64_t, sweeps, KR_WITHIN(0, KR_STARTS_MAX), 0, 0, "trajectories a replica") \
  X(R, int64_t, round_trips, KR_FROM(0), 0, 0, "of replicas from hottest to coldest and back, all ladders") \
  X(R, int64_t, gradients, KR_FROM(0), 0, 0, "points at which the energy was computed") \
  X(R, double, seconds, KR_POSITIVE, 0, KR_USE_CLOCK, "core seconds")
/* clang-format on */

typedef struct {
  KR_THERMO_ROW(KR_AS_MEMBER, )
} KrThermoRow;

extern const KrField KrThermoRowFields[]; /* KR_THERMO_ROW_FIELDS */
#define KR_THERMO_ROW_FIELDS ((int)(0 KR_THERMO_ROW(KR_AS_ONE, )))

typedef struct { /* Monte Carlo of one disorder sample; owns its arrays (KrThermoSampleDestroy) */
  KR_THERMO_SAMPLE(KR_AS_MEMBER, )

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

extern const KrRecordType KrThermoSampleType;

void KrThermoSampleDestroy(KrThermoSample *sample);

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
