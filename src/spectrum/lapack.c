/* All eigenvalues of the tangent Hessian, as a dense matrix on rank 0. */
#include "spectrum_impl.h"
#include <kacrice/manifold.h>
#include <math.h>
#include <petscblaslapack.h>

/* Eigenvalues of the symmetric n x n matrix A, ascending; A is destroyed. */
static PetscErrorCode symmetric_eigenvalues(PetscBLASInt n, double A[], double values[])
{
  PetscBLASInt lwork = -1, info;
  PetscScalar  best, *work;

  PetscFunctionBeginUser;
  if (n == 0) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscFPTrapPush(PETSC_FP_TRAP_OFF));
  PetscCallBLAS("LAPACKsyev", LAPACKsyev_("N", "L", &n, A, &n, values, &best, &lwork, &info));
  lwork = (PetscBLASInt)best;
  PetscCall(PetscMalloc1(lwork, &work));
  PetscCallBLAS("LAPACKsyev", LAPACKsyev_("N", "L", &n, A, &n, values, work, &lwork, &info));
  PetscCall(PetscFPTrapPop());
  PetscCheck(info == 0, PETSC_COMM_SELF, PETSC_ERR_LIB, "LAPACK syev failed with info = %d",
             (int)info);
  PetscCall(PetscFree(work));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Sums up the m ascending eigenvalues of a point. */
static void summarise(const KrSpectrumOptions *options, int m, const double values[],
                      KrSpectrum *spectrum)
{
  spectrum->index  = 0;
  spectrum->margin = INFINITY;
  for (int i = 0; i < m; ++i) {
    spectrum->index += values[i] < 0.0;
    spectrum->margin = fmin(spectrum->margin, fabs(values[i]));
  }
  for (int i = 0; i < options->lowest; ++i) spectrum->lowest[i] = i < m ? values[i] : NAN;
  for (int i = 0; i < options->highest; ++i) spectrum->highest[i] = i < m ? values[m - 1 - i] : NAN;
  spectrum->n_all = m;
  for (int i = 0; i < m && spectrum->all != NULL; ++i) spectrum->all[i] = values[i];
}

/*
  KrSpectrumCompute_LAPACK - Computes every eigenvalue of the tangent Hessian on rank 0 and sends them to the others.

  Collective on the communicator of the model

  Input and output as KrSpectrumCompute()

  The zero modes of a continuous symmetry are not among the directions either.

  Errors: PETSC_ERR_LIB when LAPACK fails
  Cost:   one Hessian; 4/3 N^3 operations on rank 0; 2 N^2 reals there, N^2 on the others; one broadcast of N-1 reals
  Source: docs/theory/spectrum.md, sec. 2
  See:    KrSphereTangentHessian()
*/
PetscErrorCode KrSpectrumCompute_LAPACK(const KrSpectrumOptions *options, KrModel model,
                                        const double x[], KrSpectrum *spectrum)
{
  const KrManifold *manifold;
  MPI_Comm          comm;
  PetscMPIInt       rank, m;
  PetscInt          n;
  double            energy, mu, *gradient, *hessian, *tangent, *values, *modes;
  int               n_modes;

  PetscFunctionBeginUser;
  PetscCall(KrModelGetComm(model, &comm));
  PetscCall(KrModelGetSize(model, &n));
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCall(KrModelGetManifold(model, &manifold));
  PetscCall(KrSpectrumModes(model, x, &n_modes, &modes));
  PetscCall(PetscMPIIntCast(n - manifold->n_radial - n_modes, &m));
  PetscCall(PetscMalloc3(n, &gradient, (size_t)n * (size_t)n, &hessian, n, &values));
  PetscCall(KrModelDerivatives(model, 1, x, &energy, gradient, hessian));
  if (rank == 0) { /* one rank decides, so that ranks on unlike hardware agree on the index */
    mu = (*manifold->project)((int)n, x, gradient);
    PetscCall(PetscMalloc1((size_t)m * (size_t)m, &tangent));
    PetscCall(KrSpectrumAcross(manifold, (int)n, x, mu, n_modes, modes, hessian, tangent));
    PetscCall(symmetric_eigenvalues((PetscBLASInt)m, tangent, values));
    PetscCall(PetscFree(tangent));
  }
  PetscCallMPI(MPI_Bcast(values, m, MPI_DOUBLE, 0, comm));
  summarise(options, m, values, spectrum);
  PetscCall(PetscFree(modes));
  PetscCall(PetscFree3(gradient, hessian, values));
  PetscFunctionReturn(PETSC_SUCCESS);
}
