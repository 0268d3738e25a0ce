/* Choice of the peak loops at run time, as that of the kernels. */
#include "peak_impl.h"

/*
  KrPeakLoopsGet - Gives the loops that show what a core can do at best at a SIMD level.

  Not collective

  Input:
. simd - the level; KR_SIMD_AUTO for the best that this build holds and this CPU has

  Returns: a constant table, never to be freed; NULL when this build or this CPU lacks the level
  Errors:  none
  Cost:    a few CPU queries
  See:     KrKernelsGet()
*/
const KrPeakLoops *KrPeakLoopsGet(KrSimd simd)
{
#if defined(KR_HAVE_AVX512)
  if ((simd == KR_SIMD_AUTO || simd == KR_SIMD_AVX512) && KrKernelsGet(KR_SIMD_AVX512) != NULL)
    return &KrPeakLoopsAvx512;
#endif
#if defined(KR_HAVE_AVX2)
  if ((simd == KR_SIMD_AUTO || simd == KR_SIMD_AVX2) && KrKernelsGet(KR_SIMD_AVX2) != NULL)
    return &KrPeakLoopsAvx2;
#endif
  return simd == KR_SIMD_AUTO || simd == KR_SIMD_PLAIN ? &KrPeakLoopsPlain : NULL;
}
