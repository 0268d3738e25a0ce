/* Index, margin and extreme eigenvalues of each distinct point, each computed by one of the sharers. */
#include "census_impl.h"
#include <math.h>
#include <string.h>

/* Results of one point, as reals so that they add up over ranks: the others contribute zeros. */
typedef struct {
  double flip, index, margin, lambda_min;
} Character;

/* All eigenvalues of a minimum, shifted and scaled to the semicircle's [-2, 2]. */
static void add_to_histogram(KrCensus census, double mu, const KrSpectrum *spectrum)
{
  const double scale = 1.0 / sqrt(KrMixtureValue(&census->f, 2, 1.0));
  const int    times =
    census->table.symmetry == KR_SYMMETRY_EVEN ? 2 : 1; /* its antipode is a minimum too */

  for (int i = 0; spectrum->index == 0 && i < spectrum->n_all; ++i) {
    const double t   = (spectrum->all[i] + mu) * scale + KR_SPECTRUM_EDGE;
    const int    bin = (int)floor(t * KR_SPECTRUM_BINS / (2.0 * KR_SPECTRUM_EDGE));

    if (bin >= 0 && bin < KR_SPECTRUM_BINS) census->minima_spectrum[bin] += times;
  }
}

/* Of an odd pair the member of lower index stands for both, and at equal indices the one of lower energy. */
static PetscBool is_other_member(const struct KrCensus_s *census, int index)
{
  return census->table.symmetry == KR_SYMMETRY_ODD && index > census->n - 1 - index ? PETSC_TRUE
                                                                                    : PETSC_FALSE;
}

static PetscErrorCode characterise(KrCensus census, int64_t i, KrSpectrum *spectrum,
                                   Character *character)
{
  const int n  = census->n;
  double   *x  = census->table.x + i * n;
  double    mu = census->table.points[i].mu;

  PetscFunctionBeginUser;
  PetscCall(KrSpectrumCompute(&census->spectrum, census->model, x, spectrum));
  if (is_other_member(census,
                      spectrum->index)) { /* rare: near e = 0 the energy does not tell the index */
    for (int a = 0; a < n; ++a) x[a] = -x[a];
    PetscCall(KrSpectrumCompute(&census->spectrum, census->model, x, spectrum));
    for (int a = 0; a < n; ++a) x[a] = -x[a];
    character->flip = 1.0;
    mu              = -mu;
  }
  character->index      = spectrum->index;
  character->margin     = spectrum->margin;
  character->lambda_min = spectrum->lowest[0];
  add_to_histogram(census, mu, spectrum);
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
  for (int64_t i = rank; i < n_points; i += size) {
    KrSpectrum spectrum = {.lowest  = census->lowest + i * n_lowest,
                           .highest = census->highest + i * n_highest,
                           .all     = all};

    PetscCall(characterise(census, i, &spectrum, &characters[i]));
  }
  PetscCall(PetscFree(all));
  PetscCall(KrSumReals(census->sharers, n_points * n_lowest, census->lowest));
  PetscCall(KrSumReals(census->sharers, n_points * n_highest, census->highest));
  PetscCall(KrSumReals(census->sharers, n_points * (int64_t)(sizeof *characters / sizeof(double)),
                       (double *)characters));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, census->minima_spectrum, KR_SPECTRUM_BINS, MPI_INT64_T,
                             MPI_SUM, census->sharers));
  apply(census, characters);
  PetscCall(PetscFree(characters));
  PetscFunctionReturn(PETSC_SUCCESS);
}
