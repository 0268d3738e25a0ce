/* Plans of options, and of the folder of another campaign that the task reads: a campaign of its own, in a folder of
   its own, whose samples are the finished ones of the other. */
#include "campaign_impl.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The samples of the other campaign from first to end - 1, all of them unless -campaign_samples is given. */
static PetscErrorCode list_samples(MPI_Comm world, KrPlan *plan)
{
  int64_t   n_all, kept = 0;
  PetscBool given;

  PetscFunctionBeginUser;
  PetscCall(PetscOptionsHasName(NULL, NULL, "-campaign_samples", &given));
  PetscCall(KrSampleList(world, plan->input->campaign.out, &n_all, &plan->samples));
  KR_CHECK_INPUT(n_all > 0, world, "%s: has no finished sample", plan->input->campaign.out);
  if (!given) {
    plan->campaign.first = plan->samples[0];
    plan->campaign.end   = plan->samples[n_all - 1] + 1;
  }
  for (int64_t s = 0; s < n_all; ++s)
    if (plan->samples[s] >= plan->campaign.first && plan->samples[s] < plan->campaign.end)
      plan->samples[kept++] = plan->samples[s];
  KR_CHECK_INPUT(kept > 0, world, "-campaign_samples %s: %s has %lld samples, and none of these",
                 plan->campaign.samples, plan->input->campaign.out, (long long)n_all);
  plan->n_samples = kept;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The options of the task. Those of the campaign and of the run are read again with the other plan; here they are
   checked. */
static PetscErrorCode read_options(MPI_Comm world, KrPlan *plan)
{
  const KrTask *task = plan->task;

  PetscFunctionBeginUser;
  PetscCall(KrPlanMakePart(plan));
  PetscCall(KrRunOptionsRead(world, &plan->campaign));
  for (int t = 0; t < task->n_tables; ++t)
    PetscCall(KrOptionsRead(world, task->tables[t], KrPlanTable(plan, t)));
  PetscCall(KrPlanCheckUnknown(world, task, task->command));
  PetscCall((*task->read)(world, plan));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What the plan says of itself: what the other one does, and the task's own options. */
static PetscErrorCode describe(KrPlan *plan)
{
  const KrTask *task = plan->task;

  PetscFunctionBeginUser;
  plan->options  = strdup(plan->input->options);
  plan->identity = strdup(plan->input->identity);
  PetscCheck(plan->options != NULL && plan->identity != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM,
             "no memory for options");
  for (int t = 0; t < task->n_tables; ++t) {
    if (!task->places[t].of_part) continue;
    PetscCall(KrOptionsFormat(task->tables[t], KrPlanTable(plan, t), PETSC_FALSE, &plan->options));
    PetscCall(KrOptionsFormat(task->tables[t], KrPlanTable(plan, t), PETSC_TRUE, &plan->identity));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Makes such a plan, which is empty but for its task: the other one, with the task's own part in place of its. A user's
   couplings are those of the other one. Collective on world. */
static PetscErrorCode follow(MPI_Comm world, const char folder[], KrPlan *plan)
{
  const KrTask *task = plan->task;
  KrPlan       *input;
  void         *part;

  PetscFunctionBeginUser;
  PetscCall(read_options(world, plan));
  part  = plan->part;
  input = calloc(1, sizeof *input);
  PetscCheck(input != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for a plan");
  PetscCall(KrPlanReopen(world, task->input, task->command, folder, input));
  *plan        = *input;
  plan->task   = task;
  plan->input  = input;
  plan->part   = part;
  plan->target = (KrTarget){0};
  PetscCall(describe(plan));
  PetscCall((*task->complete)(world, plan));
  PetscCall(list_samples(world, plan));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrPlanCreate - Reads and checks all options of a campaign, and the couplings a user brings.

  Collective on world

  Input:
+ world  - all ranks
. task   - from KrTaskFind()
- folder - of the campaign that the task reads, KrTaskInput(); NULL when it reads none

  Output:
. plan - the same on every rank; caller frees with KrPlanDestroy()

  Notes:
  A task that reads the folder of another does its finished samples; -campaign_samples, when it is given, says which

  Errors: PETSC_ERR_USER_INPUT naming the option or file, or the folder when it has no finished sample
  See:    KrPlanReopen(), KrCampaignRun()
*/
PetscErrorCode KrPlanCreate(MPI_Comm world, const KrTask *task, const char folder[], KrPlan *plan)
{
  PetscFunctionBeginUser;
  (void)memset(plan, 0, sizeof *plan);
  plan->task = task;
  if (task->input != NULL) PetscCall(follow(world, folder, plan));
  else PetscCall(KrPlanMake(world, task->command, plan));
  PetscFunctionReturn(PETSC_SUCCESS);
}
