/* kr_test: ranks=1,2 labels=spectrum timeout=30 */
/* Defaults of the options, what auto takes, and spectra nobody wants an eigenvalue of. */
#include "spectrum_test.h"

static PetscErrorCode check_defaults(void)
{
  KrSpectrumOptions options;

  PetscFunctionBeginUser;
  PetscCall(KrOptionsRead(PETSC_COMM_WORLD, &KrSpectrumOptionTable, &options));
  PetscCall(KrExpectEqualInt("-spectrum_lowest", options.lowest, 4));
  PetscCall(KrExpectEqualInt("-spectrum_highest", options.highest, 2));
  PetscCall(KrExpectEqualInt("-spectrum_method", options.method, KR_SPECTRUM_AUTO));
  PetscCall(PetscOptionsSetValue(NULL, "-spectrum_lowest", "7"));
  PetscCall(PetscOptionsSetValue(NULL, "-spectrum_method", "slepc"));
  PetscCall(KrOptionsRead(PETSC_COMM_WORLD, &KrSpectrumOptionTable, &options));
  PetscCall(KrExpectEqualInt("-spectrum_lowest 7", options.lowest, 7));
  PetscCall(KrExpectEqualInt("-spectrum_method slepc", options.method, KR_SPECTRUM_SLEPC));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_method(MPI_Comm comm, int method, int n, const char want[])
{
  const KrSpectrumOptions options = {.method = method};
  KrModel                 model;

  PetscFunctionBeginUser;
  PetscCall(make_model(comm, 2, n, &model));
  PetscCall(KrExpectEqualText("method", KrSpectrumMethodName(&options, model), want));
  PetscCall(KrModelDestroy(&model));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Index and margin do not need any eigenvalue to be kept. */
static PetscErrorCode check_nothing_kept(void)
{
  KrSpectrumOptions options = {.method = KR_SPECTRUM_LAPACK};
  KrSpectrum        dense = {.n_all = -1}, krylov = {.n_all = -1};
  KrModel           model;
  double            x[20];

  PetscFunctionBeginUser;
  PetscCall(make_model(PETSC_COMM_WORLD, 3, 20, &model));
  draw_point(1, 20, x);
  PetscCall(KrSpectrumCompute(&options, model, x, &dense));
  options.method = KR_SPECTRUM_SLEPC;
  PetscCall(KrSpectrumCompute(&options, model, x, &krylov));
  PetscCall(KrExpectEqualInt("index", krylov.index, dense.index));
  PetscCall(KrExpectNear("margin", krylov.margin, dense.margin,
                         1e-9)); /* SLEPc's residual bounds the error */
  PetscCall(KrModelDestroy(&model));
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char **argv)
{
  PetscFunctionBeginUser;
  PetscCall(KrTestBegin(&argc, &argv));
  PetscCall(check_defaults());
  PetscCall(check_method(PETSC_COMM_SELF, KR_SPECTRUM_AUTO, 10, "lapack"));
  PetscCall(
    check_method(PETSC_COMM_WORLD, KR_SPECTRUM_AUTO, 10, "lapack")); /* by N, not by ranks */
  PetscCall(check_method(PETSC_COMM_WORLD, KR_SPECTRUM_SLEPC, 10, "slepc"));
  PetscCall(check_method(PETSC_COMM_WORLD, KR_SPECTRUM_AUTO, 2001, "dense"));
  PetscCall(check_nothing_kept());
  return KrTestEnd();
}
