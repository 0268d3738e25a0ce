/* The file of -options_file: taken out of the arguments, read, and known again in messages. */
#pragma once
#include <kacrice/base.h>
#include <petscsys.h>

char         **KrOptionsFileSplit(int argc, char **argv, int *n_kept, const char **path);
PetscErrorCode KrOptionsFileRead(MPI_Comm world, const char path[], int argc, char **argv);
const char    *KrOptionsFileOf(const char message[]);

/* ---- options_text.c ---- */
typedef struct { /* options as a text has them, in its order */
  int    count;
  char **names, **values; /* with its dash; NULL for an option without a value */
} KrOptionPairs;

PetscErrorCode KrOptionPairsParse(const char text[], size_t length, PetscBool is_yaml,
                                  KrOptionPairs *pairs, char message[KR_MESSAGE_MAX]);
void           KrOptionPairsDestroy(KrOptionPairs *pairs);
