/* Start of every harness: the libraries run, and an error is a return code and no text. */
#include "fuzz.h"
#include <stdlib.h>

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
  static char   name[] = "fuzz", *words[] = {name, NULL};
  static char **mine = words;
  int           n    = 1;

  (void)argc;
  (void)argv;
  (void)setenv("OMPI_MCA_ess_singleton_isolated", "1", 0);
  if (KrInitialize(&n, &mine) != 0 || PetscPushErrorHandler(PetscReturnErrorHandler, NULL) != 0)
    abort();
  (void)PetscPopSignalHandler(); /* a crash is for libFuzzer, which keeps the input */
  return 0;
}
