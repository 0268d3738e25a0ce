/* The census of a cluster, and what its list is held to: Euler's sum, which is exact, the virial, and the closed form
   of a shape. */
#pragma once
#include "clusters.h"
#include "kr_test.h"
#include <kacrice/census.h>

typedef struct {
  int         d, n;
  int64_t     starts;
  int         n_points;
  int64_t     count[9]; /* by index */
  const char *what;     /* a point that symmetry fixes ... */
  double      energy;   /* ... and what it has: E = -A^2/B, docs/theory/clusters.md */
  int64_t     order;
} Case;

static inline PetscErrorCode run(const Case *c, KrSample *sample)
{
  const KrCensusOptions   options  = {.overlap_tol = 1e-6, .energy_tol = 1e-8, .store_points = 1};
  const KrSpectrumOptions spectrum = {.lowest = 3, .highest = 1};
  const KrSearchOptions   search   = {.kind            = KR_SEARCH_ALL,
                                      .starts          = c->starts,
                                      .gradient_tol    = 1e-11,
                                      .newton_max_iter = 200,
                                      .newton_range    = 1.2,
                                      .newton_cap      = 1.0};
  KrModel                 model;
  KrSearch                searcher;
  KrCensus                census;

  PetscFunctionBeginUser;
  PetscCall(make_cluster(PETSC_COMM_SELF, c->d, c->n, &model));
  PetscCall(KrSearchCreate(model, &search, &searcher));
  PetscCall(KrCensusCreate(model, PETSC_COMM_WORLD, &options, &search, &spectrum, &census));
  PetscCall(KrCensusRun(census, searcher, &search, 1, 0, NULL, NULL, NULL));
  PetscCall(KrCensusFinish(census, sample));
  PetscCall(KrSampleGather(PETSC_COMM_WORLD, sample));
  PetscCall(KrCensusDestroy(&census));
  PetscCall(KrSearchDestroy(&searcher));
  PetscCall(KrModelDestroy(&model));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* E = -2 sum r^-6 at every point, and no particle is farther from its next than a pair of its own (Kiessling & Wales
   2025, arXiv:2511.15008). Only a chain has fewer zero modes than space has motions. */
static inline PetscErrorCode check_point(const Case *c, const KrPoint *point, const double x[])
{
  const int N = c->d * c->n, n_pairs = c->n * (c->n - 1) / 2;
  double    distances[15], Z[6 * 18], sum = 0.0;
  int       modes = c->d == 2 ? 3 : 6;

  PetscFunctionBeginUser;
  KrCloudDistances(c->d, N, x, distances);
  for (int p = 0; p < n_pairs; ++p) sum += pow(distances[p], -6.0);
  PetscCall(KrExpectNear("virial", point->energy * N, -2.0 * sum, 1e-9));
  PetscCall(KrExpect("shortest distance", distances[0] <= pow(2.0, 1.0 / 6.0) + 1e-9));
  if (c->d == 3 && KrCloudRank(3, N, x) == 1) modes = 5;
  PetscCall(
    KrExpectEqualInt("zero modes", KrSymmetryZeroModes(&cluster_cloud.table, N, x, Z), modes));
  if (modes == 5) PetscCall(KrExpectEqualInt("index of the chain", point->index, 2 * (c->n - 2)));
  PetscCall(KrExpect("no eigenvalue is a zero mode", point->margin > 1e-4));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What a point adds to Euler's sum: in space the chain adds nothing. */
static inline double euler_part(const Case *c, const KrPoint *point, const double x[])
{
  const int N = c->d * c->n;

  if (c->d == 3 && KrCloudRank(3, N, x) == 1) return 0.0;
  return (point->index % 2 == 0 ? 1.0 : -1.0) / (double)KrSymmetryOrder(&cluster_cloud.table, N, x);
}

static inline PetscErrorCode check_list(const Case *c, const KrSample *sample)
{
  const int N     = c->d * c->n;
  double    euler = 0.0;
  int       fixed = 0;

  PetscFunctionBeginUser;
  for (int64_t i = 0; i < sample->n_points; ++i) {
    const double *x = sample->x + i * N, part = euler_part(c, &sample->points[i], x);

    PetscCall(check_point(c, &sample->points[i], x));
    euler += part;
    if (fabs(sample->points[i].energy * N - c->energy) > 1e-9) continue;
    fixed += 1;
    PetscCall(KrExpectEqualInt(c->what, KrSymmetryOrder(&cluster_cloud.table, N, x), c->order));
  }
  PetscCall(KrExpectEqualInt(c->what, fixed, 1));
  PetscCall(KrExpectNear("Euler's sum", euler, KrPairEuler(c->d, c->n), 1e-12));
  for (int64_t i = 0; i < sample->n_points; ++i) { /* a point that is missing is seen */
    const double part = euler_part(c, &sample->points[i], sample->x + i * N);

    PetscCall(
      KrExpect("a hole shows", part == 0.0 || fabs(euler - part - KrPairEuler(c->d, c->n)) > 1e-3));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static inline PetscErrorCode check_case(const Case *c)
{
  PetscMPIInt rank;
  KrSample    sample;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  PetscCall(run(c, &sample));
  for (int k = 0; k < 9 && k < c->d * c->n; ++k)
    PetscCall(KrExpectEqualInt("points of an index", sample.count[k], c->count[k]));
  PetscCall(KrExpect("the census knows no identity: estimated at most",
                     sample.verdict <= KR_VERDICT_ESTIMATED));
  PetscCall(KrExpect("fragments are an outcome", sample.reasons[KR_FAILED_SINGULAR] > 0));
  if (rank == 0) {
    PetscCall(KrExpectEqualInt("points", sample.n_points, c->n_points));
    PetscCall(check_list(c, &sample));
  }
  KrSampleDestroy(&sample);
  PetscFunctionReturn(PETSC_SUCCESS);
}
