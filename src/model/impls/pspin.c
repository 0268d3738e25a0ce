/* Spherical p-spin model, pure and mixed: H(sigma) = sum_p N^{-(p-1)/2} T_p(sigma, ..., sigma) with Gaussian
   symmetric tensors, E[H H'] = N f(q). The coefficients hold T_p with its multiplicities and sqrt(c_p). */
#include "../model_impl.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  int      n_orders;
  KrTensor tensor[KR_MIXTURE_MAX];
  double   scale[KR_MIXTURE_MAX]; /* N^{-(p-1)/2} */
  double  *lanes;                 /* KR_LANES points: X, G and E side by side */
  double  *hessian;               /* KR_LANES work matrices, made when first wanted */
} PSpin;

static PetscErrorCode KrModelSetUp_PSpin(KrModel model)
{
  PSpin      *pspin = model->data;
  const int   n     = (int)model->n;
  PetscMPIInt rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(model->comm, &rank));
  pspin->n_orders = model->f.n_orders;
  for (int o = 0; o < pspin->n_orders; ++o) {
    KrTensor *tensor = &pspin->tensor[o];
    int64_t   begin, end;
    size_t    bytes;

    KrTensorSplit(model->f.order[o], n, model->size, rank, &begin, &end);
    KrTensorInit(tensor, model->f.order[o], n, begin, end);
    bytes     = ((size_t)tensor->n_coefficients * sizeof(double) + 64) / 64 * 64;
    tensor->c = aligned_alloc(64, bytes);
    PetscCheck(tensor->c != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM,
               "no memory for %.4g GB of couplings", 1e-9 * (double)bytes);
    pspin->scale[o] = pow((double)n, -0.5 * (tensor->order - 1));
  }
  pspin->lanes = aligned_alloc(64, (size_t)(2 * n + 1) * KR_LANES * sizeof(double));
  PetscCheck(pspin->lanes != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for lanes");
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode KrModelDraw_PSpin(KrModel model, uint64_t seed, int64_t sample)
{
  PSpin *pspin = model->data;

  PetscFunctionBeginUser;
  for (int o = 0; o < pspin->n_orders; ++o)
    PetscCall(KrCouplingsDraw(seed, sample, sqrt(model->f.c[o]), &pspin->tensor[o]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode allocate_hessian(PSpin *pspin, size_t n)
{
  PetscFunctionBeginUser;
  if (pspin->hessian == NULL) pspin->hessian = aligned_alloc(64, n * n * KR_LANES * sizeof(double));
  PetscCheck(pspin->hessian != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM,
             "no memory for Hessians of N = %d", (int)n);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* One point by the kernel for single points. */
static void one_point(KrModel model, const double x[], double E[], double G[], double Hess[])
{
  const PSpin *pspin = model->data;
  const size_t n     = (size_t)model->n;

  if (Hess != NULL) (void)memset(Hess, 0, n * n * sizeof *Hess);
  for (int o = 0; o < pspin->n_orders; ++o)
    (*model->kernels->derivatives)(&pspin->tensor[o], pspin->scale[o], x, E, G, Hess);
  if (Hess != NULL) KrHessianFinish((int)n, Hess);
}

/* Up to KR_LANES points in SIMD lanes; missing lanes repeat the first point. */
static void many_points(KrModel model, int n_points, const double X[], double E[], double G[],
                        double Hess[])
{
  const PSpin *pspin = model->data;
  const size_t n     = (size_t)model->n;
  double      *x = pspin->lanes, *g = x + n * KR_LANES, *e = g + n * KR_LANES;
  double      *A = Hess == NULL ? NULL : pspin->hessian;

  KrLanesPack((int)n, n_points, X, x);
  (void)memset(g, 0, (n + 1) * KR_LANES * sizeof *g);
  if (A != NULL) (void)memset(A, 0, n * n * KR_LANES * sizeof *A);
  for (int o = 0; o < pspin->n_orders; ++o)
    (*model->kernels->derivatives_lanes)(&pspin->tensor[o], pspin->scale[o], x, e, g, A);
  for (int b = 0; b < n_points; ++b) E[b] = e[b];
  KrLanesUnpack((int)n, n_points, g, G);
  if (A != NULL) KrLanesHessian((int)n, n_points, A, Hess);
}

static PetscErrorCode KrModelDerivatives_PSpin(KrModel model, PetscInt n_points, const double X[],
                                               double E[], double G[], double Hess[])
{
  const PetscInt64 n = model->n;

  PetscFunctionBeginUser;
  if (n_points == 1) {
    one_point(model, X, E, G, Hess);
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  if (Hess != NULL) PetscCall(allocate_hessian(model->data, (size_t)n));
  for (PetscInt b = 0; b < n_points; b += KR_LANES)
    many_points(model, PetscMin(KR_LANES, n_points - b), X + b * n, E + b, G + b * n,
                Hess == NULL ? NULL : Hess + b * n * n);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode KrModelHessianApply_PSpin(KrModel model, const double x[], const double v[],
                                                double Hv[])
{
  const PSpin *pspin = model->data;

  PetscFunctionBeginUser;
  for (int o = 0; o < pspin->n_orders; ++o)
    (*model->kernels->hessian_apply)(&pspin->tensor[o], pspin->scale[o], x, v, Hv);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode KrModelGetTensors_PSpin(KrModel model, int *n_tensors,
                                              const KrTensor *tensors[])
{
  const PSpin *pspin = model->data;

  PetscFunctionBeginUser;
  *n_tensors = pspin->n_orders;
  *tensors   = pspin->tensor;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode KrModelDestroy_PSpin(KrModel model)
{
  PSpin *pspin = model->data;

  PetscFunctionBeginUser;
  for (int o = 0; o < pspin->n_orders; ++o) free(pspin->tensor[o].c);
  free(pspin->lanes);
  free(pspin->hessian);
  PetscCall(PetscFree(pspin));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KrModelCreate_PSpin(KrModel model)
{
  static const KrModelOps ops = {
    .set_up        = KrModelSetUp_PSpin,
    .draw          = KrModelDraw_PSpin,
    .derivatives   = KrModelDerivatives_PSpin,
    .hessian_apply = KrModelHessianApply_PSpin,
    .get_tensors   = KrModelGetTensors_PSpin,
    .destroy       = KrModelDestroy_PSpin,
  };
  PSpin *pspin;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&pspin));
  model->ops  = &ops;
  model->data = pspin;
  PetscFunctionReturn(PETSC_SUCCESS);
}
