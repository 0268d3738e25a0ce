/* Proofs about critical points against exact answers, and against Newton's method in long double, whose rounding is a
   thousandth of what the proofs allow for. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <kacrice/certify.h>
#include <kacrice/rng.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define N_MAX      24
#define ORDERS_MAX 2
#define SIZE       ((N_MAX + 1) * (N_MAX + 1))

typedef struct { /* a polynomial, the same with absolute coefficients, and the numbers at a point */
  int             n, n_orders;
  double          scale[ORDERS_MAX];
  KrTensor        tensor[ORDERS_MAX], absolute[ORDERS_MAX];
  KrCertifyBounds bounds;
  double          gradient[N_MAX], hessian[SIZE], absolute_gradient[N_MAX], absolute_hessian[SIZE];
  double          step[N_MAX], work[4 * SIZE + 6 * (N_MAX + 1)];
} Landscape;

/* Standard normal numbers, the same in every run. */
static double draw(void)
{
  static uint64_t   next = 0;
  const KrRandomKey key  = {.seed = 77, .stream = KR_STREAM_TEST, .sample = 5};
  double            value[2];

  KrRandomNormalPair(&key, next++, value);
  return value[0];
}

/* Draws each order from the law of the model; c multiplies it. */
static void make_landscape(int n, int n_orders, const int orders[], Landscape *l)
{
  int     tuple[KR_ORDER_MAX];
  KrBlock block;

  *l = (Landscape){.n = n, .n_orders = n_orders};
  KrCertifyBoundsInit(n, 1.0, &l->bounds);
  for (int o = 0; o < n_orders; ++o) {
    KrTensor *t = &l->tensor[o];
    double   *c;

    KrTensorInit(t, orders[o], n, 0, KrTensorRowCount(orders[o], n));
    c = t->c         = malloc((size_t)t->n_coefficients * sizeof *c);
    l->absolute[o]   = *t;
    l->absolute[o].c = malloc((size_t)t->n_coefficients * sizeof *c);
    for (int more = KrBlockFirst(t, &block); more; more = KrBlockNext(t, &block))
      for (int i = block.row_first; i < block.row_first + block.n_rows; ++i)
        for (int k = block.col_first; k < n; ++k) {
          KrBlockTuple(t, &block, i, k, tuple);
          *c++ = draw() * sqrt(KrTupleMultiplicity(t->order, tuple) / n_orders);
        }
    l->scale[o] = pow(n, -0.5 * (orders[o] - 1));
  }
}

/* Bounds and absolute coefficients, once the coefficients are in. */
static void settle(Landscape *l)
{
  KrCertifyBoundsInit(l->n, 1.0, &l->bounds);
  for (int o = 0; o < l->n_orders; ++o) {
    for (int64_t i = 0; i < l->tensor[o].n_coefficients; ++i)
      l->absolute[o].c[i] = fabs(l->tensor[o].c[i]);
    KrCertifyBoundsAdd(l->tensor[o].order, l->scale[o], KrTensorSquares(&l->tensor[o]), &l->bounds);
  }
}

static void free_landscape(Landscape *l)
{
  for (int o = 0; o < l->n_orders; ++o) {
    free(l->tensor[o].c);
    free(l->absolute[o].c);
  }
}

static double evaluate(const Landscape *l, const KrKernels *kernels, const KrTensor tensors[],
                       const double x[], double gradient[], double hessian[])
{
  const size_t n      = (size_t)l->n;
  double       energy = 0.0;

  memset(gradient, 0, n * sizeof *gradient);
  memset(hessian, 0, n * n * sizeof *hessian);
  for (int o = 0; o < l->n_orders; ++o)
    kernels->derivatives(&tensors[o], l->scale[o], x, &energy, gradient, hessian);
  KrHessianFinish(l->n, hessian);
  return energy;
}

static void prove_with(Landscape *l, const KrKernels *kernels, const double x[],
                       KrCertificate *proof)
{
  KrDerivatives at       = {.gradient = l->gradient, .hessian = l->hessian};
  KrDerivatives absolute = {.gradient = l->absolute_gradient, .hessian = l->absolute_hessian};
  double        size[N_MAX];

  for (int i = 0; i < l->n; ++i) size[i] = fabs(x[i]);
  at.energy = evaluate(l, kernels, l->tensor, x, l->gradient, l->hessian);
  absolute.energy =
    evaluate(l, kernels, l->absolute, size, l->absolute_gradient, l->absolute_hessian);
  assert_true(KrCertifyWork(l->n) <= sizeof l->work / sizeof l->work[0]);
  KrCertify(&l->bounds, x, &at, &absolute, l->work, l->step, proof);
}

static void prove(Landscape *l, const double x[], KrCertificate *proof)
{
  prove_with(l, KrKernelsGet(KR_SIMD_AUTO), x, proof);
}

static void normalise(int n, double x[])
{
  double square = 0.0;

  for (int i = 0; i < n; ++i) square += x[i] * x[i];
  for (int i = 0; i < n; ++i) x[i] *= sqrt(n / square);
}

/* Newton from a random point, its steps cut to half the radius; 1 when it ended in a proof. */
static int find_point(Landscape *l, double x[], KrCertificate *proof)
{
  for (int i = 0; i < l->n; ++i) x[i] = draw();
  normalise(l->n, x);
  for (int iteration = 0; iteration < 200; ++iteration) {
    double length = 0.0, factor;

    prove(l, x, proof);
    if (proof->residual < 1e-13) return proof->exists;
    for (int i = 0; i < l->n; ++i) length += l->step[i] * l->step[i];
    factor = fmin(1.0, 0.5 * sqrt(l->n / length));
    for (int i = 0; i < l->n; ++i) x[i] += factor * l->step[i];
    normalise(l->n, x);
  }
  return 0;
}

/* ---- the same polynomial in long double, by plain loops over the tuples ---- */
typedef struct {
  long double energy, gradient[N_MAX], hessian[N_MAX][N_MAX];
} Long;

static long double product_without(int order, const int tuple[], const long double x[], int a,
                                   int b)
{
  long double product = 1.0L;

  for (int c = 0; c < order; ++c)
    if (c != a && c != b) product *= x[tuple[c]];
  return product;
}

static void add_term(int order, const int tuple[], long double c, const long double x[], Long *at)
{
  at->energy += c * product_without(order, tuple, x, -1, -1);
  for (int a = 0; a < order; ++a) {
    at->gradient[tuple[a]] += c * product_without(order, tuple, x, a, -1);
    for (int b = 0; b < order; ++b)
      if (b != a) at->hessian[tuple[a]][tuple[b]] += c * product_without(order, tuple, x, a, b);
  }
}

static void evaluate_long(const Landscape *l, const long double x[], Long *at)
{
  int     tuple[KR_ORDER_MAX];
  KrBlock block;

  memset(at, 0, sizeof *at);
  for (int o = 0; o < l->n_orders; ++o) {
    const KrTensor   *t     = &l->tensor[o];
    const long double scale = powl(l->n, -0.5L * (t->order - 1));

    for (int more = KrBlockFirst(t, &block); more; more = KrBlockNext(t, &block)) {
      const double *c = t->c + block.offset;

      for (int i = block.row_first; i < block.row_first + block.n_rows; ++i)
        for (int k = block.col_first; k < l->n; ++k) {
          KrBlockTuple(t, &block, i, k, tuple);
          add_term(t->order, tuple, scale * *c++, x, at);
        }
    }
  }
}

/* Solves A v = b in place, Gauss with row pivoting. */
static void solve_long(int m, long double A[N_MAX + 1][N_MAX + 1], long double b[])
{
  for (int k = 0; k < m; ++k) {
    int best = k;

    for (int i = k; i < m; ++i)
      if (fabsl(A[i][k]) > fabsl(A[best][k])) best = i;
    for (int j = 0; j < m; ++j) {
      const long double a = A[k][j];

      A[k][j]    = A[best][j];
      A[best][j] = a;
    }
    const long double v = b[k];

    b[k]    = b[best];
    b[best] = v;
    for (int i = k + 1; i < m; ++i) {
      const long double factor = A[i][k] / A[k][k];

      for (int j = k; j < m; ++j) A[i][j] -= factor * A[k][j];
      b[i] -= factor * b[k];
    }
  }
  for (int k = m - 1; k >= 0; --k) {
    for (int j = k + 1; j < m; ++j) b[k] -= A[k][j] * b[j];
    b[k] /= A[k][k];
  }
}

/* Newton on (y, mu) in long double until it stands still. */
static void refine(const Landscape *l, const double x[], long double y[], long double *mu, Long *at)
{
  static long double A[N_MAX + 1][N_MAX + 1];
  long double        b[N_MAX + 1];
  const int          n = l->n;

  *mu = 0.0L;
  for (int i = 0; i < n; ++i) y[i] = x[i];
  evaluate_long(l, y, at);
  for (int i = 0; i < n; ++i) *mu += y[i] * at->gradient[i] / n;
  for (int step = 0; step < 8; ++step) {
    b[n] = -n / 2.0L;
    for (int i = 0; i < n; ++i) {
      for (int j = 0; j < n; ++j) A[i][j] = at->hessian[i][j] - (i == j ? *mu : 0.0L);
      A[i][n] = A[n][i] = -y[i];
      b[i]              = *mu * y[i] - at->gradient[i];
      b[n] += y[i] * y[i] / 2.0L;
    }
    A[n][n] = 0.0L;
    solve_long(n + 1, A, b);
    for (int i = 0; i < n; ++i) y[i] += b[i];
    *mu += b[n];
    evaluate_long(l, y, at);
  }
}

/* ---- tests ---- */

/* What the proof says against the refined point, with every kernel this CPU has. */
static void check_against_long(Landscape *l, const double x[])
{
  static const KrSimd levels[] = {KR_SIMD_PLAIN, KR_SIMD_AVX2, KR_SIMD_AVX512};
  static Long         at, at_x;
  long double   y[N_MAX] = {0.0L}, x_long[N_MAX], mu, mu_x = 0.0L, square = 0.0L, residual = 0.0L;
  KrCertificate proof;

  refine(l, x, y, &mu, &at);
  for (int i = 0; i < l->n; ++i) x_long[i] = x[i];
  evaluate_long(l, x_long, &at_x);
  for (int i = 0; i < l->n; ++i) {
    square += (y[i] - x_long[i]) * (y[i] - x_long[i]);
    mu_x += x_long[i] * at_x.gradient[i] / l->n;
  }
  for (int i = 0; i < l->n; ++i) residual += powl(at_x.gradient[i] - mu_x * x_long[i], 2.0L) / l->n;
  for (int s = 0; s < 3; ++s) {
    if (KrKernelsGet(levels[s]) == NULL) continue;
    prove_with(l, KrKernelsGet(levels[s]), x, &proof);
    assert_true(proof.exists && proof.index >= 0 && proof.index < l->n);
    assert_true(sqrtl(square) <= proof.radius);
    assert_true(proof.radius <= proof.unique_radius);
    assert_true(fabsl(mu - proof.mu) <= proof.mu_error);
    assert_true(fabsl(at.energy / l->n - proof.energy) <= proof.energy_error);
    assert_true(fabsl(at_x.energy / l->n - proof.energy) <= proof.energy_rounding);
    assert_true(fabsl(mu_x - proof.mu) <= proof.mu_rounding);
    assert_true(fabsl(sqrtl(residual) - proof.residual) <= proof.residual_rounding);
    /* bounds that nothing could break would prove nothing: they stay near what the arithmetic does */
    assert_true(proof.radius < 1e-5);
  }
}

static void ball_holds_the_refined_point(void **state)
{
  static const struct {
    int n, n_orders, orders[2], n_points;
  } cases[] = {{8, 1, {3}, 12}, {20, 1, {3}, 4}, {14, 1, {4}, 2},   {6, 1, {5}, 3},
               {5, 1, {6}, 3},  {10, 1, {2}, 5}, {9, 2, {2, 4}, 5}, {7, 2, {3, 4}, 5}};
  static Landscape l;
  KrCertificate    proof;
  double           x[N_MAX];

  (void)state;
  for (size_t c = 0; c < sizeof cases / sizeof cases[0]; ++c) {
    make_landscape(cases[c].n, cases[c].n_orders, cases[c].orders, &l);
    settle(&l);
    for (int found = 0; found < cases[c].n_points;) {
      if (!find_point(&l, x, &proof)) continue;
      ++found;
      check_against_long(&l, x);
      for (int i = 0; i < l.n; ++i) x[i] += 1e-9 * draw(); /* a ball about another centre */
      check_against_long(&l, x);
    }
    free_landscape(&l);
  }
}

/* H = sum a_i x_i^2 / 4 with N = 16: critical points are exactly 4 e_i, with e = a_i / 4, mu = a_i / 2, and Hessian
   eigenvalues (a_j - a_i) / 2. */
static void make_diagonal(const double a[16], Landscape *l)
{
  const int order = 2;
  int       tuple[2];
  KrBlock   block;

  make_landscape(16, 1, &order, l);
  for (int more = KrBlockFirst(&l->tensor[0], &block); more;
       more     = KrBlockNext(&l->tensor[0], &block))
    for (int k = block.col_first; k < 16; ++k) {
          KrBlockTuple(&l->tensor[0], &block, block.row_first, k, tuple);
          l->tensor[0].c[block.offset + k - block.col_first] = tuple[0] == tuple[1] ? a[tuple[0]] : 0.0;
    }
  settle(l);
}

static void quadratic(void **state)
{
  static Landscape l;
  KrCertificate    proof;
  double           a[16];

  (void)state;
  for (int i = 0; i < 16; ++i) a[i] = (i * 7) % 16; /* 0 ... 15 in some order */
  make_diagonal(a, &l);
  for (int i = 0; i < 16; ++i) {
    double x[16] = {0.0};

    x[i] = i % 2 == 0 ? 4.0 : -4.0;
    prove(&l, x, &proof);
    assert_true(proof.exists && proof.radius < 1e-10);
    assert_int_equal(proof.index, (int)a[i]);
    assert_true(fabs(proof.energy - a[i] / 4.0) <= proof.energy_error);
    assert_true(fabs(proof.mu - a[i] / 2.0) <= proof.mu_error);
    assert_true(proof.unique_radius < 4.0 * sqrt(2.0)); /* the next ones are so far away */
    x[(i + 1) % 16] = 1e-3;                             /* 1e-3 away, whatever it is scaled to */
    normalise(16, x);
    prove(&l, x, &proof);
    assert_true(!proof.exists || proof.radius >= 0.999e-3);
  }
  free_landscape(&l);
}

/* Eigenvalue gaps: 1e-6 is seen, 1e-15 and 0 are not, of either sign. */
static void small_eigenvalues(void **state)
{
  static const double gaps[] = {1e-6, -1e-6, 1e-15, -1e-15, 0.0};
  static Landscape    l;
  KrCertificate       proof;

  (void)state;
  for (size_t g = 0; g < sizeof gaps / sizeof gaps[0]; ++g) {
    double a[16], x[16] = {0.0};

    for (int i = 0; i < 16; ++i) a[i] = (double)i / 8.0;
    a[9] = a[4] + gaps[g];
    make_diagonal(a, &l);
    x[4] = 4.0;
    prove(&l, x, &proof);
    if (fabs(gaps[g]) > 1e-9) {
      assert_true(proof.exists);
      assert_int_equal(proof.index, gaps[g] < 0.0 ? 5 : 4);
    } else {
      assert_false(proof.exists);
      assert_int_equal(proof.index, -1);
      assert_true(isnan(proof.radius));
    }
    free_landscape(&l);
  }
}

/* All critical points of small samples: none lies in what another one's proof calls empty, and nothing is proved where
   none is. */
static void uniqueness(void **state)
{
  enum { N = 4, MANY = 40 };
  static Landscape l;
  const int        order = 3;

  (void)state;
  for (int sample = 0; sample < 20; ++sample) {
    double        points[MANY][N_MAX], x[N_MAX];
    KrCertificate proofs[MANY], proof;
    int           n_points = 0;

    make_landscape(N, 1, &order, &l);
    settle(&l);
    for (int start = 0; start < 200; ++start) {
      int known = 0;

      if (!find_point(&l, x, &proof)) continue;
      for (int j = 0; j < n_points; ++j) {
        double square = 0.0;

        for (int i = 0; i < N; ++i) square += (x[i] - points[j][i]) * (x[i] - points[j][i]);
        if (sqrt(square) <= proof.radius + proofs[j].radius) known = 1;
        else assert_true(sqrt(square) + proof.radius > proofs[j].unique_radius);
      }
      if (known) continue;
      assert_true(n_points < MANY);
      proofs[n_points] = proof;
      memcpy(points[n_points++], x, sizeof x);
    }
    assert_true(n_points >= 2 && n_points <= 30); /* at most 2 (2^4 - 1) */
    for (int trial = 0; trial < 50; ++trial) {
      for (int i = 0; i < N; ++i) x[i] = draw();
      normalise(N, x);
      prove(&l, x, &proof);
      for (int j = 0, inside = 0; proof.exists && j < n_points; ++j) { /* rare, and then true */
        double square = 0.0;

        for (int i = 0; i < N; ++i) square += (x[i] - points[j][i]) * (x[i] - points[j][i]);
        inside += sqrt(square) <= proof.radius + proofs[j].radius;
        if (j + 1 == n_points) assert_int_equal(inside, 1);
      }
    }
    free_landscape(&l);
  }
}

static void garbage_is_not_proved(void **state)
{
  static Landscape l;
  const int        order = 3;
  KrCertificate    proof;
  double           x[N_MAX];

  (void)state;
  make_landscape(8, 1, &order, &l);
  settle(&l);
  while (!find_point(&l, x, &proof)) continue;
  assert_true(KrCertificateHolds(&proof, proof.radius));
  assert_false(KrCertificateHolds(&proof, 0.0) || KrCertificateHolds(&proof, NAN) ||
               KrCertificateHolds(&proof, 1.0) || KrCertificateHolds(&proof, -proof.radius));
  for (int i = 0; i < 8; ++i) x[i] *= 1.001; /* not on the sphere */
  prove(&l, x, &proof);
  assert_false(proof.exists);
  x[3] = NAN;
  prove(&l, x, &proof);
  assert_false(proof.exists);
  l.tensor[0].c[5] = INFINITY;
  settle(&l);
  for (int i = 0; i < 8; ++i) x[i] = 1.0;
  prove(&l, x, &proof);
  assert_false(proof.exists);
  free_landscape(&l);
}

/* |P^T A P - L D L^T| and |1 - A^{-1} A|, and the inertia against a matrix made with one. */
static void factors(void **state)
{
  enum { M = 13 };
  double A[M * M], L[M * M], D[2 * M], inverse[M * M], work[M * M + M];
  int    order[M];

  (void)state;
  for (int trial = 0; trial < 50; ++trial) {
    const int n_negative = trial % (M + 1);
    double    R[M * M];

    for (int i = 0; i < M * M; ++i) R[i] = draw();
    for (int i = 0; i < M; ++i)
      for (int j = 0; j < M; ++j) {
        A[i * M + j] = 0.0;
        for (int k = 0; k < M; ++k)
          A[i * M + j] += (k < n_negative ? -1.0 : 1.0) * R[k * M + i] * R[k * M + j];
      }
    for (int i = 0; i < M; ++i)
      for (int j = 0; j < i; ++j) A[i * M + j] = A[j * M + i];
    memcpy(L, A, sizeof A);
    assert_int_equal(KrSymmetricFactor(M, L, order, D), 1);
    assert_int_equal(KrSymmetricInertia(M, D), n_negative);
    KrSymmetricInvert(M, L, D, work, inverse);
    for (int i = 0; i < M; ++i)
      for (int j = 0; j < M; ++j) {
        double sum = 0.0, unit = 0.0;

        for (int k = 0; k < M; ++k) {
          const double after  = k + 1 < M ? D[M + k] * L[j * M + k + 1] : 0.0;
          const double before = k > 0 ? D[M + k - 1] * L[j * M + k - 1] : 0.0;

          sum += L[i * M + k] * (D[k] * L[j * M + k] + after + before);
          unit += inverse[i * M + k] * A[order[k] * M + order[j]];
        }
        assert_true(fabs(sum - A[order[i] * M + order[j]]) <
                    1e-11);                        /* entries of 10, growth of a few */
        assert_true(fabs(unit - (i == j)) < 1e-6); /* condition up to some 1e6 */
      }
  }
  memset(L, 0, sizeof L);
  assert_int_equal(KrSymmetricFactor(M, L, order, D), 0);
  L[1] = L[2] = 1.0; /* [[0, 1], [1, 0]]: one block */
  L[0] = L[3] = 0.0;
  assert_int_equal(KrSymmetricFactor(2, L, order, D), 1);
  assert_int_equal(KrSymmetricInertia(2, D), 1);
}

static void balls(void **state)
{
  /* N = 2: 0 and 1 touch, 2 is apart at the same energy, 3 is the antipode of 2 up to 1e-9, 4 is alone */
  const double x[]      = {1.0,  1.0,         1.0 + 1e-9, 1.0 - 1e-9, 1.0,
                           -1.0, -1.0 - 1e-9, 1.0 - 1e-9, 1.2,        0.8};
  const double energy[] = {-1.0, -1.0 + 1e-12, -1.0, 1.0, -0.5};
  static const struct {
    KrAntipode antipode;
    double     radius;
    int        touches[5];
  } cases[] = {{KR_ANTIPODE_NONE, 1e-9, {1, 1, 0, 0, 0}},
               {KR_ANTIPODE_ODD, 1e-9, {1, 1, 1, 1, 0}},
               {KR_ANTIPODE_NONE, 1e-10, {0, 0, 0, 0, 0}},
               {KR_ANTIPODE_ODD, 1e-10, {0, 0, 0, 0, 0}},
               {KR_ANTIPODE_EVEN, 1e-9, {1, 1, 0, 0, 0}}}; /* even: energies of 2 and 3 differ */

  (void)state;
  for (size_t c = 0; c < sizeof cases / sizeof cases[0]; ++c) {
    KrBall list[5];
    int    touches[5];

    for (int i = 0; i < 5; ++i)
      list[i] = (KrBall){energy[4 - i], 10.0 * cases[c].radius, cases[c].radius, 4 - i};
    KrBallsSeparate(2, cases[c].antipode, 5, list, x, touches);
    for (int i = 0; i < 5; ++i) assert_int_equal(touches[i], cases[c].touches[list[i].place]);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(ball_holds_the_refined_point),
                                     cmocka_unit_test(quadratic),
                                     cmocka_unit_test(small_eigenvalues),
                                     cmocka_unit_test(uniqueness),
                                     cmocka_unit_test(garbage_is_not_proved),
                                     cmocka_unit_test(factors),
                                     cmocka_unit_test(balls)};

  return cmocka_run_group_tests(tests, NULL, NULL);
}
