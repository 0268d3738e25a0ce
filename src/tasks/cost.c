/* Times of the parts of a campaign, each measured by the code that will do the work. */
#include "cost.h"
#include "points.h"
#include <kacrice/manifold.h>
#include <kacrice/stats.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PIECE_BYTES \
  67108864.0 /* of couplings that a contraction is measured on: beyond the caches of a core */
#define DRAW_BYTES    8e6
#define N_ROUNDS      7
#define ROUND_SECONDS 5e-3 /* at least; the clock is good to a microsecond */

typedef void (*WorkFn)(void *context);

/* Seconds of one call: the median of rounds, each of as many calls as the clock needs. */
static double time_calls(WorkFn work, void *context)
{
  double  rounds[N_ROUNDS], began = MPI_Wtime(), once;
  int64_t n_calls;

  (*work)(context); /* pages and caches */
  once    = MPI_Wtime() - began;
  n_calls = 1 + (int64_t)(ROUND_SECONDS / PetscMax(once, 1e-7));
  for (int r = 0; r < N_ROUNDS; ++r) {
    began = MPI_Wtime();
    for (int64_t c = 0; c < n_calls; ++c) (*work)(context);
    rounds[r] = (MPI_Wtime() - began) / (double)n_calls;
  }
  return KrMedian(N_ROUNDS, rounds);
}

/* Seconds a coefficient, from a model of the same law with few enough spins. Not collective. */
PetscErrorCode KrMeasureDraw(const KrPlan *plan, double *seconds)
{
  KrModelOptions options = plan->model;
  KrModel        model;
  double         began;

  PetscFunctionBeginUser;
  while (options.n > 4 && KrModelCouplingBytes(options.n, &plan->f) > DRAW_BYTES)
    options.n -= 1 + options.n / 20;
  PetscCall(KrModelCreate(PETSC_COMM_SELF, &options, options.n, &plan->f, &model));
  PetscCall(KrModelDraw(model, (uint64_t)plan->campaign.seed, plan->campaign.first));
  began = MPI_Wtime();
  PetscCall(KrModelDraw(model, (uint64_t)plan->campaign.seed, plan->campaign.first));
  *seconds = (MPI_Wtime() - began) * 8.0 / KrModelCouplingBytes(options.n, &plan->f);
  PetscCall(KrModelDestroy(&model));
  PetscFunctionReturn(PETSC_SUCCESS);
}

typedef struct { /* a contraction of a piece of a tensor */
  const KrKernels *kernels;
  KrTensor         tensor;
  int n_points, n_groups; /* points, and groups of KR_LANES that they fill; 0: one point alone */
  double *x, *E, *G, *A;
} Contraction;

static void contract(void *context)
{
  Contraction *c = context;

  if (c->n_groups == 0) (*c->kernels->derivatives)(&c->tensor, 1.0, c->x, c->E, c->G, c->A);
  else (*c->kernels->derivatives_lanes)(&c->tensor, 1.0, c->n_groups, c->x, c->E, c->G, c->A);
}

static void *allocate_aligned(double count)
{
  double *memory = KrMemoryAligned((int64_t)count);

  if (memory != NULL) (void)memset(memory, 0, (size_t)count * sizeof(double));
  return memory;
}

/* Seconds of one point's contraction with the rank's share of one order. Time does not depend on the numbers. */
static PetscErrorCode measure_order(const KrPlan *plan, int order, int n_sharing, Contraction *c,
                                    double *seconds, double *measured_on)
{
  const int    n        = (int)plan->model.n;
  const double count    = (double)KrTensorCount(order, n);
  const int    n_pieces = (int)PetscMax(n_sharing, ceil(8.0 * count / PIECE_BYTES));
  int64_t      begin, end;

  PetscFunctionBeginUser;
  KrTensorSplit(order, n, n_pieces, n_pieces / 2, &begin, &end);
  KrTensorInit(&c->tensor, order, n, begin, end);
  c->tensor.c = allocate_aligned((double)c->tensor.n_coefficients);
  PetscCheck(c->tensor.c != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory to measure on");
  for (int64_t i = 0; i < c->tensor.n_coefficients; ++i)
    c->tensor.c[i] = 0.01 * (double)(i % 101 - 50);
  if (c->A != NULL && n_pieces == 1 && KrTensorUnfolds(order, n)) {
    c->tensor.unfolded = allocate_aligned((double)KrUnfoldedCount(order, n));
    PetscCheck(c->tensor.unfolded != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM,
               "no memory to measure on");
  }
  *seconds = 0.0;
  if (c->tensor.n_coefficients > 0)
    *seconds = time_calls(contract, c) / c->n_points * count /
               ((double)n_sharing * (double)c->tensor.n_coefficients);
  *measured_on = (double)c->tensor.n_coefficients;
  free(c->tensor.c);
  free(c->tensor.unfolded);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Seconds a point of the contraction of n_points at once with a rank's share of all orders, and the coefficients it was
   measured on. */
PetscErrorCode KrMeasureContraction(const KrPlan *plan, int n_sharing, int n_points,
                                    PetscBool hessian, double *seconds, double *measured_on)
{
  const int    n_groups = n_points == 1 ? 0 : (n_points + KR_LANES - 1) / KR_LANES;
  const double n = (double)plan->model.n, places = n_points == 1 ? 1 : n_groups * KR_LANES;
  Contraction  c = {
     .kernels = KrKernelsGet((KrSimd)plan->model.simd), .n_points = n_points, .n_groups = n_groups};

  PetscFunctionBeginUser;
  c.x = allocate_aligned(n * places);
  c.G = allocate_aligned(n * places);
  c.E = allocate_aligned(places);
  c.A = hessian ? allocate_aligned(n * n * places) : NULL;
  PetscCheck(c.x != NULL && c.G != NULL && c.E != NULL && (c.A != NULL || !hessian),
             PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory to measure in");
  for (int64_t i = 0; i < (int64_t)(n * places); ++i) c.x[i] = i % 2 == 0 ? 1.0 : -1.0;
  *seconds = *measured_on = 0.0;
  for (int o = 0; o < plan->f.n_orders; ++o) {
    double of_order, on;

    PetscCall(measure_order(plan, plan->f.order[o], n_sharing, &c, &of_order, &on));
    *seconds += of_order;
    *measured_on += on;
  }
  free(c.x);
  free(c.G);
  free(c.E);
  free(c.A);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Seconds a point of the sums over a group that follow a contraction. Collective on the group. */
PetscErrorCode KrMeasureSum(MPI_Comm group, const KrPlan *plan, int n_points, PetscBool hessian,
                            double *seconds)
{
  const int64_t n     = plan->model.n;
  const int64_t count = n_points * (n + 1 + (hessian ? n * n : 0));
  double       *values, rounds[N_ROUNDS];

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(count, &values));
  for (int r = -1; r < N_ROUNDS; ++r) { /* the first one is not counted */
    const int n_calls = count < 1000000 ? 20 : 1;
    double    began;

    PetscCallMPI(MPI_Barrier(group));
    began = MPI_Wtime();
    for (int c = 0; c < n_calls; ++c) PetscCall(KrSumReals(group, count, values));
    if (r >= 0) rounds[r] = (MPI_Wtime() - began) / n_calls;
  }
  PetscCall(PetscFree(values));
  *seconds = KrMedian(N_ROUNDS, rounds) / (double)n_points;
  PetscFunctionReturn(PETSC_SUCCESS);
}

typedef struct { /* the linear system of a Newton step */
  int            n;
  double        *hessian, *x, *matrix, *rhs;
  PetscBLASInt  *pivots;
  PetscErrorCode code;
} System;

static void solve(void *context)
{
  System   *s = context;
  int       index;
  PetscBool singular;

  s->code =
    KrBorderedFactor(s->n, s->x, 0.0, 1.0, s->hessian, s->matrix, s->pivots, &index, &singular);
  for (int i = 0; i <= s->n; ++i) s->rhs[i] = 1.0;
  if (s->code == 0) s->code = KrBorderedSolve(s->n, s->matrix, s->pivots, s->rhs);
}

/* Seconds of the linear system of a Newton step; a large one is extrapolated as N^3. Not collective. */
PetscErrorCode KrMeasureSolve(int n, double *seconds)
{
  const int    size = PetscMin(n, KR_MEASURE_SOLVE_N);
  const size_t m    = (size_t)size;
  System       s    = {.n = size};

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc5(m * m, &s.hessian, m, &s.x, (m + 1) * (m + 1), &s.matrix, m + 1, &s.rhs,
                         m + 1, &s.pivots));
  for (size_t i = 0; i < m; ++i) {
    s.x[i] = 1.0;
    for (size_t k = 0; k < m; ++k) /* symmetric, with eigenvalues of both signs */
      s.hessian[i * m + k] = cos(0.7 * (double)(i + k) + 0.3 * (double)(i * k % 97));
  }
  *seconds = time_calls(solve, &s) * pow((double)n / size, 3.0);
  PetscCall(s.code);
  PetscCall(PetscFree5(s.hessian, s.x, s.matrix, s.rhs, s.pivots));
  PetscFunctionReturn(PETSC_SUCCESS);
}

typedef struct {
  int64_t n_found;
  double  steps;
  int     n;
  double *x; /* of the last point found */
} Tally;

static PetscErrorCode count(void *context, const KrOutcome *outcome)
{
  Tally *tally = context;

  PetscFunctionBeginUser;
  tally->steps += outcome->iterations;
  if (outcome->reason == KR_FOUND) {
    tally->n_found += 1;
    (void)memcpy(tally->x, outcome->x, (size_t)tally->n * sizeof(double));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode time_spectrum(const KrPlan *plan, KrModel model, const double x[],
                                    double *seconds)
{
  const double began    = MPI_Wtime();
  KrSpectrum   spectrum = {0};

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc3(KrPointsOf(plan)->spectrum.lowest, &spectrum.lowest,
                         KrPointsOf(plan)->spectrum.highest, &spectrum.highest, plan->model.n,
                         &spectrum.all));
  PetscCall(KrSpectrumCompute(&KrPointsOf(plan)->spectrum, model, x, &spectrum));
  PetscCall(PetscFree3(spectrum.lowest, spectrum.highest, spectrum.all));
  *seconds = MPI_Wtime() - began;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The first starts of the first sample, n_starts by each rank, all ranks at once. Collective on world. */
PetscErrorCode KrMeasurePilot(MPI_Comm world, const KrPlan *plan, int64_t n_starts, KrPilot *pilot)
{
  KrSearchOptions options = KrPointsOf(plan)->search;
  Tally           tally   = {.n = (int)plan->model.n};
  PetscMPIInt     rank, size;
  KrModel         model;
  KrSearch        search;
  double          times[2] = {0.0};

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(world, &rank));
  PetscCallMPI(MPI_Comm_size(world, &size));
  PetscCall(PetscMalloc1(plan->model.n, &tally.x));
  PetscCall(KrPlanModel(plan, PETSC_COMM_SELF, &model));
  PetscCall(KrPlanDraw(plan, model, plan->campaign.first));
  options.starts = n_starts * size;
  PetscCall(KrSearchCreate(model, &options, &search));
  PetscCallMPI(MPI_Barrier(world));
  times[0] = MPI_Wtime();
  PetscCall(KrSearchRun(search, (uint64_t)plan->campaign.seed, plan->campaign.first,
                        &(KrStarts){rank, options.starts, size, NULL}, count, &tally));
  times[0] = MPI_Wtime() - times[0];
  if (tally.n_found > 0) PetscCall(time_spectrum(plan, model, tally.x, &times[1]));
  PetscCall(KrSearchDestroy(&search));
  PetscCall(KrModelDestroy(&model));
  PetscCall(PetscFree(tally.x));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, times, 2, MPI_DOUBLE, MPI_MAX, world));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &tally.n_found, 1, MPI_INT64_T, MPI_SUM, world));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &tally.steps, 1, MPI_DOUBLE, MPI_SUM, world));
  *pilot = (KrPilot){.n_starts = options.starts,
                     .n_found  = tally.n_found,
                     .steps    = tally.steps,
                     .seconds  = times[0] * size,
                     .spectrum = times[1]};
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The same of what searches alone: with the absolute couplings of proofs. */
double KrPlanCensusBytes(const KrPlan *plan)
{
  const PetscBool proofs = KrCensusCertifies(&KrPointsOf(plan)->census, plan->model.n, &plan->f);

  return KrSearchWorkBytes(&KrPointsOf(plan)->search, plan->model.n) +
         (proofs ? KrModelCouplingBytes(plan->model.n, &plan->f) : 0.0);
}
