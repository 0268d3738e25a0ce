/* kr_test: labels=store */
#define _GNU_SOURCE
#include "store_test.h"
#include <hdf5.h>

/* Plain HDF5 finds what was written under its names. */
static PetscErrorCode check_table(const char path[])
{
  double value = 0.0, matrix[6] = {0.0};
  hid_t  file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
  hid_t  attribute, set;

  PetscFunctionBeginUser;
  PetscCall(KrExpect("opened", file >= 0));
  attribute = H5Aopen(file, "E_0", H5P_DEFAULT);
  PetscCall(KrExpect("scalar", H5Aread(attribute, H5T_NATIVE_DOUBLE, &value) >= 0));
  PetscCall(KrExpectNear("E_0", value, -1.657, 0.0));
  H5Aclose(attribute);
  set = H5Dopen2(file, "counts", H5P_DEFAULT);
  PetscCall(
    KrExpect("array", H5Dread(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, matrix) >= 0));
  for (int i = 0; i < 6; ++i) PetscCall(KrExpectNear("counts", matrix[i], i, 0.0));
  H5Dclose(set);
  H5Fclose(file);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_write(const char path[])
{
  const KrFileMeta    meta      = test_meta();
  const double        matrix[]  = {0, 1, 2, 3, 4, 5};
  const KrTableScalar scalars[] = {{"E_0", -1.657}, {"E_inf", -1.633}};
  const KrTableArray  arrays[]  = {{"energy", "e = H/N, units of J", 3, 0, matrix},
                                   {"counts", "expected number", 3, 2, matrix},
                                   {"none", "no lines", 0, 2, NULL}};
  KrFileInfo          info;

  PetscFunctionBeginUser;
  PetscCall(KrTableWrite(path, KR_FILETYPE_THEORY, &meta, 2, scalars, 3, arrays));
  PetscCall(KrTableWrite(path, KR_FILETYPE_THEORY, &meta, 2, scalars, 3, arrays)); /* replaces */
  PetscCall(check_table(path));
  PetscCall(KrFileInfoRead(path, &info));
  PetscCall(KrExpectEqualText("filetype", info.filetype, "kacrice theory"));
  KrFileInfoDestroy(&info);
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char **argv)
{
  char folder[64], path[KR_PATH_MAX], library[64];

  PetscCall(KrTestBegin(&argc, &argv));
  PetscCall(test_folder_create(MPI_COMM_SELF, folder));
  snprintf(path, sizeof path, "%s/theory.h5", folder);
  PetscCall(check_write(path));
  PetscCall(KrExpectEqualInt("no other files", test_count_files(folder), 1));
  PetscCall(KrStoreLibrary(library, sizeof library));
  PetscCall(KrExpect("library", strncmp(library, "HDF5 1.", 7) == 0));
  PetscCall(test_folder_remove(MPI_COMM_SELF, folder));
  return KrTestEnd();
}
