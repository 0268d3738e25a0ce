/* Layer 4, inside: the two ways to a spectrum behind KrSpectrumCompute(). */
#pragma once
#include <kacrice/spectrum.h>

PetscErrorCode KrSpectrumCompute_LAPACK(const KrSpectrumOptions *options, KrModel model,
                                        const double x[], KrSpectrum *spectrum);
PetscErrorCode KrSpectrumCompute_SLEPc(const KrSpectrumOptions *options, KrModel model,
                                       const double x[], PetscBool dense, KrSpectrum *spectrum);
PetscErrorCode KrSpectrumModes(KrModel model, const double x[], int *n_modes, double **modes);
PetscErrorCode KrSpectrumAcross(const KrManifold *manifold, int n, const double x[], double radial,
                                int n_modes, const double modes[], double hessian[],
                                double reduced[]);
PetscErrorCode KrSpectrumFillVec(Vec vec, const double x[]);
