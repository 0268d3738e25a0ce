/* A folder in which runs make samples: who has which of them, what lies there. It knows no campaign: it is handed
   names, numbers and texts. Door of src/folder. */
#pragma once
#include <kacrice/folder.h>
#include <kacrice/store.h>
#include <cjson/cJSON.h>

typedef struct {              /* a run and its folder; all borrowed */
  const char         *option; /* of the program, that names the folder: for messages */
  const char         *folder;
  int64_t             first, end; /* samples asked for: first ... end-1 */
  const KrProvenance *provenance;
} KrVisit;

/* ---- claim.c: which samples are this run's ---- */
typedef struct KrClaim_s *KrClaim; /* NULL but on world rank 0 */

void        KrClaimCheck(KrClaim claim, char message[KR_MESSAGE_MAX]);
const char *KrClaimName(KrClaim claim);
const char *KrClaimFolder(KrClaim claim);
void        KrClaimDestroy(KrClaim *claim);

/* ---- folder.c: DIR, DIR/samples, DIR/campaign.json ---- */
typedef struct {         /* what a campaign says of its folder; not collective */
  const void  *campaign; /* passed on */
  const cJSON *ours;     /* campaign.json as it would write it */
  const char *absent; /* option that wants a campaign to be there already; NULL: it may begin one */
  /* what is there, checked; NULL with a message that ends with advice. The caller deletes it */
  cJSON *(*read)(const char folder[], const char advice[], char message[KR_MESSAGE_MAX]);
  /* a message when `there`, read from path, is another campaign; grows: it is to be changed to this one */
  void (*compare)(const void *campaign, const char path[], const cJSON *there, const cJSON *ours,
                  PetscBool *grows, char message[KR_MESSAGE_MAX]);
  /* changes `there` to what it is with this run, and says whether it did; extended: samples may have to be taken up */
  PetscBool (*update)(const void *campaign, cJSON *there, const cJSON *ours, PetscBool grows,
                      PetscBool *extended);
} KrFolderOwner;

PetscErrorCode KrFolderOpen(MPI_Comm world, const KrVisit *visit, const KrFolderOwner *owner,
                            KrClaim *claim, PetscBool *extended);

/* ---- folder_identity.c ---- */
int            KrFolderSpins(const cJSON *campaign);
PetscErrorCode KrFolderIdentity(MPI_Comm world, const cJSON *campaign, char **identity);

/* ---- failure.c: DIR/failed ---- */
PetscBool      KrFailureExists(const char folder[], int64_t sample);
PetscErrorCode KrFailureWrite(const char folder[], const char host[], int64_t sample,
                              PetscErrorCode code, const char message[]);
void           KrFailureDelete(const char folder[], int64_t sample);

/* ---- journal.c: DIR/runs, a file a run ---- */
typedef struct { /* of a run, samples */
  int64_t      computed, found, failed;
  const cJSON *target;         /* what it goes for, borrowed; NULL: there is none */
  double       relative_error; /* of that, so far; NaN: unknown */
} KrRunCounts;

typedef struct {  /* of the wall clock */
  double seconds; /* since the run began */
  double idle;    /* most that a group waited at the end for the others */
  double longest; /* most that a sample took */
} KrRunTimes;

typedef struct {
  char    path[KR_PATH_MAX + 512];
  KrVisit visit;
  int     n_groups;
  double  progress; /* seconds between two of its lines */
} KrJournal;

PetscErrorCode KrJournalOpen(MPI_Comm world, KrClaim claim, KrJournal *journal);
PetscErrorCode KrJournalWrite(const KrJournal *journal, const char state[],
                              const KrRunCounts *counts, const KrRunTimes *times);

/* ---- runs.c: the journals of a folder ---- */
typedef struct {
  char    path[KR_PATH_MAX + 512], state[16], host[256], job[64], started[32];
  int64_t first, end; /* samples asked for: first ... end-1 */
  int64_t computed, failed;
  int     ranks, groups;
  long    pid;
  double  progress, silence, seconds; /* of its progress lines; since its last word; of wall time */
  PetscBool is_old;                   /* of kacrice 0.1.0, without a claim */
  PetscBool is_alive; /* as far as can be told at once: for people, unless it is old */
} KrRun;

typedef struct {
  int64_t first, end;
} KrRange;

PetscErrorCode KrRunsRead(const char folder[], const char host[], int *n_runs, KrRun **runs);
int64_t KrCountAsked(int n_ranges, KrRange ranges[], int64_t n_singles, const int64_t singles[]);

/* ---- json.c ---- */
void           KrJsonNumber(cJSON *object, const char name[], double value);
PetscErrorCode KrJsonWrite(const char path[], const cJSON *root);
char          *KrJsonReadText(const char path[], int *status);
cJSON         *KrJsonParse(const char text[], size_t n_bytes);
cJSON         *KrJsonRead(const char path[], int *status);
double         KrJsonReal(const cJSON *object, const char name[], double least, double most,
                          double otherwise);
int64_t        KrJsonCount(const cJSON *object, const char name[], double most);

/* ---- merge_folder.c: the folder of a merge ---- */
PetscErrorCode KrMergeFolderBegin(MPI_Comm world, const KrProvenance *provenance, const char out[],
                                  char temporary[KR_PATH_MAX], KrClaim *claim);
PetscErrorCode KrMergeFolderEnd(MPI_Comm world, const char temporary[], const char out[],
                                PetscErrorCode code, KrClaim *claim);

/* ---- shards.c: the shards of one or several folders ---- */
typedef struct {
  int64_t sample, folder; /* folder: its position in the list */
} KrShardPlace;

typedef struct { /* the same on every rank */
  int                n_folders;
  const char *const *folders; /* borrowed */
  int64_t            n_places;
  KrShardPlace      *places; /* by sample, then folder */
  int64_t            n_samples;
  int64_t           *first; /* n_samples + 1: where the places of each begin */
} KrShards;

typedef enum {
  KR_FINDING_DAMAGED,
  KR_FINDING_FOREIGN, /* of another campaign */
  KR_FINDING_CONFLICT /* the same sample twice, and not with the same content */
} KrFindingKind;

typedef struct {
  int64_t       sample;
  KrFindingKind kind;
  char          message[KR_MESSAGE_MAX];
} KrFinding;

typedef struct {
  int64_t    n_duplicates; /* shards that are the same as one that counts */
  int64_t    n_short;      /* shards that do not count yet, as their campaign was extended since */
  int64_t    count;
  KrFinding *list;
} KrFindings;

PetscErrorCode KrShardsFind(MPI_Comm world, int n_folders, const char *const folders[],
                            KrShards *shards);
PetscErrorCode KrSampleList(MPI_Comm world, const char folder[], int64_t *count, int64_t **numbers);
PetscErrorCode KrShardsRead(const KrShards *shards, int64_t s, const char identity[],
                            KrShardParts parts, KrSample *sample, PetscBool *found,
                            KrFindings *findings);
void           KrShardsDestroy(KrShards *shards);
PetscErrorCode KrFindingsShare(MPI_Comm world, KrFindings *findings);
PetscErrorCode KrFindingsAdd(KrFindings *findings, int64_t sample, KrFindingKind kind,
                             const char message[]);
const KrFinding *KrFindingsFirst(const KrFindings *findings, KrFindingKind kind, int64_t *count);
void             KrFindingsDestroy(KrFindings *findings);
