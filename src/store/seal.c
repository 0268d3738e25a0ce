/* A checksum over a whole file, in its last 16 bytes. HDF5 protects most of a file with checksums of its own, but not
   all, and HDF5 1.10 can crash on damage in what is left (its heap of texts): a seal is checked before HDF5
   sees the file. HDF5 itself ignores what stands behind its end of file. */
#include "disk_impl.h"
#include <kacrice/base.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char tag[8] = {'K', 'R', 'C', 'R', 'C', '6', '4', '\n'};

#define SLICES 8 /* bytes of a step: a table for each */

/* Row s: what the byte s + 1 places before the end of a step does to the checksum. */
static void make_tables(uint64_t table[SLICES][256])
{
  for (unsigned i = 0; i < 256; ++i) {
    table[0][i] = i;
    for (int bit = 0; bit < 8; ++bit)
      table[0][i] = (table[0][i] >> 1) ^ (table[0][i] & 1 ? UINT64_C(0xC96C5795D7870F42) : 0);
  }
  for (int s = 1; s < SLICES; ++s)
    for (unsigned i = 0; i < 256; ++i)
      table[s][i] = (table[s - 1][i] >> 8) ^ table[0][table[s - 1][i] & 0xff];
}

/* CRC-64/XZ: polynomial of ECMA-182, reflected; a running value starts with 0. It sees every burst of up to
   64 bits. Eight bytes a step ("slicing"): merging 10^5 shards reads gigabytes through it. */
static uint64_t crc64(uint64_t crc, const unsigned char bytes[], size_t n_bytes)
{
  uint64_t table[SLICES][256];
  size_t   i = 0;

  make_tables(table);
  crc = ~crc;
  for (; i + SLICES <= n_bytes; i += SLICES) {
    uint64_t next = 0;

    for (int s = 0; s < SLICES; ++s)
      next ^= table[SLICES - 1 - s][((crc >> 8 * s) ^ bytes[i + (size_t)s]) & 0xff];
    crc = next;
  }
  for (; i < n_bytes; ++i) crc = (crc >> 8) ^ table[0][(crc ^ bytes[i]) & 0xff];
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

/* A read that fails says nothing about the content: 0 or EIO. */
static int compare(FILE *file, long n_bytes, uint64_t stored, KrSeal *seal)
{
  uint64_t  crc;
  const int status = sum_up(file, n_bytes, &crc);

  if (status == 0) *seal = stored == crc ? KR_SEAL_WHOLE : KR_SEAL_BROKEN;
  return status;
}

/* Puts a seal behind a file that is on disk under its temporary name. Returns 0 or an errno. */
int KrSealAppend(const char path[])
{
  const int     descriptor = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
  FILE         *file       = descriptor < 0 ? NULL : fdopen(descriptor, "r+b");
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

/* Whether 16 bytes are a seal, and its checksum. */
static int read_seal(const unsigned char seal[KR_SEAL_BYTES], uint64_t *crc)
{
  *crc = 0;
  for (size_t i = 0; i < 8; ++i) *crc |= (uint64_t)seal[sizeof tag + i] << 8 * i;
  return memcmp(seal, tag, sizeof tag) == 0;
}

/* Says whether a file is whole by its seal; reads it through only when it has one. Returns 0 or an errno. */
int KrSealCheck(const char path[], KrSeal *seal)
{
  FILE         *file;
  unsigned char stored[KR_SEAL_BYTES];
  uint64_t      crc;
  int           descriptor, status = KrFileOpen(path, &descriptor);

  *seal = KR_SEAL_NONE;
  if (status != 0) return status;
  file = fdopen(descriptor, "rb");
  if (file == NULL) {
    (void)close(descriptor);
    return ENOMEM;
  }
  if (fseek(file, -KR_SEAL_BYTES, SEEK_END) != 0) {
    status = errno == EINVAL ? 0 : errno; /* EINVAL: the file is shorter than a seal */
  } else {
    const long n_bytes = ftell(file);

    if (fread(stored, 1, sizeof stored, file) == sizeof stored && read_seal(stored, &crc))
      status = compare(file, n_bytes, crc, seal);
  }
  if (status == 0 && ferror(file)) status = EIO;
  fclose(file);
  return status;
}

/* The same of a file that was read as a whole. */
KrSeal KrSealOf(const void *bytes, size_t n_bytes)
{
  const size_t content = n_bytes - KR_SEAL_BYTES;
  uint64_t     crc;

  if (n_bytes < KR_SEAL_BYTES || !read_seal((const unsigned char *)bytes + content, &crc))
    return KR_SEAL_NONE;
  return crc64(0, bytes, content) == crc ? KR_SEAL_WHOLE : KR_SEAL_BROKEN;
}
