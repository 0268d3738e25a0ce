/* Layer 1: thermodynamics of the minima of one disorder sample: sums over states with their weights at T > 0. Plain C,
   pure functions. Formulas: docs/theory/states.md. */
#pragma once
#include <kacrice/tap_theory.h>
#include <stdint.h>

typedef enum {                    /* the free energy of a minimum */
               KR_STATES_TAP,     /* f_TAP, N -> infinity: pure models, e <= -E_inf */
               KR_STATES_HARMONIC /* from all eigenvalues of its Hessian: low T, every minimum */
} KrStatesKind;

typedef struct { /* minima of a sample, one of each antipodal pair; arrays borrowed */
  KrStatesKind  kind;
  KrMixture     f;            /* KR_STATES_TAP */
  int           n;            /* spins N */
  int           multiplicity; /* 2 where every minimum stands for its antipode too, else 1 */
  int64_t       count;
  const double *energy;  /* [count] e = H/N */
  const double *log_det; /* [count] sum of ln of the N-1 eigenvalues; KR_STATES_HARMONIC */
} KrStates;

typedef struct {         /* NAN where there is no state */
  int64_t count;         /* distinct states that exist */
  double  log_sum;       /* ln Z; -INFINITY without states */
  double  free_energy;   /* -T ln Z / N */
  double  energy;        /* mean u */
  double  entropy;       /* S = -sum w ln w over distinct states, not per spin */
  double  participation; /* Y = sum w^2 over distinct states */
} KrStatesSum;

int    KrStatesWeigh(const KrStates *states, double temperature, KrStatesSum *sum);
double KrStatesKauzmann(const KrStates *states, double few, double low, double high);
