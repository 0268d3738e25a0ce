#include "h5_impl.h"

/*
  KrTableWrite - Writes a file of named numbers (attributes of "/") and arrays (data sets), whole or not at all.

  Not collective

  Input:
+ path      - the file; one of that name is replaced
. filetype  - one of KR_FILETYPE_..., or another text
. meta      - provenance and options of the run
. n_scalars - length of scalars
. scalars   - names and values; borrowed
. n_arrays  - length of arrays
- arrays    - names, descriptions with units, shapes and values (row major); borrowed; n_columns 0: one-dimensional

  Errors: bad input when it cannot be written (no such folder, no permission, disk full); nothing is left then
  Cost:   one copy of all in memory, two fsync
  Source: docs/formats/store.md
  See:    KrTextWrite()
*/
PetscErrorCode KrTableWrite(const char path[], const char filetype[], const KrFileMeta *meta,
                            int n_scalars, const KrTableScalar scalars[], int n_arrays,
                            const KrTableArray arrays[])
{
  KrH5 file;

  PetscFunctionBeginUser;
  PetscCall(KrH5Create(&file, MPI_COMM_SELF, KR_STORAGE_MEMORY, path, filetype, meta, 0));
  for (int i = 0; i < n_scalars; ++i)
    KrH5AttributeWrite(&file, ".", scalars[i].name, H5T_NATIVE_DOUBLE, 0, &scalars[i].value);
  for (int i = 0; i < n_arrays; ++i) {
    const KrH5Rows rows = {arrays[i].name, arrays[i].description, H5T_NATIVE_DOUBLE, sizeof(double),
                           arrays[i].n_columns == 0 ? KR_FLAT : arrays[i].n_columns};

    PetscCall(KrH5RowsWrite(&file, &rows, arrays[i].n_rows, arrays[i].data));
  }
  PetscCall(KrH5Commit(&file));
  PetscFunctionReturn(PETSC_SUCCESS);
}
