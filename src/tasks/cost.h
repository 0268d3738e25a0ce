/* Times of the parts of a campaign, measured on the spot. Inside src/tasks only. */
#pragma once
#include <kacrice/tasks.h>

#define KR_MEASURE_SOLVE_N 400 /* larger linear systems are not solved but extrapolated */

typedef struct { /* some starts, of all ranks together */
  int64_t n_starts, n_found;
  double  steps;    /* of all starts */
  double  seconds;  /* of all starts, on one rank */
  double  spectrum; /* s a point; 0: nothing was found */
} KrPilot;

PetscErrorCode KrMeasureDraw(const KrPlan *plan, double *seconds);
PetscErrorCode KrMeasureContraction(const KrPlan *plan, int n_sharing, int n_points,
                                    PetscBool hessian, double *seconds, double *measured_on);
PetscErrorCode KrMeasureSum(MPI_Comm group, const KrPlan *plan, int n_points, PetscBool hessian,
                            double *seconds);
PetscErrorCode KrMeasureSolve(int n, double *seconds);
PetscErrorCode KrMeasurePilot(MPI_Comm world, const KrPlan *plan, int64_t n_starts, KrPilot *pilot);

/* Memory of a rank beside couplings, of what searches alone: with the absolute couplings of proofs. */
double KrPlanCensusBytes(const KrPlan *plan);
