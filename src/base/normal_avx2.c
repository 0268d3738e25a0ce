/* Normal pairs for CPUs with AVX2: four at a time. */
#include "normal_impl.h"

#if defined(KR_HAVE_AVX2)
#include <immintrin.h>

#define KERNELS      KrNormalKernelsAvx2
#define KERNELS_NAME "avx2"
#define WIDTH        4

typedef double   Vec __attribute__((vector_size(32)));
typedef uint64_t Bits __attribute__((vector_size(32)));

/* Products of the lower halves of the lanes. */
static inline Bits product(Bits a, Bits b)
{
  return (Bits)_mm256_mul_epu32((__m256i)a, (__m256i)b);
}

/* Lower halves of two words side by side. */
static inline Bits join(Bits low, Bits high)
{
  return (Bits)_mm256_blend_epi32((__m256i)low, (__m256i)(high << 32), 0xaa);
}

/* Exact for v <= 2^53: both halves become doubles by their place in the mantissas of 2^84 and 2^52. */
static inline Vec to_double(Bits v)
{
  const Bits high = v >> 32 | UINT64_C(0x453) << 52, low = (v & UINT32_MAX) | UINT64_C(0x433) << 52;

  return ((Vec)high - (0x1p84 + 0x1p52)) + (Vec)low;
}

static inline Vec root(Vec v)
{
  return _mm256_sqrt_pd(v);
}

static inline void store_pairs(double *to, Vec first, Vec second)
{
  const Vec even = _mm256_unpacklo_pd(first, second), odd = _mm256_unpackhi_pd(first, second);

  _mm256_storeu_pd(to, _mm256_permute2f128_pd(even, odd, 0x20));
  _mm256_storeu_pd(to + 4, _mm256_permute2f128_pd(even, odd, 0x31));
}

#include "normal_body.h"
#endif
