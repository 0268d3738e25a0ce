/* Where the numbers of a data set lie. A file holds its data itself: neither links, nor storage in other files, nor
   virtual data sets lead out of it, for no seal covers what lies elsewhere, and anybody's file would become numbers.
   And it holds as many as it says: memory is asked for after that. */
#include "h5_impl.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* bytes that deflate makes of one: 1032, and its frame; as in scripts/kacrice_h5.py */
#define COMPRESSION_MAX 1100.0
#define HARMLESS \
  67108864.0 /* bytes that are never too many: chunks that are all zero may be left out */

/* An external link is not followed. */
static herr_t refuse_link(const char *parent_file, const char *parent_group, const char *file,
                          const char *object, unsigned *flags, hid_t access, void *context)
{
  (void)parent_file, (void)parent_group, (void)file, (void)object;
  (void)flags, (void)access, (void)context;
  return -1;
}

/* What has the name must lie in this file. Within a file without a seal a soft link may stand for it. */
static void check_link(KrH5 *file, const char name[])
{
  H5L_info_t info = {.type = H5L_TYPE_HARD};
  herr_t     status;

  if (H5Lget_info(file->id, name, &info, H5P_DEFAULT) < 0) {
    if (H5Lexists(file->id, name, H5P_DEFAULT) == 0)
      KrH5Fail(file, "it has no data set \"%s\"", name);
    else KR_CALL_H5(file, status, H5Lget_info(file->id, name, &info, H5P_DEFAULT));
  }
  if (info.type == H5L_TYPE_HARD || (info.type == H5L_TYPE_SOFT && !file->is_sealed)) return;
  KrH5Fail(file, "data set \"%s\" is a link; the file must hold the data themselves", name);
}

/* Neither virtual nor in other files, nor without a place of which HDF5 makes up the values. */
static void check_layout(KrH5 *file, const char name[], hid_t creation)
{
  const H5D_layout_t layout = creation < 0 ? H5D_COMPACT : H5Pget_layout(creation);

  if (layout == H5D_VIRTUAL || (layout == H5D_CONTIGUOUS && H5Pget_external_count(creation) != 0))
    KrH5Fail(file, "data set \"%s\" lies in other files; the file must hold the data themselves",
             name);
  if (creation >= 0 && layout < 0) KrH5FailCall(file, "H5Pget_layout");
}

/* The bytes that the values of an open data set take. */
static double bytes_of(hid_t set, hid_t space)
{
  hsize_t     extent[H5S_MAX_RANK] = {0};
  const hid_t type                 = H5Dget_type(set);
  const int   rank                 = H5Sget_simple_extent_dims(space, extent, NULL);
  double      bytes                = type < 0 ? 0.0 : (double)H5Tget_size(type);

  for (int d = 0; d < rank; ++d) bytes *= (double)extent[d];
  if (type >= 0) H5Tclose(type);
  return bytes;
}

/* A file is not larger than it is. What this program seals is whole and not compressed; others may leave out what is
   zero, and compress, but no more than can be. */
static void check_size(KrH5 *file, const char name[], hid_t set)
{
  hsize_t file_bytes = 0, stored;
  double  bytes, most;
  herr_t  status;
  hid_t   space;

  KR_CALL_H5(file, status, H5Fget_filesize(file->id, &file_bytes));
  KR_CALL_H5(file, space, H5Dget_space(set));
  if (space >= 0 && H5Sget_simple_extent_type(space) != H5S_SIMPLE)
    KrH5Fail(file, "data set \"%s\" has 0 dimensions, it should have some", name);
  if (file->failure[0] == '\0') {
    stored = H5Dget_storage_size(set);
    bytes  = bytes_of(set, space);
    most = file->is_sealed ? (double)stored : fmax(COMPRESSION_MAX * (double)file_bytes, HARMLESS);
    if (stored > file_bytes || bytes > most)
      KrH5Fail(file, "data set \"%s\" says that it has %.4g bytes, the file holds %.4g of them",
               name, bytes, (double)(stored < file_bytes ? stored : file_bytes));
  }
  if (space >= 0) H5Sclose(space);
}

/* HDF5 does not name what is no data set. */
static hid_t open_object(KrH5 *file, const char name[], hid_t access)
{
  const hid_t set = H5Dopen2(file->id, name, access);

  if (set >= 0) return set;
  KrH5FailCall(file, "H5Dopen2");
  if (strstr(file->failure, "not a dataset") != NULL)
    (void)snprintf(file->failure, sizeof file->failure, "\"%s\" cannot be opened as a data set",
                   name);
  return set;
}

/* Opens a data set that must be there, in this file, with all its bytes. */
hid_t KrH5SetOpen(KrH5 *file, const char name[])
{
  hid_t  access, creation, set = H5I_INVALID_HID;
  herr_t status;

  if (file->failure[0] != '\0') return set;
  check_link(file, name);
  KR_CALL_H5(file, access, H5Pcreate(H5P_DATASET_ACCESS));
  KR_CALL_H5(file, status, H5Pset_elink_cb(access, refuse_link, NULL));
  if (file->failure[0] == '\0') set = open_object(file, name, access);
  KR_CALL_H5(file, creation, H5Dget_create_plist(set));
  check_layout(file, name, creation);
  check_size(file, name, set);
  if (creation >= 0) H5Pclose(creation);
  if (access >= 0) H5Pclose(access);
  return set;
}
