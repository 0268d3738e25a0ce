/* Layer 6: files. Knows plain records only, no physics. Formats: docs/formats/store.md, docs/formats/couplings.md. */
#pragma once
#include <kacrice/base.h>
#include <kacrice/record.h>
#include <kacrice/tap_record.h>
#include <kacrice/thermo_record.h>

/* Attribute "filetype" of the files; all carry "format_version" (major, minor). */
#define KR_FILETYPE_SAMPLE     "kacrice sample"
#define KR_FILETYPE_CHECKPOINT "kacrice checkpoint"
#define KR_FILETYPE_ENSEMBLE   "kacrice ensemble"
#define KR_FILETYPE_SAMPLES    "kacrice samples"
#define KR_FILETYPE_INDEX      "kacrice index"
#define KR_FILETYPE_THERMO_RUN "kacrice thermo checkpoint"
#define KR_FILETYPE_THERMO_ALL "kacrice thermo ensemble"
#define KR_FILETYPE_TENSORS    "kacrice tensors"
#define KR_FILETYPE_THEORY     "kacrice theory"
#define KR_FILETYPE_STATES     "kacrice states"
#define KR_FILETYPE_TAP_STATES "kacrice tap states"
#define KR_FILETYPE_CAMPAIGN   "kacrice campaign" /* campaign.json */

#define KR_FORMAT_MAJOR 2 /* readers refuse another one */
#define KR_FORMAT_MINOR 3 /* grows with additions that old readers may ignore */

/* What every file carries on "/" besides file type, format version and KrProvenance. */
typedef struct {
  const KrProvenance *provenance;
  const char         *options; /* all options, one "-name value" a line */
  const char *identity; /* those that make a campaign what it is; NULL: the file belongs to none */
} KrFileMeta;

/* The same, read back from a file. */
typedef struct {
  char  filetype[64];
  int   version[2]; /* major, minor */
  char  program[64], program_version[64], git_hash[64], compiler[256], libraries[1280], host[256];
  char  created[32];
  int   ranks;
  char *options; /* owned */
} KrFileInfo;

typedef struct {                        /* a type of files */
  const char *filetype, *place, *about; /* place: the name it has in a campaign folder DIR */
} KrFileType;

extern const KrFileType KrFileTypes[]; /* all that this program writes, ended by NULL */

const char    *KrFileTypeAbout(const char filetype[]); /* NULL: not one of this program */
PetscErrorCode KrFileContentsPrint(FILE *stream, const char path[]);
PetscErrorCode KrFileInfoRead(const char path[], KrFileInfo *info);
void           KrFileInfoDestroy(KrFileInfo *info);
PetscErrorCode KrStoreLibrary(char text[], size_t length);

/* One immutable shard a sample: written under a temporary name, closed, fsynced, renamed; its final name means done. */
PetscErrorCode KrShardPath(const char directory[], int64_t sample, char path[], size_t length);
PetscErrorCode KrShardWrite(MPI_Comm comm, const char directory[], const KrFileMeta *meta,
                            const KrSample *sample);
PetscErrorCode KrShardExists(const char directory[], int64_t sample, PetscBool *exists);
PetscErrorCode KrShardRead(const char directory[], int64_t sample_number, const char identity[],
                           KrSample *sample);
typedef enum { /* what of a shard is read */
               KR_SHARD_ALL,
               KR_SHARD_POINTS, /* what an ensemble needs */
               KR_SHARD_COUNTS, /* what is known of the sample as a whole */
               KR_SHARD_CHECK   /* all that there is, to see whether it is right */
} KrShardParts;

typedef struct {                     /* why a shard cannot be used */
  char      message[KR_MESSAGE_MAX]; /* begins with the file's name; "": it can */
  PetscBool is_foreign;              /* it is whole, but of another campaign */
  PetscBool
    goes_on; /* it is whole, but its campaign was extended since, and it has to be taken up */
} KrShardFault;

PetscErrorCode KrShardTry(const char directory[], int64_t number, const char identity[],
                          KrShardParts parts, KrSample *sample, KrShardFault *fault);
PetscErrorCode KrShardGoesOn(const char directory[], int64_t sample_number, const char identity[],
                             PetscBool *goes_on);
PetscErrorCode KrShardResume(MPI_Comm comm, const char directory[], int64_t sample_number,
                             const char identity[], PetscBool *exists, KrSample *sample);
PetscErrorCode KrShardReadCounts(const char directory[], int64_t sample_number,
                                 const char identity[], KrSample *sample);
PetscErrorCode KrShardList(const char directory[], int64_t *count, int64_t **numbers);

/* The same of a sample of Monte Carlo. */
PetscErrorCode KrRecordWrite(const char directory[], const KrRecordType *type,
                             const KrFileMeta *meta, const void *record);
PetscErrorCode KrRecordFileRead(const char path[], const KrRecordType *type, int64_t number,
                                const char identity[], void *record);
PetscErrorCode KrRecordRead(const char directory[], const KrRecordType *type, int64_t number,
                            const char identity[], void *record);

/* The same of its TAP states; the folder lays them out as shards. */

/* Identities of campaigns against each other. */
#define KR_IDENTITY_MESSAGE 512

void KrIdentityCompare(const char was[], const char now[], KrReach reach[2],
                       char message[KR_IDENTITY_MESSAGE]);

/* Lines of the samples of a folder, of which each holds as long as its shard has the same stamp. */
typedef struct {
  int32_t      n;      /* N; columns of counts */
  int64_t      count;  /* samples */
  KrSampleRow *rows;   /* count, ascending */
  int64_t     *counts; /* count x n */
  int64_t     *stamps; /* count x 2, KrShardStamp() */
} KrSampleTable;

PetscErrorCode KrShardStamp(const char directory[], int64_t number, int64_t stamp[2]);
PetscErrorCode KrSampleTableWrite(const char path[], const KrFileMeta *meta,
                                  const KrSampleTable *table);
void           KrSampleTableRead(const char path[], KrSampleTable *table);
void           KrSampleTableDestroy(KrSampleTable *table);

typedef struct { /* columns of the data sets of all shards */
  int has_x;
  int n_lowest, n_highest;
} KrIndexShape;

PetscErrorCode KrIndexWrite(const char directory[], const KrFileMeta *meta,
                            const KrSampleTable *table, const KrIndexShape *shape);

/* State of a sample that is still searched. */
PetscErrorCode KrCheckpointWrite(MPI_Comm comm, const char directory[], const KrFileMeta *meta,
                                 const KrSample *sample);
PetscErrorCode KrCheckpointRead(MPI_Comm comm, const char directory[], int64_t number,
                                const char identity[], PetscBool *exists, KrSample *sample);
PetscErrorCode KrThermoCheckpointWrite(MPI_Comm comm, const char directory[],
                                       const KrFileMeta *meta, const KrThermoCheckpoint *state);
PetscErrorCode KrThermoCheckpointRead(MPI_Comm comm, const char directory[], int64_t number,
                                      const char identity[], PetscBool *exists,
                                      KrThermoCheckpoint *state);
PetscErrorCode KrCheckpointDelete(const char directory[], int64_t number);

/* Collective parallel write of the ensemble, under a temporary name, then renamed by rank 0. */
PetscErrorCode KrEnsembleWrite(MPI_Comm comm, const char path[], const KrFileMeta *meta,
                               const KrEnsemble *ensemble);
PetscErrorCode KrEnsembleRead(const char path[], KrEnsemble *ensemble);

/* Symmetric tensors of a user. Packed: coefficients over sorted tuples i1 <= ... <= ip in lexicographic order,
   multiplicities folded in. Dense: entries, n^p, row major. */
typedef enum { KR_TENSOR_DENSE, KR_TENSOR_PACKED } KrTensorFormat;

#define KR_TENSOR_MAX_ORDER 12

typedef struct {
  int     order, n;
  double *packed; /* binomial(n+p-1, p), owned (free); lexicographic over sorted tuples */
} KrTensorData;

PetscErrorCode KrTensorFileRead(MPI_Comm comm, const char path[], int max_tensors, int *n_tensors,
                                KrTensorData tensors[]);
PetscErrorCode KrTensorFileWrite(const char path[], const KrFileMeta *meta, KrTensorFormat format,
                                 int n_tensors, const KrTensorData tensors[]);

/* A file of named numbers and arrays. */
typedef struct {
  const char *name;
  double      value;
} KrTableScalar;

typedef struct {
  const char   *name;
  const char   *description;       /* with its unit */
  int64_t       n_rows, n_columns; /* n_columns 0: one-dimensional */
  const double *data;              /* row major */
} KrTableArray;

PetscErrorCode KrTableWrite(const char path[], const char filetype[], const KrFileMeta *meta,
                            int n_scalars, const KrTableScalar scalars[], int n_arrays,
                            const KrTableArray arrays[]);

/* May the file be written that the user names? */
void KrFileCheckOut(const char option[], const char path[], const char filetype[],
                    char message[KR_MESSAGE_MAX]);

/* A text file written whole or not at all: temporary name, fsync, rename. */
PetscErrorCode KrTextWrite(const char path[], const char text[]);
PetscErrorCode KrTextCreate(const char path[], const char text[], PetscBool *existed);
PetscErrorCode KrTextPlace(const char path[], const char text[]);
int            KrFolderMake(const char path[]);
int            KrFolderMakeTemporary(const char path[], char temporary[], size_t length);
