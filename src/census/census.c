/* Life cycle of a census: outcomes in, one record out. */
#include "census_impl.h"
#include <stdlib.h>
#include <string.h>

#define AT(member) offsetof(KrCensusOptions, member)

/* clang-format off */
static const KrOption option_list[] = {
  {"-census_overlap_tol", KR_OPTION_REAL, AT(overlap_tol), "1e-9", 1e-15, 0.1, NULL, "",
   "two finds are one point when 1 - overlap is below it", PETSC_TRUE},
  {"-census_energy_tol", KR_OPTION_REAL, AT(energy_tol), "1e-8", 1e-14, 0.1, NULL, "J",
   "and their energy densities differ by less", PETSC_TRUE},
  {"-census_store_points", KR_OPTION_BOOL, AT(store_points), "true", 0, 0, NULL, "",
   "keep the coordinates of the points in the shards", PETSC_TRUE},
  {"-census_certify", KR_OPTION_CHOICE, AT(certify), "auto", 0, 0, "auto|true|false", "",
   "prove existence, index and distinctness of each point; auto: when N <= 100 and points are stored", PETSC_TRUE},
};
/* clang-format on */
const KrOptionTable KrCensusOptionTable = {"Census", option_list,
                                           PETSC_STATIC_ARRAY_LENGTH(option_list)};

/*
  KrCensusCreate - Makes an empty census of the model's present disorder sample.

  Collective on the model's communicator and on sharers

  Input:
+ model    - borrowed, must outlive the census
. sharers  - ranks that each run part of the starts on a model of their own; borrowed. One of the two
             communicators has a single rank
. options  - copied
- spectrum - what to know about each point's Hessian; copied

  Output:
. census - caller destroys with KrCensusDestroy()
*/
PetscErrorCode KrCensusCreate(KrModel model, MPI_Comm sharers, const KrCensusOptions *options,
                              const KrSpectrumOptions *spectrum, KrCensus *census)
{
  PetscInt         n;
  KrSymmetry       symmetry;
  const KrMixture *f;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(census));
  PetscCall(KrModelGetSize(model, &n));
  PetscCall(KrModelGetSymmetry(model, &symmetry));
  PetscCall(KrModelGetMixture(model, &f));
  PetscCall(KrModelGetComm(model, &(*census)->comm));
  (*census)->model    = model;
  (*census)->sharers  = sharers;
  (*census)->options  = *options;
  (*census)->spectrum = *spectrum;
  (*census)->n        = (int)n;
  (*census)->f        = *f;
  PetscCall(
    KrTableCreate((int)n, symmetry, options->overlap_tol, options->energy_tol, &(*census)->table));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrCensusAdd - Takes in how one start ended; a KrOutcomeFn.

  Not collective

  In/out:
. census - a KrCensus

  Input:
. outcome - copied

  Errors: PETSC_ERR_MEM
  Cost:   one look-up by energy, O(N) a candidate
*/
PetscErrorCode KrCensusAdd(void *census, const KrOutcome *outcome)
{
  KrCensus      c     = census;
  const KrPoint point = {.energy      = outcome->energy,
                         .mu          = outcome->mu,
                         .residual    = outcome->residual,
                         .hits        = 1,
                         .first_start = outcome->start};

  PetscFunctionBeginUser;
  c->reasons[outcome->reason] += 1;
  if (outcome->reason == KR_FOUND) PetscCall(KrTableAdd(&c->table, &point, outcome->x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrCensusDestroy - Frees a census; accepts NULL inside and may be called twice.

  Not collective

  In/out:
. census - set to NULL
*/
PetscErrorCode KrCensusDestroy(KrCensus *census)
{
  PetscFunctionBeginUser;
  if (*census == NULL) PetscFunctionReturn(PETSC_SUCCESS);
  KrTableDestroy(&(*census)->table);
  PetscCall(PetscFree2((*census)->lowest, (*census)->highest));
  PetscCall(PetscFree(*census));
  PetscFunctionReturn(PETSC_SUCCESS);
}

typedef struct {
  double  energy;
  int64_t first_start, place;
} SortKey;

static int compare_keys(const void *a, const void *b)
{
  const SortKey *p = a, *q = b;

  if (p->energy != q->energy) return p->energy < q->energy ? -1 : 1;
  return (p->first_start > q->first_start) - (p->first_start < q->first_start);
}

static SortKey *sorted_order(const KrTable *table)
{
  SortKey *order = malloc((size_t)(table->n_points + 1) * sizeof *order);

  if (order == NULL) return NULL;
  for (int64_t i = 0; i < table->n_points; ++i)
    order[i] = (SortKey){table->points[i].energy, table->points[i].first_start, i};
  qsort(order, (size_t)table->n_points, sizeof *order, compare_keys);
  return order;
}

static PetscErrorCode allocate_record(const struct KrCensus_s *census, KrSample *sample)
{
  const size_t points = (size_t)sample->n_points, n = (size_t)census->n;

  PetscFunctionBeginUser;
  sample->points  = calloc(points + 1, sizeof *sample->points);
  sample->lowest  = calloc(points * (size_t)sample->n_lowest + 1, sizeof(double));
  sample->highest = calloc(points * (size_t)sample->n_highest + 1, sizeof(double));
  sample->count   = calloc(n, sizeof *sample->count);
  if (census->options.store_points) sample->x = calloc(points * n + 1, sizeof(double));
  PetscCheck(sample->points != NULL && sample->lowest != NULL && sample->highest != NULL &&
               sample->count != NULL && (sample->x != NULL || !census->options.store_points),
             PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for the record of %lld points",
             (long long)sample->n_points);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void copy_row(int n, const double from[], int64_t i, double to[], int64_t j)
{
  (void)memcpy(to + j * n, from + i * n, (size_t)n * sizeof(double));
}

/* The table in order of energy, into the record. */
static PetscErrorCode fill_record(const struct KrCensus_s *census, KrSample *sample)
{
  const KrTable *table = &census->table;
  SortKey       *order = sorted_order(table);

  PetscFunctionBeginUser;
  PetscCheck(order != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory to sort points");
  PetscCall(allocate_record(census, sample));
  for (int64_t j = 0; j < table->n_points; ++j) {
    const int64_t i = order[j].place;

    sample->points[j] = table->points[i];
    copy_row(sample->n_lowest, census->lowest, i, sample->lowest, j);
    copy_row(sample->n_highest, census->highest, i, sample->highest, j);
    if (sample->x != NULL) copy_row(census->n, table->x, i, sample->x, j);
  }
  free(order);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrCensusFinish - Brings together what all ranks found, gets the Hessian spectra, and writes the record.

  Collective on the model's communicator and on sharers

  Input:
+ census      - all starts are in
- every_index - the search was after critical points of every index: identities over all of them apply

  Output:
. sample - on rank 0 of both communicators: the record, without number, seed and time; caller frees with
           KrSampleDestroy(). Elsewhere zeroed.

  Notes: the same record for any number of sharers
  Cost:  a spectrum of each distinct point, spread over the ranks
*/
PetscErrorCode KrCensusFinish(KrCensus census, PetscBool every_index, KrSample *sample)
{
  PetscMPIInt rank, model_rank;

  PetscFunctionBeginUser;
  *sample = (KrSample){0};
  PetscCall(KrCensusGather(census));
  PetscCall(KrCensusCharacterise(census));
  PetscCallMPI(MPI_Comm_rank(census->sharers, &rank));
  PetscCallMPI(MPI_Comm_rank(census->comm, &model_rank));
  if (rank != 0 || model_rank != 0) PetscFunctionReturn(PETSC_SUCCESS);
  sample->n         = census->n;
  sample->symmetry  = census->table.symmetry;
  sample->n_points  = census->table.n_points;
  sample->n_lowest  = census->spectrum.lowest;
  sample->n_highest = census->spectrum.highest;
  for (int r = 0; r < KR_N_REASONS; ++r) {
    sample->reasons[r] = census->reasons[r];
    sample->starts += census->reasons[r];
  }
  (void)memcpy(sample->minima_spectrum, census->minima_spectrum, sizeof sample->minima_spectrum);
  PetscCall(fill_record(census, sample));
  KrCensusEstimate(&census->f, every_index, sample);
  PetscFunctionReturn(PETSC_SUCCESS);
}
