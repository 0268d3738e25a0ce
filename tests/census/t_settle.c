/* kr_test: ranks=1,2,4 labels=census,parallel */
/* Finds of all ranks meet where their energy belongs: equal ones are one point with the hits of all, antipodes of pure
   models too, and the table does not depend on the number of ranks. What comes out is known from how the finds were
   made up. */
#include "census_test.h"

enum { N = 6, POINTS = 316, STARTS = 3000 };

/* Finds of a point have an energy up to 3e-9 too high or low: within the tolerance of 1e-8. Energies are multiples of
   their range / 4095, where bounds between ranks are first put: right between twins, if these are not kept together. */
static double energy_of(int point, int64_t start)
{
  const double noise = point == 0 || point == POINTS - 1 ? 0.0 : 3e-9 * (double)(start % 3 - 1);

  return -1.5 + 13.0 * point / 4095.0 + noise;
}

static int point_of(int64_t start)
{
  const KrRandomKey key = {.seed = 5, .stream = KR_STREAM_TEST};

  return start < POINTS ? (int)(start * 5 % POINTS)
                        : (int)(POINTS * KrRandomUniform(&key, (uint64_t)start));
}

/* The find of a start, the one of its pair that stands for it; coordinates differ in the last digits. */
static KrPoint find_of(KrParity symmetry, int64_t start, double x[N])
{
  const int         point    = point_of(start);
  const KrRandomKey of_point = {.seed = 6, .stream = KR_STREAM_TEST, .sample = (uint64_t)point};
  int               largest  = 0;

  KrRandomNormals(&of_point, 0, N, x);
  KrSphereNormalise(N, x);
  x[start % N] += 1e-12 * (double)(start % 7);
  for (int i = 1; i < N; ++i)
    if (fabs(x[i]) > fabs(x[largest])) largest = i;
  for (int i = 0; symmetry == KR_PARITY_EVEN && x[largest] < 0.0 && i <= N; ++i)
    if (i != largest && i < N) x[i] = -x[i];
  if (symmetry == KR_PARITY_EVEN) x[largest] = fabs(x[largest]);
  return (KrPoint){.energy      = energy_of(point, start),
                   .mu          = 3.0 * energy_of(point, start),
                   .first_start = start,
                   .index       = point % N};
}

/* Gives the find to the census; every other one of a model with a symmetry as its antipode. */
static PetscErrorCode add(KrCensus census, KrParity symmetry, int64_t start)
{
  double    x[N];
  KrPoint   point = find_of(symmetry, start, x);
  KrOutcome outcome;

  PetscFunctionBeginUser;
  if (symmetry != KR_PARITY_NONE && start % 2 == 1)
    for (int i = 0; i < N; ++i) x[i] = -x[i];
  if (symmetry == KR_PARITY_ODD && start % 2 == 1) {
    point.energy = -point.energy;
    point.mu     = -point.mu;
    point.index  = N - 1 - point.index;
  }
  outcome = (KrOutcome){.start  = start,
                        .reason = KR_FOUND,
                        .index  = point.index,
                        .energy = point.energy,
                        .mu     = point.mu,
                        .x      = x};
  PetscCall(KrCensusAdd(census, &outcome));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The points a rank holds after n_starts: each that of its first start, bit for bit, with the hits of all starts. */
static PetscErrorCode check_points(const KrTable *table, KrParity symmetry, int64_t n_starts)
{
  int64_t hits[POINTS] = {0}, first[POINTS];

  PetscFunctionBeginUser;
  for (int64_t start = n_starts - 1; start >= 0; --start) {
    hits[point_of(start)] += 1;
    first[point_of(start)] = start;
  }
  for (int64_t i = 0; i < table->n_points; ++i) {
    const KrPoint *got   = &table->points[i];
    const int      point = point_of(got->first_start);
    double         x[N];
    const KrPoint  want = find_of(symmetry, got->first_start, x);

    PetscCall(KrExpectEqualInt("first start", got->first_start, first[point]));
    PetscCall(KrExpectEqualInt("hits", got->hits, hits[point]));
    PetscCall(KrExpectNear("energy", got->energy, want.energy, 0.0));
    PetscCall(KrExpectNear("mu", got->mu, want.mu, 0.0));
    PetscCall(KrExpectEqualInt("index", got->index, want.index));
    PetscCall(KrExpect("coordinates", memcmp(table->x + i * N, x, sizeof x) == 0));
    PetscCall(
      KrExpect("in the order of the starts", i == 0 || got[-1].first_start < got->first_start));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* All points once, their energies ascend with the rank, and the ranks have equally many. */
static PetscErrorCode check_shares(const KrTable *table, int rank, int n_ranks)
{
  double  range[2] = {INFINITY, -INFINITY}, all[2 * 4];
  int64_t total    = table->n_points;

  PetscFunctionBeginUser;
  for (int64_t i = 0; i < table->n_points; ++i) {
    range[0] = fmin(range[0], table->points[i].energy);
    range[1] = fmax(range[1], table->points[i].energy);
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &total, 1, MPI_INT64_T, MPI_SUM, PETSC_COMM_WORLD));
  PetscCallMPI(MPI_Allgather(range, 2, MPI_DOUBLE, all, 2, MPI_DOUBLE, PETSC_COMM_WORLD));
  PetscCall(KrExpectEqualInt("points of all ranks", total, POINTS));
  if (rank > 0) PetscCall(KrExpect("ascending", all[2 * rank - 1] < all[2 * rank]));
  /* not one point is in the same bin as another; a few finds of one are counted twice before they meet */
  PetscCall(KrExpectNear("equal shares", (double)table->n_points, (double)POINTS / n_ranks, 30.0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Starts in three rounds, shared in turn; settled after each, and once more with nothing new. */
static PetscErrorCode check_settle(const KrMixture *f)
{
  KrModel     model;
  KrCensus    census;
  KrParity    symmetry;
  PetscMPIInt rank, n_ranks;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &n_ranks));
  PetscCall(make_model(PETSC_COMM_SELF, f, N, &model));
  PetscCall(KrModelGetParity(model, &symmetry));
  PetscCall(make_census(model, PETSC_COMM_WORLD, 0.0, 0.0, &census));
  for (int round = 0; round < 4; ++round) {
    const int64_t begin = PetscMin(round, 3) * STARTS / 3,
                  end   = PetscMin(round + 1, 3) * STARTS / 3;

    for (int64_t start = begin + (rank + n_ranks - begin % n_ranks) % n_ranks; start < end;
         start += n_ranks)
      PetscCall(add(census, symmetry, start));
    PetscCall(KrCensusSettle(census));
    PetscCall(check_points(&census->table, symmetry, end));
    PetscCall(check_shares(&census->table, rank, n_ranks));
  }
  PetscCall(KrCensusDestroy(&census));
  PetscCall(KrModelDestroy(&model));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The tensor is spread and the first rank searches: then all get its table. */
static PetscErrorCode check_share(const KrMixture *f)
{
  KrModel     model;
  KrCensus    census;
  KrParity    symmetry;
  PetscMPIInt rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  PetscCall(make_model(PETSC_COMM_WORLD, f, N, &model));
  PetscCall(KrModelGetParity(model, &symmetry));
  PetscCall(make_census(model, PETSC_COMM_SELF, 0.0, 0.0, &census));
  for (int64_t start = 0; rank == 0 && start < STARTS; ++start)
    PetscCall(add(census, symmetry, start));
  PetscCall(KrCensusShare(census));
  PetscCall(KrExpectEqualInt("points of each rank", census->table.n_points, POINTS));
  PetscCall(check_points(&census->table, symmetry, STARTS));
  PetscCall(KrCensusDestroy(&census));
  PetscCall(KrModelDestroy(&model));
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char **argv)
{
  static const KrMixture laws[] = {
    {1, {3}, {1.0}}, {1, {4}, {1.0}}, {2, {3, 4}, {0.36, 0.64}}}; /* odd, even, no symmetry */

  PetscFunctionBeginUser;
  PetscCall(KrTestBegin(&argc, &argv));
  for (int l = 0; l < 3; ++l) {
    PetscCall(check_settle(&laws[l]));
    PetscCall(check_share(&laws[l]));
  }
  return KrTestEnd();
}
