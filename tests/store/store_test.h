/* What the tests of the store share: a folder of their own, made-up records, and the text of an error. */
#pragma once
#include "../kr_test.h"
#include <kacrice/store.h>
#include <ftw.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static inline KrFileMeta test_meta(void)
{
  static const KrProvenance provenance = {.program   = "kacrice",
                                          .version   = "0.1.0",
                                          .git_hash  = "unknown",
                                          .compiler  = "gcc 12",
                                          .libraries = "HDF5",
                                          .host      = "node17",
                                          .created   = "2024-01-02T03:04:05Z",
                                          .ranks     = 4};

  return (KrFileMeta){.provenance = &provenance, .options = "-model_p 3\n-model_n 10\n"};
}

/* A new folder, the same name on all ranks. */
static inline PetscErrorCode test_folder_create(MPI_Comm comm, char folder[64])
{
  PetscMPIInt rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  snprintf(folder, 64, "/tmp/kacrice-store-XXXXXX");
  if (rank == 0)
    PetscCheck(mkdtemp(folder) != NULL, PETSC_COMM_SELF, PETSC_ERR_SYS, "mkdtemp %s", folder);
  PetscCallMPI(MPI_Bcast(folder, 64, MPI_CHAR, 0, comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static inline int test_remove_one(const char *path, const struct stat *info, int kind,
                                  struct FTW *place)
{
  (void)info;
  (void)kind;
  (void)place;
  return remove(path);
}

static inline PetscErrorCode test_folder_remove(MPI_Comm comm, const char folder[])
{
  PetscMPIInt rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Barrier(comm));
  if (rank == 0) nftw(folder, test_remove_one, 16, FTW_DEPTH | FTW_PHYS);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static int test_n_files; /* nftw has no context argument */

static inline int test_count_one(const char *path, const struct stat *info, int kind,
                                 struct FTW *place)
{
  (void)path;
  (void)info;
  (void)place;
  test_n_files += kind == FTW_F;
  return 0;
}

/* Files below a folder, at any depth. */
static inline int test_count_files(const char folder[])
{
  test_n_files = 0;
  nftw(folder, test_count_one, 16, FTW_PHYS);
  return test_n_files;
}

/* The first message of an error; tests push this handler around a call that must fail. */
typedef struct {
  char           text[4096];
  PetscErrorCode code;
} TestError;

static inline PetscErrorCode test_keep_error(MPI_Comm comm, int line, const char *function,
                                             const char *file, PetscErrorCode code,
                                             PetscErrorType type, const char *message,
                                             void *context)
{
  TestError *error = context;

  (void)comm;
  (void)line;
  (void)function;
  (void)file;
  if (type == PETSC_ERROR_INITIAL) {
    snprintf(error->text, sizeof error->text, "%s", message);
    error->code = code;
  }
  return code;
}

/* The call must fail as bad input, in one line that holds each of the two texts. */
#define TEST_REFUSED(name, call, first_text, second_text) \
  do { \
    TestError      test_error = {.text = ""}; \
    PetscErrorCode test_code; \
    PetscCall(PetscPushErrorHandler(test_keep_error, &test_error)); \
    test_code = (call); \
    PetscCall(PetscPopErrorHandler()); \
    PetscCall(KrExpectError(name, test_code, PETSC_ERR_USER_INPUT)); \
    if (strstr(test_error.text, first_text) == NULL || \
        strstr(test_error.text, second_text) == NULL || strchr(test_error.text, '\n') != NULL) \
      PetscCall(KrExpectEqualText(name, test_error.text, first_text " ... " second_text)); \
  } while (0)

/* A place on the sphere |x|^2 = n, another for each i. */
static inline void test_place(int64_t i, int n, double x[])
{
  double square = 0.0;

  for (int j = 0; j < n; ++j) x[j] = sin((double)(i * n + j) + 0.5);
  for (int j = 0; j < n; ++j) square += x[j] * x[j];
  for (int j = 0; j < n; ++j) x[j] *= sqrt(n / square);
}

/* A sample with odd numbers in every member, no two alike, that could be one. */
static inline PetscErrorCode test_sample_create(int64_t number, int n, int64_t n_points,
                                                KrSample *s)
{
  PetscFunctionBeginUser;
  *s         = (KrSample){.sample         = number,
                          .seed           = UINT64_C(0xfedcba9876543210),
                          .n              = n,
                          .symmetry       = KR_PARITY_ODD,
                          .starts         = n_points * (n_points + 1) / 2 + 10,
                          .reasons        = {n_points * (n_points + 1) / 2, 4, 3, 2, 1},
                          .n_points       = n_points,
                          .n_lowest       = 4,
                          .n_highest      = 2,
                          .coverage       = 1.0 / 3.0,
                          .chao1_missing  = 0.1,
                          .euler_checked  = 1,
                          .parity_checked = 1,
                          .parity_failed  = 1,
                          .round_end      = n_points * n_points + 20,
                          .euler_sum      = -7,
                          .seconds        = 1e-300};
  s->points  = calloc((size_t)n_points + 1, sizeof *s->points);
  s->x       = calloc((size_t)(n_points * n) + 1, sizeof *s->x);
  s->lowest  = calloc((size_t)n_points * 4 + 1, sizeof *s->lowest);
  s->highest = calloc((size_t)n_points * 2 + 1, sizeof *s->highest);
  s->count   = calloc((size_t)n, sizeof *s->count);
  PetscCheck(s->points != NULL && s->x != NULL && s->lowest != NULL && s->highest != NULL &&
               s->count != NULL,
             PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory");
  for (int64_t i = 0; i < n_points; ++i)
    s->points[i] = (KrPoint){.energy      = -sqrt((double)(n_points - i) + 2.0),
                             .mu          = -1.0 / (double)(i + 3),
                             .residual    = 5e-324,
                             .margin      = 0.1 * (double)i,
                             .lambda_min  = -0.0,
                             .hits        = i + 1,
                             .first_start = i,
                             .index       = (int32_t)i % n};
  for (int64_t i = 0; i < n_points; ++i) test_place(i, n, s->x + i * n);
  for (int64_t i = 0; i < n_points * 4; ++i)
    s->lowest[i] = i % 4 == 3 ? (double)NAN : i % 4 == 0 ? -0.0 : (double)i;
  for (int64_t i = 0; i < n_points * 2; ++i) s->highest[i] = exp((double)(30 - i % 2));
  for (int64_t i = 0; i < n_points; ++i) {
    s->count[s->points[i].index] += 1;
    s->count[n - 1 - s->points[i].index] += 1;
  }
  s->origins[3]  = (KrOrigin){.starts = s->starts - 1, .found = s->reasons[KR_FOUND]};
  s->origins[60] = (KrOrigin){.starts = 1, .new_points = n_points};
  for (int i = 0; i < KR_SPECTRUM_BINS; ++i) s->minima_spectrum[i] = i * i;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Bit for bit the same, NaN and signed zeros included. */
static inline int test_samples_equal(const KrSample *a, const KrSample *b)
{
  const size_t m = (size_t)a->n_points, n = (size_t)a->n, real = sizeof(double);

  return a->sample == b->sample && a->seed == b->seed && a->n == b->n &&
         a->symmetry == b->symmetry && a->starts == b->starts &&
         memcmp(a->reasons, b->reasons, sizeof a->reasons) == 0 && a->n_points == b->n_points &&
         a->n_lowest == b->n_lowest && a->n_highest == b->n_highest &&
         memcmp(a->minima_spectrum, b->minima_spectrum, sizeof a->minima_spectrum) == 0 &&
         a->coverage == b->coverage && a->chao1_missing == b->chao1_missing &&
         a->euler_checked == b->euler_checked && a->euler_failed == b->euler_failed &&
         a->parity_checked == b->parity_checked && a->parity_failed == b->parity_failed &&
         a->euler_sum == b->euler_sum && a->seconds == b->seconds &&
         memcmp(a->points, b->points, m * sizeof *a->points) == 0 &&
         (a->x == NULL) == (b->x == NULL) &&
         (a->x == NULL || memcmp(a->x, b->x, m * n * real) == 0) &&
         memcmp(a->lowest, b->lowest, m * (size_t)a->n_lowest * real) == 0 &&
         memcmp(a->highest, b->highest, m * (size_t)a->n_highest * real) == 0 &&
         memcmp(a->count, b->count, n * sizeof *a->count) == 0;
}
