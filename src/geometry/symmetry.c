/* Symmetries of a landscape: what a table leaves out, and the antipodes. */
#include <kacrice/symmetry.h>
#include <math.h>
#include <string.h>

const KrSymmetry KrSymmetryNone = {.name = "none"};
const KrSymmetry KrSymmetryEven = {.name = "even", .parity = KR_PARITY_EVEN};
const KrSymmetry KrSymmetryOdd  = {.name = "odd", .parity = KR_PARITY_ODD};

/*
  KrSymmetryOfParity - The symmetry of an energy that has its antipodes and no other.

  Not collective

  Input:
. parity - of the energy

  Returns:
  a constant table
*/
const KrSymmetry *KrSymmetryOfParity(KrParity parity)
{
  if (parity == KR_PARITY_EVEN) return &KrSymmetryEven;
  return parity == KR_PARITY_ODD ? &KrSymmetryOdd : &KrSymmetryNone;
}

/* Of an even energy x or -x, by which the largest coordinate is positive. */
static void choose_sign(int n, double x[])
{
  int largest = 0;

  for (int i = 1; i < n; ++i)
    if (fabs(x[i]) > fabs(x[largest])) largest = i;
  for (int i = 0; x[largest] < 0.0 && i < n; ++i)
    if (i != largest) x[i] = -x[i];
  x[largest] = fabs(x[largest]);
}

/*
  KrSymmetryCanonical - Replaces a point by the representative of its class.

  Not collective

  Input:
+ symmetry - the table
- n        - coordinates

  In/out:
. x - length n; of an odd energy it stays, for the sign of the energy decides there

  Errors: none
  See:    KrSymmetrySame()
*/
void KrSymmetryCanonical(const KrSymmetry *symmetry, int n, double x[])
{
  if (symmetry->canonical != NULL) (*symmetry->canonical)(symmetry, n, x);
  else if (symmetry->parity == KR_PARITY_EVEN) choose_sign(n, x);
}

/*
  KrSymmetrySame - Whether two points are one: up to the symmetry, and within a distance.

  Not collective

  Input:
+ symmetry - the table
. n        - coordinates
. x, y     - length n each
- limit    - of the squared distance

  Returns: 1 or 0
  Errors:  none
  See:     docs/adr/0005-what-makes-two-points-the-same.md
*/
int KrSymmetrySame(const KrSymmetry *symmetry, int n, const double x[], const double y[],
                   double limit)
{
  double apart = 0.0, opposite = 0.0;

  if (symmetry->same != NULL) return (*symmetry->same)(symmetry, n, x, y, limit);
  for (int i = 0; i < n; ++i) {
    apart += (x[i] - y[i]) * (x[i] - y[i]);
    opposite += (x[i] + y[i]) * (x[i] + y[i]);
  }
  return apart <= limit || (symmetry->parity != KR_PARITY_NONE && opposite <= limit);
}

/*
  KrSymmetryZeroModes - The directions along which a continuous symmetry moves a point.

  Not collective

  Input:
+ symmetry - the table
. n        - coordinates
- x        - length n

  Output:
. Z - n_modes_max rows of n: so many orthonormal vectors as are returned, a row each; untouched when none are

  Returns: their number, 0 of a finite group
  Errors:  none
*/
int KrSymmetryZeroModes(const KrSymmetry *symmetry, int n, const double x[], double Z[])
{
  return symmetry->zero_modes == NULL ? 0 : (*symmetry->zero_modes)(symmetry, n, x, Z);
}

/*
  KrSymmetryOrder - How many members of the finite part leave a point where it is.

  Not collective

  Input:
+ symmetry - the table
. n        - coordinates
- x        - length n

  Returns: 1 or more
  Errors:  none
  See:     KrSymmetryCopies()
*/
int64_t KrSymmetryOrder(const KrSymmetry *symmetry, int n, const double x[])
{
  return symmetry->order == NULL ? 1 : (*symmetry->order)(symmetry, n, x);
}

/*
  KrSymmetryCopies - How many points the class of a point has, modulo the continuous part.

  Not collective

  Input:
+ symmetry - the table
. n        - coordinates
- x        - length n

  Returns: order of the finite part over KrSymmetryOrder()
  Errors:  none
*/
double KrSymmetryCopies(const KrSymmetry *symmetry, int n, const double x[])
{
  const double pair = symmetry->parity == KR_PARITY_NONE ? 1.0 : 2.0;

  return (symmetry->group_order == NULL ? pair : (*symmetry->group_order)(symmetry, n)) /
         (double)KrSymmetryOrder(symmetry, n, x);
}

/*
  KrSymmetryOrthonormalise - Makes vectors orthonormal, and drops those that depend on the others.

  Not collective

  Input:
+ n      - length of a vector
. n_rows - how many
- limit  - a vector of which the square of what is left is no larger is dropped

  In/out:
. Z - n_rows x n, a vector a row; those kept come first

  Returns: how many are kept
  Errors:  none
  Cost:    2 n_rows^2 n, two passes of Gram and Schmidt
*/
int KrSymmetryOrthonormalise(int n, int n_rows, double limit, double Z[])
{
  int n_kept = 0;

  for (int r = 0; r < n_rows; ++r) {
    double *z = Z + (size_t)n_kept * (size_t)n, square = 0.0;

    if (r > n_kept) (void)memcpy(z, Z + (size_t)r * (size_t)n, (size_t)n * sizeof *z);
    for (int k = 0; k < 2 * n_kept; ++k) {
      const double *y     = Z + (size_t)(k % n_kept) * (size_t)n;
      double        along = 0.0;

      for (int i = 0; i < n; ++i) along += y[i] * z[i];
      for (int i = 0; i < n; ++i) z[i] -= along * y[i];
    }
    for (int i = 0; i < n; ++i) square += z[i] * z[i];
    if (!(square > limit)) continue;
    for (int i = 0; i < n; ++i) z[i] /= sqrt(square);
    n_kept += 1;
  }
  return n_kept;
}
