/* Files for the harnesses of the store: sealed anew, for else nothing but the seal is tested; and changed by HDF5
   itself, not byte by byte: what HDF5 does with a broken structure of its own is for the fuzzers of HDF5, and
   crashes 1.10. */
#include "h5.h"
#include "../../src/store/disk_impl.h"
#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_MAX_BYTES = 64, TYPE_BYTES_MAX = 256 };

static char    folder[64];
static ssize_t lost; /* objects in files that HDF5 changed and then could not close */

/* At exit HDF5 would die in closing a file that it could not write out. To be said before its first call. */
__attribute__((constructor)) static void close_nothing_at_exit(void)
{
  (void)H5dont_atexit();
}

static void remove_folder(void)
{
  static const char *const names[] = {"samples/0000/s00000001.h5",
                                      "running/s00000001.h5",
                                      "file.h5",
                                      "samples/0000",
                                      "samples",
                                      "running",
                                      ""};
  char                     path[256];

  for (size_t i = 0; i < sizeof names / sizeof names[0]; ++i) {
    (void)snprintf(path, sizeof path, "%s/%s", folder, names[i]);
    (void)remove(path);
  }
}

/* The folder of a campaign, empty, for this process; removed when it ends. */
const char *KrFuzzFolder(void)
{
  static const char *const names[] = {"samples", "samples/0000", "running"};
  const char              *place   = getenv("TMPDIR");
  char                     path[256];

  if (folder[0] != '\0') return folder;
  (void)snprintf(folder, sizeof folder, "%.40s/kr-fuzz-XXXXXX", place == NULL ? "/tmp" : place);
  if (mkdtemp(folder) == NULL) abort();
  for (size_t i = 0; i < sizeof names / sizeof names[0]; ++i) {
    (void)snprintf(path, sizeof path, "%s/%s", folder, names[i]);
    if (mkdir(path, 0700) != 0) abort();
  }
  (void)atexit(remove_folder);
  return folder;
}

/* Bytes into a file of that folder, with a seal behind them when they are to have one. */
void KrFuzzPut(const char name[], const uint8_t *data, size_t size, int sealed)
{
  char          path[256];
  unsigned char seal[KR_SEAL_BYTES];
  FILE         *file;

  (void)snprintf(path, sizeof path, "%s/%s", KrFuzzFolder(), name);
  file = fopen(path, "wb");
  if (file == NULL || fwrite(data, 1, size, file) != size) abort();
  KrSealMake(data, size, seal);
  if (sealed && fwrite(seal, 1, sizeof seal, file) != sizeof seal) abort();
  if (fclose(file) != 0) abort();
}

/* Ends the fuzzer when HDF5 holds an object that the code under test should have closed. */
void KrFuzzNothingOpen(void)
{
  const ssize_t n = H5Fget_obj_count(H5F_OBJ_ALL, H5F_OBJ_ALL);

  if (n == lost) return;
  (void)fprintf(stderr, "ERROR: %zd objects of HDF5 left open\n", n - lost);
  abort();
}

/* ---- changes ---- */

static uint64_t draw(uint64_t *state)
{
  uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15)); /* splitmix64 */

  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

/* Numbers that no record should have: as whole ones and as reals. */
static void set_odd(uint64_t *state, unsigned char *bytes, size_t size)
{
  static const double  reals[] = {0.0, -1.0, 1e300, -1e300, 5e-324, 0.5, 1e9};
  static const int64_t whole[] = {0,         -1,        1,         7,       INT32_MAX,
                                  INT32_MIN, INT64_MAX, INT64_MIN, 1 << 20, -100};
  double               real    = reals[draw(state) % 7];
  int64_t              number  = whole[draw(state) % 10];
  const int            kind    = (int)(draw(state) % 4);

  if (draw(state) % 8 == 0)
    real = kind % 2 == 0 ? (double)__builtin_nan("") : (double)__builtin_inf();
  if (kind == 0 && size >= 8) (void)memcpy(bytes, &real, 8);
  else if (kind == 1 && size >= 8) (void)memcpy(bytes, &number, 8);
  else if (kind == 2 && size >= 4) (void)memcpy(bytes, &number, 4);
  else if (size > 0) bytes[draw(state) % size] ^= (unsigned char)(1u << draw(state) % 8);
}

/* One number in a data set, anywhere in it. */
static void change_number(hid_t file, const char name[], uint64_t *state)
{
  const hid_t  set = H5Dopen2(file, name, H5P_DEFAULT), type = H5Dget_type(set);
  const hid_t  space = H5Dget_space(set);
  const size_t size  = H5Tget_size(type);
  hssize_t     count = H5Sget_simple_extent_npoints(space);

  if (size > 0 && count > 0 && H5Tdetect_class(type, H5T_STRING) <= 0 && size < 1 << 16 &&
      (size_t)count < (size_t)(1 << 24) / size) {
    unsigned char *bytes = calloc((size_t)count, size);

    if (bytes != NULL && H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes) >= 0) {
      const size_t at = (draw(state) % (size_t)count) * size + (draw(state) % size) / 4 * 4;

      set_odd(state, bytes + at, size - at % size);
      (void)H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes);
    }
    free(bytes);
  }
  H5Sclose(space);
  H5Tclose(type);
  H5Dclose(set);
}

/* A data set of another shape or type, or none, in the place of one. */
static void change_set(hid_t file, const char name[], uint64_t *state)
{
  const hid_t   types[] = {H5T_NATIVE_DOUBLE, H5T_NATIVE_INT, H5T_NATIVE_INT64, H5T_C_S1};
  const hsize_t sizes[] = {draw(state) % 4, draw(state) % 200};
  hid_t         space, set;

  (void)H5Ldelete(file, name, H5P_DEFAULT);
  if (draw(state) % 3 == 0) return;
  if (draw(state) % 4 == 0) {
    set = H5Gcreate2(file, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    if (set >= 0) H5Gclose(set);
    return;
  }
  space = H5Screate_simple(1 + (int)(draw(state) % 2), sizes, NULL);
  set =
    H5Dcreate2(file, name, types[draw(state) % 4], space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  if (set >= 0) H5Dclose(set);
  H5Sclose(space);
}

/* An attribute with another value, of another type or rank, or none. */
static void change_attribute(hid_t file, uint64_t *state)
{
  char          name[NAME_MAX_BYTES] = "";
  H5O_info_t    info;
  hid_t         attribute, type, space;
  const hsize_t n = draw(state) % 300;

#if H5_VERSION_GE(1, 12, 0)
  if (H5Oget_info3(file, &info, H5O_INFO_NUM_ATTRS) < 0 || info.num_attrs == 0) return;
#else
  if (H5Oget_info2(file, &info, H5O_INFO_NUM_ATTRS) < 0 || info.num_attrs == 0) return;
#endif
  attribute = H5Aopen_by_idx(file, ".", H5_INDEX_NAME, H5_ITER_INC, draw(state) % info.num_attrs,
                             H5P_DEFAULT, H5P_DEFAULT);
  (void)H5Aget_name(attribute, sizeof name, name);
  type = H5Aget_type(attribute);
  if (draw(state) % 2 == 0 && H5Tdetect_class(type, H5T_STRING) <= 0 &&
      H5Aget_storage_size(attribute) <= 64) {
    unsigned char bytes[64] = {0};

    (void)H5Aread(attribute, type, bytes);
    set_odd(state, bytes, H5Tget_size(type));
    (void)H5Awrite(attribute, type, bytes);
    H5Tclose(type);
    H5Aclose(attribute);
    return;
  }
  H5Aclose(attribute);
  (void)H5Adelete(file, name);
  if (draw(state) % 3 != 0) {
    const hid_t others[] = {type, H5T_NATIVE_DOUBLE, H5T_NATIVE_INT, H5T_C_S1};

    space     = draw(state) % 4 == 0 ? H5Screate(H5S_NULL) : H5Screate_simple(1, &n, NULL);
    attribute = H5Acreate2(file, name, others[draw(state) % 4], space, H5P_DEFAULT, H5P_DEFAULT);
    if (attribute >= 0) H5Aclose(attribute);
    H5Sclose(space);
  }
  H5Tclose(type);
}

static void change(hid_t file, uint64_t *state)
{
  char       name[NAME_MAX_BYTES] = "";
  H5G_info_t group;
  H5O_type_t kind = H5O_TYPE_UNKNOWN;
  hid_t      object;

  if (draw(state) % 3 == 0 || H5Gget_info(file, &group) < 0 || group.nlinks == 0) {
    change_attribute(file, state);
    return;
  }
  (void)H5Lget_name_by_idx(file, ".", H5_INDEX_NAME, H5_ITER_INC, draw(state) % group.nlinks, name,
                           sizeof name, H5P_DEFAULT);
  object = H5Oopen(file, name, H5P_DEFAULT);
  if (object >= 0 && H5Iget_type(object) == H5I_DATASET) kind = H5O_TYPE_DATASET;
  if (object >= 0) H5Oclose(object);
  if (kind == H5O_TYPE_DATASET && draw(state) % 4 != 0) change_number(file, name, state);
  else change_set(file, name, state);
}

/* Called by libFuzzer in place of its own changes. An input that HDF5 does not open stays as it is. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
  char     path[256], *bytes = NULL;
  uint64_t state = seed;
  size_t   n     = 0;
  hid_t    file;

  (void)H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  KrFuzzPut("file.h5", data, size, 0);
  (void)snprintf(path, sizeof path, "%s/file.h5", KrFuzzFolder());
  file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
  if (file < 0) return size;
  for (uint64_t i = draw(&state) % 3 + 1; i > 0; --i) change(file, &state);
  if (H5Fclose(file) < 0) {
    lost = H5Fget_obj_count(H5F_OBJ_ALL, H5F_OBJ_ALL);
    return size;
  }
  if (KrFileRead(path, max_size, &bytes, &n) != 0) return size;
  (void)memcpy(data, bytes, n);
  free(bytes);
  return n;
}
