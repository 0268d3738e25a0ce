/* kr_test: labels=store */
#define _GNU_SOURCE
#include "store_test.h"

/* Written and read again, a sample is the same bit for bit, with and without points and coordinates. */
static PetscErrorCode check_round_trip(const char folder[], int64_t number, int n, int64_t n_points,
                                       int with_x)
{
  const KrFileMeta meta = test_meta();
  KrSample         written, read;
  PetscBool        before, after;

  PetscFunctionBeginUser;
  PetscCall(test_sample_create(number, n, n_points, &written));
  if (!with_x) {
    free(written.x);
    written.x = NULL;
  }
  PetscCall(KrShardExists(folder, number, &before));
  PetscCall(KrShardWrite(PETSC_COMM_SELF, folder, &meta, &written));
  PetscCall(KrShardExists(folder, number, &after));
  PetscCall(KrShardRead(folder, number, NULL, &read));
  PetscCall(KrExpect("no shard before", !before));
  PetscCall(KrExpect("a shard after", after));
  PetscCall(KrExpect("the same bits", test_samples_equal(&written, &read)));
  KrSampleDestroy(&read);
  KrSampleDestroy(&read); /* twice is allowed */
  KrSampleDestroy(&written);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_provenance(const char folder[], int64_t number)
{
  const KrFileMeta meta = test_meta();
  char             path[KR_PATH_MAX];
  KrFileInfo       info;

  PetscFunctionBeginUser;
  PetscCall(KrShardPath(folder, number, path, sizeof path));
  PetscCall(KrFileInfoRead(path, &info));
  PetscCall(KrExpectEqualText("filetype", info.filetype, KR_FILETYPE_SAMPLE));
  PetscCall(KrExpectEqualInt("major", info.version[0], KR_FORMAT_MAJOR));
  PetscCall(KrExpectEqualText("program", info.program, "kacrice"));
  PetscCall(KrExpectEqualText("version", info.program_version, "0.1.0"));
  PetscCall(KrExpectEqualText("host", info.host, "node17"));
  PetscCall(KrExpectEqualText("created", info.created, "2024-01-02T03:04:05Z"));
  PetscCall(KrExpectEqualInt("ranks", info.ranks, 4));
  PetscCall(KrExpectEqualText("options", info.options, meta.options));
  KrFileInfoDestroy(&info);
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char **argv)
{
  char folder[64], path[KR_PATH_MAX], wanted[KR_PATH_MAX];

  PetscCall(KrTestBegin(&argc, &argv));
  PetscCall(test_folder_create(MPI_COMM_SELF, folder));
  PetscCall(KrShardPath(folder, 12345, path, sizeof path));
  snprintf(wanted, sizeof wanted, "%s/samples/0012/s00012345.h5", folder);
  PetscCall(KrExpectEqualText("path", path, wanted));
  PetscCall(check_round_trip(folder, 12345, 10, 145, 1));
  PetscCall(check_round_trip(folder, 7, 10, 145, 0));
  PetscCall(check_round_trip(folder, 8, 1, 1, 1));
  PetscCall(check_round_trip(folder, 9, 5, 0, 1));
  PetscCall(check_round_trip(folder, 10, 40, 30000, 1)); /* several chunks */
  PetscCall(check_provenance(folder, 7));
  PetscCall(KrExpectEqualInt("no other files", test_count_files(folder), 5));
  PetscCall(test_folder_remove(MPI_COMM_SELF, folder));
  return KrTestEnd();
}
