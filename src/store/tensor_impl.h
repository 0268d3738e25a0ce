/* Index tuples of symmetric tensors, and dense tensors walked block by block so that they need not fit into memory.
   Tuples are 0-based; sorted tuples i1 <= ... <= ip are numbered in lexicographic order. */
#pragma once
#include "h5_impl.h"

typedef struct {
  int      order, n;
  int64_t  count; /* of sorted tuples: binomial(n+p-1, p) */
  int64_t *below; /* order x (n+1): what one index adds to the number of a tuple */
} KrTuples;

int64_t KrTupleCount(int n, int order);
int     KrTupleLength(int64_t count, int order);
int     KrTuplesCreate(int order, int n, KrTuples *tuples);
void    KrTuplesDestroy(KrTuples *tuples);
int64_t KrTuplesPosition(const KrTuples *tuples, const int sorted[]);
double  KrSortedMultiplicity(int order, const int sorted[]);
void    KrTupleSort(int order, const int tuple[], int sorted[]);
void    KrTupleNextSorted(int order, int n, int tuple[]);
void    KrTupleFormat(int order, const int tuple[], char text[], size_t length);

/* tensor_blocks.c */
typedef struct
{ /* a data set whose dimensions have one extent, cut: the first n_cut of them in pieces, the others whole */
  int     n_dims, n_cut;
  int64_t extent, side; /* of a dimension, of a piece; the last piece may be shorter */
  int64_t size;         /* entries of the largest block */
  int64_t n_blocks;
} KrH5Blocks;

typedef struct {
  hsize_t start[KR_TENSOR_MAX_ORDER], count[KR_TENSOR_MAX_ORDER];
  int     n_dims;
  int64_t size; /* entries */
} KrH5Block;

KrH5Blocks KrH5BlocksOf(int n_dims, int64_t extent);
KrH5Blocks KrH5BlocksAlong(int n_dims, int64_t extent, const hsize_t chunk[]);
KrH5Block  KrH5BlocksGet(const KrH5Blocks *blocks, int64_t b);
void       KrH5BlockSelect(KrH5 *file, const KrH5Block *block, hid_t space);
void       KrH5BlockNext(const KrH5Block *block, int tuple[]);
