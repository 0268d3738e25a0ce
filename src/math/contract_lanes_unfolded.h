/* Energy, gradient and Hessian of KR_LANES points from the unfolded form of a small tensor: a matrix times the
   monomials of each point. Part of contract_body.h. docs/theory/tensor.md, section 6. */

/* Room for all that KrTensorUnfolds(): monomials of every degree up to p-2, and entries filled up to a tile. */
#define UNFOLDED_MONOMIALS 728 /* p = 6, N = 9: 9 + 45 + 165 + 495 = 714 */
#define UNFOLDED_ENTRIES   (KR_UNFOLDED_N_MAX * (KR_UNFOLDED_N_MAX + 1) / 2 + KR_UNFOLDED_ROWS)

/* The monomials of degree `degree`, WIDTH lanes each, in colex order; returns where they begin in y. */
ALWAYS_INLINE double *find_monomials(int n, int degree, const double *X, double *y)
{
  double *below = y, *next;

  for (int i = 0; i < n; ++i) store(y + i * WIDTH, load(X + (size_t)i * KR_LANES));
  next = y + n * WIDTH;
  for (int d = 2; d <= degree;
       ++d) { /* x_i times those of one degree less in x_0 ... x_i, which come first */
    double *begin = next;
    int     count = 0;

    for (int i = 0; i < n; ++i) {
      const Vec x = load(y + i * WIDTH);

      count = i == 0 ? 1 : count * (i + d - 1) / i; /* binomial(i+d-1, d-1) */
      for (int m = 0; m < count; ++m, next += WIDTH) store(next, x * load(below + m * WIDTH));
    }
    below = begin;
  }
  return below;
}

/* A tile of entries of the Hessian. */
ALWAYS_INLINE void multiply_tile(int n_monomials, const double *restrict u,
                                 const double *restrict y, double *restrict h)
{
  Vec sum[KR_UNFOLDED_ROWS];

  for (int r = 0; r < KR_UNFOLDED_ROWS; ++r) sum[r] = splat(0.0);
  for (int m = 0; m < n_monomials; ++m, u += KR_UNFOLDED_ROWS) {
    const Vec v = load(y + m * WIDTH);

    for (int r = 0; r < KR_UNFOLDED_ROWS; ++r) sum[r] = fused(splat(u[r]), v, sum[r]);
  }
  for (int r = 0; r < KR_UNFOLDED_ROWS; ++r) store(h + r * WIDTH, sum[r]);
}

/* WIDTH lanes: h, the upper accumulation, goes to A; g_i = sum_k H_ik x_k / (p-1) and E = x . g / p by Euler. */
ALWAYS_INLINE void unfolded_some_lanes(const KrTensor *tensor, double scale, const double *X,
                                       double *E, double *G, double *A)
{
  const int     n = tensor->n, p = tensor->order;
  const int     n_monomials = (int)KrTensorCount(p - 2, n), n_entries = n * (n + 1) / 2;
  const Vec     w = splat(scale), w_g = splat(scale / (p - 1)), w_e = splat(scale / (p * (p - 1)));
  double        y[UNFOLDED_MONOMIALS * WIDTH] __attribute__((aligned(64)));
  double        h[UNFOLDED_ENTRIES * WIDTH] __attribute__((aligned(64)));
  double        g[KR_UNFOLDED_N_MAX * WIDTH] __attribute__((aligned(64)));
  const double *monomials = find_monomials(n, p - 2, X, y), *h_next = h;
  Vec           e = splat(0.0);

  for (int entry = 0; entry < n_entries; entry += KR_UNFOLDED_ROWS)
    multiply_tile(n_monomials, tensor->unfolded + (size_t)entry * (size_t)n_monomials, monomials,
                  h + entry * WIDTH);
  for (int i = 0; i < n; ++i) store(g + i * WIDTH, splat(0.0));
  for (int i = 0; i < n; ++i) {
    const Vec x = load(y + i * WIDTH);
    double   *a = A + ((size_t)i * (size_t)n + (size_t)i) * KR_LANES;
    Vec       t = splat(0.0);

    for (int k = i; k < n; ++k, h_next += WIDTH, a += KR_LANES) {
      const Vec h_ik = load(h_next);

      t = fused(h_ik, load(y + k * WIDTH), t);
      add_to(g + k * WIDTH, x, h_ik);
      add_to(a, w, h_ik);
    }
    t += load(g + i * WIDTH);
    add_to(G + (size_t)i * KR_LANES, w_g, t);
    e = fused(x, t, e);
  }
  add_to(E, w_e, e);
}
