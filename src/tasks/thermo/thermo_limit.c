/* The solution for N -> infinity beside what Monte Carlo has measured. */
#include "thermo_room.h"
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
  KrThermoLimitCompute - Equilibrium for N -> infinity at the temperatures of a campaign, and as a curve between them.

  Not collective

  Input:
. plan - of the campaign

  Output:
. limit - caller frees with KrThermoLimitDestroy(); NaN where no law is known or the solution is not exact

  Errors: PETSC_ERR_MEM
  Cost:   about 0.1 ms a row
  Source: docs/theory/thermodynamics.md, sections 1 to 4
  See:    KrThermoEquilibrium()
*/
PetscErrorCode KrThermoLimitCompute(const KrPlan *plan, KrThermoLimit *limit)
{
  const KrLadder *ladder  = &KrThermoOf(plan)->ladder;
  const double    coldest = ladder->beta[ladder->n - 1];
  double          temperatures[KR_LADDER_MAX], curve[CURVE_ROWS + STATES_ROWS + 1];
  int             n = 0;

  PetscFunctionBeginUser;
  *limit       = (KrThermoLimit){.at = {NAN, NAN, NAN, NAN, NAN, 0}};
  limit->rows  = calloc((size_t)ladder->n * KR_THERMO_COLUMNS, sizeof(double));
  limit->curve = calloc((CURVE_ROWS + STATES_ROWS + 1) * KR_THERMO_COLUMNS, sizeof(double));
  PetscCheck(limit->rows != NULL && limit->curve != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM,
             "no memory for the limit");
  for (int t = 0; t < ladder->n; ++t) temperatures[t] = 1.0 / ladder->beta[t];
  for (int i = 0; i < ladder->n * KR_THERMO_COLUMNS; ++i) limit->rows[i] = NAN;
  if (!plan->law_given || KrThermoTransitions(&plan->f, &limit->at) != KR_THEORY_OK)
    PetscFunctionReturn(PETSC_SUCCESS);
  tabulate(&plan->f, ladder->n, temperatures, limit->rows);
  for (int i = 1; i <= CURVE_ROWS; ++i)
    if (coldest > 0.0) curve[n++] = CURVE_ROWS / (coldest * i);
  for (int i = 0; limit->at.dynamic > limit->at.static_ && i <= STATES_ROWS; ++i) {
    const double temperature =
      limit->at.static_ + (limit->at.dynamic - limit->at.static_) * (double)i / STATES_ROWS;

    if (temperature * coldest > 1.0) curve[n++] = temperature;
  }
  qsort(curve, (size_t)n, sizeof *curve, compare_descending);
  tabulate(&plan->f, n, curve, limit->curve);
  limit->n_curve = n;
  PetscFunctionReturn(PETSC_SUCCESS);
}

void KrThermoLimitDestroy(KrThermoLimit *limit)
{
  free(limit->rows);
  free(limit->curve);
  *limit = (KrThermoLimit){.n_curve = 0};
}
