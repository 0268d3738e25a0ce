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
void    KrTupleNext(int order, int n, int tuple[]);
void    KrTupleNextSorted(int order, int n, int tuple[]);
void    KrTupleFormat(int order, const int tuple[], char text[], size_t length);

typedef struct { /* blocks of a dense tensor: the first n_fixed indices are constant in each */
  int     order, n, n_fixed;
  int64_t size, n_blocks; /* entries in a block; blocks */
} KrBlocks;

KrBlocks KrBlocksOf(int order, int n);
void     KrBlockSelect(KrH5 *file, const KrBlocks *blocks, const int first[], hid_t space);
