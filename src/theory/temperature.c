/* kacrice theory -theory_temperature: equilibrium, TAP states, threshold states and the Franz-Parisi potential. */
#include "temperature.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COLDEST    1e-100 /* J */
#define AT(member) offsetof(KrTheoryTemperatureOptions, member)

/* clang-format off */
static const KrOption option_list[] = {
  {"-theory_temperature", KR_OPTION_STRING, AT(temperature), "", 0, 0, NULL, "J",
   "temperatures at which to print thermodynamics: 0.5,0.7 or first:last:number", PETSC_FALSE},
  {"-theory_reference_temperature", KR_OPTION_REAL, AT(reference), "0", 0, 1e6, NULL, "J",
   "of the reference of the Franz-Parisi potential, at least T_K; 0: the same as of the probe", PETSC_FALSE},
  {"-theory_overlaps", KR_OPTION_INT, AT(overlaps), "20", 2, 100000, NULL, "",
   "rows of the table of the Franz-Parisi potential", PETSC_FALSE},
};
/* clang-format on */
const KrOptionTable KrTheoryTemperatureTable = {"Theory at T > 0", option_list,
                                                PETSC_STATIC_ARRAY_LENGTH(option_list)};

enum { EQUILIBRIUM, STATES, FAMILIES, THRESHOLD, POTENTIAL };

/* Rows of a table, NaN where nothing is known. */
static PetscErrorCode allocate(KrTheoryTemperature *result, int table, const char name[],
                               const char description[], int64_t n_rows, int n_columns)
{
  const size_t size = (size_t)n_rows * (size_t)n_columns;
  double      *data = malloc((size + 1) * sizeof *data);

  PetscFunctionBeginUser;
  PetscCheck(data != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for tables");
  for (size_t i = 0; i < size; ++i) data[i] = NAN;
  result->tables[table] = (KrTableArray){name, description, n_rows, n_columns, data};
  PetscFunctionReturn(PETSC_SUCCESS);
}

static double *row_of(const KrTheoryTemperature *result, int table, int64_t row)
{
  return (double *)result->tables[table].data + row * result->tables[table].n_columns;
}

static PetscErrorCode compute_equilibrium(MPI_Comm world, const KrMixture *f,
                                          KrTheoryTemperature *result)
{
  PetscFunctionBeginUser;
  PetscCall(allocate(result, EQUILIBRIUM, "equilibrium", KrThermoColumns, result->n_temperatures,
                     KR_THERMO_COLUMNS));
  for (int i = 0; i < result->n_temperatures; ++i) {
    KrThermo thermo;
    int      status = KrThermoEquilibrium(f, result->temperature[i], &thermo);

    KR_CHECK_INPUT(status == KR_THEORY_OK, world,
                   "-theory_temperature %.10g: one step of replica symmetry breaking is not exact "
                   "for this mixture there; it is for T >= %.6g",
                   result->temperature[i], result->lowest);
    KrThermoTabulate(&thermo, row_of(result, EQUILIBRIUM, i));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A row of the states for each temperature and energy from E_0 to -E_inf; none for mixtures. */
static PetscErrorCode compute_states(const KrMixture *f, KrTheoryTemperature *result)
{
  const PetscBool has_states = KrMixtureIsPure(f) && f->order[0] > 2 ? PETSC_TRUE : PETSC_FALSE;
  const int       n          = has_states ? result->n_energies : 0;
  const double    low = KrComplexityGroundEnergy(f, 0), high = KrComplexityThresholdEnergy(f);

  PetscFunctionBeginUser;
  PetscCall(allocate(result, STATES, "tap_states",
                     "columns: T, e, T_sp(e), q, f_TAP, u, Sigma(f, T), lower edge of the Hessian; "
                     "NaN where the state does not exist",
                     (int64_t)result->n_temperatures * n, 8));
  for (int64_t i = 0; n > 0 && i < result->tables[STATES].n_rows; ++i) {
    double      *row = row_of(result, STATES, i);
    const double e   = low + (high - low) * (double)(i % n) / PetscMax(n - 1, 1);
    KrTap        tap;

    row[0] = result->temperature[i / n];
    row[1] = e;
    row[2] = KrTapSpinodal(f, e);
    if (KrTapDescribe(f, e, row[0], &tap) != KR_THEORY_OK) continue;
    row[3] = tap.q;
    row[4] = tap.free_energy;
    row[5] = tap.energy;
    row[6] = KrComplexityEnergy(f, e);
    row[7] = tap.edge;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* All states by their overlap, from the lowest to the marginal ones; for mixtures in the place of TAP states. */
static PetscErrorCode compute_families(const KrMixture *f, KrTheoryTemperature *result)
{
  const int n = result->n_energies;

  PetscFunctionBeginUser;
  PetscCall(allocate(result, FAMILIES, "states",
                     "columns: T, q, m, f of the states, u, Sigma(f, T), replicon; NaN where there "
                     "are none or they are not stable",
                     (int64_t)result->n_temperatures * n, 7));
  for (int64_t i = 0; i < result->tables[FAMILIES].n_rows; ++i) {
    double  *row = row_of(result, FAMILIES, i);
    double   high, low;
    KrFamily family;

    row[0] = result->temperature[i / n];
    if (KrThermoFamilyRange(f, row[0], &high, &low) != KR_THEORY_OK) continue;
    row[1] = low + (high - low) * (double)(i % n) / PetscMax(n - 1, 1);
    if (KrThermoFamily(f, row[0], row[1], &family) != KR_THEORY_OK) continue;
    row[2] = family.m;
    row[3] = family.free_energy;
    row[4] = family.energy;
    row[5] = family.complexity;
    row[6] = family.replicon;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode compute_threshold(const KrMixture *f, KrTheoryTemperature *result)
{
  PetscFunctionBeginUser;
  PetscCall(allocate(result, THRESHOLD, "threshold",
                     "columns: T, q, u, T over the effective temperature; NaN above T_d",
                     result->n_temperatures, 4));
  for (int i = 0; i < result->n_temperatures; ++i) {
    double     *row = row_of(result, THRESHOLD, i);
    KrThreshold threshold;

    row[0] = result->temperature[i];
    if (KrThermoThreshold(f, row[0], &threshold) != KR_THEORY_OK) continue;
    row[1] = threshold.q;
    row[2] = threshold.energy;
    row[3] = threshold.ratio;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Rows for the temperatures at which a reference in equilibrium is known. */
static PetscErrorCode compute_potential(const KrMixture *f, double reference,
                                        KrTheoryTemperature *result)
{
  const int n_overlaps = result->n_overlaps;
  int       n          = 0;

  PetscFunctionBeginUser;
  for (int i = 0; i < result->n_temperatures; ++i)
    if (reference > 0.0 || result->temperature[i] >= result->at.static_) n += 1;
  PetscCall(
    allocate(result, POTENTIAL, "franz_parisi",
             "columns: T, T of the reference, overlap x, q of the probe, V, u of the probe, "
             "replicon, 1 where replica symmetry is exact and 0 where V is a lower bound",
             (int64_t)n * n_overlaps, 8));
  n = 0;
  for (int i = 0; i < result->n_temperatures; ++i) {
    const double temperature = result->temperature[i];
    const double held        = reference > 0.0 ? reference : temperature;

    if (held < result->at.static_) continue;
    for (int x = 0; x < n_overlaps; ++x) {
      const double  overlap = (double)x / n_overlaps;
      double       *row     = row_of(result, POTENTIAL, n++);
      KrFranzParisi probe;
      const int     status = KrFranzParisiAt(f, held, temperature, overlap, &probe);

      row[0] = temperature;
      row[1] = held;
      row[2] = overlap;
      row[3] = probe.q;
      row[4] = probe.potential;
      row[5] = probe.energy;
      row[6] = probe.replicon;
      row[7] = status == KR_THEORY_OK ? 1.0 : 0.0;
    }
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrTheoryTemperatureCompute - Makes the tables of thermodynamics that the options ask for.

  Collective on world

  Input:
+ world      - reports errors
. options    - as read; an empty list makes empty tables
. f          - the model
- n_energies - rows of the table of TAP states a temperature

  Output:
. result - the caller ends it with KrTheoryTemperatureDestroy()

  Errors: PETSC_ERR_USER_INPUT for T <= 0, where the solution is not exact, and for a reference below T_K
  Source: docs/theory/thermodynamics.md
*/
PetscErrorCode KrTheoryTemperatureCompute(MPI_Comm world, const KrTheoryTemperatureOptions *options,
                                          const KrMixture *f, int n_energies,
                                          KrTheoryTemperature *result)
{
  PetscFunctionBeginUser;
  *result = (KrTheoryTemperature){.n_energies = n_energies, .n_overlaps = options->overlaps};
  if (options->temperature[0] != '\0')
    PetscCall(KrRealListRead(world, "-theory_temperature", options->temperature, 0.0,
                             KR_THEORY_TEMPERATURES_MAX, &result->n_temperatures,
                             result->temperature));
  for (int i = 0; i < result->n_temperatures; ++i)
    KR_CHECK_INPUT(result->temperature[i] >= COLDEST, world,
                   "-theory_temperature %.10g: must be at least %g, below which numbers overflow; "
                   "everything printed is that of T = 0 long before",
                   result->temperature[i], COLDEST);
  KR_CHECK_INPUT(result->n_temperatures > 0 || options->reference == 0.0, world,
                 "-theory_reference_temperature %.10g: has no probe; give -theory_temperature too",
                 options->reference);
  if (result->n_temperatures == 0) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCheck(KrThermoTransitions(f, &result->at) == KR_THEORY_OK, world, PETSC_ERR_LIB,
             "no transitions of this mixture");
  KR_CHECK_INPUT(
    options->reference == 0.0 || options->reference >= result->at.static_, world,
    "-theory_reference_temperature %.10g: a reference in equilibrium is known for T >= "
    "T_K = %.10g",
    options->reference, result->at.static_);
  result->lowest = KrThermoLowest(f);
  PetscCall(compute_equilibrium(world, f, result));
  PetscCall(compute_states(f, result));
  PetscCall(compute_families(f, result));
  PetscCall(compute_threshold(f, result));
  PetscCall(compute_potential(f, options->reference, result));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode print_transitions(MPI_Comm world, const KrTheoryTemperature *result)
{
  const KrTransitions *at = &result->at;

  PetscFunctionBeginUser;
  PetscCall(PetscPrintf(world, "\nT > 0 (N -> infinity; per spin, the sphere has entropy 0)\n"));
  if (at->is_continuous)
    PetscCall(PetscPrintf(
      world, "  T_c      = %.13f   the overlap grows from zero; no states above\n", at->static_));
  else {
    PetscCall(PetscPrintf(world, "  T_d      = %.13f   states appear, q = %.13f\n", at->dynamic,
                          at->q_dynamic));
    PetscCall(PetscPrintf(world, "  T_K      = %.13f   they become few, q = %.13f\n", at->static_,
                          at->q_static));
    PetscCall(PetscPrintf(world, "  Sigma_eq(T_d)    = %.13f\n", at->complexity));
  }
  if (result->lowest > 0.0)
    PetscCall(PetscPrintf(world, "  one step of replica symmetry breaking is exact for T >= %.6f\n",
                          result->lowest));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A table with columns of one width, NaN as "-"; rows are set apart where the first column changes. */
static PetscErrorCode print_table(MPI_Comm world, const KrTheoryTemperature *result, int which,
                                  const char heading[])
{
  const KrTableArray *table = &result->tables[which];

  PetscFunctionBeginUser;
  if (table->n_rows == 0) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscPrintf(world, "\n%s\n", heading));
  for (int64_t i = 0; i < table->n_rows; ++i) {
    const double *row = row_of(result, which, i);

    for (int c = 0; c < table->n_columns; ++c) {
      const char     *word    = which == EQUILIBRIUM && c == 1 ? KrPhaseName((KrPhase)row[c])
                                : which == POTENTIAL && c == 7 ? (row[c] > 0.0 ? "exact" : "bound")
                                                               : "-";
      const PetscBool is_word = strcmp(word, "-") != 0 || isnan(row[c]) ? PETSC_TRUE : PETSC_FALSE;

      if (is_word) PetscCall(PetscPrintf(world, "%s%14s", c > 0 ? " " : "", word));
      else PetscCall(PetscPrintf(world, "%s%14.10f", c > 0 ? " " : "", row[c]));
    }
    PetscCall(PetscPrintf(world, "\n"));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrTheoryTemperaturePrint - Prints the tables of thermodynamics for people.

  Collective on world; rank 0 prints

  Input:
+ world  - who prints
- result - from KrTheoryTemperatureCompute(); nothing is printed without temperatures
*/
PetscErrorCode KrTheoryTemperaturePrint(MPI_Comm world, const KrTheoryTemperature *result)
{
  PetscFunctionBeginUser;
  if (result->n_temperatures == 0) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(print_transitions(world, result));
  PetscCall(print_table(world, result, EQUILIBRIUM,
                        "equilibrium; e: of the T = 0 critical points that carry the states\n"
                        "             T          phase           q_EA              m              f"
                        "              u       Sigma_eq              e       replicon"));
  PetscCall(print_table(world, result, STATES,
                        "TAP states on T = 0 critical points of energy e, from E_0 to -E_inf\n"
                        "             T              e        T_sp(e)              q          f_TAP"
                        "              u    Sigma(f, T)   Hessian edge"));
  if (result->tables[STATES].n_rows == 0 && !result->at.is_continuous)
    PetscCall(
      print_table(world, result, FAMILIES,
                  "states by their overlap, from the lowest to the marginal ones\n"
                  "             T              q              m              f              u"
                  "    Sigma(f, T)       replicon"));
  PetscCall(print_table(world, result, THRESHOLD,
                        "threshold states, where a quench ends after long times\n"
                        "             T              q              u       T/T_eff"));
  PetscCall(
    print_table(world, result, POTENTIAL,
                "Franz-Parisi potential; bound: replica symmetry is not exact, V is larger\n"
                "             T             T'              x              q              V"
                "              u       replicon           V is"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrTheoryTemperatureDestroy - Frees the tables.

  Not collective

  In/out:
. result - may be empty, and destroyed twice
*/
void KrTheoryTemperatureDestroy(KrTheoryTemperature *result)
{
  for (int t = 0; t < KR_THEORY_TABLES; ++t) free((double *)result->tables[t].data);
  *result = (KrTheoryTemperature){0};
}
