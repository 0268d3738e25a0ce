/* Expectations on reals for the cmocka tests of this folder: cmocka 1.1.5 has none for double.
   Include after <cmocka.h>. */
#pragma once
#include <math.h>

#define EXPECT_NEAR(got, want, tolerance) \
  expect_near(got, want, tolerance, #got, __FILE__, __LINE__)
#define EXPECT_RELATIVE(got, want, tolerance) \
  expect_near(got, want, (tolerance)*fabs(want), #got, __FILE__, __LINE__)

/* Fails with both values when got is not within tolerance of want; a NaN is never near. */
static inline void expect_near(double got, double want, double tolerance, const char *what,
                               const char *file, int line)
{
  if (fabs(got - want) <= tolerance) return;
  print_error("%s = %.17g, expected %.17g within %.3g\n", what, got, want, tolerance);
  _fail(file, line);
}
