/* The samples of a campaign in one file, written by all ranks together. */
#include "h5_impl.h"
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_OF(array) ((int)(sizeof(array) / sizeof(array)[0]))

static const KrField row_fields[] = {
  {.name   = "sample",
   .offset = offsetof(KrSampleRow, sample),
   .type   = KR_FIELD_INT64,
   .range  = KR_FROM(0)},
  {.name   = "starts",
   .offset = offsetof(KrSampleRow, starts),
   .type   = KR_FIELD_INT64,
   .range  = KR_WITHIN(0, KR_STARTS_MAX)},
  {.name   = "found",
   .offset = offsetof(KrSampleRow, found),
   .type   = KR_FIELD_INT64,
   .range  = KR_WITHIN(0, KR_STARTS_MAX)},
  {.name   = "n_points",
   .offset = offsetof(KrSampleRow, n_points),
   .type   = KR_FIELD_INT64,
   .range  = KR_WITHIN(0, KR_STARTS_MAX)},
  {.name   = "total",
   .offset = offsetof(KrSampleRow, total),
   .type   = KR_FIELD_INT64,
   .range  = KR_WITHIN(0, 2 * KR_STARTS_MAX)},
  {.name   = "euler_sum",
   .offset = offsetof(KrSampleRow, euler_sum),
   .type   = KR_FIELD_INT64,
   .range  = KR_WITHIN(-KR_STARTS_MAX, KR_STARTS_MAX)},
  {.name   = "coverage",
   .offset = offsetof(KrSampleRow, coverage),
   .type   = KR_FIELD_DOUBLE,
   .range  = KR_WITHIN(0, 1)},
  {.name   = "chao1_missing",
   .offset = offsetof(KrSampleRow, chao1_missing),
   .type   = KR_FIELD_DOUBLE,
   .range  = KR_POSITIVE},
  {.name   = "missing",
   .offset = offsetof(KrSampleRow, missing),
   .type   = KR_FIELD_DOUBLE,
   .range  = KR_POSITIVE},
  {.name   = "verdict",
   .offset = offsetof(KrSampleRow, verdict),
   .type   = KR_FIELD_INT32,
   .range  = KR_WITHIN(0, KR_N_VERDICTS - 1)},
  {.name   = "ground_energy",
   .offset = offsetof(KrSampleRow, ground_energy),
   .type   = KR_FIELD_DOUBLE,
   .range  = KR_REAL_OR_NAN},
  {.name   = "seconds",
   .offset = offsetof(KrSampleRow, seconds),
   .type   = KR_FIELD_DOUBLE,
   .range  = KR_POSITIVE},
  {.name   = "euler_checked",
   .offset = offsetof(KrSampleRow, euler_checked),
   .type   = KR_FIELD_INT32,
   .range  = KR_WITHIN(0, 1)},
  {.name   = "euler_failed",
   .offset = offsetof(KrSampleRow, euler_failed),
   .type   = KR_FIELD_INT32,
   .range  = KR_WITHIN(0, 1)},
  {.name   = "parity_checked",
   .offset = offsetof(KrSampleRow, parity_checked),
   .type   = KR_FIELD_INT32,
   .range  = KR_WITHIN(0, 1)},
  {.name   = "parity_failed",
   .offset = offsetof(KrSampleRow, parity_failed),
   .type   = KR_FIELD_INT32,
   .range  = KR_WITHIN(0, 1)},
  {.name   = "n_singular",
   .offset = offsetof(KrSampleRow, n_singular),
   .type   = KR_FIELD_INT32,
   .range  = KR_FROM(0)}, /* format 2.3 */
  {.name   = "n_continua",
   .offset = offsetof(KrSampleRow, n_continua),
   .type   = KR_FIELD_INT32,
   .range  = KR_FROM(0)},
};

static const KrField point_fields[] = {
  {.name   = "sample",
   .offset = offsetof(KrPointRow, sample),
   .type   = KR_FIELD_INT64,
   .range  = KR_FROM(0)},
  {.name   = "hits",
   .offset = offsetof(KrPointRow, hits),
   .type   = KR_FIELD_INT64,
   .range  = KR_FROM(1)},
  {.name   = "energy",
   .offset = offsetof(KrPointRow, energy),
   .type   = KR_FIELD_DOUBLE,
   .range  = KR_REAL},
  {.name = "mu", .offset = offsetof(KrPointRow, mu), .type = KR_FIELD_DOUBLE, .range = KR_REAL},
  {.name   = "margin",
   .offset = offsetof(KrPointRow, margin),
   .type   = KR_FIELD_DOUBLE,
   .range  = KR_POSITIVE},
  {.name   = "lambda_min",
   .offset = offsetof(KrPointRow, lambda_min),
   .type   = KR_FIELD_DOUBLE,
   .range  = KR_REAL},
  {.name   = "index",
   .offset = offsetof(KrPointRow, index),
   .type   = KR_FIELD_INT32,
   .range  = KR_BELOW(KR_OF_N)},
};

static const KrField ensemble_fields[] = {
  {.name   = "n",
   .offset = offsetof(KrEnsemble, n),
   .type   = KR_FIELD_INT32,
   .range  = KR_WITHIN(1, KR_N_MAX)},
  {.name   = "n_bins",
   .offset = offsetof(KrEnsemble, n_bins),
   .type   = KR_FIELD_INT32,
   .range  = KR_WITHIN(0, INT32_MAX)},
  {.name   = "n_samples",
   .offset = offsetof(KrEnsemble, n_samples),
   .type   = KR_FIELD_INT64,
   .range  = KR_WITHIN(0, KR_STARTS_MAX)},
  {.name   = "bin_first",
   .offset = offsetof(KrEnsemble, bin_first),
   .type   = KR_FIELD_DOUBLE,
   .range  = KR_REAL},
  {.name   = "bin_width",
   .offset = offsetof(KrEnsemble, bin_width),
   .type   = KR_FIELD_DOUBLE,
   .range  = KR_REAL},
  {.name   = "n_mu_bins",
   .offset = offsetof(KrEnsemble, n_mu_bins),
   .type   = KR_FIELD_INT32,
   .range  = KR_WITHIN(0, INT32_MAX)},
  {.name   = "mu_first",
   .offset = offsetof(KrEnsemble, mu_first),
   .type   = KR_FIELD_DOUBLE,
   .range  = KR_REAL},
  {.name   = "mu_width",
   .offset = offsetof(KrEnsemble, mu_width),
   .type   = KR_FIELD_DOUBLE,
   .range  = KR_REAL},
};

enum {
  SET_SAMPLES,
  SET_COUNTS,
  SET_POINTS,
  SET_HISTOGRAM,
  SET_EXPECTED,
  SET_SPECTRUM,
  SET_MU_HISTOGRAM,
  SET_MU_EXPECTED,
  SET_JOINT,
  SET_JOINT_EXPECTED,
  SET_ANNEALED,
  SET_ANNEALED_ERROR,
  SET_QUENCHED,
  SET_QUENCHED_ERROR,
  SET_EMPTY,
  N_SETS
};

const KrContent KrSampleRowContent = {.fields = row_fields, .n_fields = COUNT_OF(row_fields)};

static const KrContent point_content = {.fields = point_fields, .n_fields = COUNT_OF(point_fields)};

/* Compound type of a line of `samples`; the caller closes it. */
hid_t KrH5TypeOfSampleRow(KrH5 *file)
{
  return KrH5TypeOfRecord(file, sizeof(KrSampleRow), COUNT_OF(row_fields), row_fields);
}

typedef struct { /* the compound types of the two tables */
  hid_t row, point;
} Tables;

static Tables open_tables(KrH5 *file)
{
  return (Tables){
    .row   = KrH5TypeOfSampleRow(file),
    .point = KrH5TypeOfRecord(file, sizeof(KrPointRow), COUNT_OF(point_fields), point_fields)};
}

static void close_tables(Tables tables)
{
  if (tables.row >= 0) H5Tclose(tables.row);
  if (tables.point >= 0) H5Tclose(tables.point);
}

/* Histograms in mu, and in e and mu together. */
static void list_mu_sets(int64_t n, int64_t n_mu, KrH5Rows sets[N_SETS])
{
  const hid_t   integer = H5T_NATIVE_INT64, real = H5T_NATIVE_DOUBLE;
  const int64_t columns = n_mu > 0 ? n_mu : KR_FLAT;

  sets[SET_MU_HISTOGRAM]   = (KrH5Rows){"mu_histogram",
                                        "points of all samples by bin of mu (line) and index k "
                                          "(column); empty where mu is a multiple of e",
                                        integer, sizeof(int64_t), n};
  sets[SET_MU_EXPECTED]    = (KrH5Rows){"mu_expected",
                                        "expected number per sample by bin of mu (line) and "
                                           "index k (column), Kac-Rice; NaN where unknown",
                                        real, sizeof(double), n};
  sets[SET_JOINT]          = (KrH5Rows){"joint_histogram",
                                        "points of all samples and indices by bin of e (line) and "
                                                 "of mu (column)",
                                        integer, sizeof(int64_t), columns};
  sets[SET_JOINT_EXPECTED] = (KrH5Rows){"joint_expected",
                                        "expected number per sample by bin of e (line) and of "
                                        "mu (column), Kac-Rice; NaN where unknown",
                                        real, sizeof(double), columns};
}

/* Logarithms of counts by energy bin (line) and index k (column). */
static void list_log_sets(int64_t n, KrH5Rows sets[N_SETS])
{
  const hid_t  real = H5T_NATIVE_DOUBLE;
  const size_t size = sizeof(double);

  sets[SET_ANNEALED]       = (KrH5Rows){"annealed",
                                        "ln(mean number per unit of e) / N by energy bin (line) and "
                                              "index k (column); NaN where none was found",
                                        real, size, n};
  sets[SET_ANNEALED_ERROR] = (KrH5Rows){"annealed_error", "its jackknife error", real, size, n};
  sets[SET_QUENCHED]       = (KrH5Rows){"quenched",
                                        "mean over the samples that have such points of "
                                              "ln(number per unit of e) / N",
                                        real, size, n};
  sets[SET_QUENCHED_ERROR] = (KrH5Rows){"quenched_error", "its jackknife error", real, size, n};
  sets[SET_EMPTY] =
    (KrH5Rows){"empty_fraction", "fraction of the samples that have no such point", real, size, n};
}

/* The data sets of an ensemble of n spins with n_mu bins of mu. */
static void list_sets(int64_t n, int64_t n_mu, Tables tables, KrH5Rows sets[N_SETS])
{
  const hid_t  integer = H5T_NATIVE_INT64;
  const size_t size    = sizeof(int64_t);

  sets[SET_SAMPLES]   = (KrH5Rows){"samples",
                                   "a line a sample, ascending; ground_energy in units of J, "
                                     "core seconds: wall time x ranks of the group",
                                   tables.row, sizeof(KrSampleRow), KR_FLAT};
  sets[SET_COUNTS]    = (KrH5Rows){"counts",
                                   "critical points of sample (line) and index k (column), "
                                      "antipodes counted",
                                   integer, size, n};
  sets[SET_POINTS]    = (KrH5Rows){"points",
                                   "critical points, antipodes written out; energies and "
                                      "eigenvalues in units of J",
                                   tables.point, sizeof(KrPointRow), KR_FLAT};
  sets[SET_HISTOGRAM] = (KrH5Rows){"histogram",
                                   "points of all samples by energy bin (line) and index k "
                                   "(column)",
                                   integer, size, n};
  sets[SET_EXPECTED]  = (KrH5Rows){"expected",
                                   "expected number per sample by energy bin (line) and index "
                                    "k (column), Kac-Rice; NaN where unknown",
                                   H5T_NATIVE_DOUBLE, sizeof(double), n};
  sets[SET_SPECTRUM]  = (KrH5Rows){"minima_spectrum",
                                   "Hessian eigenvalues of all minima: number in bins "
                                    "of (lambda + mu) / sqrt(f''(1))",
                                   integer, size, KR_FLAT};
  list_mu_sets(n, n_mu, sets);
  list_log_sets(n, sets);
}

/* Samples must ascend from rank to rank, so that the file does not tell how many ranks wrote it, and be as
   many as the ensemble says. */
static PetscErrorCode check_order(MPI_Comm comm, const KrEnsemble *ensemble)
{
  int64_t     before = INT64_MIN, last = INT64_MIN, n_samples;
  int         wrong = 0, any;
  PetscMPIInt rank;

  PetscFunctionBeginUser;
  for (int64_t i = 0; i < ensemble->n_rows; ++i) {
    if (i > 0 && ensemble->rows[i].sample <= last) wrong = 1;
    last = ensemble->rows[i].sample;
  }
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Exscan(&last, &before, 1, MPI_INT64_T, MPI_MAX, comm));
  if (rank > 0 && ensemble->n_rows > 0 && ensemble->rows[0].sample <= before) wrong = 1;
  PetscCallMPI(MPI_Allreduce(&wrong, &any, 1, MPI_INT, MPI_MAX, comm));
  PetscCheck(
    any == 0, comm, PETSC_ERR_ARG_WRONG,
    "samples must ascend on each rank and from rank to rank: give each rank a block of them");
  PetscCallMPI(MPI_Allreduce(&ensemble->n_rows, &n_samples, 1, MPI_INT64_T, MPI_SUM, comm));
  PetscCheck(n_samples == ensemble->n_samples, comm, PETSC_ERR_ARG_SIZ,
             "the ranks hold %lld samples, the ensemble says %lld", (long long)n_samples,
             (long long)ensemble->n_samples);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* About how many bytes the file will have: data and the index of their chunks. */
static PetscErrorCode estimate_size(MPI_Comm comm, const KrEnsemble *ensemble, int64_t *n_bytes)
{
  const int64_t line = (int64_t)sizeof(KrSampleRow) + 8 * (int64_t)ensemble->n;
  const int64_t mine = ensemble->n_rows * line + ensemble->n_points * (int64_t)sizeof(KrPointRow);

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Allreduce(&mine, n_bytes, 1, MPI_INT64_T, MPI_SUM, comm));
  *n_bytes += 56 * (int64_t)ensemble->n_bins * (ensemble->n + 1);
  *n_bytes += 16 * (int64_t)ensemble->n_mu_bins * (ensemble->n + 1);
  if (ensemble->joint != NULL) *n_bytes += 16 * (int64_t)ensemble->n_bins * ensemble->n_mu_bins;
  *n_bytes += *n_bytes / 256;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Writes n_bins + 1 edges first, first + width, ... as a data set; the first rank has them all. */
static PetscErrorCode write_edges(KrH5 *file, const char name[], const char description[],
                                  int n_bins, double first, double width)
{
  const KrH5Rows rows  = {name, description, H5T_NATIVE_DOUBLE, sizeof(double), KR_FLAT};
  double        *edges = malloc(((size_t)n_bins + 1) * sizeof *edges);
  PetscMPIInt    rank;

  PetscFunctionBeginUser;
  PetscCheck(edges != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for %d bin edges",
             n_bins + 1);
  for (int i = 0; i <= n_bins; ++i) edges[i] = first + i * width;
  PetscCallMPI(MPI_Comm_rank(file->comm, &rank));
  PetscCall(KrH5RowsWrite(file, &rows, rank == 0 ? n_bins + 1 : 0, edges));
  free(edges);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Each rank its lines; what is the same on every rank comes from the first. */
static PetscErrorCode write_sets(KrH5 *file, const KrEnsemble *ensemble)
{
  const void *data[N_SETS] = {
    ensemble->rows,           ensemble->counts,         ensemble->points,
    ensemble->histogram,      ensemble->expected,       ensemble->minima_spectrum,
    ensemble->mu_histogram,   ensemble->mu_expected,    ensemble->joint,
    ensemble->joint_expected, ensemble->annealed,       ensemble->annealed_error,
    ensemble->quenched,       ensemble->quenched_error, ensemble->empty_fraction};
  const Tables tables = open_tables(file);
  KrH5Rows     sets[N_SETS];
  PetscMPIInt  rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(file->comm, &rank));
  list_sets(ensemble->n, ensemble->n_mu_bins, tables, sets);
  for (int i = 0; i < N_SETS; ++i) {
    int64_t n_lines = i == SET_SPECTRUM ? KR_SPECTRUM_BINS : ensemble->n_bins;

    if (i == SET_MU_HISTOGRAM || i == SET_MU_EXPECTED) n_lines = ensemble->n_mu_bins;
    if (rank != 0 || data[i] == NULL) n_lines = 0;
    if (i == SET_SAMPLES || i == SET_COUNTS) n_lines = ensemble->n_rows;
    if (i == SET_POINTS) n_lines = ensemble->n_points;
    PetscCall(KrH5RowsWrite(file, &sets[i], n_lines, data[i]));
  }
  close_tables(tables);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrEnsembleWrite - Writes the ensemble of a campaign, all ranks together, whole or not at all.

  Collective on comm

  Input:
+ comm     - all ranks that hold samples; a rank may have none
. path     - the file; one of that name is replaced
. meta     - provenance and options of the run
- ensemble - borrowed. Its samples ascend on each rank and from rank to rank (a block of samples a rank), so that
             the content does not depend on the number of ranks; n, n_samples, the bins, histogram, expected and
             minima_spectrum are the same on every rank

  Errors: bad input when it cannot be written (no such folder, no permission, disk full), the same on every
          rank; nothing is left then. PETSC_ERR_ARG_WRONG when the samples do not ascend
  Cost:   one collective write a data set, 0.05 to 0.4 s for 40 MB
  Source: docs/formats/store.md, docs/adr/0002-shards-and-one-ensemble-file.md
  See:    KrShardRead(), KrEnsembleRead()
*/
PetscErrorCode KrEnsembleWrite(MPI_Comm comm, const char path[], const KrFileMeta *meta,
                               const KrEnsemble *ensemble)
{
  int64_t n_bytes;
  KrH5    file;

  PetscFunctionBeginUser;
  PetscCall(check_order(comm, ensemble));
  PetscCall(estimate_size(comm, ensemble, &n_bytes));
  PetscCall(
    KrH5Create(&file, comm, KR_STORAGE_PARALLEL, path, KR_FILETYPE_ENSEMBLE, meta, n_bytes));
  KrH5FieldsWrite(&file, COUNT_OF(ensemble_fields), ensemble_fields, ensemble);
  PetscCall(KrH5Agree(&file));
  PetscCall(write_sets(&file, ensemble));
  PetscCall(write_edges(&file, "bin_edges", "edges of the energy bins, e = H/N, units of J",
                        ensemble->n_bins, ensemble->bin_first, ensemble->bin_width));
  PetscCall(write_edges(&file, "mu_bin_edges", "edges of the bins of mu, units of J",
                        ensemble->n_mu_bins, ensemble->mu_first, ensemble->mu_width));
  PetscCall(write_edges(&file, "minima_spectrum_edges", "edges of the bins of minima_spectrum",
                        KR_SPECTRUM_BINS, -KR_SPECTRUM_EDGE,
                        2.0 * KR_SPECTRUM_EDGE / KR_SPECTRUM_BINS));
  PetscCall(KrH5Commit(&file));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Reads all data sets of an ensemble whose attributes are known. */
static void read_sets(KrH5 *file, KrEnsemble *ensemble)
{
  void        *data[N_SETS]   = {NULL};
  int64_t      n_rows[N_SETS] = {ensemble->n_samples, ensemble->n_samples, -1,
                                 ensemble->n_bins,    ensemble->n_bins,    KR_SPECTRUM_BINS,
                                 ensemble->n_mu_bins, ensemble->n_mu_bins};
  const Tables tables         = open_tables(file);
  KrH5Rows     sets[N_SETS];

  list_sets(ensemble->n, ensemble->n_mu_bins, tables, sets);
  for (int i = SET_JOINT; i < N_SETS; ++i) n_rows[i] = -1; /* as many as there are: all or none */
  for (int i = 0; i < N_SETS; ++i) KrH5RowsRead(file, &sets[i], &n_rows[i], &data[i]);
  file->scales[KR_OF_N] = ensemble->n;
  KrH5ContentCheck(file, &sets[SET_SAMPLES], &KrSampleRowContent, 0, n_rows[SET_SAMPLES],
                   data[SET_SAMPLES]);
  KrH5ContentCheck(file, &sets[SET_POINTS], &point_content, 0, n_rows[SET_POINTS],
                   data[SET_POINTS]);
  if (file->failure[0] == '\0')
    memcpy(ensemble->minima_spectrum, data[SET_SPECTRUM], sizeof ensemble->minima_spectrum);
  ensemble->rows           = data[SET_SAMPLES];
  ensemble->counts         = data[SET_COUNTS];
  ensemble->points         = data[SET_POINTS];
  ensemble->histogram      = data[SET_HISTOGRAM];
  ensemble->expected       = data[SET_EXPECTED];
  ensemble->mu_histogram   = data[SET_MU_HISTOGRAM];
  ensemble->mu_expected    = data[SET_MU_EXPECTED];
  ensemble->joint          = data[SET_JOINT];
  ensemble->joint_expected = data[SET_JOINT_EXPECTED];
  ensemble->annealed       = data[SET_ANNEALED];
  ensemble->annealed_error = data[SET_ANNEALED_ERROR];
  ensemble->quenched       = data[SET_QUENCHED];
  ensemble->quenched_error = data[SET_QUENCHED_ERROR];
  ensemble->empty_fraction = data[SET_EMPTY];
  ensemble->n_rows         = n_rows[SET_SAMPLES];
  ensemble->n_points       = n_rows[SET_POINTS];
  free(data[SET_SPECTRUM]);
  close_tables(tables);
}

/*
  KrEnsembleRead - Reads a whole ensemble on the calling rank.

  Not collective

  Input:
. path - an ensemble file

  Output:
. ensemble - filled, all samples local; owns its arrays (KrEnsembleDestroy)

  Errors: bad input when the file is missing, damaged, of another type or major version
  Cost:   reads the file once; the whole of it must fit into the memory of a rank
  Source: docs/formats/store.md
  See:    KrEnsembleWrite(), KrEnsembleDestroy()
*/
PetscErrorCode KrEnsembleRead(const char path[], KrEnsemble *ensemble)
{
  KrH5 file;

  PetscFunctionBeginUser;
  *ensemble = (KrEnsemble){0};
  KrH5Open(&file, path, KR_FILETYPE_ENSEMBLE, 0);
  KrH5FieldsRead(&file, COUNT_OF(ensemble_fields), ensemble_fields, ensemble);
  if (ensemble->n < 1 || ensemble->n_samples < 0 || ensemble->n_bins < 0 || ensemble->n_mu_bins < 0)
    KrH5Fail(&file, "one of n %d, n_samples %lld, n_bins %d, n_mu_bins %d is out of range",
             (int)ensemble->n, (long long)ensemble->n_samples, (int)ensemble->n_bins,
             (int)ensemble->n_mu_bins);
  if (file.failure[0] == '\0') read_sets(&file, ensemble);
  KrH5Close(&file);
  if (file.failure[0] != '\0') KrEnsembleDestroy(ensemble);
  PetscCall(KrH5Check(&file, ""));
  PetscFunctionReturn(PETSC_SUCCESS);
}
