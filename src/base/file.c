/* Files that somebody else may have made, opened and read: the one place that knows what may be read at all. */
#include <kacrice/base.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
  KrFileOpen - Opens a regular file for reading; links are followed.

  Not collective

  Input:
. path - the file

  Output:
. descriptor - to be closed by the caller; -1 when it is not open

  Notes:
  The open itself waits for no writer of a pipe, and a terminal does not become that of the program.

  Returns:
  0, an errno (EISDIR for a folder), or KR_FILE_IRREGULAR; KrFileError() has words for it
  See:    KrFileRead()
*/
int KrFileOpen(const char path[], int *descriptor)
{
  struct stat info;
  int         status = 0;

  /* what cannot be read must not even be opened: opening a device may do something */
  *descriptor = -1;
  if (stat(path, &info) != 0) return errno;
  if (S_ISREG(info.st_mode)) *descriptor = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  else return S_ISDIR(info.st_mode) ? EISDIR : KR_FILE_IRREGULAR;
  if (*descriptor < 0) return errno;
  /* it may have been changed for another since */
  if (fstat(*descriptor, &info) != 0) status = errno;
  else if (!S_ISREG(info.st_mode)) status = S_ISDIR(info.st_mode) ? EISDIR : KR_FILE_IRREGULAR;
  if (status == 0) return 0;
  (void)close(*descriptor);
  *descriptor = -1;
  return status;
}

/* read() until all is there or the file ends; what it was shorter by than it said is EIO. */
static int read_all(int file, char *bytes, size_t n_bytes)
{
  while (n_bytes > 0) {
    const ssize_t got = read(file, bytes, n_bytes);

    if (got == 0) return EIO;
    if (got < 0 && errno != EINTR) return errno;
    if (got > 0) {
      bytes += got;
      n_bytes -= (size_t)got;
    }
  }
  return 0;
}

/*
  KrFileRead - Reads a whole regular file into memory.

  Not collective

  Input:
+ path - the file
- most - bytes it may have

  Output:
+ bytes   - malloc'ed, with a zero byte behind the last; the caller frees it. NULL when it cannot be read
- n_bytes - how many, without that zero

  Returns:
  as KrFileOpen(); EFBIG when it has more bytes than `most`
*/
int KrFileRead(const char path[], size_t most, char **bytes, size_t *n_bytes)
{
  struct stat info;
  int         file, status = KrFileOpen(path, &file);

  *bytes   = NULL;
  *n_bytes = 0;
  if (status != 0) return status;
  if (fstat(file, &info) != 0) status = errno;
  else if ((uint64_t)info.st_size > most) status = EFBIG;
  if (status == 0) {
    *n_bytes = (size_t)info.st_size;
    *bytes   = malloc(*n_bytes + 1);
    status   = *bytes == NULL ? ENOMEM : read_all(file, *bytes, *n_bytes);
  }
  (void)close(file);
  if (status == 0) {
    (*bytes)[*n_bytes] = '\0';
  } else {
    free(*bytes);
    *bytes = NULL;
  }
  return status;
}

/*
  KrFileError - Words for what KrFileOpen() and KrFileRead() return.

  Not collective

  Input:
. status - not 0

  Returns:
  a text as of strerror()
*/
const char *KrFileError(int status)
{
  return status == KR_FILE_IRREGULAR ? "it is no regular file" : strerror(status);
}
