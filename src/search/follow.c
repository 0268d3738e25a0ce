/* Continuation of stationary points of a TAP free energy in temperature: pseudo-arclength steps in (x, sqrt(N) T/J), so
   that a branch can be followed through a fold and the fold be located (docs/theory/tap.md, section 6). */
#include <kacrice/follow.h>
#include <math.h>
#include <petscblaslapack.h>
#include <string.h>

#define STEP_FIRST 1e-3 /* of arclength, |(dx, sqrt(N) dT/J)| / sqrt(N) */
#define STEP_MAX   0.02
#define STEP_MIN   1e-9
#define TURN_MAX   0.98  /* least cosine between the directions of two steps */
#define NEWTON_MAX 6     /* iterations of a correction */
#define TOLERANCE  1e-11 /* |grad F| / sqrt(N), units of J */
#define SETTLE_MAX 30    /* iterations at a fixed temperature */
#define STEPS_MAX  20000
#define REFINE_MAX 60 /* halvings in which a fold or w = 1 is located */

struct KrFollow_s {
  KrModel          model; /* borrowed, on one rank; its temperature is set by each call */
  const KrMixture *f;
  double           scale; /* J of the model */
  size_t           n;
  double          *x, *g, *hessian;       /* the point being corrected */
  double          *matrix, *step;         /* (N+1)^2, N+1 */
  double          *base, *trial;          /* N+1: (x, sqrt(N) T/J) */
  double          *tangent, *new_tangent; /* N+1, |.| = sqrt(N) */
  PetscBLASInt    *pivots;
};

/*
  KrFollowThaw - Predicts the TAP state at a low temperature on a critical point at T = 0.

  Not collective, pure

  Input:
+ f           - mixture
. n           - N
. sigma       - the critical point, N entries, |sigma|^2 = N
. mu          - its radial curvature
- temperature - T > 0, small

  Output:
. x - sqrt(q) sigma with 1 - q = y T, where 1/y + f''(1) y = -mu; N entries

  Returns: 0; 1 when there is no state at any T > 0, since mu > -2 sqrt(f''(1)), or T is too high for that q
  Source:  docs/theory/tap.md, eq. (8)
  See:     KrFollowRun()
*/
int KrFollowThaw(const KrMixture *f, int n, const double sigma[], double mu, double temperature,
                 double x[])
{
  const double discriminant = mu * mu - 4.0 * KrMixtureValue(f, 2, 1.0);
  double       q;

  if (mu >= 0.0 || discriminant < 0.0) return 1;
  q = 1.0 - temperature * 2.0 / (-mu + sqrt(discriminant));
  if (q <= 0.5) return 1;
  for (int i = 0; i < n; ++i) x[i] = sqrt(q) * sigma[i];
  return 0;
}

/*
  KrFollowCreate - Makes the work space to follow states of a model.

  Not collective

  Input:
. model - a TAP free energy on one rank; borrowed, must outlive the result. Its temperature is changed

  Output:
. follow - caller destroys with KrFollowDestroy()

  Errors: PETSC_ERR_SUP for a model of several ranks
  Cost:   2 (N+1)^2 reals
*/
PetscErrorCode KrFollowCreate(KrModel model, KrFollow *follow)
{
  MPI_Comm    comm;
  PetscMPIInt size;
  PetscInt    n;

  PetscFunctionBeginUser;
  PetscCall(KrModelGetComm(model, &comm));
  PetscCallMPI(MPI_Comm_size(comm, &size));
  PetscCheck(size == 1, comm, PETSC_ERR_SUP, "states are followed by one rank, the model has %d",
             size);
  PetscCall(KrModelGetSize(model, &n));
  PetscCall(PetscNew(follow));
  (*follow)->model = model;
  (*follow)->n     = (size_t)n;
  PetscCall(KrModelGetMixture(model, &(*follow)->f));
  PetscCall(KrModelGetScale(model, &(*follow)->scale));
  PetscCall(PetscMalloc5(n + 1, &(*follow)->x, n, &(*follow)->g, n * n, &(*follow)->hessian,
                         (n + 1) * (n + 1), &(*follow)->matrix, n + 1, &(*follow)->step));
  PetscCall(PetscMalloc5(n + 1, &(*follow)->base, n + 1, &(*follow)->trial, n + 1,
                         &(*follow)->tangent, n + 1, &(*follow)->new_tangent, n + 1,
                         &(*follow)->pivots));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrFollowDestroy - Frees it; accepts NULL inside and may be called twice.

  Not collective

  In/out:
. follow - set to NULL
*/
PetscErrorCode KrFollowDestroy(KrFollow *follow)
{
  PetscFunctionBeginUser;
  if (*follow == NULL) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(
    PetscFree5((*follow)->x, (*follow)->g, (*follow)->hessian, (*follow)->matrix, (*follow)->step));
  PetscCall(PetscFree5((*follow)->base, (*follow)->trial, (*follow)->tangent,
                       (*follow)->new_tangent, (*follow)->pivots));
  PetscCall(PetscFree(*follow));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static double dot(size_t n, const double a[], const double b[])
{
  double sum = 0.0;

  for (size_t i = 0; i < n; ++i) sum += a[i] * b[i];
  return sum;
}

/* T, out of the last entry of a point of a branch. */
static double temperature_of(const struct KrFollow_s *follow, const double y[])
{
  return y[follow->n] / sqrt((double)follow->n) * follow->scale;
}

static void set_temperature(const struct KrFollow_s *follow, double temperature, double y[])
{
  y[follow->n] = temperature / follow->scale * sqrt((double)follow->n);
}

/* g, F'' and |g|/sqrt(N) at y = (x, sqrt(N) T/J); infinite outside of T > 0, q < 1. */
static PetscErrorCode evaluate(KrFollow follow, const double y[], double *energy, double *residual)
{
  const size_t n = follow->n;
  const double T = temperature_of(follow, y);

  PetscFunctionBeginUser;
  *energy = *residual = INFINITY;
  if (!(T > 0.0) || !(dot(n, y, y) < (double)n)) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KrModelSetTemperature(follow->model, T));
  PetscCall(KrModelDerivatives(follow->model, 1, y, energy, follow->g, follow->hessian));
  *residual = sqrt(dot(n, follow->g, follow->g) / (double)n);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Solves the bordered system [F'', d(grad F)/d(sqrt(N) T/J); J border] s = follow->step in place; false when it is
   singular. With border NULL: F'' alone. */
static PetscErrorCode solve(KrFollow follow, const double y[], const double border[],
                            PetscBool *solved)
{
  const size_t n = follow->n, m = border == NULL ? n : n + 1;
  const double T = temperature_of(follow, y), q = dot(n, y, y) / (double)n;
  /* dA/dT = 1/(1-q) - (1-q) f''(q) / T^2 */
  const double change = (1.0 / (1.0 - q) - (1.0 - q) * KrMixtureValue(follow->f, 2, q) / (T * T)) /
                        sqrt((double)n) * follow->scale;
  PetscBLASInt order = (PetscBLASInt)m, one = 1, info;

  PetscFunctionBeginUser;
  for (size_t k = 0; k < n; ++k) { /* column major; F'' is symmetric */
    (void)memcpy(follow->matrix + k * m, follow->hessian + k * n, n * sizeof(double));
    if (border != NULL) follow->matrix[k * m + n] = follow->scale * border[k];
  }
  for (size_t i = 0; border != NULL && i < n; ++i) follow->matrix[n * m + i] = change * y[i];
  if (border != NULL) follow->matrix[n * m + n] = follow->scale * border[n];
  PetscCallBLAS("LAPACKgesv", LAPACKgesv_(&order, &one, follow->matrix, &order, follow->pivots,
                                          follow->step, &order, &info));
  PetscCheck(info >= 0, PETSC_COMM_SELF, PETSC_ERR_LIB, "LAPACK gesv failed with info = %d",
             (int)info);
  *solved = info == 0 ? PETSC_TRUE : PETSC_FALSE;
  for (size_t i = 0; i < m; ++i)
    if (!isfinite(follow->step[i])) *solved = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Newton's method for grad F = 0 within the hyperplane through y that is normal to `border`, or at fixed T (NULL). The
   residual has to fall below TOLERANCE, then as far as it goes. */
static PetscErrorCode correct(KrFollow follow, const double border[], int most, double y[],
                              PetscBool *found)
{
  const size_t m = border == NULL ? follow->n : follow->n + 1;
  double       energy, residual, before = INFINITY;
  PetscBool    solved;

  PetscFunctionBeginUser;
  *found = PETSC_FALSE;
  for (int iteration = 0; iteration <= most; ++iteration) {
    PetscCall(evaluate(follow, y, &energy, &residual));
    if (!isfinite(residual)) PetscFunctionReturn(PETSC_SUCCESS);
    *found = residual <= TOLERANCE * follow->scale ? PETSC_TRUE : PETSC_FALSE;
    if (iteration == most || (*found && residual > 0.1 * before)) break;
    before = residual;
    for (size_t i = 0; i < follow->n; ++i) follow->step[i] = -follow->g[i];
    follow->step[follow->n] = 0.0;
    PetscCall(solve(follow, y, border, &solved));
    if (!solved) break;
    for (size_t i = 0; i < m; ++i) y[i] += follow->step[i];
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Direction of the branch at y, along `forward`; length sqrt(N). */
static PetscErrorCode find_tangent(KrFollow follow, const double y[], const double forward[],
                                   double tangent[], PetscBool *found)
{
  const size_t m = follow->n + 1;
  double       energy, residual, scale;

  PetscFunctionBeginUser;
  PetscCall(evaluate(follow, y, &energy, &residual));
  (void)memset(follow->step, 0, m * sizeof(double));
  follow->step[follow->n] = 1.0;
  PetscCall(solve(follow, y, forward, found));
  if (!*found) PetscFunctionReturn(PETSC_SUCCESS);
  scale = sqrt((double)follow->n / dot(m, follow->step, follow->step));
  for (size_t i = 0; i < m; ++i) tangent[i] = scale * follow->step[i];
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* follow->trial and new_tangent: the branch a length s further than follow->base. */
static PetscErrorCode advance(KrFollow follow, double s, PetscBool *found)
{
  const size_t m     = follow->n + 1;
  double       moved = 0.0;

  PetscFunctionBeginUser;
  for (size_t i = 0; i < m; ++i) follow->trial[i] = follow->base[i] + s * follow->tangent[i];
  PetscCall(correct(follow, follow->tangent, NEWTON_MAX, follow->trial, found));
  if (!*found) PetscFunctionReturn(PETSC_SUCCESS);
  for (size_t i = 0; i < m; ++i) {
    const double off = follow->trial[i] - follow->base[i] - s * follow->tangent[i];

    moved += off * off;
  }
  if (moved > 0.25 * s * s * (double)follow->n) *found = PETSC_FALSE; /* another branch */
  if (*found)
    PetscCall(find_tangent(follow, follow->trial, follow->tangent, follow->new_tangent, found));
  if (*found && dot(m, follow->tangent, follow->new_tangent) < TURN_MAX * (double)follow->n)
    *found = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode describe(KrFollow follow, const double y[], KrFollowPoint *point)
{
  const size_t n = follow->n;
  KrTapTerms   terms;
  double       energy;

  PetscFunctionBeginUser;
  PetscCall(evaluate(follow, y, &energy, &point->residual));
  point->temperature = temperature_of(follow, y);
  point->overlap     = dot(n, y, y) / (double)n;
  KrTapTermsAt(follow->f, point->temperature, point->overlap, &terms);
  point->free_energy = energy / (double)n;
  point->energy      = point->free_energy - terms.free_energy + terms.energy;
  point->reaction    = terms.reaction;
  point->x           = y;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What ends a branch, as a function that changes its sign there: the direction of T, or 1 - w. */
static double ending(const struct KrFollow_s *follow, KrFollowEnd end, const double y[],
                     const double tangent[], double sign)
{
  KrTapTerms terms;

  if (end == KR_FOLLOW_FOLD) return sign * tangent[follow->n];
  KrTapTermsAt(follow->f, temperature_of(follow, y), dot(follow->n, y, y) / (double)follow->n,
               &terms);
  return 1.0 - terms.reaction;
}

/* The branch ends within the step s from the base: halves the step until rounding; the end is in follow->trial. */
static PetscErrorCode locate(KrFollow follow, KrFollowEnd end, double s, double sign)
{
  double    low = 0.0, high = s;
  PetscBool found;

  PetscFunctionBeginUser;
  for (int i = 0; i < REFINE_MAX && high - low > 1e-14; ++i) {
    const double middle = 0.5 * (low + high);

    PetscCall(advance(follow, middle, &found));
    if (!found || ending(follow, end, follow->trial, follow->new_tangent, sign) > 0.0) low = middle;
    else high = middle;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrFollowSettle - Newton's method at a fixed temperature.

  Not collective

  In/out:
+ follow - work space
- x      - N entries: a point near a stationary one, then that

  Input:
. temperature - T > 0

  Output:
. residual - |grad F| / sqrt(N); above 1e-11 J when it did not converge

  Cost: some Hessians and N^3/3 each
*/
PetscErrorCode KrFollowSettle(KrFollow follow, double temperature, double x[], double *residual)
{
  const size_t n = follow->n;
  PetscBool    found;
  double       energy;

  PetscFunctionBeginUser;
  (void)memcpy(follow->x, x, n * sizeof *x);
  set_temperature(follow, temperature, follow->x);
  PetscCall(correct(follow, NULL, SETTLE_MAX, follow->x, &found));
  PetscCall(evaluate(follow, follow->x, &energy, residual));
  if (found) (void)memcpy(x, follow->x, n * sizeof *x);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Tells of the targets between base and trial, each corrected at its temperature; false when one cannot be reached. */
static PetscErrorCode report_targets(KrFollow follow, double sign, int n_targets,
                                     const double targets[], int *next, double s,
                                     KrFollowFn reached, void *context, PetscBool *all)
{
  const size_t n    = follow->n;
  const double from = temperature_of(follow, follow->base);
  const double to   = temperature_of(follow, follow->trial);

  PetscFunctionBeginUser;
  *all = PETSC_TRUE;
  while (*all && *next < n_targets && sign * (to - targets[*next]) >= 0.0) {
    const double  part = (targets[*next] - from) / (to - from);
    double        off  = 0.0;
    KrFollowPoint point;

    for (size_t i = 0; i < n; ++i)
      follow->x[i] = follow->base[i] + part * (follow->trial[i] - follow->base[i]);
    set_temperature(follow, targets[*next], follow->x);
    PetscCall(correct(follow, NULL, NEWTON_MAX, follow->x, all));
    for (size_t i = 0; i < n; ++i) {
      const double d = follow->x[i] - follow->base[i] - part * (follow->trial[i] - follow->base[i]);

      off += d * d;
    }
    if (off > s * s * (double)n) *all = PETSC_FALSE;
    if (!*all) break;
    PetscCall(describe(follow, follow->x, &point));
    PetscCall((*reached)(context, *next, &point));
    *next += 1;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* One step of the branch, or its end within it. */
static PetscErrorCode step_on(KrFollow follow, double sign, double last, int n_targets,
                              const double targets[], int *next, double *s, KrFollowFn reached,
                              void *context, PetscBool *ended, KrFollowEnd *end)
{
  const size_t bytes = (follow->n + 1) * sizeof(double);
  PetscBool    found;

  PetscFunctionBeginUser;
  PetscCall(advance(follow, *s, &found));
  for (int e = KR_FOLLOW_FOLD; found && !*ended && e <= KR_FOLLOW_MARGINAL; ++e)
    if (ending(follow, (KrFollowEnd)e, follow->trial, follow->new_tangent, sign) <= 0.0) {
      *end   = (KrFollowEnd)e;
      *ended = PETSC_TRUE;
      PetscCall(locate(follow, *end, *s, sign));
    }
  if (found)
    PetscCall(report_targets(follow, sign, n_targets, targets, next, *s, reached, context, &found));
  if (*ended && (found || *s <= STEP_MIN)) PetscFunctionReturn(PETSC_SUCCESS);
  *ended = PETSC_FALSE;
  if (!found) {
    *s *= 0.5;
    if (*s < STEP_MIN) {
      *end   = KR_FOLLOW_LOST;
      *ended = PETSC_TRUE;
      (void)memcpy(follow->trial, follow->base, bytes);
    }
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  (void)memcpy(follow->base, follow->trial, bytes);
  (void)memcpy(follow->tangent, follow->new_tangent, bytes);
  *s = PetscMin(1.5 * *s, STEP_MAX);
  if (sign * (temperature_of(follow, follow->base) - last) >= 0.0) {
    *end   = KR_FOLLOW_LAST;
    *ended = PETSC_TRUE;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrFollowRun - Follows a stationary point in temperature to the last one wanted, or to where its branch ends.

  Not collective

  In/out:
+ follow - work space
- x      - N entries: a stationary point at `temperature`, or near one; then where the branch ended

  Input:
+ temperature - where it begins, T > 0
. last        - where it may end: above or below; one beyond the last target
. n_targets   - number of
. targets     - temperatures to tell of, in the order in which they are met
. reached     - called for each with the stationary point there, corrected at that temperature
- context     - passed to it

  Output:
+ end   - why it ended
- final - where it ended; its x is lent until the next call

  Notes:
  A fold is located to rounding of the arclength s; T goes there as s^2. What the model's temperature is afterwards is
  left open.

  Errors: KR_ERR_STOPPED when this process was asked to stop
  Cost:   some hundred Hessians and LU factorisations of N + 1
  Source: docs/theory/tap.md, section 6; Keller 1977
  See:    KrFollowThaw()
*/
PetscErrorCode KrFollowRun(KrFollow follow, double temperature, double last, double x[],
                           int n_targets, const double targets[], KrFollowFn reached, void *context,
                           KrFollowEnd *end, KrFollowPoint *final)
{
  const size_t n    = follow->n;
  const double sign = last > temperature ? 1.0 : -1.0;
  double       s    = STEP_FIRST;
  int          next = 0;
  PetscBool    found, ended = PETSC_FALSE;

  PetscFunctionBeginUser;
  *end = KR_FOLLOW_LOST;
  (void)memcpy(follow->base, x, n * sizeof *x);
  set_temperature(follow, temperature, follow->base);
  PetscCall(correct(follow, NULL, SETTLE_MAX, follow->base, &found));
  (void)memcpy(follow->trial, follow->base, (n + 1) * sizeof(double));
  (void)memset(follow->new_tangent, 0, (n + 1) * sizeof(double));
  follow->new_tangent[n] = sign;
  if (found)
    PetscCall(find_tangent(follow, follow->base, follow->new_tangent, follow->tangent, &found));
  for (int step = 0; found && !ended && step < STEPS_MAX; ++step) {
    if (KrStopWanted("following")) PetscFunctionReturn(KR_ERR_STOPPED);
    PetscCall(
      step_on(follow, sign, last, n_targets, targets, &next, &s, reached, context, &ended, end));
  }
  PetscCall(describe(follow, follow->trial, final));
  (void)memcpy(x, follow->trial, n * sizeof *x);
  PetscFunctionReturn(PETSC_SUCCESS);
}
