/* Which balls are about the same critical point, perhaps: by energy first, so that few pairs are looked at. */
#include <kacrice/certify.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>

static double low_end(const KrBall *ball)
{
  return ball->energy - ball->energy_error * (1.0 + 4.0 * DBL_EPSILON) -
         fabs(ball->energy) * DBL_EPSILON;
}

static double high_end(const KrBall *ball)
{
  return ball->energy + ball->energy_error * (1.0 + 4.0 * DBL_EPSILON) +
         fabs(ball->energy) * DBL_EPSILON;
}

static int compare_low_ends(const void *a, const void *b)
{
  const KrBall *p = a, *q = b;
  const double  low_p = low_end(p), low_q = low_end(q);

  if (low_p != low_q) return low_p < low_q ? -1 : 1;
  return (p->place > q->place) - (p->place < q->place);
}

/* May |x - sign y| be as small as r? Differences are right to a rounding, and squares add up without cancelling. */
static int may_touch(int n, const double x[], const double y[], double sign, double r)
{
  double square = 0.0;

  for (int i = 0; i < n; ++i) {
    const double d = x[i] - sign * y[i];

    square += d * d;
  }
  return !(square * (1.0 - (n + 8.0) * DBL_EPSILON) > r * r * (1.0 + 8.0 * DBL_EPSILON));
}

static int are_close(int n, KrAntipode antipode, const KrBall *a, const KrBall *b, const double x[])
{
  const double *p = x + a->place * n, *q = x + b->place * n;
  const double  r = (a->radius + b->radius) * (1.0 + 2.0 * DBL_EPSILON);

  return may_touch(n, p, q, 1.0, r) ||
         (antipode != KR_ANTIPODE_NONE && may_touch(n, p, q, -1.0, r));
}

/*
  KrBallsSeparate - Finds the balls that touch another one, or the antipode of another one.

  Not collective

  Input:
+ n        - N
. antipode - of a critical point: no critical point, one of the same or of the opposite energy
. n_balls  - how many
- x        - centres, N each, addressed by the place of a ball

  In/out:
. balls - sorted on return; with opposite energies of antipodes by |e|

  Output:
. touches - n_balls places, for the ball in the same place of balls: 1 when it touches another, else 0; two balls that
            do not are about different points, neither of which is the other's antipode

  Errors: none
  Cost:   a sort, and O(N) for each pair whose energies cannot be told apart
  Source: docs/theory/certificates.md, section 5
  See:    KrCertify()
*/
void KrBallsSeparate(int n, KrAntipode antipode, int64_t n_balls, KrBall balls[], const double x[],
                     int touches[])
{
  if (antipode == KR_ANTIPODE_ODD)
    for (int64_t i = 0; i < n_balls; ++i) balls[i].energy = fabs(balls[i].energy);
  if (n_balls > 0) qsort(balls, (size_t)n_balls, sizeof *balls, compare_low_ends);
  for (int64_t i = 0; i < n_balls; ++i) touches[i] = 0;
  for (int64_t i = 0; i < n_balls; ++i) {
    const double end = high_end(&balls[i]);

    for (int64_t j = i + 1; j < n_balls && !(low_end(&balls[j]) > end); ++j)
      if (are_close(n, antipode, &balls[i], &balls[j], x)) touches[i] = touches[j] = 1;
  }
}
