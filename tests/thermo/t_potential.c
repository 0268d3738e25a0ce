/* kr_test: labels=thermo,oracle timeout=120 */
/* The Franz-Parisi potential of p = 3 at T = T' = 1 against the replica-symmetric formula (Barrat, Franz & Parisi 1997)
   where it is stable: V and the energy at q = 0.2, 0.5, 0.8 and 0.9. N = 40, 32 samples, 4 standard errors over samples
   (false alarm 8 x 6e-5) and 2/N for the corrections of a finite N. The numbers are solutions of
   q - x^2 = beta^2 p q^(p-1) (1-q)^2. */
#include "kr_test.h"
#include "model/model_test.h"
#include <kacrice/stats.h>
#include <kacrice/thermo.h>

#define N          40
#define N_SAMPLES  32
#define N_OVERLAPS 20 /* 0, 0.05, ..., 0.95 */

static const struct {
  int    place;
  double overlap, potential, energy;
} known[] = {{4, 0.2, 0.0124498355502, -1.00790450757},
             {10, 0.5, 0.0379182700016, -1.04533788552},
             {16, 0.8, 0.172136864493, -1.09500331481},
             {18, 0.9, 0.393861153233, -1.10237954834}};
#define N_KNOWN ((int)(sizeof known / sizeof known[0]))

typedef struct {
  double sum[2], square[2]; /* of V, of e */
} Sums;

static PetscErrorCode add_sample(KrModel model, const KrThermoOptions *options,
                                 const KrLadder *ladder, int number, Sums sums[])
{
  KrThermoSample record;
  PetscBool      stopped;

  PetscFunctionBeginUser;
  PetscCall(KrModelDraw(model, 17, number));
  PetscCall(
    KrThermoRun(model, MPI_COMM_SELF, options, ladder, 17, number, NULL, &record, &stopped));
  PetscCall(KrExpectEqualInt("overlaps", record.n_overlaps, N_OVERLAPS));
  for (int i = 0; i < N_KNOWN; ++i) {
    const double *row = record.potential + (size_t)known[i].place * KR_POTENTIAL_COLUMNS;

    PetscCall(KrExpectNear("overlap", row[0], known[i].overlap, 1e-12));
    sums[i].sum[0] += row[5];
    sums[i].square[0] += row[5] * row[5];
    sums[i].sum[1] += row[3];
    sums[i].square[1] += row[3] * row[3];
  }
  KrThermoSampleDestroy(&record);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check(const Sums sums[])
{
  PetscFunctionBeginUser;
  for (int i = 0; i < N_KNOWN; ++i) {
    double V, V_error, e, e_error;

    KrMeanError(N_SAMPLES, sums[i].sum[0], sums[i].square[0], &V, &V_error);
    KrMeanError(N_SAMPLES, sums[i].sum[1], sums[i].square[1], &e, &e_error);
    PetscCall(PetscPrintf(PETSC_COMM_SELF, "q %.2f  V %.4f +- %.4f (%.4f)  e %.4f +- %.4f (%.4f)\n",
                          known[i].overlap, V, V_error, known[i].potential, e, e_error,
                          known[i].energy));
    PetscCall(KrExpect("errors are small", V_error < 0.03 && e_error < 0.04));
    PetscCall(KrExpectNear("potential", V, known[i].potential, 4.0 * V_error + 2.0 / N));
    PetscCall(KrExpectNear("energy", e, known[i].energy, 4.0 * e_error + 2.0 / N));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char **argv)
{
  const KrMixture       f             = {1, {3}, {1.0}};
  const KrThermoOptions options       = {.temperatures = "2,1.4,1",
                                         .ladders      = 2,
                                         .burn_in      = 100,
                                         .sweeps       = 320,
                                         .steps        = 6,
                                         .acceptance   = 0.8,
                                         .plant        = 1.0,
                                         .overlaps     = N_OVERLAPS};
  Sums                  sums[N_KNOWN] = {{{0.0, 0.0}, {0.0, 0.0}}};
  KrLadder              ladder;
  KrModel               model;

  PetscFunctionBeginUser;
  PetscCall(KrTestBegin(&argc, &argv));
  PetscCall(make_model(PETSC_COMM_SELF, &f, N, &model));
  PetscCall(KrLadderCreate(PETSC_COMM_SELF, &options, N, &f, &ladder));
  for (int s = 0; s < N_SAMPLES; ++s) PetscCall(add_sample(model, &options, &ladder, s, sums));
  PetscCall(check(sums));
  PetscCall(KrModelDestroy(&model));
  return KrTestEnd();
}
