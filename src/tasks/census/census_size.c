/* How large the census of a sample will be, from the exact expected number of its points, before it begins. */
#include "census_room.h"
#include <math.h>
#include <stdio.h>

#define SPREAD_N_MIN \
  200 /* one pass over two ranks is faster than over one from here on: measured */

#define STEPS_A_START  30.0
#define STEPS_A_PATH   300.0
#define FLOPS_A_SECOND 26e9 /* of Newton steps in lanes, one core: docs/scale.md */
#define ROUND \
  0.2 /* largest share of the starts between two exchanges: each rank keeps what it finds */
#define BYTES_FACTOR 3.0 /* the growing table, its sorted copy and the record */
#define PATH_BYTES \
  144.0 /* of a homotopy: its end, kept, sent and received when ends are compared */

/* Starts a point until the stopping rule is met, as measured: docs/scale.md */
static double starts_a_point(double n)
{
  return 33.0 * pow(n / 14.0, 1.7);
}

/* Expected points with e in the window, antipodes counted. */
static double count_in_window(const KrPlan *plan)
{
  KrKacRice kac_rice;
  double    count;

  if (KrKacRiceCreate(&plan->f, plan->model.n, 1, KrPointsOf(plan)->search.energy_first,
                      KrPointsOf(plan)->search.energy_last - KrPointsOf(plan)->search.energy_first,
                      1, &kac_rice) != 0)
    return NAN;
  count = kac_rice.binned_total[0];
  KrKacRiceDestroy(&kac_rice);
  return count;
}

/* Expected number of representatives in the list of a sample; NAN: not known. */
static double count_points(const KrPlan *plan)
{
  const PetscBool window =
    KrPointsOf(plan)->search.energy_first < KrPointsOf(plan)->search.energy_last;
  const int members = plan->f.n_orders == 1 ? 2 : 1;
  double    count   = NAN;

  if (!plan->law_given || KrPointsOf(plan)->search.kind == KR_SEARCH_MINIMA) return NAN;
  if (plan->model.n > KR_THEORY_N_MAX)
    return exp(plan->model.n * KrComplexityTotal(&plan->f)) / members;
  if (window) return count_in_window(plan) / (plan->f.order[0] % 2 == 0 ? members : 1);
  if (KrKacRiceTotal(&plan->f, plan->model.n, &count) != 0) return NAN;
  return count / members;
}

/*
  KrPlanSize - Estimates the census of a sample from the exact expectation.

  Not collective

  Input:
. plan - options and law

  Output:
. size - points (representatives), starts until it is complete, core seconds and bytes over the ranks of a group; NAN
         where nothing is known: minima, a user's tensor

  Cost: of KrKacRiceTotal(); with a window of energies seconds at N = 60
*/
void KrPlanSize(const KrPlan *plan, KrCensusSize *size)
{
  const double n       = plan->model.n,
               columns = n + KrPointsOf(plan)->spectrum.lowest + KrPointsOf(plan)->spectrum.highest;
  const double flops = 6.0 * KrModelCouplingBytes(plan->model.n, &plan->f) / 8.0 + 0.7 * n * n * n;
  const PetscBool homotopy =
    KrPointsOf(plan)->search.kind == KR_SEARCH_HOMOTOPY ? PETSC_TRUE : PETSC_FALSE;
  double held;

  size->points = count_points(plan);
  size->starts = starts_a_point(n) * size->points;
  if (homotopy || !(size->starts <= (double)KrPointsOf(plan)->search.starts) ||
      KrPointsOf(plan)->census.missing == 0.0)
    size->starts = (double)KrPointsOf(plan)->search.starts;
  size->starts  = ceil(size->starts);
  size->seconds = size->starts * (homotopy ? STEPS_A_PATH : STEPS_A_START) * flops / FLOPS_A_SECOND;
  held          = PetscMin(size->points * plan->campaign.group_size, ROUND * size->starts);
  size->bytes   = BYTES_FACTOR * PetscMax(PetscMin(size->points, size->starts), held) *
                ((double)sizeof(KrPoint) + 8.0 * columns);
  if (homotopy) size->bytes += PATH_BYTES * size->starts;
}

/* The size of the census of a sample; refuses one that cannot be completed or held, unless the user has said how many
   starts to make. Collective on world. */
PetscErrorCode KrPlanCheckSize(MPI_Comm world, const KrPlan *plan, KrCensusSize *size)
{
  const PetscBool homotopy =
    KrPointsOf(plan)->search.kind == KR_SEARCH_HOMOTOPY ? PETSC_TRUE : PETSC_FALSE;
  double wanted, memory;

  PetscFunctionBeginUser;
  KrPlanSize(plan, size);
  memory = plan->model.memory * plan->campaign.group_size;
  KR_CHECK_INPUT(
    !homotopy || memory <= 0.0 || PATH_BYTES * size->starts <= memory, world,
    "-model_n %d: a homotopy has %.3g paths, their ends need %.3g GB and a group of %d ranks has "
    "%.3g GB; raise -campaign_group_size, or take -search_kind all",
    plan->model.n, size->starts, 1e-9 * PATH_BYTES * size->starts, plan->campaign.group_size,
    1e-9 * memory);
  if (homotopy || !isfinite(size->points)) PetscFunctionReturn(PETSC_SUCCESS);
  wanted = starts_a_point(plan->model.n) * size->points;
  KR_CHECK_INPUT(
    KrPointsOf(plan)->search.starts_given || wanted <= (double)KrPointsOf(plan)->search.starts,
    world,
    "-model_n %d: a sample has %.3g points on average, a complete census takes about %.3g starts; "
    "give -search_energy lo:hi for a part of it, -search_kind minima, or say -search_starts "
    "yourself",
    plan->model.n, size->points, wanted);
  KR_CHECK_INPUT(
    memory <= 0.0 || size->bytes <= memory, world,
    "-model_n %d: a sample has %.3g points on average, its list needs %.3g GB and a group of %d "
    "ranks has %.3g GB; raise -campaign_group_size, or give -search_energy lo:hi for a part of it",
    plan->model.n, size->points, 1e-9 * size->bytes, plan->campaign.group_size, 1e-9 * memory);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Refuses a limit of time in which a sample cannot be finished, when its search cannot be interrupted. Collective on
   world. */
PetscErrorCode KrPlanCheckTime(MPI_Comm world, const KrPlan *plan, const KrCensusSize *size)
{
  const PetscBool homotopy =
    KrPointsOf(plan)->search.kind == KR_SEARCH_HOMOTOPY ? PETSC_TRUE : PETSC_FALSE;
  const double wall = size->seconds / plan->campaign.group_size;

  PetscFunctionBeginUser;
  if (plan->campaign.maxtime == 0.0) PetscFunctionReturn(PETSC_SUCCESS);
  KR_CHECK_INPUT(!isfinite(wall) || wall <= plan->campaign.maxtime ||
                   (plan->campaign.checkpoint > 0.0 && !homotopy),
                 world,
                 "-campaign_maxtime %g: a sample takes about %.3g s and keeps no state on the way; "
                 "give more time%s",
                 plan->campaign.maxtime, wall, homotopy ? "" : ", or a -campaign_checkpoint");
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Whether starts leave half of a group's places empty, at least. Descents only: dense Newton steps are taken by one
   rank, so that splitting the contraction would save little. */
PetscBool KrPlanFewStarts(const KrPlan *plan, char reason[], size_t length)
{
  const int a_rank =
    KrSearchLanes(&KrPointsOf(plan)->search) == 1 ? 1 : KR_LANES; /* to keep it busy */
  const int group_size = plan->campaign.group_size;

  if (KrPointsOf(plan)->search.kind != KR_SEARCH_MINIMA || plan->model.n < SPREAD_N_MIN ||
      2 * KrPointsOf(plan)->search.starts > (int64_t)group_size * a_rank)
    return PETSC_FALSE;
  (void)snprintf(reason, length, "%lld starts fill at most half of the %d x %d places of a group",
                 (long long)KrPointsOf(plan)->search.starts, group_size, a_rank);
  return PETSC_TRUE;
}
