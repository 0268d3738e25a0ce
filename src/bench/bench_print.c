/* The table for people. */
#include "bench_impl.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Collective on the bench's communicator; rank 0 prints, as everywhere here. */
PetscErrorCode KrBenchPrintHead(const KrBench *bench)
{
  const KrBenchOptions *options = bench->options;
  KrProvenance          provenance;
  KrBenchMachine        machine;
  PetscMPIInt           n_ranks;

  PetscFunctionBeginUser;
  PetscCall(KrProvenanceGet(bench->comm, &provenance));
  KrBenchMachineGet(&machine);
  PetscCallMPI(MPI_Comm_size(bench->world, &n_ranks));
  PetscCall(PetscPrintf(bench->comm, "kacrice %s (%s), bench %s on %s: %s, %d cores\n",
                        provenance.version, provenance.git_hash, bench->what, provenance.host,
                        machine.cpu, machine.n_cores));
  PetscCall(PetscPrintf(bench->comm, "kernels %s; BLAS %s; medians of %d interleaved rounds, %s\n",
                        KrKernelsGet((KrSimd)options->simd)->name, machine.blas, options->rounds,
                        bench->clock_name));
  if (n_ranks > bench->size)
    PetscCall(PetscPrintf(bench->comm, "note: rank 0 measures, the other ranks sleep\n"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* "12.3 us" */
static void format_time(double seconds, char text[], size_t length)
{
  static const struct {
    const char *unit;
    double      seconds;
  } units[] = {{"s", 1.0}, {"ms", 1e-3}, {"us", 1e-6}, {"ns", 1e-9}};
  size_t u  = 0;

  while (u + 1 < PETSC_STATIC_ARRAY_LENGTH(units) && seconds < units[u].seconds) ++u;
  (void)snprintf(text, length, "%.4g %s", seconds / units[u].seconds, units[u].unit);
}

/* Rates are per second; those of flops, bytes and couplings are told in units of 10^9. */
static double scale_of(KrBenchUnit unit)
{
  return unit <= KR_BENCH_COUPLINGS ? 1e-9 : 1.0;
}

/* "12.34 GF/s", "12345 minima/core-s" */
static void format_rate(KrBenchUnit unit, double rate, char text[], size_t length)
{
  const double told = rate * scale_of(unit);

  (void)snprintf(text, length, told < 1000.0 ? "%.4g %s" : "%.0f %s", told, KrBenchUnitName(unit));
}

/* A whole number, or "-" for 0. */
static const char *format_whole(int number, char text[16])
{
  if (number == 0) (void)snprintf(text, 16, "-");
  else (void)snprintf(text, 16, "%d", number);
  return text;
}

static PetscErrorCode print_row(const KrBench *bench, const KrBenchRow *row, double *work)
{
  const int n_rounds = bench->options->rounds;
  int       length   = 0;
  char      line[256], time[32], rate[32], p[16], n[16], points[16], fraction[64] = "";

  PetscFunctionBeginUser;
  for (int r = 0; r < n_rounds; ++r) work[r] = KrBenchTime(row, r);
  format_time(KrBenchMedian(n_rounds, work), time, sizeof time);
  format_rate(row->unit, KrBenchMedian(n_rounds, row->rates), rate, sizeof rate);
  if (row->limit >= 0) {
    KrBenchFraction(bench, row, work);
    length = snprintf(fraction, sizeof fraction, "%5.2f of %s", KrBenchMedian(n_rounds, work),
                      bench->rows[row->limit].name);
  }
  if (row->between) {
    KrBenchFractionBetween(bench, row, work);
    (void)snprintf(fraction + length, sizeof fraction - (size_t)length, ", %.2f in between",
                   KrBenchMedian(n_rounds, work));
  }
  (void)snprintf(line, sizeof line, "%-28s %2s %5s %4s  %9s  %-20s %s", row->name,
                 format_whole(row->p, p), format_whole(row->n, n),
                 format_whole(row->points, points), time, rate, fraction);
  for (size_t end = strlen(line); end > 0 && line[end - 1] == ' '; --end) line[end - 1] = '\0';
  PetscCall(PetscPrintf(bench->comm, "%s\n", line));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode print_ratio(const KrBench *bench, const KrBenchRatio *ratio, double *work)
{
  char line[256], p[16], n[16];

  PetscFunctionBeginUser;
  KrBenchRatioRounds(bench, ratio, work);
  (void)snprintf(line, sizeof line, "%-45s %2s %5s  %8.3g", ratio->name, format_whole(ratio->p, p),
                 format_whole(ratio->n, n), KrBenchMedian(bench->options->rounds, work));
  PetscCall(PetscPrintf(bench->comm, "%s\n", line));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode print_figure(const KrBench *bench, const KrBenchFigure *figure)
{
  char line[256], p[16], n[16];

  PetscFunctionBeginUser;
  (void)snprintf(line, sizeof line, "%-55s %2s %5s  %8.4g", figure->name,
                 format_whole(figure->p, p), format_whole(figure->n, n), figure->figure);
  PetscCall(PetscPrintf(bench->comm, "%s\n", line));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The wrong results one by one, then how many there are. */
static PetscErrorCode print_checks(const KrBench *bench)
{
  char line[256];

  PetscFunctionBeginUser;
  for (int c = 0; c < bench->n_checks; ++c) {
    const KrBenchCheck *check = &bench->checks[c];

    if (check->figure <= check->limit) continue;
    (void)snprintf(line, sizeof line, "FAIL  %-64s %10.3g  (at most %g)", check->name,
                   check->figure, check->limit);
    PetscCall(PetscPrintf(bench->comm, "%s\n", line));
  }
  PetscCall(PetscPrintf(bench->comm, "\nresults checked: %d, wrong: %d\n", bench->n_checks,
                        bench->n_failed));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Everything that was measured. Collective on the bench's communicator. */
PetscErrorCode KrBenchPrint(const KrBench *bench)
{
  double *work;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(bench->options->rounds, &work));
  PetscCall(PetscPrintf(bench->comm, "\n%-28s %2s %5s %4s  %9s  %-20s %s\n", "measured", "p", "N",
                        "B", "a point", "rate", "ratio to limit"));
  for (int r = 0; r < bench->n_rows; ++r) PetscCall(print_row(bench, &bench->rows[r], work));
  if (bench->n_ratios > 0)
    PetscCall(PetscPrintf(bench->comm, "\n%-45s %2s %5s  %8s\n", "ratio", "p", "N", "times"));
  for (int r = 0; r < bench->n_ratios; ++r) PetscCall(print_ratio(bench, &bench->ratios[r], work));
  if (bench->n_figures > 0)
    PetscCall(PetscPrintf(bench->comm, "\n%-55s %2s %5s  %8s\n", "counted", "p", "N", "figure"));
  for (int f = 0; f < bench->n_figures; ++f) PetscCall(print_figure(bench, &bench->figures[f]));
  PetscCall(print_checks(bench));
  PetscCall(PetscFree(work));
  PetscFunctionReturn(PETSC_SUCCESS);
}
