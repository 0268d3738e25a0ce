/* What the kernel files share: the table of each SIMD level. Each is defined only where the compiler can make
   it (KR_HAVE_AVX2, KR_HAVE_AVX512) and may be called only where the CPU has it: see KrKernelsGet(). */
#pragma once
#include <kacrice/kernels.h>

extern const KrKernels KrKernelsPlain;
extern const KrKernels KrKernelsAvx2;
extern const KrKernels KrKernelsAvx512;

void KrBorderedLanesReference(int n, double A[], const double X[], const double mu[],
                              const double sigma[], double D[], double dmu[], double index[],
                              double work[]);
void KrSymmetricLanesReference(int n, double A[], double D[], double index[], double work[]);
void KrEigenLanesReference(const KrEigenLanes *at);
void KrCombineLanesReference(size_t n_rows, int n_terms, const double *const terms[],
                             const double factors[], double target[]);
