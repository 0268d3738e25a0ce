/* kr_test: ranks=1,2,4 labels=spectrum,oracle timeout=240 */
/* Lanczos quadrature: its moments are those of its vectors, and of the spectrum to the error of few vectors; p = 2
   gives back known eigenvalues; p = 3 the shifted semicircle. The same on any number of ranks. */
#include "spectrum_test.h"
#include <petscblaslapack.h>
#include <stdlib.h>

#define N_MAX     300
#define MAX_NODES 2000

#define MAX_VECTORS 40

typedef struct {
  double node, weight;
} Node;

typedef struct { /* nodes of all vectors, ascending */
  int  n_nodes;
  Node nodes[MAX_NODES];
} Density;

static int compare_nodes(const void *a, const void *b)
{
  const double p = ((const Node *)a)->node, q = ((const Node *)b)->node;

  return (p > q) - (p < q);
}

static PetscErrorCode compute(MPI_Comm comm, int p, int n, const double x[], int method,
                              int n_vectors, int n_steps, Density *density)
{
  const KrSpectrumOptions options = {.method = method};
  static double           nodes[MAX_NODES], weights[MAX_NODES];
  int                     n_nodes[MAX_VECTORS];
  KrModel                 model;

  PetscFunctionBeginUser;
  PetscCall(make_model(comm, p, n, &model));
  PetscCall(KrSpectrumDensity(&options, model, x, n_vectors, n_steps, n_nodes, nodes, weights));
  PetscCall(KrModelDestroy(&model));
  density->n_nodes = 0;
  for (int v = 0; v < n_vectors; ++v) {
    double sum = 0.0;

    for (int i = 0; i < n_nodes[v]; ++i) {
      const int at = density->n_nodes++;

      sum += weights[at];
      PetscCall(KrExpect("ascending", i == 0 || nodes[at] >= nodes[at - 1]));
      PetscCall(KrExpect("positive", weights[at] >= 0.0));
      density->nodes[at] = (Node){nodes[at], weights[at]};
    }
    PetscCall(KrExpectNear("weights of a vector", sum, 1.0 / n_vectors, 1e-12)); /* N EPS */
  }
  qsort(density->nodes, (size_t)density->n_nodes, sizeof(Node), compare_nodes);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static double moment(const Density *density, int power)
{
  double sum = 0.0;

  for (int i = 0; i < density->n_nodes; ++i)
    sum += density->nodes[i].weight * pow(density->nodes[i].node, power);
  return sum;
}

/* out <- P (H'' - mu) P v, and the trace of powers of that matrix is what moments are about. */
static void apply(int n, const double x[], double mu, const double H[], const double v[],
                  double out[])
{
  double u[N_MAX];

  (void)memcpy(u, v, (size_t)n * sizeof *u);
  (void)KrSphereProject(n, x, u);
  for (int i = 0; i < n; ++i) {
    out[i] = -mu * u[i];
    for (int k = 0; k < n; ++k) out[i] += H[i * n + k] * u[k];
  }
  (void)KrSphereProject(n, x, out);
}

static double dot(int n, const double a[], const double b[])
{
  double sum = 0.0;

  for (int i = 0; i < n; ++i) sum += a[i] * b[i];
  return sum;
}

/* v . A^j v for j = 0 ... n_powers-1, v along the tangent part of the given vector. */
static void vector_moments(int n, const double x[], double mu, const double H[], double v[],
                           int n_powers, double moments[])
{
  double w[N_MAX], next[N_MAX], norm;

  (void)KrSphereProject(n, x, v);
  norm = sqrt(dot(n, v, v));
  for (int i = 0; i < n; ++i) w[i] = v[i] /= norm;
  for (int j = 0; j < n_powers; ++j) {
    moments[j] += dot(n, v, w);
    apply(n, x, mu, H, w, next);
    (void)memcpy(w, next, (size_t)n * sizeof *w);
  }
}

/* Three vectors, six steps: the moments 0 ... 11 of these very vectors, exactly. */
static PetscErrorCode check_gauss(int method)
{
  enum { N = 40, VECTORS = 3, STEPS = 6 };
  const KrRandomKey key = {.stream = KR_STREAM_SPECTRUM};
  static Density    density;
  double            x[N], v[N], H[N * N], mu = 0.0, want[2 * STEPS] = {0.0};
  KrModel           model;

  PetscFunctionBeginUser;
  draw_point(1, N, x);
  PetscCall(compute(PETSC_COMM_WORLD, 3, N, x, method, VECTORS, STEPS, &density));
  PetscCall(KrExpectEqualInt("nodes", density.n_nodes, VECTORS * STEPS));
  PetscCall(make_model(PETSC_COMM_SELF, 3, N, &model));
  PetscCall(curvature(model, N, x, &mu, H));
  for (int number = 0; number < VECTORS; ++number) {
    KrRandomNormals(&key, (uint64_t)number << 24, N, v);
    vector_moments(N, x, mu, H, v, 2 * STEPS, want);
  }
  for (int j = 0; j < 2 * STEPS; ++j) /* |A| < 6: rounding of the j-th power */
    PetscCall(KrExpectNear("moment", moment(&density, j), want[j] / VECTORS, 1e-13 * pow(6.0, j)));
  PetscCall(KrModelDestroy(&model));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Means over random vectors against traces of all eigenvalues. For v uniform on the unit sphere of m dimensions,
   Var v.Bv = 2/(m(m+2)) (tr B^2 - (tr B)^2/m); 5 standard errors: false alarm below 1e-5 for the four powers. */
static PetscErrorCode check_traces(int method)
{
  enum { N = 120, VECTORS = 10 };
  const KrSpectrumOptions lapack = {.method = KR_SPECTRUM_LAPACK};
  static Density          density;
  double                  x[N], all[N];
  KrSpectrum              spectrum = {.all = all};
  KrModel                 model;

  PetscFunctionBeginUser;
  draw_point(2, N, x);
  PetscCall(compute(PETSC_COMM_WORLD, 3, N, x, method, VECTORS, 30, &density));
  PetscCall(make_model(PETSC_COMM_WORLD, 3, N, &model));
  PetscCall(KrSpectrumCompute(&lapack, model, x, &spectrum));
  for (int j = 1; j <= 4; ++j) {
    const double m     = N - 1;
    double       trace = 0.0, square = 0.0;

    for (int i = 0; i < N - 1; ++i) {
      trace += pow(all[i], j);
      square += pow(all[i], 2 * j);
    }
    PetscCall(
      KrExpectNear("trace", moment(&density, j), trace / m,
                   5.0 * sqrt(2.0 / (m * (m + 2.0)) * (square - trace * trace / m) / VECTORS)));
  }
  PetscCall(KrModelDestroy(&model));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* p = 2 at the eigenvector x_3 of H'' = 2 S: after N-1 steps the nodes are the eigenvalues 2 (s_b - s_3), b != 3. */
static PetscErrorCode check_quadratic(int method)
{
  enum { N = 12, AT = 3 };
  static Density density;
  double         S[N * N], s[N], x[N], work[16 * N], mu = 0.0;
  PetscBLASInt   size = N, lwork = 16 * N, info;
  KrModel        model;

  PetscFunctionBeginUser;
  draw_point(0, N, x);
  PetscCall(make_model(PETSC_COMM_SELF, 2, N, &model));
  PetscCall(curvature(model, N, x, &mu, S));
  PetscCallBLAS("LAPACKsyev", LAPACKsyev_("V", "L", &size, S, &size, s, work, &lwork, &info));
  (void)memcpy(x, S + AT * N, N * sizeof *x);
  KrSphereNormalise(N, x);
  PetscCall(
    compute(PETSC_COMM_WORLD, 2, N, x, method, 1, 2 * N, &density)); /* more than there are */
  PetscCall(KrExpectEqualInt("all eigenvalues", density.n_nodes, N - 1));
  for (int b = 0; b < N - 1;
       ++b) /* rounding, enlarged by Lanczos on the way: 1e-10 leaves a factor of 1e5 */
    PetscCall(KrExpectNear("node", density.nodes[b].node, s[b < AT ? b : b + 1] - s[AT], 1e-10));
  PetscCall(KrModelDestroy(&model));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static double semicircle(double t)
{
  if (t <= -2.0) return 0.0;
  if (t >= 2.0) return 1.0;
  return 0.5 + t * sqrt(4.0 - t * t) / (4.0 * PETSC_PI) + asin(0.5 * t) / PETSC_PI;
}

/* p = 3 at a random point: P H'' P - mu is sqrt(f''/N) GOE(N-1) - mu, a semicircle of centre -mu and radius
   2 sqrt(f'') sqrt((N-1)/N). Kolmogorov distance: the eigenvalues themselves are within about ln(N)/N = 0.02 of it
   (rigidity); 40 vectors weigh them like an empirical process of sup sqrt(2/(40 m)) x 2.69 = 0.035 but with a chance of
   1e-6; a step is at most 0.01. */
static PetscErrorCode check_semicircle(int method)
{
  enum { N = N_MAX };
  static Density density;
  static double  H[N * N];
  const double   scale = sqrt((double)N / (6.0 * (N - 1)));
  double         x[N], mu = 0.0, below = 0.0, distance = 0.0;
  KrModel        model;

  PetscFunctionBeginUser;
  draw_point(3, N, x);
  PetscCall(make_model(PETSC_COMM_WORLD, 3, N, &model));
  PetscCall(curvature(model, N, x, &mu, H));
  PetscCall(KrModelDestroy(&model));
  PetscCall(compute(PETSC_COMM_WORLD, 3, N, x, method, 40, 50, &density));
  for (int i = 0; i < density.n_nodes; ++i) {
    const double law = semicircle((density.nodes[i].node + mu) * scale);

    distance = fmax(distance, fabs(below - law));
    below += density.nodes[i].weight;
    distance = fmax(distance, fabs(below - law));
  }
  PetscCall(KrExpect("Kolmogorov distance to the semicircle", distance < 0.065));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* All ranks together give what one does: Lanczos carries rounding on from step to step. */
static PetscErrorCode check_ranks(int method)
{
  enum { N = 60 };
  static Density one, all;
  double         x[N];

  PetscFunctionBeginUser;
  draw_point(4, N, x);
  PetscCall(compute(PETSC_COMM_SELF, 3, N, x, method, 2, 15, &one));
  PetscCall(compute(PETSC_COMM_WORLD, 3, N, x, method, 2, 15, &all));
  PetscCall(KrExpectEqualInt("nodes", all.n_nodes, one.n_nodes));
  for (int i = 0; i < one.n_nodes; ++i) {
    PetscCall(KrExpectNear("node", all.nodes[i].node, one.nodes[i].node, 1e-9));
    PetscCall(KrExpectNear("weight", all.nodes[i].weight, one.nodes[i].weight, 1e-9));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char **argv)
{
  static const int methods[] = {KR_SPECTRUM_SLEPC, KR_SPECTRUM_DENSE};

  PetscFunctionBeginUser;
  PetscCall(KrTestBegin(&argc, &argv));
  for (int m = 0; m < 2; ++m) {
    PetscCall(check_gauss(methods[m]));
    PetscCall(check_traces(methods[m]));
    PetscCall(check_quadratic(methods[m]));
    PetscCall(check_ranks(methods[m]));
  }
  PetscCall(check_semicircle(KR_SPECTRUM_DENSE));
  return KrTestEnd();
}
