/* Counter-based random numbers by Philox 4x32-10 (Random123) and a normal transform of our own, built from
   exact and correctly rounded operations only (+ - * / sqrt frexp, no fused multiply-add), so that its bits
   never change. normal_body.h does the same on vectors; what stands here says what is right. */
#include <kacrice/rng.h>
#include <Random123/philox.h>
#include <math.h>

/*
  KrRandomBits - Draws 128 random bits, a pure function of (key, counter).

  Not collective

  Input:
+ key     - seed, stream and sample; sample below 2^32
- counter - which number of that stream

  Output:
. bits - two words of 64 uniform bits

  Cost:   one Philox 4x32-10 block, about 10 ns
  Source: Salmon, Moraes, Dror & Shaw 2011 (Random123)
  See:    KrRandomNormalPair()
*/
void KrRandomBits(const KrRandomKey *key, uint64_t counter, uint64_t bits[2])
{
  const philox4x32_ctr_t block = {
    {(uint32_t)counter, (uint32_t)(counter >> 32), (uint32_t)key->sample, key->stream}};
  const philox4x32_key_t secret = {{(uint32_t)key->seed, (uint32_t)(key->seed >> 32)}};
  const philox4x32_ctr_t random = philox4x32(block, secret);

  bits[0] = random.v[0] | (uint64_t)random.v[1] << 32;
  bits[1] = random.v[2] | (uint64_t)random.v[3] << 32;
}

/* log u for a normal double 0 < u <= 1: 2 artanh(s) by its Taylor series, s = (m-1)/(m+1), |s| < 0.172, where
   the first term left out is below 3e-17. */
static double log_unit(double u)
{
  const double ln2 = 0.69314718055994530942;
  double       m, s, z, sum = 0.0;
  int          exponent;

  m = frexp(u, &exponent); /* exact: 0.5 <= m < 1 */
  if (m < 0.70710678118654752440) {
    m *= 2.0;
    exponent -= 1;
  }
  s = (m - 1.0) / (m + 1.0);
  z = s * s;
  for (int k = 9; k >= 1; --k) sum = (sum + 1.0 / (2.0 * k + 1.0)) * z;
  return exponent * ln2 + (2.0 * s + 2.0 * s * sum);
}

/* cos and sin of 2 pi v / 2^53: reduced exactly, in integers, to a quadrant and |angle| <= pi/4, then Taylor
   series whose first term left out is below 3e-18. */
static void cos_sin_turn(uint64_t v, double *cosine, double *sine)
{
  const double   unit     = 6.28318530717958647693 / 9007199254740992.0; /* 2 pi / 2^53 */
  const uint64_t quadrant = (v + ((uint64_t)1 << 50)) >> 51;
  const double   y = (double)((int64_t)v - (int64_t)(quadrant << 51)) * unit, z = y * y;
  double         c = 1.0, s = 1.0;

  for (int k = 16; k >= 2; k -= 2) {
    c = 1.0 - c * z * (1.0 / (double)((k - 1) * k));
    s = 1.0 - s * z * (1.0 / (double)(k * (k + 1)));
  }
  s *= y;
  switch (quadrant & 3) {
  case 0: *cosine = c, *sine = s; break;
  case 1: *cosine = -s, *sine = c; break;
  case 2: *cosine = -c, *sine = -s; break;
  default: *cosine = s, *sine = -c; break;
  }
}

/*
  KrNormalFromBits - Turns 128 uniform bits into two independent standard normal numbers.

  Not collective

  Input:
. bits - two words of 64 uniform bits

  Output:
. normal - two N(0,1) numbers, |normal| < 8.6

  Notes:
  The same bits on every machine: no libm, no contraction (the build passes -ffp-contract=off to this file).

  Cost:   about 30 ns
  Source: Box & Muller 1958; resolution 2^-53 of the uniform numbers
*/
void KrNormalFromBits(const uint64_t bits[2], double normal[2])
{
  const double u      = (double)((bits[0] >> 11) + 1) * (1.0 / 9007199254740992.0); /* (0, 1] */
  const double radius = sqrt(-2.0 * log_unit(u));
  double       cosine, sine;

  cos_sin_turn(bits[1] >> 11, &cosine, &sine);
  normal[0] = radius * cosine;
  normal[1] = radius * sine;
}

/*
  KrRandomNormalPair - Draws two standard normal numbers, a pure function of (key, counter).

  Not collective

  Input:
+ key     - seed, stream and sample
- counter - which pair of that stream

  Output:
. normal - two N(0,1) numbers

  Cost:   about 40 ns
  Source: KrRandomBits(), KrNormalFromBits()
*/
void KrRandomNormalPair(const KrRandomKey *key, uint64_t counter, double normal[2])
{
  uint64_t bits[2];

  KrRandomBits(key, counter, bits);
  KrNormalFromBits(bits, normal);
}

/*
  KrRandomNormalPairs - Draws the pairs of standard normal numbers of many consecutive counters.

  Not collective

  Input:
+ key     - seed, stream and sample
. counter - the first pair
- n_pairs - how many pairs

  Output:
. normals - 2 n_pairs numbers N(0,1), pair after pair; the bits of KrRandomNormalPair() for each counter

  Cost:   a number in runs of 100: about 2 ns with AVX-512, 3.5 ns with AVX2, 10 ns plain
  Source: docs/adr/0003-counter-based-rng.md
  See:    KrNormalKernelsGet()
*/
void KrRandomNormalPairs(const KrRandomKey *key, uint64_t counter, int64_t n_pairs,
                         double normals[])
{
  if (n_pairs == 1) KrRandomNormalPair(key, counter, normals); /* a vector for one pair is slower */
  else (*KrNormalKernelsGet(0)->pairs)(key, counter, n_pairs, normals);
}

/*
  KrRandomNormals - Draws n standard normal numbers from the counters counter, counter+1, ...

  Not collective

  Input:
+ key     - seed, stream and sample
. counter - the first pair
- n       - how many numbers

  Output:
. normal - n numbers N(0,1)

  Cost:   that of KrRandomNormalPairs()
  Source: KrRandomNormalPair()
*/
void KrRandomNormals(const KrRandomKey *key, uint64_t counter, int n, double normal[])
{
  double pair[2];

  KrRandomNormalPairs(key, counter, n / 2, normal);
  if (n % 2 == 0) return;
  KrRandomNormalPair(key, counter + (uint64_t)(n / 2), pair);
  normal[n - 1] = pair[0];
}

/*
  KrRandomUniform - Draws a number uniform on [0, 1), a pure function of (key, counter).

  Not collective

  Input:
+ key     - seed, stream and sample
- counter - which number of that stream

  Returns:
  a multiple of 2^-53 in [0, 1)

  Cost:   about 10 ns
  Source: KrRandomBits()
*/
double KrRandomUniform(const KrRandomKey *key, uint64_t counter)
{
  uint64_t bits[2];

  KrRandomBits(key, counter, bits);
  return (double)(bits[0] >> 11) * (1.0 / 9007199254740992.0);
}
