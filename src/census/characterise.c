/* Index, margin and extreme eigenvalues of each distinct point, each computed by one of the sharers. */
#include "census_impl.h"
#include "certifier.h"
#include <math.h>
#include <string.h>

/* Results of one point, as reals so that they add up over ranks: the others contribute zeros. */
typedef struct {
  double flip, index, margin, lambda_min;
  double
    moved; /* 1: a Newton step was needed for the proof, and the next three hold for the new point */
  double energy, mu, residual;
  double radius, index_proved; /* 0: nothing is proved */
  double ball_energy, energy_error;
} Character;

/* the Lanczos quadrature where not all eigenvalues are known */
#define DENSITY_VECTORS 20
#define DENSITY_STEPS   80 /* of each vector: as many as bins in the bulk */

/* Where an eigenvalue lies in the histogram, in bins: shifted and scaled to the semicircle's [-2, 2]. */
static double place_of(const struct KrCensus_s *census, double mu, double eigenvalue)
{
  const double scale = 1.0 / sqrt(KrMixtureValue(&census->f, 2, 1.0));

  return ((eigenvalue + mu) * scale + KR_SPECTRUM_EDGE) * KR_SPECTRUM_BINS /
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

/* Adds the quadrature of one vector. A Gauss rule tells the distribution best at half of the weight of a node: between
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
  double shares[KR_SPECTRUM_BINS + 1] = {0.0}, *nodes, *weights;
  int    n_nodes[DENSITY_VECTORS];
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
  apportion(KR_SPECTRUM_BINS + 1, shares, census->n - 1, counts);
  PetscCall(PetscFree2(nodes, weights));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The eigenvalues of a minimum x. */
static PetscErrorCode add_to_histogram(KrCensus census, const double x[], double mu,
                                       const KrSpectrum *spectrum)
{
  const int times =
    census->table.symmetry == KR_SYMMETRY_EVEN ? 2 : 1; /* its antipode is a minimum too */
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
static PetscBool is_other_member(const struct KrCensus_s *census, int index)
{
  return census->table.symmetry == KR_SYMMETRY_ODD && index > census->n - 1 - index ? PETSC_TRUE
                                                                                    : PETSC_FALSE;
}

static void negate(int n, double x[])
{
  for (int i = 0; i < n; ++i) x[i] = -x[i];
}

/* Proves point i; certifier NULL: not wanted. */
static PetscErrorCode certify(KrCensus census, KrCertifier *certifier, int64_t i,
                              KrCertificate *proof, Character *character)
{
  int n_steps = 0;

  PetscFunctionBeginUser;
  *proof = (KrCertificate){.index = -1};
  if (certifier == NULL) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KrCertifierPolish(certifier, census->table.x + i * census->n, proof, &n_steps));
  if (!proof->exists) PetscFunctionReturn(PETSC_SUCCESS);
  character->moved        = n_steps > 0;
  character->energy       = proof->energy;
  character->mu           = proof->mu;
  character->residual     = proof->residual;
  character->radius       = proof->radius;
  character->index_proved = proof->index >= 0;
  character->ball_energy  = proof->energy;
  character->energy_error = proof->energy_error;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The table of each sharer gets the point that its rank has moved. */
static PetscErrorCode share_moved(KrCensus census, const Character characters[])
{
  PetscMPIInt size;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_size(census->sharers, &size));
  for (int64_t i = 0; i < census->table.n_points; ++i) {
    KrPoint *point = &census->table.points[i];

    if (characters[i].moved == 0.0) continue;
    PetscCallMPI(MPI_Bcast(census->table.x + i * census->n, census->n, MPI_DOUBLE,
                           (PetscMPIInt)(i % size), census->sharers));
    point->energy   = characters[i].energy;
    point->mu       = characters[i].mu;
    point->residual = characters[i].residual;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What is proved, into the points. Every sharer has the same. */
static PetscErrorCode record_proofs(KrCensus census, const Character characters[])
{
  const int64_t n_points = census->table.n_points;
  KrBall       *balls;
  int          *touches;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2(n_points, &balls, n_points, &touches));
  for (int64_t i = 0; i < n_points; ++i)
    balls[i] =
      (KrBall){characters[i].ball_energy, characters[i].energy_error, characters[i].radius, i};
  PetscCall(KrCertifierSeparate(census->n, census->table.symmetry, n_points, balls, census->table.x,
                                touches));
  for (int64_t i = 0; i < n_points; ++i) {
    KrPoint        *point  = &census->table.points[i];
    const PetscBool exists = characters[i].radius > 0.0 ? PETSC_TRUE : PETSC_FALSE;

    point->radius      = exists ? characters[i].radius : NAN;
    point->certificate = 0;
    if (exists) point->certificate |= KR_CERTIFIED_EXISTS;
    if (exists && !touches[i]) point->certificate |= KR_CERTIFIED_DISTINCT;
    if (characters[i].index_proved != 0.0) point->certificate |= KR_CERTIFIED_INDEX;
  }
  PetscCall(PetscFree2(balls, touches));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode characterise(KrCensus census, KrCertifier *certifier, int64_t i,
                                   KrSpectrum *spectrum, Character *character)
{
  const int     n  = census->n;
  double       *x  = census->table.x + i * n;
  double        mu = census->table.points[i].mu;
  KrCertificate proof;

  PetscFunctionBeginUser;
  PetscCall(certify(census, certifier, i, &proof, character));
  if (character->moved != 0.0) mu = proof.mu;
  PetscCall(KrSpectrumCompute(&census->spectrum, census->model, x, spectrum));
  if (proof.index >= 0)
    spectrum->index = proof.index; /* differs at most where an eigenvalue is nearly zero */
  if (is_other_member(census,
                      spectrum->index)) { /* rare: near e = 0 the energy does not tell the index */
    negate(n, x);
    mu = -mu;
    PetscCall(KrSpectrumCompute(&census->spectrum, census->model, x, spectrum));
    if (proof.index >= 0) spectrum->index = n - 1 - proof.index;
    character->flip = 1.0;
  }
  PetscCall(add_to_histogram(census, x, mu, spectrum));
  if (character->flip != 0.0) negate(n, x);
  character->index      = spectrum->index;
  character->margin     = spectrum->margin;
  character->lambda_min = spectrum->lowest[0];
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void apply(KrCensus census, const Character *characters)
{
  for (int64_t i = 0; i < census->table.n_points; ++i) {
    KrPoint *point = &census->table.points[i];

    if (characters[i].flip != 0.0) KrPointFlip(census->n, point, census->table.x + i * census->n);
    point->index      = (int32_t)characters[i].index;
    point->margin     = characters[i].margin;
    point->lambda_min = characters[i].lambda_min;
  }
}

/* Collective on sharers and on the model's communicator; every rank holds the same table before and after. */
PetscErrorCode KrCensusCharacterise(KrCensus census)
{
  const int64_t n_points = census->table.n_points;
  const int     n_lowest = census->spectrum.lowest, n_highest = census->spectrum.highest;
  KrCertifier   certifier;
  PetscBool     certifies;
  Character    *characters;
  double       *all;
  PetscMPIInt   rank, size;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(census->sharers, &rank));
  PetscCallMPI(MPI_Comm_size(census->sharers, &size));
  PetscCall(PetscFree2(census->lowest, census->highest));
  PetscCall(
    PetscCalloc2(n_points * n_lowest, &census->lowest, n_points * n_highest, &census->highest));
  PetscCall(PetscCalloc1(n_points, &characters));
  PetscCall(PetscMalloc1(census->n, &all));
  (void)memset(census->minima_spectrum, 0, sizeof census->minima_spectrum);
  certifies = KrCensusCertifies(&census->options, census->n, &census->f);
  if (certifies) PetscCall(KrCertifierCreate(census->model, &certifier));
  for (int64_t i = rank; i < n_points; i += size) {
    KrSpectrum spectrum = {.lowest  = census->lowest + i * n_lowest,
                           .highest = census->highest + i * n_highest,
                           .all     = all};

    PetscCall(characterise(census, certifies ? &certifier : NULL, i, &spectrum, &characters[i]));
  }
  if (certifies) PetscCall(KrCertifierDestroy(&certifier));
  PetscCall(PetscFree(all));
  PetscCall(KrSumReals(census->sharers, n_points * n_lowest, census->lowest));
  PetscCall(KrSumReals(census->sharers, n_points * n_highest, census->highest));
  PetscCall(KrSumReals(census->sharers, n_points * (int64_t)(sizeof *characters / sizeof(double)),
                       (double *)characters));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, census->minima_spectrum, KR_SPECTRUM_BINS, MPI_INT64_T,
                             MPI_SUM, census->sharers));
  PetscCall(share_moved(census, characters));
  PetscCall(record_proofs(census, characters));
  apply(census, characters);
  PetscCall(PetscFree(characters));
  PetscFunctionReturn(PETSC_SUCCESS);
}
