/* The solution for N -> infinity beside what was measured at temperatures. Door of src/theory. */
#pragma once
#include <kacrice/base.h>
#include <kacrice/tap_theory.h>

typedef struct {
  KrTransitions at; /* NaN: unknown */
  int           n_curve;
  double       *rows;  /* n_temperatures x KR_THERMO_COLUMNS: at those asked for */
  double       *curve; /* n_curve x KR_THERMO_COLUMNS: hottest first, down to the coldest of them */
} KrThermoLimit;

PetscErrorCode KrThermoLimitCompute(const KrMixture *f, int n_temperatures, const double beta[],
                                    KrThermoLimit *limit);
void           KrThermoLimitDestroy(KrThermoLimit *limit);
