/* Many folders of one campaign into one ensemble: from several jobs, machines, or ranges of samples. */
#include "census_room.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- the folders ---- */

static int compare_names(const void *a, const void *b)
{
  return strcmp(*(char *const *)a, *(char *const *)b);
}

/* A folder must be there, and not be named twice, under whatever name. */
static void check_folders(int n_folders, const char *const folders[], char message[KR_MESSAGE_MAX])
{
  struct stat info, other;

  for (int f = 0; f < n_folders && message[0] == '\0'; ++f) {
    if (stat(folders[f], &info) != 0)
      (void)snprintf(message, KR_MESSAGE_MAX, "%.500s: cannot be read: %s", folders[f],
                     strerror(errno));
    for (int g = 0; g < f && message[0] == '\0'; ++g)
      if (stat(folders[g], &other) == 0 && other.st_dev == info.st_dev &&
          other.st_ino == info.st_ino)
        (void)snprintf(message, KR_MESSAGE_MAX,
                       "%.300s and %.300s are the same folder; give it once", folders[g],
                       folders[f]);
  }
}

static void check_out(const char out[], char message[KR_MESSAGE_MAX])
{
  struct stat info;

  if (strlen(out) > KR_FOLDER_MAX)
    (void)snprintf(message, KR_MESSAGE_MAX,
                   "%.200s...: the name has %zu bytes, at most %d can be written to", out,
                   strlen(out), KR_FOLDER_MAX);
  else if (lstat(out, &info) == 0)
    (void)snprintf(message, KR_MESSAGE_MAX,
                   "%.500s: is there already; merge makes a new folder, give another name", out);
}

/* Copies of the names without slashes at the end, sorted: the order they are given in does not matter. */
static PetscErrorCode sort_folders(int n_folders, char *const names[], char ***sorted)
{
  PetscFunctionBeginUser;
  *sorted = calloc((size_t)n_folders + 1, sizeof **sorted);
  PetscCheck(*sorted != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for names");
  for (int f = 0; f < n_folders; ++f) {
    size_t length = strlen(names[f]);

    while (length > 1 && names[f][length - 1] == '/') --length;
    (*sorted)[f] = strndup(names[f], length);
    PetscCheck((*sorted)[f] != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for names");
  }
  qsort(*sorted, (size_t)n_folders, sizeof **sorted, compare_names);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_input(MPI_Comm world, const char out[], int n_folders,
                                  const char *const folders[])
{
  char        message[KR_MESSAGE_MAX] = "";
  PetscMPIInt rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(world, &rank));
  if (rank == 0) {
    check_out(out, message);
    if (message[0] == '\0') check_folders(n_folders, folders, message);
    if (message[0] == '\0') KrFolderCompare(KrTaskCensus.command, n_folders, folders, message);
  }
  PetscCall(KrCheckRoot(world, message));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* How many samples were asked for in all folders together. On one rank. */
static PetscErrorCode count_requested(const KrPlan *plan, const KrShards *shards,
                                      int64_t *n_requested)
{
  int      n_ranges = 0;
  KrRange *ranges   = NULL;
  int64_t *samples  = malloc(((size_t)shards->n_samples + 1) * sizeof *samples);

  PetscFunctionBeginUser;
  for (int f = 0; f < shards->n_folders; ++f) {
    int      n_runs;
    KrRun   *runs;
    KrRange *longer;

    PetscCall(KrRunsRead(shards->folders[f], plan->provenance.host, &n_runs, &runs));
    longer = realloc(ranges, (size_t)(n_ranges + n_runs + 1) * sizeof *longer);
    PetscCheck(longer != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for runs");
    ranges = longer;
    for (int r = 0; r < n_runs; ++r) ranges[n_ranges++] = (KrRange){runs[r].first, runs[r].end};
    free(runs);
  }
  PetscCheck(samples != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for samples");
  for (int64_t s = 0; s < shards->n_samples; ++s)
    samples[s] = shards->places[shards->first[s]].sample;
  *n_requested = KrCountAsked(n_ranges, ranges, shards->n_samples, samples);
  free(ranges);
  free(samples);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Shards of each folder; one without any is refused. */
static PetscErrorCode count_sources(MPI_Comm world, const KrShards *shards, KrSource sources[])
{
  PetscFunctionBeginUser;
  for (int f = 0; f < shards->n_folders; ++f) sources[f] = (KrSource){.folder = shards->folders[f]};
  for (int64_t i = 0; i < shards->n_places; ++i) sources[shards->places[i].folder].n_samples += 1;
  for (int f = 0; f < shards->n_folders; ++f)
    KR_CHECK_INPUT(sources[f].n_samples > 0, world,
                   "%s: has no finished sample (samples/*/s*.h5) to merge", sources[f].folder);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- what was found ---- */

static PetscErrorCode check_findings(MPI_Comm world, const KrFindings *findings, PetscBool skip_bad)
{
  int64_t          n_foreign, n_conflicts, n_damaged;
  const KrFinding *foreign  = KrFindingsFirst(findings, KR_FINDING_FOREIGN, &n_foreign);
  const KrFinding *conflict = KrFindingsFirst(findings, KR_FINDING_CONFLICT, &n_conflicts);
  const KrFinding *damaged  = KrFindingsFirst(findings, KR_FINDING_DAMAGED, &n_damaged);

  PetscFunctionBeginUser;
  KR_CHECK_INPUT(foreign == NULL, world, "cannot merge %s%s", foreign->message,
                 n_foreign > 1 ? " (and others)" : "");
  KR_CHECK_INPUT(conflict == NULL, world,
                 "%s; %lld such samples; leave out one of the folders, or move the shard that is "
                 "wrong out of its folder",
                 conflict->message, (long long)n_conflicts);
  if (!skip_bad)
    for (int64_t i = 1; i < findings->count; ++i)
      PetscCall(
        PetscFPrintf(world, stderr, "kacrice: cannot read %s\n", findings->list[i].message));
  KR_CHECK_INPUT(damaged == NULL || skip_bad, world,
                 "cannot read %s; %lld such shards; to go on without them: -merge_skip_bad true",
                 damaged->message, (long long)n_damaged);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- the new folder ---- */

static PetscErrorCode write_result(MPI_Comm world, const KrPlan *plan, const KrOrigins *origins,
                                   const KrShards *shards, KrEnsemble *ensemble,
                                   const KrTotals *totals)
{
  PetscMPIInt rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(world, &rank));
  PetscCall(KrConclude(world, plan, origins, ensemble, totals));
  if (rank == 0) PetscCall(KrFolderWriteMerged(plan, shards->n_folders, shards->folders));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Collective on world; whole or not at all. */
static PetscErrorCode make_folder(MPI_Comm world, KrPlan *plan, const char out[],
                                  const KrOrigins *origins, const KrShards *shards,
                                  KrEnsemble *ensemble, const KrTotals *totals)
{
  PetscErrorCode code;
  KrClaim        claim;

  PetscFunctionBeginUser;
  PetscCall(KrMergeFolderBegin(world, &plan->provenance, out, plan->campaign.out, &claim));
  code = write_result(world, plan, origins, shards, ensemble, totals);
  PetscCall(KrMergeFolderEnd(world, plan->campaign.out, out, code, &claim));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode print_result(MPI_Comm world, const char out[], const KrTotals *totals,
                                   const KrOrigins *origins, double reading)
{
  const KrFindings *findings = origins->findings;

  PetscFunctionBeginUser;
  for (int64_t i = 0; i < findings->count; ++i)
    PetscCall(PetscPrintf(world, "left out: %s\n", findings->list[i].message));
  PetscCall(PetscPrintf(world,
                        "merged %lld samples of %d folders into %s: %lld shards were there twice, "
                        "%lld could not be used and are "
                        "left out; read in %.3g s, %.3g s in all\n",
                        (long long)totals->n_samples, origins->n_sources, out,
                        (long long)findings->n_duplicates, (long long)findings->count, reading,
                        MPI_Wtime() - origins->began));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The sorted folders into OUT. Collective on world. */
static PetscErrorCode merge(MPI_Comm world, KrPlan *plan, const char out[], KrShards *shards,
                            KrSource sources[], PetscBool skip_bad)
{
  KrFindings  findings = {0};
  KrOrigins   origins  = {.n_groups  = 1,
                          .began     = MPI_Wtime(),
                          .folder    = out,
                          .n_sources = shards->n_folders,
                          .sources   = sources,
                          .findings  = &findings};
  double      reading;
  PetscMPIInt rank;
  KrEnsemble  ensemble;
  KrTotals    totals;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(world, &rank));
  if (rank == 0) PetscCall(count_requested(plan, shards, &origins.n_requested));
  PetscCall(KrAggregate(world, plan, shards, &findings, &ensemble, &totals));
  PetscCall(check_findings(world, &findings, skip_bad));
  KR_CHECK_INPUT(totals.n_samples > 0, world, "%s: no shard can be used, nothing is left to merge",
                 shards->folders[0]);
  reading = MPI_Wtime() - origins.began;
  PetscCall(make_folder(world, plan, out, &origins, shards, &ensemble, &totals));
  PetscCall(print_result(world, out, &totals, &origins, reading));
  KrFindingsDestroy(&findings);
  KrTotalsDestroy(&totals);
  KrEnsembleDestroy(&ensemble);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrCampaignMerge - Makes one ensemble of the samples of many folders.

  Collective on world

  Input:
+ world     - all ranks
. out       - the folder to make: ensemble.h5, summary.json, campaign.json; it must not be there
. n_folders - how many
. names     - folders of the same campaign, in any order
- skip_bad  - go on without damaged shards, and list them

  Notes:
  A sample that several folders have counts once; all its shards must have the same content but for times. The result is
  the same, bit for bit, for any number of ranks and any order of the folders. The shards stay where they are.

  Errors: PETSC_ERR_USER_INPUT when out is there, a folder is none of a campaign, has no shard or is named twice, the
          campaigns differ in an option, a sample has two contents, or a shard is damaged and skip_bad is false; nothing
          is left then
  Cost:   reads all shards, each rank its share: 0.2 to 0.4 ms a small one; 56 bytes of memory a point
  Source: docs/formats/store.md, docs/adr/0012-one-list-of-shards.md
  See:    KrCampaignRun()
*/
PetscErrorCode KrCampaignMerge(MPI_Comm world, const char out[], int n_folders, char *const names[],
                               PetscBool skip_bad)
{
  char             **sorted;
  const char *const *folders;
  KrSource          *sources = calloc((size_t)n_folders + 1, sizeof *sources);
  KrShards           shards;
  KrPlan             plan;

  PetscFunctionBeginUser;
  PetscCheck(sources != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for names");
  PetscCall(sort_folders(n_folders, names, &sorted));
  folders = (const char *const *)sorted;
  PetscCall(check_input(world, out, n_folders, folders));
  PetscCall(KrShardsFind(world, n_folders, folders, &shards));
  PetscCall(count_sources(world, &shards, sources));
  PetscCall(KrPlanReopen(world, KrTaskCensus.command, "merge", folders[0], &plan));
  plan.campaign.first = 0;
  plan.campaign.end   = INT64_MAX; /* all that is there was asked for */
  PetscCall(merge(world, &plan, out, &shards, sources, skip_bad));
  PetscCall(KrPlanDestroy(&plan));
  KrShardsDestroy(&shards);
  for (int f = 0; f < n_folders; ++f) free(sorted[f]);
  free(sorted);
  free(sources);
  PetscFunctionReturn(PETSC_SUCCESS);
}
