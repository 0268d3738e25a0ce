/* Layer 1: the spherical model at T > 0 for N -> infinity: statics, TAP states, Franz-Parisi potential. Plain C, pure
   functions. Free energies are per spin, the sphere has entropy 0. Formulas: docs/theory/thermodynamics.md. */
#pragma once
#include <kacrice/theory.h>

/* int functions: KR_THEORY_OK, KR_THEORY_BAD_INPUT, or KR_THEORY_OUT_OF_RANGE where the formula is not exact. */

/* ---- statics (thermo_theory.c): pure and mixed ---- */
typedef struct {        /* T_d > T_K, or both the same where the overlap begins at zero */
  double dynamic;       /* T_d: states appear */
  double static_;       /* T_K: their complexity vanishes, the overlap freezes */
  double q_dynamic;     /* q_EA at T_d; 0: continuous */
  double q_static;      /* q_EA at T_K; 0: continuous */
  double complexity;    /* Sigma_eq(T_d) */
  int    is_continuous; /* 1: the overlap grows from zero at T_K = T_d */
} KrTransitions;

typedef enum {                      /* which phase equilibrium is in */
               KR_PHASE_PARAMAGNET, /* T > T_d: one state */
               KR_PHASE_STATES, /* T_K < T <= T_d: exp(N Sigma_eq) states, seen by nothing in f */
               KR_PHASE_GLASS,  /* T <= T_K: few states */
               KR_N_PHASES
} KrPhase;

typedef struct {
  double  temperature;
  KrPhase phase;
  double  q;           /* q_EA: overlap within a state; 0 in the paramagnet */
  double  m;           /* 1 - m: probability of two systems being in one state; 1 above T_K */
  double  free_energy; /* per spin */
  double  energy;      /* u = H/N */
  double  complexity;  /* Sigma_eq; 0 in the glass, NAN in the paramagnet */
  double
    zero_energy; /* e of the T = 0 critical points that carry the states; NAN: paramagnet, mixture */
  double
    replicon;    /* lowest eigenvalue of small deviations, times T^2-free factors; < 0: unstable */
  double excess; /* largest violation of Talagrand's condition by the equilibrium; <= 0: exact */
} KrThermo;

#define KR_THERMO_COLUMNS 9 /* of a table of equilibria; what they are: KrThermoColumns */
extern const char KrThermoColumns[];

void   KrThermoTabulate(const KrThermo *thermo, double row[KR_THERMO_COLUMNS]);
int    KrThermoTransitions(const KrMixture *f, KrTransitions *transitions);
int    KrThermoEquilibrium(const KrMixture *f, double temperature, KrThermo *thermo);
double KrThermoLowest(
  const KrMixture *f); /* down to here one step of replica symmetry breaking is exact */
const char *KrPhaseName(KrPhase phase); /* a constant */

typedef struct {           /* states of zero replicon, where a quench ends after long times */
  double q, energy, ratio; /* ratio: x of the fluctuation-dissipation relation, T / effective T */
} KrThreshold;
int KrThermoThreshold(const KrMixture *f, double temperature, KrThreshold *threshold);

typedef struct { /* states of one overlap; 1 - m is not a probability here: m may exceed 1 */
  double q, m, free_energy, energy, complexity, replicon;
} KrFamily;

/* ---- all states at one temperature (thermo_states.c): pure and mixed ---- */
int KrThermoFamily(const KrMixture *f, double temperature, double q, KrFamily *family);
int KrThermoFamilyRange(const KrMixture *f, double temperature, double *q_marginal,
                        double *q_lowest);

/* ---- TAP states on T = 0 critical points of energy e <= -E_inf (tap_theory.c): pure ---- */
typedef struct {
  double q;           /* |m|^2 / N */
  double free_energy; /* f_TAP */
  double energy;      /* u of the state */
  double edge;        /* lower edge of the spectrum of the TAP Hessian across m; >= 0 */
} KrTap;

int    KrTapState(const KrMixture *f, double e, double temperature, double *q, double *free_energy);
int    KrTapDescribe(const KrMixture *f, double e, double temperature, KrTap *tap);
double KrTapSpinodal(const KrMixture *f,
                     double           e); /* T_sp(e): the state exists below; NAN: never */
/* e of the states with that free energy; -INFINITY below all e that a double resolves, NAN above the threshold's */
double KrTapEnergy(const KrMixture *f, double free_energy, double temperature);
double KrTapComplexity(const KrMixture *f, double free_energy,
                       double temperature); /* Sigma(f, T) */

/* ---- Franz-Parisi potential (franz_parisi.c): pure and mixed, reference in equilibrium at or above T_K ---- */
typedef struct {
  double q;         /* overlap of two probes */
  double potential; /* V(x), per spin; 0 at x = 0 */
  double energy;    /* H/N of the probe */
  double replicon;  /* < 0: replica symmetry unstable */
  double excess;    /* largest violation of Talagrand's condition; <= 0: exact */
} KrFranzParisi;
int KrFranzParisiAt(const KrMixture *f, double reference, double temperature, double overlap,
                    KrFranzParisi *result);
