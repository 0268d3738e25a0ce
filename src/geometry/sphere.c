#include <kacrice/manifold.h>
#include <math.h>

/* Scalar product of two plain vectors. */
static double dot(int n, const double a[], const double b[])
{
  double sum = 0.0;

  for (int i = 0; i < n; ++i) sum += a[i] * b[i];
  return sum;
}

/*
  KrSphereProject - Removes from g its part along x, in place: g <- g - mu x, mu = (x . g) / N.

  Not collective

  Input:
+ n - N, at least 1
- x - point, length N, |x|^2 = N to rounding

  In/out:
. g - Euclidean gradient in, tangent vector out; length N, units of J; must not overlap x

  Returns: mu, the radial derivative (x . g) / N: the shift of the Hessian on the sphere, units of J
  Errors: none
  Cost:   two passes over N
  Source: docs/theory/sphere.md, eq. (1); Absil, Mahony & Sepulchre 2008, ch. 3
  See:    KrSphereProjectVec(), KrSphereTangentHessian()
*/
double KrSphereProject(int n, const double x[], double g[])
{
  const double mu = dot(n, x, g) / n;

  for (int i = 0; i < n; ++i) g[i] -= mu * x[i];
  return mu;
}

/*
  KrSphereNormalise - Scales x to the sphere, in place: x <- x sqrt(N) / |x|.

  Not collective

  Input:
. n - N, at least 1

  In/out:
. x - length N, not the zero vector; |x|^2 = N to rounding on return

  Errors: none; the zero vector has no direction and becomes NaN
  Cost:   two passes over N
  Source: docs/theory/sphere.md, eq. (2)
  See:    KrSphereNormaliseVec(), KrSphereStep()
*/
void KrSphereNormalise(int n, double x[])
{
  const double scale = sqrt(n / dot(n, x, x));

  for (int i = 0; i < n; ++i) x[i] *= scale;
}

/*
  KrSphereStep - Moves x along a direction and back to the sphere, by scaling: x <- R(x + length direction).

  Not collective

  This is the projection retraction, not the geodesic. For a tangent direction d the point moves on the great circle of
  x and d by the angle atan(length |d| / sqrt(N)), always less than a quarter turn.

  Input:
+ n         - N, at least 1
. direction - length N, any vector; must not overlap x
- length    - factor of the direction, any sign

  In/out:
. x - point, length N, |x|^2 = N

  Errors: none; x + length direction must not vanish (it cannot when the direction is tangent)
  Cost:   three passes over N
  Source: docs/theory/sphere.md, eq. (2); Absil, Mahony & Sepulchre 2008, ex. 4.1.1
  See:    KrSphereNormalise()
*/
void KrSphereStep(int n, double x[], const double direction[], double length)
{
  for (int i = 0; i < n; ++i) x[i] += length * direction[i];
  KrSphereNormalise(n, x);
}

/*
  KrSphereTangentHessian - Writes the Riemannian Hessian at x as a matrix, Q^T (H'' - mu) Q.

  Not collective

  Q, an orthonormal basis of the tangent space, is the first N-1 columns of the Householder reflector that
  maps x to a multiple of the last unit vector.

  Input:
+ n       - N, at least 1
. x       - point, length N, not zero; its length is not used
. mu      - radial derivative x . grad H / N, units of J
- hessian - Euclidean Hessian H'', N x N, row major, symmetric (both triangles are read)

  Output:
. tangent - (N-1) x (N-1), row major, symmetric; must not overlap the input; untouched when N = 1

  Errors: none
  Cost:   two passes over N^2, no allocation
  Source: docs/theory/sphere.md, eq. (3)-(5); Golub & Van Loan 2013, sec. 5.1
  See:    KrSphereProject(), KrSpectrumCompute()
*/
void KrSphereTangentHessian(int n, const double x[], double mu, const double hessian[],
                            double tangent[])
{
  const int    m      = n - 1;
  const double length = sqrt(dot(n, x, x));
  const double tau    = 1.0 / (1.0 + fabs(x[m]) / length); /* 2 / |v|^2 */
  /* v = x / length but for its last component; the sign that adds never cancels */
  const double v_last = x[m] / length + copysign(1.0, x[m]);
  double      *w =
    tangent + (size_t)m * (size_t)(m > 0 ? m - 1 : 0); /* in the last row until that is due */
  double vHv = 0.0;
  double w_last;

  if (m == 0) return;
  for (int i = 0; i < m; ++i) {
    const double *row = hessian + (size_t)i * n;

    w[i] = tau * (dot(m, row, x) / length + row[m] * v_last);
    vHv += w[i] * x[i] / length;
  }
  vHv += tau * v_last *
         (dot(m, hessian + (size_t)m * n, x) / length + hessian[(size_t)m * n + m] * v_last);
  for (int i = 0; i < m; ++i) w[i] = (w[i] - 0.5 * tau * vHv * x[i] / length) / length;
  w_last = w[m - 1];
  for (int i = 0; i < m; ++i) { /* H'' - v w^T - w v^T; the last row overwrites w behind itself */
    const double wi  = i < m - 1 ? w[i] : w_last;
    double      *out = tangent + (size_t)i * m;

    for (int k = 0; k < m; ++k) out[k] = hessian[(size_t)i * n + k] - (x[i] * w[k] + wi * x[k]);
    out[i] -= mu;
  }
}

/*
  KrSphereProjectVec - Removes from g its part along x, in place: g <- g - mu x, mu = (x . g) / N.

  Collective on the communicator of x

  Input:
. x - point, length N, |x|^2 = N to rounding

  In/out:
. g - Euclidean gradient in, tangent vector out; length N, layout of x, units of J

  Output:
. mu - radial derivative (x . g) / N, the same on every rank; the shift of the Hessian on the sphere

  Errors: none of its own
  Cost:   two passes over N, one Allreduce of one real
  Source: docs/theory/sphere.md, eq. (1)
  See:    KrSphereProject(), KrModelEnergyGradient()
*/
PetscErrorCode KrSphereProjectVec(Vec x, Vec g, PetscReal *mu)
{
  PetscScalar xg;
  PetscInt    n;

  PetscFunctionBeginUser;
  PetscCall(VecGetSize(x, &n));
  PetscCall(VecDot(g, x, &xg));
  *mu = PetscRealPart(xg) / (PetscReal)n;
  PetscCall(VecAXPY(g, -*mu, x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrSphereNormaliseVec - Scales x to the sphere, in place: x <- x sqrt(N) / |x|.

  Collective on the communicator of x

  In/out:
. x - length N, any layout, not the zero vector; |x|^2 = N to rounding on return

  Errors: PETSC_ERR_ARG_OUTOFRANGE when x is zero or not finite
  Cost:   two passes over N, one Allreduce of one real
  Source: docs/theory/sphere.md, eq. (2)
  See:    KrSphereNormalise()
*/
PetscErrorCode KrSphereNormaliseVec(Vec x)
{
  PetscReal norm;
  PetscInt  n;

  PetscFunctionBeginUser;
  PetscCall(VecGetSize(x, &n));
  PetscCall(VecNorm(x, NORM_2, &norm));
  PetscCheck(norm > 0.0 && PetscIsNormalReal(norm), PetscObjectComm((PetscObject)x),
             PETSC_ERR_ARG_OUTOFRANGE, "a vector of norm %g has no direction on the sphere",
             (double)norm);
  PetscCall(VecScale(x, PetscSqrtReal((PetscReal)n) / norm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrSphereStart - Draws a point uniformly from the sphere.

  Not collective

  Input:
+ n       - N, at least 1
. size    - does not matter: there is one sphere
. key     - of the random numbers
- counter - of the first; N numbers follow

  Output:
. x - length N, |x|^2 = N

  Errors: none
  Cost:   N Gaussian numbers
*/
void KrSphereStart(int n, double size, const KrRandomKey *key, uint64_t counter, double x[])
{
  (void)size;
  KrRandomNormals(key, counter, n, x);
  KrSphereNormalise(n, x);
}

static void uniform(int n, const KrRandomKey *key, uint64_t counter, double x[])
{
  KrSphereStart(n, 1.0, key, counter, x);
}

/* N times the squared angle. */
static double distance(int n, const double x[], const double y[])
{
  double chord = 0.0, opposite = 0.0, angle;

  for (int i = 0; i < n; ++i) {
    chord += (x[i] - y[i]) * (x[i] - y[i]);
    opposite += (x[i] + y[i]) * (x[i] + y[i]);
  }
  angle = 2.0 * atan2(sqrt(chord), sqrt(opposite)); /* exact at both ends */
  return n * angle * angle;
}

/* mu in units of scale */
static double dial(double radial, double scale)
{
  return radial * (1.0 / scale);
}

static int euler(int n, int64_t *sum)
{
  *sum = n % 2 == 1 ? 2 : 0;
  return 1;
}

const KrManifold KrManifoldSphere = {.name            = "sphere",
                                     .n_radial        = 1,
                                     .is_compact      = 1,
                                     .euler           = euler,
                                     .project         = KrSphereProject,
                                     .step            = KrSphereStep,
                                     .tangent_hessian = KrSphereTangentHessian,
                                     .place           = KrSphereNormalise,
                                     .geodesic        = KrSphereGeodesic,
                                     .kick            = KrSphereKick,
                                     .distance        = distance,
                                     .start           = KrSphereStart,
                                     .uniform         = uniform,
                                     .dial            = dial};
