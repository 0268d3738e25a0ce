/* Layer 0: counter-based random numbers. Each number is a pure function of (seed, stream, sample, counter):
   the same bits on any rank, group size, SIMD level, compiler and machine (docs/adr/0003-counter-based-rng.md). */
#pragma once
#include <stdint.h>

typedef enum {                         /* never renumber: the value is part of the counter */
               KR_STREAM_COUPLING = 1, /* + 256 * order: couplings of one order */
               KR_STREAM_START    = 2, /* start points and dials of searches */
               KR_STREAM_TEST     = 3  /* anything a test or `kacrice verify` draws */
} KrStream;

typedef struct {
  uint64_t seed;   /* campaign seed */
  uint32_t stream; /* KrStream, with an order or kind in the upper bits */
  uint64_t sample; /* disorder sample, below 2^32 */
} KrRandomKey;

void   KrRandomBits(const KrRandomKey *key, uint64_t counter, uint64_t bits[2]);
void   KrRandomNormalPair(const KrRandomKey *key, uint64_t counter, double normal[2]);
void   KrRandomNormals(const KrRandomKey *key, uint64_t counter, int n, double normal[]);
double KrRandomUniform(const KrRandomKey *key, uint64_t counter);
void   KrNormalFromBits(const uint64_t bits[2], double normal[2]);
