/* Parts of the task tap. Inside src/tasks/tap only. */
#pragma once
#include "tasks/points.h"
#include <kacrice/tap_census.h>

extern const KrTask KrTaskTap; /* tap_task.c */

typedef struct {       /* of a plan */
  KrPointsPart points; /* in the ball, without proofs */
  KrTapOptions tap;
} KrTapPart;

static inline const KrTapPart *KrTapOf(const KrPlan *plan)
{
  return plan->part;
}

/* ---- tap_summary.c ---- */
PetscErrorCode KrTapConclude(MPI_Comm world, const KrPlan *plan, int n_groups, double began,
                             int64_t n_wanted);
