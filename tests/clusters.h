/* Lennard-Jones clusters as a landscape of tests, which no user sees: energies in units of the depth of a pair. One
   kind of cluster at a time. */
#pragma once
#include <kacrice/cloud.h>
#include <kacrice/landscape.h>
#include <kacrice/model.h>
#include <kacrice/pair.h>
#include <math.h>

#define CLUSTER_LINK  3.0 /* in points, particles hang together by links of some 1.12 */
#define CLUSTER_DRAWS 64  /* random numbers of a start */

static int     cluster_d, cluster_n;
static KrCloud cluster_cloud;

static inline PetscErrorCode cluster_shape(MPI_Comm comm, const void *options, const KrMixture *law,
                                           KrShape *shape)
{
  (void)comm, (void)options, (void)law;
  shape->n        = cluster_d * cluster_n;
  shape->manifold = &KrManifoldFlat;
  shape->symmetry = &cluster_cloud.table;
  shape->hessian  = 50.0; /* of a pair alone 57 */
  shape->length   = 0.1;  /* within which two particles repel, or attract */
  shape->dial     = 0.5;
  return PETSC_SUCCESS;
}

/* Fragments have no energy: a search that comes there has failed. Far apart any tolerance would call them a point. */
static inline PetscErrorCode cluster_gradient(KrModel model, PetscInt n_points, const double X[],
                                              double E[], double G[])
{
  const int n = cluster_d * cluster_n;

  (void)model;
  for (PetscInt b = 0; b < n_points; ++b) {
    const PetscBool is_whole = KrCloudIsConnected(cluster_d, n, X + n * b, CLUSTER_LINK);

    E[b] += KrPairGradient(cluster_d, cluster_n, X + n * b, G + n * b);
    if (!is_whole) G[n * b] = NAN;
  }
  return PETSC_SUCCESS;
}

static inline PetscErrorCode cluster_derivatives(KrModel model, PetscInt n_points, const double X[],
                                                 double E[], double G[], double Hess[])
{
  const int n = cluster_d * cluster_n;

  for (PetscInt b = 0; b < n_points; ++b)
    KrPairHessian(cluster_d, cluster_n, X + n * b, Hess + n * n * b);
  return cluster_gradient(model, n_points, X, E, G);
}

/* What a start is symmetric under. */
typedef struct {
  int    fold;      /* order of its axis; 1: none */
  int    is_planar; /* all particles lie across the axis */
  int    has_plane; /* a mirror across the axis */
  double size;
} ClusterFrame;

/* A place by six uniform numbers: in the ball, and of some draws on the axis or in the plane. */
static inline void cluster_place(const ClusterFrame *frame, const double u[6], double place[3])
{
  double square = 0.0;

  for (int a = 0; a < 3; ++a) place[a] = a < cluster_d ? 2.0 * u[a] - 1.0 : 0.0;
  if (frame->is_planar || (frame->has_plane && u[3] < 0.5)) place[2] = 0.0;
  if (frame->fold > 1 && u[4] < 0.3) place[0] = place[1] = 0.0;
  for (int a = 0; a < 3; ++a) square += place[a] * place[a];
  for (int a = 0; a < 3 && square > 0.0; ++a) place[a] *= frame->size * cbrt(u[5]) / sqrt(square);
}

/* Puts the orbit of a place from particle `first` on; returns how many there is room for. */
static inline int cluster_orbit(const ClusterFrame *frame, const double place[3], int first,
                                double x[])
{
  const int n_turns = place[0] == 0.0 && place[1] == 0.0 ? 1 : frame->fold;
  const int n_sides = frame->has_plane && place[2] != 0.0 ? 2 : 1;
  int       i       = first;

  for (int side = 0; side < n_sides; ++side)
    for (int t = 0; t < n_turns && i < cluster_n; ++t, ++i) {
      const double angle = 2.0 * PETSC_PI * t / n_turns;
      const double to[3] = {cos(angle) * place[0] - sin(angle) * place[1],
                            sin(angle) * place[0] + cos(angle) * place[1],
                            side == 0 ? place[2] : -place[2]};

      for (int a = 0; a < cluster_d; ++a) x[i * cluster_d + a] = to[a];
    }
  return i - first;
}

/* Particles in a ball of random size, most of them in orbits of an axis: Newton's method keeps a symmetry, and comes to
   symmetric points of high index so, which it seldom meets from elsewhere. Particles that meet have no energy. */
static inline PetscErrorCode cluster_start(KrModel model, const KrRandomKey *key, uint64_t counter,
                                           double x[])
{
  double       u[CLUSTER_DRAWS], place[3];
  ClusterFrame frame;
  int          kind;

  (void)model;
  for (int i = 0; i < CLUSTER_DRAWS; ++i) u[i] = KrRandomUniform(key, counter + (uint64_t)i);
  kind  = (int)(4.0 * u[1]);
  frame = (ClusterFrame){.fold      = kind == 0 ? 1 : 1 + (int)(6.0 * u[2]),
                         .has_plane = kind == 2,
                         .is_planar = kind == 3,
                         .size      = pow(cluster_n, 1.0 / cluster_d) * (0.5 + 0.9 * u[0])};
  for (int i = 0, draw = 4; i < cluster_n; draw += 6) {
    cluster_place(&frame, u + draw, place);
    i += cluster_orbit(&frame, place, i, x);
  }
  return PETSC_SUCCESS;
}

static const KrModelType cluster_type = {.shape       = cluster_shape,
                                         .gradient    = cluster_gradient,
                                         .derivatives = cluster_derivatives,
                                         .start       = cluster_start};

static inline PetscErrorCode make_cluster(MPI_Comm comm, int d, int n, KrModel *model)
{
  KrModelOptions options = {0};

  PetscFunctionBeginUser;
  cluster_d = d;
  cluster_n = n;
  KrCloudInitialise(d, 1, NULL, &cluster_cloud);
  if (KrModelTypeFind("cluster") < 0) PetscCall(KrModelRegister("cluster", &cluster_type));
  options.type = KrModelTypeFind("cluster");
  PetscCall(KrModelCreate(comm, &options, 0, NULL, model));
  PetscCall(KrModelDraw(*model, 1, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}
