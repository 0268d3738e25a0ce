/* What the list of a sample says about its own completeness: counts, Euler characteristic, parity, richness. */
#include "census_impl.h"
#include <kacrice/stats.h>

/* Points of each index, antipodes counted (docs/notation.md). */
static void count_indices(KrSample *sample)
{
  for (int64_t i = 0; i < sample->n_points; ++i) {
    const int k = sample->points[i].index;

    sample->count[k] += sample->symmetry == KR_SYMMETRY_EVEN ? 2 : 1;
    if (sample->symmetry == KR_SYMMETRY_ODD) sample->count[sample->n - 1 - k] += 1;
  }
}

/* Morse: sum_k (-1)^k C_k is the Euler characteristic of the sphere, 1 + (-1)^(N-1). It holds by itself, and says
   nothing, when each point pairs with an antipode of the other parity. */
static void check_euler(KrSample *sample)
{
  const int64_t expected = sample->n % 2 == 1 ? 2 : 0;

  for (int k = 0; k < sample->n; ++k)
    sample->euler_sum += k % 2 == 0 ? sample->count[k] : -sample->count[k];
  sample->euler_checked = sample->symmetry == KR_SYMMETRY_ODD && sample->n % 2 == 0 ? 0 : 1;
  sample->euler_failed  = sample->euler_checked && sample->euler_sum != expected;
}

/* Complex solutions come in conjugate pairs, so real antipodal pairs are as many as complex ones modulo 2: of those
   there are ((p-1)^N - 1)/(p-2) = 1 + (p-1) + ... + (p-1)^(N-1) (Cartwright & Sturmfels 2013). */
static void check_parity(const KrMixture *f, KrSample *sample)
{
  const int64_t complex_pairs = f->order[0] % 2 == 1 ? 1 : sample->n; /* modulo 2 */

  sample->parity_checked = KrMixtureIsPure(f) ? 1 : 0;
  sample->parity_failed  = sample->parity_checked && (sample->n_points - complex_pairs) % 2 != 0;
}

/* Counts, checks and estimates of a record whose points are in. A list of minima alone cannot be checked by
   identities over all indices. */
void KrCensusEstimate(const KrMixture *f, PetscBool every_index, KrSample *sample)
{
  int64_t singletons = 0, doubletons = 0;

  count_indices(sample);
  if (every_index) {
    check_euler(sample);
    check_parity(f, sample);
  }
  for (int64_t i = 0; i < sample->n_points; ++i) {
    singletons += sample->points[i].hits == 1;
    doubletons += sample->points[i].hits == 2;
  }
  sample->coverage      = KrGoodTuringCoverage(sample->reasons[KR_FOUND], singletons);
  sample->chao1_missing = KrChao1Missing(singletons, doubletons);
}
