/* One file through which all shards of a folder are seen: virtual data sets, and a line a sample. Virtual data sets
   keep every file open that they have read from, and give fill values, in silence, for one that cannot be opened. So
   there is one for at most 500 samples, fewer than a process may have open anywhere, and its fill value is none that
   is found. */
#include "h5_impl.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SAMPLES_A_BLOCK 500

typedef struct { /* samples first ... end-1 of the table, and where their points begin */
  int64_t first, end, n_points;
} Block;

typedef struct { /* what is seen of the points */
  const char *name, *description;
  hid_t       type;
  const void *fill;
  int         n_columns; /* or KR_FLAT */
} View;

static Block find_block(const KrSampleTable *table, int64_t first)
{
  Block block = {.first = first, .end = first};

  while (block.end < table->count && block.end < first + SAMPLES_A_BLOCK)
    block.n_points += table->rows[block.end++].n_points;
  return block;
}

/* Maps the rows of one shard behind those of the samples before it. */
static void map_shard(KrH5 *file, const View *view, hid_t creation, hid_t space, hsize_t row,
                      const KrSampleRow *sample)
{
  const int     rank      = view->n_columns == KR_FLAT ? 1 : 2;
  const hsize_t start[2]  = {row, 0};
  const hsize_t extent[2] = {(hsize_t)sample->n_points, (hsize_t)view->n_columns};
  char          path[KR_PATH_MAX];
  herr_t        status;
  hid_t         source;

  if (KrShardPath(".", sample->sample, path, sizeof path) != 0) KrH5Fail(file, "name too long");
  KR_CALL_H5(file, source, H5Screate_simple(rank, extent, NULL));
  KR_CALL_H5(file, status, H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, extent, NULL));
  KR_CALL_H5(file, status, H5Pset_virtual(creation, space, path + 2, view->name, source));
  if (source >= 0) H5Sclose(source);
}

/* One virtual data set over the shards of a block. */
static void write_view(KrH5 *file, hid_t group, const char group_name[], const KrSampleTable *table,
                       const Block *block, const View *view)
{
  const int     rank      = view->n_columns == KR_FLAT ? 1 : 2;
  const hsize_t extent[2] = {(hsize_t)block->n_points, (hsize_t)view->n_columns};
  char          name[64];
  herr_t        status;
  hid_t         space, creation, set;
  hsize_t       row = 0;

  KR_CALL_H5(file, space, H5Screate_simple(rank, extent, NULL));
  KR_CALL_H5(file, creation, H5Pcreate(H5P_DATASET_CREATE));
  KR_CALL_H5(file, status, H5Pset_fill_value(creation, view->type, view->fill));
  for (int64_t s = block->first; s < block->end; ++s) {
    if (table->rows[s].n_points > 0) map_shard(file, view, creation, space, row, &table->rows[s]);
    row += (hsize_t)table->rows[s].n_points;
  }
  KR_CALL_H5(file, set,
             H5Dcreate2(group, view->name, view->type, space, H5P_DEFAULT, creation, H5P_DEFAULT));
  if (set >= 0) H5Dclose(set);
  if (creation >= 0) H5Pclose(creation);
  if (space >= 0) H5Sclose(space);
  (void)snprintf(name, sizeof name, "%s/%s", group_name, view->name);
  KrH5TextWrite(file, name, "description", 0, &view->description);
}

static void write_block(KrH5 *file, const KrSampleTable *table, int64_t number, const Block *block,
                        int n_views, const View views[])
{
  const int64_t samples[] = {table->rows[block->first].sample, table->rows[block->end - 1].sample};
  char          name[32];
  hid_t         group;

  (void)snprintf(name, sizeof name, "blocks/%06lld", (long long)number);
  KR_CALL_H5(file, group, H5Gcreate2(file->id, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  for (int v = 0; v < n_views; ++v)
    if (views[v].n_columns != 0 && block->n_points > 0)
      write_view(file, group, name, table, block, &views[v]);
  KrH5AttributeWrite(file, name, "samples", H5T_NATIVE_INT64, 2, samples);
  if (group >= 0) H5Gclose(group);
}

static void write_blocks(KrH5 *file, const KrSampleTable *table, const KrIndexShape *shape)
{
  static const KrPoint none = {.energy      = NAN,
                               .mu          = NAN,
                               .residual    = NAN,
                               .margin      = NAN,
                               .lambda_min  = NAN,
                               .hits        = -1,
                               .first_start = -1,
                               .index       = -1,
                               .radius      = NAN,
                               .origin      = -1};
  static const double  nan  = NAN;
  const hid_t          real = H5T_NATIVE_DOUBLE, point = KrH5TypeOfPoint(file);
  const View           views[] = {
              {"points", "points of the samples of this block, one shard's behind another's", point, &none,
               KR_FLAT},
              {"x", "their coordinates", real, &nan, shape->has_x ? table->n : 0},
              {"lowest", "their lowest Hessian eigenvalues", real, &nan, shape->n_lowest},
              {"highest", "their highest Hessian eigenvalues", real, &nan, shape->n_highest}};
  herr_t status;
  hid_t  group;

  KR_CALL_H5(file, group, H5Gcreate2(file->id, "blocks", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  for (int64_t first = 0, number = 0; first < table->count && file->failure[0] == '\0'; ++number) {
    const Block block = find_block(table, first);

    write_block(file, table, number, &block, (int)PETSC_STATIC_ARRAY_LENGTH(views), views);
    first = block.end;
  }
  if (group >= 0) KR_CALL_H5(file, status, H5Gclose(group));
  if (point >= 0) H5Tclose(point);
}

/* Where the points of each sample are: block, and row in it. */
static PetscErrorCode write_places(KrH5 *file, const KrSampleTable *table)
{
  const KrH5Rows rows = {
    "places",
    "of each sample: its block, and the row of its first point in the data sets "
    "of the block",
    H5T_NATIVE_INT64, sizeof(int64_t), 2};
  int64_t *places = malloc(((size_t)table->count * 2 + 1) * sizeof *places), row = 0;

  PetscFunctionBeginUser;
  PetscCheck(places != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for the index");
  for (int64_t s = 0; s < table->count; ++s) {
    if (s % SAMPLES_A_BLOCK == 0) row = 0;
    places[2 * s]     = s / SAMPLES_A_BLOCK;
    places[2 * s + 1] = row;
    row += table->rows[s].n_points;
  }
  PetscCall(KrH5RowsWrite(file, &rows, table->count, places));
  free(places);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrIndexWrite - Writes DIRECTORY/index.h5, a view of all shards in one file, whole or not at all.

  Not collective

  Input:
+ directory - folder of the campaign
. meta      - provenance and options
. table     - the samples to show
- shape     - columns of their data sets

  Errors: bad input when it cannot be written
  Cost:   opens no shard; 60 us a sample, 0.5 kB of memory and of disk
  Source: docs/formats/store.md
  See:    KrSampleTableWrite()
*/
PetscErrorCode KrIndexWrite(const char directory[], const KrFileMeta *meta,
                            const KrSampleTable *table, const KrIndexShape *shape)
{
  char path[KR_PATH_MAX + 16];
  KrH5 file;

  PetscFunctionBeginUser;
  (void)snprintf(path, sizeof path, "%s/index.h5", directory);
  PetscCall(
    KrH5Create(&file, PETSC_COMM_SELF, KR_STORAGE_MEMORY, path, KR_FILETYPE_INDEX, meta, 0));
  PetscCall(KrH5SampleTableWrite(&file, table));
  PetscCall(write_places(&file, table));
  write_blocks(&file, table, shape);
  PetscCall(KrH5Commit(&file));
  PetscFunctionReturn(PETSC_SUCCESS);
}
