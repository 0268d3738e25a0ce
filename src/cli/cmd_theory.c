/* kacrice theory: what is known exactly about a model. */
#include "commands.h"
#include "theory/temperature.h"
#include <kacrice/model.h>
#include <kacrice/store.h>
#include <math.h>
#include <stdlib.h>

typedef struct {
  char   out[KR_PATH_MAX];
  double bin_width;
  int    indices;
  int    energies;
} TheoryOptions;

#define AT(member) offsetof(TheoryOptions, member)

/* clang-format off */
static const KrOption option_list[] = {
  {"-theory_out", KR_OPTION_STRING, AT(out), "", 0, 0, NULL, "",
   "HDF5 file to store the tables in as well; of files that are there only older tables are replaced", PETSC_FALSE},
  {"-theory_bin_width", KR_OPTION_REAL, AT(bin_width), "0.05", 1e-3, 10, NULL, "J",
   "bins of e", PETSC_FALSE},
  {"-theory_indices", KR_OPTION_INT, AT(indices), "0", 0, KR_THEORY_N_MAX, NULL, "",
   "finite-N counts of the indices below this; 0: all up to N = 60, else the lowest 3", PETSC_FALSE},
  {"-theory_energies", KR_OPTION_INT, AT(energies), "21", 3, 100001, NULL, "",
   "rows of the table of complexities Sigma_k(e)", PETSC_FALSE},
};
/* clang-format on */
static const KrOptionTable        theory_table = {"Theory", option_list,
                                                  PETSC_STATIC_ARRAY_LENGTH(option_list)};
static const KrOptionTable *const tables[]     = {&KrModelOptionTable, &theory_table,
                                                  &KrTheoryTemperatureTable};

const KrOptionTable *const *KrTheoryTables(int *n_tables)
{
  *n_tables = PETSC_STATIC_ARRAY_LENGTH(tables);
  return tables;
}

enum { E, SIGMA, SIGMA_0, SIGMA_1, SIGMA_2, MU, FRACTION, N_CURVES };

typedef struct { /* N -> infinity */
  int     n_rows;
  double *rows; /* n_rows x N_CURVES */
} Curves;

/* Two stretches: the narrow band from below E_0 to the threshold, where the fixed indices live, and on to zero
   (the rest is its mirror image). */
static PetscErrorCode compute_curves(const KrMixture *f, int n_rows, Curves *curves)
{
  const double lowest    = 1.01 * KrComplexityGroundEnergy(f, 0),
               threshold = KrComplexityThresholdEnergy(f);
  const int n_band       = n_rows / 2;

  PetscFunctionBeginUser;
  curves->n_rows = n_rows;
  curves->rows   = calloc((size_t)n_rows * N_CURVES, sizeof *curves->rows);
  PetscCheck(curves->rows != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for tables");
  for (int i = 0; i < n_rows; ++i) {
    const double e   = i < n_band ? lowest + (threshold - lowest) * i / n_band
                                  : threshold * (n_rows - 1.0 - i) / (n_rows - 1.0 - n_band) + 0.0;
    double      *row = curves->rows + (size_t)i * N_CURVES;

    row[E]        = e;
    row[SIGMA]    = KrComplexityEnergy(f, e);
    row[SIGMA_0]  = KrComplexityIndex(f, 0, e);
    row[SIGMA_1]  = KrComplexityIndex(f, 1, e);
    row[SIGMA_2]  = KrComplexityIndex(f, 2, e);
    row[MU]       = KrComplexityTypicalMu(f, e);
    row[FRACTION] = KrComplexityIndexFraction(f, e);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode print_constants(MPI_Comm world, const KrMixture *f)
{
  const char *name = KrMixtureIsPure(f) ? "-E_inf " : "e(mu_th)";

  PetscFunctionBeginUser;
  PetscCall(PetscPrintf(world, "f(q) ="));
  for (int i = 0; i < f->n_orders; ++i)
    PetscCall(PetscPrintf(world, "%s %.10g q^%d", i > 0 ? " +" : "", f->c[i], f->order[i]));
  PetscCall(PetscPrintf(world, "\n\nN -> infinity (annealed, T = 0)\n"));
  PetscCall(PetscPrintf(world, "  %s = %.13f   threshold of the minima\n", name,
                        KrComplexityThresholdEnergy(f)));
  for (int k = 0; k < 3; ++k)
    PetscCall(PetscPrintf(world, "  E_%d      = %.13f   lowest energy with index-%d points\n", k,
                          KrComplexityGroundEnergy(f, k), k));
  PetscCall(PetscPrintf(world,
                        "  mu_th    = %.13f   radial curvature at the threshold, -2 sqrt(f''(1))\n",
                        KrComplexityThresholdMu(f)));
  PetscCall(PetscPrintf(world, "  lim ln(number)/N = %.13f\n\n", KrComplexityTotal(f)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode print_curves(MPI_Comm world, const Curves *curves)
{
  PetscFunctionBeginUser;
  PetscCall(PetscPrintf(world, "%14s %14s %14s %14s %14s %14s %10s\n", "e", "Sigma", "Sigma_0",
                        "Sigma_1", "Sigma_2", "typical mu", "k/N"));
  for (int i = 0; i < curves->n_rows; ++i) {
    for (int c = 0; c < N_CURVES; ++c)
      PetscCall(PetscPrintf(world, c == FRACTION ? " %10.6f" : "%14.10f%s",
                            curves->rows[i * N_CURVES + c], c + 1 < FRACTION ? " " : ""));
    PetscCall(PetscPrintf(world, "\n"));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode print_counts(MPI_Comm world, const KrKacRice *kac_rice)
{
  PetscFunctionBeginUser;
  PetscCall(PetscPrintf(
    world, "\nN = %d, exact expected numbers of critical points (Kac-Rice), antipodes counted\n",
    kac_rice->n));
  PetscCall(PetscPrintf(world, "%6s %22s %16s %16s\n", "k", "number", "mean e", "std of e"));
  for (int k = 0; k < kac_rice->n_index; ++k)
    PetscCall(PetscPrintf(world, "%6d %22.14g %16.12f %16.12f\n", k, kac_rice->count[k],
                          kac_rice->energy_mean[k], kac_rice->energy_std[k]));
  PetscCall(PetscPrintf(world, "%6s %22.14g\n", "total", kac_rice->total));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode print_bins(MPI_Comm world, const KrKacRice *kac_rice)
{
  const int n_shown = PetscMin(kac_rice->n_index, 6);

  PetscFunctionBeginUser;
  PetscCall(PetscPrintf(
    world,
    "\nexpected numbers in bins of e (indices from 6 on are in the total and in -theory_out)\n"
    "%9s %9s",
    "e from", "to"));
  for (int k = 0; k < n_shown; ++k) PetscCall(PetscPrintf(world, " %9s%d", "k = ", k));
  PetscCall(PetscPrintf(world, " %12s\n", "total"));
  for (int b = 0; b < kac_rice->n_bins; ++b) {
    const double from = kac_rice->bin_first + b * kac_rice->bin_width;

    PetscCall(PetscPrintf(world, "%9.4f %9.4f", from, from + kac_rice->bin_width));
    for (int k = 0; k < n_shown; ++k)
      PetscCall(PetscPrintf(world, " %10.4g", kac_rice->binned[b * kac_rice->n_index + k]));
    PetscCall(PetscPrintf(world, " %12.6g\n", kac_rice->binned_total[b]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

#define N_ARRAYS      6
#define N_HOT_SCALARS 6 /* the last ones, for T > 0 */

/* Everything printed, with all digits. */
static PetscErrorCode store(const TheoryOptions *options, const KrFileMeta *meta,
                            const KrMixture *f, const Curves *curves, const KrKacRice *k,
                            const KrTheoryTemperature *hot)
{
  const int           n_hot     = hot->n_temperatures > 0 ? KR_THEORY_TABLES : 0;
  const KrTableScalar scalars[] = {
    {"n", k->n},
    {"e_threshold", KrComplexityThresholdEnergy(f)},
    {"mu_threshold", KrComplexityThresholdMu(f)},
    {"e_0", KrComplexityGroundEnergy(f, 0)},
    {"e_1", KrComplexityGroundEnergy(f, 1)},
    {"e_2", KrComplexityGroundEnergy(f, 2)},
    {"complexity_total", KrComplexityTotal(f)},
    {"total", k->total},
    {"bin_first", k->bin_first},
    {"bin_width", k->bin_width},
    {"temperature_dynamic", hot->at.dynamic},
    {"temperature_static", hot->at.static_},
    {"q_dynamic", hot->at.q_dynamic},
    {"q_static", hot->at.q_static},
    {"complexity_dynamic", hot->at.complexity},
    {"temperature_lowest", hot->lowest},
  };
  KrTableArray arrays[N_ARRAYS + KR_THEORY_TABLES] = {
    {"complexity", "columns: e, Sigma, Sigma_0, Sigma_1, Sigma_2, typical mu, k/N", curves->n_rows,
     N_CURVES, curves->rows},
    {"count", "expected number of critical points of index k", k->n_index, 0, k->count},
    {"energy_mean", "mean e of the points of index k", k->n_index, 0, k->energy_mean},
    {"energy_std", "standard deviation of e of the points of index k", k->n_index, 0,
     k->energy_std},
    {"binned", "expected number in each bin of e, a column an index", k->n_bins, k->n_index,
     k->binned},
    {"binned_total", "expected number in each bin of e, all indices", k->n_bins, 0,
     k->binned_total},
  };

  PetscFunctionBeginUser;
  for (int t = 0; t < n_hot; ++t) arrays[N_ARRAYS + t] = hot->tables[t];
  PetscCall(KrTableWrite(options->out, KR_FILETYPE_THEORY, meta,
                         PETSC_STATIC_ARRAY_LENGTH(scalars) - (n_hot > 0 ? 0 : N_HOT_SCALARS),
                         scalars, N_ARRAYS + n_hot, arrays));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode read_options(MPI_Comm world, KrModelOptions *model, TheoryOptions *options,
                                   KrTheoryTemperatureOptions *hot, KrMixture *f)
{
  char        message[KR_MESSAGE_MAX] = "";
  PetscBool   given;
  PetscMPIInt rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(world, &rank));
  PetscCall(KrModelOptionsRead(world, model));
  PetscCall(KrOptionsRead(world, &theory_table, options));
  PetscCall(KrOptionsRead(world, &KrTheoryTemperatureTable, hot));
  PetscCall(
    KrOptionsCheckUnknown(world, "theory", PETSC_STATIC_ARRAY_LENGTH(tables), tables, NULL));
  KR_CHECK_INPUT(KrModelSpin(model)->couplings[0] == '\0', world,
                 "-model_couplings %s: theory is about laws; give -model_p or -model_mixture",
                 KrModelSpin(model)->couplings);
  KR_CHECK_INPUT(!KrModelOptionsIsTap(model), world,
                 "-model_type tap: theory tells of TAP states at temperatures of "
                 "-theory_temperature; give -theory_temperature %g and leave out -model_type and "
                 "-model_temperature",
                 KrModelSpin(model)->temperature);
  PetscCall(KrModelOptionsLaw(model, f, &given));
  KR_CHECK_INPUT(model->n <= KR_THEORY_N_MAX, world,
                 "-model_n %d: the exact counts go up to N = %d", model->n, KR_THEORY_N_MAX);
  KR_CHECK_INPUT(options->indices <= model->n, world,
                 "-theory_indices %d: there are %d indices at N = %d", options->indices, model->n,
                 model->n);
  if (rank == 0 && options->out[0] != '\0')
    KrFileCheckOut("-theory_out", options->out, KR_FILETYPE_THEORY, message);
  PetscCall(KrCheckRoot(world, message));
  if (options->indices == 0)
    options->indices = model->n <= KR_THEORY_N_EVERY ? model->n : KR_THEORY_FEW;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode compute_counts(const KrMixture *f, int n, const TheoryOptions *options,
                                     KrKacRice *kac_rice)
{
  const double reach  = 0.5 - KrComplexityGroundEnergy(f, 0);
  const int    n_half = (int)ceil(reach / options->bin_width);

  PetscFunctionBeginUser;
  PetscCheck(KrKacRiceCreate(f, n, options->indices, -n_half * options->bin_width,
                             options->bin_width, 2 * n_half, kac_rice) == 0,
             PETSC_COMM_SELF, PETSC_ERR_LIB, "the Kac-Rice expectation failed for N = %d", n);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KrCommandTheory(MPI_Comm world, int n_args, char **args)
{
  KrModelOptions             model;
  TheoryOptions              options;
  KrTheoryTemperatureOptions hot_options;
  KrTheoryTemperature        hot;
  KrMixture                  f;
  Curves                     curves;
  KrKacRice                  kac_rice;
  KrProvenance               provenance;
  KrFileMeta                 meta = {.provenance = &provenance};
  char                      *text = NULL;
  PetscMPIInt                rank;

  PetscFunctionBeginUser;
  (void)n_args, (void)args;
  PetscCallMPI(MPI_Comm_rank(world, &rank));
  PetscCall(read_options(world, &model, &options, &hot_options, &f));
  PetscCall(KrTheoryTemperatureCompute(world, &hot_options, &f, options.energies, &hot));
  PetscCall(compute_curves(&f, options.energies, &curves));
  PetscCall(compute_counts(&f, model.n, &options, &kac_rice));
  PetscCall(print_constants(world, &f));
  PetscCall(print_curves(world, &curves));
  PetscCall(print_counts(world, &kac_rice));
  PetscCall(print_bins(world, &kac_rice));
  PetscCall(KrTheoryTemperaturePrint(world, &hot));
  PetscCall(KrProvenanceGet(world, &provenance));
  PetscCall(KrModelOptionsFormat(&model, PETSC_FALSE, &text));
  PetscCall(KrOptionsFormat(&theory_table, &options, PETSC_FALSE, &text));
  PetscCall(KrOptionsFormat(&KrTheoryTemperatureTable, &hot_options, PETSC_FALSE, &text));
  meta.options = text;
  if (rank == 0 && options.out[0] != '\0')
    PetscCall(store(&options, &meta, &f, &curves, &kac_rice, &hot));
  free(text);
  free(curves.rows);
  KrKacRiceDestroy(&kac_rice);
  KrTheoryTemperatureDestroy(&hot);
  PetscFunctionReturn(PETSC_SUCCESS);
}
