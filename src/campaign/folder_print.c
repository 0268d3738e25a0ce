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
  int            status;
  DIR           *directory;
  struct dirent *entry;

  (void)snprintf(path, sizeof path, "%s/failed", folder);
  directory = opendir(path);
  while (directory != NULL && (entry = readdir(directory)) != NULL) {
    const char *end = strrchr(entry->d_name, '.');

    if (end == NULL || strcmp(end, ".json") != 0) continue;
    (void)snprintf(path, sizeof path, "%s/failed/%s", folder, entry->d_name);
    text = KrJsonReadText(path, &status);
    printf("%s\n%s\n", path, text == NULL ? "(cannot be read)" : text);
    free(text);
  }
  if (directory != NULL) closedir(directory);
}

/* How many folders were merged into this one; 0: it is a campaign of its own. */
static int count_merged(const char folder[], char message[KR_MESSAGE_MAX])
{
  cJSON    *campaign = KrFolderDescription(folder, "", message);
  const int count    = cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(campaign, "merged"));

  cJSON_Delete(campaign);
  return count;
}

/*
  KrFolderPrint - Prints how many samples of a campaign are done, its runs and its failures.

  Not collective

  Input:
. folder - of the campaign

  Errors: bad input when the folder or its campaign.json cannot be read
  Cost:   names of the shards, the files of runs/ and failed/
  See:    KrStudyStatus()
*/
PetscErrorCode KrFolderPrint(const char folder[])
{
  char         message[KR_MESSAGE_MAX] = "";
  const int    n_merged                = count_merged(folder, message);
  int          n_runs;
  int64_t      n_samples, *samples;
  KrRun       *runs;
  KrProvenance provenance;

  PetscFunctionBeginUser;
  KR_CHECK_INPUT(message[0] == '\0', PETSC_COMM_SELF, "%s", message);
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
