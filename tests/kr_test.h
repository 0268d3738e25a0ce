/* Expectations for test programs that use MPI or PETSc. A failed expectation is printed by its rank and counted;
   the program goes on, so that one run shows all that is wrong. How to write a test: docs/style.md. */
#pragma once
#include <kacrice/base.h>

/* Every KrExpect...() may be called by any rank, any number of times: none of them communicates. */
PetscErrorCode KrTestBegin(int *argc, char ***argv);
PetscErrorCode KrExpect(const char name[], int condition);
PetscErrorCode KrExpectNear(const char name[], double got, double want, double tolerance);
PetscErrorCode KrExpectEqualInt(const char name[], int64_t got, int64_t want);
PetscErrorCode KrExpectEqualText(const char name[], const char got[], const char want[]);
PetscErrorCode KrExpectError(const char name[], PetscErrorCode got, PetscErrorCode want);
int            KrTestEnd(void);
