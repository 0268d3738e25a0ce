/* Layer 1: estimates from counts, means and medians. Pure functions. */
#pragma once
#include <stdint.h>

double KrGoodTuringCoverage(int64_t n_hits, int64_t n_singletons);
double KrChao1Missing(int64_t n_singletons, int64_t n_doubletons);
double KrChaoMissing(const int64_t n_hit[5]);
double KrLognormalMissing(int64_t n_points, double mean, double variance);
void   KrMeanError(int64_t n, double sum, double sum_squares, double *mean, double *error);
double KrMedian(int n, double values[]); /* sorts them */
