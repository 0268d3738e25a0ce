/* A harness without libFuzzer: runs it on each file that is named; -rounds N: and on so many changes of each, by the
   harness's own way to change its inputs, if it has one. */
#include "fuzz.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BYTES_MAX = 1 << 20 };

extern size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
  __attribute__((weak));

static void run(const char path[], int n_rounds)
{
  char    *bytes;
  size_t   n_bytes;
  uint8_t *changed = malloc(BYTES_MAX);

  if (changed == NULL || KrFileRead(path, BYTES_MAX, &bytes, &n_bytes) != 0) {
    fprintf(stderr, "%s: cannot be read\n", path);
    exit(2);
  }
  (void)LLVMFuzzerTestOneInput((const uint8_t *)bytes, n_bytes);
  for (int i = 0; LLVMFuzzerCustomMutator != NULL && i < n_rounds; ++i) {
    (void)memcpy(changed, bytes, n_bytes);
    printf("%s round %d\n", path, i);
    (void)fflush(stdout);
    (void)LLVMFuzzerTestOneInput(changed,
                                 LLVMFuzzerCustomMutator(changed, n_bytes, BYTES_MAX, (unsigned)i));
  }
  free(bytes);
  free(changed);
}

int main(int argc, char **argv)
{
  int n_rounds = 0, count = 0;

  LLVMFuzzerInitialize(&argc, &argv);
  for (int i = 1; i < argc; ++i) {
    if (strcmp(argv[i], "-rounds") == 0 && i + 1 < argc) {
      n_rounds = atoi(argv[++i]);
      continue;
    }
    run(argv[i], n_rounds);
    ++count;
  }
  printf("%d inputs passed\n", count);
  (void)PetscPopErrorHandler();
  return KrFinalize() == 0 ? 0 : 1;
}
