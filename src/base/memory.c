/* How much memory a rank may use: what the machine has, what the control groups and the batch system allow. */
#include <kacrice/base.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#define VECTOR_BYTES   64                // the widest, and a cache line
#define HUGE_PAGE      ((size_t)2097152) // bytes
#define SLURM_MEGABYTE 1048576.0         // bytes
#define LIBRARY_BYTES \
  201326592.0 // 192 MiB: OpenBLAS maps 128 at its first use, and waits for ever when it cannot

/* The number in a file, infinite when it cannot be read or says "max". */
static double read_limit(const char path[])
{
  FILE  *file  = fopen(path, "r");
  double limit = INFINITY;

  if (file == NULL) return INFINITY;
  if (fscanf(file, "%lf", &limit) != 1 || !(limit > 0.0)) limit = INFINITY;
  fclose(file);
  return limit;
}

/* The smallest limit of a control group and of all above it. A container may show the path it has outside: then only
   the top of the tree is there. `group` is cut. */
static double smallest_limit(const char top[], char group[], const char name[])
{
  double limit = INFINITY;

  for (;;) {
    char  path[KR_PATH_MAX];
    char *slash = strrchr(group, '/');

    if (snprintf(path, sizeof path, "%s%s/%s", top, group, name) < (int)sizeof path)
      limit = fmin(limit, read_limit(path));
    if (slash == NULL) return limit;
    *slash = '\0';
  }
}

/* What the control groups of this process allow all of its members together, versions 1 and 2. */
static double control_group_limit(void)
{
  FILE  *file  = fopen("/proc/self/cgroup", "r");
  double limit = INFINITY;
  char   line[KR_PATH_MAX]; /* "4:memory:/path", version 2: "0::/path" */

  if (file == NULL) return INFINITY;
  while (fgets(line, sizeof line, file) != NULL) {
    char *controllers = strchr(line, ':');
    char *group       = controllers == NULL ? NULL : strchr(controllers + 1, ':');

    if (group == NULL) continue;
    *group++                    = '\0';
    group[strcspn(group, "\n")] = '\0';
    if (strcmp(controllers, ":") == 0)
      limit = fmin(limit, smallest_limit("/sys/fs/cgroup", group, "memory.max"));
    else if (strstr(controllers, "memory") != NULL)
      limit = fmin(limit, smallest_limit("/sys/fs/cgroup/memory", group, "memory.limit_in_bytes"));
  }
  fclose(file);
  return limit;
}

/* A positive number in the environment; NaN when there is none. SLURM says 0 for "all there is". */
static double read_variable(const char name[])
{
  const char  *text  = getenv(name);
  const double value = text == NULL ? NAN : strtod(text, NULL);

  return value > 0.0 ? value : NAN;
}

/* What SLURM allows the ranks of this job on this node together. fmin() passes over NaN. */
static double slurm_limit(int n_sharing)
{
  const double per_node = read_variable("SLURM_MEM_PER_NODE");
  const double per_cpu  = read_variable("SLURM_MEM_PER_CPU");
  double       n_cpus   = read_variable("SLURM_CPUS_ON_NODE");

  if (isnan(n_cpus)) n_cpus = n_sharing * fmax(1.0, read_variable("SLURM_CPUS_PER_TASK"));
  return fmin(INFINITY, fmin(per_node, per_cpu * n_cpus) * SLURM_MEGABYTE);
}

/* What the limit of this process's address space (ulimit -v) leaves, infinite where there is none. */
static double address_space_left(void)
{
  FILE         *file  = fopen("/proc/self/statm", "r");
  double        pages = 0.0;
  struct rlimit limit;

  if (file != NULL) {
    if (fscanf(file, "%lf", &pages) != 1) pages = 0.0;
    fclose(file);
  }
  if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return INFINITY;
  return fmax(1.0, (double)limit.rlim_cur - pages * (double)sysconf(_SC_PAGESIZE) - LIBRARY_BYTES);
}

/*
  KrMemoryPerRank - How much memory a rank may use: that of its node over the ranks that share the node.

  Collective on world

  Input:
. world - all ranks of the run

  Output:
. bytes - the smallest share of any rank, the same on every rank

  Notes:
  The memory of a node is the least of what is known: what is built in, the limits of the control groups (versions 1 and
  2), SLURM_MEM_PER_NODE, and SLURM_MEM_PER_CPU times SLURM_CPUS_ON_NODE. A rank has no more than its limit of address
  space (ulimit -v) leaves.
*/
PetscErrorCode KrMemoryPerRank(MPI_Comm world, double *bytes)
{
  MPI_Comm    node;
  PetscMPIInt n_sharing;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_split_type(world, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &node));
  PetscCallMPI(MPI_Comm_size(node, &n_sharing));
  PetscCallMPI(MPI_Comm_free(&node));
  *bytes = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
  *bytes = fmin(*bytes, fmin(control_group_limit(), slurm_limit(n_sharing))) / n_sharing;
  *bytes = fmin(*bytes, address_space_left());
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, bytes, 1, MPI_DOUBLE, MPI_MIN, world));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrMemoryAligned - Room for numbers that kernels read: aligned to 64 bytes, and on huge pages where it is large.

  Not collective

  Input:
. count - 0 or more

  Returns: memory that is not set, to be given to free(); NULL when there is none
  Errors:  none
  Cost:    address space up to 2 MB beyond what is asked; the pages come when they are first written

  Notes:
  A tensor of N = 200 is thousands of small pages, more than a processor remembers the places of: huge ones make its
  reading 2 to 15 % faster. Where the system has none (/sys/kernel/mm/transparent_hugepage/enabled says never), small
  pages do.
*/
double *KrMemoryAligned(int64_t count)
{
  const size_t bytes  = (size_t)count * sizeof(double) + VECTOR_BYTES;
  const int    large  = bytes >= HUGE_PAGE;
  const size_t align  = large ? HUGE_PAGE : VECTOR_BYTES;
  double      *memory = aligned_alloc(align, (bytes + align - 1) / align * align);

#if defined(MADV_HUGEPAGE)
  if (memory != NULL && large) (void)madvise(memory, bytes, MADV_HUGEPAGE); /* advice */
#endif
  return memory;
}
