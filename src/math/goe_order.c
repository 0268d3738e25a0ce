/* Density of each ordered eigenvalue of GOE(n): docs/theory/kac_rice.md, section 2. With a(x), b(x) the
   integrals of the Hermite functions left and right of x and B, A their skew integrals there, p_(2m) and
   p_(2m+1) are the coefficients of y^m of two Pfaffians of A + y B, eqs. (6) and (7), sampled here on circles
   |y| = rho. At rho = 1 the rounding error of p_k(x) is eps times the sum over k: too much for the rare k
   that the Kac-Rice weight favours. So circles of several radii are tried, each k taking the one on which
   it is least drowned. */
#include "goe_order.h"
#include "hermite.h"
#include "pfaffian.h"
#include <kacrice/theory.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_POINTS \
  12 /* on a circle: 24 indices, where the law of k has standard deviation below 1 */
#define STEP     1e-3  /* ratio of successive radii: moves the tilted mean of k by about 2 */
#define SMALLEST 1e-12 /* last radius: eps / rho of relative error is left there */
#define HOPELESS 9.0   /* p_k(x) < exp(-70) of the sum when k is this far under the mean index */

static const double pi = 3.14159265358979323846;

typedef struct {
  double rho;
  int    n_points;         /* even, so that no sample is real: the roots may be */
  int    first;            /* coefficients of y^first ... y^(first + n_points - 1) are resolved */
  int    center;           /* where the largest is expected */
  double even[MAX_POINTS]; /* coefficient of y^(first + i) times rho^(first + i - center) */
  double odd[MAX_POINTS];
} Circle;

/* The denominator of eq. (6): odd n is bordered by the integrals over the line. */
static double whole_line_pfaffian(KrGoeOrder *order)
{
  const int n = order->n, size = n + n % 2;

  KrHermiteHalfLine(n, 2.0 * sqrt((double)n) + 20.0, order->phi, order->left, order->below,
                    order->work); /* as good as infinity: phi_n is below 1e-40 from there on */
  memset(order->im, 0, (size_t)size * size * sizeof(*order->im));
  for (int i = 0; i < n; ++i) {
    for (int j = i + 1; j < n; ++j) order->re[i * size + j] = order->below[i * n + j];
    if (size > n) order->re[i * size + n] = order->left[i];
  }
  return creal(KrPfaffianEliminate(size, 0, order->re, order->im, 1.0, 0));
}

/*
  KrGoeOrderCreate - Allocates the work space of KrGoeOrderEvaluate() for one n.

  Not collective

  Input:
. n - order of the matrix, 1 <= n <= KR_THEORY_N_MAX

  Output:
. order - owned by the caller, to be destroyed by KrGoeOrderDestroy() even after an error

  Errors: KR_THEORY_NO_MEMORY
  Cost:   4 n^2 reals of memory
*/
int KrGoeOrderCreate(int n, KrGoeOrder *order)
{
  const size_t square = (size_t)n * n, bordered = (size_t)(n + 3) * (n + 3);

  *order        = (KrGoeOrder){.n = n};
  order->memory = malloc((2 * square + 2 * bordered + 10 * (size_t)n + 14) * sizeof(double));
  if (order->memory == NULL) return KR_THEORY_NO_MEMORY;
  order->below      = order->memory;
  order->above      = order->below + square;
  order->re         = order->above + square;
  order->im         = order->re + bordered;
  order->left       = order->im + bordered;
  order->right      = order->left + n;
  order->phi        = order->right + n;
  order->phi_mirror = order->phi + n + 2;
  order->work       = order->phi_mirror + n + 2;
  order->error      = order->work + 5 * n + 10;
  order->norm       = whole_line_pfaffian(order);
  return KR_THEORY_OK;
}

/*
  KrGoeOrderDestroy - Frees what KrGoeOrderCreate() allocated.

  Not collective

  In/out:
. order - emptied; may be empty already
*/
void KrGoeOrderDestroy(KrGoeOrder *order)
{
  free(order->memory);
  *order = (KrGoeOrder){0};
}

/* Fills B, A, a, b and phi at x; the right half line is the mirror of the left one. */
static void set_point(KrGoeOrder *order, double x)
{
  const int n = order->n;

  KrHermiteHalfLine(n, x, order->phi, order->left, order->below, order->work);
  KrHermiteHalfLine(n, -x, order->phi_mirror, order->right, order->above, order->work);
  for (int j = 0; j < n; ++j) {
    if (j % 2 == 1) order->right[j] = -order->right[j];
    for (int k = 0; k < n; ++k)
      if ((j + k) % 2 == 0) order->above[j * n + k] = -order->above[j * n + k];
  }
  order->scale = 0.0;
  for (int j = 0; j < n; ++j) order->scale = fmax(order->scale, fabs(order->phi[j]));
}

/* Writes A + y B with the borders phi, b, a above the diagonal of re, im. */
static void write_matrix(KrGoeOrder *order, double complex y)
{
  const int    n = order->n, size = n + 3;
  const double yr = creal(y), yi = cimag(y);

  for (int i = 0; i < n; ++i) {
    double *re = order->re + i * size;
    double *im = order->im + i * size;

    for (int j = i + 1; j < n; ++j) {
      re[j] = order->above[i * n + j] + yr * order->below[i * n + j];
      im[j] = yi * order->below[i * n + j];
    }
    re[n]     = order->phi[i] / order->scale;
    re[n + 1] = order->right[i];
    re[n + 2] = order->left[i];
    im[n] = im[n + 1] = im[n + 2] = 0.0;
  }
  for (int i = n; i < size; ++i)
    for (int j = i + 1; j < size; ++j) order->re[i * size + j] = order->im[i * size + j] = 0.0;
}

/* The two Pfaffians of eq. (6) (even n) or eq. (7) (odd n) at y, times rho^(-center). */
static void sample(KrGoeOrder *order, double complex y, double rho, int center,
                   double complex *even, double complex *odd)
{
  const int      n = order->n, size = n + 3, block = n + n % 2;
  const double  *re = order->re, *im = order->im;
  double complex pfaffian;

  write_matrix(order, y);
  pfaffian = KrPfaffianEliminate(block, size - block, order->re, order->im, 1.0 / rho, center);
  if (n % 2 == 0) {
    *even = -pfaffian * (re[n * size + n + 1] + I * im[n * size + n + 1]);
    *odd  = pfaffian * (re[n * size + n + 2] + I * im[n * size + n + 2]);
  } else {
    *even = pfaffian;
    *odd  = -pfaffian * (re[(n + 1) * size + n + 2] + I * im[(n + 1) * size + n + 2]);
  }
}

/* Coefficients near y^center by the discrete Fourier transform on |y| = rho, eq. (14). */
static void sample_circle(KrGoeOrder *order, double rho, int center, Circle *circle)
{
  const int degree = (order->n - 1) / 2;

  *circle = (Circle){.rho = rho, .center = center, .n_points = MAX_POINTS};
  if (degree < MAX_POINTS) circle->n_points = degree + 1 + (degree + 1) % 2;
  else circle->first = center - MAX_POINTS / 2;
  for (int i = 0; i < circle->n_points / 2; ++i) { /* the other half is conjugate */
    const double   angle = (2 * i + 1) * pi / circle->n_points;
    double complex even, odd;

    sample(order, rho * cexp(I * angle), rho, center, &even, &odd);
    for (int c = 0; c < circle->n_points; ++c) {
      const double complex back = cexp(-I * angle * (circle->first + c));

      circle->even[c] += 2.0 * creal(even * back) / circle->n_points;
      circle->odd[c] += 2.0 * creal(odd * back) / circle->n_points;
    }
  }
}

static double largest(int n, const double v[])
{
  double peak = 0.0;

  for (int i = 0; i < n; ++i) peak = fmax(peak, fabs(v[i]));
  return peak;
}

/* Takes from a circle every p_k that it knows better than the circles before; returns the m of its peak. */
static int take_coefficients(KrGoeOrder *order, const Circle *circle, double density[])
{
  const double unit    = order->scale / order->norm;
  const double noise   = DBL_EPSILON * fmax(circle->rho, 1.0 / circle->rho) * fabs(unit);
  const double peak[2] = {largest(circle->n_points, circle->even),
                          largest(circle->n_points, circle->odd)};
  int          top     = circle->center;

  for (int c = 0; c < circle->n_points; ++c) {
    const int    m    = circle->first + c;
    const double grow = pow(circle->rho, circle->center - m);

    if (fabs(circle->even[c]) == peak[0]) top = m;
    for (int parity = 0; parity < 2; ++parity) {
      const int    k     = 2 * m + parity;
      const double error = noise * peak[parity] * grow;

      if (k < 0 || k >= order->n || !(error < order->error[k])) continue;
      order->error[k] = error;
      density[k]      = unit * grow * (parity == 0 ? circle->even[c] : circle->odd[c]);
    }
  }
  return top;
}

/*
  KrGoeOrderEvaluate - Densities of the ordered eigenvalues of GOE(n) at one point.

  Not collective

  Input:
+ x       - point, in the units of KrGoeDensity()
- n_index - indices below this one are wanted, 1 <= n_index <= n

  In/out:
. order - work space

  Output:
. density - length n (not n_index): density[k] for k < n_index is that of the (k+1)-th smallest
            eigenvalue; those below their own rounding error are zero. The rest is scratch

  Errors: none
  Cost:   up to 9 radii times 6 eliminations of n^3 / 6 complex multiply-adds
  Source: docs/theory/kac_rice.md, eqs. (6), (7), (14)
*/
void KrGoeOrderEvaluate(KrGoeOrder *order, double x, int n_index, double density[])
{
  const int    n = order->n, degree = (n - 1) / 2;
  const double mean   = n * KrSemicircleCdf(x / sqrt((double)n));
  const int    center = (int)fmin(degree, floor(0.5 * mean));
  int          top, m;
  Circle       circle;

  for (int k = 0; k < n; ++k) {
    density[k]      = 0.0;
    order->error[k] = HUGE_VAL;
  }
  if (mean > n_index + HOPELESS) return;
  set_point(order, x);
  if (order->scale == 0.0) return; /* beyond the range of the exponential */
  sample_circle(order, 1.0, center, &circle);
  m = top = take_coefficients(order, &circle, density);
  for (double rho = STEP; rho >= SMALLEST * 0.5 && m > 0; rho *= STEP) {
    sample_circle(order, rho, m - 1, &circle);
    m = take_coefficients(order, &circle, density);
  }
  m = top;
  for (double rho = STEP; rho >= SMALLEST * 0.5 && 2 * m + 1 < n_index; rho *= STEP) {
    sample_circle(order, 1.0 / rho, m < degree ? m + 1 : degree, &circle);
    m = take_coefficients(order, &circle, density);
  }
  for (int k = 0; k < n; ++k)
    if (!(density[k] > order->error[k])) density[k] = 0.0;
}
