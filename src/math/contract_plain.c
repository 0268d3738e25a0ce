/* The contractions for any CPU: pairs of doubles, which every 64-bit machine of today has in hardware. */
#include "contract_impl.h"
#include <string.h>

#define KERNELS       KrKernelsPlain
#define KERNELS_NAME  "plain"
#define WIDTH         2
#define ROWS          4
#define VECTORS       1
#define GRADIENT_ROWS 4

typedef double Vec __attribute__((vector_size(16)));

static inline Vec splat(double value)
{
  return (Vec){value, value};
}

static inline Vec fused(Vec a, Vec b, Vec c)
{
  return a * b + c;
}

static inline Vec load(const double *from)
{
  Vec v;

  memcpy(&v, from, sizeof v);
  return v;
}

static inline void store(double *to, Vec v)
{
  memcpy(to, &v, sizeof v);
}

static inline Vec load_part(const double *from, int count)
{
  (void)count; /* between nothing and a pair lies one */
  return (Vec){from[0], 0.0};
}

static inline void store_part(double *to, int count, Vec v)
{
  (void)count;
  to[0] = v[0];
}

/* 1 in the lanes below zero, else 0. */
static inline Vec is_negative(Vec v)
{
  return (Vec){v[0] < 0.0, v[1] < 0.0};
}

static inline double sum(Vec v)
{
  return v[0] + v[1];
}

#include "contract_body.h"
