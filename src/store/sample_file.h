/* A file with the record of a sample: a finished one, or one that is still searched. Inside src/store only. */
#pragma once
#include "h5_impl.h"

PetscErrorCode KrSampleFileWrite(MPI_Comm comm, const char path[], const char filetype[],
                                 const KrFileMeta *meta, const KrSample *sample);
typedef struct { /* what of a file is wanted */
  const char  *filetype;
  int64_t      number;        /* the sample it must hold */
  const char  *identity;      /* of the campaign, NULL: any */
  KrShardParts parts;         /* of the data sets */
  int          part, n_parts; /* of the points */
  MPI_Comm     comm;          /* of those that read the parts; one part: not looked at */
  int          with_state;    /* 1: what it takes to search on as well */
  const char  *again;         /* how the record is made anew: KrH5Describe() */
} KrSampleWant;

PetscErrorCode KrSampleFileRead(const char path[], const KrSampleWant *want, KrSample *sample);

#define KR_SHARD_AGAIN " and run the campaign again to compute this sample anew"

PetscErrorCode KrSampleFileMakeFolders(MPI_Comm comm, const char path[]);

PetscErrorCode KrSampleFileTry(const char path[], const KrSampleWant *want, KrH5 *file,
                               KrSample *sample);
void           KrSampleAttributesRead(KrH5 *file, int64_t number, KrSample *sample);

/* sample_check.c */
typedef struct { /* what of a record was read */
  int is_state;  /* it is that of a sample still searched: no counts, no estimates */
  int all_points, with_x, with_origins;
} KrSampleParts;

void           KrSampleCheckNumbers(KrH5 *file, int64_t number, const KrSample *sample);
void           KrSampleCheckCampaign(KrH5 *file, const char identity[], const KrSample *sample);
PetscErrorCode KrSampleCheck(KrH5 *file, const KrSampleParts *parts, const char identity[],
                             const KrSample *sample);

/* checkpoint.c: states of all kinds of samples */
#define KR_CHECKPOINT_AGAIN " and run the campaign again to begin this sample anew"

PetscErrorCode KrCheckpointTurn(MPI_Comm comm, const char directory[], int64_t sample, char path[],
                                size_t length);
PetscErrorCode KrCheckpointChoose(MPI_Comm comm, const char directory[], int64_t number,
                                  char chosen[KR_PATH_MAX]);

/* identity.c */
int  KrH5GoesOn(KrH5 *file, const char identity[], const KrSample *sample);
void KrH5CheckState(KrH5 *file, const char identity[]);
void KrH5CheckIdentity(KrH5 *file, const char identity[]);
void KrH5IdentityRead(KrH5 *file, char **identity);

const char *KrIdentityValue(const char identity[], const char option[]);
int         KrIdentityIs(const char identity[], const char option[], const char value[]);
void KrH5CheckOptions(KrH5 *file, const char identity[], int n_fields, const KrOptionField fields[],
                      const void *record);
