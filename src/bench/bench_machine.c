/* What the figures belong to: the CPU, its caches, and the CPU that the BLAS takes it for. */
#include "bench_impl.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The first "model name : TEXT" of /proc/cpuinfo. */
static void read_cpu(char cpu[], size_t length)
{
  FILE *file = fopen("/proc/cpuinfo", "r");
  char  line[512];

  (void)snprintf(cpu, length, "unknown");
  if (file == NULL) return;
  while (fgets(line, sizeof line, file) != NULL) {
    const char *colon = strchr(line, ':');

    if (strncmp(line, "model name", 10) != 0 || colon == NULL || colon[1] == '\0') continue;
    (void)snprintf(cpu, length, "%s", colon + 2);
    cpu[strcspn(cpu, "\n")] = '\0';
    break;
  }
  fclose(file);
}

/* Bytes; what a common server has where the system does not tell. */
static int64_t cache_size(int level)
{
  int64_t bytes = 0;

#if defined(_SC_LEVEL1_DCACHE_SIZE)
  const int names[] = {0, _SC_LEVEL1_DCACHE_SIZE, _SC_LEVEL2_CACHE_SIZE, _SC_LEVEL3_CACHE_SIZE};

  bytes = sysconf(names[level]);
#endif
  if (bytes > 0) return bytes;
  return level == 1 ? 32768 : level == 2 ? 1048576 : 33554432;
}

/* Not collective. */
void KrBenchMachineGet(KrBenchMachine *machine)
{
  *machine = (KrBenchMachine){.n_cores = (int)sysconf(_SC_NPROCESSORS_ONLN)};
  read_cpu(machine->cpu, sizeof machine->cpu);
  KrBlasName(machine->blas, sizeof machine->blas);
  for (int level = 1; level <= 3; ++level) machine->cache[level] = cache_size(level);
}

/* Zeros, aligned to 64 bytes; the caller frees them. NULL when there is no memory. */
double *KrBenchAllocate(int64_t count)
{
  double *memory = KrMemoryAligned(count);

  if (memory != NULL) (void)memset(memory, 0, (size_t)count * sizeof *memory);
  return memory;
}
