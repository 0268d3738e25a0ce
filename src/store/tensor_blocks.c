/* Blocks in which a data set is read or written. Their order keeps a promise to who checks symmetry: among all orders
   of the indices of an entry the sorted one comes first. For the piece of an index is i / side, by one side for all
   cut dimensions: pieces of sorted indices are sorted, and no other order of them is smaller; within a block entries
   come in row-major order. */
#include "tensor_impl.h"
#include <math.h>

#define WANTED 1048576.0 /* entries of a block, 8 MiB: more saves no time */

/* Entries of a block. */
static double size_of(int n_dims, int64_t extent, int n_cut, int64_t side)
{
  return pow((double)side, n_cut) * pow((double)extent, n_dims - n_cut);
}

static KrH5Blocks cut(int n_dims, int64_t extent, int n_cut, int64_t side)
{
  KrH5Blocks blocks = {.n_dims = n_dims, .n_cut = n_cut, .extent = extent, .side = side};

  blocks.size     = (int64_t)fmin(size_of(n_dims, extent, n_cut, side), (double)(INT64_MAX / 16));
  blocks.n_blocks = 1;
  for (int k = 0; k < n_cut; ++k) blocks.n_blocks *= (extent + side - 1) / side;
  return blocks;
}

/* Blocks of at most 8 MiB that follow one another in row-major order. */
KrH5Blocks KrH5BlocksOf(int n_dims, int64_t extent)
{
  int     n_cut = 0;
  int64_t side  = 1;

  while (n_cut < n_dims && size_of(n_dims, extent, n_cut, 1) > WANTED) ++n_cut;
  if (n_cut == 1) side = (int64_t)(WANTED / size_of(n_dims, extent, 1, 1));
  return cut(n_dims, extent, n_cut, side);
}

/* Least common multiple of two sides, at most `extent`. */
static int64_t common_side(int64_t a, int64_t b, int64_t extent)
{
  int64_t divisor = a, rest = b;

  while (rest > 0) {
    const int64_t next = divisor % rest;

    divisor = rest;
    rest    = next;
  }
  return a / divisor >= (extent + b - 1) / b ? extent : a / divisor * b;
}

/* Blocks of whole chunks, as small as they can be but not much below 8 MiB: a chunk lies in one block, so that it is
   read and inflated once. */
KrH5Blocks KrH5BlocksAlong(int n_dims, int64_t extent, const hsize_t chunk[])
{
  int     n_cut = 0;
  int64_t side = extent, common = 1, grown;
  double  least = size_of(n_dims, extent, 0, 1);

  for (int k = 0; k < n_dims; ++k) {
    const int64_t length = (int64_t)chunk[k] < extent ? (int64_t)chunk[k] : extent;
    double        size;

    common = common_side(common, length, extent);
    size   = size_of(n_dims, extent, k + 1, common);
    if (size >= least) continue;
    least = size;
    n_cut = k + 1;
    side  = common;
  }
  if (n_cut == 0) return cut(n_dims, extent, 0, extent);
  grown = least < WANTED ? side * (int64_t)pow(WANTED / least, 1.0 / n_cut) : side;
  return cut(n_dims, extent, n_cut, grown < extent ? grown : extent);
}

/* Block number b. */
KrH5Block KrH5BlocksGet(const KrH5Blocks *blocks, int64_t b)
{
  const int64_t pieces = (blocks->extent + blocks->side - 1) / blocks->side;
  KrH5Block     block  = {.n_dims = blocks->n_dims, .size = 1};

  for (int k = blocks->n_dims - 1; k >= 0; --k) {
    int64_t first = 0, end = blocks->extent;

    if (k < blocks->n_cut) {
      first = b % pieces * blocks->side;
      if (first + blocks->side < end) end = first + blocks->side;
      b /= pieces;
    }
    block.start[k] = (hsize_t)first;
    block.count[k] = (hsize_t)(end - first);
    block.size *= end - first;
  }
  return block;
}

/* Selects a block in the space of the data set. */
void KrH5BlockSelect(KrH5 *file, const KrH5Block *block, hid_t space)
{
  herr_t status;

  KR_CALL_H5(file, status,
             H5Sselect_hyperslab(space, H5S_SELECT_SET, block->start, NULL, block->count, NULL));
}

/* The next tuple of a block in row-major order; its first after the last. */
void KrH5BlockNext(const KrH5Block *block, int tuple[])
{
  int k = block->n_dims - 1;

  while (k >= 0 && ++tuple[k] == (int)(block->start[k] + block->count[k])) {
    tuple[k] = (int)block->start[k];
    --k;
  }
}
