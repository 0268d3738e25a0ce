/* A small ensemble written by all ranks together, read back by each, and removed. */
#include "verify_impl.h"
#include <kacrice/store.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define N_SPINS 5
#define N_BINS  3

/* Contents that tell one place from another; a pure function of the sample, so that any rank knows them. */
static KrSampleRow row_of(int64_t sample)
{
  const double s = (double)sample;

  return (KrSampleRow){.sample         = sample,
                       .starts         = 1000 + sample,
                       .found          = 900 + sample,
                       .n_points       = 1,
                       .total          = 2,
                       .euler_sum      = -sample,
                       .coverage       = 1.0 / (s + 3.0),
                       .chao1_missing  = s / 7.0,
                       .ground_energy  = -1.5 - s / 11.0,
                       .seconds        = s,
                       .euler_checked  = 1,
                       .parity_checked = 1};
}

static KrPointRow point_of(int64_t sample)
{
  const double s = (double)sample;

  return (KrPointRow){.sample     = sample,
                      .hits       = sample + 1,
                      .energy     = -1.0 - s / 13.0,
                      .mu         = -3.0 - s / 17.0,
                      .margin     = s / 19.0,
                      .lambda_min = -s / 23.0,
                      .index      = (int32_t)(sample % N_SPINS)};
}

/* The samples first ... first+n_rows-1, of n_samples. */
static PetscErrorCode make_ensemble(int64_t first, int64_t n_rows, int64_t n_samples,
                                    KrEnsemble *ensemble)
{
  PetscFunctionBeginUser;
  *ensemble           = (KrEnsemble){.n         = N_SPINS,
                                     .n_rows    = n_rows,
                                     .n_points  = n_rows,
                                     .n_samples = n_samples,
                                     .n_bins    = N_BINS,
                                     .bin_first = -1.0,
                                     .bin_width = 0.25};
  ensemble->rows      = calloc((size_t)n_rows + 1, sizeof *ensemble->rows);
  ensemble->counts    = calloc((size_t)n_rows * N_SPINS + 1, sizeof *ensemble->counts);
  ensemble->points    = calloc((size_t)n_rows + 1, sizeof *ensemble->points);
  ensemble->histogram = calloc(N_BINS * N_SPINS, sizeof *ensemble->histogram);
  ensemble->expected  = calloc(N_BINS * N_SPINS, sizeof *ensemble->expected);
  PetscCheck(ensemble->rows != NULL && ensemble->counts != NULL && ensemble->points != NULL &&
               ensemble->histogram != NULL && ensemble->expected != NULL,
             PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for an ensemble of %d samples",
             (int)n_rows);
  for (int64_t i = 0; i < n_rows; ++i) {
    ensemble->rows[i]   = row_of(first + i);
    ensemble->points[i] = point_of(first + i);
    for (int k = 0; k < N_SPINS; ++k) ensemble->counts[i * N_SPINS + k] = 100 * (first + i) + k;
  }
  for (int b = 0; b < N_BINS * N_SPINS; ++b) {
    ensemble->histogram[b] = 3 * b;
    ensemble->expected[b]  = b / 29.0;
  }
  for (int b = 0; b < KR_SPECTRUM_BINS; ++b) ensemble->minima_spectrum[b] = 5 * b;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static int differ(size_t count, const double got[], const double want[])
{
  int any = 0;

  for (size_t i = 0; i < count; ++i) any |= got[i] != want[i];
  return any;
}

/* How many of the data sets differ; all of them when the sizes do. */
static int count_unlike(const KrEnsemble *got, const KrEnsemble *want)
{
  const size_t rows = (size_t)want->n_rows, bins = N_BINS * N_SPINS;

  if (got->n != want->n || got->n_rows != want->n_rows || got->n_points != want->n_points ||
      got->n_samples != want->n_samples || got->n_bins != want->n_bins)
    return 6;
  return (memcmp(got->rows, want->rows, rows * sizeof *want->rows) != 0) +
         (memcmp(got->counts, want->counts, rows * N_SPINS * sizeof *want->counts) != 0) +
         (memcmp(got->points, want->points, rows * sizeof *want->points) != 0) +
         (memcmp(got->histogram, want->histogram, bins * sizeof *want->histogram) != 0) +
         differ(bins, got->expected, want->expected) +
         (memcmp(got->minima_spectrum, want->minima_spectrum, sizeof want->minima_spectrum) != 0);
}

/* Rank r has r % 3 + 1 samples: blocks of unlike size. */
static PetscErrorCode write_ensemble(MPI_Comm world, const char path[], int64_t *n_samples)
{
  KrProvenance     provenance;
  const KrFileMeta meta = {.provenance = &provenance, .options = ""};
  KrEnsemble       ensemble;
  PetscMPIInt      rank;
  int64_t          n_rows, end;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(world, &rank));
  n_rows = rank % 3 + 1;
  PetscCallMPI(MPI_Scan(&n_rows, &end, 1, MPI_INT64_T, MPI_SUM, world));
  PetscCallMPI(MPI_Allreduce(&n_rows, n_samples, 1, MPI_INT64_T, MPI_SUM, world));
  PetscCall(KrProvenanceGet(world, &provenance));
  PetscCall(make_ensemble(end - n_rows, n_rows, *n_samples, &ensemble));
  PetscCall(KrEnsembleWrite(world, path, &meta, &ensemble));
  KrEnsembleDestroy(&ensemble);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_ensemble(KrVerify *verify, const char path[])
{
  KrEnsemble got, want;
  int64_t    n_samples;

  PetscFunctionBeginUser;
  PetscCall(write_ensemble(verify->world, path, &n_samples));
  PetscCall(KrEnsembleRead(path, &got));
  PetscCall(make_ensemble(0, n_samples, n_samples, &want));
  PetscCall(KrVerifyCheck(verify, count_unlike(&got, &want), 0,
                          "store: data sets that changed in parallel HDF5, %d samples",
                          (int)n_samples));
  KrEnsembleDestroy(&want);
  KrEnsembleDestroy(&got);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The name of a new file in TMPDIR, when every rank can write there; a folder tries it out and is gone again, so that
   nothing stays behind whatever happens to the file. */
static PetscErrorCode find_place(KrVerify *verify, char path[KR_PATH_MAX], PetscBool *found)
{
  const char *base                     = getenv("TMPDIR");
  char        folder[KR_PATH_MAX - 32] = "";
  PetscMPIInt rank;
  const int   n_failed = verify->n_failed;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(verify->world, &rank));
  if (base == NULL || base[0] == '\0') base = "/tmp";
  if (rank == 0) {
    (void)snprintf(folder, sizeof folder, "%s/kacrice-verify-XXXXXX", base);
    if (mkdtemp(folder) == NULL) folder[0] = '\0';
  }
  PetscCallMPI(MPI_Bcast(folder, sizeof folder, MPI_CHAR, 0, verify->world));
  PetscCall(KrVerifyCheck(verify, folder[0] == '\0' || access(folder, W_OK) != 0, 0,
                          "store: no folder in TMPDIR that every rank can write"));
  if (rank == 0 && folder[0] != '\0') (void)rmdir(folder);
  (void)snprintf(path, KR_PATH_MAX, "%s.h5", folder);
  *found = verify->n_failed == n_failed ? PETSC_TRUE : PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrVerifyStore - Writes an ensemble with collective parallel HDF5 below TMPDIR, reads it on every rank, removes it.

  Collective on the communicator of verify

  In/out:
. verify - counts the checks; there is no second one when TMPDIR (default /tmp) cannot be written, or is not seen by
           every rank, as on local disks of several nodes

  Errors: PETSC_ERR_USER_INPUT when the disk is full
  Cost:   20 ms on a local disk
  Source: docs/formats/store.md
  See:    KrEnsembleWrite()
*/
PetscErrorCode KrVerifyStore(KrVerify *verify)
{
  char        path[KR_PATH_MAX];
  PetscBool   found = PETSC_FALSE;
  PetscMPIInt rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(verify->world, &rank));
  PetscCall(find_place(verify, path, &found));
  if (!found) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(check_ensemble(verify, path));
  if (rank == 0) (void)unlink(path);
  PetscFunctionReturn(PETSC_SUCCESS);
}
