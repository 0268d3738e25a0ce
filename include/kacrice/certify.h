/* Layer 1: proofs about one critical point of a polynomial energy on the sphere |x|^2 = N, valid for the exact
   polynomial of the given coefficients whatever the rounding. Plain arrays, no MPI. Mathematics:
   docs/theory/certificates.md. */
#pragma once
#include <kacrice/kernels.h>

/* What is known of the polynomial H = sum over orders of scale h_p, for all points within `reach` of the sphere. */
typedef struct {
  int    n;                               /* N */
  int    order_max;                       /* highest order in it */
  double n_energy, n_gradient, n_hessian; /* terms that are summed up in one number */
  double slope;                           /* |grad H| is at most this */
  double third;                           /* |H''(y) - H''(z)| <= third |y - z| */
  double reach;                           /* balls beyond it are not looked at */
  double
    border; /* c, a power of 2 near J/sqrt(N): the border of the equations is as large as H'' */
} KrCertifyBounds;

void   KrCertifyBoundsInit(int n, double scale, KrCertifyBounds *bounds);
double KrTensorSquares(
  const KrTensor *tensor); /* sum over all i1 ... ip of T^2, of the rows held */
void KrCertifyBoundsAdd(int order, double scale, double squares, KrCertifyBounds *bounds);

typedef struct { /* as the kernels give them: value, gradient, full Hessian */
  double        energy;
  const double *gradient, *hessian; /* n, n x n */
} KrDerivatives;

typedef struct {
  int    exists; /* 1: a ball about x holds exactly one critical point, and it is not degenerate */
  int    index;  /* of that point; -1: undecided */
  double radius; /* of such a ball, for points with |x|^2 = N; NaN when there is none */
  double unique_radius;        /* no other critical point is within this distance of x */
  double mu, mu_error;         /* |mu* - mu| <= mu_error */
  double energy, energy_error; /* e = H/N of the critical point, likewise */
  double residual;             /* |P grad H| / sqrt(N) at x */
  /* errors of what was computed at x itself */
  double energy_rounding, mu_rounding, residual_rounding;
  double eta, delta,
    growth; /* |Y F| <= eta, |1 - Y J| <= delta, |Y (J(z) - J)| <= growth |z - (x, mu)| */
} KrCertificate;

size_t KrCertifyWork(int n); /* doubles */
void   KrCertify(const KrCertifyBounds *bounds, const double x[], const KrDerivatives *at,
                 const KrDerivatives *absolute, double work[], double step[],
                 KrCertificate *certificate);
int    KrCertificateHolds(const KrCertificate *certificate, double radius);

/* Are any two balls perhaps about the same point? */
typedef struct {
  double  energy, energy_error; /* of the critical point in the ball */
  double  radius;
  int64_t place; /* of its centre in the list of points */
} KrBall;

typedef enum { KR_ANTIPODE_NONE, KR_ANTIPODE_EVEN, KR_ANTIPODE_ODD } KrAntipode;

void KrBallsSeparate(int n, KrAntipode antipode, int64_t n_balls, KrBall balls[], const double x[],
                     int touches[]);

/* certify_dense.c: approximate factors and inverse of a symmetric matrix; a proof takes nothing on trust from them */
int  KrSymmetricFactor(int m, double A[], int order[], double D[]);
void KrSymmetricInvert(int m, const double L[], const double D[], double work[], double inverse[]);
int  KrSymmetricInertia(int m, const double D[]);
