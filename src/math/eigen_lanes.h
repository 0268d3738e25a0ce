/* Newton steps and tangents of KR_LANES complex eigenpairs on their paths, and the predictor between steps. Part of
   contract_body.h. The equations are those of docs/theory/homotopy.md. A complex number is a row of real parts
   and a row of imaginary parts, KR_LANES each. */

typedef struct {
  Vec re, im;
} Cplx;

ALWAYS_INLINE double *row_of(double *z, size_t i)
{
  return z + 2 * i * KR_LANES;
}

ALWAYS_INLINE Cplx c_load(const double *from)
{
  return (Cplx){load(from), load(from + KR_LANES)};
}

ALWAYS_INLINE void c_store(double *to, Cplx z)
{
  store(to, z.re);
  store(to + KR_LANES, z.im);
}

ALWAYS_INLINE Cplx c_negative(Cplx a)
{
  return (Cplx){splat(0.0) - a.re, splat(0.0) - a.im};
}

/* a b + c */
ALWAYS_INLINE Cplx c_fused(Cplx a, Cplx b, Cplx c)
{
  return (Cplx){fused(a.re, b.re, fused(splat(0.0) - a.im, b.im, c.re)),
                fused(a.re, b.im, fused(a.im, b.re, c.im))};
}

ALWAYS_INLINE Cplx c_times(Cplx a, Cplx b)
{
  return (Cplx){a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}

ALWAYS_INLINE Cplx c_scaled(Vec a, Cplx b)
{
  return (Cplx){a * b.re, a * b.im};
}

ALWAYS_INLINE Cplx c_inverse(Cplx a)
{
  const Vec factor = splat(1.0) / (a.re * a.re + a.im * a.im);

  return (Cplx){a.re * factor, splat(0.0) - a.im * factor};
}

/* Element (i, k), i <= k, of T x^{p-2} from the Hessians at Re x, Im x and, for p = 4, at their sum. */
ALWAYS_INLINE Cplx contracted(const KrEigenLanes *at, size_t lane, size_t i, size_t k)
{
  const size_t  n     = (size_t)at->n;
  const double *A     = at->A + (i * n + k) * KR_LANES + lane;
  const Vec     twice = splat(i == k ? 2.0 : 1.0);
  const Vec     a = load(A), b = load(A + n * n * KR_LANES);

  if (at->order == 3) return (Cplx){twice * a, twice * b};
  return (Cplx){twice * (a - b), twice * (load(A + 2 * n * n * KR_LANES) - a - b)};
}

/* The Jacobian (p-1) T(s) x^{p-2} - lambda into M, upper triangle, and T x^{p-1} into y. */
ALWAYS_INLINE void assemble_eigen(const KrEigenLanes *at, size_t lane, double *M, double *y)
{
  const size_t n      = (size_t)at->n;
  double      *x      = at->Y + lane;
  const Cplx   lambda = c_load(row_of(x, n));
  const Vec    p1 = splat((double)(at->order - 1)), s = load(at->s + lane);

  for (size_t i = 0; i < n; ++i) c_store(row_of(y, i), (Cplx){splat(0.0), splat(0.0)});
  for (size_t i = 0; i < n; ++i) {
    const Cplx x_i = c_load(row_of(x, i)), b_ii = contracted(at, lane, i, i);
    const Cplx d   = {splat(at->diagonal[2 * i]), splat(at->diagonal[2 * i + 1])};
    const Cplx dx  = c_times(d, at->order == 3 ? x_i : c_times(x_i, x_i));
    Cplx       y_i = c_fused(b_ii, x_i, c_load(row_of(y, i)));

    c_store(row_of(M, i * n + i), (Cplx){p1 * (fused(s, b_ii.re - dx.re, dx.re)) - lambda.re,
                                         p1 * (fused(s, b_ii.im - dx.im, dx.im)) - lambda.im});
    for (size_t k = i + 1; k < n; ++k) {
      const Cplx b = contracted(at, lane, i, k);

      c_store(row_of(M, i * n + k), c_scaled(p1 * s, b));
      y_i = c_fused(b, c_load(row_of(x, k)), y_i);
      c_store(row_of(y, k), c_fused(b, x_i, c_load(row_of(y, k))));
    }
    c_store(row_of(y, i), y_i);
  }
}

/* From y = T x^{p-1} to the residual F and its derivative along s, with D x^{p-1} = d_i x_i^{p-1}. */
ALWAYS_INLINE void residual_eigen(const KrEigenLanes *at, size_t lane, double *F, double *F_s)
{
  const size_t n      = (size_t)at->n;
  double      *x      = at->Y + lane;
  const Cplx   lambda = c_load(row_of(x, n));
  const Vec    s      = load(at->s + lane);

  for (size_t i = 0; i < n; ++i) {
    const Cplx x_i = c_load(row_of(x, i)), y = c_load(row_of(F, i));
    const Cplx d      = {splat(at->diagonal[2 * i]), splat(at->diagonal[2 * i + 1])};
    const Cplx x_2    = c_times(x_i, x_i);
    const Cplx z      = c_times(d, at->order == 3 ? x_2 : c_times(x_2, x_i));
    const Cplx change = {y.re - z.re, y.im - z.im};

    c_store(row_of(F_s, i), change);
    c_store(row_of(F, i), c_fused(c_negative(lambda), x_i,
                                  (Cplx){fused(s, change.re, z.re), fused(s, change.im, z.im)}));
  }
}

/* M = L D L^T in place, as factor_lanes(). */
ALWAYS_INLINE void factor_eigen(size_t n, double *M, double *inverse)
{
  for (size_t j = 0; j < n; ++j) {
    const Cplx d = c_inverse(c_load(row_of(M, j * n + j)));
    size_t     i = j + 1;

    c_store(row_of(inverse, j), d);
    for (; i + 2 <= n;
         i += 2) { /* two rows at a time: below the diagonal it spoils what nobody reads */
      const Cplx f = c_negative(c_times(d, c_load(row_of(M, j * n + i))));
      const Cplx g = c_negative(c_times(d, c_load(row_of(M, j * n + i + 1))));

      for (size_t k = i; k < n; ++k) {
        const Cplx u = c_load(row_of(M, j * n + k));

        c_store(row_of(M, i * n + k), c_fused(f, u, c_load(row_of(M, i * n + k))));
        c_store(row_of(M, (i + 1) * n + k), c_fused(g, u, c_load(row_of(M, (i + 1) * n + k))));
      }
    }
    for (; i < n; ++i) {
      const Cplx f = c_negative(c_times(d, c_load(row_of(M, j * n + i))));

      for (size_t k = i; k < n; ++k)
        c_store(row_of(M, i * n + k),
                c_fused(f, c_load(row_of(M, j * n + k)), c_load(row_of(M, i * n + k))));
    }
  }
}

/* u, v, w <- M^-1 u, M^-1 v, M^-1 w. */
ALWAYS_INLINE void solve_eigen(size_t n, double *M, double *inverse, double *u, double *v,
                               double *w)
{
  for (size_t j = 0; j < n; ++j) {
    const Cplx d   = c_negative(c_load(row_of(inverse, j)));
    const Cplx u_j = c_times(d, c_load(row_of(u, j)));
    const Cplx v_j = c_times(d, c_load(row_of(v, j)));
    const Cplx w_j = c_times(d, c_load(row_of(w, j)));

    for (size_t k = j + 1; k < n; ++k) {
      const Cplx m = c_load(row_of(M, j * n + k));

      c_store(row_of(u, k), c_fused(u_j, m, c_load(row_of(u, k))));
      c_store(row_of(v, k), c_fused(v_j, m, c_load(row_of(v, k))));
      c_store(row_of(w, k), c_fused(w_j, m, c_load(row_of(w, k))));
    }
  }
  for (size_t j = n; j-- > 0;) {
    const Cplx d   = c_load(row_of(inverse, j));
    Cplx       u_j = c_load(row_of(u, j)), v_j = c_load(row_of(v, j)), w_j = c_load(row_of(w, j));

    for (size_t k = j + 1; k < n; ++k) {
      const Cplx m = c_negative(c_load(row_of(M, j * n + k)));

      u_j = c_fused(m, c_load(row_of(u, k)), u_j);
      v_j = c_fused(m, c_load(row_of(v, k)), v_j);
      w_j = c_fused(m, c_load(row_of(w, k)), w_j);
    }
    c_store(row_of(u, j), c_times(d, u_j));
    c_store(row_of(v, j), c_times(d, v_j));
    c_store(row_of(w, j), c_times(d, w_j));
  }
}

/* The border: z <- w dlambda - z with c.z = r, and dlambda as its last row. */
ALWAYS_INLINE void border_eigen(size_t n, const double *patch, Cplx r, Cplx scale, double *w,
                                double *z)
{
  Cplx cz = r, dlambda;

  for (size_t i = 0; i < n; ++i)
    cz = c_fused(c_load(patch + 2 * i * KR_LANES), c_load(row_of(z, i)), cz);
  dlambda = c_times(cz, scale);
  for (size_t i = 0; i < n; ++i)
    c_store(row_of(z, i), c_fused(dlambda, c_load(row_of(w, i)), c_negative(c_load(row_of(z, i)))));
  c_store(row_of(z, n), dlambda);
}

/* KrKernels.eigen_lanes of the WIDTH lanes at the given offset. */
ALWAYS_INLINE void eigen_some_lanes(const KrEigenLanes *at, size_t lane)
{
  const size_t  n    = (size_t)at->n;
  const Cplx    zero = {splat(0.0), splat(0.0)};
  double       *x = at->Y + lane, *step = at->step + lane, *tangent = at->tangent + lane;
  double       *M = at->work + lane, *inverse = row_of(M, n * n), *w = row_of(inverse, n);
  const double *patch = at->patch + lane;
  Cplx          cw = zero, cx = {splat(-1.0), splat(0.0)}, scale;
  Vec           size = splat(0.0), length = splat(0.0);

  assemble_eigen(at, lane, M, step);
  residual_eigen(at, lane, step, tangent);
  factor_eigen(n, M, inverse);
  for (size_t i = 0; i < n; ++i) c_store(row_of(w, i), c_load(row_of(x, i)));
  solve_eigen(n, M, inverse, step, tangent, w);
  for (size_t i = 0; i < n; ++i) {
    const Cplx c = c_load(patch + 2 * i * KR_LANES);

    cw = c_fused(c, c_load(row_of(w, i)), cw);
    cx = c_fused(c, c_load(row_of(x, i)), cx);
  }
  scale = c_inverse(cw);
  border_eigen(n, patch, c_negative(cx), scale, w, step);
  border_eigen(n, patch, zero, scale, w, tangent);
  for (size_t i = 0; i <= n; ++i) {
    const Cplx z = c_load(row_of(step, i)), old = c_load(row_of(x, i));
    const Cplx y = {old.re + z.re, old.im + z.im};

    size = fused(z.re, z.re, fused(z.im, z.im, size));
    if (i < n) length = fused(y.re, y.re, fused(y.im, y.im, length));
    c_store(row_of(x, i), y);
  }
  store(at->size + lane, size);
  store(at->length + lane, length);
}

static void eigen_lanes(const KrEigenLanes *at)
{
  for (size_t lane = 0; lane < KR_LANES; lane += WIDTH) eigen_some_lanes(at, lane);
}

/* KrKernels.combine_lanes: rows of numbers of KR_LANES each. */
static void combine_lanes(size_t n_rows, int n_terms, const double *const terms[],
                          const double factors[], double target[])
{
  for (size_t lane = 0; lane < KR_LANES; lane += WIDTH)
    for (size_t i = 0; i < n_rows; ++i) {
      Vec sum = load(factors + lane) * load(terms[0] + i * KR_LANES + lane);

      for (int t = 1; t < n_terms; ++t)
        sum = fused(load(factors + t * KR_LANES + lane), load(terms[t] + i * KR_LANES + lane), sum);
      store(target + i * KR_LANES + lane, sum);
    }
}
