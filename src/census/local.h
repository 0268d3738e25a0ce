/* The neighbourhood of one critical point whose Hessian has null directions. Inside src/census only; the mathematics is
   in docs/theory/singular.md. */
#pragma once
#include <kacrice/model.h>
#include <kacrice/record.h>
#include <petscblaslapack.h>

#define KR_NULL_LOOSE 1e-4 /* eigenvalues below it, in units of the landscape's, may be null */
#define KR_NULL_TIGHT 1e-6 /* and are, at a point that was polished */
#define KR_NEAR       0.05 /* of the radius: ends this near an isolated singular point are it */

typedef struct {     /* a model, and what was computed at one point */
  KrModel     model; /* borrowed */
  MPI_Comm    comm;  /* of the model, borrowed */
  PetscMPIInt rank, n_ranks;
  int         n;
  double      scale;                /* of Hessian eigenvalues, units of J */
  PetscBool   is_quadratic;         /* p = 2 alone */
  double      tol;                  /* residual of a critical point, units of scale */
  double      energy, mu, residual; /* units of J; of scale */
  double     *gradient;             /* N, tangent part */
  double     *hessian;              /* N x N, Euclidean */
  double            *
    values; /* N-1 eigenvalues of the Riemannian Hessian, ascending, units of scale; then one that is none */
  double      *vectors;       /* N x N, a row each, of which the last one is radial */
  double      *trial, *other; /* N */
  double      *work;
  PetscBLASInt n_work;
  PetscBool
    stopped; /* this run is to stop: nothing is computed from then on, what is here says nothing */
} KrLocal;

typedef struct { /* eigenvalues by sign */
  int index, nullity;
} KrInertia;

PetscErrorCode KrLocalCreate(KrModel model, double gradient_tol, KrLocal *local);
PetscErrorCode KrLocalDestroy(KrLocal *local);
PetscErrorCode KrLocalLook(KrLocal *local);
PetscErrorCode KrLocalAt(KrLocal *local, const double x[]);
KrInertia      KrLocalInertia(const KrLocal *local, double null);
PetscErrorCode KrLocalPolish(KrLocal *local, double x[], PetscBool *converged);
double         KrLocalDistance(int n, KrParity symmetry, const double x[], const double y[]);
PetscErrorCode KrLocalExamine(KrLocal *local, double x[], KrPoint *point);
/* degree.c */
PetscErrorCode KrLocalDegree(KrLocal *local, const double x[], const KrInertia *inertia,
                             int32_t *degree, int32_t *multiplicity);
