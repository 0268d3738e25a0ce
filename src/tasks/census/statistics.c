/* Logarithms of counts and tests of counts against the exact expectation, over disorder samples. All counts that
   enter are integers, gathered on rank 0 in the order of the samples: any number of ranks gives the same bits.
   Definitions: docs/theory/ensembles.md. */
#include "census_room.h"
#include <math.h>
#include <stdlib.h>

#define GATHER_MAX    (1 << 22) /* counts gathered at a time */
#define ENOUGH        40.0      /* independent points expected in a merged bin, in all samples */
#define SAMPLES_A_BIN 10        /* at most one merged bin for so many samples ... */
#define COLUMNS_MAX   60        /* ... and never more than this */
#define ENOUGH_GROWTH 1.25

typedef struct { /* what is counted: columns by (bin, index) */
  KrAxis    axis;
  PetscBool is_mu;
  int32_t  *column; /* bins x N, -1: not counted; owned */
  int       n_columns;
} Columns;

/* Counts of the samples of this rank, a line each; the caller frees them. */
static PetscErrorCode count_here(const KrEnsemble *ensemble, const Columns *columns,
                                 int32_t **counts)
{
  int64_t i = 0;

  PetscFunctionBeginUser;
  *counts = calloc((size_t)ensemble->n_rows * (size_t)columns->n_columns + 1, sizeof **counts);
  PetscCheck(*counts != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for counts of samples");
  for (int64_t row = 0; row < ensemble->n_rows; ++row)
    for (; i < ensemble->n_points && ensemble->points[i].sample == ensemble->rows[row].sample;
         ++i) {
      const KrPointRow *point = &ensemble->points[i];
      const int         bin = KrAxisBin(&columns->axis, columns->is_mu ? point->mu : point->energy);
      const int32_t     column = columns->column[bin * ensemble->n + point->index];

      if (column >= 0) (*counts)[row * columns->n_columns + column] += 1;
    }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The counts of all samples on rank 0, samples x columns, NULL elsewhere; the caller frees them. */
static PetscErrorCode gather(MPI_Comm world, const KrEnsemble *ensemble, const Columns *columns,
                             int32_t **all)
{
  const int64_t total = ensemble->n_samples * columns->n_columns;
  int32_t      *here;
  PetscMPIInt  *parts = NULL, *offsets = NULL, mine, rank, size;

  PetscFunctionBeginUser;
  *all = NULL;
  PetscCallMPI(MPI_Comm_rank(world, &rank));
  PetscCallMPI(MPI_Comm_size(world, &size));
  PetscCheck(total <= INT32_MAX, world, PETSC_ERR_ARG_OUTOFRANGE,
             "%lld counts of samples are more than one message can hold", (long long)total);
  PetscCall(count_here(ensemble, columns, &here));
  mine = (PetscMPIInt)(ensemble->n_rows * columns->n_columns);
  if (rank == 0) {
    *all    = malloc(((size_t)total + 1) * sizeof **all);
    parts   = malloc((size_t)size * sizeof *parts);
    offsets = malloc((size_t)size * sizeof *offsets);
    PetscCheck(*all != NULL && parts != NULL && offsets != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM,
               "no memory for counts of samples");
  }
  PetscCallMPI(MPI_Gather(&mine, 1, MPI_INT, parts, 1, MPI_INT, 0, world));
  for (int r = 0; rank == 0 && r < size; ++r)
    offsets[r] = r > 0 ? offsets[r - 1] + parts[r - 1] : 0;
  PetscCallMPI(MPI_Gatherv(here, mine, MPI_INT32_T, *all, parts, offsets, MPI_INT32_T, 0, world));
  free(here);
  free(parts);
  free(offsets);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- logarithms ---- */

static PetscErrorCode create_columns(const KrEnsemble *ensemble, KrAxis axis, PetscBool is_mu,
                                     Columns *columns)
{
  const size_t cells = (size_t)axis.n_bins * (size_t)ensemble->n;

  PetscFunctionBeginUser;
  *columns        = (Columns){.axis = axis, .is_mu = is_mu};
  columns->column = calloc(cells + 1, sizeof *columns->column);
  PetscCheck(columns->column != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for bins");
  for (size_t i = 0; i < cells; ++i) columns->column[i] = -1;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Per index, over all energies. */
static PetscErrorCode estimate_indices(MPI_Comm world, const KrEnsemble *ensemble,
                                       KrStatistics *statistics)
{
  const int n_index = statistics->n_index;
  Columns   columns;
  int32_t  *counts;

  PetscFunctionBeginUser;
  PetscCall(create_columns(ensemble, KrAxisOfEnergy(ensemble), PETSC_FALSE, &columns));
  columns.n_columns = n_index;
  for (int b = 0; b < ensemble->n_bins; ++b)
    for (int k = 0; k < n_index; ++k) columns.column[b * ensemble->n + k] = k;
  PetscCall(gather(world, ensemble, &columns, &counts));
  for (int k = 0; counts != NULL && k < n_index; ++k)
    statistics->index[k] = KrLogCountEstimate(ensemble->n_samples, counts + k, n_index);
  free(counts);
  free(columns.column);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Arrays of cells on rank 0, undefined until a cell is known to hold points. */
static PetscErrorCode allocate_cells(int n_index, KrEnsemble *ensemble)
{
  const size_t cells     = (size_t)ensemble->n_bins * (size_t)ensemble->n;
  double     **arrays[5] = {&ensemble->annealed, &ensemble->annealed_error, &ensemble->quenched,
                            &ensemble->quenched_error, &ensemble->empty_fraction};

  PetscFunctionBeginUser;
  for (int a = 0; a < 5; ++a) {
    *arrays[a] = malloc((cells + 1) * sizeof(double));
    PetscCheck(*arrays[a] != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for complexities");
    for (size_t i = 0; i < cells; ++i) (*arrays[a])[i] = NAN;
  }
  for (size_t i = 0; i < cells && ensemble->n_samples > 0; ++i)
    if ((int)(i % (size_t)ensemble->n) < n_index) ensemble->empty_fraction[i] = 1.0;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A density of points per unit of e, as a complexity. */
static void store_cell(KrEnsemble *ensemble, size_t cell, const KrLogCount *count)
{
  const double n = (double)ensemble->n, per_width = log(ensemble->bin_width);

  ensemble->annealed[cell]       = (count->annealed - per_width) / n;
  ensemble->annealed_error[cell] = count->annealed_error / n;
  ensemble->quenched[cell]       = (count->quenched - per_width) / n;
  ensemble->quenched_error[cell] = count->quenched_error / n;
  ensemble->empty_fraction[cell] = count->empty_fraction;
}

/* Per index and energy bin, those cells alone that hold points, as many at a time as memory allows. */
static PetscErrorCode estimate_cells(MPI_Comm world, int n_index, KrEnsemble *ensemble)
{
  const int64_t at_a_time = PetscMax(1, GATHER_MAX / PetscMax(1, ensemble->n_samples));
  const size_t  cells     = (size_t)ensemble->n_bins * (size_t)ensemble->n;
  Columns       columns;
  PetscMPIInt   rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(world, &rank));
  if (rank == 0) PetscCall(allocate_cells(n_index, ensemble));
  PetscCall(create_columns(ensemble, KrAxisOfEnergy(ensemble), PETSC_FALSE, &columns));
  for (size_t next = 0; next < cells;) {
    const size_t first = next;
    int32_t     *counts;

    columns.n_columns = 0;
    for (; next < cells && columns.n_columns < at_a_time; ++next)
      if (ensemble->histogram[next] > 0 && (int)(next % (size_t)ensemble->n) < n_index)
        columns.column[next] = columns.n_columns++;
    if (columns.n_columns == 0) break;
    PetscCall(gather(world, ensemble, &columns, &counts));
    for (size_t cell = first; cell < next; ++cell) {
      if (columns.column[cell] < 0) continue;
      if (counts != NULL) {
        const KrLogCount count =
          KrLogCountEstimate(ensemble->n_samples, counts + columns.column[cell], columns.n_columns);

        store_cell(ensemble, cell, &count);
      }
      columns.column[cell] = -1;
    }
    free(counts);
  }
  free(columns.column);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* ---- tests ---- */

typedef struct { /* what a test is about */
  const KrEnsemble *ensemble;
  KrAxis            axis;
  PetscBool         is_mu;
  const double     *expected; /* bins x N */
  KrParity          symmetry;
  int               k_first, k_end;
} Question;

/* Whether a cell counts for itself: with odd orders the antipodes of (b, k) are in the mirrored bin of N-1-k. */
static PetscBool stands_for_itself(const Question *q, int b, int k)
{
  const int    mirror = q->ensemble->n - 1 - k;
  const double middle = q->axis.first + (b + 0.5) * q->axis.width;

  if (q->symmetry != KR_PARITY_ODD || k < mirror) return PETSC_TRUE;
  return k == mirror && middle < 0.0 ? PETSC_TRUE : PETSC_FALSE;
}

/* Independent points expected in each bin of index k, in all samples. */
static void fill_content(const Question *q, int k, double content[])
{
  const double pairs = q->symmetry == KR_PARITY_EVEN ? 2.0 : 1.0;

  for (int b = 0; b < q->axis.n_bins; ++b)
    content[b] = stands_for_itself(q, b, k)
                   ? q->expected[b * q->ensemble->n + k] * (double)q->ensemble->n_samples / pairs
                   : 0.0;
}

#define SHARED \
  (-2) /* column of an index that holds too little, until it is known where that goes */

/* Joins the bins of index k into columns that hold enough each; returns what is left for the shared column. */
static double assign_index(const Question *q, int k, double enough, double content[], int group[],
                           Columns *columns)
{
  int    n_groups;
  double sum = 0.0;

  fill_content(q, k, content);
  n_groups = KrMergeBins(q->axis.n_bins, content, enough, group);
  for (int b = 0; b < q->axis.n_bins; ++b) {
    int32_t *column = &columns->column[(size_t)b * (size_t)q->ensemble->n + (size_t)k];

    *column = n_groups > 0 ? columns->n_columns + group[b] : SHARED;
    if (!stands_for_itself(q, b, k)) *column = -1;
    if (n_groups == 0) sum += content[b];
  }
  columns->n_columns += n_groups;
  return sum;
}

/* The same for all indices of the question; those that hold too little share the last column, if they fill one. */
static void assign(const Question *q, double enough, double content[], int group[],
                   Columns *columns)
{
  const size_t n_cells = (size_t)q->axis.n_bins * (size_t)q->ensemble->n;
  double       sum     = 0.0;
  int          shared  = -1;

  columns->n_columns = 0;
  for (int k = q->k_first; k < q->k_end; ++k)
    sum += assign_index(q, k, enough, content, group, columns);
  if (sum >= enough) shared = columns->n_columns++;
  for (size_t i = 0; i < n_cells; ++i)
    if (columns->column[i] == SHARED) columns->column[i] = shared;
}

static void add_expected(const Question *q, const Columns *columns, double expected[])
{
  for (int c = 0; c < columns->n_columns; ++c) expected[c] = 0.0;
  for (int i = 0; i < q->axis.n_bins * q->ensemble->n; ++i)
    if (columns->column[i] >= 0) expected[columns->column[i]] += q->expected[i];
}

/* Whether Euler's sum ties the columns: in a complete census of all indices, unless antipodes cancel in it. */
static PetscBool euler_ties(const Question *q)
{
  const int n = q->ensemble->n;

  return q->k_first == 0 && q->k_end == n && (q->symmetry != KR_PARITY_ODD || n % 2 == 1)
           ? PETSC_TRUE
           : PETSC_FALSE;
}

/* Leaves out the column of which most is expected. Elimination would do that by itself if no sample ever violated the
   sum; a few that do would leave a direction with next to no scatter, in which small errors of V count for much. */
static void drop_fullest(const Question *q, Columns *columns, double expected[])
{
  const size_t n_cells = (size_t)q->axis.n_bins * (size_t)q->ensemble->n;
  int          fullest = 0;

  for (int c = 1; c < columns->n_columns; ++c)
    if (expected[c] > expected[fullest]) fullest = c;
  for (size_t i = 0; i < n_cells; ++i)
    if (columns->column[i] == fullest) columns->column[i] = -1;
    else if (columns->column[i] > fullest) columns->column[i] -= 1;
  for (int c = fullest; c < columns->n_columns - 1; ++c) expected[c] = expected[c + 1];
  columns->n_columns -= 1;
}

/* Bins wide enough for the number of samples, then the test. Collective on world; the result is on rank 0. */
static PetscErrorCode ask(MPI_Comm world, const Question *q, KrChiSquare *result)
{
  const int64_t n_samples = q->ensemble->n_samples;
  const int     most      = (int)PetscMin(COLUMNS_MAX, n_samples / SAMPLES_A_BIN);
  double       *content;
  int32_t      *counts;
  int          *group, failed = 0;
  Columns       columns;

  PetscFunctionBeginUser;
  *result = (KrChiSquare){.test = {.statistic = NAN, .p_value = NAN}};
  if (most < 1 || q->k_end <= q->k_first) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(create_columns(q->ensemble, q->axis, q->is_mu, &columns));
  content = malloc(((size_t)q->axis.n_bins + COLUMNS_MAX) * sizeof *content);
  group   = malloc(((size_t)q->axis.n_bins + 1) * sizeof *group);
  PetscCheck(content != NULL && group != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM,
             "no memory for bins");
  for (double enough = ENOUGH; enough == ENOUGH || columns.n_columns > most;
       enough *= ENOUGH_GROWTH)
    assign(q, enough, content, group, &columns);
  if (columns.n_columns > 0) {
    result->n_columns = columns.n_columns;
    add_expected(q, &columns, content);
    if (euler_ties(q) && columns.n_columns > 1) drop_fullest(q, &columns, content);
    PetscCall(gather(world, q->ensemble, &columns, &counts));
    if (counts != NULL)
      failed = KrCountTestRun(n_samples, columns.n_columns, counts, content, &result->test);
    PetscCheck(failed == 0, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for the chi-square");
    free(counts);
  }
  free(group);
  free(content);
  free(columns.column);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Each index whose expectation is known by itself, then all of them together: the last of results. Mirrored
   indices are not asked. */
static PetscErrorCode ask_all(MPI_Comm world, Question q, int n_known, int n_index,
                              KrChiSquare results[])
{
  const int n_asked = PetscMin(n_index, n_known);

  PetscFunctionBeginUser;
  for (int k = 0; k < n_asked; ++k) {
    q.k_first = k;
    q.k_end   = stands_for_itself(&q, 0, k) ? k + 1 : k;
    PetscCall(ask(world, &q, &results[k]));
  }
  q.k_first = 0;
  q.k_end   = n_asked;
  PetscCall(ask(world, &q, &results[n_index]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrStatisticsCompute - Complexities and chi-squares of an ensemble whose histograms and expectations are known.

  Collective on world; the ensemble's complexities and the statistics are filled on rank 0
*/
PetscErrorCode KrStatisticsCompute(MPI_Comm world, const KrPlan *plan, const KrExpected *expected,
                                   KrEnsemble *ensemble, KrStatistics *statistics)
{
  const int         n_index = KrPointsOf(plan)->search.kind == KR_SEARCH_ALL ? ensemble->n : 1;
  const size_t      size    = (size_t)n_index + 1;
  const KrChiSquare no_test = {.test = {.statistic = NAN, .p_value = NAN}};
  Question          q       = {.ensemble = ensemble, .symmetry = KrPlanParity(plan)};

  PetscFunctionBeginUser;
  *statistics = (KrStatistics){.n_index = n_index,
                               .index   = calloc(size, sizeof(KrLogCount)),
                               .energy  = calloc(size, sizeof(KrChiSquare)),
                               .mu      = calloc(size, sizeof(KrChiSquare))};
  PetscCheck(statistics->index != NULL && statistics->energy != NULL && statistics->mu != NULL,
             PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for statistics");
  for (size_t k = 0; k < size; ++k) statistics->energy[k] = statistics->mu[k] = no_test;
  PetscCall(estimate_indices(world, ensemble, statistics));
  PetscCall(estimate_cells(world, n_index, ensemble));
  q.axis     = KrAxisOfEnergy(ensemble);
  q.expected = ensemble->expected;
  if (expected->n_index == 0) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(ask_all(world, q, expected->n_index, n_index, statistics->energy));
  if (ensemble->n_mu_bins == 0) PetscFunctionReturn(PETSC_SUCCESS);
  q.axis     = KrAxisOfMu(ensemble);
  q.is_mu    = PETSC_TRUE;
  q.expected = ensemble->mu_expected;
  PetscCall(ask_all(world, q, expected->n_index, n_index, statistics->mu));
  PetscFunctionReturn(PETSC_SUCCESS);
}

void KrStatisticsDestroy(KrStatistics *statistics)
{
  free(statistics->index);
  free(statistics->energy);
  free(statistics->mu);
  *statistics = (KrStatistics){0};
}
