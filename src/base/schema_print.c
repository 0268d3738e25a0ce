/* Records for people: their numbers in words, and the page of their format. */
#include <kacrice/schema.h>
#include <string.h>

#define LINE_WIDTH 110
#define NAME_WIDTH 12 /* the least of a column */
#define FEW        16 /* so many numbers of an array are printed */
#define COLUMNS    32 /* the most of a block */

typedef struct { /* columns of a table that fit in a line */
  const KrField *fields[COLUMNS];
  int            n, width;
} Block;

static int width_of(const KrField *field)
{
  const int length = (int)strlen(field->name);

  return 1 + (length > NAME_WIDTH ? length : NAME_WIDTH);
}

/* Whether any row knows it. */
static int is_known(const KrField *field, int64_t n_rows, const char *rows, size_t size)
{
  for (int64_t i = 0; i < n_rows; ++i)
    if (!isnan(KrFieldValue(field, rows + (size_t)i * size))) return 1;
  return 0;
}

static void print_cell(FILE *stream, const KrField *field, const void *row)
{
  const double value = KrFieldValue(field, row);

  if (field->type == KR_FIELD_DOUBLE)
    (void)fprintf(stream, "%*.6g", width_of(field), isnan(value) ? NAN : value);
  else (void)fprintf(stream, "%*.0f", width_of(field), value);
}

static void print_block(FILE *stream, const Block *block, int64_t n_rows, const char *rows,
                        size_t size)
{
  for (int c = 0; c < block->n; ++c)
    (void)fprintf(stream, "%*s", width_of(block->fields[c]), block->fields[c]->name);
  (void)fprintf(stream, "\n");
  for (int64_t i = 0; i < n_rows; ++i) {
    for (int c = 0; c < block->n; ++c)
      print_cell(stream, block->fields[c], rows + (size_t)i * size);
    (void)fprintf(stream, "\n");
  }
}

static void add_column(Block *block, const KrField *field)
{
  block->fields[block->n++] = field;
  block->width += width_of(field);
}

/* A new block begins with the columns that tell the rows apart. */
static Block begin_block(const KrArray *array)
{
  Block block = {.n = 0};

  for (int f = 0; f < array->n_fields; ++f)
    if ((array->fields[f].use & KR_USE_KEY) != 0) add_column(&block, &array->fields[f]);
  return block;
}

static void print_unknown(FILE *stream, const KrArray *array, int64_t n_rows, const char *rows)
{
  int count = 0;

  for (int f = 0; n_rows > 0 && f < array->n_fields; ++f)
    if (!is_known(&array->fields[f], n_rows, rows, array->size))
      (void)fprintf(stream, "%s %s", count++ == 0 ? "  not measured:" : ",", array->fields[f].name);
  if (count > 0) (void)fprintf(stream, "\n");
}

/* A table in blocks of columns; those that no row knows are only named. */
static void print_table(FILE *stream, const KrArray *array, int64_t n_rows, const char *rows)
{
  Block     block  = begin_block(array);
  const int n_keys = block.n;

  for (int f = 0; f < array->n_fields; ++f) {
    const KrField *field = &array->fields[f];

    if ((field->use & KR_USE_KEY) != 0 || !is_known(field, n_rows, rows, array->size)) continue;
    if (block.n > n_keys && (block.width + width_of(field) > LINE_WIDTH || block.n == COLUMNS)) {
      print_block(stream, &block, n_rows, rows, array->size);
      block = begin_block(array);
    }
    add_column(&block, field);
  }
  if (n_rows > 0) print_block(stream, &block, n_rows, rows, array->size);
  print_unknown(stream, array, n_rows, rows);
}

static void print_numbers(FILE *stream, const KrArray *array, int64_t n_rows, const char *data)
{
  const KrField field = {.type = array->type};
  const size_t  size  = array->type == KR_FIELD_INT32 ? sizeof(int32_t) : sizeof(int64_t);

  if (array->columns.times != 0 || n_rows > FEW || data == NULL) return;
  for (int64_t i = 0; i < n_rows; ++i)
    (void)fprintf(stream, "%s%.6g", i == 0 ? "  " : " ",
                  KrFieldValue(&field, data + (size_t)i * size));
  if (n_rows > 0) (void)fprintf(stream, "\n");
}

/*
  KrRecordPrint - Prints a record for people: all numbers, all tables, the names and sizes of all arrays.

  Not collective

  Input:
+ stream - where to
. type   - of the record
- record - borrowed
*/
void KrRecordPrint(FILE *stream, const KrRecordType *type, const void *record)
{
  (void)fprintf(stream, "%s\n", type->about);
  for (int f = 0; f < type->n_fields; ++f)
    (void)fprintf(stream, "  %-16s %-22.15g %s\n", type->fields[f].name,
                  KrFieldValue(&type->fields[f], record), type->fields[f].about);
  for (int a = 0; a < type->n_arrays; ++a) {
    const KrArray *array   = &type->arrays[a];
    const int64_t  n_rows  = KrArrayRows(type, array, record);
    const int64_t  columns = KrArrayColumns(type, array, record);

    (void)fprintf(stream, "%s [%lld]", array->name, (long long)n_rows);
    if (columns >= 0) (void)fprintf(stream, "[%lld]", (long long)columns);
    (void)fprintf(stream, ": %s\n", array->about);
    for (int w = 0; w < array->n_words; ++w)
      (void)fprintf(stream, "%s%d %s%s", w == 0 ? "  " : ", ", w, array->words[w],
                    w + 1 < array->n_words ? "" : "\n");
    if (array->fields != NULL) print_table(stream, array, n_rows, KrArrayData(array, record));
    else print_numbers(stream, array, n_rows, KrArrayData(array, record));
  }
}

static const char *name_of(KrFieldType type)
{
  static const char *const names[] = {"int32", "int64", "uint64", "float64"};

  return names[type];
}

/* An extent in words: a number, or the field that counts it. */
static void page_extent(FILE *stream, const KrRecordType *type, const KrExtent *extent)
{
  if (extent->times == 0) return;
  if (extent->member == KR_NO_MEMBER) {
    (void)fprintf(stream, "[%lld]", (long long)extent->times);
    return;
  }
  for (int f = 0; f < type->n_fields; ++f)
    if (type->fields[f].offset == extent->member && extent->times == 1)
      (void)fprintf(stream, "[`%s`]", type->fields[f].name);
    else if (type->fields[f].offset == extent->member)
      (void)fprintf(stream, "[%lld `%s`]", (long long)extent->times, type->fields[f].name);
}

/* A text in a cell of a table of Markdown. */
static void page_text(FILE *stream, const char text[])
{
  for (; *text != '\0'; ++text)
    if (*text == '|' || *text == '*' || *text == '<') (void)fprintf(stream, "\\%c", *text);
    else (void)fputc(*text, stream);
}

static void page_fields(FILE *stream, const char what[], int n_fields, const KrField fields[])
{
  (void)fprintf(stream, "\n| %s | type | meaning |\n|---|---|---|\n", what);
  for (int f = 0; f < n_fields; ++f) {
    (void)fprintf(stream, "| `%s` | %s | ", fields[f].name, name_of(fields[f].type));
    page_text(stream, fields[f].about);
    if (fields[f].since > 0) (void)fprintf(stream, "; since format 2.%d", fields[f].since);
    if (fields[f].range.or_nan) (void)fprintf(stream, "; NaN: unknown");
    (void)fprintf(stream, " |\n");
  }
}

/*
  KrRecordPage - Prints what is said of a record in docs/formats/records.md.

  Not collective

  Input:
+ stream - where to
- type   - of the record
*/
void KrRecordPage(FILE *stream, const KrRecordType *type)
{
  (void)fprintf(stream, "\n## \"%s\"\n\n%s.\n", type->filetype, type->about);
  page_fields(stream, "attribute of \"/\"", type->n_fields, type->fields);
  (void)fprintf(stream, "\n| data set | shape | type | content |\n|---|---|---|---|\n");
  for (int a = 0; a < type->n_arrays; ++a) {
    const KrArray *array = &type->arrays[a];

    (void)fprintf(stream, "| `%s` | ", array->name);
    page_extent(stream, type, &array->rows);
    page_extent(stream, type, &array->columns);
    (void)fprintf(stream, " | %s | ",
                  array->fields != NULL ? "compound, below" : name_of(array->type));
    page_text(stream, array->about);
    for (int w = 0; w < array->n_words; ++w)
      (void)fprintf(stream, "%s%d `%s`", w == 0 ? "; attribute `names`: " : ", ", w,
                    array->words[w]);
    (void)fprintf(stream, " |\n");
  }
  for (int a = 0; a < type->n_arrays; ++a)
    if (type->arrays[a].fields != NULL) {
      char what[64];

      (void)snprintf(what, sizeof what, "member of `%s`", type->arrays[a].name);
      page_fields(stream, what, type->arrays[a].n_fields, type->arrays[a].fields);
    }
}
