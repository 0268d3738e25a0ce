/* Layer 1: loops that do nothing but what a core is limited by: multiply-adds on registers, and reading. What the
   kernels and a BLAS are measured against. */
#pragma once
#include <kacrice/kernels.h>

typedef struct {
  int flops; /* of a round of multiply_add */
  /* n_rounds times a <- a factor + term on independent chains of numbers; returns their sum, so that the work is not
     optimised away */
  double (*multiply_add)(int64_t n_rounds, double factor, double term);
  /* sum of values[n], 64-byte aligned, each read once */
  double (*sum)(int64_t n, const double values[]);
} KrPeakLoops;

const KrPeakLoops *KrPeakLoopsGet(KrSimd simd); /* as KrKernelsGet() */
