/* Layer 0: TAP states of one disorder sample at several temperatures, as plain data. */
#pragma once
#include <kacrice/schema.h>
#include <stdint.h>

#define KR_FILETYPE_TAP "kacrice tap"

#define KR_TAP_TEMPERATURES_MAX 64

#define KR_TAP_FOLLOWED 1 /* on a branch that was followed */
#define KR_TAP_DIRECT   2 /* found by the search in the ball */

/* clang-format off */
#define KR_TAP_ROW(X, R) /* a state at one temperature */ \
  X(R, double, temperature, KR_POSITIVE, 0, 0, "T, units of J") \
  X(R, double, free_energy, KR_REAL, 0, 0, "F/N, units of J") \
  X(R, double, energy, KR_REAL, 0, 0, "u = f - T df/dT, units of J") \
  X(R, double, q, KR_WITHIN(0, 1), 0, 0, "overlap with itself, |m|^2/N") \
  X(R, double, w, KR_POSITIVE, 0, 0, "beta (1-q) sqrt(f''(q)), below 1") \
  X(R, double, residual, KR_POSITIVE, 0, 0, "|grad F| / sqrt(N)") \
  X(R, double, lambda_min, KR_REAL, 0, 0, "lowest eigenvalue of F'', units of J") \
  X(R, double, margin, KR_POSITIVE, 0, 0, "distance of zero to the nearest eigenvalue of F'', units of J") \
  X(R, int64_t, branch, KR_FROM(0), 0, 0, "row of the T = 0 point in its shard; from n_cold on: none") \
  X(R, int64_t, hits, KR_FROM(0), 0, 0, "starts of the search in the ball that ended here") \
  X(R, int32_t, temperature_at, KR_WITHIN(0, KR_TAP_TEMPERATURES_MAX - 1), 0, 0, "which temperature") \
  X(R, int32_t, index, KR_UP_TO(0, KR_OF_N), 0, 0, "negative eigenvalues of F''") \
  X(R, int32_t, found, KR_WITHIN(1, KR_TAP_FOLLOWED | KR_TAP_DIRECT), 0, 0, "1: on a branch, 2: direct, 3: both")

#define KR_TAP_EVENT(X, R) /* of a branch on heating */ \
  X(R, double, temperature, KR_POSITIVE, 0, 0, "T, units of J") \
  X(R, double, free_energy, KR_REAL_OR_NAN, 0, 0, "F/N, units of J") \
  X(R, double, q, KR_WITHIN(0, 1), 0, 0, "overlap with itself, |m|^2/N") \
  X(R, double, w, KR_REAL_OR_NAN, 0, 0, "beta (1-q) sqrt(f''(q))") \
  X(R, double, margin, KR_REAL_OR_NAN, 0, 0, "distance of zero to the nearest eigenvalue of F'', units of J") \
  X(R, int64_t, branch, KR_FROM(0), 0, 0, "which") \
  X(R, int64_t, other, KR_FROM(-1), 0, 0, "of a merge: the other branch; else -1") \
  X(R, int32_t, kind, KR_WITHIN(0, KR_N_TAP_EVENTS - 1), 0, 0, "what happens, in the order of the attribute names")

#define KR_TAP_RECORD(X, R) \
  X(R, int64_t, sample, KR_FROM(0), 0, 0, "number of the disorder sample") \
  X(R, uint64_t, seed, KR_ANY, 0, 0, "campaign seed") \
  X(R, int32_t, n, KR_WITHIN(1, KR_N_MAX), 0, 0, "N") \
  X(R, int32_t, n_temperatures, KR_WITHIN(1, KR_TAP_TEMPERATURES_MAX), 0, 0, "temperatures") \
  X(R, int64_t, n_cold, KR_WITHIN(0, KR_STARTS_MAX), 0, 0, "points of the T = 0 record") \
  X(R, int64_t, n_states, KR_WITHIN(0, KR_STARTS_MAX), 0, 0, "states at all temperatures") \
  X(R, int64_t, n_events, KR_WITHIN(0, KR_STARTS_MAX), 0, 0, "events of branches") \
  X(R, double, seconds, KR_POSITIVE, 0, KR_USE_CLOCK, "core seconds")
/* clang-format on */

typedef struct {
  KR_TAP_ROW(KR_AS_MEMBER, )
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
  KR_TAP_EVENT(KR_AS_MEMBER, )
  int32_t reserved;
} KrTapEvent;

typedef struct { /* owns its arrays (KrTapRecordDestroy) */
  KR_TAP_RECORD(KR_AS_MEMBER, )

  double      temperatures[KR_TAP_TEMPERATURES_MAX]; /* ascending */
  int64_t     starts[KR_TAP_TEMPERATURES_MAX];       /* of the search in the ball */
  KrTapRow   *states;                                /* by (temperature, free energy) */
  double     *x;                                     /* n_states x N */
  KrTapEvent *events;                                /* by (branch, temperature) */
} KrTapRecord;

extern const KrRecordType KrTapRecordType;

const char *KrTapEventName(KrTapEventKind kind); /* a constant */
void        KrTapRecordDestroy(KrTapRecord *record);
