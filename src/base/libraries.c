/* What the libraries below are told before they start, so that the program needs no script around it. */
#define _POSIX_C_SOURCE 200809L /* setenv */
#include "libraries_impl.h"
#include <stddef.h>
#include <stdlib.h>

typedef enum {
  ALWAYS, /* nobody can want it otherwise, whatever the environment says */
  UNSET,  /* what the user has set stays */
  ALONE   /* as UNSET, in a run that no launcher has started */
} When;

static const struct {
  const char *variable, *value;
  When        when;
} settings[] = {
  /* HDF5 has no use for shared file pointers, and two of Open MPI's ways to keep them can stop a file from being
     opened: "sm" wants a session folder and shared memory to write in, "lockedfile" overflows a buffer of 256 bytes
     with a long name. What is left does nothing until a shared pointer is used. */
  {"OMPI_MCA_sharedfp", "^sm,lockedfile", ALWAYS},
  /* Files get their names by rename: none is written by two, or read while it is written. Many file systems refuse
     locks (ENOLCK, EOPNOTSUPP). Releases of HDF5 before 1.10.7 know this variable only, later ones let it overrule
     what a program asks for. */
  {"HDF5_USE_FILE_LOCKING", "FALSE", ALWAYS},
  /* A run without mpirun starts no daemon of its own: half a second less. */
  {"OMPI_MCA_ess_singleton_isolated", "1", UNSET},
  /* Such runs have one session folder between them, which the first to end removes while another begins. Nothing of
     theirs lies in it. */
  {"OMPI_MCA_orte_create_session_dirs", "0", ALONE},
};

/* Whether a launcher has started this process: each leaves one of these behind. */
static int is_launched(void)
{
  static const char *const signs[] = {
    "OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMIX_NAMESPACE", "PMI_RANK", "PMI_SIZE", "PMI_FD"};

  for (size_t i = 0; i < sizeof signs / sizeof signs[0]; ++i)
    if (getenv(signs[i]) != NULL) return 1;
  return 0;
}

/* Sets them in the environment of this process; before MPI and HDF5 are used. 0, or not when there is no memory. */
int KrLibrariesPrepare(void)
{
  int status = 0;

  for (size_t i = 0; status == 0 && i < sizeof settings / sizeof settings[0]; ++i)
    if (settings[i].when != ALONE || !is_launched())
      status = setenv(settings[i].variable, settings[i].value, settings[i].when == ALWAYS);
  return status;
}
