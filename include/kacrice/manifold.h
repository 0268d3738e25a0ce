/* Layer 2: where points live. A model gives Euclidean derivatives; a manifold projects them and keeps steps on it: the
   sphere |x|^2 = N, or the ball |x|^2 < N, which is flat. */
#pragma once
#include <kacrice/base.h>
#include <petscvec.h>

/* plain arrays */
double KrSphereProject(int n, const double x[], double g[]); /* g <- g - mu x; returns mu = x.g/N */
void   KrSphereNormalise(int n, double x[]);                 /* x <- x sqrt(N)/|x| */
void   KrSphereStep(int n, double x[], const double direction[],
                    double length);                                  /* then back to |x|^2 = N */
void   KrSphereGeodesic(int n, double x[], double v[], double time); /* on a great circle */
void   KrSphereTangentHessian(int n, const double x[], double mu, const double hessian[],
                              double tangent[]);

/* PETSc */
PetscErrorCode KrSphereProjectVec(Vec x, Vec g, PetscReal *mu);
PetscErrorCode KrSphereNormaliseVec(Vec x);

/* the ball, plain arrays */
void   KrBallStep(int n, double x[], const double direction[], double length);
double KrBallProjectHeld(int n, const double x[], double g[]);
void   KrBallStepHeld(int n, double x[], const double direction[], double length);

typedef enum { KR_MANIFOLD_SPHERE, KR_MANIFOLD_BALL } KrManifoldType;

typedef struct { /* what searches and spectra do differently; a constant table */
  KrManifoldType type;
  const char    *name;
  int            n_radial; /* directions of R^N that are none of the manifold's: 1 or 0 */
  int            euler;    /* Euler characteristic is euler, or 1 + (-1)^(N-1) when it is 0 */
  /* g becomes a tangent vector; returned: the radial coordinate, mu on the sphere and q = |x|^2/N in the ball */
  double (*project)(int n, const double x[], double g[]);
  void (*step)(int n, double x[], const double direction[], double length);
  /* the same with |x| kept, by which a descent in the ball begins; NULL: |x| cannot change */
  double (*project_held)(int n, const double x[], double g[]);
  void (*step_held)(int n, double x[], const double direction[], double length);
  /* (N - n_radial)^2 places; `radial` from project */
  void (*tangent_hessian)(int n, const double x[], double radial, const double hessian[],
                          double tangent[]);
} KrManifold;
extern const KrManifold KrManifoldSphere, KrManifoldBall;
