/* Start points and dials, each a pure function of (seed, sample, start number). */
#include "search_impl.h"
#include <kacrice/manifold.h>

#define COUNTERS_A_START 20 /* bits: one for the dial, the rest for coordinates */

KrRandomKey KrStartKey(uint64_t seed, int64_t sample)
{
  return (KrRandomKey){.seed = seed, .stream = KR_STREAM_START, .sample = (uint64_t)sample};
}

/* Uniform on the sphere |x|^2 = N. */
void KrSearchRandomPoint(int n, const KrRandomKey *key, int64_t start, double x[])
{
  KrRandomNormals(key, ((uint64_t)start << COUNTERS_A_START) + 1, n, x);
  KrSphereNormalise(n, x);
}

/* A point where a descent begins: what the model says. */
PetscErrorCode KrSearchStart(KrSearch search, const KrRandomKey *key, int64_t start, double x[])
{
  PetscFunctionBeginUser;
  PetscCall(KrModelStart(search->model, key, ((uint64_t)start << COUNTERS_A_START) + 1, x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Uniform on [0, 1): the dial of the start. */
double KrSearchUniform(const KrRandomKey *key, int64_t start)
{
  return KrRandomUniform(key, (uint64_t)start << COUNTERS_A_START);
}

/*
  KrStartGet - The point and the dial that a search for all indices begins a start with.

  Not collective

  Input:
+ n      - N
. seed   - campaign seed
. sample - number of the disorder sample
- start  - its number

  Output:
+ x       - uniform on the sphere |x|^2 = N, N entries
- uniform - in [0, 1), for KrDialValue()

  Cost: N Gaussian numbers
*/
void KrStartGet(int n, uint64_t seed, int64_t sample, int64_t start, double x[], double *uniform)
{
  const KrRandomKey key = KrStartKey(seed, sample);

  KrSearchRandomPoint(n, &key, start, x);
  *uniform = KrSearchUniform(&key, start);
}

/*
  KrDialValue - The initial mu of a start from its uniform number, by the inverse of the law of the dial.

  Not collective

  Input:
+ dial    - the law; NULL: uniform
- uniform - in [0, 1)

  Returns:
  a number in [-1, 1), units of -newton_range

  Cost: a bisection
*/
double KrDialValue(const KrDial *dial, double uniform)
{
  int    low = 0, high = KR_DIAL_BINS;
  double share;

  if (dial == NULL) return 2.0 * uniform - 1.0;
  while (high - low > 1) {
    const int middle = (low + high) / 2;

    if (dial->cumulative[middle] <= uniform) low = middle;
    else high = middle;
  }
  share = dial->cumulative[low + 1] - dial->cumulative[low];
  share = share > 0.0 ? (uniform - dial->cumulative[low]) / share : 0.5;
  return 2.0 * (low + share) / KR_DIAL_BINS - 1.0;
}
