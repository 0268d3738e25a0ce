/* A finished sample out of its shard, or what is wrong with it. */
#include "sample_file.h"
#include <stdio.h>

/*
  KrShardRead - Reads the shard of a sample and checks it.

  Not collective

  Input:
+ directory     - folder of the campaign
. sample_number - number of the disorder sample
- identity      - KrFileMeta.identity of the campaign it must belong to; NULL: any

  Output:
. sample - filled, bit for bit what was written, without what it takes to search on (KrShardResume); owns its arrays
           (KrSampleDestroy); x NULL when not stored

  Notes:
  Of a campaign that was extended a shard with the options of before belongs to it when it is what the new ones make.

  Errors: bad input when the shard is missing, truncated or damaged, of another type, version, sample or campaign; the
          line says how the sample is computed again, and to delete the file only when its seal proves damage
  Cost:   reads the file once
  Source: docs/formats/store.md
  See:    KrShardWrite(), KrSampleDestroy()
*/
PetscErrorCode KrShardRead(const char directory[], int64_t sample_number, const char identity[],
                           KrSample *sample)
{
  char path[KR_PATH_MAX];

  PetscFunctionBeginUser;
  *sample = (KrSample){0};
  PetscCall(KrShardPath(directory, sample_number, path, sizeof path));
  PetscCall(KrSampleFileRead(path,
                             &(KrSampleWant){.filetype = KR_FILETYPE_SAMPLE,
                                             .number   = sample_number,
                                             .identity = identity,
                                             .n_parts  = 1,
                                             .again    = KR_SHARD_AGAIN},
                             sample));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  KrShardTry - Reads a shard, or a part of it, and tells what is wrong with it instead of failing.

  Not collective

  Input:
+ directory - folder of the campaign
. number    - of the disorder sample
. identity  - KrFileMeta.identity of the campaign it must belong to; NULL: any
- parts     - what to read: KR_SHARD_ALL; KR_SHARD_POINTS, what an ensemble needs, without x, lowest, origins;
              KR_SHARD_COUNTS, without highest and minima_spectrum too, and of the points the first alone; the checksum
              of files beyond 4 MiB is then not looked at; KR_SHARD_CHECK, all that there is

  Output:
+ sample - owns its arrays (KrSampleDestroy), NULL where left out; n_points is that of the file; empty with a fault
- fault  - message "" when it is whole; else what is wrong, and what to do unless it is of another campaign

  Errors: bad input when the name of the folder is too long
  Cost:   as KrShardRead(): the whole file is read for its checksum; less work of HDF5 for fewer parts, about
          0.1 to 0.2 ms for a small one
  Source: docs/formats/store.md
  See:    KrShardRead()
*/
PetscErrorCode KrShardTry(const char directory[], int64_t number, const char identity[],
                          KrShardParts parts, KrSample *sample, KrShardFault *fault)
{
  const KrSampleWant want = {.filetype = KR_FILETYPE_SAMPLE,
                             .number   = number,
                             .identity = identity,
                             .parts    = parts,
                             .n_parts  = 1};
  char               path[KR_PATH_MAX];
  KrH5               file;

  PetscFunctionBeginUser;
  *fault = (KrShardFault){.message = ""};
  PetscCall(KrShardPath(directory, number, path, sizeof path));
  PetscCall(KrSampleFileTry(path, &want, &file, sample));
  fault->is_foreign = file.is_foreign ? PETSC_TRUE : PETSC_FALSE;
  fault->goes_on    = file.goes_on ? PETSC_TRUE : PETSC_FALSE;
  if (file.failure[0] != '\0')
    KrH5Describe(&file, file.is_foreign || file.goes_on ? "" : KR_SHARD_AGAIN, fault->message,
                 sizeof fault->message);
  PetscFunctionReturn(PETSC_SUCCESS);
}
