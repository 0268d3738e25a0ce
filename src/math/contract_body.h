/* The blocked contractions, written once and compiled for each SIMD level. The including file supplies
     Vec, WIDTH        vector of WIDTH doubles; WIDTH divides KR_LANES
     ROWS              rows of a lanes tile, 4 or 8: ROWS sums and ROWS points stay in registers
     splat fused load store load_part store_part sum
     KERNELS, KERNELS_NAME
   Mathematics, layout and cost: docs/theory/tensor.md; the equation numbers below are its. */

#define ALWAYS_INLINE static inline __attribute__((always_inline))
#define MIDDLE_MAX    (KR_ORDER_MAX - 2)

/* Products of the middle variables of a block, times scale: all of them, and with one or two left out, the
   pairs a < b in the order 01 02 12 03 13 23. */
typedef struct {
  Vec all, but_one[MIDDLE_MAX], but_two[MIDDLE_MAX * (MIDDLE_MAX - 1) / 2];
} Products;

/* One block on its way through a kernel. */
typedef struct {
  const KrBlock *block;
  int            n_middle;
  size_t         n;
  const double  *c;        /* the coefficients of the block */
  int            is_apart; /* the w M of (4) is added apart, for several blocks at once */
  Products       product;
} Pass;

/* The products from the middle variables; x beyond the middle is 1. Written out: a loop over the places left
   out costs more than a small block. */
ALWAYS_INLINE void find_products(double scale, const Vec x[MIDDLE_MAX], Products *product)
{
  const Vec x01 = splat(scale) * x[0] * x[1], x23 = splat(scale) * x[2] * x[3];
  const Vec x0 = splat(scale) * x[0], x1 = splat(scale) * x[1];

  product->all        = x01 * x[2] * x[3];
  product->but_one[0] = x23 * x[1];
  product->but_one[1] = x23 * x[0];
  product->but_one[2] = x01 * x[3];
  product->but_one[3] = x01 * x[2];
  product->but_two[0] = x23;
  product->but_two[1] = x1 * x[3];
  product->but_two[2] = x0 * x[3];
  product->but_two[3] = x1 * x[2];
  product->but_two[4] = x0 * x[2];
  product->but_two[5] = x01;
}

ALWAYS_INLINE void begin_pass(const KrTensor *tensor, const KrBlock *block, Pass *pass)
{
  pass->block    = block;
  pass->n_middle = tensor->order - 2;
  pass->n        = (size_t)tensor->n;
  pass->c        = tensor->c + block->offset;
  pass->is_apart = 0;
}

/* target += factor * v, in memory. */
ALWAYS_INLINE void add_to(double *target, Vec factor, Vec v)
{
  store(target, fused(factor, v, load(target)));
}

#include "contract_chunk.h"
#include "contract_lanes_gradient.h"
#include "contract_lanes_unfolded.h"
#include "contract_lanes_hessian.h"
#include "contract_point.h"
#include "contract_apply.h"
#include "contract_lanes_apply.h"
#include "bordered_lanes.h"
#include "eigen_lanes.h"

static void derivatives_lanes(const KrTensor *tensor, double scale, int n_groups, const double X[],
                              double E[], double G[], double A[])
{
  const size_t n = (size_t)tensor->n, size = n * KR_LANES;

  if (A == NULL) gradient_lanes(tensor, scale, n_groups, X, E, G);
  for (size_t g = 0; A != NULL && g < (size_t)n_groups; ++g)
    hessian_lanes(tensor, scale, X + g * size, E + g * KR_LANES, G + g * size, A + g * n * size);
}

const KrKernels KERNELS = {
  .name                = KERNELS_NAME,
  .derivatives         = derivatives,
  .derivatives_lanes   = derivatives_lanes,
  .hessian_apply       = hessian_apply,
  .hessian_apply_lanes = hessian_apply_lanes,
  .bordered_lanes      = bordered_lanes,
  .symmetric_lanes     = symmetric_lanes,
  .eigen_lanes         = eigen_lanes,
  .combine_lanes       = combine_lanes,
};
