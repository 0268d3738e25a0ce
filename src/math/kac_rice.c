/* Exact mean number of critical points at finite N, per index and energy: docs/theory/kac_rice.md. In the
   variable x = mu sqrt(N / f'') the density of index k is eq. (3), and e given x is Gaussian, eq. (4). */
#include <kacrice/theory.h>
#include "goe_order.h"
#include "quadrature.h"
#include <math.h>
#include <stdlib.h>

#define MAX_NODES 12 /* Gauss-Legendre points of the widest panel */
#define MIN_NODES 4  /* of a very narrow one */
#define N_SHIFTS  12 /* Gauss-Hermite points for a narrow spread of e given x */
#define REACH \
  10.0 /* beyond the spectral edge 2 sqrt(n): every density is below exp(-40) from there */
#define PANEL  4.0  /* widest panel times sqrt(n): 1.3 level spacings at the centre */
#define NARROW 0.06 /* spread of e given x, in panels, up to which bin edges are taken as steps */

typedef struct {     /* eqs. (3), (4) */
  double log_factor; /* ln of the constant in front */
  double decay;      /* weight exp(-decay x^2) */
  double slope;      /* mean of e given x, over x */
  double spread;     /* standard deviation of e given x; zero for a pure model */
} Law;

typedef struct {
  Law        law;
  KrGoeOrder order;
  double     reach, panel;
  int        is_sharp; /* bins are cut at the edges, else weighed by share */
  double     density[KR_THEORY_N_MAX];
  double     node[MAX_NODES + 1][MAX_NODES], weight[MAX_NODES + 1][MAX_NODES]; // [number of points]
} Work;

static Law law_of(const KrMixture *f, int n)
{
  const double first = KrMixtureValue(f, 1, 1.0), second = KrMixtureValue(f, 2, 1.0);
  const double radial = first + second; /* N Var mu */
  double       det    = 0.0; /* N^2 det Cov(e, mu) = variance of the order: no cancellation */

  for (int i = 0; i < f->n_orders && !KrMixtureIsPure(f); ++i)
    det += f->c[i] * (f->order[i] - first) * (f->order[i] - first);
  return (Law){.log_factor = 0.5 * log(8.0 * second / radial) + 0.5 * (n - 1) * log(second / first),
               .decay      = (second - first) / (4.0 * radial),
               .slope      = first / radial * sqrt(second / n),
               .spread     = sqrt(det / radial / n)};
}

/* The same for bins of mu = sqrt(f''/N) x, which are sharp. */
static Law law_of_mu(const KrMixture *f, int n)
{
  Law law = law_of(f, n);

  law.slope  = sqrt(KrMixtureValue(f, 2, 1.0) / n);
  law.spread = 0.0;
  return law;
}

static double bin_edge(const KrKacRice *result, int b)
{
  return result->bin_first + b * result->bin_width;
}

/* Probability that a Gaussian of given mean and spread is between low and high, also far in a tail. */
static double gaussian_share(double mean, double spread, double low, double high)
{
  const double a = (low - mean) / (spread * sqrt(2.0)), b = (high - mean) / (spread * sqrt(2.0));

  return a > 0.0 ? 0.5 * (erfc(a) - erfc(b)) : 0.5 * (erfc(-b) - erfc(-a));
}

/* Adds number points per index, of which share belong to bin b. */
static void add_to_bin(const Work *work, double number, double total, int b, double share,
                       KrKacRice *result)
{
  double *binned = result->binned + (size_t)b * result->n_index;

  for (int k = 0; k < result->n_index; ++k) binned[k] += share * number * work->density[k];
  result->binned_total[b] += share * number * total;
}

/* Adds the points between x and x + dx; bin is theirs, or outside 0 ... n_bins-1 when they have none. */
static void add_node(Work *work, double x, double dx, int bin, KrKacRice *result)
{
  const Law   *law    = &work->law;
  const double number = dx * exp(law->log_factor - law->decay * x * x);
  const double total = KrGoeDensity(result->n, x), mean = law->slope * x;

  result->total += number * total;
  if (result->n_index == 0) return;
  KrGoeOrderEvaluate(&work->order, x, result->n_index, work->density);
  for (int k = 0; k < result->n_index; ++k) {
    const double share = number * work->density[k];

    result->count[k] += share;
    result->energy_mean[k] += share * mean;
    result->energy_std[k] += share * (mean * mean + law->spread * law->spread);
  }
  if (work->is_sharp) {
    if (bin >= 0 && bin < result->n_bins) add_to_bin(work, number, total, bin, 1.0, result);
  } else {
    for (int b = 0; b < result->n_bins; ++b)
      add_to_bin(work, number, total, b,
                 gaussian_share(mean, law->spread, bin_edge(result, b), bin_edge(result, b + 1)),
                 result);
  }
}

/* Integrates over one stretch of x that no sharp bin edge divides. */
static void add_stretch(Work *work, double low, double high, int bin, double factor,
                        KrKacRice *result)
{
  const int    n_panels = (int)fmax(1.0, ceil((high - low) / work->panel));
  const double half     = 0.5 * (high - low) / n_panels;
  const int    n_nodes =
    MIN_NODES + (int)ceil((MAX_NODES - MIN_NODES) * fmin(1.0, 2.0 * half / work->panel));

  if (!(high > low)) return;
  for (int i = 0; i < n_panels; ++i)
    for (int j = 0; j < n_nodes; ++j)
      add_node(work, low + half * (2 * i + 1 + work->node[n_nodes][j]),
               factor * half * work->weight[n_nodes][j], bin, result);
}

/* Integrates over all x with e = slope x + shift, in sharp bins; factor is the weight of this shift. */
static void add_shift(Work *work, double shift, double factor, KrKacRice *result)
{
  double low = -work->reach;

  for (int b = 0; b <= result->n_bins; ++b) { /* bin b-1 ends at edge b */
    const double edge = (bin_edge(result, b) - shift) / work->law.slope;
    const double high = fmin(work->reach, fmax(low, edge));

    add_stretch(work, low, high, b - 1, factor, result);
    low = high;
  }
  add_stretch(work, low, work->reach, result->n_bins, factor, result);
}

/* Chooses between sharp bins, shifted sharp bins and weighed bins, by how wide e is given x; section 4. */
static void integrate(Work *work, KrKacRice *result)
{
  const double width = work->law.spread / work->law.slope; /* in units of x */
  double       shift[N_SHIFTS], weight[N_SHIFTS];

  work->is_sharp = result->n_bins == 0 || width < NARROW * work->panel;
  if (result->n_bins == 0 || !(work->law.spread > 0.0)) {
    add_shift(work, 0.0, 1.0, result);
  } else if (work->is_sharp) {
    KrGaussHermite(N_SHIFTS, shift, weight);
    for (int i = 0; i < N_SHIFTS; ++i)
      add_shift(work, work->law.spread * shift[i], weight[i], result);
  } else {
    work->panel = fmin(work->panel, 1.5 * width); /* each step of erfc spans several panels */
    add_stretch(work, -work->reach, work->reach, -1, 1.0, result);
  }
  for (int k = 0; k < result->n_index; ++k) {
    const double mean = result->energy_mean[k] / result->count[k];

    result->energy_std[k] = sqrt(fmax(0.0, result->energy_std[k] / result->count[k] - mean * mean));
    result->energy_mean[k] = mean;
  }
}

/* Range, panels and nodes of the integrals over x. */
static void start_work(Law law, int n, Work *work)
{
  work->law   = law;
  work->order = (KrGoeOrder){0};
  work->reach = 2.0 * sqrt((double)n) + REACH;
  work->panel = PANEL / sqrt((double)n);
  for (int i = MIN_NODES; i <= MAX_NODES; ++i) KrGaussLegendre(i, work->node[i], work->weight[i]);
}

/* Computes a result whose arrays are zero; allocates and frees the work space. */
static int compute(Law law, KrKacRice *result)
{
  Work *work   = malloc(sizeof(*work));
  int   status = work == NULL ? KR_THEORY_NO_MEMORY : KR_THEORY_OK;

  if (work == NULL) return status;
  start_work(law, result->n, work);
  if (result->n_index > 0) status = KrGoeOrderCreate(result->n, &work->order);
  if (status == KR_THEORY_OK) integrate(work, result);
  KrGoeOrderDestroy(&work->order);
  free(work);
  return status;
}

/* What KrKacRiceCreate() and KrKacRiceCreateMu() share. */
static int create(const KrMixture *f, int n, int n_index, double bin_first, double bin_width,
                  int n_bins, Law law_at(const KrMixture *f, int n), KrKacRice *result)
{
  int status;

  *result = (KrKacRice){0};
  if (KrMixtureCheck(f) != KR_THEORY_OK || n < 2 || n > KR_THEORY_N_MAX || n_index < 1 ||
      n_index > n || n_bins < 0)
    return KR_THEORY_BAD_INPUT;
  if (n_bins > 0 && (!isfinite(bin_first) || !isfinite(bin_width) || !(bin_width > 0.0)))
    return KR_THEORY_BAD_INPUT;
  *result = (KrKacRice){.n = n, .n_index = n_index, .n_bins = n_bins};
  if (n_bins > 0) {
    result->bin_first = bin_first;
    result->bin_width = bin_width;
  }
  result->count       = calloc((size_t)n_index, sizeof(double));
  result->energy_mean = calloc((size_t)n_index, sizeof(double));
  result->energy_std  = calloc((size_t)n_index, sizeof(double));
  result->binned = calloc((size_t)n_index * (n_bins + 1), sizeof(double)); /* never of size 0 */
  result->binned_total = calloc((size_t)n_bins + 1, sizeof(double));
  if (result->count == NULL || result->energy_mean == NULL || result->energy_std == NULL ||
      result->binned == NULL || result->binned_total == NULL)
    status = KR_THEORY_NO_MEMORY;
  else status = compute(law_at(f, n), result);
  if (status != KR_THEORY_OK) KrKacRiceDestroy(result);
  return status;
}

/*
  KrKacRiceCreate - Computes the exact mean number of critical points per index, in total and in energy bins.

  Not collective

  Input:
+ f         - mixture for which KrMixtureCheck() holds
. n         - spins N, 2 <= n <= KR_THEORY_N_MAX
. n_index   - indices 0 ... n_index-1 are wanted, 1 <= n_index <= n
. bin_first - lower end of the first bin of e = H / N, finite; not read when n_bins is 0
. bin_width - width of every bin, > 0; not read when n_bins is 0
- n_bins    - number of bins, >= 0

  Output:
. result - counts of both antipodes, owned by the caller until KrKacRiceDestroy(); empty after an error

  Errors: KR_THEORY_BAD_INPUT, KR_THEORY_NO_MEMORY
  Cost:   about (8 sqrt(n) + 5 n_bins) points times up to 50 eliminations of n^3 / 6 complex
          multiply-adds; 12 times that for a mixture so close to pure that e hardly varies at given mu
  Source: docs/theory/kac_rice.md; Auffinger, Ben Arous & Cerny 2013; Auffinger & Ben Arous 2013
  See:    KrKacRiceTotal(), which needs no eliminations
*/
int KrKacRiceCreate(const KrMixture *f, int n, int n_index, double bin_first, double bin_width,
                    int n_bins, KrKacRice *result)
{
  return create(f, n, n_index, bin_first, bin_width, n_bins, law_of, result);
}

/*
  KrKacRiceCreateMu - Computes the exact mean number of critical points per index in bins of mu.

  Not collective

  Input:
+ f         - mixture for which KrMixtureCheck() holds
. n         - spins N, 2 <= n <= KR_THEORY_N_MAX
. n_index   - indices 0 ... n_index-1 are wanted, 1 <= n_index <= n
. bin_first - lower end of the first bin of mu, finite; not read when n_bins is 0
. bin_width - width of every bin, > 0; not read when n_bins is 0
- n_bins    - number of bins, >= 0

  Output:
. result - as of KrKacRiceCreate() with mu for e, also in energy_mean and energy_std

  Errors: KR_THEORY_BAD_INPUT, KR_THEORY_NO_MEMORY
  Cost:   that of KrKacRiceCreate() for a pure model
  Source: docs/theory/kac_rice.md, eq. (3) with x = mu sqrt(N / f'')
*/
int KrKacRiceCreateMu(const KrMixture *f, int n, int n_index, double bin_first, double bin_width,
                      int n_bins, KrKacRice *result)
{
  return create(f, n, n_index, bin_first, bin_width, n_bins, law_of_mu, result);
}

/*
  KrKacRiceDestroy - Frees the arrays of a result.

  Not collective

  In/out:
. result - emptied; may be empty already, may not be NULL
*/
void KrKacRiceDestroy(KrKacRice *result)
{
  free(result->count);
  free(result->energy_mean);
  free(result->energy_std);
  free(result->binned);
  free(result->binned_total);
  *result = (KrKacRice){0};
}

/*
  KrKacRiceTotal - Computes the exact mean number of all critical points.

  Not collective

  Input:
+ f - mixture for which KrMixtureCheck() holds
- n - spins N, 2 <= n <= KR_THEORY_N_MAX

  Output:
. total - both antipodes counted; 2 n for p = 2

  Errors: KR_THEORY_BAD_INPUT, KR_THEORY_NO_MEMORY
  Cost:   O(n^2)
  Source: docs/theory/kac_rice.md, eqs. (3), (15)
*/
int KrKacRiceTotal(const KrMixture *f, int n, double *total)
{
  KrKacRice result = {.n = n};
  int       status;

  *total = NAN;
  if (KrMixtureCheck(f) != KR_THEORY_OK || n < 2 || n > KR_THEORY_N_MAX) return KR_THEORY_BAD_INPUT;
  status = compute(law_of(f, n), &result);
  if (status == KR_THEORY_OK) *total = result.total;
  return status;
}

/* Adds the points of one stretch of x, which is inside one bin of mu, to the bins of e: column of number. */
static void add_column(Work *work, int n, int minima_only, double low, double high, const KrAxis *e,
                       int stride, double number[])
{
  const Law   *law      = &work->law;
  const int    n_panels = (int)fmax(1.0, ceil((high - low) / work->panel));
  const double half     = 0.5 * (high - low) / n_panels;

  for (int i = 0; i < n_panels; ++i)
    for (int j = 0; j < MAX_NODES; ++j) {
      const double x = low + half * (2 * i + 1 + work->node[MAX_NODES][j]);
      double       density;

      if (minima_only) {
        KrGoeOrderEvaluate(&work->order, x, 1, work->density); /* it fills all n */
        density = work->density[0];
      } else {
        density = KrGoeDensity(n, x);
      }
      density *= half * work->weight[MAX_NODES][j] * exp(law->log_factor - law->decay * x * x);
      for (int b = 0; b < e->n_bins; ++b)
        number[b * stride] +=
          density * gaussian_share(law->slope * x, law->spread, e->first + b * e->width,
                                   e->first + (b + 1) * e->width);
    }
}

/*
  KrKacRiceJoint - Computes the exact mean number of critical points in bins of e and mu together.

  Not collective

  Input:
+ f           - mixture for which KrMixtureCheck() holds, of two orders or more
. n           - spins N, 2 <= n <= KR_THEORY_N_MAX
. minima_only - 1: of index 0, 0: of all indices
. e           - bins of the energy
- mu          - bins of the radial derivative

  Output:
. number - e->n_bins x mu->n_bins, row major; both antipodes counted

  Errors: KR_THEORY_BAD_INPUT, KR_THEORY_NO_MEMORY
  Cost:   12 points a bin of mu or more, each as many error functions as e has bins
  Source: docs/theory/kac_rice.md, eqs. (3), (4)
*/
int KrKacRiceJoint(const KrMixture *f, int n, int minima_only, const KrAxis *e, const KrAxis *mu,
                   double number[])
{
  Work  *work;
  double per_x, width;
  int    status = KR_THEORY_OK;

  if (KrMixtureCheck(f) != KR_THEORY_OK || KrMixtureIsPure(f) || n < 2 || n > KR_THEORY_N_MAX)
    return KR_THEORY_BAD_INPUT;
  work = malloc(sizeof *work);
  if (work == NULL) return KR_THEORY_NO_MEMORY;
  per_x = sqrt(KrMixtureValue(f, 2, 1.0) / n);
  start_work(law_of(f, n), n, work);
  width = 1.5 * work->law.spread / work->law.slope; /* each step of erfc spans several panels ... */
  work->panel = fmax(fmin(work->panel, width), 0.02 * work->panel); /* ... unless nearly pure */
  if (minima_only) status = KrGoeOrderCreate(n, &work->order);
  for (int i = 0; i < e->n_bins * mu->n_bins; ++i) number[i] = 0.0;
  for (int m = 0; m < mu->n_bins && status == KR_THEORY_OK; ++m) {
    const double low  = fmax(-work->reach, (mu->first + m * mu->width) / per_x);
    const double high = fmin(work->reach, (mu->first + (m + 1) * mu->width) / per_x);

    if (high > low) add_column(work, n, minima_only, low, high, e, mu->n_bins, number + m);
  }
  KrGoeOrderDestroy(&work->order);
  free(work);
  return status;
}
