/* Minima for large N: a trust-region Newton method with conjugate gradients, one start at a time and all ranks of the
   model together. TAO minimises in R^N the extension F(y) = H(sqrt(N) y/|y|) of the energy; the last digits and the
   verdict are those of the gradient descent (docs/theory/searches.md). */
#include "../search_impl.h"
#include <kacrice/manifold.h>
#include <math.h>
#include <petsctao.h>

typedef struct {
  KrSearch   search;
  KrLane    *lane;
  Tao        tao;
  Vec        y;         /* unknown of TAO, |y| free */
  Vec        x;         /* y on the sphere; of the last evaluation, as the rest */
  Vec        gradient;  /* P grad H at x */
  Mat        hessian;   /* P H'' P - mu P at x */
  Mat        unknown;   /* the same, of F at the y that TAO asked for */
  Vec        evaluated; /* y of the last evaluation */
  PetscReal  energy;    /* H */
  PetscReal  length;    /* |y| */
  PetscBool  is_known;  /* something was evaluated */
  PetscBool  is_left;   /* early: a rank was asked to stop */
  VecScatter to_all;
  Vec        all; /* N, on every rank */
} Descent;

/* Derivatives of H at the point of the sphere below y, unless they are those of the last call. */
static PetscErrorCode evaluate(Descent *d, Vec y)
{
  PetscBool is_same = d->is_known;
  PetscReal mu;

  PetscFunctionBeginUser;
  if (d->is_known) PetscCall(VecEqual(y, d->evaluated, &is_same));
  if (is_same) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(VecCopy(y, d->evaluated));
  PetscCall(VecCopy(y, d->x));
  PetscCall(VecNorm(y, NORM_2, &d->length));
  PetscCall(KrSphereNormaliseVec(d->x));
  PetscCall(KrModelFillDenseHessian(d->search->model, d->x, &d->energy, d->gradient, d->hessian));
  PetscCall(KrSphereProjectVec(d->x, d->gradient, &mu));
  d->is_known = PETSC_TRUE;
  d->lane->iterations += 1;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* sqrt(N)/|y|: what a step at y is worth on the sphere. */
static PetscReal stretch(const Descent *d)
{
  return PetscSqrtReal((PetscReal)d->search->n) / d->length;
}

/* F and its gradient (sqrt(N)/|y|) P grad H; here and below in units of J, as TAO's own tolerances are numbers. */
static PetscErrorCode objective(Tao tao, Vec y, PetscReal *value, Vec gradient, void *context)
{
  Descent *d = context;

  PetscFunctionBeginUser;
  (void)tao;
  PetscCall(evaluate(d, y));
  *value = d->energy / d->search->scale;
  PetscCall(VecCopy(d->gradient, gradient));
  PetscCall(VecScale(gradient, stretch(d) / d->search->scale));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The tangent part (N/|y|^2) (P H'' P - mu P) of the Hessian of F. */
static PetscErrorCode tangent_hessian(Tao tao, Vec y, Mat hessian, Mat preconditioner,
                                      void *context)
{
  Descent *d = context;

  PetscFunctionBeginUser;
  (void)tao;
  (void)preconditioner;
  PetscCall(evaluate(d, y));
  PetscCall(MatCopy(d->hessian, hessian, SAME_NONZERO_PATTERN));
  PetscCall(MatScale(hessian, stretch(d) * stretch(d) / d->search->scale));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Near enough for Newton, or out of steps. */
static PetscErrorCode test_convergence(Tao tao, void *context)
{
  Descent           *d = context;
  TaoConvergedReason reason;
  PetscErrorCode     code;
  Vec                y;
  PetscReal          norm, length, residual;

  PetscFunctionBeginUser;
  PetscCall(TaoGetConvergedReason(tao, &reason));
  PetscCall(KrStopLook(d->search->comm, "search", &code));
  if (code != 0) {
    d->is_left = PETSC_TRUE;
    PetscCall(TaoSetConvergedReason(tao, TAO_DIVERGED_USER));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  if (reason != TAO_CONTINUE_ITERATING) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(TaoGetSolution(tao, &y));
  PetscCall(TaoGetSolutionStatus(tao, NULL, NULL, &norm, NULL, NULL, NULL));
  PetscCall(VecNorm(y, NORM_2, &length));
  residual = norm * length / (PetscReal)d->search->n * d->search->scale; /* |P grad H| / sqrt(N) */
  if (d->lane->iterations >= d->search->options.descent_max_iter)
    PetscCall(TaoSetConvergedReason(tao, TAO_DIVERGED_MAXITS));
  else if (residual <= PetscMax(d->lane->polish, d->search->options.gradient_tol))
    PetscCall(TaoSetConvergedReason(tao, TAO_CONVERGED_USER));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Trust-region Newton; its conjugate gradients start from the tangent gradient and never leave the tangent space. */
static PetscErrorCode set_newton(Descent *d)
{
  KSP      solver;
  PC       none;
  PetscInt n_local;

  PetscFunctionBeginUser;
  PetscCall(VecGetLocalSize(d->y, &n_local));
  PetscCall(MatCreateDense(d->search->comm, n_local, n_local, d->search->n, d->search->n, NULL,
                           &d->hessian));
  PetscCall(MatDuplicate(d->hessian, MAT_DO_NOT_COPY_VALUES, &d->unknown));
  PetscCall(TaoSetType(d->tao, TAONTR));
  PetscCall(TaoSetHessian(d->tao, d->unknown, d->unknown, tangent_hessian, d));
  PetscCall(TaoGetKSP(d->tao, &solver));
  PetscCall(KSPSetType(solver, KSPSTCG));
  PetscCall(KSPGetPC(solver, &none));
  PetscCall(PCSetType(none, PCNONE));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The lane's point to TAO. */
static PetscErrorCode put_point(Descent *d)
{
  PetscInt     begin, end;
  PetscScalar *entries;

  PetscFunctionBeginUser;
  PetscCall(VecGetOwnershipRange(d->y, &begin, &end));
  PetscCall(VecGetArrayWrite(d->y, &entries));
  for (PetscInt i = begin; i < end; ++i) entries[i - begin] = d->lane->x[i];
  PetscCall(VecRestoreArrayWrite(d->y, &entries));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode create(KrSearch search, KrLane *lane, Descent *d)
{
  PetscFunctionBeginUser;
  *d = (Descent){.search = search, .lane = lane};
  PetscCall(KrModelCreateVec(search->model, &d->y));
  PetscCall(VecDuplicate(d->y, &d->x));
  PetscCall(VecDuplicate(d->y, &d->gradient));
  PetscCall(VecDuplicate(d->y, &d->evaluated));
  PetscCall(VecScatterCreateToAll(d->y, &d->to_all, &d->all));
  PetscCall(put_point(d));
  PetscCall(TaoCreate(search->comm, &d->tao));
  PetscCall(set_newton(d));
  PetscCall(TaoSetObjectiveAndGradient(d->tao, NULL, objective, d));
  PetscCall(TaoSetSolution(d->tao, d->y));
  PetscCall(TaoSetConvergenceTest(d->tao, test_convergence, d));
  PetscCall(TaoSetFromOptions(d->tao));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode destroy(Descent *d)
{
  PetscFunctionBeginUser;
  PetscCall(TaoDestroy(&d->tao));
  PetscCall(MatDestroy(&d->hessian));
  PetscCall(MatDestroy(&d->unknown));
  PetscCall(VecScatterDestroy(&d->to_all));
  PetscCall(VecDestroy(&d->all));
  PetscCall(VecDestroy(&d->evaluated));
  PetscCall(VecDestroy(&d->gradient));
  PetscCall(VecDestroy(&d->x));
  PetscCall(VecDestroy(&d->y));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What TAO reached, to the lane of every rank. */
static PetscErrorCode fetch_point(Descent *d)
{
  const PetscScalar *all;

  PetscFunctionBeginUser;
  PetscCall(VecScatterBegin(d->to_all, d->y, d->all, INSERT_VALUES, SCATTER_FORWARD));
  PetscCall(VecScatterEnd(d->to_all, d->y, d->all, INSERT_VALUES, SCATTER_FORWARD));
  PetscCall(VecGetArrayRead(d->all, &all));
  PetscCall(PetscArraycpy(d->lane->x, all, d->search->n));
  PetscCall(VecRestoreArrayRead(d->all, &all));
  KrSphereNormalise((int)d->search->n, d->lane->x);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The lane is as rank 0 has it: that decides. */
static PetscErrorCode agree(Descent *d)
{
  KrLane  *lane       = d->lane;
  int      numbers[3] = {(int)lane->reason, lane->iterations, (int)lane->wants_hessian};
  MPI_Comm comm       = d->search->comm;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Bcast(numbers, 3, MPI_INT, 0, comm));
  PetscCallMPI(MPI_Bcast(&lane->polish, 1, MPI_DOUBLE, 0, comm));
  PetscCallMPI(MPI_Bcast(lane->x, (PetscMPIInt)d->search->n, MPI_DOUBLE, 0, comm));
  lane->reason        = (KrReason)numbers[0];
  lane->iterations    = numbers[1];
  lane->wants_hessian = numbers[2] ? PETSC_TRUE : PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The end of a gradient descent: Newton steps while the Hessian is positive. Afterwards the lane has ended, or it has
   a lower polish to descend to. */
static PetscErrorCode polish(Descent *d)
{
  KrSearch search = d->search;
  KrLane  *lane   = d->lane;

  PetscFunctionBeginUser;
  lane->wants_hessian     = PETSC_TRUE;
  lane->previous_residual = INFINITY;
  while (lane->reason == KR_RUNNING && lane->wants_hessian) {
    PetscCall(
      KrModelDerivatives(search->model, 1, lane->x, search->E, search->G, search->hessians));
    lane->energy = search->E[0];
    if (search->rank == 0)
      PetscCall(KrDescentAdvance(search, lane, search->G, search->hessians, NULL));
    PetscCall(agree(d));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Out of steps, or no way down: energy and residual of where that was. */
static PetscErrorCode give_up(Descent *d, KrReason reason)
{
  KrSearch search = d->search;

  PetscFunctionBeginUser;
  PetscCall(KrModelDerivatives(search->model, 1, d->lane->x, search->E, search->G, NULL));
  d->lane->energy = search->E[0];
  KrLaneMeasure(search, d->lane, search->G);
  d->lane->reason = reason;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A whole start. TAO descends to the residual lane->polish, Newton ends it or lowers lane->polish. A line search or
   trust region that gets nowhere still gets its Newton; when that fails too there is no way down. */
static PetscErrorCode run(KrSearch search, const KrRandomKey *key, KrLane *lane)
{
  Descent            d;
  TaoConvergedReason reason;

  PetscFunctionBeginUser;
  PetscCall(KrDescentBegin(search, key, lane));
  PetscCall(create(search, lane, &d));
  while (lane->reason == KR_RUNNING) {
    PetscCall(TaoSolve(d.tao));
    if (d.is_left) break;
    PetscCall(TaoGetConvergedReason(d.tao, &reason));
    PetscCall(fetch_point(&d));
    if (lane->iterations >= search->options.descent_max_iter) {
      PetscCall(give_up(&d, KR_FAILED_MAX_ITER));
      break;
    }
    PetscCall(polish(&d));
    if (lane->reason == KR_RUNNING && reason != TAO_CONVERGED_USER)
      PetscCall(give_up(&d, KR_FAILED_LINE_SEARCH));
    PetscCall(put_point(&d));
  }
  PetscCall(destroy(&d));
  PetscFunctionReturn(d.is_left ? KR_ERR_STOPPED : PETSC_SUCCESS);
}

const KrSearchOps KrSearchOps_MinimaTao = {.most_lanes = 1, .run = run};
