/* One cloud for a whole class: its particle farthest from the centre on the first axis, the one farthest from that axis
   in the plane of the first two. Where several are equally far, all are tried and the largest coordinates win. */
#include "cloud_impl.h"
#include <math.h>
#include <string.h>

typedef struct {
  const KrCloud *cloud;
  int            d, n; /* n particles */
  const double  *r;    /* centred */
  double         tolerance;
} Frames;

/* The first coordinate that differs decides: 1 when a is larger, -1 when it is smaller, 0 when they agree. */
static int compare(const double a[], const double b[], int n, double tolerance)
{
  for (int i = 0; i < n; ++i)
    if (fabs(a[i] - b[i]) > tolerance) return a[i] > b[i] ? 1 : -1;
  return 0;
}

static double dot(int d, const double a[], const double b[])
{
  double sum = 0.0;

  for (int c = 0; c < d; ++c) sum += a[c] * b[c];
  return sum;
}

static void exchange(int d, double a[], double b[])
{
  for (int c = 0; c < d; ++c) {
    const double kept = a[c];

    a[c] = b[c];
    b[c] = kept;
  }
}

/* Particles of one kind in descending order. */
static void sort_particles(const Frames *frames, double x[])
{
  const int  d    = frames->d;
  const int *kind = frames->cloud->kind;

  for (int i = 0; i < frames->n; ++i)
    for (int j = i + 1; j < frames->n; ++j)
      if ((kind == NULL || kind[i] == kind[j]) &&
          compare(x + j * d, x + i * d, d, frames->tolerance) > 0)
        exchange(d, x + i * d, x + j * d);
}

/* What particle j has across the direction of particle i; returns its length, and that of i in *along. */
static double find_across(const Frames *frames, int i, int j, double *along, double across[3])
{
  const int     d = frames->d;
  const double *p = frames->r + i * d, *q = frames->r + j * d;
  const double  square = dot(d, p, p), share = square > 0.0 ? dot(d, p, q) / square : 0.0;

  *along = sqrt(square);
  for (int c = 0; c < d; ++c) across[c] = q[c] - share * p[c];
  return sqrt(dot(d, across, across));
}

/* The cloud in the frame of particles i and j; hand: 1 or -1. Where j lies on the axis of i, the cloud is a line. */
static void place_in_frame(const Frames *frames, int i, int j, int hand, double x[])
{
  const int d = frames->d;
  double    along, e1[3], e2[3], e3[3];
  double    across = find_across(frames, i, j, &along, e2);

  for (int c = 0; c < d; ++c) e1[c] = along > 0.0 ? frames->r[i * d + c] / along : 0.0;
  for (int c = 0; c < d; ++c) e2[c] = across > frames->tolerance ? hand * e2[c] / across : 0.0;
  for (int c = 0; c < 3 && d == 3; ++c)
    e3[c] = e1[(c + 1) % 3] * e2[(c + 2) % 3] - e1[(c + 2) % 3] * e2[(c + 1) % 3];
  for (int c = 0; c < d && d == 3; ++c) e2[c] *= hand; /* only the third axis changes its sign */
  for (int k = 0; k < frames->n; ++k) {
    x[k * d]     = dot(d, e1, frames->r + k * d);
    x[k * d + 1] = dot(d, e2, frames->r + k * d);
    if (d == 3) x[k * d + 2] = dot(d, e3, frames->r + k * d);
  }
  sort_particles(frames, x);
}

/* Without reflections the two hands of a plane's second axis are two clouds, of which only one is a member. */
static int hand_of(const Frames *frames, int i, int j)
{
  const double *p = frames->r + i * frames->d, *q = frames->r + j * frames->d;

  return frames->d == 3 || p[0] * q[1] - p[1] * q[0] >= 0.0 ? 1 : -1;
}

/* The most that a particle has along the first axis, and then across it. */
static void find_farthest(const Frames *frames, double *radius, double *width)
{
  double along, across[3];

  *radius = *width = 0.0;
  for (int i = 0; i < frames->n; ++i)
    *radius =
      fmax(*radius, sqrt(dot(frames->d, frames->r + i * frames->d, frames->r + i * frames->d)));
  for (int i = 0; i < frames->n; ++i)
    for (int j = 0; j < frames->n; ++j) {
      const double length = find_across(frames, i, j, &along, across);

      if (along >= *radius - frames->tolerance) *width = fmax(*width, length);
    }
}

static void keep_larger(const Frames *frames, int i, int j, int hand, int *any, double best[])
{
  double    x[KR_CLOUD_MAX * 3];
  const int n = frames->n * frames->d;

  place_in_frame(frames, i, j, hand, x);
  if (*any && compare(x, best, n, frames->tolerance) <= 0) return;
  (void)memcpy(best, x, (size_t)n * sizeof *best);
  *any = 1;
}

void KrCloudCanonical(const KrSymmetry *symmetry, int n, double x[])
{
  const KrCloud *cloud = (const KrCloud *)symmetry;
  double         r[KR_CLOUD_MAX * 3], radius, width, along, across[3];
  Frames         frames = {.cloud     = cloud,
                           .d         = cloud->dimension,
                           .n         = n / cloud->dimension,
                           .r         = r,
                           .tolerance = KrCloudTolerance(cloud->dimension, n / cloud->dimension, x)};
  int            any    = 0;

  KrCloudCentre(frames.d, frames.n, x, r);
  find_farthest(&frames, &radius, &width);
  for (int i = 0; i < frames.n; ++i)
    for (int j = 0; j < frames.n; ++j) {
      const double length = find_across(&frames, i, j, &along, across);
      const int    hand   = cloud->has_mirror ? 1 : hand_of(&frames, i, j);

      if (along < radius - frames.tolerance || length < width - frames.tolerance) continue;
      keep_larger(&frames, i, j, hand, &any, x);
      if (cloud->has_mirror) keep_larger(&frames, i, j, -hand, &any, x);
    }
}
