/* Thermodynamics of the minima of a campaign, between its parts. Inside src/tasks/states only. */
#pragma once
#include "tasks/points.h"

/* Columns of a sample, then those of each temperature, then its states in each bin of e. */
enum {
  STATES_SAMPLE,
  STATES_MINIMA,   /* distinct */
  STATES_CARRIERS, /* of them, with a state at T -> 0 */
  STATES_KAUZMANN,
  STATES_N_COLUMNS
};
enum {
  AT_COUNT,
  AT_LOG_SUM,
  AT_FREE_ENERGY,
  AT_ENERGY,
  AT_ENTROPY,
  AT_PARTICIPATION,
  AT_N_COLUMNS
};

typedef struct {
  const KrPlan          *plan; /* borrowed, like the options */
  const KrStatesOptions *options;
  int                    multiplicity; /* KrStates */
  double                 few, top;     /* n_K, highest temperature looked at */
  int                    n_temperatures;
  double                 temperature[KR_TEMPERATURES_MAX];
  int                    n_bins; /* of e, from bin_first up to -E_inf; 0: none */
  double                 bin_first, bin_width;

  /* on world rank 0 */
  int64_t n_samples, n_skipped;
  int     n_columns;
  double *rows;     /* n_samples x n_columns, ascending sample; owned */
  double *expected; /* n_bins: number of states a sample, NaN: unknown; owned */
  double *exact;    /* n_temperatures: ln E Z, NaN: unknown; owned */
} KrStatesTable;

static inline const double *KrStatesAt(const KrStatesTable *table, int64_t sample, int t)
{
  return table->rows + sample * table->n_columns + STATES_N_COLUMNS + (int64_t)t * AT_N_COLUMNS;
}

static inline const double *KrStatesBins(const KrStatesTable *table, int64_t sample)
{
  return KrStatesAt(table, sample, table->n_temperatures);
}

PetscErrorCode KrStatesReport(const KrStatesTable *table);
