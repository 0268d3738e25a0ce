/* Layer 0: TAP states of one disorder sample at several temperatures, as plain data. */
#pragma once
#include <stdint.h>

#define KR_TAP_TEMPERATURES_MAX 64

#define KR_TAP_FOLLOWED 1 /* on a branch that was followed */
#define KR_TAP_DIRECT   2 /* found by the search in the ball */

typedef struct {       /* a state at one temperature */
  double  temperature; /* T, units of J */
  double  free_energy; /* F/N */
  double  energy;      /* u = f - T df/dT */
  double  overlap;     /* q = |m|^2/N */
  double  reaction;    /* w = beta (1-q) sqrt(f''(q)), below 1 */
  double  residual;    /* |grad F| / sqrt(N) */
  double  lambda_min;  /* lowest eigenvalue of F'' */
  double  margin;      /* distance of zero to the nearest eigenvalue */
  int64_t branch;      /* row of the T = 0 point in its shard; from n_cold on: of no listed point */
  int64_t hits;        /* starts of the search in the ball that ended here */
  int32_t temperature_at; /* position among the temperatures */
  int32_t index;          /* negative eigenvalues of F'' */
  int32_t found;          /* KR_TAP_FOLLOWED, KR_TAP_DIRECT or both */
  int32_t reserved;
} KrTapRow;

typedef enum {                  /* what happens to a branch on heating */
               KR_TAP_BIRTH,    /* it begins in a fold */
               KR_TAP_DEATH,    /* it ends in a fold, with a solution that is no state */
               KR_TAP_MERGE,    /* it ends in a fold together with another branch */
               KR_TAP_ONSET,    /* w falls below 1: it is a state from here on */
               KR_TAP_MARGINAL, /* w reaches 1: it is a state no longer */
               KR_TAP_UNLISTED, /* it comes from a T = 0 point that the census does not list */
               KR_TAP_LOST,     /* the continuation failed */
               KR_N_TAP_EVENTS
} KrTapEventKind;

typedef struct {
  double  temperature, free_energy, overlap, reaction, margin;
  int64_t branch;
  int64_t other; /* of a merge: the other branch; else -1 */
  int32_t kind;  /* KrTapEventKind */
  int32_t reserved;
} KrTapEvent;

typedef struct {      /* owns its arrays (KrTapRecordDestroy) */
  int64_t     sample; /* number of the disorder sample */
  uint64_t    seed;   /* campaign seed */
  int32_t     n;      /* N */
  int32_t     n_temperatures;
  double      temperatures[KR_TAP_TEMPERATURES_MAX]; /* ascending */
  int64_t     starts[KR_TAP_TEMPERATURES_MAX];       /* of the search in the ball */
  int64_t     n_cold;                                /* points of the T = 0 record */
  int64_t     n_states, n_events;
  KrTapRow   *states; /* by (temperature, free energy) */
  double     *x;      /* n_states x N */
  KrTapEvent *events; /* by (branch, temperature) */
  double      seconds;
} KrTapRecord;

const char *KrTapEventName(KrTapEventKind kind); /* a constant */
void        KrTapRecordDestroy(KrTapRecord *record);
