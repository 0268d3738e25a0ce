/* The TAP states of a census: a campaign of its own, in a folder of its own, whose samples are those of the other
   (docs/formats/tap.md). */
#include "tap_room.h"
#include "tasks/cost.h"
#include <stdio.h>

/* clang-format off */
static const KrOption option_list[] = {
  {"-campaign_samples", KR_OPTION_STRING, offsetof(KrCampaignOptions, samples), "", 0, 0, NULL,
   "samples",
   "of the campaign: how many, or a range first:end (end excluded); empty: all that are finished",
   PETSC_FALSE},
};
/* clang-format on */
static const KrOptionTable samples_table = {"Campaign", option_list,
                                            PETSC_STATIC_ARRAY_LENGTH(option_list)};

static const KrOptionTable *const tables[] = {&KrTapOptionTable, &samples_table, &KrRunOptionTable};
static const KrTaskPlace          places[] = {{PETSC_TRUE, offsetof(KrTapPart, tap)},
                                              {PETSC_FALSE, offsetof(KrPlan, campaign)},
                                              {PETSC_FALSE, offsetof(KrPlan, campaign)}};
_Static_assert(PETSC_STATIC_ARRAY_LENGTH(tables) == PETSC_STATIC_ARRAY_LENGTH(places),
               "a place a table");

static PetscErrorCode read_options(MPI_Comm world, KrPlan *plan)
{
  KrTapPart *part = plan->part;

  PetscFunctionBeginUser;
  PetscCall(KrTapOptionsRead(world, &part->tap));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Searches in the ball, without proofs; the model of the free energy. */
static PetscErrorCode complete(MPI_Comm world, KrPlan *plan)
{
  KrTapPart      *part  = plan->part;
  KrModelOptions *model = &plan->model;
  const char     *out   = part->tap.out;
  int             length;

  PetscFunctionBeginUser;
  part->points                = *KrPointsOf(plan->input);
  part->points.search.kind    = KR_SEARCH_ALL;
  part->points.census.certify = KR_CERTIFY_FALSE;
  plan->campaign.spread       = KR_SPREAD_STARTS;
  (void)snprintf(plan->spread_reason, sizeof plan->spread_reason, "each of them has all couplings");
  length = snprintf(plan->campaign.out, KR_PATH_MAX, "%s%s",
                    out[0] != '\0' ? out : plan->input->campaign.out, out[0] != '\0' ? "" : "/tap");
  KR_CHECK_INPUT(length < KR_PATH_MAX, world, "-tap_out: the name of the folder is too long");
  model->own.spin.temperature = part->tap.temperatures[0]; /* the law is that of the census */
  model->type                 = KrModelTypeFind("tap");
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check(MPI_Comm world, const KrPlan *plan)
{
  const KrPlan *cold = plan->input;

  PetscFunctionBeginUser;
  KR_CHECK_INPUT(!KrModelOptionsIsTap(&cold->model), world,
                 "%s: is a campaign of -model_type tap; kacrice tap wants one of pspin, whose "
                 "points are those at T = 0",
                 cold->campaign.out);
  KR_CHECK_INPUT(cold->n_tensors == 0, world,
                 "%s: is a campaign of a tensor from a file; the TAP free energy is that of a "
                 "drawn one, whose law is known",
                 cold->campaign.out);
  KR_CHECK_INPUT(KrPointsOf(cold)->census.store_points, world,
                 "%s: its census kept no coordinates (-census_store_points false), and states are "
                 "followed from them",
                 cold->campaign.out);
  PetscCall(KrPlanCheckMemory(world, plan));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode announce(MPI_Comm world, const KrPlan *plan)
{
  const int64_t asked = plan->campaign.end - plan->campaign.first;

  PetscFunctionBeginUser;
  PetscCall(PetscPrintf(world,
                        "kacrice %s: TAP states of %lld samples of %s at %d temperatures, folder "
                        "%s\n",
                        plan->provenance.version, (long long)plan->n_samples,
                        plan->input->campaign.out, KrTapOf(plan)->tap.n_temperatures,
                        plan->campaign.out));
  if (plan->n_samples < asked)
    PetscCall(PetscPrintf(world,
                          "warning: of samples %lld to %lld the census has finished %lld only\n",
                          (long long)plan->campaign.first, (long long)plan->campaign.end - 1,
                          (long long)plan->n_samples));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Memory only: how many points are states, and how long each can be followed, is not known beforehand. */
static PetscErrorCode dry_run(MPI_Comm world, const KrPlan *plan, const KrGroups *groups,
                              int n_ranks)
{
  PetscFunctionBeginUser;
  PetscCall(KrDryRunTell(world, "samples", (double)plan->n_samples, "samples"));
  PetscCall(KrDryRunTell(world, "temperatures", KrTapOf(plan)->tap.n_temperatures, "temperatures"));
  PetscCall(KrDryRunTellRanks(world, plan, groups, n_ranks));
  PetscCall(KrDryRunTellMemory(world, plan, groups));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_record(const KrPlan *cold, const KrSample *sample)
{
  PetscFunctionBeginUser;
  KR_CHECK_INPUT(sample->n == cold->model.n && sample->seed == (uint64_t)cold->campaign.seed,
                 PETSC_COMM_SELF, "sample %lld has N = %d and seed %llu, the campaign %d and %lld",
                 (long long)sample->sample, (int)sample->n, (unsigned long long)sample->seed,
                 cold->model.n, (long long)cold->campaign.seed);
  KR_CHECK_INPUT(sample->x != NULL, PETSC_COMM_SELF,
                 "sample %lld in %s has no coordinates to begin from (-census_store_points false)",
                 (long long)sample->sample, cold->campaign.out);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void destroy_record(void *record)
{
  KrTapRecordDestroy(record);
}

/* Rank 0 has the record. */
static PetscErrorCode write_record(MPI_Comm sharers, const char folder[], const KrFileMeta *meta,
                                   const void *record)
{
  PetscMPIInt rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(sharers, &rank));
  if (rank == 0) PetscCall(KrRecordWrite(folder, &KrTapRecordType, meta, record));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static const KrTaskFile record_file = {sizeof(KrTapRecord), offsetof(KrTapRecord, seconds),
                                       write_record, destroy_record};

/* Each rank of the group reads the shard and draws for itself. */
static PetscErrorCode sample(KrWorker *worker, KrKeeper *keeper, void *from, void *record,
                             PetscBool *stopped)
{
  const KrPlan *plan = worker->plan, *cold = plan->input;
  KrSample      points;

  PetscFunctionBeginUser;
  (void)from; /* it has no state */
  PetscCall(KrShardRead(cold->campaign.out, keeper->number, cold->identity, &points));
  PetscCall(check_record(cold, &points));
  PetscCall(KrTapCensus(worker->model, worker->sharers, &KrTapOf(plan)->tap,
                        &KrPointsOf(plan)->search, &KrPointsOf(plan)->spectrum,
                        (uint64_t)plan->campaign.seed, &points, KrKeeperBreathe, keeper, record,
                        stopped));
  KrSampleDestroy(&points);
  PetscFunctionReturn(PETSC_SUCCESS);
}

const KrTask KrTaskTap = {
  .command    = "tap",
  .input      = "census",
  .mark       = "-tap_temperature",
  .about      = "follow the points of a finished campaign to T > 0: TAP states, births and deaths",
  .n_tables   = PETSC_STATIC_ARRAY_LENGTH(tables),
  .tables     = tables,
  .places     = places,
  .part_size  = sizeof(KrTapPart),
  .read       = read_options,
  .complete   = complete,
  .out        = "-tap_out",
  .shares     = "points and starts",
  .work_bytes = KrPlanCensusBytes,
  .check      = check,
  .announce   = announce,
  .dry_run    = dry_run,
  .record     = &record_file,
  .sample     = sample,
  .conclude   = KrTapConclude};
