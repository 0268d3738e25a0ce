/* What a campaign counts of a sample: the one place that status, target, summary and ensemble have it from. */
#include "campaign_impl.h"

/* Indices 0 ... so many - 1 are counted: of a list of minima k = 0 alone. Its shards count the antipodes of minima too,
   which of odd orders are maxima. */
int KrCountedIndices(PetscBool only_minima, int n)
{
  return only_minima ? 1 : n;
}

/* Points of one index, or with KR_TARGET_TOTAL of all that are counted, by the count of each index. */
int64_t KrCountOf(int n_index, int index, const int64_t count[])
{
  int64_t total = 0;

  if (index != KR_TARGET_TOTAL) return count[index];
  for (int k = 0; k < n_index; ++k) total += count[k];
  return total;
}
