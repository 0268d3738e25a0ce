/* What the peak files share: the table of each SIMD level. Each is defined only where the compiler can make it
   (KR_HAVE_AVX2, KR_HAVE_AVX512) and may be called only where the CPU has it: see KrPeakLoopsGet(). */
#pragma once
#include <kacrice/peak.h>

extern const KrPeakLoops KrPeakLoopsPlain;
extern const KrPeakLoops KrPeakLoopsAvx2;
extern const KrPeakLoops KrPeakLoopsAvx512;
