/* The loops for any CPU: pairs of doubles, a product and a sum; no fused operation is taken for granted. */
#define PEAK_LOOPS KrPeakLoopsPlain
#define WIDTH      2
#include "peak_body.h"
