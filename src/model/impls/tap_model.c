/* TAP free energy of the spherical p-spin model in the ball |m|^2 < N: F(m) = H(m) + N phi(q), q = |m|^2/N
   (docs/theory/tap.md). H is a pspin model of its own; its couplings may be spread, and rank 0 adds the rest. */
#include "../model_impl.h"
#include <kacrice/tap.h>

typedef struct {
  KrModel   energy; /* H, a pspin model; owned */
  PetscBool adds;   /* this rank adds what does not come from couplings */
} Tap;

static PetscErrorCode KrModelSetUp_Tap(KrModel model)
{
  KrModelOptions options = {.type = KrModelTypeFind("pspin")};
  PetscMPIInt    rank;
  Tap           *tap;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&tap));
  model->data = tap;
  PetscCallMPI(MPI_Comm_rank(model->comm, &rank));
  tap->adds = rank == 0 ? PETSC_TRUE : PETSC_FALSE;
  PetscCall(KrModelCreate(model->comm, &options, model->n, &model->f, &tap->energy));
  tap->energy->kernels = model->kernels;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode KrModelDraw_Tap(KrModel model, uint64_t seed, int64_t sample)
{
  PetscFunctionBeginUser;
  PetscCall(KrModelDraw(((Tap *)model->data)->energy, seed, sample));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* phi and its derivatives at m, and the factor of m m^T in F''. */
static void terms_at(KrModel model, double square, KrTapTerms *terms, double *outer)
{
  const double n = (double)model->n;

  KrTapTermsAt(&model->f, model->temperature, square / n, terms);
  *outer = 2.0 * terms->slope / n;
}

/* Adds N phi, its gradient and Hessian at one point. */
static void add_point(KrModel model, const double m[], double *energy, double g[], double hessian[])
{
  const PetscInt n      = model->n;
  double         square = 0.0, outer;
  KrTapTerms     terms;

  for (PetscInt i = 0; i < n; ++i) square += m[i] * m[i];
  terms_at(model, square, &terms, &outer);
  *energy += (double)n * terms.free_energy;
  for (PetscInt i = 0; i < n; ++i) g[i] += terms.multiplier * m[i];
  for (PetscInt i = 0; hessian != NULL && i < n; ++i) {
    double *row = hessian + (size_t)i * (size_t)n;

    for (PetscInt k = 0; k < n; ++k)
      row[k] += outer * (m[i] * m[k]); /* the same bits as that of k, i */
    row[i] += terms.multiplier;
  }
}

static PetscErrorCode KrModelDerivatives_Tap(KrModel model, PetscInt n_points, const double X[],
                                             double E[], double G[], double Hess[])
{
  const Tap       *tap = model->data;
  const PetscInt64 n   = model->n;

  PetscFunctionBeginUser;
  PetscCall((*tap->energy->type->derivatives)(tap->energy, n_points, X, E, G, Hess));
  for (PetscInt b = 0; tap->adds && b < n_points; ++b)
    add_point(model, X + b * n, E + b, G + b * n, Hess == NULL ? NULL : Hess + b * n * n);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode KrModelDerivativesLanes_Tap(KrModel model, const double X[], double E[],
                                                  double G[], double A[])
{
  const Tap   *tap              = model->data;
  const size_t n                = (size_t)model->n;
  double       square[KR_LANES] = {0.0}, multiplier[KR_LANES], outer[KR_LANES];

  PetscFunctionBeginUser;
  PetscCall((*tap->energy->type->derivatives_lanes)(tap->energy, X, E, G, A));
  if (!tap->adds) PetscFunctionReturn(PETSC_SUCCESS);
  for (size_t i = 0; i < n * KR_LANES; i += KR_LANES)
    for (size_t l = 0; l < KR_LANES; ++l) square[l] += X[i + l] * X[i + l];
  for (size_t l = 0; l < KR_LANES; ++l) {
    KrTapTerms terms;

    terms_at(model, square[l], &terms, &outer[l]);
    multiplier[l] = terms.multiplier;
    E[l] += (double)n * terms.free_energy;
  }
  for (size_t i = 0; i < n; ++i) {
    const double *m = X + i * KR_LANES;
    double       *a = A + (i * n + i) * KR_LANES; /* the diagonal counts twice */

    for (size_t l = 0; l < KR_LANES; ++l) {
      G[i * KR_LANES + l] += multiplier[l] * m[l];
      a[l] += 0.5 * (multiplier[l] + outer[l] * m[l] * m[l]);
    }
    for (size_t k = i + 1; k < n; ++k)
      for (size_t l = 0; l < KR_LANES; ++l)
        a[(k - i) * KR_LANES + l] += outer[l] * m[l] * X[k * KR_LANES + l];
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Hv += A v + (2 A'/N) (m . v) m */
static void add_product(KrModel model, const double m[], const double v[], double Hv[])
{
  const PetscInt n      = model->n;
  double         square = 0.0, mv = 0.0, outer;
  KrTapTerms     terms;

  for (PetscInt i = 0; i < n; ++i) {
    square += m[i] * m[i];
    mv += m[i] * v[i];
  }
  terms_at(model, square, &terms, &outer);
  for (PetscInt i = 0; i < n; ++i) Hv[i] += terms.multiplier * v[i] + outer * mv * m[i];
}

static PetscErrorCode KrModelHessianApply_Tap(KrModel model, const double x[], const double v[],
                                              double Hv[])
{
  const Tap *tap = model->data;

  PetscFunctionBeginUser;
  PetscCall((*tap->energy->type->hessian_apply)(tap->energy, x, v, Hv));
  if (tap->adds) add_product(model, x, v, Hv);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode KrModelHessianApplyPoints_Tap(KrModel model, PetscInt n_points,
                                                    const double X[], const double V[], double HV[])
{
  const Tap       *tap = model->data;
  const PetscInt64 n   = model->n;

  PetscFunctionBeginUser;
  PetscCall((*tap->energy->type->hessian_apply_points)(tap->energy, n_points, X, V, HV));
  for (PetscInt b = 0; tap->adds && b < n_points; ++b)
    add_product(model, X + b * n, V + b * n, HV + b * n);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode KrModelGetTensors_Tap(KrModel model, int *n_tensors,
                                            const KrTensor *tensors[])
{
  PetscFunctionBeginUser;
  PetscCall(KrModelGetTensors(((Tap *)model->data)->energy, n_tensors, tensors));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode KrModelDestroy_Tap(KrModel model)
{
  Tap *tap = model->data;

  PetscFunctionBeginUser;
  PetscCall(KrModelDestroy(&tap->energy));
  PetscCall(PetscFree(tap));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode KrModelGradient_Tap(KrModel model, PetscInt n_points, const double X[],
                                          double E[], double G[])
{
  PetscFunctionBeginUser;
  PetscCall(KrModelDerivatives_Tap(model, n_points, X, E, G, NULL));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode KrModelShape_Tap(MPI_Comm comm, const void *options, const KrMixture *law,
                                       KrShape *shape)
{
  const double   temperature = ((const KrSpinOptions *)options)->temperature;
  const KrParity parity      = KrMixtureParity(law);

  PetscFunctionBeginUser;
  PetscCheck(temperature > 0.0, comm, PETSC_ERR_ARG_OUTOFRANGE,
             "a TAP free energy at T = %g, must be positive", temperature);
  shape->manifold = &KrManifoldBall;
  /* m -> -m does nothing for F when it changes the sign of H and leaves the rest */
  shape->symmetry = parity == KR_PARITY_EVEN ? &KrSymmetryEven : &KrSymmetryNone;
  shape->energy   = KrMixtureScale(law);
  shape->gradient = shape->energy;
  shape->hessian  = sqrt(KrMixtureValue(law, 2, 1.0));
  shape->start    = KrTapThreshold(law, temperature);
  shape->bytes    = KrModelCouplingBytes(shape->n, law);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* H'' has a semicircle of f''(q) about 0, to which A(q) is added; at the centre of the ball it has no width. */
static PetscErrorCode KrModelBulk_Tap(KrModel model, double radial, double *centre, double *scale)
{
  KrTapTerms terms;

  PetscFunctionBeginUser;
  KrTapTermsAt(&model->f, model->temperature, radial, &terms);
  *centre = terms.multiplier;
  *scale  = sqrt(KrMixtureValue(&model->f, 2, radial));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static double KrModelReach_Tap(KrModel model, double radial)
{
  return KrTapReach(&model->f, model->temperature, radial);
}

static PetscErrorCode KrModelSetTemperature_Tap(KrModel model, double temperature)
{
  PetscFunctionBeginUser;
  model->shape.start = KrTapThreshold(&model->f, temperature);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode KrModelComplete_Tap(MPI_Comm comm, void *options, int *n)
{
  const KrSpinOptions *o = options;

  PetscFunctionBeginUser;
  PetscCall(KrSpinOptionsComplete(comm, options, n));
  KR_CHECK_INPUT(o->temperature > 0.0, comm,
                 "-model_temperature %g: -model_type tap is a free energy at T > 0; give one such "
                 "as 0.3",
                 o->temperature);
  PetscFunctionReturn(PETSC_SUCCESS);
}

const KrModelType KrModelTap = {
  .about                = "free energy of the same at a temperature, in the ball",
  .options              = &KrSpinFreeTable,
  .options_size         = sizeof(KrSpinOptions),
  .is_spin              = PETSC_TRUE,
  .complete             = KrModelComplete_Tap,
  .shape                = KrModelShape_Tap,
  .gradient             = KrModelGradient_Tap,
  .is_spread            = PETSC_TRUE,
  .set_up               = KrModelSetUp_Tap,
  .draw                 = KrModelDraw_Tap,
  .destroy              = KrModelDestroy_Tap,
  .derivatives          = KrModelDerivatives_Tap,
  .derivatives_lanes    = KrModelDerivativesLanes_Tap,
  .hessian_apply        = KrModelHessianApply_Tap,
  .hessian_apply_points = KrModelHessianApplyPoints_Tap,
  .tensors              = KrModelGetTensors_Tap,
  .bulk                 = KrModelBulk_Tap,
  .reach                = KrModelReach_Tap,
  .set_temperature      = KrModelSetTemperature_Tap,
};
