/* A campaign of Monte Carlo: each sample brought to equilibrium and measured, start to shard. */
#include "campaign_impl.h"
#include "measure.h"
#include <math.h>

#define BATCH         64  /* points whose gradients are taken together */
#define DESCENT_STEPS 5.0 /* of a descent to a minimum, a spin: docs/howto/campaign.md */

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
  KR_CHECK_INPUT(plan->thermo.plant == 0.0 || plan->n_tensors == 0, world,
                 "-thermo_plant %g: a point can be planted only in couplings that are drawn, not "
                 "in those of -model_couplings",
                 plan->thermo.plant);
  KR_CHECK_INPUT(plan->campaign.maxtime == 0.0 || plan->campaign.maxtime >= 1.0, world,
                 "-campaign_maxtime %g: must be 0 (no limit) or at least 1 s",
                 plan->campaign.maxtime);
  KR_CHECK_INPUT(!KrModelOptionsIsTap(&plan->model), world,
                 "-model_type tap: Monte Carlo is on the sphere, take pspin");
  KR_CHECK_INPUT(!plan->campaign.extend, world,
                 "-campaign_extend starts: is for a census; Monte Carlo makes no starts");
  KR_CHECK_INPUT(plan->campaign.target[0] == '\0', world,
                 "-campaign_target %s: is for a census, it counts points; give -campaign_samples",
                 plan->campaign.target);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode announce(MPI_Comm world, const KrPlan *plan, const KrGroups *groups)
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
  PetscCall(PetscPrintf(world, "groups: %d, ranks in a group: %d, which share the %s: %s\n",
                        groups->n_groups, groups->size,
                        plan->campaign.spread == KR_SPREAD_TENSOR ? "couplings" : "ladders",
                        plan->spread_reason));
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

/* Memory, and the time of all gradients; a limit of time that is shorter than a sample is refused. */
static PetscErrorCode dry_run(MPI_Comm world, const KrPlan *plan)
{
  const double slots    = (double)plan->thermo.ladders * plan->ladder.n;
  const double samples  = (double)(plan->campaign.end - plan->campaign.first);
  const double descents = DESCENT_STEPS * plan->model.n * plan->thermo.quenches * slots;
  const double gradients =
    KrThermoGradients(&plan->thermo, &plan->ladder, plan->model.n) + descents;
  double   a_gradient = 0.0, measured_on, hours, wall;
  int      n_ranks;
  KrGroups groups;

  PetscFunctionBeginUser;
  PetscCall(KrDryRunGroups(world, plan, &groups, &n_ranks));
  PetscCall(check(world, plan));
  PetscCall(time_gradient(world, plan, &groups, &a_gradient, &measured_on));
  wall  = gradients * a_gradient / (plan->campaign.spread == KR_SPREAD_TENSOR ? 1 : groups.size);
  hours = samples * groups.size * wall / 3600.0;
  KR_CHECK_INPUT(plan->campaign.maxtime == 0.0 || wall <= plan->campaign.maxtime, world,
                 "-campaign_maxtime %g: a sample takes about %.3g s and keeps no state on the way; "
                 "give more time, or more -thermo_ladders to a larger -campaign_group_size",
                 plan->campaign.maxtime, wall);
  PetscCall(KrDryRunTell(world, "samples", samples, "samples"));
  PetscCall(KrDryRunTell(world, "temperatures", plan->ladder.n, "temperatures"));
  PetscCall(KrDryRunTell(world, "replicas", slots, "replicas"));
  PetscCall(KrDryRunTellRanks(world, plan, &groups, n_ranks));
  PetscCall(KrDryRunTellMemory(world, plan, &groups));
  PetscCall(KrDryRunTell(world, "time_of_gradient", a_gradient, "s a point (measured)"));
  PetscCall(KrDryRunTell(world, "measured_on", measured_on, "coefficients"));
  PetscCall(KrDryRunTell(world, "gradients", gradients, "a sample"));
  PetscCall(KrDryRunTell(world, "gradients_descents", descents,
                         "of these, in descents (assumed: docs/howto/campaign.md)"));
  PetscCall(KrDryRunTell(world, "time_a_sample", wall, "s (gradients x time)"));
  PetscCall(KrDryRunTell(world, "core_hours", hours, "h (gradients of all samples)"));
  PetscCall(KrDryRunTell(world, "wall_hours", ceil(samples / groups.n_groups) * wall / 3600.0,
                         "h (core_hours on these ranks)"));
  PetscCall(KrGroupsDestroy(&groups));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode run(KrWorker *worker, int64_t number, PetscBool *stopped, int64_t *count)
{
  const KrPlan  *plan  = worker->plan;
  const double   began = MPI_Wtime();
  KrThermoSample record;
  PetscMPIInt    rank, size;

  PetscFunctionBeginUser;
  (void)count;
  PetscCallMPI(MPI_Comm_rank(worker->group, &rank));
  PetscCallMPI(MPI_Comm_size(worker->group, &size));
  PetscCall(KrPlanDraw(plan, worker->model, number));
  PetscCall(KrThermoRun(worker->model, worker->sharers, &plan->thermo, &plan->ladder,
                        (uint64_t)plan->campaign.seed, number, KrWorkerPause, worker, &record,
                        stopped));
  if (*stopped) PetscFunctionReturn(PETSC_SUCCESS);
  record.seconds = (MPI_Wtime() - began) * size;
  if (rank == 0) PetscCall(KrThermoShardWrite(plan->campaign.out, &worker->meta, &record));
  KrThermoSampleDestroy(&record);
  PetscFunctionReturn(PETSC_SUCCESS);
}

const KrTask KrTaskThermo = {.command  = "thermo",
                             .out      = "-campaign_out",
                             .check    = check,
                             .announce = announce,
                             .dry_run  = dry_run,
                             .create   = KrWorkerCreate,
                             .run      = run,
                             .reserve  = KrWorkerReserve,
                             .destroy  = KrWorkerDestroy,
                             .conclude = KrThermoConclude};
