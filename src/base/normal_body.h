/* Normal pairs, WIDTH at a time: the same operations in the same order as the scalar twin in rng.c, so the same bits;
   branches became arithmetic on bits. Each operation waits for the one before it, so SETS independent vectors go
   through every step side by side. For files that define KERNELS (name of the table), KERNELS_NAME, WIDTH (64-bit lanes
   of a vector), the vectors Vec and Bits, and on them product(), join(), to_double(), root(), store_pairs(). They are
   compiled with -ffp-contract=off. No guard: one inclusion a file. */
#include "normal_impl.h"
#include <Random123/philox.h>
#include <string.h>

#define SETS      2
#define ROUNDS    10
#define HALF_BITS UINT64_C(0x3fe6a09e667f3bcd) /* of sqrt(1/2) */
#define MANTISSA  52                           /* bits of a double below its exponent */
#define SIGN_BIT  63
#define EACH_SET  for (int s = 0; s < sets; ++s)
#define INLINE    static inline __attribute__((always_inline)) /* `sets` is a constant then */

/* 128 random bits for each counter: Philox 4x32-10. Each of the four words lies in the lower half of a lane, and only
   there is it valid: products read no more. */
INLINE void random_bits(int sets, const KrRandomKey *key, const Bits counter[], Bits first[],
                        Bits second[])
{
  const Bits zero = {0}, factor_0 = zero + PHILOX_M4x32_0, factor_2 = zero + PHILOX_M4x32_1;
  Bits       v0[SETS], v1[SETS], v2[SETS], v3[SETS];
  uint32_t   key_0 = (uint32_t)key->seed, key_1 = (uint32_t)(key->seed >> 32);

  EACH_SET
  {
    v0[s] = counter[s];
    v1[s] = counter[s] >> 32;
    v2[s] = zero + key->sample;
    v3[s] = zero + key->stream;
  }
  for (int round = 0; round < ROUNDS; ++round) {
    EACH_SET
    {
      const Bits product_0 = product(v0[s], factor_0), product_2 = product(v2[s], factor_2);

      v0[s] = product_2 >> 32 ^ v1[s] ^ (zero + key_0);
      v2[s] = product_0 >> 32 ^ v3[s] ^ (zero + key_1);
      v1[s] = product_2;
      v3[s] = product_0;
    }
    key_0 += PHILOX_W32_0;
    key_1 += PHILOX_W32_1;
  }
  EACH_SET
  {
    first[s]  = join(v0[s], v1[s]);
    second[s] = join(v2[s], v3[s]);
  }
}

/* log u for normal doubles 0 < u <= 1. The split u = m 2^e with sqrt(1/2) <= m < sqrt(2) is one of bits: from one
   power of two times sqrt(1/2) to the next, the bits of u count through the same 2^52 steps. */
INLINE void log_unit(int sets, const Vec u[], Vec log_u[])
{
  const double   ln2  = 0.69314718055994530942;
  const uint64_t bias = 1024, whole = UINT64_C(0x433) << MANTISSA; /* bits of 2^52 */
  Vec            ratio[SETS], exponent[SETS], z[SETS], sum[SETS];

  EACH_SET
  {
    const Bits u_bits = (Bits)u[s];
    const Bits power  = (u_bits + ((bias << MANTISSA) - HALF_BITS)) >> MANTISSA; /* e + bias */
    const Vec  m      = (Vec)(u_bits - ((power - bias) << MANTISSA));

    exponent[s] = (Vec)(power | whole) - (0x1p52 + (double)bias); /* exact */
    ratio[s]    = (m - 1.0) / (m + 1.0);
    z[s]        = ratio[s] * ratio[s];
    sum[s]      = (Vec){0.0};
  }
  for (int k = 9; k >= 1; --k) EACH_SET sum[s] = (sum[s] + 1.0 / (2.0 * k + 1.0)) * z[s];
  EACH_SET log_u[s] = exponent[s] * ln2 + (2.0 * ratio[s] + 2.0 * ratio[s] * sum[s]);
}

/* cos and sin of 2 pi v / 2^53. */
INLINE void cos_sin_turn(int sets, const Bits v[], Vec cosine[], Vec sine[])
{
  const double   unit    = 6.28318530717958647693 / 9007199254740992.0; /* 2 pi / 2^53 */
  const uint64_t quarter = UINT64_C(1) << 51, sign = UINT64_C(1) << SIGN_BIT;
  const uint64_t whole = UINT64_C(0x4338) << 48; /* bits of 1.5 2^52 */
  Vec            y[SETS], z[SETS], c[SETS], d[SETS];

  EACH_SET
  {
    const Bits rest = ((v[s] + quarter / 2) & (quarter - 1)) + (whole - quarter / 2);

    y[s] = ((Vec)rest - 0x1.8p52) * unit; /* the difference is exact */
    z[s] = y[s] * y[s];
    c[s] = d[s] = (Vec){0.0} + 1.0;
  }
  for (int k = 16; k >= 2; k -= 2) {
    EACH_SET c[s] = 1.0 - c[s] * z[s] * (1.0 / (double)((k - 1) * k));
    EACH_SET d[s] = 1.0 - d[s] * z[s] * (1.0 / (double)(k * (k + 1)));
  }
  EACH_SET
  {
    const Bits turned = v[s] + quarter / 2; /* quadrant in the bits 51, 52 */
    const Bits c_bits = (Bits)c[s], s_bits = (Bits)(d[s] * y[s]);
    const Bits exchange = (c_bits ^ s_bits) & -(turned >> 51 & 1);

    cosine[s] = (Vec)(c_bits ^ exchange ^ ((turned + quarter) << (SIGN_BIT - 52) & sign));
    sine[s]   = (Vec)(s_bits ^ exchange ^ (turned << (SIGN_BIT - 52) & sign));
  }
}

/* Pairs from their bits; the first `count` of them are written. */
INLINE void transform(int sets, const Bits first[], const Bits second[], int64_t count,
                      double normals[])
{
  Bits   turn[SETS];
  Vec    u[SETS], log_u[SETS], cosine[SETS], sine[SETS];
  double part[2 * WIDTH];

  EACH_SET
  {
    u[s]    = to_double((first[s] >> 11) + 1) * (1.0 / 9007199254740992.0); /* (0, 1] */
    turn[s] = second[s] >> 11;
  }
  log_unit(sets, u, log_u);
  cos_sin_turn(sets, turn, cosine, sine);
  EACH_SET
  {
    const Vec radius = root(-2.0 * log_u[s]);
    const int done   = s * WIDTH;

    if (count >= done + WIDTH) {
      store_pairs(normals + 2 * done, radius * cosine[s], radius * sine[s]);
    } else {
      store_pairs(part, radius * cosine[s], radius * sine[s]);
      for (int64_t i = 0; i < 2 * (count - done); ++i) normals[2 * done + i] = part[i];
    }
  }
}

static void pairs(const KrRandomKey *key, uint64_t counter, int64_t n_pairs, double normals[])
{
  static const uint64_t lanes[] = {0, 1, 2, 3, 4, 5, 6, 7};
  int64_t               i       = 0;
  Bits                  next[SETS], first[SETS], second[SETS];

  memcpy(&next[0], lanes, sizeof next[0]);
  next[0] += counter;
  for (; n_pairs - i > WIDTH; i += SETS * WIDTH) {
    for (int s = 1; s < SETS; ++s) next[s] = next[s - 1] + WIDTH;
    random_bits(SETS, key, next, first, second);
    transform(SETS, first, second, n_pairs - i, normals + 2 * i);
    next[0] += SETS * WIDTH;
  }
  if (i < n_pairs) {
    random_bits(1, key, next, first, second);
    transform(1, first, second, n_pairs - i, normals + 2 * i);
  }
}

static void from_bits(int64_t n_pairs, const uint64_t bits[], double normals[])
{
  for (int64_t i = 0; i < n_pairs; i += WIDTH) {
    Bits first[1] = {{0}}, second[1] = {{0}};

    for (int lane = 0; lane < WIDTH && i + lane < n_pairs; ++lane) {
      first[0][lane]  = bits[2 * (i + lane)];
      second[0][lane] = bits[2 * (i + lane) + 1];
    }
    transform(1, first, second, n_pairs - i, normals + 2 * i);
  }
}

const KrNormalKernels KERNELS = {.name = KERNELS_NAME, .pairs = pairs, .from_bits = from_bits};
