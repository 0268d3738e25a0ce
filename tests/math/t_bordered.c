/* kr_test: labels=contract timeout=60 */
/* Newton's bordered equations in SIMD lanes, at every level this CPU has, against Gaussian elimination with pivoting;
   and a lane's answer does not depend on its neighbours. */
#include <kacrice/kernels.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define N_MAX 37

/* LDL^T without pivoting loses as many digits as its smallest pivot is small: 1e-16 over pivots that are above 1e-4 in
   each of these matrices would give 1e-12; a zero pivot of the kernel would show as NaN. */
#define TOLERANCE 1e-10

static const KrSimd simds[] = {KR_SIMD_PLAIN, KR_SIMD_AVX2, KR_SIMD_AVX512};

typedef struct {
  double A[N_MAX * N_MAX * KR_LANES], X[N_MAX * KR_LANES], D[N_MAX * KR_LANES];
  double mu[KR_LANES], sigma[KR_LANES], dmu[KR_LANES], index[KR_LANES], work[2 * N_MAX * KR_LANES];
} System;

static uint64_t random_state = 7;

/* Uniform in (-1, 1); Knuth's linear congruence, upper bits. */
static double random_number(void)
{
  random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (double)(random_state >> 11) / 4503599627370496.0 - 1.0;
}

/* Gaussian-like matrices of semicircle radius about 5, points on the sphere, mu inside and outside of the bulk. */
static void fill(int n, System *s)
{
  for (int i = 0; i < n * n * KR_LANES; ++i) s->A[i] = 4.0 * random_number() / sqrt(n);
  for (int i = 0; i < n * KR_LANES; ++i) s->D[i] = random_number();
  for (int l = 0; l < KR_LANES; ++l) {
    double square = 0.0;

    for (int i = 0; i < n; ++i) {
      s->X[i * KR_LANES + l] = random_number();
      square += s->X[i * KR_LANES + l] * s->X[i * KR_LANES + l];
    }
    for (int i = 0; i < n; ++i) s->X[i * KR_LANES + l] *= sqrt(n / square);
    s->mu[l]    = 6.0 * random_number();
    s->sigma[l] = copysign(5.0, s->mu[l]);
  }
}

static void solve(const KrKernels *kernels, int n, System *s)
{
  (*kernels->bordered_lanes)(n, s->A, s->X, s->mu, s->sigma, s->D, s->dmu, s->index, s->work);
}

static void check_level(const KrKernels *kernels, int n)
{
  static System given, want, got;

  fill(n, &given);
  want = given;
  got  = given;
  solve(&KrKernelsReference, n, &want);
  solve(kernels, n, &got);
  for (int l = 0; l < KR_LANES; ++l) {
    double size = fabs(want.dmu[l]);

    for (int i = 0; i < n; ++i) size = fmax(size, fabs(want.D[i * KR_LANES + l]));
    for (int i = 0; i < n; ++i)
      assert_true(fabs(got.D[i * KR_LANES + l] - want.D[i * KR_LANES + l]) <= TOLERANCE * size);
    assert_true(got.index[l] == want.index[l]);
    assert_true(fabs(got.dmu[l] - want.dmu[l]) <= TOLERANCE * size);
  }
}

static void solves_like_elimination(void **state)
{
  (void)state;
  for (size_t s = 0; s < sizeof simds / sizeof simds[0]; ++s)
    for (int n = 1; n <= N_MAX && KrKernelsGet(simds[s]) != NULL; ++n)
      check_level(KrKernelsGet(simds[s]), n);
}

/* Other systems in lanes 1 ... change no bit of lane 0. */
static void lanes_are_independent(void **state)
{
  static System given, other;
  const int     n = 13;

  (void)state;
  for (size_t s = 0; s < sizeof simds / sizeof simds[0]; ++s) {
    if (KrKernelsGet(simds[s]) == NULL) continue;
    fill(n, &given);
    fill(n, &other);
    for (int i = 0; i < n * n; ++i) other.A[i * KR_LANES] = given.A[i * KR_LANES];
    for (int i = 0; i < n; ++i) {
      other.X[i * KR_LANES] = given.X[i * KR_LANES];
      other.D[i * KR_LANES] = given.D[i * KR_LANES];
    }
    other.mu[0]    = given.mu[0];
    other.sigma[0] = given.sigma[0];
    solve(KrKernelsGet(simds[s]), n, &given);
    solve(KrKernelsGet(simds[s]), n, &other);
    for (int i = 0; i < n; ++i)
      assert_memory_equal(&other.D[i * KR_LANES], &given.D[i * KR_LANES], sizeof(double));
  }
}

/* The same without a border. The matrices of fill() have norms of about 5, below 9, and their diagonals get +-12 in
   turn: eigenvalues of both signs, and no leading minor, hence no pivot, is small. With fill() alone small pivots occur
   among the hundreds of matrices, and the answers lose as many digits. */
static void symmetric_solves_like_elimination(void **state)
{
  static System given, want, got;

  (void)state;
  for (size_t s = 0; s < sizeof simds / sizeof simds[0]; ++s)
    for (int n = 1; n <= N_MAX && KrKernelsGet(simds[s]) != NULL; ++n) {
      fill(n, &given);
      for (int i = 0; i < n * KR_LANES; ++i)
        given.A[(i / KR_LANES * (n + 1)) * KR_LANES + i % KR_LANES] +=
          i / KR_LANES % 2 ? 6.0 : -6.0;
      want = given;
      got  = given;
      (*KrKernelsReference.symmetric_lanes)(n, want.A, want.D, want.index, want.work);
      (*KrKernelsGet(simds[s])->symmetric_lanes)(n, got.A, got.D, got.index, got.work);
      for (int l = 0; l < KR_LANES; ++l) {
        double size = 0.0;

        for (int i = 0; i < n; ++i) size = fmax(size, fabs(want.D[i * KR_LANES + l]));
        for (int i = 0; i < n; ++i)
          assert_true(fabs(got.D[i * KR_LANES + l] - want.D[i * KR_LANES + l]) <= TOLERANCE * size);
        assert_true(got.index[l] == want.index[l]);
      }
    }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(solves_like_elimination),
    cmocka_unit_test(lanes_are_independent),
    cmocka_unit_test(symmetric_solves_like_elimination),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
