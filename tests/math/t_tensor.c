/* kr_test: labels=tensor timeout=60 */
/* Packed tensors: counts, the walk over the blocks, pieces, multiplicities, lanes. */
#include <kacrice/kernels.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static const int sizes[]  = {1, 2, 3, 5, 8, 13};
static const int pieces[] = {1, 2, 3, 7, 100};

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* Pascal's triangle, independent of the product formula of the library. */
static int64_t binomial(int n, int k)
{
  if (k == 0 || k == n) return 1;
  return k > n ? 0 : binomial(n - 1, k - 1) + binomial(n - 1, k);
}

/* Place of a sorted tuple among all tuples of n^p: distinct for distinct tuples. */
static size_t tuple_key(int order, int n, const int tuple[])
{
  size_t key = 0;

  for (int a = 0; a < order; ++a) {
    assert_in_range(tuple[a], a == 0 ? 0 : tuple[a - 1], n - 1);
    key = key * (size_t)n + (size_t)tuple[a];
  }
  return key;
}

/* Marks every tuple of a tensor, checks that offsets and rows count on without gap, returns the tuples seen. */
static int64_t mark_tuples(const KrTensor *tensor, unsigned char seen[])
{
  KrBlock block;
  int64_t count = 0, row = tensor->row_begin;
  int     tuple[KR_ORDER_MAX];

  for (int more = KrBlockFirst(tensor, &block); more; more = KrBlockNext(tensor, &block)) {
    assert_int_equal(block.offset, count);
    assert_int_equal(block.row, row);
    assert_int_equal(block.n_cols, tensor->n - block.col_first);
    row += block.n_rows;
    for (int i = block.row_first; i < block.row_first + block.n_rows; ++i)
      for (int k = block.col_first; k < tensor->n; ++k, ++count) {
        KrBlockTuple(tensor, &block, i, k, tuple);
        assert_int_equal(seen[tuple_key(tensor->order, tensor->n, tuple)]++, 0);
      }
  }
  assert_int_equal(row, tensor->row_end);
  assert_int_equal(count, tensor->n_coefficients);
  return count;
}

static void counts_are_binomial(void **state)
{
  (void)state;
  for (int p = KR_ORDER_MIN; p <= KR_ORDER_MAX; ++p)
    for (int n = 1; n <= 16; ++n) {
      KrTensor tensor;

      assert_int_equal(KrTensorCount(p, n), binomial(n + p - 1, p));
      assert_int_equal(KrTensorRowCount(p, n), binomial(n + p - 2, p - 1));
      KrTensorInit(&tensor, p, n, 0, KrTensorRowCount(p, n));
      assert_int_equal(tensor.n_coefficients,
                       binomial(n + p - 1, p)); /* 8 bytes each and nothing more */
      assert_null(tensor.c);
    }
}

static void counts_do_not_overflow(void **state)
{
  KrTensor tensor;
  KrBlock  block;

  (void)state;
  assert_int_equal(KrTensorCount(3, 100000), INT64_C(166671666700000)); /* n (n+1) (n+2) / 6 */
  assert_int_equal(KrTensorCount(2, 2000000000), INT64_C(2000000001000000000));
  assert_int_equal(KrTensorCount(4, 100000), INT64_C(4166916671250025000));
  assert_int_equal(KrTensorCount(5, 100000), -1);
  assert_int_equal(KrTensorCount(6, 100000), -1);
  assert_int_equal(KrTensorCount(6, 2147483647), -1);
  KrTensorInit(&tensor, 6, 100000, 0, 10);
  assert_int_equal(tensor.n_coefficients, -1);
  assert_int_equal(KrBlockFirst(&tensor, &block), 0);
}

static void each_sorted_tuple_comes_once(void **state)
{
  (void)state;
  for (int p = KR_ORDER_MIN; p <= KR_ORDER_MAX; ++p)
    for (size_t s = 0; s < LENGTH(sizes); ++s) {
      const int      n    = sizes[s];
      size_t         keys = 1;
      unsigned char *seen;
      KrTensor       tensor;

      for (int a = 0; a < p; ++a) keys *= (size_t)n;
      seen = calloc(keys, 1);
      assert_non_null(seen);
      KrTensorInit(&tensor, p, n, 0, KrTensorRowCount(p, n));
      assert_int_equal(mark_tuples(&tensor, seen), binomial(n + p - 1, p));
      free(seen);
    }
}

/* Pieces follow each other, hold every tuple once, and stay within a row of the mean. */
static void check_pieces(int p, int n, int n_pieces)
{
  const int64_t  total = KrTensorCount(p, n);
  int64_t        count = 0, end = 0;
  size_t         keys = 1;
  unsigned char *seen;

  for (int a = 0; a < p; ++a) keys *= (size_t)n;
  seen = calloc(keys, 1);
  assert_non_null(seen);
  for (int piece = 0; piece < n_pieces; ++piece) {
    KrTensor tensor;
    int64_t  begin, next;

    KrTensorSplit(p, n, n_pieces, piece, &begin, &next);
    assert_int_equal(begin, end);
    assert_true(next >= begin);
    end = next;
    KrTensorInit(&tensor, p, n, begin, next);
    assert_true(llabs(tensor.n_coefficients - total / n_pieces) <= n + 1);
    count += mark_tuples(&tensor, seen);
  }
  assert_int_equal(end, KrTensorRowCount(p, n));
  assert_int_equal(count, total);
  free(seen);
}

static void pieces_cover_the_tensor(void **state)
{
  (void)state;
  for (int p = KR_ORDER_MIN; p <= KR_ORDER_MAX; ++p)
    for (size_t s = 0; s < LENGTH(sizes); ++s)
      for (size_t q = 0; q < LENGTH(pieces); ++q) check_pieces(p, sizes[s], pieces[q]);
}

/* A piece that begins anywhere starts where the walk over the whole tensor would be. */
static void any_row_can_begin_a_piece(void **state)
{
  (void)state;
  for (int p = KR_ORDER_MIN; p <= KR_ORDER_MAX; ++p) {
    const int64_t rows = KrTensorRowCount(p, 5);
    KrTensor      whole, piece;
    KrBlock       walk, first;
    int           more;

    KrTensorInit(&whole, p, 5, 0, rows);
    more = KrBlockFirst(&whole, &walk);
    for (int64_t row = 0; row < rows; ++row) {
      if (row == walk.row + walk.n_rows) more = KrBlockNext(&whole, &walk);
      assert_true(more);
      KrTensorInit(&piece, p, 5, row, rows);
      assert_int_equal(KrBlockFirst(&piece, &first), 1);
      assert_memory_equal(first.middle, walk.middle, (size_t)(p - 2) * sizeof(int));
      assert_int_equal(first.row_first, walk.row_first + (int)(row - walk.row));
      assert_int_equal(first.n_rows, walk.n_rows - (int)(row - walk.row));
      assert_int_equal(first.col_first, walk.col_first);
      assert_int_equal(whole.n_coefficients - piece.n_coefficients,
                       walk.offset + (row - walk.row) * walk.n_cols);
    }
    KrTensorInit(&piece, p, 5, rows, rows);
    assert_int_equal(piece.n_coefficients, 0);
    assert_int_equal(KrBlockFirst(&piece, &first), 0);
  }
}

/* 4.2e18 coefficients over 1e5 pieces: products of counts and pieces would not fit in 64 bits. */
static void large_tensors_split_evenly(void **state)
{
  const int64_t total = KrTensorCount(4, 100000);
  int64_t       begin, end, before;

  (void)state;
  KrTensorSplit(4, 100000, 100000, 99999, &begin, &end);
  assert_int_equal(end, KrTensorRowCount(4, 100000));
  KrTensorSplit(4, 100000, 100000, 99998, &before, &end);
  assert_int_equal(end, begin);
  for (int piece = 99998; piece <= 99999; ++piece) {
    KrTensor tensor;

    KrTensorSplit(4, 100000, 100000, piece, &begin, &end);
    KrTensorInit(&tensor, 4, 100000, begin, end);
    assert_true(llabs(tensor.n_coefficients - total / 100000) <= 100001);
  }
}

static void multiplicities_count_permutations(void **state)
{
  static const struct {
    int    order, tuple[KR_ORDER_MAX];
    double multiplicity;
  } cases[] = {
    {2, {4, 4}, 1.0},
    {2, {0, 4}, 2.0},
    {3, {1, 1, 1}, 1.0},
    {3, {1, 1, 2}, 3.0},
    {3, {0, 2, 2}, 3.0},
    {3, {0, 1, 2}, 6.0},
    {4, {0, 0, 1, 1}, 6.0},
    {5, {0, 0, 0, 1, 2}, 20.0},
    {6, {0, 1, 1, 1, 2, 2}, 60.0},
    {6, {0, 1, 2, 3, 4, 5}, 720.0},
  };

  (void)state;
  for (size_t c = 0; c < LENGTH(cases); ++c)
    assert_true(KrTupleMultiplicity(cases[c].order, cases[c].tuple) == cases[c].multiplicity);
}

/* Over all sorted tuples the multiplicities add up to n^p, a sum of integers and so exact. */
static void multiplicities_sum_to_all_tuples(void **state)
{
  (void)state;
  for (int p = KR_ORDER_MIN; p <= KR_ORDER_MAX; ++p) {
    KrTensor tensor;
    KrBlock  block;
    int      tuple[KR_ORDER_MAX];
    double   sum = 0.0, power = 1.0;

    KrTensorInit(&tensor, p, 7, 0, KrTensorRowCount(p, 7));
    for (int more = KrBlockFirst(&tensor, &block); more; more = KrBlockNext(&tensor, &block))
      for (int i = block.row_first; i < block.row_first + block.n_rows; ++i)
        for (int k = block.col_first; k < 7; ++k) {
          KrBlockTuple(&tensor, &block, i, k, tuple);
          sum += KrTupleMultiplicity(p, tuple);
        }
    for (int a = 0; a < p; ++a) power *= 7.0;
    assert_true(sum == power);
  }
}

static void lanes_go_and_come_back(void **state)
{
  double points[3][2] = {{1.0, 2.0}, {3.0, 4.0}, {5.0, 6.0}};
  double X[2 * KR_LANES], back[3][2];

  (void)state;
  KrLanesPack(2, 3, points[0], X);
  for (int i = 0; i < 2; ++i)
    for (int lane = 0; lane < KR_LANES; ++lane)
      assert_true(X[i * KR_LANES + lane] == points[lane < 3 ? lane : 0][i]);
  KrLanesUnpack(2, 3, X, back[0]);
  assert_memory_equal(back, points, sizeof points);
}

static void finished_hessian_is_symmetric(void **state)
{
  enum {
    N = 37 /* more than two squares of the mirror loop and a remainder */
  };
  static double A[N * N];

  (void)state;
  for (int i = 0; i < N; ++i)
    for (int k = 0; k < N; ++k)
      A[i * N + k] = i <= k ? 100.0 * i + k : -1.0; /* the lower one is not read */
  KrHessianFinish(N, A);
  for (int i = 0; i < N; ++i)
    for (int k = i; k < N; ++k) {
      assert_true(A[i * N + k] == (i == k ? 2.0 : 1.0) * (100.0 * i + k));
      assert_true(A[k * N + i] == A[i * N + k]);
    }
}

/* What a tensor takes against the N^p/p! of its distinct entries for large N: at most 15 % more. */
static void memory_is_close_to_the_bound(void **state)
{
  const struct {
    int    order, n;
    double factorial;
  } cases[] = {{3, 200, 6.0}, {4, 100, 24.0}};

  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
    KrTensor     tensor;
    const double bound = pow(cases[i].n, cases[i].order) / cases[i].factorial;

    KrTensorInit(&tensor, cases[i].order, cases[i].n, 0,
                 KrTensorRowCount(cases[i].order, cases[i].n));
    assert_true((double)tensor.n_coefficients <= 1.15 * bound);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(counts_are_binomial),
    cmocka_unit_test(counts_do_not_overflow),
    cmocka_unit_test(each_sorted_tuple_comes_once),
    cmocka_unit_test(pieces_cover_the_tensor),
    cmocka_unit_test(any_row_can_begin_a_piece),
    cmocka_unit_test(large_tensors_split_evenly),
    cmocka_unit_test(multiplicities_count_permutations),
    cmocka_unit_test(multiplicities_sum_to_all_tuples),
    cmocka_unit_test(lanes_go_and_come_back),
    cmocka_unit_test(finished_hessian_is_symmetric),
    cmocka_unit_test(memory_is_close_to_the_bound),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
