/* The table for programs: every round's value, the machine, and what was checked. */
#include "bench_impl.h"
#include <kacrice/store.h>
#include <cjson/cJSON.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A number, or null where there is none. */
static void add_number(cJSON *object, const char name[], double value)
{
  if (isfinite(value)) cJSON_AddNumberToObject(object, name, value);
  else cJSON_AddNullToObject(object, name);
}

/* A whole number, or null where 0 says that it does not apply. */
static void add_whole(cJSON *object, const char name[], int number)
{
  add_number(object, name, number == 0 ? NAN : number);
}

/* {"rounds": [...], "min": ..., "median": ..., "max": ...} */
static void add_rounds(cJSON *object, const char name[], int n_rounds, const double rounds[])
{
  cJSON *item = cJSON_AddObjectToObject(object, name), *list;
  double min = INFINITY, max = -INFINITY;

  list = cJSON_AddArrayToObject(item, "rounds");
  for (int r = 0; r < n_rounds; ++r) {
    cJSON_AddItemToArray(list,
                         isfinite(rounds[r]) ? cJSON_CreateNumber(rounds[r]) : cJSON_CreateNull());
    min = fmin(min, rounds[r]);
    max = fmax(max, rounds[r]);
  }
  add_number(item, "min", min);
  add_number(item, "median", KrBenchMedian(n_rounds, rounds));
  add_number(item, "max", max);
}

static void add_rows(cJSON *root, const KrBench *bench, double *work)
{
  const int n_rounds = bench->options->rounds;
  cJSON    *rows     = cJSON_AddArrayToObject(root, "rows");

  for (int r = 0; r < bench->n_rows; ++r) {
    const KrBenchRow *row  = &bench->rows[r];
    cJSON            *item = cJSON_CreateObject();

    cJSON_AddItemToArray(rows, item);
    cJSON_AddStringToObject(item, "name", row->name);
    add_whole(item, "p", row->p);
    add_whole(item, "n", row->n);
    add_whole(item, "points", row->points);
    cJSON_AddNumberToObject(item, "ranks", row->all ? bench->size : 1);
    cJSON_AddNumberToObject(item, "calls", (double)row->n_calls);
    add_rounds(item, "seconds", n_rounds, row->seconds);
    cJSON_AddStringToObject(item, "unit", KrBenchUnitName(row->unit));
    for (int i = 0; i < n_rounds; ++i)
      work[i] = row->rates[i] * (row->unit <= KR_BENCH_COUPLINGS ? 1e-9 : 1.0);
    add_rounds(item, "rate", n_rounds, work);
    if (row->limit < 0) continue;
    cJSON_AddStringToObject(item, "limit", bench->rows[row->limit].name);
    KrBenchFraction(bench, row, work);
    add_rounds(item, "ratio", n_rounds, work);
    if (!row->between) continue;
    KrBenchFractionBetween(bench, row, work);
    add_rounds(item, "ratio_between", n_rounds, work);
  }
}

static void add_ratios(cJSON *root, const KrBench *bench, double *work)
{
  cJSON *ratios = cJSON_AddArrayToObject(root, "ratios");

  for (int r = 0; r < bench->n_ratios; ++r) {
    const KrBenchRatio *ratio = &bench->ratios[r];
    cJSON              *item  = cJSON_CreateObject();

    cJSON_AddItemToArray(ratios, item);
    cJSON_AddStringToObject(item, "name", ratio->name);
    add_whole(item, "p", ratio->p);
    add_whole(item, "n", ratio->n);
    KrBenchRatioRounds(bench, ratio, work);
    add_rounds(item, "times", bench->options->rounds, work);
  }
}

static void add_figures(cJSON *root, const KrBench *bench)
{
  cJSON *figures = cJSON_AddArrayToObject(root, "figures");

  for (int f = 0; f < bench->n_figures; ++f) {
    cJSON *item = cJSON_CreateObject();

    cJSON_AddItemToArray(figures, item);
    cJSON_AddStringToObject(item, "name", bench->figures[f].name);
    add_whole(item, "p", bench->figures[f].p);
    add_whole(item, "n", bench->figures[f].n);
    add_number(item, "figure", bench->figures[f].figure);
  }
}

static void add_checks(cJSON *root, const KrBench *bench)
{
  cJSON *checks = cJSON_AddArrayToObject(root, "checks");

  for (int c = 0; c < bench->n_checks; ++c) {
    cJSON *item = cJSON_CreateObject();

    cJSON_AddItemToArray(checks, item);
    cJSON_AddStringToObject(item, "name", bench->checks[c].name);
    add_number(item, "figure", bench->checks[c].figure);
    add_number(item, "limit", bench->checks[c].limit);
  }
}

static PetscErrorCode add_head(cJSON *root, const KrBench *bench)
{
  const KrKernels *kernels = KrKernelsGet((KrSimd)bench->options->simd);
  KrProvenance     provenance;
  KrBenchMachine   machine;
  char            *options = NULL;
  cJSON           *item;

  PetscFunctionBeginUser;
  PetscCall(KrProvenanceGet(bench->world, &provenance));
  KrBenchMachineGet(&machine);
  cJSON_AddStringToObject(root, "program", provenance.program);
  cJSON_AddStringToObject(root, "version", provenance.version);
  cJSON_AddStringToObject(root, "git_hash", provenance.git_hash);
  cJSON_AddStringToObject(root, "compiler", provenance.compiler);
  cJSON_AddStringToObject(root, "libraries", provenance.libraries);
  cJSON_AddStringToObject(root, "created", provenance.created);
  cJSON_AddNumberToObject(root, "ranks", provenance.ranks);
  cJSON_AddStringToObject(root, "bench", bench->what);
  PetscCall(KrOptionsFormat(&KrBenchOptionTable, bench->options, PETSC_FALSE, &options));
  cJSON_AddStringToObject(root, "options", options);
  free(options);
  cJSON_AddStringToObject(root, "clock", bench->clock_name);
  item = cJSON_AddObjectToObject(root, "machine");
  cJSON_AddStringToObject(item, "host", provenance.host);
  cJSON_AddStringToObject(item, "cpu", machine.cpu);
  cJSON_AddNumberToObject(item, "cores", machine.n_cores);
  cJSON_AddNumberToObject(item, "l1d_bytes", (double)machine.cache[1]);
  cJSON_AddNumberToObject(item, "l2_bytes", (double)machine.cache[2]);
  cJSON_AddNumberToObject(item, "l3_bytes", (double)machine.cache[3]);
  cJSON_AddStringToObject(item, "kernels", kernels->name);
  cJSON_AddStringToObject(item, "blas", machine.blas);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Writes what was measured to -bench_json, when it is given. Called by rank 0 of the bench. */
PetscErrorCode KrBenchWrite(const KrBench *bench)
{
  const char *path = bench->options->json;
  cJSON      *root;
  char       *text;
  double     *work;
  PetscBool   existed;

  PetscFunctionBeginUser;
  if (path[0] == '\0') PetscFunctionReturn(PETSC_SUCCESS);
  root = cJSON_CreateObject();
  PetscCall(PetscMalloc1(bench->options->rounds, &work));
  PetscCall(add_head(root, bench));
  add_rows(root, bench, work);
  add_ratios(root, bench, work);
  add_figures(root, bench);
  add_checks(root, bench);
  PetscCall(PetscFree(work));
  text = cJSON_Print(root);
  cJSON_Delete(root);
  PetscCheck(text != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for %s", path);
  PetscCall(KrTextCreate(path, text, &existed));
  cJSON_free(text);
  KR_CHECK_INPUT(!existed, PETSC_COMM_SELF, "-bench_json %s: another program has just made it",
                 path);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Refuses, before anything is measured, a file that exists or cannot come to be. Collective on world. */
PetscErrorCode KrBenchCheckFile(MPI_Comm world, const char path[])
{
  char        message[KR_MESSAGE_MAX] = "", folder[KR_PATH_MAX] = ".";
  const char *slash = strrchr(path, '/');
  PetscMPIInt rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(world, &rank));
  if (slash != NULL) (void)snprintf(folder, sizeof folder, "%.*s", (int)(slash - path) + 1, path);
  if (rank == 0 && path[0] != '\0') {
    if (access(path, F_OK) == 0)
      (void)snprintf(message, sizeof message,
                     "-bench_json %.900s: exists already; take another name or remove it", path);
    else if (access(folder, W_OK) != 0)
      (void)snprintf(message, sizeof message, "-bench_json %.900s: cannot be written: %s", path,
                     strerror(errno));
  }
  PetscCall(KrCheckRoot(world, message));
  PetscFunctionReturn(PETSC_SUCCESS);
}
