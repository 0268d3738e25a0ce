/* kr_test: labels=base */
/* Random numbers: known answers of Philox, accuracy and moments of the normal numbers; every SIMD level against the
   scalar twin, bit for bit. */
#include "kr_test.h"
#include <kacrice/rng.h>
#include <math.h>
#include <string.h>

#define N_DRAWS       200000
#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* Random123's known-answer file kat_vectors: philox4x32 10, counter and key all ones, and the digits of pi. */
static PetscErrorCode check_known_answers(void)
{
  const KrRandomKey ones = {.seed = UINT64_MAX, .stream = UINT32_MAX, .sample = UINT32_MAX};
  const KrRandomKey pi   = {
      .seed = 0x299f31d0a4093822u, .stream = 0x03707344u, .sample = 0x13198a2eu};
  uint64_t bits[2];

  PetscFunctionBeginUser;
  KrRandomBits(&ones, UINT64_MAX, bits);
  PetscCall(KrExpect("ones", bits[0] == 0x41c83b0e408f276du && bits[1] == 0x6d5451fda20bc7c6u));
  KrRandomBits(&pi, 0x85a308d3243f6a88u, bits);
  PetscCall(KrExpect("pi", bits[0] == 0x94fdccebd16cfe09u && bits[1] == 0x24126ea15001e420u));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Against the same formula with libm, which is right to an ulp: the series to 4 ulps of the radius. */
static PetscErrorCode check_accuracy(void)
{
  const KrRandomKey key   = {.seed = 5, .stream = KR_STREAM_TEST};
  double            worst = 0.0;

  PetscFunctionBeginUser;
  for (uint64_t i = 0; i < N_DRAWS; ++i) {
    uint64_t bits[2];
    double   normal[2], u, angle, radius;

    KrRandomBits(&key, i, bits);
    if (i == 0) bits[0] = bits[1] = 0;
    if (i == 1) bits[0] = bits[1] = UINT64_MAX;
    KrNormalFromBits(bits, normal);
    u      = (double)((bits[0] >> 11) + 1) * 0x1p-53;
    angle  = (double)(bits[1] >> 11) * 0x1p-53 * 6.283185307179586476925;
    radius = sqrt(-2.0 * log(u));
    worst  = fmax(worst, fabs(normal[0] - radius * cos(angle)));
    worst  = fmax(worst, fabs(normal[1] - radius * sin(angle)));
  }
  PetscCall(KrExpectNear("normal against libm", worst, 0.0,
                         9.0 * 1e-15)); /* radius <= 8.6; angle itself rounds to 4e-16 */
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Moments of 2 N_DRAWS numbers and the products of pairs within 4.5 standard errors: false alarm 4e-5 for all. */
static PetscErrorCode check_moments(void)
{
  const KrRandomKey key = {.seed = 6, .stream = KR_STREAM_TEST, .sample = 9};
  const double      n   = 2.0 * N_DRAWS;
  double            m1 = 0.0, m2 = 0.0, m3 = 0.0, m4 = 0.0, product = 0.0;

  PetscFunctionBeginUser;
  for (uint64_t i = 0; i < N_DRAWS; ++i) {
    double z[2];

    KrRandomNormalPair(&key, i, z);
    for (int l = 0; l < 2; ++l) {
      m1 += z[l];
      m2 += z[l] * z[l];
      m3 += z[l] * z[l] * z[l];
      m4 += z[l] * z[l] * z[l] * z[l];
    }
    product += z[0] * z[1];
  }
  PetscCall(KrExpectNear("mean", m1 / n, 0.0, 4.5 * sqrt(1.0 / n)));
  PetscCall(KrExpectNear("variance", m2 / n, 1.0, 4.5 * sqrt(2.0 / n)));
  PetscCall(KrExpectNear("third moment", m3 / n, 0.0, 4.5 * sqrt(15.0 / n)));
  PetscCall(KrExpectNear("fourth moment", m4 / n, 3.0, 4.5 * sqrt(96.0 / n)));
  PetscCall(KrExpectNear("correlation", product / N_DRAWS, 0.0, 4.5 * sqrt(1.0 / N_DRAWS)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* One number of each stream differs; KrRandomNormals() is the pairs in order. */
static PetscErrorCode check_streams(void)
{
  const KrRandomKey a = {.seed = 1, .stream = KR_STREAM_TEST, .sample = 2};
  const KrRandomKey b = {.seed = 2, .stream = KR_STREAM_TEST, .sample = 1};
  double            five[5], pair[2];

  PetscFunctionBeginUser;
  PetscCall(
    KrExpect("seed and sample are apart", KrRandomUniform(&a, 0) != KrRandomUniform(&b, 0)));
  KrRandomNormals(&a, 100, 5, five);
  KrRandomNormalPair(&a, 101, pair);
  PetscCall(KrExpect("second pair", five[2] == pair[0] && five[3] == pair[1]));
  KrRandomNormalPair(&a, 102, pair);
  PetscCall(KrExpect("odd number", five[4] == pair[0]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The same 64 bits, which tells 0 from -0. */
static int same_bits(int64_t count, const double got[], const double want[])
{
  return memcmp(got, want, (size_t)count * sizeof *got) == 0;
}

/* Words whose upper 53 bits are v; the lower 11 are not used, and set. */
static uint64_t word(uint64_t v)
{
  return v << 11 | 0x7ff;
}

/* Both ends of the unit interval, every power of two with its neighbours and sqrt(1/2) of it (where the logarithm
   changes branch), and every eighth of the circle with its neighbours (quadrants begin at odd eighths; axes lie at
   even ones). */
static int edges(uint64_t v[])
{
  const uint64_t full = (uint64_t)1 << 53, half = (uint64_t)(0x1p53 * 0.70710678118654752440);
  int            n = 0;

  for (int power = 0; power <= 53; ++power)
    for (uint64_t shift = 0; shift < 5; ++shift) {
      v[n++] = ((full >> power) + shift - 3) & (full - 1);
      v[n++] = ((half >> power) + shift - 3) & (full - 1);
    }
  for (uint64_t eighth = 0; eighth < 8; ++eighth)
    for (uint64_t shift = 0; shift < 5; ++shift)
      v[n++] = (eighth * (full / 8) + shift - 2) & (full - 1);
  return n;
}

/* Every radius at an edge with every angle at one, and the reverse is the same set. */
static PetscErrorCode check_edges(const KrNormalKernels *kernels)
{
  enum { N_EDGES = 54 * 10 + 40 };
  uint64_t v[N_EDGES], bits[2 * N_EDGES];
  double   got[2 * N_EDGES], want[2 * N_EDGES];
  int      n_wrong = 0;

  PetscFunctionBeginUser;
  PetscCall(KrExpectEqualInt("edges", edges(v), N_EDGES));
  for (int i = 0; i < N_EDGES; ++i) {
    for (int j = 0; j < N_EDGES; ++j) {
      bits[2 * j]     = word(v[i]);
      bits[2 * j + 1] = word(v[j]);
      KrNormalFromBits(bits + 2 * j, want + 2 * j);
    }
    (*kernels->from_bits)(N_EDGES, bits, got);
    n_wrong += !same_bits(2 * N_EDGES, got, want);
  }
  PetscCall(KrExpectEqualInt(kernels->name, n_wrong, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Runs of every length up to several vectors, from counters whose lower and upper half overflow, under keys with all
   words in use; the numbers before and behind the run stay. */
static PetscErrorCode check_runs(const KrNormalKernels *kernels)
{
  enum { N_MAX = 70 };
  static const uint64_t    counters[] = {0, UINT64_C(0xfffffff9), UINT64_C(0x123456789abcdef0),
                                         UINT64_MAX - 20};
  static const KrRandomKey keys[]     = {
        {.seed = 3, .stream = KR_STREAM_TEST},
        {.seed = UINT64_C(0xfedcba9876543210), .stream = UINT32_MAX, .sample = UINT32_MAX}};
  double got[2 * N_MAX + 2], want[2 * N_MAX + 2];

  PetscFunctionBeginUser;
  for (size_t c = 0; c < LENGTH(counters) * LENGTH(keys); ++c) {
    const KrRandomKey *key     = &keys[c % LENGTH(keys)];
    const uint64_t     counter = counters[c / LENGTH(keys)];

    for (int n_pairs = 0; n_pairs <= N_MAX; ++n_pairs) {
      for (int i = 0; i < 2 * N_MAX + 2; ++i) got[i] = want[i] = 99.0;
      for (int i = 0; i < n_pairs; ++i)
        KrRandomNormalPair(key, counter + (uint64_t)i, want + 1 + 2 * i);
      (*kernels->pairs)(key, counter, n_pairs, got + 1);
      PetscCall(KrExpect(kernels->name, same_bits(2 * N_MAX + 2, got, want)));
    }
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Many pairs: each level meets every branch of the scalar twin often. */
static PetscErrorCode check_many(const KrNormalKernels *kernels)
{
  enum { BLOCK = 1000 };
  const KrRandomKey key = {.seed = 7, .stream = KR_STREAM_TEST, .sample = 3};
  double            got[2 * BLOCK], want[2 * BLOCK];
  int               n_wrong = 0;

  PetscFunctionBeginUser;
  for (uint64_t from = 0; from < N_DRAWS; from += BLOCK) {
    (*kernels->pairs)(&key, from, BLOCK, got);
    for (uint64_t i = 0; i < BLOCK; ++i) KrRandomNormalPair(&key, from + i, want + 2 * i);
    n_wrong += !same_bits(2 * BLOCK, got, want);
  }
  PetscCall(KrExpectEqualInt(kernels->name, n_wrong, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Every SIMD level this CPU has gives the bits of the scalar twin. */
static PetscErrorCode check_levels(void)
{
  const KrNormalKernels *kernels = NULL;
  int                    n_levels;

  PetscFunctionBeginUser;
  for (n_levels = 0; KrNormalKernelsGet(n_levels) != NULL; ++n_levels) {
    kernels = KrNormalKernelsGet(n_levels);
    PetscCall(check_edges(kernels));
    PetscCall(check_runs(kernels));
    PetscCall(check_many(kernels));
  }
  PetscCall(KrExpect("the last level is for any CPU",
                     kernels != NULL && strcmp(kernels->name, "plain") == 0));
  PetscCall(KrExpect("and nothing follows", KrNormalKernelsGet(n_levels + 1) == NULL));
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char **argv)
{
  PetscErrorCode code = KrTestBegin(&argc, &argv);

  if (code == 0) code = check_known_answers();
  if (code == 0) code = check_accuracy();
  if (code == 0) code = check_moments();
  if (code == 0) code = check_streams();
  if (code == 0) code = check_levels();
  return code == 0 ? KrTestEnd() : 1;
}
