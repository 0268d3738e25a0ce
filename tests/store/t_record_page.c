/* kr_test: labels=style
   docs/formats/records.md is what the schemas say: t_record_page print > docs/formats/records.md writes it anew. */
#define _GNU_SOURCE
#include "store_test.h"

static void print_types(FILE *stream)
{
  fprintf(stream, "\n## File types\n\n| file type | where | holds |\n|---|---|---|\n");
  for (int i = 0; KrFileTypes[i].filetype != NULL; ++i)
    fprintf(stream, "| `%s` | %s | %s |\n", KrFileTypes[i].filetype, KrFileTypes[i].place,
            KrFileTypes[i].about);
}

static void print_page(FILE *stream)
{
  fprintf(
    stream,
    "# Records\n\nMade from the lists of fields in `include/kacrice` by `t_record_page print`; "
    "a test compares it with them.\nUnits: energies in units of J, e = H/N, lengths such that "
    "|x|² = N. What all files have in common: [store](store.md).\n");
  print_types(stream);
  for (int i = 0; KrRecordTypes[i] != NULL; ++i) KrRecordPage(stream, KrRecordTypes[i]);
}

int main(int argc, char **argv)
{
  char  *want = NULL, *got = NULL;
  size_t length = 0, n_bytes = 0;
  FILE  *stream;

  if (argc > 1 && strcmp(argv[1], "print") == 0) {
    print_page(stdout);
    return 0;
  }
  PetscCall(KrTestBegin(&argc, &argv));
  stream = open_memstream(&want, &length);
  PetscCheck(stream != NULL, PETSC_COMM_SELF, PETSC_ERR_MEM, "open_memstream");
  print_page(stream);
  fclose(stream);
  PetscCall(KrExpectEqualInt("docs/formats/records.md is read",
                             KrFileRead(KR_PAGE, 1 << 20, &got, &n_bytes), 0));
  PetscCall(KrExpect("docs/formats/records.md is current: t_record_page print > it",
                     got != NULL && n_bytes == length && memcmp(got, want, length) == 0));
  for (int i = 0; KrRecordTypes[i] != NULL; ++i)
    PetscCall(KrExpect("a record is one of the file types",
                       KrFileTypeAbout(KrRecordTypes[i]->filetype) != NULL));
  free(want);
  free(got);
  return KrTestEnd();
}
