/* A file with the record of a sample: a finished one, or one that is still searched. Inside src/store only. */
#pragma once
#include "h5_impl.h"

PetscErrorCode KrSampleFileWrite(MPI_Comm comm, const char path[], const char filetype[],
                                 const KrFileMeta *meta, const KrSample *sample);
PetscErrorCode KrSampleFileRead(const char path[], const char filetype[], int64_t number,
                                const char identity[], int part, int n_parts, const char advice[],
                                KrSample *sample);
void           KrSampleFileCheckIdentity(KrH5 *file, const char identity[]);
PetscErrorCode KrSampleFileMakeFolders(const char path[]);
