/* Start points and dials, each a pure function of (seed, sample, start number). */
#include "search_impl.h"
#include <kacrice/manifold.h>

#define COUNTERS_A_START 20 /* bits: one for the dial, the rest for coordinates */

/* Uniform on the sphere |x|^2 = N. */
void KrSearchRandomPoint(KrSearch search, const KrRandomKey *key, int64_t start, double x[])
{
  KrRandomNormals(key, ((uint64_t)start << COUNTERS_A_START) + 1, (int)search->n, x);
  KrSphereNormalise((int)search->n, x);
}

/* Uniform on [0, 1): the dial of the start. */
double KrSearchUniform(const KrRandomKey *key, int64_t start)
{
  return KrRandomUniform(key, (uint64_t)start << COUNTERS_A_START);
}
