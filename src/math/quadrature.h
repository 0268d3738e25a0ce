/* Gauss rules; internal to layer 1. */
#pragma once

void KrGaussLegendre(int n, double node[], double weight[]);
void KrGaussHermite(int n, double node[], double weight[]);
