/* One immutable file a disorder sample: its presence under the final name means that the sample is done. */
#include "sample_file.h"
#include "disk_impl.h"
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SHARDS_PER_FOLDER 1000

#define COUNT_OF(array) ((int)(sizeof(array) / sizeof(array)[0]))

static const KrField point_fields[] = {KR_POINT(KR_AS_FIELD, KrPoint)};

/* clang-format off */
#define KR_SAMPLE_NUMBERS(X, R) \
  X(R, int64_t, sample, KR_FROM(0), 0, 0, "number of the disorder sample") \
  X(R, uint64_t, seed, KR_ANY, 0, 0, "campaign seed") \
  X(R, int32_t, n, KR_WITHIN(1, KR_N_MAX), 0, 0, "N") \
  X(R, int64_t, starts, KR_WITHIN(0, KR_STARTS_MAX), 0, 0, "made") \
  X(R, int64_t, paths, KR_WITHIN(0, KR_STARTS_MAX), 0, 0, "of a homotopy: complex critical points; else 0") \
  X(R, int64_t, paths_followed, KR_WITHIN(0, KR_STARTS_MAX), 0, 0, "each time that one was followed counted") \
  X(R, int64_t, paths_distinct, KR_WITHIN(0, KR_STARTS_MAX), 0, 0, "different ones that were reached") \
  X(R, int64_t, n_points, KR_WITHIN(0, KR_STARTS_MAX), 0, 0, "entries of points") \
  X(R, int32_t, n_lowest, KR_WITHIN(0, KR_N_MAX), 0, 0, "columns of lowest") \
  X(R, int32_t, n_highest, KR_WITHIN(0, KR_N_MAX), 0, 0, "columns of highest") \
  X(R, double, coverage, KR_WITHIN(0, 1), 0, 0, "Good-Turing: 1 - singletons / found starts") \
  X(R, double, chao1_missing, KR_POSITIVE, 0, 0, "Chao1 lower bound on missing representatives") \
  X(R, double, missing, KR_POSITIVE, 0, 0, "estimated number of representatives missing") \
  X(R, int32_t, rounds, KR_FROM(0), 0, 0, "in which the starts were made") \
  X(R, double, energy_first, KR_REAL, 0, 0, "lowest e of the list; 0, like the highest: all") \
  X(R, double, energy_last, KR_REAL, 0, 0, "highest e of the list, units of J") \
  X(R, int32_t, euler_checked, KR_WITHIN(0, 1), 0, 0, "1: the sum of (-1)^k C_k was compared") \
  X(R, int32_t, euler_failed, KR_WITHIN(0, 1), 0, 0, "1: it differs") \
  X(R, int32_t, parity_checked, KR_WITHIN(0, 1), 0, 0, "1: the parity of the number of pairs was") \
  X(R, int32_t, parity_failed, KR_WITHIN(0, 1), 0, 0, "1: it differs") \
  X(R, int64_t, euler_sum, KR_WITHIN(-KR_STARTS_MAX, KR_STARTS_MAX), 0, 0, "sum of (-1)^k C_k") \
  X(R, double, seconds, KR_POSITIVE, 0, KR_USE_CLOCK, "core seconds") \
  X(R, int64_t, round_end, KR_FROM(0), 2, 0, "starts made when the last round is over") \
  X(R, int32_t, rule_met, KR_WITHIN(0, 1), 2, 0, "1: the stopping rule is met, 0: the starts ran out") \
  X(R, int64_t, n_singular, KR_FROM(0), 3, 0, "entries of points: isolated singular points") \
  X(R, int64_t, n_continua, KR_FROM(0), 3, 0, "entries of points: sets of positive dimension")
/* clang-format on */

static const KrField sample_fields[] = {KR_SAMPLE_NUMBERS(KR_AS_FIELD, KrSample)};

static const KrField origin_fields[] = {KR_ORIGIN(KR_AS_FIELD, KrOrigin)};

static const char *const symmetry_names[] = {"none", "even", "odd"}; /* by KrParity */

static const char *const reason_names[KR_N_REASONS] = {
  "found", "failed_max_iter", "failed_line_search", "failed_singular", "failed_saddle", "complex",
};

/*
  KrShardPath - Names the shard of a sample: <directory>/samples/0012/s00012345.h5, at most 1000 a folder.

  Not collective

  Input:
+ directory - folder of the campaign
. sample    - number of the disorder sample, >= 0
- length    - bytes of path

  Output:
. path - the name, ended by 0

  Errors: bad input when the name does not fit
  Cost:   none
  See:    KrShardWrite()
*/
PetscErrorCode KrShardPath(const char directory[], int64_t sample, char path[], size_t length)
{
  int needed;

  PetscFunctionBeginUser;
  needed = snprintf(path, length, "%s/samples/%04lld/s%08lld.h5", directory,
                    (long long)(sample / SHARDS_PER_FOLDER), (long long)sample);
  KR_CHECK_INPUT(needed >= 0 && (size_t)needed < length, PETSC_COMM_SELF,
                 "the folder %s has a name of more than %zu bytes, shorten it", directory,
                 length - 40);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Makes the folder that the file called path goes to. */
static PetscErrorCode make_folders(const char path[])
{
  char folder[KR_PATH_MAX];
  int  status;

  PetscFunctionBeginUser;
  snprintf(folder, sizeof folder, "%.*s", (int)(strrchr(path, '/') - path), path);
  status = KrDiskMakeFolders(folder);
  KR_CHECK_INPUT(status == 0, PETSC_COMM_SELF, "cannot make the folder %s: %s", folder,
                 strerror(status));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The folders above a file, on rank 0 for all. Collective on comm. */
PetscErrorCode KrSampleFileMakeFolders(MPI_Comm comm, const char path[])
{
  PetscMPIInt rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  if (rank == 0) PetscCall(make_folders(path));
  PetscCallMPI(MPI_Barrier(comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

enum {
  SET_POINTS,
  SET_X,
  SET_LOWEST,
  SET_HIGHEST, /* up to here of the points, spread over the ranks; then the same on every rank */
  SET_COUNT,
  SET_SPECTRUM,
  SET_REASONS,
  SET_ORIGINS,
  SET_LANDED,
  SET_ROUND,
  N_SETS
};

typedef struct { /* one data set of a shard */
  KrH5Rows rows;
  int64_t  n_rows;
} Set;

typedef struct { /* record types of a shard, closed by whoever made them */
  hid_t point, origin;
} Types;

/* Compound type of a point in a file, of the members that its format has; the caller closes it. */
hid_t KrH5TypeOfPoint(KrH5 *file)
{
  return KrH5TypeOfRecord(file, sizeof(KrPoint), COUNT_OF(point_fields), point_fields);
}

static Types make_types(KrH5 *file)
{
  return (Types){
    .point  = KrH5TypeOfPoint(file),
    .origin = KrH5TypeOfRecord(file, sizeof(KrOrigin), COUNT_OF(origin_fields), origin_fields)};
}

static void close_types(const Types *types)
{
  if (types->point >= 0) H5Tclose(types->point);
  if (types->origin >= 0) H5Tclose(types->origin);
}

/* The data sets of a sample whose n, n_points, n_lowest and n_highest are known. */
static void list_sets(const KrSample *sample, const Types *types, Set sets[N_SETS])
{
  const hid_t   real = H5T_NATIVE_DOUBLE, integer = H5T_NATIVE_INT64;
  const size_t  size = sizeof(double), point_size = sizeof(KrPoint);
  const int64_t m = sample->n_points;

  sets[SET_POINTS] = (Set){{"points",
                            "distinct critical points, one of each antipodal pair; energies "
                            "and eigenvalues in units of J",
                            types->point, point_size, KR_FLAT},
                           m};
  sets[SET_X]      = (Set){{"x", "coordinates of the points, |x|^2 = N", real, size, sample->n}, m};
  sets[SET_LOWEST] = (Set){{"lowest",
                            "lowest Hessian eigenvalues of the points, ascending, units of J; "
                            "NaN beyond N-1",
                            real, size, sample->n_lowest},
                           m};
  sets[SET_HIGHEST] = (Set){{"highest",
                             "highest Hessian eigenvalues of the points, descending, units of "
                             "J; NaN beyond N-1",
                             real, size, sample->n_highest},
                            m};
  sets[SET_COUNT]   = (Set){
      {"count", "critical points of index k = 0 ... N-1, antipodes counted", integer, size, KR_FLAT},
      sample->n};
  sets[SET_SPECTRUM] = (Set){{"minima_spectrum",
                              "Hessian eigenvalues of the minima, both antipodes: "
                              "number in bins of (lambda + mu) / sqrt(f''(1))",
                              integer, size, KR_FLAT},
                             KR_SPECTRUM_BINS};
  sets[SET_REASONS] =
    (Set){{"reasons", "starts by how they ended, in the order of the attribute names", integer,
           size, KR_FLAT},
          KR_N_REASONS};
  sets[SET_ORIGINS] =
    (Set){{"origins", "Newton starts by their initial mu, in bins from -1 to 1 times -newton_range",
           types->origin, sizeof(KrOrigin), KR_FLAT},
          KR_DIAL_BINS};
  sets[SET_LANDED] = (Set){{"landed", "Newton starts by their initial mu and by mu at their end",
                            integer, size, KR_DIAL_BINS},
                           KR_DIAL_BINS};
  sets[SET_ROUND]  = (Set){{"round",
                            "law of the initial mu in the round under way, cumulative at the edges "
                             "of its bins; then the starts made when it ends",
                            real, sizeof(double), KR_FLAT},
                           KR_DIAL_BINS + 2};
}

/* Attributes of single data sets: bin edges and the names of the reasons. */
static void write_labels(KrH5 *file)
{
  double edges[KR_SPECTRUM_BINS + 1];

  for (int i = 0; i <= KR_SPECTRUM_BINS; ++i)
    edges[i] = KR_SPECTRUM_EDGE * (2.0 * i / KR_SPECTRUM_BINS - 1.0);
  KrH5AttributeWrite(file, "minima_spectrum", "edges", H5T_NATIVE_DOUBLE, KR_SPECTRUM_BINS + 1,
                     edges);
  KrH5TextWrite(file, "reasons", "names", KR_N_REASONS, reason_names);
}

/* Attributes of "/" that tell of the sample as a whole; n_points over all ranks. */
static PetscErrorCode write_attributes(KrH5 *file, const KrSample *sample)
{
  const char *const verdict = KrVerdictName(sample->verdict);
  KrSample          whole   = *sample;

  PetscFunctionBeginUser;
  PetscCallMPI(
    MPI_Allreduce(&sample->n_points, &whole.n_points, 1, MPI_INT64_T, MPI_SUM, file->comm));
  KrH5FieldsWrite(file, COUNT_OF(sample_fields), sample_fields, &whole);
  KrH5TextWrite(file, ".", "symmetry", 0, &symmetry_names[sample->symmetry]);
  KrH5TextWrite(file, ".", "verdict", 0, &verdict);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Bytes of the points of all ranks. */
static PetscErrorCode count_bytes(MPI_Comm comm, const KrSample *sample, int64_t *n_bytes)
{
  const int64_t columns =
    sample->n_lowest + sample->n_highest + (sample->x != NULL ? sample->n : 0);

  PetscFunctionBeginUser;
  *n_bytes = sample->n_points * ((int64_t)sizeof(KrPoint) + 8 * columns);
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, n_bytes, 1, MPI_INT64_T, MPI_SUM, comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Data sets that a record may lack. */
static int is_optional(int set)
{
  return set == SET_X || set == SET_LANDED || set == SET_ROUND;
}

/* Collective on comm, whose ranks hold the points in this order. */
PetscErrorCode KrSampleFileWrite(MPI_Comm comm, const char path[], const char filetype[],
                                 const KrFileMeta *meta, const KrSample *sample)
{
  const void *data[N_SETS] = {
    sample->points,          sample->x,       sample->lowest,  sample->highest, sample->count,
    sample->minima_spectrum, sample->reasons, sample->origins, sample->landed,  sample->round};
  PetscMPIInt rank, n_ranks;
  int64_t     n_bytes;
  Set         sets[N_SETS];
  KrH5        file;
  Types       types;
  void       *landed = NULL;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Comm_size(comm, &n_ranks));
  PetscCall(KrSampleFileMakeFolders(comm, path));
  PetscCall(count_bytes(comm, sample, &n_bytes));
  PetscCall(KrH5Create(&file, comm, n_ranks > 1 ? KR_STORAGE_PARALLEL : KR_STORAGE_MEMORY, path,
                       filetype, meta, n_bytes));
  file.is_sealed = 1;
  PetscCall(write_attributes(&file, sample));
  types = make_types(&file);
  list_sets(sample, &types, sets);
  if (sample->landed != NULL)
    data[SET_LANDED] = landed =
      KrH5Narrow(KR_DIAL_BINS * KR_DIAL_BINS, sample->landed, &sets[SET_LANDED].rows);
  for (int i = 0; i < N_SETS; ++i) {
    const int64_t n_rows = i <= SET_HIGHEST || rank == 0 ? sets[i].n_rows : 0;

    if (!is_optional(i) || data[i] != NULL)
      PetscCall(KrH5RowsWrite(&file, &sets[i].rows, n_rows, data[i]));
  }
  free(landed);
  write_labels(&file);
  close_types(&types);
  PetscCall(KrH5Commit(&file));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrShardWrite - Writes the shard of a finished sample whole or not at all; from its return on the sample is
  done, whatever crashes.

  Collective on comm

  Input:
+ comm      - ranks whose points make the sample, in this order
. directory - folder of the campaign, must exist; samples/NNNN is made in it
. meta      - provenance and options of the run
- sample    - borrowed: the points of this rank, and the rest the same on every rank; x may be NULL everywhere, then
              the shard has no data set x

  Errors: bad input when it cannot be written (no such folder, no permission, disk full); nothing is left then
  Cost:   on one rank a copy of the sample in memory, on several MPI-IO; two or three fsync, 4 to 13 ms on a local disk
  Source: docs/formats/store.md
  See:    KrShardRead(), KrShardExists()
*/
PetscErrorCode KrShardWrite(MPI_Comm comm, const char directory[], const KrFileMeta *meta,
                            const KrSample *sample)
{
  char path[KR_PATH_MAX];

  PetscFunctionBeginUser;
  PetscCall(KrShardPath(directory, sample->sample, path, sizeof path));
  PetscCall(KrSampleFileWrite(comm, path, KR_FILETYPE_SAMPLE, meta, sample));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrShardExists - Says whether a sample is done: whether its shard has its final name.

  Not collective

  Input:
+ directory - folder of the campaign; need not exist
- sample    - number of the disorder sample

  Output:
. exists - answer

  Errors: bad input when the folder cannot be searched (no permission)
  Cost:   one stat
  See:    KrShardWrite()
*/
PetscErrorCode KrShardExists(const char directory[], int64_t sample, PetscBool *exists)
{
  char        path[KR_PATH_MAX];
  struct stat info;
  int         status;

  PetscFunctionBeginUser;
  PetscCall(KrShardPath(directory, sample, path, sizeof path));
  status  = stat(path, &info) == 0 ? 0 : errno;
  *exists = status == 0 ? PETSC_TRUE : PETSC_FALSE;
  KR_CHECK_INPUT(status == 0 || status == ENOENT || status == ENOTDIR, PETSC_COMM_SELF,
                 "cannot look for %s: %s", path, strerror(status));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Reads a text attribute that is one of some names into its number. */
static int read_choice(KrH5 *file, const char attribute[], int n_names, const char *const names[])
{
  char *name  = NULL;
  int   found = -1;

  KrH5TextRead(file, attribute, &name);
  for (int i = 0; name != NULL && i < n_names; ++i)
    if (strcmp(name, names[i]) == 0) found = i;
  if (found < 0) KrH5Fail(file, "its %s \"%s\" is unknown", attribute, name == NULL ? "" : name);
  free(name);
  return found < 0 ? 0 : found;
}

static void read_choices(KrH5 *file, KrSample *sample)
{
  const char *verdicts[KR_N_VERDICTS];

  for (int v = 0; v < KR_N_VERDICTS; ++v) verdicts[v] = KrVerdictName((KrVerdict)v);
  sample->symmetry =
    (KrParity)read_choice(file, "symmetry", COUNT_OF(symmetry_names), symmetry_names);
  sample->verdict = (KrVerdict)read_choice(file, "verdict", KR_N_VERDICTS, verdicts);
}

/* Whether a data set is left out. */
static int is_left_out(const KrSampleWant *want, int set)
{
  if (want->parts == KR_SHARD_CHECK) return 0;
  if (!want->with_state && (set == SET_LANDED || set == SET_ROUND)) return 1;
  if (want->parts == KR_SHARD_ALL) return 0;
  if (set == SET_X || set == SET_LOWEST || set == SET_ORIGINS || set >= SET_LANDED) return 1;
  return want->parts == KR_SHARD_COUNTS && (set == SET_HIGHEST || set == SET_SPECTRUM);
}

/* What the numbers of each data set may be; how they fit each other: sample_check.c. */
static const KrContent contents[N_SETS] = {
  [SET_POINTS]   = {.fields = point_fields, .n_fields = COUNT_OF(point_fields)},
  [SET_X]        = {.range = KR_REAL},
  [SET_LOWEST]   = {.range = KR_REAL_OR_NAN},
  [SET_HIGHEST]  = {.range = KR_REAL_OR_NAN},
  [SET_COUNT]    = {.range = KR_WITHIN(0, 2 * KR_STARTS_MAX)},
  [SET_SPECTRUM] = {.range = KR_FROM(0)},
  [SET_REASONS]  = {.range = KR_WITHIN(0, KR_STARTS_MAX)},
  [SET_ORIGINS]  = {.fields = origin_fields, .n_fields = COUNT_OF(origin_fields)},
  [SET_LANDED]   = {.range = KR_WITHIN(0, KR_STARTS_MAX)},
  [SET_ROUND]    = {.range = KR_WITHIN(0, 2 * KR_STARTS_MAX)},
};

/* Reads one data set, or what is wanted of it, and holds its numbers against what they may be. */
static void read_set(KrH5 *file, const KrSampleWant *want, int i, Set *set, void **data)
{
  const int is_head = want->parts == KR_SHARD_COUNTS && i == SET_POINTS;
  int64_t   first   = 0, n_read;

  if (is_head) KrH5HeadRead(file, &set->rows, 1, &set->n_rows, data);
  else if (i <= SET_HIGHEST) {
    first = set->n_rows * want->part / want->n_parts;
    KrH5PartRead(file, &set->rows, want->part, want->n_parts, &set->n_rows, data);
  } else KrH5RowsRead(file, &set->rows, &set->n_rows, data);
  n_read = is_head ? set->n_rows > 0 : set->n_rows;
  for (int64_t j = 0; i == SET_POINTS && file->minor < 3 && *data != NULL && j < n_read; ++j) {
    KrPoint *point = (KrPoint *)*data + j;

    if (file->minor < 2) point->found_index = point->index;
    point->nullity      = want->with_state ? -1 : 0; /* a search looks at them anew */
    point->multiplicity = 1;
  }
  KrH5ContentCheck(file, &set->rows, &contents[i], first, n_read, *data);
}

/* Takes over data sets of fixed length, which are part of the record. */
static void copy_fixed(KrH5 *file, void *const data[N_SETS], KrSample *sample)
{
  if (file->failure[0] != '\0') return;
  if (data[SET_SPECTRUM] != NULL)
    memcpy(sample->minima_spectrum, data[SET_SPECTRUM], sizeof sample->minima_spectrum);
  if (data[SET_REASONS] != NULL) memcpy(sample->reasons, data[SET_REASONS], sizeof sample->reasons);
  if (data[SET_ORIGINS] != NULL) memcpy(sample->origins, data[SET_ORIGINS], sizeof sample->origins);
}

/* Reads a part of the points, and all else that is wanted. */
static void read_sets(KrH5 *file, const KrSampleWant *want, KrSample *sample)
{
  void       *data[N_SETS] = {NULL};
  Set         sets[N_SETS];
  const Types types = make_types(file);

  list_sets(sample, &types, sets);
  for (int i = 0; i < N_SETS; ++i) {
    htri_t is_there = !is_left_out(want, i);

    if (is_there && is_optional(i))
      KR_CALL_H5(file, is_there, H5Lexists(file->id, sets[i].rows.name, H5P_DEFAULT));
    if (is_there > 0) read_set(file, want, i, &sets[i], &data[i]);
  }
  sample->n_points = sets[SET_POINTS].n_rows;
  sample->points   = data[SET_POINTS];
  sample->x        = data[SET_X];
  sample->lowest   = data[SET_LOWEST];
  sample->highest  = data[SET_HIGHEST];
  sample->count    = data[SET_COUNT];
  sample->landed   = data[SET_LANDED];
  sample->round    = data[SET_ROUND];
  copy_fixed(file, data, sample);
  free(data[SET_SPECTRUM]);
  free(data[SET_REASONS]);
  free(data[SET_ORIGINS]);
  close_types(&types);
}

/* Attributes of "/" that tell of the sample as a whole. */
void KrSampleAttributesRead(KrH5 *file, int64_t number, KrSample *sample)
{
  const int n_fields = COUNT_OF(sample_fields);

  KrH5FieldsRead(file, n_fields, sample_fields, sample);
  read_choices(file, sample);
  KrSampleCheckNumbers(file, number, sample);
}

/* Whether the record belongs to the campaign as it is. */
static void check_identity(KrH5 *file, const KrSampleWant *want, const KrSample *sample)
{
  if (want->identity == NULL) return;
  if (strcmp(want->filetype, KR_FILETYPE_CHECKPOINT) == 0) KrH5CheckState(file, want->identity);
  else if (KrH5GoesOn(file, want->identity, sample) && !want->with_state) {
    KrH5Fail(file, "the campaign was extended since, and this sample not yet; run census to do so");
    file->goes_on = 1;
  }
}

/* Reads a record; why it cannot be stays in the file, and sample is then empty. Collective on want->comm when the ranks
   read parts of it. */
PetscErrorCode KrSampleFileTry(const char path[], const KrSampleWant *want, KrH5 *file,
                               KrSample *sample)
{
  const KrSampleParts parts    = {.is_state     = strcmp(want->filetype, KR_FILETYPE_CHECKPOINT) == 0,
                                  .all_points   = want->parts != KR_SHARD_COUNTS,
                                  .with_x       = !is_left_out(want, SET_X),
                                  .with_origins = !is_left_out(want, SET_ORIGINS)};
  char               *identity = NULL;

  PetscFunctionBeginUser;
  *sample = (KrSample){0};
  KrH5Open(file, path, want->filetype, want->parts == KR_SHARD_COUNTS ? KR_SEAL_TRUSTED : 1);
  KrSampleAttributesRead(file, want->number, sample);
  check_identity(file, want, sample);
  KrH5IdentityRead(file, &identity);
  KrSampleCheckCampaign(file, identity, sample);
  if (file->failure[0] == '\0') read_sets(file, want, sample);
  KrH5Close(file);
  if (want->n_parts > 1) file->comm = want->comm;
  PetscCall(KrH5Agree(file));
  PetscCall(KrSampleCheck(file, &parts, identity, sample));
  free(identity);
  if (file->failure[0] != '\0') KrSampleDestroy(sample);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KrSampleFileRead(const char path[], const KrSampleWant *want, KrSample *sample)
{
  KrH5 file;

  PetscFunctionBeginUser;
  PetscCall(KrSampleFileTry(path, want, &file, sample));
  PetscCall(KrH5Check(&file, file.goes_on ? "" : want->again)); /* which tells what to do itself */
  PetscFunctionReturn(PETSC_SUCCESS);
}
