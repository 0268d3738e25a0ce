/* A campaign of censuses: what it refuses, says and concludes. One sample of it: census_sample.c. */
#include "census_room.h"
#include "tasks/cost.h"
#include <math.h>
#include <stdio.h>

#define AT(member) offsetof(KrCampaignOptions, member)

#define SOFT 0.03 /* J */

/* clang-format off */
static const KrOption option_list[] = {
  {"-campaign_extend", KR_OPTION_CHOICE, AT(extend), "none", 0, 0, "none|starts", "",
   "starts: give the samples of the folder more -search_starts or less -census_missing than they have", PETSC_FALSE},
  {"-campaign_target", KR_OPTION_STRING, AT(target), "", 0, 0, NULL, "",
   "samples until the mean count has this relative error, -campaign_samples at most: \"total 0.01\", minima, index:K",
   PETSC_FALSE},
  KR_OPTION_BIN_WIDTH(AT(bin_width), "bins of e in the histograms of the ensemble; J as of -search_gradient_tol"),
};
/* clang-format on */
static const KrOptionTable counting_table = {"Campaign that counts points", option_list,
                                             PETSC_STATIC_ARRAY_LENGTH(option_list)};

static const KrOptionTable *const tables[] = {
  &KrModelOptionTable,    &KrSearchOptionTable, &KrSpectrumOptionTable, &KrCensusOptionTable,
  &KrCampaignOptionTable, &counting_table,      &KrRunOptionTable};
static const KrTaskPlace places[] = {
  {PETSC_FALSE, offsetof(KrPlan, model)},         {PETSC_TRUE, offsetof(KrPointsPart, search)},
  {PETSC_TRUE, offsetof(KrPointsPart, spectrum)}, {PETSC_TRUE, offsetof(KrPointsPart, census)},
  {PETSC_FALSE, offsetof(KrPlan, campaign)},      {PETSC_FALSE, offsetof(KrPlan, campaign)},
  {PETSC_FALSE, offsetof(KrPlan, campaign)}};
_Static_assert(PETSC_STATIC_ARRAY_LENGTH(tables) == PETSC_STATIC_ARRAY_LENGTH(places),
               "a place a table");

static PetscErrorCode read_options(MPI_Comm world, KrPlan *plan)
{
  KrPointsPart *part = plan->part;

  PetscFunctionBeginUser;
  PetscCall(KrSearchOptionsRead(world, &part->search));
  PetscCall(KrOptionsRead(world, &KrSpectrumOptionTable, &part->spectrum));
  PetscCall(KrOptionsRead(world, &KrCensusOptionTable, &part->census));
  PetscCall(KrOptionsRead(world, &counting_table, &plan->campaign));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Tolerances that belong together, all relative to J. An end of a search lies about gradient_tol / lambda from its
   point, lambda > SOFT the least curvature of nearly all points: two ends of one point must still be one point, in
   position and in energy; and an energy that tells no two points apart must not tell two bins apart. */
static PetscErrorCode check_tolerances(MPI_Comm world, const KrPlan *plan)
{
  const double gradient = KrPointsOf(plan)->search.gradient_tol,
               energy   = KrPointsOf(plan)->census.energy_tol;
  const double overlap = KrPointsOf(plan)->census.overlap_tol, width = plan->campaign.bin_width;

  PetscFunctionBeginUser;
  KR_CHECK_INPUT(gradient <= SOFT * sqrt(overlap), world,
                 "-search_gradient_tol %g, -census_overlap_tol %g: ends of one point would be "
                 "listed as several; the first must be at most %.3g, or the second at least %.3g",
                 gradient, overlap, SOFT * sqrt(overlap), gradient * gradient / (SOFT * SOFT));
  KR_CHECK_INPUT(energy >= gradient * gradient / SOFT, world,
                 "-search_gradient_tol %g, -census_energy_tol %g: ends of one point would be "
                 "listed as several; the first must be at most %.3g, or the second at least %.3g",
                 gradient, energy, sqrt(SOFT * energy), gradient * gradient / SOFT);
  KR_CHECK_INPUT(width >= energy, world,
                 "-campaign_bin_width %g, -census_energy_tol %g: energies would be sorted into "
                 "bins finer than they are told apart; the first must be at least the second",
                 width, energy);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The option that says what the orders are, and its value. */
static void name_law(const KrModelOptions *model, char text[], size_t length)
{
  const KrSpinOptions *spin = KrModelSpin(model);

  if (spin->couplings[0] != '\0')
    (void)snprintf(text, length, "-model_couplings %s", spin->couplings);
  else if (spin->mixture[0] != '\0')
    (void)snprintf(text, length, "-model_mixture %s", spin->mixture);
  else (void)snprintf(text, length, "-model_p %d", spin->p);
}

/* A homotopy follows all complex critical points of a pure model, so many and no other number. */
static PetscErrorCode check_homotopy(MPI_Comm world, KrPlan *plan)
{
  KrPointsPart *part = plan->part;
  char          law[KR_PATH_MAX + 32];
  int64_t       n_paths;

  PetscFunctionBeginUser;
  if (part->search.kind != KR_SEARCH_HOMOTOPY) PetscFunctionReturn(PETSC_SUCCESS);
  name_law(&plan->model, law, sizeof law);
  KR_CHECK_INPUT(plan->f.n_orders == 1 && (plan->f.order[0] == 3 || plan->f.order[0] == 4), world,
                 "%s: -search_kind homotopy is for pure models with p = 3 or 4; take -search_kind "
                 "all for others",
                 law);
  n_paths = KrHomotopyPaths(plan->f.order[0], plan->model.n);
  KR_CHECK_INPUT(
    n_paths > 0, world,
    "-model_n %d: a homotopy would have more than 2^31 paths, with p = %d N must be at "
    "most %d; take -search_kind all",
    plan->model.n, plan->f.order[0], plan->f.order[0] == 3 ? 31 : 20);
  KR_CHECK_INPUT(
    !part->search.starts_given || part->search.starts == n_paths, world,
    "-search_starts %lld: -search_kind homotopy makes as many as there are paths, %lld; "
    "leave it out",
    (long long)part->search.starts, (long long)n_paths);
  KR_CHECK_INPUT(plan->campaign.spread != KR_SPREAD_TENSOR, world,
                 "-campaign_spread tensor: with -search_kind homotopy the ranks of a group share "
                 "the paths, take starts or auto");
  part->search.starts = n_paths;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A free energy lives in the ball, where no proofs, no homotopy and no exact expectations are known. */
static PetscErrorCode check_tap(MPI_Comm world, KrPlan *plan)
{
  KrPointsPart *part = plan->part;

  PetscFunctionBeginUser;
  if (!KrModelOptionsIsTap(&plan->model)) PetscFunctionReturn(PETSC_SUCCESS);
  KR_CHECK_INPUT(part->search.kind != KR_SEARCH_HOMOTOPY, world,
                 "-search_kind homotopy: follows polynomials on the sphere, and -model_type tap is "
                 "none; take all or minima");
  KR_CHECK_INPUT(part->search.kind != KR_SEARCH_MINIMA ||
                   part->search.descent_method == KR_DESCENT_GRADIENT,
                 world, "-descent_method: -model_type tap has gradient descents only");
  KR_CHECK_INPUT(part->census.certify != KR_CERTIFY_TRUE, world,
                 "-census_certify true: proofs are for points of the sphere, take false or auto "
                 "with -model_type tap");
  part->census.certify = KR_CERTIFY_FALSE; /* files then say what was done */
  plan->law_given      = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode complete(MPI_Comm world, KrPlan *plan)
{
  PetscFunctionBeginUser;
  PetscCall(check_tolerances(world, plan));
  PetscCall(check_homotopy(world, plan));
  PetscCall(KrTargetRead(world, KrPlanCounted(plan), plan));
  PetscCall(check_tap(world, plan));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check(MPI_Comm world, const KrPlan *plan)
{
  KrCensusSize size;

  PetscFunctionBeginUser;
  PetscCall(KrPlanCheckMemory(world, plan));
  PetscCall(KrPlanCheckSize(world, plan, &size));
  PetscCall(KrPlanCheckTime(world, plan, &size));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode announce(MPI_Comm world, const KrPlan *plan)
{
  KrCensusSize size;

  PetscFunctionBeginUser;
  KrPlanSize(plan, &size);
  PetscCall(PetscPrintf(
    world,
    "kacrice %s: %s, N = %d, samples %lld to %s%lld, at most %lld starts each (%s), folder %s\n",
    plan->provenance.version, KrModelTypeName(plan->model.type), plan->model.n,
    (long long)plan->campaign.first, plan->target.relative_error > 0.0 ? "at most " : "",
    (long long)plan->campaign.end - 1, (long long)KrPointsOf(plan)->search.starts,
    KrSearchKindName(KrPointsOf(plan)->search.kind), plan->campaign.out));
  if (plan->n_tensors > 0 && !plan->law_given)
    PetscCall(PetscPrintf(
      world, "J = %.6g, the size of H / sqrt(N): tolerances and bins are multiples of it\n",
      KrMixtureScale(&plan->f)));
  if (size.seconds > 60.0 && isfinite(size.points))
    PetscCall(PetscPrintf(
      world, "a sample has %.3g points on average: about %.2g starts, %.2g core hours\n",
      size.points, size.starts, size.seconds / 3600.0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A shard that cannot be used ends the run. */
static PetscErrorCode check_findings(MPI_Comm world, const KrFindings *findings)
{
  const PetscBool fine = findings->count == 0 ? PETSC_TRUE : PETSC_FALSE;

  PetscFunctionBeginUser;
  KR_CHECK_INPUT(fine, world, "cannot read %s%s", findings->list[0].message,
                 findings->list[0].kind == KR_FINDING_FOREIGN
                   ? "; move it out of the folder and run the campaign again to compute this "
                     "sample anew"
                   : "");
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Ensemble file and summary from the shards in the folder, also those that other runs put there. Collective on
   world. */
static PetscErrorCode conclude(MPI_Comm world, const KrPlan *plan, int n_groups, double began,
                               int64_t n_wanted)
{
  const char *const folder  = plan->campaign.out;
  const KrOrigins   origins = {
      .n_groups = n_groups, .began = began, .folder = folder, .n_requested = n_wanted};
  KrFindings findings = {0};
  KrShards   shards;
  KrEnsemble ensemble;
  KrTotals   totals;

  PetscFunctionBeginUser;
  PetscCall(KrShardsFind(world, 1, &folder, &shards));
  PetscCall(KrAggregate(world, plan, &shards, &findings, &ensemble, &totals));
  PetscCall(check_findings(world, &findings));
  PetscCall(KrConclude(world, plan, &origins, &ensemble, &totals));
  KrFindingsDestroy(&findings);
  KrShardsDestroy(&shards);
  KrTotalsDestroy(&totals);
  KrEnsembleDestroy(&ensemble);
  PetscFunctionReturn(PETSC_SUCCESS);
}

const KrTask KrTaskCensus = {
  .command   = "census",
  .out       = "-campaign_out",
  .shares    = "starts",
  .n_tables  = PETSC_STATIC_ARRAY_LENGTH(tables),
  .tables    = tables,
  .places    = places,
  .part_size = sizeof(KrPointsPart),
  .about = "find the critical points of disorder samples and compare their histogram with theory",
  .read  = read_options,
  .complete    = complete,
  .work_bytes  = KrPlanCensusBytes,
  .thin        = KrPlanFewStarts,
  .check       = check,
  .announce    = announce,
  .dry_run     = KrDryRunCensus,
  .state       = &KrCensusState,
  .record      = &KrCensusRecord,
  .create      = KrCensusWorkerCreate,
  .destroy     = KrCensusWorkerDestroy,
  .sample      = KrCensusSample,
  .count       = KrCensusCountTarget,
  .read_counts = KrCensusReadCounts,
  .rows        = KrRowsCollect,
  .conclude    = conclude};
