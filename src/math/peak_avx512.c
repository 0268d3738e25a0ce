/* The loop for CPUs with AVX-512: vectors of 8 doubles. */
#include "fma_loop.h"

#if defined(KR_HAVE_AVX512)
#define FMA_LOOP KrFmaLoopAvx512
#define WIDTH    8
#include "fma_body.h"
#endif
