/* The BLAS behind LAPACK: which kernels it took, and how many threads it may have. Its libraries have no common
   interface for either, so a function of a known name is looked for in the program. */
#include <kacrice/base.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

/* The function, or NULL. A function's address comes as that of an object (POSIX, dlsym). */
static void find_function(const char name[], void *function)
{
  void *program = dlopen(NULL, RTLD_LAZY);

  *(void **)function = program == NULL ? NULL : dlsym(program, name);
  if (program != NULL) (void)dlclose(program);
}

/*
  KrBlasName - Which kernels the BLAS has chosen for this CPU.

  Not collective

  Input:
. length - of name

  Output:
. name - "OpenBLAS SkylakeX"; "unknown" for a library that does not tell
*/
void KrBlasName(char name[], size_t length)
{
  const char *(*tell)(void);

  (void)snprintf(name, length, "unknown");
  find_function("openblas_get_corename", &tell);
  if (tell != NULL) (void)snprintf(name, length, "OpenBLAS %s", (*tell)());
}

/*
  KrBlasOneThread - Gives the BLAS one thread, unless the environment asks for a number of them.

  Not collective

  Notes:
  Ranks are the parallelism here. A BLAS left alone takes every core for each rank, and its threads go on spinning
  between calls: every rank is then slower, and so is what is measured beside them. OpenBLAS, MKL, BLIS and OpenMP are
  asked. In the environment OMP_NUM_THREADS, OPENBLAS_NUM_THREADS, MKL_NUM_THREADS or BLIS_NUM_THREADS have the last
  word.
*/
void KrBlasOneThread(void)
{
  static const char *const variables[] = {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS",
                                          "MKL_NUM_THREADS", "BLIS_NUM_THREADS"};
  static const char *const setters[]   = {"openblas_set_num_threads", "MKL_Set_Num_Threads",
                                          "bli_thread_set_num_threads", "omp_set_num_threads"};
  void (*set)(int);

  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(variables); ++i)
    if (getenv(variables[i]) != NULL) return;
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(setters); ++i) {
    find_function(setters[i], &set);
    if (set != NULL) (*set)(1);
  }
}
