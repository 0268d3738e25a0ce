/* What numbers of a file may be: each is held against the range that the table of its record says. A seal tells that a
   file is as it was written, not that what was written can be. */
#include "h5_impl.h"
#include <stdio.h>
#include <string.h>

static double value_at(const void *at, KrFieldType type)
{
  switch (type) {
  case KR_FIELD_INT32: return (double)*(const int32_t *)at;
  case KR_FIELD_INT64: return (double)*(const int64_t *)at;
  case KR_FIELD_UINT64: return (double)*(const uint64_t *)at;
  default: return *(const double *)at;
  }
}

static double highest_of(const KrH5 *file, const KrBounds *range)
{
  return range->high + file->scales[range->scale];
}

static int is_within(const KrH5 *file, const KrBounds *range, double value)
{
  if (range->low == 0.0 && range->high == 0.0 && range->scale == KR_OF_NOTHING) return 1;
  if (isnan(value)) return range->or_nan;
  return value >= range->low && value <= highest_of(file, range);
}

/* A range in words. */
static void describe(const KrH5 *file, const KrBounds *range, char text[96])
{
  const double high   = highest_of(file, range);
  const char  *or_nan = range->or_nan ? ", or NaN" : "";

  if (range->low <= -DBL_MAX) (void)snprintf(text, 96, "a finite number%s", or_nan);
  else if (high >= KR_MOST)
    (void)snprintf(text, 96, "%.16g or more, and finite%s", range->low, or_nan);
  else (void)snprintf(text, 96, "from %.16g to %.16g%s", range->low, high, or_nan);
}

static void refuse(KrH5 *file, const char place[], const char name[], const KrBounds *range,
                   double value)
{
  char wanted[96];

  describe(file, range, wanted);
  KrH5Fail(file, "%s%s%s is %.16g; it should be %s", place, name[0] == '\0' ? "" : " ", name, value,
           wanted);
}

/* A member of a record; place: what is before its name in the message. */
void KrH5FieldCheck(KrH5 *file, const char place[], const KrField *field, const void *record)
{
  double value;

  if (file->failure[0] != '\0') return;
  value = value_at((const char *)record + field->offset, field->type);
  if (!is_within(file, &field->range, value))
    refuse(file, place, field->name, &field->range, value);
}

static void check_records(KrH5 *file, const KrH5Rows *rows, const KrContent *content, int64_t first,
                          int64_t n_rows, const char *data)
{
  char place[128];

  for (int64_t i = 0; i < n_rows && file->failure[0] == '\0'; ++i) {
    (void)snprintf(place, sizeof place, "data set \"%s\", row %lld:", rows->name,
                   (long long)(first + i));
    for (int f = 0; f < content->n_fields; ++f)
      if (content->fields[f].since <= file->minor)
        KrH5FieldCheck(file, place, &content->fields[f], data + i * (int64_t)rows->size);
  }
}

static KrFieldType type_of(const KrH5Rows *rows)
{
  return H5Tget_class(rows->type) == H5T_FLOAT ? KR_FIELD_DOUBLE : KR_FIELD_INT64;
}

static void check_numbers(KrH5 *file, const KrH5Rows *rows, const KrBounds *range, int64_t first,
                          int64_t n_rows, const char *data)
{
  const int64_t     columns = rows->n_columns == KR_FLAT ? 1 : rows->n_columns;
  const KrFieldType type    = type_of(rows);
  char              place[160];

  for (int64_t i = 0; i < n_rows * columns; ++i) {
    const double value = value_at(data + i * (int64_t)rows->size, type);

    if (is_within(file, range, value)) continue;
    if (rows->n_columns == KR_FLAT)
      (void)snprintf(place, sizeof place, "data set \"%s\", number %lld:", rows->name,
                     (long long)(first + i));
    else
      (void)snprintf(place, sizeof place, "data set \"%s\", row %lld, column %lld:", rows->name,
                     (long long)(first + i / columns), (long long)(i % columns));
    refuse(file, place, "", range, value);
    return;
  }
}

/* Rows that were read, from the first of the data set on, against what they may be. */
void KrH5ContentCheck(KrH5 *file, const KrH5Rows *rows, const KrContent *content, int64_t first,
                      int64_t n_rows, const void *data)
{
  if (file->failure[0] != '\0' || data == NULL) return;
  if (content->fields != NULL) check_records(file, rows, content, first, n_rows, data);
  else check_numbers(file, rows, &content->range, first, n_rows, data);
}
