/* Parts of the task census. Inside src/tasks/census only. */
#pragma once
#include "tasks/points.h"

extern const KrTask KrTaskCensus; /* census_task.c */

/* How many indices are counted. */
static inline int KrPlanCounted(const KrPlan *plan)
{
  return KrCountedIndices(KrPointsOf(plan)->search.kind == KR_SEARCH_MINIMA, plan->model.n);
}

/* ---- census_sample.c: one sample of a census ---- */
extern const KrTaskFile  KrCensusRecord;
extern const KrTaskState KrCensusState;
PetscErrorCode           KrCensusWorkerCreate(KrWorker *worker);
PetscErrorCode           KrCensusWorkerDestroy(KrWorker *worker);
PetscErrorCode KrCensusSample(KrWorker *worker, KrKeeper *keeper, void *from, void *sample,
                              PetscBool *stopped);
int64_t        KrCensusCountTarget(const KrPlan *plan, const void *sample);
PetscErrorCode KrCensusReadCounts(const char folder[], int64_t number, const char identity[],
                                  void *sample);

/* ---- census_size.c: what the census of a sample will come to ---- */
typedef struct {
  double points, starts, seconds, bytes; /* expected, NAN: unknown */
} KrCensusSize;

void           KrPlanSize(const KrPlan *plan, KrCensusSize *size);
PetscErrorCode KrPlanCheckSize(MPI_Comm world, const KrPlan *plan, KrCensusSize *size);
PetscErrorCode KrPlanCheckTime(MPI_Comm world, const KrPlan *plan, const KrCensusSize *size);
PetscBool      KrPlanFewStarts(const KrPlan *plan, char reason[], size_t length);

/* ---- census_cost.c ---- */
PetscErrorCode KrDryRunCensus(MPI_Comm world, const KrPlan *plan, const KrGroups *groups,
                              int n_ranks);

/* ---- rows.c: a line a sample, kept in DIR/status.h5 ---- */
PetscErrorCode KrRowsCollect(MPI_Comm world, int n, const char identity[], const KrShards *shards,
                             PetscBool check, KrSampleTable *table, KrFindings *findings);

/* ---- aggregate.c: all shards into one ensemble, by collective reductions ---- */
typedef struct {        /* over all samples, the same on every rank */
  int64_t  n_samples;   /* of the folder */
  int64_t  n_requested; /* of them, in the range of this run */
  int64_t  starts, found;
  int64_t  euler_checked, euler_failed, parity_checked, parity_failed;
  int64_t  n_entries, n_singular, n_continua;         /* of the lists: all, singular points, sets */
  int64_t  n_degenerate;                              /* samples that have any of these */
  int64_t  verdicts[KR_N_VERDICTS];                   /* samples of each */
  double   coverage, chao1_missing, missing, seconds; /* sums */
  int      n_index;           /* indices reported: all, or k = 0 for minima */
  int64_t *sum, *sum_squares; /* n_index + 1: points of index k a sample; last: of all of them */
  double  *energy;            /* n_index: sum of e over the points of index k */
} KrTotals;

PetscErrorCode KrAggregate(MPI_Comm world, const KrPlan *plan, const KrShards *shards,
                           KrFindings *findings, KrEnsemble *ensemble, KrTotals *totals);
KrSampleRow    KrSampleRowOf(const KrSample *sample);
KrTally        KrTotalsTally(const KrPlan *plan, const KrTotals *totals);
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

PetscErrorCode KrStatisticsCompute(MPI_Comm world, const KrPlan *plan, const KrExpected *expected,
                                   KrEnsemble *ensemble, KrStatistics *statistics);
void           KrStatisticsDestroy(KrStatistics *statistics);

/* ---- census_summary.c ---- */
typedef struct {      /* a folder that was merged */
  const char *folder; /* borrowed */
  int64_t     n_samples;
} KrSource;

typedef struct { /* where the samples of a result come from */
  int               n_groups;
  double            began;  /* MPI_Wtime */
  const char       *folder; /* its name for people; borrowed */
  int64_t           n_requested;
  int               n_sources; /* folders that were merged; 0: those of the campaign itself */
  const KrSource   *sources;
  const KrFindings *findings; /* of the merge */
} KrOrigins;

PetscErrorCode KrSummaryWrite(const KrPlan *plan, const KrOrigins *origins, const KrTotals *totals,
                              const KrExpected *expected, const KrEnsemble *ensemble,
                              const KrStatistics *statistics);
PetscErrorCode KrSummaryPrint(const KrPlan *plan, const char folder[], const KrTotals *totals,
                              const KrExpected *expected, const KrStatistics *statistics);

/* ---- conclude.c: ensemble file and summary ---- */
PetscErrorCode KrConclude(MPI_Comm world, const KrPlan *plan, const KrOrigins *origins,
                          KrEnsemble *ensemble, const KrTotals *totals);
