/* The symmetry of a cloud of particles as a table: its group, its zero modes, what shape a cloud has. */
#include "cloud_impl.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A rotation in the plane of axes a and b moves a particle at r by e_a r_b - e_b r_a. Where all particles lie on a
   line, the rotation about that line moves none, and is no zero mode. */
static int find_zero_modes(const KrSymmetry *symmetry, int n, const double x[], double Z[])
{
  const int d = ((const KrCloud *)symmetry)->dimension, m = n / d;
  double    r[KR_CLOUD_MAX * 3], square                   = 0.0;
  double   *z = Z;

  (void)memset(Z, 0, (size_t)symmetry->n_modes_max * (size_t)n * sizeof *Z);
  KrCloudCentre(d, m, x, r);
  for (int i = 0; i < n; ++i) square += r[i] * r[i];
  for (int a = 0; a < d; ++a, z += n)
    for (int i = 0; i < m; ++i) z[i * d + a] = 1.0 / sqrt(m);
  for (int a = 0; a < d; ++a)
    for (int b = 0; b < a; ++b, z += n)
      for (int i = 0; i < m; ++i) {
        z[i * d + a] = r[i * d + b];
        z[i * d + b] = -r[i * d + a];
      }
  return d + KrSymmetryOrthonormalise(n, d * (d - 1) / 2, KR_CLOUD_FLAT * square,
                                      Z + (size_t)d * (size_t)n);
}

/* Exchanges of like particles, times 2 for the hands. */
static double find_group_order(const KrSymmetry *symmetry, int n)
{
  const KrCloud *cloud = (const KrCloud *)symmetry;
  double         order = cloud->has_mirror ? 2.0 : 1.0;

  for (int i = 0; i < n / cloud->dimension; ++i) {
    int n_like = 1;

    for (int j = 0; j < i; ++j) n_like += cloud->kind == NULL || cloud->kind[j] == cloud->kind[i];
    order *= n_like;
  }
  return order;
}

/*
  KrCloudInitialise - Fills in the symmetry of a cloud.

  Not collective

  Input:
+ dimension  - d of space, 2 or 3
. has_mirror - 1: a cloud and its mirror image are one
- kind       - of each particle, lent for as long as the table is used: those of equal number may change places, numbers
               0 ... n-1 label each; NULL: all are alike

  Output:
. cloud - its member `table` is the symmetry of a landscape of N = d n coordinates, n at most KR_CLOUD_MAX

  Notes:
  A cloud that lies in a plane of space, or on a line, is its own mirror image, and has its order twice: once for each
  hand. So a square has the order 16 in space, and 8 in the plane.

  Errors: none
  See:    KrSymmetrySame(), KrSymmetryZeroModes()
*/
void KrCloudInitialise(int dimension, int has_mirror, const int kind[], KrCloud *cloud)
{
  *cloud = (KrCloud){.table      = {.name        = "cloud",
                                    .parity      = KR_PARITY_NONE,
                                    .n_modes_max = dimension + dimension * (dimension - 1) / 2,
                                    .canonical   = KrCloudCanonical,
                                    .same        = KrCloudSame,
                                    .zero_modes  = find_zero_modes,
                                    .order       = KrCloudOrder,
                                    .group_order = find_group_order},
                     .dimension  = dimension,
                     .has_mirror = has_mirror,
                     .kind       = kind};
}

static int ascending(const void *a, const void *b)
{
  const double p = *(const double *)a, q = *(const double *)b;

  return (p > q) - (p < q);
}

/*
  KrCloudDistances - The distances of all pairs, sorted: a key that no isometry and no exchange changes.

  Not collective

  Input:
+ dimension - d
. n         - coordinates, d a particle
- x         - length n

  Output:
. distances - m (m-1)/2 of m = n/d particles, ascending

  Errors: none
*/
void KrCloudDistances(int dimension, int n, const double x[], double distances[])
{
  size_t count = 0;

  for (int i = 0; i < n; i += dimension)
    for (int j = 0; j < i; j += dimension)
      distances[count++] = KrCloudDistance(dimension, x + i, x + j);
  if (count > 0) qsort(distances, count, sizeof *distances, ascending);
}

/*
  KrCloudIsConnected - Whether a cloud is one piece: all particles hang together by links that are not too long.

  Not collective

  Input:
+ dimension - d
. n         - coordinates, d a particle
. x         - length n
- longest   - a link is shorter

  Returns: 1, or 0 of fragments, and of coordinates that are no numbers
  Errors:  none
*/
int KrCloudIsConnected(int dimension, int n, const double x[], double longest)
{
  const int m = n / dimension;
  int       reached[KR_CLOUD_MAX], is_reached[KR_CLOUD_MAX] = {1}, n_reached = 1;

  reached[0] = 0;
  for (int next = 0; next < n_reached; ++next)
    for (int j = 0; j < m; ++j) {
      if (is_reached[j] ||
          !(KrCloudDistance(dimension, x + reached[next] * dimension, x + j * dimension) < longest))
        continue;
      is_reached[j]        = 1;
      reached[n_reached++] = j;
    }
  return n_reached == m;
}
