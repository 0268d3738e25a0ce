/* What the parts of the bench share: rows that are measured in interleaved rounds, ratios of rows, checks. */
#pragma once
#include <kacrice/bench.h>
#include <kacrice/kernels.h>
#include <kacrice/search.h>
#include <time.h>

typedef PetscErrorCode (*KrBenchFn)(void *context);

typedef enum {
  KR_BENCH_FLOPS,
  KR_BENCH_BYTES,
  KR_BENCH_COUPLINGS,
  KR_BENCH_SAMPLES,
  KR_BENCH_MINIMA,
  KR_BENCH_CRITICAL,
  KR_BENCH_TICKETS,
  KR_BENCH_FILES
} KrBenchUnit;

typedef struct { /* one thing that is measured */
  char          name[40];
  int           p, n, points; /* 0: does not apply */
  PetscBool     all; /* by all ranks at once; otherwise by rank 0 alone, while the others sleep */
  PetscBool     long_run; /* seconds a call: one call a round, without one before it */
  KrBenchFn     run;      /* a call */
  void         *context;  /* of run, borrowed */
  KrBenchUnit   unit;
  double        amount;    /* of work in a call */
  const double *counted;   /* where run leaves the amount instead, or NULL */
  int           limit;     /* row it is compared with, -1: none */
  PetscBool     between;   /* that row is called between the calls of this one, too */
  int64_t       n_calls;   /* a round */
  int64_t       n_portion; /* calls before one of the limit */
  double       *seconds;   /* a call, of each round; owned */
  double       *rates;     /* of each round; owned */
  double       *limits;    /* rate of the limit between the calls, of each round; owned */
} KrBenchRow;

typedef struct { /* how many times the speed of one row is that of another */
  char      name[48];
  int       p, n;
  int       fast, slow; /* rows */
  PetscBool by_rate;    /* of the rates; otherwise of the times a point */
} KrBenchRatio;

typedef struct { /* something that was counted */
  char   name[64];
  int    p, n;
  double figure;
} KrBenchFigure;

typedef struct { /* of what was timed: right when figure <= limit */
  char   name[64];
  double figure, limit;
} KrBenchCheck;

typedef struct {
  const char           *what;       /* "kernels" */
  const KrBenchOptions *options;    /* borrowed */
  MPI_Comm              world;      /* borrowed */
  MPI_Comm              comm;       /* ranks that take part: the world or one rank; owned */
  PetscMPIInt           rank, size; /* of comm */
  clockid_t             clock;
  const char           *clock_name;
  int                   n_rows, n_ratios, n_figures, n_checks, n_failed;
  KrBenchRow           *rows;
  KrBenchRatio         *ratios;
  KrBenchFigure        *figures;
  KrBenchCheck         *checks;
} KrBench;

typedef struct {
  int p, n;
} KrBenchCase;

typedef struct {
  char    cpu[128], blas[64]; /* BLAS: the core type that it took, "unknown" */
  int     n_cores;            /* online */
  int64_t cache[4];           /* bytes of L1d, L2, L3 at index 1 ... 3 */
} KrBenchMachine;

#define KR_BENCH_CASES_MAX 32

/* bench_table.c */
PetscErrorCode KrBenchCreate(MPI_Comm world, MPI_Comm comm, const char what[],
                             const KrBenchOptions *options, KrBench *bench);
PetscErrorCode KrBenchDestroy(KrBench *bench);
PetscErrorCode KrBenchAdd(KrBench *bench, const KrBenchRow *row, int *number);
PetscErrorCode KrBenchAddRatio(KrBench *bench, const KrBenchRatio *ratio);
PetscErrorCode KrBenchAddFigure(KrBench *bench, const KrBenchCase *size, double figure,
                                const char format[], const char subject[]);
PetscErrorCode KrBenchAddCheck(KrBench *bench, double figure, double limit, const char format[],
                               ...);
double         KrBenchTime(const KrBenchRow *row, int round); /* a point */
void           KrBenchFraction(const KrBench *bench, const KrBenchRow *row, double rounds[]);
void           KrBenchFractionBetween(const KrBench *bench, const KrBenchRow *row, double rounds[]);
void           KrBenchRatioRounds(const KrBench *bench, const KrBenchRatio *ratio, double rounds[]);
double         KrBenchMedian(int n_rounds, const double rounds[]);
const char    *KrBenchUnitName(KrBenchUnit unit);

/* bench_measure.c */
PetscErrorCode KrBenchMeet(MPI_Comm comm);
PetscErrorCode KrBenchAlone(MPI_Comm world, KrBenchFn run, void *context, int *n_failed);
PetscErrorCode KrBenchMeasure(KrBench *bench);

/* bench_print.c, bench_json.c, bench_machine.c, bench_options.c */
PetscErrorCode KrBenchPrintHead(const KrBench *bench);
PetscErrorCode KrBenchPrint(const KrBench *bench);
PetscErrorCode KrBenchWrite(const KrBench *bench);
PetscErrorCode KrBenchCheckFile(MPI_Comm world, const char path[]);
void           KrBenchMachineGet(KrBenchMachine *machine);
double        *KrBenchAllocate(int64_t count);
PetscErrorCode KrBenchCases(MPI_Comm comm, const KrBenchOptions *options, int n_initial,
                            const KrBenchCase initial[], int *n_cases, KrBenchCase cases[]);
PetscErrorCode KrBenchCheckMemory(MPI_Comm world, const KrBenchOptions *options, double bytes);

/* bench_plain_newton.c: one start at a time, as a textbook has it */
typedef enum { /* once mu is no longer free */
               KR_STEP_CAPPED,
               KR_STEP_LINE_SEARCH,
               KR_STEP_TRUST_REGION,
               KR_STEP_LEVENBERG
} KrStepRule;

typedef struct {
  double energy, mu, multiplier, residual;
  int    index;
} KrPlainState;

typedef struct {
  KrModel         model;   /* borrowed */
  KrSearchOptions options; /* of the search it is a twin of */
  KrStepRule      rule;
  int             n;
  int64_t         contractions;                           /* since it was made */
  double         *x, *gradient, *hessian, *matrix, *step; /* N, N, N^2, (N+1)^2, N+1 */
  PetscBLASInt   *pivots;                                 /* N+1 */
  /* bench_globalise.c */
  double *jacobian, *slope, *full, *old_x, *old_gradient, *work; /* N^2, else N */
  double  length, longest; /* fraction of Newton's step, radius or damping; most of a step */
} KrPlainNewton;

PetscErrorCode KrPlainNewtonCreate(KrModel model, const KrSearchOptions *options, KrStepRule rule,
                                   KrPlainNewton *newton);
PetscErrorCode KrPlainNewtonRun(KrPlainNewton *newton, uint64_t seed, int64_t sample,
                                const KrStarts *starts, KrOutcomeFn outcome, void *context);
PetscErrorCode KrPlainNewtonDestroy(KrPlainNewton *newton);
PetscErrorCode KrPlainNewtonEvaluate(KrPlainNewton *newton, KrPlainState *state);
PetscErrorCode KrPlainNewtonLessen(KrPlainNewton *newton, KrPlainState *state, PetscBool *lessened);
