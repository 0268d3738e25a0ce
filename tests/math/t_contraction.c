/* kr_test: labels=contract timeout=120 */
/* The contraction kernels of every SIMD level this CPU has against the plain loops over tuples, and those
   against identities of homogeneous polynomials and central differences. */
#include <kacrice/kernels.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define SCALE         0.7 /* no power of two: a factor taken twice or not at all shows */
#define GROUPS        3   /* of lanes: a pair and one alone */
#define POINTS        (GROUPS * KR_LANES)
#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* Sums of at most a few thousand terms in another order: each rounding is at most 1.1e-16 of the sum of
   |terms|, which the oracle gives at |c|, |x|; random signs keep the total far below 900 of them. */
#define TOLERANCE 1e-13

static const struct {
  int p, n;
} cases[] = {
  {2, 1}, {2, 2},  {2, 3}, {2, 5},  {2, 8},  {2, 13}, {2, 20}, {2, 40}, {3, 1},
  {3, 2}, {3, 3},  {3, 5}, {3, 8},  {3, 13}, {3, 20}, {3, 40}, {4, 1},  {4, 2},
  {4, 3}, {4, 5},  {4, 8}, {4, 13}, {4, 20}, {5, 1},  {5, 2},  {5, 3},  {5, 5},
  {5, 8}, {5, 13}, {6, 1}, {6, 2},  {6, 3},  {6, 5},  {6, 8},  {6, 13},
};

static const KrSimd simds[] = {KR_SIMD_PLAIN, KR_SIMD_AVX2, KR_SIMD_AVX512};

/* One polynomial with the arrays of a test; the *_bound are the sums of absolute terms. */
typedef struct {
  KrTensor tensor;
  size_t   n, n_A; /* n_A: entries of A, none for large n */
  double  *X, *v, *E, *G, *A, *E_want, *G_want, *A_want, *E_bound, *G_bound, *A_bound;
} Trial;

static uint64_t random_state;

/* Uniform in (-1, 1); Knuth's linear congruence, upper bits. */
static double random_number(void)
{
  random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (double)(random_state >> 11) / 4503599627370496.0 - 1.0;
}

static double *random_array(size_t length)
{
  double *array = aligned_alloc(64, (length * sizeof(double) + 63) / 64 * 64 + 64);

  assert_non_null(array);
  for (size_t i = 0; i < length; ++i) array[i] = random_number();
  return array;
}

static double *copy_array(size_t length, const double from[], int absolute)
{
  double *array = random_array(length);

  for (size_t i = 0; i < length; ++i) array[i] = absolute ? fabs(from[i]) : from[i];
  return array;
}

/* Outputs start from numbers other than zero: the kernels add. */
static void trial_create(int p, int n, Trial *trial)
{
  random_state = (uint64_t)(p * 1000 + n);
  trial->n     = (size_t)n;
  trial->n_A   = n < 1000 ? trial->n * trial->n * POINTS : 0;
  KrTensorInit(&trial->tensor, p, n, 0, KrTensorRowCount(p, n));
  trial->tensor.c = random_array((size_t)trial->tensor.n_coefficients);
  trial->X        = random_array(trial->n * POINTS);
  trial->v        = random_array(trial->n * POINTS);
  trial->E        = random_array(POINTS);
  trial->G        = random_array(trial->n * POINTS);
  trial->A        = random_array(trial->n_A);
  trial->E_want   = copy_array(POINTS, trial->E, 0);
  trial->G_want   = copy_array(trial->n * POINTS, trial->G, 0);
  trial->A_want   = copy_array(trial->n_A, trial->A, 0);
  trial->E_bound  = copy_array(POINTS, trial->E, 1);
  trial->G_bound  = copy_array(trial->n * POINTS, trial->G, 1);
  trial->A_bound  = copy_array(trial->n_A, trial->A, 1);
}

static void trial_destroy(Trial *trial)
{
  double *arrays[] = {trial->tensor.c, trial->tensor.unfolded,
                      trial->X,        trial->v,
                      trial->E,        trial->G,
                      trial->A,        trial->E_want,
                      trial->G_want,   trial->A_want,
                      trial->E_bound,  trial->G_bound,
                      trial->A_bound};

  for (size_t i = 0; i < LENGTH(arrays); ++i) free(arrays[i]);
}

/* Gives the tensor its unfolded form; 0: it is one that has none. */
static int trial_unfold(Trial *trial)
{
  KrTensor *tensor = &trial->tensor;

  if (!KrTensorUnfolds(tensor->order, tensor->n)) return 0;
  tensor->unfolded = random_array((size_t)KrUnfoldedCount(tensor->order, tensor->n));
  KrTensorUnfold(tensor);
  return 1;
}

/* Zeroes the outputs of a trial. */
static void trial_clear(Trial *trial)
{
  memset(trial->E, 0, POINTS * sizeof(double));
  memset(trial->G, 0, trial->n * POINTS * sizeof(double));
  memset(trial->A, 0, trial->n_A * sizeof(double));
}

/* Takes absolute values of the inputs of a trial, for the bounds; call last. */
static KrTensor absolute_tensor(const Trial *trial)
{
  KrTensor tensor = trial->tensor;

  tensor.c        = copy_array((size_t)tensor.n_coefficients, tensor.c, 1);
  tensor.unfolded = NULL;
  return tensor;
}

static void expect_near(const char *what, const Trial *trial, size_t length, const double got[],
                        const double want[], const double bound[])
{
  for (size_t i = 0; i < length; ++i)
    if (!(fabs(got[i] - want[i]) <= TOLERANCE * bound[i]))
      fail_msg("%s, p = %d, N = %d: entry %zu is %.17g, not %.17g (bound %.3g)", what,
               trial->tensor.order, trial->tensor.n, i, got[i], want[i], bound[i]);
}

static void check_lanes(const KrKernels *kernels, Trial *trial, int with_A)
{
  const size_t n     = trial->n * POINTS;
  KrTensor     bound = absolute_tensor(trial);
  double      *X     = copy_array(n, trial->X, 1);

  kernels->derivatives_lanes(&trial->tensor, SCALE, GROUPS, trial->X, trial->E, trial->G,
                             with_A ? trial->A : NULL);
  KrKernelsReference.derivatives_lanes(&trial->tensor, SCALE, GROUPS, trial->X, trial->E_want,
                                       trial->G_want, with_A ? trial->A_want : NULL);
  KrKernelsReference.derivatives_lanes(&bound, SCALE, GROUPS, X, trial->E_bound, trial->G_bound,
                                       with_A ? trial->A_bound : NULL);
  expect_near(kernels->name, trial, POINTS, trial->E, trial->E_want, trial->E_bound);
  expect_near(kernels->name, trial, n, trial->G, trial->G_want, trial->G_bound);
  expect_near(kernels->name, trial, trial->n_A, trial->A, trial->A_want, trial->A_bound);
  free(bound.c);
  free(X);
}

static void check_point(const KrKernels *kernels, Trial *trial, int with_A)
{
  KrTensor bound = absolute_tensor(trial);
  double  *x     = copy_array(trial->n, trial->X, 1);

  kernels->derivatives(&trial->tensor, SCALE, trial->X, trial->E, trial->G,
                       with_A ? trial->A : NULL);
  KrKernelsReference.derivatives(&trial->tensor, SCALE, trial->X, trial->E_want, trial->G_want,
                                 with_A ? trial->A_want : NULL);
  KrKernelsReference.derivatives(&bound, SCALE, x, trial->E_bound, trial->G_bound,
                                 with_A ? trial->A_bound : NULL);
  expect_near(kernels->name, trial, POINTS, trial->E, trial->E_want, trial->E_bound);
  expect_near(kernels->name, trial, trial->n * POINTS, trial->G, trial->G_want, trial->G_bound);
  expect_near(kernels->name, trial, trial->n_A, trial->A, trial->A_want, trial->A_bound);
  free(bound.c);
  free(x);
}

static void check_apply(const KrKernels *kernels, Trial *trial, int with_A)
{
  KrTensor bound = absolute_tensor(trial);
  double  *x     = copy_array(trial->n, trial->X, 1);
  double  *v     = copy_array(trial->n, trial->v, 1);

  (void)with_A; /* has none */
  kernels->hessian_apply(&trial->tensor, SCALE, trial->X, trial->v, trial->G);
  KrKernelsReference.hessian_apply(&trial->tensor, SCALE, trial->X, trial->v, trial->G_want);
  KrKernelsReference.hessian_apply(&bound, SCALE, x, v, trial->G_bound);
  expect_near(kernels->name, trial, trial->n * POINTS, trial->G, trial->G_want, trial->G_bound);
  free(bound.c);
  free(x);
  free(v);
}

static void check_apply_lanes(const KrKernels *kernels, Trial *trial, int with_A)
{
  const size_t n     = trial->n * POINTS;
  KrTensor     bound = absolute_tensor(trial);
  double      *X     = copy_array(n, trial->X, 1);
  double      *V     = copy_array(n, trial->v, 1);

  (void)with_A; /* has none */
  kernels->hessian_apply_lanes(&trial->tensor, SCALE, GROUPS, trial->X, trial->v, trial->G);
  KrKernelsReference.hessian_apply_lanes(&trial->tensor, SCALE, GROUPS, trial->X, trial->v,
                                         trial->G_want);
  KrKernelsReference.hessian_apply_lanes(&bound, SCALE, GROUPS, X, V, trial->G_bound);
  expect_near(kernels->name, trial, n, trial->G, trial->G_want, trial->G_bound);
  free(bound.c);
  free(X);
  free(V);
}

/* Runs a check on every level, order and size, with the Hessian and without. */
static void check_all(void (*check)(const KrKernels *, Trial *, int))
{
  for (size_t s = 0; s < LENGTH(simds); ++s) {
    const KrKernels *kernels = KrKernelsGet(simds[s]);

    if (kernels == NULL) continue;
    for (size_t c = 0; c < LENGTH(cases); ++c)
      for (int with_A = 0; with_A <= 1; ++with_A) {
        Trial trial;

        trial_create(cases[c].p, cases[c].n, &trial);
        check(kernels, &trial, with_A);
        trial_destroy(&trial);
      }
  }
}

static void lanes_match_reference(void **state)
{
  (void)state;
  check_all(check_lanes);
}

static void check_lanes_unfolded(const KrKernels *kernels, Trial *trial, int with_A)
{
  if (trial_unfold(trial)) check_lanes(kernels, trial, with_A);
}

/* The largest of each order as well, which fill the work space of the kernels. */
static void unfolded_lanes_match_reference(void **state)
{
  static const int orders[] = {3, 4, 5, 6};

  (void)state;
  check_all(check_lanes_unfolded);
  for (size_t s = 0; s < LENGTH(simds); ++s)
    for (size_t o = 0; o < LENGTH(orders) && KrKernelsGet(simds[s]) != NULL; ++o) {
      int   n = 1;
      Trial trial;

      while (KrTensorUnfolds(orders[o], n + 1)) ++n;
      trial_create(orders[o], n, &trial);
      check_lanes_unfolded(KrKernelsGet(simds[s]), &trial, 1);
      trial_destroy(&trial);
    }
}

static void points_match_reference(void **state)
{
  (void)state;
  check_all(check_point);
}

static void apply_matches_reference(void **state)
{
  (void)state;
  check_all(check_apply);
}

static void apply_lanes_match_reference(void **state)
{
  (void)state;
  check_all(check_apply_lanes);
}

/* Large N, as pieces that the oracle can do: rows longer than a column tile of the lanes (128) and of a
   point (1024), and Hessians large enough to be added by runs of blocks. */
static void large_tensors_match_reference(void **state)
{
  static const struct {
    int     p, n;
    int64_t row_begin, row_end;
  } large[] = {
    {2, 300, 0, 300},      {2, 1100, 0, 1100},
    {3, 300, 6953, 7071},  /* two parts of blocks, some 180 columns */
    {3, 1100, 2308, 2388}, /* the same with some 1030 */
    {3, 100, 0, 5050},     /* all: runs, and blocks left over */
    {3, 100, 230, 379},    /* one run, whose first and last block have no row in common */
    {4, 100, 5000, 5600},  {3, 170, 0, 78}, /* one point: runs of four blocks */
    {3, 170, 40, 75},                       /* the same, the first and last block cut */
    {3, 170, 44, 67},                       /* a run whose blocks have no row in common */
    {4, 170, 100, 480},
  };
  static void (*const checks[])(const KrKernels *, Trial *, int) = {check_lanes, check_point,
                                                                    check_apply, check_apply_lanes};

  (void)state;
  for (size_t s = 0; s < LENGTH(simds); ++s)
    for (size_t w = 0; w < LENGTH(large) && KrKernelsGet(simds[s]) != NULL; ++w)
      for (size_t c = 0; c < LENGTH(checks); ++c) {
        Trial trial;

        trial_create(2, large[w].n, &trial); /* its arrays; then its tensor is exchanged */
        free(trial.tensor.c);
        KrTensorInit(&trial.tensor, large[w].p, large[w].n, large[w].row_begin, large[w].row_end);
        trial.tensor.c = random_array((size_t)trial.tensor.n_coefficients);
        checks[c](KrKernelsGet(simds[s]), &trial, trial.n_A > 0);
        trial_destroy(&trial);
      }
}

/* What a lane holds must not change what another lane gets: bit for bit. */
static void check_lanes_apart(const KrKernels *kernels, Trial *trial)
{
  double *A = copy_array(trial->n_A, trial->A, 0);

  kernels->derivatives_lanes(&trial->tensor, SCALE, GROUPS, trial->X, trial->E, trial->G, trial->A);
  for (size_t i = 0; i < trial->n * POINTS; ++i)
    if (i % KR_LANES != 3) trial->X[i] = i % 2 == 0 ? NAN : 1e300;
  kernels->derivatives_lanes(&trial->tensor, SCALE, GROUPS, trial->X, trial->E_want, trial->G_want,
                             A);
  assert_true(trial->E[3] == trial->E_want[3]);
  for (size_t i = 3; i < trial->n * POINTS; i += KR_LANES)
    assert_true(trial->G[i] == trial->G_want[i]);
  for (size_t i = 3; i < trial->n_A; i += KR_LANES) assert_true(trial->A[i] == A[i]);
  free(A);
}

static void lanes_do_not_meet(void **state)
{
  (void)state;
  for (size_t s = 0; s < LENGTH(simds); ++s)
    for (size_t c = 0; c < LENGTH(cases) && KrKernelsGet(simds[s]) != NULL; ++c)
      for (int unfolded = 0; unfolded <= 1; ++unfolded) {
        Trial trial;

        trial_create(cases[c].p, cases[c].n, &trial);
        if (!unfolded || trial_unfold(&trial)) check_lanes_apart(KrKernelsGet(simds[s]), &trial);
        trial_destroy(&trial);
      }
}

/* A group of lanes alone gives the bits it gives among others, whatever the kernels do with several at once. */
static void company_does_not_matter(void **state)
{
  (void)state;
  for (size_t s = 0; s < LENGTH(simds); ++s)
    for (size_t c = 0; c < LENGTH(cases) && KrKernelsGet(simds[s]) != NULL; ++c) {
      const KrKernels *kernels = KrKernelsGet(simds[s]);
      Trial            trial;
      size_t           size;

      trial_create(cases[c].p, cases[c].n, &trial);
      size = trial.n * KR_LANES;
      kernels->derivatives_lanes(&trial.tensor, SCALE, GROUPS, trial.X, trial.E, trial.G, NULL);
      for (size_t g = 0; g < GROUPS; ++g)
        kernels->derivatives_lanes(&trial.tensor, SCALE, 1, trial.X + g * size,
                                   trial.E_want + g * KR_LANES, trial.G_want + g * size, NULL);
      assert_memory_equal(trial.E, trial.E_want, POINTS * sizeof(double));
      assert_memory_equal(trial.G, trial.G_want, GROUPS * size * sizeof(double));
      trial_destroy(&trial);
    }
}

/* Pieces of a tensor add up to the whole. */
static void pieces_sum_to_the_whole(void **state)
{
  static const int n_pieces[] = {1, 2, 3, 7, 100};

  (void)state;
  for (size_t q = 0; q < LENGTH(n_pieces); ++q)
    for (size_t c = 0; c < LENGTH(cases); ++c) {
      const KrKernels *kernels = KrKernelsGet(KR_SIMD_AUTO);
      Trial            trial;
      KrTensor         whole;
      int64_t          held = 0;

      trial_create(cases[c].p, cases[c].n, &trial);
      whole = trial.tensor;
      for (int q_piece = 0; q_piece < n_pieces[q]; ++q_piece) {
        KrTensor piece;
        int64_t  begin, end;

        KrTensorSplit(whole.order, whole.n, n_pieces[q], q_piece, &begin, &end);
        KrTensorInit(&piece, whole.order, whole.n, begin, end);
        piece.c = whole.c + held;
        held += piece.n_coefficients;
        kernels->derivatives_lanes(&piece, SCALE, GROUPS, trial.X, trial.E, trial.G, trial.A);
      }
      trial.tensor.row_end        = trial.tensor.row_begin; /* nothing more to add to E, G, A */
      trial.tensor.n_coefficients = 0;
      KrKernelsReference.derivatives_lanes(&whole, SCALE, GROUPS, trial.X, trial.E_want,
                                           trial.G_want, trial.A_want);
      for (size_t i = 0; i < trial.n * POINTS; ++i) trial.X[i] = fabs(trial.X[i]);
      for (int64_t i = 0; i < whole.n_coefficients; ++i) whole.c[i] = fabs(whole.c[i]);
      KrKernelsReference.derivatives_lanes(&whole, SCALE, GROUPS, trial.X, trial.E_bound,
                                           trial.G_bound, trial.A_bound);
      expect_near("pieces", &trial, POINTS, trial.E, trial.E_want, trial.E_bound);
      expect_near("pieces", &trial, trial.n * POINTS, trial.G, trial.G_want, trial.G_bound);
      expect_near("pieces", &trial, trial.n_A, trial.A, trial.A_want, trial.A_bound);
      trial_destroy(&trial);
    }
}

/* A homogeneous polynomial: x . g = p E, H x = (p-1) g, and H v by the product is H v from the matrix. The
   identities add N rounded terms to the kernel's own error: its tolerance, times N + p. */
static void euler_identities_hold(const KrKernels *kernels, Trial *trial)
{
  const int    p  = trial->tensor.order;
  const size_t n  = trial->n;
  double       xg = 0.0, size = 0.0;
  double      *Hv        = copy_array(n, trial->v, 0);
  double       tolerance = TOLERANCE * (double)(n + (size_t)p);

  trial_clear(trial);
  memset(Hv, 0, n * sizeof(double));
  kernels->derivatives(&trial->tensor, SCALE, trial->X, trial->E, trial->G, trial->A);
  kernels->hessian_apply(&trial->tensor, SCALE, trial->X, trial->v, Hv);
  KrHessianFinish((int)n, trial->A);
  for (size_t i = 0; i < n; ++i) {
    xg += trial->X[i] * trial->G[i];
    size += fabs(trial->X[i] * trial->G[i]);
  }
  assert_true(fabs(xg - p * trial->E[0]) <= tolerance * (size + 1.0));
  for (size_t i = 0; i < n; ++i) {
    double Hx = 0.0, Hv_want = 0.0;

    size = 1.0;
    for (size_t k = 0; k < n; ++k) {
      Hx += trial->A[i * n + k] * trial->X[k];
      Hv_want += trial->A[i * n + k] * trial->v[k];
      size += fabs(trial->A[i * n + k]);
    }
    assert_true(fabs(Hx - (p - 1) * trial->G[i]) <= tolerance * size);
    assert_true(fabs(Hv[i] - Hv_want) <= tolerance * size);
  }
  free(Hv);
}

static void kernels_obey_euler(void **state)
{
  (void)state;
  for (size_t c = 0; c < LENGTH(cases); ++c)
    for (size_t s = 0; s <= LENGTH(simds); ++s) {
      const KrKernels *kernels = s < LENGTH(simds) ? KrKernelsGet(simds[s]) : &KrKernelsReference;
      Trial            trial;

      if (kernels == NULL) continue;
      trial_create(cases[c].p, cases[c].n, &trial);
      euler_identities_hold(kernels, &trial);
      trial_destroy(&trial);
    }
}

/* E of the oracle at x + h e_i. */
static double shifted_energy(const Trial *trial, size_t i, double h)
{
  double *x = copy_array(trial->n, trial->X, 0);
  double *g = random_array(trial->n);
  double  E = 0.0;

  x[i] += h;
  KrKernelsReference.derivatives(&trial->tensor, 1.0, x, &E, g, NULL);
  free(x);
  free(g);
  return E;
}

/* Central difference of E: its error is h^2/6 times a third derivative, below p^3 times the number of
   coefficients for |x| <= 1; the rounding of E over h, 1e-16/1e-4 of that number, is far smaller. */
static void reference_gradient_is_the_slope(void **state)
{
  const double h = 1e-4;

  (void)state;
  for (size_t c = 0; c < LENGTH(cases); ++c) {
    Trial trial;

    if (cases[c].n > 8) continue;
    trial_create(cases[c].p, cases[c].n, &trial);
    trial_clear(&trial);
    KrKernelsReference.derivatives(&trial.tensor, 1.0, trial.X, trial.E, trial.G, NULL);
    for (size_t i = 0; i < trial.n; ++i) {
      const double slope =
        (shifted_energy(&trial, i, h) - shifted_energy(&trial, i, -h)) / (2.0 * h);
      const double bound =
        (double)trial.tensor.n_coefficients * cases[c].p * cases[c].p * cases[c].p;

      assert_true(fabs(slope - trial.G[i]) <= h * h * bound);
    }
    trial_destroy(&trial);
  }
}

/* x0 x1 x2 + 2 x0^2 x1 + 3 x2^3 at (1, 2, 3): every number by hand. */
static void small_cubic_by_hand(void **state)
{
  static const double x[3] = {1.0, 2.0, 3.0}, H_want[9] = {8, 7, 2, 7, 0, 1, 2, 1, 54};
  double              c[10] = {0.0}, E = 0.0, g[3] = {0.0}, A[9] = {0.0};
  KrTensor            tensor;
  KrBlock             block;
  int                 t[3];

  (void)state;
  KrTensorInit(&tensor, 3, 3, 0, KrTensorRowCount(3, 3));
  tensor.c = c;
  for (int more = KrBlockFirst(&tensor, &block); more; more = KrBlockNext(&tensor, &block))
    for (int i = 0; i < block.n_rows; ++i)
      for (int k = block.col_first; k < 3; ++k) {
        double *entry = c + block.offset + i * block.n_cols + k - block.col_first;

        KrBlockTuple(&tensor, &block, i, k, t);
        if (t[0] == 0 && t[1] == 1 && t[2] == 2) *entry = 1.0;
        if (t[0] == 0 && t[1] == 0 && t[2] == 1) *entry = 2.0;
        if (t[0] == 2) *entry = 3.0;
      }
  KrKernelsGet(KR_SIMD_AUTO)->derivatives(&tensor, 1.0, x, &E, g, A);
  KrHessianFinish(3, A);
  assert_true(E == 91.0);
  assert_true(g[0] == 14.0 && g[1] == 5.0 && g[2] == 83.0);
  for (int i = 0; i < 9; ++i) assert_true(A[i] == H_want[i]);
}

static void levels_are_chosen_by_the_cpu(void **state)
{
  (void)state;
  assert_non_null(KrKernelsGet(KR_SIMD_PLAIN));
  assert_non_null(KrKernelsGet(KR_SIMD_AUTO));
  assert_string_equal(KrKernelsGet(KR_SIMD_PLAIN)->name, "plain");
  if (KrKernelsGet(KR_SIMD_AVX2) != NULL) {
    assert_string_equal(KrKernelsGet(KR_SIMD_AVX2)->name, "avx2");
    assert_ptr_not_equal(KrKernelsGet(KR_SIMD_AUTO), KrKernelsGet(KR_SIMD_PLAIN));
  }
  if (KrKernelsGet(KR_SIMD_AVX512) != NULL)
    assert_ptr_equal(KrKernelsGet(KR_SIMD_AUTO), KrKernelsGet(KR_SIMD_AVX512));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(lanes_match_reference),
    cmocka_unit_test(unfolded_lanes_match_reference),
    cmocka_unit_test(points_match_reference),
    cmocka_unit_test(apply_matches_reference),
    cmocka_unit_test(apply_lanes_match_reference),
    cmocka_unit_test(company_does_not_matter),
    cmocka_unit_test(large_tensors_match_reference),
    cmocka_unit_test(lanes_do_not_meet),
    cmocka_unit_test(pieces_sum_to_the_whole),
    cmocka_unit_test(kernels_obey_euler),
    cmocka_unit_test(reference_gradient_is_the_slope),
    cmocka_unit_test(small_cubic_by_hand),
    cmocka_unit_test(levels_are_chosen_by_the_cpu),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
