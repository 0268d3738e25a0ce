/* Claims: which run has which samples of a folder, and whether it lives (docs/adr/0021-who-is-alive.md). Inside
   src/folder only. */
#pragma once
#include "folder_impl.h"

#define KR_CLAIM_PATH_MAX (KR_PATH_MAX + 1100)

typedef enum {
  KR_CLAIM_ASKING, /* for its samples; has them as soon as nobody else is seen to ask for them or to have them */
  KR_CLAIM_WAITING, /* until one that asks as well, and whose name comes first, has been answered */
  KR_CLAIM_WORKING
} KrClaimState;

typedef enum {
  KR_LIFE_OVER,    /* it is over, for sure */
  KR_LIFE_UNKNOWN, /* it may be: whether its count moves has to be watched */
  KR_LIFE_GOES_ON
} KrLife;

typedef struct { /* what stands in a claim */
  KrClaimState state;
  int64_t      count;     /* goes up as long as its run lives */
  double  every, silence; /* seconds: between two counts; without one, and it is taken for dead */
  int64_t first, end;     /* its samples */
  int     is_locked;      /* its run holds a lock on it for as long as it lives */
  char    boot[64];       /* the kernel, "-": unknown */
  unsigned long long device;   /* the file system as that kernel numbers it */
  char               job[128]; /* CLUSTER/ID of the batch system, "-": none */
  int                restarts; /* of the job */
  char               host[256];
  long               pid; /* host and process are for people only */
} KrClaimRecord;

/* ---- claim.c: one's own ---- */
PetscErrorCode KrClaimCreate(const char folder[], const char name[], const KrProvenance *provenance,
                             char message[KR_MESSAGE_MAX], KrClaim *claim);
void   KrClaimSay(KrClaim claim, const char place[], KrClaimState state, int64_t first, int64_t end,
                  char message[KR_MESSAGE_MAX]);
double KrClaimTime(KrClaim claim);
void   KrClaimNewName(const char host[], char name[], size_t length);

/* ---- claim_file.c: what stands in one ---- */
#define KR_CLAIM_BYTES 1024

typedef struct {
  int    count;
  char **names; /* without the folder, ascending */
} KrClaimList;

int    KrClaimLock(int file);
void   KrClaimPlace(int file, KrClaimRecord *record);
void   KrClaimFormat(const KrClaimRecord *record, char text[KR_CLAIM_BYTES]);
int    KrClaimRead(const char path[], KrClaimRecord *record);
KrLife KrClaimLife(const char path[], const KrClaimRecord *record);
int    KrClaimListRead(const char folder[], KrClaimList *list);
void   KrClaimListDestroy(KrClaimList *list);

/* ---- claim_ask.c: one's own beside those of others ---- */
PetscErrorCode KrClaimAsk(KrClaim claim, const char place[], int64_t first, int64_t end,
                          PetscBool *stopped, char message[KR_MESSAGE_MAX]);
PetscBool      KrClaimIsAlone(KrClaim claim);
