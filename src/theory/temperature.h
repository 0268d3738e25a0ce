/* Tables of a law at T > 0, N -> infinity, as kacrice theory prints them. Door of src/theory. */
#pragma once
#include <kacrice/store.h>
#include <kacrice/tap_theory.h>

extern const KrOptionTable KrTheoryTemperatureTable;

typedef struct {
  char   temperature[KR_PATH_MAX]; /* list, empty: nothing about T > 0 */
  double reference;                /* T' of the Franz-Parisi potential; 0: T itself */
  int    overlaps;                 /* rows of the table of that potential */
} KrTheoryTemperatureOptions;

#define KR_THEORY_TEMPERATURES_MAX 1000
#define KR_THEORY_TABLES           5

typedef struct {
  int           n_temperatures, n_energies, n_overlaps;
  double        temperature[KR_THEORY_TEMPERATURES_MAX];
  double        lowest; /* down to here one step is exact; 0: everywhere */
  KrTransitions at;     /* T_d, T_K */
  KrTableArray  tables
    [KR_THEORY_TABLES]; /* equilibrium, TAP states, families of states, threshold, potential; data owned */
} KrTheoryTemperature;

PetscErrorCode KrTheoryTemperatureCompute(MPI_Comm world, const KrTheoryTemperatureOptions *options,
                                          const KrMixture *f, int n_energies,
                                          KrTheoryTemperature *result);
PetscErrorCode KrTheoryTemperaturePrint(MPI_Comm world, const KrTheoryTemperature *result);
void           KrTheoryTemperatureDestroy(KrTheoryTemperature *result);
