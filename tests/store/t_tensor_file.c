/* kr_test: ranks=1,2,4 labels=store,parallel */
#define _GNU_SOURCE
#include "store_test.h"
#include <hdf5.h>

enum { MAX_TENSORS = 8 };

/* binomial(n+p-1, p) by Pascal's rule, not by the product the store uses. */
static int64_t count_of(int n, int p)
{
  int64_t row[16] = {1};

  for (int i = 0; i < n; ++i)
    for (int k = 1; k <= p; ++k)
      row[k] += row[k - 1]; /* tuples of k indices among the first i + 1 */
  return row[p];
}

static PetscErrorCode tensor_create(int n, int p, KrTensorData *tensor)
{
  const int64_t count = count_of(n, p);

  PetscFunctionBeginUser;
  *tensor = (KrTensorData){.order = p, .n = n, .packed = malloc((size_t)count * sizeof(double))};
  PetscCheck(tensor->packed != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory");
  for (int64_t i = 0; i < count; ++i) tensor->packed[i] = sin((double)(i * i + p));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* One data set of doubles in a file of a user, without anything else. */
static PetscErrorCode user_file(const char path[], const char name[], int n_dims,
                                const hsize_t dims[], hid_t type, const double data[])
{
  const hid_t file  = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  const hid_t space = H5Screate_simple(n_dims, dims, NULL);
  const hid_t set   = H5Dcreate2(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);

  PetscFunctionBeginUser;
  PetscCheck(H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0,
             PETSC_COMM_SELF, PETSC_ERR_LIB, "%s", path);
  H5Dclose(set);
  H5Sclose(space);
  H5Fclose(file);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void tensors_free(int n_tensors, KrTensorData tensors[])
{
  for (int i = 0; i < n_tensors; ++i) free(tensors[i].packed);
}

/* Orders 2, 3, 4 in one file come back on every rank. */
static PetscErrorCode check_round_trip(const char path[], KrTensorFormat format, int n,
                                       double tolerance)
{
  const KrFileMeta meta = test_meta();
  KrTensorData     written[3], read[MAX_TENSORS];
  PetscMPIInt      rank;
  int              n_read;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(MPI_COMM_WORLD, &rank));
  for (int p = 2; p <= 4; ++p) PetscCall(tensor_create(n, p, &written[p - 2]));
  if (rank == 0) PetscCall(KrTensorFileWrite(path, &meta, format, 3, written));
  PetscCallMPI(MPI_Barrier(MPI_COMM_WORLD));
  PetscCall(KrTensorFileRead(MPI_COMM_WORLD, path, MAX_TENSORS, &n_read, read));
  PetscCall(KrExpectEqualInt("orders", n_read, 3));
  for (int i = 0; i < n_read; ++i) {
    double worst = 0.0;

    PetscCall(KrExpectEqualInt("p", read[i].order, i + 2));
    PetscCall(KrExpectEqualInt("N", read[i].n, n));
    for (int64_t j = 0; j < count_of(n, i + 2); ++j)
      worst = fmax(worst, fabs(read[i].packed[j] - written[i].packed[j]));
    PetscCall(KrExpectNear("coefficients", worst, 0.0, tolerance));
  }
  tensors_free(n_read, read);
  tensors_free(3, written);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A dense tensor v_i v_j v_k has the form (v . x)^3, whose coefficients are known. */
static PetscErrorCode check_meaning(const char path[], hid_t type)
{
  const hsize_t dims[3]    = {3, 3, 3};
  const double  v[3]       = {1.0, -2.0, 0.5};               /* exact in float32 as well */
  const double  wanted[10] = {1.0,  -6.0, 1.5, 12.0, -6.0,   /* 000 001 002 011 012 */
                              0.75, -8.0, 6.0, -1.5, 0.125}; /* 022 111 112 122 222 */
  double        dense[27];
  KrTensorData  read[MAX_TENSORS];
  PetscMPIInt   rank;
  int           n_read;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(MPI_COMM_WORLD, &rank));
  for (int i = 0; i < 27; ++i) dense[i] = v[i / 9] * v[i / 3 % 3] * v[i % 3];
  if (rank == 0) PetscCall(user_file(path, "tensor_p3", 3, dims, type, dense));
  PetscCallMPI(MPI_Barrier(MPI_COMM_WORLD));
  PetscCall(KrTensorFileRead(MPI_COMM_WORLD, path, MAX_TENSORS, &n_read, read));
  PetscCall(KrExpectEqualInt("orders", n_read, 1));
  for (int i = 0; n_read == 1 && i < 10; ++i) /* products of powers of two: no rounding */
    PetscCall(KrExpectNear("coefficient of (v.x)^3", read[0].packed[i], wanted[i], 0.0));
  tensors_free(n_read, read);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A file of rank 0 is refused by all ranks with the same words. */
#define REFUSED_FILE(name, set_name, n_dims, dims, data, first_text, second_text) \
  do { \
    KrTensorData refused[MAX_TENSORS]; \
    int          n_refused; \
    if (rank == 0) PetscCall(user_file(path, set_name, n_dims, dims, H5T_NATIVE_DOUBLE, data)); \
    PetscCallMPI(MPI_Barrier(MPI_COMM_WORLD)); \
    TEST_REFUSED(name, KrTensorFileRead(MPI_COMM_WORLD, path, MAX_TENSORS, &n_refused, refused), \
                 first_text, second_text); \
    PetscCallMPI(MPI_Barrier(MPI_COMM_WORLD)); \
  } while (0)

static PetscErrorCode check_content_refused(const char path[], PetscMPIInt rank)
{
  const hsize_t cube[3] = {3, 3, 3}, oblong[3] = {3, 3, 2}, eleven[1] = {11}, ten[1] = {10};
  double        data[27];

  PetscFunctionBeginUser;
  for (int i = 0; i < 27; ++i) data[i] = 1.0;
  data[5] = 1.0 + 1e-11; /* [0,1,2] and its orders */
  REFUSED_FILE("not symmetric", "tensor_p3", 3, cube, data, "at [0,1,2] but 1 at [0,2,1]",
               "1.00000000001");
  data[5] = NAN;
  REFUSED_FILE("NaN", "tensor_p3", 3, cube, data, "\"tensor_p3\" holds NaN at [0,1,2]", "finite");
  REFUSED_FILE("packed NaN", "coefficients_p3", 1, ten, data, "NaN at [0,2,2]", "finite");
  data[5] = INFINITY;
  REFUSED_FILE("infinite", "tensor_p3", 3, cube, data, "infinity at [0,1,2]", "finite");
  data[5] = 1.0;
  REFUSED_FILE("oblong", "tensor_p3", 3, oblong, data, "lengths 3 and 2", "should be N");
  REFUSED_FILE("rank", "tensor_p4", 3, cube, data, "has 3 dimensions", "should have 4");
  REFUSED_FILE("rank", "coefficients_p3", 3, cube, data, "has 3 dimensions", "should have 1");
  REFUSED_FILE("length", "coefficients_p3", 1, eleven, data, "11 coefficients", "binomial(N+2, 3)");
  REFUSED_FILE("name", "J", 3, cube, data, "no data set \"tensor_p<p>\"", "tensor_p3");
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Asymmetry below 1e-12 of the largest entry is rounding of the user's program. */
static PetscErrorCode check_tolerance(const char path[], PetscMPIInt rank)
{
  const hsize_t square[2] = {2, 2};
  const double  data[4]   = {1.0, 0.5, 0.5 + 1e-13, -1.0};
  KrTensorData  read[MAX_TENSORS];
  int           n_read;

  PetscFunctionBeginUser;
  if (rank == 0) PetscCall(user_file(path, "tensor_p2", 2, square, H5T_NATIVE_DOUBLE, data));
  PetscCallMPI(MPI_Barrier(MPI_COMM_WORLD));
  PetscCall(KrTensorFileRead(MPI_COMM_WORLD, path, MAX_TENSORS, &n_read, read));
  PetscCall(KrExpectEqualInt("taken", n_read, 1));
  PetscCall(KrExpectNear("2 T_01", read[0].packed[1], 1.0, 0.0));
  tensors_free(n_read, read);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A group under the name of a tensor. */
static PetscErrorCode check_group_refused(const char path[], PetscMPIInt rank)
{
  KrTensorData read[MAX_TENSORS];
  int          n_read;

  PetscFunctionBeginUser;
  if (rank == 0) {
    const hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);

    H5Gclose(H5Gcreate2(file, "tensor_p3", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    H5Fclose(file);
  }
  PetscCallMPI(MPI_Barrier(MPI_COMM_WORLD));
  TEST_REFUSED("group", KrTensorFileRead(MPI_COMM_WORLD, path, MAX_TENSORS, &n_read, read),
               "\"tensor_p3\" cannot be opened", "data set");
  PetscCallMPI(MPI_Barrier(MPI_COMM_WORLD));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Files that are damaged, missing, or no coupling files at all. */
static PetscErrorCode check_file_refused(const char folder[], const char path[], PetscMPIInt rank)
{
  const KrFileMeta meta = test_meta();
  KrTensorData     tensor, read[MAX_TENSORS];
  int              n_read;

  PetscFunctionBeginUser;
  PetscCall(tensor_create(12, 4, &tensor));
  if (rank == 0) {
    PetscCall(KrTensorFileWrite(path, &meta, KR_TENSOR_DENSE, 1, &tensor));
    PetscCheck(truncate(path, 100000) == 0, PETSC_COMM_SELF, PETSC_ERR_SYS, "truncate");
  }
  PetscCallMPI(MPI_Barrier(MPI_COMM_WORLD));
  TEST_REFUSED("truncated", KrTensorFileRead(MPI_COMM_WORLD, path, MAX_TENSORS, &n_read, read),
               "cannot read ", ": the file is truncated");
  PetscCallMPI(MPI_Barrier(MPI_COMM_WORLD));
  if (rank == 0) PetscCall(KrTextWrite(path, "a text of more than eight bytes"));
  PetscCallMPI(MPI_Barrier(MPI_COMM_WORLD));
  TEST_REFUSED("text", KrTensorFileRead(MPI_COMM_WORLD, path, MAX_TENSORS, &n_read, read),
               "cannot read ", ": this is not an HDF5 file");
  TEST_REFUSED("folder", KrTensorFileRead(MPI_COMM_WORLD, folder, MAX_TENSORS, &n_read, read),
               "cannot read ", ": ");
  TEST_REFUSED("missing",
               KrTensorFileRead(MPI_COMM_WORLD, "missing.h5", MAX_TENSORS, &n_read, read),
               "cannot read missing.h5", "No such file");
  tensors_free(1, &tensor);
  tensor = (KrTensorData){.order = 6, .n = 1000};
  TEST_REFUSED("too large", KrTensorFileWrite("large.h5", &meta, KR_TENSOR_DENSE, 1, &tensor),
               "N = 1000, p = 6 would need", "packed");
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char **argv)
{
  char        folder[64], path[KR_PATH_MAX];
  PetscMPIInt rank;

  PetscCall(KrTestBegin(&argc, &argv));
  PetscCallMPI(MPI_Comm_rank(MPI_COMM_WORLD, &rank));
  PetscCall(test_folder_create(MPI_COMM_WORLD, folder));
  snprintf(path, sizeof path, "%s/tensors.h5", folder);
  PetscCall(check_round_trip(path, KR_TENSOR_PACKED, 9, 0.0));
  /* an entry is the coefficient over a multiplicity of at most 24: two roundings of numbers below 1 */
  PetscCall(check_round_trip(path, KR_TENSOR_DENSE, 9, 2.3e-16));
  PetscCall(check_round_trip(path, KR_TENSOR_DENSE, 1, 0.0));
  PetscCall(
    check_round_trip(path, KR_TENSOR_DENSE, 35, 2.3e-16)); /* 35^4 entries: several blocks */
  PetscCall(check_meaning(path, H5T_NATIVE_DOUBLE));
  PetscCall(check_meaning(path, H5T_NATIVE_FLOAT));
  PetscCall(check_content_refused(path, rank));
  PetscCall(check_group_refused(path, rank));
  PetscCall(check_tolerance(path, rank));
  PetscCall(check_file_refused(folder, path, rank));
  PetscCall(test_folder_remove(MPI_COMM_WORLD, folder));
  return KrTestEnd();
}
