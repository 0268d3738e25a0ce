/* KR_LANES products of Hessian and vector at once. Part of contract_body.h, after contract_apply.h. */
#define LANES_APPLY_ROWS (ROWS / 2) /* each row holds x, v, t and dt in registers */

typedef struct {
  const double *X, *V;
  double       *HV;
} LanesApplyData;

/* What the rows of a tile leave: s = x_rows . t and its rate. */
typedef struct {
  Vec s, ds;
} Form;

/* `height` rows of a tile: their t and dt, what follows from them, and their share of u and du (6). */
ALWAYS_INLINE void add_rows_lanes_apply(const Pass *pass, const LanesApplyData *at, Vec rate_all,
                                        int height, int row, int col, int n_cols,
                                        double *restrict u, double *restrict du, Form *form)
{
  const KrBlock *block = pass->block;
  const size_t   i0 = (size_t)(block->row_first + row), k0 = (size_t)(block->col_first + col);
  const size_t   stride = (size_t)block->n_cols;
  const double  *c      = pass->c + (size_t)row * stride + (size_t)col;
  const double  *x_k = at->X + k0 * KR_LANES, *v_k = at->V + k0 * KR_LANES;
  const Vec      w = pass->product.all;
  Vec x[LANES_APPLY_ROWS], v[LANES_APPLY_ROWS], t[LANES_APPLY_ROWS], dt[LANES_APPLY_ROWS];

  for (int r = 0; r < height; ++r) {
    x[r] = load(at->X + (i0 + (size_t)r) * KR_LANES);
    v[r] = load(at->V + (i0 + (size_t)r) * KR_LANES);
    t[r] = dt[r] = splat(0.0);
  }
  for (int k = 0; k < n_cols; ++k) {
    const Vec x_col = load(x_k + (size_t)k * KR_LANES), v_col = load(v_k + (size_t)k * KR_LANES);
    Vec       u_col  = row == 0 ? splat(0.0) : load(u + k * WIDTH);
    Vec       du_col = row == 0 ? splat(0.0) : load(du + k * WIDTH);

    for (int r = 0; r < height; ++r) {
      const Vec m = splat(c[(size_t)r * stride + (size_t)k]);

      t[r]   = fused(m, x_col, t[r]);
      dt[r]  = fused(m, v_col, dt[r]);
      u_col  = fused(m, x[r], u_col);
      du_col = fused(m, v[r], du_col);
    }
    store(u + k * WIDTH, u_col);
    store(du + k * WIDTH, du_col);
  }
  for (int r = 0; r < height; ++r) {
    form->s  = fused(x[r], t[r], form->s);
    form->ds = fused(v[r], t[r], fused(x[r], dt[r], form->ds));
    add_to(at->HV + (i0 + (size_t)r) * KR_LANES, rate_all, t[r]);
    add_to(at->HV + (i0 + (size_t)r) * KR_LANES, w, dt[r]);
  }
}

/* The same with the height as a constant, so that a tile lives in registers. */
ALWAYS_INLINE void add_some_rows_lanes_apply(const Pass *pass, const LanesApplyData *at,
                                             Vec rate_all, int height, int row, int col, int n_cols,
                                             double *u, double *du, Form *form)
{
#define TILE(rows) \
  case rows: add_rows_lanes_apply(pass, at, rate_all, rows, row, col, n_cols, u, du, form); break
  switch (height) {
    TILE(1);
#if LANES_APPLY_ROWS > 2
    TILE(3);
    TILE(4);
#endif
  default: TILE(2);
  }
#undef TILE
}

/* One block of the products: (6). */
ALWAYS_INLINE void apply_block_lanes(Pass *pass, double scale, const LanesApplyData *at)
{
  const KrBlock *block = pass->block;
  Vec            x[MIDDLE_MAX], v[MIDDLE_MAX];
  Rates          rate;
  Form           form = {splat(0.0), splat(0.0)};
  double         u[LANES_COLUMNS * WIDTH] __attribute__((aligned(64)));
  double         du[LANES_COLUMNS * WIDTH] __attribute__((aligned(64)));

  for (int a = 0; a < MIDDLE_MAX; ++a) {
    const size_t m = a < pass->n_middle ? (size_t)block->middle[a] * KR_LANES : 0;

    x[a] = a < pass->n_middle ? load(at->X + m) : splat(1.0);
    v[a] = a < pass->n_middle ? load(at->V + m) : splat(0.0);
  }
  find_products(scale, x, &pass->product);
  find_rates(pass, v, &rate);
  for (int col = 0; col < block->n_cols; col += LANES_COLUMNS) {
    const int left   = block->n_cols - col;
    const int n_cols = left < LANES_COLUMNS ? left : LANES_COLUMNS;
    double   *HV     = at->HV + (size_t)(block->col_first + col) * KR_LANES;

    for (int row = 0; row < block->n_rows; row += LANES_APPLY_ROWS) {
      const int below  = block->n_rows - row;
      const int height = below < LANES_APPLY_ROWS ? below : LANES_APPLY_ROWS;

      add_some_rows_lanes_apply(pass, at, rate.all, height, row, col, n_cols, u, du, &form);
    }
    for (int k = 0; k < n_cols; ++k) {
      add_to(HV + (size_t)k * KR_LANES, rate.all, load(u + k * WIDTH));
      add_to(HV + (size_t)k * KR_LANES, pass->product.all, load(du + k * WIDTH));
    }
  }
  for (int a = 0; a < pass->n_middle; ++a) {
    double *HV = at->HV + (size_t)block->middle[a] * KR_LANES;

    add_to(HV, rate.but_one[a], form.s);
    add_to(HV, pass->product.but_one[a], form.ds);
  }
}

static void hessian_apply_lanes(const KrTensor *tensor, double scale, int n_groups,
                                const double X[], const double V[], double HV[])
{
  const size_t size = (size_t)tensor->n * KR_LANES;
  Chunk        chunk;
  KrBlock      block;
  Pass         pass;

  for (int more = first_chunk(tensor, &chunk); more; more = next_chunk(tensor, &chunk))
    for (size_t g = 0; g < (size_t)n_groups; ++g) {
      block = chunk.first;
      do {
        begin_pass(tensor, &block, &pass);
        for (size_t lane = g * size; lane < g * size + KR_LANES; lane += WIDTH) {
          const LanesApplyData at = {X + lane, V + lane, HV + lane};

          apply_block_lanes(&pass, scale, &at);
        }
      } while (KrBlockNext(&chunk.tensor, &block));
    }
}
