/* The Hessian across directions that are left out: the zero modes of a continuous symmetry, and the radial one. */
#include "spectrum_impl.h"
#include <math.h>
#include <petscblaslapack.h>
#include <string.h>

/* Zero modes of the model's symmetry at x, a row each; caller frees the rows with PetscFree(). Not collective. */
PetscErrorCode KrSpectrumModes(KrModel model, const double x[], int *n_modes, double **modes)
{
  const KrShape *shape;

  PetscFunctionBeginUser;
  PetscCall(KrModelGetShape(model, &shape));
  *n_modes = 0;
  *modes   = NULL;
  if (shape->symmetry->n_modes_max == 0) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscMalloc1((size_t)shape->symmetry->n_modes_max * (size_t)shape->n, modes));
  *n_modes = KrSymmetryZeroModes(shape->symmetry, shape->n, x, *modes);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Q^T C or C Q with the reflectors of a QR factorisation. */
static PetscErrorCode multiply(const char side[], const char transpose[], PetscBLASInt n,
                               PetscBLASInt k, double reflectors[], double tau[], double C[])
{
  PetscBLASInt lwork = 64 * n, info;
  PetscScalar *work;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(lwork, &work));
  PetscCallBLAS("LAPACKormqr", LAPACKormqr_(side, transpose, &n, &n, &k, reflectors, &n, tau, C, &n,
                                            work, &lwork, &info));
  PetscCheck(info == 0, PETSC_COMM_SELF, PETSC_ERR_LIB, "LAPACK ormqr failed with info = %d",
             (int)info);
  PetscCall(PetscFree(work));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The symmetric n x n `hessian`, which is destroyed, in an orthonormal basis of what is orthogonal to the `n_out`
   orthonormal rows of `out`, destroyed too: the first (n - n_out)^2 places of `reduced`. */
static PetscErrorCode reduce(PetscBLASInt n, PetscBLASInt n_out, double out[], double hessian[],
                             double reduced[])
{
  const size_t m     = (size_t)(n - n_out);
  PetscBLASInt lwork = 64 * n, info;
  PetscScalar *tau, *work;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2(n_out, &tau, lwork, &work));
  PetscCallBLAS("LAPACKgeqrf", LAPACKgeqrf_(&n, &n_out, out, &n, tau, work, &lwork, &info));
  PetscCheck(info == 0, PETSC_COMM_SELF, PETSC_ERR_LIB, "LAPACK geqrf failed with info = %d",
             (int)info);
  PetscCall(multiply("L", "T", n, n_out, out, tau, hessian));
  PetscCall(multiply("R", "N", n, n_out, out, tau, hessian));
  for (size_t i = 0; i < m; ++i)
    (void)memcpy(reduced + i * m, hessian + (i + (size_t)n_out) * (size_t)n + (size_t)n_out,
                 m * sizeof *reduced);
  PetscCall(PetscFree2(tau, work));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The Riemannian Hessian at x across its zero modes: (N - n_radial - n_modes)^2 places of `reduced`. `hessian` is the
   Euclidean one and is destroyed. */
PetscErrorCode KrSpectrumAcross(const KrManifold *manifold, int n, const double x[], double radial,
                                int n_modes, const double modes[], double hessian[],
                                double reduced[])
{
  const size_t size   = (size_t)n;
  const int    n_out  = manifold->n_radial + n_modes;
  double       square = 0.0, *out;

  PetscFunctionBeginUser;
  if (n_modes == 0) {
    (*manifold->tangent_hessian)(n, x, radial, hessian, reduced);
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(PetscMalloc1((size_t)n_out * size, &out));
  for (size_t i = 0; i < size; ++i) square += x[i] * x[i];
  for (size_t i = 0; manifold->n_radial > 0 && i < size; ++i) {
    out[i] = x[i] / sqrt(square);
    hessian[i * size + i] -= radial;
  }
  (void)memcpy(out + (size_t)manifold->n_radial * size, modes,
               (size_t)n_modes * size * sizeof *modes);
  PetscCall(reduce((PetscBLASInt)n, (PetscBLASInt)n_out, out, hessian, reduced));
  PetscCall(PetscFree(out));
  PetscFunctionReturn(PETSC_SUCCESS);
}
