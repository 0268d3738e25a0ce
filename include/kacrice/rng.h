/* Layer 0: counter-based random numbers. Each number is a pure function of (seed, stream, sample, counter):
   the same bits on any rank, group size, SIMD level, compiler and machine (docs/adr/0003-counter-based-rng.md). */
#pragma once
#include <stdint.h>

typedef enum {                         /* never renumber: the value is part of the counter */
               KR_STREAM_COUPLING = 1, /* + 256 * order: couplings of one order */
               KR_STREAM_START    = 2, /* start points and dials of searches */
               KR_STREAM_TEST     = 3, /* anything a test or `kacrice verify` draws */
               KR_STREAM_SPECTRUM = 4, /* start vectors of Lanczos quadratures */
               KR_STREAM_HOMOTOPY = 5, /* start tensors of homotopies */
               KR_STREAM_THERMO   = 6  /* + 256 * what is drawn: Monte Carlo */
} KrStream;

typedef struct {
  uint64_t seed;   /* campaign seed */
  uint32_t stream; /* KrStream, with an order or kind in the upper bits */
  uint64_t sample; /* disorder sample, below 2^32 */
} KrRandomKey;

/* Normal pairs of one SIMD level; every level gives the same bits. */
typedef struct {
  const char *name; /* "plain", "avx2", "avx512" */
  /* normals[2*n_pairs]: what KrRandomNormalPair() gives for counter, counter+1, ... */
  void (*pairs)(const KrRandomKey *key, uint64_t counter, int64_t n_pairs, double normals[]);
  /* normals[2*n_pairs]: what KrNormalFromBits() gives for each two words of bits[2*n_pairs] */
  void (*from_bits)(int64_t n_pairs, const uint64_t bits[], double normals[]);
} KrNormalKernels;

void   KrRandomBits(const KrRandomKey *key, uint64_t counter, uint64_t bits[2]);
void   KrRandomNormalPair(const KrRandomKey *key, uint64_t counter, double normal[2]);
void   KrRandomNormalPairs(const KrRandomKey *key, uint64_t counter, int64_t n_pairs,
                           double normals[]);
void   KrRandomNormals(const KrRandomKey *key, uint64_t counter, int n, double normal[]);
double KrRandomUniform(const KrRandomKey *key, uint64_t counter);
void   KrNormalFromBits(const uint64_t bits[2], double normal[2]);
const KrNormalKernels *KrNormalKernelsGet(int level); /* 0: the one in use; NULL: no more */
