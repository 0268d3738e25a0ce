/* Layer 0: what is found, as plain data. The store and the physics meet only here. */
#pragma once
#include <kacrice/schema.h>
#include <stdint.h>

typedef enum {                        /* why a start ended; each start ends in exactly one */
               KR_FOUND,              /* critical point: |P grad H| / sqrt(N) under the tolerance */
               KR_FAILED_MAX_ITER,    /* still moving after the most steps of its search */
               KR_FAILED_LINE_SEARCH, /* no decrease along a descent direction */
               KR_FAILED_SINGULAR,    /* the Newton system could not be solved */
               KR_FAILED_SADDLE,      /* a descent ended in a critical point that is no minimum */
               KR_COMPLEX, /* a homotopy: a complex critical point, which is none of the sphere */
               KR_N_REASONS,
               KR_RUNNING = -1
} KrReason;

typedef enum {                 /* how the antipode -sigma of a critical point sigma behaves */
               KR_PARITY_NONE, /* it is no critical point (orders of both parities) */
               KR_PARITY_EVEN, /* (e, k) -> (e, k) */
               KR_PARITY_ODD   /* (e, k) -> (-e, N-1-k) */
} KrParity;

/* What is proved of a critical point, docs/theory/certificates.md; 0: nothing, or not tried. */
#define KR_CERTIFIED_EXISTS   1 /* exactly one critical point within KrPoint.radius of x */
#define KR_CERTIFIED_DISTINCT 2 /* and it is none of the others, nor an antipode of one */
#define KR_CERTIFIED_INDEX    4 /* and has the index k */
#define KR_CERTIFIED_ALL      7

typedef enum { /* what is known about the completeness of a sample's census */
               KR_VERDICT_INCOMPLETE, /* the starts ran out, or an identity fails */
               KR_VERDICT_ESTIMATED, /* the estimated number of missing points is small; no identity applies */
               KR_VERDICT_CHECKED, /* and Euler's sum or the parity holds */
               KR_VERDICT_PROVED,  /* all complex solutions are accounted for */
               KR_N_VERDICTS
} KrVerdict;

#define KR_DIAL_BINS 64

/* clang-format off */
#define KR_ORIGIN(X, R) /* starts of one origin: those whose initial mu lay in one of KR_DIAL_BINS bins */ \
  X(R, int64_t, starts, KR_WITHIN(0, KR_STARTS_MAX), 0, 0, "made") \
  X(R, int64_t, found, KR_WITHIN(0, KR_STARTS_MAX), 0, 0, "that ended in a critical point") \
  X(R, int64_t, new_points, KR_WITHIN(0, KR_STARTS_MAX), 0, 0, "points of which one was the first start")

#define KR_POINT(X, R) /* a distinct critical point; with a symmetry it stands for its antipode too */ \
  X(R, double, energy, KR_REAL, 0, KR_USE_KEY, "e = H/N, units of J") \
  X(R, double, mu, KR_REAL, 0, 0, "radial curvature sigma . grad H / N, units of J; in the ball q = |m|^2/N") \
  X(R, double, residual, KR_POSITIVE, 0, 0, "|P grad H| / sqrt(N), units of J") \
  X(R, double, margin, KR_POSITIVE, 0, 0, "distance of zero to the nearest Hessian eigenvalue") \
  X(R, double, lambda_min, KR_REAL, 0, 0, "lowest eigenvalue of the Riemannian Hessian, units of J") \
  X(R, int64_t, hits, KR_UP_TO(1, KR_OF_STARTS), 0, 0, "starts that ended here (or in the antipode)") \
  X(R, int64_t, first_start, KR_BELOW(KR_OF_STARTS), 0, 0, "lowest start number among them") \
  X(R, int32_t, index, KR_BELOW(KR_OF_N), 0, 0, "k, negative Hessian eigenvalues; of a set the normal index") \
  X(R, int32_t, certificate, KR_WITHIN(0, KR_CERTIFIED_ALL), 0, 0, "KR_CERTIFIED_... that hold, their sum") \
  X(R, double, radius, KR_POSITIVE_OR_NAN, 0, 0, "of a ball about x that is proved to hold the point") \
  X(R, int32_t, origin, KR_WITHIN(0, KR_DIAL_BINS - 1), 0, 0, "bin of the initial mu of first_start, as of origins") \
  X(R, int32_t, found_index, KR_BELOW(KR_OF_N), 2, 0, "k as the search found it, by which a census decides") \
  /* docs/theory/singular.md; of a regular point 0, 0, 0, 1 */ \
  X(R, int32_t, nullity, KR_NULLITY, 3, 0, "Hessian eigenvalues that are 0 to rounding; -1: not looked at as yet") \
  X(R, int32_t, dimension, KR_BELOW(KR_OF_N), 3, 0, "of the set of critical points it is one of; 0: isolated") \
  X(R, int32_t, degree, KR_ANY, 3, 0, "of the gradient about a singular point; of a set: in Euler's sum") \
  X(R, int32_t, multiplicity, KR_FROM(0), 3, 0, "complex critical points that meet in it; 0: unknown")

#define KR_NULLITY {-1.0, -1.0, KR_OF_N, 0} /* -1 ... N - 1 */
/* clang-format on */

typedef struct {
  KR_ORIGIN(KR_AS_MEMBER, )
} KrOrigin;

typedef struct {
  KR_POINT(KR_AS_MEMBER, )
} KrPoint;

#define KR_DEGREE_UNKNOWN INT32_MIN

#define KR_SPECTRUM_BINS 160 /* of (lambda + mu) / sqrt(f''(1)), from -4 to 4 */
#define KR_SPECTRUM_EDGE 4.0

typedef struct {   /* the census of one disorder sample; owns its arrays (KrSampleDestroy) */
  int64_t  sample; /* number of the disorder sample */
  uint64_t seed;   /* campaign seed */
  int32_t  n;      /* N */
  KrParity symmetry;
  int64_t  starts;                /* made */
  int64_t  reasons[KR_N_REASONS]; /* how they ended; sums to starts */
  int64_t  paths;                 /* of a homotopy: number of complex critical points; else 0 */
  int64_t
    paths_followed; /* each time that one was followed counted: beyond `paths` those followed again */
  int64_t paths_distinct; /* different ones that were reached: all are known when it is `paths` */

  int64_t  n_points; /* distinct, representatives only; those this rank holds (KrSampleGather) */
  KrPoint *points;   /* n_points, by (energy of the member with e <= 0, first_start) */
  double  *x;        /* n_points x N, row major, |x|^2 = N; NULL when not stored */
  int32_t  n_lowest, n_highest;
  double  *lowest;  /* n_points x n_lowest, ascending; NaN beyond N-1 */
  double  *highest; /* n_points x n_highest, descending; NaN beyond N-1 */
  int64_t
    minima_spectrum[KR_SPECTRUM_BINS]; /* all Hessian eigenvalues of all minima, both antipodes */

  int64_t  *count;    /* N entries: critical points of index k, antipodes counted */
  double    coverage; /* Good-Turing: 1 - singletons / found starts */
  KrVerdict verdict;
  int32_t   rounds; /* after each the dial was set anew */
  double
    missing; /* estimated number of representatives missing, heterogeneity taken into account */
  double   energy_first, energy_last; /* only points with e between them are listed; both 0: all */
  KrOrigin origins[KR_DIAL_BINS];     /* of Newton searches, bins from -1 to 1 x -newton_range */
  double   chao1_missing; /* Chao1 lower bound on missing representatives, bias corrected */
  int32_t  euler_checked, euler_failed; /* 0 or 1: sum_k (-1)^k C_k against 1 + (-1)^(N-1) */
  int32_t  parity_checked,
    parity_failed; /* 0 or 1: number of pairs against the complex count, mod 2 */
  int64_t euler_sum;
  double  seconds; /* core seconds: wall seconds x ranks of the group */
  int64_t
          round_end; /* starts made when the last round is over: more than `starts` when they ran out within it */
  int32_t rule_met;   /* 0 or 1: the stopping rule is, and not only the starts used up */
  int64_t n_singular; /* of n_points: isolated, with a singular Hessian */
  int64_t n_continua; /* of n_points: sets of positive dimension */

  /* what it takes to search on; NULL in a record that is not taken further */
  int64_t *
    landed; /* starts by (cell of the initial mu, cell of mu at the end), KR_DIAL_BINS x KR_DIAL_BINS */
  double *round; /* KR_DIAL_BINS + 1 values of the dial's law in the last round, then round_end */
} KrSample;

typedef struct {   /* how far a census goes: what may grow when a campaign is extended */
  int64_t starts;  /* -search_starts */
  double  missing; /* -census_missing */
} KrReach;

typedef struct { /* one line a sample in the ensemble: what statistics over samples need */
  int64_t sample, starts, found, n_points, total; /* total: antipodes counted */
  int64_t euler_sum;
  double  coverage, chao1_missing, missing, ground_energy, seconds;
  int32_t verdict;
  int32_t euler_checked, euler_failed, parity_checked, parity_failed;
  int32_t n_singular, n_continua; /* of n_points: isolated singular points, sets */
  int32_t reserved;
} KrSampleRow;

typedef struct { /* one critical point in the ensemble, antipodes written out */
  int64_t sample, hits;
  double  energy, mu, margin, lambda_min;
  int32_t index, reserved;
} KrPointRow;

typedef struct { /* ensemble of the samples of one campaign */
  int32_t n;     /* N; indices 0 ... N-1 */

  /* local to the rank */
  int64_t      n_rows;   /* samples this rank has read */
  KrSampleRow *rows;     /* n_rows, ascending sample */
  int64_t     *counts;   /* n_rows x N, row major */
  int64_t      n_points; /* their points */
  KrPointRow  *points;

  /* the same on every rank, after the reduction */
  int64_t  n_samples;
  int32_t  n_bins; /* of e */
  double   bin_first, bin_width;
  int64_t *histogram; /* n_bins x N: points with index k in each energy bin, all samples */
  double  *expected;  /* n_bins x N expected per sample (Kac-Rice), NaN where unknown */
  int64_t  minima_spectrum[KR_SPECTRUM_BINS];

  /* the same in mu, which fixes the index where e does not: mixtures; 0 bins where mu is p e */
  int32_t  n_mu_bins;
  double   mu_first, mu_width;
  int64_t *mu_histogram; /* n_mu_bins x N */
  double  *mu_expected;  /* n_mu_bins x N */
  int64_t *joint; /* n_bins x n_mu_bins: points of all indices reported; NULL: too many bins */
  double  *joint_expected; /* n_bins x n_mu_bins */

  /* on the first rank, NULL elsewhere: n_bins x N each, NaN where undefined */
  double *annealed, *annealed_error; /* ln(<number> / bin_width) / N */
  double *quenched, *quenched_error; /* <ln(number / bin_width)> / N over samples that have some */
  double *empty_fraction;            /* of the samples: they have none */
} KrEnsemble;

int KrSampleHolds(const KrSample *sample, double energy); /* in its window, or it has none */
int KrReachGrows(const KrReach *then, const KrReach *now);
int KrSampleGoesOn(const KrSample *sample, const KrReach *then, const KrReach *now);
const char *KrSampleDifference(const KrSample *a, const KrSample *b); /* NULL: none */
const char *KrVerdictName(KrVerdict verdict);                         /* a constant */
void        KrSampleDestroy(KrSample *sample);
void        KrEnsembleDestroy(KrEnsemble *ensemble);
