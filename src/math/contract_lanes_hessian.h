/* Energy, gradient and Hessian of KR_LANES points at once: a vector holds the same variable of WIDTH points. Part of
   contract_body.h. */
#include <string.h>

#define LANES_COLUMNS 128 /* of a tile: its points and column sums share the nearest cache */
#define RUN           8   /* blocks whose w M is added to A together */
#define RUN_MIN_N \
  96 /* from here on A outgrows the second cache; below, runs cost more than they save */

typedef struct {
  const double *X;
  double       *E, *G, *A;
} LanesData;

/* `height` rows of a tile: their t (2), what follows from it (3, 4), and their share of u and of w M. */
ALWAYS_INLINE Vec add_rows_lanes(const Pass *pass, const LanesData *at, int with_M, int height,
                                 int row, int col, int n_cols, double *restrict u)
{
  const KrBlock *block = pass->block;
  const size_t   i0 = (size_t)(block->row_first + row), k0 = (size_t)(block->col_first + col);
  const size_t   stride = (size_t)block->n_cols, n = pass->n;
  const double  *c   = pass->c + (size_t)row * stride + (size_t)col;
  const double  *x_k = at->X + k0 * KR_LANES;
  const double  *x_i = at->X + i0 * KR_LANES;
  double        *A   = with_M ? at->A + (i0 * n + k0) * KR_LANES : NULL;
  const Vec      w   = pass->product.all; /* copied: stores might alias what pass points to */
  Vec            x[ROWS], t[ROWS], s = splat(0.0);

  for (int r = 0; r < height; ++r) {
    x[r] = load(x_i + r * KR_LANES);
    t[r] = splat(0.0);
  }
  for (int k = 0; k < n_cols; ++k) {
    const Vec x_col = load(x_k + (size_t)k * KR_LANES);
    Vec       u_col = row == 0 ? splat(0.0) : load(u + k * WIDTH);

    for (int r = 0; r < height; ++r) {
      const Vec m = splat(c[(size_t)r * stride + (size_t)k]);

      t[r]  = fused(m, x_col, t[r]);
      u_col = fused(m, x[r], u_col);
      if (with_M) add_to(A + ((size_t)r * n + (size_t)k) * KR_LANES, w, m);
    }
    store(u + k * WIDTH, u_col);
  }
  for (int r = 0; r < height; ++r) {
    s = fused(x[r], t[r], s);
    add_to(at->G + (i0 + (size_t)r) * KR_LANES, w, t[r]);
    for (int a = 0; a < pass->n_middle; ++a)
      add_to(at->A + ((i0 + (size_t)r) * n + (size_t)block->middle[a]) * KR_LANES,
             pass->product.but_one[a], t[r]);
  }
  return s;
}

/* The same with the height as a constant, so that a tile lives in registers; inlined up to the loop over blocks,
   which saves a fifth of the time at N = 10 ... 40. */
ALWAYS_INLINE Vec add_some_rows_lanes(const Pass *pass, const LanesData *at, int height, int row,
                                      int col, int n_cols, double *u)
{
#define TILE(rows) \
  case rows: \
    return pass->is_apart ? add_rows_lanes(pass, at, 0, rows, row, col, n_cols, u) \
                          : add_rows_lanes(pass, at, 1, rows, row, col, n_cols, u)
  switch (height) {
    TILE(1);
    TILE(2);
    TILE(3);
#if ROWS > 4
    TILE(5);
    TILE(6);
    TILE(7);
    TILE(8);
#endif
  default: TILE(4);
  }
#undef TILE
}

/* What follows from the column sums u of a tile: (3) and (4). */
ALWAYS_INLINE void spread_columns_lanes(const Pass *pass, const LanesData *at, int col, int n_cols,
                                        const double *restrict u)
{
  const size_t k0 = (size_t)(pass->block->col_first + col);
  const Vec    w  = pass->product.all;
  double      *G  = at->G + k0 * KR_LANES;

  for (int k = 0; k < n_cols; ++k) add_to(G + (size_t)k * KR_LANES, w, load(u + k * WIDTH));
  for (int a = 0; a < pass->n_middle; ++a) {
    const Vec but_one = pass->product.but_one[a];
    double   *A       = at->A + ((size_t)pass->block->middle[a] * pass->n + k0) * KR_LANES;

    for (int k = 0; k < n_cols; ++k) add_to(A + (size_t)k * KR_LANES, but_one, load(u + k * WIDTH));
  }
}

/* What follows from the form s = x_rows . M x_cols: (1), (3) and (4). */
ALWAYS_INLINE void spread_form_lanes(const Pass *pass, const LanesData *at, Vec s)
{
  const int *middle  = pass->block->middle;
  const Vec *but_two = pass->product.but_two;

  add_to(at->E, pass->product.all, s);
  for (int b = 0; b < pass->n_middle; ++b) {
    add_to(at->G + (size_t)middle[b] * KR_LANES, pass->product.but_one[b], s);
    for (int a = 0; a < b; ++a)
      add_to(at->A + ((size_t)middle[a] * pass->n + (size_t)middle[b]) * KR_LANES, *but_two++, s);
  }
}

ALWAYS_INLINE void add_block_lanes(Pass *pass, double scale, const LanesData *at)
{
  const KrBlock *block = pass->block;
  Vec            x[MIDDLE_MAX], s = splat(0.0);
  double         u[LANES_COLUMNS * WIDTH] __attribute__((aligned(64)));

  for (int a = 0; a < MIDDLE_MAX; ++a)
    x[a] = a < pass->n_middle ? load(at->X + (size_t)block->middle[a] * KR_LANES) : splat(1.0);
  find_products(scale, x, &pass->product);
  for (int col = 0; col < block->n_cols; col += LANES_COLUMNS) {
    const int left   = block->n_cols - col;
    const int n_cols = left < LANES_COLUMNS ? left : LANES_COLUMNS;

    for (int row = 0; row < block->n_rows; row += ROWS) {
      const int below  = block->n_rows - row;
      const int height = below < ROWS ? below : ROWS;

      s += add_some_rows_lanes(pass, at, height, row, col, n_cols, u);
    }
    spread_columns_lanes(pass, at, col, n_cols, u);
  }
  spread_form_lanes(pass, at, s);
}

/* A_{ik} += w M_{ik} for the rows i_begin ... i_end-1 and columns k_begin ... k_end-1 of one block. */
static void add_matrix_lanes(const Pass *pass, const LanesData *at, int i_begin, int i_end,
                             int k_begin, int k_end)
{
  const KrBlock *block = pass->block;
  const Vec      w     = pass->product.all;

  for (int i = i_begin; i < i_end; ++i) {
    const double *c = pass->c + (size_t)(i - block->row_first) * (size_t)block->n_cols;
    double       *A = at->A + (size_t)i * pass->n * KR_LANES;

    for (int k = k_begin; k < k_end; ++k)
      add_to(A + (size_t)k * KR_LANES, w, splat(c[k - block->col_first]));
  }
}

/* The same for the rectangle that RUN blocks share, so that an entry of A is loaded and stored once. */
static void add_matrices_lanes(const Pass passes[RUN], const LanesData *at, int i_begin, int i_end,
                               int k_begin, int k_end)
{
  const double *c[RUN];
  Vec           w[RUN];

  for (int b = 0; b < RUN; ++b) w[b] = passes[b].product.all;
  for (int i = i_begin; i < i_end; ++i) {
    double *A = at->A + ((size_t)i * passes[0].n + (size_t)k_begin) * KR_LANES;

    for (int b = 0; b < RUN; ++b) {
      const KrBlock *block = passes[b].block;

      c[b] = passes[b].c + (size_t)(i - block->row_first) * (size_t)block->n_cols +
             (k_begin - block->col_first);
    }
    for (int k = 0; k < k_end - k_begin; ++k, A += KR_LANES) {
      Vec entry = load(A);

      for (int b = 0; b < RUN; ++b) entry = fused(splat(c[b][k]), w[b], entry);
      store(A, entry);
    }
  }
}

/* RUN blocks that share all but the last middle index: gradients and edges one by one, w M together. */
static void add_run_lanes(const KrTensor *tensor, const KrBlock blocks[RUN], double scale,
                          const LanesData *at)
{
  const int n       = tensor->n;
  const int k_begin = blocks[RUN - 1].col_first;
  int       i_begin = 0, i_end = n;
  Pass      passes[RUN];

  for (int b = 0; b < RUN; ++b) {
    const int end = blocks[b].row_first + blocks[b].n_rows;

    if (blocks[b].row_first > i_begin) i_begin = blocks[b].row_first;
    if (end < i_end) i_end = end;
    begin_pass(tensor, &blocks[b], &passes[b]);
    passes[b].is_apart = 1;
    add_block_lanes(&passes[b], scale, at);
  }
  for (int b = 0; b < RUN; ++b) {
    const int first = blocks[b].row_first, end = first + blocks[b].n_rows;

    if (i_begin >= i_end) { /* pieces of blocks without a common row */
      add_matrix_lanes(&passes[b], at, first, end, blocks[b].col_first, n);
      continue;
    }
    add_matrix_lanes(&passes[b], at, first, end, blocks[b].col_first, k_begin);
    add_matrix_lanes(&passes[b], at, first, i_begin, k_begin, n);
    add_matrix_lanes(&passes[b], at, i_end, end, k_begin, n);
  }
  add_matrices_lanes(passes, at, i_begin, i_end, k_begin, n);
}

/* One block for all lanes of a group; it stays in cache meanwhile. */
ALWAYS_INLINE void add_block_all_lanes(const KrTensor *tensor, const KrBlock *block, double scale,
                                       const double *X, double *E, double *G, double *A)
{
  Pass pass;

  begin_pass(tensor, block, &pass);
  for (int lane = 0; lane < KR_LANES; lane += WIDTH) {
    const LanesData at = {X + lane, E + lane, G + lane, A + lane};

    add_block_lanes(&pass, scale, &at);
  }
}

/* Energy, gradient and Hessian by runs of blocks. */
static void add_tensor_in_runs(const KrTensor *tensor, double scale, const double *X, double *E,
                               double *G, double *A)
{
  const size_t shared = (size_t)(tensor->order - 3) * sizeof(int); /* of the middle, in a run */
  KrBlock      block, run[RUN];
  int          more = KrBlockFirst(tensor, &block);

  while (more) {
    int count = 0;

    do {
      run[count++] = block;
      more         = KrBlockNext(tensor, &block);
    } while (more && count < RUN && memcmp(block.middle, run[0].middle, shared) == 0);
    if (count < RUN) {
      for (int b = 0; b < count; ++b) add_block_all_lanes(tensor, &run[b], scale, X, E, G, A);
      continue;
    }
    for (int lane = 0; lane < KR_LANES; lane += WIDTH) {
      const LanesData at = {X + lane, E + lane, G + lane, A + lane};

      add_run_lanes(tensor, run, scale, &at);
    }
  }
}

/* One group of points. */
static void hessian_lanes(const KrTensor *tensor, double scale, const double *X, double *E,
                          double *G, double *A)
{
  KrBlock block;

  if (tensor->unfolded != NULL) {
    for (size_t lane = 0; lane < KR_LANES; lane += WIDTH)
      unfolded_some_lanes(tensor, scale, X + lane, E + lane, G + lane, A + lane);
    return;
  }
  if (tensor->order > 2 && tensor->n >= RUN_MIN_N) {
    add_tensor_in_runs(tensor, scale, X, E, G, A);
    return;
  }
  for (int more = KrBlockFirst(tensor, &block); more; more = KrBlockNext(tensor, &block))
    add_block_all_lanes(tensor, &block, scale, X, E, G, A);
}
