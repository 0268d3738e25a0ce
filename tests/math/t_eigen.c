/* kr_test: labels=contract timeout=60 */
/* Newton's equations of complex eigenpairs in SIMD lanes, at every level this CPU has, against Gaussian
   elimination with pivoting; a lane's answer does not depend on its neighbours; sums of rows. */
#include <kacrice/kernels.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define N_MAX 21
#define ROWS  (2 * (N_MAX + 1) * KR_LANES)

/* LDL^T without pivoting loses as many digits as its smallest pivot is small. The moduli of complex pivots of
   size 1 are below 1e-3 in one of a million: 1e-16 / 1e-3, and a hundred times that for the condition of the matrix. */
#define TOLERANCE 1e-10

static const KrSimd simds[] = {KR_SIMD_PLAIN, KR_SIMD_AVX2, KR_SIMD_AVX512};
#define N_SIMDS (sizeof simds / sizeof simds[0])

typedef struct {
  double diagonal[2 * N_MAX], s[KR_LANES], A[3 * N_MAX * N_MAX * KR_LANES], patch[ROWS], Y[ROWS];
  double step[ROWS], tangent[ROWS], size[KR_LANES], length[KR_LANES];
  double work[KR_EIGEN_WORK(N_MAX)];
} System;

static uint64_t random_state = 11;

/* Uniform in (-1, 1); Knuth's linear congruence, upper bits. */
static double random_number(void)
{
  random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (double)(random_state >> 11) / 4503599627370496.0 - 1.0;
}

static void fill_with(size_t count, double size, double values[])
{
  for (size_t i = 0; i < count; ++i) values[i] = size * random_number();
}

static void fill(int n, System *system)
{
  const size_t rows = 2 * ((size_t)n + 1) * KR_LANES;

  (void)memset(system, 0, sizeof *system);
  fill_with(2 * (size_t)n, 2.0, system->diagonal);
  fill_with((size_t)(3 * n * n) * KR_LANES, 1.0, system->A);
  fill_with(rows, 1.0, system->patch);
  fill_with(rows, 1.0, system->Y);
  for (int l = 0; l < KR_LANES; ++l) system->s[l] = 0.5 + 0.5 * random_number();
}

static void solve(const KrKernels *kernels, int order, int n, System *system)
{
  const KrEigenLanes at = {.order    = order,
                           .n        = n,
                           .diagonal = system->diagonal,
                           .s        = system->s,
                           .A        = system->A,
                           .patch    = system->patch,
                           .Y        = system->Y,
                           .step     = system->step,
                           .tangent  = system->tangent,
                           .size     = system->size,
                           .length   = system->length,
                           .work     = system->work};

  (*kernels->eigen_lanes)(&at);
}

static void expect_rows(int n_rows, const double got[], const double want[])
{
  for (int l = 0; l < KR_LANES; ++l) {
    double size = 0.0;

    for (int i = 0; i < n_rows; ++i) size = fmax(size, fabs(want[i * KR_LANES + l]));
    for (int i = 0; i < n_rows; ++i)
      assert_true(fabs(got[i * KR_LANES + l] - want[i * KR_LANES + l]) <= TOLERANCE * (1.0 + size));
  }
}

static void check_level(const KrKernels *kernels, int order, int n)
{
  static System got, want;
  const int     n_rows = 2 * (n + 1);

  fill(n, &got);
  want = got;
  solve(kernels, order, n, &got);
  solve(&KrKernelsReference, order, n, &want);
  expect_rows(n_rows, got.step, want.step);
  expect_rows(n_rows, got.tangent, want.tangent);
  expect_rows(n_rows, got.Y, want.Y);
  for (int l = 0; l < KR_LANES; ++l) {
    assert_true(fabs(got.size[l] / want.size[l] - 1.0) <= 10.0 * TOLERANCE);
    assert_true(fabs(got.length[l] / want.length[l] - 1.0) <= 10.0 * TOLERANCE);
  }
}

static void solves_like_elimination(void **state)
{
  (void)state;
  for (size_t s = 0; s < N_SIMDS; ++s)
    for (int n = 1; n <= N_MAX && KrKernelsGet(simds[s]) != NULL; ++n)
      for (int order = 3; order <= 4; ++order) check_level(KrKernelsGet(simds[s]), order, n);
}

static void copy_lane(int n_rows, const double from[], double to[])
{
  for (int i = 0; i < n_rows; ++i) to[i * KR_LANES] = from[i * KR_LANES];
}

/* Other systems in lanes 1 ... change no bit of lane 0. */
static void lanes_are_independent(void **state)
{
  static System given, other;
  const int     n = 9, n_rows = 2 * (n + 1);

  (void)state;
  for (size_t s = 0; s < N_SIMDS; ++s) {
    if (KrKernelsGet(simds[s]) == NULL) continue;
    fill(n, &given);
    fill(n, &other);
    (void)memcpy(other.diagonal, given.diagonal, sizeof given.diagonal);
    copy_lane(3 * n * n, given.A, other.A);
    copy_lane(n_rows, given.patch, other.patch);
    copy_lane(n_rows, given.Y, other.Y);
    other.s[0] = given.s[0];
    solve(KrKernelsGet(simds[s]), 4, n, &given);
    solve(KrKernelsGet(simds[s]), 4, n, &other);
    for (int i = 0; i < n_rows; ++i) {
      assert_memory_equal(&other.Y[i * KR_LANES], &given.Y[i * KR_LANES], sizeof(double));
      assert_memory_equal(&other.tangent[i * KR_LANES], &given.tangent[i * KR_LANES],
                          sizeof(double));
    }
  }
}

/* Factors 0 and 1 pick a row to the bit, target and term may be the same. */
static void rows_add_up(void **state)
{
  static System       system;
  static double       got[ROWS], want[ROWS];
  const double *const terms[] = {system.Y, system.step, system.tangent};
  double              factors[3 * KR_LANES], pick[2 * KR_LANES];

  (void)state;
  fill_with(ROWS, 1.0, system.Y);
  fill_with(ROWS, 1.0, system.step);
  fill_with(ROWS, 1.0, system.tangent);
  fill_with(3 * KR_LANES, 1.0, factors);
  for (int i = 0; i < 2 * KR_LANES; ++i) pick[i] = i % 3 == 0 ? 1.0 : 0.0;
  for (size_t s = 0; s < N_SIMDS; ++s) {
    const KrKernels *kernels = KrKernelsGet(simds[s]);

    if (kernels == NULL) continue;
    (*kernels->combine_lanes)(ROWS / KR_LANES, 3, terms, factors, got);
    (*KrKernelsReference.combine_lanes)(ROWS / KR_LANES, 3, terms, factors, want);
    for (int i = 0; i < ROWS; ++i) assert_true(fabs(got[i] - want[i]) <= 1e-15);
    for (int l = 0; l < KR_LANES; ++l) pick[KR_LANES + l] = 1.0 - pick[l];
    (void)memcpy(got, system.Y, sizeof got);
    (*kernels->combine_lanes)(ROWS / KR_LANES, 2, (const double *const[]){got, system.step}, pick,
                              got);
    for (int i = 0; i < ROWS; ++i)
      assert_true(got[i] == (pick[i % KR_LANES] == 1.0 ? system.Y[i] : system.step[i]));
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(solves_like_elimination),
    cmocka_unit_test(lanes_are_independent),
    cmocka_unit_test(rows_add_up),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
