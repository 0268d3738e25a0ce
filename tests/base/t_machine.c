/* kr_test: labels=base */
/* What a rank takes of its machine: the threads of the BLAS, and aligned memory. */
#include "kr_test.h"
#include <dlfcn.h>
#include <kacrice/base.h>
#include <stdlib.h>
#include <string.h>

static const char *const variables[] = {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS",
                                        "MKL_NUM_THREADS", "BLIS_NUM_THREADS"};

/* One thread where nobody asks for a number of them; what is asked where somebody does. Of OpenBLAS, which tells. */
static PetscErrorCode check_threads(void)
{
  void (*set)(int) = NULL;
  int (*get)(void) = NULL;
  int most;

  PetscFunctionBeginUser;
  *(void **)&set = dlsym(RTLD_DEFAULT, "openblas_set_num_threads");
  *(void **)&get = dlsym(RTLD_DEFAULT, "openblas_get_num_threads");
  if (set == NULL || get == NULL) PetscFunctionReturn(PETSC_SUCCESS);
  (*set)(2);
  most = (*get)(); /* 1 where the library was built for one thread */
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(variables); ++i) (void)unsetenv(variables[i]);
  KrBlasOneThread();
  PetscCall(KrExpectEqualInt("threads of the BLAS", (*get)(), 1));
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(variables); ++i) {
    (void)setenv(variables[i], "2", 1);
    (*set)(2);
    KrBlasOneThread();
    PetscCall(KrExpectEqualInt(variables[i], (*get)(), most));
    (void)unsetenv(variables[i]);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* On both sides of a huge page. */
static PetscErrorCode check_memory(void)
{
  static const int64_t counts[] = {0, 1, 7, 8, 262143, 262144, 262145, 3000000};

  PetscFunctionBeginUser;
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(counts); ++i) {
    double *memory = KrMemoryAligned(counts[i]);

    PetscCall(KrExpect("memory", memory != NULL));
    PetscCall(KrExpect("aligned", (uintptr_t)memory % 64 == 0));
    for (int64_t k = 0; k < counts[i]; ++k) memory[k] = 1.0; /* a sanitizer would tell */
    free(memory);
  }
  PetscCall(KrExpect("more than there is", KrMemoryAligned(INT64_C(1) << 57) == NULL));
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char **argv)
{
  PetscErrorCode code = KrTestBegin(&argc, &argv);

  if (code == 0) code = check_threads();
  if (code == 0) code = check_memory();
  return code == 0 ? KrTestEnd() : 1;
}
