/* What a campaign can do with its samples: the table of tasks. */
#include "campaign/campaign_impl.h"
#include <string.h>

#define KR_TASK(task) extern const KrTask task;
#include "task_list.h"
#undef KR_TASK

#define KR_TASK(task) &task,
static const KrTask *const tasks[] = {
#include "task_list.h"
};
#undef KR_TASK

/*
  KrTaskGet - Walks the table of tasks.

  Not collective

  Input:
. i - from 0 on

  Returns:
  a constant; NULL behind the last one
*/
const KrTask *KrTaskGet(int i)
{
  return i >= 0 && i < (int)PETSC_STATIC_ARRAY_LENGTH(tasks) ? tasks[i] : NULL;
}

/*
  KrTaskFind - Finds a task by the command that does it.

  Not collective

  Input:
. command - as typed, or as campaign.json has it

  Returns:
  a constant; NULL when no task has this command
*/
const KrTask *KrTaskFind(const char command[])
{
  for (int i = 0; KrTaskGet(i) != NULL; ++i)
    if (strcmp(tasks[i]->command, command) == 0) return tasks[i];
  return NULL;
}

/*
  KrTaskCommand - The command that does a task.

  Not collective

  Input:
. task - from KrTaskGet() or KrTaskFind()

  Returns:
  a constant, also the name of the task in campaign.json
*/
const char *KrTaskCommand(const KrTask *task)
{
  return task->command;
}

/*
  KrTaskInput - The command whose folder a task reads its samples from.

  Not collective

  Input:
. task - from KrTaskGet() or KrTaskFind()

  Returns:
  a constant; NULL when it draws its own
*/
const char *KrTaskInput(const KrTask *task)
{
  return task->input;
}

/*
  KrTaskAbout - What a task does, in a line.

  Not collective

  Input:
. task - from KrTaskGet() or KrTaskFind()

  Returns:
  a constant
*/
const char *KrTaskAbout(const KrTask *task)
{
  return task->about;
}

/*
  KrTaskTables - The options of a task; those of the campaign whose folder it reads are not among them.

  Not collective

  Input:
. task - from KrTaskGet() or KrTaskFind()

  Output:
. n_tables - how many

  Returns:
  constant tables
*/
const KrOptionTable *const *KrTaskTables(const KrTask *task, int *n_tables)
{
  *n_tables = task->n_tables;
  return task->tables;
}

/* Gives all ranks the task that rank 0 knows. Collective on world. */
PetscErrorCode KrTaskShare(MPI_Comm world, const KrTask **task)
{
  PetscMPIInt rank;
  int         i = 0;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(world, &rank));
  while (rank == 0 && KrTaskGet(i) != *task) ++i;
  PetscCallMPI(MPI_Bcast(&i, 1, MPI_INT, 0, world));
  *task = KrTaskGet(i);
  PetscFunctionReturn(PETSC_SUCCESS);
}
