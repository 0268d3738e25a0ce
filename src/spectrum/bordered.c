/* The bordered matrix of the sphere, [[H'' - mu, c u], [c u^T, 0]] with u = x/|x|: its LDL^T tells the index and solves
   Newton's equations at once. */
#include <kacrice/spectrum.h>
#include <math.h>
#include <petscblaslapack.h>
#include <string.h>

/* Number of negative eigenvalues of D, the block diagonal matrix sytrf left in the lower triangle of A. */
static int count_negative(PetscBLASInt n, const double A[], const PetscBLASInt pivots[])
{
  int n_negative = 0;

  for (PetscBLASInt i = 0; i < n; ++i) {
    const double *d =
      A + (size_t)i * n + i; /* d[0] diagonal, d[1] below it, d[n+1] the next diagonal */

    if (pivots[i] > 0) {
      n_negative += d[0] < 0.0;
    } else { /* 2 x 2 block; its second row is marked as well */
      const double determinant = d[0] * d[n + 1] - d[1] * d[1];

      if (determinant < 0.0) n_negative += 1;
      else n_negative += 2 * (d[0] < 0.0);
      ++i;
    }
  }
  return n_negative;
}

/*
  KrBorderedFactor - Factorises the bordered matrix of the Riemannian Hessian, and reads the index off.

  Not collective

  Input:
+ n       - N, at least 1
. x       - point, length N, |x|^2 = N; NULL: no direction is kept out, the border is 0 with -c on the diagonal
. mu      - radial curvature or multiplier, units of J
. border  - length c of the border: of the size of H'', so that pivots do not depend on the unit of energies
- hessian - Euclidean Hessian H'', N x N, row major, symmetric (the upper triangle is read)

  Output:
+ matrix   - (N+1)^2 places: the factors, for KrBorderedSolve()
. pivots   - N+1 places
. index    - number of negative eigenvalues of P (H'' - mu) P on the tangent space: one less than the matrix has
- singular - an exactly zero pivot: there is nothing to solve

  Errors: PETSC_ERR_LIB when LAPACK refuses its arguments
  Cost:   1/3 N^3
  Source: docs/theory/spectrum.md, eq. (4); Haynsworth 1968; Bunch & Kaufman 1977
*/
PetscErrorCode KrBorderedFactor(int n, const double x[], double mu, double border,
                                const double hessian[], double matrix[], PetscBLASInt pivots[],
                                int *index, PetscBool *singular)
{
  const size_t size = (size_t)n, m = size + 1;
  const double inverse_radius = border / sqrt((double)n);
  PetscBLASInt order = (PetscBLASInt)m, lwork = (PetscBLASInt)(64 * m), info;
  PetscScalar *work;

  PetscFunctionBeginUser;
  for (size_t i = 0; i < size; ++i) { /* column major, lower triangle */
    (void)memcpy(matrix + i * m + i, hessian + i * size + i, (size - i) * sizeof(double));
    matrix[i * m + i] -= mu;
    matrix[i * m + size] = x == NULL ? 0.0 : x[i] * inverse_radius;
  }
  matrix[m * m - 1] = x == NULL ? -border : 0.0;
  PetscCall(PetscMalloc1(lwork, &work));
  PetscCall(PetscFPTrapPush(PETSC_FP_TRAP_OFF));
  PetscCallBLAS("LAPACKsytrf",
                LAPACKsytrf_("L", &order, matrix, &order, pivots, work, &lwork, &info));
  PetscCall(PetscFPTrapPop());
  PetscCall(PetscFree(work));
  PetscCheck(info >= 0, PETSC_COMM_SELF, PETSC_ERR_LIB, "LAPACK sytrf failed with info = %d",
             (int)info);
  *index =
    count_negative(order, matrix, pivots) - 1; /* the border adds one positive and one negative */
  *singular = info > 0 ? PETSC_TRUE : PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrBorderedSolve - Solves with the factors of KrBorderedFactor().

  Not collective

  Input:
+ n      - N
. matrix - factors, not singular
- pivots - from the same call

  In/out:
. rhs - N+1 entries: right-hand side in, solution out

  Cost: 2 N^2
*/
PetscErrorCode KrBorderedSolve(int n, const double matrix[], const PetscBLASInt pivots[],
                               double rhs[])
{
  PetscBLASInt order = n + 1, one = 1, info;

  PetscFunctionBeginUser;
  PetscCallBLAS("LAPACKsytrs", LAPACKsytrs_("L", &order, &one, (double *)matrix, &order,
                                            (PetscBLASInt *)pivots, rhs, &order, &info));
  PetscCheck(info == 0, PETSC_COMM_SELF, PETSC_ERR_LIB, "LAPACK sytrs failed with info = %d",
             (int)info);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrSpectrumInertia - Counts the negative eigenvalues of the Riemannian Hessian by the inertia of a bordered matrix.

  Not collective

  Shares no code and no method with KrSpectrumCompute(): the independent check of its index.

  Input:
+ n       - N, at least 1
. x       - point, length N, |x|^2 = N
. mu      - radial derivative x . grad H / N, units of J
- hessian - Euclidean Hessian H'', N x N, row major, symmetric (the upper triangle is read)

  Output:
. index - number of negative eigenvalues on the tangent space, 0 ... N-1

  Errors: PETSC_ERR_LIB when LAPACK refuses its arguments
  Cost:   1/3 N^3, (N+1)^2 reals
  Source: docs/theory/spectrum.md, eq. (4)
  See:    KrSpectrumCompute(), KrBorderedFactor()
*/
PetscErrorCode KrSpectrumInertia(int n, const double x[], double mu, const double hessian[],
                                 int *index)
{
  const size_t  m = (size_t)n + 1;
  double       *matrix, largest = 0.0;
  PetscBLASInt *pivots;
  PetscBool     ignored;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2(m * m, &matrix, m, &pivots));
  for (size_t i = 0; i < (size_t)n * (size_t)n; ++i) largest = fmax(largest, fabs(hessian[i]));
  PetscCall(KrBorderedFactor(n, x, mu, largest > 0.0 ? largest : 1.0, hessian, matrix, pivots,
                             index, &ignored));
  PetscCall(PetscFree2(matrix, pivots));
  PetscFunctionReturn(PETSC_SUCCESS);
}
