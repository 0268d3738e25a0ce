/* Couplings: drawn where they live, each a pure function of (campaign seed, sample, p, index tuple); and moved
   between the blocks of the kernels and the sorted order of files. */
#include "model_impl.h"
#include <kacrice/rng.h>
#include <math.h>
#include <string.h>

#define PAIRS_AT_A_TIME 256 /* 4 KiB: stays in the nearest cache */

/* The counter of a sorted tuple: its indices side by side in 64 bits, the largest one halved, since two
   neighbours k = 2l, 2l+1 share one pair of normal numbers. It does not depend on N. */
static uint64_t tuple_counter(int order, const int tuple[])
{
  const int width   = 64 / order;
  uint64_t  counter = 0;

  for (int a = 0; a < order - 1; ++a) counter = counter << width | (uint64_t)tuple[a];
  return counter << width | (uint64_t)tuple[order - 1] / 2;
}

/* One row: fixed i and middle indices, k = k_first ... k_first+n_cols-1. */
static void draw_row(const KrRandomKey *key, double amplitude, const KrTensor *tensor,
                     const KrBlock *block, int i, double row[])
{
  const int skip    = block->col_first % 2; /* the first pair's other number belongs to no column */
  const int n_pairs = (skip + block->n_cols + 1) / 2;
  int       tuple[KR_ORDER_MAX];
  uint64_t  counter;
  double    normals[2 * PAIRS_AT_A_TIME], first, other;

  KrBlockTuple(tensor, block, i, block->col_first + 1, tuple);
  other = amplitude * sqrt(KrTupleMultiplicity(tensor->order, tuple));
  KrBlockTuple(tensor, block, i, block->col_first, tuple);
  first   = amplitude * sqrt(KrTupleMultiplicity(tensor->order, tuple));
  counter = tuple_counter(tensor->order, tuple);
  for (int pair = 0; pair < n_pairs; pair += PAIRS_AT_A_TIME) {
    const int count = n_pairs - pair < PAIRS_AT_A_TIME ? n_pairs - pair : PAIRS_AT_A_TIME;
    const int shift = skip - 2 * pair; /* from a column to its place in normals */
    const int end = 2 * count - shift, to = end < block->n_cols ? end : block->n_cols;

    KrRandomNormalPairs(key, counter + (uint64_t)pair, count, normals);
    for (int column = pair == 0 ? 0 : -shift; column < to; ++column)
      row[column] = other * normals[column + shift];
    if (pair == 0) row[0] = first * normals[shift];
  }
}

/*
  KrCouplingsDraw - Draws the coefficients of one order that this rank holds.

  Not collective

  Input:
+ seed      - campaign seed
. sample    - number of the disorder sample, below 2^32
- amplitude - sqrt(c_p)

  In/out:
. tensor - coefficients amplitude sqrt(p!/prod m_i!) g, g independent N(0,1); same bits however it is split

  Errors: KR_ERR_STOPPED, the tensor half drawn, when this process was asked to stop
  Cost:   about 3 ns a coefficient in long rows with AVX-512, 20 ns in rows of a few columns
  Source: docs/notation.md; Kostlan's form of the isotropic law
*/
PetscErrorCode KrCouplingsDraw(uint64_t seed, int64_t sample, double amplitude, KrTensor *tensor)
{
  const KrRandomKey key = {.seed   = seed,
                           .stream = KR_STREAM_COUPLING + 256 * (uint32_t)tensor->order,
                           .sample = (uint64_t)sample};
  KrBlock           block;

  PetscFunctionBeginUser;
  PetscCheck((double)tensor->n <= ldexp(1.0, 64 / tensor->order), PETSC_COMM_SELF,
             PETSC_ERR_USER_INPUT,
             "-model_n %d: couplings of order %d are numbered for at most %.0f spins", tensor->n,
             tensor->order, ldexp(1.0, 64 / tensor->order));
  for (int more = KrBlockFirst(tensor, &block); more; more = KrBlockNext(tensor, &block)) {
    if (KrStopWanted("drawing")) PetscFunctionReturn(KR_ERR_STOPPED);
    for (int r = 0; r < block.n_rows; ++r)
      draw_row(&key, amplitude, tensor, &block, block.row_first + r,
               tensor->c + block.offset + (int64_t)r * block.n_cols);
  }
  KrTensorUnfold(tensor);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* How many sorted tuples precede this one in lexicographic order. */
static int64_t sorted_rank(int order, int n, const int tuple[])
{
  int64_t rank = 0;
  int     from = 0;

  for (int a = 0; a < order; ++a) { /* tuples that agree before a and have a smaller index there */
    const int left = order - a;

    rank += (n - from > 0 ? KrTensorCount(left, n - from) : 0) -
            (n - tuple[a] > 0 ? KrTensorCount(left, n - tuple[a]) : 0);
    from = tuple[a];
  }
  return rank;
}

/* Calls for each row: the place in sorted order where its run of consecutive largest indices begins. */
static void copy_rows(const KrTensor *tensor, const double *from_sorted, double *to_sorted)
{
  KrBlock block;
  int     tuple[KR_ORDER_MAX];

  for (int more = KrBlockFirst(tensor, &block); more; more = KrBlockNext(tensor, &block)) {
    for (int r = 0; r < block.n_rows; ++r) {
      const size_t bytes = (size_t)block.n_cols * sizeof(double);
      double      *row   = tensor->c + block.offset + (int64_t)r * block.n_cols;
      int64_t      rank;

      KrBlockTuple(tensor, &block, block.row_first + r, block.col_first, tuple);
      rank = sorted_rank(tensor->order, tensor->n, tuple);
      if (from_sorted != NULL) (void)memcpy(row, from_sorted + rank, bytes);
      else (void)memcpy(to_sorted + rank, row, bytes);
    }
  }
}

/*
  KrCouplingsFromSorted - Fills the blocks this rank holds from coefficients in lexicographic order.

  Not collective

  Input:
. sorted - binomial(n+p-1, p) coefficients over sorted tuples i1 <= ... <= ip, lexicographic

  In/out:
. tensor - its rows are filled, bit for bit
*/
void KrCouplingsFromSorted(const double sorted[], KrTensor *tensor)
{
  copy_rows(tensor, sorted, NULL);
  KrTensorUnfold(tensor);
}

/*
  KrCouplingsToSorted - Writes the coefficients this rank holds to their places in lexicographic order.

  Not collective

  Input:
. tensor - blocks

  In/out:
. sorted - binomial(n+p-1, p) places; only those of the tensor's rows are written
*/
void KrCouplingsToSorted(const KrTensor *tensor, double sorted[])
{
  copy_rows(tensor, NULL, sorted);
}
