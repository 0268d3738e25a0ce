/* The extreme eigenvalues of the Hessian by a Krylov method: of an operator that contracts the couplings in each
   product, or of a dense matrix whose rows are spread over the ranks. */
#include "spectrum_impl.h"
#include <math.h>
#include <slepceps.h>

/* Residual of an eigenpair we accept, relative to the size of the operator: r is never less than the error of the
   eigenvalue, which is of the order of r^2 / gap unless the gap to the next one is as small as r. */
#define KR_SPECTRUM_TOL 1e-9

typedef struct {     /* the Riemannian Hessian at one point */
  Mat    hessian;    /* P H'' P - mu P */
  Vec    radial;     /* the point: its kernel, to be kept out */
  double tol;        /* of a residual, units of J */
  int    m;          /* N less what is kept out */
  int    n_kept_out; /* the radial direction, and the zero modes of a continuous symmetry */
  Vec   *kept_out;   /* n_kept_out */
} Operator;

typedef struct { /* what is known of one end of the spectrum */
  EPSWhich which;
  double   sign;    /* sign * eigenvalue ascends from this end */
  int      n_known; /* eigenpairs, without a gap, counted from this end */
  double  *values;  /* m places */
  Vec     *basis;   /* N places: what is kept out (borrowed), then an eigenvector for each value */
  Vec     *vectors; /* where those begin */
  int      n_solves;
} SpectrumEnd;

/* Copies a point that every rank holds into a distributed Vec. */
PetscErrorCode KrSpectrumFillVec(Vec vec, const double x[])
{
  PetscInt     begin, end;
  PetscScalar *local;

  PetscFunctionBeginUser;
  PetscCall(VecGetOwnershipRange(vec, &begin, &end));
  PetscCall(VecGetArrayWrite(vec, &local));
  for (PetscInt i = begin; i < end; ++i) local[i - begin] = x[i];
  PetscCall(VecRestoreArrayWrite(vec, &local));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A vector with no structure, the same on any number of ranks, so that the answers are too; another for each number. */
static PetscErrorCode fill_start(Vec vec, int number)
{
  PetscInt     begin, end;
  PetscScalar *local;

  PetscFunctionBeginUser;
  PetscCall(VecGetOwnershipRange(vec, &begin, &end));
  PetscCall(VecGetArrayWrite(vec, &local));
  for (PetscInt i = begin; i < end; ++i)
    local[i - begin] = sin((double)(number + 1) * (double)(i + 1) * (double)(i + 1));
  PetscCall(VecRestoreArrayWrite(vec, &local));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Absolute tolerance: one product with a generic vector gives the root mean square of the eigenvalues. */
static PetscErrorCode absolute_tolerance(Mat hessian, Vec radial, double *tol)
{
  Vec       start, product;
  PetscReal norm, start_norm;

  PetscFunctionBeginUser;
  PetscCall(VecDuplicate(radial, &start));
  PetscCall(VecDuplicate(radial, &product));
  PetscCall(fill_start(start, 0));
  PetscCall(MatMult(hessian, start, product));
  PetscCall(VecNorm(product, NORM_2, &norm));
  PetscCall(VecNorm(start, NORM_2, &start_norm));
  PetscCall(VecDestroy(&product));
  PetscCall(VecDestroy(&start));
  *tol = norm > 0.0 ? KR_SPECTRUM_TOL * norm / start_norm : KR_SPECTRUM_TOL;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Solver for `wanted` more eigenpairs, beyond what the end knows. Made anew for each solve: one that is used again with
   other dimensions lets the radial direction back in (seen with SLEPc 3.18). */
static PetscErrorCode create_solver(const Operator *op, const SpectrumEnd *end, int wanted,
                                    EPS *eps)
{
  const int left =
    op->m - end->n_known; /* dimension of the space left, which no Krylov space exceeds */
  DS  ds;
  Vec start;

  PetscFunctionBeginUser;
  PetscCall(EPSCreate(PetscObjectComm((PetscObject)op->hessian), eps));
  PetscCall(EPSSetOperators(*eps, op->hessian, NULL));
  PetscCall(EPSSetProblemType(*eps, EPS_HEP));
  PetscCall(EPSSetType(*eps, EPSKRYLOVSCHUR));
  PetscCall(EPSSetConvergenceTest(
    *eps, EPS_CONV_ABS)); /* relative to an eigenvalue means nothing near zero */
  PetscCall(EPSSetTolerances(*eps, op->tol, 10000));
  PetscCall(EPSGetDS(*eps, &ds));
  PetscCall(
    DSSetParallel(ds, DS_PARALLEL_SYNCHRONIZED)); /* ranks on unlike hardware keep in step */
  PetscCall(EPSSetFromOptions(*eps));
  PetscCall(EPSSetWhichEigenpairs(*eps, end->which));
  PetscCall(EPSSetDimensions(*eps, wanted, PetscMin(PetscMax(left, wanted + 1), 2 * wanted + 15),
                             PETSC_DEFAULT));
  if (end->n_known + op->n_kept_out > 0)
    PetscCall(EPSSetDeflationSpace(*eps, end->n_known + op->n_kept_out, end->basis));
  PetscCall(VecDuplicate(op->radial, &start));
  PetscCall(fill_start(start, end->n_solves));
  PetscCall(EPSSetInitialSpace(*eps, 1, &start));
  PetscCall(VecDestroy(&start));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Takes an eigenpair to its place in the order of the end; the vector becomes the end's. */
static void insert(SpectrumEnd *end, double value, Vec vector)
{
  int place = end->n_known++;

  for (; place > 0 && end->sign * end->values[place - 1] > end->sign * value; --place) {
    end->values[place]  = end->values[place - 1];
    end->vectors[place] = end->vectors[place - 1];
  }
  end->values[place]  = value;
  end->vectors[place] = vector;
}

/* Finds `wanted` more eigenpairs orthogonal to those known; reports the one nearest to the end. */
static PetscErrorCode solve_once(const Operator *op, int wanted, SpectrumEnd *end, double *first)
{
  MPI_Comm    comm = PetscObjectComm((PetscObject)op->hessian);
  EPS         eps;
  PetscInt    n_found;
  PetscScalar value;
  Vec         vector;

  PetscFunctionBeginUser;
  PetscCall(create_solver(op, end, wanted, &eps));
  PetscCall(EPSSolve(eps));
  PetscCall(EPSGetConverged(eps, &n_found));
  PetscCheck(n_found >= wanted, comm, PETSC_ERR_NOT_CONVERGED,
             "SLEPc found %" PetscInt_FMT
             " of %d eigenvalues; try a larger -eps_max_it or -eps_tol, or "
             "-spectrum_method lapack",
             n_found, wanted);
  for (PetscInt i = 0; i < wanted; ++i) {
    PetscCall(VecDuplicate(op->radial, &vector));
    PetscCall(EPSGetEigenpair(eps, i, &value, NULL, vector, NULL));
    PetscCallMPI(MPI_Bcast(&value, 1, MPIU_SCALAR, 0, comm)); /* decisions on it must be one */
    if (i == 0) *first = PetscRealPart(value);
    insert(end, PetscRealPart(value), vector);
  }
  PetscCall(EPSDestroy(&eps));
  end->n_solves += 1;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Extends what is known to at least `wanted` eigenvalues without a gap. A Krylov space holds one vector of each
   eigenspace, so copies of a degenerate eigenvalue are missed: look again from another start, orthogonal to all that
   is known, until nothing nearer to the end turns up. */
static PetscErrorCode extend_end(const Operator *op, int wanted, SpectrumEnd *end)
{
  double    found = 0.0, last;
  PetscBool gap   = PETSC_TRUE;

  PetscFunctionBeginUser;
  PetscCall(solve_once(op, wanted - end->n_known, end, &found));
  while (gap && end->n_known < op->m) {
    last = end->values[end->n_known - 1];
    PetscCall(solve_once(op, 1, end, &found));
    gap = (PetscBool)(end->sign * found < end->sign * last - op->tol);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Has the known part of this end reached across zero, or the whole spectrum? */
static PetscBool end_is_complete(const SpectrumEnd *end, int m)
{
  const double last = end->values[end->n_known - 1];

  return (PetscBool)(end->n_known == m || (end->sign > 0.0 ? last >= 0.0 : last < 0.0));
}

/* Number of eigenvalues before zero, and distance of zero to the nearest, from an end that is complete. */
static void locate_zero(const SpectrumEnd *end, int m, KrSpectrum *spectrum)
{
  int n_before = 0;

  spectrum->margin = INFINITY;
  for (int i = 0; i < end->n_known; ++i) {
    n_before += end->sign > 0.0 ? end->values[i] < 0.0 : end->values[i] >= 0.0;
    spectrum->margin = fmin(spectrum->margin, fabs(end->values[i]));
  }
  spectrum->index = end->sign > 0.0 ? n_before : m - n_before;
}

/* Asks for more eigenvalues from the end that is nearer to zero until they reach across it. */
static PetscErrorCode find_index(const Operator *op, SpectrumEnd *low, SpectrumEnd *high,
                                 KrSpectrum *spectrum)
{
  SpectrumEnd *end = fabs(low->values[0]) <= fabs(high->values[0]) ? low : high;

  PetscFunctionBeginUser;
  if (end_is_complete(low, op->m)) end = low;
  else if (end_is_complete(high, op->m)) end = high;
  while (end_is_complete(end, op->m) == PETSC_FALSE)
    PetscCall(extend_end(op, PetscMin(op->m, 2 * end->n_known), end));
  locate_zero(end, op->m, spectrum);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Starts an end with its first eigenvalues. */
static PetscErrorCode create_end(const Operator *op, EPSWhich which, int wanted, SpectrumEnd *end)
{
  PetscFunctionBeginUser;
  *end = (SpectrumEnd){.which = which, .sign = which == EPS_SMALLEST_REAL ? 1.0 : -1.0};
  PetscCall(PetscMalloc2(op->m, &end->values, op->m + op->n_kept_out, &end->basis));
  for (int i = 0; i < op->n_kept_out; ++i) end->basis[i] = op->kept_out[i];
  end->vectors = end->basis + op->n_kept_out;
  PetscCall(extend_end(op, PetscMin(op->m, PetscMax(1, wanted)), end));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Frees the values and eigenvectors of an end. */
static PetscErrorCode destroy_end(SpectrumEnd *end)
{
  PetscFunctionBeginUser;
  for (int i = 0; i < end->n_known; ++i) PetscCall(VecDestroy(&end->vectors[i]));
  PetscCall(PetscFree2(end->values, end->basis));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Which directions no eigenvector is to have a part of. */
static PetscErrorCode keep_out(KrModel model, int n_radial, const double x[], Operator *op)
{
  double  *modes;
  int      n_modes;
  PetscInt n;

  PetscFunctionBeginUser;
  PetscCall(VecGetSize(op->radial, &n));
  PetscCall(KrSpectrumModes(model, x, &n_modes, &modes));
  op->n_kept_out = n_radial + n_modes;
  PetscCall(PetscMalloc1(op->n_kept_out, &op->kept_out));
  if (n_radial > 0) op->kept_out[0] = op->radial;
  for (int i = 0; i < n_modes; ++i) {
    PetscCall(VecDuplicate(op->radial, &op->kept_out[n_radial + i]));
    PetscCall(KrSpectrumFillVec(op->kept_out[n_radial + i], modes + (size_t)i * (size_t)n));
  }
  PetscCall(PetscFree(modes));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Both ends of the spectrum, then the index. */
static PetscErrorCode solve_spectrum(const KrSpectrumOptions *options, const Operator *op,
                                     KrSpectrum *spectrum)
{
  SpectrumEnd low, high;

  PetscFunctionBeginUser;
  PetscCall(create_end(op, EPS_SMALLEST_REAL, options->lowest, &low));
  PetscCall(create_end(op, EPS_LARGEST_REAL, options->highest, &high));
  for (int i = 0; i < options->lowest; ++i) spectrum->lowest[i] = i < op->m ? low.values[i] : NAN;
  for (int i = 0; i < options->highest; ++i)
    spectrum->highest[i] = i < op->m ? high.values[i] : NAN;
  spectrum->n_all = 0;
  PetscCall(find_index(op, &low, &high, spectrum));
  PetscCall(destroy_end(&low));
  PetscCall(destroy_end(&high));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrSpectrumCompute_SLEPc - Computes the extreme eigenvalues by Krylov-Schur, and the index by counting from the end
  nearer to zero.

  Collective on the communicator of the model

  Input and output as KrSpectrumCompute(), N at least 2; options -eps_... of SLEPc are honoured, but not -eps_nev,
  -eps_ncv and the choice of the end; dense - form the Hessian once, rows spread over the ranks, or contract the
  couplings in each product

  Errors: PETSC_ERR_NOT_CONVERGED
  Cost:   some hundred Hessian products when zero is near an end of the spectrum, of order N of them and N^2 reals
          in all when the index is of order N. Dense: one pass over the couplings, and products of 2 N^2/R flops on R
          ranks; else a pass for each product
  Source: docs/theory/spectrum.md, sec. 3; Stewart 2001
  See:    KrModelCreateHessian(), KrModelCreateDenseHessian()
*/
PetscErrorCode KrSpectrumCompute_SLEPc(const KrSpectrumOptions *options, KrModel model,
                                       const double x[], PetscBool dense, KrSpectrum *spectrum)
{
  const KrManifold *manifold;
  Operator          op;
  PetscInt          n;

  PetscFunctionBeginUser;
  PetscCall(KrModelGetSize(model, &n));
  PetscCall(KrModelGetManifold(model, &manifold));
  PetscCall(KrModelCreateVec(model, &op.radial));
  PetscCall(KrSpectrumFillVec(op.radial, x));
  PetscCall(keep_out(model, manifold->n_radial, x, &op));
  op.m = (int)n - op.n_kept_out;
  if (dense) PetscCall(KrModelCreateDenseHessian(model, op.radial, &op.hessian));
  else PetscCall(KrModelCreateHessian(model, op.radial, &op.hessian));
  PetscCall(absolute_tolerance(op.hessian, op.radial, &op.tol));
  PetscCall(solve_spectrum(options, &op, spectrum));
  for (int i = manifold->n_radial; i < op.n_kept_out; ++i) PetscCall(VecDestroy(&op.kept_out[i]));
  PetscCall(PetscFree(op.kept_out));
  PetscCall(MatDestroy(&op.hessian));
  PetscCall(VecDestroy(&op.radial));
  PetscFunctionReturn(PETSC_SUCCESS);
}
