/* Layer 4, inside: the two ways to a spectrum behind KrSpectrumCompute(). */
#pragma once
#include <kacrice/spectrum.h>

PetscErrorCode KrSpectrumCompute_LAPACK(const KrSpectrumOptions *options, KrModel model,
                                        const double x[], KrSpectrum *spectrum);
PetscErrorCode KrSpectrumCompute_SLEPc(const KrSpectrumOptions *options, KrModel model,
                                       const double x[], PetscBool dense, KrSpectrum *spectrum);
PetscErrorCode KrSpectrumFillVec(Vec vec, const double x[]);
