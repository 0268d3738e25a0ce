/* What a campaign would cost: counted, measured on the spot on a bounded piece, and said; nothing is written. What is
   assumed is told beside it, see docs/howto/campaign.md. */
#include "campaign_impl.h"
#include <math.h>

/* A line. Collective on world. */
PetscErrorCode KrDryRunTell(MPI_Comm world, const char name[], double value, const char unit[])
{
  PetscFunctionBeginUser;
  if (value == floor(value) && fabs(value) < 1e15)
    PetscCall(PetscPrintf(world, "%-22s %.0f %s\n", name, value, unit));
  else PetscCall(PetscPrintf(world, "%-22s %.4g %s\n", name, value, unit));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The slowest rank counts. Collective on world. */
PetscErrorCode KrDryRunSlowest(MPI_Comm world, int count, double seconds[])
{
  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, seconds, count, MPI_DOUBLE, MPI_MAX, world));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Ranks, and what those of a group share. Collective on world. */
PetscErrorCode KrDryRunTellRanks(MPI_Comm world, const KrPlan *plan, const KrGroups *groups,
                                 int n_ranks)
{
  PetscFunctionBeginUser;
  PetscCall(KrDryRunTell(world, "ranks", n_ranks, "ranks"));
  PetscCall(KrDryRunTell(world, "groups", groups->n_groups, "groups"));
  PetscCall(KrDryRunTell(world, "group_size", groups->size, "ranks"));
  PetscCall(KrDryRunTell(world, "idle_ranks", n_ranks - groups->n_groups * groups->size, "ranks"));
  PetscCall(PetscPrintf(world, "%-22s %s (%s)\n", "spread",
                        plan->campaign.spread == KR_SPREAD_TENSOR ? "tensor" : "starts",
                        plan->spread_reason));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Couplings and work space. Collective on world. */
PetscErrorCode KrDryRunTellMemory(MPI_Comm world, const KrPlan *plan, const KrGroups *groups)
{
  const double bytes     = KrModelCouplingBytes(plan->model.n, &plan->f);
  const int    n_sharing = plan->campaign.spread == KR_SPREAD_TENSOR ? groups->size : 1;

  PetscFunctionBeginUser;
  PetscCall(KrDryRunTell(world, "coefficients", bytes / 8.0, "coefficients a sample"));
  PetscCall(KrDryRunTell(world, "couplings", 1e-9 * bytes / n_sharing, "GB a rank"));
  PetscCall(KrDryRunTell(world, "work_space", 1e-9 * KrPlanWorkBytes(plan), "GB a rank"));
  PetscCall(KrDryRunTell(world, "memory", 1e-9 * plan->model.memory, "GB a rank may use"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Groups of the ranks that the dry run is about. Where these are not there, `comm` has those that are. */
static PetscErrorCode make_groups(MPI_Comm world, const KrPlan *plan, KrGroups *groups,
                                  int *n_ranks)
{
  const int   asked = plan->campaign.dry_run_ranks, group_size = plan->campaign.group_size;
  PetscMPIInt size;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_size(world, &size));
  *n_ranks = asked == 0 ? (int)size : asked;
  KR_CHECK_INPUT(group_size <= *n_ranks, world,
                 "-campaign_group_size %d: must be from 1 to the number of ranks, %d here",
                 group_size, *n_ranks);
  PetscCall(KrGroupsCreate(world, PetscMin(group_size, (int)size), groups));
  groups->n_groups = *n_ranks / group_size;
  groups->size     = group_size;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrCampaignDryRun - Tells what a campaign would take, in memory and time, and leaves no trace.

  Collective on world

  Input:
+ world - all ranks
- plan  - the same on every rank

  Errors: those that KrCampaignRun() meets before it draws anything: a tensor that does not fit, a group size, a limit
          of time that is too short
  Notes:
  Prints lines "name value unit". Samples that the folder has already are counted as if it had not. With -dry_run_ranks
  and -dry_run_memory it is about another machine. Of TAP states it tells the memory only: their time is not known
  beforehand.

  Cost:   a few seconds; 64 MB a rank beside the work space of a search
  See:    docs/howto/campaign.md
*/
PetscErrorCode KrCampaignDryRun(MPI_Comm world, const KrPlan *plan)
{
  int      n_ranks;
  KrGroups groups;

  PetscFunctionBeginUser;
  PetscCall(make_groups(world, plan, &groups, &n_ranks));
  PetscCall((*plan->task->check)(world, plan));
  PetscCall(KrGroupsWarnIdle(&groups, KrPlanCount(plan)));
  PetscCall((*plan->task->dry_run)(world, plan, &groups, n_ranks));
  PetscCall(KrGroupsDestroy(&groups));
  PetscFunctionReturn(PETSC_SUCCESS);
}
