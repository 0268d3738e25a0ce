/* Files written whole or not at all: temporary name, fsync, rename, fsync of the folder. Plain POSIX, no HDF5
   and no MPI; each function that returns an int returns 0 or an errno. */
#pragma once
#include <stddef.h>
#include <stdint.h>

int KrDiskTemporaryFolder(const char path[], char temporary[], size_t length);
int KrDiskMakeFolders(const char path[]);
int KrDiskReserve(const char path[], int64_t bytes, char temporary[], size_t length);
int KrDiskReserveBehind(const char path[], int64_t bytes);
int KrDiskEmpty(const char path[]);
int KrDiskCreate(const char path[], const void *bytes, size_t n_bytes);
int KrDiskReplace(const char path[], const void *bytes, size_t n_bytes);
int KrDiskCommit(const char temporary[], const char path[]);
int KrDiskTry(const char path[]);
int KrDiskSpace(const char path[], int64_t *bytes);
int KrDiskRead(const char path[], size_t most, void **bytes, size_t *n_bytes);

#define KR_SEAL_BYTES 16

typedef enum {
  KR_SEAL_WHOLE, /* the content matches */
  KR_SEAL_NONE,  /* the file ends without a seal: truncated, or never sealed */
  KR_SEAL_BROKEN /* the content does not match */
} KrSeal;

void   KrSealMake(const void *bytes, size_t n_bytes, unsigned char seal[KR_SEAL_BYTES]);
int    KrSealAppend(const char path[]);
int    KrSealCheck(const char path[], KrSeal *seal);
KrSeal KrSealOf(const void *bytes, size_t n_bytes);
