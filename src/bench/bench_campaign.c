/* bench campaign: what a campaign costs beside its samples. Tickets of the queue on 1, 2, 4 ... ranks; shards and the
   journal on the file system of a folder. */
#include "bench_impl.h"
#include <kacrice/campaign.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TICKETS   2000 // a call
#define SHARDS    20   // a call
#define RANKS_MAX 24   // powers of two
#define SHARE_MAX 0.02 // of the core time of samples of 1 s
#define LINE      10.0 // s between lines of progress

enum { SHARD_SMALL, SHARD_LARGE, N_SHARDS };

typedef struct { /* the first ranks of the bench, which draw tickets */
  MPI_Comm comm; /* MPI_COMM_NULL on the others */
  int64_t  n_mine;
} Drawers;

typedef struct { /* shards of one size, on rank 0 */
  char       folder[KR_PATH_MAX];
  KrFileMeta meta;
  KrSample   sample;
  int64_t    n_written, n_read, n_found;
  double     sum; /* of energies read, for the check */
} Shards;

typedef struct {
  char         folder[KR_PATH_MAX];
  KrProvenance provenance;
  int          n_drawers;
  Drawers      drawers[RANKS_MAX];
  Shards       shards[N_SHARDS];
  int          ticket[RANKS_MAX], written[N_SHARDS], journal; /* rows */
} Costs;

/* N and the number of list entries of a sample of some 10 ms, and of one of a second: docs/scale.md. */
static const KrBenchCase sizes[N_SHARDS]    = {{3, 10}, {3, 17}};
static const int64_t     n_points[N_SHARDS] = {143, 2200};

static PetscErrorCode draw_tickets(void *context)
{
  Drawers *drawers = context;

  PetscFunctionBeginUser;
  if (drawers->comm != MPI_COMM_NULL)
    PetscCall(KrBookkeepingTickets(drawers->comm, TICKETS, &drawers->n_mine));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode write_shards(void *context)
{
  Shards *shards = context;

  PetscFunctionBeginUser;
  for (int s = 0; s < SHARDS; ++s) {
    shards->sample.sample = s;
    PetscCall(KrShardWrite(PETSC_COMM_SELF, shards->folder, &shards->meta, &shards->sample));
    shards->n_written += 1;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode find_shards(void *context)
{
  Shards   *shards = context;
  PetscBool exists;

  PetscFunctionBeginUser;
  shards->n_found = 0;
  for (int s = 0; s < SHARDS; ++s) {
    PetscCall(KrShardExists(shards->folder, s, &exists));
    shards->n_found += exists;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode read_shards(void *context)
{
  Shards  *shards = context;
  KrSample sample;

  PetscFunctionBeginUser;
  shards->sum = 0.0;
  for (int s = 0; s < SHARDS; ++s) {
    PetscCall(KrShardRead(shards->folder, s, shards->meta.identity, &sample));
    for (int64_t i = 0; i < sample.n_points; ++i) shards->sum += sample.points[i].energy;
    KrSampleDestroy(&sample);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode write_journal(void *context)
{
  Costs *costs = context;

  PetscFunctionBeginUser;
  PetscCall(KrBookkeepingJournal(costs->folder, &costs->provenance));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A record with as many numbers as that of a real sample. */
static PetscErrorCode make_record(int n, int64_t count, KrSample *s)
{
  PetscFunctionBeginUser;
  *s         = (KrSample){.n = n, .n_points = count, .n_lowest = 4, .n_highest = 2};
  s->points  = calloc((size_t)count, sizeof *s->points);
  s->x       = calloc((size_t)count * (size_t)n, sizeof *s->x);
  s->lowest  = calloc((size_t)count * 4, sizeof *s->lowest);
  s->highest = calloc((size_t)count * 2, sizeof *s->highest);
  s->count   = calloc((size_t)n, sizeof *s->count);
  s->landed  = calloc((size_t)KR_DIAL_BINS * KR_DIAL_BINS, sizeof *s->landed);
  s->round   = calloc(KR_DIAL_BINS + 2, sizeof *s->round);
  PetscCheck(s->points != NULL && s->x != NULL && s->lowest != NULL && s->highest != NULL &&
               s->count != NULL && s->landed != NULL && s->round != NULL,
             PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for a record");
  for (int64_t i = 0; i < count; ++i) {
    s->points[i].energy = -1.0 / (double)(i + 1);
    s->points[i].hits   = 1;
    s->x[i * n]         = sqrt((double)n);
  }
  s->starts = s->round_end = s->reasons[KR_FOUND] = count;
  s->count[0]                                     = count;
  s->origins[0]                                   = (KrOrigin){count, count, count};
  s->landed[0]                                    = count;
  s->round[KR_DIAL_BINS + 1]                      = (double)count;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A new folder in -bench_folder; on rank 0. */
static PetscErrorCode make_folder(const KrBench *bench, Costs *costs, char message[KR_MESSAGE_MAX])
{
  const char *parent = bench->options->folder[0] == '\0' ? "." : bench->options->folder;
  char        runs[KR_PATH_MAX + 16];
  int         status;

  PetscFunctionBeginUser;
  status =
    snprintf(costs->folder, sizeof costs->folder, "%.3900s/kacrice-bench-XXXXXX", parent) < 0;
  if (status == 0 && mkdtemp(costs->folder) == NULL) status = errno;
  (void)snprintf(runs, sizeof runs, "%s/runs", costs->folder);
  if (status == 0) status = KrFolderMake(runs);
  if (status != 0)
    (void)snprintf(message, KR_MESSAGE_MAX,
                   "-bench_folder %.900s: cannot make a folder in it: %s; name one that can be "
                   "written",
                   parent, strerror(status));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The files of one kind of shards, and their folders. */
static void remove_shards(const Shards *shards)
{
  char path[KR_PATH_MAX];

  for (int s = 0; s < SHARDS; ++s)
    if (KrShardPath(shards->folder, s, path, sizeof path) == 0) (void)unlink(path);
  *strrchr(path, '/') = '\0';
  (void)rmdir(path);
  *strrchr(path, '/') = '\0';
  (void)rmdir(path);
  (void)rmdir(shards->folder);
}

static void remove_folder(const Costs *costs)
{
  char path[KR_PATH_MAX + 32];

  for (int k = 0; k < N_SHARDS; ++k) remove_shards(&costs->shards[k]);
  (void)snprintf(path, sizeof path, "%s/runs/bench.json", costs->folder);
  (void)unlink(path);
  *strrchr(path, '/') = '\0';
  (void)rmdir(path);
  (void)rmdir(costs->folder);
}

/* Rows of the queue on 1, 2, 4 ... ranks, and how much dearer a ticket gets. */
static PetscErrorCode add_tickets(KrBench *bench, Costs *costs)
{
  PetscFunctionBeginUser;
  for (int n = 1; n <= bench->size && costs->n_drawers < RANKS_MAX; n *= 2) {
    const int    d     = costs->n_drawers++;
    Drawers     *who   = &costs->drawers[d];
    KrBenchRow   row   = {.points  = TICKETS,
                          .all     = PETSC_TRUE,
                          .run     = draw_tickets,
                          .context = who,
                          .unit    = KR_BENCH_TICKETS,
                          .amount  = TICKETS,
                          .limit   = -1};
    KrBenchRatio ratio = {.by_rate = PETSC_FALSE};

    PetscCallMPI(
      MPI_Comm_split(bench->comm, bench->rank < n ? 0 : MPI_UNDEFINED, bench->rank, &who->comm));
    (void)snprintf(row.name, sizeof row.name, "ticket, %d %s", n, n == 1 ? "rank" : "ranks");
    PetscCall(KrBenchAdd(bench, &row, &costs->ticket[d]));
    if (d == 0) continue;
    (void)snprintf(ratio.name, sizeof ratio.name, "ticket: time with %d ranks over 1", n);
    ratio.fast = costs->ticket[0];
    ratio.slow = costs->ticket[d];
    PetscCall(KrBenchAddRatio(bench, &ratio));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Rows of files, all written and read by rank 0. */
static PetscErrorCode add_files(KrBench *bench, Costs *costs)
{
  static const struct {
    const char *name;
    KrBenchFn   run;
  } acts[] = {
    {"shard, write", write_shards}, {"shard, read", read_shards}, {"shard, found", find_shards}};
  KrBenchRow row = {.unit    = KR_BENCH_FILES,
                    .limit   = -1,
                    .run     = write_journal,
                    .context = costs,
                    .amount  = 1.0,
                    .name    = "journal, write"};
  int        number;

  PetscFunctionBeginUser;
  PetscCall(KrBenchAdd(bench, &row, &costs->journal));
  row.amount = SHARDS;
  for (int k = 0; k < N_SHARDS; ++k)
    for (size_t a = 0; a < PETSC_STATIC_ARRAY_LENGTH(acts); ++a) {
      row.p       = sizes[k].p;
      row.n       = sizes[k].n;
      row.points  = SHARDS;
      row.run     = acts[a].run;
      row.context = &costs->shards[k];
      (void)snprintf(row.name, sizeof row.name, "%s", acts[a].name);
      PetscCall(KrBenchAdd(bench, &row, &number));
      if (acts[a].run == write_shards) costs->written[k] = number;
    }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Folder and records, on rank 0; an input error when the folder cannot be made. */
static PetscErrorCode prepare(KrBench *bench, Costs *costs)
{
  char message[KR_MESSAGE_MAX] = "";

  PetscFunctionBeginUser;
  PetscCall(KrProvenanceGet(bench->world, &costs->provenance));
  if (bench->rank == 0) PetscCall(make_folder(bench, costs, message));
  PetscCall(KrCheckRoot(bench->world, message));
  for (int k = 0; k < N_SHARDS && bench->rank == 0; ++k) {
    Shards *shards = &costs->shards[k];

    shards->meta =
      (KrFileMeta){.provenance = &costs->provenance, .options = "", .identity = "bench\n"};
    (void)snprintf(shards->folder, sizeof shards->folder, "%.4000s/n%d", costs->folder, sizes[k].n);
    PetscCall(make_record(sizes[k].n, n_points[k], &shards->sample));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static double median_of(const KrBench *bench, int row)
{
  const KrBenchRow *r = &bench->rows[row];

  return KrBenchMedian(bench->options->rounds, r->seconds) / (r->points > 0 ? r->points : 1);
}

/* Share of a core's time that samples of a second lose: a ticket for each of all ranks, and as much again for the looks
   within a sample; the shard; on one rank the journal with each line of progress. */
static PetscErrorCode add_share(KrBench *bench, const Costs *costs)
{
  const int    last   = costs->n_drawers - 1;
  const double ranks  = (double)(1 << last);
  const double ticket = 2.0 * ranks * median_of(bench, costs->ticket[last]);
  const double shard  = median_of(bench, costs->written[SHARD_LARGE]);
  const double line   = median_of(bench, costs->journal) / LINE / ranks;
  const double share  = ticket + shard + line;

  PetscFunctionBeginUser;
  PetscCall(KrBenchAddFigure(bench, &sizes[SHARD_LARGE], share, "%s",
                             "bookkeeping over the time of samples of 1 s"));
  PetscCall(KrBenchAddFigure(bench, &sizes[SHARD_LARGE], ticket, "%s", "of it: tickets"));
  PetscCall(KrBenchAddFigure(bench, &sizes[SHARD_LARGE], shard, "%s", "of it: shard"));
  PetscCall(KrBenchAddFigure(bench, &sizes[SHARD_LARGE], line, "%s", "of it: journal"));
  if (share > SHARE_MAX)
    PetscCall(PetscPrintf(PETSC_COMM_SELF,
                          "note: samples of 1 s lose %.1f %% to bookkeeping here, %.0f %% is meant "
                          "to be the most\n",
                          100.0 * share, 100.0 * SHARE_MAX));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* All samples were handed out once; shards came back as they were written. */
static PetscErrorCode check(KrBench *bench, const Costs *costs)
{
  PetscFunctionBeginUser;
  for (int d = 0; d < costs->n_drawers; ++d) {
    int64_t total = costs->drawers[d].n_mine;

    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &total, 1, MPI_INT64_T, MPI_SUM, bench->comm));
    if (bench->rank == 0)
      PetscCall(KrBenchAddCheck(bench, fabs((double)(total - TICKETS)), 0.0,
                                "tickets of %d ranks: samples handed out", 1 << d));
  }
  for (int k = 0; k < N_SHARDS && bench->rank == 0; ++k) {
    const Shards *shards = &costs->shards[k];
    double        sum    = 0.0;

    for (int s = 0; s < SHARDS; ++s)
      for (int64_t i = 0; i < n_points[k]; ++i) sum += shards->sample.points[i].energy;
    PetscCall(KrBenchAddCheck(bench, fabs(sum - shards->sum), 0.0, "shards of N = %d: energies",
                              sizes[k].n));
    PetscCall(KrBenchAddCheck(bench, fabs((double)(SHARDS - shards->n_found)), 0.0,
                              "shards of N = %d: found", sizes[k].n));
  }
  if (bench->rank == 0) PetscCall(add_share(bench, costs));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrBenchCampaign - Measures what a campaign costs beside its samples: tickets, shards, the journal.

  Collective on world

  Input:
+ world   - all ranks; 1, 2, 4 ... of them draw tickets, rank 0 writes files
- options - from KrBenchOptionsRead()

  Output:
. n_failed - results that were wrong, the same on every rank

  Errors: PETSC_ERR_USER_INPUT for a folder that cannot be written, or a file that cannot be made
  Cost:   some seconds
  Source: docs/scale.md
  See:    docs/howto/bench.md
*/
PetscErrorCode KrBenchCampaign(MPI_Comm world, const KrBenchOptions *options, int *n_failed)
{
  KrBench bench;
  Costs  *costs;

  PetscFunctionBeginUser;
  PetscCall(KrBenchCheckFile(world, options->json));
  PetscCall(KrBenchCreate(world, world, "campaign", options, &bench));
  PetscCall(PetscNew(&costs));
  PetscCall(prepare(&bench, costs));
  PetscCall(KrBenchPrintHead(&bench));
  PetscCall(add_tickets(&bench, costs));
  PetscCall(add_files(&bench, costs));
  PetscCall(KrBenchMeasure(&bench));
  PetscCall(check(&bench, costs));
  PetscCall(KrBenchPrint(&bench));
  if (bench.rank == 0) PetscCall(KrBenchWrite(&bench));
  *n_failed = bench.n_failed;
  if (bench.rank == 0) remove_folder(costs);
  for (int d = 0; d < costs->n_drawers; ++d)
    if (costs->drawers[d].comm != MPI_COMM_NULL)
      PetscCallMPI(MPI_Comm_free(&costs->drawers[d].comm));
  for (int k = 0; k < N_SHARDS; ++k) KrSampleDestroy(&costs->shards[k].sample);
  PetscCall(PetscFree(costs));
  PetscCall(KrBenchDestroy(&bench));
  PetscCallMPI(MPI_Bcast(n_failed, 1, MPI_INT, 0, world));
  PetscFunctionReturn(PETSC_SUCCESS);
}
