/* The loops for CPUs with AVX-512: vectors of 8 doubles. */
#include "peak_impl.h"

#if defined(KR_HAVE_AVX512)
#define PEAK_LOOPS KrPeakLoopsAvx512
#define WIDTH      8
#include "peak_body.h"
#endif
