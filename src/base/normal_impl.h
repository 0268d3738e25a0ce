/* The levels of KrNormalKernels. Each is defined only where the compiler can make it and may be called only where the
   CPU has it. */
#pragma once
#include <kacrice/rng.h>

extern const KrNormalKernels KrNormalKernelsPlain;
extern const KrNormalKernels KrNormalKernelsAvx2;
extern const KrNormalKernels KrNormalKernelsAvx512;
