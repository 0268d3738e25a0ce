/* The file of -options_file: taken out of the arguments, read, and known again in messages. */
#pragma once
#include <petscsys.h>

char         **KrOptionsFileSplit(int argc, char **argv, int *n_kept, const char **path);
PetscErrorCode KrOptionsFileRead(MPI_Comm world, const char path[], int argc, char **argv);
const char    *KrOptionsFileOf(const char message[]);
