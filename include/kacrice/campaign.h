/* Layer 4: many disorder samples over many ranks, into one folder. */
#pragma once
#include <kacrice/folder.h>
#include <kacrice/model.h>
#include <kacrice/store.h>

typedef enum { KR_SPREAD_AUTO, KR_SPREAD_STARTS, KR_SPREAD_TENSOR } KrSpread;
typedef enum { KR_QUEUE_DYNAMIC, KR_QUEUE_STATIC } KrQueueType;

typedef struct {
  int64_t seed;
  char    samples[KR_PATH_MAX]; /* "200" or "100:200" */
  int64_t first, end;           /* the same, read: first ... end-1 */
  int     group_size;           /* ranks that work on one sample together */
  int     spread;               /* KrSpread: what the ranks of a group share */
  char    out[KR_PATH_MAX];     /* folder */
  int     queue;                /* KrQueueType */
  double  progress;             /* seconds between progress lines */
  double  checkpoint;           /* seconds between states of a sample that is searched; 0: none */
  double  maxtime;              /* seconds until an orderly stop; 0: none */
  int     retry;                /* 1: samples that failed are tried again */
  int     extend;               /* 1: samples that are done get more starts */
  char    target[KR_PATH_MAX];  /* "total:0.01"; "": none */
  double  bin_width;            /* of energy histograms, units of J, KrMixtureScale() */
  int     dry_run;              /* 1: tell what it would cost, and do nothing */
  int     dry_run_ranks;        /* for so many ranks; 0: those of the run */
  double  dry_run_memory;       /* GB a rank; 0: of this machine */
} KrCampaignOptions;
#define KR_OPTION_BIN_WIDTH(offset, about) \
  { \
    "-campaign_bin_width", KR_OPTION_REAL, offset, "0.05", 1e-4, 1e12, NULL, "J", about, \
      PETSC_FALSE \
  }
extern const KrOptionTable KrRunOptionTable; /* those that are no part of what is computed */
PetscErrorCode             KrRunOptionsRead(MPI_Comm world, KrCampaignOptions *o);

#define KR_TARGET_TOTAL (-1)

typedef struct {         /* samples until the mean number of some points is known so well */
  int    index;          /* k of the points, or KR_TARGET_TOTAL */
  double relative_error; /* standard error of the mean over the mean; 0: there is no target */
} KrTarget;

typedef struct KrTask_s     KrTask; /* what is done with a sample: src/campaign/campaign_impl.h */
const KrTask               *KrTaskGet(int i);
const KrTask               *KrTaskFind(const char command[]);
const char                 *KrTaskCommand(const KrTask *task);
const char                 *KrTaskInput(const KrTask *task);
const char                 *KrTaskAbout(const KrTask *task);
const KrOptionTable *const *KrTaskTables(const KrTask *task, int *n_tables);

typedef struct KrPlan_s { /* all that a campaign is; made by KrPlanCreate() */
  const KrTask  *task;    /* by the command */
  KrModelOptions model;
  void *part; /* options of the task and what follows from them, a struct of its own; owned */
  struct KrPlan_s  *input; /* the campaign whose folder the task reads, owned; NULL: none */
  KrCampaignOptions campaign;
  KrProvenance      provenance;
  char             *options;  /* all of them, one "-name value" a line; owned */
  char             *identity; /* those that make it this campaign and no other; owned */
  PetscBool
    law_given; /* the exact expectation for f applies; not for a user's tensor or a free energy */
  KrMixture    f;
  int          n_tensors; /* 0: couplings are drawn */
  KrTensorData tensors[KR_MIXTURE_MAX];
  KrMixture looks; /* the law that these look like; their scale J is its, unless a law is stated */
  char      spread_reason[256];  /* why campaign.spread is what it is */
  int64_t   n_samples, *samples; /* the numbers of the samples, owned; NULL: all from first on */
  KrTarget  target;
  PetscBool extended; /* the folder's campaign was: shards in it may have to be taken up */
} KrPlan;

PetscErrorCode KrPlanCreate(MPI_Comm world, const KrTask *task, const char folder[], KrPlan *plan);
PetscErrorCode KrPlanDestroy(KrPlan *plan);
PetscErrorCode KrPlanModel(const KrPlan *plan, MPI_Comm comm, KrModel *model);
PetscErrorCode KrPlanDraw(const KrPlan *plan, KrModel model, int64_t sample);
double         KrPlanWorkBytes(const KrPlan *plan);
void           KrPlanSpread(KrPlan *plan);

PetscErrorCode KrPlanReopen(MPI_Comm world, const char input[], const char command[],
                            const char folder[], KrPlan *plan);

typedef struct {     /* how a run ended; the same on every rank */
  PetscBool stopped; /* in order, by a signal or the limit of time, with samples left to do */
  int64_t   n_done, n_failed, n_requested;
} KrCampaignEnd;

PetscErrorCode KrCampaignRun(MPI_Comm world, KrPlan *plan, KrCampaignEnd *end);
PetscErrorCode KrCampaignDryRun(MPI_Comm world, const KrPlan *plan);

/* ---- campaigns and studies as they lie on disk ---- */
PetscErrorCode KrFolderPrint(const char folder[]);
PetscErrorCode KrStudyStatus(MPI_Comm world, const char folder[], PetscBool check, PetscBool json);

/* what it costs beside its samples, to be measured */
PetscErrorCode KrBookkeepingTickets(MPI_Comm comm, int64_t n_samples, int64_t *n_mine);
PetscErrorCode KrBookkeepingJournal(const char folder[], const KrProvenance *provenance);
