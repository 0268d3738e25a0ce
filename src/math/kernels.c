/* Choice of the contraction kernels at run time, so that one build serves a mixed cluster. */
#include "contract_impl.h"

#if defined(KR_HAVE_AVX2)
static int cpu_has_avx2(void)
{
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}
#endif

#if defined(KR_HAVE_AVX512)
static int cpu_has_avx512(void)
{
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("fma");
}
#endif

static int cpu_has_plain(void)
{
  return 1;
}

/* The levels this build holds, best first. */
static const struct {
  KrSimd simd;
  int (*cpu_has)(void);
  const KrKernels *kernels;
} levels[] = {
#if defined(KR_HAVE_AVX512)
  {KR_SIMD_AVX512, cpu_has_avx512, &KrKernelsAvx512},
#endif
#if defined(KR_HAVE_AVX2)
  {KR_SIMD_AVX2, cpu_has_avx2, &KrKernelsAvx2},
#endif
  {KR_SIMD_PLAIN, cpu_has_plain, &KrKernelsPlain},
};

/*
  KrKernelsGet - Gives the contraction kernels of a SIMD level.

  Not collective

  Input:
. simd - the level; KR_SIMD_AUTO for the best that this build holds and this CPU has

  Returns: a constant table, never to be freed; NULL when this build or this CPU lacks the level.
           Levels agree to rounding, not bit for bit: they sum in different orders
  Errors:  none
  Cost:    a few CPU queries
  Source:  docs/theory/tensor.md, section 3
  See:     KrKernels, KrKernelsReference
*/
const KrKernels *KrKernelsGet(KrSimd simd)
{
  for (size_t i = 0; i < sizeof levels / sizeof levels[0]; ++i)
    if ((simd == KR_SIMD_AUTO || simd == levels[i].simd) && levels[i].cpu_has())
      return levels[i].kernels;
  return NULL;
}
