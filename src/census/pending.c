/* How the starts of a piece ended, kept back until all ranks have done their part: a piece that is left early has not
   been. */
#include "census_impl.h"
#include <stdlib.h>
#include <string.h>

struct KrPending_s {
  int        n;
  size_t     count, capacity;
  KrOutcome *outcomes;
  double    *x; /* capacity x N */
};

PetscErrorCode KrPendingCreate(int n, KrPending *pending)
{
  PetscFunctionBeginUser;
  PetscCall(PetscNew(pending));
  (*pending)->n = n;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Accepts NULL inside. */
PetscErrorCode KrPendingDestroy(KrPending *pending)
{
  PetscFunctionBeginUser;
  if (*pending == NULL) PetscFunctionReturn(PETSC_SUCCESS);
  free((*pending)->outcomes);
  free((*pending)->x);
  PetscCall(PetscFree(*pending));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode grow(KrPending pending)
{
  const size_t capacity = 2 * pending->capacity + 64, n = (size_t)pending->n;
  KrOutcome   *outcomes = realloc(pending->outcomes, capacity * sizeof *outcomes);
  double      *x        = realloc(pending->x, capacity * n * sizeof *x);

  PetscFunctionBeginUser;
  if (outcomes != NULL) pending->outcomes = outcomes;
  if (x != NULL) pending->x = x;
  PetscCheck(outcomes != NULL && x != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM,
             "no memory for %llu ends of starts", (unsigned long long)capacity);
  pending->capacity = capacity;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A KrOutcomeFn; context: a KrPending. */
PetscErrorCode KrPendingAdd(void *context, const KrOutcome *outcome)
{
  KrPending    pending = context;
  const size_t n       = (size_t)pending->n;

  PetscFunctionBeginUser;
  if (pending->count == pending->capacity) PetscCall(grow(pending));
  pending->outcomes[pending->count] = *outcome;
  /* of a start without an end there may be no point */
  if (outcome->reason == KR_FOUND)
    (void)memcpy(pending->x + pending->count * n, outcome->x, n * sizeof(double));
  pending->count += 1;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* All of them to the census, in the order they came; or none. */
PetscErrorCode KrPendingEnd(KrPending pending, KrCensus census, PetscBool all)
{
  PetscFunctionBeginUser;
  for (size_t i = 0; all && i < pending->count; ++i) {
    pending->outcomes[i].x = pending->x + i * (size_t)pending->n;
    PetscCall(KrCensusAdd(census, &pending->outcomes[i]));
  }
  pending->count = 0;
  PetscFunctionReturn(PETSC_SUCCESS);
}
