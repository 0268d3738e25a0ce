/* What the ranks of a group share, the starts of a sample or its couplings (docs/adr/0006-starts-or-tensor.md). */
#include "campaign_impl.h"
#include <stdio.h>

/*
  KrPlanWorkBytes - Memory that a rank of the campaign needs beside its couplings.

  Not collective

  Input:
. plan - options and law

  Returns:
  bytes: the work space of the task, and a user's tensor, which every rank has read
*/
double KrPlanWorkBytes(const KrPlan *plan)
{
  const double tensors = plan->n_tensors > 0 ? KrModelCouplingBytes(plan->model.n, &plan->f) : 0.0;

  return (*plan->task->work_bytes)(plan) + tensors;
}

/*
  KrPlanSpread - Settles what the ranks of a group share, and says why.

  Not collective

  In/out:
. plan - options and law are read; campaign.spread is no longer KR_SPREAD_AUTO, spread_reason is set

  Notes:
  A function of the options and of the memory of a rank alone: with the same options a campaign goes on in the same way
  on any number of ranks, as long as the couplings fit.

  Source: docs/adr/0006-starts-or-tensor.md
*/
void KrPlanSpread(KrPlan *plan)
{
  const int    group_size = plan->campaign.group_size;
  const double couplings  = KrModelCouplingBytes(plan->model.n, &plan->f);
  const double memory     = plan->model.memory;
  char        *reason     = plan->spread_reason;
  const size_t length     = sizeof plan->spread_reason;

  if (plan->campaign.spread != KR_SPREAD_AUTO) {
    (void)snprintf(reason, length, "as -campaign_spread says");
    return;
  }
  plan->campaign.spread = KR_SPREAD_STARTS;
  if (group_size == 1) {
    (void)snprintf(reason, length, "a group is one rank");
  } else if (memory > 0.0 && couplings + KrPlanWorkBytes(plan) > memory) {
    plan->campaign.spread = KR_SPREAD_TENSOR;
    (void)snprintf(reason, length,
                   "%.3g GB of couplings and %.3g GB of work space do not fit into the %.3g GB of "
                   "a rank",
                   1e-9 * couplings, 1e-9 * KrPlanWorkBytes(plan), 1e-9 * memory);
  } else if (plan->task->thin != NULL && (*plan->task->thin)(plan, reason, length)) {
    plan->campaign.spread = KR_SPREAD_TENSOR;
  } else {
    (void)snprintf(reason, length, "%.3g GB of couplings fit into the %.3g GB of a rank",
                   1e-9 * couplings, 1e-9 * memory);
  }
}

/* Refuses couplings that do not fit as they are spread. Collective on world. */
PetscErrorCode KrPlanCheckMemory(MPI_Comm world, const KrPlan *plan)
{
  const int n_ranks = plan->campaign.spread == KR_SPREAD_TENSOR ? plan->campaign.group_size : 1;

  PetscFunctionBeginUser;
  PetscCall(KrModelCheckMemory(world, n_ranks, &plan->model, plan->model.n, &plan->f,
                               KrPlanWorkBytes(plan)));
  PetscFunctionReturn(PETSC_SUCCESS);
}
