/* One disorder sample of a census: its record, and its state on the way. */
#include "census_room.h"

/* ---- files ---- */

static void destroy_sample(void *sample)
{
  KrSampleDestroy(sample);
}

static PetscErrorCode write_shard(MPI_Comm sharers, const char folder[], const KrFileMeta *meta,
                                  const void *sample)
{
  PetscFunctionBeginUser;
  PetscCall(KrShardWrite(sharers, folder, meta, sample));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode write_state(MPI_Comm sharers, const char folder[], const KrFileMeta *meta,
                                  const void *state)
{
  PetscFunctionBeginUser;
  PetscCall(KrCheckpointWrite(sharers, folder, meta, state));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode read_state(MPI_Comm sharers, const char folder[], int64_t number,
                                 const char identity[], PetscBool *exists, void *state)
{
  PetscFunctionBeginUser;
  PetscCall(KrCheckpointRead(sharers, folder, number, identity, exists, state));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The shard that the campaign takes further, unless the state has more starts. */
static PetscErrorCode reopen_shard(MPI_Comm sharers, const char folder[], int64_t number,
                                   const char identity[], PetscBool *exists, PetscBool *finished,
                                   void *state)
{
  KrSample *kept = state, shard;

  PetscFunctionBeginUser;
  PetscCall(KrShardResume(sharers, folder, number, identity, finished, &shard));
  if (*finished && *exists && kept->starts > shard.starts) {
    KrSampleDestroy(&shard);
    *finished = PETSC_FALSE;
  }
  if (*finished) {
    if (*exists) KrSampleDestroy(kept);
    *kept   = shard;
    *exists = PETSC_TRUE;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Whether a sample can be saved while it is searched: all paths of a homotopy are followed at once. */
static PetscBool keeps_state(const KrPlan *plan)
{
  return KrPointsOf(plan)->search.kind != KR_SEARCH_HOMOTOPY ? PETSC_TRUE : PETSC_FALSE;
}

const KrTaskFile KrCensusRecord = {sizeof(KrSample), offsetof(KrSample, seconds), write_shard,
                                   destroy_sample};

const KrTaskState KrCensusState = {
  .file    = {sizeof(KrSample), offsetof(KrSample, seconds), write_state, destroy_sample},
  .done    = offsetof(KrSample, starts),
  .unit    = "starts",
  .applies = keeps_state,
  .read    = read_state,
  .reopen  = reopen_shard};

PetscErrorCode KrCensusReadCounts(const char folder[], int64_t number, const char identity[],
                                  void *sample)
{
  PetscFunctionBeginUser;
  PetscCall(KrShardReadCounts(folder, number, identity, sample));
  PetscFunctionReturn(PETSC_SUCCESS);
}

int64_t KrCensusCountTarget(const KrPlan *plan, const void *sample)
{
  return KrCountOf(KrPlanCounted(plan), plan->target.index, ((const KrSample *)sample)->count);
}

/* ---- the sample ---- */

PetscErrorCode KrCensusWorkerCreate(KrWorker *worker)
{
  KrSearch search;

  PetscFunctionBeginUser;
  PetscCall(KrSearchCreate(worker->model, &KrPointsOf(worker->plan)->search, &search));
  worker->part = search;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KrCensusWorkerDestroy(KrWorker *worker)
{
  KrSearch search = worker->part;

  PetscFunctionBeginUser;
  PetscCall(KrSearchDestroy(&search));
  worker->part = NULL;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Goes on where an earlier run was interrupted, or had ended. The copy of the points is not kept. */
static PetscErrorCode take_up(const KrKeeper *keeper, KrSample *from, KrCensus census)
{
  PetscFunctionBeginUser;
  if (from == NULL) PetscFunctionReturn(PETSC_SUCCESS);
  if (keeper->finished) PetscCall(KrCensusReopen(census, from));
  else PetscCall(KrCensusRestore(census, from));
  KrSampleDestroy(from);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A KrSaveFn. */
static PetscErrorCode save(void *census, void *state)
{
  PetscFunctionBeginUser;
  PetscCall(KrCensusSave(census, state));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The record is spread over the ranks that share the starts. */
PetscErrorCode KrCensusSample(KrWorker *worker, KrKeeper *keeper, void *from, void *sample,
                              PetscBool *stopped)
{
  const KrPlan  *plan = worker->plan;
  KrCensus       census;
  PetscErrorCode code = PETSC_SUCCESS;

  PetscFunctionBeginUser;
  PetscCall(KrCensusCreate(worker->model, worker->sharers, &KrPointsOf(plan)->census,
                           &KrPointsOf(plan)->search, &KrPointsOf(plan)->spectrum, &census));
  PetscCall(take_up(keeper, from, census));
  keeper->resumed = MPI_Wtime(); /* the pieces of the search are timed without what came before */
  PetscCall(KrCensusRun(census, worker->part, &KrPointsOf(plan)->search,
                        (uint64_t)plan->campaign.seed, keeper->number, KrKeeperBreathe, keeper,
                        stopped));
  if (!*stopped) code = KrCensusFinish(census, sample);
  PetscCall(KrStopAgree(worker->group, &code));
  if (code == KR_ERR_STOPPED) { /* the search is whole, and its points are as they were found */
    *stopped = PETSC_TRUE;
    PetscCall(KrKeeperSave(keeper, save, census));
  }
  PetscCall(KrCensusDestroy(&census));
  PetscFunctionReturn(PETSC_SUCCESS);
}
