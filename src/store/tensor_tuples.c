#include "tensor_impl.h"
#include <stdio.h>
#include <stdlib.h>

/* binomial(n+p-1, p), -1 when it does not fit into 62 bits. */
int64_t KrTupleCount(int n, int order)
{
  int64_t count = 1;

  for (int k = 1; k <= order; ++k) {
    if (count > (INT64_MAX >> 2) / ((int64_t)n + k)) return -1;
    count = count * (n + k - 1) / k; /* binomial(n+k-1, k) at each step, so the division is exact */
  }
  return count;
}

/* The n with so many sorted tuples, 0 when there is none: the count grows with n. */
int KrTupleLength(int64_t count, int order)
{
  int low = 1, high = INT32_MAX / 2;

  while (low < high) {
    const int     middle = low + (high - low) / 2;
    const int64_t there  = KrTupleCount(middle, order);

    if (there >= 0 && there < count) low = middle + 1;
    else high = middle;
  }
  return KrTupleCount(low, order) == count ? low : 0;
}

/* Prepares the numbering of the sorted tuples; returns 0 when there is no memory. */
int KrTuplesCreate(int order, int n, KrTuples *tuples)
{
  *tuples       = (KrTuples){.order = order, .n = n, .count = KrTupleCount(n, order)};
  tuples->below = malloc((size_t)order * ((size_t)n + 1) * sizeof *tuples->below);
  for (int k = 0; tuples->below != NULL && k < order; ++k)
    for (int i = 0; i <= n; ++i) /* tuples of the last order-k indices, all of them >= i */
      tuples->below[(size_t)k * ((size_t)n + 1) + (size_t)i] = KrTupleCount(n - i, order - k);
  return tuples->below != NULL;
}

/* Frees the numbering. */
void KrTuplesDestroy(KrTuples *tuples)
{
  free(tuples->below);
  tuples->below = NULL;
}

/* Number of a sorted tuple: index k skips all tuples that begin alike and go on with a smaller one. */
int64_t KrTuplesPosition(const KrTuples *tuples, const int sorted[])
{
  const int64_t *below    = tuples->below;
  int64_t        position = 0;
  int            previous = 0;

  for (int k = 0; k < tuples->order; ++k) {
    position += below[previous] - below[sorted[k]];
    previous = sorted[k];
    below += tuples->n + 1;
  }
  return position;
}

/* Distinct orders of the indices of a sorted tuple: p! / prod m_i!. */
double KrSortedMultiplicity(int order, const int sorted[])
{
  double multiplicity = 1.0;
  int    run          = 0; // how often the index has come so far

  for (int k = 0; k < order; ++k) {
    run          = k > 0 && sorted[k] == sorted[k - 1] ? run + 1 : 1;
    multiplicity = multiplicity * (k + 1) / run; /* a whole number at each step */
  }
  return multiplicity;
}

/* Sorts a few indices by insertion. */
void KrTupleSort(int order, const int tuple[], int sorted[])
{
  for (int k = 0; k < order; ++k) {
    int place = k;

    for (; place > 0 && sorted[place - 1] > tuple[k]; --place) sorted[place] = sorted[place - 1];
    sorted[place] = tuple[k];
  }
}

/* The next sorted tuple in lexicographic order; unchanged after the last. */
void KrTupleNextSorted(int order, int n, int tuple[])
{
  int k = order - 1;

  while (k >= 0 && tuple[k] == n - 1) --k;
  if (k < 0) return;
  ++tuple[k];
  for (int later = k + 1; later < order; ++later) tuple[later] = tuple[k];
}

/* Text of a tuple, as h5py writes it: [0,4,7]. */
void KrTupleFormat(int order, const int tuple[], char text[], size_t length)
{
  size_t used = 0;

  for (int k = 0; k < order && used < length; ++k)
    used += (size_t)snprintf(text + used, length - used, "%c%d", k == 0 ? '[' : ',', tuple[k]);
  if (used < length) snprintf(text + used, length - used, "]");
}
