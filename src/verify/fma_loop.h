/* Loops of nothing but multiply-add on registers: what a core can do at best at each SIMD level. Each is defined only
   where the compiler can make it and may be called only where the CPU has it. */
#pragma once
#include <stdint.h>

typedef struct {
  int flops; /* of a round */
  /* n_rounds times a <- a factor + term on independent chains of numbers; returns their sum, so that the work is not
     optimised away */
  double (*run)(int64_t n_rounds, double factor, double term);
} KrFmaLoop;

extern const KrFmaLoop KrFmaLoopPlain;
extern const KrFmaLoop KrFmaLoopAvx2;
extern const KrFmaLoop KrFmaLoopAvx512;
