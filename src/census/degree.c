/* Local degree and multiplicity of an isolated critical point with null directions, from the gradient on a small
   sphere
   about it in the null space (docs/theory/singular.md, section 4). */
#include "local.h"
#include "field.h"
#include <math.h>
#include <string.h>

#define FIRST_RADIUS 0.05 /* of spheres about the point, units of the radius; then halves */
#define N_RADII      4
#define NEWTON_STEPS 20
#define SOLVED       1e-13 /* of the part that is made to vanish, units of scale */
#define LEAST_FIELD  1e-12 /* less than this is rounding */
#define WHOLE        0.25  /* how far an order may be from a whole number */

typedef struct { /* the gradient in the null directions, as a function of them */
  KrLocal      *local;
  int           n_null, n_rest;
  double       *x;                /* N */
  double       *null, *rest;      /* n_null x N, n_rest x N */
  double       *point, *product;  /* N; n_rest x N */
  double       *w, *matrix, *rhs; /* n_rest; n_rest^2 */
  PetscBLASInt *pivots;
  PetscBool     failed;
} Reduced;

static PetscErrorCode create(KrLocal *local, const double x[], const KrInertia *inertia,
                             Reduced *reduced)
{
  const int    n = local->n;
  const size_t d = (size_t)inertia->nullity, m = (size_t)(n - 1) - d, size = (size_t)n;
  size_t       next = 0;

  PetscFunctionBeginUser;
  *reduced = (Reduced){.local = local, .n_null = (int)d, .n_rest = (int)m};
  PetscCall(PetscMalloc4(size, &reduced->x, d * size, &reduced->null, m * size, &reduced->rest,
                         size, &reduced->point));
  PetscCall(PetscMalloc5(m * size, &reduced->product, m, &reduced->w, m * m, &reduced->matrix, m,
                         &reduced->rhs, m, &reduced->pivots));
  (void)memcpy(reduced->x, x, size * sizeof *x);
  for (size_t k = 0; k + 1 < size; ++k) {
    const double   *v       = local->vectors + k * size;
    const PetscBool is_null = k >= (size_t)inertia->index && k < (size_t)inertia->index + d;
    double         *to =
      is_null ? reduced->null + (k - (size_t)inertia->index) * size : reduced->rest + next++ * size;

    (void)memcpy(to, v, size * sizeof *v);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode destroy(Reduced *reduced)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree4(reduced->x, reduced->null, reduced->rest, reduced->point));
  PetscCall(
    PetscFree5(reduced->product, reduced->w, reduced->matrix, reduced->rhs, reduced->pivots));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static double dot(int n, const double a[], const double b[])
{
  double sum = 0.0;

  for (int i = 0; i < n; ++i) sum += a[i] * b[i];
  return sum;
}

/* The point with given coordinates along the null and the other directions, and its derivatives. */
static PetscErrorCode evaluate(Reduced *reduced, const double t[])
{
  KrLocal     *local  = reduced->local;
  const int    n      = local->n;
  const double radius = sqrt((double)n);

  PetscFunctionBeginUser;
  (void)memcpy(reduced->point, reduced->x, (size_t)n * sizeof(double));
  for (int i = 0; i < n; ++i) {
    for (int k = 0; k < reduced->n_null; ++k)
      reduced->point[i] += radius * t[k] * reduced->null[(size_t)k * n + i];
    for (int k = 0; k < reduced->n_rest; ++k)
      reduced->point[i] += radius * reduced->w[k] * reduced->rest[(size_t)k * n + i];
  }
  KrSphereNormalise(n, reduced->point);
  PetscCall(KrModelDerivatives(local->model, 1, reduced->point, &local->energy, local->gradient,
                               local->hessian));
  local->mu = KrSphereProject(n, reduced->point, local->gradient);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A Newton step of the coordinates that are not null; false when it cannot be made. */
static PetscErrorCode correct(Reduced *reduced, PetscBool *solved)
{
  KrLocal     *local = reduced->local;
  const int    n = local->n, m = reduced->n_rest;
  PetscBLASInt order = m, one = 1, info = 0;

  PetscFunctionBeginUser;
  for (int a = 0; a < m; ++a)
    for (int i = 0; i < n; ++i)
      reduced->product[(size_t)a * n + i] =
        dot(n, local->hessian + (size_t)i * n, reduced->rest + (size_t)a * n) -
        local->mu * reduced->rest[(size_t)a * n + i];
  for (int a = 0; a < m; ++a)
    for (int b = 0; b < m; ++b)
      reduced->matrix[(size_t)a * m + b] =
        dot(n, reduced->product + (size_t)a * n, reduced->rest + (size_t)b * n) / local->scale;
  PetscCallBLAS("LAPACKgesv", LAPACKgesv_(&order, &one, reduced->matrix, &order, reduced->pivots,
                                          reduced->rhs, &order, &info));
  *solved = info == 0 ? PETSC_TRUE : PETSC_FALSE;
  for (int a = 0; a < m && *solved; ++a) reduced->w[a] -= reduced->rhs[a];
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The reduced field at t (Lyapunov and Schmidt): the other coordinates make their part of the gradient vanish. A
   KrFieldFn; reduced->failed is set where that has no solution nearby. */
static PetscErrorCode field(void *context, const double t[], double value[])
{
  Reduced     *reduced = context;
  KrLocal     *local   = reduced->local;
  const int    n       = local->n;
  const double unit    = 1.0 / (sqrt((double)n) * local->scale);
  PetscBool    solved  = PETSC_TRUE;
  double       left    = INFINITY;

  PetscFunctionBeginUser;
  (void)memset(reduced->w, 0, (size_t)reduced->n_rest * sizeof *reduced->w);
  for (int step = 0; step < NEWTON_STEPS && solved; ++step) {
    PetscCall(evaluate(reduced, t));
    left = 0.0;
    for (int a = 0; a < reduced->n_rest; ++a) {
      reduced->rhs[a] = unit * dot(n, reduced->rest + (size_t)a * n, local->gradient);
      left            = fmax(left, fabs(reduced->rhs[a]));
    }
    if (left <= SOLVED || reduced->n_rest == 0) break;
    PetscCall(correct(reduced, &solved));
  }
  if (!(left <= SOLVED) || !solved) reduced->failed = PETSC_TRUE;
  for (int k = 0; k < reduced->n_null; ++k)
    value[k] = unit * dot(n, reduced->null + (size_t)k * n, local->gradient);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The order to which the field vanishes, from its largest values on two spheres, one of half the radius of the
   other. */
static int order_of(double large, double small)
{
  const double order = log2(large / small);

  return fabs(order - round(order)) <= WHOLE && order > 1.5 ? (int)round(order) : 0;
}

/* Multiplicity of a field that vanishes to an order m at an isolated zero: m in one dimension; m^2 in two when the
   leading forms of its components have no common zero. 0: unknown. */
static PetscErrorCode find_multiplicity(Reduced *reduced, int order, double radius,
                                        int32_t *multiplicity)
{
  PetscBool apart = PETSC_FALSE;

  PetscFunctionBeginUser;
  *multiplicity = 0;
  if (order == 0) PetscFunctionReturn(PETSC_SUCCESS);
  if (reduced->n_null == 1) *multiplicity = order;
  if (reduced->n_null == 2) PetscCall(KrFormsApart(field, reduced, order, radius, &apart));
  if (apart && !reduced->failed) *multiplicity = order * order;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Degree of the gradient on a small sphere about x, and how many complex critical points meet there;
   KR_DEGREE_UNKNOWN
   and 0 where they cannot be told. Two spheres have to agree. Collective on the communicator of the model, of which
   the
   local numbers are those at x. */
PetscErrorCode KrLocalDegree(KrLocal *local, const double x[], const KrInertia *inertia,
                             int32_t *degree, int32_t *multiplicity)
{
  KrFieldDegree before = {0}, now;
  double        radius = FIRST_RADIUS;
  Reduced       reduced;

  PetscFunctionBeginUser;
  *degree       = KR_DEGREE_UNKNOWN;
  *multiplicity = 0;
  PetscCall(create(local, x, inertia, &reduced));
  for (int r = 0; r < N_RADII; ++r, radius *= 0.5, before = now) {
    reduced.failed = PETSC_FALSE;
    PetscCall(KrFieldDegreeOf(field, &reduced, reduced.n_null, radius, &now));
    now.known = now.known && !reduced.failed && now.least > LEAST_FIELD;
    if (r == 0 || !before.known || !now.known || before.degree != now.degree) continue;
    *degree = inertia->index % 2 == 0 ? now.degree : -now.degree;
    PetscCall(find_multiplicity(&reduced, order_of(before.most, now.most), radius, multiplicity));
    if (*multiplicity > 0) break;
  }
  PetscCall(destroy(&reduced));
  PetscFunctionReturn(PETSC_SUCCESS);
}
