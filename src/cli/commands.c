/* The table of commands, and what they say about themselves. */
#include "commands.h"
#include <string.h>

/* clang-format off */
const KrCommand KrCommands[] = {
  {"census", "", 0, 0, "find the critical points of disorder samples and compare their histogram with theory",
   KrCommandCensus, KrCensusTables},
  {"tap", "DIR", 1, 1, "follow the points of a finished campaign to T > 0: TAP states, births and deaths",
   KrCommandTap, KrTapTables},
  {"thermo", "", 0, 0, "bring disorder samples to equilibrium at temperatures: energy, overlaps, entropies, relaxation",
   KrCommandThermo, KrThermoTables},
  {"theory", "", 0, 0, "print what is known exactly: thresholds, complexity, finite-N expected counts",
   KrCommandTheory, KrTheoryTables},
  {"export", "", 0, 0, "write the tensor of a disorder sample to an HDF5 file",
   KrCommandExport, KrExportTables},
  {"certify", "DIR", 1, 1, "prove every critical point of a finished campaign anew from its files",
   KrCommandCertify, KrCertifyTables},
  {"status", "DIR", 1, 1, "tell how far a campaign or a study is, what failed and how long it will take",
   KrCommandStatus, KrStatusTables},
  {"merge", "OUT DIR...", 2, 1 << 20, "one ensemble, in the new folder OUT, of the samples of many folders",
   KrCommandMerge, KrMergeTables},
  {"states", "DIR", 1, 1, "thermodynamics at T > 0 of the minima of a finished campaign",
   KrCommandStates, KrStatesTables},
  {"index", "DIR", 1, 1, "write DIR/index.h5, through which all samples of a campaign are seen",
   KrCommandIndex, NULL},
  {"inspect", "PATH", 1, 1, "tell what is in a campaign folder or a file of kacrice",
   KrCommandInspect, KrInspectTables},
  {"list", "", 0, 0, "list the models, searches, spectrum methods and instruction sets of this build",
   KrCommandList, NULL},
  {"verify", "", 0, 0, "check this installation against exact answers",
   KrCommandVerify, NULL},
  {"bench", "WHAT", 1, 1, "measure kernels, ranks, descent, census, steps, campaign or thermo",
   KrCommandBench, KrBenchTables},
  {"version", "", 0, 0, "print version, sources, compiler and libraries",
   KrCommandVersion, NULL},
  {"help", "[COMMAND]", 0, 1, "print this, or the options of a command; of another landscape with -model_type TYPE",
   KrCommandHelp, KrHelpTables},
};
/* clang-format on */
const int KrCommandCount = PETSC_STATIC_ARRAY_LENGTH(KrCommands);

/*
  KrCommandFind - Finds a command by its name.

  Not collective

  Input:
. name - as typed

  Returns:
  the command, a constant; NULL when there is none
*/
const KrCommand *KrCommandFind(const char name[])
{
  for (int i = 0; i < KrCommandCount; ++i)
    if (strcmp(KrCommands[i].name, name) == 0) return &KrCommands[i];
  return NULL;
}

static PetscErrorCode print_usage(MPI_Comm world)
{
  PetscFunctionBeginUser;
  PetscCall(PetscPrintf(world, "kacrice: critical points of random energy landscapes\n\n"
                               "usage: kacrice COMMAND [-option value ...]\n"
                               "       mpirun -n RANKS kacrice COMMAND [-option value ...]\n\n"));
  for (int i = 0; i < KrCommandCount; ++i)
    PetscCall(PetscPrintf(world, "  %-8s %-10s %s\n", KrCommands[i].name, KrCommands[i].arguments,
                          KrCommands[i].summary));
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

/* kacrice help [COMMAND] [-model_type TYPE] */
PetscErrorCode KrCommandHelp(MPI_Comm world, int n_args, char **args)
{
  const KrCommand *command = NULL;
  KrModelOptions   model;
  int              n_tables;

  PetscFunctionBeginUser;
  PetscCall(KrOptionsRead(world, &KrModelOptionTable, &model));
  PetscCall(
    KrOptionsCheckUnknown(world, "help", PETSC_STATIC_ARRAY_LENGTH(help_tables), help_tables));
  if (n_args == 0) {
    PetscCall(print_usage(world));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  command = KrCommandFind(args[0]);
  KR_CHECK_INPUT(command != NULL, world, "%s: no such command; kacrice help lists them", args[0]);
  PetscCall(PetscPrintf(world, "kacrice %s %s - %s\n\n", command->name, command->arguments,
                        command->summary));
  if (command->tables != NULL) {
    const KrOptionTable *const *tables = (*command->tables)(&n_tables);

    for (int t = 0; t < n_tables; ++t) {
      PetscCall(KrOptionsHelp(world, tables[t]));
      if (tables[t] == &KrModelOptionTable && KrModelOwnTable(model.type) != NULL)
        PetscCall(KrOptionsHelp(world, KrModelOwnTable(model.type)));
    }
    PetscCall(
      PetscPrintf(world, "-options_file FILE reads options from a file; the command line wins.\n"));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
