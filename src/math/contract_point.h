/* Energy, gradient and Hessian of one point: a vector holds WIDTH consecutive columns. Part of contract_body.h. */
#include <string.h>

#define POINT_COLUMNS 1024 /* of a tile: its column sums stay in the nearest cache */
#define POINT_ROWS    4
#define POINT_RUN_MIN_N \
  160 /* from here on A outgrows the nearest cache by far; below, runs cost more than they save */

typedef struct {
  const double *x;
  double       *E, *g, *A; /* A NULL: not wanted, see contract_point_gradient.h */
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
ALWAYS_INLINE void add_columns_point(PointTile *tile, int height, int is_first, int k, int part,
                                     double *restrict u)
{
  const Vec x_col = load_some(tile->x_k + k, part);
  Vec       u_col = is_first ? splat(0.0) : load(u + k);

  for (int r = 0; r < height; ++r) {
    const Vec m     = load_some(tile->c + (size_t)r * tile->c_stride + k, part);
    double   *entry = tile->A + (size_t)r * tile->A_stride + k;

    tile->t[r] = fused(m, x_col, tile->t[r]);
    u_col      = fused(m, tile->x[r], u_col);
    store_some(entry, part, fused(tile->w, m, load_some(entry, part)));
  }
  store(u + k, u_col); /* u has room for whole vectors */
}

/* `height` rows of a tile: their t, returned in t[], and their share of u and of w M. */
ALWAYS_INLINE void add_rows_point(const Pass *pass, const PointData *at, int height, int is_first,
                                  int row, int col, int n_cols, double *restrict u, double t[])
{
  const KrBlock *block = pass->block;
  const size_t   i0 = (size_t)(block->row_first + row), k0 = (size_t)(block->col_first + col);
  const size_t   width = (size_t)block->n_cols;
  PointTile      tile;
  int            k = 0;

  tile.c        = pass->c + (size_t)row * width + (size_t)col;
  tile.x_k      = at->x + k0;
  tile.A        = at->A + i0 * pass->n + k0;
  tile.c_stride = width;
  tile.A_stride = pass->n;
  tile.w        = pass->product.all;
  for (int r = 0; r < height; ++r) {
    tile.x[r] = splat(at->x[i0 + (size_t)r]);
    tile.t[r] = splat(0.0);
  }
  for (; k + WIDTH <= n_cols; k += WIDTH) add_columns_point(&tile, height, is_first, k, 0, u);
  if (k < n_cols) add_columns_point(&tile, height, is_first, k, n_cols - k, u);
  for (int r = 0; r < height; ++r) t[r] = sum(tile.t[r]);
}

/* A row tile with its height as a constant, and what follows from t: (3) and (4). */
static double add_some_rows_point(const Pass *pass, const PointData *at, int height, int is_first,
                                  int row, int col, int n_cols, double *u)
{
  const KrBlock *block = pass->block;
  const size_t   i0    = (size_t)(block->row_first + row);
  double         t[POINT_ROWS], s = 0.0;

#define TILE(rows) \
  case rows: add_rows_point(pass, at, rows, is_first, row, col, n_cols, u, t); break
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
    for (int a = 0; a < pass->n_middle; ++a)
      at->A[i * pass->n + (size_t)block->middle[a]] += pass->product.but_one[a][0] * t[r];
  }
  return s;
}

/* What follows from the column sums u of the columns from k0 on: (3) and (4). */
static void spread_columns_point(const Pass *pass, const PointData *at, size_t k0, int n_cols,
                                 const double *u)
{
  add_scaled(n_cols, pass->product.all[0], u, at->g + k0);
  for (int a = 0; a < pass->n_middle; ++a)
    add_scaled(n_cols, pass->product.but_one[a][0], u,
               at->A + (size_t)pass->block->middle[a] * pass->n + k0);
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

/* A rectangle of a block, rows row_begin ... row_end-1 and columns col_begin ... col_end-1 of it. */
static void add_rectangle_point(const Pass *pass, const PointData *at, int row_begin, int row_end,
                                int col_begin, int col_end)
{
  const KrBlock *block = pass->block;
  double         u[POINT_COLUMNS] __attribute__((aligned(64))), s = 0.0;

  if (row_begin >= row_end) return;
  for (int col = col_begin; col < col_end; col += POINT_COLUMNS) {
    const int    left   = col_end - col;
    const int    n_cols = left < POINT_COLUMNS ? left : POINT_COLUMNS;
    const size_t k0     = (size_t)(block->col_first + col);

    for (int row = row_begin; row < row_end; row += POINT_ROWS) {
      const int below  = row_end - row;
      const int height = below < POINT_ROWS ? below : POINT_ROWS;

      s += add_some_rows_point(pass, at, height, row == row_begin, row, col, n_cols, u);
    }
    spread_columns_point(pass, at, k0, n_cols, u);
  }
  spread_form_point(pass, at, s);
}

static void add_block_point(const Pass *pass, const PointData *at)
{
  add_rectangle_point(pass, at, 0, pass->block->n_rows, 0, pass->block->n_cols);
}

#include "contract_point_gradient.h"
#include "contract_point_run.h"

/* Begins a block: its products of the middle variables. */
static void begin_block_point(const KrTensor *tensor, const KrBlock *block, double scale,
                              const double x[], Pass *pass)
{
  Vec middle[MIDDLE_MAX];

  begin_pass(tensor, block, pass);
  for (int a = 0; a < MIDDLE_MAX; ++a)
    middle[a] = splat(a < pass->n_middle ? x[block->middle[a]] : 1.0);
  find_products(scale, middle, &pass->product);
}

/* Energy, gradient and Hessian; for large N by runs of blocks that differ in the last middle index only. */
static void add_tensor_point(const KrTensor *tensor, double scale, const PointData *at)
{
  const int    n_middle = tensor->order - 2;
  const int    most     = n_middle > 0 && tensor->n >= POINT_RUN_MIN_N ? POINT_RUN : 1;
  const size_t shared   = n_middle > 0 ? (size_t)(n_middle - 1) * sizeof(int) : 0;
  KrBlock      block, run[POINT_RUN];
  Pass         passes[POINT_RUN];
  int          more = KrBlockFirst(tensor, &block);

  while (more) {
    int count = 0;

    do {
      run[count] = block;
      begin_block_point(tensor, &run[count], scale, at->x, &passes[count]);
      ++count;
      more = KrBlockNext(tensor, &block);
    } while (more && count < most && memcmp(block.middle, run[0].middle, shared) == 0);
    if (count == POINT_RUN) add_run_point(passes, at);
    else
      for (int b = 0; b < count; ++b) add_block_point(&passes[b], at);
  }
}

static void derivatives(const KrTensor *tensor, double scale, const double x[], double E[],
                        double g[], double A[])
{
  const PointData at = {x, E, g, A};
  KrBlock         block;
  Pass            pass;

  if (A != NULL) {
    add_tensor_point(tensor, scale, &at);
    return;
  }
  for (int more = KrBlockFirst(tensor, &block); more; more = KrBlockNext(tensor, &block)) {
    begin_block_point(tensor, &block, scale, x, &pass);
    add_block_stream(&pass, &at);
  }
}
