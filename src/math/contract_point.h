/* One point: a vector holds WIDTH consecutive columns. Part of contract_body.h. */
#define POINT_COLUMNS 1024 /* of a tile: its column sums stay in the nearest cache */
#define POINT_ROWS    4

typedef struct {
  const double *x;
  double       *E, *g, *A; /* A NULL allowed */
} PointData;

/* target[0 ... n-1] += factor * v[0 ... n-1]. */
ALWAYS_INLINE void add_scaled(int n, double factor, const double *restrict v,
                              double *restrict target)
{
  const Vec f = splat(factor);
  int       k = 0;

  for (; k + WIDTH <= n; k += WIDTH) add_to(target + k, f, load(v + k));
  if (k < n)
    store_part(target + k, n - k, fused(f, load_part(v + k, n - k), load_part(target + k, n - k)));
}

/* A vector, or the first `part` of it when part > 0; part is a constant 0 in the loops that matter. */
ALWAYS_INLINE Vec load_some(const double *from, int part)
{
  return part > 0 ? load_part(from, part) : load(from);
}

ALWAYS_INLINE void store_some(double *to, int part, Vec v)
{
  if (part > 0) store_part(to, part, v);
  else store(to, v);
}

/* One row tile of one point: where its coefficients, columns and entries of A start, and its sums. */
typedef struct {
  const double *c, *x_k;
  double       *A;
  size_t        c_stride, A_stride;
  Vec           w, x[POINT_ROWS], t[POINT_ROWS];
} PointTile;

/* WIDTH columns, or a part of them, of `height` rows: their share of t, u and w M. */
ALWAYS_INLINE void add_columns_point(PointTile *tile, int with_A, int height, int is_first, int k,
                                     int part, double *restrict u)
{
  const Vec x_col = load_some(tile->x_k + k, part);
  Vec       u_col = is_first ? splat(0.0) : load(u + k);

  for (int r = 0; r < height; ++r) {
    const Vec m = load_some(tile->c + (size_t)r * tile->c_stride + k, part);

    tile->t[r] = fused(m, x_col, tile->t[r]);
    u_col      = fused(m, tile->x[r], u_col);
    if (with_A) {
      double *entry = tile->A + (size_t)r * tile->A_stride + k;

      store_some(entry, part, fused(tile->w, m, load_some(entry, part)));
    }
  }
  store(u + k, u_col); /* u has room for whole vectors */
}

/* `height` rows of a tile: their t, returned in t[], and their share of u and of w M. */
ALWAYS_INLINE void add_rows_point(const Pass *pass, const PointData *at, int with_A, int height,
                                  int row, int col, int n_cols, double *restrict u, double t[])
{
  const KrBlock *block = pass->block;
  const size_t   i0 = (size_t)(block->row_first + row), k0 = (size_t)(block->col_first + col);
  const size_t   width = (size_t)block->n_cols;
  PointTile      tile;
  int            k = 0;

  tile.c        = pass->c + (size_t)row * width + (size_t)col;
  tile.x_k      = at->x + k0;
  tile.A        = with_A ? at->A + i0 * pass->n + k0 : NULL;
  tile.c_stride = width;
  tile.A_stride = pass->n;
  tile.w        = pass->product.all;
  for (int r = 0; r < height; ++r) {
    tile.x[r] = splat(at->x[i0 + (size_t)r]);
    tile.t[r] = splat(0.0);
  }
  for (; k + WIDTH <= n_cols; k += WIDTH)
    add_columns_point(&tile, with_A, height, row == 0, k, 0, u);
  if (k < n_cols) add_columns_point(&tile, with_A, height, row == 0, k, n_cols - k, u);
  for (int r = 0; r < height; ++r) t[r] = sum(tile.t[r]);
}

/* A row tile with its height as a constant, and what follows from t: (3) and (4). */
static double add_some_rows_point(const Pass *pass, const PointData *at, int height, int row,
                                  int col, int n_cols, double *u)
{
  const KrBlock *block = pass->block;
  const size_t   i0    = (size_t)(block->row_first + row);
  double         t[POINT_ROWS], s = 0.0;

#define TILE(rows) \
  case rows: \
    if (at->A == NULL) add_rows_point(pass, at, 0, rows, row, col, n_cols, u, t); \
    else add_rows_point(pass, at, 1, rows, row, col, n_cols, u, t); \
    break
  switch (height) {
    TILE(1);
    TILE(2);
    TILE(3);
  default: TILE(4);
  }
#undef TILE
  for (int r = 0; r < height; ++r) {
    const size_t i = i0 + (size_t)r;

    s += at->x[i] * t[r];
    at->g[i] += pass->product.all[0] * t[r];
    for (int a = 0; at->A != NULL && a < pass->n_middle; ++a)
      at->A[i * pass->n + (size_t)block->middle[a]] += pass->product.but_one[a][0] * t[r];
  }
  return s;
}

/* What follows from the form s: (1), (3) and (4). */
ALWAYS_INLINE void spread_form_point(const Pass *pass, const PointData *at, double s)
{
  const int *middle  = pass->block->middle;
  const Vec *but_two = pass->product.but_two;

  at->E[0] += pass->product.all[0] * s;
  for (int b = 0; b < pass->n_middle; ++b) {
    at->g[middle[b]] += pass->product.but_one[b][0] * s;
    for (int a = 0; at->A != NULL && a < b; ++a)
      at->A[(size_t)middle[a] * pass->n + (size_t)middle[b]] += (*but_two++)[0] * s;
  }
}

static void add_block_point(Pass *pass, double scale, const PointData *at)
{
  const KrBlock *block = pass->block;
  Vec            x[MIDDLE_MAX];
  double         u[POINT_COLUMNS] __attribute__((aligned(64))), s = 0.0;

  for (int a = 0; a < MIDDLE_MAX; ++a)
    x[a] = splat(a < pass->n_middle ? at->x[block->middle[a]] : 1.0);
  find_products(scale, x, &pass->product);
  for (int col = 0; col < block->n_cols; col += POINT_COLUMNS) {
    const int    left   = block->n_cols - col;
    const int    n_cols = left < POINT_COLUMNS ? left : POINT_COLUMNS;
    const size_t k0     = (size_t)(block->col_first + col);

    for (int row = 0; row < block->n_rows; row += POINT_ROWS) {
      const int below  = block->n_rows - row;
      const int height = below < POINT_ROWS ? below : POINT_ROWS;

      s += add_some_rows_point(pass, at, height, row, col, n_cols, u);
    }
    add_scaled(n_cols, pass->product.all[0], u, at->g + k0);
    for (int a = 0; at->A != NULL && a < pass->n_middle; ++a)
      add_scaled(n_cols, pass->product.but_one[a][0], u,
                 at->A + (size_t)block->middle[a] * pass->n + k0);
  }
  spread_form_point(pass, at, s);
}

static void derivatives(const KrTensor *tensor, double scale, const double x[], double E[],
                        double g[], double A[])
{
  const PointData at = {x, E, g, A};
  KrBlock         block;
  Pass            pass;

  for (int more = KrBlockFirst(tensor, &block); more; more = KrBlockNext(tensor, &block)) {
    begin_pass(tensor, &block, &pass);
    add_block_point(&pass, scale, &at);
  }
}
