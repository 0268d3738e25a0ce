/* Hessians out of SIMD lanes. */
#include <kacrice/kernels.h>

/*
  KrLanesHessian - Takes Hessians out of SIMD lanes and completes them: A + A^T of each lane.

  Not collective

  Input:
+ n        - N
. n_points - lanes wanted, 1 ... KR_LANES
- A        - n x n x KR_LANES, upper accumulation of derivatives_lanes

  Output:
. hessians - n_points symmetric matrices n x n, row major

  Cost: one pass over A
  See:  KrHessianFinish()
*/
void KrLanesHessian(int n, int n_points, const double A[], double hessians[])
{
  const size_t size = (size_t)n;

  for (size_t i = 0; i < size; ++i) {
    for (size_t k = i; k < size; ++k) {
      const double *a = A + (i * size + k) * KR_LANES;

      for (int b = 0; b < n_points; ++b) {
        double *hessian = hessians + (size_t)b * size * size;

        hessian[i * size + k] = hessian[k * size + i] = i == k ? 2.0 * a[b] : a[b];
      }
    }
  }
}
