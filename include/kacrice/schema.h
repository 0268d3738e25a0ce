/* Layer 0: what a record is, written down once. Its struct, its file, checks, comparison, printing, means and the page
   of its format follow from the lists. A list is a macro that calls its argument for each member:

     #define KR_ROW(X, R) \
       X(R, double, energy, KR_REAL, 0, KR_USE_MEAN, "<e>, units of J")
     typedef struct { KR_ROW(KR_AS_MEMBER, ) } KrRow;
     static const KrField fields[] = {KR_ROW(KR_AS_FIELD, KrRow)};
*/
#pragma once
#include <float.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef enum { KR_FIELD_INT32, KR_FIELD_INT64, KR_FIELD_UINT64, KR_FIELD_DOUBLE } KrFieldType;

typedef enum { /* what the bounds of a number may grow with, beside what its format says */
               KR_OF_NOTHING,
               KR_OF_N,
               KR_OF_STARTS,
               KR_N_SCALES
} KrScale;

typedef struct { /* values that a number may have; all zeros: any */
  double  low, high;
  KrScale scale; /* is added to high */
  int     or_nan;
} KrBounds;

#define KR_N_MAX      1e6                /* ten times the most that -model_n may be */
#define KR_STARTS_MAX 1e13               /* ten times the most starts of a sample */
#define KR_MOST       9007199254740992.0 /* 2^53: whole numbers up to it are exact as reals */
/* clang-format off */
#define KR_ANY              {0.0, 0.0, KR_OF_NOTHING, 0}
#define KR_REAL             {-DBL_MAX, DBL_MAX, KR_OF_NOTHING, 0}
#define KR_REAL_OR_NAN      {-DBL_MAX, DBL_MAX, KR_OF_NOTHING, 1}
#define KR_POSITIVE_OR_NAN  {0.0, DBL_MAX, KR_OF_NOTHING, 1}
#define KR_POSITIVE         {0.0, DBL_MAX, KR_OF_NOTHING, 0}
#define KR_FROM(low)        {low, KR_MOST, KR_OF_NOTHING, 0}
#define KR_WITHIN(low, high) {low, high, KR_OF_NOTHING, 0}
#define KR_BEYOND           {0.0, (double)INFINITY, KR_OF_NOTHING, 0} /* infinite, too */
#define KR_UP_TO(low, scale) {low, 0.0, scale, 0}  /* low ... scale */
#define KR_BELOW(scale)     {0.0, -1.0, scale, 0} /* 0 ... scale - 1 */
/* clang-format on */

/* What else a field is good for. */
#define KR_USE_MEAN  1 /* its mean over samples, with an error, is in the ensemble */
#define KR_USE_CLOCK 2 /* no two runs share it: not compared */
#define KR_USE_KEY   4 /* tells rows apart: printed with every block of columns */

typedef struct {      /* one number of a record: an attribute of its file, or a column of a table */
  const char *name;   /* in the file */
  const char *about;  /* meaning and unit */
  size_t      offset; /* in the record */
  KrFieldType type;
  KrBounds    range; /* checked when it is read */
  int         since; /* minor version of the format that has it first; older files leave it out */
  unsigned    use;   /* KR_USE_... */
} KrField;

#define KR_TYPE_int32_t  KR_FIELD_INT32
#define KR_TYPE_int64_t  KR_FIELD_INT64
#define KR_TYPE_uint64_t KR_FIELD_UINT64
#define KR_TYPE_double   KR_FIELD_DOUBLE

/* For the lists, X(R, type, member, range, since, use, about): a member of the struct, a row of the table. */
#define KR_AS_MEMBER(R, type_, member_, range_, since_, use_, about_) type_ member_;
#define KR_AS_FIELD(R, type_, member_, range_, since_, use_, about_) \
  {#member_, about_, offsetof(R, member_), KR_TYPE_##type_, range_, since_, use_},

#define KR_AS_ONE(R, type_, member_, range_, since_, use_, about_) +1

typedef struct {  /* how many: times the count that the record has at `member` */
  int64_t times;  /* 0: the array has no such dimension */
  size_t  member; /* offset of a field of the record, or KR_NO_MEMBER */
} KrExtent;

#define KR_NO_MEMBER SIZE_MAX
/* clang-format off */
#define KR_NONE           {0, KR_NO_MEMBER}
#define KR_EXACTLY(count) {count, KR_NO_MEMBER}
#define KR_AS_MANY(R, member)        {1, offsetof(R, member)}
#define KR_TIMES(times, R, member)   {times, offsetof(R, member)}
/* clang-format on */

typedef struct { /* a data set: a table, whose rows have fields, or numbers */
  const char        *name, *about;
  size_t             data; /* offset of the pointer to it; with `inside` of the array itself */
  int                inside;
  KrExtent           rows, columns;
  size_t             unless; /* offset of a field: no rows while it is 0; KR_NO_MEMBER */
  const KrField     *fields; /* of a row; NULL: numbers */
  int                n_fields;
  size_t             size; /* bytes of a row of a table */
  KrFieldType        type; /* of numbers */
  KrBounds           range;
  const char *const *words; /* for the values of a column, an attribute "names"; NULL: none */
  int                n_words;
  const char        *option; /* of the campaign, which lists these numbers; NULL: none */
} KrArray;

typedef struct { /* an option of a campaign, and the field of its records that has its value */
  const char *option;
  size_t      offset;
  KrFieldType type;
} KrOptionField;

#define KR_RECORD_MESSAGE 512

typedef struct {
  const char          *filetype, *about;
  size_t               size;
  const KrField       *fields;
  const KrArray       *arrays;
  const KrOptionField *options;
  int                  n_fields, n_arrays, n_options;
  size_t               number; /* offset of the number of the sample, an int64_t */
  size_t               n;      /* offset of N, an int32_t */
  /* what no range says, each number being in its own: message stays "" when all is well; NULL: nothing */
  void (*check)(const void *record, char message[KR_RECORD_MESSAGE]);
} KrRecordType;

extern const KrRecordType *const KrRecordTypes[]; /* ended by NULL */

const KrRecordType *KrRecordFind(const char filetype[]); /* NULL: no record */
int                 KrRecordsNewest(int minor);
double              KrFieldValue(const KrField *field, const void *record);
int64_t     KrArrayExtent(const KrRecordType *type, const KrExtent *extent, const void *record);
int64_t     KrArrayRows(const KrRecordType *type, const KrArray *array, const void *record);
int64_t     KrArrayColumns(const KrRecordType *type, const KrArray *array, const void *record);
size_t      KrArrayRowBytes(const KrRecordType *type, const KrArray *array, const void *record);
void       *KrArrayData(const KrArray *array, const void *record);
int         KrRecordAllocate(const KrRecordType *type, void *record); /* 0: no memory */
void        KrRecordDestroy(const KrRecordType *type, void *record);
const char *KrRecordDifference(const KrRecordType *type, const void *a, const void *b);
void        KrRowMissing(int n_fields, const KrField fields[], int minor, void *row);
void        KrRecordPrint(FILE *stream, const KrRecordType *type, const void *record);
void        KrRecordPage(FILE *stream, const KrRecordType *type);
