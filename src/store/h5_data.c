/* Attributes and data sets. Rows are written collectively when the file is parallel. */
#include "h5_impl.h"
#include <stdlib.h>
#include <string.h>

#define KR_CHUNK_BYTES 1048576 /* one chunk of rows; the unit of checksum and of disk access */

/* HDF5's native type of a member. */
hid_t KrH5TypeOfField(KrFieldType type)
{
  switch (type) {
  case KR_FIELD_INT32: return H5T_NATIVE_INT32;
  case KR_FIELD_INT64: return H5T_NATIVE_INT64;
  case KR_FIELD_UINT64: return H5T_NATIVE_UINT64;
  default: return H5T_NATIVE_DOUBLE;
  }
}

/* Whether files of this file's format have a field. */
static int has_field(const KrH5 *file, const KrField *field)
{
  return field->since <= file->minor;
}

/* Compound type of a record in memory, without the members that are not listed or that the format of the file lacks;
   the caller closes it. */
hid_t KrH5TypeOfRecord(KrH5 *file, size_t size, int n_fields, const KrField fields[])
{
  herr_t status;
  hid_t  record;

  KR_CALL_H5(file, record, H5Tcreate(H5T_COMPOUND, size));
  for (int i = 0; i < n_fields; ++i)
    if (has_field(file, &fields[i]))
      KR_CALL_H5(
        file, status,
        H5Tinsert(record, fields[i].name, fields[i].offset, KrH5TypeOfField(fields[i].type)));
  return record;
}

/* Variable-length UTF-8 text, which h5py gives as str; the caller closes it. */
static hid_t text_type(KrH5 *file)
{
  herr_t status;
  hid_t  type;

  KR_CALL_H5(file, type, H5Tcopy(H5T_C_S1));
  KR_CALL_H5(file, status, H5Tset_size(type, H5T_VARIABLE));
  KR_CALL_H5(file, status, H5Tset_cset(type, H5T_CSET_UTF8));
  return type;
}

/* Writes an attribute of n values, n = 0: a scalar. object "." is the root group. */
void KrH5AttributeWrite(KrH5 *file, const char object[], const char name[], hid_t type, int n,
                        const void *data)
{
  const hsize_t length = (hsize_t)n;
  herr_t        status;
  hid_t         space, attribute;

  KR_CALL_H5(file, space, n == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &length, NULL));
  KR_CALL_H5(
    file, attribute,
    H5Acreate_by_name(file->id, object, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  KR_CALL_H5(file, status, H5Awrite(attribute, type, data));
  if (attribute >= 0) H5Aclose(attribute);
  if (space >= 0) H5Sclose(space);
}

/* Opens an attribute that must be there. Asks whether it is only when it cannot be opened: a merge opens millions. */
static hid_t open_attribute(KrH5 *file, const char object[], const char name[])
{
  hid_t attribute = H5I_INVALID_HID;

  if (file->failure[0] != '\0') return attribute;
  attribute = strcmp(object, ".") == 0
                ? H5Aopen(file->id, name, H5P_DEFAULT)
                : H5Aopen_by_name(file->id, object, name, H5P_DEFAULT, H5P_DEFAULT);
  if (attribute >= 0) return attribute;
  if (H5Aexists_by_name(file->id, object, name, H5P_DEFAULT) == 0)
    KrH5Fail(file, "it has no attribute \"%s\"", name);
  else
    KR_CALL_H5(file, attribute, H5Aopen_by_name(file->id, object, name, H5P_DEFAULT, H5P_DEFAULT));
  return attribute;
}

/* An open attribute must have the wanted number of values, in at most one dimension, and be of the wanted class. */
static void check_attribute(KrH5 *file, hid_t attribute, const char name[], H5T_class_t wanted,
                            int64_t n)
{
  hid_t space, stored;

  KR_CALL_H5(file, space, H5Aget_space(attribute));
  KR_CALL_H5(file, stored, H5Aget_type(attribute));
  if (space >= 0 &&
      (H5Sget_simple_extent_npoints(space) != n || H5Sget_simple_extent_ndims(space) > 1))
    KrH5Fail(file, "attribute \"%s\" should have %lld value%s", name, (long long)n,
             n == 1 ? "" : "s");
  if (stored >= 0 && H5Tget_class(stored) != wanted)
    KrH5Fail(file, "attribute \"%s\" should be %s", name,
             wanted == H5T_STRING    ? "a text"
             : wanted == H5T_INTEGER ? "a whole number"
                                     : "a real number");
  if (stored >= 0 && wanted == H5T_STRING && H5Tis_variable_str(stored) == 0)
    KrH5Fail(file, "attribute \"%s\" is no text of variable length", name);
  if (stored >= 0) H5Tclose(stored);
  if (space >= 0) H5Sclose(space);
}

/* Reads an attribute of n numbers, n = 0: a scalar, which must be there, have that many and be of the same class. */
void KrH5AttributeRead(KrH5 *file, const char object[], const char name[], hid_t type, int n,
                       void *data)
{
  const hid_t attribute = open_attribute(file, object, name);
  herr_t      status;

  check_attribute(file, attribute, name, H5Tget_class(type), n == 0 ? 1 : n);
  KR_CALL_H5(file, status, H5Aread(attribute, type, data));
  if (attribute >= 0) H5Aclose(attribute);
}

/* Writes an attribute of n texts, n = 0: one as a scalar. */
void KrH5TextWrite(KrH5 *file, const char object[], const char name[], int n,
                   const char *const texts[])
{
  const hid_t type = text_type(file);

  KrH5AttributeWrite(file, object, name, type, n, texts);
  if (type >= 0) H5Tclose(type);
}

/* Reads a text attribute of "/", which must be one text, into a new string (free); NULL on failure alone. */
void KrH5TextRead(KrH5 *file, const char name[], char **text)
{
  KrH5TextReadOf(file, ".", name, text);
}

/* The same of any object. */
void KrH5TextReadOf(KrH5 *file, const char object[], const char name[], char **text)
{
  const hid_t type = text_type(file), attribute = open_attribute(file, object, name);
  char       *read = NULL; /* HDF5 gives none for a text of no bytes */
  herr_t      status;

  *text = NULL;
  check_attribute(file, attribute, name, H5T_STRING, 1);
  KR_CALL_H5(file, status, H5Aread(attribute, type, &read));
  if (file->failure[0] == '\0') {
    *text = strdup(read == NULL ? "" : read);
    if (*text == NULL) KrH5Fail(file, "no memory for attribute \"%s\"", name);
  }
  H5free_memory(read);
  if (attribute >= 0) H5Aclose(attribute);
  if (type >= 0) H5Tclose(type);
}

/* Writes members of a record as scalar attributes of "/". */
void KrH5FieldsWrite(KrH5 *file, int n_fields, const KrField fields[], const void *record)
{
  for (int i = 0; i < n_fields; ++i)
    KrH5AttributeWrite(file, ".", fields[i].name, KrH5TypeOfField(fields[i].type), 0,
                       (const char *)record + fields[i].offset);
}

/* Reads them back into a record; each must be in its range. What the format of the file lacks stays as it is. */
void KrH5FieldsRead(KrH5 *file, int n_fields, const KrField fields[], void *record)
{
  for (int i = 0; i < n_fields; ++i) {
    if (!has_field(file, &fields[i])) continue;
    KrH5AttributeRead(file, ".", fields[i].name, KrH5TypeOfField(fields[i].type), 0,
                      (char *)record + fields[i].offset);
    KrH5FieldCheck(file, "attribute", &fields[i], record);
  }
}

/* Creates a data set of total rows, in checksummed chunks of 1 MiB at most, of long rows parts; an empty one has no
   chunks. The type is that of the memory, padding included: a conversion would make HDF5 1.10 give up collective
   writing. */
static hid_t create_rows(KrH5 *file, const KrH5Rows *rows, int64_t total)
{
  const int     rank      = rows->n_columns == KR_FLAT ? 1 : 2;
  const int64_t n_columns = rank == 1 ? 1 : rows->n_columns;
  const int64_t row_bytes = n_columns * (int64_t)rows->size;
  const int64_t fitting =
    row_bytes < KR_CHUNK_BYTES ? KR_CHUNK_BYTES / (row_bytes + !row_bytes) : 1;
  const hsize_t extent[2] = {(hsize_t)total, (hsize_t)n_columns};
  const int64_t part =
    row_bytes <= KR_CHUNK_BYTES ? n_columns : KR_CHUNK_BYTES / (int64_t)rows->size;
  const hsize_t chunk[2] = {(hsize_t)(fitting < total ? fitting : total), (hsize_t)part};
  herr_t        status;
  hid_t         space, creation, set;

  KR_CALL_H5(file, space, H5Screate_simple(rank, extent, NULL));
  KR_CALL_H5(file, creation, H5Pcreate(H5P_DATASET_CREATE));
  if (total * n_columns > 0) {
    KR_CALL_H5(file, status, H5Pset_chunk(creation, rank, chunk));
    KR_CALL_H5(file, status, H5Pset_fletcher32(creation));
  }
  KR_CALL_H5(
    file, set,
    H5Dcreate2(file->id, rows->name, rows->type, space, H5P_DEFAULT, creation, H5P_DEFAULT));
  if (creation >= 0) H5Pclose(creation);
  if (space >= 0) H5Sclose(space);
  return set;
}

/* Writes this rank's rows from row first on; collective when the file is parallel, no rows allowed. */
static void write_slab(KrH5 *file, hid_t set, const KrH5Rows *rows, int64_t first, int64_t n_rows,
                       const void *data)
{
  const int     rank     = rows->n_columns == KR_FLAT ? 1 : 2;
  const hsize_t start[2] = {(hsize_t)first, 0};
  const hsize_t count[2] = {(hsize_t)n_rows, rank == 1 ? 1 : (hsize_t)rows->n_columns};
  herr_t        status;
  hid_t         memory, space, transfer;

  KR_CALL_H5(file, memory, H5Screate_simple(rank, count, NULL));
  KR_CALL_H5(file, space, H5Dget_space(set));
  if (n_rows > 0) {
    KR_CALL_H5(file, status, H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL));
  } else {
    KR_CALL_H5(file, status, H5Sselect_none(space));
    KR_CALL_H5(file, status, H5Sselect_none(memory));
  }
  KR_CALL_H5(file, transfer, H5Pcreate(H5P_DATASET_XFER));
  if (file->storage == KR_STORAGE_PARALLEL)
    KR_CALL_H5(file, status, H5Pset_dxpl_mpio(transfer, H5FD_MPIO_COLLECTIVE));
  KR_CALL_H5(file, status, H5Dwrite(set, rows->type, memory, space, transfer, data));
  if (transfer >= 0) H5Pclose(transfer);
  if (space >= 0) H5Sclose(space);
  if (memory >= 0) H5Sclose(memory);
}

/* Writes a data set of the rows of all ranks, in rank order. Collective on the file's communicator. */
PetscErrorCode KrH5RowsWrite(KrH5 *file, const KrH5Rows *rows, int64_t n_rows, const void *data)
{
  int64_t     first = 0, total;
  PetscMPIInt rank;
  hid_t       set;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(file->comm, &rank));
  PetscCallMPI(MPI_Exscan(&n_rows, &first, 1, MPI_INT64_T, MPI_SUM, file->comm));
  PetscCallMPI(MPI_Allreduce(&n_rows, &total, 1, MPI_INT64_T, MPI_SUM, file->comm));
  if (rank == 0) first = 0; /* MPI_Exscan leaves it undefined there */
  set = create_rows(file, rows, total);
  PetscCall(KrH5Agree(file));
  if (total > 0 && rows->n_columns != 0) write_slab(file, set, rows, first, n_rows, data);
  PetscCall(KrH5Agree(file));
  if (set >= 0 && H5Dclose(set) < 0) KrH5FailCall(file, "H5Dclose");
  PetscCall(KrH5Agree(file));
  KrH5TextWrite(file, rows->name, "description", 0, &rows->description);
  PetscCall(KrH5Agree(file));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* HDF5 leaves members of a record that the file lacks as they are: each must be there. */
static void check_members(KrH5 *file, const KrH5Rows *rows, hid_t stored)
{
  const int n_members = H5Tget_nmembers(rows->type);

  for (int i = 0; i < n_members; ++i) {
    char *name = H5Tget_member_name(rows->type, (unsigned)i);

    const int at = name == NULL ? -1 : H5Tget_member_index(stored, name);

    if (name != NULL && at < 0)
      KrH5Fail(file, "data set \"%s\" has no member \"%s\"", rows->name, name);
    else if (at >= 0 && H5Tget_member_class(stored, (unsigned)at) !=
                          H5Tget_member_class(rows->type, (unsigned)i))
      KrH5Fail(file, "data set \"%s\" has a member \"%s\" of another type than its format says",
               rows->name, name);
    H5free_memory(name);
  }
}

/* Type and shape of an open data set must be the wanted ones; n_rows < 0 takes what is there. */
static void check_rows(KrH5 *file, hid_t set, const KrH5Rows *rows, int64_t *n_rows)
{
  const int rank      = rows->n_columns == KR_FLAT ? 1 : 2;
  hsize_t   extent[2] = {0, 0};
  hid_t     stored, space;

  KR_CALL_H5(file, stored, H5Dget_type(set));
  KR_CALL_H5(file, space, H5Dget_space(set));
  if (stored >= 0 && H5Tget_class(stored) != H5Tget_class(rows->type))
    KrH5Fail(file, "data set \"%s\" has another type than its format says", rows->name);
  else if (stored >= 0 && H5Tget_class(stored) == H5T_COMPOUND) check_members(file, rows, stored);
  if (space >= 0 && H5Sget_simple_extent_ndims(space) != rank)
    KrH5Fail(file, "data set \"%s\" should have %d dimensions", rows->name, rank);
  else if (space >= 0) H5Sget_simple_extent_dims(space, extent, NULL);
  if (*n_rows < 0) *n_rows = (int64_t)extent[0];
  if ((int64_t)extent[0] != *n_rows || (rank == 2 && (int64_t)extent[1] != rows->n_columns))
    KrH5Fail(file, "data set \"%s\" has another shape than its format says", rows->name);
  if (space >= 0) H5Sclose(space);
  if (stored >= 0) H5Tclose(stored);
}

/* Reads rows first ... first + n_rows - 1 of an open data set. */
static void read_slice(KrH5 *file, hid_t set, const KrH5Rows *rows, int64_t first, int64_t n_rows,
                       void *data)
{
  const hsize_t from[2]  = {(hsize_t)first, 0};
  const hsize_t count[2] = {(hsize_t)n_rows,
                            rows->n_columns == KR_FLAT ? 1 : (hsize_t)rows->n_columns};
  herr_t        status;
  hid_t         space, memory;

  KR_CALL_H5(file, space, H5Dget_space(set));
  KR_CALL_H5(file, memory, H5Screate_simple(rows->n_columns == KR_FLAT ? 1 : 2, count, NULL));
  KR_CALL_H5(file, status, H5Sselect_hyperslab(space, H5S_SELECT_SET, from, NULL, count, NULL));
  KR_CALL_H5(file, status, H5Dread(set, rows->type, memory, space, H5P_DEFAULT, data));
  if (memory >= 0) H5Sclose(memory);
  if (space >= 0) H5Sclose(space);
}

/* Reads rows of an open data set into a new array (free). */
static void read_rows(KrH5 *file, hid_t set, const KrH5Rows *rows, int64_t first, int64_t n_rows,
                      void **data)
{
  int64_t n_values;

  if (file->failure[0] != '\0') return;
  n_values = n_rows * (rows->n_columns == KR_FLAT ? 1 : rows->n_columns);
  *data    = calloc((size_t)n_values + 1, rows->size);
  if (*data == NULL)
    KrH5Fail(file, "no memory for the %lld rows of data set \"%s\"", (long long)n_rows, rows->name);
  else if (n_values > 0) read_slice(file, set, rows, first, n_rows, *data);
}

/* Reads one of n_parts nearly equal parts of a data set into a new array (free). n_rows: how many rows the whole must
   have, or -1 for those there are; then those of the part. */
void KrH5PartRead(KrH5 *file, const KrH5Rows *rows, int part, int n_parts, int64_t *n_rows,
                  void **data)
{
  const hid_t set = KrH5SetOpen(file, rows->name);
  int64_t     first;

  *data = NULL;
  check_rows(file, set, rows, n_rows);
  first   = *n_rows * part / n_parts;
  *n_rows = *n_rows * (part + 1) / n_parts - first;
  read_rows(file, set, rows, first, *n_rows, data);
  if (set >= 0) H5Dclose(set);
}

/* Reads at most so many rows from the first on into a new array (free). n_rows as above; it stays that of the whole. */
void KrH5HeadRead(KrH5 *file, const KrH5Rows *rows, int64_t most, int64_t *n_rows, void **data)
{
  const hid_t set = KrH5SetOpen(file, rows->name);

  *data = NULL;
  check_rows(file, set, rows, n_rows);
  read_rows(file, set, rows, 0, *n_rows < most ? *n_rows : most, data);
  if (set >= 0) H5Dclose(set);
}

/* Reads a whole data set into a new array (free). n_rows: how many it must have, or -1 for those there are. */
void KrH5RowsRead(KrH5 *file, const KrH5Rows *rows, int64_t *n_rows, void **data)
{
  KrH5PartRead(file, rows, 0, 1, n_rows, data);
}

/* Copies whole numbers from 0 on in the fewest bytes that hold the largest, and sets the type of their rows: few of the
   starts of a small sample land in one cell. Readers take any width. malloc'ed; NULL when there is no memory. */
void *KrH5Narrow(int64_t n, const int64_t values[], KrH5Rows *rows)
{
  const struct {
    int64_t most;
    hid_t   type;
    size_t  size;
  } widths[]          = {{UINT8_MAX, H5T_NATIVE_UINT8, 1},
                         {UINT16_MAX, H5T_NATIVE_UINT16, 2},
                         {UINT32_MAX, H5T_NATIVE_UINT32, 4},
                         {INT64_MAX, H5T_NATIVE_INT64, 8}};
  unsigned char *all  = malloc((size_t)n * sizeof *values + 1);
  int64_t        most = 0;
  size_t         w    = 0;

  for (int64_t i = 0; i < n; ++i)
    if (values[i] > most) most = values[i];
  while (most > widths[w].most) ++w;
  rows->type = widths[w].type;
  rows->size = widths[w].size;
  for (int64_t i = 0; all != NULL && i < n; ++i) {
    const uint8_t     one    = (uint8_t)values[i];
    const uint16_t    two    = (uint16_t)values[i];
    const uint32_t    four   = (uint32_t)values[i];
    const void *const from[] = {&one, &two, &four, &values[i]};

    (void)memcpy(all + (size_t)i * rows->size, from[w], rows->size);
  }
  return all;
}
