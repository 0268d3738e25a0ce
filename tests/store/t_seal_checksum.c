/* kr_test: labels=store */
#define _GNU_SOURCE
#include "store_test.h"
#include "../../src/store/disk_impl.h"

/* The checksum is CRC-64/XZ, so that any program can check a file: catalogues of CRCs give the value for the nine
   digits. */
int main(int argc, char **argv)
{
  static const unsigned char wanted[KR_SEAL_BYTES] = {
    'K', 'R', 'C', 'R', 'C', '6', '4', '\n', 0xfa, 0x39, 0x19, 0xdf, 0xbb, 0xc9, 0x5d, 0x99};
  unsigned char seal[KR_SEAL_BYTES];

  PetscCall(KrTestBegin(&argc, &argv));
  KrSealMake("123456789", 9, seal);
  PetscCall(KrExpect("check value", memcmp(seal, wanted, sizeof seal) == 0));
  return KrTestEnd();
}
