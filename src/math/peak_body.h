/* The loops, for files that define PEAK_LOOPS (name of the table) and WIDTH (doubles in a vector). They are compiled
   with -ffp-contract=fast where there is a fused multiply-add. No guard: one inclusion a file. */
#include "peak_impl.h"

typedef double Vec __attribute__((vector_size(WIDTH * sizeof(double))));

/* Two units of latency 4 or 5 want 8 to 10 chains in flight; 12 and their two operands fit into 16 registers. */
#define CHAINS 12

static double multiply_add(int64_t n_rounds, double factor, double term)
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

/* Four places are read at a time: from memory a single one is up to a tenth slower. */
#define STREAMS 4

static double read_sum(int64_t n, const double values[])
{
  const int64_t length        = n / (2 * WIDTH * STREAMS) * 2; // vectors of a stream
  const Vec    *v             = (const Vec *)values;
  Vec           even[STREAMS] = {{0.0}}, odd[STREAMS] = {{0.0}};
  double        sum = 0.0;

  for (int64_t i = 0; i < length; i += 2) {
    for (int s = 0; s < STREAMS; ++s) {
      even[s] += v[s * length + i];
      odd[s] += v[s * length + i + 1];
    }
  }
  for (int s = 0; s < STREAMS; ++s)
    for (int lane = 0; lane < WIDTH; ++lane) sum += even[s][lane] + odd[s][lane];
  for (int64_t i = STREAMS * length * WIDTH; i < n; ++i) sum += values[i];
  return sum;
}

const KrPeakLoops PEAK_LOOPS = {
  .flops = 2 * WIDTH * CHAINS, .multiply_add = multiply_add, .sum = read_sum};
