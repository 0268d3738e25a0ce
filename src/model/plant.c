/* Planted disorder: couplings drawn together with a point that is in equilibrium with them. */
#include "model_impl.h"
#include <math.h>

/* Adds `factor` times (x . sigma)^p to the rows this rank holds. */
static void add_power(const KrTensor *tensor, double factor, const double x[])
{
  KrBlock block;
  int     tuple[KR_ORDER_MAX];

  for (int more = KrBlockFirst(tensor, &block); more; more = KrBlockNext(tensor, &block))
    for (int64_t i = 0; i < (int64_t)block.n_rows * block.n_cols; ++i) {
      double term = factor;

      KrBlockTuple(tensor, &block, block.row_first + (int)(i / block.n_cols),
                   block.col_first + (int)(i % block.n_cols), tuple);
      for (int a = 0; a < tensor->order; ++a) term *= x[tuple[a]];
      tensor->c[block.offset + i] += term * KrTupleMultiplicity(tensor->order, tuple);
    }
}

/*
  KrModelPlant - Adds -beta N f(sigma . x / N) to the energy: x is then in equilibrium at 1/beta.

  Collective on the model's communicator; every rank passes the same x

  With couplings drawn anew and x uniform, x is a draw from equilibrium given the couplings, exactly at every N. The
  couplings are weighted by their Z against those of KrModelDraw(), which makes no difference as N grows when 1/beta
  >= T_K.

  In/out:
. model - its disorder is drawn; the couplings change in place, in all that is done with it from here on

  Input:
+ beta - inverse temperature, 0 or more
- x    - point, length N, |x|^2 = N

  Errors: PETSC_ERR_SUP when the model is no polynomial
  Cost:   p operations a coefficient
  Source: docs/theory/monte_carlo.md, eq. (8); Krzakala & Zdeborova 2009
  See:    KrModelDraw()
*/
PetscErrorCode KrModelPlant(KrModel model, double beta, const double x[])
{
  const double    n = (double)model->n;
  const KrTensor *tensors;
  int             n_tensors;

  PetscFunctionBeginUser;
  PetscCall(KrModelGetTensors(model, &n_tensors, &tensors));
  for (int t = 0; t < n_tensors; ++t) {
    add_power(&tensors[t], -beta * model->f.c[t] * pow(n, 0.5 * (1 - tensors[t].order)), x);
    KrTensorUnfold(&tensors[t]);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
