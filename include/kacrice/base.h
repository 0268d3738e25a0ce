/* Layer 0: start and stop, errors, options as data, groups of ranks, provenance. */
#pragma once
#include <petscsys.h>

#if PETSC_VERSION_LT(3, 19, 0)
#define PETSC_SUCCESS ((PetscErrorCode)0) /* newer than the oldest PETSc we serve */
#endif

#define KR_MESSAGE_MAX 1024 /* bytes of a line about an error */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
void KrMessageFormat(char message[KR_MESSAGE_MAX], const char format[], ...);

/* Input of the user that cannot be served: one line on stderr, exit code 2 (docs/style.md, Errors). The
   message names the option or file, the value and what would be right. */
#define KR_CHECK_INPUT(condition, comm, ...) \
  do { \
    if (PetscUnlikely(!(condition))) { \
      char kr_message[KR_MESSAGE_MAX]; \
\
      KrMessageFormat(kr_message, __VA_ARGS__); \
      SETERRQ(comm, PETSC_ERR_USER_INPUT, "%s", kr_message); \
    } \
  } while (0)

#define KR_EXIT_INPUT 2 /* exit code after bad input */
/* A check of `kacrice verify` failed: one line on stderr too, exit code 1. Beyond the codes of PETSc. */
#define KR_ERR_CHECK_FAILED ((PetscErrorCode)(PETSC_ERR_MAX_VALUE + 1))
/* An orderly stop, to be gone on with, and a campaign of which samples failed: one line and an exit code of its own. */
#define KR_ERR_STOPPED        ((PetscErrorCode)(PETSC_ERR_MAX_VALUE + 2))
#define KR_ERR_SAMPLES_FAILED ((PetscErrorCode)(PETSC_ERR_MAX_VALUE + 3))
#define KR_EXIT_FAILED        3
#define KR_EXIT_STOPPED       75 /* EX_TEMPFAIL: run me again */
#define KR_PATH_MAX           4096
#define KR_FOLDER_MAX \
  (KR_PATH_MAX - \
   256) /* of a folder: the files in it have longer names, also while they are written */

PetscErrorCode KrInitialize(int *argc, char ***argv);
PetscErrorCode KrFinalize(void);
void           KrLeaveTogether(PetscErrorCode code);
int            KrExitCode(PetscErrorCode code);
void           KrErrorsKeep(char message[]);
PetscErrorCode KrErrorsMeet(MPI_Comm comm, PetscErrorCode code);
void           KrSignalsListen(void);
void           KrSignalsRenew(void);
void           KrSignalsEnd(MPI_Comm world, const char line[]);
void           KrSignalsNote(void);
void           KrSignalsRemove(const char path[]);
int            KrSignalSeen(void);
void           KrSignalsAbort(void);
PetscBool      KrStopWanted(const char phase[]);
PetscErrorCode KrStopLook(MPI_Comm comm, const char phase[], PetscErrorCode *code);
PetscErrorCode KrStopAgree(MPI_Comm comm, PetscErrorCode *code);
double         KrProcessSeconds(void);
PetscErrorCode KrMemoryPerRank(MPI_Comm world, double *bytes);
double        *KrMemoryAligned(int64_t count);
void           KrBlasName(char name[], size_t length);
void           KrBlasOneThread(void);

PetscErrorCode KrCheckRoot(MPI_Comm comm, char message[KR_MESSAGE_MAX]);
PetscErrorCode KrSumReals(MPI_Comm comm, int64_t count, double values[]);
PetscErrorCode KrSumRows(MPI_Comm comm, int64_t n_rows, int n_columns, const double values[],
                         double sums[]);

/* ---- files of others: regular ones only, and with an end; 0, an errno, or KR_FILE_... ---- */
#define KR_FILE_IRREGULAR (-1) /* a pipe, a device, a socket: reading it might never end */
int         KrFileOpen(const char path[], int *descriptor);
int         KrFileRead(const char path[], size_t most, char **bytes, size_t *n_bytes);
const char *KrFileError(int status);

/* ---- between two pieces of a long work ---- */
typedef PetscErrorCode (*KrSaveFn)(void *work,
                                   void *state); /* copies it; the caller frees the state */

typedef struct {
  KrSaveFn save; /* NULL: the work has no state */
  void    *work; /* passed to it */
  int64_t
    length; /* of the next piece, may be changed: the result does not depend on it; 0: fixed */
  PetscBool stop; /* set: no further */
} KrBreath;

/* May save the work and ask to stop it. Collective on those who share the work; the same answer on all. */
typedef PetscErrorCode (*KrBreathFn)(void *context, KrBreath *breath);

/* ---- options: a table beside the struct it fills, so that reading, help and provenance agree ---- */
typedef enum {
  KR_OPTION_INT,    /* int */
  KR_OPTION_INT64,  /* int64_t */
  KR_OPTION_REAL,   /* double */
  KR_OPTION_STRING, /* char[KR_PATH_MAX] */
  KR_OPTION_BOOL,   /* int, 0 or 1; text true or false */
  KR_OPTION_CHOICE  /* int, position in choices */
} KrOptionType;

typedef struct {
  const char  *name; /* with its dash: "-search_starts" */
  KrOptionType type;
  size_t       offset;   /* of the member in the struct */
  const char  *initial;  /* default, as text */
  double       min, max; /* numbers only, both included; ignored when min == max */
  const char  *choices;  /* KR_OPTION_CHOICE only: "minima|all" */
  const char  *unit;     /* "" when it has none */
  const char  *help;     /* one line */
  PetscBool identity; /* part of what a campaign is: a folder made with another value is refused */
} KrOption;

typedef struct {
  const char     *title; /* "Model" */
  const KrOption *options;
  int             n_options;
} KrOptionTable;

PetscErrorCode KrOptionsRead(MPI_Comm comm, const KrOptionTable *table, void *values);
PetscBool KrOptionAccepts(const KrOption *option, const char text[], char range[], size_t length);
PetscErrorCode KrOptionsFormat(const KrOptionTable *table, const void *values,
                               PetscBool identity_only, char **text);
PetscErrorCode KrOptionsHelp(MPI_Comm comm, const KrOptionTable *table);
PetscErrorCode KrOptionsCheckUnknown(MPI_Comm comm, const char command[], int n_tables,
                                     const KrOptionTable *const tables[],
                                     const char *const          ignored[]);
/* "0.5,0.7" or "0.1:0.9:5" (first:last:number), every number above a bound */
PetscErrorCode KrRealListRead(MPI_Comm comm, const char option[], const char text[], double above,
                              int n_max, int *n, double values[]);

/* ---- groups of ranks ---- */
typedef struct {
  MPI_Comm world;    /* borrowed */
  MPI_Comm comm;     /* the group's communicator, owned; MPI_COMM_NULL on an idle rank */
  int      n_groups; /* working groups */
  int      group;    /* mine, 0 ... n_groups-1; -1 on an idle rank */
  int      size;     /* ranks in a group */
} KrGroups;

PetscErrorCode KrGroupsCreate(MPI_Comm world, int group_size, KrGroups *groups);
PetscErrorCode KrGroupsWarnIdle(const KrGroups *groups, int64_t n_tasks);
PetscErrorCode KrGroupsDestroy(KrGroups *groups);

/* ---- provenance ---- */
typedef struct {
  const char *program;  /* "kacrice" */
  const char *version;  /* "0.1.0" */
  const char *git_hash; /* of the sources, "unknown" outside a repository */
  const char *compiler;
  char        libraries[1024]; /* "Open MPI 4.1.4; PETSc 3.18.5; SLEPc ...; HDF5 ..." */
  char        host[256];
  char        created[32]; /* UTC, ISO 8601 */
  int         ranks;       /* of the world */
} KrProvenance;

PetscErrorCode KrProvenanceGet(MPI_Comm world, KrProvenance *provenance);
void           KrTimeText(char text[], size_t length);
