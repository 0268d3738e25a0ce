/* kr_test: labels=store */
#define _GNU_SOURCE
#include "store_test.h"
#include <hdf5.h>
#include "../../src/store/tensor_impl.h"

enum { FILTER = 300 }; /* of the range for tests */

static int n_inflated;

/* Leaves the bytes as they are and counts how often a chunk is read. */
static size_t count_reads(unsigned flags, size_t n_values, const unsigned values[], size_t n_bytes,
                          size_t *size, void **bytes)
{
  (void)n_values;
  (void)values;
  (void)size;
  (void)bytes;
  if (flags & H5Z_FLAG_REVERSE) n_inflated += 1;
  return n_bytes;
}

static const H5Z_class2_t filter = {.version         = H5Z_CLASS_T_VERS,
                                    .id              = FILTER,
                                    .encoder_present = 1,
                                    .decoder_present = 1,
                                    .name            = "counting",
                                    .filter          = count_reads};

/* Entries that do not depend on the order of the indices. */
static double entry(int i, int j, int k)
{
  return sin(1.0 + i + j + k) + (double)(i + 1) * (j + 1) * (k + 1);
}

static PetscErrorCode write_chunked(const char path[], int n, const hsize_t chunk[3], hid_t type,
                                    double asymmetry)
{
  const hsize_t dims[3]  = {(hsize_t)n, (hsize_t)n, (hsize_t)n};
  const hid_t   file     = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  const hid_t   space    = H5Screate_simple(3, dims, NULL);
  const hid_t   creation = H5Pcreate(H5P_DATASET_CREATE);
  double       *data     = malloc((size_t)(n * n * n) * sizeof *data);
  hid_t         set;

  PetscFunctionBeginUser;
  PetscCheck(data != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory");
  for (int i = 0; i < n * n * n; ++i) data[i] = entry(i / n / n, i / n % n, i % n);
  data[n * n - 1] *= 1.0 + asymmetry; /* [0, N-1, N-1] */
  PetscCheck(H5Pset_chunk(creation, 3, chunk) >= 0 &&
               H5Pset_filter(creation, FILTER, 0, 0, NULL) >= 0,
             PETSC_COMM_SELF, PETSC_ERR_LIB, "chunks");
  set = H5Dcreate2(file, "tensor_p3", type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
  PetscCheck(H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0,
             PETSC_COMM_SELF, PETSC_ERR_LIB, "%s", path);
  H5Dclose(set);
  H5Pclose(creation);
  H5Sclose(space);
  H5Fclose(file);
  free(data);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Each chunk is inflated once, and the entries are those that were written. */
static PetscErrorCode check_once(const char path[], int n, hsize_t a, hsize_t b, hsize_t c)
{
  const hsize_t chunk[3] = {a, b, c};
  int           n_chunks = 1, n_read, wrong = 0;
  KrTensorData  read[2];

  PetscFunctionBeginUser;
  for (int k = 0; k < 3; ++k) n_chunks *= (n + (int)chunk[k] - 1) / (int)chunk[k];
  PetscCall(write_chunked(path, n, chunk, H5T_NATIVE_DOUBLE, 0.0));
  n_inflated = 0;
  PetscCall(KrTensorFileRead(MPI_COMM_SELF, path, 2, &n_read, read));
  PetscCall(KrExpectEqualInt("chunks inflated", n_inflated, n_chunks));
  for (int i = 0, at = 0; i < n; ++i)
    for (int j = i; j < n; ++j)
      for (int k = j; k < n; ++k, ++at) {
        const int orders = i == j && j == k ? 1 : i == j || j == k ? 3 : 6;

        wrong += read[0].packed[at] != orders * entry(i, j, k);
      }
  PetscCall(KrExpectEqualInt("wrong entries", wrong, 0));
  free(read[0].packed);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* In units of float32, 2^-23: one of the last place passes, a hundred do not. */
static PetscErrorCode check_units(const char path[])
{
  const double  unit     = ldexp(1.0, -23);
  const hsize_t chunk[3] = {3, 3, 3};
  int           n_read;
  KrTensorData  read[2];

  PetscFunctionBeginUser;
  PetscCall(write_chunked(path, 5, chunk, H5T_NATIVE_FLOAT, 2.0 * unit));
  PetscCall(KrTensorFileRead(MPI_COMM_SELF, path, 2, &n_read, read));
  PetscCall(KrExpectEqualInt("float32 taken", n_read, 1));
  free(read[0].packed);
  PetscCall(write_chunked(path, 5, chunk, H5T_NATIVE_FLOAT, 1000.0 * unit));
  TEST_REFUSED("float32", KrTensorFileRead(MPI_COMM_SELF, path, 2, &n_read, read),
               "is not symmetric", "symmetrise it in float64");
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The filter is gone when the file is read. */
static PetscErrorCode check_missing(const char path[])
{
  const hsize_t chunk[3] = {3, 3, 3};
  int           n_read;
  KrTensorData  read[2];

  PetscFunctionBeginUser;
  PetscCall(write_chunked(path, 5, chunk, H5T_NATIVE_DOUBLE, 0.0));
  PetscCheck(H5Zunregister(FILTER) >= 0, PETSC_COMM_SELF, PETSC_ERR_LIB, "H5Zunregister");
  TEST_REFUSED("missing filter", KrTensorFileRead(MPI_COMM_SELF, path, 2, &n_read, read),
               "required filter 'counting' is not registered", "HDF5_PLUGIN_PATH");
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A chunk lies in one block, and every entry in one. */
static PetscErrorCode check_blocks(int n_dims, int64_t extent, const hsize_t chunk[])
{
  const KrH5Blocks blocks = KrH5BlocksAlong(n_dims, extent, chunk);
  int64_t          sum = 0, whole = 1;
  int              cut = 0;

  PetscFunctionBeginUser;
  for (int k = 0; k < n_dims; ++k) whole *= extent;
  for (int64_t b = 0; b < blocks.n_blocks; ++b) {
    const KrH5Block block = KrH5BlocksGet(&blocks, b);

    sum += block.size;
    for (int k = 0; k < n_dims; ++k)
      cut += block.start[k] % chunk[k] != 0 ||
             (block.start[k] + block.count[k] < (hsize_t)extent && block.count[k] % chunk[k] != 0);
  }
  PetscCall(KrExpect("all entries", sum == whole));
  PetscCall(KrExpectEqualInt("chunks that are cut", cut, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char **argv)
{
  const hsize_t layers[4] = {1, 170, 170, 170}, mixed[4] = {11, 11, 22, 22}, odd[3] = {38, 19, 75};
  char          folder[64], path[KR_PATH_MAX];

  PetscCall(KrTestBegin(&argc, &argv));
  PetscCall(test_folder_create(MPI_COMM_SELF, folder));
  (void)snprintf(path, sizeof path, "%s/tensors.h5", folder);
  PetscCheck(H5Zregister(&filter) >= 0, PETSC_COMM_SELF, PETSC_ERR_LIB, "H5Zregister");
  PetscCall(check_once(path, 120, 20, 20, 20)); /* 1.7 million entries: several blocks */
  PetscCall(check_once(path, 120, 15, 30, 30));
  PetscCall(check_once(path, 120, 1, 120, 120));
  PetscCall(check_once(path, 7, 2, 3, 5));
  PetscCall(check_blocks(4, 170, layers));
  PetscCall(check_blocks(4, 170, mixed));
  PetscCall(check_blocks(3, 300, odd));
  PetscCall(check_units(path));
  PetscCall(check_missing(path));
  PetscCall(test_folder_remove(MPI_COMM_SELF, folder));
  return KrTestEnd();
}
