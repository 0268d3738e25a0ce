/* Hessian times vector: the derivative of the gradient along v, every quantity with its rate. Part of
   contract_body.h, after contract_point.h. */
#define APPLY_ROWS 2

typedef struct {
  const double *x, *v;
  double       *Hv;
} ApplyData;

/* Rates of the products of a block along v. */
typedef struct {
  Vec all, but_one[MIDDLE_MAX];
} Rates;

/* The rates from the middle entries of v. */
ALWAYS_INLINE void find_rates(const Pass *pass, const Vec v[MIDDLE_MAX], Rates *rate)
{
  const Vec *but_two = pass->product.but_two;

  rate->all = splat(0.0);
  for (int a = 0; a < MIDDLE_MAX; ++a) rate->but_one[a] = splat(0.0);
  for (int b = 0; b < pass->n_middle; ++b) {
    rate->all = fused(pass->product.but_one[b], v[b], rate->all);
    for (int a = 0; a < b; ++a, ++but_two) {
      rate->but_one[a] = fused(*but_two, v[b], rate->but_one[a]);
      rate->but_one[b] = fused(*but_two, v[a], rate->but_one[b]);
    }
  }
}

/* Row sums t = M x, dt = M v of `height` rows and their share of the column sums u = M^T x, du = M^T v. */
ALWAYS_INLINE void add_rows_apply(const Pass *pass, const ApplyData *at, int height, int row,
                                  int col, int n_cols, double *restrict u, double *restrict du,
                                  double t[], double dt[])
{
  const KrBlock *block = pass->block;
  const size_t   i0 = (size_t)(block->row_first + row), k0 = (size_t)(block->col_first + col);
  const size_t   stride = (size_t)block->n_cols;
  const double  *c      = pass->c + (size_t)row * stride + (size_t)col;
  Vec            sums[APPLY_ROWS], rates[APPLY_ROWS];

  for (int r = 0; r < height; ++r) sums[r] = rates[r] = splat(0.0);
  for (int k = 0; k < n_cols; k += WIDTH) {
    const int rest = n_cols - k;
    const int part = rest < WIDTH;
    const Vec x    = part ? load_part(at->x + k0 + k, rest) : load(at->x + k0 + k);
    const Vec v    = part ? load_part(at->v + k0 + k, rest) : load(at->v + k0 + k);
    Vec u_col = row == 0 ? splat(0.0) : load(u + k), du_col = row == 0 ? splat(0.0) : load(du + k);

    for (int r = 0; r < height; ++r) {
      const double *entry = c + (size_t)r * stride + k;
      const Vec     m     = part ? load_part(entry, rest) : load(entry);

      sums[r]  = fused(m, x, sums[r]);
      rates[r] = fused(m, v, rates[r]);
      u_col    = fused(m, splat(at->x[i0 + (size_t)r]), u_col);
      du_col   = fused(m, splat(at->v[i0 + (size_t)r]), du_col);
    }
    store(u + k, u_col);
    store(du + k, du_col);
  }
  for (int r = 0; r < height; ++r) {
    t[r]  = sum(sums[r]);
    dt[r] = sum(rates[r]);
  }
}

/* One block of the product: (6). */
static void apply_block(Pass *pass, double scale, const ApplyData *at)
{
  const KrBlock *block = pass->block;
  double         u[POINT_COLUMNS] __attribute__((aligned(64)));
  double         du[POINT_COLUMNS] __attribute__((aligned(64)));
  double         t[APPLY_ROWS], dt[APPLY_ROWS], s = 0.0, ds = 0.0;
  Vec            x[MIDDLE_MAX], v[MIDDLE_MAX];
  Rates          rate;

  for (int a = 0; a < MIDDLE_MAX; ++a) {
    x[a] = splat(a < pass->n_middle ? at->x[block->middle[a]] : 1.0);
    v[a] = splat(a < pass->n_middle ? at->v[block->middle[a]] : 0.0);
  }
  find_products(scale, x, &pass->product);
  find_rates(pass, v, &rate);
  for (int col = 0; col < block->n_cols; col += POINT_COLUMNS) {
    const int    left   = block->n_cols - col;
    const int    n_cols = left < POINT_COLUMNS ? left : POINT_COLUMNS;
    const size_t k0     = (size_t)(block->col_first + col);

    for (int row = 0; row < block->n_rows; row += APPLY_ROWS) {
      const int below  = block->n_rows - row;
      const int height = below < APPLY_ROWS ? below : APPLY_ROWS;

      if (height == APPLY_ROWS)
        add_rows_apply(pass, at, APPLY_ROWS, row, col, n_cols, u, du, t, dt);
      else add_rows_apply(pass, at, 1, row, col, n_cols, u, du, t, dt);
      for (int r = 0; r < height; ++r) {
        const size_t i = (size_t)(block->row_first + row + r);

        s += at->x[i] * t[r];
        ds += at->v[i] * t[r] + at->x[i] * dt[r];
        at->Hv[i] += rate.all[0] * t[r] + pass->product.all[0] * dt[r];
      }
    }
    add_scaled(n_cols, rate.all[0], u, at->Hv + k0);
    add_scaled(n_cols, pass->product.all[0], du, at->Hv + k0);
  }
  for (int a = 0; a < pass->n_middle; ++a)
    at->Hv[block->middle[a]] += rate.but_one[a][0] * s + pass->product.but_one[a][0] * ds;
}

static void hessian_apply(const KrTensor *tensor, double scale, const double x[], const double v[],
                          double Hv[])
{
  const ApplyData at = {x, v, Hv};
  KrBlock         block;
  Pass            pass;

  for (int more = KrBlockFirst(tensor, &block); more; more = KrBlockNext(tensor, &block)) {
    begin_pass(tensor, &block, &pass);
    apply_block(&pass, scale, &at);
  }
}
