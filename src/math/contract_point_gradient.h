/* Energy and gradient of one point: a vector holds WIDTH consecutive columns. The tensor is read once, in the order of
   storage, and that is what it costs. Part of contract_body.h. */
#define STREAM_ROWS 4 /* of a tile: their entries of x and their sums stay in registers */

typedef struct {
  const double *x;
  double       *g;
  Vec           w, wx[STREAM_ROWS], t[STREAM_ROWS];
} StreamTile;

/* WIDTH columns of `height` rows, or the first `part` of them when part > 0: their share of t and of w u. The lines of
   the next tile, which follows in memory, are asked for. */
ALWAYS_INLINE void add_columns_stream(StreamTile *tile, int height, const double *c, size_t stride,
                                      int k, int part)
{
  const Vec x_col = load_some(tile->x + k, part);
  Vec       g_col = load_some(tile->g + k, part);

  for (int r = 0; r < height; ++r) {
    const Vec m = load_some(c + (size_t)r * stride + k, part);

    __builtin_prefetch(c + (size_t)height * stride + (size_t)(k * height + r * WIDTH));
    tile->t[r] = fused(m, x_col, tile->t[r]);
    g_col      = fused(m, tile->wx[r], g_col);
  }
  store_some(tile->g + k, part, g_col);
}

/* `height` rows of a block; returns their part of s. */
ALWAYS_INLINE double add_rows_stream(const Pass *pass, const PointData *at, int height, int row)
{
  const KrBlock *block  = pass->block;
  const size_t   i0     = (size_t)(block->row_first + row);
  const size_t   stride = (size_t)block->n_cols;
  const double  *c      = pass->c + (size_t)row * stride;
  StreamTile     tile   = {.x = at->x + block->col_first, .g = at->g + block->col_first};
  double         s      = 0.0;
  int            k      = 0;

  for (int r = 0; r < height; ++r) {
    tile.wx[r] = pass->product.all * splat(at->x[i0 + (size_t)r]);
    tile.t[r]  = splat(0.0);
  }
  for (; k + WIDTH <= block->n_cols; k += WIDTH) add_columns_stream(&tile, height, c, stride, k, 0);
  if (k < block->n_cols) add_columns_stream(&tile, height, c, stride, k, block->n_cols - k);
  for (int r = 0; r < height; ++r) {
    const size_t i = i0 + (size_t)r;
    const double t = sum(tile.t[r]);

    s += at->x[i] * t;
    at->g[i] += pass->product.all[0] * t;
  }
  return s;
}

static double add_some_rows_stream(const Pass *pass, const PointData *at, int height, int row)
{
  switch (height) {
  case 1: return add_rows_stream(pass, at, 1, row);
  case 2: return add_rows_stream(pass, at, 2, row);
  case 3: return add_rows_stream(pass, at, 3, row);
  default: return add_rows_stream(pass, at, STREAM_ROWS, row);
  }
}

static void add_block_stream(const Pass *pass, const PointData *at)
{
  const KrBlock *block = pass->block;
  double         s     = 0.0;

  for (int row = 0; row < block->n_rows; row += STREAM_ROWS) {
    const int below = block->n_rows - row;

    s += add_some_rows_stream(pass, at, below < STREAM_ROWS ? below : STREAM_ROWS, row);
  }
  spread_form_point(pass, at, s);
}
