/* The table of commands, and what they say about themselves. */
#include "commands.h"
#include <string.h>

/* clang-format off */
static const KrCommand commands[] = {
  {"theory", "", 0, 0, "print what is known exactly: thresholds, complexity, finite-N expected counts",
   KrCommandTheory, KrTheoryTables, NULL},
  {"export", "", 0, 0, "write the tensor of a disorder sample to an HDF5 file",
   KrCommandExport, KrExportTables, NULL},
  {"certify", "DIR", 1, 1, "prove every critical point of a finished campaign anew from its files",
   KrCommandCertify, KrCertifyTables, NULL},
  {"status", "DIR", 1, 1, "tell how far a campaign or a study is, what failed and how long it will take",
   KrCommandStatus, KrStatusTables, NULL},
  {"merge", "OUT DIR...", 2, 1 << 20, "one ensemble, in the new folder OUT, of the samples of many folders",
   KrCommandMerge, KrMergeTables, NULL},
  {"states", "DIR", 1, 1, "thermodynamics at T > 0 of the minima of a finished campaign",
   KrCommandStates, KrStatesTables, NULL},
  {"index", "DIR", 1, 1, "write DIR/index.h5, through which all samples of a campaign are seen",
   KrCommandIndex, NULL, NULL},
  {"inspect", "PATH", 1, 1, "tell what is in a campaign folder or a file of kacrice",
   KrCommandInspect, KrInspectTables, NULL},
  {"list", "", 0, 0, "list the models, searches, spectrum methods and instruction sets of this build",
   KrCommandList, NULL, NULL},
  {"verify", "", 0, 0, "check this installation against exact answers",
   KrCommandVerify, NULL, NULL},
  {"bench", "WHAT", 1, 1, "measure kernels, ranks, descent, census, steps, campaign or thermo",
   KrCommandBench, KrBenchTables, NULL},
  {"version", "", 0, 0, "print version, sources, compiler and libraries",
   KrCommandVersion, NULL, NULL},
  {"help", "[COMMAND]", 0, 1, "print this, or the options of a command; of another landscape with -model_type TYPE",
   KrCommandHelp, KrHelpTables, NULL},
};
/* clang-format on */

static KrCommand of_task(const KrTask *task)
{
  const int n_args = KrTaskInput(task) != NULL ? 1 : 0; /* the folder that it reads */

  return (KrCommand){.name      = KrTaskCommand(task),
                     .arguments = n_args > 0 ? "DIR" : "",
                     .n_min     = n_args,
                     .n_max     = n_args,
                     .summary   = KrTaskAbout(task),
                     .task      = task};
}

/*
  KrCommandGet - Walks the commands: first those that make campaigns, then the others.

  Not collective

  Input:
. i - from 0 on

  Output:
. command - filled if there is one

  Returns:
  false behind the last one
*/
PetscBool KrCommandGet(int i, KrCommand *command)
{
  int n_tasks = 0;

  while (KrTaskGet(n_tasks) != NULL) ++n_tasks;
  if (i >= n_tasks + (int)PETSC_STATIC_ARRAY_LENGTH(commands)) return PETSC_FALSE;
  *command = i < n_tasks ? of_task(KrTaskGet(i)) : commands[i - n_tasks];
  return PETSC_TRUE;
}

/*
  KrCommandFind - Finds a command by its name.

  Not collective

  Input:
. name - as typed

  Output:
. command - filled if there is one

  Returns:
  whether there is
*/
PetscBool KrCommandFind(const char name[], KrCommand *command)
{
  for (int i = 0; KrCommandGet(i, command); ++i)
    if (strcmp(command->name, name) == 0) return PETSC_TRUE;
  return PETSC_FALSE;
}

static PetscErrorCode print_usage(MPI_Comm world)
{
  KrCommand command;

  PetscFunctionBeginUser;
  PetscCall(PetscPrintf(world, "kacrice: critical points of random energy landscapes\n\n"
                               "usage: kacrice COMMAND [-option value ...]\n"
                               "       mpirun -n RANKS kacrice COMMAND [-option value ...]\n\n"));
  for (int i = 0; KrCommandGet(i, &command); ++i)
    PetscCall(
      PetscPrintf(world, "  %-8s %-10s %s\n", command.name, command.arguments, command.summary));
  PetscCall(PetscPrintf(
    world, "\nOptions may also come from -options_file FILE: lines \"-name value\", or, in a file "
           "named .yaml, \"name: value\".\n\"kacrice help census\" names every option of "
           "census.\n"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static const KrOptionTable *const help_tables[] = {&KrModelOptionTable};

const KrOptionTable *const *KrHelpTables(int *n_tables)
{
  *n_tables = PETSC_STATIC_ARRAY_LENGTH(help_tables);
  return help_tables;
}

static PetscErrorCode print_options(MPI_Comm world, const KrCommand *command, int model_type)
{
  const KrOptionTable *const *tables;
  int                         n_tables;

  PetscFunctionBeginUser;
  if (command->task == NULL && command->tables == NULL) PetscFunctionReturn(PETSC_SUCCESS);
  tables =
    command->task != NULL ? KrTaskTables(command->task, &n_tables) : (*command->tables)(&n_tables);
  for (int t = 0; t < n_tables; ++t) {
    PetscCall(KrOptionsHelp(world, tables[t]));
    if (tables[t] == &KrModelOptionTable && KrModelOwnTable(model_type) != NULL)
      PetscCall(KrOptionsHelp(world, KrModelOwnTable(model_type)));
  }
  PetscCall(
    PetscPrintf(world, "-options_file FILE reads options from a file; the command line wins.\n"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* kacrice help [COMMAND] [-model_type TYPE] */
PetscErrorCode KrCommandHelp(MPI_Comm world, int n_args, char **args)
{
  KrModelOptions model;
  KrCommand      command;
  PetscBool      found;

  PetscFunctionBeginUser;
  PetscCall(KrOptionsRead(world, &KrModelOptionTable, &model));
  PetscCall(KrOptionsCheckUnknown(world, "help", PETSC_STATIC_ARRAY_LENGTH(help_tables),
                                  help_tables, NULL));
  if (n_args == 0) {
    PetscCall(print_usage(world));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  found = KrCommandFind(args[0], &command);
  KR_CHECK_INPUT(found, world, "%s: no such command; kacrice help lists them", args[0]);
  PetscCall(
    PetscPrintf(world, "kacrice %s %s - %s\n\n", command.name, command.arguments, command.summary));
  PetscCall(print_options(world, &command, model.type));
  PetscFunctionReturn(PETSC_SUCCESS);
}
