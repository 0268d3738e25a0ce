/* Who gets the samples. Every run first says what it wants and then looks at what the others say; of two that look at
   each other the one whose name comes first goes on. No run has to trust a clock, a name or a number of another. */
#include "claim.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SHORT_NAP 0.02 /* seconds between two looks, at first */
#define LONG_NAP  0.25 /* and later */
#define LOOK_MOST \
  2.0 /* seconds of silence that one look may prove: this process may have been held up itself */

typedef struct { /* a run of which nothing can be told at once */
  char     *name;
  int64_t   count;
  double    silent; /* seconds without a change, as far as they were watched */
  double    last;   /* time of the last look */
  PetscBool is_heard;
} Watched;

typedef struct {
  KrClaim     claim; /* one's own */
  const char *place; /* option and folder, for messages */
  int64_t     first, end;
  int         n_watched;
  Watched    *watched;
  PetscBool   has_told;
} Ask;

typedef enum {
  ANSWER_FREE,   /* nobody else wants or has them */
  ANSWER_LATER,  /* look again */
  ANSWER_YIELD,  /* somebody comes first; look again */
  ANSWER_REFUSED /* somebody has them */
} Answer;

static double now(void)
{
  struct timespec time;

  (void)clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void forget(Ask *ask)
{
  for (int i = 0; i < ask->n_watched; ++i) free(ask->watched[i].name);
  free(ask->watched);
}

/* What is known of a run by its name; NULL: no memory. */
static Watched *find(Ask *ask, const char name[], const KrClaimRecord *record)
{
  Watched *longer;

  for (int i = 0; i < ask->n_watched; ++i)
    if (strcmp(ask->watched[i].name, name) == 0) return &ask->watched[i];
  longer = realloc(ask->watched, ((size_t)ask->n_watched + 1) * sizeof *longer);
  if (longer == NULL) return NULL;
  ask->watched           = longer;
  longer[ask->n_watched] = (Watched){.name = strdup(name), .count = record->count, .last = now()};
  return longer[ask->n_watched].name == NULL ? NULL : &longer[ask->n_watched++];
}

/* Whether it lives, by whether its count moves while it is watched, by this machine's own clock. */
static KrLife watch(Ask *ask, const char name[], const KrClaimRecord *record)
{
  Watched *watched = find(ask, name, record);
  double   time    = now();

  if (watched == NULL) return KR_LIFE_GOES_ON;
  watched->silent += PetscMin(time - watched->last, LOOK_MOST);
  watched->last = time;
  if (watched->count != record->count) {
    watched->silent   = 0.0;
    watched->is_heard = PETSC_TRUE;
  }
  watched->count = record->count;
  if (watched->silent > record->silence) return KR_LIFE_OVER;
  if (!watched->is_heard && watched->silent > 2.0 * record->every && !ask->has_told) {
    (void)fprintf(
      stderr,
      "kacrice: %s: a run on samples %lld to %lld (process %ld on %s) may be over; if it is "
      "silent for %g s this run goes on\n",
      ask->place, (long long)record->first, (long long)record->end - 1, record->pid, record->host,
      record->silence);
    ask->has_told = PETSC_TRUE;
  }
  return watched->is_heard ? KR_LIFE_GOES_ON : KR_LIFE_UNKNOWN;
}

/* What one other claim means for this one. That of a run that is over is taken away. */
static Answer judge(Ask *ask, const char name[], char message[KR_MESSAGE_MAX])
{
  char          path[KR_CLAIM_PATH_MAX];
  KrClaimRecord other;
  KrLife        life;
  int           status;

  (void)snprintf(path, sizeof path, "%s/%.500s", KrClaimFolder(ask->claim), name);
  status = KrClaimRead(path, &other);
  if (status == ENOENT) return ANSWER_FREE;
  if (status != 0) {
    (void)snprintf(message, KR_MESSAGE_MAX, "%s: cannot read the claim of another run, %.500s: %s",
                   ask->place, path, strerror(status));
    return ANSWER_REFUSED;
  }
  life = KrClaimLife(path, &other);
  if (life != KR_LIFE_OVER && (other.first >= ask->end || other.end <= ask->first))
    return ANSWER_FREE;
  if (life == KR_LIFE_UNKNOWN) life = watch(ask, name, &other);
  if (life == KR_LIFE_OVER) {
    (void)unlink(path);
    return ANSWER_FREE;
  }
  if (other.state == KR_CLAIM_WAITING) return ANSWER_FREE;
  if (life == KR_LIFE_UNKNOWN) return ANSWER_LATER;
  if (other.state == KR_CLAIM_ASKING)
    return strcmp(name, KrClaimName(ask->claim)) < 0 ? ANSWER_YIELD : ANSWER_LATER;
  (void)snprintf(message, KR_MESSAGE_MAX,
                 "%s: another run is at work on samples %lld to %lld (process %ld on %.100s, "
                 "%.300s); wait for its end, or take other -campaign_samples",
                 ask->place, (long long)other.first, (long long)other.end - 1, other.pid,
                 other.host, path);
  return ANSWER_REFUSED;
}

/* What all others mean together. */
static Answer look_around(Ask *ask, char message[KR_MESSAGE_MAX])
{
  Answer      worst = ANSWER_FREE;
  KrClaimList list;
  const int   status = KrClaimListRead(KrClaimFolder(ask->claim), &list);

  if (status != 0) {
    (void)snprintf(message, KR_MESSAGE_MAX, "%s: cannot read %.500s: %s", ask->place,
                   KrClaimFolder(ask->claim), strerror(status));
    worst = ANSWER_REFUSED;
  }
  for (int i = 0; i < list.count && worst != ANSWER_REFUSED; ++i)
    if (strcmp(list.names[i], KrClaimName(ask->claim)) != 0) {
      const Answer answer = judge(ask, list.names[i], message);

      worst = PetscMax(worst, answer);
    }
  KrClaimListDestroy(&list);
  return worst;
}

static void nap(double seconds)
{
  const struct timespec time = {.tv_nsec = (long)(1e9 * seconds)};

  (void)nanosleep(&time, NULL);
}

/* Asks for samples until they are one's own, or refused with a message, or the process is to stop. The claim goes on
   asking until KrClaimSay(): what others may not see half done is done in between. Not collective. */
PetscErrorCode KrClaimAsk(KrClaim claim, const char place[], int64_t first, int64_t end,
                          PetscBool *stopped, char message[KR_MESSAGE_MAX])
{
  Ask          ask   = {.claim = claim, .place = place, .first = first, .end = end};
  KrClaimState state = KR_CLAIM_ASKING;
  const double began = now();
  Answer       answer;

  PetscFunctionBeginUser;
  *stopped = PETSC_FALSE;
  for (;;) {
    KrClaimSay(claim, place, state, first, end, message);
    if (message[0] != '\0') break;
    answer = look_around(&ask, message);
    if (message[0] == '\0') KrClaimCheck(claim, message);
    if (answer == ANSWER_REFUSED || message[0] != '\0') break;
    if (answer == ANSWER_FREE && state == KR_CLAIM_ASKING) break;
    /* who has waited says again that it asks, and looks again */
    if (answer == ANSWER_FREE) state = KR_CLAIM_ASKING;
    else if (answer == ANSWER_YIELD) state = KR_CLAIM_WAITING;
    *stopped = KrSignalSeen() != 0 ? PETSC_TRUE : PETSC_FALSE;
    if (*stopped) break;
    if (answer != ANSWER_FREE) nap(now() - began < 2.0 ? SHORT_NAP : LONG_NAP);
  }
  forget(&ask);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Whether no other run of the folder lives, or may live, on whatever samples. Not collective. */
PetscBool KrClaimIsAlone(KrClaim claim)
{
  PetscBool     alone = PETSC_TRUE;
  KrClaimList   list;
  KrClaimRecord other;
  char          path[KR_CLAIM_PATH_MAX];

  if (KrClaimListRead(KrClaimFolder(claim), &list) != 0) alone = PETSC_FALSE;
  for (int i = 0; i < list.count && alone; ++i) {
    if (strcmp(list.names[i], KrClaimName(claim)) == 0) continue;
    (void)snprintf(path, sizeof path, "%s/%.500s", KrClaimFolder(claim), list.names[i]);
    if (KrClaimRead(path, &other) == ENOENT) continue;
    alone = KrClaimLife(path, &other) == KR_LIFE_OVER ? PETSC_TRUE : PETSC_FALSE;
  }
  KrClaimListDestroy(&list);
  return alone;
}
