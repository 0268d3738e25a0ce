/* Normal pairs for any CPU: two at a time, in vectors that every 64-bit machine of today has in hardware. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#define KERNELS      KrNormalKernelsPlain
#define KERNELS_NAME "plain"
#define WIDTH        2

typedef double   Vec __attribute__((vector_size(16)));
typedef uint64_t Bits __attribute__((vector_size(16)));

/* Products of the lower halves of the lanes. */
static inline Bits product(Bits a, Bits b)
{
  return (Bits){(uint64_t)(uint32_t)a[0] * (uint32_t)b[0],
                (uint64_t)(uint32_t)a[1] * (uint32_t)b[1]};
}

/* Lower halves of two words side by side. */
static inline Bits join(Bits low, Bits high)
{
  return (low & UINT32_MAX) | high << 32;
}

/* Exact for v <= 2^53: both halves become doubles by their place in the mantissas of 2^84 and 2^52. */
static inline Vec to_double(Bits v)
{
  const Bits high = v >> 32 | UINT64_C(0x453) << 52, low = (v & UINT32_MAX) | UINT64_C(0x433) << 52;

  return ((Vec)high - (0x1p84 + 0x1p52)) + (Vec)low;
}

static inline Vec root(Vec v)
{
  return (Vec){sqrt(v[0]), sqrt(v[1])};
}

static inline void store_pairs(double *to, Vec first, Vec second)
{
  const Vec pair_0 = {first[0], second[0]}, pair_1 = {first[1], second[1]};

  memcpy(to, &pair_0, sizeof pair_0);
  memcpy(to + 2, &pair_1, sizeof pair_1);
}

#include "normal_body.h"
