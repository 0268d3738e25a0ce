/* Whether a file that the user names may be written: nobody's file is lost by a name that was mistyped. */
#include "disk_impl.h"
#include "h5_impl.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The file type that a file states, malloc'ed; NULL when it is none of this program. */
static char *type_of(const char path[])
{
  char *type = NULL;
  KrH5  file;

  KrH5Open(&file, path, NULL, 0);
  if (file.failure[0] == '\0') KrH5TextRead(&file, "filetype", &type);
  KrH5Close(&file);
  return type;
}

/*
  KrFileCheckOut - Whether an output file may be written: its folder takes files, and what has its name is an older
  output of the same kind.

  Not collective; for one rank, before any work

  Input:
+ option   - that named the file, for the message
. path     - the file
- filetype - it will have, one of KR_FILETYPE_...

  Output:
. message - what is wrong and what would be right; left as it is when all is well

  Errors: none but those in the message
  Cost:   makes and removes an empty file beside path; opens a file that is there
  See:    KrCheckRoot(), KrTableWrite(), KrTensorFileWrite()
*/
void KrFileCheckOut(const char option[], const char path[], const char filetype[],
                    char message[KR_MESSAGE_MAX])
{
  struct stat info;
  const int   found  = stat(path, &info) == 0;
  char       *type   = found && S_ISREG(info.st_mode) ? type_of(path) : NULL;
  const int   status = KrDiskTry(path);

  if (found && S_ISDIR(info.st_mode))
    (void)snprintf(message, KR_MESSAGE_MAX, "%s %.500s: is a folder; give the name of a file",
                   option, path);
  else if (found && (type == NULL || strcmp(type, filetype) != 0))
    (void)snprintf(message, KR_MESSAGE_MAX,
                   "%s %.500s: is there already and is no file of the kind \"%s\"%s%.60s%s; it is "
                   "not replaced, give another name",
                   option, path, filetype, type == NULL ? "" : " but \"", type == NULL ? "" : type,
                   type == NULL ? "" : "\"");
  else if (status != 0)
    (void)snprintf(message, KR_MESSAGE_MAX, "%s %.500s: cannot be written: %s", option, path,
                   strerror(status));
  free(type);
}
