/* Layer 4: spectrum of the Riemannian Hessian P H'' P - mu on the tangent space, N-1 dimensions. The radial
   direction never appears. LAPACK and SLEPc behind one call. */
#pragma once
#include <kacrice/model.h>

typedef enum {
  KR_SPECTRUM_AUTO,
  KR_SPECTRUM_LAPACK, /* all eigenvalues, on rank 0 */
  KR_SPECTRUM_SLEPC,  /* the ends; each product contracts the couplings */
  KR_SPECTRUM_DENSE   /* the ends; of a matrix whose rows are spread over the ranks */
} KrSpectrumMethod;

typedef struct {
  int lowest, highest; /* how many eigenvalues to keep at each end */
  int method;          /* KrSpectrumMethod */
} KrSpectrumOptions;
extern const KrOptionTable KrSpectrumOptionTable;

typedef struct {   /* plain result of one point; arrays lent by the caller */
  int     index;   /* number of negative eigenvalues */
  double  margin;  /* min |lambda| */
  double *lowest;  /* options->lowest, ascending, NaN beyond N-1 */
  double *highest; /* options->highest, descending, NaN beyond N-1 */
  int     n_all;   /* N-1 when all eigenvalues are known (LAPACK), 0 otherwise */
  double *all;     /* N-1, ascending, when n_all > 0; NULL: not wanted */
} KrSpectrum;

PetscErrorCode KrSpectrumCompute(const KrSpectrumOptions *options, KrModel model, const double x[],
                                 KrSpectrum *spectrum);
/* distribution of all eigenvalues, as nodes and weights */
PetscErrorCode KrSpectrumDensity(const KrSpectrumOptions *options, KrModel model, const double x[],
                                 int n_vectors, int n_steps, int n_nodes[], double nodes[],
                                 double weights[]);
/* the bordered matrix [[H'' - mu, x/|x|], [x^T/|x|, 0]] */
PetscErrorCode KrBorderedFactor(int n, const double x[], double mu, double border,
                                const double hessian[], double matrix[], PetscBLASInt pivots[],
                                int *index, PetscBool *singular);
PetscErrorCode KrBorderedSolve(int n, const double matrix[], const PetscBLASInt pivots[],
                               double rhs[]);
PetscErrorCode KrSpectrumInertia(int n, const double x[], double mu, const double hessian[],
                                 int *index);
const char    *KrSpectrumMethodName(const KrSpectrumOptions *options, KrModel model);
