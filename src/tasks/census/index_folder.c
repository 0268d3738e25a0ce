/* DIR/index.h5: all shards of a folder seen through one file. */
#include "census_room.h"
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Columns of the shards, which are alike in a campaign: from the first. On one rank. */
static PetscErrorCode find_shape(const char folder[], const KrSampleTable *table,
                                 KrIndexShape *shape)
{
  KrSample     sample;
  KrShardFault fault;

  PetscFunctionBeginUser;
  PetscCall(KrShardTry(folder, table->rows[0].sample, NULL, KR_SHARD_ALL, &sample, &fault));
  KR_CHECK_INPUT(fault.message[0] == '\0', PETSC_COMM_SELF, "cannot read %s", fault.message);
  *shape = (KrIndexShape){
    .has_x = sample.x != NULL, .n_lowest = sample.n_lowest, .n_highest = sample.n_highest};
  KrSampleDestroy(&sample);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode write(MPI_Comm world, const char folder[], const KrSampleTable *table)
{
  KrProvenance     provenance;
  const KrFileMeta meta = {.provenance = &provenance, .options = ""};
  PetscMPIInt      rank;
  KrIndexShape     shape;

  PetscFunctionBeginUser;
  PetscCall(KrProvenanceGet(world, &provenance));
  PetscCallMPI(MPI_Comm_rank(world, &rank));
  if (rank == 0) {
    PetscCall(find_shape(folder, table, &shape));
    PetscCall(KrIndexWrite(folder, &meta, table, &shape));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrCampaignIndex - Makes one file through which all shards of a campaign are seen.

  Collective on world

  Input:
+ world  - all ranks
- folder - of the campaign

  Notes:
  Damaged shards are left out, with a line each. The index shows the shards that were there when it was made; make it
  anew when there are more.

  Errors: bad input when the folder is none of a campaign, or no shard in it is whole
  Cost:   KrRowsCollect(), then 60 us a sample
  Source: docs/formats/store.md
*/
PetscErrorCode KrCampaignIndex(MPI_Comm world, const char folder[])
{
  const double  began                   = MPI_Wtime();
  char          message[KR_MESSAGE_MAX] = "";
  char         *identity                = NULL;
  cJSON        *campaign                = NULL;
  int           n                       = 0;
  int64_t       n_samples               = 0;
  PetscMPIInt   rank;
  KrShards      shards;
  KrSampleTable table;
  KrFindings    findings = {0};

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(world, &rank));
  if (rank == 0) campaign = KrFolderOf(KrTaskCensus.command, folder, "index", message);
  if (rank == 0) n = KrFolderSpins(campaign);
  PetscCall(KrCheckRoot(world, message));
  PetscCall(KrFolderIdentity(world, campaign, &identity));
  cJSON_Delete(campaign);
  PetscCallMPI(MPI_Bcast(&n, 1, MPI_INT, 0, world));
  PetscCall(KrShardsFind(world, 1, &folder, &shards));
  PetscCall(KrRowsCollect(world, n, identity, &shards, PETSC_FALSE, &table, &findings));
  free(identity);
  n_samples = shards.n_samples - findings.count;
  for (int64_t i = 0; i < findings.count; ++i)
    PetscCall(PetscPrintf(world, "left out: %s\n", findings.list[i].message));
  KR_CHECK_INPUT(n_samples > 0, world,
                 "%s: has no finished sample that can be read, nothing to index", folder);
  PetscCall(write(world, folder, &table));
  PetscCall(PetscPrintf(world, "%s/index.h5 shows %lld samples, %lld were left out; %.3g s\n",
                        folder, (long long)n_samples, (long long)findings.count,
                        MPI_Wtime() - began));
  KrSampleTableDestroy(&table);
  KrFindingsDestroy(&findings);
  KrShardsDestroy(&shards);
  PetscFunctionReturn(PETSC_SUCCESS);
}
