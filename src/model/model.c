/* Life cycle and dispatch of models, and the path on plain arrays. */
#include "model_impl.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Scales of 1, a sphere without symmetry: what a type does not say. */
static KrShape plain_shape(PetscInt n)
{
  return (KrShape){.n        = (int)n,
                   .manifold = &KrManifoldSphere,
                   .symmetry = &KrSymmetryNone,
                   .energy   = 1.0,
                   .gradient = 1.0,
                   .hessian  = 1.0,
                   .length   = 1.0,
                   .start    = 1.0,
                   .dial     = 1.0};
}

/*
  KrModelShape - What is known of a landscape before anything is drawn: size, manifold, symmetry, scales.

  Not collective

  Input:
+ comm    - reports errors
. options - of the model
. n       - N that is wanted; 0: the options say it
- law     - of the disorder; NULL: there is none

  Output:
. shape - see KrShape

  Errors: PETSC_ERR_USER_INPUT for options that make no landscape
  See:    KrModelGetShape()
*/
PetscErrorCode KrModelShape(MPI_Comm comm, const KrModelOptions *options, PetscInt n,
                            const KrMixture *law, KrShape *shape)
{
  PetscFunctionBeginUser;
  *shape = plain_shape(n);
  PetscCall((*KrModelTypeGet(options->type)->shape)(comm, options->own.bytes, law, shape));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrModelCreate - Makes a model of given size and law; its disorder is still empty.

  Collective on comm

  Input:
+ comm    - ranks that share the couplings, duplicated; one rank holds them all on a communicator of one
. options - type, temperature and SIMD level are read from it
. n       - N, 2 or more; 0: the options say it
- f       - law of the disorder; NULL: there is none

  Output:
. model - caller destroys with KrModelDestroy()

  Errors: PETSC_ERR_USER_INPUT when the couplings need more than options->memory bytes a rank
  See:    KrModelDraw(), KrModelSetTensor()
*/
PetscErrorCode KrModelCreate(MPI_Comm comm, const KrModelOptions *options, PetscInt n,
                             const KrMixture *f, KrModel *model)
{
  KrModel m;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(model));
  m = *model;
  PetscCallMPI(MPI_Comm_dup(comm, &m->comm));
  PetscCallMPI(MPI_Comm_size(comm, &m->size));
  PetscCallMPI(MPI_Comm_rank(comm, &m->rank));
  m->number      = options->type;
  m->type        = KrModelTypeGet(options->type);
  m->options     = *options;
  m->kernels     = KrKernelsGet((KrSimd)options->simd);
  m->temperature = KrModelSpin(options)->temperature;
  m->has_law     = f != NULL ? PETSC_TRUE : PETSC_FALSE;
  if (f != NULL) m->f = *f;
  PetscCall(KrModelShape(comm, options, n, f, &m->shape));
  m->n = m->shape.n;
  PetscCall(KrModelCheckMemory(comm, m->size, options, m->n, f, 0.0));
  if (m->type->set_up != NULL) PetscCall((*m->type->set_up)(m));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrModelCouplingBytes - Memory of all couplings together, wherever they live.

  Not collective

  Input:
+ n - N
- f - orders of the tensor; NULL: there is none

  Returns:
  bytes; infinite when an order has more than 2^62 coefficients
*/
double KrModelCouplingBytes(PetscInt n, const KrMixture *f)
{
  double bytes = 0.0;

  for (int i = 0; f != NULL && i < f->n_orders; ++i) {
    const int64_t count = KrTensorCount(f->order[i], (int)n);

    bytes += count < 0 ? INFINITY : 8.0 * (double)count;
  }
  return bytes;
}

/* The formula of all checks: a rank's share of the couplings, and its work space. */
static double bytes_on_rank(double couplings, int64_t n_ranks, double work_bytes)
{
  return couplings / (double)n_ranks + work_bytes;
}

/*
  KrModelRanksNeeded - The fewest ranks over which the couplings can be spread so that they fit.

  Not collective

  Input:
+ options    - memory: bytes a rank may use; 0 when unknown
. n          - N
. f          - orders of the tensor
- work_bytes - what the caller needs beside them, on each rank

  Returns:
  ranks, each with that memory; 0 when no number will do, 1 when the memory is not known

  See: KrModelCheckMemory()
*/
int64_t KrModelRanksNeeded(const KrModelOptions *options, PetscInt n, const KrMixture *f,
                           double work_bytes)
{
  const double couplings = KrModelCouplingBytes(n, f), left = options->memory - work_bytes;
  int64_t      n_ranks;

  if (options->memory <= 0.0) return 1;
  if (left <= 0.0 || couplings / left > INT32_MAX) return 0;
  n_ranks = PetscMax(1, (int64_t)ceil(couplings / left));
  while (bytes_on_rank(couplings, n_ranks, work_bytes) > options->memory) ++n_ranks; /* rounding */
  return n_ranks;
}

/* What would do instead, for the message. */
static void advise(int64_t n_ranks, char text[], size_t length)
{
  if (n_ranks == 0)
    (void)snprintf(text, length,
                   "no group of such ranks would do, as each needs the work space (with "
                   "-campaign_spread tensor or without): take a smaller N");
  else
    (void)snprintf(text, length,
                   "a group of %lld such ranks would do, with -campaign_spread tensor "
                   "-campaign_group_size %lld; or take a smaller N or p, or fewer ranks a node",
                   (long long)n_ranks, (long long)n_ranks);
}

/*
  KrModelCheckMemory - Refuses a tensor that does not fit, before anything is allocated.

  Collective on comm

  Input:
+ comm       - reports the error
. n_ranks    - ranks that share the couplings
. options    - memory: bytes a rank may use; 0 when unknown
. n          - N
. f          - orders of the tensor
- work_bytes - what the caller needs beside it, on each rank

  Errors: PETSC_ERR_USER_INPUT stating the bytes needed and available, and the number of ranks that would do
  See:    KrModelRanksNeeded()
*/
PetscErrorCode KrModelCheckMemory(MPI_Comm comm, int n_ranks, const KrModelOptions *options,
                                  PetscInt n, const KrMixture *f, double work_bytes)
{
  const double couplings = KrModelCouplingBytes(n, f);
  char         advice[256];

  PetscFunctionBeginUser;
  for (int i = 0; f != NULL && i < f->n_orders; ++i)
    KR_CHECK_INPUT(
      KrTensorCount(f->order[i], (int)n) >= 0, comm,
      "-model_n %d: a tensor of order %d has more than 2^62 coefficients, each of 8 bytes", (int)n,
      f->order[i]);
  advise(KrModelRanksNeeded(options, n, f, work_bytes), advice, sizeof advice);
  KR_CHECK_INPUT(
    options->memory <= 0.0 || bytes_on_rank(couplings, n_ranks, work_bytes) <= options->memory,
    comm,
    "-model_n %d: the couplings need %.4g GB and the work space %.4g GB on each rank, "
    "which may use %.4g GB; %s",
    (int)n, 1e-9 * couplings / n_ranks, 1e-9 * work_bytes, 1e-9 * options->memory, advice);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrModelDraw - Draws the disorder of one sample, each rank the part it holds.

  Collective on the model's communicator

  In/out:
. model - its couplings are replaced

  Input:
+ seed   - campaign seed
- sample - number of the disorder sample, 0 ... 2^32-1

  Notes: a pure function of (seed, sample, p, index tuple): the same bits on any number of ranks
  Errors: KR_ERR_STOPPED, without couplings of use, when this process was asked to stop; others may not have been
*/
PetscErrorCode KrModelDraw(KrModel model, uint64_t seed, int64_t sample)
{
  PetscFunctionBeginUser;
  if (model->type->draw != NULL) PetscCall((*model->type->draw)(model, seed, sample));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode find_tensor(KrModel model, int order, KrTensor **tensor)
{
  int             n_tensors;
  const KrTensor *tensors;

  PetscFunctionBeginUser;
  PetscCall(KrModelGetTensors(model, &n_tensors, &tensors));
  *tensor = NULL;
  for (int i = 0; i < n_tensors; ++i)
    if (tensors[i].order == order) *tensor = (KrTensor *)&tensors[i];
  PetscCheck(*tensor != NULL, model->comm, PETSC_ERR_ARG_OUTOFRANGE, "the model has no order %d",
             order);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrModelSetTensor - Gives one order of a polynomial model its couplings.

  Collective on the model's communicator; every rank passes the same array

  In/out:
. model - each rank keeps the rows it holds, bit for bit

  Input:
+ order  - p, one of the model's orders
- sorted - binomial(N+p-1, p) coefficients over sorted tuples, lexicographic, multiplicities and sqrt(c_p) in

  See: KrModelGetTensor(), docs/formats/couplings.md
*/
PetscErrorCode KrModelSetTensor(KrModel model, int order, const double sorted[])
{
  KrTensor *tensor;

  PetscFunctionBeginUser;
  PetscCall(find_tensor(model, order, &tensor));
  KrCouplingsFromSorted(sorted, tensor);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrModelCreateAbsolute - Makes the same model with the absolute values of all couplings.

  Collective on the model's communicator

  At |x| its value, gradient and Hessian are the sums of the sizes of all terms that the model's own have at x: what the
  rounding of those is measured by.

  Input:
. model - its disorder is in

  Output:
. absolute - caller destroys with KrModelDestroy(); keeps its couplings when the model draws others

  Errors: PETSC_ERR_SUP when the model is no polynomial, PETSC_ERR_MEM
  Cost:   as much memory as the couplings
  Source: docs/theory/certificates.md, section 3
  See:    KrModelGetTensors()
*/
PetscErrorCode KrModelCreateAbsolute(KrModel model, KrModel *absolute)
{
  KrModelOptions  options = model->options;
  const KrTensor *from, *to;
  int             n_tensors;

  PetscFunctionBeginUser;
  PetscCheck(model->temperature == 0.0, model->comm, PETSC_ERR_SUP,
             "a TAP free energy is no polynomial");
  options.memory = 0.0; /* checked by whoever asks for it */
  PetscCall(KrModelCreate(model->comm, &options, model->n, &model->f, absolute));
  (*absolute)->kernels = model->kernels;
  PetscCall(KrModelGetTensors(model, &n_tensors, &from));
  PetscCall(KrModelGetTensors(*absolute, &n_tensors, &to));
  for (int t = 0; t < n_tensors; ++t) {
    for (int64_t i = 0; i < from[t].n_coefficients; ++i) to[t].c[i] = fabs(from[t].c[i]);
    KrTensorUnfold(&to[t]);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrModelGetTensor - Copies out the couplings of one order.

  Not collective

  Input:
+ model - the model
- order - p, one of the model's orders

  In/out:
. sorted - binomial(N+p-1, p) places in the order of KrModelSetTensor(); only rows this rank holds are written
*/
PetscErrorCode KrModelGetTensor(KrModel model, int order, double sorted[])
{
  KrTensor *tensor;

  PetscFunctionBeginUser;
  PetscCall(find_tensor(model, order, &tensor));
  KrCouplingsToSorted(tensor, sorted);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrModelDestroy - Frees a model; accepts NULL inside and may be called twice.

  Collective on the model's communicator

  In/out:
. model - set to NULL
*/
PetscErrorCode KrModelDestroy(KrModel *model)
{
  PetscFunctionBeginUser;
  if (*model == NULL) PetscFunctionReturn(PETSC_SUCCESS);
  if ((*model)->type->destroy != NULL) PetscCall((*(*model)->type->destroy)(*model));
  PetscCallMPI(MPI_Comm_free(&(*model)->comm));
  PetscCall(PetscFree(*model));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrModelGetTensors - The couplings of a polynomial model, one tensor an order.

  Not collective

  Input:
. model - the model

  Output:
+ n_tensors - number of orders
- tensors   - borrowed; the rows that this rank holds

  Errors: PETSC_ERR_SUP when the model is no polynomial
*/
PetscErrorCode KrModelGetTensors(KrModel model, int *n_tensors, const KrTensor *tensors[])
{
  PetscFunctionBeginUser;
  PetscCheck(model->type->tensors != NULL, model->comm, PETSC_ERR_SUP,
             "a model of type %s is no polynomial", KrModelTypeName(model->number));
  PetscCall((*model->type->tensors)(model, n_tensors, tensors));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Sums values over the ranks that share the couplings, in place; all get the same bits. */
PetscErrorCode KrModelSum(KrModel model, PetscInt64 count, double values[])
{
  PetscFunctionBeginUser;
  if (model->size > 1) PetscCall(KrSumReals(model->comm, count, values));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrModelDerivatives - Energy, Euclidean gradient and, when wanted, Euclidean Hessian of many points.

  Collective on the model's communicator; every rank passes the same points

  Input:
+ model    - with its disorder drawn
. n_points - number of points B
- X        - B x N, a point a row, on the manifold

  Output:
+ E    - B total energies H = N e, units of J
. G    - B x N gradients
- Hess - B matrices N x N, symmetric, or NULL

  Notes:
  The same numbers on every rank. A point's numbers do not depend on the others of the batch as long as B > 1
  (B = 1 takes a kernel of its own, which rounds differently).

  Cost:   4 (with Hessian 6) flops a coefficient held and point. Communication: none on one rank; on R ranks, for each
          call, Allreduces of B and B N reals (and B N^2 with Hessian): each rank sends and receives about
          2 (1 - 1/R) B (N + 1) words, whatever R is. The points are there already: the caller sent them (B N words)
  Source: docs/theory/tensor.md, sections 3 and 5
*/
PetscErrorCode KrModelDerivatives(KrModel model, PetscInt n_points, const double X[], double E[],
                                  double G[], double Hess[])
{
  const PetscInt64 b = n_points, n = model->n;

  PetscFunctionBeginUser;
  (void)memset(E, 0, (size_t)b * sizeof *E);
  (void)memset(G, 0, (size_t)(b * n) * sizeof *G);
  PetscCall(KrModelAddDerivatives(model, n_points, X, E, G, Hess));
  PetscCall(KrModelSum(model, b, E));
  PetscCall(KrModelSum(model, b * n, G));
  if (Hess != NULL) PetscCall(KrModelSum(model, b * n * n, Hess));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrModelDerivativesLanes - Energy, gradient and Hessian of KR_LANES points that stay in their SIMD lanes.

  Collective on the model's communicator; every rank passes the same points

  Input:
+ model - with its disorder drawn
- X     - N x KR_LANES, coordinate i of point l at X[i*KR_LANES + l]

  Output:
+ E - KR_LANES total energies
. G - gradients, like X
- A - N x N x KR_LANES: the Hessians are A + A^T, and only A[i][k] with i <= k means anything

  Notes: the same numbers on every rank; those of a lane depend on its point only
  Cost:  6 flops a coefficient and point; on R ranks an Allreduce of KR_LANES (1 + N + N^2) reals
  See:   KrModelDerivatives(), KrKernels
*/
PetscErrorCode KrModelDerivativesLanes(KrModel model, const double X[], double E[], double G[],
                                       double A[])
{
  const PetscInt64 n = model->n;

  PetscFunctionBeginUser;
  (void)memset(E, 0, KR_LANES * sizeof *E);
  (void)memset(G, 0, (size_t)n * KR_LANES * sizeof *G);
  (void)memset(A, 0, (size_t)(n * n) * KR_LANES * sizeof *A);
  PetscCall(KrModelAddLanes(model, X, E, G, A));
  PetscCall(KrModelSum(model, KR_LANES, E));
  PetscCall(KrModelSum(model, n * KR_LANES, G));
  PetscCall(KrModelSum(model, n * n * KR_LANES, A));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrModelHessianApplyPoints - Euclidean Hessians times vectors for many points, without forming a Hessian.

  Collective on the model's communicator; every rank passes the same points and vectors

  Input:
+ model    - with its disorder drawn
. n_points - number of points B
. X        - B x N, a point a row, |x|^2 = N
- V        - B x N, the vector of each point a row

  Output:
. HV - B x N products, units of J

  Notes:  the same numbers on every rank; a point's numbers do not depend on the others of the batch
  Cost:   8 flops a coefficient and point; one Allreduce of B N reals
  Source: docs/theory/tensor.md, eq. (6)
  See:    KrModelHessianApply()
*/
PetscErrorCode KrModelHessianApplyPoints(KrModel model, PetscInt n_points, const double X[],
                                         const double V[], double HV[])
{
  PetscFunctionBeginUser;
  PetscCall(KrModelAddProducts(model, n_points, X, V, HV));
  PetscCall(KrModelSum(model, (PetscInt64)n_points * model->n, HV));
  PetscFunctionReturn(PETSC_SUCCESS);
}
