/* The unfolded form of a tensor: what multiplies each monomial in each entry of the Hessian. docs/theory/tensor.md,
   section 6. */
#include <kacrice/kernels.h>

/* Place of a sorted tuple in colex order: by the last index first, so that it does not depend on N. */
static int64_t colex_place(int length, const int tuple[])
{
  int64_t place = 0;

  for (int a = 0; a < length; ++a) { /* binomial(t_a + a, a + 1) */
    int64_t count = 1;

    for (int j = 1; j <= a + 1; ++j) count = count * (tuple[a] + j - 1) / j;
    place += count;
  }
  return place;
}

/* Entry (i, k), i <= k, in the upper triangle by rows. */
static int64_t pair_place(int n, int i, int k)
{
  return (int64_t)i * n - (int64_t)i * (i - 1) / 2 + (k - i);
}

/*
  KrTensorUnfolds - Whether the unfolded form is the faster one for Hessians of points in lanes.

  Not collective

  Input:
+ order - p, KR_ORDER_MIN ... KR_ORDER_MAX
- n     - number of variables N

  Returns: 1 up to the N where the unfolded form takes about 4 MB, else 0; p = 2 has none
  Errors:  none
  Cost:    O(1)
  Source:  docs/theory/tensor.md, section 6
  See:     KrTensorUnfold()
*/
int KrTensorUnfolds(int order, int n)
{
  static const int n_max[KR_ORDER_MAX + 1] = {[3] = KR_UNFOLDED_N_MAX, [4] = 33, [5] = 13, [6] = 9};

  return n <= n_max[order];
}

/*
  KrUnfoldedCount - Numbers in the unfolded form of a tensor.

  Not collective

  Input:
+ order - p, 3 ... KR_ORDER_MAX
- n     - number of variables N

  Returns: N(N+1)/2 entries, filled up to whole tiles of KR_UNFOLDED_ROWS, times binomial(N+p-3, p-2) monomials
  Errors:  none; for N <= KR_UNFOLDED_N_MAX no overflow
  Cost:    O(p)
  Source:  docs/theory/tensor.md, section 6
  See:     KrTensorUnfold()
*/
int64_t KrUnfoldedCount(int order, int n)
{
  const int64_t pairs = (int64_t)n * (n + 1) / 2;

  return (pairs + KR_UNFOLDED_ROWS - 1) / KR_UNFOLDED_ROWS * KR_UNFOLDED_ROWS *
         KrTensorCount(order - 2, n);
}

/* Adds coefficient c of a tuple to the entries of the Hessian that it has a part in: one for each pair of places. */
static void unfold_one(const KrTensor *tensor, int64_t n_monomials, const int tuple[], double c,
                       double unfolded[])
{
  for (int a = 0; a < tensor->order; ++a)
    for (int b = a + 1; b < tensor->order; ++b) {
      const int64_t pair = pair_place(tensor->n, tuple[a], tuple[b]);
      int           rest[KR_ORDER_MAX - 2], length = 0;
      int64_t       monomial;

      for (int d = 0; d < tensor->order; ++d)
        if (d != a && d != b) rest[length++] = tuple[d];
      monomial = colex_place(length, rest);
      unfolded[(pair / KR_UNFOLDED_ROWS * n_monomials + monomial) * KR_UNFOLDED_ROWS +
               pair % KR_UNFOLDED_ROWS] += c;
    }
}

/*
  KrTensorUnfold - Brings the unfolded form up to date: A_{ik} = sum over monomials y of degree p-2 of U_{ik,y} y.

  Not collective

  In/out:
. tensor - whole, order >= 3, with coefficients; tensor->unfolded, KrUnfoldedCount() numbers of its owner, is filled:
           tiles of KR_UNFOLDED_ROWS entries (i, k), i <= k, by rows of the upper triangle, in a tile monomial by
           monomial, in colex order. Nothing happens where it is NULL

  Notes: whoever changes the coefficients calls it

  Errors: none
  Cost:   O(p^4) for each coefficient
  Source: docs/theory/tensor.md, section 6
  See:    KrKernels.derivatives_lanes
*/
void KrTensorUnfold(const KrTensor *tensor)
{
  double *const unfolded = tensor->unfolded;
  KrBlock       block;
  int64_t       count, n_monomials;

  if (unfolded == NULL) return;
  count       = KrUnfoldedCount(tensor->order, tensor->n);
  n_monomials = KrTensorCount(tensor->order - 2, tensor->n);
  for (int64_t u = 0; u < count; ++u) unfolded[u] = 0.0;
  for (int more = KrBlockFirst(tensor, &block); more; more = KrBlockNext(tensor, &block)) {
    const double *c = tensor->c + block.offset;

    for (int i = block.row_first; i < block.row_first + block.n_rows; ++i)
      for (int k = block.col_first; k < tensor->n; ++k) {
        int tuple[KR_ORDER_MAX];

        KrBlockTuple(tensor, &block, i, k, tuple);
        unfold_one(tensor, n_monomials, tuple, *c++, unfolded);
      }
  }
}
