/* Which particle of one cloud is which of another: exchanges of like particles that bring the distances of one to those
   of the other, each then proved by aligned coordinates. */
#include "cloud_impl.h"
#include <math.h>
#include <petscblaslapack.h>
#include <string.h>

#define SYMMETRIC \
  1e-5 /* of the longest distance: a cloud is symmetric when its distances are to this */

typedef struct { /* a search for exchanges, one particle after the other */
  const KrCloud *cloud;
  int            d, n;   /* n particles */
  const double  *x, *y;  /* particle i of x becomes image[i] of y */
  double         limit;  /* of the difference of two distances */
  int            placed; /* particles */
  int            image[KR_CLOUD_MAX], is_used[KR_CLOUD_MAX];
  double         sum_x[KR_CLOUD_MAX], sum_y[KR_CLOUD_MAX]; /* of the distances of each particle */
} Match;

double KrCloudDistance(int d, const double a[], const double b[])
{
  double square = 0.0;

  for (int c = 0; c < d; ++c) square += (a[c] - b[c]) * (a[c] - b[c]);
  return sqrt(square);
}

/* The cloud with its centre at the origin. */
void KrCloudCentre(int d, int n_particles, const double x[], double centred[])
{
  (void)memcpy(centred, x, (size_t)(n_particles * d) * sizeof *centred);
  for (int c = 0; c < d; ++c) {
    double mean = 0.0;

    for (int i = 0; i < n_particles; ++i) mean += x[i * d + c] / n_particles;
    for (int i = 0; i < n_particles; ++i) centred[i * d + c] -= mean;
  }
}

/* By how much distances of a symmetric cloud may differ. */
double KrCloudTolerance(int d, int n_particles, const double x[])
{
  double longest = 0.0;

  for (int i = 0; i < n_particles; ++i)
    for (int j = 0; j < i; ++j) longest = fmax(longest, KrCloudDistance(d, x + i * d, x + j * d));
  return SYMMETRIC * longest;
}

static void sum_distances(int d, int n, const double x[], double sum[])
{
  for (int i = 0; i < n; ++i) {
    sum[i] = 0.0;
    for (int j = 0; j < n; ++j) sum[i] += KrCloudDistance(d, x + i * d, x + j * d);
  }
}

static void begin_match(const KrCloud *cloud, int n_particles, const double x[], const double y[],
                        double limit, Match *match)
{
  match->cloud    = cloud;
  match->d        = cloud->dimension;
  match->n        = n_particles;
  match->x        = x;
  match->y        = y;
  match->limit    = limit;
  match->placed   = 0;
  match->image[0] = -1;
  (void)memset(match->is_used, 0, (size_t)n_particles * sizeof *match->is_used);
  sum_distances(match->d, n_particles, x, match->sum_x);
  sum_distances(match->d, n_particles, y, match->sum_y);
}

/* Whether particle i of x can be j of y, as far as those placed before can say. */
static int fits(const Match *match, int i, int j)
{
  const int     d = match->d;
  const double *x = match->x, *y = match->y;

  if (match->is_used[j] || fabs(match->sum_x[i] - match->sum_y[j]) > match->n * match->limit)
    return 0;
  if (match->cloud->kind != NULL && match->cloud->kind[i] != match->cloud->kind[j]) return 0;
  for (int k = 0; k < i; ++k)
    if (!(fabs(KrCloudDistance(d, x + i * d, x + k * d) -
               KrCloudDistance(d, y + j * d, y + match->image[k] * d)) <= match->limit))
      return 0;
  return 1;
}

/* The next exchange, in image; 0: there is none any more. */
static int next_match(Match *match)
{
  int i = match->placed == match->n ? match->n - 1 : match->placed;

  while (i >= 0) {
    int j = match->image[i];

    if (j >= 0) match->is_used[j] = 0;
    for (++j; j < match->n && !fits(match, i, j);) ++j;
    if (j == match->n) {
      --i;
      continue;
    }
    match->image[i]   = j;
    match->is_used[j] = 1;
    if (++i == match->n) break;
    match->image[i] = -1;
  }
  match->placed = i;
  return i == match->n;
}

static double determinant(int d, const double R[])
{
  if (d == 2) return R[0] * R[3] - R[1] * R[2];
  return R[0] * (R[4] * R[8] - R[5] * R[7]) - R[1] * (R[3] * R[8] - R[5] * R[6]) +
         R[2] * (R[3] * R[7] - R[4] * R[6]);
}

/* The orthogonal R, row major, that brings the centred x nearest to the centred y, both with their particles in the
   same order (Kabsch 1976): of the d x d sum of y x^T = U S V^T it is U V^T. Without reflections its determinant
   is 1. */
static void find_rotation(int d, int n, int has_mirror, const double x[], const double y[],
                          double R[9])
{
  const PetscBLASInt order = d, size = 64;
  PetscBLASInt       info;
  double             C[9] = {0.0}, U[9], S[3], V[9], work[64], last = 1.0;

  for (int i = 0; i < n * d; i += d)
    for (int a = 0; a < d; ++a)
      for (int b = 0; b < d; ++b) C[a + b * d] += y[i + a] * x[i + b];
  LAPACKgesvd_("A", "A", &order, &order, C, &order, S, U, &order, V, &order, work, &size, &info);
  if (!has_mirror) last = copysign(1.0, determinant(d, U) * determinant(d, V));
  for (int a = 0; a < d; ++a)
    for (int b = 0; b < d; ++b) {
      R[a * d + b] = 0.0;
      for (int k = 0; k < d; ++k)
        R[a * d + b] += U[a + k * d] * (k == d - 1 ? last : 1.0) * V[k + b * d];
    }
}

/* Squared distance of y from x, both centred, once x is turned and its particles are exchanged as the match says;
   `turned` is x after that. */
static double align(const Match *match, double turned[])
{
  const int d = match->d, n = match->n;
  double    placed[KR_CLOUD_MAX * 3], R[9], square = 0.0;

  (void)memcpy(placed, match->x, (size_t)(n * d) * sizeof *placed);
  for (int i = 0; i < n; ++i)
    (void)memcpy(placed + match->image[i] * d, match->x + i * d, (size_t)d * sizeof *placed);
  find_rotation(d, n, match->cloud->has_mirror, placed, match->y, R);
  for (int i = 0; i < n * d; i += d)
    for (int a = 0; a < d; ++a) {
      turned[i + a] = 0.0;
      for (int b = 0; b < d; ++b) turned[i + a] += R[a * d + b] * placed[i + b];
      square += (turned[i + a] - match->y[i + a]) * (turned[i + a] - match->y[i + a]);
    }
  return square;
}

/*
  KrCloudAlign - Brings one cloud onto another by an isometry and an exchange of like particles.

  Not collective

  Input:
+ cloud - the symmetry
. n     - coordinates
. x, y  - length n each
- limit - of the squared distance; only exchanges that can lead to it are tried

  Output:
. aligned - length n: the member of x's class that came first within the limit, or the nearest of those tried;
            untouched when none was

  Returns: squared distance of `aligned` from y; infinite when no exchange fits
  Errors:  none
  Cost:    n^2 for clouds without symmetry
  See:     KrSymmetrySame()
*/
double KrCloudAlign(const KrCloud *cloud, int n, const double x[], const double y[], double limit,
                    double aligned[])
{
  const int d = cloud->dimension, m = n / d;
  double    from[KR_CLOUD_MAX * 3], to[KR_CLOUD_MAX * 3], turned[KR_CLOUD_MAX * 3], best = INFINITY;
  Match     match;

  KrCloudCentre(d, m, x, from);
  KrCloudCentre(d, m, y, to);
  /* of two particles that move by u and v a distance changes by no more than |u| + |v| <= sqrt(2 (u^2 + v^2)) */
  begin_match(cloud, m, from, to, sqrt(2.0 * limit), &match);
  while (best > limit && next_match(&match)) {
    const double square = align(&match, turned);

    if (!(square < best)) continue;
    best = square;
    for (int i = 0; i < n; ++i) aligned[i] = turned[i] + (y[i] - to[i]);
  }
  return best;
}

int KrCloudSame(const KrSymmetry *symmetry, int n, const double x[], const double y[], double limit)
{
  double aligned[KR_CLOUD_MAX * 3];

  return KrCloudAlign((const KrCloud *)symmetry, n, x, y, limit, aligned) <= limit;
}

/* Exchanges that leave all distances as they are. Each comes by an isometry; of a cloud in fewer dimensions than space
   by two, of which one is a reflection. */
int64_t KrCloudOrder(const KrSymmetry *symmetry, int n, const double x[])
{
  const KrCloud *cloud = (const KrCloud *)symmetry;
  const int      d = cloud->dimension, m = n / d, is_flat = KrCloudRank(d, n, x) < d;
  double         centred[KR_CLOUD_MAX * 3], turned[KR_CLOUD_MAX * 3];
  const double   limit = KrCloudTolerance(d, m, x);
  int64_t        order = 0;
  Match          match;

  KrCloudCentre(d, m, x, centred);
  begin_match(cloud, m, centred, centred, limit, &match);
  while (next_match(&match)) order += align(&match, turned) <= n * limit * limit;
  return is_flat && cloud->has_mirror ? 2 * order : order;
}

/*
  KrCloudRank - The dimension of what a cloud extends in.

  Not collective

  Input:
+ dimension - d
. n         - coordinates, d a particle
- x         - length n

  Returns: 0 of a single place, 1 of a line, 2 of a plane, 3
  Errors:  none
*/
int KrCloudRank(int dimension, int n, const double x[])
{
  double             r[KR_CLOUD_MAX * 3], inertia[9], values[3], work[32], trace = 0.0;
  const PetscBLASInt d = dimension, size = 32;
  PetscBLASInt       info;
  int                rank = 0;

  KrCloudCentre(dimension, n / dimension, x, r);
  (void)memset(inertia, 0, sizeof inertia);
  for (int i = 0; i < n; i += dimension)
    for (int a = 0; a < dimension; ++a)
      for (int b = 0; b < dimension; ++b) inertia[a * dimension + b] += r[i + a] * r[i + b];
  for (int a = 0; a < dimension; ++a) trace += inertia[a * (dimension + 1)];
  LAPACKsyev_("N", "L", &d, inertia, &d, values, work, &size, &info);
  for (int a = 0; a < dimension; ++a) rank += values[a] > KR_CLOUD_FLAT * trace;
  return rank;
}
