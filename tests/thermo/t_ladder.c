/* kr_test: labels=thermo timeout=60 */
/* How often two temperatures exchange, against the mean of min(1, exp((beta'-beta)(H'-H))) over the two Gaussians of
   docs/theory/monte_carlo.md, section 2, by the trapezoidal rule; and against eq. (5) where the variances agree. */
#include "kr_test.h"
#include <kacrice/thermo.h>
#include <math.h>

#define N_STEPS 200000
#define WIDTH   12.0 /* standard deviations */

/* Variance of H per spin: f(1) of the paramagnet or T^2/2 of a harmonic glass, the smaller one. */
static double variance(double f, double beta)
{
  return fmin(f, 0.5 / (beta * beta));
}

static double by_quadrature(int n, double f, double beta, double next)
{
  const double step   = (next - beta) / N_STEPS;
  const double spread = (next - beta) * sqrt(n * (variance(f, beta) + variance(f, next)));
  double       mean = 0.0, sum = 0.0;

  for (int i = 0; i < N_STEPS; ++i) mean += n * step * variance(f, beta + (i + 0.5) * step);
  for (int i = 0; i <= N_STEPS; ++i) {
    const double z = WIDTH * (2.0 * i / N_STEPS - 1.0);

    sum += 2.0 * WIDTH / N_STEPS * exp(-0.5 * z * z) / sqrt(2.0 * PETSC_PI) *
           fmin(1.0, exp(spread * z - (next - beta) * mean));
  }
  return sum;
}

int main(int argc, char **argv)
{
  const KrMixture pure    = {1, {3}, {1.0}};
  const double    betas[] = {0.1, 0.3, 0.6, 0.8, 1.1, 1.5, 2.5, 10.0};
  const int       n_betas = (int)(sizeof betas / sizeof betas[0]);

  PetscFunctionBeginUser;
  PetscCall(KrTestBegin(&argc, &argv));
  for (int n = 10; n <= 90; n += 40)
    for (int i = 0; i < n_betas; ++i)
      for (int j = i + 1; j < n_betas; ++j) {
        const double got = KrLadderSwap(n, &pure, betas[i], betas[j]);

        PetscCall(KrExpectNear("exchange", got, by_quadrature(n, 1.0, betas[i], betas[j]),
                               1e-7 + 0.01 * got));
        if (betas[j] < sqrt(0.5))
          PetscCall(KrExpectNear("equal variances", got,
                                 erfc(0.5 * (betas[j] - betas[i]) * sqrt(n)), 1e-12));
      }
  PetscCall(KrExpect("never", KrLadderSwap(40, &pure, 0.5, 10.0) < 1e-6));
  return KrTestEnd();
}
