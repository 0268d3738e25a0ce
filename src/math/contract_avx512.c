/* The contractions for CPUs with AVX-512 (F, DQ, VL): vectors of 8 doubles. */
#include "contract_impl.h"

#if defined(KR_HAVE_AVX512)
#include <immintrin.h>

#define KERNELS       KrKernelsAvx512
#define KERNELS_NAME  "avx512"
#define WIDTH         8
#define ROWS          8
#define VECTORS       2
#define GRADIENT_ROWS 6

typedef __m512d Vec;

static inline Vec splat(double value)
{
  return _mm512_set1_pd(value);
}

static inline Vec fused(Vec a, Vec b, Vec c)
{
  return _mm512_fmadd_pd(a, b, c);
}

static inline Vec load(const double *from)
{
  return _mm512_loadu_pd(from);
}

static inline void store(double *to, Vec v)
{
  _mm512_storeu_pd(to, v);
}

/* One bit for each of the first `count` lanes. */
static inline __mmask8 first_lanes(int count)
{
  return (__mmask8)((1U << count) - 1U);
}

static inline Vec load_part(const double *from, int count)
{
  return _mm512_maskz_loadu_pd(first_lanes(count), from);
}

static inline void store_part(double *to, int count, Vec v)
{
  _mm512_mask_storeu_pd(to, first_lanes(count), v);
}

/* 1 in the lanes below zero, else 0. */
static inline Vec is_negative(Vec v)
{
  return _mm512_maskz_mov_pd(_mm512_cmp_pd_mask(v, _mm512_setzero_pd(), _CMP_LT_OQ),
                             _mm512_set1_pd(1.0));
}

static inline double sum(Vec v)
{
  return _mm512_reduce_add_pd(v);
}

#include "contract_body.h"
#endif
