/* The Gaussian orthogonal ensemble: one-point density at finite n, ordered eigenvalues. */
#include <kacrice/theory.h>
#include "goe_order.h"
#include "hermite.h"
#include <math.h>
#include <string.h>

/*
  KrGoeDensity - One-point density of the eigenvalues of GOE(n), density exp(-sum lambda^2 / 4), in closed
                 form.

  Not collective, pure

  Input:
+ n - order of the matrix, 1 <= n <= KR_THEORY_N_MAX
- x - point

  Returns: density per unit of x, integral n; NAN when n is out of range

  Cost:   O(n)
  Source: docs/theory/kac_rice.md, eq. (15); Mehta, Random Matrices, section 7.2
*/
double KrGoeDensity(int n, double x)
{
  double phi[KR_THEORY_N_MAX + 2], left[KR_THEORY_N_MAX + 1], right[KR_THEORY_N_MAX + 1];
  double density = 0.0;

  if (n < 1 || n > KR_THEORY_N_MAX) return NAN;
  KrHermiteFunctions(n + 1, -x, phi);
  KrHermiteIntegrals(n + 1, -x, phi, right); /* mirrored: right_j = (-1)^j times this */
  KrHermiteFunctions(n + 1, x, phi);
  KrHermiteIntegrals(n + 1, x, phi, left);
  for (int j = 0; j < n; ++j) density += phi[j] * phi[j];
  if (n % 2 == 0) density += 0.25 * sqrt((double)n) * phi[n - 1] * (left[n] - right[n]);
  else
    density += 0.25 * sqrt((double)n) * phi[n - 1] * (left[n] + right[n]) +
               phi[n - 1] / (left[n - 1] + right[n - 1]);
  return density;
}

/*
  KrGoeOrderDensity - Densities of the n_index smallest eigenvalues of GOE(n) at one point, exact.

  Not collective

  Input:
+ n       - order of the matrix, 1 <= n <= KR_THEORY_N_MAX
. x       - point, in the units of KrGoeDensity()
- n_index - how many, 1 <= n_index <= n

  Output:
. density - length n_index; density[k] is that of the (k+1)-th smallest eigenvalue, integral 1. Values
            below their own rounding error are set to zero

  Errors: KR_THEORY_BAD_INPUT, KR_THEORY_NO_MEMORY
  Cost:   up to 50 eliminations of n^3 / 6 complex multiply-adds
  Source: docs/theory/kac_rice.md, eqs. (6), (7), (14)
*/
int KrGoeOrderDensity(int n, double x, int n_index, double density[])
{
  KrGoeOrder order;
  double     all[KR_THEORY_N_MAX];
  int        status;

  if (n < 1 || n > KR_THEORY_N_MAX || n_index < 1 || n_index > n || !isfinite(x))
    return KR_THEORY_BAD_INPUT;
  status = KrGoeOrderCreate(n, &order);
  if (status == KR_THEORY_OK) {
    KrGoeOrderEvaluate(&order, x, n_index, all);
    memcpy(density, all, (size_t)n_index * sizeof(*density));
  }
  KrGoeOrderDestroy(&order);
  return status;
}
