/* The heaps in which an HDF5 file keeps its texts. HDF5 1.10 takes the sizes in them on trust, and copies what does not
   fit: one changed byte can bring it down. So they are looked through before HDF5 sees the file. */
#define _GNU_SOURCE /* memmem */
#include "h5_impl.h"
#include <string.h>

#define COLLECTION_HEAD 16 /* "GCOL", version, 3 bytes of nothing, bytes of the collection */
#define OBJECT_HEAD \
  16 /* number, references, 4 bytes of nothing, bytes of the object; then the object */

static uint64_t read_number(const unsigned char *at, int n_bytes)
{
  uint64_t number = 0;

  for (int i = n_bytes - 1; i >= 0; --i) number = number << 8 | at[i];
  return number;
}

/* Whether the objects of a collection lie in it, and it in the n_bytes that are left of the file. */
static int is_whole(const unsigned char *collection, uint64_t n_bytes)
{
  const uint64_t size = n_bytes < COLLECTION_HEAD ? 0 : read_number(collection + 8, 8);
  uint64_t       at   = COLLECTION_HEAD;

  if (size < COLLECTION_HEAD || size > n_bytes) return 0;
  while (size - at >= OBJECT_HEAD) {
    const uint64_t number = read_number(collection + at, 2);
    const uint64_t length = read_number(collection + at + 8, 8), left = size - at;

    if (number == 0)
      return length == left; /* the rest, which is free: behind less of it HDF5
                                               would look for objects of no length, for ever */
    if (length > left - OBJECT_HEAD) return 0;
    at += OBJECT_HEAD + length;
    if (length % 8 != 0) at += 8 - length % 8;
    if (at > size) return 0;
  }
  return 1;
}

/* Refuses a file in memory whose heaps are damaged. */
void KrH5HeapsCheck(KrH5 *file, const void *bytes, size_t n_bytes)
{
  const unsigned char *at = bytes, *end = at + n_bytes;

  while (at < end && (at = memmem(at, (size_t)(end - at), "GCOL\1", 5)) != NULL) {
    if (!is_whole(at, (uint64_t)(end - at))) {
      KrH5Fail(file, "it is damaged: a heap of texts does not hold what it says");
      return;
    }
    at += 5;
  }
}
