/* Choice of the normal numbers' SIMD level at run time, so that one build serves a mixed cluster. */
#include "normal_impl.h"
#include <stddef.h>

/*
  KrNormalKernelsGet - Gives the SIMD levels at which this CPU can draw normal numbers, best first.

  Not collective

  Input:
. level - 0 for the level that KrRandomNormalPairs() uses, 1 for the next slower one, ...

  Returns: a constant table, never to be freed; NULL when there are no more levels. All levels give the bits of
           KrRandomNormalPair()
  Errors:  none
  Cost:    a few CPU queries
  See:     KrNormalKernels
*/
const KrNormalKernels *KrNormalKernelsGet(int level)
{
#if defined(KR_HAVE_AVX512)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("fma") && level-- == 0)
    return &KrNormalKernelsAvx512;
#endif
#if defined(KR_HAVE_AVX2)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && level-- == 0)
    return &KrNormalKernelsAvx2;
#endif
  return level == 0 ? &KrNormalKernelsPlain : NULL;
}
