/* kr_test: labels=store
   What each type of record must do: it is read as it was written, two of them are compared field by field, it is
   destroyed twice, and a byte that is changed is found. */
#define _GNU_SOURCE
#include "store_test.h"

#define NUMBER 3

/* Made-up numbers that can be: those of a file of Monte Carlo. */
static void make_thermo(void *record)
{
  KrThermoSample *s = record;

  *s = (KrThermoSample){.sample         = NUMBER,
                        .seed           = UINT64_MAX - 1,
                        .n              = 5,
                        .n_temperatures = 3,
                        .n_ladders      = 4,
                        .n_times        = 2,
                        .n_overlaps     = 2,
                        .burn_in        = 10,
                        .sweeps         = 32,
                        .seconds        = 1.5};
  PetscCallVoid(KrExpect("allocated", KrRecordAllocate(&KrThermoSampleType, s)));
  for (int t = 0; t < s->n_temperatures; ++t) {
    PetscCallVoid(KrExpect("not measured yet", isnan(s->rows[t].tap_entropy)));
    s->rows[t].beta        = t;
    s->rows[t].temperature = 1.0 / t;
    s->rows[t].energy      = -0.5 * t;
    s->rows[t].agreement = s->rows[t].time = 1.0;
    s->overlaps[t * KR_OVERLAP_BINS + t]   = (double)s->sweeps * s->n_ladders / 2;
  }
  s->potential[7] = -2.0;
}

static void make_tap(void *record)
{
  KrTapRecord *r = record;

  *r = (KrTapRecord){.sample = NUMBER, .seed = 7, .n = 4, .n_temperatures = 2, .n_states = 2};
  r->n_events = 1;
  PetscCallVoid(KrExpect("allocated", KrRecordAllocate(&KrTapRecordType, r)));
  for (int i = 0; i < 2; ++i) {
    r->temperatures[i] = 0.2 * (i + 1);
    r->starts[i]       = 100;
    r->states[i]       = (KrTapRow){
            .temperature = r->temperatures[i], .q = 0.25, .temperature_at = i, .found = 3, .w = 0.5};
    r->x[i * r->n] = 1.0;
  }
  r->events[0] = (KrTapEvent){.temperature = 0.3, .q = 0.5, .other = -1, .kind = KR_TAP_DEATH};
}

static const struct {
  const KrRecordType *type;
  void (*make)(void *record);
} makers[] = {{&KrThermoSampleType, make_thermo}, {&KrTapRecordType, make_tap}};

/* One bit changed in memory is found under the name of its field or array. */
static PetscErrorCode check_difference(const KrRecordType *type, void *a, void *b)
{
  PetscFunctionBeginUser;
  PetscCall(KrExpect("the same", KrRecordDifference(type, a, b) == NULL));
  for (int f = 0; f < type->n_fields; ++f) {
    char       *at    = (char *)b + type->fields[f].offset;
    const char *found = NULL;

    *at ^= 1;
    if ((type->fields[f].use & KR_USE_CLOCK) == 0) found = type->fields[f].name;
    if (found != NULL) PetscCall(KrExpectEqualText("field", KrRecordDifference(type, a, b), found));
    else PetscCall(KrExpect("a clock", KrRecordDifference(type, a, b) == NULL));
    *at ^= 1;
  }
  for (int i = 0; i < type->n_arrays; ++i) {
    const KrArray *array = &type->arrays[i];
    char          *last  = KrArrayData(array, b);

    if (KrArrayRows(type, array, b) == 0) continue;
    last += ((size_t)KrArrayRows(type, array, b) - 1) * KrArrayRowBytes(type, array, b);
    *last ^= 1;
    PetscCall(KrExpectEqualText("array", KrRecordDifference(type, a, b), array->name));
    *last ^= 1;
  }
  PetscCall(KrExpect("the same again", KrRecordDifference(type, a, b) == NULL));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Changes one byte of a file, and changes it back. */
static PetscErrorCode flip(const char path[], long place)
{
  FILE *file = fopen(path, "r+b");
  int   byte;

  PetscFunctionBeginUser;
  PetscCheck(file != NULL && fseek(file, place, SEEK_SET) == 0, PETSC_COMM_SELF,
             PETSC_ERR_FILE_OPEN, "%s", path);
  byte = fgetc(file);
  PetscCheck(fseek(file, place, SEEK_SET) == 0 && fputc(byte ^ 4, file) != EOF && fclose(file) == 0,
             PETSC_COMM_SELF, PETSC_ERR_FILE_WRITE, "%s", path);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Nobody else's record is taken: of another type or number, or changed by one byte. */
static PetscErrorCode check_refused(const char folder[], const KrRecordType *type, void *read)
{
  const KrRecordType *other = type == KrRecordTypes[0] ? KrRecordTypes[1] : KrRecordTypes[0];
  void               *wrong = calloc(1, other->size);
  char                path[KR_PATH_MAX];

  PetscFunctionBeginUser;
  PetscCall(KrShardPath(folder, NUMBER, path, sizeof path));
  TEST_REFUSED("another type", KrRecordRead(folder, other, NUMBER, NULL, wrong), "its file type is",
               "move it out of the folder");
  TEST_REFUSED("another number", KrRecordFileRead(path, type, NUMBER + 1, NULL, read),
               "it holds sample 3", "should be 4");
  PetscCall(flip(path, 2000));
  TEST_REFUSED("a byte", KrRecordRead(folder, type, NUMBER, NULL, read), "s00000003.h5",
               "does not match its checksum");
  PetscCall(flip(path, 2000));
  free(wrong);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode check_type(const KrRecordType *type, void (*make)(void *))
{
  const KrFileMeta meta  = test_meta();
  void            *wrote = calloc(1, type->size), *read = calloc(1, type->size);
  char             folder[64];

  PetscFunctionBeginUser;
  PetscCall(KrExpect("found by its file type", KrRecordFind(type->filetype) == type));
  PetscCall(test_folder_create(MPI_COMM_SELF, folder));
  make(wrote);
  PetscCall(KrRecordWrite(folder, type, &meta, wrote));
  PetscCall(KrRecordRead(folder, type, NUMBER, NULL, read));
  PetscCall(check_difference(type, wrote, read));
  KrRecordDestroy(type, read);
  PetscCall(check_refused(folder, type, read));
  PetscCall(test_folder_remove(MPI_COMM_SELF, folder));
  KrRecordDestroy(type, wrote);
  KrRecordDestroy(type, wrote);
  KrRecordDestroy(type, read);
  for (int a = 0; a < type->n_arrays; ++a)
    PetscCall(
      KrExpect("empty", type->arrays[a].inside || KrArrayData(&type->arrays[a], read) == NULL));
  free(wrote);
  free(read);
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char **argv)
{
  PetscCall(KrTestBegin(&argc, &argv));
  for (int i = 0; KrRecordTypes[i] != NULL; ++i) {
    size_t m = 0;

    while (m < PETSC_STATIC_ARRAY_LENGTH(makers) && makers[m].type != KrRecordTypes[i]) ++m;
    PetscCall(
      KrExpect("the test has a record of each type", m < PETSC_STATIC_ARRAY_LENGTH(makers)));
    PetscCall(check_type(makers[m].type, makers[m].make));
  }
  PetscCall(KrExpect("no record", KrRecordFind("kacrice theory") == NULL));
  return KrTestEnd();
}
