/* A finished campaign against its own files: samples over groups of ranks, the points of a sample over a group. */
#include "census_room.h"
#include <stdio.h>

static void print_line(void *context, const char line[])
{
  (void)context;
  printf("certify: %s\n", line);
}

/* The largest size that leaves no rank idle while there are at least as many samples as groups, or one group. */
static int choose_group_size(int n_ranks, int64_t n_samples)
{
  int size = 1;

  while (n_ranks / size > n_samples || n_ranks % size != 0) ++size;
  return size;
}

static PetscErrorCode check_record(const KrPlan *plan, int64_t number, const KrSample *sample)
{
  PetscFunctionBeginUser;
  KR_CHECK_INPUT(sample->n == plan->model.n, PETSC_COMM_SELF,
                 "sample %lld has N = %d, the campaign in %s has %d", (long long)number,
                 (int)sample->n, plan->campaign.out, plan->model.n);
  KR_CHECK_INPUT(sample->seed == (uint64_t)plan->campaign.seed, PETSC_COMM_SELF,
                 "sample %lld has the seed %llu, the campaign in %s has %lld", (long long)number,
                 (unsigned long long)sample->seed, plan->campaign.out,
                 (long long)plan->campaign.seed);
  KR_CHECK_INPUT(
    sample->x != NULL, PETSC_COMM_SELF,
    "sample %lld in %s has no coordinates to prove anything from (-census_store_points false)",
    (long long)number, plan->campaign.out);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Collective on the group; each rank reads the shard and draws the couplings for itself. */
static PetscErrorCode certify_samples(const KrPlan *plan, const KrGroups *groups,
                                      const KrShards *shards, KrCertifyTally *tally)
{
  const PetscBool all =
    KrPointsOf(plan)->search.kind != KR_SEARCH_MINIMA ? PETSC_TRUE : PETSC_FALSE;
  KrModel model;

  PetscFunctionBeginUser;
  PetscCall(KrPlanModel(plan, PETSC_COMM_SELF, &model));
  for (int64_t s = groups->group; s < shards->n_samples; s += groups->n_groups) {
    const int64_t number = shards->places[s].sample; /* one folder: a place a sample */
    KrSample      sample;

    PetscCall(KrShardRead(plan->campaign.out, number, plan->identity, &sample));
    PetscCall(check_record(plan, number, &sample));
    PetscCall(KrPlanDraw(plan, model, number));
    PetscCall(KrCensusRecheck(model, groups->comm, &sample, &KrPointsOf(plan)->spectrum, all,
                              print_line, NULL, tally));
    KrSampleDestroy(&sample);
  }
  PetscCall(KrModelDestroy(&model));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode add_over_ranks(MPI_Comm world, KrCertifyTally *tally)
{
  int64_t counts[] = {tally->n_samples,       tally->n_points,   tally->n_certified,
                      tally->n_undecided,     tally->n_unproved, tally->n_failed,
                      tally->n_samples_failed};

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, counts, PETSC_STATIC_ARRAY_LENGTH(counts), MPI_INT64_T,
                             MPI_SUM, world));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &tally->radius_max, 1, MPI_DOUBLE, MPI_MAX, world));
  tally->n_samples        = counts[0];
  tally->n_points         = counts[1];
  tally->n_certified      = counts[2];
  tally->n_undecided      = counts[3];
  tally->n_unproved       = counts[4];
  tally->n_failed         = counts[5];
  tally->n_samples_failed = counts[6];
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrCampaignCertify - Proves every point of a campaign's folder anew, from its files alone.

  Collective on world

  Input:
+ world - all ranks
- plan  - of the folder, from KrPlanReopen(); the same on every rank

  Output:
. tally - over all samples in the folder, the same on every rank; a line on stdout for each record that does not hold

  Errors: PETSC_ERR_USER_INPUT when a shard is damaged, belongs to another campaign or has no coordinates, or when
          there is none
  Cost:   a proof and a spectrum a point, spread over the ranks
  Source: docs/theory/certificates.md, section 7
  See:    KrCensusRecheck()
*/
PetscErrorCode KrCampaignCertify(MPI_Comm world, const KrPlan *plan, KrCertifyTally *tally)
{
  const char *const folder = plan->campaign.out;
  PetscMPIInt       size;
  KrShards          shards;
  KrGroups          groups;

  PetscFunctionBeginUser;
  *tally = (KrCertifyTally){0};
  PetscCallMPI(MPI_Comm_size(world, &size));
  KR_CHECK_INPUT(!KrModelOptionsIsTap(&plan->model), world,
                 "%s: is a campaign of -model_type tap, and proofs are for points of the sphere",
                 folder);
  PetscCall(KrShardsFind(world, 1, &folder, &shards));
  KR_CHECK_INPUT(shards.n_samples > 0, world, "%s: has no finished sample to certify", folder);
  PetscCall(KrGroupsCreate(world, choose_group_size(size, shards.n_samples), &groups));
  PetscCall(certify_samples(plan, &groups, &shards, tally));
  KrShardsDestroy(&shards);
  PetscCall(add_over_ranks(world, tally));
  PetscCall(KrGroupsDestroy(&groups));
  PetscFunctionReturn(PETSC_SUCCESS);
}
