/* Layer 1: symmetric tensors in packed blocks and their contractions. Plain arrays, no MPI, every function
   pure. Layout and cost: docs/theory/tensor.md. */
#pragma once
#include <stddef.h>
#include <stdint.h>

#define KR_ORDER_MIN 2
#define KR_ORDER_MAX 6

/* One order p of a random polynomial  h(x) = sum over i1 <= ... <= ip of C_{i1...ip} x_i1 ... x_ip  with the
   multiplicities folded into C. Coefficients are stored in *blocks*: all tuples with the same p-2 middle
   indices m1 <= ... <= m_{p-2} form a dense rectangle, rows i = 0 ... m1, columns k = m_{p-2} ... n-1, row
   major. p = 2 has no middle: block j is the single row i = j, columns j ... n-1. Blocks follow each other in
   lexicographic order of (m1, ..., m_{p-2}). A KrTensor may hold only the rows [row_begin, row_end) of the
   sequence of all rows of all blocks: the piece of one rank of a group. */
typedef struct {
  int     order;     /* p */
  int     n;         /* N */
  int64_t row_begin; /* rows held, in the order of storage */
  int64_t row_end;
  int64_t n_coefficients; /* held */
  double *c;              /* n_coefficients, 64-byte aligned; owned by whoever made it */
  double *unfolded;       /* NULL, or KrUnfoldedCount() numbers that follow from c; as c */
} KrTensor;

/* The unfolded form of a small tensor: the matrix that makes a Hessian out of the monomials of degree p-2. */
#define KR_UNFOLDED_ROWS  8   /* entries of the Hessian in a tile */
#define KR_UNFOLDED_N_MAX 100 /* of p = 3; see KrTensorUnfolds() */

typedef struct {
  int     middle[KR_ORDER_MAX - 2]; /* m1 <= ... <= m_{p-2} */
  int     row_first, n_rows;        /* i = row_first ... row_first+n_rows-1 */
  int     col_first, n_cols;        /* k = col_first ... n-1 */
  int64_t offset;                   /* of the first coefficient, within KrTensor.c */
  int64_t row;                      /* global number of its first row */
} KrBlock;

int64_t KrTensorCount(int order, int n);    /* binomial(n+p-1, p) coefficients; -1: beyond 2^62 */
int64_t KrTensorRowCount(int order, int n); /* rows of all blocks */
void    KrTensorInit(KrTensor *tensor, int order, int n, int64_t row_begin,
                     int64_t row_end); /* c = NULL */
void KrTensorSplit(int order, int n, int n_pieces, int piece, int64_t *row_begin, int64_t *row_end);
int  KrBlockFirst(const KrTensor *tensor, KrBlock *block); /* 0: there is none */
int  KrBlockNext(const KrTensor *tensor, KrBlock *block);
int  KrTensorUnfolds(int order, int n); /* whether the unfolded form is the faster one */
int64_t KrUnfoldedCount(int order, int n);
void    KrTensorUnfold(const KrTensor *tensor);            /* after each change of c */
double  KrTupleMultiplicity(int order, const int tuple[]); /* p! / prod m_i! of a sorted tuple */
void    KrBlockTuple(const KrTensor *tensor, const KrBlock *block, int i, int k,
                     int tuple[]); /* sorted */

/* Points of a batch sit in SIMD lanes: X[i*KR_LANES + lane], a group of KR_LANES points. */
#define KR_LANES 8
#define KR_BATCH \
  64 /* points that are worth evaluating at once: a coefficient in the second cache serves them all */

/* KR_LANES complex eigenpairs of T(s) = (1 - s) D + s T, D diagonal:  F = T(s) x^{p-1} - lambda x = 0,  c . x = 1.
   A complex number is a row of KR_LANES real parts and a row of imaginary ones; an eigenpair is the N of x and
   lambda (docs/theory/homotopy.md). */
typedef struct {
  int           order, n; /* p = 3 or 4, N */
  const double *diagonal; /* D: N complex numbers, the same for all lanes: 2 N */
  const double *s;        /* KR_LANES */
  const double
    *A; /* p-1 upper accumulations of derivatives_lanes with scale 1/(p(p-1)): at Re x, at Im x and
                             for p = 4 at Re x + Im x */
  const double *patch;   /* c: N complex */
  double       *Y;       /* (x, lambda): N+1 complex; Newton's step is added */
  double       *step;    /* that step: N+1 complex */
  double       *tangent; /* d(x, lambda)/ds with c . dx/ds = 0, at Y as it came in: N+1 complex */
  double       *size;    /* KR_LANES: |step|^2 */
  double       *length;  /* KR_LANES: |x|^2 of the new x */
  double       *work;    /* KR_EIGEN_WORK(N) */
} KrEigenLanes;
#define KR_EIGEN_WORK(n) (2 * (n) * ((n) + 2) * KR_LANES)

/* All add `scale` times the polynomial's value (E), gradient (G), Hessian to their outputs, so orders of a mixture and
   pieces of a tensor sum up in place. A is an n x n work matrix, row major: only A[i][k], i <= k, is added to, and the
   Hessian is A + A^T (KrHessianFinish). */
typedef struct {
  const char *name; /* "plain", "avx2", "avx512", "reference" */
  /* one point: x[n], E[1], g[n]; A[n*n] or NULL */
  void (*derivatives)(const KrTensor *tensor, double scale, const double x[], double E[],
                      double g[], double A[]);
  /* n_groups groups of KR_LANES points, one group after the other: X[n_groups*n*KR_LANES], E[n_groups*KR_LANES],
     G like X; A[n_groups*n*n*KR_LANES] or NULL. A lane's numbers depend on its point alone. */
  void (*derivatives_lanes)(const KrTensor *tensor, double scale, int n_groups, const double X[],
                            double E[], double G[], double A[]);
  /* Hv[n] += scale * Hessian(x) v, without forming it */
  void (*hessian_apply)(const KrTensor *tensor, double scale, const double x[], const double v[],
                        double Hv[]);
  /* the same for n_groups groups of KR_LANES points and as many vectors; V and HV like X */
  void (*hessian_apply_lanes)(const KrTensor *tensor, double scale, int n_groups, const double X[],
                              const double V[], double HV[]);
  /* Newton's equations on the sphere for KR_LANES points X[n*KR_LANES]:  (H'' - mu) d - x dmu = -r,  x . d = 0, with
     H'' = A + A^T. A[n*n*KR_LANES] is destroyed; D like X holds r, then d; dmu[KR_LANES]; index[KR_LANES]: number of
     negative eigenvalues of P (H'' - mu) P on the tangent space; work[2*n*KR_LANES]. By LDL^T without pivoting of
     H'' - mu + sigma x x^T/N, which has the same d: sigma keeps the eigenvalue along x off zero. A lane that meets a
     zero pivot ends in infinities or NaN. */
  void (*bordered_lanes)(int n, double A[], const double X[], const double mu[],
                         const double sigma[], double D[], double dmu[], double index[],
                         double work[]);
  /* The same where no direction is kept out:  (A + A^T) d = -r.  index: number of negative eigenvalues of A + A^T. */
  void (*symmetric_lanes)(int n, double A[], double D[], double index[], double work[]);
  /* Newton's step of the paths of a homotopy and their tangents, by LDL^T of the complex symmetric Jacobian without
     pivoting: an inexact step shows in the next one. A lane that meets a zero pivot ends in infinities or NaN. */
  void (*eigen_lanes)(const KrEigenLanes *at);
  /* target[i] = sum over t of factors[t] * terms[t][i], for n_rows rows of KR_LANES; factors[n_terms*KR_LANES] */
  void (*combine_lanes)(size_t n_rows, int n_terms, const double *const terms[],
                        const double factors[], double target[]);
} KrKernels;

typedef enum { KR_SIMD_AUTO, KR_SIMD_PLAIN, KR_SIMD_AVX2, KR_SIMD_AVX512 } KrSimd;

const KrKernels *KrKernelsGet(
  KrSimd simd); /* NULL: this CPU lacks it; KR_SIMD_AUTO: the best it has */
extern const KrKernels KrKernelsReference; /* plain loops over tuples: the oracle, slow */

void KrHessianFinish(int n, double A[]); /* A <- A + A^T */
void KrLanesPack(int n, int n_points, const double points[],
                 double X[]); /* missing lanes repeat point 0 */
void KrLanesUnpack(int n, int n_points, const double X[], double points[]);
void KrLanesHessian(int n, int n_points, const double A[],
                    double hessians[]); /* A + A^T of each lane */
