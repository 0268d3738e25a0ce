/* Why an HDF5 call failed, in one line for the user. */
#include "h5_impl.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "disk_impl.h"

typedef struct {
  char innermost[256]; /* what the lowest level said */
  char filter[256];    /* what it said of a filter that is missing; "" for nothing */
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

/* H5E_walk2_t: keeps the innermost description, the first errno, and the name of a filter that is missing: below it
   stands only where its plugin was looked for. */
static herr_t keep_reason(unsigned position, const H5E_error2_t *error, void *context)
{
  Reason     *reason = context;
  const char *mark   = strstr(error->desc, "errno = ");

  if (position == 0) snprintf(reason->innermost, sizeof reason->innermost, "%s", error->desc);
  if (strncmp(error->desc, "required filter", strlen("required filter")) == 0)
    snprintf(reason->filter, sizeof reason->filter, "%s", error->desc);
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
  for (char *c = file->failure; *c != '\0'; ++c) /* texts of a file may break lines */
    if ((unsigned char)*c < ' ') *c = '?';
}

/* Records an errno, or what KrFileOpen() returned, as failure; 0 is none. It tells of the system, not of the file. */
void KrH5FailErrno(KrH5 *file, int status)
{
  if (status == 0 || file->failure[0] != '\0') return;
  KrH5Fail(file, "%s", KrFileError(status));
  file->fault = KR_FAULT_SYSTEM;
}

/* Records what the seal tells. */
void KrH5FailSeal(KrH5 *file, const char what[])
{
  if (file->failure[0] != '\0') return;
  KrH5Fail(file, "%s", what);
  file->fault = KR_FAULT_DAMAGE;
}

/*
  Name, failure, and what to do: nobody is told to delete what may be whole. `again`, behind "delete it" or "move it
  away": how its content is made anew, "" for a file whose user knows that best.
*/
void KrH5Describe(const KrH5 *file, const char again[], char text[], size_t length)
{
  static const char keep[] = "; it may be whole: keep it, and mend what stops it from being read";
  static const char *const advice[] = {"; move it out of the folder", keep, "; delete it"};
  const char              *first    = again[0] == '\0' ? "" : advice[file->fault];

  (void)snprintf(text, length, "%.500s: %.350s%s%s", file->path, file->failure, first,
                 file->fault == KR_FAULT_SYSTEM ? "" : again);
}

/* Records why the HDF5 call made last has failed, from HDF5's error stack. */
void KrH5FailCall(KrH5 *file, const char call[])
{
  Reason reason = {.status = 0};

  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_reason, &reason);
  if (reason.filter[0] != '\0') {
    KrH5Fail(file,
             "%s in this HDF5; write the data with gzip or without compression, or set "
             "HDF5_PLUGIN_PATH to the folder of the filter's plugin",
             reason.filter);
    return;
  }
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
  if (file->failure[0] != '\0') return;
  KrH5Fail(file, "%s (HDF5, %.*s)", reason.innermost, (int)strcspn(call, "("), call);
  if (!file->is_image) file->fault = KR_FAULT_SYSTEM; /* HDF5 does not tell */
}

/* Every rank takes over the failure of the lowest failing rank, and its kind. */
PetscErrorCode KrH5Agree(KrH5 *file)
{
  PetscMPIInt rank, size, failing, first;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(file->comm, &rank));
  PetscCallMPI(MPI_Comm_size(file->comm, &size));
  failing = file->failure[0] == '\0' ? size : rank;
  PetscCallMPI(MPI_Allreduce(&failing, &first, 1, MPI_INT, MPI_MIN, file->comm));
  if (first < size) { /* with all that the advice depends on */
    int kind[] = {file->fault, file->is_foreign, file->goes_on};

    PetscCallMPI(MPI_Bcast(file->failure, sizeof file->failure, MPI_CHAR, first, file->comm));
    PetscCallMPI(MPI_Bcast(kind, 3, MPI_INT, first, file->comm));
    file->fault      = (KrFault)kind[0];
    file->is_foreign = kind[1];
    file->goes_on    = kind[2];
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
