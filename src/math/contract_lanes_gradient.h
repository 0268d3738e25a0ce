/* Energy and gradient of many points at once: a vector holds the same variable of WIDTH points, and a tile serves
   VECTORS of them, so that each coefficient that is loaded meets as many points as fit into the registers. Sums run in
   the same order whatever the tile, so a point's numbers do not depend on its company. Part of contract_body.h. */
#define NARROW       64  /* columns: a wider block is read along its rows, as it lies in memory */
#define GRADIENT_RUN 128 /* of a tile: its points and gradients share the nearest cache */

typedef struct {
  const double *X; /* of the first vector */
  double       *E, *G;
  size_t        apart, E_apart; /* from vector to vector */
  size_t ahead; /* coefficients, from a tile to what is fetched meanwhile; 0: to the next tile */
} Bundle;

/* A block on its way through: products of the middle variables and s = x_rows . t of each vector. */
typedef struct {
  const KrBlock *block;
  const double  *c;
  int            n_middle;
  Products       product[VECTORS];
  Vec            s[VECTORS];
} GradientPass;

/* One side of a rectangle: variables first ... first+count-1, whose coefficients lie `stride` apart. */
typedef struct {
  int    first, count;
  size_t stride;
} Side;

/* A tile: `height` variables of one side in registers, against a run of those of the other. Forms their t (2) and what
   follows from it (3). With w x in place of x the sums of the run, w u, add up in the gradient itself. */
ALWAYS_INLINE void add_tile_gradient(GradientPass *pass, const Bundle *at, int n_vectors,
                                     int height, const double *c, const Side *tile, const Side *run)
{
  const size_t  i0 = (size_t)tile->first * KR_LANES, k0 = (size_t)run->first * KR_LANES;
  const size_t  c_i = tile->stride, c_k = run->stride;
  const double *x_i = at->X + i0, *x_k = at->X + k0;
  double       *g_i = at->G + i0, *g_k = at->G + k0;
  const double *next = c + (at->ahead != 0 ? at->ahead : (size_t)height * c_i);
  Vec           wx[GRADIENT_ROWS][VECTORS], t[GRADIENT_ROWS][VECTORS];

  for (int r = 0; r < height; ++r)
    for (int v = 0; v < n_vectors; ++v) {
      wx[r][v] = pass->product[v].all * load(x_i + (size_t)v * at->apart + r * KR_LANES);
      t[r][v]  = splat(0.0);
    }
#pragma GCC unroll 3
  for (int k = 0; k < run->count; ++k, x_k += KR_LANES, g_k += KR_LANES, c += c_k) {
    Vec x_run[VECTORS], g_run[VECTORS];

    __builtin_prefetch(next);
    next += height;
    for (int v = 0; v < n_vectors; ++v) {
      x_run[v] = load(x_k + (size_t)v * at->apart);
      g_run[v] = load(g_k + (size_t)v * at->apart);
    }
    for (int r = 0; r < height; ++r) {
      const Vec m = splat(c[(size_t)r * c_i]);

      for (int v = 0; v < n_vectors; ++v) {
        t[r][v]  = fused(m, x_run[v], t[r][v]);
        g_run[v] = fused(m, wx[r][v], g_run[v]);
      }
    }
    for (int v = 0; v < n_vectors; ++v) store(g_k + (size_t)v * at->apart, g_run[v]);
  }
  for (int r = 0; r < height; ++r)
    for (int v = 0; v < n_vectors; ++v) {
      const size_t place = (size_t)v * at->apart + (size_t)r * KR_LANES;

      pass->s[v] = fused(load(x_i + place), t[r][v], pass->s[v]);
      add_to(g_i + place, pass->product[v].all, t[r][v]);
    }
}

/* The same with the height as a constant, so that a tile lives in registers. */
ALWAYS_INLINE void add_some_tile_gradient(GradientPass *pass, const Bundle *at, int n_vectors,
                                          const double *c, const Side *tile, const Side *run)
{
#define TILE(height) \
  case height: add_tile_gradient(pass, at, n_vectors, height, c, tile, run); break
  switch (tile->count) {
    TILE(1);
    TILE(2);
    TILE(3);
#if GRADIENT_ROWS > 4
    TILE(5);
    TILE(6);
#endif
  default: TILE(4);
  }
#undef TILE
}

/* A rectangle with the run along its longer side, where a tile has more to do between its beginning and its end. */
ALWAYS_INLINE void add_rectangle_gradient(GradientPass *pass, const Bundle *at, int n_vectors,
                                          const Side *shorter, const Side *longer)
{
  for (int k = 0; k < longer->count; k += GRADIENT_RUN) {
    const int  left = longer->count - k;
    const Side run = {longer->first + k, left < GRADIENT_RUN ? left : GRADIENT_RUN, longer->stride};

    for (int i = 0; i < shorter->count; i += GRADIENT_ROWS) {
      const int  below = shorter->count - i;
      const Side tile  = {shorter->first + i, below < GRADIENT_ROWS ? below : GRADIENT_ROWS,
                          shorter->stride};

      add_some_tile_gradient(pass, at, n_vectors,
                             pass->c + (size_t)i * tile.stride + (size_t)k * run.stride, &tile,
                             &run);
    }
  }
}

/* What follows from s: (1) and (3). */
ALWAYS_INLINE void spread_form_gradient(const GradientPass *pass, const Bundle *at, int n_vectors)
{
  for (int v = 0; v < n_vectors; ++v) {
    add_to(at->E + (size_t)v * at->E_apart, pass->product[v].all, pass->s[v]);
    for (int a = 0; a < pass->n_middle; ++a)
      add_to(at->G + (size_t)v * at->apart + (size_t)pass->block->middle[a] * KR_LANES,
             pass->product[v].but_one[a], pass->s[v]);
  }
}

ALWAYS_INLINE void add_block_gradient(const KrTensor *tensor, const KrBlock *block, double scale,
                                      const Bundle *at, int n_vectors)
{
  const Side   rows    = {block->row_first, block->n_rows, (size_t)block->n_cols};
  const Side   cols    = {block->col_first, block->n_cols, 1};
  const int    is_tall = block->n_rows > block->n_cols && block->n_cols <= NARROW;
  GradientPass pass;

  pass.block    = block;
  pass.c        = tensor->c + block->offset;
  pass.n_middle = tensor->order - 2;
  for (int v = 0; v < n_vectors; ++v) {
    Vec x[MIDDLE_MAX];

    for (int a = 0; a < MIDDLE_MAX; ++a)
      x[a] = a < pass.n_middle
               ? load(at->X + (size_t)v * at->apart + (size_t)block->middle[a] * KR_LANES)
               : splat(1.0);
    find_products(scale, x, &pass.product[v]);
    pass.s[v] = splat(0.0);
  }
  add_rectangle_gradient(&pass, at, n_vectors, is_tall ? &cols : &rows, is_tall ? &rows : &cols);
  spread_form_gradient(&pass, at, n_vectors);
}

/* A chunk for some vectors. */
static void add_chunk_gradient(const Chunk *chunk, double scale, const Bundle *at, int n_vectors)
{
  KrBlock block = chunk->first;

  do {
    if (n_vectors == VECTORS) add_block_gradient(&chunk->tensor, &block, scale, at, VECTORS);
    else add_block_gradient(&chunk->tensor, &block, scale, at, 1);
  } while (KrBlockNext(&chunk->tensor, &block));
}

/* Energy and gradient, chunk by chunk: all points use a chunk while it is near. */
static void gradient_lanes(const KrTensor *tensor, double scale, int n_groups, const double *X,
                           double *E, double *G)
{
  const size_t size  = (size_t)tensor->n * KR_LANES;
  const int    parts = KR_LANES / WIDTH, n_all = n_groups * parts;
  Chunk        chunk;

  for (int more = first_chunk(tensor, &chunk); more; more = next_chunk(tensor, &chunk))
    for (int vector = 0; vector < n_all;) {
      const int    is_last = n_all - vector <= VECTORS;
      const size_t group = (size_t)(vector / parts), lane = (size_t)(vector % parts) * WIDTH;
      const int    n_vectors = n_all - vector < VECTORS ? 1 : VECTORS;
      const Bundle at        = {.X       = X + group * size + lane,
                                .E       = E + group * KR_LANES + lane,
                                .G       = G + group * size + lane,
                                .apart   = parts == 1 ? size : WIDTH,
                                .E_apart = WIDTH,
                                .ahead   = is_last && chunk.more ? chunk.size : 0};

      add_chunk_gradient(&chunk, scale, &at, n_vectors);
      vector += n_vectors;
    }
}
