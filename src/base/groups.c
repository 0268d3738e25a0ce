/* Ranks split into groups of equal size, each of which works on one disorder sample at a time; sums over ranks. */
#include <kacrice/base.h>

/*
  KrGroupsCreate - Splits the ranks of a communicator into groups of neighbours.

  Collective on world

  Input:
+ world      - all ranks; borrowed, must outlive the groups
- group_size - ranks in a group, 1 ... size of world

  Output:
. groups - caller destroys with KrGroupsDestroy(); ranks beyond the last whole group are idle

  Errors: PETSC_ERR_USER_INPUT when the group size does not fit
  Cost:   one MPI_Comm_split
*/
PetscErrorCode KrGroupsCreate(MPI_Comm world, int group_size, KrGroups *groups)
{
  PetscMPIInt rank, size;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(world, &rank));
  PetscCallMPI(MPI_Comm_size(world, &size));
  KR_CHECK_INPUT(group_size >= 1 && group_size <= size, world,
                 "-campaign_group_size %d: must be from 1 to the number of ranks, %d here",
                 group_size, (int)size);
  *groups = (KrGroups){.world    = world,
                       .comm     = MPI_COMM_NULL,
                       .n_groups = size / group_size,
                       .group    = rank / group_size,
                       .size     = group_size};
  if (groups->group >= groups->n_groups) groups->group = -1;
  PetscCallMPI(
    MPI_Comm_split(world, groups->group < 0 ? MPI_UNDEFINED : groups->group, rank, &groups->comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The nearest group sizes, downwards and upwards, that leave no rank of the world without a group. */
static void find_divisors(int size, int group_size, int *below, int *above)
{
  *below = *above = group_size;
  while (size % *below != 0) --*below;
  while (size % *above != 0) ++*above;
}

/*
  KrGroupsWarnIdle - Tells on stderr, in a line each, when ranks or whole groups have nothing to do.

  Collective on the world of the groups; rank 0 prints

  Input:
+ groups  - from KrGroupsCreate()
- n_tasks - what there is to do, each by one group
*/
PetscErrorCode KrGroupsWarnIdle(const KrGroups *groups, int64_t n_tasks)
{
  PetscMPIInt size;
  int         n_idle, below, above;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_size(groups->world, &size));
  n_idle = (int)size - groups->n_groups * groups->size;
  if (n_idle > 0) {
    find_divisors((int)size, groups->size, &below, &above);
    PetscCall(PetscFPrintf(groups->world, PETSC_STDERR,
                           "kacrice: warning: %d of %d ranks idle, as groups have %d; "
                           "-campaign_group_size %d or %d uses all\n",
                           n_idle, (int)size, groups->size, below, above));
  }
  if (groups->n_groups > n_tasks)
    PetscCall(PetscFPrintf(groups->world, PETSC_STDERR,
                           "kacrice: warning: %lld of %d groups idle, as there are %lld samples; "
                           "take larger groups or fewer ranks\n",
                           (long long)(groups->n_groups - n_tasks), groups->n_groups,
                           (long long)n_tasks));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrGroupsDestroy - Frees the group's communicator; may be called twice.

  Collective on the group

  In/out:
. groups - from KrGroupsCreate()
*/
PetscErrorCode KrGroupsDestroy(KrGroups *groups)
{
  PetscFunctionBeginUser;
  if (groups->comm != MPI_COMM_NULL) PetscCallMPI(MPI_Comm_free(&groups->comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrSumReals - Sums an array over the ranks, in place, however long it is.

  Collective on comm

  Input:
+ comm  - whose ranks hold terms
- count - length of the array, beyond 2^31 if need be

  In/out:
. values - terms in, sums out, the same on every rank

  Cost: one Allreduce a gigabyte
*/
PetscErrorCode KrSumReals(MPI_Comm comm, int64_t count, double values[])
{
  const int64_t chunk = 1 << 27;

  PetscFunctionBeginUser;
  for (int64_t done = 0; done < count; done += chunk)
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, values + done,
                               (PetscMPIInt)PetscMin(chunk, count - done), MPI_DOUBLE, MPI_SUM,
                               comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}
