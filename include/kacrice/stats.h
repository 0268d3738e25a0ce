/* Layer 1: estimates from counts, means and medians, tests of counts against a theory. Pure functions. */
#pragma once
#include <stdint.h>

double KrGoodTuringCoverage(int64_t n_hits, int64_t n_singletons);
double KrChao1Missing(int64_t n_singletons, int64_t n_doubletons);
double KrChaoMissing(const int64_t n_hit[5]);
double KrLognormalMissing(int64_t n_points, double mean, double variance);
void   KrMeanError(int64_t n, double sum, double sum_squares, double *mean, double *error);
double KrMedian(int n, double values[]); /* sorts them */

/* ---- log_count.c: ln of a count over disorder samples ---- */
typedef struct {                         /* NaN where undefined */
  double annealed;                       /* ln <count> */
  double quenched;                       /* <ln count> over the samples whose count is not 0 */
  double annealed_error, quenched_error; /* jackknife over samples */
  double empty_fraction;                 /* of the samples: their count is 0 */
} KrLogCount;

KrLogCount KrLogCountEstimate(int64_t n_samples, const int32_t counts[], int64_t stride);

/* ---- count_test.c: mean counts over samples against their expectation, covariance from the samples ---- */
typedef struct {
  double statistic; /* like chi-square with dof degrees of freedom when there are many samples */
  int    dof;       /* 0: no test */
  double p_value;   /* NaN: no test */
} KrCountTest;

int KrMergeBins(int n_bins, const double content[], double enough, int group[]);
int KrCountTestRun(int64_t n_samples, int n_columns, const int32_t counts[],
                   const double expected[], KrCountTest *test);

/* ---- beta.c ---- */
double KrBetaIncomplete(double a, double b, double x); /* regularised, I_x(a, b) */
double KrFisherTail(double d1, double d2, double f);   /* P(F > f), F with d1 and d2 degrees */
