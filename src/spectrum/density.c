/* The whole spectrum without all eigenvalues: Lanczos quadrature of its spectral measure. */
#include "spectrum_impl.h"
#include <kacrice/rng.h>
#include <petscblaslapack.h>

#define COUNTERS_A_VECTOR 24 /* bits: pairs of normal numbers */
#define BREAKDOWN         1e-11 /* relative to the operator: nothing is left of a Krylov vector below it */

typedef struct { /* Lanczos from one vector */
  Mat          hessian;
  Vec          radial; /* unit vector along the point, to be kept out */
  int          n_modes;
  Vec         *modes; /* zero modes, to be kept out too */
  Vec         *basis; /* n_max */
  int          n_max, n_steps;
  double      *diagonal, *beside; /* n_max: the tridiagonal matrix, then its eigenvalues */
  double      *vectors;           /* n_max x n_max: its eigenvectors, in columns */
  PetscScalar *products;          /* n_max */
} Lanczos;

static PetscErrorCode create(Mat hessian, Vec radial, int n_max, Lanczos *lanczos)
{
  PetscFunctionBeginUser;
  *lanczos = (Lanczos){.hessian = hessian, .radial = radial, .n_max = n_max};
  PetscCall(VecDuplicateVecs(radial, n_max, &lanczos->basis));
  PetscCall(PetscMalloc4(n_max, &lanczos->diagonal, n_max, &lanczos->beside, n_max,
                         &lanczos->products, (size_t)n_max * (size_t)n_max, &lanczos->vectors));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Rows that every rank has, orthonormal. */
static PetscErrorCode keep_out(Lanczos *lanczos, int n_modes, const double rows[])
{
  PetscInt n;

  PetscFunctionBeginUser;
  if (n_modes == 0) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(VecGetSize(lanczos->radial, &n));
  PetscCall(VecDuplicateVecs(lanczos->radial, n_modes, &lanczos->modes));
  lanczos->n_modes = n_modes;
  for (int i = 0; i < n_modes; ++i)
    PetscCall(KrSpectrumFillVec(lanczos->modes[i], rows + (size_t)i * (size_t)n));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode destroy(Lanczos *lanczos)
{
  PetscFunctionBeginUser;
  PetscCall(VecDestroyVecs(lanczos->n_max, &lanczos->basis));
  if (lanczos->n_modes > 0) PetscCall(VecDestroyVecs(lanczos->n_modes, &lanczos->modes));
  PetscCall(PetscFree4(lanczos->diagonal, lanczos->beside, lanczos->products, lanczos->vectors));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Random vector of a fixed stream; every rank draws all of it, so that it does not depend on their number. */
static PetscErrorCode fill_random(Vec vec, int number)
{
  const KrRandomKey key = {.stream = KR_STREAM_SPECTRUM};
  double           *all;
  PetscInt          n;

  PetscFunctionBeginUser;
  PetscCall(VecGetSize(vec, &n));
  PetscCall(PetscMalloc1(n, &all));
  KrRandomNormals(&key, (uint64_t)number << COUNTERS_A_VECTOR, (int)n, all);
  PetscCall(KrSpectrumFillVec(vec, all));
  PetscCall(PetscFree(all));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Makes v orthogonal to the radial direction and the first `n` vectors of the basis: twice, so that it is to rounding.
   Then to length 1; norm is what it was. */
static PetscErrorCode orthonormalise(Lanczos *lanczos, int n, Vec v, PetscReal *norm)
{
  PetscScalar along;

  PetscFunctionBeginUser;
  for (int pass = 0; pass < 2; ++pass) {
    PetscCall(VecDot(v, lanczos->radial, &along));
    PetscCall(VecAXPY(v, -along, lanczos->radial));
    for (int i = 0; i < lanczos->n_modes; ++i) {
      PetscCall(VecDot(v, lanczos->modes[i], &along));
      PetscCall(VecAXPY(v, -along, lanczos->modes[i]));
    }
    PetscCall(VecMDot(v, n, lanczos->basis, lanczos->products));
    for (int i = 0; i < n; ++i) lanczos->products[i] = -lanczos->products[i];
    PetscCall(VecMAXPY(v, n, lanczos->products, lanczos->basis));
  }
  PetscCall(VecNorm(v, NORM_2, norm));
  if (*norm > 0.0) PetscCall(VecScale(v, 1.0 / *norm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The tridiagonal matrix of the Krylov space of basis[0]; it ends early where the space is invariant. */
static PetscErrorCode iterate(Lanczos *lanczos)
{
  PetscScalar alpha;
  PetscReal   beta, size = 0.0;
  Vec         last;

  PetscFunctionBeginUser;
  PetscCall(
    VecDuplicate(lanczos->radial, &last)); /* what the last step would start the next with */
  for (int j = 0; j < lanczos->n_max; ++j) {
    Vec next = j + 1 < lanczos->n_max ? lanczos->basis[j + 1] : last;

    lanczos->n_steps = j + 1;
    PetscCall(MatMult(lanczos->hessian, lanczos->basis[j], next));
    PetscCall(VecDot(next, lanczos->basis[j], &alpha));
    PetscCall(orthonormalise(lanczos, j + 1, next, &beta));
    lanczos->diagonal[j] = PetscRealPart(alpha);
    lanczos->beside[j]   = beta;
    size                 = PetscMax(size, PetscMax(PetscAbsScalar(alpha), beta));
    if (beta <= BREAKDOWN * size) break;
  }
  PetscCall(VecDestroy(&last));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Gauss: nodes are the eigenvalues of the tridiagonal matrix, weights the squared first entries of its eigenvectors.
   One rank solves, so that all have the same. */
static PetscErrorCode solve_tridiagonal(Lanczos *lanczos, double share, double nodes[],
                                        double weights[])
{
  MPI_Comm     comm = PetscObjectComm((PetscObject)lanczos->hessian);
  PetscBLASInt n    = (PetscBLASInt)lanczos->n_steps, info;
  PetscReal   *work;
  PetscMPIInt  rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  if (rank == 0) {
    PetscCall(PetscMalloc1(2 * n, &work));
    PetscCallBLAS("LAPACKsteqr", LAPACKsteqr_("I", &n, lanczos->diagonal, lanczos->beside,
                                              lanczos->vectors, &n, work, &info));
    PetscCheck(info == 0, PETSC_COMM_SELF, PETSC_ERR_LIB, "LAPACK steqr failed with info = %d",
               (int)info);
    PetscCall(PetscFree(work));
    for (int i = 0; i < lanczos->n_steps; ++i) {
      const double first = lanczos->vectors[(size_t)i * (size_t)n];

      nodes[i]   = lanczos->diagonal[i];
      weights[i] = share * first * first;
    }
  }
  PetscCallMPI(MPI_Bcast(nodes, lanczos->n_steps, MPI_DOUBLE, 0, comm));
  PetscCallMPI(MPI_Bcast(weights, lanczos->n_steps, MPI_DOUBLE, 0, comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Quadratures of all vectors, one after the other. */
static PetscErrorCode collect(Lanczos *lanczos, int n_vectors, int n_nodes[], double nodes[],
                              double weights[])
{
  PetscReal norm;

  PetscFunctionBeginUser;
  for (int v = 0; v < n_vectors; ++v) {
    PetscCall(fill_random(lanczos->basis[0], v));
    PetscCall(orthonormalise(lanczos, 0, lanczos->basis[0], &norm));
    PetscCall(iterate(lanczos));
    PetscCall(solve_tridiagonal(lanczos, 1.0 / n_vectors, nodes, weights));
    n_nodes[v] = lanczos->n_steps;
    nodes += n_nodes[v];
    weights += n_nodes[v];
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrSpectrumDensity - Approximates the distribution of all eigenvalues of the Riemannian Hessian by Lanczos quadrature.

  Collective on the communicator of the model

  For a unit vector v of the tangent space the k steps of Lanczos give a Gauss rule of k nodes with

      sum_i weight_i node_i^j = v . (Hessian)^j v,    j = 0 ... 2k-1

  whose mean over random v is tr (Hessian)^j / (N-1): the moments of the eigenvalue distribution.

  Input:
+ options   - method slepc: each product contracts the couplings; others: of a dense matrix, rows spread over the ranks
. model     - drawn, N at least 2
. x         - point, length N, |x|^2 = N, the same on every rank
. n_vectors - random vectors, of a fixed stream: the same on any number of ranks
- n_steps   - steps of each, k; at most N-1 are made

  Output:
+ n_nodes - n_vectors entries: nodes of each vector, n_steps or less where a Krylov space is exhausted
. nodes   - n_vectors n_steps places: vector after vector, ascending in each, units of J
- weights - as many: positive; those of a vector sum to 1/n_vectors

  Errors: PETSC_ERR_LIB when LAPACK fails
  Cost:   n_vectors n_steps Hessian products; n_steps vectors of N/R reals on each of R ranks;
          8 n_vectors n_steps^2 N/R flops of full reorthogonalisation, and 6 Allreduces a step
  Source: docs/theory/spectrum.md, sec. 6; Golub & Welsch 1969; Lin, Saad & Yang 2016
  See:    KrSpectrumCompute()
*/
PetscErrorCode KrSpectrumDensity(const KrSpectrumOptions *options, KrModel model, const double x[],
                                 int n_vectors, int n_steps, int n_nodes[], double nodes[],
                                 double weights[])
{
  const KrManifold *manifold;
  Lanczos           lanczos;
  Mat               hessian;
  Vec               radial;
  PetscInt          n;
  double           *rows;
  int               n_modes;

  PetscFunctionBeginUser;
  PetscCall(KrModelGetSize(model, &n));
  PetscCall(KrModelCreateVec(model, &radial));
  PetscCall(KrSpectrumFillVec(radial, x));
  if (options->method == KR_SPECTRUM_SLEPC)
    PetscCall(KrModelCreateHessian(model, radial, &hessian));
  else PetscCall(KrModelCreateDenseHessian(model, radial, &hessian));
  PetscCall(KrModelGetManifold(model, &manifold));
  if (manifold->n_radial > 0) PetscCall(VecNormalize(radial, NULL));
  else PetscCall(VecSet(radial, 0.0)); /* nothing is kept out */
  PetscCall(KrSpectrumModes(model, x, &n_modes, &rows));
  PetscCall(
    create(hessian, radial, (int)PetscMin(n_steps, n - manifold->n_radial - n_modes), &lanczos));
  PetscCall(keep_out(&lanczos, n_modes, rows));
  PetscCall(collect(&lanczos, n_vectors, n_nodes, nodes, weights));
  PetscCall(destroy(&lanczos));
  PetscCall(PetscFree(rows));
  PetscCall(MatDestroy(&hessian));
  PetscCall(VecDestroy(&radial));
  PetscFunctionReturn(PETSC_SUCCESS);
}
