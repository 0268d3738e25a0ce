/* Are two records of a disorder sample the same? */
#include <kacrice/record.h>
#include <stddef.h>
#include <string.h>

/* Bits of two arrays that may be left out. */
static int differ(const void *a, const void *b, int64_t count, size_t size)
{
  if (a == NULL || b == NULL || count <= 0) return (a == NULL) != (b == NULL);
  return memcmp(a, b, (size_t)count * size) != 0;
}

/* Numbers of the sample as a whole, but for the time it took. */
static int numbers_differ(const KrSample *a, const KrSample *b)
{
  const double reals[2][5] = {
    {a->coverage, a->chao1_missing, a->missing, a->energy_first, a->energy_last},
    {b->coverage, b->chao1_missing, b->missing, b->energy_first, b->energy_last}};
  const int64_t wholes[2][14] = {
    {a->starts, a->paths, a->paths_followed, a->paths_distinct, a->rounds, a->verdict, a->symmetry,
     a->euler_checked, a->euler_failed, a->parity_checked, a->parity_failed, a->euler_sum,
     a->n_singular, a->n_continua},
    {b->starts, b->paths, b->paths_followed, b->paths_distinct, b->rounds, b->verdict, b->symmetry,
     b->euler_checked, b->euler_failed, b->parity_checked, b->parity_failed, b->euler_sum,
     b->n_singular, b->n_continua}};

  /* NOLINTNEXTLINE(bugprone-suspicious-memory-comparison): bit for bit is what is asked */
  return memcmp(reals[0], reals[1], sizeof reals[0]) != 0 ||
         memcmp(wholes[0], wholes[1], sizeof wholes[0]) != 0;
}

/*
  KrSampleDifference - Compares two whole records, bit for bit, but for the time they took.

  Not collective

  Input:
+ a - a record of which this rank has all points
- b - the other

  Returns:
  a word for the first thing that differs, a constant; NULL when nothing does
*/
const char *KrSampleDifference(const KrSample *a, const KrSample *b)
{
  if (a->sample != b->sample || a->seed != b->seed || a->n != b->n) return "sample";
  if (a->n_points != b->n_points) return "n_points";
  if (a->n_lowest != b->n_lowest || a->n_highest != b->n_highest) return "lowest";
  if (numbers_differ(a, b)) return "attributes";
  if (memcmp(a->reasons, b->reasons, sizeof a->reasons) != 0) return "reasons";
  if (differ(a->points, b->points, a->n_points, sizeof *a->points)) return "points";
  if (differ(a->x, b->x, a->n_points * a->n, sizeof *a->x)) return "x";
  if (differ(a->lowest, b->lowest, a->n_points * a->n_lowest, sizeof *a->lowest)) return "lowest";
  if (differ(a->highest, b->highest, a->n_points * a->n_highest, sizeof *a->highest))
    return "highest";
  if (differ(a->count, b->count, a->n, sizeof *a->count)) return "count";
  if (memcmp(a->minima_spectrum, b->minima_spectrum, sizeof a->minima_spectrum) != 0)
    return "minima_spectrum";
  if (memcmp(a->origins, b->origins, sizeof a->origins) != 0) return "origins";
  return NULL;
}
