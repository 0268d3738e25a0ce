/* Parts of the task thermo. Inside src/tasks/thermo only. */
#pragma once
#include "campaign/campaign_impl.h"
#include <kacrice/thermo.h>
#include "theory/limit.h"

extern const KrTask KrTaskThermo; /* thermo_task.c */

typedef struct { /* of a plan */
  KrThermoOptions options;
  KrLadder        ladder;
} KrThermoPart;

static inline const KrThermoPart *KrThermoOf(const KrPlan *plan)
{
  return plan->part;
}

/* ---- thermo_ensemble.c: all samples of Monte Carlo together; thermo_summary.c: told ---- */
typedef struct { /* of one quantity at each temperature, over samples; NaN: none has it */
  double *mean, *error;
} KrThermoMean;

typedef struct
{ /* of one quantity at each temperature, over the samples that have it: for jackknives */
  size_t  offset; /* in KrThermoRow */
  double  sum[KR_LADDER_MAX];
  int64_t count[KR_LADDER_MAX];
} KrThermoSums;

typedef struct { /* straight line by least squares, its jackknife errors over samples */
  int    n;      /* points; below 3: there is no line */
  double intercept, intercept_error, slope, slope_error;
} KrThermoLine;

typedef struct { /* on world rank 0, which has read all shards; else zeros */
  int64_t         n_samples;
  KrThermoSample *samples; /* n_samples, rows and correlation only; the first has times too */
  KrThermoMean fields[KR_THERMO_ROW_FIELDS]; /* of KrThermoRowFields with KR_USE_MEAN, else NULL */
  double      *overlaps, *overlaps_error;    /* n_temperatures x KR_OVERLAP_BINS: density of q */
  double      *correlation;                  /* n_temperatures x n_times */
  double      *potential,
    *potential_error; /* n_overlaps x KR_POTENTIAL_COLUMNS: means over samples and their errors */
  double *relaxation, *relaxation_error; /* n_temperatures: the mean correlation is 1/e */
  double  kauzmann[2],
    kauzmann_error[2]; /* temperature where the harmonic and the TAP one vanish; NaN: nowhere */
  double       kauzmann_first, kauzmann_last; /* temperatures of the fit */
  KrThermoLine adam_gibbs;                    /* ln tau against 1 / (T S_conf) */
  double       agreement,
    slowest; /* mean square of the difference of starts in errors; longest time in sweeps */
  double swap, swap_hot, swap_cold; /* rarest exchange, and between which temperatures */
  double trips, seconds;
} KrThermoEnsemble;

int                 KrThermoHasMean(int field);
PetscErrorCode      KrThermoAggregate(const KrPlan *plan, KrThermoEnsemble *ensemble);
const KrThermoMean *KrThermoFind(const KrThermoEnsemble *ensemble, const char name[]);
void                KrThermoSumsOf(const KrThermoEnsemble *all, int n_temperatures, size_t offset,
                                   KrThermoSums *sums);
double         KrThermoMeanWithout(const KrThermoEnsemble *all, const KrThermoSums *sums, int t,
                                   int64_t without);
void           KrThermoEnsembleDestroy(KrThermoEnsemble *ensemble);
PetscErrorCode KrThermoRelax(const KrPlan *plan, KrThermoEnsemble *all); /* thermo_relaxation.c */
PetscErrorCode KrThermoConclude(MPI_Comm world, const KrPlan *plan, int n_groups, double began,
                                int64_t n_wanted);
