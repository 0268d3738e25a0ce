/* Energy, gradient and Hessian of one point for POINT_RUN blocks that differ in their last middle index: an entry of A
   is loaded and stored once for all of them, since A outgrows the nearest cache long before the rest does. Part of
   contract_body.h. */
#define POINT_RUN 4
#define RUN_ROWS  2 /* of a tile: t of each row and block stays in registers */

/* The rectangle that all blocks of a run have: rows i_begin ... i_end-1 and columns from k_begin on. */
typedef struct {
  int i_begin, i_end, k_begin;
} Shared;

/* Two rows (or one) of the shared rectangle, WIDTH columns or a part of them. */
typedef struct {
  const double *c[POINT_RUN], *x_k;
  double       *A;
  size_t        stride[POINT_RUN], A_stride;
  Vec           x[RUN_ROWS], w[POINT_RUN], t[POINT_RUN][RUN_ROWS];
} RunTile;

ALWAYS_INLINE void add_columns_run(RunTile *tile, int height, int is_first, int k, int part,
                                   double (*restrict u)[POINT_COLUMNS])
{
  const Vec x_col = load_some(tile->x_k + k, part);
  Vec       entry[RUN_ROWS];

  for (int r = 0; r < height; ++r)
    entry[r] = load_some(tile->A + (size_t)r * tile->A_stride + k, part);
  for (int b = 0; b < POINT_RUN; ++b) {
    Vec u_col = is_first ? splat(0.0) : load(u[b] + k);

    for (int r = 0; r < height; ++r) {
      const double *c = tile->c[b] + (size_t)r * tile->stride[b] + k;
      const Vec     m = load_some(c, part);

      __builtin_prefetch(c + (size_t)height * tile->stride[b]);
      tile->t[b][r] = fused(m, x_col, tile->t[b][r]);
      u_col         = fused(m, tile->x[r], u_col);
      entry[r]      = fused(m, tile->w[b], entry[r]);
    }
    store(u[b] + k, u_col); /* u has room for whole vectors */
  }
  for (int r = 0; r < height; ++r)
    store_some(tile->A + (size_t)r * tile->A_stride + k, part, entry[r]);
}

/* `height` rows from i on, n_cols columns from k on, and what follows from their t: (3) and (4); adds to s. */
ALWAYS_INLINE void add_rows_run(const Pass passes[POINT_RUN], const PointData *at, int height,
                                int is_first, int i, int k_first, int n_cols,
                                double (*restrict u)[POINT_COLUMNS], double s[])
{
  const size_t n = passes[0].n;
  RunTile      tile;
  int          k = 0;

  tile.x_k      = at->x + k_first;
  tile.A        = at->A + (size_t)i * n + (size_t)k_first;
  tile.A_stride = n;
  for (int r = 0; r < height; ++r) tile.x[r] = splat(at->x[i + r]);
  for (int b = 0; b < POINT_RUN; ++b) {
    const KrBlock *block = passes[b].block;

    tile.stride[b] = (size_t)block->n_cols;
    tile.c[b] =
      passes[b].c + (size_t)(i - block->row_first) * tile.stride[b] + (k_first - block->col_first);
    tile.w[b] = passes[b].product.all;
    for (int r = 0; r < height; ++r) tile.t[b][r] = splat(0.0);
  }
  for (; k + WIDTH <= n_cols; k += WIDTH) add_columns_run(&tile, height, is_first, k, 0, u);
  if (k < n_cols) add_columns_run(&tile, height, is_first, k, n_cols - k, u);
  for (int b = 0; b < POINT_RUN; ++b)
    for (int r = 0; r < height; ++r) {
      const Pass  *pass = &passes[b];
      const size_t row  = (size_t)(i + r);
      const double t    = sum(tile.t[b][r]);

      s[b] += at->x[row] * t;
      at->g[row] += pass->product.all[0] * t;
      for (int a = 0; a < pass->n_middle; ++a)
        at->A[row * n + (size_t)pass->block->middle[a]] += pass->product.but_one[a][0] * t;
    }
}

/* The shared rectangle of all blocks at once. */
static void add_shared_run(const Pass passes[POINT_RUN], const PointData *at, const Shared *shared)
{
  const int n            = (int)passes[0].n;
  double    s[POINT_RUN] = {0.0};
  double    u[POINT_RUN][POINT_COLUMNS] __attribute__((aligned(64)));

  for (int k = shared->k_begin; k < n; k += POINT_COLUMNS) {
    const int n_cols = n - k < POINT_COLUMNS ? n - k : POINT_COLUMNS;

    for (int i = shared->i_begin; i < shared->i_end; i += RUN_ROWS) {
      const int is_first = i == shared->i_begin;

      if (shared->i_end - i >= RUN_ROWS)
        add_rows_run(passes, at, RUN_ROWS, is_first, i, k, n_cols, u, s);
      else add_rows_run(passes, at, 1, is_first, i, k, n_cols, u, s);
    }
    for (int b = 0; b < POINT_RUN; ++b)
      spread_columns_point(&passes[b], at, (size_t)k, n_cols, u[b]);
  }
  for (int b = 0; b < POINT_RUN; ++b) spread_form_point(&passes[b], at, s[b]);
}

/* A run: what its blocks share together, the rest of each alone. */
static void add_run_point(const Pass passes[POINT_RUN], const PointData *at)
{
  Shared shared = {.i_end = (int)passes[0].n, .k_begin = passes[POINT_RUN - 1].block->col_first};

  for (int b = 0; b < POINT_RUN; ++b) {
    const KrBlock *block = passes[b].block;
    const int      end   = block->row_first + block->n_rows;

    if (block->row_first > shared.i_begin) shared.i_begin = block->row_first;
    if (end < shared.i_end) shared.i_end = end;
  }
  if (shared.i_begin >= shared.i_end) { /* pieces of blocks without a common row */
    for (int b = 0; b < POINT_RUN; ++b) add_block_point(&passes[b], at);
    return;
  }
  for (int b = 0; b < POINT_RUN; ++b) {
    const KrBlock *block = passes[b].block;
    const int      above = shared.i_begin - block->row_first;
    const int      below = shared.i_end - block->row_first;
    const int      col   = shared.k_begin - block->col_first;

    add_rectangle_point(&passes[b], at, 0, block->n_rows, 0, col);
    add_rectangle_point(&passes[b], at, 0, above, col, block->n_cols);
    add_rectangle_point(&passes[b], at, below, block->n_rows, col, block->n_cols);
  }
  add_shared_run(passes, at, &shared);
}
