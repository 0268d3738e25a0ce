/* Parts of the task tap. Inside src/tasks/tap only. */
#pragma once
#include "campaign/campaign_impl.h"

extern const KrTask KrTaskTap; /* tap_task.c */

/* ---- tap_summary.c ---- */
PetscErrorCode KrTapConclude(MPI_Comm world, const KrPlan *plan, int n_groups, double began,
                             int64_t n_wanted);
