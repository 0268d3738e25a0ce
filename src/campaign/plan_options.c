/* The options of a campaign, and those of what it does with its samples. */
#include "campaign_impl.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TASKS_MAX  64
#define AT(member) offsetof(KrCampaignOptions, member)

#define TABLES_MAX 128 /* of a task, and one a type of models: for the nearest name */

/* clang-format off */
static const KrOption option_list[] = {
  {"-campaign_seed", KR_OPTION_INT64, AT(seed), "1", 0, 9e18, NULL, "",
   "seed of the disorder and of the starts", PETSC_TRUE},
  {"-campaign_samples", KR_OPTION_STRING, AT(samples), "100", 0, 0, NULL, "samples",
   "disorder samples: how many, or a range first:end (end excluded)", PETSC_FALSE},
  {"-campaign_spread", KR_OPTION_CHOICE, AT(spread), "auto", 0, 0, "auto|starts|tensor", "",
   "what the ranks of a group share: the starts, or the couplings; auto: by memory, N and starts", PETSC_FALSE},
  {"-campaign_out", KR_OPTION_STRING, AT(out), "kacrice-out", 0, 0, NULL, "",
   "folder of the campaign", PETSC_FALSE},
  {"-campaign_checkpoint", KR_OPTION_REAL, AT(checkpoint), "600", 0, 1e9, NULL, "s",
   "a sample that takes longer keeps its state every so often, to go on after an interruption; 0: never", PETSC_FALSE},
};
/* clang-format on */
const KrOptionTable KrCampaignOptionTable = {"Campaign", option_list,
                                             PETSC_STATIC_ARRAY_LENGTH(option_list)};

/* The struct that a table of the task's options fills. */
void *KrPlanTable(KrPlan *plan, int t)
{
  const KrTaskPlace *place = &plan->task->places[t];

  return place->of_part ? (char *)plan->part + place->offset : (char *)plan + place->offset;
}

PetscErrorCode KrPlanMakePart(KrPlan *plan)
{
  PetscFunctionBeginUser;
  plan->part = calloc(1, plan->task->part_size);
  PetscCheck(plan->part != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for options");
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Refuses options that the task does not have. What a file holds for other tasks and for jobs/submit.sh is passed over:
   "tap_..." of a file for census and tap, and the name of the folder that tap reads. Collective on world. */
PetscErrorCode KrPlanCheckUnknown(MPI_Comm world, const KrTask *task, const char command[])
{
  const KrOptionTable *tables[TABLES_MAX];
  const char          *ignored[2 * TASKS_MAX + 1] = {NULL};
  char                 prefixes[TASKS_MAX][64];
  const KrTask        *other;
  int                  n = 0, n_tables = 0;

  PetscFunctionBeginUser;
  for (int i = 0; i < TASKS_MAX && (other = KrTaskGet(i)) != NULL; ++i) {
    (void)snprintf(prefixes[i], sizeof prefixes[i], "%s_", other->command);
    if (other != task) ignored[n++] = prefixes[i];
    if (other->input != NULL) ignored[n++] = other->input;
  }
  for (int t = 0; t < task->n_tables; ++t) tables[n_tables++] = task->tables[t];
  for (int type = 0; KrModelTypeName(type) != NULL && n_tables < TABLES_MAX; ++type)
    if (KrModelOwnTable(type) != NULL) tables[n_tables++] = KrModelOwnTable(type);
  PetscCall(KrOptionsCheckUnknown(world, command, n_tables, tables, ignored));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* "200" is 0:200, "100:200" the samples 100 ... 199. */
static PetscErrorCode read_samples(MPI_Comm world, KrCampaignOptions *o)
{
  char     *end;
  long long first = 0, last;

  PetscFunctionBeginUser;
  errno = 0;
  last  = strtoll(o->samples, &end, 10);
  if (end != o->samples && *end == ':') {
    const char *second = end + 1;

    first = last;
    last  = strtoll(second, &end, 10);
    if (end == second) first = -1;
  }
  KR_CHECK_INPUT(
    end != o->samples && *end == '\0' && errno == 0 && first >= 0 && last > first &&
      last <= (long long)UINT32_MAX,
    world,
    "-campaign_samples %s: must be a number of samples such as 200, or a range such as "
    "100:200 (first, end), below 2^32",
    o->samples);
  o->first = first;
  o->end   = last;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* All options of a task into its plan, which is empty but for the task. Collective on world. */
PetscErrorCode KrPlanReadOptions(MPI_Comm world, const char command[], KrPlan *plan)
{
  KrCampaignOptions *o = &plan->campaign;
  PetscBool          samples_given;

  PetscFunctionBeginUser;
  PetscCall(KrPlanMakePart(plan));
  PetscCall(KrModelOptionsRead(world, &plan->model));
  PetscCall((*plan->task->read)(world, plan));
  PetscCall(KrOptionsRead(world, &KrCampaignOptionTable, o));
  PetscCall(KrRunOptionsRead(world, o));
  PetscCall(KrPlanCheckUnknown(world, plan->task, command));
  PetscCall(PetscOptionsHasName(NULL, NULL, "-campaign_samples", &samples_given));
  if (KrModelSpin(&plan->model)->couplings[0] != '\0' && !samples_given)
    (void)strcpy(o->samples, "1");
  PetscCall(read_samples(world, o));
  KR_CHECK_INPUT(KrModelSpin(&plan->model)->couplings[0] == '\0' || o->end == o->first + 1, world,
                 "-campaign_samples %s: a tensor of -model_couplings is one sample, give 1",
                 o->samples);
  for (size_t end = strlen(o->out); end > 1 && o->out[end - 1] == '/'; --end)
    o->out[end - 1] = '\0'; /* "out/" is "out", also in messages */
  if (o->dry_run_memory > 0.0)
    plan->model.memory = 1e9 * o->dry_run_memory; /* of another machine */
  else PetscCall(KrMemoryPerRank(world, &plan->model.memory));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Appends the options of a plan to plan->options, and those that make it what it is to plan->identity. */
PetscErrorCode KrPlanFormatOptions(KrPlan *plan)
{
  const KrTask *task = plan->task;

  PetscFunctionBeginUser;
  for (int t = 0; t < task->n_tables; ++t) {
    const void *values = KrPlanTable(plan, t);

    if (task->tables[t] == &KrModelOptionTable) {
      PetscCall(KrModelOptionsFormat(&plan->model, PETSC_FALSE, &plan->options));
      PetscCall(KrModelOptionsFormat(&plan->model, PETSC_TRUE, &plan->identity));
      continue;
    }
    PetscCall(KrOptionsFormat(task->tables[t], values, PETSC_FALSE, &plan->options));
    PetscCall(KrOptionsFormat(task->tables[t], values, PETSC_TRUE, &plan->identity));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
