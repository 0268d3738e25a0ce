/* kr_test: ranks=1,2,4 labels=store,parallel */
#define _GNU_SOURCE
#include "store_test.h"

/* Any record is a formula of its place, so that the content can be checked whatever rank wrote it. */
static KrSampleRow row_of(int64_t i)
{
  return (KrSampleRow){.sample        = 3 * i + 5,
                       .starts        = 1000 + i,
                       .found         = 900 + i,
                       .n_points      = i,
                       .total         = 2 * i,
                       .euler_sum     = -i,
                       .coverage      = 1.0 / (double)(i + 1),
                       .chao1_missing = 0.1 * (double)i,
                       .ground_energy = -sqrt((double)i),
                       .seconds       = (double)i,
                       .euler_checked = 1,
                       .parity_failed = (int32_t)(i % 2)};
}

static KrPointRow point_of(int64_t i)
{
  return (KrPointRow){.sample     = i / 7,
                      .hits       = i + 1,
                      .energy     = sin((double)i),
                      .mu         = cos((double)i),
                      .margin     = -0.0,
                      .lambda_min = 1.0 / 3.0,
                      .index      = (int32_t)(i % 10)};
}

#define MU_BINS 13

/* Bins of mu, the same on every rank. */
static PetscErrorCode add_mu(int n, KrEnsemble *e)
{
  PetscFunctionBeginUser;
  e->n_mu_bins      = MU_BINS;
  e->mu_first       = -6.5;
  e->mu_width       = 0.25;
  e->mu_histogram   = calloc((size_t)(MU_BINS * n), sizeof *e->mu_histogram);
  e->mu_expected    = calloc((size_t)(MU_BINS * n), sizeof *e->mu_expected);
  e->joint          = calloc((size_t)(25 * MU_BINS), sizeof *e->joint);
  e->joint_expected = calloc((size_t)(25 * MU_BINS), sizeof *e->joint_expected);
  PetscCheck(e->mu_histogram != NULL && e->mu_expected != NULL && e->joint != NULL &&
               e->joint_expected != NULL,
             PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory");
  for (int i = 0; i < MU_BINS * n; ++i) {
    e->mu_histogram[i] = 3 * i;
    e->mu_expected[i]  = 0.25 * i;
  }
  for (int i = 0; i < 25 * MU_BINS; ++i) {
    e->joint[i]          = i + 1;
    e->joint_expected[i] = 1.0 / (i + 1);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Tables that the first rank alone has: the number of the table plus that of the cell. */
static PetscErrorCode add_logarithms(int n, KrEnsemble *e)
{
  double **tables[] = {&e->annealed, &e->annealed_error, &e->quenched, &e->quenched_error,
                       &e->empty_fraction};

  PetscFunctionBeginUser;
  for (int t = 0; t < 5; ++t) {
    *tables[t] = calloc((size_t)(25 * n), sizeof(double));
    PetscCheck(*tables[t] != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory");
    for (int i = 0; i < 25 * n; ++i) (*tables[t])[i] = 1000.0 * t + i;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static int64_t count_wrong_statistics(int n, const KrEnsemble *e)
{
  const double *tables[] = {e->annealed, e->annealed_error, e->quenched, e->quenched_error,
                            e->empty_fraction};
  int64_t       n_wrong  = e->n_mu_bins != MU_BINS || e->mu_first != -6.5 || e->mu_width != 0.25;

  for (int i = 0; i < MU_BINS * n; ++i)
    n_wrong += e->mu_histogram[i] != 3 * i || e->mu_expected[i] != 0.25 * i;
  for (int i = 0; i < 25 * MU_BINS; ++i)
    n_wrong += e->joint[i] != i + 1 || e->joint_expected[i] != 1.0 / (i + 1);
  for (int t = 0; t < 5; ++t)
    for (int i = 0; i < 25 * n; ++i) n_wrong += tables[t][i] != 1000.0 * t + i;
  return n_wrong;
}

/* A block of the samples and of the points; the last rank has none when there is more than one. */
static PetscErrorCode ensemble_create(MPI_Comm comm, int n, int64_t n_samples, int64_t n_points,
                                      KrEnsemble *e)
{
  PetscMPIInt rank, size;
  int64_t     working, first, first_point;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Comm_size(comm, &size));
  working = size > 1 ? size - 1 : 1;
  *e =
    (KrEnsemble){.n = n, .n_samples = n_samples, .n_bins = 25, .bin_first = -2.0, .bin_width = 0.1};
  first       = n_samples * rank / working;
  first_point = n_points * rank / working;
  if (rank < working) {
    e->n_rows   = n_samples * (rank + 1) / working - first;
    e->n_points = n_points * (rank + 1) / working - first_point;
  }
  e->rows      = calloc((size_t)e->n_rows + 1, sizeof *e->rows);
  e->counts    = calloc((size_t)(e->n_rows * n) + 1, sizeof *e->counts);
  e->points    = calloc((size_t)e->n_points + 1, sizeof *e->points);
  e->histogram = calloc((size_t)(25 * n), sizeof *e->histogram);
  e->expected  = calloc((size_t)(25 * n), sizeof *e->expected);
  PetscCheck(e->rows != NULL && e->counts != NULL && e->points != NULL && e->histogram != NULL &&
               e->expected != NULL,
             PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory");
  for (int64_t i = 0; i < e->n_rows; ++i) e->rows[i] = row_of(first + i);
  for (int64_t i = 0; i < e->n_rows * n; ++i) e->counts[i] = first * n + i;
  for (int64_t i = 0; i < e->n_points; ++i) e->points[i] = point_of(first_point + i);
  for (int i = 0; i < 25 * n; ++i) e->histogram[i] = i * i;
  for (int i = 0; i < 25 * n; ++i) e->expected[i] = i == 3 ? (double)NAN : 0.5 * i;
  for (int i = 0; i < KR_SPECTRUM_BINS; ++i) e->minima_spectrum[i] = 7 * i;
  PetscCall(add_mu(n, e));
  if (rank == 0) PetscCall(add_logarithms(n, e));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The whole file against the formulas. */
static PetscErrorCode check_content(const char path[], int n, int64_t n_samples, int64_t n_points)
{
  int64_t    n_wrong = 0;
  KrEnsemble e;

  PetscFunctionBeginUser;
  PetscCall(KrEnsembleRead(path, &e));
  PetscCall(KrExpectEqualInt("n", e.n, n));
  PetscCall(KrExpectEqualInt("samples", e.n_samples, n_samples));
  PetscCall(KrExpectEqualInt("lines", e.n_rows, n_samples));
  PetscCall(KrExpectEqualInt("points", e.n_points, n_points));
  PetscCall(KrExpect("bins", e.n_bins == 25 && e.bin_first == -2.0 && e.bin_width == 0.1));
  for (int64_t i = 0; i < e.n_rows; ++i) {
    const KrSampleRow wanted = row_of(i);

    n_wrong += memcmp(&e.rows[i], &wanted, sizeof wanted) != 0;
  }
  for (int64_t i = 0; i < e.n_rows * n; ++i) n_wrong += e.counts[i] != i;
  for (int64_t i = 0; i < e.n_points; ++i) {
    const KrPointRow wanted = point_of(i);

    n_wrong += memcmp(&e.points[i], &wanted, sizeof wanted) != 0;
  }
  for (int i = 0; i < 25 * n; ++i)
    n_wrong +=
      e.histogram[i] != i * i || (i == 3 ? !isnan(e.expected[i]) : e.expected[i] != 0.5 * i);
  for (int i = 0; i < KR_SPECTRUM_BINS; ++i) n_wrong += e.minima_spectrum[i] != 7 * i;
  PetscCall(KrExpectEqualInt("wrong entries", n_wrong, 0));
  PetscCall(KrExpectEqualInt("wrong statistics", count_wrong_statistics(n, &e), 0));
  KrEnsembleDestroy(&e);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_write(MPI_Comm comm, const char folder[], int n, int64_t n_samples,
                                  int64_t n_points)
{
  const KrFileMeta meta = test_meta();
  char             path[KR_PATH_MAX];
  KrEnsemble       e;
  PetscMPIInt      rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  snprintf(path, sizeof path, "%s/ensemble.h5", folder);
  PetscCall(ensemble_create(comm, n, n_samples, n_points, &e));
  PetscCall(KrEnsembleWrite(comm, path, &meta, &e));
  if (rank == 0) {
    PetscCall(check_content(path, n, n_samples, n_points));
    PetscCall(KrExpectEqualInt("no other files", test_count_files(folder), 1));
  }
  KrEnsembleDestroy(&e);
  PetscCallMPI(MPI_Barrier(comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Every rank gets the same refusal. */
static PetscErrorCode check_refusals(MPI_Comm comm, const char folder[])
{
  const KrFileMeta meta = test_meta();
  char             path[KR_PATH_MAX];
  KrEnsemble       e, read;

  PetscFunctionBeginUser;
  PetscCall(ensemble_create(comm, 10, 20, 30, &e));
  snprintf(path, sizeof path, "%s/missing/ensemble.h5", folder);
  TEST_REFUSED("no folder", KrEnsembleWrite(comm, path, &meta, &e), "missing/ensemble.h5",
               "No such file");
  TEST_REFUSED("no file", KrEnsembleRead(path, &read), "missing/ensemble.h5", "No such file");
  KrEnsembleDestroy(&e);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Samples that do not ascend from rank to rank are an error of the program. */
static PetscErrorCode check_order(MPI_Comm comm, const char folder[])
{
  const KrFileMeta meta  = test_meta();
  TestError        error = {.text = ""};
  char             path[KR_PATH_MAX];
  KrEnsemble       e;
  PetscErrorCode   code;

  PetscFunctionBeginUser;
  PetscCall(ensemble_create(comm, 10, 20, 30, &e));
  if (e.n_rows > 1) e.rows[1].sample = e.rows[0].sample;
  snprintf(path, sizeof path, "%s/unordered.h5", folder);
  PetscCall(PetscPushErrorHandler(test_keep_error, &error));
  code = KrEnsembleWrite(comm, path, &meta, &e);
  PetscCall(PetscPopErrorHandler());
  PetscCall(KrExpectError("order", code, PETSC_ERR_ARG_WRONG));
  KrEnsembleDestroy(&e);
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char **argv)
{
  char folder[64];

  PetscCall(KrTestBegin(&argc, &argv));
  PetscCall(test_folder_create(MPI_COMM_WORLD, folder));
  PetscCall(check_write(MPI_COMM_WORLD, folder, 10, 200, 5801));
  PetscCall(
    check_write(MPI_COMM_WORLD, folder, 30, 20000, 100003)); /* several chunks, shared by ranks */
  PetscCall(check_write(MPI_COMM_WORLD, folder, 1, 1, 1));
  PetscCall(check_write(MPI_COMM_WORLD, folder, 10, 3, 0));
  PetscCall(check_write(MPI_COMM_WORLD, folder, 10, 0, 0));
  PetscCall(check_refusals(MPI_COMM_WORLD, folder));
  PetscCall(check_order(MPI_COMM_WORLD, folder));
  PetscCall(test_folder_remove(MPI_COMM_WORLD, folder));
  return KrTestEnd();
}
