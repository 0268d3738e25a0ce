/* Pfaffian of a complex antisymmetric matrix with borders; internal to layer 1. */
#pragma once
#include <complex.h>

double complex KrPfaffianEliminate(int n, int n_border, double re[], double im[], double shrink,
                                   int n_shrink);
