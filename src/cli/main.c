/* kacrice COMMAND [options] */
#include "commands.h"
#include <ctype.h>
#include <signal.h>
#include <string.h>

static PetscBool is_option(const char word[])
{
  return word[0] == '-' && (isalpha((unsigned char)word[1]) || word[1] == '-') ? PETSC_TRUE
                                                                               : PETSC_FALSE;
}

static PetscBool is_help(const char word[])
{
  return strcmp(word, "-h") == 0 || strcmp(word, "-help") == 0 || strcmp(word, "--help") == 0
           ? PETSC_TRUE
           : PETSC_FALSE;
}

/* Turns "kacrice [COMMAND] ... -help" into "kacrice help [COMMAND]" and "kacrice --version" into
   "kacrice version", before PETSc sees them and prints its own. */
static void translate_habits(int *argc, char **argv)
{
  static char help[] = "help", version[] = "version";

  if (*argc == 2 && (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-version") == 0))
    argv[1] = version;
  for (int i = 1; i < *argc; ++i) {
    if (!is_help(argv[i])) continue;
    *argc = i > 1 && !is_option(argv[1]) ? 3 : 2;
    if (*argc == 3) argv[2] = argv[1];
    argv[1]     = help;
    argv[*argc] = NULL;
  }
}

/* A word that is neither an option nor the value of one: a forgotten dash must not pass in silence. */
static PetscErrorCode check_words(MPI_Comm world, const KrCommand *command, int n_words,
                                  char **words, int *n_args)
{
  PetscFunctionBeginUser;
  *n_args = 0;
  while (*n_args < n_words && !is_option(words[*n_args])) ++*n_args;
  KR_CHECK_INPUT(*n_args <= command->n_max, world,
                 "%s: unexpected word; options begin with a dash, see kacrice help "
                 "%s",
                 words[PetscMin(command->n_max, n_words - 1)], command->name);
  KR_CHECK_INPUT(*n_args >= command->n_min, world, "kacrice %s: needs %s", command->name,
                 command->arguments);
  for (int i = *n_args; i < n_words; ++i)
    KR_CHECK_INPUT(is_option(words[i]) || is_option(words[i - 1]), world,
                   "%s: unexpected word behind %s; options begin with a dash, see kacrice help %s",
                   words[i], words[i - 1], command->name);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode run(MPI_Comm world, const KrCommand *command, int argc, char **argv)
{
  int n_args;

  PetscFunctionBeginUser;
  KR_CHECK_INPUT(command != NULL, world, "%s: no such command; kacrice help lists them", argv[1]);
  PetscCall(check_words(world, command, argc > 1 ? argc - 2 : 0, argv + 2, &n_args));
  if (command->task == NULL && command->tables == NULL)
    PetscCall(KrOptionsCheckUnknown(world, command->name, 0, NULL, NULL));
  if (command->task != NULL) PetscCall(KrCommandTask(world, command->task, argv[2]));
  else PetscCall((*command->run)(world, n_args, argv + 2));
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char **argv)
{
  KrCommand      command;
  PetscBool      found;
  PetscErrorCode code;

  translate_habits(&argc, argv);
  found = KrCommandFind(argc > 1 ? argv[1] : "help", &command);
  KrSignalsListen();
  /* beyond a file size limit a write has to fail and be reported, as on a full disk */
  (void)signal(SIGXFSZ, SIG_IGN);
  code = KrInitialize(&argc, &argv);
  (void)signal(SIGPIPE, SIG_DFL); /* "kacrice theory | head" ends in silence */
  if (code == 0)
    KrSignalsEnd(PETSC_COMM_WORLD,
                 "stopped; nothing had to be saved, the same command begins anew");
  if (code == 0) code = run(PETSC_COMM_WORLD, found ? &command : NULL, argc, argv);
  KrSignalsNote();
  if (code != 0) KrLeaveTogether(code);
  (void)KrFinalize();
  return KrExitCode(code);
}
