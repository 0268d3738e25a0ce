/* A campaign of Monte Carlo: each sample brought to equilibrium and measured, start to shard. */
#include "thermo_room.h"
#include "tasks/cost.h"
#include <kacrice/tap_theory.h>
#include <math.h>

#define BATCH         64  /* points whose gradients are taken together */
#define PILOT_SECONDS 2.0 /* a pilot may take */
#define PILOT_BURN_IN 16
#define PILOT_SWEEPS  64
#define DESCENT_STEPS 5.0 /* of a descent to a minimum, a spin: docs/howto/campaign.md */

static const KrOptionTable *const tables[] = {&KrModelOptionTable, &KrThermoOptionTable,
                                              &KrCampaignOptionTable, &KrRunOptionTable};
static const size_t               values[] = {offsetof(KrPlan, model), offsetof(KrPlan, thermo),
                                              offsetof(KrPlan, campaign), offsetof(KrPlan, campaign)};
_Static_assert(PETSC_STATIC_ARRAY_LENGTH(tables) == PETSC_STATIC_ARRAY_LENGTH(values),
               "a place a table");

static PetscErrorCode read_options(MPI_Comm world, KrPlan *plan)
{
  PetscFunctionBeginUser;
  PetscCall(KrThermoOptionsRead(world, &plan->thermo));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode complete(MPI_Comm world, KrPlan *plan)
{
  PetscFunctionBeginUser;
  PetscCall(KrLadderCreate(world, &plan->thermo, plan->model.n, &plan->f, &plan->ladder));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscBool keeps_state(const KrPlan *plan)
{
  return plan->campaign.checkpoint > 0.0 ? PETSC_TRUE : PETSC_FALSE;
}

static double work_bytes(const KrPlan *plan)
{
  const double state = KrThermoStateBytes(&plan->thermo, &plan->ladder, plan->model.n);

  return KrThermoWorkBytes(&plan->thermo, &plan->ladder, plan->model.n) +
         (keeps_state(plan) ? 2.0 * state : 0.0); /* a copy, and the file in memory */
}

/* Couplings with a point planted look like those that are drawn, and the point like one in equilibrium, down to T_K. */
static PetscErrorCode check_plant(MPI_Comm world, const KrPlan *plan)
{
  const double  plant = plan->thermo.plant;
  KrTransitions at;

  PetscFunctionBeginUser;
  if (plant == 0.0) PetscFunctionReturn(PETSC_SUCCESS);
  KR_CHECK_INPUT(plan->n_tensors == 0, world,
                 "-thermo_plant %g: a point can be planted only in couplings that are drawn, not "
                 "in those of -model_couplings",
                 plant);
  KR_CHECK_INPUT(KrThermoTransitions(&plan->f, &at) != KR_THEORY_OK || plant >= at.static_, world,
                 "-thermo_plant %.10g: a planted point is in equilibrium for T >= T_K = %.10g only",
                 plant, at.static_);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check(MPI_Comm world, const KrPlan *plan)
{
  const int pairs = plan->thermo.ladders / 2;

  PetscFunctionBeginUser;
  PetscCall(KrPlanCheckMemory(world, plan));
  KR_CHECK_INPUT(plan->campaign.spread == KR_SPREAD_TENSOR || plan->campaign.group_size <= pairs,
                 world,
                 "-campaign_group_size %d: the ranks of a group share pairs of ladders and there "
                 "are %d; take at most %d, or -thermo_ladders %d",
                 plan->campaign.group_size, pairs, pairs, 2 * plan->campaign.group_size);
  PetscCall(check_plant(world, plan));
  KR_CHECK_INPUT(!KrModelOptionsIsTap(&plan->model), world,
                 "-model_type tap: Monte Carlo is on the sphere, take pspin");
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode announce(MPI_Comm world, const KrPlan *plan)
{
  const KrLadder *ladder = &plan->ladder;

  PetscFunctionBeginUser;
  PetscCall(PetscPrintf(
    world,
    "kacrice %s: Monte Carlo of %s, N = %d, samples %lld to %lld, %d temperatures from %.4g to "
    "%.4g, %d ladders, %lld + %lld sweeps, folder %s\n",
    plan->provenance.version, KrModelTypeName(plan->model.type), plan->model.n,
    (long long)plan->campaign.first, (long long)plan->campaign.end - 1, ladder->n,
    1.0 / ladder->beta[0], 1.0 / ladder->beta[ladder->n - 1], plan->thermo.ladders,
    (long long)plan->thermo.burn_in, (long long)plan->thermo.sweeps, plan->campaign.out));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Seconds of a gradient in a batch, on this rank's share of the couplings, with the sum over the group. */
static PetscErrorCode time_gradient(MPI_Comm world, const KrPlan *plan, const KrGroups *groups,
                                    double *seconds, double *measured_on)
{
  const int n_sharing = plan->campaign.spread == KR_SPREAD_TENSOR ? groups->size : 1;
  double    times[2]  = {0.0};

  PetscFunctionBeginUser;
  PetscCall(KrMeasureContraction(plan, n_sharing, BATCH, PETSC_FALSE, &times[0], measured_on));
  if (n_sharing > 1 && groups->comm != MPI_COMM_NULL)
    PetscCall(KrMeasureSum(groups->comm, plan, BATCH, PETSC_FALSE, &times[1]));
  PetscCall(KrDryRunSlowest(world, 2, times));
  *seconds = times[0] + times[1];
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Seconds that KrThermoRun() takes on the first sample, each rank for itself. */
static PetscErrorCode time_run(const KrPlan *plan, KrModel model, int quenches, double *seconds)
{
  KrThermoOptions options = plan->thermo;
  KrThermoSample  record;
  PetscBool       stopped;

  PetscFunctionBeginUser;
  options.burn_in    = PILOT_BURN_IN;
  options.sweeps     = PILOT_SWEEPS;
  options.quenches   = quenches;
  options.relaxation = 0.0;
  options.overlaps   = 0;
  *seconds           = -MPI_Wtime();
  PetscCall(KrThermoRun(model, PETSC_COMM_SELF, &options, &plan->ladder,
                        (uint64_t)plan->campaign.seed, plan->campaign.first, NULL, &record,
                        &stopped));
  *seconds += MPI_Wtime();
  KrThermoSampleDestroy(&record);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Seconds of a gradient and of the descents from all replicas, in a run of few sweeps: with random numbers, exchanges
   and spectra. */
static PetscErrorCode time_pilot(MPI_Comm world, const KrPlan *plan, double *gradient,
                                 double *descents)
{
  const double steps = (PILOT_BURN_IN + PILOT_SWEEPS) * plan->thermo.steps;
  double       times[2];
  KrModel      model;

  PetscFunctionBeginUser;
  PetscCall(KrPlanModel(plan, PETSC_COMM_SELF, &model));
  PetscCall(KrPlanDraw(plan, model, plan->campaign.first));
  PetscCall(time_run(plan, model, 0, &times[0]));
  PetscCall(time_run(plan, model, 1, &times[1]));
  PetscCall(KrModelDestroy(&model));
  PetscCall(KrDryRunSlowest(world, 2, times));
  *gradient = times[0] / (steps * plan->thermo.ladders * plan->ladder.n);
  *descents = PetscMax(*descents, times[1] - times[0]); /* the contractions are the least */
  PetscFunctionReturn(PETSC_SUCCESS);
}

typedef struct {
  int    n_ranks;
  double replicas, gradients; /* of a sample, but for descents */
  double gradient, descents;  /* s: of one; of one from each replica */
  double measured_on;         /* coefficients; 0: there was a pilot */
  double wall;                /* s a sample */
} Costs;

/* By a pilot where that is a matter of seconds, else by the contraction alone. */
static PetscErrorCode measure(MPI_Comm world, const KrPlan *plan, const KrGroups *groups,
                              Costs *costs)
{
  const PetscBool tensor = plan->campaign.spread == KR_SPREAD_TENSOR ? PETSC_TRUE : PETSC_FALSE;
  double          draw   = 0.0, pilot;

  PetscFunctionBeginUser;
  costs->replicas  = (double)plan->thermo.ladders * plan->ladder.n;
  costs->gradients = KrThermoGradients(&plan->thermo, &plan->ladder, plan->model.n);
  PetscCall(time_gradient(world, plan, groups, &costs->gradient, &costs->measured_on));
  if (plan->n_tensors == 0) PetscCall(KrMeasureDraw(plan, &draw));
  PetscCall(KrDryRunSlowest(world, 1, &draw));
  costs->descents = DESCENT_STEPS * plan->model.n * costs->replicas * costs->gradient;
  pilot =
    draw * KrModelCouplingBytes(plan->model.n, &plan->f) / 8.0 + costs->descents +
    2.0 * (PILOT_BURN_IN + PILOT_SWEEPS) * plan->thermo.steps * costs->replicas * costs->gradient;
  if (!tensor && pilot < PILOT_SECONDS) {
    PetscCall(time_pilot(world, plan, &costs->gradient, &costs->descents));
    costs->measured_on = 0.0;
  }
  costs->wall = (costs->gradients * costs->gradient + plan->thermo.quenches * costs->descents) /
                (tensor ? 1 : groups->size);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode tell(MPI_Comm world, const KrPlan *plan, const KrGroups *groups,
                           const Costs *costs)
{
  const PetscBool pilot   = costs->measured_on == 0.0 ? PETSC_TRUE : PETSC_FALSE;
  const double    samples = (double)(plan->campaign.end - plan->campaign.first);

  PetscFunctionBeginUser;
  PetscCall(KrDryRunTell(world, "samples", samples, "samples"));
  PetscCall(KrDryRunTell(world, "temperatures", plan->ladder.n, "temperatures"));
  PetscCall(KrDryRunTell(world, "replicas", costs->replicas, "replicas"));
  PetscCall(KrDryRunTellRanks(world, plan, groups, costs->n_ranks));
  PetscCall(KrDryRunTellMemory(world, plan, groups));
  PetscCall(KrDryRunTell(world, "time_of_gradient", costs->gradient,
                         pilot ? "s a point (of a pilot of few sweeps)" : "s a point (measured)"));
  if (!pilot) PetscCall(KrDryRunTell(world, "measured_on", costs->measured_on, "coefficients"));
  PetscCall(KrDryRunTell(world, "gradients", costs->gradients, "a sample, but for descents"));
  PetscCall(KrDryRunTell(world, "time_of_descents", costs->descents,
                         pilot ? "s from each replica (of the pilot)"
                               : "s from each replica (steps assumed: docs/howto/campaign.md)"));
  PetscCall(KrDryRunTell(world, "time_a_sample", costs->wall, "s"));
  PetscCall(KrDryRunTell(world, "core_hours", samples * groups->size * costs->wall / 3600.0,
                         "h (all samples)"));
  PetscCall(KrDryRunTell(world, "wall_hours",
                         ceil(samples / groups->n_groups) * costs->wall / 3600.0,
                         "h (core_hours on these ranks)"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Memory and time; a limit of time that is shorter than a sample without a state is refused. Collective on world. */
static PetscErrorCode dry_run(MPI_Comm world, const KrPlan *plan, const KrGroups *groups,
                              int n_ranks)
{
  Costs costs = {.n_ranks = n_ranks};

  PetscFunctionBeginUser;
  PetscCall(measure(world, plan, groups, &costs));
  KR_CHECK_INPUT(keeps_state(plan) || plan->campaign.maxtime == 0.0 ||
                   costs.wall <= plan->campaign.maxtime,
                 world,
                 "-campaign_maxtime %g: a sample takes about %.3g s and keeps no state on the way; "
                 "give more time, or a -campaign_checkpoint",
                 plan->campaign.maxtime, costs.wall);
  PetscCall(tell(world, plan, groups, &costs));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Writes the state of a run. Collective on the group. */
static PetscErrorCode save(KrKeeper *keeper, KrThermoState *run)
{
  const KrWorker    *worker = keeper->worker;
  const double       began  = MPI_Wtime();
  double             seconds;
  KrThermoCheckpoint state;

  PetscFunctionBeginUser;
  PetscCall(KrKeeperSeconds(keeper, &seconds));
  if (KrKeeperWrites(keeper)) {
    PetscCall(KrThermoSave(run, &state));
    state.seconds = seconds;
    PetscCall(
      KrThermoCheckpointWrite(worker->sharers, worker->plan->campaign.out, &worker->meta, &state));
    KrThermoCheckpointDestroy(&state);
  }
  KrKeeperSaved(keeper, began);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Between two sweeps: saves when it is time, and stops when the run does. The first look of a run heeds signals, but no
   limit of time: a chain of runs, however short, has to come to an end. Descents from all replicas are between two
   looks, now and then: so the longest time between two counts. A KrThermoPauseFn. */
static PetscErrorCode pause(void *context, KrThermoState *run, PetscBool *stop)
{
  KrKeeper       *keeper = context;
  KrWorker       *worker = keeper->worker;
  const PetscBool first =
    worker->longest == 0.0 && keeper->resumed == keeper->began ? PETSC_TRUE : PETSC_FALSE;
  PetscBool saving;

  PetscFunctionBeginUser;
  if (!keeps_state(worker->plan)) {
    PetscCall(KrWorkerPause(worker, stop));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  worker->piece = PetscMax(worker->piece, MPI_Wtime() - keeper->resumed);
  PetscCall(
    KrKeeperAsk(keeper, first ? -INFINITY : worker->piece + 2.0 * keeper->writing, &saving, stop));
  if (saving) PetscCall(save(keeper, run));
  keeper->resumed = MPI_Wtime();
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The state that an interrupted run has left, if any. Collective on the group. */
static PetscErrorCode take_up(KrKeeper *keeper, PetscBool *exists, KrThermoCheckpoint *state)
{
  const KrWorker *worker = keeper->worker;
  PetscMPIInt     rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(worker->group, &rank));
  PetscCall(KrThermoCheckpointRead(worker->group, worker->plan->campaign.out, keeper->number,
                                   worker->plan->identity, exists, state));
  if (!*exists) PetscFunctionReturn(PETSC_SUCCESS);
  keeper->before = state->seconds;
  if (rank == 0)
    PetscCall(PetscPrintf(PETSC_COMM_SELF, "sample %lld goes on after %lld sweeps\n",
                          (long long)keeper->number, (long long)state->sweep));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode run(KrWorker *worker, int64_t number, PetscBool *stopped, int64_t *count)
{
  const KrPlan      *plan   = worker->plan;
  KrKeeper           keeper = KrKeeperOf(worker, number);
  KrThermoHooks      hooks  = {.pause = pause, .context = &keeper};
  KrThermoCheckpoint state  = {0};
  KrThermoSample     record;
  PetscMPIInt        rank;
  PetscBool          exists;

  PetscFunctionBeginUser;
  (void)count;
  PetscCallMPI(MPI_Comm_rank(worker->group, &rank));
  PetscCall(KrWorkerDraw(worker, number, stopped));
  if (*stopped) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(take_up(&keeper, &exists, &state));
  if (exists) hooks.from = &state;
  PetscCall(KrThermoRun(worker->model, worker->sharers, &plan->thermo, &plan->ladder,
                        (uint64_t)plan->campaign.seed, number, &hooks, &record, stopped));
  KrThermoCheckpointDestroy(&state);
  if (*stopped) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KrKeeperSeconds(&keeper, &record.seconds));
  if (rank == 0)
    PetscCall(KrRecordWrite(plan->campaign.out, &KrThermoSampleType, &worker->meta, &record));
  if (rank == 0) PetscCall(KrCheckpointDelete(plan->campaign.out, number));
  KrThermoSampleDestroy(&record);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Seconds that the next sample needs before it can be stopped: to its first look at the clock, or all of them when it
   keeps no state. */
static double reserve(const KrWorker *worker)
{
  return keeps_state(worker->plan) ? worker->piece : KrWorkerReserve(worker);
}

const KrTask KrTaskThermo = {.command    = "thermo",
                             .mark       = "-thermo_sweeps",
                             .out        = "-campaign_out",
                             .shares     = "ladders",
                             .n_tables   = PETSC_STATIC_ARRAY_LENGTH(tables),
                             .tables     = tables,
                             .values     = values,
                             .read       = read_options,
                             .complete   = complete,
                             .work_bytes = work_bytes,
                             .check      = check,
                             .announce   = announce,
                             .dry_run    = dry_run,
                             .create     = KrWorkerCreate,
                             .run        = run,
                             .reserve    = reserve,
                             .destroy    = KrWorkerDestroy,
                             .conclude   = KrThermoConclude};
