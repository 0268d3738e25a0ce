/* The loop for CPUs with AVX2 and FMA: vectors of 4 doubles. */
#include "fma_loop.h"

#if defined(KR_HAVE_AVX2)
#define FMA_LOOP KrFmaLoopAvx2
#define WIDTH    4
#include "fma_body.h"
#endif
