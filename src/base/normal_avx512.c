/* Normal pairs for CPUs with AVX-512 (F, DQ, VL): eight at a time. */
#include "normal_impl.h"

#if defined(KR_HAVE_AVX512)
#include <immintrin.h>

#define KERNELS      KrNormalKernelsAvx512
#define KERNELS_NAME "avx512"
#define WIDTH        8

typedef double   Vec __attribute__((vector_size(64)));
typedef uint64_t Bits __attribute__((vector_size(64)));

/* Products of the lower halves of the lanes. */
static inline Bits product(Bits a, Bits b)
{
  return (Bits)_mm512_mul_epu32((__m512i)a, (__m512i)b);
}

/* Lower halves of two words side by side. */
static inline Bits join(Bits low, Bits high)
{
  return (Bits)_mm512_mask_shuffle_epi32((__m512i)low, 0xaaaa, (__m512i)high, _MM_PERM_CCAA);
}

/* Exact for v <= 2^53. */
static inline Vec to_double(Bits v)
{
  return _mm512_cvtepu64_pd((__m512i)v);
}

static inline Vec root(Vec v)
{
  return _mm512_sqrt_pd(v);
}

static inline void store_pairs(double *to, Vec first, Vec second)
{
  const __m512i front = _mm512_set_epi64(11, 3, 10, 2, 9, 1, 8, 0);
  const __m512i back  = _mm512_set_epi64(15, 7, 14, 6, 13, 5, 12, 4);

  _mm512_storeu_pd(to, _mm512_permutex2var_pd(first, front, second));
  _mm512_storeu_pd(to + 8, _mm512_permutex2var_pd(first, back, second));
}

#include "normal_body.h"
#endif
