/* Hermite functions and their integrals over a half line, in closed form; internal to layer 1. */
#pragma once

void KrHermiteFunctions(int n, double x, double phi[]);
void KrHermiteIntegrals(int n, double x, const double phi[], double left[]);
void KrHermiteHalfLine(int n, double x, double phi[], double left[], double skew[], double work[]);
