/* Options of Monte Carlo. */
#include <kacrice/thermo.h>

#define AT(member) offsetof(KrThermoOptions, member)

/* clang-format off */
static const KrOption option_list[] = {
  {"-thermo_temperatures", KR_OPTION_STRING, AT(temperatures), "2:0.8", 0, 0, NULL, "J",
   "hot:cold, as many between as will swap; hot:cold:count, in equal ratios; or a list 2,1.5,1", PETSC_TRUE},
  {"-thermo_infinity", KR_OPTION_BOOL, AT(infinity), "true", 0, 0, NULL, "",
   "more temperatures up to infinity, where the entropy is known: needed for entropies", PETSC_TRUE},
  {"-thermo_ladders", KR_OPTION_INT, AT(ladders), "2", 2, 64, NULL, "",
   "independent ladders of replicas, an even number: overlaps are taken between the two of a pair", PETSC_TRUE},
  {"-thermo_burn_in", KR_OPTION_INT64, AT(burn_in), "1000", 1, 1e9, NULL, "sweeps",
   "trajectories a replica before it is measured; steps are adapted meanwhile", PETSC_TRUE},
  {"-thermo_sweeps", KR_OPTION_INT64, AT(sweeps), "4000", 64, 1e9, NULL, "sweeps",
   "trajectories a replica while it is measured", PETSC_TRUE},
  {"-thermo_steps", KR_OPTION_INT, AT(steps), "8", 1, 1000, NULL, "",
   "leapfrog steps of a trajectory", PETSC_TRUE},
  {"-thermo_acceptance", KR_OPTION_REAL, AT(acceptance), "0.8", 0.05, 0.995, NULL, "",
   "acceptance of trajectories that their steps are adapted to", PETSC_TRUE},
  {"-thermo_plant", KR_OPTION_REAL, AT(plant), "0", 0, 1e6, NULL, "J",
   "plant a point in the couplings that is in equilibrium at this temperature, T_K or more; 0: none", PETSC_TRUE},
  {"-thermo_quenches", KR_OPTION_INT, AT(quenches), "16", 0, 1000000, NULL, "",
   "descents to minima from each replica, for the entropy of the states; 0: none", PETSC_TRUE},
  {"-thermo_relaxation", KR_OPTION_REAL, AT(relaxation), "0", 0, 1e9, NULL, "1/J",
   "time over which Langevin dynamics is followed from points in equilibrium; 0: not at all", PETSC_TRUE},
  {"-thermo_overlaps", KR_OPTION_INT, AT(overlaps), "0", 0, 1000, NULL, "",
   "overlaps, 0 to 0.95, at which replicas are held with the planted point: Franz-Parisi potential", PETSC_TRUE},
};
/* clang-format on */
const KrOptionTable KrThermoOptionTable = {"Monte Carlo", option_list,
                                           PETSC_STATIC_ARRAY_LENGTH(option_list)};

/*
  KrThermoOptionsRead - Reads the options of Monte Carlo.

  Collective on comm

  Input:
. comm - reports errors

  Output:
. options - the options; the temperatures are still text, as the ladder depends on N

  Errors: PETSC_ERR_USER_INPUT naming the option
  See:    KrLadderCreate()
*/
PetscErrorCode KrThermoOptionsRead(MPI_Comm comm, KrThermoOptions *options)
{
  PetscFunctionBeginUser;
  PetscCall(KrOptionsRead(comm, &KrThermoOptionTable, options));
  KR_CHECK_INPUT(options->ladders % 2 == 0, comm,
                 "-thermo_ladders %d: must be even, as overlaps are taken between two ladders",
                 options->ladders);
  KR_CHECK_INPUT(
    options->quenches <= options->sweeps, comm,
    "-thermo_quenches %d: must be at most -thermo_sweeps, %lld, as each is after a part "
    "of them",
    options->quenches, (long long)options->sweeps);
  KR_CHECK_INPUT(options->overlaps == 0 || (options->overlaps >= 4 && options->plant > 0.0), comm,
                 "-thermo_overlaps %d: must be 0 or at least 4, and then -thermo_plant must say at "
                 "which temperature the reference is in equilibrium",
                 options->overlaps);
  KR_CHECK_INPUT(options->overlaps * options->ladders <= KR_SLOTS_MAX, comm,
                 "-thermo_overlaps %d: with -thermo_ladders %d this is more than %d held replicas; "
                 "take at most %d",
                 options->overlaps, options->ladders, KR_SLOTS_MAX,
                 KR_SLOTS_MAX / options->ladders);
  KR_CHECK_INPUT(options->relaxation == 0.0 || options->quenches > 0, comm,
                 "-thermo_relaxation %g: dynamics begins where descents do; give -thermo_quenches "
                 "1 or more",
                 options->relaxation);
  PetscFunctionReturn(PETSC_SUCCESS);
}
