/* What files hold, in words: each type of them by name, and the data sets of one by what the file itself says. */
#include "h5_impl.h"
#include <stdlib.h>
#include <string.h>

const KrFileType KrFileTypes[] = {
  {KR_FILETYPE_SAMPLE, "DIR/samples/0012/s00012345.h5", "census of one disorder sample"},
  {KR_FILETYPE_THERMO, "DIR/samples/0012/s00012345.h5", "Monte Carlo of one disorder sample"},
  {KR_FILETYPE_TAP, "DIR/samples/0012/s00012345.h5", "TAP states of one disorder sample"},
  {KR_FILETYPE_CHECKPOINT, "DIR/running/s00012345.h5", "state of a census sample under way"},
  {KR_FILETYPE_THERMO_RUN, "DIR/running/s00012345.h5",
   "state of a sample of Monte Carlo under way"},
  {KR_FILETYPE_ENSEMBLE, "DIR/ensemble.h5", "all samples of a census"},
  {KR_FILETYPE_THERMO_ALL, "DIR/ensemble.h5", "all samples of Monte Carlo"},
  {KR_FILETYPE_TAP_STATES, "DIR/states.h5", "TAP states of all samples"},
  {KR_FILETYPE_STATES, "DIR/states.h5", "thermodynamics of the minima of a census"},
  {KR_FILETYPE_SAMPLES, "DIR/status.h5", "a line for each sample of a census, kept by status"},
  {KR_FILETYPE_INDEX, "DIR/index.h5", "a view of all shards of a census"},
  {KR_FILETYPE_THEORY, "any name", "tables of theory"},
  {KR_FILETYPE_TENSORS, "any name", "couplings of one disorder sample"},
  {KR_FILETYPE_CAMPAIGN, "DIR/campaign.json", "options that make a campaign what it is"},
  {NULL, NULL, NULL},
};

/*
  KrFileTypeAbout - Says what files of a type hold.

  Not collective

  Input:
. filetype - attribute "filetype" of a file

  Returns:
  a constant; NULL when this program writes no such files
*/
const char *KrFileTypeAbout(const char filetype[])
{
  for (int i = 0; KrFileTypes[i].filetype != NULL; ++i)
    if (strcmp(KrFileTypes[i].filetype, filetype) == 0) return KrFileTypes[i].about;
  return NULL;
}

static void print_shape(FILE *stream, hid_t set)
{
  const hid_t space = H5Dget_space(set);
  hsize_t     extent[H5S_MAX_RANK];
  const int   rank = space >= 0 ? H5Sget_simple_extent_dims(space, extent, NULL) : 0;

  for (int i = 0; i < rank; ++i) (void)fprintf(stream, "[%llu]", (unsigned long long)extent[i]);
  if (space >= 0) H5Sclose(space);
}

static void print_set(FILE *stream, KrH5 *file, const char name[])
{
  const hid_t set   = KrH5SetOpen(file, name);
  char       *about = NULL;

  if (set < 0) return;
  if (H5Aexists(set, "description") > 0) KrH5TextReadOf(file, name, "description", &about);
  (void)fprintf(stream, "  %s ", name);
  print_shape(stream, set);
  (void)fprintf(stream, "%s%s\n", about == NULL ? "" : ": ", about == NULL ? "" : about);
  free(about);
  H5Dclose(set);
}

/* Links of "/": data sets of this file; views of others (the blocks of an index) are only counted. */
static void print_links(FILE *stream, KrH5 *file)
{
  H5G_info_t group;
  herr_t     status;

  KR_CALL_H5(file, status, H5Gget_info(file->id, &group));
  for (hsize_t i = 0; file->failure[0] == '\0' && i < group.nlinks; ++i) {
    char    name[256] = "";
    ssize_t length;
    hid_t   object;

    KR_CALL_H5(file, length,
               H5Lget_name_by_idx(file->id, ".", H5_INDEX_NAME, H5_ITER_INC, i, name, sizeof name,
                                  H5P_DEFAULT));
    if (length < 0) return;
    object = H5Gopen2(file->id, name, H5P_DEFAULT);
    if (object >= 0) {
      (void)fprintf(stream, "  %s: a group\n", name);
      H5Gclose(object);
    } else print_set(stream, file, name);
  }
}

/*
  KrFileContentsPrint - Prints the data sets of a file with their sizes and descriptions, as the file has them.

  Not collective

  Input:
+ stream - where to
- path   - of a file of this program

  Errors: bad input when it cannot be read, or a data set is damaged
  Cost:   no data are read
  See:    KrFileInfoRead()
*/
PetscErrorCode KrFileContentsPrint(FILE *stream, const char path[])
{
  KrH5 file;

  PetscFunctionBeginUser;
  KrH5Open(&file, path, NULL, 0);
  KrH5CheckType(&file, NULL);
  if (file.failure[0] == '\0') print_links(stream, &file);
  KrH5Close(&file);
  PetscCall(KrH5Check(&file, ""));
  PetscFunctionReturn(PETSC_SUCCESS);
}
