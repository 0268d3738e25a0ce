/* Layer 2: where points live. A model gives Euclidean derivatives; a manifold projects them and keeps steps on it: the
   sphere |x|^2 = N, the ball |x|^2 < N, all of R^N, or the open cube |x_i| < 1. The last three are flat. */
#pragma once
#include <kacrice/base.h>
#include <kacrice/rng.h>
#include <petscvec.h>

/* plain arrays */
double KrSphereProject(int n, const double x[], double g[]); /* g <- g - mu x; returns mu = x.g/N */
void   KrSphereNormalise(int n, double x[]);                 /* x <- x sqrt(N)/|x| */
void   KrSphereStep(int n, double x[], const double direction[],
                    double length);                                  /* then back to |x|^2 = N */
void   KrSphereGeodesic(int n, double x[], double v[], double time); /* on a great circle */
void   KrSphereKick(int n, const double x[], const double g[], double factor, double v[]);
void   KrSphereStart(int n, double size, const KrRandomKey *key, uint64_t counter, double x[]);
void   KrSphereTangentHessian(int n, const double x[], double mu, const double hessian[],
                              double tangent[]);

/* PETSc */
PetscErrorCode KrSphereProjectVec(Vec x, Vec g, PetscReal *mu);
PetscErrorCode KrSphereNormaliseVec(Vec x);

/* the ball, plain arrays */
void   KrBallStep(int n, double x[], const double direction[], double length);
double KrBallProjectHeld(int n, const double x[], double g[]);
void   KrBallStepHeld(int n, double x[], const double direction[], double length);
void   KrBallGeodesic(int n, double x[], double v[], double time); /* straight, off the boundary */

/* flat manifolds, plain arrays */
double KrFlatProject(int n, const double x[], double g[]); /* g stays; returns q = |x|^2/N */
void   KrFlatKick(int n, const double x[], const double g[], double factor, double v[]);
double KrFlatDistance(int n, const double x[], const double y[]);
void   KrFlatTangentHessian(int n, const double x[], double q, const double hessian[],
                            double tangent[]);

typedef struct
{ /* what is different from one manifold to another; a constant table without holes, but for NULLs */
  const char *name;
  int         n_radial; /* directions of R^N that are none of the manifold's: 1 or 0 */
  int
    is_compact; /* its volume is finite: thermodynamics needs nothing else to keep points together */
  int has_centre; /* x and -x are one point where the radial coordinate is 0 */
  /* 1 and the sum of (-1)^k over all critical points, of energies that go up at a boundary; 0: it is not known */
  int (*euler)(int n, int64_t *sum);

  /* g becomes a tangent vector; returned: the radial coordinate, mu = x.g/N on the sphere and q = |x|^2/N elsewhere */
  double (*project)(int n, const double x[], double g[]);
  void (*step)(int n, double x[], const double direction[], double length);
  /* the same with |x| kept, by which a descent in the ball begins; NULL: descents begin free */
  double (*project_held)(int n, const double x[], double g[]);
  void (*step_held)(int n, double x[], const double direction[], double length);
  /* (N - n_radial)^2 places; `radial` from project */
  void (*tangent_hessian)(int n, const double x[], double radial, const double hessian[],
                          double tangent[]);

  /* any x becomes a point of the manifold: the nearest, or one beside a boundary */
  void (*place)(int n, double x[]);
  /* free motion: exact, reversible, volume preserving; v stays tangent, its length too */
  void (*geodesic)(int n, double x[], double v[], double time);
  /* v <- v - factor P g, P onto the tangent space */
  void (*kick)(int n, const double x[], const double g[], double factor, double v[]);
  /* squared length of the shortest way from x to y */
  double (*distance)(int n, const double x[], const double y[]);

  /* A random point, by normal and uniform numbers of counters counter ... counter + N: uniform on the sphere; in the
     ball uniform on |x|^2 = N size; in R^N normal with the standard deviation size; in the cube uniform on
     |x_i| < size */
  void (*start)(int n, double size, const KrRandomKey *key, uint64_t counter, double x[]);
  /* A point drawn from the manifold's own measure, which must be finite: NULL in R^N */
  void (*uniform)(int n, const KrRandomKey *key, uint64_t counter, double x[]);
  /* Where on the dial of starts, from -1 to 1, a radial coordinate lies; scale: see KrShape.dial */
  double (*dial)(double radial, double scale);
  /* x, uniform on the sphere, goes to where a dial from -1 to 1 says; NULL: the dial is no place, but mu, or nothing */
  void (*start_at)(int n, double dial, double x[]);
} KrManifold;
extern const KrManifold KrManifoldSphere, KrManifoldBall, KrManifoldFlat, KrManifoldCube;
