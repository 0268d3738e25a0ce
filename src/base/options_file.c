/* The file of -options_file: taken out of the arguments, read, and known again in messages. */
#include "options_file_impl.h"
#include <kacrice/base.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What was read last; borrowed from the arguments of the program, NULL: none. */
static const char *file_path;

/* What the arguments and the environment say, and what there is with the file; "-name value" in one line each. */
static char *without_file, *with_file;

/* A copy of argv for PETSc: without -options_file FILE, whose path is returned, as it is read under our own error
   handler; and with -skip_petscrc. The caller frees it; NULL: no memory. */
char **KrOptionsFileSplit(int argc, char **argv, int *n_kept, const char **path)
{
  static char skip[] = "-skip_petscrc";
  char      **kept   = malloc(((size_t)argc + 2) * sizeof *kept);

  *n_kept = 0;
  *path   = NULL;
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

/* All options that are there now, in place of an older text. */
static PetscErrorCode list_options(char **text)
{
  char *options;

  PetscFunctionBeginUser;
  PetscCall(PetscOptionsGetAll(NULL, &options));
  free(*text);
  *text = strdup(options);
  PetscCall(PetscFree(options));
  PetscCheck(*text != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for options");
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What would be passed over in silence: all behind a zero byte, which a crash of a file system leaves, and a second
   file named in this one. On one rank. */
static void examine(const char path[], char message[KR_MESSAGE_MAX])
{
  FILE   *file   = fopen(path, "r");
  char   *line   = NULL;
  size_t  size   = 0;
  ssize_t length = 0;

  while (file != NULL && message[0] == '\0' && (length = getline(&line, &size, file)) >= 0) {
    const char *word = line + strspn(line, " \t-");

    if (memchr(line, '\0', (size_t)length) != NULL)
      (void)snprintf(message, KR_MESSAGE_MAX,
                     "-options_file %.500s: holds a zero byte, it is no text; write it anew", path);
    else if (strncmp(word, "options_file", strlen("options_file")) == 0)
      (void)snprintf(message, KR_MESSAGE_MAX,
                     "%.500s: -options_file: one file is read, and no other from it", path);
  }
  free(line);
  if (file != NULL) (void)fclose(file);
}

/* Options of a file, PETSc text or YAML, from KrOptionsFileSplit(); the command line is read again behind it, so that
   it wins. Rank 0 reads it, so rank 0 judges. Collective on world. */
PetscErrorCode KrOptionsFileRead(MPI_Comm world, const char path[], int argc, char **argv)
{
  char           message[KR_MESSAGE_MAX] = "";
  PetscErrorCode code;

  PetscFunctionBeginUser;
  if (path == argv[0])
    (void)snprintf(message, sizeof message, "-options_file: is given twice; one file is read");
  else if (access(path, R_OK) != 0)
    (void)snprintf(
      message, sizeof message,
      "-options_file %.500s: cannot be read; give a file of \"-name value\" lines or a "
      ".yaml",
      path[0] == '\0' ? "(nothing)" : path);
  else examine(path, message);
  PetscCall(KrCheckRoot(world, message));
  PetscCall(list_options(&without_file));
  PetscCall(PetscPushErrorHandler(PetscReturnErrorHandler, NULL));
  code = is_yaml(path) ? PetscOptionsInsertFileYAML(world, NULL, path, PETSC_TRUE)
                       : PetscOptionsInsertFile(world, NULL, path, PETSC_TRUE);
  PetscCall(PetscPopErrorHandler());
  KR_CHECK_INPUT(code == 0, world,
                 "-options_file %s: not understood; give \"-name value\" lines, or \"name: value\" "
                 "lines in a file named .yaml",
                 path);
  /* newer PETSc wants const strings: void * suits both */
  if (argc > 1) PetscCall(PetscOptionsInsertArgs(NULL, argc - 1, (void *)(argv + 1)));
  PetscCall(list_options(&with_file));
  file_path = path;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Whether a name, with its dash, is in a text of options. */
static PetscBool is_listed(const char text[], const char name[], size_t length)
{
  for (const char *at = text; (at = strstr(at, name)) != NULL; at += length)
    if ((at == text || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0'))
      return PETSC_TRUE;
  return PETSC_FALSE;
}

/* The file that gave the option which a message begins with ("-name value: what is wrong"), NULL: none did. */
const char *KrOptionsFileOf(const char message[])
{
  char         name[128];
  const size_t length = strcspn(message, " :");

  if (file_path == NULL || message[0] != '-' || length >= sizeof name) return NULL;
  (void)memcpy(name, message, length);
  name[length] = '\0';
  return is_listed(with_file, name, length) && !is_listed(without_file, name, length) ? file_path
                                                                                      : NULL;
}
