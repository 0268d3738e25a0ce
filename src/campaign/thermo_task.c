/* A campaign of Monte Carlo: each sample brought to equilibrium and measured, start to shard. */
#include "campaign_impl.h"
#include <kacrice/tap_theory.h>
#include <math.h>
#include <stdio.h>

#define RESERVE 0.1 /* seconds from the wish to stop to the end of a piece of sweeps */

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
  KR_CHECK_INPUT(!plan->campaign.dry_run, world,
                 "-dry_run: thermo does not tell its cost beforehand; try -campaign_samples 1");
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

static PetscErrorCode create(const KrPlan *plan, MPI_Comm group, KrStop *stop, KrProgress *progress,
                             KrWorker *worker)
{
  const PetscBool spread_tensor =
    plan->campaign.spread == KR_SPREAD_TENSOR ? PETSC_TRUE : PETSC_FALSE;

  PetscFunctionBeginUser;
  *worker = (KrWorker){.plan     = plan,
                       .group    = group,
                       .sharers  = spread_tensor ? PETSC_COMM_SELF : group,
                       .stop     = stop,
                       .progress = progress};
  PetscCall(KrPlanModel(plan, spread_tensor ? group : PETSC_COMM_SELF, &worker->model));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode destroy(KrWorker *worker)
{
  PetscFunctionBeginUser;
  PetscCall(KrModelDestroy(&worker->model));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A sample that is stopped is begun anew by the next run, so one that is not worth beginning is not begun. */
static double reserve(const KrWorker *worker)
{
  return worker->longest;
}

/* Between pieces of sweeps. A KrThermoPauseFn. */
static PetscErrorCode pause_sweeps(void *context, PetscBool *stop)
{
  KrWorker *worker = context;

  PetscFunctionBeginUser;
  PetscCall(KrProgressTell(worker->progress));
  PetscCall(KrStopPoll(worker->stop, RESERVE, stop));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode run(KrWorker *worker, int64_t number, KrTaskEnd *end, int64_t *count)
{
  const KrPlan    *plan = worker->plan;
  const KrFileMeta meta = {
    .provenance = &plan->provenance, .options = plan->options, .identity = plan->identity};
  const double   began = MPI_Wtime();
  KrThermoSample record;
  PetscBool      known = PETSC_FALSE, goes_on = PETSC_FALSE, stopped = PETSC_FALSE;
  PetscMPIInt    rank, size;

  PetscFunctionBeginUser;
  *count = -1;
  PetscCall(KrWorkerLookUp(worker, number, &known, &goes_on, end));
  if (known) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCallMPI(MPI_Comm_rank(worker->group, &rank));
  PetscCallMPI(MPI_Comm_size(worker->group, &size));
  PetscCall(KrPlanDraw(plan, worker->model, number));
  PetscCall(KrThermoRun(worker->model, worker->sharers, &plan->thermo, &plan->ladder,
                        (uint64_t)plan->campaign.seed, number, pause_sweeps, worker, &record,
                        &stopped));
  if (stopped) {
    *end = KR_TASK_STOPPED;
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  record.seconds = (MPI_Wtime() - began) * size;
  if (rank == 0) {
    PetscCall(KrThermoShardWrite(plan->campaign.out, &meta, &record));
    KrFailureDelete(plan, number);
  }
  KrThermoSampleDestroy(&record);
  worker->longest = PetscMax(worker->longest, MPI_Wtime() - began);
  PetscCallMPI(MPI_Bcast(&worker->longest, 1, MPI_DOUBLE, 0, worker->group));
  PetscFunctionReturn(PETSC_SUCCESS);
}

const KrTask KrTaskThermo = {.command  = "thermo",
                             .check    = check,
                             .announce = announce,
                             .create   = create,
                             .run      = run,
                             .reserve  = reserve,
                             .destroy  = destroy,
                             .conclude = KrThermoConclude};
