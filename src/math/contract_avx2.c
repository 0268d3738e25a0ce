/* The contractions for CPUs with AVX2 and FMA: vectors of 4 doubles. */
#include "contract_impl.h"

#if defined(KR_HAVE_AVX2)
#include <immintrin.h>

#define KERNELS       KrKernelsAvx2
#define KERNELS_NAME  "avx2"
#define WIDTH         4
#define ROWS          4
#define VECTORS       1
#define GRADIENT_ROWS 4

typedef __m256d Vec;

static inline Vec splat(double value)
{
  return _mm256_set1_pd(value);
}

static inline Vec fused(Vec a, Vec b, Vec c)
{
  return _mm256_fmadd_pd(a, b, c);
}

static inline Vec load(const double *from)
{
  return _mm256_loadu_pd(from);
}

static inline void store(double *to, Vec v)
{
  _mm256_storeu_pd(to, v);
}

/* All bits set in the first `count` lanes. */
static inline __m256i first_lanes(int count)
{
  return _mm256_cmpgt_epi64(_mm256_set1_epi64x(count), _mm256_set_epi64x(3, 2, 1, 0));
}

static inline Vec load_part(const double *from, int count)
{
  return _mm256_maskload_pd(from, first_lanes(count));
}

static inline void store_part(double *to, int count, Vec v)
{
  _mm256_maskstore_pd(to, first_lanes(count), v);
}

/* 1 in the lanes below zero, else 0. */
static inline Vec is_negative(Vec v)
{
  return _mm256_and_pd(_mm256_cmp_pd(v, _mm256_setzero_pd(), _CMP_LT_OQ), _mm256_set1_pd(1.0));
}

static inline double sum(Vec v)
{
  const __m128d half = _mm_add_pd(_mm256_castpd256_pd128(v), _mm256_extractf128_pd(v, 1));

  return _mm_cvtsd_f64(_mm_add_sd(half, _mm_unpackhi_pd(half, half)));
}

#include "contract_body.h"
#endif
