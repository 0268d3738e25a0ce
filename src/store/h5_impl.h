/* HDF5 behind the store. A KrH5 keeps the first failure and does nothing after it; KrH5Commit() and
   KrH5Check() are the only places that report it, so that a file is always closed and cleaned up first. */
#pragma once
#include <kacrice/schema.h>
#include <kacrice/store.h>
#include <hdf5.h>

typedef enum {
  KR_STORAGE_MEMORY,  /* made in memory, then written by write(): a full disk never meets HDF5 */
  KR_STORAGE_DISK,    /* for files too large for that */
  KR_STORAGE_PARALLEL /* MPI-IO, collective */
} KrStorage;

typedef struct { /* a file made in memory */
  void  *bytes;
  size_t length;
} KrImage;

typedef enum {                   /* of a file that cannot be used */
               KR_FAULT_CONTENT, /* it is not what it should be */
               KR_FAULT_SYSTEM,  /* it could not be read, and may be whole */
               KR_FAULT_DAMAGE   /* its seal proves that it is not what was written */
} KrFault;

typedef struct { /* must stay where it is while the file is open */
  hid_t     id;
  MPI_Comm  comm; /* borrowed; all ranks of it hold the same failure after KrH5Agree() */
  KrStorage storage;
  KrImage   image;    /* KR_STORAGE_MEMORY only */
  int       is_image; /* is read out of memory: no call of the system can fail */
  int
    is_sealed; /* gets a seal on disk, too; in memory all do. Of a file that is read: must have one */
  int     minor; /* of its format */
  char    path[KR_PATH_MAX];
  char    temporary[KR_PATH_MAX + 512];
  char    failure[1024];       /* "" while all is well */
  KrFault fault;               /* of the failure */
  int     is_foreign;          /* it failed for belonging to another campaign */
  int     goes_on;             /* it failed as its campaign was extended since */
  double  scales[KR_N_SCALES]; /* of its numbers, as far as they are known */
} KrH5;

/* result = call, unless the file has failed; a negative result is a failure. */
#define KR_CALL_H5(file, result, call) \
  do { \
    (result) = -1; \
    if ((file)->failure[0] == '\0') { \
      (result) = (call); \
      if ((result) < 0) KrH5FailCall(file, #call); \
    } \
  } while (0)

typedef struct { /* what the values of a data set may be: those of its members, or of its numbers */
  const KrField *fields; /* NULL: numbers, of the type of the rows */
  int            n_fields;
  KrBounds       range;
} KrContent;

#define KR_FLAT (-1) /* n_columns of a one-dimensional data set */

typedef struct { /* rows of a data set, as they lie in memory */
  const char *name;
  const char *description;
  hid_t       type;
  size_t      size;      /* bytes of an element */
  int64_t     n_columns; /* or KR_FLAT */
} KrH5Rows;

#define KR_SEAL_TRUSTED 2 /* is_sealed of KrH5Open() */

/* h5_file.c: life */
PetscErrorCode KrH5Create(KrH5 *file, MPI_Comm comm, KrStorage storage, const char path[],
                          const char filetype[], const KrFileMeta *meta, int64_t n_bytes);
PetscErrorCode KrH5Commit(KrH5 *file);
void           KrH5Open(KrH5 *file, const char path[], const char filetype[], int is_sealed);
void           KrH5Close(KrH5 *file);
void           KrH5CheckType(KrH5 *file, const char filetype[]);
PetscErrorCode KrH5Check(const KrH5 *file, const char again[]);

/* h5_failure.c */
void           KrH5Fail(KrH5 *file, const char format[], ...);
void           KrH5FailSeal(KrH5 *file, const char what[]);
void           KrH5Describe(const KrH5 *file, const char again[], char text[], size_t length);
void           KrH5FailCall(KrH5 *file, const char call[]);
void           KrH5FailErrno(KrH5 *file, int status);
PetscErrorCode KrH5Agree(KrH5 *file);

/* h5_data.c */
hid_t KrH5TypeOfField(KrFieldType type);
hid_t KrH5TypeOfRecord(KrH5 *file, size_t size, int n_fields, const KrField fields[]);
void  KrH5AttributeWrite(KrH5 *file, const char object[], const char name[], hid_t type, int n,
                         const void *data);
void  KrH5AttributeRead(KrH5 *file, const char object[], const char name[], hid_t type, int n,
                        void *data);
void  KrH5TextWrite(KrH5 *file, const char object[], const char name[], int n,
                    const char *const texts[]);
void  KrH5TextRead(KrH5 *file, const char name[], char **text);
void  KrH5TextReadOf(KrH5 *file, const char object[], const char name[], char **text);
void  KrH5FieldsWrite(KrH5 *file, int n_fields, const KrField fields[], const void *record);
void  KrH5FieldsRead(KrH5 *file, int n_fields, const KrField fields[], void *record);
PetscErrorCode KrH5RowsWrite(KrH5 *file, const KrH5Rows *rows, int64_t n_rows, const void *data);
void  KrH5PartRead(KrH5 *file, const KrH5Rows *rows, int part, int n_parts, int64_t *n_rows,
                   void **data);
void  KrH5HeadRead(KrH5 *file, const KrH5Rows *rows, int64_t most, int64_t *n_rows, void **data);
void  KrH5RowsRead(KrH5 *file, const KrH5Rows *rows, int64_t *n_rows, void **data);
void *KrH5Narrow(int64_t n, const int64_t values[], KrH5Rows *rows);

/* h5_heap.c */
void KrH5HeapsCheck(KrH5 *file, const void *bytes, size_t n_bytes);

/* h5_place.c */
hid_t KrH5SetOpen(KrH5 *file, const char name[]);

/* h5_content.c */
void KrH5FieldCheck(KrH5 *file, const char place[], const KrField *field, const void *record);
void KrH5ContentCheck(KrH5 *file, const KrH5Rows *rows, const KrContent *content, int64_t first,
                      int64_t n_rows, const void *data);

/* record_file.c */
void KrH5RecordRead(KrH5 *file, const KrRecordType *type, int64_t number, const char identity[],
                    void *record);

/* shard.c, ensemble.c, sample_table.c */
hid_t                  KrH5TypeOfPoint(KrH5 *file);
hid_t                  KrH5TypeOfSampleRow(KrH5 *file);
extern const KrContent KrSampleRowContent;
PetscErrorCode         KrH5SampleTableWrite(KrH5 *file, const KrSampleTable *table);
