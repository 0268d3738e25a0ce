#include "spectrum_impl.h"

/* Largest N whose whole spectrum LAPACK computes when the user leaves the choice to us: measured,
   docs/theory/spectrum.md, sec. 4. It depends on N alone, so that what a census stores does not depend on the
   number of ranks. */
#define KR_SPECTRUM_LAPACK_N_MAX 2000

#define AT(member) offsetof(KrSpectrumOptions, member)

/* clang-format off */
static const KrOption option_list[] = {
  {"-spectrum_lowest", KR_OPTION_INT, AT(lowest), "4", 1, 1000, NULL, "eigenvalues",
   "lowest Hessian eigenvalues to keep of each point", PETSC_TRUE},
  {"-spectrum_highest", KR_OPTION_INT, AT(highest), "2", 1, 1000, NULL, "eigenvalues",
   "highest Hessian eigenvalues to keep of each point", PETSC_TRUE},
  {"-spectrum_method", KR_OPTION_CHOICE, AT(method), "auto", 0, 0, "auto|lapack|slepc|dense",
   "", "lapack: all eigenvalues; slepc, dense: extreme ones, without and of a matrix; auto: by N", PETSC_TRUE},
};
/* clang-format on */
const KrOptionTable KrSpectrumOptionTable = {"Spectrum", option_list,
                                             PETSC_STATIC_ARRAY_LENGTH(option_list)};

/* The method that serves: the user's, or the one for this N. */
static PetscErrorCode choose_method(const KrSpectrumOptions *options, KrModel model,
                                    KrSpectrumMethod *method)
{
  PetscInt n;

  PetscFunctionBeginUser;
  PetscCall(KrModelGetSize(model, &n));
  *method = (KrSpectrumMethod)options->method;
  if (n == 1) *method = KR_SPECTRUM_LAPACK; /* no tangent direction: nothing to iterate on */
  else if (*method == KR_SPECTRUM_AUTO)
    *method = n <= KR_SPECTRUM_LAPACK_N_MAX ? KR_SPECTRUM_LAPACK : KR_SPECTRUM_DENSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrSpectrumMethodName - Names the method KrSpectrumCompute() takes for this model: "lapack", "slepc" or "dense".

  Not collective

  Input:
+ options - of the spectrum
- model   - its size decides when the method is auto

  Returns: a constant string; NULL when the model has no size
  Errors: none
  Cost:   none
  Source: docs/theory/spectrum.md, sec. 4
  See:    KrSpectrumCompute()
*/
const char *KrSpectrumMethodName(const KrSpectrumOptions *options, KrModel model)
{
  KrSpectrumMethod method = KR_SPECTRUM_AUTO;

  if (choose_method(options, model, &method) != PETSC_SUCCESS) return NULL;
  return method == KR_SPECTRUM_LAPACK ? "lapack" : method == KR_SPECTRUM_DENSE ? "dense" : "slepc";
}

/*
  KrSpectrumCompute - Computes the index, its margin and the extreme eigenvalues of the Riemannian Hessian at a point.

  Collective on the communicator of the model

  The N-1 eigenvalues are those of the Hessian on the tangent space; the radial direction is not among them. The method
  is options->method; auto depends on N alone.

  Input:
+ options - how many eigenvalues to keep, and the method
. model   - drawn
- x       - point, length N, |x|^2 = N, the same on every rank; it need not be critical

  In/out:
. spectrum - lowest, highest and all point to the caller's arrays of options->lowest, options->highest and N-1 reals
             (the first two may be NULL when their number is 0, the last when it is not wanted); everything else is
             set; the same on every rank, units of J. With N = 1 there are no eigenvalues: margin is infinite

  Errors: PETSC_ERR_LIB when LAPACK fails, PETSC_ERR_NOT_CONVERGED when SLEPc does
  Cost:   lapack: one Hessian, 4/3 N^3 on rank 0, N^2 reals on each rank; slepc: some hundred Hessian products for
          the extreme eigenvalues, more when zero lies deep in the bulk; dense: one Hessian, N^2 (1 + 1/R) reals on each
          of R ranks, and as many products of 2 N^2/R
  Source: docs/theory/spectrum.md
  See:    KrSpectrumMethodName(), KrSpectrumInertia(), KrSphereTangentHessian()
*/
PetscErrorCode KrSpectrumCompute(const KrSpectrumOptions *options, KrModel model, const double x[],
                                 KrSpectrum *spectrum)
{
  KrSpectrumMethod method = KR_SPECTRUM_AUTO;

  PetscFunctionBeginUser;
  PetscCall(choose_method(options, model, &method));
  if (method == KR_SPECTRUM_LAPACK)
    PetscCall(KrSpectrumCompute_LAPACK(options, model, x, spectrum));
  else
    PetscCall(KrSpectrumCompute_SLEPc(options, model, x, (PetscBool)(method == KR_SPECTRUM_DENSE),
                                      spectrum));
  PetscFunctionReturn(PETSC_SUCCESS);
}
