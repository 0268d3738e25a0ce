/* What a critical point with null directions is: a point by itself, or one of a set of positive dimension. Found out
   by walking along the null directions and back to where the gradient vanishes. */
#include "local.h"
#include <kacrice/rng.h>
#include <math.h>
#include <string.h>

#define MOST_STEPS   200
#define LONGEST_STEP 0.1   /* of the radius */
#define LEAST_NULL   1e-11 /* eigenvalues below it, in units of scale, are rounding */
#define STALLED      0.999 /* a step that leaves so much of the residual has not helped */
#define WALK         0.03  /* of the radius: how far a walk goes along a null direction */
#define FULL         0.999 /* part of it that a walk along the set keeps */
#define TRIES \
  6 /* walks that keep all of it, before all null directions are believed to be of the set */
#define HELD       0.3 /* square of the part that a direction of the set keeps, twice walked */
#define MOST_WALKS 24  /* null directions walked along */
#define SLIDES     12
#define RESTARTS   8
#define BRANCH     1e-13 /* residual of a point of a branch */
#define ROUND      1e-8  /* residual and energy between points of a great sphere, units of scale */

/*
  KrLocalCreate - Makes what it takes to look at points of a model.

  Not collective

  Input:
+ model        - on the sphere, borrowed
- gradient_tol - |P grad H| / sqrt(N) of a critical point, units of J

  Output:
. local - caller destroys with KrLocalDestroy()
*/
PetscErrorCode KrLocalCreate(KrModel model, double gradient_tol, KrLocal *local)
{
  const KrMixture *f;
  PetscInt         n;
  size_t           size;

  PetscFunctionBeginUser;
  PetscCall(KrModelGetSize(model, &n));
  PetscCall(KrModelGetMixture(model, &f));
  *local = (KrLocal){.model = model, .n = (int)n, .scale = sqrt(KrMixtureValue(f, 2, 1.0))};
  local->is_quadratic = f->n_orders == 1 && f->order[0] == 2 ? PETSC_TRUE : PETSC_FALSE;
  size                = (size_t)n;
  PetscCall(KrModelGetComm(model, &local->comm));
  PetscCallMPI(MPI_Comm_rank(local->comm, &local->rank));
  PetscCallMPI(MPI_Comm_size(local->comm, &local->n_ranks));
  local->tol    = fmax(gradient_tol / local->scale, 1e-12);
  local->n_work = (PetscBLASInt)(34 * size);
  PetscCall(PetscMalloc7(size, &local->gradient, size * size, &local->hessian, size, &local->values,
                         size * size, &local->vectors, size, &local->trial, size, &local->other,
                         local->n_work, &local->work));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* May be called twice. */
PetscErrorCode KrLocalDestroy(KrLocal *local)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree7(local->gradient, local->hessian, local->values, local->vectors, local->trial,
                       local->other, local->work));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Distance of two points in units of the radius; where antipodes are the same point, of the nearer ones. */
double KrLocalDistance(int n, KrParity symmetry, const double x[], const double y[])
{
  double apart = 0.0, opposite = 0.0;

  for (int i = 0; i < n; ++i) {
    apart += (x[i] - y[i]) * (x[i] - y[i]);
    opposite += (x[i] + y[i]) * (x[i] + y[i]);
  }
  return sqrt((symmetry == KR_PARITY_NONE ? apart : fmin(apart, opposite)) / n);
}

/* Energy, mu and tangent gradient from what the model gave. */
static void measure(KrLocal *local, const double x[])
{
  double square = 0.0;

  local->mu = KrSphereProject(local->n, x, local->gradient);
  local->energy /= local->n;
  for (int i = 0; i < local->n; ++i) square += local->gradient[i] * local->gradient[i];
  local->residual = sqrt(square / local->n) / local->scale;
}

/* Looks whether this run is to stop. Collective on the communicator of the model. */
PetscErrorCode KrLocalLook(KrLocal *local)
{
  PetscErrorCode code;

  PetscFunctionBeginUser;
  if (local->stopped) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KrStopLook(local->comm, "sift", &code));
  local->stopped = code == KR_ERR_STOPPED ? PETSC_TRUE : PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* P (H'' - mu) P in units of scale, with the radial direction as an eigenvector of an eigenvalue above all others. */
static void project_hessian(KrLocal *local, const double x[])
{
  const int    n       = local->n;
  const double inverse = 1.0 / sqrt((double)n);
  double      *A = local->vectors, *Hu = local->trial, uHu = 0.0, size = fabs(local->mu), above;

  for (int i = 0; i < n; ++i) {
    Hu[i] = 0.0;
    for (int j = 0; j < n; ++j) {
      Hu[i] += local->hessian[(size_t)i * n + j] * x[j] * inverse;
      size += fabs(local->hessian[(size_t)i * n + j]);
    }
  }
  for (int i = 0; i < n; ++i) uHu += Hu[i] * x[i] * inverse;
  above = 4.0 * size + local->scale;
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j) {
      const double ui = x[i] * inverse, uj = x[j] * inverse;
      double       a = local->hessian[(size_t)i * n + j] - ui * Hu[j] - Hu[i] * uj + uHu * ui * uj;

      a += (local->mu + above) * ui * uj - (i == j ? local->mu : 0.0);
      A[(size_t)i * n + j] = a / local->scale;
    }
}

/* Energy, gradient and the eigenvectors of the Riemannian Hessian at x. Collective on the communicator of the model,
   on whose ranks all is the same. */
PetscErrorCode KrLocalAt(KrLocal *local, const double x[])
{
  PetscBLASInt n = local->n, info = 0;

  PetscFunctionBeginUser;
  PetscCall(KrLocalLook(local));
  if (local->stopped) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(
    KrModelDerivatives(local->model, 1, x, &local->energy, local->gradient, local->hessian));
  measure(local, x);
  project_hessian(local, x);
  PetscCall(PetscFPTrapPush(PETSC_FP_TRAP_OFF));
  PetscCallBLAS("LAPACKsyev", LAPACKsyev_("V", "L", &n, local->vectors, &n, local->values,
                                          local->work, &local->n_work, &info));
  PetscCall(PetscFPTrapPop());
  PetscCheck(info == 0, PETSC_COMM_SELF, PETSC_ERR_LIB, "LAPACK syev failed with info = %d",
             (int)info);
  if (local->n_ranks > 1) {
    PetscCallMPI(MPI_Bcast(local->values, local->n, MPI_DOUBLE, 0, local->comm));
    PetscCallMPI(MPI_Bcast(local->vectors, local->n * local->n, MPI_DOUBLE, 0, local->comm));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* How many eigenvalues are null, and how many negative, at the point last looked at. */
KrInertia KrLocalInertia(const KrLocal *local, double null)
{
  KrInertia inertia = {0};

  for (int k = 0; k < local->n - 1; ++k) {
    inertia.index += local->values[k] < -null;
    inertia.nullity += fabs(local->values[k]) <= null;
  }
  return inertia;
}

/* trial <- x moved by a damped Newton step on the squared gradient, from what is known at x. */
static void try_step(KrLocal *local, const double x[], double damping)
{
  const size_t n      = (size_t)local->n;
  const double radius = sqrt((double)n);
  double       length = 0.0;

  (void)memset(local->other, 0, n * sizeof *local->other);
  for (size_t k = 0; k + 1 < n; ++k) {
    const double *v = local->vectors + k * n, value = local->values[k];
    double        along = 0.0;

    for (size_t i = 0; i < n; ++i) along += v[i] * local->gradient[i];
    along *= -value / (radius * local->scale * (value * value + damping));
    length += along * along;
    for (size_t i = 0; i < n; ++i) local->other[i] += along * v[i];
  }
  (void)memcpy(local->trial, x, n * sizeof *x);
  KrSphereStep((int)n, local->trial, local->other,
               radius * fmin(1.0, LONGEST_STEP / fmax(sqrt(length), 1e-300)));
}

/* Leads x to a critical point nearby, along a set of them as little as may be: Levenberg's and Marquardt's method,
   which converges, if slowly, where the Hessian is singular. x is where the residual was least; the local numbers are
   those there. Collective on the communicator of the model. */
PetscErrorCode KrLocalPolish(KrLocal *local, double x[], PetscBool *converged)
{
  const size_t bytes   = (size_t)local->n * sizeof *x;
  double       boost   = 1.0;
  int          stalled = 0;

  PetscFunctionBeginUser;
  PetscCall(KrLocalAt(local, x));
  for (int step = 0; step < MOST_STEPS && stalled < 4 && local->residual > 1e-16 && !local->stopped;
       ++step) {
    const double before = local->residual, energy = local->energy, mu = local->mu;
    const double damping = fmax(before * before, LEAST_NULL * LEAST_NULL) * boost;

    try_step(local, x, damping);
    (void)memcpy(local->other, local->gradient, bytes);
    PetscCall(
      KrModelDerivatives(local->model, 1, local->trial, &local->energy, local->gradient, NULL));
    measure(local, local->trial);
    if (local->residual < before) {
      stalled = local->residual > STALLED * before ? stalled + 1 : 0;
      boost   = fmax(1.0, 0.1 * boost);
      (void)memcpy(x, local->trial, bytes);
      PetscCall(KrLocalAt(local, x));
    } else {
      (void)memcpy(local->gradient, local->other, bytes);
      local->residual = before;
      local->energy   = energy;
      local->mu       = mu;
      boost *= 100.0;
      stalled += 1;
    }
  }
  *converged = local->residual <= local->tol && !local->stopped ? PETSC_TRUE : PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Least squares of the gradient by steps that keep the distance to the unit direction u: (A^2 + damping) d = -A g
   without the part along u. other <- d, in units of the radius. */
static PetscErrorCode solve_aside(KrLocal *local, const double u[], double damping)
{
  const size_t n      = (size_t)local->n;
  const double radius = sqrt((double)n);
  PetscBLASInt order = local->n, one = 1, info = 0, *pivots;
  double      *matrix, *Mu, uMu                = 0.0;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc3(n * n, &matrix, n, &Mu, n, &pivots));
  (void)memset(local->other, 0, n * sizeof *local->other);
  for (size_t k = 0; k < n; ++k) { /* the last one is radial: it stays put */
    const double *v = local->vectors + k * n, value = k + 1 < n ? local->values[k] : 1.0;
    double        along = 0.0;

    for (size_t i = 0; i < n && k + 1 < n; ++i) along += v[i] * local->gradient[i];
    for (size_t i = 0; i < n; ++i) {
      local->other[i] -= value * along / (radius * local->scale) * v[i];
      for (size_t j = 0; j < n; ++j) matrix[i * n + j] += (value * value + damping) * v[i] * v[j];
    }
  }
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j < n; ++j) Mu[i] += matrix[i * n + j] * u[j];
  for (size_t i = 0; i < n; ++i) uMu += u[i] * Mu[i];
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j < n; ++j)
      matrix[i * n + j] += (uMu + 1.0) * u[i] * u[j] - u[i] * Mu[j] - Mu[i] * u[j];
  uMu = 0.0;
  for (size_t i = 0; i < n; ++i) uMu += u[i] * local->other[i];
  for (size_t i = 0; i < n; ++i) local->other[i] -= uMu * u[i];
  PetscCallBLAS("LAPACKgesv",
                LAPACKgesv_(&order, &one, matrix, &order, pivots, local->other, &order, &info));
  for (size_t i = 0; i < n && info != 0; ++i) local->other[i] = 0.0;
  if (local->n_ranks > 1)
    PetscCallMPI(MPI_Bcast(local->other, local->n, MPI_DOUBLE, 0, local->comm));
  PetscCall(PetscFree3(matrix, Mu, pivots));
  PetscFunctionReturn(PETSC_SUCCESS);
}

typedef struct { /* walks from one point along its null directions */
  int       n, n_null, n_ends, n_full;
  KrInertia inertia; /* of the point */
  double    energy;
  double   *x, *null; /* N; n_null x N */
  double   *ends;     /* of the walks: displacements, n_ends x N, units of the radius */
  int       n_tangent;
  double   *tangent; /* n_tangent x N: unit vectors along the set, as far as it is known */
  double   *better;  /* N: an end with fewer null directions */
  PetscBool has_better;
} Walks;

/* Brings x to the distance WALK of the point where walks begin, in the directions across the set; u: the unit vector
   there. */
static void keep_distance(const Walks *walks, double x[], double u[])
{
  const int n      = walks->n;
  double    length = 0.0;

  for (int i = 0; i < n; ++i) u[i] = x[i] - walks->x[i];
  for (int t = 0; t < walks->n_tangent; ++t) {
    const double *v     = walks->tangent + (size_t)t * n;
    double        along = 0.0;

    for (int i = 0; i < n; ++i) along += v[i] * u[i];
    for (int i = 0; i < n; ++i) u[i] -= along * v[i];
  }
  for (int i = 0; i < n; ++i) length += u[i] * u[i];
  length = fmax(sqrt(length), 1e-300);
  for (int i = 0; i < n; ++i) {
    u[i] /= length;
    x[i] = walks->x[i] + u[i] * WALK * sqrt((double)n);
  }
  KrSphereNormalise(n, x);
}

/* Leads x to a critical point at the distance WALK of where walks begin, if there is one: where branches of a set
   meet, steps lead back to where they cross, and only what keeps its distance finds them. Collective as
   KrLocalPolish(). */
static PetscErrorCode slide(KrLocal *local, const Walks *walks, double x[], PetscBool *converged)
{
  const int n      = local->n;
  double    boost  = 1.0, best, *u, *y;
  int       misses = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2(n, &u, n, &y));
  keep_distance(walks, x, u);
  PetscCall(KrLocalAt(local, x));
  best = local->residual;
  for (int step = 0; step < MOST_STEPS && misses < 8 && best > BRANCH && !local->stopped; ++step) {
    double length = 0.0;

    PetscCall(solve_aside(local, u, fmax(best * best, LEAST_NULL * LEAST_NULL) * boost));
    for (int i = 0; i < n; ++i) length += local->other[i] * local->other[i];
    length = fmin(1.0, 0.5 * WALK / fmax(sqrt(length), 1e-300));
    for (int i = 0; i < n; ++i) y[i] = x[i] + length * sqrt((double)n) * local->other[i];
    keep_distance(walks, y, u);
    PetscCall(KrLocalAt(local, y));
    if (local->residual < best) {
      misses = local->residual > STALLED * best ? misses + 1 : 0;
      best   = local->residual;
      boost  = fmax(1.0, 0.1 * boost);
      (void)memcpy(x, y, (size_t)n * sizeof *x);
    } else {
      misses += 1;
      boost *= 100.0;
      keep_distance(walks, x, u);
      PetscCall(KrLocalAt(local, x));
    }
  }
  *converged = best <= BRANCH && !local->stopped ? PETSC_TRUE : PETSC_FALSE;
  PetscCall(PetscFree2(u, y));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* One walk along a unit tangent vector, to a point nearby or at the same distance (aside): where it ends, if that is
   another point of the same set. */
static PetscErrorCode walk(KrLocal *local, Walks *walks, const double direction[], PetscBool aside)
{
  const int    n      = walks->n;
  const double radius = sqrt((double)n);
  double      *end    = walks->ends + (size_t)walks->n_ends * n, distance;
  PetscBool    converged;
  KrInertia    inertia;

  PetscFunctionBeginUser;
  (void)memcpy(end, walks->x, (size_t)n * sizeof *end);
  KrSphereStep(n, end, direction, WALK * radius);
  if (local->stopped) PetscFunctionReturn(PETSC_SUCCESS);
  if (aside) PetscCall(slide(local, walks, end, &converged));
  if (!aside || converged) PetscCall(KrLocalPolish(local, end, &converged));
  inertia  = KrLocalInertia(local, KR_NULL_TIGHT);
  distance = KrLocalDistance(n, KR_PARITY_NONE, end, walks->x);
  if (!converged || inertia.nullity == 0 || distance > 3.0 * WALK ||
      fabs(local->energy - walks->energy) > ROUND * local->scale)
    PetscFunctionReturn(PETSC_SUCCESS);
  if (inertia.nullity < walks->inertia.nullity && distance > 0.3 * WALK && !walks->has_better) {
    (void)memcpy(walks->better, end, (size_t)n * sizeof *end);
    walks->has_better = PETSC_TRUE;
  }
  walks->n_full += distance > FULL * WALK && inertia.nullity == walks->inertia.nullity;
  for (int i = 0; i < n; ++i) end[i] = (end[i] - walks->x[i]) / radius;
  walks->n_ends += 1;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A walk along a combination of null directions, which depends on its number alone. */
static PetscErrorCode walk_at_random(KrLocal *local, Walks *walks, int number, PetscBool aside)
{
  const KrRandomKey key = {.stream = KR_STREAM_SPECTRUM, .sample = 1};
  double           *direction, *factors, square = 0.0;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc2(walks->n, &direction, walks->n_null, &factors));
  KrRandomNormals(&key, (uint64_t)number << 24, walks->n_null, factors);
  for (int k = 0; k < walks->n_null; ++k) square += factors[k] * factors[k];
  for (int k = 0; k < walks->n_null; ++k)
    for (int i = 0; i < walks->n; ++i)
      direction[i] += factors[k] / sqrt(square) * walks->null[(size_t)k * walks->n + i];
  PetscCall(walk(local, walks, direction, aside));
  PetscCall(PetscFree2(direction, factors));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Directions that the ends of walks to both sides of each null direction span: walks->tangent. */
static PetscErrorCode count_directions(Walks *walks, int *dimension)
{
  const size_t n = (size_t)walks->n;
  PetscBLASInt m = walks->n_ends, lwork = 34 * PetscMax(m, 1), info = 0;
  double      *gram, *values, *work;

  PetscFunctionBeginUser;
  *dimension = 0;
  PetscCall(PetscCalloc3(m * m, &gram, m, &values, lwork, &work));
  for (size_t a = 0; a < (size_t)m; ++a)
    for (size_t b = 0; b < (size_t)m; ++b)
      for (size_t i = 0; i < n; ++i)
        gram[a * (size_t)m + b] += walks->ends[a * n + i] * walks->ends[b * n + i];
  if (m > 0)
    PetscCallBLAS("LAPACKsyev", LAPACKsyev_("V", "L", &m, gram, &m, values, work, &lwork, &info));
  for (size_t k = 0; k < (size_t)m; ++k) {
    double *v = walks->tangent + (size_t)*dimension * n;

    if (values[k] <= HELD * WALK * WALK || *dimension >= walks->n_null) continue;
    for (size_t i = 0; i < n; ++i) {
      v[i] = 0.0;
      for (size_t a = 0; a < (size_t)m; ++a)
        v[i] += gram[k * (size_t)m + a] * walks->ends[a * n + i] / sqrt(values[k]);
    }
    *dimension += 1;
  }
  walks->n_tangent = *dimension;
  PetscCall(PetscFree3(gram, values, work));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The dimension of the set of critical points at walks->x; 0: the point is isolated. */
static PetscErrorCode find_dimension(KrLocal *local, Walks *walks, int *dimension)
{
  const int n_null = walks->n_null, n_tries = PetscMin(TRIES, n_null);
  double   *opposite;
  int       n_ends;

  PetscFunctionBeginUser;
  *dimension    = 0;
  walks->n_ends = walks->n_full = 0;
  walks->n_tangent              = 0;
  walks->has_better             = PETSC_FALSE;
  for (int t = 0; t < n_tries; ++t) PetscCall(walk_at_random(local, walks, t, PETSC_FALSE));
  if (walks->n_full == n_tries) *dimension = n_null; /* the null directions are those of the set */
  if (*dimension > 0 || walks->has_better) PetscFunctionReturn(PETSC_SUCCESS);
  walks->n_ends = 0;
  PetscCall(PetscMalloc1(walks->n, &opposite));
  for (int k = 0; k < PetscMin(n_null, MOST_WALKS) && !walks->has_better; ++k) {
    const double *v = walks->null + (size_t)k * walks->n;

    for (int i = 0; i < walks->n; ++i) opposite[i] = -v[i];
    PetscCall(walk(local, walks, v, PETSC_FALSE));
    PetscCall(walk(local, walks, opposite, PETSC_FALSE));
  }
  PetscCall(PetscFree(opposite));
  if (!walks->has_better) PetscCall(count_directions(walks, dimension));
  n_ends = walks->n_ends;
  for (int t = 0; t < SLIDES && !walks->has_better && *dimension < n_null; ++t) {
    walks->n_ends = *dimension > 0 ? n_ends : walks->n_ends;
    PetscCall(walk_at_random(local, walks, n_tries + t, PETSC_TRUE));
  }
  if (!walks->has_better && *dimension == 0) PetscCall(count_directions(walks, dimension));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Whether the set is a great sphere: then combinations of its points are of it, too. The ends of the walks span it.
   */
static PetscErrorCode is_great_sphere(KrLocal *local, const Walks *walks, PetscBool *is_round)
{
  const KrRandomKey key    = {.stream = KR_STREAM_SPECTRUM, .sample = 2};
  const int         n      = walks->n;
  const double      radius = sqrt((double)n);
  double           *factors, *z;

  PetscFunctionBeginUser;
  *is_round = PETSC_TRUE;
  PetscCall(PetscMalloc2(n, &z, walks->n_ends + 1, &factors));
  for (int t = 0; t < 4 && *is_round; ++t) {
    double length = 0.0;

    KrRandomNormals(&key, (uint64_t)t << 24, walks->n_ends + 1, factors);
    for (int i = 0; i < n; ++i) {
      z[i] = factors[walks->n_ends] * walks->x[i];
      for (int e = 0; e < walks->n_ends; ++e)
        z[i] += factors[e] * radius / WALK * walks->ends[(size_t)e * n + i];
      length += z[i] * z[i];
    }
    if (length == 0.0) continue;
    KrSphereNormalise(n, z);
    PetscCall(KrModelDerivatives(local->model, 1, z, &local->energy, local->gradient, NULL));
    measure(local, z);
    *is_round =
      local->residual <= ROUND && fabs(local->energy - walks->energy) <= ROUND * local->scale
        ? PETSC_TRUE
        : PETSC_FALSE;
  }
  PetscCall(PetscFree2(z, factors));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What a set adds to Euler's sum: its own Euler characteristic, with the sign of its normal index, where the Hessian
   is regular across the set (Bott). Known for great spheres: of quadratic forms, where no other set has that energy,
   and the whole sphere. Elsewhere sets of one energy may cross or be several. */
static PetscErrorCode find_contribution(KrLocal *local, const Walks *walks, KrPoint *point)
{
  const int sign     = walks->inertia.index % 2 == 0 ? 1 : -1;
  PetscBool is_round = PETSC_FALSE;

  PetscFunctionBeginUser;
  point->degree       = KR_DEGREE_UNKNOWN;
  point->multiplicity = 0;
  if (point->nullity != point->dimension) PetscFunctionReturn(PETSC_SUCCESS);
  if (!local->is_quadratic && point->dimension < local->n - 1) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(is_great_sphere(local, walks, &is_round));
  if (is_round) point->degree = point->dimension % 2 == 0 ? 2 * sign : 0;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Sets walks on x, whose null directions are known. */
static void begin_walks(const KrLocal *local, const double x[], Walks *walks)
{
  const size_t n = (size_t)local->n;

  walks->inertia = KrLocalInertia(local, KR_NULL_TIGHT);
  walks->n_null  = walks->inertia.nullity;
  walks->energy  = local->energy;
  (void)memcpy(walks->x, x, n * sizeof *x);
  for (int k = 0; k < walks->n_null; ++k)
    (void)memcpy(walks->null + (size_t)k * n,
                 local->vectors + (size_t)(walks->inertia.index + k) * n, n * sizeof *x);
}

/* Tells what a polished critical point with null directions is: fills in energy, mu, residual, index, nullity,
   dimension, degree and multiplicity. x becomes a point of the same set with as few null directions as can be found.
   Collective on the communicator of the model. Stopped early, it says nothing (local->stopped). */
PetscErrorCode KrLocalExamine(KrLocal *local, double x[], KrPoint *point)
{
  const int n         = local->n;
  int       dimension = 0;
  Walks     walks     = {.n = n};

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc5(n, &walks.x, n * n, &walks.null, (2 * MOST_WALKS + TRIES + SLIDES) * n,
                         &walks.ends, n * n, &walks.tangent, n, &walks.better));
  for (int restart = 0; restart < RESTARTS; ++restart) {
    PetscCall(KrLocalAt(local, x));
    begin_walks(local, x, &walks);
    PetscCall(find_dimension(local, &walks, &dimension));
    if (!walks.has_better) break;
    (void)memcpy(x, walks.better, (size_t)n * sizeof *x);
  }
  PetscCall(KrLocalAt(local, x));
  walks.inertia    = KrLocalInertia(local, KR_NULL_TIGHT);
  point->energy    = local->energy;
  point->mu        = local->mu;
  point->residual  = local->residual * local->scale;
  point->index     = walks.inertia.index;
  point->nullity   = walks.inertia.nullity;
  point->dimension = PetscMin(dimension, walks.inertia.nullity);
  if (local->stopped) point->degree = KR_DEGREE_UNKNOWN;
  else if (point->dimension > 0) PetscCall(find_contribution(local, &walks, point));
  else PetscCall(KrLocalDegree(local, x, &walks.inertia, &point->degree, &point->multiplicity));
  PetscCall(PetscFree5(walks.x, walks.null, walks.ends, walks.tangent, walks.better));
  PetscFunctionReturn(PETSC_SUCCESS);
}
