/* Options of the states of a finished campaign. */
#include <kacrice/tasks.h>

#define AT(member) offsetof(KrStatesOptions, member)

/* clang-format off */
static const KrOption option_list[] = {
  {"-states_temperature", KR_OPTION_STRING, AT(temperature), "", 0, 0, NULL, "J",
   "temperatures: 0.3,0.5 or first:last:number", PETSC_FALSE},
  {"-states_kind", KR_OPTION_CHOICE, AT(kind), "tap", 0, 0, "tap|harmonic", "",
   "free energy of a minimum: f_TAP for e <= -E_inf, or from all eigenvalues of its Hessian (low T)", PETSC_FALSE},
  {"-states_incomplete", KR_OPTION_CHOICE, AT(incomplete), "refuse", 0, 0, "refuse|skip", "",
   "what to do about samples whose list is not complete", PETSC_FALSE},
  {"-states_few", KR_OPTION_REAL, AT(few), "0", 0, 1e12, NULL, "states",
   "effective number of states that is no longer few, for the Kauzmann temperature; 0: sqrt(N)", PETSC_FALSE},
  {"-states_bin_width", KR_OPTION_REAL, AT(bin_width), "0.01", 1e-5, 10, NULL, "J",
   "bins of e behind the histograms of f", PETSC_FALSE},
  {"-states_out", KR_OPTION_STRING, AT(out), "", 0, 0, NULL, "",
   "files to write, without .h5 and .json; default: states in DIR; only older ones are replaced", PETSC_FALSE},
};
/* clang-format on */
const KrOptionTable KrStatesOptionTable = {"States", option_list,
                                           PETSC_STATIC_ARRAY_LENGTH(option_list)};
