/* Is the BLAS right, and as fast as this CPU allows? OpenBLAS takes a CPU it does not know for an old one. */
#include "verify_impl.h"
#include <kacrice/peak.h>
#include <petscblaslapack.h>
#include <stdio.h>
#include <time.h>

#define SIZE    512 /* of the square matrices: long enough for full speed, 20 ms on a slow core */
#define REPEATS 9   /* the best counts: other programs only ever make it slower */

/* A name OpenBLAS knows for CPUs with the instructions the kernels choose. */
static const char *core_type(void)
{
  if (KrPeakLoopsGet(KR_SIMD_AVX512) != NULL) return "SkylakeX";
  if (KrPeakLoopsGet(KR_SIMD_AVX2) != NULL) return "Haswell";
  return "the name of this CPU";
}

/* Seconds of processor time: ranks that share a core must not slow each other's figures. */
static double seconds(clockid_t clock)
{
  struct timespec now;

  if (clock_gettime(clock, &now) != 0) return NAN;
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* GF/s of one core in multiply-adds on registers. */
static double measure_loop(const KrPeakLoops *loop)
{
  const int64_t n_rounds = 100000000 / loop->flops; // a millisecond to some
  double        best = INFINITY, sum = 0.0;

  for (int i = 0; i < REPEATS; ++i) {
    const double began = seconds(CLOCK_THREAD_CPUTIME_ID);

    sum += (*loop->multiply_add)(n_rounds, 0.5, 1.0 + i);
    best = fmin(best, seconds(CLOCK_THREAD_CPUTIME_ID) - began);
  }
  return isfinite(sum) ? 1e-9 * (double)(n_rounds * loop->flops) / best : NAN;
}

/* GF/s of C <- A B in processor time of all threads, so that a BLAS with several compares core by core. */
static double measure_dgemm(const double A[], const double B[], double C[])
{
  const PetscBLASInt n   = SIZE;
  const double       one = 1.0, zero = 0.0;
  double             best = INFINITY;

  for (int i = 0; i < REPEATS; ++i) {
    const double began = seconds(CLOCK_PROCESS_CPUTIME_ID);

    BLASgemm_("N", "N", &n, &n, &n, &one, A, &n, B, &n, &zero, C, &n);
    best = fmin(best, seconds(CLOCK_PROCESS_CPUTIME_ID) - began);
  }
  return 2e-9 * SIZE * SIZE * SIZE / best;
}

/* Entries are small integers, so that a product is exact in whatever order it is summed; some of its columns are
   compared. */
static int count_wrong(const double A[], const double B[], const double C[])
{
  int n_wrong = 0;

  for (int k = 0; k < SIZE; k += SIZE / 8 - 1)
    for (int i = 0; i < SIZE; ++i) {
      double want = 0.0;

      for (int j = 0; j < SIZE; ++j) want += A[j * SIZE + i] * B[k * SIZE + j];
      n_wrong += C[k * SIZE + i] != want;
    }
  return n_wrong;
}

static PetscErrorCode check_speed(KrVerify *verify, double loop, double dgemm)
{
  char advice[KR_MESSAGE_MAX];

  PetscFunctionBeginUser;
  (void)snprintf(advice, sizeof advice,
                 "the BLAS runs at %.3g GF/s where this core can do %.3g: OpenBLAS may have taken "
                 "the CPU for an older "
                 "one; set OPENBLAS_CORETYPE=%s in the environment (mpirun -x OPENBLAS_CORETYPE), "
                 "or load another BLAS",
                 dgemm, loop, core_type());
  PetscCall(KrVerifyAdvise(verify, loop / dgemm, 2.5, advice,
                           "blas: multiply-add loop %.3g GF/s over DGEMM %.3g GF/s", loop, dgemm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrVerifyBlas - Checks a matrix product, and its speed against a loop of multiply-adds in the widest vectors.

  Collective on the communicator of verify

  In/out:
. verify - counts the check, and the warning when DGEMM reaches less than 1/2.5 of the loop

  Cost:   0.1 s; 6 MB
  Source: OpenBLAS 0.3.21 takes CPUs younger than itself for a Prescott (SSE3)
  See:    docs/howto/verify.md
*/
PetscErrorCode KrVerifyBlas(KrVerify *verify)
{
  const double loop = measure_loop(
    KrPeakLoopsGet(KR_SIMD_AUTO)); /* first: threads of a BLAS go on spinning for a while */
  double *A, *B, *C, dgemm;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc3(SIZE * SIZE, &A, SIZE * SIZE, &B, SIZE * SIZE, &C));
  for (int i = 0; i < SIZE * SIZE; ++i) {
    A[i] = i % 7 - 3;
    B[i] = i % 11 - 5;
    C[i] = NAN;
  }
  dgemm = measure_dgemm(A, B, C);
  PetscCall(
    KrVerifyCheck(verify, count_wrong(A, B, C), 0, "blas: wrong entries in a matrix product"));
  PetscCall(check_speed(verify, loop, dgemm));
  PetscCall(PetscFree3(A, B, C));
  PetscFunctionReturn(PETSC_SUCCESS);
}
