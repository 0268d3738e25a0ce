/* kr_test: ranks=1,2 labels=thermo,oracle,parallel timeout=120 */
/* p = 2: H = y^T L y in the basis of the eigenvectors, so that ln Z on the sphere is one integral over the Lagrange
   multiplier (Kosterlitz, Thouless & Jones 1976), at finite N. Energy, specific heat, ln Z and entropy of a whole run
   agree with it at each temperature; the ladders of a run may be shared by ranks. False alarms: 4 quantities x 10
   temperatures beyond 4.5 standard errors, 3e-4 for Gaussian errors; jackknife errors of 32 blocks add a little. */
#include "kr_test.h"
#include "model/model_test.h"
#include <complex.h>
#include <kacrice/thermo.h>
#include <petscblaslapack.h>

#define N      10
#define LIMIT  4.5
#define POINTS 20001

static PetscErrorCode eigenvalues(KrModel model, double values[N])
{
  double       x[N], g[N], E, H[N * N], work[16 * N];
  PetscBLASInt n = N, lwork = 16 * N, info;

  PetscFunctionBeginUser;
  draw_points(N, 1, x);
  PetscCall(KrModelDerivatives(model, 1, x, &E, g, H));
  for (int i = 0; i < N * N; ++i) H[i] *= 0.5;
  PetscCallBLAS("LAPACKsyev", LAPACKsyev_("N", "L", &n, H, &n, values, work, &lwork, &info));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* z with sum 1 / (2 (z + beta L)) = N, to the right of all poles: the integrand's saddle. */
static double saddle(const double values[N], double beta)
{
  double low = -beta * values[0], high = low + N;

  for (int k = 0; k < 200; ++k) {
    const double z   = 0.5 * (low + high);
    double       sum = 0.0;

    for (int i = 0; i < N; ++i) sum += 0.5 / (z + beta * values[i]);
    if (sum > N) low = z;
    else high = z;
  }
  return high;
}

typedef struct {
  double log_z, energy, square; /* ln Z + a constant, <H>, <H^2> */
} Exact;

/* Integral of e^(N z) / prod sqrt(z + beta L) along z = saddle + i y, y = sinh(t): trapezoids in t. <H> and <H^2>
   bring in S1 = sum L / 2(z + beta L) and S1^2 + S2, S2 = sum L^2 / 2(z + beta L)^2: derivatives by beta under
   the integral. */
static Exact integrate(const double values[N], double beta)
{
  const double   from = saddle(values, beta), step = 16.0 / (POINTS - 1);
  double complex sum[3] = {0.0, 0.0, 0.0};
  double         scale  = N * from;

  for (int i = 0; i < N; ++i) scale -= 0.5 * log(from + beta * values[i]);
  for (int k = 0; k < POINTS; ++k) {
    const double         t      = -8.0 + k * step;
    const double complex z      = from + I * sinh(t);
    double complex       weight = N * z - scale, s1 = 0.0, s2 = 0.0;

    for (int i = 0; i < N; ++i) {
      const double complex r = values[i] / (z + beta * values[i]);

      weight -= 0.5 * clog(z + beta * values[i]);
      s1 += 0.5 * r;
      s2 += 0.5 * r * r;
    }
    weight = cexp(weight) * cosh(t);
    sum[0] += weight;
    sum[1] += weight * s1;
    sum[2] += weight * (s1 * s1 + s2);
  }
  return (Exact){.log_z  = scale + log(creal(sum[0])),
                 .energy = creal(sum[1]) / creal(sum[0]),
                 .square = creal(sum[2]) / creal(sum[0])};
}

static PetscErrorCode within(const char name[], double got, double want, double error)
{
  PetscFunctionBeginUser;
  PetscCall(KrExpectNear(name, got, want, LIMIT * error));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check(const KrThermoSample *record, const double values[N])
{
  const Exact hottest = integrate(values, 0.0);

  PetscFunctionBeginUser;
  PetscCall(KrExpect("it reaches infinity", record->rows[0].beta == 0.0));
  for (int t = 0; t < record->n_temperatures; ++t) {
    const KrThermoRow *row   = &record->rows[t];
    const Exact        exact = integrate(values, row->beta);
    const double       log_z = (exact.log_z - hottest.log_z) / N;

    PetscCall(within("energy", row->energy, exact.energy / N, row->energy_error));
    PetscCall(within("heat", row->heat,
                     row->beta * row->beta * (exact.square - exact.energy * exact.energy) / N,
                     row->heat_error + 1e-12));
    PetscCall(within("log Z", row->log_z, log_z, row->log_z_error + 1e-12));
    PetscCall(within("entropy", row->entropy, log_z + row->beta * exact.energy / N,
                     row->entropy_error + 1e-12));
    PetscCall(KrExpect("errors are small", row->energy_error < 0.02 && row->entropy_error < 0.02));
    PetscCall(KrExpect("both starts agree", fabs(row->agreement) < LIMIT));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The formula itself: at beta = 0, <H> = tr L and <H^2> - <H>^2 = 2 N/(N+2) (tr L^2 - (tr L)^2 / N), moments of the
   sphere. */
static PetscErrorCode check_oracle(const double values[N])
{
  const Exact exact = integrate(values, 0.0);
  double      trace = 0.0, square = 0.0;

  PetscFunctionBeginUser;
  for (int i = 0; i < N; ++i) trace += values[i], square += values[i] * values[i];
  PetscCall(KrExpectNear("first moment", exact.energy, trace, 1e-9));
  PetscCall(KrExpectNear("second moment", exact.square - exact.energy * exact.energy,
                         2.0 * N / (N + 2.0) * (square - trace * trace / N), 1e-9));
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char **argv)
{
  const KrMixture       f       = {1, {2}, {1.0}};
  const KrThermoOptions options = {.temperatures = "1.5:0.25",
                                   .infinity     = 1,
                                   .ladders      = 4,
                                   .burn_in      = 500,
                                   .sweeps       = 4000,
                                   .steps        = 4,
                                   .acceptance   = 0.8};
  KrLadder              ladder;
  KrThermoSample        record;
  KrModel               model;
  PetscBool             stopped;
  double                values[N];

  PetscFunctionBeginUser;
  PetscCall(KrTestBegin(&argc, &argv));
  PetscCall(make_model(PETSC_COMM_SELF, &f, N, &model));
  PetscCall(eigenvalues(model, values));
  PetscCall(check_oracle(values));
  PetscCall(KrLadderCreate(PETSC_COMM_SELF, &options, N, &f, &ladder));
  PetscCall(KrThermoRun(model, MPI_COMM_WORLD, &options, &ladder, 3, 7, NULL, &record, &stopped));
  PetscCall(check(&record, values));
  KrThermoSampleDestroy(&record);
  PetscCall(KrModelDestroy(&model));
  return KrTestEnd();
}
