/* Layer 7: many disorder samples over many ranks, into one folder. */
#pragma once
#include <kacrice/census.h>
#include <kacrice/store.h>
#include <kacrice/thermo.h>

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
  double  bin_width;            /* of energy histograms, units of J */
  int     dry_run;              /* 1: tell what it would cost, and do nothing */
} KrCampaignOptions;
extern const KrOptionTable KrCampaignOptionTable;

typedef struct KrTask_s KrTask; /* what is done with a sample: src/campaign/campaign_impl.h */

typedef struct {          /* all that a campaign is; made by KrPlanCreate() */
  const KrTask     *task; /* a census, or Monte Carlo: by the command */
  KrModelOptions    model;
  KrSearchOptions   search;
  KrSpectrumOptions spectrum;
  KrCensusOptions   census;
  KrThermoOptions   thermo; /* of Monte Carlo only, then search, spectrum and census are not read */
  KrLadder          ladder;
  KrCampaignOptions campaign;
  KrProvenance      provenance;
  char             *options;   /* all of them, one "-name value" a line; owned */
  char             *identity;  /* those that make it this campaign and no other; owned */
  PetscBool         law_given; /* f is the law; otherwise it is estimated from a user's tensor */
  KrMixture         f;
  int               n_tensors; /* 0: couplings are drawn */
  KrTensorData      tensors[KR_MIXTURE_MAX];
  char              spread_reason[256]; /* why campaign.spread is what it is */
} KrPlan;

#define KR_PLAN_TABLES   5
#define KR_THERMO_TABLES 3
extern const KrOptionTable *const KrPlanTables[KR_PLAN_TABLES];         /* of a census */
extern const KrOptionTable *const KrThermoPlanTables[KR_THERMO_TABLES]; /* of Monte Carlo */

PetscErrorCode KrPlanCreate(MPI_Comm world, const char command[], KrPlan *plan);
PetscErrorCode KrPlanDestroy(KrPlan *plan);
PetscErrorCode KrPlanModel(const KrPlan *plan, MPI_Comm comm, KrModel *model);
PetscErrorCode KrPlanDraw(const KrPlan *plan, KrModel model, int64_t sample);
double         KrPlanWorkBytes(const KrPlan *plan);
void           KrPlanSpread(KrPlan *plan);

PetscErrorCode KrPlanReopen(MPI_Comm world, const char command[], const char folder[],
                            KrPlan *plan);
PetscErrorCode KrCampaignCertify(MPI_Comm world, const KrPlan *plan, KrCertifyTally *tally);
typedef struct {     /* how a run ended; the same on every rank */
  PetscBool stopped; /* in order, by a signal or the limit of time, with samples left to do */
  int64_t   n_done, n_failed, n_requested;
} KrCampaignEnd;

PetscErrorCode KrCampaignRun(MPI_Comm world, const KrPlan *plan, KrCampaignEnd *end);
PetscErrorCode KrCampaignDryRun(MPI_Comm world, const KrPlan *plan);
