/* Proves points of one disorder sample, whose couplings may be spread over ranks. Inside src/census only. */
#pragma once
#include <kacrice/census.h>
#include <kacrice/certify.h>

typedef struct {            /* of the disorder that the model has now */
  KrModel         model;    /* borrowed */
  KrModel         absolute; /* with the absolute values of all couplings; owned */
  int             n;
  KrCertifyBounds bounds;
  double *gradient, *hessian, *absolute_gradient, *absolute_hessian, *x_absolute, *step, *work;
} KrCertifier;

PetscErrorCode KrCertifierCreate(KrModel model, KrCertifier *certifier);
PetscErrorCode KrCertifierProve(KrCertifier *certifier, const double x[], KrCertificate *proof);
PetscErrorCode KrCertifierPolish(KrCertifier *certifier, double x[], KrCertificate *proof,
                                 int *n_steps);
PetscErrorCode KrCertifierDestroy(KrCertifier *certifier);
PetscErrorCode KrCertifierSeparate(int n, KrParity symmetry, int64_t n_points,
                                   const KrBall proofs[], const double x[], int touches[]);
