/* Shards of census, thermo and tap, with a good seal. */
#include "h5.h"
#include <kacrice/store.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  const char    *folder = KrFuzzFolder();
  KrSample       sample;
  KrThermoSample thermo;
  KrTapRecord    tap;
  KrShardFault   fault;

  KrFuzzPut("samples/0000/s00000001.h5", data, size, 1);
  for (int parts = KR_SHARD_ALL; parts <= KR_SHARD_COUNTS; ++parts)
    if (KrShardTry(folder, KR_FUZZ_SAMPLE, NULL, (KrShardParts)parts, &sample, &fault) == 0)
      KrSampleDestroy(&sample);
  if (KrRecordRead(folder, &KrThermoSampleType, KR_FUZZ_SAMPLE, NULL, &thermo) == 0)
    KrThermoSampleDestroy(&thermo);
  if (KrRecordRead(folder, &KrTapRecordType, KR_FUZZ_SAMPLE, NULL, &tap) == 0)
    KrTapRecordDestroy(&tap);
  KrFuzzNothingOpen();
  return 0;
}
