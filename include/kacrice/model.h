/* Layer 3: energy functions. One interface, two paths: points in plain arrays (batch), and PETSc Vec with a
   Hessian Mat. On either path the couplings may be spread over the ranks of the model's communicator. */
#pragma once
#include <kacrice/base.h>
#include <kacrice/kernels.h>
#include <kacrice/landscape.h>
#include <kacrice/manifold.h>
#include <kacrice/record.h>
#include <kacrice/theory.h>
#include <petscmat.h>

typedef struct {                 /* own options of the types that are random polynomials */
  int    n;                      /* N; 0: given by couplings */
  int    p;                      /* order of a pure model; 0: given by mixture or couplings */
  double temperature;            /* T of a TAP free energy, units of J; 0: there is none */
  char   mixture[KR_PATH_MAX];   /* "3:0.36,4:0.64"; "": pure */
  char   couplings[KR_PATH_MAX]; /* HDF5 file of a tensor to use instead of drawing; "": draw */
} KrSpinOptions;

#define KR_MODEL_OWN_MAX 16384 /* bytes of a type's own options, at most */

typedef struct {
  int    type;   /* position in the registry, KrModelTypeName() */
  int    n;      /* coordinates N; 0: given by couplings */
  int    simd;   /* KrSimd */
  double memory; /* bytes a rank may use for couplings, 0: unknown; no option, set by the caller */
  union {
    KrSpinOptions spin;                    /* see KrModelSpin() */
    char          bytes[KR_MODEL_OWN_MAX]; /* a struct of the type, KrModelType.options */
  } own;
} KrModelOptions;
extern const KrOptionTable KrModelOptionTable; /* of every type */

PetscErrorCode       KrModelOptionsRead(MPI_Comm comm, KrModelOptions *options);
PetscErrorCode       KrModelOptionsFormat(const KrModelOptions *options, PetscBool identity_only,
                                          char **text);
const KrOptionTable *KrModelOwnTable(int type); /* NULL: it has no options of its own */
const KrSpinOptions *KrModelSpin(const KrModelOptions *options);
PetscErrorCode KrModelOptionsLaw(const KrModelOptions *options, KrMixture *f, PetscBool *given);
const char    *KrModelTypeName(int type);
int            KrModelTypeFind(const char name[]);
PetscBool      KrModelOptionsIsTap(const KrModelOptions *options);

/* life: Create, Draw or SetTensor, use, Destroy */
double         KrModelCouplingBytes(PetscInt n, const KrMixture *f);
int64_t        KrModelRanksNeeded(const KrModelOptions *options, PetscInt n, const KrMixture *f,
                                  double work_bytes);
PetscErrorCode KrModelCheckMemory(MPI_Comm comm, int n_ranks, const KrModelOptions *options,
                                  PetscInt n, const KrMixture *f, double work_bytes);
PetscErrorCode KrModelShape(MPI_Comm comm, const KrModelOptions *options, PetscInt n,
                            const KrMixture *law, KrShape *shape);
PetscErrorCode KrModelCreate(MPI_Comm comm, const KrModelOptions *options, PetscInt n,
                             const KrMixture *f, KrModel *model);
PetscErrorCode KrModelDraw(KrModel model, uint64_t seed, int64_t sample);
PetscErrorCode KrModelStart(KrModel model, const KrRandomKey *key, uint64_t counter, double x[]);
PetscErrorCode KrModelBulk(KrModel model, double radial, double *centre, double *scale);
double         KrModelReach(KrModel model, double radial);
PetscErrorCode KrModelPlant(KrModel model, double beta, const double x[]);
PetscErrorCode KrModelSetTensor(KrModel model, int order, const double sorted[]);
PetscErrorCode KrModelGetTensor(KrModel model, int order, double sorted[]);
PetscErrorCode KrModelCreateAbsolute(KrModel model, KrModel *absolute);
PetscErrorCode KrModelDestroy(KrModel *model);

/* what it is */
PetscErrorCode KrModelGetComm(KrModel model, MPI_Comm *comm);
PetscErrorCode KrModelGetSize(KrModel model, PetscInt *n);
PetscErrorCode KrModelGetShape(KrModel model, const KrShape **shape);
PetscErrorCode KrModelGetSymmetry(KrModel model, const KrSymmetry **symmetry);
PetscErrorCode KrModelGetParity(KrModel model, KrParity *parity);
PetscErrorCode KrModelGetManifold(KrModel model, const KrManifold **manifold);
PetscErrorCode KrModelGetTemperature(KrModel model, double *temperature);
PetscErrorCode KrModelSetTemperature(KrModel model, double temperature);
PetscErrorCode KrModelGetMixture(
  KrModel model, const KrMixture **f); /* law, or its estimate for a user's tensor */
PetscErrorCode KrModelGetScale(KrModel model, double *scale);
PetscErrorCode KrModelGetKernels(KrModel model, const KrKernels **kernels);
PetscErrorCode KrModelGetTensors(KrModel model, int *n_tensors, const KrTensor *tensors[]);

/* plain arrays: X[n_points*n] point major, on the manifold; E total energy H; G Euclidean gradient; Hess Euclidean
   Hessian, n_points matrices n x n; Hess NULL: not wanted. Collective on the model's communicator, the same X on
   every rank; the results are the same on every rank. */
PetscErrorCode KrModelDerivatives(KrModel model, PetscInt n_points, const double X[], double E[],
                                  double G[], double Hess[]);
PetscErrorCode KrModelDerivativesLanes(KrModel model, const double X[], double E[], double G[],
                                       double A[]);
PetscErrorCode KrModelHessianApplyPoints(KrModel model, PetscInt n_points, const double X[],
                                         const double V[], double HV[]);

/* PETSc: any layout of x. */
PetscErrorCode KrModelCreateVec(KrModel model, Vec *x);
PetscErrorCode KrModelEnergyGradient(KrModel model, Vec x, PetscReal *energy, Vec gradient);
PetscErrorCode KrModelHessianApply(KrModel model, Vec x, Vec v, Vec Hv); /* Euclidean */
PetscErrorCode KrModelCreateHessian(KrModel model, Vec x,
                                    Mat *hessian); /* MATSHELL, Riemannian: P (H'' - mu) P */
PetscErrorCode KrModelCreateDenseHessian(KrModel model, Vec x,
                                         Mat *hessian); /* MATDENSE, the same */
PetscErrorCode KrModelFillDenseHessian(KrModel model, Vec x, PetscReal *energy, Vec gradient,
                                       Mat hessian);
