/* The homotopy referee in parts: paths to their ends, and the book of all ends. Inside src/search only; the
   mathematics is in docs/theory/homotopy.md. */
#pragma once
#include "search_impl.h"
#include <complex.h>

#define KR_SAME_END 1e-8 /* marks closer than this belong to one end */

typedef struct {  /* how careful the tracker is, and where its paths start */
  double target;  /* predictions are meant to be so wrong: sets the step */
  double accept;  /* a Newton step below it ends the correction */
  int    attempt; /* number of the start tensor */
} KrTracking;

typedef struct { /* the end of one path, lent until the next one */
  int64_t               path;
  KrReason              reason; /* KR_FOUND, KR_FAILED_SINGULAR, KR_FAILED_MAX_ITER */
  int                   steps;  /* Newton steps along the whole path */
  const double complex *x;      /* N, |x| = 1 */
  double complex        lambda; /* of T/sqrt(N) */
} KrPathEnd;

typedef PetscErrorCode (*KrPathEndFn)(void *context, const KrPathEnd *end);

typedef struct KrTracker_s *KrTracker;

PetscErrorCode KrTrackerCreate(KrSearch search, KrTracker *tracker);
PetscErrorCode KrTrackerRun(KrTracker tracker, const KrRandomKey *key, const KrTracking *tracking,
                            int64_t n_paths, const int64_t paths[], KrPathEndFn ended,
                            void *context);
PetscErrorCode KrTrackerDestroy(KrTracker *tracker);
double         KrTrackerBytes(PetscInt n);

typedef struct
{ /* what tells one end from another: two ratios of linear forms, the same for x and any multiple of it */
  double  mark[4]; /* their real and imaginary parts; the first one as atan / pi */
  int64_t path;    /* -1: no end */
} KrEndMark;

PetscErrorCode KrEndsCompare(MPI_Comm comm, int64_t n_ends, const KrEndMark ends[],
                             int64_t *n_distinct, int64_t *n_suspects, int64_t **suspects);
