/* The TAP states of a census: a campaign of its own, in a folder of its own, whose samples are those of the other
   (docs/formats/tap.md). */
#include "tap_room.h"
#include "tasks/cost.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The samples of the census from first to end - 1. */
static PetscErrorCode list_samples(MPI_Comm world, KrPlan *plan)
{
  int64_t   n_all, kept = 0;
  PetscBool given;

  PetscFunctionBeginUser;
  PetscCall(PetscOptionsHasName(NULL, NULL, "-campaign_samples", &given));
  PetscCall(KrSampleList(world, plan->cold->campaign.out, &n_all, &plan->samples));
  KR_CHECK_INPUT(n_all > 0, world, "%s: has no finished sample", plan->cold->campaign.out);
  if (!given) {
    plan->campaign.first = plan->samples[0];
    plan->campaign.end   = plan->samples[n_all - 1] + 1;
  }
  for (int64_t s = 0; s < n_all; ++s)
    if (plan->samples[s] >= plan->campaign.first && plan->samples[s] < plan->campaign.end)
      plan->samples[kept++] = plan->samples[s];
  KR_CHECK_INPUT(kept > 0, world, "-campaign_samples %s: %s has %lld samples, and none of these",
                 plan->campaign.samples, plan->cold->campaign.out, (long long)n_all);
  plan->n_samples = kept;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrPlanTap - Makes the plan of the TAP states of a census.

  Collective on world

  Input:
+ world   - all ranks
. cold    - the census, from KrPlanReopen(); borrowed, must outlive the plan
- options - temperatures, starts and folder

  Output:
. plan - the same on every rank, for KrCampaignRun(); caller frees with KrPlanDestroy()

  Notes: -campaign_samples, when it is given, says which samples of the census; else all that are finished

  Errors: PETSC_ERR_USER_INPUT for a census without finished samples
  Cost:   names of the shards
  Source: docs/formats/tap.md
  See:    KrCampaignRun(), KrTapCensus()
*/
PetscErrorCode KrPlanTap(MPI_Comm world, const KrPlan *cold, const KrTapOptions *options,
                         KrPlan *plan)
{
  KrModelOptions *model = &plan->model;
  int             length;

  PetscFunctionBeginUser;
  *plan                 = *cold;
  plan->task            = &KrTaskTap;
  plan->cold            = cold;
  plan->tap             = *options;
  plan->n_tensors       = 0;
  plan->target          = (KrTarget){0};
  plan->campaign.spread = KR_SPREAD_STARTS;
  plan->search.kind     = KR_SEARCH_ALL; /* in the ball, without proofs */
  plan->census.certify  = KR_CERTIFY_FALSE;
  plan->options         = strdup(cold->options);
  plan->identity        = strdup(cold->identity);
  PetscCheck(plan->options != NULL && plan->identity != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM,
             "no memory for options");
  PetscCall(KrOptionsFormat(&KrTapOptionTable, options, PETSC_FALSE, &plan->options));
  PetscCall(KrOptionsFormat(&KrTapOptionTable, options, PETSC_TRUE, &plan->identity));
  (void)snprintf(plan->spread_reason, sizeof plan->spread_reason, "each of them has all couplings");
  length = snprintf(plan->campaign.out, KR_PATH_MAX, "%s%s",
                    options->out[0] != '\0' ? options->out : cold->campaign.out,
                    options->out[0] != '\0' ? "" : "/tap");
  KR_CHECK_INPUT(length < KR_PATH_MAX, world, "-tap_out: the name of the folder is too long");
  model->temperature = options->temperatures[0];
  for (model->type = 0; KrModelTypeName(model->type) != NULL && !KrModelOptionsIsTap(model);)
    ++model->type;
  PetscCall(list_samples(world, plan));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check(MPI_Comm world, const KrPlan *plan)
{
  const KrPlan *cold = plan->cold;

  PetscFunctionBeginUser;
  KR_CHECK_INPUT(!KrModelOptionsIsTap(&cold->model), world,
                 "%s: is a campaign of -model_type tap; kacrice tap wants one of pspin, whose "
                 "points are those at T = 0",
                 cold->campaign.out);
  KR_CHECK_INPUT(cold->n_tensors == 0, world,
                 "%s: is a campaign of a tensor from a file; the TAP free energy is that of a "
                 "drawn one, whose law is known",
                 cold->campaign.out);
  KR_CHECK_INPUT(cold->census.store_points, world,
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
                        plan->cold->campaign.out, plan->tap.n_temperatures, plan->campaign.out));
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
  PetscCall(KrDryRunTell(world, "temperatures", plan->tap.n_temperatures, "temperatures"));
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

/* Each rank of the group reads the shard and draws for itself. */
static PetscErrorCode run(KrWorker *worker, int64_t number, PetscBool *stopped, int64_t *count)
{
  const KrPlan *plan = worker->plan, *cold = plan->cold;
  const double  began = MPI_Wtime();
  KrSample      sample;
  KrTapRecord   record;
  PetscMPIInt   rank, size;

  PetscFunctionBeginUser;
  (void)count;
  PetscCallMPI(MPI_Comm_rank(worker->group, &rank));
  PetscCallMPI(MPI_Comm_size(worker->group, &size));
  PetscCall(KrShardRead(cold->campaign.out, number, cold->identity, &sample));
  PetscCall(check_record(cold, &sample));
  PetscCall(KrWorkerDraw(worker, number, stopped));
  if (!*stopped)
    PetscCall(KrTapCensus(worker->model, worker->sharers, &plan->tap, &plan->search,
                          &plan->spectrum, (uint64_t)plan->campaign.seed, &sample, KrWorkerPause,
                          worker, &record, stopped));
  KrSampleDestroy(&sample);
  if (*stopped) PetscFunctionReturn(PETSC_SUCCESS);
  record.seconds = (MPI_Wtime() - began) * size;
  if (rank == 0)
    PetscCall(KrRecordWrite(plan->campaign.out, &KrTapRecordType, &worker->meta, &record));
  KrTapRecordDestroy(&record);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static const KrOptionTable *const tables[] = {&KrTapOptionTable};

const KrTask KrTaskTap = {.command    = "tap",
                          .input      = "census",
                          .mark       = "-tap_temperature",
                          .n_tables   = PETSC_STATIC_ARRAY_LENGTH(tables),
                          .tables     = tables,
                          .out        = "-tap_out",
                          .shares     = "points and starts",
                          .work_bytes = KrPlanCensusBytes,
                          .check      = check,
                          .announce   = announce,
                          .dry_run    = dry_run,
                          .create     = KrWorkerCreate,
                          .run        = run,
                          .reserve    = KrWorkerReserve,
                          .destroy    = KrWorkerDestroy,
                          .conclude   = KrTapConclude};
