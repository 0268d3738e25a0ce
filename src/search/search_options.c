/* Options of searches. */
#include <kacrice/search.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define STARTS_ALL    100000000
#define STARTS_MINIMA 6000

#define AT(member) offsetof(KrSearchOptions, member)

/* clang-format off */
static const KrOption option_list[] = {
  {"-search_kind", KR_OPTION_CHOICE, AT(kind), "all", 0, 0, "minima|all|homotopy", "",
   "descent to minima; Newton to critical points of every index; or all of them proved, pure p = 3, 4", PETSC_TRUE},
  {"-search_starts", KR_OPTION_INT64, AT(starts), "0", 0, 1e12, NULL, "",
   "most random starts of each disorder sample, see -census_missing; 0: 1e8, for minima 6000", PETSC_TRUE},
  {"-search_energy", KR_OPTION_STRING, AT(energy), "", 0, 0, NULL, "J",
   "only points with e = H/N in lo:hi, such as -1.75:-1.4; empty: all", PETSC_TRUE},
  {"-search_gradient_tol", KR_OPTION_REAL, AT(gradient_tol), "1e-11", 1e-14, 1e-3, NULL, "J",
   "found when |P grad H| / sqrt(N) is below it; J: 1, of a user's tensor the size of H / sqrt(N)", PETSC_TRUE},
  {"-newton_max_iter", KR_OPTION_INT, AT(newton_max_iter), "200", 1, 1000000, NULL, "steps",
   "steps a Newton search may take", PETSC_TRUE},
  {"-newton_range", KR_OPTION_REAL, AT(newton_range), "1.2", 0.01, 10, NULL, "2 sqrt(f''(1))",
   "initial radial curvature mu is uniform in +- this", PETSC_TRUE},
  {"-newton_free", KR_OPTION_INT, AT(newton_free), "15", 0, 1000000, NULL, "steps",
   "mu is a free unknown for so many steps, then the Rayleigh quotient", PETSC_TRUE},
  {"-newton_cap", KR_OPTION_REAL, AT(newton_cap), "0", 0, 100, NULL, "sqrt(N)",
   "longest Newton step; 0: 24/N, at most 1.2", PETSC_TRUE},
  {"-descent_method", KR_OPTION_CHOICE, AT(descent_method), "gradient", 0, 0,
   "gradient|lbfgs|newton_cg", "",
   "gradient: fixed step; lbfgs: a tenth of its contractions; newton_cg: one start at a time",
   PETSC_TRUE},
  {"-descent_max_iter", KR_OPTION_INT, AT(descent_max_iter), "100000", 1, 1000000000, NULL, "steps",
   "steps a descent may take; of lbfgs and newton_cg: contractions", PETSC_TRUE},
  {"-descent_step", KR_OPTION_REAL, AT(descent_step), "0", 0, 10, NULL, "1/J",
   "step of the descent, halved where the energy would rise; 0: 1/(4 sqrt(f''(1)))", PETSC_TRUE},
  {"-descent_polish", KR_OPTION_REAL, AT(descent_polish), "1e-3", 0, 1, NULL, "J",
   "|P grad H| / sqrt(N) below which Newton ends a descent whose Hessian is positive", PETSC_TRUE},
  {"-homotopy_target", KR_OPTION_REAL, AT(homotopy_target), "1e-4", 1e-10, 1, NULL, "",
   "error of a prediction along a path, |x| = 1: sets the step", PETSC_TRUE},
};
/* clang-format on */
const KrOptionTable KrSearchOptionTable = {"Search", option_list,
                                           PETSC_STATIC_ARRAY_LENGTH(option_list)};

/*
  KrSearchOptionsRead - Reads the options of a search, the window of energies as numbers.

  Collective on comm

  Input:
. comm - all ranks that read

  Output:
. options - with energy_first < energy_last, or both 0 for all energies

  Errors: PETSC_ERR_USER_INPUT naming the option
*/
PetscErrorCode KrSearchOptionsRead(MPI_Comm comm, KrSearchOptions *options)
{
  int length = 0, n_read;

  PetscFunctionBeginUser;
  PetscCall(KrOptionsRead(comm, &KrSearchOptionTable, options));
  options->starts_given = options->starts > 0 ? PETSC_TRUE : PETSC_FALSE;
  if (!options->starts_given)
    options->starts = options->kind == KR_SEARCH_MINIMA ? STARTS_MINIMA : STARTS_ALL;
  options->energy_first = options->energy_last = 0.0;
  if (options->energy[0] == '\0') PetscFunctionReturn(PETSC_SUCCESS);
  n_read =
    sscanf(options->energy, "%lf:%lf%n", &options->energy_first, &options->energy_last, &length);
  KR_CHECK_INPUT(n_read == 2 && options->energy[length] == '\0' &&
                   options->energy_first < options->energy_last &&
                   isfinite(options->energy_last - options->energy_first),
                 comm, "-search_energy %s: must be lo:hi with lo < hi, finite, such as -1.75:-1.4",
                 options->energy);
  PetscFunctionReturn(PETSC_SUCCESS);
}
