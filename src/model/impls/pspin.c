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
  int      n_groups;              /* of lanes that there is room for */
  double *
    lanes; /* three arrays of n_groups groups: points, gradients or products, energies or vectors */
  double *hessian; /* KR_LANES work matrices, made when first wanted */
} PSpin;

static PetscErrorCode KrModelSetUp_PSpin(KrModel model)
{
  PSpin      *pspin;
  const int   n = (int)model->n;
  PetscMPIInt rank;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&pspin));
  model->data = pspin;
  PetscCallMPI(MPI_Comm_rank(model->comm, &rank));
  pspin->n_orders = model->f.n_orders;
  for (int o = 0; o < pspin->n_orders; ++o) {
    KrTensor *tensor = &pspin->tensor[o];
    int64_t   begin, end;

    KrTensorSplit(model->f.order[o], n, model->size, rank, &begin, &end);
    KrTensorInit(tensor, model->f.order[o], n, begin, end);
    tensor->c = KrMemoryAligned(tensor->n_coefficients);
    PetscCheck(tensor->c != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM,
               "no memory for %.4g GB of couplings", 8e-9 * (double)tensor->n_coefficients);
    if (model->size == 1 && KrTensorUnfolds(tensor->order, n)) {
      tensor->unfolded = KrMemoryAligned(KrUnfoldedCount(tensor->order, n));
      PetscCheck(tensor->unfolded != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM,
                 "no memory for %.4g GB of couplings",
                 8e-9 * (double)KrUnfoldedCount(tensor->order, n));
    }
    pspin->scale[o] = pow((double)n, -0.5 * (tensor->order - 1));
  }
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

/* Room for so many groups of points, and for the Hessians of one. */
static PetscErrorCode allocate(PSpin *pspin, size_t n, int n_groups, PetscBool hessian)
{
  const int64_t group = (int64_t)n * KR_LANES;

  PetscFunctionBeginUser;
  if (pspin->n_groups < n_groups) {
    free(pspin->lanes);
    pspin->lanes    = KrMemoryAligned(3 * n_groups * group);
    pspin->n_groups = n_groups;
  }
  if (hessian && pspin->hessian == NULL) pspin->hessian = KrMemoryAligned((int64_t)n * group);
  PetscCheck(pspin->lanes != NULL && (!hessian || pspin->hessian != NULL), PETSC_COMM_SELF,
             PETSC_ERR_MEM, "no memory for %d points of N = %d", n_groups * KR_LANES, (int)n);
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

/* Points into groups of lanes, and results out of them; missing lanes of the last group repeat its first point. */
static void pack(int n, int n_points, const double points[], double X[])
{
  for (int b = 0; b < n_points; b += KR_LANES)
    KrLanesPack(n, PetscMin(KR_LANES, n_points - b), points + (size_t)b * (size_t)n,
                X + (size_t)b * (size_t)n);
}

static void unpack(int n, int n_points, const double X[], double points[])
{
  for (int b = 0; b < n_points; b += KR_LANES)
    KrLanesUnpack(n, PetscMin(KR_LANES, n_points - b), X + (size_t)b * (size_t)n,
                  points + (size_t)b * (size_t)n);
}

/* Points in SIMD lanes, at most as many as there is room for; with Hessians one group. */
static void many_points(KrModel model, int n_points, const double X[], double E[], double G[],
                        double Hess[])
{
  const PSpin *pspin    = model->data;
  const size_t n        = (size_t)model->n;
  const int    n_groups = (n_points + KR_LANES - 1) / KR_LANES;
  const size_t size     = (size_t)n_groups * n * KR_LANES;
  double      *x = pspin->lanes, *g = x + size, *e = g + size;
  double      *A = Hess == NULL ? NULL : pspin->hessian;

  pack((int)n, n_points, X, x);
  (void)memset(g, 0, (size + (size_t)n_groups * KR_LANES) * sizeof *g);
  if (A != NULL) (void)memset(A, 0, n * n * KR_LANES * sizeof *A);
  for (int o = 0; o < pspin->n_orders; ++o)
    (*model->kernels->derivatives_lanes)(&pspin->tensor[o], pspin->scale[o], n_groups, x, e, g, A);
  (void)memcpy(E, e, (size_t)n_points * sizeof *E);
  unpack((int)n, n_points, g, G);
  if (A != NULL) KrLanesHessian((int)n, n_points, A, Hess);
}

static PetscErrorCode KrModelDerivatives_PSpin(KrModel model, PetscInt n_points, const double X[],
                                               double E[], double G[], double Hess[])
{
  const PetscInt64 n    = model->n;
  const PetscInt   most = Hess == NULL ? KR_BATCH : KR_LANES; /* at a time */

  PetscFunctionBeginUser;
  if (n_points == 1) {
    one_point(model, X, E, G, Hess);
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(allocate(model->data, (size_t)n,
                     (int)(PetscMin(most, n_points) + KR_LANES - 1) / KR_LANES,
                     Hess == NULL ? PETSC_FALSE : PETSC_TRUE));
  for (PetscInt b = 0; b < n_points; b += most)
    many_points(model, PetscMin(most, n_points - b), X + b * n, E + b, G + b * n,
                Hess == NULL ? NULL : Hess + b * n * n);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode KrModelDerivativesLanes_PSpin(KrModel model, const double X[], double E[],
                                                    double G[], double A[])
{
  const PSpin *pspin = model->data;

  PetscFunctionBeginUser;
  for (int o = 0; o < pspin->n_orders; ++o)
    (*model->kernels->derivatives_lanes)(&pspin->tensor[o], pspin->scale[o], 1, X, E, G, A);
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

/* Products of at most KR_BATCH points in SIMD lanes. */
static void many_products(KrModel model, int n_points, const double X[], const double V[],
                          double HV[])
{
  const PSpin *pspin    = model->data;
  const size_t n        = (size_t)model->n;
  const int    n_groups = (n_points + KR_LANES - 1) / KR_LANES;
  const size_t size     = (size_t)n_groups * n * KR_LANES;
  double      *x = pspin->lanes, *product = x + size, *v = product + size;

  pack((int)n, n_points, X, x);
  pack((int)n, n_points, V, v);
  (void)memset(product, 0, size * sizeof *product);
  for (int o = 0; o < pspin->n_orders; ++o)
    (*model->kernels->hessian_apply_lanes)(&pspin->tensor[o], pspin->scale[o], n_groups, x, v,
                                           product);
  unpack((int)n, n_points, product, HV);
}

static PetscErrorCode KrModelHessianApplyPoints_PSpin(KrModel model, PetscInt n_points,
                                                      const double X[], const double V[],
                                                      double HV[])
{
  const PetscInt64 n = model->n;

  PetscFunctionBeginUser;
  PetscCall(allocate(model->data, (size_t)n,
                     (int)(PetscMin(KR_BATCH, n_points) + KR_LANES - 1) / KR_LANES, PETSC_FALSE));
  for (PetscInt b = 0; b < n_points; b += KR_BATCH)
    many_products(model, PetscMin(KR_BATCH, n_points - b), X + b * n, V + b * n, HV + b * n);
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
  for (int o = 0; o < pspin->n_orders; ++o) {
    free(pspin->tensor[o].c);
    free(pspin->tensor[o].unfolded);
  }
  free(pspin->lanes);
  free(pspin->hessian);
  PetscCall(PetscFree(pspin));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode KrModelGradient_PSpin(KrModel model, PetscInt n_points, const double X[],
                                            double E[], double G[])
{
  PetscFunctionBeginUser;
  PetscCall(KrModelDerivatives_PSpin(model, n_points, X, E, G, NULL));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode KrModelShape_PSpin(MPI_Comm comm, const void *options, const KrMixture *law,
                                         KrShape *shape)
{
  PetscFunctionBeginUser;
  (void)comm, (void)options;
  shape->symmetry  = KrSymmetryOfParity(KrMixtureParity(law));
  shape->energy    = KrMixtureScale(law);
  shape->gradient  = shape->energy;
  shape->hessian   = sqrt(KrMixtureValue(law, 2, 1.0));
  shape->dial      = 2.0 * shape->hessian;
  shape->window[0] = KrMixtureValue(law, 1, 1.0) + KrMixtureValue(law, 2, 1.0);
  shape->window[1] = KrMixtureValue(law, 1, 1.0);
  shape->bytes     = KrModelCouplingBytes(shape->n, law);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* H'' has a semicircle about 0, from which mu is taken. */
static PetscErrorCode KrModelBulk_PSpin(KrModel model, double radial, double *centre, double *scale)
{
  PetscFunctionBeginUser;
  *centre = -radial;
  *scale  = model->shape.hessian;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode KrModelComplete_PSpin(MPI_Comm comm, void *options, int *n)
{
  PetscFunctionBeginUser;
  PetscCall(KrSpinOptionsComplete(comm, options, n));
  PetscFunctionReturn(PETSC_SUCCESS);
}

const KrModelType KrModelPSpin = {
  .about                = "energy of a random polynomial on the sphere",
  .options              = &KrSpinOptionTable,
  .options_size         = sizeof(KrSpinOptions),
  .is_spin              = PETSC_TRUE,
  .complete             = KrModelComplete_PSpin,
  .shape                = KrModelShape_PSpin,
  .gradient             = KrModelGradient_PSpin,
  .is_spread            = PETSC_TRUE,
  .set_up               = KrModelSetUp_PSpin,
  .draw                 = KrModelDraw_PSpin,
  .destroy              = KrModelDestroy_PSpin,
  .derivatives          = KrModelDerivatives_PSpin,
  .derivatives_lanes    = KrModelDerivativesLanes_PSpin,
  .hessian_apply        = KrModelHessianApply_PSpin,
  .hessian_apply_points = KrModelHessianApplyPoints_PSpin,
  .tensors              = KrModelGetTensors_PSpin,
  .bulk                 = KrModelBulk_PSpin,
};
