/* The part of a plan whose task searches for points, and of one that reads the folder of such a task. For src/tasks. */
#pragma once
#include "campaign/campaign_impl.h"
#include <kacrice/tasks.h>

typedef struct { /* in a part of more members it is the first */
  KrSearchOptions   search;
  KrSpectrumOptions spectrum;
  KrCensusOptions   census;
} KrPointsPart;

static inline const KrPointsPart *KrPointsOf(const KrPlan *plan)
{
  return plan->part;
}
