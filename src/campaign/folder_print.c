/* What lies in a campaign's folder, in a few lines: samples, runs, failures. */
#include "campaign_impl.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_runs(int n_runs, const KrRun runs[])
{
  for (int r = 0; r < n_runs; ++r)
    printf(
      "run %s: %s%s, samples %lld to %lld, computed %lld, failed %lld, %d ranks in %d groups on "
      "%s%s%s, %.0f s\n",
      runs[r].started, runs[r].state,
      strcmp(runs[r].state, "running") == 0 && !runs[r].is_alive ? " (dead)" : "",
      (long long)runs[r].first, (long long)runs[r].end - 1, (long long)runs[r].computed,
      (long long)runs[r].failed, runs[r].ranks, runs[r].groups, runs[r].host,
      runs[r].job[0] != '\0' ? ", job " : "", runs[r].job, runs[r].seconds);
}

/* The text of each file in failed/. */
static void print_failures(const char folder[])
{
  char           path[KR_PATH_MAX + 512], *text;
  DIR           *directory;
  struct dirent *entry;

  (void)snprintf(path, sizeof path, "%s/failed", folder);
  directory = opendir(path);
  while (directory != NULL && (entry = readdir(directory)) != NULL) {
    const char *end = strrchr(entry->d_name, '.');

    if (end == NULL || strcmp(end, ".json") != 0) continue;
    (void)snprintf(path, sizeof path, "%s/failed/%s", folder, entry->d_name);
    text = KrFolderReadText(path);
    printf("%s\n%s\n", path, text == NULL ? "(cannot be read)" : text);
    free(text);
  }
  if (directory != NULL) closedir(directory);
}

/* How many folders were merged into this one; 0: it is a campaign of its own. */
static int count_merged(const char folder[])
{
  char   path[KR_PATH_MAX + 16], *text;
  cJSON *campaign;
  int    count;

  (void)snprintf(path, sizeof path, "%s/campaign.json", folder);
  text     = KrFolderReadText(path);
  campaign = text == NULL ? NULL : cJSON_Parse(text);
  count    = cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(campaign, "merged"));
  cJSON_Delete(campaign);
  free(text);
  return count;
}

/*
  KrFolderPrint - Prints how many samples of a campaign are done, its runs and its failures.

  Not collective

  Input:
. folder - of the campaign

  Errors: bad input when the folder cannot be read
  Cost:   names of the shards, the files of runs/ and failed/
  See:    KrStudyStatus()
*/
PetscErrorCode KrFolderPrint(const char folder[])
{
  const int    n_merged = count_merged(folder);
  int          n_runs;
  int64_t      n_samples, *samples;
  KrRun       *runs;
  KrProvenance provenance;

  PetscFunctionBeginUser;
  PetscCall(KrProvenanceGet(PETSC_COMM_SELF, &provenance));
  PetscCall(KrShardList(folder, &n_samples, &samples));
  PetscCall(KrRunsRead(folder, provenance.host, &n_runs, &runs));
  if (n_merged > 0)
    printf("%s: made by kacrice merge of %d folders, which have the samples\n", folder, n_merged);
  else printf("%s: %lld samples are done\n", folder, (long long)n_samples);
  print_runs(n_runs, runs);
  print_failures(folder);
  free(samples);
  free(runs);
  PetscFunctionReturn(PETSC_SUCCESS);
}
