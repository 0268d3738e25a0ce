/* kr_test: ranks=1,2 labels=spectrum timeout=60 */
/* Index, margin and eigenvalues across the zero modes of a continuous symmetry, by every method. */
#include "kr_test.h"
#include "landscapes.h"
#include <kacrice/spectrum.h>
#include <string.h>

#define LOW 3

/* Eigenvalues `want` at x, and no others. */
static PetscErrorCode check(KrModel model, const double x[], int m, const double want[])
{
  int index = 0;

  PetscFunctionBeginUser;
  for (int i = 0; i < m; ++i) index += want[i] < 0.0;
  for (int method = KR_SPECTRUM_LAPACK; method <= KR_SPECTRUM_DENSE; ++method) {
    const KrSpectrumOptions options = {.lowest = LOW, .highest = 1, .method = method};
    double                  low[LOW], high[1], all[8], margin = INFINITY;
    KrSpectrum              spectrum = {.lowest = low, .highest = high, .all = all};

    PetscCall(KrSpectrumCompute(&options, model, x, &spectrum));
    PetscCall(KrExpectEqualInt("index", spectrum.index, index));
    for (int i = 0; i < m; ++i) margin = fmin(margin, fabs(want[i]));
    PetscCall(KrExpectNear("margin", spectrum.margin, margin, 1e-6 * margin));
    for (int i = 0; i < LOW && i < m; ++i)
      PetscCall(KrExpectNear("lowest", low[i], want[i], 1e-6 * fabs(want[i])));
    for (int i = m; i < LOW; ++i) PetscCall(KrExpect("no more than there are", isnan(low[i])));
    PetscCall(KrExpectNear("highest", high[0], want[m - 1], 1e-6 * fabs(want[m - 1])));
    if (method == KR_SPECTRUM_LAPACK) PetscCall(KrExpectEqualInt("all", spectrum.n_all, m));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The quadrature has no weight on the zero modes: its first moment is the trace of the rest. */
static PetscErrorCode check_density(KrModel model, const double x[], double mean)
{
  const KrSpectrumOptions options = {.method = KR_SPECTRUM_DENSE};
  double                  nodes[80], weights[80], sum = 0.0, total = 0.0;
  int                     n_nodes[40], n = 0;

  PetscFunctionBeginUser;
  PetscCall(KrSpectrumDensity(&options, model, x, 40, 2, n_nodes, nodes, weights));
  for (int v = 0; v < 40; ++v) n += n_nodes[v];
  for (int i = 0; i < n; ++i) {
    total += weights[i];
    sum += weights[i] * nodes[i];
    PetscCall(KrExpect("no node at the zero modes", fabs(nodes[i]) > 0.5));
  }
  PetscCall(KrExpectNear("weights", total, 1.0, 1e-12));
  PetscCall(KrExpect("their mean", fabs(sum - mean) < 0.3));
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char **argv)
{
  static const double centre[3] = {0.0, 0.0, 0.0}, circle[3] = {0.6, -0.8, 0.0};
  const double        r = pow(2.0, 1.0 / 6.0), pair[4] = {0.3, -0.2, 0.3 + 0.6 * r, -0.2 + 0.8 * r};
  KrModel             hat, two;

  PetscCall(KrTestBegin(&argc, &argv));
  PetscCall(make_landscape(PETSC_COMM_WORLD, "hat", &hat_whole, &hat));
  PetscCall(make_landscape(PETSC_COMM_WORLD, "pair", &pair_minimal, &two));
  PetscCall(check(hat, centre, 3, (const double[3]){-1.0, -1.0, 1.0}));
  PetscCall(check(hat, circle, 2, (const double[2]){1.0, 2.0}));
  PetscCall(check_density(hat, circle, 1.5));
  PetscCall(check(two, pair, 1, (const double[1]){PAIR_CURVE}));
  PetscCall(KrModelDestroy(&hat));
  PetscCall(KrModelDestroy(&two));
  return KrTestEnd();
}
