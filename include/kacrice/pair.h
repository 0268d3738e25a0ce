/* Layer 1: energies of pairs of particles. E = sum over pairs of 4 (r^-12 - r^-6), of n particles with d coordinates
   each, x[n*d] (docs/theory/clusters.md). Plain C. */
#pragma once

/* Each adds to E and g, or to Hv; H is written, N x N with N = n d. */
double KrPairGradient(int d, int n, const double x[], double g[]);
void   KrPairHessian(int d, int n, const double x[], double H[]);
void   KrPairProduct(int d, int n, const double x[], const double v[], double Hv[]);
double KrPairThirdBound(int d, int n, const double x[], double radius);

/* A list of critical points */
double KrPairEuler(int d, int n);
