/* Parts of a campaign. Inside src/campaign only. */
#pragma once
#include <kacrice/campaign.h>
#include <kacrice/stats.h>

/* ---- queue.c: which group does which sample ---- */
#define KR_QUEUE_EMPTY (-1)

typedef enum { /* how a sample of the queue ended */
               KR_TASK_COMPUTED,
               KR_TASK_FOUND,  /* done before this run */
               KR_TASK_FAILED, /* now or before */
               KR_TASK_STOPPED /* in order; it can be gone on with */
} KrTaskEnd;

typedef struct {
  int64_t computed, found, failed;
} KrQueueCounts;

typedef struct {
  const KrGroups *groups; /* borrowed */
  KrQueueType     type;
  MPI_Win  win; /* counters on world rank 0: tickets drawn, samples by their ends, wish to stop */
  int64_t *counters; /* on world rank 0; window memory */
  int64_t  first, end;
  int64_t  n_drawn; /* static queue: tickets of this group */
} KrQueue;

PetscErrorCode KrQueueCreate(const KrGroups *groups, KrQueueType type, int64_t first, int64_t end,
                             KrQueue *queue);
PetscErrorCode KrQueueNext(KrQueue *queue, int64_t *sample);
PetscErrorCode KrQueueReport(KrQueue *queue, KrTaskEnd end);
PetscErrorCode KrQueueCount(KrQueue *queue, KrQueueCounts *counts);
PetscErrorCode KrQueueStop(KrQueue *queue, int *stop);
PetscErrorCode KrQueueDestroy(KrQueue *queue);

/* ---- stop.c: orderly stop ---- */
typedef struct {
  KrQueue *queue;    /* borrowed; tells the other groups */
  double   deadline; /* MPI_Wtime; 0: none */
} KrStop;

void           KrStopCreate(const KrPlan *plan, double began, KrQueue *queue, KrStop *stop);
PetscErrorCode KrStopPoll(KrStop *stop, double reserve, PetscBool *stopping);

/* ---- failure.c: DIR/failed ---- */
PetscBool      KrFailureExists(const KrPlan *plan, int64_t sample);
PetscErrorCode KrFailureWrite(const KrPlan *plan, int64_t sample, PetscErrorCode code,
                              const char message[]);
void           KrFailureDelete(const KrPlan *plan, int64_t sample);

/* ---- journal.c: DIR/runs, a file a run ---- */
typedef struct {
  char path[KR_PATH_MAX + 512];
} KrJournal;

PetscErrorCode KrJournalOpen(MPI_Comm world, const KrPlan *plan, KrJournal *journal);
PetscErrorCode KrJournalWrite(const KrJournal *journal, const KrPlan *plan, int n_groups,
                              const char state[], const KrQueueCounts *counts, double seconds);

/* ---- spread.c: what the ranks of a group share ---- */
PetscErrorCode KrPlanCheckMemory(MPI_Comm world, const KrPlan *plan);

/* ---- size.c: what the census of a sample will come to ---- */
typedef struct {
  double points, starts, seconds, bytes; /* expected, NAN: unknown */
} KrCensusSize;

void           KrPlanSize(const KrPlan *plan, KrCensusSize *size);
PetscErrorCode KrPlanCheckSize(MPI_Comm world, const KrPlan *plan, KrCensusSize *size);
PetscErrorCode KrPlanCheckTime(MPI_Comm world, const KrPlan *plan, const KrCensusSize *size);

/* ---- folder.c: DIR, DIR/samples, DIR/campaign.json ---- */
PetscErrorCode KrFolderOpen(MPI_Comm world, const KrPlan *plan);
char          *KrFolderReadText(const char path[]); /* malloc'ed; NULL with errno */

/* ---- progress.c: lines on stdout and the journal, from world rank 0 ---- */
typedef struct {
  const KrPlan *plan; /* borrowed, like the queue */
  KrQueue      *queue;
  KrJournal     journal;
  int           n_groups;
  double        began, printed; /* MPI_Wtime */
} KrProgress;

PetscErrorCode KrProgressTell(KrProgress *progress);

/* ---- task.c: one sample, start to shard ---- */
typedef struct {
  const KrPlan *plan;    /* borrowed */
  MPI_Comm      group;   /* borrowed */
  MPI_Comm      sharers; /* ranks that share the starts: the group, or this rank alone */
  KrModel       model;   /* on this rank alone, or on the group */
  KrSearch      search;
  KrStop       *stop;     /* borrowed */
  KrProgress   *progress; /* borrowed */
  double        longest;  /* seconds that a sample has taken */
} KrWorker;

PetscErrorCode KrWorkerCreate(const KrPlan *plan, MPI_Comm group, KrStop *stop,
                              KrProgress *progress, KrWorker *worker);
PetscErrorCode KrWorkerRun(KrWorker *worker, int64_t sample, KrTaskEnd *end);
double         KrWorkerReserve(const KrWorker *worker);
PetscErrorCode KrWorkerDestroy(KrWorker *worker);

/* ---- what a campaign does with its samples: a table a kind ---- */
struct KrTask_s {
  const char *command; /* of the program that does it */
  /* refuses what cannot be done, before the folder is made; collective on world */
  PetscErrorCode (*check)(MPI_Comm world, const KrPlan *plan);
  PetscErrorCode (*announce)(MPI_Comm world, const KrPlan *plan, const KrGroups *groups);
  /* collective on the group */
  PetscErrorCode (*create)(const KrPlan *plan, MPI_Comm group, KrStop *stop, KrProgress *progress,
                           KrWorker *worker);
  PetscErrorCode (*run)(KrWorker *worker, int64_t sample, KrTaskEnd *end);
  double (*reserve)(const KrWorker *worker);
  PetscErrorCode (*destroy)(KrWorker *worker);
  /* ensemble and summary from the shards in the folder; collective on world */
  PetscErrorCode (*conclude)(MPI_Comm world, const KrPlan *plan, int n_groups, double began);
};
extern const KrTask KrTaskCensus; /* census_task.c */
extern const KrTask KrTaskThermo; /* thermo_task.c */

PetscErrorCode KrWorkerLookUp(const KrWorker *worker, int64_t number, PetscBool *known,
                              KrTaskEnd *end);

/* ---- thermo_ensemble.c: all samples of Monte Carlo together; thermo_summary.c: told ---- */
typedef struct { /* of one quantity at each temperature, over samples; NaN: none has it */
  double *mean, *error;
} KrThermoMean;

typedef struct { /* straight line by weighted least squares */
  int    n;      /* points; below 3: there is no line */
  double intercept, intercept_error, slope, slope_error;
} KrThermoLine;

#define KR_THERMO_FIELDS 20 /* names: KrThermoFields */
extern const struct KrThermoField_s {
  const char *name, *description;
  size_t      offset; /* in KrThermoRow */
} KrThermoFields[KR_THERMO_FIELDS];

typedef struct { /* on world rank 0, which has read all shards; else zeros */
  int64_t         n_samples;
  KrThermoSample *samples; /* n_samples */
  KrThermoMean    fields[KR_THERMO_FIELDS];
  double         *overlaps;    /* n_temperatures x KR_OVERLAP_BINS: density of q */
  double         *correlation; /* n_temperatures x n_times */
  double         *potential,
    *potential_error; /* n_overlaps x KR_POTENTIAL_COLUMNS: means over samples and their errors */
  double *relaxation; /* n_temperatures: time at which the mean correlation is 1/e */
  double  kauzmann[2],
    kauzmann_error[2]; /* temperature where the harmonic and the TAP one vanish; NaN: nowhere */
  double       kauzmann_first, kauzmann_last; /* temperatures of the fit */
  KrThermoLine adam_gibbs;                    /* ln tau against 1 / (T S_conf) */
  double       agreement,
    slowest; /* mean square of the difference of starts in errors; longest time in sweeps */
  double swap, swap_hot, swap_cold; /* rarest exchange, and between which temperatures */
  double trips, seconds;
} KrThermoEnsemble;

PetscErrorCode      KrThermoAggregate(const KrPlan *plan, KrThermoEnsemble *ensemble);
const KrThermoMean *KrThermoFind(const KrThermoEnsemble *ensemble, const char name[]);
void                KrThermoEnsembleDestroy(KrThermoEnsemble *ensemble);
PetscErrorCode KrThermoConclude(MPI_Comm world, const KrPlan *plan, int n_groups, double began);

/* ---- aggregate.c: all shards into one ensemble, by collective reductions ---- */
typedef struct {        /* over all samples, the same on every rank */
  int64_t  n_samples;   /* of the folder */
  int64_t  n_requested; /* of them, in the range of this run */
  int64_t  starts, found;
  int64_t  euler_checked, euler_failed, parity_checked, parity_failed;
  int64_t  verdicts[KR_N_VERDICTS];                   /* samples of each */
  double   coverage, chao1_missing, missing, seconds; /* sums */
  int      n_index;           /* indices reported: all, or k = 0 for minima */
  int64_t *sum, *sum_squares; /* n_index + 1: points of index k a sample; last: of all of them */
  double  *energy;            /* n_index: sum of e over the points of index k */
} KrTotals;

PetscErrorCode KrSampleList(MPI_Comm world, const KrPlan *plan, int64_t *count, int64_t **numbers);
PetscErrorCode KrAggregate(MPI_Comm world, const KrPlan *plan, KrEnsemble *ensemble,
                           KrTotals *totals);
void           KrTotalsDestroy(KrTotals *totals);

#define KR_HISTOGRAM_MAX \
  (1 << 24) /* cells: a tensor of large entries must not fill memory and disk with zeros */

/* ---- radial.c: the same in mu ---- */
KrAxis         KrAxisOfEnergy(const KrEnsemble *ensemble);
KrAxis         KrAxisOfMu(const KrEnsemble *ensemble);
int            KrAxisBin(const KrAxis *axis, double value);
PetscErrorCode KrRadialAggregate(MPI_Comm world, const KrPlan *plan, KrEnsemble *ensemble);
PetscErrorCode KrRadialExpected(MPI_Comm world, const KrPlan *plan, int n_index,
                                KrEnsemble *ensemble);

/* ---- expected.c: the exact expectation beside it ---- */
typedef struct {
  int     n_index;        /* indices known, from 0 on; 0: nothing is known */
  double  total;          /* NaN: unknown */
  double *count, *energy; /* n_index */
} KrExpected;

PetscErrorCode KrExpectedCompute(MPI_Comm world, const KrPlan *plan, KrEnsemble *ensemble,
                                 KrExpected *expected);
void           KrExpectedDestroy(KrExpected *expected);

/* ---- statistics.c: logarithms of counts, and tests against the expectation; on world rank 0 ---- */
typedef struct {
  KrCountTest test;
  int         n_columns; /* merged bins */
} KrChiSquare;

typedef struct {
  int          n_index;
  KrLogCount  *index;  /* n_index: ln of the number of points of index k */
  KrChiSquare *energy; /* n_index + 1: bins of e of index k; last: of all indices together */
  KrChiSquare *mu;     /* the same in bins of mu; no tests where mu is a multiple of e */
} KrStatistics;

KrSymmetry     KrPlanSymmetry(const KrPlan *plan);
PetscErrorCode KrStatisticsCompute(MPI_Comm world, const KrPlan *plan, const KrExpected *expected,
                                   KrEnsemble *ensemble, KrStatistics *statistics);
void           KrStatisticsDestroy(KrStatistics *statistics);

/* ---- summary.c ---- */
PetscErrorCode KrSummaryWrite(const KrPlan *plan, int n_groups, double wall_seconds,
                              const KrTotals *totals, const KrExpected *expected,
                              const KrEnsemble *ensemble, const KrStatistics *statistics);
PetscErrorCode KrSummaryPrint(const KrPlan *plan, const KrTotals *totals,
                              const KrExpected *expected, const KrStatistics *statistics);
