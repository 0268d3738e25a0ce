/* kr_test: labels=base */
/* Random numbers: known answers of Philox, accuracy and moments of the normal numbers, one fixed set of bits. */
#include "kr_test.h"
#include <kacrice/rng.h>
#include <math.h>

#define N_DRAWS 200000

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

int main(int argc, char **argv)
{
  PetscErrorCode code = KrTestBegin(&argc, &argv);

  if (code == 0) code = check_known_answers();
  if (code == 0) code = check_accuracy();
  if (code == 0) code = check_moments();
  if (code == 0) code = check_streams();
  return code == 0 ? KrTestEnd() : 1;
}
