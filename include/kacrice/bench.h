/* Layer 8: how fast is this build on this machine, and how far from what the machine can do? Everything is measured
   side by side in one process, and the results of what was timed are checked. How to read it: docs/howto/bench.md. */
#pragma once
#include <kacrice/base.h>

typedef struct {
  int     rounds;              /* every row is measured once in each */
  double  seconds;             /* at least so long a measurement */
  char    json[KR_PATH_MAX];   /* file for every round's value; "": none */
  char    p[KR_PATH_MAX];      /* orders, as "3,4"; "": the command's own table */
  char    n[KR_PATH_MAX];      /* sizes, as "50,100"; "": the command's own table */
  int     batch;               /* points side by side */
  int     simd;                /* KrSimd */
  int64_t starts;              /* descents of a sample, or of a round */
  int     sample_n;            /* N of the samples of `ranks` */
  int     samples;             /* of each rank, in `ranks` */
  char    folder[KR_PATH_MAX]; /* where `campaign` writes; "": the working directory */
} KrBenchOptions;
extern const KrOptionTable KrBenchOptionTable;

PetscErrorCode KrBenchOptionsRead(MPI_Comm comm, KrBenchOptions *options);

PetscErrorCode KrBenchKernels(MPI_Comm world, const KrBenchOptions *options, int *n_failed);
PetscErrorCode KrBenchRanks(MPI_Comm world, const KrBenchOptions *options, int *n_failed);
PetscErrorCode KrBenchDescent(MPI_Comm world, const KrBenchOptions *options, int *n_failed);
PetscErrorCode KrBenchCensus(MPI_Comm world, const KrBenchOptions *options, int *n_failed);
PetscErrorCode KrBenchCampaign(MPI_Comm world, const KrBenchOptions *options, int *n_failed);
PetscErrorCode KrBenchSteps(MPI_Comm world, const KrBenchOptions *options, int *n_failed);
PetscErrorCode KrBenchThermo(MPI_Comm world, const KrBenchOptions *options, int *n_failed);
