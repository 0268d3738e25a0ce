/* The registry of tasks, no guard: expanded in campaign_impl.h (declarations) and tasks.c (table). */
KR_TASK(KrTaskCensus)
KR_TASK(KrTaskTap)
KR_TASK(KrTaskThermo)
