/* Life of an HDF5 file: created under a temporary name, described on "/", closed, renamed; opened and checked. */
#include "h5_impl.h"
#include "disk_impl.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define IMAGE_BYTES_MAX (4 << 20) /* of a file that is read as a whole */

/* The memory of a file made in memory. HDF5 gives it back when the file is closed, and only then is it whole:
   H5Fget_file_image() of HDF5 1.10.8 leaves a wrong checksum in the superblock. */
static void *image_malloc(size_t size, H5FD_file_image_op_t operation, void *context)
{
  KrImage *image = context;

  (void)operation;
  image->length       = size;
  return image->bytes = malloc(size);
}

static void *image_realloc(void *bytes, size_t size, H5FD_file_image_op_t operation, void *context)
{
  KrImage *image = context;
  void    *grown = realloc(bytes, size);

  (void)operation;
  if (grown == NULL) return NULL;
  image->length       = size;
  return image->bytes = grown;
}

static void *image_memcpy(void *to, const void *from, size_t size, H5FD_file_image_op_t operation,
                          void *context)
{
  (void)operation;
  (void)context;
  return memcpy(to, from, size);
}

/* Keeps the memory for KrH5Commit(). */
static herr_t image_free(void *bytes, H5FD_file_image_op_t operation, void *context)
{
  (void)bytes;
  (void)operation;
  (void)context;
  return 0;
}

static void *image_context_copy(void *context)
{
  return context;
}

static herr_t image_context_free(void *context)
{
  (void)context;
  return 0;
}

/* Lets a file grow in file->image. */
static void keep_in_memory(KrH5 *file, hid_t access)
{
  const size_t                increment = 512; // bytes; the file is a multiple of it
  H5FD_file_image_callbacks_t callbacks = {image_malloc, image_memcpy,       image_realloc,
                                           image_free,   image_context_copy, image_context_free,
                                           &file->image};
  herr_t                      status;

  KR_CALL_H5(file, status, H5Pset_fapl_core(access, increment, 0));
  KR_CALL_H5(file, status, H5Pset_file_image_callbacks(access, &callbacks));
}

/* Access properties of a way to store. No file is locked: docs/adr/0022-no-locks.md. */
static hid_t access_of(KrH5 *file)
{
  herr_t status;
  hid_t  access;

  KR_CALL_H5(file, access, H5Pcreate(H5P_FILE_ACCESS));
  KR_CALL_H5(file, status, H5Pset_libver_bounds(access, H5F_LIBVER_V18, H5F_LIBVER_V110));
  if (file->storage == KR_STORAGE_MEMORY) {
    keep_in_memory(file, access);
  } else if (file->storage == KR_STORAGE_PARALLEL) {
    KR_CALL_H5(file, status, H5Pset_fapl_mpio(access, file->comm, MPI_INFO_NULL));
  }
#if H5_VERSION_GE(1, 10, 7)
  KR_CALL_H5(file, status, H5Pset_file_locking(access, 0, 1));
#endif
  return access;
}

/* Creation properties: small nodes for the index of chunks, for most data sets of a shard are one chunk; 14 kB
   less for a shard of 30 kB. */
static hid_t creation_of(KrH5 *file)
{
  const unsigned half_node = 4; // chunks
  herr_t         status;
  hid_t          creation;

  KR_CALL_H5(file, creation, H5Pcreate(H5P_FILE_CREATE));
  KR_CALL_H5(file, status, H5Pset_istore_k(creation, half_node));
  return creation;
}

/* Sets a file to "not open, all well"; HDF5 does not print its errors, the store says them in one line. */
static void reset(KrH5 *file, MPI_Comm comm, KrStorage storage, const char path[])
{
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  *file = (KrH5){.id      = H5I_INVALID_HID,
                 .comm    = comm,
                 .storage = storage,
                 .minor   = KrRecordsNewest(KR_FORMAT_MINOR)};
  if (snprintf(file->path, sizeof file->path, "%s", path) >= (int)sizeof file->path)
    KrH5Fail(file, "the name is longer than %d bytes", KR_PATH_MAX - 1);
}

/* Writes what every file carries on "/". */
static void describe(KrH5 *file, const char filetype[], const KrFileMeta *meta)
{
  const int           version[2] = {KR_FORMAT_MAJOR, file->minor};
  const KrProvenance *from       = meta->provenance;
  char                hdf5[128]  = "", libraries[sizeof from->libraries + sizeof hdf5];
  const struct {
    const char *name, *text;
  } texts[] = {
    {"filetype", filetype},       {"program", from->program},   {"program_version", from->version},
    {"git_hash", from->git_hash}, {"compiler", from->compiler}, {"libraries", libraries},
    {"host", from->host},         {"created", from->created},   {"options", meta->options},
  };

  if (KrStoreLibrary(hdf5, sizeof hdf5) != 0) KrH5Fail(file, "HDF5 does not tell its version");
  (void)snprintf(libraries, sizeof libraries, "%s; %s", from->libraries, hdf5);
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; ++i)
    KrH5TextWrite(file, ".", texts[i].name, 0, &texts[i].text);
  if (meta->identity != NULL) KrH5TextWrite(file, ".", "identity", 0, &meta->identity);
  KrH5AttributeWrite(file, ".", "format_version", H5T_NATIVE_INT, 2, version);
  KrH5AttributeWrite(file, ".", "ranks", H5T_NATIVE_INT, 0, &from->ranks);
}

/* Starts a file that will need n_bytes or a little less. Collective on comm; a failure shows at the commit. */
PetscErrorCode KrH5Create(KrH5 *file, MPI_Comm comm, KrStorage storage, const char path[],
                          const char filetype[], const KrFileMeta *meta, int64_t n_bytes)
{
  const int64_t overhead = 1 << 16; // bytes of metadata
  PetscMPIInt   rank;
  hid_t         access, creation;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  reset(file, comm, storage, path);
  if (rank == 0 && storage == KR_STORAGE_MEMORY) /* HDF5 wants a name that no file has */
    (void)snprintf(file->temporary, sizeof file->temporary, "%s.in_memory", file->path);
  else if (rank == 0)
    KrH5FailErrno(file,
                  KrDiskReserve(path, n_bytes + overhead, file->temporary, sizeof file->temporary));
  PetscCallMPI(MPI_Bcast(file->temporary, sizeof file->temporary, MPI_CHAR, 0, comm));
  PetscCall(KrH5Agree(file));
  access   = access_of(file);
  creation = creation_of(file);
  KR_CALL_H5(file, file->id, H5Fcreate(file->temporary, H5F_ACC_TRUNC, creation, access));
  if (creation >= 0) H5Pclose(creation);
  if (access >= 0) H5Pclose(access);
  if (rank == 0 && storage != KR_STORAGE_MEMORY && file->id >= 0)
    KrH5FailErrno(file, KrDiskReserveBehind(file->temporary, n_bytes + overhead));
  PetscCall(KrH5Agree(file));
  describe(file, filetype, meta);
  PetscCall(KrH5Agree(file));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Puts the seal behind a file in memory and writes it. */
static void write_image(KrH5 *file)
{
  char *bytes = realloc(file->image.bytes, file->image.length + KR_SEAL_BYTES);

  if (bytes == NULL) {
    KrH5Fail(file, "no memory for its %zu bytes", file->image.length);
    return;
  }
  file->image.bytes = bytes;
  KrSealMake(bytes, file->image.length, (unsigned char *)bytes + file->image.length);
  KrH5FailErrno(file, KrDiskReplace(file->path, bytes, file->image.length + KR_SEAL_BYTES));
}

/* Writes the closed file or renames it, or removes what there is of it. */
static void give_name(KrH5 *file)
{
  if (file->failure[0] != '\0') {
    if (file->storage != KR_STORAGE_MEMORY) unlink(file->temporary);
  } else if (file->storage == KR_STORAGE_MEMORY) {
    write_image(file);
  } else {
    if (file->is_sealed) KrH5FailErrno(file, KrSealAppend(file->temporary));
    if (file->failure[0] != '\0') unlink(file->temporary);
    else KrH5FailErrno(file, KrDiskCommit(file->temporary, file->path));
  }
}

/* Closes the file itself. With MPI-IO the flush is an fsync on every rank: it tells of late failures. A file that
   has failed is emptied first, for HDF5 crashes later on when a full disk leaves no room for its metadata. */
static PetscErrorCode close_file(KrH5 *file)
{
  PetscMPIInt rank;
  herr_t      status;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(file->comm, &rank));
  KR_CALL_H5(file, status, H5Fflush(file->id, H5F_SCOPE_GLOBAL));
  PetscCall(KrH5Agree(file));
  if (rank == 0 && file->failure[0] != '\0' && file->storage != KR_STORAGE_MEMORY)
    KrDiskEmpty(file->temporary);
  PetscCallMPI(MPI_Barrier(file->comm));
  if (file->id >= 0 && H5Fclose(file->id) < 0) KrH5FailCall(file, "H5Fclose");
  PetscCall(KrH5Agree(file));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Closes the file, gives it its final name, or removes what there is of it. Collective on its communicator;
   bad input when it could not be written, with one reason on all ranks. */
PetscErrorCode KrH5Commit(KrH5 *file)
{
  PetscMPIInt rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(file->comm, &rank));
  PetscCall(close_file(file));
  if (rank == 0) give_name(file);
  free(file->image.bytes);
  file->image.bytes = NULL;
  PetscCall(KrH5Agree(file));
  KR_CHECK_INPUT(file->failure[0] == '\0', file->comm, "cannot write %.500s: %s", file->path,
                 file->failure);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The file type must be the wanted one and the major version ours. */
void KrH5CheckType(KrH5 *file, const char filetype[])
{
  int   version[2] = {0, 0};
  char *type       = NULL;

  KrH5TextRead(file, "filetype", &type);
  if (type != NULL && filetype != NULL && strcmp(type, filetype) != 0)
    KrH5Fail(file, "its file type is \"%s\", it should be \"%s\"", type, filetype);
  KrH5AttributeRead(file, ".", "format_version", H5T_NATIVE_INT, 2, version);
  if (version[0] != KR_FORMAT_MAJOR)
    KrH5Fail(file, "its format version is %d.%d, this program reads %d.x", version[0], version[1],
             KR_FORMAT_MAJOR);
  file->minor = version[1];
  free(type);
}

/* Opens a small file out of memory: HDF5 reads a shard in some thirty pieces, each of which would be a call of the
   system. */
static void open_image(KrH5 *file, void *bytes, size_t n_bytes)
{
  const size_t increment = 65536; // bytes, unused: the file does not grow
  herr_t       status;
  hid_t        access;

  file->is_image = 1;
  /* HDF5 wants a name that no file has */
  (void)snprintf(file->temporary, sizeof file->temporary, "%s.in_memory", file->path);
  KR_CALL_H5(file, access, H5Pcreate(H5P_FILE_ACCESS));
  KR_CALL_H5(file, status, H5Pset_fapl_core(access, increment, 0));
  KR_CALL_H5(file, status, H5Pset_file_image(access, bytes, n_bytes));
  KR_CALL_H5(file, file->id, H5Fopen(file->temporary, H5F_ACC_RDONLY, access));
  if (access >= 0) H5Pclose(access);
}

static void open_on_disk(KrH5 *file)
{
  const hid_t access = access_of(file);

  KR_CALL_H5(file, file->id, H5Fopen(file->path, H5F_ACC_RDONLY, access));
  if (access >= 0) H5Pclose(access);
}

/* Opens a file for reading on this rank alone. filetype NULL: any HDF5 file, unchecked. A broken seal is always
   refused, a missing one when is_sealed; with KR_SEAL_TRUSTED a file too large to be read as a whole is not read
   through for its seal. */
void KrH5Open(KrH5 *file, const char path[], const char filetype[], int is_sealed)
{
  KrSeal seal = KR_SEAL_NONE;
  void  *bytes;
  size_t n_bytes;

  reset(file, MPI_COMM_SELF, KR_STORAGE_DISK, path);
  file->is_sealed = is_sealed;
  KrH5FailErrno(file, KrDiskRead(path, IMAGE_BYTES_MAX, &bytes, &n_bytes));
  if (bytes != NULL) seal = KrSealOf(bytes, n_bytes);
  else if (is_sealed == KR_SEAL_TRUSTED) seal = KR_SEAL_WHOLE;
  else if (file->failure[0] == '\0') KrH5FailErrno(file, KrSealCheck(path, &seal));
  if (seal == KR_SEAL_BROKEN) KrH5FailSeal(file, "its content does not match its checksum");
  if (seal == KR_SEAL_NONE && is_sealed) KrH5FailSeal(file, "it is truncated or was changed");
  if (bytes != NULL) KrH5HeapsCheck(file, bytes, n_bytes);
  if (n_bytes > 0) open_image(file, bytes, n_bytes); /* an empty file is no image */
  else open_on_disk(file);
  free(bytes);
  if (filetype != NULL) KrH5CheckType(file, filetype);
}

/* Closes a file that was opened for reading. */
void KrH5Close(KrH5 *file)
{
  if (file->id >= 0) H5Fclose(file->id);
  file->id = H5I_INVALID_HID;
}

/* Reports a file that could not be read; `again` as of KrH5Describe(). */
PetscErrorCode KrH5Check(const KrH5 *file, const char again[])
{
  char text[KR_MESSAGE_MAX];

  PetscFunctionBeginUser;
  KrH5Describe(file, again, text, sizeof text);
  KR_CHECK_INPUT(file->failure[0] == '\0', file->comm, "cannot read %s", text);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Reads a text attribute of "/" into a fixed length; a longer text is cut. */
static void read_short(KrH5 *file, const char name[], char text[], size_t length)
{
  char *whole = NULL;

  KrH5TextRead(file, name, &whole);
  if (whole != NULL) snprintf(text, length, "%s", whole);
  free(whole);
}

/*
  KrFileInfoRead - Reads what a file of this program says about itself: type, version, provenance, options.

  Not collective

  Input:
. path - a file written by the store, of any type

  Output:
. info - filled; owns its options text (KrFileInfoDestroy)

  Errors: bad input when the file is missing, damaged, no HDF5 file, not of this program or of another major version
  Cost:   reads a few kB
  See:    KrFileInfoDestroy()
*/
PetscErrorCode KrFileInfoRead(const char path[], KrFileInfo *info)
{
  KrH5 file;

  PetscFunctionBeginUser;
  *info = (KrFileInfo){.ranks = 0};
  KrH5Open(&file, path, NULL, 0);
  KrH5CheckType(&file, NULL);
  read_short(&file, "filetype", info->filetype, sizeof info->filetype);
  read_short(&file, "program", info->program, sizeof info->program);
  read_short(&file, "program_version", info->program_version, sizeof info->program_version);
  read_short(&file, "git_hash", info->git_hash, sizeof info->git_hash);
  read_short(&file, "compiler", info->compiler, sizeof info->compiler);
  read_short(&file, "libraries", info->libraries, sizeof info->libraries);
  read_short(&file, "host", info->host, sizeof info->host);
  read_short(&file, "created", info->created, sizeof info->created);
  KrH5AttributeRead(&file, ".", "format_version", H5T_NATIVE_INT, 2, info->version);
  KrH5AttributeRead(&file, ".", "ranks", H5T_NATIVE_INT, 0, &info->ranks);
  KrH5TextRead(&file, "options", &info->options);
  KrH5Close(&file);
  if (file.failure[0] != '\0') KrFileInfoDestroy(info);
  PetscCall(KrH5Check(&file, ""));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrFileInfoDestroy - Frees the options text and sets all to zeros.

  Not collective

  In/out:
. info - may be all zeros, may be destroyed twice

  Errors: none
  Cost:   none
  See:    KrFileInfoRead()
*/
void KrFileInfoDestroy(KrFileInfo *info)
{
  free(info->options);
  *info = (KrFileInfo){.ranks = 0};
}

/*
  KrStoreLibrary - Names the HDF5 library in use, for the provenance: "HDF5 1.10.8 (parallel)".

  Not collective

  Input:
. length - bytes of text

  Output:
. text - ended by 0, cut to length

  Errors: a failed library call
  Cost:   none
  See:    KrProvenanceGet()
*/
PetscErrorCode KrStoreLibrary(char text[], size_t length)
{
  unsigned major = 0, minor = 0, release = 0;

  PetscFunctionBeginUser;
  PetscCheck(H5get_libversion(&major, &minor, &release) >= 0, PETSC_COMM_SELF, PETSC_ERR_LIB,
             "HDF5: H5get_libversion");
  snprintf(text, length, "HDF5 %u.%u.%u (parallel)", major, minor, release);
  PetscFunctionReturn(PETSC_SUCCESS);
}
