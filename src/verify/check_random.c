/* Random numbers: published answers of the generator, moments of the normal numbers, their SIMD level, and the
   bits of couplings. */
#include "verify_impl.h"
#include <kacrice/model.h>
#include <kacrice/rng.h>
#include <string.h>

#define N_SMALL 8
#define N_LARGE 12

/* Known answers that Random123 publishes for philox4x32-10: counter, key, result, in words of 32 bits. */
static const struct {
  uint32_t counter[4], key[2], answer[4];
} known_answers[] = {
  {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
  {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
   {0xffffffff, 0xffffffff},
   {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
  {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
   {0xa4093822, 0x299f31d0},
   {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
};

/* FNV-1a of the couplings of sample 5 of seed 20240607, N = 8, in sorted order. Computed by the Python implementation
   in tests/e2e/test_verify.py, which shares nothing with ours but the definition. */
static const struct {
  int      order;
  uint64_t checksum;
} coupling_bits[] = {
  {2, UINT64_C(0x200cca164a076923)}, {3, UINT64_C(0xcdd10e0570514cec)},
  {4, UINT64_C(0xe52c730fc757ee21)}, {5, UINT64_C(0x5daf66b32fb8eb97)},
  {6, UINT64_C(0x29aaab9bffdbb673)},
};

static uint64_t join(uint32_t low, uint32_t high)
{
  return (uint64_t)high << 32 | low;
}

static PetscErrorCode check_known_answers(KrVerify *verify)
{
  int n_wrong = 0;

  PetscFunctionBeginUser;
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(known_answers); ++i) {
    const uint32_t   *counter = known_answers[i].counter, *key = known_answers[i].key;
    const uint32_t   *answer = known_answers[i].answer;
    const KrRandomKey stream = {
      .seed = join(key[0], key[1]), .stream = counter[3], .sample = counter[2]};
    uint64_t bits[2];

    KrRandomBits(&stream, join(counter[0], counter[1]), bits);
    n_wrong += bits[0] != join(answer[0], answer[1]) || bits[1] != join(answer[2], answer[3]);
  }
  PetscCall(
    KrVerifyCheck(verify, n_wrong, 0, "random: wrong among the known answers of Philox 4x32-10"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The mean of x^k over n normal numbers is normal with variance (E x^2k - (E x^k)^2) / n; five standard errors are
   exceeded by chance in 6e-7 of seeds, four moments: 2.4e-6. The seed is fixed. */
static PetscErrorCode check_moments(KrVerify *verify)
{
  enum { N_MOMENTS = 4, N_NORMALS = 400000, BLOCK = 1000 };
  static const double mean[N_MOMENTS] = {0, 1, 0, 3}, variance[N_MOMENTS] = {1, 2, 15, 96};
  const KrRandomKey   key = {.seed = 1, .stream = KR_STREAM_TEST};
  double              normal[BLOCK], sum[N_MOMENTS] = {0}, worst = 0.0;

  PetscFunctionBeginUser;
  for (int from = 0; from < N_NORMALS; from += BLOCK) {
    KrRandomNormals(&key, (uint64_t)(from / 2), BLOCK, normal);
    for (int i = 0; i < BLOCK; ++i) {
      double power = 1.0;

      for (int k = 0; k < N_MOMENTS; ++k) sum[k] += power *= normal[i];
    }
  }
  for (int k = 0; k < N_MOMENTS; ++k)
    worst = worse(worst, fabs(sum[k] / N_NORMALS - mean[k]) / sqrt(variance[k] / N_NORMALS));
  PetscCall(KrVerifyCheck(verify, worst, 5,
                          "random: moments 1 to 4 of %d normal numbers, standard errors",
                          (int)N_NORMALS));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static uint64_t bits_of(double value)
{
  uint64_t bits;

  (void)memcpy(&bits, &value, sizeof bits);
  return bits;
}

/* Normal numbers of the SIMD level in use that are not the bits of the scalar twin. */
static PetscErrorCode check_level(KrVerify *verify)
{
  enum { N_PAIRS = 100000, BLOCK = 500 };
  const KrRandomKey key     = {.seed = 3, .stream = KR_STREAM_TEST};
  int64_t           n_wrong = 0;
  double            normals[2 * BLOCK], pair[2];

  PetscFunctionBeginUser;
  for (uint64_t from = 0; from < N_PAIRS; from += BLOCK) {
    KrRandomNormalPairs(&key, from, BLOCK, normals);
    for (uint64_t i = 0; i < BLOCK; ++i) {
      KrRandomNormalPair(&key, from + i, pair);
      for (int l = 0; l < 2; ++l) n_wrong += bits_of(pair[l]) != bits_of(normals[2 * i + l]);
    }
  }
  PetscCall(KrVerifyCheck(verify, (double)n_wrong, 0,
                          "random: unlike the scalar code, of %d normal numbers",
                          2 * (int)N_PAIRS));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* FNV-1a, 64 bits, over the bits of the numbers, lowest byte first. */
static uint64_t checksum(int64_t count, const double values[])
{
  uint64_t result = UINT64_C(0xcbf29ce484222325);

  for (int64_t i = 0; i < count; ++i)
    for (int byte = 0; byte < 8; ++byte)
      result = (result ^ (bits_of(values[i]) >> 8 * byte & 0xff)) * UINT64_C(0x100000001b3);
  return result;
}

/* Couplings of a sample in lexicographic order of sorted tuples; the caller frees them with PetscFree(). */
static PetscErrorCode draw_couplings(int order, int n, int64_t *count, double **sorted)
{
  const KrModelOptions options = {.n = n};
  const KrMixture      f       = KrMixturePure(order);
  KrModel              model;

  PetscFunctionBeginUser;
  *count = KrTensorCount(order, n);
  PetscCall(PetscMalloc1(*count, sorted));
  PetscCall(KrModelCreate(PETSC_COMM_SELF, &options, n, &f, &model));
  PetscCall(KrModelDraw(model, 20240607, 5));
  PetscCall(KrModelGetTensor(model, order, *sorted));
  PetscCall(KrModelDestroy(&model));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The next sorted tuple in lexicographic order; behind the last comes the first. */
static void step_tuple(int order, int n, int tuple[])
{
  int a = order - 1, next;

  while (a > 0 && tuple[a] == n - 1) --a;
  next = (tuple[a] + 1) % n;
  for (; a < order; ++a) tuple[a] = next;
}

/* Couplings do not depend on N: those among the first n spins are those of a model of n spins. */
static int64_t count_unlike(int order, const double small[], const double large[], int64_t n_large)
{
  int     tuple[KR_ORDER_MAX] = {0};
  int64_t place = 0, n_wrong = 0;

  for (int64_t i = 0; i < n_large; ++i, step_tuple(order, N_LARGE, tuple))
    if (tuple[order - 1] < N_SMALL) n_wrong += large[i] != small[place++];
  return n_wrong;
}

static PetscErrorCode check_couplings(KrVerify *verify)
{
  double *small, *large;
  int64_t n_small, n_large, n_unlike = 0;

  PetscFunctionBeginUser;
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(coupling_bits); ++i) {
    const int order = coupling_bits[i].order;

    PetscCall(draw_couplings(order, N_SMALL, &n_small, &small));
    PetscCall(draw_couplings(order, N_LARGE, &n_large, &large));
    PetscCall(KrVerifyCheck(verify, checksum(n_small, small) != coupling_bits[i].checksum, 0,
                            "random: other bits in couplings of p = %d, checksum %016llx", order,
                            (unsigned long long)coupling_bits[i].checksum));
    n_unlike += count_unlike(order, small, large, n_large);
    PetscCall(PetscFree(small));
    PetscCall(PetscFree(large));
  }
  PetscCall(KrVerifyCheck(verify, (double)n_unlike, 0, "random: couplings that depend on N"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrVerifyRandom - Checks the generator, the normal numbers at the SIMD level in use and the bits of the couplings.

  Collective on the communicator of verify

  In/out:
. verify - counts the checks

  Cost:   20 ms
  Source: Salmon, Moraes, Dror & Shaw 2011, known answers of Random123
*/
PetscErrorCode KrVerifyRandom(KrVerify *verify)
{
  PetscFunctionBeginUser;
  PetscCall(check_known_answers(verify));
  PetscCall(check_moments(verify));
  PetscCall(check_level(verify));
  PetscCall(check_couplings(verify));
  PetscFunctionReturn(PETSC_SUCCESS);
}
