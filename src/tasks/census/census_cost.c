/* What a campaign of censuses would cost: counted, and measured on the spot on a bounded piece. What is assumed is told
   beside it, see docs/howto/campaign.md. */
#include "census_room.h"
#include <math.h>
#include "tasks/cost.h"

#define PILOT_SECONDS 2.0  /* a pilot may take on each rank */
#define PILOT_STARTS  1000 /* and so many starts */
#define PILOT_TIMED   256  /* starts of a rank whose time is not that of the slowest alone */

/* Steps of a start where no pilot can tell, a spin: docs/howto/campaign.md */
#define STEPS_GRADIENT 5.0
#define STEPS_OTHER    0.5
#define STEPS_HOMOTOPY 200.0 /* of a path, whatever N */

typedef struct {
  int          n_ranks;        /* of the run that it is about */
  int          n_sharing;      /* ranks that hold the couplings of a sample together */
  KrCensusSize size;           /* expected, of a sample */
  int64_t      starts;         /* of a sample, by each rank or by all of n_sharing */
  int          n_points;       /* contracted at once by a rank */
  PetscBool    hessian;        /* each step wants one, and a linear system */
  double       coefficients;   /* of all orders */
  double       draw;           /* s a coefficient; 0: nothing is drawn */
  double       contraction;    /* s a point, of a rank's share */
  double       measured_on;    /* coefficients it was measured on */
  double       sum, solve;     /* s a step: Allreduce, linear system */
  KrPilot      pilot;          /* n_starts = 0: there was none */
  double       steps, a_start; /* of a start: steps, seconds */
  PetscBool    is_timed;       /* a_start was measured as a whole */
} Costs;

static double assume_steps(const KrPlan *plan)
{
  const KrSearchOptions *search = &KrPointsOf(plan)->search;

  if (search->kind == KR_SEARCH_ALL) return search->newton_max_iter;
  if (search->kind == KR_SEARCH_HOMOTOPY) return STEPS_HOMOTOPY;
  return PetscMin((double)search->descent_max_iter,
                  (double)plan->model.n *
                    (search->descent_method == KR_DESCENT_GRADIENT ? STEPS_GRADIENT : STEPS_OTHER));
}

/* Seconds of a step on one rank with all couplings. */
static double whole_step(const Costs *costs)
{
  return costs->contraction * costs->n_sharing + costs->solve;
}

/* As many starts as there is time for, on this rank alone; none when the couplings do not fit or a few would take too
   long. */
static int64_t count_pilot(const KrPlan *plan, double memory, const Costs *costs)
{
  const double  whole   = 8.0 * costs->coefficients + KrPlanWorkBytes(plan);
  const double  seconds = PILOT_SECONDS - costs->draw * costs->coefficients;
  const double  fits    = floor(seconds / (costs->steps * whole_step(costs)));
  const int64_t few =
    PetscMin(KrPointsOf(plan)->search.starts, costs->n_points == 1 ? 2 : KR_LANES);

  if ((memory > 0.0 && whole > memory) || fits < (double)few) return 0;
  return (int64_t)PetscMin(fits, (double)PetscMin(KrPointsOf(plan)->search.starts, PILOT_STARTS));
}

/* All ranks measure at once, as they would work at once. */
static PetscErrorCode measure(MPI_Comm world, const KrPlan *plan, const KrGroups *groups,
                              Costs *costs)
{
  double  seconds[4] = {0.0}, memory;
  int64_t n_pilot;

  PetscFunctionBeginUser;
  if (plan->n_tensors == 0) PetscCall(KrMeasureDraw(plan, &seconds[0]));
  PetscCall(KrMeasureContraction(plan, costs->n_sharing, costs->n_points, costs->hessian,
                                 &seconds[1], &costs->measured_on));
  if (costs->n_sharing > 1 && groups->comm != MPI_COMM_NULL)
    PetscCall(KrMeasureSum(groups->comm, plan, costs->n_points, costs->hessian, &seconds[2]));
  if (costs->hessian) PetscCall(KrMeasureSolve((int)plan->model.n, &seconds[3]));
  PetscCall(KrDryRunSlowest(world, 4, seconds));
  costs->draw        = seconds[0];
  costs->contraction = seconds[1];
  costs->sum         = seconds[2];
  costs->solve       = seconds[3];
  PetscCall(KrMemoryPerRank(world, &memory)); /* of this machine, whatever the dry run is about */
  n_pilot = count_pilot(plan, memory, costs);
  if (n_pilot > 0) PetscCall(KrMeasurePilot(world, plan, n_pilot, &costs->pilot));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* From steps to starts. The time of a pilot has everything in it, if the couplings were spread as they will be and its
   lanes were full most of the time, or will be no fuller. */
static void conclude(int n_ranks, Costs *costs)
{
  const KrPilot *pilot  = &costs->pilot;
  const int64_t  a_rank = pilot->n_starts / n_ranks;

  if (pilot->n_starts > 0) costs->steps = pilot->steps / (double)pilot->n_starts;
  costs->is_timed = a_rank > 0 && costs->n_sharing == 1 &&
                        (a_rank >= PILOT_TIMED || a_rank >= costs->starts || costs->n_points == 1)
                      ? PETSC_TRUE
                      : PETSC_FALSE;
  costs->a_start  = costs->is_timed
                      ? pilot->seconds / (double)pilot->n_starts
                      : costs->steps * (costs->contraction + costs->sum + costs->solve);
}

static PetscErrorCode tell_plan(MPI_Comm world, const KrPlan *plan, const KrGroups *groups,
                                const Costs *costs)
{
  const char *starts = costs->size.starts < (double)KrPointsOf(plan)->search.starts
                         ? "starts a sample (expected until the stopping rule is met)"
                         : "starts a sample";

  PetscFunctionBeginUser;
  PetscCall(
    KrDryRunTell(world, "samples", (double)(plan->campaign.end - plan->campaign.first), "samples"));
  PetscCall(KrDryRunTell(world, "starts", costs->size.starts, starts));
  if (isfinite(costs->size.points)) {
    PetscCall(
      KrDryRunTell(world, "points", costs->size.points, "points a sample (exact expectation)"));
    PetscCall(KrDryRunTell(world, "list", 1e-9 * costs->size.bytes, "GB a group"));
  }
  PetscCall(KrDryRunTellRanks(world, plan, groups, costs->n_ranks));
  PetscCall(KrDryRunTellMemory(world, plan, groups));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode tell_pilot(MPI_Comm world, const Costs *costs)
{
  const KrPilot *pilot = &costs->pilot;
  char           unit[128];

  PetscFunctionBeginUser;
  (void)snprintf(unit, sizeof unit,
                 pilot->n_starts > 0 ? "(mean of a pilot of %lld starts)"
                                     : "(assumed: docs/howto/campaign.md)",
                 (long long)pilot->n_starts);
  PetscCall(KrDryRunTell(world, "steps_a_start", costs->steps, unit));
  PetscCall(KrDryRunTell(world, "time_a_start", costs->a_start,
                         costs->is_timed ? "s (of the pilot)" : "s (steps x times above)"));
  if (pilot->n_found > 0)
    PetscCall(
      KrDryRunTell(world, "time_a_spectrum", pilot->spectrum, "s a point (measured at one)"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode tell_times(MPI_Comm world, const KrPlan *plan, const Costs *costs)
{
  const double share = costs->coefficients / costs->n_sharing;

  PetscFunctionBeginUser;
  if (plan->n_tensors == 0)
    PetscCall(
      KrDryRunTell(world, "time_to_draw", costs->draw * share, "s a sample (from a small one)"));
  PetscCall(KrDryRunTell(
    world, costs->hessian ? "time_with_hessian" : "time_of_gradient", costs->contraction,
    costs->measured_on < share ? "s a point (extrapolated)" : "s a point (measured)"));
  PetscCall(KrDryRunTell(world, "measured_on", costs->measured_on, "coefficients"));
  if (costs->n_sharing > 1)
    PetscCall(KrDryRunTell(world, "time_of_sum", costs->sum,
                           costs->n_ranks == plan->provenance.ranks
                             ? "s a point (measured, Allreduce)"
                             : "s a point (measured on fewer ranks, Allreduce)"));
  if (costs->hessian)
    PetscCall(KrDryRunTell(world, "time_of_solve", costs->solve,
                           plan->model.n > KR_MEASURE_SOLVE_N ? "s a step (extrapolated as N^3)"
                                                              : "s a step (measured)"));
  PetscCall(tell_pilot(world, costs));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Couplings and starts of each sample, by all ranks of its group; the spectra of distinct points come on top. */
static PetscErrorCode tell_total(MPI_Comm world, const KrPlan *plan, const KrGroups *groups,
                                 const Costs *costs)
{
  const double samples = (double)(plan->campaign.end - plan->campaign.first);
  const double a_sample =
    costs->draw * costs->coefficients / costs->n_sharing + (double)costs->starts * costs->a_start;
  const KrPilot *pilot  = &costs->pilot;
  const double   share  = (double)pilot->n_found / (double)PetscMax(pilot->n_starts, 1);
  const double   points = fmin(costs->size.starts * share, costs->size.points); /* not NAN */

  PetscFunctionBeginUser;
  PetscCall(KrDryRunTell(world, "core_hours", samples * groups->size * a_sample / 3600.0,
                         "h (couplings and starts of all samples)"));
  if (pilot->n_found > 0)
    PetscCall(KrDryRunTell(world, "core_hours_spectra", samples * points * pilot->spectrum / 3600.0,
                           "h more at most (no point found twice)"));
  PetscCall(KrDryRunTell(world, "wall_hours", ceil(samples / groups->n_groups) * a_sample / 3600.0,
                         "h (core_hours on these ranks)"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The dry run of a census. Contractions are measured on a piece of at most 64 MB of each order, by all ranks at once,
   and scaled by the number of coefficients; where a few starts are a matter of two seconds they are run. With
   -dry_run_ranks and -dry_run_memory the sum over a group is measured over the ranks that are here. Collective on
   world. */
PetscErrorCode KrDryRunCensus(MPI_Comm world, const KrPlan *plan, const KrGroups *groups,
                              int n_ranks)
{
  const PetscBool tensor = plan->campaign.spread == KR_SPREAD_TENSOR ? PETSC_TRUE : PETSC_FALSE;
  Costs           costs  = {.n_ranks = n_ranks};

  PetscFunctionBeginUser;
  KrPlanSize(plan, &costs.size);
  costs.n_sharing = tensor ? groups->size : 1;
  costs.starts    = (int64_t)(tensor ? costs.size.starts : ceil(costs.size.starts / groups->size));
  costs.n_points  = (int)PetscMin(KrSearchLanes(&KrPointsOf(plan)->search), costs.starts);
  costs.hessian   = KrPointsOf(plan)->search.kind != KR_SEARCH_MINIMA ? PETSC_TRUE : PETSC_FALSE;
  costs.coefficients = KrModelCouplingBytes(plan->model.n, &plan->f) / 8.0;
  costs.steps        = assume_steps(plan);
  PetscCall(tell_plan(world, plan, groups, &costs));
  PetscCall(measure(world, plan, groups, &costs));
  conclude(plan->provenance.ranks, &costs);
  PetscCall(tell_times(world, plan, &costs));
  PetscCall(tell_total(world, plan, groups, &costs));
  PetscFunctionReturn(PETSC_SUCCESS);
}
