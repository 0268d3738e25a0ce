/* Tensor kernels of every SIMD level this CPU has, against plain loops over tuples. */
#include "verify_impl.h"
#include <kacrice/model.h>
#include <kacrice/rng.h>

/* Sizes that are no multiple of a vector; the reference takes up to a second for all. */
static const struct {
  const char *name;
  int         n;
  KrMixture   f;
} laws[] = {
  {"p = 2", 67, {1, {2}, {1.0}}}, {"p = 3", 41, {1, {3}, {1.0}}},
  {"p = 4", 21, {1, {4}, {1.0}}}, {"p = 5", 13, {1, {5}, {1.0}}},
  {"p = 6", 11, {1, {6}, {1.0}}}, {"0.36 q^3 + 0.64 q^4", 19, {2, {3, 4}, {0.36, 0.64}}},
};

enum { LANES_E, LANES_G, LANES_A, POINT_E, POINT_G, POINT_A, PRODUCT, N_RESULTS };

typedef struct { /* results of all kernels, one behind the other */
  size_t begin[N_RESULTS + 1];
} Layout;

static Layout lay_out(size_t n)
{
  const size_t sizes[N_RESULTS] = {KR_LANES, n * KR_LANES, n * n * KR_LANES, 1, n, n * n, n};
  Layout       layout           = {{0}};

  for (int r = 0; r < N_RESULTS; ++r) layout.begin[r + 1] = layout.begin[r] + sizes[r];
  return layout;
}

/* Everything the kernels can tell about a model at KR_LANES points; results start from zero. */
static void evaluate(const KrKernels *kernels, int n_tensors, const KrTensor tensors[],
                     const double X[], const double x[], const double v[], const Layout *layout,
                     double results[])
{
  double *r[N_RESULTS];

  for (int i = 0; i < N_RESULTS; ++i) r[i] = results + layout->begin[i];
  for (size_t i = 0; i < layout->begin[N_RESULTS]; ++i) results[i] = 0.0;
  for (int t = 0; t < n_tensors; ++t) {
    (*kernels->derivatives_lanes)(&tensors[t], 0.7, 1, X, r[LANES_E], r[LANES_G], r[LANES_A]);
    (*kernels->derivatives)(&tensors[t], 0.7, x, r[POINT_E], r[POINT_G], r[POINT_A]);
    (*kernels->hessian_apply)(&tensors[t], 0.7, x, v, r[PRODUCT]);
  }
}

/* Largest difference, relative to the largest entry of the same result. */
static double compare(const Layout *layout, const double got[], const double want[])
{
  double worst = 0.0;

  for (int r = 0; r < N_RESULTS; ++r) {
    double scale = 0.0, difference = 0.0;

    for (size_t i = layout->begin[r]; i < layout->begin[r + 1]; ++i) {
      scale      = fmax(scale, fabs(want[i]));
      difference = worse(difference, fabs(got[i] - want[i]));
    }
    worst = worse(worst, difference / scale);
  }
  return worst;
}

/* The levels are those that any rank has; a rank without one has nothing to say about it. */
static PetscErrorCode check_levels(KrVerify *verify, const char law[], int n_tensors,
                                   const KrTensor tensors[], const double X[], const double x[],
                                   const double v[])
{
  static const struct {
    KrSimd      simd;
    const char *name;
  } levels[] = {{KR_SIMD_PLAIN, "plain"}, {KR_SIMD_AVX2, "avx2"}, {KR_SIMD_AVX512, "avx512"}};
  const Layout layout = lay_out((size_t)tensors[0].n);
  double      *got, *want;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2(layout.begin[N_RESULTS], &got, layout.begin[N_RESULTS], &want));
  evaluate(&KrKernelsReference, n_tensors, tensors, X, x, v, &layout, want);
  for (size_t l = 0; l < PETSC_STATIC_ARRAY_LENGTH(levels); ++l) {
    const KrKernels *kernels = KrKernelsGet(levels[l].simd);
    int              any     = kernels != NULL;
    double           figure  = 0.0;

    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &any, 1, MPI_INT, MPI_MAX, verify->world));
    if (!any) continue;
    if (kernels != NULL) {
      evaluate(kernels, n_tensors, tensors, X, x, v, &layout, got);
      figure = compare(&layout, got, want);
    }
    /* sums of up to 10^4 terms of either sign: at worst 10^4 roundings of 1e-16 */
    PetscCall(KrVerifyCheck(verify, figure, 1e-12, "kernels: %s, %s against plain loops",
                            levels[l].name, law));
  }
  PetscCall(PetscFree2(got, want));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_law(KrVerify *verify, const char name[], int n, const KrMixture *f)
{
  const KrRandomKey    key     = {.seed = 2, .stream = KR_STREAM_TEST};
  const KrModelOptions options = {.n = n};
  const int            n_lanes = n * KR_LANES;
  const KrTensor      *tensors;
  int                  n_tensors;
  KrModel              model;
  double              *points; /* X, x, v */

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(n_lanes + 2 * n, &points));
  KrRandomNormals(&key, 0, n_lanes + 2 * n, points);
  PetscCall(KrModelCreate(PETSC_COMM_SELF, &options, n, f, &model));
  PetscCall(KrModelDraw(model, 1, 0));
  PetscCall(KrModelGetTensors(model, &n_tensors, &tensors));
  PetscCall(
    check_levels(verify, name, n_tensors, tensors, points, points + n_lanes, points + n_lanes + n));
  PetscCall(KrModelDestroy(&model));
  PetscCall(PetscFree(points));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrVerifyKernels - Compares every SIMD level this CPU has with the reference kernels, all orders and a mixture.

  Collective on the communicator of verify

  In/out:
. verify - counts the checks

  Cost:   half a second, in the reference
  Source: docs/theory/tensor.md
  See:    KrKernelsGet()
*/
PetscErrorCode KrVerifyKernels(KrVerify *verify)
{
  PetscFunctionBeginUser;
  for (size_t l = 0; l < PETSC_STATIC_ARRAY_LENGTH(laws); ++l)
    PetscCall(check_law(verify, laws[l].name, laws[l].n, &laws[l].f));
  PetscFunctionReturn(PETSC_SUCCESS);
}
