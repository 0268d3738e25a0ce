/* A tensor in chunks that stay in the second cache while one group of points after the other uses them: some whole
   blocks, or some rows of a large one. Part of contract_body.h. */
#ifndef CHUNK
#define CHUNK 32768 /* coefficients: 256 KB */
#endif

typedef struct {
  KrTensor tensor; /* ends where the chunk ends */
  KrBlock  first;  /* of the chunk */
  KrBlock  rest;   /* what follows it, when there is more */
  size_t   size;   /* coefficients */
  int      more;
} Chunk;

static int64_t block_size(const KrBlock *block)
{
  return (int64_t)block->n_rows * block->n_cols;
}

/* Cuts a chunk of whole row tiles off the large block `rest`. */
static void cut_block(const KrTensor *tensor, Chunk *chunk)
{
  KrBlock  *rest = &chunk->rest;
  const int most = CHUNK / rest->n_cols / ROWS * ROWS;
  const int rows = most < ROWS ? ROWS : most;

  chunk->first        = *rest;
  chunk->first.n_rows = rows < rest->n_rows ? rows : rest->n_rows;
  chunk->size         = (size_t)block_size(&chunk->first);
  rest->row += chunk->first.n_rows;
  rest->offset += (int64_t)chunk->size;
  rest->row_first += chunk->first.n_rows;
  rest->n_rows -= chunk->first.n_rows;
  chunk->tensor.row_end = rest->row;
  chunk->more           = rest->n_rows > 0 || KrBlockNext(tensor, rest);
}

/* Goes to the next chunk; 0: there is none. */
static int next_chunk(const KrTensor *tensor, Chunk *chunk)
{
  int64_t count = 0;

  if (!chunk->more) return 0;
  if (block_size(&chunk->rest) > CHUNK) {
    cut_block(tensor, chunk);
    return 1;
  }
  chunk->first = chunk->rest;
  do {
    count += block_size(&chunk->rest);
    chunk->tensor.row_end = chunk->rest.row + chunk->rest.n_rows;
    chunk->more           = KrBlockNext(tensor, &chunk->rest);
  } while (chunk->more && count + block_size(&chunk->rest) <= CHUNK);
  chunk->size = (size_t)count;
  return 1;
}

/* The first chunk; 0: the tensor is empty. */
static int first_chunk(const KrTensor *tensor, Chunk *chunk)
{
  chunk->tensor = *tensor;
  chunk->more   = KrBlockFirst(tensor, &chunk->rest);
  return next_chunk(tensor, chunk);
}
