/* Layer 2: the sphere |x|^2 = N. A model gives Euclidean derivatives; this layer projects and retracts. */
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
