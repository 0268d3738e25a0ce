/* The commands of the program. Each reads as a table of contents; what it does lives in the layers below. */
#pragma once
#include <kacrice/base.h>
#include <kacrice/campaign.h>

typedef PetscErrorCode (*KrCommandFn)(MPI_Comm world, int n_args,
                                      char **args); /* args: what follows the command */

typedef struct {
  const char *name;
  const char *arguments;    /* positional, for the usage line: "DIR" */
  int         n_min, n_max; /* how many of them */
  const char *summary;      /* one line */
  KrCommandFn run;
  const KrOptionTable *const *(*tables)(int *n_tables); /* NULL: no options */
  const KrTask *task; /* then run and tables are NULL; NULL: it makes no campaign */
} KrCommand;

PetscBool KrCommandGet(int i, KrCommand *command);
PetscBool KrCommandFind(const char name[], KrCommand *command);

PetscErrorCode KrCommandTask(MPI_Comm world, const KrTask *task, const char folder[]);
PetscErrorCode KrCommandTheory(MPI_Comm world, int n_args, char **args);
PetscErrorCode KrCommandExport(MPI_Comm world, int n_args, char **args);
PetscErrorCode KrCommandCertify(MPI_Comm world, int n_args, char **args);
PetscErrorCode KrCommandStatus(MPI_Comm world, int n_args, char **args);
PetscErrorCode KrCommandMerge(MPI_Comm world, int n_args, char **args);
PetscErrorCode KrCommandStates(MPI_Comm world, int n_args, char **args);
PetscErrorCode KrCommandIndex(MPI_Comm world, int n_args, char **args);
PetscErrorCode KrCommandInspect(MPI_Comm world, int n_args, char **args);
PetscErrorCode KrCommandList(MPI_Comm world, int n_args, char **args);
PetscErrorCode KrCommandVerify(MPI_Comm world, int n_args, char **args);
PetscErrorCode KrCommandBench(MPI_Comm world, int n_args, char **args);
PetscErrorCode KrCommandVersion(MPI_Comm world, int n_args, char **args);
PetscErrorCode KrCommandHelp(MPI_Comm world, int n_args, char **args);

const KrOptionTable *const *KrHelpTables(int *n_tables);
const KrOptionTable *const *KrTheoryTables(int *n_tables);
const KrOptionTable *const *KrExportTables(int *n_tables);
const KrOptionTable *const *KrCertifyTables(int *n_tables);
const KrOptionTable *const *KrStatusTables(int *n_tables);
const KrOptionTable *const *KrMergeTables(int *n_tables);
const KrOptionTable *const *KrStatesTables(int *n_tables);
const KrOptionTable *const *KrInspectTables(int *n_tables);
const KrOptionTable *const *KrBenchTables(int *n_tables);
