/* States of running samples of census and thermo, with a good seal. */
#include "h5.h"
#include <kacrice/store.h>
#include <stdlib.h>

/* Identity of the campaign in the corpus. */
static const char *identity_of(const char variable[])
{
  const char *given = getenv(variable);

  return given == NULL ? "" : given;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  const char        *folder = KrFuzzFolder();
  PetscBool          exists;
  KrSample           sample = {0};
  KrThermoCheckpoint thermo = {0};

  KrFuzzPut("running/s00000001.h5", data, size, 1);
  if (KrCheckpointRead(PETSC_COMM_SELF, folder, KR_FUZZ_SAMPLE, identity_of("KR_FUZZ_CENSUS"),
                       &exists, &sample) == 0 &&
      exists)
    KrSampleDestroy(&sample);
  if (KrThermoCheckpointRead(PETSC_COMM_SELF, folder, KR_FUZZ_SAMPLE, identity_of("KR_FUZZ_THERMO"),
                             &exists, &thermo) == 0 &&
      exists)
    KrThermoCheckpointDestroy(&thermo);
  KrFuzzNothingOpen();
  return 0;
}
