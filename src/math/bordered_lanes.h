/* Newton systems of KR_LANES points, bordered or not, factored and solved in SIMD lanes. Part of contract_body.h. */

#define PIVOTS      4          /* eliminated together */
#define UPDATE_ROWS (ROWS / 2) /* rows that take one pass of the eliminated ones */

/* A row of the upper triangle: at(k) is its element in column k, WIDTH lanes. */
ALWAYS_INLINE double *element(double *A, size_t n, size_t i, size_t k)
{
  return A + (i * n + k) * KR_LANES;
}

/* K = A + A^T - mu + sigma x x^T / N, upper triangle. */
ALWAYS_INLINE void shift_lanes(size_t n, double *A, const double *X, Vec mu, Vec sigma)
{
  const Vec factor = sigma * splat(1.0 / (double)n);

  for (size_t i = 0; i < n; ++i) {
    const Vec x = factor * load(X + i * KR_LANES);
    double   *a = element(A, n, i, i);

    store(a, load(a) * splat(2.0) - mu);
    for (size_t k = i; k < n; ++k, a += KR_LANES) add_to(a, x, load(X + k * KR_LANES));
  }
}

/* Row j and, within the panel, rows below it: the pivots j ... j+count-1 among themselves. Leaves 1/d on the diagonal's
   place in `inverse`. */
ALWAYS_INLINE void eliminate_panel(size_t n, double *A, size_t j, size_t count, double *inverse)
{
  for (size_t p = j; p < j + count; ++p) {
    const Vec d = splat(1.0) / load(element(A, n, p, p));

    store(inverse + p * KR_LANES, d);
    for (size_t i = p + 1; i < j + count; ++i) {
      const Vec factor = splat(0.0) - d * load(element(A, n, p, i));

      for (size_t k = i; k < n; ++k) add_to(element(A, n, i, k), factor, load(element(A, n, p, k)));
    }
  }
}

/* Rows i ... i+height-1 take PIVOTS eliminated rows. */
ALWAYS_INLINE void update_rows(size_t n, double *A, size_t j, const double *inverse, size_t i,
                               size_t height)
{
  Vec factor[UPDATE_ROWS][PIVOTS];

  for (size_t r = 0; r < height; ++r)
    for (size_t p = 0; p < PIVOTS; ++p)
      factor[r][p] =
        splat(0.0) - load(inverse + (j + p) * KR_LANES) * load(element(A, n, j + p, i + r));
  for (size_t k = i; k < n; ++k) { /* below the diagonal it spoils what nobody reads */
    Vec u[PIVOTS];

    for (size_t p = 0; p < PIVOTS; ++p) u[p] = load(element(A, n, j + p, k));
    for (size_t r = 0; r < height; ++r) {
      double *a = element(A, n, i + r, k);
      Vec     t = load(a);

      for (size_t p = 0; p < PIVOTS; ++p) t = fused(factor[r][p], u[p], t);
      store(a, t);
    }
  }
}

/* K = L D L^T in place: row j of the upper triangle becomes row j of D L^T. */
ALWAYS_INLINE void factor_lanes(size_t n, double *A, double *inverse)
{
  size_t j = 0;

  for (; j + PIVOTS <= n; j += PIVOTS) {
    size_t i = j + PIVOTS;

    eliminate_panel(n, A, j, PIVOTS, inverse);
    for (; i + UPDATE_ROWS <= n; i += UPDATE_ROWS) update_rows(n, A, j, inverse, i, UPDATE_ROWS);
    for (; i < n; ++i) update_rows(n, A, j, inverse, i, 1);
  }
  eliminate_panel(n, A, j, n - j, inverse);
}

/* y <- K^-1 y, z <- K^-1 z. */
ALWAYS_INLINE void solve_two_lanes(size_t n, double *A, const double *inverse, double *y, double *z)
{
  for (size_t j = 0; j < n; ++j) {
    const Vec d   = load(inverse + j * KR_LANES);
    const Vec y_j = splat(0.0) - d * load(y + j * KR_LANES);
    const Vec z_j = splat(0.0) - d * load(z + j * KR_LANES);

    for (size_t k = j + 1; k < n; ++k) {
      const Vec u = load(element(A, n, j, k));

      add_to(y + k * KR_LANES, y_j, u);
      add_to(z + k * KR_LANES, z_j, u);
    }
  }
  for (size_t j = n; j-- > 0;) { /* in two halves each, as a sum waits for its last term */
    Vec    y_j = splat(0.0), z_j = splat(0.0), y_more = splat(0.0), z_more = splat(0.0);
    size_t k = j + 1;

    for (; k + 2 <= n; k += 2) {
      const Vec u = load(element(A, n, j, k)), u_more = load(element(A, n, j, k + 1));

      y_j    = fused(u, load(y + k * KR_LANES), y_j);
      z_j    = fused(u, load(z + k * KR_LANES), z_j);
      y_more = fused(u_more, load(y + (k + 1) * KR_LANES), y_more);
      z_more = fused(u_more, load(z + (k + 1) * KR_LANES), z_more);
    }
    if (k < n) {
      y_j = fused(load(element(A, n, j, k)), load(y + k * KR_LANES), y_j);
      z_j = fused(load(element(A, n, j, k)), load(z + k * KR_LANES), z_j);
    }
    store(y + j * KR_LANES,
          load(inverse + j * KR_LANES) * (load(y + j * KR_LANES) - (y_j + y_more)));
    store(z + j * KR_LANES,
          load(inverse + j * KR_LANES) * (load(z + j * KR_LANES) - (z_j + z_more)));
  }
}

/* KrKernels.bordered_lanes of the WIDTH lanes at the given offset. */
ALWAYS_INLINE void bordered_some_lanes(size_t n, double *A, const double *X, Vec mu, Vec sigma,
                                       double *D, double *dmu, double *index, double *work)
{
  double *inverse = work, *z = work + n * KR_LANES;
  Vec     xy = splat(0.0), xz = splat(0.0), count = splat(0.0), change;

  shift_lanes(n, A, X, mu, sigma);
  factor_lanes(n, A, inverse);
  for (size_t i = 0; i < n; ++i) store(z + i * KR_LANES, load(X + i * KR_LANES));
  solve_two_lanes(n, A, inverse, D, z);
  for (size_t i = 0; i < n; ++i) {
    xy = fused(load(X + i * KR_LANES), load(D + i * KR_LANES), xy);
    xz = fused(load(X + i * KR_LANES), load(z + i * KR_LANES), xz);
    count += is_negative(load(inverse + i * KR_LANES));
  }
  store(index,
        count - is_negative(xz)); /* Haynsworth: the border adds a negative one and that of -x.z */
  change = xy / xz;               /* x . (y + z dmu) = 0 with y = -K^-1 r; D holds -y */
  store(dmu, change);
  for (size_t i = 0; i < n; ++i)
    store(D + i * KR_LANES,
          fused(change, load(z + i * KR_LANES), splat(0.0) - load(D + i * KR_LANES)));
}

static void bordered_lanes(int n, double A[], const double X[], const double mu[],
                           const double sigma[], double D[], double dmu[], double index[],
                           double work[])
{
  for (size_t l = 0; l < KR_LANES; l += WIDTH)
    bordered_some_lanes((size_t)n, A + l, X + l, load(mu + l), load(sigma + l), D + l, dmu + l,
                        index + l, work + l);
}

/* KrKernels.symmetric_lanes of the WIDTH lanes at the given offset; z idles. */
ALWAYS_INLINE void symmetric_some_lanes(size_t n, double *A, double *D, double *index, double *work)
{
  double *inverse = work, *z = work + n * KR_LANES;
  Vec     count = splat(0.0);

  for (size_t i = 0; i < n; ++i) {
    double *a = element(A, n, i, i);

    store(a, load(a) * splat(2.0));
    store(z + i * KR_LANES, splat(0.0));
  }
  factor_lanes(n, A, inverse);
  solve_two_lanes(n, A, inverse, D, z);
  for (size_t i = 0; i < n; ++i) {
    count += is_negative(load(inverse + i * KR_LANES));
    store(D + i * KR_LANES, splat(0.0) - load(D + i * KR_LANES));
  }
  store(index, count);
}

static void symmetric_lanes(int n, double A[], double D[], double index[], double work[])
{
  for (size_t l = 0; l < KR_LANES; l += WIDTH)
    symmetric_some_lanes((size_t)n, A + l, D + l, index + l, work + l);
}
