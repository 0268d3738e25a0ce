/* A checksum over a whole file, in its last 16 bytes. HDF5 protects most of a file with checksums of its own, but not
   all, and HDF5 1.10 can crash on damage in what is left (its heap of texts): a seal is checked before HDF5
   sees the file. HDF5 itself ignores what stands behind its end of file. */
#include "disk_impl.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char tag[8] = {'K', 'R', 'C', 'R', 'C', '6', '4', '\n'};

/* CRC-64/XZ: polynomial of ECMA-182, reflected; a running value starts with 0. It sees every burst of up to
   64 bits. */
static uint64_t crc64(uint64_t crc, const unsigned char bytes[], size_t n_bytes)
{
  uint64_t table[256];

  for (unsigned i = 0; i < 256; ++i) {
    table[i] = i;
    for (int bit = 0; bit < 8; ++bit)
      table[i] = (table[i] >> 1) ^ (table[i] & 1 ? UINT64_C(0xC96C5795D7870F42) : 0);
  }
  crc = ~crc;
  for (size_t i = 0; i < n_bytes; ++i) crc = (crc >> 8) ^ table[(crc ^ bytes[i]) & 0xff];
  return ~crc;
}

/* A tag, then the checksum, lowest byte first. */
static void write_seal(uint64_t crc, unsigned char seal[KR_SEAL_BYTES])
{
  memcpy(seal, tag, sizeof tag);
  for (size_t i = 0; i < 8; ++i) seal[sizeof tag + i] = (unsigned char)(crc >> 8 * i);
}

/* The 16 bytes to stand behind so many bytes. */
void KrSealMake(const void *bytes, size_t n_bytes, unsigned char seal[KR_SEAL_BYTES])
{
  write_seal(crc64(0, bytes, n_bytes), seal);
}

/* Checksum of the first n_bytes of an open file; 0 or EIO. */
static int sum_up(FILE *file, long n_bytes, uint64_t *crc)
{
  unsigned char buffer[65536];

  *crc = 0;
  rewind(file);
  while (n_bytes > 0) {
    const size_t wanted = n_bytes < (long)sizeof buffer ? (size_t)n_bytes : sizeof buffer;

    if (fread(buffer, 1, wanted, file) != wanted) return EIO;
    *crc = crc64(*crc, buffer, wanted);
    n_bytes -= (long)wanted;
  }
  return 0;
}

static KrSeal compare(FILE *file, long n_bytes, uint64_t stored)
{
  uint64_t crc;

  return sum_up(file, n_bytes, &crc) == 0 && stored == crc ? KR_SEAL_WHOLE : KR_SEAL_BROKEN;
}

/* Puts a seal behind a file that is on disk. Returns 0 or an errno. */
int KrSealAppend(const char path[])
{
  FILE         *file = fopen(path, "r+b");
  unsigned char seal[KR_SEAL_BYTES];
  uint64_t      crc = 0;
  int           status;

  if (file == NULL) return errno;
  status = fseek(file, 0, SEEK_END) == 0 ? sum_up(file, ftell(file), &crc) : errno;
  write_seal(crc, seal);
  if (status == 0 &&
      (fseek(file, 0, SEEK_END) != 0 || fwrite(seal, 1, sizeof seal, file) != sizeof seal))
    status = errno != 0 ? errno : EIO;
  if (fclose(file) != 0 && status == 0) status = errno;
  return status;
}

/* Says whether a file is whole by its seal; reads it through only when it has one. Returns 0 or an errno. */
int KrSealCheck(const char path[], KrSeal *seal)
{
  FILE         *file = fopen(path, "rb");
  unsigned char stored[KR_SEAL_BYTES];
  uint64_t      crc = 0;

  *seal = KR_SEAL_NONE;
  if (file == NULL) return errno;
  if (fseek(file, -KR_SEAL_BYTES, SEEK_END) == 0) {
    const long n_bytes = ftell(file);

    if (fread(stored, 1, sizeof stored, file) == sizeof stored &&
        memcmp(stored, tag, sizeof tag) == 0) {
      for (size_t i = 0; i < 8; ++i) crc |= (uint64_t)stored[sizeof tag + i] << 8 * i;
      *seal = compare(file, n_bytes, crc);
    }
  }
  fclose(file);
  return 0;
}
