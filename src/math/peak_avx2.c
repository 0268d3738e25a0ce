/* The loops for CPUs with AVX2 and FMA: vectors of 4 doubles. */
#include "peak_impl.h"

#if defined(KR_HAVE_AVX2)
#define PEAK_LOOPS KrPeakLoopsAvx2
#define WIDTH      4
#include "peak_body.h"
#endif
