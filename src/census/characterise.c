/* Index, margin and extreme eigenvalues of each distinct point, each computed by one of the sharers. */
#include "certifier.h"
#include "census_impl.h"
#include <math.h>
#include <string.h>

/* the Lanczos quadrature where not all eigenvalues are known */
#define DENSITY_VECTORS 20
#define DENSITY_STEPS   80 /* of each vector: as many as bins in the bulk */

/* Where an eigenvalue lies in the histogram, in bins: shifted and scaled to the semicircle's [-2, 2], by what the model
   knows of its bulk. */
static double place_of(const struct KrCensus_s *census, double mu, double eigenvalue)
{
  double centre = 0.0, scale = 1.0;

  (void)KrModelBulk(census->model, mu, &centre, &scale);
  return ((eigenvalue - centre) * (1.0 / scale) + KR_SPECTRUM_EDGE) * KR_SPECTRUM_BINS /
         (2.0 * KR_SPECTRUM_EDGE);
}

/* Bin of a place; KR_SPECTRUM_BINS: in none. */
static int bin_of(double place)
{
  return place >= 0.0 && place < KR_SPECTRUM_BINS ? (int)place : KR_SPECTRUM_BINS;
}

/* Adds a mass, even between two places. */
static void spread_mass(double from, double to, double mass, double shares[])
{
  const double width = to - from;

  if (width == 0.0) {
    shares[bin_of(from)] += mass;
    return;
  }
  while (from < to) {
    const double end = fmin(to, floor(from) + 1.0);

    shares[bin_of(from)] += mass * (end - from) / width;
    from = end;
  }
}

/* Adds the quadrature of one vector. A Gauss rule tells the distribution best at half of the weight of a node:
   between
   two nodes lies half of what both weigh. */
static void spread_quadrature(const struct KrCensus_s *census, double mu, int n_nodes,
                              const double nodes[], const double weights[], double shares[])
{
  double place = place_of(census, mu, nodes[0]);

  shares[bin_of(place)] += 0.5 * weights[0];
  for (int i = 1; i < n_nodes; ++i) {
    const double next = place_of(census, mu, nodes[i]);

    spread_mass(place, next, 0.5 * (weights[i - 1] + weights[i]), shares);
    place = next;
  }
  shares[bin_of(place)] += 0.5 * weights[n_nodes - 1];
}

/* Whole numbers in proportion to shares that sum to 1, with the right sum: rounded down, and what is left goes to the
   largest remainders. */
static void apportion(int n_shares, const double shares[], int64_t total, int64_t counts[])
{
  int64_t left = total;

  for (int i = 0; i < n_shares; ++i) {
    counts[i] = (int64_t)floor(shares[i] * (double)total);
    left -= counts[i];
  }
  for (; left > 0; --left) {
    int best = 0;

    for (int i = 1; i < n_shares; ++i)
      if (shares[i] * (double)total - (double)counts[i] >
          shares[best] * (double)total - (double)counts[best])
        best = i;
    counts[best] += 1;
  }
}

/* Eigenvalues in each bin by the quadrature of the spectrum at x. */
static PetscErrorCode count_by_density(KrCensus census, const double x[], double mu,
                                       int64_t counts[])
{
  double shares[KR_SPECTRUM_BINS + 1] = {0.0}, *nodes, *weights, *modes;
  int    n_nodes[DENSITY_VECTORS], n_values;
  size_t done = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2(DENSITY_VECTORS * DENSITY_STEPS, &nodes, DENSITY_VECTORS * DENSITY_STEPS,
                         &weights));
  PetscCall(KrSpectrumDensity(&census->spectrum, census->model, x, DENSITY_VECTORS, DENSITY_STEPS,
                              n_nodes, nodes, weights));
  for (int v = 0; v < DENSITY_VECTORS; ++v) {
    spread_quadrature(census, mu, n_nodes[v], nodes + done, weights + done, shares);
    done += (size_t)n_nodes[v];
  }
  PetscCall(PetscMalloc1((size_t)census->shape->symmetry->n_modes_max * (size_t)census->n, &modes));
  n_values = census->n - census->manifold->n_radial -
             KrSymmetryZeroModes(census->shape->symmetry, census->n, x, modes);
  apportion(KR_SPECTRUM_BINS + 1, shares, n_values, counts);
  PetscCall(PetscFree(modes));
  PetscCall(PetscFree2(nodes, weights));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The eigenvalues of a minimum x. */
static PetscErrorCode add_to_histogram(KrCensus census, const double x[], double mu,
                                       const KrSpectrum *spectrum)
{
  const int times =
    census->table.symmetry == KR_PARITY_EVEN ? 2 : 1; /* its antipode is a minimum too */
  int64_t counts[KR_SPECTRUM_BINS + 1] = {0};

  PetscFunctionBeginUser;
  if (spectrum->index > 0) PetscFunctionReturn(PETSC_SUCCESS);
  for (int i = 0; i < spectrum->n_all; ++i)
    counts[bin_of(place_of(census, mu, spectrum->all[i]))] += 1;
  if (spectrum->n_all == 0 && census->n > 1) PetscCall(count_by_density(census, x, mu, counts));
  for (int b = 0; b < KR_SPECTRUM_BINS; ++b) census->minima_spectrum[b] += times * counts[b];
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Of an odd pair the member of lower index stands for both, and at equal indices the one of lower energy. */
static PetscBool is_other_member(const struct KrCensus_s *census, int index, int nullity)
{
  return census->table.symmetry == KR_PARITY_ODD && index > census->n - 1 - nullity - index
           ? PETSC_TRUE
           : PETSC_FALSE;
}

/* Proves a point, which may move it a little; the ball has radius 0 when nothing is proved. */
static PetscErrorCode certify(KrCertifier *certifier, KrPoint *point, double x[],
                              KrCertificate *proof, KrBall *ball)
{
  int n_steps = 0;

  PetscFunctionBeginUser;
  PetscCall(KrCertifierPolish(certifier, x, proof, &n_steps));
  if (!proof->exists) PetscFunctionReturn(PETSC_SUCCESS);
  if (n_steps > 0) {
    point->energy   = proof->energy;
    point->mu       = proof->mu;
    point->residual = proof->residual;
  }
  point->radius = proof->radius;
  point->certificate |= KR_CERTIFIED_EXISTS;
  if (proof->index >= 0) point->certificate |= KR_CERTIFIED_INDEX;
  ball->energy       = proof->energy;
  ball->energy_error = proof->energy_error;
  ball->radius       = proof->radius;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Eigenvalues of a singular point, or of one of a set: nothing can be proved of it by the means of regular ones, and
   its
   index is the one that was found with its null directions. */
static PetscErrorCode characterise_singular(KrCensus census, int64_t i, KrSpectrum *spectrum)
{
  double  *x     = census->table.x + i * census->n;
  KrPoint *point = &census->table.points[i];

  PetscFunctionBeginUser;
  if (is_other_member(census, point->index, point->nullity)) KrPointFlip(census->n, point, x);
  PetscCall(KrSpectrumCompute(&census->spectrum, census->model, x, spectrum));
  point->margin     = spectrum->margin;
  point->lambda_min = spectrum->lowest[0];
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Proof, spectrum, index and margin of a point; the other member may turn out to be the one that stands for the
   pair. */
static PetscErrorCode characterise(KrCensus census, KrCertifier *certifier, int64_t i,
                                   KrSpectrum *spectrum, KrBall *ball)
{
  double       *x     = census->table.x + i * census->n;
  KrPoint      *point = &census->table.points[i];
  KrCertificate proof = {.index = -1};

  PetscFunctionBeginUser;
  *ball              = (KrBall){.place = i};
  point->radius      = NAN;
  point->certificate = 0;
  if (point->nullity > 0) {
    PetscCall(characterise_singular(census, i, spectrum));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  point->multiplicity = 1;
  if (certifier != NULL) PetscCall(certify(certifier, point, x, &proof, ball));
  PetscCall(KrSpectrumCompute(&census->spectrum, census->model, x, spectrum));
  if (proof.index >= 0)
    spectrum->index = proof.index; /* differs at most where an eigenvalue is nearly zero */
  if (is_other_member(census, spectrum->index,
                      0)) { /* rare: near e = 0 the energy does not tell the index */
    KrPointFlip(census->n, point, x);
    PetscCall(KrSpectrumCompute(&census->spectrum, census->model, x, spectrum));
    if (proof.index >= 0) spectrum->index = census->n - 1 - proof.index;
  }
  PetscCall(add_to_histogram(census, x, point->mu, spectrum));
  PetscCheck(spectrum->index < census->n, PETSC_COMM_SELF, PETSC_ERR_SUP,
             "a maximum of a free energy at q = %.6g: there is no room for the index N = %d",
             point->mu, census->n);
  point->index      = (int32_t)spectrum->index;
  point->margin     = spectrum->margin;
  point->lambda_min = spectrum->lowest[0];
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Energies of this rank's balls that another rank's may have, too: none, as a rule, for ranks own ranges of energy.
   */
static PetscErrorCode find_shared_energies(KrCensus census, const KrBall balls[], double shared[2])
{
  double      mine[2] = {INFINITY, -INFINITY}, *all;
  PetscMPIInt rank, n_ranks;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(census->sharers, &rank));
  PetscCallMPI(MPI_Comm_size(census->sharers, &n_ranks));
  PetscCall(PetscMalloc1(2 * n_ranks, &all));
  for (int64_t i = 0; i < census->table.n_points; ++i) {
    if (balls[i].radius == 0.0) continue;
    mine[0] = fmin(mine[0], balls[i].energy - 2.0 * balls[i].energy_error);
    mine[1] = fmax(mine[1], balls[i].energy + 2.0 * balls[i].energy_error);
  }
  PetscCallMPI(MPI_Allgather(mine, 2, MPI_DOUBLE, all, 2, MPI_DOUBLE, census->sharers));
  shared[0] = -INFINITY; /* below it and above shared[1] */
  shared[1] = INFINITY;
  for (int r = 0; r < n_ranks; ++r) {
    if (all[2 * r] > all[2 * r + 1]) continue;
    if (r < rank) shared[0] = fmax(shared[0], all[2 * r + 1]);
    if (r > rank) shared[1] = fmin(shared[1], all[2 * r]);
  }
  PetscCall(PetscFree(all));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Which of the proved points are proved to be none of the others. */
static PetscErrorCode record_distinct(KrCensus census, const KrBall balls[])
{
  const int64_t n_points  = census->table.n_points;
  double        shared[2] = {-INFINITY, INFINITY};
  int          *touches;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(n_points, &touches));
  PetscCall(KrCertifierSeparate(census->n, census->table.symmetry, n_points, balls, census->table.x,
                                touches));
  PetscCall(find_shared_energies(census, balls, shared));
  for (int64_t i = 0; i < n_points; ++i) {
    KrPoint      *point = &census->table.points[i];
    const KrBall *ball  = &balls[i];

    if (ball->radius > 0.0 && !touches[i] && ball->energy - 2.0 * ball->energy_error > shared[0] &&
        ball->energy + 2.0 * ball->energy_error < shared[1])
      point->certificate |= KR_CERTIFIED_DISTINCT;
  }
  PetscCall(PetscFree(touches));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Each of this rank's points, until it is asked to stop. */
static PetscErrorCode characterise_all(KrCensus census, KrCertifier *certifier, double all[],
                                       KrBall balls[], PetscErrorCode *code)
{
  const int n_lowest = census->spectrum.lowest, n_highest = census->spectrum.highest;

  PetscFunctionBeginUser;
  *code = PETSC_SUCCESS;
  for (int64_t i = 0; i < census->table.n_points; ++i) {
    KrSpectrum spectrum = {.lowest  = census->lowest + i * n_lowest,
                           .highest = census->highest + i * n_highest,
                           .all     = all};

    PetscCall(KrStopLook(census->comm, "certificates", code));
    if (*code != 0) break;
    PetscCall(characterise(census, certifier, i, &spectrum, &balls[i]));
  }
  PetscCall(KrStopAgree(census->sharers, code));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode describe_points(KrCensus census, PetscErrorCode *code)
{
  const int64_t   n_points = census->table.n_points;
  const PetscBool certifies =
    KrCensusCertifies(&census->options, census->n, census->has_law ? &census->f : NULL);
  KrCertifier certifier;
  KrBall     *balls;
  double     *all;

  PetscFunctionBeginUser;
  PetscCall(PetscFree2(census->lowest, census->highest));
  PetscCall(PetscCalloc2(n_points * census->spectrum.lowest, &census->lowest,
                         n_points * census->spectrum.highest, &census->highest));
  PetscCall(PetscMalloc2(census->n, &all, n_points, &balls));
  (void)memset(census->minima_spectrum, 0, sizeof census->minima_spectrum);
  if (certifies) PetscCall(KrCertifierCreate(census->model, &certifier));
  PetscCall(characterise_all(census, certifies ? &certifier : NULL, all, balls, code));
  if (certifies) PetscCall(KrCertifierDestroy(&certifier));
  if (*code == 0) PetscCall(record_distinct(census, balls));
  PetscCall(PetscFree2(all, balls));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Collective on sharers and on the model's communicator, whose ranks hold the same table; the sharers each do their own
   points. KR_ERR_STOPPED on all of them when one was asked to stop: the points are then as they were found. */
PetscErrorCode KrCensusCharacterise(KrCensus census)
{
  const size_t   n_points = (size_t)census->table.n_points, n = (size_t)census->n;
  KrPoint       *points;
  double        *x;
  PetscErrorCode code;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2(n_points, &points, n_points * n, &x));
  if (n_points > 0) {
    (void)memcpy(points, census->table.points, n_points * sizeof *points);
    (void)memcpy(x, census->table.x, n_points * n * sizeof *x);
  }
  PetscCall(describe_points(census, &code));
  if (code != 0 && n_points > 0) {
    (void)memcpy(census->table.points, points, n_points * sizeof *points);
    (void)memcpy(census->table.x, x, n_points * n * sizeof *x);
  }
  PetscCall(PetscFree2(points, x));
  if (code != 0) PetscFunctionReturn(code);
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, census->minima_spectrum, KR_SPECTRUM_BINS, MPI_INT64_T,
                             MPI_SUM, census->sharers));
  PetscFunctionReturn(PETSC_SUCCESS);
}
