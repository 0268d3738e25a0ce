/* kr_test: labels=thermo,oracle timeout=120 */
/* Planted couplings: the mean over samples of <e> at the temperature of the planted point is -1/T at every N, exactly,
   as a point in equilibrium has the law of the planted one (Nishimori). N = 16, p = 3, 150 samples; false alarm of 4
   standard errors over samples: 6e-5. Replicas that start at the planted point and at random ones agree: the sum of
   squares of their differences in standard errors, over samples, stays within 6 standard deviations of its mean. */
#include "kr_test.h"
#include "model/model_test.h"
#include <kacrice/thermo.h>

#define N         16
#define N_SAMPLES 150
#define COLD      0.9

typedef struct { /* over samples */
  double sum, square, shift, chi;
} Sums;

static PetscErrorCode add_sample(KrModel model, const KrThermoOptions *options,
                                 const KrLadder *ladder, int number, Sums *sums)
{
  KrThermoSample     record;
  PetscBool          stopped;
  const KrThermoRow *cold;

  PetscFunctionBeginUser;
  PetscCall(KrModelDraw(model, 11, number));
  PetscCall(
    KrThermoRun(model, MPI_COMM_SELF, options, ladder, 11, number, NULL, &record, &stopped));
  cold = &record.rows[ladder->n - 1];
  sums->sum += cold->energy / N_SAMPLES;
  sums->square += cold->energy * cold->energy / N_SAMPLES;
  sums->shift += cold->agreement / N_SAMPLES;
  sums->chi += cold->agreement * cold->agreement / N_SAMPLES;
  KrThermoSampleDestroy(&record);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check(const Sums *sums)
{
  const double error = sqrt((sums->square - sums->sum * sums->sum) / (N_SAMPLES - 1));

  PetscFunctionBeginUser;
  PetscCall(KrExpect("error is small", error < 0.03));
  PetscCall(KrExpectNear("<e> = -1/T", sums->sum, -1.0 / COLD, 4.0 * error));
  PetscCall(KrExpectNear("no start is remembered", sums->shift, 0.0, 4.5 / sqrt(N_SAMPLES)));
  /* errors of short series are themselves uncertain: up to twice the variance 2/n, and 20 % of bias */
  PetscCall(KrExpect("differences are as large as their errors",
                     sums->chi < 1.2 + 6.0 * sqrt(4.0 / N_SAMPLES) && sums->chi > 0.5));
  PetscCall(PetscPrintf(PETSC_COMM_SELF, "<e> %.4f +- %.4f (%.4f), shift %.3f, chi %.3f\n",
                        sums->sum, error, -1.0 / COLD, sums->shift, sums->chi));
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char **argv)
{
  const KrMixture       f       = {1, {3}, {1.0}};
  const KrThermoOptions options = {.temperatures = "2,1.4,1.1,0.9",
                                   .ladders      = 2,
                                   .burn_in      = 300,
                                   .sweeps       = 1500,
                                   .steps        = 6,
                                   .acceptance   = 0.8,
                                   .plant        = COLD};
  Sums                  sums    = {0.0, 0.0, 0.0, 0.0};
  KrLadder              ladder;
  KrModel               model;

  PetscFunctionBeginUser;
  PetscCall(KrTestBegin(&argc, &argv));
  PetscCall(make_model(PETSC_COMM_SELF, &f, N, &model));
  PetscCall(KrLadderCreate(PETSC_COMM_SELF, &options, N, &f, &ladder));
  PetscCall(KrExpectEqualInt("temperatures", ladder.n, 4));
  for (int s = 0; s < N_SAMPLES; ++s) PetscCall(add_sample(model, &options, &ladder, s, &sums));
  PetscCall(check(&sums));
  PetscCall(KrModelDestroy(&model));
  return KrTestEnd();
}
