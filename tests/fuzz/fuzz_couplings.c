/* Files of -model_couplings, which have no seal. */
#include "h5.h"
#include <kacrice/store.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  char         path[256];
  int          count = 0;
  KrTensorData tensors[8];
  KrFileInfo   info;

  KrFuzzPut("file.h5", data, size, 0);
  (void)snprintf(path, sizeof path, "%s/file.h5", KrFuzzFolder());
  if (KrTensorFileRead(PETSC_COMM_SELF, path, 5, &count, tensors) == 0)
    for (int t = 0; t < count; ++t) free(tensors[t].packed);
  if (KrFileInfoRead(path, &info) == 0) KrFileInfoDestroy(&info);
  KrFuzzNothingOpen();
  return 0;
}
