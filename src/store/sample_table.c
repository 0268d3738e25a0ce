/* The lines of all samples of a folder, kept so that nobody has to open every shard to know them. May be remade at any
   time, so a file that cannot be read counts as none. */
#include "h5_impl.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { SET_SAMPLES, SET_COUNTS, SET_STAMPS, N_SETS };

static void list_sets(const KrSampleTable *table, hid_t row, KrH5Rows sets[N_SETS])
{
  sets[SET_SAMPLES] = (KrH5Rows){"samples",
                                 "a line a sample, ascending; ground_energy in units of J, core "
                                 "seconds: wall time x ranks of the group",
                                 row, sizeof(KrSampleRow), KR_FLAT};
  sets[SET_COUNTS]  = (KrH5Rows){"counts",
                                 "critical points of sample (line) and index k (column), antipodes "
                                  "counted",
                                 H5T_NATIVE_INT64, sizeof(int64_t), table->n};
  sets[SET_STAMPS] =
    (KrH5Rows){"stamps", "of each shard: time of its last change, ns since 1970, and bytes",
               H5T_NATIVE_INT64, sizeof(int64_t), 2};
}

/* Writes the data sets of a table into an open file. Collective on its communicator, of one rank. */
PetscErrorCode KrH5SampleTableWrite(KrH5 *file, const KrSampleTable *table)
{
  const void *data[N_SETS] = {table->rows, table->counts, table->stamps};
  const hid_t row          = KrH5TypeOfSampleRow(file);
  KrH5Rows    sets[N_SETS];

  PetscFunctionBeginUser;
  KrH5AttributeWrite(file, ".", "n", H5T_NATIVE_INT32, 0, &table->n);
  list_sets(table, row, sets);
  for (int i = 0; i < N_SETS; ++i) PetscCall(KrH5RowsWrite(file, &sets[i], table->count, data[i]));
  if (row >= 0) H5Tclose(row);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrSampleTableWrite - Writes the lines of samples to a file of their own, whole or not at all.

  Not collective

  Input:
+ path  - the file; one of that name is replaced
. meta  - provenance and options
- table - borrowed

  Errors: bad input when it cannot be written
  Cost:   about 150 bytes a sample and 8 N
  Source: docs/formats/store.md
  See:    KrSampleTableRead()
*/
PetscErrorCode KrSampleTableWrite(const char path[], const KrFileMeta *meta,
                                  const KrSampleTable *table)
{
  KrH5 file;

  PetscFunctionBeginUser;
  PetscCall(
    KrH5Create(&file, PETSC_COMM_SELF, KR_STORAGE_MEMORY, path, KR_FILETYPE_SAMPLES, meta, 0));
  PetscCall(KrH5SampleTableWrite(&file, table));
  PetscCall(KrH5Commit(&file));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static const KrContent        whole            = {.range = KR_WITHIN(0, 2 * KR_STARTS_MAX)};
static const KrContent        any_number       = {.range = KR_ANY};
static const KrContent *const contents[N_SETS] = {&KrSampleRowContent, &whole, &any_number};

/*
  KrSampleTableRead - Reads the lines of samples, if there is such a file.

  Not collective

  Input:
. path - from KrSampleTableWrite()

  Output:
. table - owns its arrays (KrSampleTableDestroy); empty when there is no file, or it is damaged or of another version

  Errors: none
  See:    KrSampleTableWrite()
*/
void KrSampleTableRead(const char path[], KrSampleTable *table)
{
  KrH5     file;
  KrH5Rows sets[N_SETS];
  int64_t  count        = -1;
  void    *data[N_SETS] = {NULL};
  hid_t    row;

  *table = (KrSampleTable){.n = 0};
  KrH5Open(&file, path, KR_FILETYPE_SAMPLES, 1);
  row = KrH5TypeOfSampleRow(&file);
  KrH5AttributeRead(&file, ".", "n", H5T_NATIVE_INT32, 0, &table->n);
  if (file.failure[0] == '\0' && table->n < 0) KrH5Fail(&file, "N is %d", (int)table->n);
  list_sets(table, row, sets);
  for (int i = 0; i < N_SETS; ++i) {
    KrH5RowsRead(&file, &sets[i], &count, &data[i]);
    KrH5ContentCheck(&file, &sets[i], contents[i], 0, count, data[i]);
  }
  table->rows   = data[SET_SAMPLES];
  table->counts = data[SET_COUNTS];
  table->stamps = data[SET_STAMPS];
  table->count  = count;
  if (row >= 0) H5Tclose(row);
  KrH5Close(&file);
  if (file.failure[0] != '\0') KrSampleTableDestroy(table);
}

/*
  KrSampleTableDestroy - Frees the arrays of a table; may be called twice.

  Not collective

  In/out:
. table - may be all zeros
*/
void KrSampleTableDestroy(KrSampleTable *table)
{
  free(table->rows);
  free(table->counts);
  free(table->stamps);
  *table = (KrSampleTable){.n = 0};
}

/*
  KrShardStamp - Tells a shard from one that has taken its place.

  Not collective

  Input:
+ directory - folder of the campaign
- number    - of the disorder sample

  Output:
. stamp - time of the last change in ns since 1970, and bytes; both -1 when there is no such file

  Errors: bad input when the name of the folder is too long
  Cost:   one stat
*/
PetscErrorCode KrShardStamp(const char directory[], int64_t number, int64_t stamp[2])
{
  char        path[KR_PATH_MAX];
  struct stat info;

  PetscFunctionBeginUser;
  stamp[0] = stamp[1] = -1;
  PetscCall(KrShardPath(directory, number, path, sizeof path));
  if (stat(path, &info) == 0) {
    stamp[0] = (int64_t)info.st_mtim.tv_sec * 1000000000 + info.st_mtim.tv_nsec;
    stamp[1] = (int64_t)info.st_size;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
