/* The options of a run, whatever it does with samples. */
#include "campaign_impl.h"

#define AT(member) offsetof(KrCampaignOptions, member)

/* clang-format off */
static const KrOption option_list[] = {
  {"-campaign_group_size", KR_OPTION_INT, AT(group_size), "1", 1, 1000000, NULL, "ranks",
   "ranks that work on one sample together", PETSC_FALSE},
  {"-campaign_queue", KR_OPTION_CHOICE, AT(queue), "dynamic", 0, 0, "dynamic|static", "",
   "how groups come by samples", PETSC_FALSE},
  {"-campaign_progress", KR_OPTION_REAL, AT(progress), "10", 0, 1e9, NULL, "s",
   "time between progress lines", PETSC_FALSE},
  {"-campaign_maxtime", KR_OPTION_REAL, AT(maxtime), "0", 0, 1e9, NULL, "s",
   "stop in order before so much time has passed, exit code 75: to be run again; 0: no limit", PETSC_FALSE},
  {"-campaign_retry", KR_OPTION_BOOL, AT(retry), "false", 0, 0, NULL, "",
   "try samples again that failed before", PETSC_FALSE},
  {"-dry_run", KR_OPTION_BOOL, AT(dry_run), "false", 0, 0, NULL, "",
   "tell what the campaign would cost, in memory and (but for tap) time, and leave it at that", PETSC_FALSE},
  {"-dry_run_ranks", KR_OPTION_INT, AT(dry_run_ranks), "0", 0, 1e9, NULL, "ranks",
   "tell it for so many ranks, of another machine; 0: for those that are there", PETSC_FALSE},
  {"-dry_run_memory", KR_OPTION_REAL, AT(dry_run_memory), "0", 0, 1e9, NULL, "GB",
   "tell it for ranks that may use so much memory each; 0: as much as there is here", PETSC_FALSE},
};
/* clang-format on */
const KrOptionTable KrRunOptionTable = {"Run", option_list, PETSC_STATIC_ARRAY_LENGTH(option_list)};

/*
  KrRunOptionsRead - Reads the options of a run, which are no part of what it computes.

  Collective on world

  Input:
. world - reports errors

  In/out:
. o - the members that KrRunOptionTable names are set

  Errors: PETSC_ERR_USER_INPUT naming the option
*/
PetscErrorCode KrRunOptionsRead(MPI_Comm world, KrCampaignOptions *o)
{
  PetscFunctionBeginUser;
  PetscCall(KrOptionsRead(world, &KrRunOptionTable, o));
  KR_CHECK_INPUT(o->maxtime == 0.0 || o->maxtime >= 1.0, world,
                 "-campaign_maxtime %g: must be 0 (no limit) or at least 1 s", o->maxtime);
  KR_CHECK_INPUT(o->dry_run || o->dry_run_ranks == 0, world,
                 "-dry_run_ranks %d: goes with -dry_run only", o->dry_run_ranks);
  KR_CHECK_INPUT(o->dry_run || o->dry_run_memory == 0.0, world,
                 "-dry_run_memory %g: goes with -dry_run only", o->dry_run_memory);
  PetscFunctionReturn(PETSC_SUCCESS);
}
