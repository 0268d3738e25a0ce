/* The registry of tasks, no guard: expanded twice in tasks.c (declarations, table). */
KR_TASK(KrTaskCensus)
KR_TASK(KrTaskTap)
KR_TASK(KrTaskThermo)
