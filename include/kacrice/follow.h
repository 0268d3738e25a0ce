/* Layer 5: TAP states followed in temperature, from T = 0 on or from where they are found, to where they end. */
#pragma once
#include <kacrice/model.h>
#include <kacrice/tap.h>

typedef struct KrFollow_s *KrFollow;

typedef enum {
  KR_FOLLOW_LAST, /* reached the last temperature */
  KR_FOLLOW_FOLD, /* an eigenvalue of the Hessian went through zero: the branch turns back in T */
  KR_FOLLOW_MARGINAL, /* w reached 1: the branch goes on, but is a state no longer */
  KR_FOLLOW_LOST      /* no step was short enough */
} KrFollowEnd;

typedef struct {                                  /* a point of a branch */
  double        temperature, free_energy, energy; /* T, F/N, u; units of J */
  double        overlap, reaction;                /* q, w */
  double        residual;                         /* |grad F| / sqrt(N) */
  const double *x;                                /* N, lent */
} KrFollowPoint;

typedef PetscErrorCode (*KrFollowFn)(void *context, int target, const KrFollowPoint *point);

int KrFollowThaw(const KrMixture *f, int n, const double sigma[], double mu, double temperature,
                 double x[]);
PetscErrorCode KrFollowCreate(KrModel model, KrFollow *follow);
PetscErrorCode KrFollowSettle(KrFollow follow, double temperature, double x[], double *residual);
PetscErrorCode KrFollowRun(KrFollow follow, double temperature, double last, double x[],
                           int n_targets, const double targets[], KrFollowFn reached, void *context,
                           KrFollowEnd *end, KrFollowPoint *final);
PetscErrorCode KrFollowDestroy(KrFollow *follow);
