/* Proofs of the points of a sample: what the mathematics of kacrice/certify.h wants to know, from the model. */
#include "certifier.h"
#include "census_impl.h"
#include <kacrice/manifold.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define AUTO_N_MAX     100       /* a proof costs 5 N^3 operations, as much as the spectrum */
#define AUTO_BYTES_MAX (1 << 28) /* the absolute couplings take as much memory again */
#define STEPS_MAX      2         /* of Newton, when the residual is not small enough for a proof */

/*
  KrCensusCertifies - Tells whether a census proves its points.

  Not collective

  Input:
+ options - of the census
. n       - N
- f       - orders of the model; NULL: it is no polynomial, and there are no proofs

  Returns: -census_certify, and for auto: N is at most 100, the couplings take at most 256 MB, and the points are stored
  Errors:  none
  Cost:    none
  Source:  docs/theory/certificates.md, section 6
  See:     KrCensusFinish()
*/
PetscBool KrCensusCertifies(const KrCensusOptions *options, int n, const KrMixture *f)
{
  if (f == NULL) return PETSC_FALSE;
  if (options->certify != KR_CERTIFY_AUTO)
    return options->certify == KR_CERTIFY_TRUE ? PETSC_TRUE : PETSC_FALSE;
  return options->store_points && n <= AUTO_N_MAX && KrModelCouplingBytes(n, f) <= AUTO_BYTES_MAX
           ? PETSC_TRUE
           : PETSC_FALSE;
}

static PetscErrorCode find_bounds(KrCertifier *certifier)
{
  MPI_Comm        comm;
  int             n_tensors;
  const KrTensor *tensors;
  double          squares[KR_MIXTURE_MAX], scale;

  PetscFunctionBeginUser;
  PetscCall(KrModelGetComm(certifier->model, &comm));
  PetscCall(KrModelGetTensors(certifier->model, &n_tensors, &tensors));
  for (int t = 0; t < n_tensors; ++t) squares[t] = KrTensorSquares(&tensors[t]);
  PetscCall(KrSumReals(comm, n_tensors, squares));
  PetscCall(KrModelGetScale(certifier->model, &scale));
  KrCertifyBoundsInit(certifier->n, scale, &certifier->bounds);
  for (int t = 0; t < n_tensors; ++t)
    KrCertifyBoundsAdd(tensors[t].order, pow(certifier->n, -0.5 * (tensors[t].order - 1)),
                       squares[t], &certifier->bounds);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Collective on the communicator of the model, whose disorder is in and must stay. */
PetscErrorCode KrCertifierCreate(KrModel model, KrCertifier *certifier)
{
  PetscInt n;

  PetscFunctionBeginUser;
  PetscCall(KrModelGetSize(model, &n));
  *certifier = (KrCertifier){.model = model, .n = (int)n};
  PetscCall(KrModelCreateAbsolute(model, &certifier->absolute));
  PetscCall(find_bounds(certifier));
  PetscCall(PetscMalloc7(n, &certifier->gradient, n * n, &certifier->hessian, n,
                         &certifier->absolute_gradient, n * n, &certifier->absolute_hessian, n,
                         &certifier->x_absolute, n, &certifier->step, KrCertifyWork((int)n),
                         &certifier->work));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KrCertifierDestroy(KrCertifier *certifier)
{
  PetscFunctionBeginUser;
  PetscCall(KrModelDestroy(&certifier->absolute));
  PetscCall(PetscFree7(certifier->gradient, certifier->hessian, certifier->absolute_gradient,
                       certifier->absolute_hessian, certifier->x_absolute, certifier->step,
                       certifier->work));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Collective on the communicator of the model. One rank proves, so that ranks on unlike hardware agree. */
PetscErrorCode KrCertifierProve(KrCertifier *certifier, const double x[], KrCertificate *proof)
{
  KrDerivatives at       = {.gradient = certifier->gradient, .hessian = certifier->hessian};
  KrDerivatives absolute = {.gradient = certifier->absolute_gradient,
                            .hessian  = certifier->absolute_hessian};
  MPI_Comm      comm;
  PetscMPIInt   rank;

  PetscFunctionBeginUser;
  PetscCall(KrModelGetComm(certifier->model, &comm));
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  for (int i = 0; i < certifier->n; ++i) certifier->x_absolute[i] = fabs(x[i]);
  PetscCall(KrModelDerivatives(certifier->model, 1, x, &at.energy, certifier->gradient,
                               certifier->hessian));
  PetscCall(KrModelDerivatives(certifier->absolute, 1, certifier->x_absolute, &absolute.energy,
                               certifier->absolute_gradient, certifier->absolute_hessian));
  if (rank == 0)
    KrCertify(&certifier->bounds, x, &at, &absolute, certifier->work, certifier->step, proof);
  PetscCallMPI(MPI_Bcast(proof, (PetscMPIInt)sizeof *proof, MPI_BYTE, 0, comm));
  PetscCallMPI(MPI_Bcast(certifier->step, certifier->n, MPI_DOUBLE, 0, comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Proves x, after a step of Newton or two when it has to be; x stays as it was when that does not help. Collective on
   the communicator of the model. */
PetscErrorCode KrCertifierPolish(KrCertifier *certifier, double x[], KrCertificate *proof,
                                 int *n_steps)
{
  const size_t  bytes = (size_t)certifier->n * sizeof *x;
  KrCertificate first;
  double       *y;

  PetscFunctionBeginUser;
  *n_steps = 0;
  PetscCall(KrCertifierProve(certifier, x, proof));
  if (proof->exists && proof->index >= 0) PetscFunctionReturn(PETSC_SUCCESS);
  first = *proof;
  PetscCall(PetscMalloc1(certifier->n, &y));
  (void)memcpy(y, x, bytes);
  for (int step = 1; step <= STEPS_MAX && *n_steps == 0; ++step) {
    KrSphereStep(certifier->n, y, certifier->step, 1.0);
    PetscCall(KrCertifierProve(certifier, y, proof));
    if (proof->exists && proof->index >= 0) *n_steps = step;
  }
  if (*n_steps > 0) (void)memcpy(x, y, bytes);
  else *proof = first;
  PetscCall(PetscFree(y));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* For each of the points: does its ball touch another one? Only those with a radius > 0 have one. */
PetscErrorCode KrCertifierSeparate(int n, KrParity symmetry, int64_t n_points,
                                   const KrBall proofs[], const double x[], int touches[])
{
  const KrAntipode antipode = symmetry == KR_PARITY_EVEN  ? KR_ANTIPODE_EVEN
                              : symmetry == KR_PARITY_ODD ? KR_ANTIPODE_ODD
                                                          : KR_ANTIPODE_NONE;
  KrBall          *balls;
  int             *sorted;
  int64_t          n_balls = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2(n_points, &balls, n_points, &sorted));
  for (int64_t i = 0; i < n_points; ++i) {
    touches[i] = 0;
    if (proofs[i].radius > 0.0) balls[n_balls++] = proofs[i];
  }
  KrBallsSeparate(n, antipode, n_balls, balls, x, sorted);
  for (int64_t i = 0; i < n_balls; ++i) touches[balls[i].place] = sorted[i];
  PetscCall(PetscFree2(balls, sorted));
  PetscFunctionReturn(PETSC_SUCCESS);
}
