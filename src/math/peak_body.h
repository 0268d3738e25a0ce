/* The loop, for files that define FMA_LOOP (name of the table) and WIDTH (doubles in a vector). They are compiled with
   -ffp-contract=fast where there is a fused multiply-add. No guard: one inclusion a file. */
#include "fma_loop.h"

/* Two units of latency 4 or 5 want 8 to 10 chains in flight; 12 and their two operands fit into 16 registers. */
#define CHAINS 12

typedef double Vec __attribute__((vector_size(WIDTH * sizeof(double))));

static double run(int64_t n_rounds, double factor, double term)
{
  const Vec zero = {0.0};
  const Vec f = zero + factor, t = zero + term;
  Vec       a[CHAINS];
  double    sum = 0.0;

  for (int c = 0; c < CHAINS; ++c) a[c] = zero + c;
  for (int64_t round = 0; round < n_rounds; ++round)
    for (int c = 0; c < CHAINS; ++c) a[c] = a[c] * f + t;
  for (int c = 0; c < CHAINS; ++c)
    for (int lane = 0; lane < WIDTH; ++lane) sum += a[c][lane];
  return sum;
}

const KrFmaLoop FMA_LOOP = {.flops = 2 * WIDTH * CHAINS, .run = run};
