/* Contractions by plain loops over sorted index tuples and the product rule: the oracle of the fast kernels,
   for any order. */
#include "contract_impl.h"

/* Product of x over the places of a tuple, leaving out places a and b; `step` doubles from index to index. */
static double product_without(int order, const int tuple[], int a, int b, const double x[],
                              size_t step)
{
  double product = 1.0;

  for (int c = 0; c < order; ++c)
    if (c != a && c != b) product *= x[(size_t)tuple[c] * step];
  return product;
}

/* Adds one term C x_i1 ... x_ip to value, gradient and upper second derivatives. */
static void add_term(const KrTensor *tensor, const int tuple[], double c, size_t step,
                     const double x[], double E[], double g[], double A[])
{
  const int    p = tensor->order;
  const size_t n = (size_t)tensor->n;

  E[0] += c * product_without(p, tuple, -1, -1, x, step);
  for (int a = 0; a < p; ++a) {
    g[(size_t)tuple[a] * step] += c * product_without(p, tuple, a, -1, x, step);
    if (A == NULL) continue;
    for (int b = a + 1; b < p; ++b)
      A[((size_t)tuple[a] * n + (size_t)tuple[b]) * step] +=
        c * product_without(p, tuple, a, b, x, step);
  }
}

/* Adds all terms for one point whose entries lie `step` apart in every array. */
static void add_derivatives(const KrTensor *tensor, double scale, size_t step, const double x[],
                            double E[], double g[], double A[])
{
  KrBlock block;
  int     tuple[KR_ORDER_MAX];

  for (int more = KrBlockFirst(tensor, &block); more; more = KrBlockNext(tensor, &block)) {
    const double *c = tensor->c + block.offset;

    for (int i = block.row_first; i < block.row_first + block.n_rows; ++i)
      for (int k = block.col_first; k < tensor->n; ++k) {
        KrBlockTuple(tensor, &block, i, k, tuple);
        add_term(tensor, tuple, scale * *c++, step, x, E, g, A);
      }
  }
}

static void derivatives(const KrTensor *tensor, double scale, const double x[], double E[],
                        double g[], double A[])
{
  add_derivatives(tensor, scale, 1, x, E, g, A);
}

static void derivatives_lanes(const KrTensor *tensor, double scale, int n_groups, const double X[],
                              double E[], double G[], double A[])
{
  const size_t n = (size_t)tensor->n;

  for (size_t g = 0; g < (size_t)n_groups; ++g)
    for (size_t lane = 0; lane < KR_LANES; ++lane) {
      const size_t at = g * n * KR_LANES + lane;

      add_derivatives(tensor, scale, KR_LANES, X + at, E + g * KR_LANES + lane, G + at,
                      A == NULL ? NULL : A + g * n * n * KR_LANES + lane);
    }
}

/* Hv_ia += C v_ib prod of the others, over all ordered pairs of places of every tuple, for one point whose entries
   lie `step` apart in every array. */
static void add_product(const KrTensor *tensor, double scale, size_t step, const double x[],
                        const double v[], double Hv[])
{
  const int p = tensor->order;
  KrBlock   block;
  int       tuple[KR_ORDER_MAX];

  for (int more = KrBlockFirst(tensor, &block); more; more = KrBlockNext(tensor, &block)) {
    const double *c = tensor->c + block.offset;

    for (int i = block.row_first; i < block.row_first + block.n_rows; ++i)
      for (int k = block.col_first; k < tensor->n; ++k, ++c) {
        KrBlockTuple(tensor, &block, i, k, tuple);
        for (int a = 0; a < p; ++a)
          for (int b = 0; b < p; ++b)
            if (b != a)
              Hv[(size_t)tuple[a] * step] +=
                scale * *c * v[(size_t)tuple[b] * step] * product_without(p, tuple, a, b, x, step);
      }
  }
}

static void hessian_apply(const KrTensor *tensor, double scale, const double x[], const double v[],
                          double Hv[])
{
  add_product(tensor, scale, 1, x, v, Hv);
}

static void hessian_apply_lanes(const KrTensor *tensor, double scale, int n_groups,
                                const double X[], const double V[], double HV[])
{
  const size_t n = (size_t)tensor->n;

  for (size_t g = 0; g < (size_t)n_groups; ++g)
    for (size_t lane = 0; lane < KR_LANES; ++lane) {
      const size_t at = g * n * KR_LANES + lane;

      add_product(tensor, scale, KR_LANES, X + at, V + at, HV + at);
    }
}

const KrKernels KrKernelsReference = {
  .name                = "reference",
  .derivatives         = derivatives,
  .derivatives_lanes   = derivatives_lanes,
  .hessian_apply       = hessian_apply,
  .hessian_apply_lanes = hessian_apply_lanes,
  .bordered_lanes      = KrBorderedLanesReference,
  .symmetric_lanes     = KrSymmetricLanesReference,
  .eigen_lanes         = KrEigenLanesReference,
  .combine_lanes       = KrCombineLanesReference,
};
