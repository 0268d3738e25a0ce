/* Layer 1: what is known exactly about the isotropic spherical p-spin model, pure and mixed. Plain C, no MPI.
   Conventions: docs/notation.md; E[H H'] = N f(q), f(q) = sum_p c_p q^p, e = H/N, mu = sigma . grad H / N.
   Derivations: docs/theory/complexity.md (N -> infinity), docs/theory/kac_rice.md (finite N). */
#pragma once
#include <kacrice/record.h>
#include <stddef.h>

#define KR_MIXTURE_MAX       8
#define KR_MIXTURE_ORDER_MIN 2
#define KR_MIXTURE_ORDER_MAX 6
#define KR_THEORY_N_MAX      200 /* largest N of the finite-N functions */
#define KR_THEORY_N_EVERY \
  60                    /* up to here all indices take seconds: what commands compute unasked */
#define KR_THEORY_FEW 3 /* and above it so many of the lowest */

typedef struct { /* covariance f(q) = sum c[i] q^order[i], f(1) = 1 */
  int    n_orders;
  int    order[KR_MIXTURE_MAX];
  double c[KR_MIXTURE_MAX];
} KrMixture;

/* What every int function below returns, unless its line says otherwise. */
typedef enum {
  KR_THEORY_OK           = 0,
  KR_THEORY_BAD_INPUT    = 1, /* a mixture, N, number of indices or bins that is not supported */
  KR_THEORY_NO_MEMORY    = 2,
  KR_THEORY_OUT_OF_RANGE = 3 /* the formula is not exact there */
} KrTheoryStatus;

/* ---- mixture (mixture.c) ---- */
KrMixture KrMixturePure(int p); /* f = q^p */
/* sqrt(f(1)), the landscape's J: exactly 1 for a law, of a tensor in another unit the size of H/sqrt(N) */
double KrMixtureScale(const KrMixture *f);
/* f, f', f'' ... at q */
double   KrMixtureValue(const KrMixture *f, int derivative, double q);
int      KrMixtureIsPure(const KrMixture *f); /* 1 or 0 */
KrParity KrMixtureParity(const KrMixture *f); /* of H under x -> -x */
int      KrMixtureCheck(const KrMixture *f);  /* orders 2..6, distinct, c > 0, f(1) = 1 */
/* "3:0.36,4:0.64"; message: one line saying what is wrong and what would be right */
int KrMixtureParse(const char *text, KrMixture *f, char *message, size_t length);

/* ---- N -> infinity, annealed, T = 0 (complexity.c) ---- */
double KrComplexityTotal(const KrMixture *f);       /* lim ln(number of all)/N = ln(f''/f') / 2 */
double KrComplexityThresholdMu(const KrMixture *f); /* mu_th = -2 sqrt(f'') */
/* pure: -E_inf; mixed: energy where the typical mu is mu_th */
double KrComplexityThresholdEnergy(const KrMixture *f);
double KrComplexityEnergy(const KrMixture *f, double e); /* Sigma(e), all indices */
/* Sigma_k(e); pure and e > -E_inf: -INFINITY */
double KrComplexityIndex(const KrMixture *f, int k, double e);
double KrComplexityJoint(const KrMixture *f, double e, double mu);             /* Sigma(e, mu) */
double KrComplexityJointIndex(const KrMixture *f, int k, double e, double mu); /* Sigma_k(e, mu) */
double KrComplexityGroundEnergy(const KrMixture *f, int k); /* E_k < 0, lowest zero of Sigma_k */
/* mu of the typical point at e; pure: p e */
double KrComplexityTypicalMu(const KrMixture *f, double e);
double KrComplexityIndexFraction(const KrMixture *f, double e); /* its k / N */

/* ---- GOE(n) with density exp(-sum lambda^2 / 4), edge 2 sqrt(n) (goe.c) ---- */
double KrSemicircleDensity(double t); /* sqrt(4 - t^2) / (2 pi) on [-2, 2] */
double KrSemicircleCdf(double t);
double KrGoeDensity(int n, double x); /* one-point density, integral n; closed form */
/* density[k], k < n_index: of the (k+1)-th smallest eigenvalue, integral 1 */
int KrGoeOrderDensity(int n, double x, int n_index, double density[]);

/* ---- exact mean number of critical points at finite N, both antipodes counted (kac_rice.c) ---- */
typedef struct {
  int     n;            /* spins N */
  int     n_index;      /* indices k = 0 ... n_index-1 */
  int     n_bins;       /* may be 0 */
  double  bin_first;    /* bin b holds bin_first + b bin_width <= e < bin_first + (b+1) bin_width */
  double  bin_width;    /* 0 when there are no bins */
  double  total;        /* all indices 0 ... N-1, whatever n_index is */
  double *count;        /* [n_index] */
  double *energy_mean;  /* [n_index] of e over the expected points of index k */
  double *energy_std;   /* [n_index] */
  double *binned;       /* [n_bins * n_index], binned[b * n_index + k] */
  double *binned_total; /* [n_bins] all indices 0 ... N-1 */
} KrKacRice;

/* 1 <= n_index <= n; n_bins = 0 for counts alone. To be ended by KrKacRiceDestroy(). */
int  KrKacRiceCreate(const KrMixture *f, int n, int n_index, double bin_first, double bin_width,
                     int n_bins, KrKacRice *result);
void KrKacRiceDestroy(KrKacRice *result);
int  KrKacRiceTotal(const KrMixture *f, int n, double *total); /* closed form, fast */
/* The same with bins, means and spreads of mu in place of e. */
int KrKacRiceCreateMu(const KrMixture *f, int n, int n_index, double bin_first, double bin_width,
                      int n_bins, KrKacRice *result);

typedef struct { /* bins: first + b width <= value < first + (b+1) width */
  double first, width;
  int    n_bins;
} KrAxis;
/* number[b * mu->n_bins + m]: in bin b of e and m of mu; mixtures of two orders or more */
int KrKacRiceJoint(const KrMixture *f, int n, int minima_only, const KrAxis *e, const KrAxis *mu,
                   double number[]);
