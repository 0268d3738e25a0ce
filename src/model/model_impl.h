/* What a model type provides, and what every model holds. Included by src/model only. */
#pragma once
#include <kacrice/model.h>

/* Contributions are *local*: the part of this rank's couplings, added to zeroed arrays. model.c sums over ranks. */
typedef struct {
  PetscErrorCode (*set_up)(KrModel); /* allocate the disorder of size model->n and law model->f */
  PetscErrorCode (*draw)(KrModel, uint64_t seed, int64_t sample);
  PetscErrorCode (*derivatives)(KrModel, PetscInt n_points, const double X[], double E[],
                                double G[], double Hess[]); /* Hess NULL: not wanted */
  PetscErrorCode (*derivatives_lanes)(KrModel, const double X[], double E[], double G[],
                                      double A[]); /* of KR_LANES points, as in KrKernels */
  PetscErrorCode (*hessian_apply)(KrModel, const double x[], const double v[], double Hv[]);
  PetscErrorCode (*hessian_apply_points)(KrModel, PetscInt n_points, const double X[],
                                         const double V[], double HV[]);
  PetscErrorCode (*get_tensors)(KrModel, int *n_tensors,
                                const KrTensor *tensors[]); /* NULL: no polynomial */
  PetscErrorCode (*destroy)(KrModel);
} KrModelOps;

struct KrModel_s {
  MPI_Comm          comm; /* duplicated, owned */
  PetscMPIInt       size; /* of comm: ranks that share the couplings */
  const KrModelOps *ops;  /* static table of the type, never written */
  void             *data; /* owned by the type */
  int               type; /* position in the registry */
  PetscInt          n;    /* number of spins N */
  KrMixture         f; /* law of the disorder, or its estimate for a tensor that a user brought */
  KrSymmetry        symmetry;
  const KrManifold *manifold; /* where its points live; the sphere unless the type says otherwise */
  double            temperature;
  const KrKernels  *kernels;
};

#define KR_MODEL(name, create) PetscErrorCode create(KrModel);
#include "model_list.h"
#undef KR_MODEL

PetscErrorCode KrCouplingsDraw(uint64_t seed, int64_t sample, double amplitude, KrTensor *tensor);
void           KrCouplingsFromSorted(const double sorted[], KrTensor *tensor);
void           KrCouplingsToSorted(const KrTensor *tensor, double sorted[]);
PetscErrorCode KrModelSum(KrModel model, PetscInt64 count, double values[]);
