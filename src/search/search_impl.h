/* What a kind of search provides, and the state of a start on its way. Included by src/search only. */
#pragma once
#include <kacrice/rng.h>
#include <kacrice/search.h>

#define KR_LEAVE (-1) /* told by rank 0 in place of what comes next: it was asked to stop */

typedef struct { /* one start on its way; coordinates at x, on the manifold */
  int64_t   start;
  KrReason  reason; /* KR_RUNNING until it ends */
  int       iterations;
  PetscBool wants_hessian; /* at the next evaluation */
  double   *x;             /* N */
  double   *previous;      /* N: where the last step came from */
  double    energy;        /* e = H/N at x */
  double    residual;      /* |P grad H| / sqrt(N) at x */
  double    mu;            /* radial coordinate at x: mu, in the ball q */
  PetscBool is_held;       /* in the ball: |x| is kept as yet */
  double    step;          /* descent: current step */
  PetscBool is_new;        /* descent: lane->x is no step from a point before */
  void     *state;         /* of the search, when its ops say how large */
  double    polish;        /* descent: residual below which Newton is tried */
  double    previous_energy, previous_residual;
} KrLane;

/* begin and advance are pure functions of the lane and the derivatives at lane->x. */
typedef struct {
  int
    most_lanes; /* starts that travel together, at most KR_BATCH; KR_LANES when each step wants a Hessian */
  size_t (*state_size)(PetscInt n); /* bytes of lane->state; NULL: none */
  PetscErrorCode (*begin)(KrSearch, const KrRandomKey *key,
                          KrLane *); /* sets x and the state from lane->start */
  PetscErrorCode (*advance)(KrSearch, KrLane *, double g[],
                            const double hessian[]); /* g may be changed */
  /* A whole start from its begin to its end, collective on the model's communicator; the lane of rank 0 tells the
     outcome. NULL: begin and advance, in a batch with others. */
  PetscErrorCode (*run)(KrSearch, const KrRandomKey *key, KrLane *);
  /* All starts of a range in the search's own way, collective like run, outcomes told on rank 0. NULL: the pool. */
  PetscErrorCode (*run_all)(KrSearch, const KrRandomKey *key, const KrStarts *starts, KrOutcomeFn,
                            void *context);
  double (*work_bytes)(PetscInt n); /* of run_all */
} KrSearchOps;

struct KrSearch_s {
  KrModel            model;   /* borrowed */
  KrSearchOptions    options; /* copied; what is in units of J or 1/J is in those of H now */
  const KrSearchOps *ops;
  const KrManifold  *manifold; /* of the model */
  const KrSymmetry  *symmetry; /* of the model */
  PetscInt           n;
  double             scale;     /* of gradients */
  double             curvature; /* scale of the Hessian */
  double             length;    /* of a coordinate */
  PetscMPIInt        n_ranks;   /* of the model's communicator */
  PetscMPIInt        rank;      /* on the model's communicator: rank 0 decides for all */
  MPI_Comm           comm;      /* of the model, borrowed */
  int                n_lanes;
  int                n_hessians; /* evaluated at once */
  KrLane            *lanes;
  double            *X, *previous; /* n_lanes x N: coordinates of the lanes */
  double       *batch, *E, *G; /* what is evaluated at once: n_lanes points, energies, gradients */
  double       *hessians;      /* n_hessians x N x N */
  double       *system;        /* Newton: (N+1)^2 */
  double       *held;          /* N x N and the zero modes; NULL: there are none */
  double       *direction;     /* Newton: N+1 */
  PetscBLASInt *pivots;        /* N+1 */
  const double
    *points; /* descents begin at these rows instead of random points; lent, NULL: random */
};

#define KR_SEARCH(name, ops) extern const KrSearchOps ops;
#include "search_list.h"
#undef KR_SEARCH
extern const KrSearchOps KrSearchOps_MinimaLbfgs;
extern const KrSearchOps KrSearchOps_MinimaTao;

typedef struct {           /* one Newton step */
  int           index;     /* of P (H'' - mu) P at the point it starts from */
  PetscBool     solved;    /* otherwise the rest says nothing */
  const double *direction; /* N, tangent; lent until the next step */
  double        mu_change; /* in the ball 0 */
} KrNewton;

KrRandomKey    KrStartKey(uint64_t seed, int64_t sample);
void           KrSearchHoldModes(KrSearch search, const double x[], double hessian[]);
PetscErrorCode KrSearchStart(KrSearch search, const KrRandomKey *key, int64_t start, double x[]);
void           KrSearchRandomPoint(int n, const KrRandomKey *key, int64_t start, double x[]);
PetscErrorCode KrLaneReport(const KrLane *lane, KrOutcomeFn outcome, void *context);
double         KrSearchUniform(const KrRandomKey *key, int64_t start);
PetscErrorCode KrDescentBegin(KrSearch search, const KrRandomKey *key, KrLane *lane);
PetscErrorCode KrDescentAdvance(KrSearch search, KrLane *lane, double g[], const double hessian[],
                                void (*descend)(KrSearch, KrLane *, const double g[]));
void           KrLaneStep(KrSearch search, KrLane *lane, const double direction[], double length);
void           KrLaneMeasure(KrSearch search, KrLane *lane, double g[]);
PetscErrorCode KrNewtonStep(KrSearch search, const double x[], double mu, const double residual[],
                            const double hessian[], KrNewton *newton);
