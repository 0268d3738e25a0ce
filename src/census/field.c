/* Degrees of vector fields on spheres of dimension 0, 1 and 2, by adding up the angle that the field sweeps. */
#include "field.h"
#include <math.h>
#include <petscblaslapack.h>

#define CIRCLE_FIRST 64 /* points on a circle; then twice as many */
#define CIRCLE_MOST  1024
#define MOST_TURN    1.2 /* between two neighbours, in radians */
#define SPHERE_FIRST 12  /* pieces that an edge of the octahedron is cut into; then twice as many */
#define SPHERE_MOST  48
#define N_FIT        64
#define APART        0.02 /* least singular value of Sylvester's matrix, of the largest */

static double norm(int n, const double a[])
{
  double square = 0.0;

  for (int i = 0; i < n; ++i) square += a[i] * a[i];
  return sqrt(square);
}

static PetscErrorCode at(KrFieldFn field, void *context, int n, const double t[], double value[],
                         KrFieldDegree *result)
{
  double length;

  PetscFunctionBeginUser;
  PetscCall((*field)(context, t, value));
  length        = norm(n, value);
  result->least = fmin(result->least, length);
  result->most  = fmax(result->most, length);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode on_pair(KrFieldFn field, void *context, double radius, KrFieldDegree *result)
{
  const double left = -radius, right = radius;
  double       below, above;

  PetscFunctionBeginUser;
  PetscCall(at(field, context, 1, &left, &below, result));
  PetscCall(at(field, context, 1, &right, &above, result));
  result->degree = ((above > 0.0) - (above < 0.0) - (below > 0.0) + (below < 0.0)) / 2;
  result->known  = below != 0.0 && above != 0.0;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The angle from a to b, between -pi and pi. */
static double angle(const double a[2], const double b[2])
{
  return atan2(a[0] * b[1] - a[1] * b[0], a[0] * b[0] + a[1] * b[1]);
}

static PetscErrorCode on_circle(KrFieldFn field, void *context, int n_points, double radius,
                                KrFieldDegree *result)
{
  double first[2] = {0.0}, before[2] = {0.0}, now[2], sum = 0.0, most = 0.0;

  PetscFunctionBeginUser;
  for (int i = 0; i <= n_points; ++i) {
    const double phase = 2.0 * PETSC_PI * i / n_points + 0.1;
    const double t[2]  = {radius * cos(phase), radius * sin(phase)};

    if (i < n_points) PetscCall(at(field, context, 2, t, now, result));
    else {
      now[0] = first[0];
      now[1] = first[1];
    }
    if (i > 0) {
      sum += angle(before, now);
      most = fmax(most, fabs(angle(before, now)));
    } else {
      first[0] = now[0];
      first[1] = now[1];
    }
    before[0] = now[0];
    before[1] = now[1];
  }
  result->degree = (int)lround(sum / (2.0 * PETSC_PI));
  result->known  = most < MOST_TURN;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Solid angle of the triangle that three vectors span, with its sign (van Oosterom & Strackee 1983). */
static double solid_angle(const double a[3], const double b[3], const double c[3])
{
  const double la = norm(3, a), lb = norm(3, b), lc = norm(3, c);
  const double ab     = a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
  const double bc     = b[0] * c[0] + b[1] * c[1] + b[2] * c[2];
  const double ca     = c[0] * a[0] + c[1] * a[1] + c[2] * a[2];
  const double volume = a[0] * (b[1] * c[2] - b[2] * c[1]) + a[1] * (b[2] * c[0] - b[0] * c[2]) +
                        a[2] * (b[0] * c[1] - b[1] * c[0]);

  return 2.0 * atan2(volume, la * lb * lc + ab * lc + bc * la + ca * lb);
}

static double turn(const double a[3], const double b[3])
{
  const double ab = a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

  return acos(fmax(-1.0, fmin(1.0, ab / (norm(3, a) * norm(3, b)))));
}

/* One face of the octahedron, cut into `pieces`^2 triangles. */
static PetscErrorCode on_face(KrFieldFn field, void *context, const double signs[3], int pieces,
                              double radius, double *sum, double *most, KrFieldDegree *result)
{
  const double orientation = signs[0] * signs[1] * signs[2];
  const int    width       = pieces + 1;
  double(*values)[3];

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(width * width, &values));
  for (int i = 0; i <= pieces; ++i)
    for (int j = 0; i + j <= pieces; ++j) {
      double t[3]   = {signs[0] * i, signs[1] * j, signs[2] * (pieces - i - j)};
      double length = norm(3, t);

      for (int k = 0; k < 3; ++k) t[k] *= radius / length;
      PetscCall(at(field, context, 3, t, values[i * width + j], result));
    }
  for (int i = 0; i < pieces; ++i)
    for (int j = 0; i + j < pieces; ++j) {
      double *a = values[i * width + j], *b = values[(i + 1) * width + j];
      double *c = values[i * width + j + 1], *d = values[(i + 1) * width + j + 1];

      *sum += orientation * solid_angle(a, b, c);
      *most = fmax(*most, fmax(turn(a, b), fmax(turn(b, c), turn(a, c))));
      if (i + j + 2 <= pieces) *sum += orientation * solid_angle(b, d, c);
    }
  PetscCall(PetscFree(values));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode on_sphere(KrFieldFn field, void *context, int pieces, double radius,
                                KrFieldDegree *result)
{
  double sum = 0.0, most = 0.0;

  PetscFunctionBeginUser;
  for (int face = 0; face < 8; ++face) {
    const double signs[3] = {face & 1 ? -1.0 : 1.0, face & 2 ? -1.0 : 1.0, face & 4 ? -1.0 : 1.0};

    PetscCall(on_face(field, context, signs, pieces, radius, &sum, &most, result));
  }
  sum /= 4.0 * PETSC_PI;
  result->degree = (int)lround(sum);
  result->known  = most < MOST_TURN && fabs(sum - round(sum)) < 1e-6;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrFieldDegreeOf - Degree of a vector field on a sphere about 0: how often, with sign, it takes each direction.

  Collective as field is

  Input:
+ field     - the field, without a zero on the sphere
. context   - passed to it
. dimension - of the field: 1, 2 or 3
- radius    - of the sphere

  Output:
. result - known is 0 for other dimensions, and where the field turns too fast between neighbouring points

  Cost:   2 values in one dimension, 64 to 1984 in two, 728 and more in three
  Source: docs/theory/singular.md, section 4
*/
PetscErrorCode KrFieldDegreeOf(KrFieldFn field, void *context, int dimension, double radius,
                               KrFieldDegree *result)
{
  PetscFunctionBeginUser;
  *result = (KrFieldDegree){.least = INFINITY};
  if (dimension == 1) PetscCall(on_pair(field, context, radius, result));
  for (int n = CIRCLE_FIRST; dimension == 2 && !result->known && n <= CIRCLE_MOST; n *= 2)
    PetscCall(on_circle(field, context, n, radius, result));
  for (int n = SPHERE_FIRST; dimension == 3 && !result->known && n <= SPHERE_MOST; n *= 2)
    PetscCall(on_sphere(field, context, n, radius, result));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Coefficients of the forms of an order that agree best with both components on a circle of radius 1. */
static PetscErrorCode fit_forms(KrFieldFn field, void *context, int order, double radius,
                                double forms[])
{
  PetscBLASInt m = order + 1, two = 2, info = 0, *pivots;
  const double unit = pow(radius, -order);
  double      *matrix, *powers;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc3(m * m, &matrix, m, &powers, m, &pivots));
  for (int i = 0; i < 2 * m; ++i) forms[i] = 0.0;
  for (int i = 0; i < N_FIT; ++i) {
    const double phase = 2.0 * PETSC_PI * i / N_FIT;
    const double t[2]  = {radius * cos(phase), radius * sin(phase)};
    double       value[2];

    PetscCall((*field)(context, t, value));
    for (int k = 0; k < m; ++k) powers[k] = pow(cos(phase), order - k) * pow(sin(phase), k);
    for (int a = 0; a < m; ++a) {
      forms[a] += powers[a] * value[0] * unit;
      forms[m + a] += powers[a] * value[1] * unit;
      for (int b = 0; b < m; ++b) matrix[a * m + b] += powers[a] * powers[b];
    }
  }
  PetscCallBLAS("LAPACKgesv", LAPACKgesv_(&m, &two, matrix, &m, pivots, forms, &m, &info));
  PetscCheck(info == 0, PETSC_COMM_SELF, PETSC_ERR_LIB, "LAPACK gesv failed with info = %d",
             (int)info);
  PetscCall(PetscFree3(matrix, powers, pivots));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrFormsApart - Whether the leading forms of the two components of a field in the plane have no complex zero in common.

  Collective as field is

  Input:
+ field   - vanishes at 0 to the order
. context - passed to it
. order   - of the forms
- radius  - where they are fitted

  Output:
. apart - then the zero at 0 has multiplicity order^2 (Bezout)

  Source: docs/theory/singular.md, section 4
*/
PetscErrorCode KrFormsApart(KrFieldFn field, void *context, int order, double radius,
                            PetscBool *apart)
{
  PetscBLASInt m = 2 * order, lwork = 20 * m, info = 0, one = 1;
  double      *forms, *matrix, *values, *work, none;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc4(2 * (order + 1), &forms, m * m, &matrix, m, &values, lwork, &work));
  PetscCall(PetscArrayzero(matrix, m * m));
  PetscCall(fit_forms(field, context, order, radius, forms));
  for (int row = 0; row < order; ++row)
    for (int k = 0; k <= order; ++k) {
      matrix[row * m + row + k]           = forms[k];
      matrix[(order + row) * m + row + k] = forms[order + 1 + k];
    }
  PetscCallBLAS("LAPACKgesvd", LAPACKgesvd_("N", "N", &m, &m, matrix, &m, values, &none, &one,
                                            &none, &one, work, &lwork, &info));
  *apart = info == 0 && values[m - 1] > APART * values[0] ? PETSC_TRUE : PETSC_FALSE;
  PetscCall(PetscFree4(forms, matrix, values, work));
  PetscFunctionReturn(PETSC_SUCCESS);
}
