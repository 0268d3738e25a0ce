/* What the checks share. */
#pragma once
#include <kacrice/verify.h>
#include <math.h>

/* The larger of two errors; unlike fmax() it keeps NaN, which must not pass for small. */
static inline double worse(double a, double b)
{
  return isnan(a) || isnan(b) ? NAN : fmax(a, b);
}
