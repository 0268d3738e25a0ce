/* From options to a campaign: law, couplings that a user brings, and what makes it this campaign. */
#include "campaign_impl.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LARGEST_MIN \
  1e-100 /* squares and inverse squares of entries, and sums of them, are numbers */
#define LARGEST_MAX 1e100
#define FITS        10.0 /* a stated law and a tensor may differ by this factor in size, no more */

/* Mean of T^2 over the sorted tuples, times their multiplicity: c_p for a tensor drawn from the law. */
static double estimate_variance(const KrTensorData *tensor)
{
  const int64_t count               = KrTensorCount(tensor->order, tensor->n);
  int           tuple[KR_ORDER_MAX] = {0};
  double        sum                 = 0.0;

  for (int64_t i = 0; i < count; ++i) { /* tuples in the order of the file */
    int a = tensor->order - 1;

    sum += tensor->packed[i] * tensor->packed[i] / KrTupleMultiplicity(tensor->order, tuple);
    while (a >= 0 && tuple[a] == tensor->n - 1) --a;
    for (int b = tensor->order - 1; a >= 0 && b >= a; --b) tuple[b] = tuple[a] + 1;
  }
  return sum / (double)count;
}

/* The law that a user's tensors look like; it sets scales only. */
static void estimate_law(const KrPlan *plan, KrMixture *f)
{
  f->n_orders = plan->n_tensors;
  for (int t = 0; t < plan->n_tensors; ++t) {
    f->order[t] = plan->tensors[t].order;
    f->c[t]     = estimate_variance(&plan->tensors[t]);
  }
}

/* Any unit will do for energies, as long as their squares are numbers. */
static PetscErrorCode check_entries(MPI_Comm world, const KrPlan *plan)
{
  double largest = 0.0;

  PetscFunctionBeginUser;
  for (int t = 0; t < plan->n_tensors; ++t) {
    const int64_t count = KrTensorCount(plan->tensors[t].order, plan->tensors[t].n);

    for (int64_t i = 0; i < count; ++i)
      largest = PetscMax(largest, fabs(plan->tensors[t].packed[i]));
  }
  KR_CHECK_INPUT(largest > 0.0, world,
                 "-model_couplings %s: all entries are zero, so every point is critical; give a "
                 "tensor that has others",
                 KrModelSpin(&plan->model)->couplings);
  KR_CHECK_INPUT(largest >= LARGEST_MIN && largest <= LARGEST_MAX, world,
                 "-model_couplings %s: the largest coefficient is %g, must be from %g to %g; "
                 "multiply the tensor by a number, which changes the unit of energies only",
                 KrModelSpin(&plan->model)->couplings, largest, LARGEST_MIN, LARGEST_MAX);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A law that is stated sets the scale, so it has to be the tensor's. */
static PetscErrorCode check_law(MPI_Comm world, const KrPlan *plan)
{
  const double size = KrMixtureScale(&plan->looks), stated = KrMixtureScale(&plan->f);

  PetscFunctionBeginUser;
  KR_CHECK_INPUT(!plan->law_given || (size <= FITS * stated && FITS * size >= stated), world,
                 "-model_couplings %s: its energies have the size %.3g sqrt(N), those of the law "
                 "that -model_p or -model_mixture states %.3g sqrt(N); leave the law out, or "
                 "divide the tensor by %.3g",
                 KrModelSpin(&plan->model)->couplings, size, stated, size / stated);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_orders(MPI_Comm world, const KrPlan *plan)
{
  PetscFunctionBeginUser;
  for (int t = 0; t < plan->n_tensors; ++t) {
    PetscBool found = PETSC_FALSE;

    KR_CHECK_INPUT(plan->tensors[t].order >= KR_ORDER_MIN && plan->tensors[t].order <= KR_ORDER_MAX,
                   world, "-model_couplings %s: holds a tensor of order %d, must be %d to %d",
                   KrModelSpin(&plan->model)->couplings, plan->tensors[t].order, KR_ORDER_MIN,
                   KR_ORDER_MAX);
    KR_CHECK_INPUT(plan->tensors[t].n >= 2, world, "-model_couplings %s: N = %d, must be 2 or more",
                   KrModelSpin(&plan->model)->couplings, plan->tensors[t].n);
    for (int o = 0; o < plan->f.n_orders; ++o)
      if (plan->f.order[o] == plan->tensors[t].order) found = PETSC_TRUE;
    KR_CHECK_INPUT(!plan->law_given || found, world,
                   "-model_couplings %s: holds a tensor of order %d, which -model_p or "
                   "-model_mixture does not name",
                   KrModelSpin(&plan->model)->couplings, plan->tensors[t].order);
  }
  KR_CHECK_INPUT(!plan->law_given || plan->n_tensors == plan->f.n_orders, world,
                 "-model_couplings %s: holds %d orders, -model_p or -model_mixture names %d",
                 KrModelSpin(&plan->model)->couplings, plan->n_tensors, plan->f.n_orders);
  KR_CHECK_INPUT(plan->model.n == 0 || plan->model.n == plan->tensors[0].n, world,
                 "-model_n %d: the tensor in %s has N = %d", plan->model.n,
                 KrModelSpin(&plan->model)->couplings, plan->tensors[0].n);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Law and size, from the options or from the tensor a user brings. */
static PetscErrorCode read_law(MPI_Comm world, KrPlan *plan)
{
  PetscFunctionBeginUser;
  PetscCall(KrModelOptionsLaw(&plan->model, &plan->f, &plan->law_given));
  if (KrModelSpin(&plan->model)->couplings[0] == '\0') PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KrTensorFileRead(world, KrModelSpin(&plan->model)->couplings, KR_MIXTURE_MAX,
                             &plan->n_tensors, plan->tensors));
  PetscCall(check_orders(world, plan));
  plan->model.n = plan->model.own.spin.n = plan->tensors[0].n;
  PetscCall(check_entries(world, plan));
  estimate_law(plan, &plan->looks);
  PetscCall(check_law(world, plan));
  if (!plan->law_given) plan->f = plan->looks;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* 64-bit FNV-1a of the coefficients: a tensor is known by what it is, not by its file's name. */
static uint64_t hash_tensors(const KrPlan *plan)
{
  uint64_t hash = 14695981039346656037u;

  for (int t = 0; t < plan->n_tensors; ++t) {
    const size_t n_bytes =
      sizeof(double) * (size_t)KrTensorCount(plan->tensors[t].order, plan->tensors[t].n);
    const unsigned char *bytes = (const unsigned char *)plan->tensors[t].packed;

    for (size_t i = 0; i < n_bytes; ++i) hash = (hash ^ bytes[i]) * 1099511628211u;
  }
  return hash;
}

/* What a plan says of itself: options, and its identity with the couplings. */
static PetscErrorCode describe(KrPlan *plan)
{
  char   couplings[64] = "couplings drawn\n";
  size_t length;

  PetscFunctionBeginUser;
  PetscCall(KrPlanFormatOptions(plan));
  if (plan->n_tensors > 0)
    (void)snprintf(couplings, sizeof couplings, "couplings %016llx\n",
                   (unsigned long long)hash_tensors(plan));
  length         = strlen(plan->identity);
  plan->identity = realloc(plan->identity, length + sizeof couplings);
  PetscCheck(plan->identity != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for options");
  (void)strcpy(plan->identity + length, couplings);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A plan of options alone; the command is for messages. plan is empty but for its task. Collective on world. */
PetscErrorCode KrPlanMake(MPI_Comm world, const char command[], KrPlan *plan)
{
  PetscFunctionBeginUser;
  PetscCall(KrPlanReadOptions(world, command, plan));
  PetscCall(read_law(world, plan));
  PetscCall((*plan->task->complete)(world, plan));
  KrPlanSpread(plan); /* files then say what was done */
  PetscCall(KrProvenanceGet(world, &plan->provenance));
  PetscCall(describe(plan));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrPlanDestroy - Frees what a plan owns; may be called twice.

  Not collective

  In/out:
. plan - from KrPlanCreate()
*/
PetscErrorCode KrPlanDestroy(KrPlan *plan)
{
  PetscFunctionBeginUser;
  for (int t = 0; t < plan->n_tensors && plan->input == NULL; ++t) free(plan->tensors[t].packed);
  plan->n_tensors = 0;
  if (plan->input != NULL) PetscCall(KrPlanDestroy(plan->input)); /* whose tensors they were */
  free(plan->input);
  free(plan->part);
  plan->input = NULL;
  plan->part  = NULL;
  free(plan->options);
  free(plan->identity);
  free(plan->samples);
  plan->options = plan->identity = NULL;
  plan->samples                  = NULL;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrPlanModel - Makes the campaign's model on some ranks.

  Collective on comm

  Input:
+ plan - the campaign
- comm - ranks that share the couplings

  Output:
. model - caller destroys; a user's tensor is in, otherwise KrPlanDraw() draws a sample
*/
PetscErrorCode KrPlanModel(const KrPlan *plan, MPI_Comm comm, KrModel *model)
{
  PetscFunctionBeginUser;
  PetscCall(KrModelCreate(comm, &plan->model, plan->model.n, &plan->f, model));
  for (int t = 0; t < plan->n_tensors; ++t)
    PetscCall(KrModelSetTensor(*model, plan->tensors[t].order, plan->tensors[t].packed));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrPlanDraw - Gives the model the disorder of a sample; a user's tensor stays as it is.

  Collective on the model's communicator

  Input:
+ plan   - the campaign
. model  - from KrPlanModel()
- sample - number of the disorder sample
*/
PetscErrorCode KrPlanDraw(const KrPlan *plan, KrModel model, int64_t sample)
{
  PetscFunctionBeginUser;
  if (plan->n_tensors == 0) PetscCall(KrModelDraw(model, (uint64_t)plan->campaign.seed, sample));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* How many samples there are to be, at most. */
int64_t KrPlanCount(const KrPlan *plan)
{
  return plan->samples == NULL ? plan->campaign.end - plan->campaign.first : plan->n_samples;
}

/* How the antipode of a critical point behaves, from the orders of the law. */
KrParity KrPlanParity(const KrPlan *plan)
{
  int n_odd = 0;

  for (int i = 0; i < plan->f.n_orders; ++i) n_odd += plan->f.order[i] % 2;
  if (n_odd == 0) return KR_PARITY_EVEN;
  return n_odd == plan->f.n_orders && !KrModelOptionsIsTap(&plan->model) ? KR_PARITY_ODD
                                                                         : KR_PARITY_NONE;
}
