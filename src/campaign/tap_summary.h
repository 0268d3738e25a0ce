/* The states of all samples together. Inside src/campaign only. */
#pragma once
#include <kacrice/campaign.h>

PetscErrorCode KrTapSummarise(MPI_Comm world, const KrPlan *plan, const KrTapOptions *options,
                              int64_t n_samples, const int64_t samples[]);
