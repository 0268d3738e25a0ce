/* From options to a campaign: model, search, spectrum, census, samples, and what makes it this campaign. */
#include "campaign_impl.h"
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AT(member) offsetof(KrCampaignOptions, member)

/* clang-format off */
static const KrOption option_list[] = {
  {"-campaign_seed", KR_OPTION_INT64, AT(seed), "1", 0, 9e18, NULL, "",
   "seed of the disorder and of the starts", PETSC_TRUE},
  {"-campaign_samples", KR_OPTION_STRING, AT(samples), "100", 0, 0, NULL, "samples",
   "disorder samples: how many, or a range first:end (end excluded)", PETSC_FALSE},
  {"-campaign_group_size", KR_OPTION_INT, AT(group_size), "1", 1, 1000000, NULL, "ranks",
   "ranks that work on one sample together", PETSC_FALSE},
  {"-campaign_spread", KR_OPTION_CHOICE, AT(spread), "auto", 0, 0, "auto|starts|tensor", "",
   "what the ranks of a group share: the starts, or the couplings; auto: by memory, N and starts", PETSC_FALSE},
  {"-campaign_out", KR_OPTION_STRING, AT(out), "kacrice-out", 0, 0, NULL, "",
   "folder of the campaign", PETSC_FALSE},
  {"-campaign_queue", KR_OPTION_CHOICE, AT(queue), "dynamic", 0, 0, "dynamic|static", "",
   "how groups come by samples", PETSC_FALSE},
  {"-campaign_progress", KR_OPTION_REAL, AT(progress), "10", 0, 1e9, NULL, "s",
   "time between progress lines", PETSC_FALSE},
  {"-campaign_checkpoint", KR_OPTION_REAL, AT(checkpoint), "600", 0, 1e9, NULL, "s",
   "a sample that takes longer keeps its state every so often, to go on after an interruption; 0: never", PETSC_FALSE},
  {"-campaign_maxtime", KR_OPTION_REAL, AT(maxtime), "0", 0, 1e9, NULL, "s",
   "stop in order before so much time has passed, exit code 75: to be run again; 0: no limit", PETSC_FALSE},
  {"-campaign_retry", KR_OPTION_BOOL, AT(retry), "false", 0, 0, NULL, "",
   "try samples again that failed before", PETSC_FALSE},
  {"-campaign_extend", KR_OPTION_CHOICE, AT(extend), "none", 0, 0, "none|starts", "",
   "starts: give the samples of the folder more -search_starts or less -census_missing than they have", PETSC_FALSE},
  {"-campaign_target", KR_OPTION_STRING, AT(target), "", 0, 0, NULL, "",
   "samples until the mean count has this relative error, -campaign_samples at most: \"total 0.01\", minima, index:K",
   PETSC_FALSE},
  {"-campaign_bin_width", KR_OPTION_REAL, AT(bin_width), "0.05", 1e-4, 1e12, NULL, "J",
   "bins of e in the histograms of the ensemble", PETSC_FALSE},
  {"-dry_run", KR_OPTION_BOOL, AT(dry_run), "false", 0, 0, NULL, "",
   "tell what the campaign would cost, in memory and time, and leave it at that", PETSC_FALSE},
  {"-dry_run_ranks", KR_OPTION_INT, AT(dry_run_ranks), "0", 0, 1e9, NULL, "ranks",
   "tell it for so many ranks, of another machine; 0: for those that are there", PETSC_FALSE},
  {"-dry_run_memory", KR_OPTION_REAL, AT(dry_run_memory), "0", 0, 1e9, NULL, "GB",
   "tell it for ranks that may use so much memory each; 0: as much as there is here", PETSC_FALSE},
};
/* clang-format on */
const KrOptionTable KrCampaignOptionTable = {"Campaign", option_list,
                                             PETSC_STATIC_ARRAY_LENGTH(option_list)};

const KrOptionTable *const KrPlanTables[KR_PLAN_TABLES] = {
  &KrModelOptionTable, &KrSearchOptionTable, &KrSpectrumOptionTable, &KrCensusOptionTable,
  &KrCampaignOptionTable};
const KrOptionTable *const KrThermoPlanTables[KR_THERMO_TABLES] = {
  &KrModelOptionTable, &KrThermoOptionTable, &KrCampaignOptionTable};

/* "200" is 0:200, "100:200" the samples 100 ... 199. */
static PetscErrorCode read_samples(MPI_Comm world, KrCampaignOptions *o)
{
  char     *end;
  long long first = 0, last;

  PetscFunctionBeginUser;
  errno = 0;
  last  = strtoll(o->samples, &end, 10);
  if (end != o->samples && *end == ':') {
    const char *second = end + 1;

    first = last;
    last  = strtoll(second, &end, 10);
    if (end == second) first = -1;
  }
  KR_CHECK_INPUT(
    end != o->samples && *end == '\0' && errno == 0 && first >= 0 && last > first &&
      last <= (long long)UINT32_MAX,
    world,
    "-campaign_samples %s: must be a number of samples such as 200, or a range such as "
    "100:200 (first, end), below 2^32",
    o->samples);
  o->first = first;
  o->end   = last;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Memory of a rank: of this machine, or of the one that a dry run is about. */
static PetscErrorCode read_memory(MPI_Comm world, KrPlan *plan)
{
  const KrCampaignOptions *o = &plan->campaign;

  PetscFunctionBeginUser;
  KR_CHECK_INPUT(o->dry_run || o->dry_run_ranks == 0, world,
                 "-dry_run_ranks %d: goes with -dry_run only", o->dry_run_ranks);
  KR_CHECK_INPUT(o->dry_run || o->dry_run_memory == 0.0, world,
                 "-dry_run_memory %g: goes with -dry_run only", o->dry_run_memory);
  if (o->dry_run_memory > 0.0) plan->model.memory = 1e9 * o->dry_run_memory;
  else PetscCall(KrMemoryPerRank(world, &plan->model.memory));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscBool is_thermo(const KrPlan *plan)
{
  return plan->task == &KrTaskThermo ? PETSC_TRUE : PETSC_FALSE;
}

/* The options of what is done with a sample. */
static PetscErrorCode read_task(MPI_Comm world, KrPlan *plan)
{
  PetscFunctionBeginUser;
  if (is_thermo(plan)) {
    PetscCall(KrThermoOptionsRead(world, &plan->thermo));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(KrSearchOptionsRead(world, &plan->search));
  PetscCall(KrOptionsRead(world, &KrSpectrumOptionTable, &plan->spectrum));
  PetscCall(KrOptionsRead(world, &KrCensusOptionTable, &plan->census));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode read_options(MPI_Comm world, const char command[], KrPlan *plan)
{
  PetscBool samples_given;

  PetscFunctionBeginUser;
  plan->task = strcmp(command, KrTaskThermo.command) == 0 ? &KrTaskThermo : &KrTaskCensus;
  PetscCall(KrModelOptionsRead(world, &plan->model));
  PetscCall(read_task(world, plan));
  PetscCall(KrOptionsRead(world, &KrCampaignOptionTable, &plan->campaign));
  PetscCall(KrOptionsCheckUnknown(world, command,
                                  is_thermo(plan) ? KR_THERMO_TABLES : KR_PLAN_TABLES,
                                  is_thermo(plan) ? KrThermoPlanTables : KrPlanTables));
  PetscCall(PetscOptionsHasName(NULL, NULL, "-campaign_samples", &samples_given));
  if (plan->model.couplings[0] != '\0' && !samples_given) (void)strcpy(plan->campaign.samples, "1");
  PetscCall(read_samples(world, &plan->campaign));
  KR_CHECK_INPUT(plan->model.couplings[0] == '\0' || plan->campaign.end == plan->campaign.first + 1,
                 world, "-campaign_samples %s: a tensor of -model_couplings is one sample, give 1",
                 plan->campaign.samples);
  for (size_t end = strlen(plan->campaign.out); end > 1 && plan->campaign.out[end - 1] == '/';
       --end)
    plan->campaign.out[end - 1] = '\0'; /* "out/" is "out", also in messages */
  PetscCall(read_memory(world, plan));
  PetscFunctionReturn(PETSC_SUCCESS);
}

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

/* The law a user's tensors look like; it sets scales only. The tolerance of the search, in units of J, has to suit
   their own unit: otherwise every point would pass for critical, or none. */
static PetscErrorCode estimate_law(MPI_Comm world, const KrPlan *plan, KrMixture *f)
{
  const double tol  = plan->search.gradient_tol;
  double       size = 0.0; /* of H / sqrt(N) */

  PetscFunctionBeginUser;
  f->n_orders = plan->n_tensors;
  for (int t = 0; t < plan->n_tensors; ++t) {
    f->order[t] = plan->tensors[t].order;
    f->c[t]     = estimate_variance(&plan->tensors[t]);
    size += f->c[t];
  }
  size = sqrt(size);
  KR_CHECK_INPUT(
    is_thermo(plan) || (tol >= 1e-15 * size && tol <= 1e-6 * size), world,
    "-search_gradient_tol %g: the tensor in %s has energies of the size %.3g sqrt(N) J, so it "
    "must be from %.3g to %.3g; or rescale the tensor to a size of about 1",
    tol, plan->model.couplings, size, 1e-15 * size, 1e-6 * size);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_orders(MPI_Comm world, const KrPlan *plan)
{
  PetscFunctionBeginUser;
  for (int t = 0; t < plan->n_tensors; ++t) {
    PetscBool found = PETSC_FALSE;

    KR_CHECK_INPUT(plan->tensors[t].order >= KR_ORDER_MIN && plan->tensors[t].order <= KR_ORDER_MAX,
                   world, "-model_couplings %s: holds a tensor of order %d, must be %d to %d",
                   plan->model.couplings, plan->tensors[t].order, KR_ORDER_MIN, KR_ORDER_MAX);
    KR_CHECK_INPUT(plan->tensors[t].n >= 2, world, "-model_couplings %s: N = %d, must be 2 or more",
                   plan->model.couplings, plan->tensors[t].n);
    for (int o = 0; o < plan->f.n_orders; ++o)
      if (plan->f.order[o] == plan->tensors[t].order) found = PETSC_TRUE;
    KR_CHECK_INPUT(!plan->law_given || found, world,
                   "-model_couplings %s: holds a tensor of order %d, which -model_p or "
                   "-model_mixture does not name",
                   plan->model.couplings, plan->tensors[t].order);
  }
  KR_CHECK_INPUT(!plan->law_given || plan->n_tensors == plan->f.n_orders, world,
                 "-model_couplings %s: holds %d orders, -model_p or -model_mixture names %d",
                 plan->model.couplings, plan->n_tensors, plan->f.n_orders);
  KR_CHECK_INPUT(plan->model.n == 0 || plan->model.n == plan->tensors[0].n, world,
                 "-model_n %d: the tensor in %s has N = %d", plan->model.n, plan->model.couplings,
                 plan->tensors[0].n);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Law and size, from the options or from the tensor a user brings. */
static PetscErrorCode read_law(MPI_Comm world, KrPlan *plan)
{
  KrMixture estimate = {0};

  PetscFunctionBeginUser;
  PetscCall(KrModelOptionsLaw(&plan->model, &plan->f, &plan->law_given));
  if (plan->model.couplings[0] == '\0') PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KrTensorFileRead(world, plan->model.couplings, KR_MIXTURE_MAX, &plan->n_tensors,
                             plan->tensors));
  PetscCall(check_orders(world, plan));
  plan->model.n = plan->tensors[0].n;
  PetscCall(estimate_law(world, plan, &estimate));
  if (!plan->law_given) plan->f = estimate;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The option that says what the orders are, and its value. */
static void name_law(const KrModelOptions *model, char text[], size_t length)
{
  if (model->couplings[0] != '\0')
    (void)snprintf(text, length, "-model_couplings %s", model->couplings);
  else if (model->mixture[0] != '\0')
    (void)snprintf(text, length, "-model_mixture %s", model->mixture);
  else (void)snprintf(text, length, "-model_p %d", model->p);
}

/* A homotopy follows all complex critical points of a pure model, so many and no other number. */
static PetscErrorCode check_homotopy(MPI_Comm world, KrPlan *plan)
{
  char    law[KR_PATH_MAX + 32];
  int64_t n_paths;

  PetscFunctionBeginUser;
  if (plan->search.kind != KR_SEARCH_HOMOTOPY) PetscFunctionReturn(PETSC_SUCCESS);
  name_law(&plan->model, law, sizeof law);
  KR_CHECK_INPUT(plan->f.n_orders == 1 && (plan->f.order[0] == 3 || plan->f.order[0] == 4), world,
                 "%s: -search_kind homotopy is for pure models with p = 3 or 4; take -search_kind "
                 "all for others",
                 law);
  n_paths = KrHomotopyPaths(plan->f.order[0], plan->model.n);
  KR_CHECK_INPUT(
    n_paths > 0, world,
    "-model_n %d: a homotopy would have more than 2^31 paths, with p = %d N must be at "
    "most %d; take -search_kind all",
    plan->model.n, plan->f.order[0], plan->f.order[0] == 3 ? 31 : 20);
  KR_CHECK_INPUT(
    !plan->search.starts_given || plan->search.starts == n_paths, world,
    "-search_starts %lld: -search_kind homotopy makes as many as there are paths, %lld; "
    "leave it out",
    (long long)plan->search.starts, (long long)n_paths);
  KR_CHECK_INPUT(plan->campaign.spread != KR_SPREAD_TENSOR, world,
                 "-campaign_spread tensor: with -search_kind homotopy the ranks of a group share "
                 "the paths, take starts or auto");
  plan->search.starts = n_paths;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A free energy lives in the ball, where no proofs, no homotopy and no exact expectations are known. */
static PetscErrorCode check_tap(MPI_Comm world, KrPlan *plan)
{
  PetscFunctionBeginUser;
  if (!KrModelOptionsIsTap(&plan->model)) PetscFunctionReturn(PETSC_SUCCESS);
  KR_CHECK_INPUT(plan->search.kind != KR_SEARCH_HOMOTOPY, world,
                 "-search_kind homotopy: follows polynomials on the sphere, and -model_type tap is "
                 "none; take all or minima");
  KR_CHECK_INPUT(plan->search.kind != KR_SEARCH_MINIMA ||
                   plan->search.descent_method == KR_DESCENT_GRADIENT,
                 world, "-descent_method: -model_type tap has gradient descents only");
  KR_CHECK_INPUT(plan->census.certify != KR_CERTIFY_TRUE, world,
                 "-census_certify true: proofs are for points of the sphere, take false or auto "
                 "with -model_type tap");
  plan->census.certify = KR_CERTIFY_FALSE; /* files then say what was done */
  plan->law_given      = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The identity of a campaign without what is nothing: folders from before temperatures stay what they are. */
static void drop_temperature(char identity[])
{
  static const char nothing[] = "-model_temperature 0\n";
  char             *line      = strstr(identity, nothing);

  if (line != NULL)
    (void)memmove(line, line + sizeof nothing - 1, strlen(line + sizeof nothing - 1) + 1);
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

static PetscErrorCode format_options(KrPlan *plan)
{
  const void *const census[KR_PLAN_TABLES]   = {&plan->model, &plan->search, &plan->spectrum,
                                                &plan->census, &plan->campaign};
  const void *const thermo[KR_THERMO_TABLES] = {&plan->model, &plan->thermo, &plan->campaign};

  const PetscBool             is_hot        = is_thermo(plan);
  const KrOptionTable *const *tables        = is_hot ? KrThermoPlanTables : KrPlanTables;
  const void *const          *values        = is_hot ? thermo : census;
  char                        couplings[64] = "couplings drawn\n";
  size_t                      length;

  PetscFunctionBeginUser;
  for (int t = 0; t < (is_hot ? KR_THERMO_TABLES : KR_PLAN_TABLES); ++t) {
    PetscCall(KrOptionsFormat(tables[t], values[t], PETSC_FALSE, &plan->options));
    PetscCall(KrOptionsFormat(tables[t], values[t], PETSC_TRUE, &plan->identity));
  }
  drop_temperature(plan->identity);
  if (plan->n_tensors > 0)
    (void)snprintf(couplings, sizeof couplings, "couplings %016llx\n",
                   (unsigned long long)hash_tensors(plan));
  length         = strlen(plan->identity);
  plan->identity = realloc(plan->identity, length + sizeof couplings);
  PetscCheck(plan->identity != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for options");
  (void)strcpy(plan->identity + length, couplings);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrPlanCreate - Reads and checks all options of a campaign, and the couplings a user brings.

  Collective on world

  Input:
+ world   - all ranks
- command - name of the command: "thermo" is Monte Carlo, all others are about a census

  Output:
. plan - the same on every rank; caller frees with KrPlanDestroy()

  Errors: PETSC_ERR_USER_INPUT naming the option or file
*/
PetscErrorCode KrPlanCreate(MPI_Comm world, const char command[], KrPlan *plan)
{
  PetscFunctionBeginUser;
  (void)memset(plan, 0, sizeof *plan);
  PetscCall(read_options(world, command, plan));
  PetscCall(read_law(world, plan));
  if (is_thermo(plan)) {
    PetscCall(KrLadderCreate(world, &plan->thermo, plan->model.n, &plan->f, &plan->ladder));
  } else {
    PetscCall(check_homotopy(world, plan));
    PetscCall(KrTargetRead(world, plan));
    PetscCall(check_tap(world, plan));
  }
  KrPlanSpread(plan); /* files then say what was done */
  PetscCall(KrProvenanceGet(world, &plan->provenance));
  PetscCall(format_options(plan));
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
  for (int t = 0; t < plan->n_tensors; ++t) free(plan->tensors[t].packed);
  plan->n_tensors = 0;
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
