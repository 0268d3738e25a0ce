/* Layer 3, for who adds a landscape: what its type states and computes. A type is a constant table in a file of its
   own, and a line of src/model/model_list.h; or, in a program that uses this library, an argument of
   KrModelRegister().

   At a minimum an implementation must

     - fill in a KrShape (`shape`): number of coordinates, manifold, symmetry, scales;
     - compute energy and gradient (`gradient`).

   Everything else is optional. A member that is NULL has a fall-back, which the member states: what follows from the
   gradient is computed by differences, what cannot be had is refused by whatever asks for it, in one line. */
#pragma once
#include <kacrice/base.h>
#include <kacrice/kernels.h>
#include <kacrice/manifold.h>
#include <kacrice/rng.h>
#include <kacrice/symmetry.h>
#include <kacrice/theory.h>

typedef struct KrModel_s *KrModel;

typedef struct {              /* what is known of a landscape before anything is drawn */
  int               n;        /* coordinates N */
  const KrManifold *manifold; /* where its points live */
  const KrSymmetry *symmetry; /* which of them are one */

  /* scales, each larger than 0: every tolerance is a multiple of one, so that the unit of energies changes no result */
  double energy;   /* J, of H/N */
  double gradient; /* of |grad H|/sqrt(N) */
  double
    hessian; /* of Hessian eigenvalues: their bulk is some 2 of these to either side of its centre */
  double length; /* of a coordinate: x_i changes by about as much from point to point */

  double start; /* where descents begin, in the manifold's terms (KrManifold.start) */
  double
    dial; /* of the radial coordinate, for KrManifold.dial; on the sphere times -newton_range */
  /* the typical radial coordinate at energies per spin e is window[0]/window[1] e; 0: not known */
  double window[2];
  double bytes; /* of disorder and data, all ranks together */
} KrShape;

typedef struct KrModelType_s {
  const char *about; /* one line for `kacrice help` */
  /* its own options, read into a struct of `options_size` bytes, KR_MODEL_OWN_MAX at most; NULL: it has none */
  const KrOptionTable *options;
  size_t               options_size;

  /* PETSC_TRUE: that struct is a KrSpinOptions, and the landscape a random polynomial with a law */
  PetscBool is_spin;

  /* ---- compulsory ---- */
  /* Not collective. `law` is that of the disorder, or its estimate where a user brought the couplings, and NULL where
     there is none. In: shape->n, what the caller wants, or 0: `options` say. Scales come in as 1 */
  PetscErrorCode (*shape)(MPI_Comm comm, const void *options, const KrMixture *law, KrShape *shape);
  /* Adds H and its Euclidean gradient at n_points points, X[n_points*N], to E[n_points] and G[n_points*N] */
  PetscErrorCode (*gradient)(KrModel model, PetscInt n_points, const double X[], double E[],
                             double G[]);

  /* ---- optional: how it lives ---- */
  /* PETSC_TRUE: each rank adds the part of the couplings that it holds, and is asked for it. PETSC_FALSE: each call
     computes all, on the first rank of the model's communicator, which sends it to the others */
  PetscBool is_spread;
  /* Checks options that were read, and completes them. Out: n, coordinates; 0: data will say. NULL: any will do, and
     `shape` knows n without a law */
  PetscErrorCode (*complete)(MPI_Comm comm, void *options, int *n);
  PetscErrorCode (*set_up)(KrModel model); /* room for disorder and data; NULL: none is needed */
  PetscErrorCode (*draw)(KrModel model, uint64_t seed, int64_t sample); /* NULL: no disorder */
  PetscErrorCode (*destroy)(KrModel model);                             /* NULL: nothing to free */

  /* ---- optional: derivatives ---- */
  /* The same as `gradient` with N x N Hessians, written and not added; NULL: by products with unit vectors, or where
     there are none of these either, by central differences of the gradient: then nothing is proved */
  PetscErrorCode (*derivatives)(KrModel model, PetscInt n_points, const double X[], double E[],
                                double G[], double Hess[]);
  /* of KR_LANES points in SIMD lanes, as in KrKernels, added; NULL: point by point through the above */
  PetscErrorCode (*derivatives_lanes)(KrModel model, const double X[], double E[], double G[],
                                      double A[]);
  /* adds the Hessian at x times v; NULL: hessian_apply_points, or central differences of the gradient along v */
  PetscErrorCode (*hessian_apply)(KrModel model, const double x[], const double v[], double Hv[]);
  /* of many points, a vector each, written; NULL: one by one through the above */
  PetscErrorCode (*hessian_apply_points)(KrModel model, PetscInt n_points, const double X[],
                                         const double V[], double HV[]);

  /* ---- optional: what else is known ---- */
  /* A start of its own kind; NULL: KrManifold.start with shape.start */
  PetscErrorCode (*start)(KrModel model, const KrRandomKey *key, uint64_t counter, double x[]);
  /* Adds the part of H that batch `batch` of the data has, times the number of batches; NULL: no data, refused */
  PetscErrorCode (*part)(KrModel model, uint64_t batch, const double x[], double *E, double g[]);
  /* H as polynomials; NULL: it is none, and proofs by tensors, homotopy and export are refused */
  PetscErrorCode (*tensors)(KrModel model, int *n_tensors, const KrTensor *tensors[]);
  /* A bound of |D^3 H(y)[u, v, w]| over |y - x| <= radius and unit vectors; NULL: not known, the verdict of a list is
     `checked` at most */
  PetscErrorCode (*third_bound)(KrModel model, const double x[], double radius, double *bound);
  /* Centre and scale of the bulk of Hessian eigenvalues at critical points with a radial coordinate; NULL: 0 and
     shape.hessian */
  PetscErrorCode (*bulk)(KrModel model, double radial, double *centre, double *scale);
  /* How far beyond the bulk's edge points with a radial coordinate lie, in units of that edge: no search begins beyond
     -newton_range; NULL: 0 */
  double (*reach)(KrModel model, double radial);
  /* The energy changes its temperature, the disorder stays; NULL: it has none, refused */
  PetscErrorCode (*set_temperature)(KrModel model, double temperature);
} KrModelType;

/* A type of one's own, before options are read; its name is then a value of -model_type. */
PetscErrorCode KrModelRegister(const char name[], const KrModelType *type);

/* for the functions of a type */
PetscErrorCode KrModelGetOwnOptions(KrModel model, const void **options); /* borrowed */
PetscErrorCode KrModelGetData(KrModel model, void *data);
PetscErrorCode KrModelSetData(KrModel model, void *data); /* owned by the type */
