/* What every model holds. Included by src/model only. */
#pragma once
#include <kacrice/landscape.h>
#include <kacrice/model.h>

struct KrModel_s {
  MPI_Comm           comm; /* duplicated, owned */
  PetscMPIInt        size; /* of comm: ranks that share the couplings */
  PetscMPIInt        rank;
  const KrModelType *type;   /* constant table, borrowed */
  void              *data;   /* owned by the type */
  int                number; /* of the type in the registry */
  PetscInt           n;      /* number of coordinates N */
  PetscBool          has_law;
  KrMixture          f; /* law of the disorder, or its estimate for a tensor that a user brought */
  KrShape            shape;
  double             temperature;
  KrModelOptions     options;
  const KrKernels   *kernels;
};

/* spin_options.c */
extern const KrOptionTable KrSpinOptionTable, KrSpinFreeTable;
PetscErrorCode             KrSpinOptionsComplete(MPI_Comm comm, KrSpinOptions *o, int *n);
/* registry.c */
extern char        KrModelTypeTexts[];
const KrModelType *KrModelTypeGet(int number);
/* fallback.c: what a type leaves out. All add, into arrays that begin with zeros */
PetscErrorCode KrModelAddDerivatives(KrModel model, PetscInt n_points, const double X[], double E[],
                                     double G[], double Hess[]);
PetscErrorCode KrModelAddLanes(KrModel model, const double X[], double E[], double G[], double A[]);
PetscErrorCode KrModelAddProduct(KrModel model, const double x[], const double v[], double Hv[]);
PetscErrorCode KrModelAddProducts(KrModel model, PetscInt n_points, const double X[],
                                  const double V[], double HV[]);

PetscErrorCode KrCouplingsDraw(uint64_t seed, int64_t sample, double amplitude, KrTensor *tensor);
void           KrCouplingsFromSorted(const double sorted[], KrTensor *tensor);
void           KrCouplingsToSorted(const KrTensor *tensor, double sorted[]);
PetscErrorCode KrModelSum(KrModel model, PetscInt64 count, double values[]);
