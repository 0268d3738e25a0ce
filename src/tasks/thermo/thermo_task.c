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
static const KrTaskPlace          places[] = {{PETSC_FALSE, offsetof(KrPlan, model)},
                                              {PETSC_TRUE, offsetof(KrThermoPart, options)},
                                              {PETSC_FALSE, offsetof(KrPlan, campaign)},
                                              {PETSC_FALSE, offsetof(KrPlan, campaign)}};
_Static_assert(PETSC_STATIC_ARRAY_LENGTH(tables) == PETSC_STATIC_ARRAY_LENGTH(places),
               "a place a table");

static PetscErrorCode read_options(MPI_Comm world, KrPlan *plan)
{
  KrThermoPart *part = plan->part;

  PetscFunctionBeginUser;
  PetscCall(KrThermoOptionsRead(world, &part->options));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode complete(MPI_Comm world, KrPlan *plan)
{
  KrThermoPart *part = plan->part;

  PetscFunctionBeginUser;
  PetscCall(KrLadderCreate(world, &part->options, plan->model.n, &plan->f, &part->ladder));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static double work_bytes(const KrPlan *plan)
{
  const double bytes =
    KrThermoStateBytes(&KrThermoOf(plan)->options, &KrThermoOf(plan)->ladder, plan->model.n);

  return KrThermoWorkBytes(&KrThermoOf(plan)->options, &KrThermoOf(plan)->ladder, plan->model.n) +
         (KrPlanKeepsState(plan) ? 2.0 * bytes : 0.0); /* a copy, and the file in memory */
}

/* Couplings with a point planted look like those that are drawn, and the point like one in equilibrium, down to T_K. */
static PetscErrorCode check_plant(MPI_Comm world, const KrPlan *plan)
{
  const double  plant = KrThermoOf(plan)->options.plant;
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
  const int pairs = KrThermoOf(plan)->options.ladders / 2;

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
  const KrLadder *ladder = &KrThermoOf(plan)->ladder;

  PetscFunctionBeginUser;
  PetscCall(PetscPrintf(
    world,
    "kacrice %s: Monte Carlo of %s, N = %d, samples %lld to %lld, %d temperatures from %.4g to "
    "%.4g, %d ladders, %lld + %lld sweeps, folder %s\n",
    plan->provenance.version, KrModelTypeName(plan->model.type), plan->model.n,
    (long long)plan->campaign.first, (long long)plan->campaign.end - 1, ladder->n,
    1.0 / ladder->beta[0], 1.0 / ladder->beta[ladder->n - 1], KrThermoOf(plan)->options.ladders,
    (long long)KrThermoOf(plan)->options.burn_in, (long long)KrThermoOf(plan)->options.sweeps,
    plan->campaign.out));
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
  KrThermoOptions options = KrThermoOf(plan)->options;
  KrThermoSample  record;
  PetscBool       stopped;

  PetscFunctionBeginUser;
  options.burn_in    = PILOT_BURN_IN;
  options.sweeps     = PILOT_SWEEPS;
  options.quenches   = quenches;
  options.relaxation = 0.0;
  options.overlaps   = 0;
  *seconds           = -MPI_Wtime();
  PetscCall(KrThermoRun(model, PETSC_COMM_SELF, &options, &KrThermoOf(plan)->ladder,
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
  const double steps = (PILOT_BURN_IN + PILOT_SWEEPS) * KrThermoOf(plan)->options.steps;
  double       times[2];
  KrModel      model;

  PetscFunctionBeginUser;
  PetscCall(KrPlanModel(plan, PETSC_COMM_SELF, &model));
  PetscCall(KrPlanDraw(plan, model, plan->campaign.first));
  PetscCall(time_run(plan, model, 0, &times[0]));
  PetscCall(time_run(plan, model, 1, &times[1]));
  PetscCall(KrModelDestroy(&model));
  PetscCall(KrDryRunSlowest(world, 2, times));
  *gradient = times[0] / (steps * KrThermoOf(plan)->options.ladders * KrThermoOf(plan)->ladder.n);
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
  costs->replicas = (double)KrThermoOf(plan)->options.ladders * KrThermoOf(plan)->ladder.n;
  costs->gradients =
    KrThermoGradients(&KrThermoOf(plan)->options, &KrThermoOf(plan)->ladder, plan->model.n);
  PetscCall(time_gradient(world, plan, groups, &costs->gradient, &costs->measured_on));
  if (plan->n_tensors == 0) PetscCall(KrMeasureDraw(plan, &draw));
  PetscCall(KrDryRunSlowest(world, 1, &draw));
  costs->descents = DESCENT_STEPS * plan->model.n * costs->replicas * costs->gradient;
  pilot           = draw * KrModelCouplingBytes(plan->model.n, &plan->f) / 8.0 + costs->descents +
          2.0 * (PILOT_BURN_IN + PILOT_SWEEPS) * KrThermoOf(plan)->options.steps * costs->replicas *
            costs->gradient;
  if (!tensor && pilot < PILOT_SECONDS) {
    PetscCall(time_pilot(world, plan, &costs->gradient, &costs->descents));
    costs->measured_on = 0.0;
  }
  costs->wall =
    (costs->gradients * costs->gradient + KrThermoOf(plan)->options.quenches * costs->descents) /
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
  PetscCall(KrDryRunTell(world, "temperatures", KrThermoOf(plan)->ladder.n, "temperatures"));
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
  KR_CHECK_INPUT(KrPlanKeepsState(plan) || plan->campaign.maxtime == 0.0 ||
                   costs.wall <= plan->campaign.maxtime,
                 world,
                 "-campaign_maxtime %g: a sample takes about %.3g s and keeps no state on the way; "
                 "give more time, or a -campaign_checkpoint",
                 plan->campaign.maxtime, costs.wall);
  PetscCall(tell(world, plan, groups, &costs));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- one sample ---- */

static void destroy_record(void *record)
{
  KrThermoSampleDestroy(record);
}

static void destroy_state(void *state)
{
  KrThermoCheckpointDestroy(state);
}

/* All ranks have the whole record. */
static PetscErrorCode write_record(MPI_Comm sharers, const char folder[], const KrFileMeta *meta,
                                   const void *record)
{
  PetscMPIInt rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(sharers, &rank));
  if (rank == 0) PetscCall(KrRecordWrite(folder, &KrThermoSampleType, meta, record));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode write_state(MPI_Comm sharers, const char folder[], const KrFileMeta *meta,
                                  const void *state)
{
  PetscFunctionBeginUser;
  PetscCall(KrThermoCheckpointWrite(sharers, folder, meta, state));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode read_state(MPI_Comm sharers, const char folder[], int64_t number,
                                 const char identity[], PetscBool *exists, void *state)
{
  PetscFunctionBeginUser;
  PetscCall(KrThermoCheckpointRead(sharers, folder, number, identity, exists, state));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static const KrTaskFile record_file = {sizeof(KrThermoSample), offsetof(KrThermoSample, seconds),
                                       write_record, destroy_record};

static const KrTaskState state = {.file = {sizeof(KrThermoCheckpoint),
                                           offsetof(KrThermoCheckpoint, seconds), write_state,
                                           destroy_state},
                                  .done = offsetof(KrThermoCheckpoint, sweep),
                                  .unit = "sweeps",
                                  .read = read_state};

static PetscErrorCode sample(KrWorker *worker, KrKeeper *keeper, void *from, void *record,
                             PetscBool *stopped)
{
  const KrPlan       *plan  = worker->plan;
  const KrThermoHooks hooks = {.from = from, .breathe = KrKeeperBreathe, .context = keeper};

  PetscFunctionBeginUser;
  PetscCall(KrThermoRun(worker->model, worker->sharers, &KrThermoOf(plan)->options,
                        &KrThermoOf(plan)->ladder, (uint64_t)plan->campaign.seed, keeper->number,
                        &hooks, record, stopped));
  PetscFunctionReturn(PETSC_SUCCESS);
}

const KrTask KrTaskThermo = {.command    = "thermo",
                             .mark       = "-thermo_sweeps",
                             .out        = "-campaign_out",
                             .shares     = "ladders",
                             .n_tables   = PETSC_STATIC_ARRAY_LENGTH(tables),
                             .tables     = tables,
                             .places     = places,
                             .part_size  = sizeof(KrThermoPart),
                             .about      = "bring disorder samples to equilibrium at temperatures: "
                                           "energy, overlaps, entropies, relaxation",
                             .read       = read_options,
                             .complete   = complete,
                             .work_bytes = work_bytes,
                             .check      = check,
                             .announce   = announce,
                             .dry_run    = dry_run,
                             .record     = &record_file,
                             .state      = &state,
                             .sample     = sample,
                             .conclude   = KrThermoConclude};
