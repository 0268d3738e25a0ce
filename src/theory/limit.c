/* The solution for N -> infinity beside what was measured at temperatures. */
#include "limit.h"
#include <math.h>
#include <stdlib.h>

#define CURVE_ROWS  120 /* evenly in 1/T down to the coldest temperature */
#define STATES_ROWS 40  /* and from T_d to T_K, where Sigma_eq is */

static int compare_descending(const void *a, const void *b)
{
  const double p = *(const double *)a, q = *(const double *)b;

  return (p < q) - (p > q);
}

/* A row for each temperature; NaN but for T where the solution is not exact. */
static void tabulate(const KrMixture *f, int n, const double temperatures[], double *rows)
{
  for (int i = 0; i < n; ++i) {
    double  *row = rows + (size_t)i * KR_THERMO_COLUMNS;
    KrThermo thermo;

    for (int c = 0; c < KR_THERMO_COLUMNS; ++c) row[c] = NAN;
    if (KrThermoEquilibrium(f, temperatures[i], &thermo) == KR_THEORY_OK)
      KrThermoTabulate(&thermo, row);
    row[0] = temperatures[i];
  }
}

/*
  KrThermoLimitCompute - Equilibrium for N -> infinity at some temperatures, and as a curve between them.

  Not collective

  Input:
+ f              - the law; NULL: none is known
. n_temperatures - how many
- beta           - their inverses, ascending; units of 1/J

  Output:
. limit - caller frees with KrThermoLimitDestroy(); NaN where no law is known or the solution is not exact

  Errors: PETSC_ERR_MEM
  Cost:   about 0.1 ms a row
  Source: docs/theory/thermodynamics.md, sections 1 to 4
  See:    KrThermoEquilibrium()
*/
PetscErrorCode KrThermoLimitCompute(const KrMixture *f, int n_temperatures, const double beta[],
                                    KrThermoLimit *limit)
{
  const double coldest = beta[n_temperatures - 1];
  double      *temperatures, curve[CURVE_ROWS + STATES_ROWS + 1];
  int          n = 0;

  PetscFunctionBeginUser;
  *limit       = (KrThermoLimit){.at = {NAN, NAN, NAN, NAN, NAN, 0}};
  limit->rows  = calloc((size_t)n_temperatures * KR_THERMO_COLUMNS, sizeof(double));
  limit->curve = calloc((CURVE_ROWS + STATES_ROWS + 1) * KR_THERMO_COLUMNS, sizeof(double));
  PetscCheck(limit->rows != NULL && limit->curve != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM,
             "no memory for the limit");
  for (int i = 0; i < n_temperatures * KR_THERMO_COLUMNS; ++i) limit->rows[i] = NAN;
  if (f == NULL || KrThermoTransitions(f, &limit->at) != KR_THEORY_OK)
    PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscMalloc1(n_temperatures, &temperatures));
  for (int t = 0; t < n_temperatures; ++t) temperatures[t] = 1.0 / beta[t];
  tabulate(f, n_temperatures, temperatures, limit->rows);
  PetscCall(PetscFree(temperatures));
  for (int i = 1; i <= CURVE_ROWS; ++i)
    if (coldest > 0.0) curve[n++] = CURVE_ROWS / (coldest * i);
  for (int i = 0; limit->at.dynamic > limit->at.static_ && i <= STATES_ROWS; ++i) {
    const double temperature =
      limit->at.static_ + (limit->at.dynamic - limit->at.static_) * (double)i / STATES_ROWS;

    if (temperature * coldest > 1.0) curve[n++] = temperature;
  }
  qsort(curve, (size_t)n, sizeof *curve, compare_descending);
  tabulate(f, n, curve, limit->curve);
  limit->n_curve = n;
  PetscFunctionReturn(PETSC_SUCCESS);
}

void KrThermoLimitDestroy(KrThermoLimit *limit)
{
  free(limit->rows);
  free(limit->curve);
  *limit = (KrThermoLimit){.n_curve = 0};
}
