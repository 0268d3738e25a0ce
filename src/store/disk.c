#define _GNU_SOURCE /* fallocate, gethostname */
#include "disk_impl.h"
#include <kacrice/base.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { PATH_LENGTH = 4608 }; // bytes: a path and the suffix of its temporary name

/* Copies the folder part of path: "." when it has none. */
static int folder_of(const char path[], char folder[PATH_LENGTH])
{
  const char  *slash  = strrchr(path, '/');
  const size_t length = slash == NULL ? 0 : (size_t)(slash - path);

  if (length >= PATH_LENGTH) return ENAMETOOLONG;
  if (slash == NULL) {
    strcpy(folder, ".");
  } else if (length == 0) {
    strcpy(folder, "/");
  } else {
    memcpy(folder, path, length);
    folder[length] = '\0';
  }
  return 0;
}

/* fsync of what is called path; some file systems refuse it for folders, which is no loss of ours. */
static int sync_path(const char path[])
{
  const int file   = open(path, O_RDONLY | O_CLOEXEC);
  int       status = 0;

  if (file < 0) return errno;
  if (fsync(file) != 0 && errno != EINVAL && errno != ENOTSUP) status = errno;
  if (close(file) != 0 && status == 0) status = errno;
  return status;
}

/* fsync of the folder in which path stands. */
static int sync_folder_of(const char path[])
{
  char folder[PATH_LENGTH];
  int  status = folder_of(path, folder);

  if (status == 0) status = sync_path(folder);
  return status;
}

/* write() until all is written. */
static int write_all(int file, const char *bytes, size_t n_bytes)
{
  while (n_bytes > 0) {
    const ssize_t written = write(file, bytes, n_bytes);

    if (written < 0 && errno != EINTR) return errno;
    if (written > 0) {
      bytes += written;
      n_bytes -= (size_t)written;
    }
  }
  return 0;
}

/* The name in the same folder under which path is made until it is whole, path.tmp.HOST.RANDOM.PID: another one at each
   call, and nobody can put something there before. KrLeftoversDelete() knows it by its form. */
static int temporary_name(const char path[], char temporary[], size_t length)
{
  char          host[256];
  uint64_t      number = 0;
  int           needed;
  const ssize_t got = getrandom(&number, sizeof number, 0);

  if (got != (ssize_t)sizeof number) return got < 0 ? errno : EIO;
  if (gethostname(host, sizeof host) != 0) strcpy(host, "host");
  host[sizeof host - 1] = '\0';
  needed                = snprintf(temporary, length, "%s.tmp.%s.%012llx.%ld", path, host,
                                   (unsigned long long)(number >> 16), (long)getpid());
  return needed < 0 || (size_t)needed >= length ? ENAMETOOLONG : 0;
}

/* Makes an empty file beside path, for writing, that was not there and is no link; its name into temporary. */
static int make_temporary(const char path[], char temporary[], size_t length, int *file)
{
  int status = temporary_name(path, temporary, length);

  if (status != 0) return status;
  *file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
  return *file < 0 ? errno : 0;
}

static int make_folder(const char path[])
{
  struct stat info;

  if (mkdir(path, 0777) == 0) return sync_folder_of(path);
  if (errno != EEXIST) return errno;
  if (stat(path, &info) != 0) return errno;
  return S_ISDIR(info.st_mode) ? 0 : ENOTDIR;
}

/* Makes a folder and those above it; they may exist already. */
int KrDiskMakeFolders(const char path[])
{
  char partial[PATH_LENGTH];
  int  status = 0;

  if (strlen(path) >= sizeof partial) return ENAMETOOLONG;
  strcpy(partial, path);
  for (char *slash = strchr(partial + 1, '/'); status == 0; slash = strchr(slash + 1, '/')) {
    if (slash != NULL) *slash = '\0';
    status = make_folder(partial);
    if (slash == NULL) break;
    *slash = '/';
  }
  return status;
}

/* Makes an empty folder beside path that was not there, and the folders above it; its name into temporary. */
int KrDiskTemporaryFolder(const char path[], char temporary[], size_t length)
{
  char folder[PATH_LENGTH];
  int  status = folder_of(path, folder);

  if (status == 0) status = KrDiskMakeFolders(folder);
  if (status == 0) status = temporary_name(path, temporary, length);
  if (status == 0 && mkdir(temporary, 0777) != 0) status = errno;
  return status;
}

/* Bytes a user may still write in the folder of path. */
int KrDiskSpace(const char path[], int64_t *bytes)
{
  char           folder[PATH_LENGTH];
  struct statvfs info;
  int            status = folder_of(path, folder);

  if (status != 0) return status;
  if (statvfs(folder, &info) != 0) return errno;
  *bytes = (int64_t)info.f_bavail * (int64_t)info.f_frsize;
  return 0;
}

/* Claims room for an open file; where the file system cannot do that, looks whether there is room. */
static int claim(int file, int mode, const char path[], int64_t bytes)
{
  int64_t space  = 0;
  int     status = fallocate(file, mode, 0, (off_t)bytes) == 0 ? 0 : errno;

  if (status != EOPNOTSUPP && status != ENOSYS) return status;
  status = KrDiskSpace(path, &space);
  return status == 0 && space < bytes ? ENOSPC : status;
}

/* Makes a temporary file beside path and claims room for so many bytes, so that a full disk is found before HDF5 meets
   it: HDF5 1.10 crashes in its clean-up when the metadata of a file cannot be written. Removes the file on failure. */
int KrDiskReserve(const char path[], int64_t bytes, char temporary[], size_t length)
{
  int file, status = make_temporary(path, temporary, length, &file);

  if (status != 0) return status;
  status = claim(file, 0, path, bytes);
  if (close(file) != 0 && status == 0) status = errno;
  if (status != 0) unlink(temporary);
  return status;
}

/* Claims the room again behind the end of a file that HDF5 has just begun, which took the first claim away. */
int KrDiskReserveBehind(const char path[], int64_t bytes)
{
  const int file = open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
  int       status;

  if (file < 0) return errno;
  status = claim(file, FALLOC_FL_KEEP_SIZE, path, bytes);
  if (close(file) != 0 && status == 0) status = errno;
  return status;
}

/* Gives back the room of a file that is about to be removed but still open. */
int KrDiskEmpty(const char path[])
{
  return truncate(path, 0) == 0 ? 0 : errno;
}

/* Gives a whole file its final name, so that it survives a crash from then on. Removes it on failure. */
int KrDiskCommit(const char temporary[], const char path[])
{
  int status = sync_path(temporary);

  if (status == 0 && rename(temporary, path) != 0) status = errno;
  if (status != 0) {
    unlink(temporary);
    return status;
  }
  return sync_folder_of(path);
}

/* Writes a whole file under a temporary name beside path; nothing is left on failure. */
static int write_temporary(const char path[], const void *bytes, size_t n_bytes,
                           char temporary[PATH_LENGTH])
{
  int file, status = make_temporary(path, temporary, PATH_LENGTH, &file);

  if (status != 0) return status;
  status = write_all(file, bytes, n_bytes);
  if (close(file) != 0 && status == 0)
    status = errno; /* some file systems tell a full disk only here */
  if (status != 0) unlink(temporary);
  return status;
}

/* Whether a file could be written at path: makes its temporary file, empty, and removes it. */
int KrDiskTry(const char path[])
{
  char      temporary[PATH_LENGTH];
  const int status = write_temporary(path, NULL, 0, temporary);

  if (status == 0) unlink(temporary);
  return status;
}

/* Writes a file whole or not at all; one of that name is replaced. */
int KrDiskReplace(const char path[], const void *bytes, size_t n_bytes)
{
  char      temporary[PATH_LENGTH];
  const int status = write_temporary(path, bytes, n_bytes, temporary);

  return status == 0 ? KrDiskCommit(temporary, path) : status;
}

/* Writes a file whole or not at all; EEXIST when one of that name is there, or comes while this one is written.
   Where there are no hard links, the second writer wins instead. */
int KrDiskCreate(const char path[], const void *bytes, size_t n_bytes)
{
  char temporary[PATH_LENGTH];
  int  status = write_temporary(path, bytes, n_bytes, temporary);

  if (status != 0) return status;
  status = sync_path(temporary);
  if (status != 0) {
    unlink(temporary);
    return status;
  }
  if (link(temporary, path) != 0) status = errno;
  if (status == EPERM || status == EOPNOTSUPP) return KrDiskCommit(temporary, path);
  unlink(temporary);
  return status == 0 ? sync_folder_of(path) : status;
}

/* A whole file into memory (free); NULL when it has more bytes than `most`. Returns what KrFileRead() does. */
int KrDiskRead(const char path[], size_t most, void **bytes, size_t *n_bytes)
{
  char     *text;
  const int status = KrFileRead(path, most, &text, n_bytes);

  *bytes = text;
  return status == EFBIG ? 0 : status;
}
