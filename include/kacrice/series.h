/* Layer 1: what a Markov chain's series of energies tells: correlation times, free energies, errors. Pure functions of
   plain arrays. Formulas: docs/theory/monte_carlo.md. */
#pragma once
#include <stdint.h>

typedef struct {      /* of the mean of a stationary series */
  double  mean;       /* NaN for an empty series */
  double  variance;   /* of one entry, about the mean */
  double  error;      /* of the mean, correlations taken into account */
  double  time;       /* integrated autocorrelation time, in entries; 1/2: independent entries */
  double  time_error; /* of it, statistical */
  int64_t window; /* lags that were summed; the series is too short when it is not far below n */
} KrSeriesMean;

KrSeriesMean KrSeriesAnalyse(int64_t n, const double series[]);
/* mean[b], square[b] of n_blocks blocks of n / n_blocks entries, the first n mod n_blocks left out */
void KrSeriesBlocks(int64_t n, const double series[], int n_blocks, double mean[], double square[]);
/* ln Z(beta_b) - ln Z(beta_a) from energies drawn at both, by Bennett's acceptance ratio; `start` a guess */
double KrBennett(double delta_beta, int64_t n_a, const double energy_a[], int64_t n_b,
                 const double energy_b[], double start);
double KrJackknifeError(int          n,
                        const double without[]); /* of an estimate, from those without a block */
/* weighted least squares; returns the intercept */
double KrLineFit(int n, const double x[], const double y[], const double error[], double *slope,
                 double *intercept_error, double *slope_error);
double KrRelaxationTime(int n, const double times[], const double correlation[]);
