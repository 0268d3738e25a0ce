/* The file of -options_file: taken out of the arguments, read, and known again in messages. */
#include "options_file_impl.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { FILE_MAX_BYTES = 1 << 17 };

/* What was read last; borrowed from the arguments of the program, NULL: none. */
static const char *file_path;

/* The options that it gave, and the arguments of the program; both for messages. */
static KrOptionPairs file_pairs;
static int           n_arguments;
static char        **arguments;

/* A copy of argv for PETSc: without -options_file FILE, whose path is returned, as it is read under our own error
   handler; and with -skip_petscrc. The caller frees it; NULL: no memory. */
char **KrOptionsFileSplit(int argc, char **argv, int *n_kept, const char **path)
{
  static char skip[] = "-skip_petscrc";
  char      **kept   = malloc(((size_t)argc + 2) * sizeof *kept);

  n_arguments = argc;
  arguments   = argv;
  *n_kept     = 0;
  *path       = NULL;
  if (kept == NULL) return NULL;
  for (int i = 0; i < argc; ++i) {
    if (i > 0 && strcmp(argv[i], "-options_file") == 0) {
      if (*path != NULL) *path = argv[0]; /* two of them: no file can be meant */
      else *path = i + 1 < argc ? argv[i + 1] : "";
      ++i;
    } else {
      kept[(*n_kept)++] = argv[i];
    }
  }
  kept[(*n_kept)++] = skip;
  kept[*n_kept]     = NULL;
  return kept;
}

static PetscBool is_yaml(const char path[])
{
  const char *dot = strrchr(path, '.');

  return dot != NULL && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0) ? PETSC_TRUE
                                                                                : PETSC_FALSE;
}

/* The file on rank 0; what is wrong with it into message. */
static void read_file(const char path[], char **text, size_t *length, char message[KR_MESSAGE_MAX])
{
  const int status = KrFileRead(path, FILE_MAX_BYTES, text, length);

  if (status != 0)
    (void)snprintf(message, KR_MESSAGE_MAX,
                   "-options_file %.500s: cannot be read: %s; give a file of \"-name value\" lines "
                   "or a .yaml",
                   path[0] == '\0' ? "(nothing)" : path, KrFileError(status));
}

/* The text that rank 0 has read, on every rank; each frees its own. */
static PetscErrorCode share_text(MPI_Comm world, char **text, size_t *length)
{
  PetscMPIInt rank, n = (PetscMPIInt)*length;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(world, &rank));
  PetscCallMPI(MPI_Bcast(&n, 1, MPI_INT, 0, world));
  if (rank != 0) *text = malloc((size_t)n + 1);
  PetscCheck(*text != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for options");
  PetscCallMPI(MPI_Bcast(*text, n + 1, MPI_CHAR, 0, world));
  *length = (size_t)n;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Options of a file, "-name value" lines or YAML, from KrOptionsFileSplit(); the command line is read again behind it,
   so that it wins. Rank 0 reads it, all judge it alike. Collective on world. */
PetscErrorCode KrOptionsFileRead(MPI_Comm world, const char path[], int argc, char **argv)
{
  char        message[KR_MESSAGE_MAX] = "", reason[KR_MESSAGE_MAX] = "";
  char       *text   = NULL;
  size_t      length = 0;
  PetscMPIInt rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(world, &rank));
  if (path == argv[0])
    (void)snprintf(message, sizeof message, "-options_file: is given twice; one file is read");
  else if (rank == 0) read_file(path, &text, &length, message);
  PetscCall(KrCheckRoot(world, message));
  PetscCall(share_text(world, &text, &length));
  KrOptionPairsDestroy(&file_pairs);
  PetscCall(KrOptionPairsParse(text, length, is_yaml(path), &file_pairs, reason));
  free(text);
  KR_CHECK_INPUT(reason[0] == '\0', world, "-options_file %.300s: %.600s", path, reason);
  for (int i = 0; i < file_pairs.count; ++i)
    PetscCall(PetscOptionsSetValue(NULL, file_pairs.names[i], file_pairs.values[i]));
  /* newer PETSc wants const strings: void * suits both */
  if (argc > 1) PetscCall(PetscOptionsInsertArgs(NULL, argc - 1, (void *)(argv + 1)));
  file_path = path;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Whether PETSC_OPTIONS has an option. */
static PetscBool is_in_environment(const char name[])
{
  const char  *text   = getenv("PETSC_OPTIONS");
  const size_t length = strlen(name);

  for (; text != NULL && *text != '\0'; text += strcspn(text, " \t\n")) {
    text += strspn(text, " \t\n");
    if (strncasecmp(text, name, length) == 0 && strchr(" \t\n", text[length]) != NULL)
      return PETSC_TRUE;
  }
  return PETSC_FALSE;
}

/* Where the option was given which a message begins with ("-name value: what is wrong"): the name of the options file,
   or PETSC_OPTIONS; NULL: on the command line, or nowhere. The command line wins over the file, and that over the
   environment. */
const char *KrOptionsFileOf(const char message[])
{
  char         name[128];
  const size_t length = strcspn(message, " :");

  if (message[0] != '-' || length >= sizeof name) return NULL;
  (void)memcpy(name, message, length);
  name[length] = '\0';
  for (int i = 1; i < n_arguments; ++i)
    if (strcasecmp(arguments[i], name) == 0) return NULL;
  for (int i = 0; file_path != NULL && i < file_pairs.count; ++i)
    if (strcasecmp(file_pairs.names[i], name) == 0) return file_path;
  return is_in_environment(name) ? "PETSC_OPTIONS" : NULL;
}
