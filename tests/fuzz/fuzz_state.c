/* States of running samples of census and thermo, with a good seal. */
#include "h5.h"
#include <kacrice/store.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  const char        *folder = KrFuzzFolder(), *given = getenv("KR_FUZZ_IDENTITY");
  const char        *identity = given == NULL ? "" : given; /* of the corpus */
  PetscBool          exists;
  KrSample           sample = {0};
  KrThermoCheckpoint thermo = {0};

  KrFuzzPut("running/s00000001.h5", data, size, 1);
  if (KrCheckpointRead(PETSC_COMM_SELF, folder, KR_FUZZ_SAMPLE, identity, &exists, &sample) == 0 &&
      exists)
    KrSampleDestroy(&sample);
  if (KrThermoCheckpointRead(PETSC_COMM_SELF, folder, KR_FUZZ_SAMPLE, identity, &exists, &thermo) ==
        0 &&
      exists)
    KrThermoCheckpointDestroy(&thermo);
  return 0;
}
