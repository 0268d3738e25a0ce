/* Layer 5: from starts to critical points. Each start is a pure function of (seed, sample, start number) and ends
   in exactly one KrReason. */
#pragma once
#include <kacrice/model.h>

typedef struct KrSearch_s *KrSearch;

typedef enum {
  KR_SEARCH_MINIMA,
  KR_SEARCH_ALL,
  KR_SEARCH_HOMOTOPY
} KrSearchKind; /* positions in the registry */

typedef enum { KR_DESCENT_GRADIENT, KR_DESCENT_LBFGS, KR_DESCENT_NEWTON_CG } KrDescentMethod;

typedef struct {
  int       kind;                      /* KrSearchKind */
  int64_t   starts;                    /* most of a sample */
  PetscBool starts_given;              /* by the user, not the default */
  char      energy[KR_PATH_MAX];       /* "lo:hi", "": all */
  double    energy_first, energy_last; /* only points with e between them are wanted; both 0: all */
  double    gradient_tol;              /* |P grad H| / sqrt(N), units of J, KrModelGetScale() */
  int       newton_max_iter;           /* steps a start may take */
  double    newton_range; /* initial radial curvature mu uniform in +-range x 2 sqrt(f''(1)) */
  int       newton_free;  /* steps with mu free before the Rayleigh quotient takes over */
  double    newton_cap;   /* longest step, as a fraction of the radius sqrt(N); 0: min(1.2, 24/N) */
  int       descent_method;   /* KrDescentMethod */
  int       descent_max_iter; /* steps a start may take; lbfgs, newton_cg: contractions */
  double    descent_step;     /* units of 1/J; 0: 1 / (4 sqrt(f''(1))) */
  double    descent_polish;   /* |P grad H| / sqrt(N) below which Newton ends a descent */
  double    homotopy_target;  /* error of a prediction that sets the step, |x| = 1 */
} KrSearchOptions;
extern const KrOptionTable KrSearchOptionTable;
PetscErrorCode             KrSearchOptionsRead(MPI_Comm comm, KrSearchOptions *options);

typedef struct
{ /* law of the initial mu of Newton: cumulative[b] of the starts lie below bin b of +-newton_range */
  double cumulative[KR_DIAL_BINS + 1]; /* from 0 to 1, uniform within a bin */
} KrDial;

typedef struct { /* which starts a caller makes: first, first + stride, ... below end */
  int64_t       first, end, stride;
  const KrDial *dial; /* NULL: uniform */
} KrStarts;

typedef struct { /* how one start ended */
  int64_t  start;
  KrReason reason;
  int      iterations;
  int      index; /* k, by inertia, of a point that was found */
  double dial; /* initial mu in [-1, 1], units of -newton_range; in the ball 2q - 1; descents: 0 */
  double energy, mu, residual; /* e = H/N, ... at x */
  const double *x;             /* N, lent until the callback returns */
} KrOutcome;

typedef PetscErrorCode (*KrOutcomeFn)(void *context, const KrOutcome *outcome);

const char    *KrSearchKindName(int kind);
int            KrSearchLanes(const KrSearchOptions *options);
double         KrSearchWorkBytes(const KrSearchOptions *options, PetscInt n);
PetscErrorCode KrSearchCreate(KrModel model, const KrSearchOptions *options, KrSearch *search);
void   KrStartGet(int n, uint64_t seed, int64_t sample, int64_t start, double x[], double *uniform);
double KrDialValue(const KrDial *dial, double uniform);
PetscErrorCode KrSearchRun(KrSearch search, uint64_t seed, int64_t sample, const KrStarts *starts,
                           KrOutcomeFn outcome, void *context);
PetscErrorCode KrSearchDescend(KrSearch search, int64_t n_points, const double X[],
                               KrOutcomeFn outcome, void *context);

typedef struct {      /* the account of a homotopy */
  int64_t paths;      /* as many as a generic tensor has complex eigenpairs */
  int64_t distinct;   /* different ends among those found: all are known when it is `paths` */
  int64_t n_followed; /* paths that were followed, each time counted */
} KrHomotopyCount;

int64_t        KrHomotopyPaths(int order, PetscInt n);
PetscErrorCode KrHomotopyRun(KrSearch search, uint64_t seed, int64_t sample, MPI_Comm sharers,
                             KrOutcomeFn outcome, void *context, KrHomotopyCount *count);
PetscErrorCode KrSearchDestroy(KrSearch *search);
