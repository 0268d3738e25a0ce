/* The loop for any CPU: pairs of doubles, a product and a sum; no fused operation is taken for granted. */
#define FMA_LOOP KrFmaLoopPlain
#define WIDTH    2
#include "fma_body.h"
