/* Any record in one immutable file: an attribute for each of its numbers, a data set for each of its arrays. */
#include "sample_file.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An array as rows of a data set; the caller closes their type with close_rows(). */
static KrH5Rows make_rows(KrH5 *file, const KrRecordType *type, const KrArray *array,
                          const void *record)
{
  const int64_t columns = KrArrayColumns(type, array, record);
  const size_t  bytes   = KrArrayRowBytes(type, array, record);

  return (KrH5Rows){array->name, array->about,
                    array->fields != NULL
                      ? KrH5TypeOfRecord(file, array->size, array->n_fields, array->fields)
                      : KrH5TypeOfField(array->type),
                    columns < 0 ? bytes : bytes / (size_t)columns, columns < 0 ? KR_FLAT : columns};
}

static void close_rows(const KrArray *array, const KrH5Rows *rows)
{
  if (array->fields != NULL && rows->type >= 0) H5Tclose(rows->type);
}

static PetscErrorCode write_array(KrH5 *file, const KrRecordType *type, const KrArray *array,
                                  const void *record)
{
  const KrH5Rows rows = make_rows(file, type, array, record);

  PetscFunctionBeginUser;
  PetscCall(
    KrH5RowsWrite(file, &rows, KrArrayRows(type, array, record), KrArrayData(array, record)));
  if (array->words != NULL) KrH5TextWrite(file, array->name, "names", array->n_words, array->words);
  close_rows(array, &rows);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrRecordWrite - Writes the record of a finished sample, whole or not at all: from its return on it is done.

  Not collective

  Input:
+ directory - folder of the campaign, must exist; samples/NNNN is made in it
. type      - of the record
. meta      - provenance and options of the run
- record    - borrowed

  Errors: bad input when it cannot be written (no such folder, no permission, disk full); nothing is left then
  Cost:   a copy of the record in memory, two fsync
  Source: docs/formats/store.md
  See:    KrRecordRead(), KrShardExists()
*/
PetscErrorCode KrRecordWrite(const char directory[], const KrRecordType *type,
                             const KrFileMeta *meta, const void *record)
{
  char    path[KR_PATH_MAX];
  int64_t number;
  KrH5    file;

  PetscFunctionBeginUser;
  (void)memcpy(&number, (const char *)record + type->number, sizeof number);
  PetscCall(KrShardPath(directory, number, path, sizeof path));
  PetscCall(KrSampleFileMakeFolders(MPI_COMM_SELF, path));
  PetscCall(KrH5Create(&file, MPI_COMM_SELF, KR_STORAGE_MEMORY, path, type->filetype, meta, 0));
  file.is_sealed = 1;
  KrH5FieldsWrite(&file, type->n_fields, type->fields, record);
  for (int a = 0; a < type->n_arrays; ++a)
    PetscCall(write_array(&file, type, &type->arrays[a], record));
  PetscCall(KrH5Commit(&file));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void read_array(KrH5 *file, const KrRecordType *type, const KrArray *array, void *record)
{
  const KrH5Rows  rows    = make_rows(file, type, array, record);
  const KrContent content = {array->fields, array->n_fields, array->range};
  int64_t         n_rows  = KrArrayRows(type, array, record);
  void           *data    = NULL;

  KrH5RowsRead(file, &rows, &n_rows, &data);
  KrH5ContentCheck(file, &rows, &content, 0, n_rows, data);
  for (int64_t i = 0; array->fields != NULL && data != NULL && i < n_rows; ++i)
    KrRowMissing(array->n_fields, array->fields, file->minor,
                 (char *)data + (size_t)i * array->size);
  if (!array->inside) (void)memcpy((char *)record + array->data, &data, sizeof data);
  else if (file->failure[0] == '\0')
    (void)memcpy(KrArrayData(array, record), data,
                 (size_t)n_rows * KrArrayRowBytes(type, array, record));
  if (array->inside) free(data);
  close_rows(array, &rows);
}

/* An array of numbers that an option of its campaign lists has those. */
static void check_listed(KrH5 *file, const KrRecordType *type, const KrArray *array,
                         const char identity[], const void *record)
{
  const int64_t n_rows = KrArrayRows(type, array, record);
  const double *values = KrArrayData(array, record);
  const char   *said   = KrIdentityValue(identity, array->option);

  for (int64_t i = 0; said != NULL && i < n_rows; ++i) {
    char        *end;
    const double asked = strtod(said, &end);

    if (!(fabs(asked - values[i]) <= 1e-12 * fabs(asked)) || (*end == ',') != (i + 1 < n_rows)) {
      KrH5Fail(file, "its %s are not those of %s", array->name, array->option);
      return;
    }
    said = end + 1;
  }
}

static void check_whole(KrH5 *file, const KrRecordType *type, const char identity[],
                        const void *record)
{
  char message[KR_RECORD_MESSAGE] = "";

  for (int a = 0; a < type->n_arrays; ++a)
    if (file->failure[0] == '\0' && type->arrays[a].option != NULL)
      check_listed(file, type, &type->arrays[a], identity, record);
  if (file->failure[0] == '\0' && type->check != NULL) type->check(record, message);
  if (message[0] != '\0') KrH5Fail(file, "%s", message);
}

/* The numbers of a record by themselves; they say how large its arrays are. number -1: any. */
static void check_numbers(KrH5 *file, const KrRecordType *type, int64_t number,
                          const char identity[], const void *record)
{
  int64_t held;
  int32_t n;

  if (file->failure[0] != '\0') return;
  (void)memcpy(&held, (const char *)record + type->number, sizeof held);
  (void)memcpy(&n, (const char *)record + type->n, sizeof n);
  if (number >= 0 && held != number)
    KrH5Fail(file, "it holds sample %lld, by its name it should be %lld", (long long)held,
             (long long)number);
  KrH5CheckOptions(file, identity, type->n_options, type->options, record);
  file->scales[KR_OF_N] = n;
}

/* Reads a record out of an open file and checks it; empty when the file has failed. number -1: whichever it holds. */
void KrH5RecordRead(KrH5 *file, const KrRecordType *type, int64_t number, const char identity[],
                    void *record)
{
  char *stored = NULL;

  (void)memset(record, 0, type->size);
  KrRowMissing(type->n_fields, type->fields, file->minor, record);
  KrH5FieldsRead(file, type->n_fields, type->fields, record);
  if (identity != NULL) KrH5CheckIdentity(file, identity);
  KrH5IdentityRead(file, &stored);
  check_numbers(file, type, number, stored, record);
  for (int a = 0; a < type->n_arrays && file->failure[0] == '\0'; ++a)
    read_array(file, type, &type->arrays[a], record);
  if (file->failure[0] == '\0') check_whole(file, type, stored, record);
  free(stored);
  if (file->failure[0] != '\0') KrRecordDestroy(type, record);
}

/*
  KrRecordFileRead - Reads a record out of a file and checks it.

  Not collective

  Input:
+ path     - of the file
. type     - of the record
. number   - of the disorder sample it must hold; -1: any
- identity - KrFileMeta.identity of the campaign it must belong to; NULL: any

  Output:
. record - filled, bit for bit what was written; owns its arrays (KrRecordDestroy()); empty after an error

  Errors: bad input when the file is missing, truncated or damaged, of another type, version, sample or campaign
  Cost:   reads the file once
  Source: docs/formats/store.md
  See:    KrRecordRead()
*/
PetscErrorCode KrRecordFileRead(const char path[], const KrRecordType *type, int64_t number,
                                const char identity[], void *record)
{
  KrH5 file;

  PetscFunctionBeginUser;
  KrH5Open(&file, path, type->filetype, 1);
  KrH5RecordRead(&file, type, number, identity, record);
  KrH5Close(&file);
  PetscCall(KrH5Check(&file, KR_SHARD_AGAIN));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrRecordRead - Reads the record of a sample of a campaign and checks it.

  Not collective

  Input:
+ directory - folder of the campaign
. type      - of the record
. number    - of the disorder sample
- identity  - KrFileMeta.identity of the campaign it must belong to; NULL: any

  Output:
. record - filled, bit for bit what was written; owns its arrays (KrRecordDestroy()); empty after an error

  Errors: bad input when the file is missing, truncated or damaged, of another type, version, sample or campaign
  Cost:   reads the file once
  Source: docs/formats/store.md
  See:    KrRecordWrite()
*/
PetscErrorCode KrRecordRead(const char directory[], const KrRecordType *type, int64_t number,
                            const char identity[], void *record)
{
  char path[KR_PATH_MAX];

  PetscFunctionBeginUser;
  PetscCall(KrShardPath(directory, number, path, sizeof path));
  PetscCall(KrRecordFileRead(path, type, number, identity, record));
  PetscFunctionReturn(PETSC_SUCCESS);
}
