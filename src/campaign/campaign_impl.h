/* Parts of a campaign. For src/campaign and the tasks, src/tasks. */
#pragma once
#include <kacrice/campaign.h>
#include <kacrice/stats.h>
#include <kacrice/tap_theory.h>
#include "folder/folder.h"

/* ---- target.c: how exact the mean is to be ---- */
typedef struct { /* counts of samples; whole numbers, exact in any order of summation */
  int64_t samples, sum, squares_high, squares_low; /* squares: high 2^32 + low */
} KrTally;

PetscErrorCode KrTargetRead(MPI_Comm world, int n_index, KrPlan *plan);
PetscBool      KrTargetIsValid(const cJSON *target, int n);
void           KrTargetName(const KrTarget *target, char name[32]);
cJSON         *KrTargetDescribe(const KrTarget *target);
PetscBool      KrTargetRecord(const KrPlan *plan, cJSON *campaign);
int64_t        KrTargetNextBlock(int64_t n);
int            KrCountedIndices(PetscBool only_minima, int n);
int64_t        KrCountOf(int n_index, int index, const int64_t count[]);
int64_t        KrTargetSamples(const KrTarget *target, const KrTally *tally, int64_t most);
void           KrTallyAdd(KrTally *tally, int64_t count);
double         KrTallyError(const KrTally *tally);

/* ---- queue.c: which group does which sample ---- */
#define KR_QUEUE_EMPTY (-1)
#define KR_QUEUE_WAIT  (-2) /* until it is decided whether there are more */

typedef enum { /* how a sample of the queue ended */
               KR_TASK_COMPUTED,
               KR_TASK_FOUND,  /* done before this run */
               KR_TASK_FAILED, /* now or before */
               KR_TASK_STOPPED /* in order; it can be gone on with */
} KrTaskEnd;

typedef struct {
  int64_t   computed, found, failed;
  int64_t   limit;   /* samples there are to be, as far as it is decided */
  PetscBool decided; /* there are to be no more */
  KrTally   tally;   /* with a target */
} KrQueueCounts;

typedef struct {
  const KrGroups *groups; /* borrowed */
  KrQueueType     type;
  KrTarget        target; /* relative_error 0: none */
  MPI_Win  win; /* counters on world rank 0: tickets drawn, samples by their ends, wish to stop */
  int64_t *counters; /* on world rank 0; window memory */
  int64_t  first, end;
  int64_t  n_drawn; /* static queue: tickets of this group */
  int64_t  held;    /* ticket that was drawn and not redeemed, KR_QUEUE_EMPTY: none */
} KrQueue;

PetscErrorCode KrQueueCreate(const KrGroups *groups, KrQueueType type, int64_t first, int64_t end,
                             const KrTarget *target, KrQueue *queue);
PetscErrorCode KrQueueNext(KrQueue *queue, int64_t *sample);
PetscErrorCode KrQueueReport(KrQueue *queue, KrTaskEnd end, int64_t count);
PetscErrorCode KrQueueCount(KrQueue *queue, KrQueueCounts *counts);
PetscErrorCode KrQueueStop(KrQueue *queue, int *stop);
PetscErrorCode KrQueueDestroy(KrQueue *queue);

/* ---- stop.c: orderly stop ---- */
typedef struct {
  KrQueue *queue;    /* borrowed; tells the other groups */
  KrClaim  claim;    /* borrowed */
  double   deadline; /* MPI_Wtime, may be negative; infinity: none */
} KrStop;

void           KrStopCreate(const KrPlan *plan, KrQueue *queue, KrStop *stop);
PetscErrorCode KrStopPoll(KrStop *stop, double reserve, PetscBool *stopping);

/* ---- spread.c: what the ranks of a group share ---- */
PetscErrorCode KrPlanCheckMemory(MPI_Comm world, const KrPlan *plan);

/* ---- description.c: campaign.json as this campaign has it ---- */
PetscErrorCode KrPlanEnter(MPI_Comm world, KrPlan *plan, KrClaim *claim);
KrVisit        KrPlanVisit(const KrPlan *plan);
void           KrFolderCompare(const char input[], int n_folders, const char *const folders[],
                               char message[KR_MESSAGE_MAX]);
PetscErrorCode KrFolderWriteMerged(const KrPlan *plan, int n_folders, const char *const folders[]);

/* ---- folder_kind.c: what made a folder ---- */
const KrTask *KrFolderTask(const cJSON *campaign);
PetscBool     KrFolderIsMerged(const cJSON *campaign);
const char   *KrFolderMaker(const cJSON *campaign);
void          KrFolderCheckFile(const cJSON *campaign, char message[KR_MESSAGE_MAX]);
cJSON *KrFolderDescription(const char folder[], const char advice[], char message[KR_MESSAGE_MAX]);
cJSON *KrFolderOf(const char input[], const char folder[], const char command[],
                  char message[KR_MESSAGE_MAX]);

/* ---- extend.c: a campaign that goes further ---- */
PetscBool KrExtendIsReach(const char option[]);
PetscBool KrExtendHappened(const cJSON *campaign);
void KrExtendCheck(const KrPlan *plan, const char path[], const cJSON *campaign, const cJSON *now,
                   PetscBool *grows, char message[KR_MESSAGE_MAX]);
void KrExtendRecord(cJSON *campaign, const cJSON *now);

/* ---- plan.c ---- */
PetscErrorCode KrPlanMake(MPI_Comm world, const char command[], KrPlan *plan);
int64_t        KrPlanCount(const KrPlan *plan);
KrParity       KrPlanParity(const KrPlan *plan);

/* ---- progress.c: lines on stdout and the journal, from world rank 0 ---- */
typedef struct {
  const KrPlan *plan; /* borrowed, like the queue */
  KrQueue      *queue;
  KrJournal     journal;
  double        began, printed; /* MPI_Wtime */
} KrProgress;

PetscErrorCode KrProgressTell(KrProgress *progress);
PetscErrorCode KrProgressNote(const KrProgress *progress, const char state[],
                              const KrQueueCounts *counts, const KrRunTimes *times);

/* ---- worker.c: what a group has to do samples with ---- */
typedef struct {
  const KrPlan *plan;     /* borrowed */
  KrFileMeta    meta;     /* of the files it writes */
  MPI_Comm      group;    /* borrowed */
  MPI_Comm      sharers;  /* ranks that share the work on a sample: the group, or this rank alone */
  KrModel       model;    /* on this rank alone, or on the group */
  void         *part;     /* what the task has made for itself; NULL: nothing */
  KrStop       *stop;     /* borrowed */
  KrProgress   *progress; /* borrowed */
  PetscBool     goes_on;  /* the sample under way has a shard, from which it goes on */
  double        longest;  /* seconds that a sample has taken */
  double        piece;    /* the longest between two looks at the clock, where it is measured */
} KrWorker;

PetscErrorCode KrWorkerCreate(const KrPlan *plan, MPI_Comm group, KrStop *stop,
                              KrProgress *progress, KrWorker *worker);
PetscErrorCode KrWorkerRun(KrWorker *worker, int64_t sample, KrTaskEnd *end, int64_t *count);
double         KrWorkerReserve(const KrWorker *worker);
PetscErrorCode KrWorkerDestroy(KrWorker *worker);

/* ---- keeper.c: the state of the sample under way ---- */
typedef struct {        /* a struct that is kept in a file of its own for each sample */
  size_t size, seconds; /* of the struct; offset in it of the core seconds that it took */
  /* collective on sharers, each of which has its part or all of it; destroy may be called twice */
  PetscErrorCode (*write)(MPI_Comm sharers, const char folder[], const KrFileMeta *meta,
                          const void *record);
  void (*destroy)(void *record);
} KrTaskFile;

typedef struct {
  KrWorker *worker;
  int64_t   number;
  PetscBool finished; /* the state that it goes on from is a record that had ended */
  double    began;    /* wall clock */
  double    before;   /* core seconds of runs before */
  double    saved;    /* wall clock of the last state */
  double    resumed;  /* wall clock when the piece under way began */
  double    writing;  /* seconds that the last state took */
} KrKeeper;

PetscBool      KrPlanKeepsState(const KrPlan *plan);
KrKeeper       KrKeeperOf(KrWorker *worker, int64_t sample);
PetscErrorCode KrKeeperTakeUp(KrKeeper *keeper, void **state);
PetscErrorCode KrKeeperBreathe(void *keeper, KrBreath *breath);
PetscErrorCode KrKeeperSave(KrKeeper *keeper, KrSaveFn save, void *work);
PetscErrorCode KrKeeperWrite(const KrKeeper *keeper, const KrTaskFile *file, void *record);

/* ---- dry_run.c: what the dry runs of all tasks say alike ---- */
PetscErrorCode KrDryRunTell(MPI_Comm world, const char name[], double value, const char unit[]);
PetscErrorCode KrDryRunSlowest(MPI_Comm world, int count, double seconds[]);
PetscErrorCode KrDryRunTellRanks(MPI_Comm world, const KrPlan *plan, const KrGroups *groups,
                                 int n_ranks);
PetscErrorCode KrDryRunTellMemory(MPI_Comm world, const KrPlan *plan, const KrGroups *groups);

/* ---- plan_options.c ---- */
extern const KrOptionTable KrCampaignOptionTable;
void                      *KrPlanTable(KrPlan *plan, int t);
PetscErrorCode             KrPlanMakePart(KrPlan *plan);
PetscErrorCode KrPlanCheckUnknown(MPI_Comm world, const KrTask *task, const char command[]);
PetscErrorCode KrPlanReadOptions(MPI_Comm world, const char command[], KrPlan *plan);
PetscErrorCode KrPlanFormatOptions(KrPlan *plan);

/* ---- what a campaign does with its samples: a table a kind ---- */
typedef struct {     /* where the values of a table of options are */
  PetscBool of_part; /* in plan->part, else in the plan */
  size_t    offset;
} KrTaskPlace;

typedef struct { /* of a sample that is not finished */
  KrTaskFile  file;
  size_t      done; /* offset of an int64_t that says how far it is, in these units */
  const char *unit;
  PetscBool (*applies)(const KrPlan *plan); /* NULL: to all plans */
  PetscErrorCode (*read)(MPI_Comm sharers, const char folder[], int64_t number,
                         const char identity[], PetscBool *exists, void *state);
  /* in its place the shard, when that is further: finished is set then. NULL: no campaign is extended */
  PetscErrorCode (*reopen)(MPI_Comm sharers, const char folder[], int64_t number,
                           const char identity[], PetscBool *exists, PetscBool *finished,
                           void *state);
} KrTaskState;

struct KrTask_s {
  const char *command; /* of the program that does it */
  const char *input;   /* the command whose folder it reads; NULL: none */
  const char *
    mark; /* option that is in its folders alone, for those that do not name their command; or NULL */
  const char *out;    /* its option that names the folder */
  const char *shares; /* what the ranks of a group share, but for couplings */
  const char *about;  /* one line for the help */
  /* all its options, and the structs that they fill; those of the campaign whose folder it reads are not among them */
  int                         n_tables;
  const KrOptionTable *const *tables;
  const KrTaskPlace          *places;
  size_t                      part_size; /* of plan->part */
  const KrTaskFile           *record;    /* of a sample: its shard */
  const KrTaskState          *state;     /* NULL: a sample that was stopped is begun anew */
  /* its options but for those of model, campaign and run; what follows from them and the law, and from plan->input.
     Collective on world */
  PetscErrorCode (*read)(MPI_Comm world, KrPlan *plan);
  PetscErrorCode (*complete)(MPI_Comm world, KrPlan *plan);
  /* memory of a rank beside couplings. thin: whether couplings are better shared than work of which there is too
     little for a group, and how little; NULL: never */
  double (*work_bytes)(const KrPlan *plan);
  PetscBool (*thin)(const KrPlan *plan, char reason[], size_t length);
  /* refuses what cannot be done, before the folder is made; says what it is going to do; or what that would take, in
     groups of as many ranks as it is about. Collective on world */
  PetscErrorCode (*check)(MPI_Comm world, const KrPlan *plan);
  PetscErrorCode (*announce)(MPI_Comm world, const KrPlan *plan);
  PetscErrorCode (*dry_run)(MPI_Comm world, const KrPlan *plan, const KrGroups *groups,
                            int n_ranks);
  /* collective on the group: worker->part, or NULL; after an error it is destroyed and not used any more */
  PetscErrorCode (*create)(KrWorker *worker);
  PetscErrorCode (*destroy)(KrWorker *worker);
  /* collective on the group: the record of a sample whose disorder is drawn, but for its seconds. from: the state that
     it goes on from, which may be destroyed early; NULL: there is none. KrKeeperBreathe() is for its pauses */
  PetscErrorCode (*sample)(KrWorker *worker, KrKeeper *keeper, void *from, void *record,
                           PetscBool *stopped);
  /* what a target counts of a sample; of one that has a shard, as much of its record as that takes. NULL: no targets */
  int64_t (*count)(const KrPlan *plan, const void *record);
  PetscErrorCode (*read_counts)(const char folder[], int64_t number, const char identity[],
                                void *record);
  /* a line for each sample that has a shard, for status; NULL: what is in its shards is not known there */
  PetscErrorCode (*rows)(MPI_Comm world, int n, const char identity[], const KrShards *shards,
                         PetscBool check, KrSampleTable *table, KrFindings *findings);
  /* ensemble and summary from the shards in the folder, n_wanted samples asked for; collective on world */
  PetscErrorCode (*conclude)(MPI_Comm world, const KrPlan *plan, int n_groups, double began,
                             int64_t n_wanted);
};
PetscErrorCode KrTaskShare(MPI_Comm world, const KrTask **task);

/* ---- status.c, status_print.c: how far a campaign is ---- */
typedef struct { /* a sample that failed, or whose state is kept */
  int64_t sample;
  double  age; /* s */
  char    text[KR_MESSAGE_MAX];
} KrNote;

typedef struct {
  int64_t count;
  KrNote *list; /* ascending */
} KrNotes;

typedef struct { /* on world rank 0 */
  char          folder[KR_PATH_MAX], law[256], kind[32];
  const KrTask *task; /* on every rank */
  PetscBool
             has_rows; /* a line a sample is known; else kind says what it is, and nothing is known of its points */
  int        n; /* N; 0: unknown */
  PetscBool  is_merged;
  int64_t    n_asked, n_done; /* samples */
  int64_t    n_whole;         /* of those done: shards that can be read */
  KrNotes    failed, saved;   /* without those that are done after all; states of running samples */
  KrFindings damaged;         /* shards that cannot be read */
  int64_t    verdicts[KR_N_VERDICTS];
  double     mean, error, missing; /* of the target's count, else of all points a sample */
  char       target[32];           /* what its error is about, "": there is none */
  double     target_error;         /* relative; NaN: there is none */
  int        target_index;         /* -1: points of all indices */
  int64_t    target_samples;       /* expected to be needed */
  int        n_runs, n_running, n_ranks, n_groups; /* all, and of those that run now */
  double     run_core_seconds, core_seconds;       /* spent by runs, and in finished samples */
  double     rate;                                 /* samples a second, now or of the last run */
  int64_t    n_left;
  double     seconds_left; /* NaN: unknown */
} KrStatus;

PetscErrorCode KrStatusRead(MPI_Comm world, const char folder[], PetscBool check, KrStatus *status);
void           KrStatusPrint(const KrStatus *status);
struct cJSON  *KrStatusDescribe(const KrStatus *status);
void           KrStatusDestroy(KrStatus *status);
