/* Who made a file: program, sources, compiler, libraries, host, time, ranks. KR_VERSION, KR_GIT_HASH and
   KR_COMPILER come from the build. */
#include <kacrice/base.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/*
  KrTimeText - Writes the present time as text.

  Not collective

  Input:
. length - bytes of text, at least 21

  Output:
. text - UTC, ISO 8601
*/
void KrTimeText(char text[], size_t length)
{
  const time_t now = time(NULL);
  struct tm    utc;

  (void)gmtime_r(&now, &utc);
  (void)strftime(text, length, "%Y-%m-%dT%H:%M:%SZ", &utc);
}

/*
  KrProvenanceGet - Fills in what every file of a run carries.

  Collective on world (reads its size only)

  Input:
. world - all ranks of the run

  Output:
. provenance - plain data; its pointers are constants of the program

  Cost: a few system calls
*/
PetscErrorCode KrProvenanceGet(MPI_Comm world, KrProvenance *provenance)
{
  char        petsc[256], mpi[MPI_MAX_LIBRARY_VERSION_STRING];
  int         length;
  PetscMPIInt size;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_size(world, &size));
  *provenance = (KrProvenance){.program  = "kacrice",
                               .version  = KR_VERSION,
                               .git_hash = KR_GIT_HASH,
                               .compiler = KR_COMPILER,
                               .ranks    = size};
  PetscCallMPI(MPI_Get_library_version(mpi, &length));
  mpi[strcspn(mpi, ",\n")] = '\0';
  PetscCall(PetscGetVersion(petsc, sizeof petsc));
  petsc[strcspn(petsc, ",\n")] = '\0';
  (void)snprintf(provenance->libraries, sizeof provenance->libraries, "%.500s; %.255s", mpi, petsc);
  if (gethostname(provenance->host, sizeof provenance->host) != 0)
    (void)snprintf(provenance->host, sizeof provenance->host, "unknown");
  KrTimeText(provenance->created, sizeof provenance->created);
  PetscFunctionReturn(PETSC_SUCCESS);
}
