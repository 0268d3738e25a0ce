/* Why an HDF5 call failed, in one line for the user. */
#include "h5_impl.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "disk_impl.h"

typedef struct {
  char innermost[256]; /* what the lowest level said */
  int  status;         /* errno, 0 when HDF5 does not tell it */
} Reason;

static const struct {
  const char *said; /* by HDF5 1.10 ... 1.14 */
  const char *plain;
} translations[] = {
  {"file signature not found", "this is not an HDF5 file"},
  {"truncated file", "the file is truncated"},
  {"Fletcher32", "the data do not match their checksum"},
  {"incorrect metadata", "the metadata do not match their checksum"},
  {"checksum", "the metadata do not match their checksum"},
};

/* H5E_walk2_t: keeps the innermost description and the first errno. */
static herr_t keep_reason(unsigned position, const H5E_error2_t *error, void *context)
{
  Reason     *reason = context;
  const char *mark   = strstr(error->desc, "errno = ");

  if (position == 0) snprintf(reason->innermost, sizeof reason->innermost, "%s", error->desc);
  if (reason->status == 0 && mark != NULL) reason->status = atoi(mark + strlen("errno = "));
  return 0;
}

/* MPI-IO hides errno: a disk with no room for one block is the likely reason. */
static void look_for_full_disk(const KrH5 *file, Reason *reason)
{
  const int64_t block = 65536; // bytes
  int64_t       space = 0;

  if (KrDiskSpace(file->path, &space) == 0 && space < block)
    snprintf(reason->innermost, sizeof reason->innermost, "No space left on device");
}

/* Records a failure in plain words; only the first one counts. */
void KrH5Fail(KrH5 *file, const char format[], ...)
{
  va_list arguments;

  if (file->failure[0] != '\0') return;
  va_start(arguments, format);
  vsnprintf(file->failure, sizeof file->failure, format, arguments);
  va_end(arguments);
}

/* Records an errno, or what KrFileOpen() returned, as failure; 0 is none. */
void KrH5FailErrno(KrH5 *file, int status)
{
  if (status != 0) KrH5Fail(file, "%s", KrFileError(status));
}

/* Records why the HDF5 call made last has failed, from HDF5's error stack. */
void KrH5FailCall(KrH5 *file, const char call[])
{
  Reason reason = {.status = 0};

  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_reason, &reason);
  if (reason.status != 0) {
    KrH5FailErrno(file, reason.status);
    return;
  }
  for (size_t i = 0; i < sizeof translations / sizeof translations[0]; ++i) {
    if (strstr(reason.innermost, translations[i].said) != NULL) {
      KrH5Fail(file, "%s", translations[i].plain);
      return;
    }
  }
  if (file->storage == KR_STORAGE_PARALLEL) look_for_full_disk(file, &reason);
  reason.innermost[strcspn(reason.innermost, "\n")] = '\0';
  KrH5Fail(file, "%s (HDF5, %.*s)", reason.innermost, (int)strcspn(call, "("), call);
}
