/* Options of the bench, and the sizes they ask for. */
#include "bench_impl.h"
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AT(member) offsetof(KrBenchOptions, member)
#define N_MAX      100000

/* clang-format off */
static const KrOption option_list[] = {
  {"-bench_rounds", KR_OPTION_INT, AT(rounds), "7", 1, 10000, NULL, "",
   "rounds; each measures every row once, and medians over them are told", PETSC_FALSE},
  {"-bench_seconds", KR_OPTION_REAL, AT(seconds), "0.03", 0, 100, NULL, "s",
   "a measurement repeats its calls for at least so long", PETSC_FALSE},
  {"-bench_json", KR_OPTION_STRING, AT(json), "", 0, 0, NULL, "",
   "new file for every round's value and the machine", PETSC_FALSE},
  {"-bench_p", KR_OPTION_STRING, AT(p), "", 0, 0, NULL, "",
   "orders, as 3,4; without it those of the command's table, or 3 with -bench_n", PETSC_FALSE},
  {"-bench_n", KR_OPTION_STRING, AT(n), "", 0, 0, NULL, "spins",
   "sizes, as 50,100; without it those of the command's table", PETSC_FALSE},
  {"-bench_batch", KR_OPTION_INT, AT(batch), "64", KR_LANES, 4096, NULL, "points",
   "points side by side in a batch, a multiple of 8", PETSC_FALSE},
  {"-bench_simd", KR_OPTION_CHOICE, AT(simd), "auto", 0, 0, "auto|plain|avx2|avx512", "",
   "instructions of the tensor kernels and of their limits", PETSC_FALSE},
  {"-bench_starts", KR_OPTION_INT64, AT(starts), "128", 8, 1e9, NULL, "",
   "descent: batched descents a round; ranks: descents of a sample; census, steps: starts / 1024", PETSC_FALSE},
  {"-bench_sample_n", KR_OPTION_INT, AT(sample_n), "50", 3, N_MAX, NULL, "spins",
   "ranks: N of the samples", PETSC_FALSE},
  {"-bench_samples", KR_OPTION_INT, AT(samples), "32", 1, 1000000, NULL, "",
   "ranks: samples a round for each rank", PETSC_FALSE},
  {"-bench_folder", KR_OPTION_STRING, AT(folder), "", 0, 0, NULL, "",
   "campaign: where shards are written, on the file system to measure; empty: here", PETSC_FALSE},
};
/* clang-format on */
const KrOptionTable KrBenchOptionTable = {"Bench", option_list,
                                          PETSC_STATIC_ARRAY_LENGTH(option_list)};

/*
  KrBenchOptionsRead - Reads the options of the bench.

  Collective on comm

  Input:
. comm - reports errors

  Output:
. options - the options

  Errors: PETSC_ERR_USER_INPUT for a batch that leaves lanes empty, or a SIMD level this CPU lacks
*/
PetscErrorCode KrBenchOptionsRead(MPI_Comm comm, KrBenchOptions *options)
{
  static const char *const names[] = {"auto", "plain", "avx2", "avx512"}; /* places in KrSimd */

  PetscFunctionBeginUser;
  PetscCall(KrOptionsRead(comm, &KrBenchOptionTable, options));
  KR_CHECK_INPUT(options->batch % KR_LANES == 0, comm, "-bench_batch %d: must be a multiple of %d",
                 options->batch, KR_LANES);
  KR_CHECK_INPUT(KrKernelsGet((KrSimd)options->simd) != NULL, comm,
                 "-bench_simd %s: this CPU or this build lacks it; kacrice list tells what it has",
                 names[options->simd]);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Numbers out of "3,4". Returns how many; 0 when the text is none, or one is out of range. */
static int parse_list(const char text[], int min, int max, int n_max, int numbers[])
{
  const char *from = text;

  for (int count = 0; count < n_max; from += 1) {
    char *end;
    long  number;

    errno  = 0;
    number = strtol(from, &end, 10);
    if (end == from || errno != 0 || number < min || number > max) return 0;
    numbers[count++] = (int)number;
    from             = end;
    if (*from == '\0') return count;
    if (*from != ',') return 0;
  }
  return 0;
}

static PetscErrorCode read_list(MPI_Comm comm, const char option[], const char text[], int min,
                                int max, int *count, int numbers[])
{
  PetscFunctionBeginUser;
  *count = 0;
  if (text[0] == '\0') PetscFunctionReturn(PETSC_SUCCESS);
  *count = parse_list(text, min, max, KR_BENCH_CASES_MAX, numbers);
  KR_CHECK_INPUT(*count > 0, comm,
                 "%s %s: must be at most %d whole numbers from %d to %d with commas between",
                 option, text, KR_BENCH_CASES_MAX, min, max);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The pairs (p, N) to measure: all those of -bench_p and -bench_n, or what the command has of its own. */
PetscErrorCode KrBenchCases(MPI_Comm comm, const KrBenchOptions *options, int n_initial,
                            const KrBenchCase initial[], int *n_cases, KrBenchCase cases[])
{
  int n_orders, n_sizes, orders[KR_BENCH_CASES_MAX], sizes[KR_BENCH_CASES_MAX];

  PetscFunctionBeginUser;
  PetscCall(read_list(comm, "-bench_p", options->p, KR_ORDER_MIN, KR_ORDER_MAX, &n_orders, orders));
  PetscCall(read_list(comm, "-bench_n", options->n, 3, N_MAX, &n_sizes, sizes));
  *n_cases = 0;
  if (n_orders == 0 && n_sizes > 0) orders[n_orders++] = 3;
  KR_CHECK_INPUT(n_orders * n_sizes <= KR_BENCH_CASES_MAX, comm,
                 "-bench_n %s: with %d orders these are more than %d cases", options->n, n_orders,
                 KR_BENCH_CASES_MAX);
  for (int o = 0; o < n_orders; ++o)
    for (int s = 0; s < n_sizes; ++s)
      cases[(*n_cases)++] = (KrBenchCase){.p = orders[o], .n = sizes[s]};
  for (int i = 0; i < n_initial && n_sizes == 0; ++i) {
    PetscBool wanted = n_orders == 0 ? PETSC_TRUE : PETSC_FALSE;

    for (int o = 0; o < n_orders; ++o)
      if (initial[i].p == orders[o]) wanted = PETSC_TRUE;
    if (wanted) cases[(*n_cases)++] = initial[i];
  }
  KR_CHECK_INPUT(*n_cases > 0, comm,
                 "-bench_p %s: has no sizes in the command's table; give -bench_n", options->p);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrBenchCheckMemory - Refuses sizes whose tensors and work space do not fit into a rank.

  Collective on world

  Input:
+ world   - all ranks
. options - -bench_n, for the message
- bytes   - that one rank needs for all that is measured side by side

  Errors: PETSC_ERR_USER_INPUT
*/
PetscErrorCode KrBenchCheckMemory(MPI_Comm world, const KrBenchOptions *options, double bytes)
{
  double memory;

  PetscFunctionBeginUser;
  PetscCall(KrMemoryPerRank(world, &memory));
  KR_CHECK_INPUT(
    bytes <= memory, world,
    "-bench_n %s: all that is measured side by side needs %.4g GB, a rank may use %.4g "
    "GB; take fewer or smaller sizes",
    options->n[0] == '\0' ? "(none)" : options->n, 1e-9 * bytes, 1e-9 * memory);
  PetscFunctionReturn(PETSC_SUCCESS);
}
