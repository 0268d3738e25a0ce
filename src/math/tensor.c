/* Symmetric tensors in packed blocks: counting, splitting over ranks, walking the blocks, and the packing
   of points into SIMD lanes. Layout: docs/theory/tensor.md. */
#include <kacrice/kernels.h>

#define COUNT_MAX ((int64_t)1 << 62)
#define SQUARE_SIDE \
  16 /* a 16 x 16 square of doubles and its mirror image fit in the nearest cache */

/* A place between two rows: how many rows and coefficients lie before it, and the row that follows. */
typedef struct {
  int64_t rows, coefficients;
  int     middle[KR_ORDER_MAX - 2];
  int     i;
} Place;

typedef enum { BY_ROWS, BY_COEFFICIENTS } Measure;

/* Sorted tuples of q out of n values: binomial(n+q-1, q), or -1 beyond COUNT_MAX. */
static int64_t count_sorted(int n, int q)
{
  int64_t count = 1;

  for (int j = 1; j <= q; ++j) { /* count * factor / j, exact, without forming the product */
    const int64_t factor = (int64_t)n - 1 + j;
    const int64_t low    = count % j * factor / j;

    if (factor > 0 && count / j > (COUNT_MAX - low) / factor) return -1;
    count = count / j * factor + low;
  }
  return count;
}

/*
  KrTensorCount - Number of coefficients of a homogeneous polynomial: binomial(n+p-1, p).

  Not collective

  Input:
+ order - p, KR_ORDER_MIN ... KR_ORDER_MAX
- n     - number of variables N >= 1

  Returns: the number of coefficients, of 8 bytes each; -1 when it exceeds 2^62
  Errors:  none; never overflows
  Cost:    p divisions
  Source:  docs/theory/tensor.md, section 1
  See:     KrTensorRowCount()
*/
int64_t KrTensorCount(int order, int n)
{
  return count_sorted(n, order);
}

/*
  KrTensorRowCount - Number of rows of all blocks of a tensor: binomial(n+p-2, p-1).

  Not collective

  Input:
+ order - p, KR_ORDER_MIN ... KR_ORDER_MAX
- n     - number of variables N >= 1

  Returns: the number of rows, the unit in which a tensor is split; -1 when it exceeds 2^62
  Errors:  none; never overflows
  Cost:    p divisions
  Source:  docs/theory/tensor.md, section 1
  See:     KrTensorSplit()
*/
int64_t KrTensorRowCount(int order, int n)
{
  return count_sorted(n, order - 1);
}

/* Walks p = 2, where row i holds the columns i ... n-1, to the row that holds `target`. */
static Place find_place_matrix(int n, int64_t target, Measure by)
{
  Place place = {.rows = 0};

  while (place.i < n) {
    const int64_t columns = n - place.i;

    if (target - (by == BY_ROWS ? place.rows : place.coefficients) < (by == BY_ROWS ? 1 : columns))
      break;
    place.rows += 1;
    place.coefficients += columns;
    place.i += 1;
  }
  return place;
}

/* Finds the row that holds row or coefficient number `target`; the end when there is none. */
static Place find_place(int order, int n, int64_t target, Measure by)
{
  const int n_middle = order - 2;
  int64_t   height   = 0, columns, rest;
  int       m        = 0;
  Place     place    = {.rows = 0};

  if (n_middle == 0) return find_place_matrix(n, target, by);
  for (int level = 0; level < n_middle; ++level) { /* settle one middle index after the other */
    for (; m < n; ++m) {
      int64_t rows, coefficients;

      if (level == 0) height = m + 1;
      rows         = height * count_sorted(n - m, n_middle - 1 - level);
      coefficients = height * count_sorted(n - m, n_middle - level);
      if (by == BY_ROWS ? target - place.rows < rows : target - place.coefficients < coefficients)
        break;
      place.rows += rows;
      place.coefficients += coefficients;
    }
    place.middle[level] = m;
  }
  if (m == n) return place; /* the end, i = 0 */
  columns = n - m;
  rest    = by == BY_ROWS ? target - place.rows : (target - place.coefficients) / columns;
  place.i = (int)rest;
  place.rows += rest;
  place.coefficients += rest * columns;
  return place;
}

/*
  KrTensorInit - Describes a tensor, or the piece of it that holds some of its rows.

  Not collective

  Input:
+ order     - p, KR_ORDER_MIN ... KR_ORDER_MAX
. n         - number of variables N >= 1
. row_begin - first row held, 0 <= row_begin <= row_end
- row_end   - one past the last row held, <= KrTensorRowCount(order, n)

  Output:
. tensor - filled in, with c = NULL: the caller allocates n_coefficients doubles, 64-byte aligned, and owns
           them; n_coefficients = -1 when the whole tensor has more than 2^62, and then it has no blocks

  Errors: none
  Cost:   about 2 N p divisions
  Source: docs/theory/tensor.md, section 1
  See:    KrTensorSplit(), KrBlockFirst()
*/
void KrTensorInit(KrTensor *tensor, int order, int n, int64_t row_begin, int64_t row_end)
{
  tensor->order          = order;
  tensor->n              = n;
  tensor->row_begin      = row_begin;
  tensor->row_end        = row_end;
  tensor->n_coefficients = -1;
  tensor->c              = NULL;
  tensor->unfolded       = NULL;
  if (KrTensorCount(order, n) < 0) return;
  tensor->n_coefficients = find_place(order, n, row_end, BY_ROWS).coefficients -
                           find_place(order, n, row_begin, BY_ROWS).coefficients;
}

/* First row of a piece: the start of the row that holds the coefficient where the piece should begin. */
static int64_t piece_begin(int order, int n, int n_pieces, int piece)
{
  const int64_t count  = KrTensorCount(order, n);
  const int64_t target = count / n_pieces * piece + count % n_pieces * piece / n_pieces;

  return find_place(order, n, target, BY_COEFFICIENTS).rows;
}

/*
  KrTensorSplit - Cuts a tensor into pieces of nearly equal numbers of coefficients, at whole rows.

  Not collective: every rank computes its own piece

  Input:
+ order    - p, KR_ORDER_MIN ... KR_ORDER_MAX
. n        - number of variables N >= 1, KrTensorCount(order, n) >= 0
. n_pieces - number of pieces >= 1, may exceed the number of rows
- piece    - which one, 0 ... n_pieces-1

  Output:
+ row_begin - first row of the piece
- row_end   - one past its last row; equal to row_begin when the piece is empty. The pieces follow each other
              without gap, and each is within one row (n coefficients) of the mean

  Errors: none
  Cost:   about 2 N p divisions
  Source: docs/theory/tensor.md, section 4
  See:    KrTensorInit()
*/
void KrTensorSplit(int order, int n, int n_pieces, int piece, int64_t *row_begin, int64_t *row_end)
{
  *row_begin = piece_begin(order, n, n_pieces, piece);
  *row_end   = piece_begin(order, n, n_pieces, piece + 1);
}

/* Sets the extent of a block from its middle, first row and row number. */
static void shape_block(const KrTensor *tensor, KrBlock *block)
{
  const int     n_middle = tensor->order - 2;
  const int64_t left     = tensor->row_end - block->row;
  const int     full     = n_middle == 0 ? 1 : block->middle[0] + 1 - block->row_first;

  block->n_rows    = left < full ? (int)left : full;
  block->col_first = n_middle == 0 ? block->row_first : block->middle[n_middle - 1];
  block->n_cols    = tensor->n - block->col_first;
}

/*
  KrBlockFirst - Finds the first block held by a tensor, or the part of it that is held.

  Not collective

  Input:
. tensor - from KrTensorInit(); c is not read

  Output:
. block - its middle indices, rows, columns and place; unchanged when there is none

  Returns: 1, or 0 when the tensor holds no row
  Errors:  none
  Cost:    about N p divisions
  Source:  docs/theory/tensor.md, section 1
  See:     KrBlockNext()
*/
int KrBlockFirst(const KrTensor *tensor, KrBlock *block)
{
  Place place;

  if (tensor->n_coefficients <= 0) return 0;
  place = find_place(tensor->order, tensor->n, tensor->row_begin, BY_ROWS);
  for (int a = 0; a < KR_ORDER_MAX - 2; ++a) block->middle[a] = place.middle[a];
  block->row_first = place.i;
  block->row       = tensor->row_begin;
  block->offset    = 0;
  shape_block(tensor, block);
  return 1;
}

/*
  KrBlockNext - Goes to the next block of a tensor, in the order of storage.

  Not collective

  Input:
. tensor - the one given to KrBlockFirst()

  In/out:
. block - a block of it in, the next one out; undefined when there is none

  Returns: 1, or 0 after the last block
  Errors:  none
  Cost:    O(p)
  Source:  docs/theory/tensor.md, section 1
  See:     KrBlockFirst()
*/
int KrBlockNext(const KrTensor *tensor, KrBlock *block)
{
  const int n_middle = tensor->order - 2;
  int       a        = n_middle - 1;

  block->row += block->n_rows;
  block->offset += (int64_t)block->n_rows * block->n_cols;
  if (block->row >= tensor->row_end) return 0;
  if (n_middle == 0) {
    block->row_first += 1;
  } else {
    while (block->middle[a] == tensor->n - 1) --a; /* ends: the last block has no successor */
    block->middle[a] += 1;
    for (int b = a + 1; b < n_middle; ++b) block->middle[b] = block->middle[a];
    block->row_first = 0;
  }
  shape_block(tensor, block);
  return 1;
}

/*
  KrTupleMultiplicity - Number of distinct permutations of an index tuple: p! / prod m_i!.

  Not collective

  Input:
+ order - p, length of the tuple
- tuple - indices in non-decreasing order

  Returns: the multiplicity, an integer of at most p!
  Errors:  none
  Cost:    p multiplications
  Source:  docs/theory/tensor.md, section 1
  See:     KrBlockTuple()
*/
double KrTupleMultiplicity(int order, const int tuple[])
{
  double multiplicity = 1.0;
  int    run          = 0; /* equal indices up to here */

  for (int a = 0; a < order; ++a) { /* (a+1)! / prod run! grows by a whole factor: exact */
    run = a > 0 && tuple[a] == tuple[a - 1] ? run + 1 : 1;
    multiplicity *= (double)(a + 1) / run;
  }
  return (double)(int)(multiplicity + 0.5);
}

/*
  KrBlockTuple - Gives the sorted index tuple of one coefficient of a block.

  Not collective

  Input:
+ tensor - the tensor of the block
. block  - the block
. i      - row index, block->row_first ... block->row_first + block->n_rows - 1
- k      - column index, block->col_first ... n-1; the coefficient is number
           block->offset + (i - row_first) * n_cols + (k - col_first) of tensor->c

  Output:
. tuple - i, the middle indices, k: length p, non-decreasing

  Errors: none
  Cost:   O(p)
  Source: docs/theory/tensor.md, section 1
  See:    KrTupleMultiplicity()
*/
void KrBlockTuple(const KrTensor *tensor, const KrBlock *block, int i, int k, int tuple[])
{
  tuple[0] = i;
  for (int a = 0; a < tensor->order - 2; ++a) tuple[a + 1] = block->middle[a];
  tuple[tensor->order - 1] = k;
}

/*
  KrHessianFinish - Completes a Hessian from its upper accumulation: A <- A + A^T.

  Not collective

  Input:
. n - size

  In/out:
. A - n x n, row major: upper triangle with the diagonal in (the lower one is not read), symmetric Hessian out

  Errors: none
  Cost:   n^2 moves, in squares so that neither triangle thrashes the cache
  Source: docs/theory/tensor.md, eq. (5)
  See:    KrKernels
*/
void KrHessianFinish(int n, double A[])
{
  const size_t size = (size_t)n;

  for (size_t i = 0; i < size; ++i) A[i * size + i] *= 2.0;
  for (size_t row = 0; row < size; row += SQUARE_SIDE) {
    const size_t row_end = row + SQUARE_SIDE < size ? row + SQUARE_SIDE : size;

    for (size_t col = row; col < size; col += SQUARE_SIDE) {
      const size_t col_end = col + SQUARE_SIDE < size ? col + SQUARE_SIDE : size;

      for (size_t i = row; i < row_end; ++i)
        for (size_t k = col > i ? col : i + 1; k < col_end; ++k) A[k * size + i] = A[i * size + k];
    }
  }
}

/*
  KrLanesPack - Lays points side by side in SIMD lanes.

  Not collective

  Input:
+ n        - length of a point
. n_points - how many, 1 ... KR_LANES
- points   - n_points x n, row major

  Output:
. X - n x KR_LANES, X[i*KR_LANES + lane]; lanes without a point repeat point 0. Must not overlap points

  Errors: none
  Cost:   n KR_LANES moves
  Source: docs/theory/tensor.md, section 3
  See:    KrLanesUnpack()
*/
void KrLanesPack(int n, int n_points, const double points[], double X[])
{
  for (int lane = 0; lane < KR_LANES; ++lane) {
    const double *point = points + (lane < n_points ? (size_t)lane * (size_t)n : 0);

    for (int i = 0; i < n; ++i) X[(size_t)i * KR_LANES + (size_t)lane] = point[i];
  }
}

/*
  KrLanesUnpack - Takes points out of SIMD lanes.

  Not collective

  Input:
+ n        - length of a point
. n_points - how many, 1 ... KR_LANES: the first lanes
- X        - n x KR_LANES, X[i*KR_LANES + lane]

  Output:
. points - n_points x n, row major. Must not overlap X

  Errors: none
  Cost:   n n_points moves
  Source: docs/theory/tensor.md, section 3
  See:    KrLanesPack()
*/
void KrLanesUnpack(int n, int n_points, const double X[], double points[])
{
  for (int lane = 0; lane < n_points; ++lane)
    for (int i = 0; i < n; ++i)
      points[(size_t)lane * (size_t)n + (size_t)i] = X[(size_t)i * KR_LANES + (size_t)lane];
}
