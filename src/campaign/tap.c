/* The TAP states of a finished campaign's samples: a campaign of its own, in a folder of its own, whose samples are
   those of the other (docs/formats/tap.md). */
#include "campaign_impl.h"
#include "tap_summary.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {            /* of a group */
  const KrPlan       *cold; /* the campaign at T = 0, borrowed as all here */
  const KrPlan       *plan; /* this one */
  const KrTapOptions *options;
  const KrGroups     *groups;
  const int64_t      *samples;
  KrModel             model; /* of this rank alone */
  double              longest;
} Worker;

/* The plan of the states: that of the campaign but for its folder and what makes it this one; `samples` are numbered
   from 0 on. The strings are its own. */
static PetscErrorCode derive_plan(MPI_Comm world, const KrPlan *cold, const KrTapOptions *options,
                                  int64_t n_samples, KrPlan *plan)
{
  char *text = NULL, *identity = NULL;
  int   length;

  PetscFunctionBeginUser;
  *plan                = *cold;
  plan->campaign.first = 0;
  plan->campaign.end   = n_samples;
  length               = options->out[0] != '\0'
                           ? snprintf(plan->campaign.out, KR_PATH_MAX, "%s", options->out)
                           : snprintf(plan->campaign.out, KR_PATH_MAX, "%s/tap", cold->campaign.out);
  KR_CHECK_INPUT(length < KR_PATH_MAX, world, "-tap_out: the name of the folder is too long");
  PetscCall(KrOptionsFormat(&KrTapOptionTable, options, PETSC_FALSE, &text));
  PetscCall(KrOptionsFormat(&KrTapOptionTable, options, PETSC_TRUE, &identity));
  plan->options  = calloc(strlen(cold->options) + strlen(text) + 1, 1);
  plan->identity = calloc(strlen(cold->identity) + strlen(identity) + 1, 1);
  PetscCheck(plan->options != NULL && plan->identity != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM,
             "no memory for options");
  (void)strcat(strcpy(plan->options, cold->options), text);
  (void)strcat(strcpy(plan->identity, cold->identity), identity);
  free(text);
  free(identity);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The model of the free energy beside the campaign's energy. */
static PetscErrorCode make_model(const KrPlan *cold, const KrTapOptions *options, KrModel *model)
{
  KrModelOptions o = cold->model;

  PetscFunctionBeginUser;
  o.temperature = options->temperatures[0];
  for (o.type = 0; KrModelTypeName(o.type) != NULL && !KrModelOptionsIsTap(&o);) ++o.type;
  PetscCall(KrModelCreate(PETSC_COMM_SELF, &o, o.n, &cold->f, model));
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

/* One sample, unless its states are there. Collective on the group; each rank reads the shard and draws for itself. */
static PetscErrorCode do_sample(Worker *worker, int64_t number, KrTaskEnd *end)
{
  const KrFileMeta meta   = {.provenance = &worker->plan->provenance,
                             .options    = worker->plan->options,
                             .identity   = worker->plan->identity};
  const MPI_Comm   group  = worker->groups->comm;
  const double     began  = MPI_Wtime();
  PetscBool        exists = PETSC_FALSE;
  PetscMPIInt      rank;
  KrSample         cold;
  KrTapRecord      record;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(group, &rank));
  if (rank == 0) PetscCall(KrShardExists(worker->plan->campaign.out, number, &exists));
  PetscCallMPI(MPI_Bcast(&exists, 1, MPI_INT, 0, group));
  *end = exists ? KR_TASK_FOUND : KR_TASK_COMPUTED;
  if (exists) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KrShardRead(worker->cold->campaign.out, number, worker->cold->identity, &cold));
  PetscCall(check_record(worker->cold, &cold));
  PetscCall(KrPlanDraw(worker->cold, worker->model, number));
  PetscCall(KrTapCensus(worker->model, group, worker->options, &worker->cold->search,
                        &worker->cold->spectrum, (uint64_t)worker->cold->campaign.seed, &cold,
                        &record));
  record.seconds = (MPI_Wtime() - began) * worker->groups->size;
  if (rank == 0) PetscCall(KrTapShardWrite(worker->plan->campaign.out, &meta, &record));
  KrTapRecordDestroy(&record);
  KrSampleDestroy(&cold);
  worker->longest = PetscMax(worker->longest, MPI_Wtime() - began);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* An error that all ranks of the group meet is noted, and they go on, as in a census. */
static PetscErrorCode try_sample(Worker *worker, int64_t number, KrTaskEnd *end)
{
  char           message[KR_MESSAGE_MAX] = "";
  PetscMPIInt    rank;
  PetscErrorCode code, alone;

  PetscFunctionBeginUser;
  *end = KR_TASK_FAILED;
  if (!worker->plan->campaign.retry && KrFailureExists(worker->plan, number))
    PetscFunctionReturn(PETSC_SUCCESS);
  KrErrorsKeep(message);
  code = do_sample(worker, number, end);
  KrErrorsKeep(NULL);
  if (code == PETSC_ERR_USER_INPUT) PetscFunctionReturn(code);
  PetscCallMPI(MPI_Comm_rank(worker->groups->comm, &rank));
  if (code == 0) {
    if (rank == 0) KrFailureDelete(worker->plan, number);
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  alone = KrErrorsMeet(worker->groups->comm, code);
  if (rank == 0 || alone != 0) PetscCall(KrFailureWrite(worker->plan, number, code, message));
  if (alone != 0) PetscFunctionReturn(alone);
  *end = KR_TASK_FAILED;
  PetscCall(
    make_model(worker->cold, worker->options, &worker->model)); /* the old one is half done */
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Takes samples from the queue until none is left, or the run is to stop. Collective on the group only. */
static PetscErrorCode work(Worker *worker, KrQueue *queue, KrStop *stop, KrProgress *progress)
{
  PetscMPIInt rank;
  int64_t     ticket;
  KrTaskEnd   end;
  PetscBool   stopping;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(worker->groups->comm, &rank));
  PetscCall(make_model(worker->cold, worker->options, &worker->model));
  for (;;) {
    PetscCall(KrStopPoll(stop, worker->longest, &stopping));
    if (stopping) break;
    PetscCall(KrQueueNext(queue, &ticket));
    if (ticket == KR_QUEUE_EMPTY) break;
    PetscCall(try_sample(worker, worker->samples[ticket], &end));
    if (rank == 0) PetscCall(KrQueueReport(queue, end, 0));
    PetscCall(KrProgressTell(progress));
  }
  PetscCall(KrModelDestroy(&worker->model));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* All samples, and the journal of the run. Collective on world. */
static PetscErrorCode do_samples(MPI_Comm world, Worker *worker, double began, KrCampaignEnd *end)
{
  const KrPlan *plan     = worker->plan;
  KrProgress    progress = {.plan = plan, .n_groups = worker->groups->n_groups};
  KrQueueCounts counts   = {0};
  KrRunTimes    times    = {0};
  KrQueue       queue;
  KrStop        stop;
  PetscMPIInt   rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(world, &rank));
  PetscCall(KrJournalOpen(world, plan, &progress.journal));
  PetscCall(KrQueueCreate(worker->groups, (KrQueueType)plan->campaign.queue, plan->campaign.first,
                          plan->campaign.end, &plan->target, &queue));
  progress.queue = &queue;
  progress.began = progress.printed = began;
  KrStopCreate(plan, &queue, &stop);
  if (rank == 0)
    PetscCall(
      KrJournalWrite(&progress.journal, plan, progress.n_groups, "running", &counts, &times));
  if (worker->groups->group >= 0) PetscCall(work(worker, &queue, &stop, &progress));
  PetscCallMPI(MPI_Barrier(world));
  PetscCall(KrQueueCount(&queue, &counts));
  *end         = (KrCampaignEnd){.n_requested = plan->campaign.end,
                                 .n_done      = counts.computed + counts.found,
                                 .n_failed    = counts.failed};
  end->stopped = end->n_done + end->n_failed < end->n_requested ? PETSC_TRUE : PETSC_FALSE;
  times        = (KrRunTimes){.seconds = MPI_Wtime() - began, .longest = worker->longest};
  if (rank == 0)
    PetscCall(KrJournalWrite(&progress.journal, plan, progress.n_groups,
                             end->stopped        ? "stopped"
                             : end->n_failed > 0 ? "failed"
                                                 : "done",
                             &counts, &times));
  PetscCallMPI(MPI_Barrier(world));
  PetscCall(KrQueueDestroy(&queue));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What a campaign has to be. */
static PetscErrorCode check_campaign(MPI_Comm world, const KrPlan *cold, int64_t n_samples)
{
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
  KR_CHECK_INPUT(n_samples > 0, world, "%s: has no finished sample", cold->campaign.out);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrCampaignTap - The TAP states of all samples of a campaign's folder.

  Collective on world

  Input:
+ world   - all ranks
. cold    - the campaign at T = 0, from KrPlanReopen(); the same on every rank
- options - temperatures, starts and folder

  Output:
. end - how it ended; the same on every rank

  Notes:
  Samples whose states are there are not computed again. Signals and -campaign_maxtime stop it between samples. Writes
  states.h5 and summary.json when all are done.

  Errors: PETSC_ERR_USER_INPUT for a campaign that does not serve, or a folder made with other options
  Cost:   that of KrTapCensus() for each sample
  See:    KrCampaignRun()
*/
PetscErrorCode KrCampaignTap(MPI_Comm world, const KrPlan *cold, const KrTapOptions *options,
                             KrCampaignEnd *end)
{
  const double began     = MPI_Wtime();
  int64_t      n_samples = 0, *samples = NULL;
  KrPlan       plan;
  KrGroups     groups;
  Worker       worker;

  PetscFunctionBeginUser;
  PetscCall(KrSampleList(world, cold, &n_samples, &samples));
  PetscCall(check_campaign(world, cold, n_samples));
  PetscCall(derive_plan(world, cold, options, n_samples, &plan));
  PetscCall(KrFolderOpen(world, &plan));
  PetscCall(KrGroupsCreate(world, plan.campaign.group_size, &groups));
  PetscCall(PetscPrintf(
    world, "kacrice %s: TAP states of %lld samples at %d temperatures, folder %s\n",
    plan.provenance.version, (long long)n_samples, options->n_temperatures, plan.campaign.out));
  PetscCall(KrGroupsWarnIdle(&groups, n_samples));
  worker = (Worker){
    .cold = cold, .plan = &plan, .options = options, .groups = &groups, .samples = samples};
  PetscCall(do_samples(world, &worker, began, end));
  if (!end->stopped && end->n_done > 0)
    PetscCall(KrTapSummarise(world, &plan, options, n_samples, samples));
  PetscCall(KrGroupsDestroy(&groups));
  free(samples);
  free(plan.options);
  free(plan.identity);
  PetscFunctionReturn(PETSC_SUCCESS);
}
