/* Life cycle of a census: outcomes in, one record out. */
#include "census_impl.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define AT(member) offsetof(KrCensusOptions, member)

/* clang-format off */
static const KrOption option_list[] = {
  {"-census_overlap_tol", KR_OPTION_REAL, AT(overlap_tol), "1e-9", 1e-15, 0.1, NULL, "",
   "two finds are one point when 1 - overlap is below it", PETSC_TRUE},
  {"-census_energy_tol", KR_OPTION_REAL, AT(energy_tol), "1e-8", 1e-14, 0.1, NULL, "J",
   "and their energy densities differ by less; J as of -search_gradient_tol", PETSC_TRUE},
  {"-census_missing", KR_OPTION_REAL, AT(missing), "0.1", 0, 1e6, NULL, "points",
   "a sample is complete when so few are estimated to be missing; 0: make all -search_starts", PETSC_TRUE},
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
. search   - the search whose outcomes come in: kind, window of energies and range of mu; copied
- spectrum - what to know about each point's Hessian; copied

  Output:
. census - caller destroys with KrCensusDestroy()
*/
PetscErrorCode KrCensusCreate(KrModel model, MPI_Comm sharers, const KrCensusOptions *options,
                              const KrSearchOptions *search, const KrSpectrumOptions *spectrum,
                              KrCensus *census)
{
  PetscInt         n;
  const KrMixture *f;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(census));
  PetscCall(KrModelGetSize(model, &n));
  PetscCall(KrModelGetMixture(model, &f));
  PetscCall(KrModelGetShape(model, &(*census)->shape));
  PetscCall(KrModelGetComm(model, &(*census)->comm));
  (*census)->model    = model;
  (*census)->sharers  = sharers;
  (*census)->options  = *options;
  (*census)->search   = *search;
  (*census)->spectrum = *spectrum;
  (*census)->n        = (int)n;
  (*census)->manifold = (*census)->shape->manifold;
  (*census)->has_law  = f != NULL ? PETSC_TRUE : PETSC_FALSE;
  if (f != NULL) (*census)->f = *f;
  PetscCall(KrTableCreate((int)n, (*census)->shape, options->overlap_tol, options->energy_tol,
                          &(*census)->table));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Whether a point, or its antipode, lies in the window of energies. */
static PetscBool is_wanted(const struct KrCensus_s *census, double energy)
{
  const double first = census->search.energy_first, last = census->search.energy_last;

  if (first == last || (energy >= first && energy <= last)) return PETSC_TRUE;
  return census->table.symmetry == KR_PARITY_ODD && -energy >= first && -energy <= last
           ? PETSC_TRUE
           : PETSC_FALSE;
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
  KrCensus c     = census;
  KrPoint  point = {.energy      = outcome->energy,
                    .mu          = outcome->mu,
                    .residual    = outcome->residual,
                    .hits        = 1,
                    .first_start = outcome->start,
                    .index       = outcome->index,
                    .found_index = outcome->index,
                    .nullity     = -1};
  /* the dial that leads to the representative */
  const double sign   = KrPointIsFlipped(c->table.symmetry, &point) ? -1.0 : 1.0;
  const int    cell   = KrCensusCell(sign * outcome->dial);
  KrOrigin    *origin = &c->origins[cell];

  PetscFunctionBeginUser;
  c->reasons[outcome->reason] += 1;
  origin->starts += 1;
  if (outcome->reason != KR_FOUND) PetscFunctionReturn(PETSC_SUCCESS);
  origin->found += 1;
  c->landed[cell][KrCensusCell(KrCensusPlace(c, sign * outcome->mu))] += 1;
  if (!is_wanted(c, outcome->energy)) PetscFunctionReturn(PETSC_SUCCESS);
  point.origin = cell;
  PetscCall(KrTableAdd(&c->table, &point, outcome->x));
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
    order[i] = (SortKey){table->symmetry == KR_PARITY_ODD ? -fabs(table->points[i].energy)
                                                          : table->points[i].energy,
                         table->points[i].first_start, i};
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
  KrCensusFinish - Gets the Hessian spectra of all points, and writes the record.

  Collective on the model's communicator and on sharers

  Input:
. census - all starts are in

  Output:
. sample - the record, without number, seed and time; its points are those this rank owns, ascending with the rank, the
           rest is the same on every rank. On a model's communicator of several ranks all hold the same. Caller frees
           with KrSampleDestroy()

  Notes: the same record for any number of sharers and any pieces. With the coordinates it keeps what it takes to search
         on (KrCensusReopen)
  Errors: KR_ERR_STOPPED on every rank when one was asked to stop: no record, and the census can be saved
  Cost:  a spectrum of each distinct point, spread over the ranks
  See:   KrSampleGather()
*/
PetscErrorCode KrCensusFinish(KrCensus census, KrSample *sample)
{
  PetscErrorCode code;

  PetscFunctionBeginUser;
  *sample = (KrSample){.sample         = census->sample,
                       .seed           = census->seed,
                       .n              = census->n,
                       .symmetry       = census->table.symmetry,
                       .rounds         = census->rounds + (census->made < census->round_end),
                       .round_end      = census->round_end,
                       .paths          = census->paths,
                       .paths_followed = census->paths_followed,
                       .paths_distinct = census->paths_distinct,
                       .n_lowest       = census->spectrum.lowest,
                       .n_highest      = census->spectrum.highest,
                       .energy_first   = census->search.energy_first,
                       .energy_last    = census->search.energy_last};
  PetscCall(KrCensusSettle(census));
  PetscCall(KrCensusSift(census));
  PetscCall(KrCensusSurvey(census, &census->survey));
  sample->rule_met = KrCensusIsComplete(census, &census->survey);
  PetscCall(KrCensusKeep(census, sample));
  PetscCall(KrCensusShare(census));
  code = KrCensusCharacterise(census);
  if (code == KR_ERR_STOPPED) KrSampleDestroy(sample);
  PetscCall(code);
  sample->n_points = census->table.n_points;
  (void)memcpy(sample->reasons, census->reasons, sizeof sample->reasons);
  PetscCall(KrCensusSum(census, KR_N_REASONS, sample->reasons));
  for (int r = 0; r < KR_N_REASONS; ++r) sample->starts += sample->reasons[r];
  (void)memcpy(sample->minima_spectrum, census->minima_spectrum, sizeof sample->minima_spectrum);
  PetscCall(fill_record(census, sample));
  PetscCall(KrCensusEstimate(census, sample));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Rows of `width` bytes from all ranks to rank 0, in rank order; *rows is replaced there and freed elsewhere. */
static PetscErrorCode gather_rows(MPI_Comm comm, int n_ranks, const PetscMPIInt counts[],
                                  const PetscMPIInt offsets[], size_t width, void **rows)
{
  MPI_Datatype row;
  PetscMPIInt  rank;
  void        *all = NULL;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  if (rank == 0) {
    all = calloc((size_t)offsets[n_ranks] + 1, width + 1);
    PetscCheck(all != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for %d points on one rank",
               offsets[n_ranks]);
  }
  PetscCallMPI(MPI_Type_contiguous((PetscMPIInt)width, MPI_BYTE, &row));
  PetscCallMPI(MPI_Type_commit(&row));
  PetscCallMPI(MPI_Gatherv(*rows, counts[rank], row, all, counts, offsets, row, 0, comm));
  PetscCallMPI(MPI_Type_free(&row));
  free(*rows);
  *rows = all;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrSampleGather - Brings the points of a record that is spread over ranks to rank 0.

  Collective on comm

  Input:
. comm - the ranks, in the order of their points

  In/out:
. sample - from KrCensusFinish(); on rank 0 with all points, elsewhere with none

  Cost: memory for all points on rank 0: for tests and small samples; shards are written without it
  See:  KrShardWrite()
*/
PetscErrorCode KrSampleGather(MPI_Comm comm, KrSample *sample)
{
  const size_t lowest = (size_t)sample->n_lowest, highest = (size_t)sample->n_highest;
  PetscMPIInt  n_ranks, rank, mine = (PetscMPIInt)sample->n_points, *counts, *offsets;
  int          has_x = sample->x != NULL;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_size(comm, &n_ranks));
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCall(PetscMalloc2(n_ranks, &counts, n_ranks + 1, &offsets));
  PetscCallMPI(MPI_Allgather(&mine, 1, MPI_INT, counts, 1, MPI_INT, comm));
  offsets[0] = 0;
  for (int r = 0; r < n_ranks; ++r) offsets[r + 1] = offsets[r] + counts[r];
  PetscCall(
    gather_rows(comm, n_ranks, counts, offsets, sizeof *sample->points, (void **)&sample->points));
  PetscCall(
    gather_rows(comm, n_ranks, counts, offsets, lowest * sizeof(double), (void **)&sample->lowest));
  PetscCall(gather_rows(comm, n_ranks, counts, offsets, highest * sizeof(double),
                        (void **)&sample->highest));
  if (has_x)
    PetscCall(gather_rows(comm, n_ranks, counts, offsets, (size_t)sample->n * sizeof(double),
                          (void **)&sample->x));
  sample->n_points = rank == 0 ? offsets[n_ranks] : 0;
  PetscCall(PetscFree2(counts, offsets));
  PetscFunctionReturn(PETSC_SUCCESS);
}
