/* Coupling tensors for other programs, dense or packed. */
#include "tensor_impl.h"
#include <stdio.h>
#include <stdlib.h>

#define DENSE_BYTES_MAX 1099511627776.0 /* 2^40: more is a mistake */

/* Entries of an N^p tensor of doubles, in bytes. */
static double dense_bytes(const KrTensorData *tensor)
{
  double bytes = sizeof(double);

  for (int k = 0; k < tensor->order; ++k) bytes *= tensor->n;
  return bytes;
}

/* Creates a data set of doubles whose room is claimed at once. */
static hid_t create_set(KrH5 *file, const char name[], int n_dims, const hsize_t dims[])
{
  herr_t status;
  hid_t  set, space, creation;

  KR_CALL_H5(file, space, H5Screate_simple(n_dims, dims, NULL));
  KR_CALL_H5(file, creation, H5Pcreate(H5P_DATASET_CREATE));
  KR_CALL_H5(file, status, H5Pset_alloc_time(creation, H5D_ALLOC_TIME_EARLY));
  KR_CALL_H5(file, status, H5Pset_fill_time(creation, H5D_FILL_TIME_NEVER));
  KR_CALL_H5(
    file, set,
    H5Dcreate2(file->id, name, H5T_NATIVE_DOUBLE, space, H5P_DEFAULT, creation, H5P_DEFAULT));
  if (creation >= 0) H5Pclose(creation);
  if (space >= 0) H5Sclose(space);
  return set;
}

/* The entries of one block. */
static void fill_block(const KrH5Block *block, const KrTuples *tuples, const double packed[],
                       double entries[])
{
  int tuple[KR_TENSOR_MAX_ORDER], sorted[KR_TENSOR_MAX_ORDER];

  for (int k = 0; k < tuples->order; ++k) tuple[k] = (int)block->start[k];
  for (int64_t i = 0; i < block->size; ++i) {
    KrTupleSort(tuples->order, tuple, sorted);
    entries[i] =
      packed[KrTuplesPosition(tuples, sorted)] / KrSortedMultiplicity(tuples->order, sorted);
    KrH5BlockNext(block, tuple);
  }
}

/* Writes the dense entries block by block. */
static void write_blocks(KrH5 *file, hid_t set, const KrTuples *tuples, const double packed[])
{
  const KrH5Blocks blocks  = KrH5BlocksOf(tuples->order, tuples->n);
  double          *entries = malloc((size_t)blocks.size * sizeof *entries);
  herr_t           status;
  hid_t            space, memory;

  if (entries == NULL) KrH5Fail(file, "no memory for a block of the tensor");
  KR_CALL_H5(file, space, H5Dget_space(set));
  for (int64_t b = 0; entries != NULL && b < blocks.n_blocks && file->failure[0] == '\0'; ++b) {
    const KrH5Block block = KrH5BlocksGet(&blocks, b);
    const hsize_t   size  = (hsize_t)block.size;

    KR_CALL_H5(file, memory, H5Screate_simple(1, &size, NULL));
    KrH5BlockSelect(file, &block, space);
    fill_block(&block, tuples, packed, entries);
    KR_CALL_H5(file, status, H5Dwrite(set, H5T_NATIVE_DOUBLE, memory, space, H5P_DEFAULT, entries));
    if (memory >= 0) H5Sclose(memory);
  }
  if (space >= 0) H5Sclose(space);
  free(entries);
}

/* Writes one tensor in the wanted format. */
static void write_tensor(KrH5 *file, KrTensorFormat format, const KrTensorData *tensor)
{
  const char *description = format == KR_TENSOR_DENSE
                              ? "entries T[i1,...,ip] of the symmetric tensor"
                              : "coefficients over sorted tuples i1 <= ... <= ip in lexicographic "
                                "order, multiplicities folded in";
  const int   n_dims      = format == KR_TENSOR_DENSE ? tensor->order : 1;
  hsize_t     dims[KR_TENSOR_MAX_ORDER];
  char        name[32];
  KrTuples    tuples;
  herr_t      status;
  hid_t       set;

  if (!KrTuplesCreate(tensor->order, tensor->n, &tuples)) KrH5Fail(file, "no memory");
  for (int k = 0; k < n_dims; ++k)
    dims[k] = format == KR_TENSOR_DENSE ? (hsize_t)tensor->n : (hsize_t)tuples.count;
  snprintf(name, sizeof name, "%s_p%d", format == KR_TENSOR_DENSE ? "tensor" : "coefficients",
           tensor->order);
  set = create_set(file, name, n_dims, dims);
  KrH5AttributeWrite(file, name, "n", H5T_NATIVE_INT, 0, &tensor->n);
  KrH5AttributeWrite(file, name, "p", H5T_NATIVE_INT, 0, &tensor->order);
  KrH5TextWrite(file, name, "description", 0, &description);
  KR_CALL_H5(file, status,
             H5Fflush(file->id, H5F_SCOPE_GLOBAL)); /* no metadata is left for a full disk */
  if (format == KR_TENSOR_DENSE) {
    write_blocks(file, set, &tuples, tensor->packed);
  } else {
    KR_CALL_H5(file, status,
               H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, tensor->packed));
  }
  if (set >= 0 && H5Dclose(set) < 0) KrH5FailCall(file, "H5Dclose");
  KrTuplesDestroy(&tuples);
}

/*
  KrTensorFileWrite - Writes symmetric tensors into a new file, whole or not at all.

  Not collective

  Input:
+ path      - the file; one of that name is replaced
. meta      - provenance and options of the run
. format    - KR_TENSOR_DENSE: "tensor_p<p>", n^p entries; KR_TENSOR_PACKED: "coefficients_p<p>"
. n_tensors - length of tensors
- tensors   - of different orders and the same n, packed; borrowed

  Errors: bad input when a dense tensor would have more than 2^40 bytes, or when it cannot be written (no such
          folder, no permission, disk full); nothing is left then
  Cost:   8 MiB of memory; O(p) operations an entry; packed and read again, a dense entry is off by one rounding
  Source: docs/formats/couplings.md
  See:    KrTensorFileRead()
*/
PetscErrorCode KrTensorFileWrite(const char path[], const KrFileMeta *meta, KrTensorFormat format,
                                 int n_tensors, const KrTensorData tensors[])
{
  const char *convention =
    "H(sigma) = sum_p N^(-(p-1)/2) sum_(i1...ip) T_p[i1,...,ip] sigma_i1 ... "
    "sigma_ip on the sphere |sigma|^2 = N";
  int64_t n_bytes = 0;
  KrH5    file;

  PetscFunctionBeginUser;
  for (int i = 0; i < n_tensors; ++i) {
    const double bytes = format == KR_TENSOR_DENSE
                           ? dense_bytes(&tensors[i])
                           : 8.0 * (double)KrTupleCount(tensors[i].n, tensors[i].order);

    KR_CHECK_INPUT(
      bytes <= DENSE_BYTES_MAX, PETSC_COMM_SELF,
      "cannot write %s: the tensor of N = %d, p = %d would need %.3g GB, at most %.3g GB are "
      "written; use the packed format",
      path, tensors[i].n, tensors[i].order, bytes / 1e9, DENSE_BYTES_MAX / 1e9);
    n_bytes += (int64_t)bytes;
  }
  PetscCall(
    KrH5Create(&file, MPI_COMM_SELF, KR_STORAGE_DISK, path, KR_FILETYPE_TENSORS, meta, n_bytes));
  KrH5TextWrite(&file, ".", "convention", 0, &convention);
  for (int i = 0; i < n_tensors; ++i) write_tensor(&file, format, &tensors[i]);
  PetscCall(KrH5Commit(&file));
  PetscFunctionReturn(PETSC_SUCCESS);
}
