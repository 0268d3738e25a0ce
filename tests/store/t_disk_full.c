/* kr_test: ranks=1,2 labels=store */
#define _GNU_SOURCE
#include "store_test.h"
#include <signal.h>
#include <sys/resource.h>

/* A limit on the size of a file stands for a full disk: write() fails in the same way, and any user can set it. */
static PetscErrorCode limit_files(rlim_t n_bytes)
{
  struct rlimit limit;

  PetscFunctionBeginUser;
  PetscCheck(getrlimit(RLIMIT_FSIZE, &limit) == 0, PETSC_COMM_SELF, PETSC_ERR_SYS, "getrlimit");
  limit.rlim_cur = n_bytes;
  PetscCheck(setrlimit(RLIMIT_FSIZE, &limit) == 0, PETSC_COMM_SELF, PETSC_ERR_SYS, "setrlimit");
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Small and large files, written by one rank. */
static PetscErrorCode check_serial(const char folder[])
{
  const KrFileMeta   meta   = test_meta();
  const KrTensorData tensor = {.order = 3, .n = 20, .packed = calloc(1540, sizeof(double))};
  char               path[KR_PATH_MAX], long_text[30000];
  KrSample           sample;
  PetscBool          exists;

  PetscFunctionBeginUser;
  memset(long_text, 'x', sizeof long_text);
  long_text[sizeof long_text - 1] = '\0';
  PetscCall(test_sample_create(1, 10, 500, &sample));
  TEST_REFUSED("shard", KrShardWrite(PETSC_COMM_SELF, folder, &meta, &sample), "s00000001.h5",
               "File too large");
  PetscCall(KrShardExists(folder, 1, &exists));
  PetscCall(KrExpect("no shard", !exists));
  snprintf(path, sizeof path, "%s/tensors.h5", folder);
  TEST_REFUSED("dense", KrTensorFileWrite(path, &meta, KR_TENSOR_DENSE, 1, &tensor), "tensors.h5",
               "File too large");
  TEST_REFUSED("packed", KrTensorFileWrite(path, &meta, KR_TENSOR_PACKED, 1, &tensor), "tensors.h5",
               "File too large");
  TEST_REFUSED("text", KrTextWrite(path, long_text), "tensors.h5", "File too large");
  PetscCall(KrExpectEqualInt("nothing left", test_count_files(folder), 0));
  free(tensor.packed);
  KrSampleDestroy(&sample);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_parallel(const char folder[])
{
  const KrFileMeta meta = test_meta();
  char             path[KR_PATH_MAX];
  KrEnsemble       ensemble = {.n = 10};

  PetscFunctionBeginUser;
  snprintf(path, sizeof path, "%s/ensemble.h5", folder);
  TEST_REFUSED("ensemble", KrEnsembleWrite(MPI_COMM_WORLD, path, &meta, &ensemble), "ensemble.h5",
               "File too large");
  PetscCall(KrExpectEqualInt("nothing left", test_count_files(folder), 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char **argv)
{
  char folder[64], own[64];

  PetscCall(KrTestBegin(&argc, &argv));
  PetscCall(test_folder_create(MPI_COMM_WORLD, folder));
  PetscCall(test_folder_create(MPI_COMM_SELF, own));
  signal(SIGXFSZ, SIG_IGN);                               /* its default is to end the program */
  for (rlim_t limit = 10; limit < 20000; limit += 7000) { /* at the first byte, in the middle */
    PetscCall(limit_files(limit));
    PetscCall(check_serial(own));
    PetscCall(check_parallel(folder));
    PetscCallMPI(MPI_Barrier(MPI_COMM_WORLD));
  }
  PetscCall(limit_files(RLIM_INFINITY));
  PetscCall(test_folder_remove(MPI_COMM_SELF, own));
  PetscCall(test_folder_remove(MPI_COMM_WORLD, folder));
  return KrTestEnd();
}
