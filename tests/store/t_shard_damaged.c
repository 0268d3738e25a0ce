/* kr_test: labels=store */
#define _GNU_SOURCE
#include "store_test.h"

/* Reads a whole file into a new array. */
static PetscErrorCode slurp(const char path[], char **bytes, long *length)
{
  FILE *file = fopen(path, "rb");

  PetscFunctionBeginUser;
  PetscCheck(file != NULL, PETSC_COMM_SELF, PETSC_ERR_FILE_OPEN, "%s", path);
  fseek(file, 0, SEEK_END);
  *length = ftell(file);
  rewind(file);
  *bytes = malloc((size_t)*length);
  PetscCheck(*bytes != NULL && fread(*bytes, 1, (size_t)*length, file) == (size_t)*length,
             PETSC_COMM_SELF, PETSC_ERR_FILE_READ, "%s", path);
  fclose(file);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode spill(const char path[], const char bytes[], long length)
{
  FILE *file = fopen(path, "wb");

  PetscFunctionBeginUser;
  PetscCheck(file != NULL && fwrite(bytes, 1, (size_t)length, file) == (size_t)length &&
               fclose(file) == 0,
             PETSC_COMM_SELF, PETSC_ERR_FILE_WRITE, "%s", path);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Place of the coordinates in the file: they are stored as they are. */
static long find_bytes(const char bytes[], long length, const void *wanted, size_t size)
{
  const char *place = memmem(bytes, (size_t)length, wanted, size);

  return place == NULL ? -1 : (long)(place - bytes);
}

static PetscErrorCode check_flipped(const char folder[], const char path[], const char good[],
                                    long length, const KrSample *sample)
{
  const long place = find_bytes(good, length, sample->x, 64);
  char      *bad   = malloc((size_t)length);
  KrSample   read;

  PetscFunctionBeginUser;
  PetscCall(KrExpect("coordinates found in the file", place > 0 && bad != NULL));
  memcpy(bad, good, (size_t)length);
  bad[place + 13] ^= 4;
  PetscCall(spill(path, bad, length));
  TEST_REFUSED("flipped bit", KrShardRead(folder, sample->sample, NULL, &read),
               "s00000003.h5: its content does not match its checksum",
               "delete it and run the campaign again");
  free(bad);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Changes one byte of a file. */
static PetscErrorCode poke(const char path[], long place, char byte)
{
  FILE *file = fopen(path, "r+b");

  PetscFunctionBeginUser;
  PetscCheck(file != NULL && fseek(file, place, SEEK_SET) == 0 && fputc(byte, file) != EOF &&
               fclose(file) == 0,
             PETSC_COMM_SELF, PETSC_ERR_FILE_WRITE, "%s", path);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Any single byte changed anywhere is seen, and none of them brings HDF5 down. */
static PetscErrorCode check_every_byte(const char folder[], const char path[], const char good[],
                                       long length, const KrSample *sample)
{
  int n_unseen = 0;

  PetscFunctionBeginUser;
  for (long place = 0; place < length; ++place) {
    TestError      error = {.text = ""};
    KrSample       read;
    PetscErrorCode code;

    PetscCall(poke(path, place, (char)~good[place]));
    PetscCall(PetscPushErrorHandler(test_keep_error, &error));
    code = KrShardRead(folder, sample->sample, NULL, &read);
    PetscCall(PetscPopErrorHandler());
    n_unseen += code != PETSC_ERR_USER_INPUT;
    KrSampleDestroy(&read);
    PetscCall(poke(path, place, good[place]));
  }
  PetscCall(KrExpectEqualInt("changed bytes that went unseen", n_unseen, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_refusals(const char folder[], const char path[], const char good[],
                                     long length, const KrSample *sample)
{
  const KrFileMeta meta = test_meta();
  char             other[KR_PATH_MAX];
  KrSample         read;

  PetscFunctionBeginUser;
  PetscCall(spill(path, good, length / 2));
  TEST_REFUSED("truncated", KrShardRead(folder, 3, NULL, &read), "s00000003.h5: it is truncated",
               "delete");
  PetscCall(spill(path, "hello", 5));
  TEST_REFUSED("no HDF5", KrShardRead(folder, 3, NULL, &read),
               "s00000003.h5: it is truncated or was changed", "delete");
  PetscCall(spill(path, good, 0));
  TEST_REFUSED("empty", KrShardRead(folder, 3, NULL, &read), "s00000003.h5: ", "delete");
  PetscCall(KrTableWrite(path, KR_FILETYPE_THEORY, &meta, 0, NULL, 0, NULL));
  TEST_REFUSED("another type", KrShardRead(folder, 3, NULL, &read), "\"kacrice theory\"",
               "\"kacrice sample\"");
  TEST_REFUSED("missing", KrShardRead(folder, 4, NULL, &read), "s00000004.h5", "No such file");
  PetscCall(KrShardPath(folder, 5, other, sizeof other));
  PetscCall(spill(other, good, length));
  TEST_REFUSED("renamed", KrShardRead(folder, 5, NULL, &read), "holds sample 3", "should be 5");
  PetscCall(spill(path, good, length));
  PetscCall(KrShardRead(folder, 3, NULL, &read));
  PetscCall(KrExpect("the good one is read", test_samples_equal(sample, &read)));
  KrSampleDestroy(&read);
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char **argv)
{
  const KrFileMeta meta = test_meta();
  char             folder[64], path[KR_PATH_MAX], *good;
  KrSample         sample;
  long             length;

  PetscCall(KrTestBegin(&argc, &argv));
  PetscCall(test_folder_create(MPI_COMM_SELF, folder));
  PetscCall(test_sample_create(3, 6, 20, &sample));
  PetscCall(KrShardWrite(PETSC_COMM_SELF, folder, &meta, &sample));
  PetscCall(KrShardPath(folder, 3, path, sizeof path));
  PetscCall(slurp(path, &good, &length));
  PetscCall(check_flipped(folder, path, good, length, &sample));
  PetscCall(check_refusals(folder, path, good, length, &sample));
  PetscCall(check_every_byte(folder, path, good, length, &sample));
  free(good);
  KrSampleDestroy(&sample);
  PetscCall(test_folder_remove(MPI_COMM_SELF, folder));
  return KrTestEnd();
}
