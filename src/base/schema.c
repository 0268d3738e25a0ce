/* Records by their schema: how large their arrays are, their life, and where two of them differ. */
#include <kacrice/schema.h>
#include <kacrice/tap_record.h>
#include <kacrice/thermo_record.h>
#include <stdlib.h>
#include <string.h>

const KrRecordType *const KrRecordTypes[] = {&KrThermoSampleType, &KrTapRecordType, NULL};

/*
  KrRecordFind - Finds the type of the records that files of a file type hold.

  Not collective

  Input:
. filetype - attribute "filetype" of a file

  Returns:
  a constant; NULL when such files hold no record
*/
const KrRecordType *KrRecordFind(const char filetype[])
{
  for (int i = 0; KrRecordTypes[i] != NULL; ++i)
    if (strcmp(KrRecordTypes[i]->filetype, filetype) == 0) return KrRecordTypes[i];
  return NULL;
}

static int newest(int n_fields, const KrField fields[], int minor)
{
  for (int f = 0; f < n_fields; ++f)
    if (fields[f].since > minor) minor = fields[f].since;
  return minor;
}

/*
  KrRecordsNewest - Finds the minor version of the format: it grows with each field of a record.

  Not collective

  Input:
. minor - the least

  Returns:
  that of the newest field of any record
*/
int KrRecordsNewest(int minor)
{
  for (int i = 0; KrRecordTypes[i] != NULL; ++i) {
    const KrRecordType *type = KrRecordTypes[i];

    minor = newest(type->n_fields, type->fields, minor);
    for (int a = 0; a < type->n_arrays; ++a)
      minor = newest(type->arrays[a].n_fields, type->arrays[a].fields, minor);
  }
  return minor;
}

static size_t size_of(KrFieldType type)
{
  return type == KR_FIELD_INT32 ? sizeof(int32_t) : sizeof(int64_t);
}

/*
  KrFieldValue - Gets a number of a record, or of a row of a table, as a real.

  Not collective

  Input:
+ field  - which
- record - it is in

  Returns:
  the number; whole ones beyond 2^53 are rounded
*/
double KrFieldValue(const KrField *field, const void *record)
{
  const char *at = (const char *)record + field->offset;
  int32_t     narrow;
  int64_t     whole;
  uint64_t    natural;
  double      real;

  switch (field->type) {
  case KR_FIELD_INT32: return memcpy(&narrow, at, sizeof narrow), (double)narrow;
  case KR_FIELD_INT64: return memcpy(&whole, at, sizeof whole), (double)whole;
  case KR_FIELD_UINT64: return memcpy(&natural, at, sizeof natural), (double)natural;
  default: return memcpy(&real, at, sizeof real), real;
  }
}

static int64_t count_at(const KrRecordType *type, size_t member, const void *record)
{
  for (int f = 0; f < type->n_fields; ++f)
    if (type->fields[f].offset == member) return (int64_t)KrFieldValue(&type->fields[f], record);
  return 0;
}

/*
  KrArrayExtent - Counts rows or columns of an array.

  Not collective

  Input:
+ type   - of the record
. extent - of one of its arrays
- record - whose counts are set

  Returns:
  how many; 0 when the array has no such dimension
*/
int64_t KrArrayExtent(const KrRecordType *type, const KrExtent *extent, const void *record)
{
  return extent->member == KR_NO_MEMBER ? extent->times
                                        : extent->times * count_at(type, extent->member, record);
}

/*
  KrArrayRows - Counts the rows of an array of a record.

  Not collective

  Input:
+ type   - of the record
. array  - one of its arrays
- record - whose counts are set

  Returns:
  how many; 0 for an array that was not measured
*/
int64_t KrArrayRows(const KrRecordType *type, const KrArray *array, const void *record)
{
  if (array->unless != KR_NO_MEMBER && count_at(type, array->unless, record) == 0) return 0;
  return KrArrayExtent(type, &array->rows, record);
}

/*
  KrArrayColumns - Counts the numbers in a row of an array of a record.

  Not collective

  Input:
+ type   - of the record
. array  - one of its arrays
- record - whose counts are set

  Returns:
  how many, at least 1; -1 for an array of one dimension
*/
int64_t KrArrayColumns(const KrRecordType *type, const KrArray *array, const void *record)
{
  const int64_t columns = KrArrayExtent(type, &array->columns, record);

  if (array->columns.times == 0) return -1;
  return columns > 0 ? columns : 1;
}

/*
  KrArrayRowBytes - Counts the bytes of a row of an array of a record.

  Not collective

  Input:
+ type   - of the record
. array  - one of its arrays
- record - whose counts are set

  Returns:
  how many
*/
size_t KrArrayRowBytes(const KrRecordType *type, const KrArray *array, const void *record)
{
  const int64_t columns = KrArrayColumns(type, array, record);

  if (array->fields != NULL) return array->size;
  return size_of(array->type) * (columns < 0 ? 1 : (size_t)columns);
}

static void **pointer_to(const KrArray *array, const void *record)
{
  return (void **)((uintptr_t)record + array->data);
}

/*
  KrArrayData - Finds the numbers of an array of a record.

  Not collective

  Input:
+ array  - an array of the record
- record - borrowed

  Returns:
  where they are, inside of the record or owned by it; NULL when it has none
*/
void *KrArrayData(const KrArray *array, const void *record)
{
  return array->inside ? (void *)((uintptr_t)record + array->data) : *pointer_to(array, record);
}

/*
  KrRowMissing - Makes the numbers of a row unknown that a format does not have: reals NaN, whole numbers 0.

  Not collective

  Input:
+ n_fields - of the row
. fields   - of the row
- minor    - version of the format; -1: all are unknown

  In/out:
. row - a record, or a row of a table
*/
void KrRowMissing(int n_fields, const KrField fields[], int minor, void *row)
{
  const double unknown = NAN;

  for (int f = 0; f < n_fields; ++f) {
    char *at = (char *)row + fields[f].offset;

    if (fields[f].since <= minor) continue;
    if (fields[f].type == KR_FIELD_DOUBLE) (void)memcpy(at, &unknown, sizeof unknown);
    else (void)memset(at, 0, size_of(fields[f].type));
  }
}

static void clear_table(const KrArray *array, int64_t n_rows, char *rows)
{
  for (int64_t i = 0; array->fields != NULL && i < n_rows; ++i)
    KrRowMissing(array->n_fields, array->fields, -1, rows + (size_t)i * array->size);
}

/*
  KrRecordAllocate - Makes the arrays of a record by its counts.

  Not collective

  Input:
. type - of the record

  In/out:
. record - its counts are set; gets its arrays (KrRecordDestroy()): numbers are 0, members of tables unknown

  Returns:
  1; 0 when there is no memory, and no array then
*/
int KrRecordAllocate(const KrRecordType *type, void *record)
{
  int enough = 1;

  for (int a = 0; a < type->n_arrays; ++a) {
    const KrArray *array  = &type->arrays[a];
    const int64_t  n_rows = KrArrayRows(type, array, record);

    if (array->inside) continue;
    *pointer_to(array, record) = calloc((size_t)n_rows + 1, KrArrayRowBytes(type, array, record));
    if (*pointer_to(array, record) == NULL) enough = 0;
    else clear_table(array, n_rows, *pointer_to(array, record));
  }
  if (!enough) KrRecordDestroy(type, record);
  return enough;
}

/*
  KrRecordDestroy - Frees the arrays of a record; may be called twice.

  Not collective

  Input:
. type - of the record

  In/out:
. record - may be all zeros; keeps its numbers
*/
void KrRecordDestroy(const KrRecordType *type, void *record)
{
  for (int a = 0; a < type->n_arrays; ++a) {
    if (type->arrays[a].inside) continue;
    free(*pointer_to(&type->arrays[a], record));
    *pointer_to(&type->arrays[a], record) = NULL;
  }
}

/* The first field whose bits differ, clocks apart; NULL: none. */
static const char *differing_field(int n_fields, const KrField fields[], const char *a,
                                   const char *b)
{
  for (int f = 0; f < n_fields; ++f)
    if ((fields[f].use & KR_USE_CLOCK) == 0 &&
        memcmp(a + fields[f].offset, b + fields[f].offset, size_of(fields[f].type)) != 0)
      return fields[f].name;
  return NULL;
}

static int arrays_differ(const KrRecordType *type, const KrArray *array, const void *a,
                         const void *b)
{
  const int64_t n_rows    = KrArrayRows(type, array, a);
  const size_t  row_bytes = KrArrayRowBytes(type, array, a);
  const char   *one = KrArrayData(array, a), *other = KrArrayData(array, b);

  if (one == NULL || other == NULL) return one != other;
  for (int64_t i = 0; i < n_rows; ++i, one += row_bytes, other += row_bytes)
    if (array->fields != NULL ? differing_field(array->n_fields, array->fields, one, other) != NULL
                              : memcmp(one, other, row_bytes) != 0)
      return 1;
  return 0;
}

/*
  KrRecordDifference - Compares two records bit for bit, but for clocks.

  Not collective

  Input:
+ type - of both
. a    - a record
- b    - the other

  Returns:
  the name of the first field or array that differs, a constant; NULL when nothing does
*/
const char *KrRecordDifference(const KrRecordType *type, const void *a, const void *b)
{
  const char *name = differing_field(type->n_fields, type->fields, a, b);

  for (int i = 0; name == NULL && i < type->n_arrays; ++i)
    if (arrays_differ(type, &type->arrays[i], a, b)) name = type->arrays[i].name;
  return name;
}
