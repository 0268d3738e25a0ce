/* How often a vector field turns about an isolated zero. Inside src/census only. */
#pragma once
#include <kacrice/base.h>

/* The field at t; both have as many entries as it has dimensions. */
typedef PetscErrorCode (*KrFieldFn)(void *context, const double t[], double value[]);

typedef struct {
  int    known;       /* 0: not found out */
  int    degree;      /* of field/|field| on the sphere, as a map to the unit sphere */
  double least, most; /* |field| on it */
} KrFieldDegree;

PetscErrorCode KrFieldDegreeOf(KrFieldFn field, void *context, int dimension, double radius,
                               KrFieldDegree *result);
PetscErrorCode KrFormsApart(KrFieldFn field, void *context, int order, double radius,
                            PetscBool *apart);
